"""Questions about the graph: one folder for each, with its declaration and its statement.

Answers contain figures and node ids. A traversal fetches the nodes behind the ids.
"""

from graph.pagination import Page, Paged
from graph.questions.cost_per_network import Amount, CostPer, CostPerNetwork, NetworkCost, YearCost, cost_per_network
from graph.questions.enums import (
    CollaborationKind,
    CoverageKind,
    RenewalReason,
    ThemeHit,
    ThemeMatch,
)
from graph.questions.join_check import JoinCheck, JoinOverlap, RuleFee, join_check
from graph.questions.leave_impact import Dependent, LeaveImpact, leave_impact
from graph.questions.shortest_path import PathStep, ShortestPath, shortest_path
from graph.questions.theme_coverage import CoverageHit, ThemeCoverage, UnfollowedInitiative, theme_coverage

__all__ = [
    "Amount",
    "CollaborationKind",
    "CostPer",
    "CostPerNetwork",
    "CoverageHit",
    "CoverageKind",
    "Dependent",
    "JoinCheck",
    "JoinOverlap",
    "LeaveImpact",
    "NetworkCost",
    "Page",
    "Paged",
    "PathStep",
    "RenewalReason",
    "RuleFee",
    "ShortestPath",
    "ThemeCoverage",
    "ThemeHit",
    "ThemeMatch",
    "UnfollowedInitiative",
    "YearCost",
    "cost_per_network",
    "join_check",
    "leave_impact",
    "shortest_path",
    "theme_coverage",
]
