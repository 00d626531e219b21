"""Questions about the graph: one folder for each, with its declaration and its statement.

Answers contain figures and node ids. A traversal fetches the nodes behind the ids.
"""

from graph.pagination import Page, Paged
from graph.questions.cost_per_network import Amount, CostPer, CostPerNetwork, NetworkCost, YearCost, cost_per_network
from graph.questions.duplicate_activity import Duplicate, DuplicateSide, StatedFee, duplicate_activity
from graph.questions.enums import (
    CollaborationKind,
    DuplicateStrength,
    OverlapLevel,
    RenewalReason,
    SharedTheme,
    ThemeHit,
    ThemeMatch,
)
from graph.questions.join_check import JoinCheck, JoinOverlap, RuleFee, join_check
from graph.questions.leave_impact import Dependent, LeaveImpact, leave_impact
from graph.questions.overlapping_memberships import Overlap, SharedMember, overlapping_memberships
from graph.questions.peer_cities import PeerCity, PeerEvidence, peer_cities

__all__ = [
    "Amount",
    "CollaborationKind",
    "CostPer",
    "CostPerNetwork",
    "Dependent",
    "Duplicate",
    "DuplicateSide",
    "DuplicateStrength",
    "JoinCheck",
    "JoinOverlap",
    "LeaveImpact",
    "NetworkCost",
    "Overlap",
    "OverlapLevel",
    "Page",
    "Paged",
    "PeerCity",
    "PeerEvidence",
    "RenewalReason",
    "RuleFee",
    "SharedMember",
    "SharedTheme",
    "StatedFee",
    "ThemeHit",
    "ThemeMatch",
    "YearCost",
    "cost_per_network",
    "duplicate_activity",
    "join_check",
    "leave_impact",
    "overlapping_memberships",
    "peer_cities",
]
