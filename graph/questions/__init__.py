"""Questions about the graph: one folder for each, with its declaration and its statement.

Answers contain figures and node ids. A traversal fetches the nodes behind the ids.
"""

from graph.pagination import Page, Paged
from graph.questions.duplicate_activity import Duplicate, DuplicateSide, StatedFee, duplicate_activity
from graph.questions.enums import (
    CollaborationKind,
    CoverageKind,
    DuplicateStrength,
    OverlapLevel,
    RenewalReason,
    SharedTheme,
    ThemeHit,
    ThemeMatch,
)
from graph.questions.overlapping_memberships import Overlap, SharedMember, overlapping_memberships
from graph.questions.peer_cities import PeerCity, PeerEvidence, peer_cities
from graph.questions.shortest_path import PathStep, ShortestPath, shortest_path
from graph.questions.theme_coverage import CoverageHit, ThemeCoverage, UnfollowedInitiative, theme_coverage

__all__ = [
    "CollaborationKind",
    "CoverageHit",
    "CoverageKind",
    "Duplicate",
    "DuplicateSide",
    "DuplicateStrength",
    "Overlap",
    "OverlapLevel",
    "Page",
    "Paged",
    "PathStep",
    "PeerCity",
    "PeerEvidence",
    "RenewalReason",
    "SharedMember",
    "SharedTheme",
    "ShortestPath",
    "StatedFee",
    "ThemeCoverage",
    "ThemeHit",
    "ThemeMatch",
    "UnfollowedInitiative",
    "duplicate_activity",
    "overlapping_memberships",
    "peer_cities",
    "shortest_path",
    "theme_coverage",
]
