"""The questions that are asked of the graph: one module and one written statement each.

Every question is an async function named as the question, takes a `Reading`, sends one statement and answers with
figures and ids; the nodes behind the ids are fetched by a traversal.
"""

from graph.questions.chains import Connection, Link, connection
from graph.questions.costs import Amount, CostPer, CostPerNetwork, NetworkCost, YearCost, cost_per_network
from graph.questions.coverage import CoverageHit, ThemeCoverage, UnfollowedInitiative, theme_coverage
from graph.questions.duplicates import Duplicate, DuplicateSide, StatedFee, duplicate_activity
from graph.questions.follow_ups import FollowUp, follow_ups_due
from graph.questions.joins import JoinCheck, JoinOverlap, RuleFee, join_check
from graph.questions.leaves import Dependent, LeaveImpact, leave_impact
from graph.questions.names import Found, search
from graph.questions.overlaps import Overlap, SharedMember, overlapping_memberships
from graph.questions.paging import Page, Paged
from graph.questions.peers import PeerCity, PeerEvidence, peer_cities
from graph.questions.renewals import Renewal, RenewalSource, renewals_due
from graph.questions.reports import ReportDue, reports_due
from graph.questions.terms import (
    CollaborationKind,
    CoverageKind,
    DuplicateStrength,
    OverlapLevel,
    RenewalReason,
    SearchMatch,
    SharedTheme,
    ThemeHit,
    ThemeMatch,
)

__all__ = [
    "Amount",
    "CollaborationKind",
    "Connection",
    "CostPer",
    "CostPerNetwork",
    "CoverageHit",
    "CoverageKind",
    "Dependent",
    "Duplicate",
    "DuplicateSide",
    "DuplicateStrength",
    "FollowUp",
    "Found",
    "JoinCheck",
    "JoinOverlap",
    "LeaveImpact",
    "Link",
    "NetworkCost",
    "Overlap",
    "OverlapLevel",
    "Page",
    "Paged",
    "PeerCity",
    "PeerEvidence",
    "Renewal",
    "RenewalReason",
    "RenewalSource",
    "ReportDue",
    "RuleFee",
    "SearchMatch",
    "SharedMember",
    "SharedTheme",
    "StatedFee",
    "ThemeCoverage",
    "ThemeHit",
    "ThemeMatch",
    "UnfollowedInitiative",
    "YearCost",
    "connection",
    "cost_per_network",
    "duplicate_activity",
    "follow_ups_due",
    "join_check",
    "leave_impact",
    "overlapping_memberships",
    "peer_cities",
    "renewals_due",
    "reports_due",
    "search",
    "theme_coverage",
]
