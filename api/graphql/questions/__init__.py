"""The questions: one file each, with the types of its answer and its root field."""

from typing import Final

from api.graphql.questions import (
    centrality,
    chains,
    costs,
    coverage,
    duplicates,
    follow_ups,
    joins,
    leaves,
    names,
    overlaps,
    peers,
    renewals,
    reports,
)

QUESTIONS: Final[dict[str, object]] = {
    "search": names.FIELD,
    "peer_cities": peers.FIELD,
    "overlapping_memberships": overlaps.FIELD,
    "duplicate_activity": duplicates.FIELD,
    "cost_per_network": costs.FIELD,
    "renewals_due": renewals.FIELD,
    "theme_coverage": coverage.FIELD,
    "follow_ups_due": follow_ups.FIELD,
    "reports_due": reports.FIELD,
    "connection": chains.FIELD,
    "join_check": joins.FIELD,
    "leave_impact": leaves.FIELD,
    "centrality": centrality.FIELD,
}
"""The root fields of the questions by their Python names."""
