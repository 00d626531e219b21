"""Questions about the graph: one folder for each, with its declaration and its statement.

Answers contain figures and node ids. A traversal fetches the nodes behind the ids.
"""

from graph.pagination import Page, Paged
from graph.questions.enums import (
    CollaborationKind,
    CoverageKind,
    RenewalReason,
    ThemeHit,
    ThemeMatch,
)
from graph.questions.shortest_path import PathStep, ShortestPath, shortest_path
from graph.questions.theme_coverage import CoverageHit, ThemeCoverage, UnfollowedInitiative, theme_coverage

__all__ = [
    "CollaborationKind",
    "CoverageHit",
    "CoverageKind",
    "Page",
    "Paged",
    "PathStep",
    "RenewalReason",
    "ShortestPath",
    "ThemeCoverage",
    "ThemeHit",
    "ThemeMatch",
    "UnfollowedInitiative",
    "shortest_path",
    "theme_coverage",
]
