"""The questions: one file each, with the types of its answer and its root field."""

from typing import Final

from api.graphql.questions import (
    centrality,
    cost_per_network,
    duplicate_activity,
    follow_ups_due,
    join_check,
    leave_impact,
    overlapping_memberships,
    peer_cities,
    renewals_due,
    reports_due,
    search,
    shortest_path,
    theme_coverage,
)

QUESTIONS: Final[dict[str, object]] = {
    "search": search.FIELD,
    "peer_cities": peer_cities.FIELD,
    "overlapping_memberships": overlapping_memberships.FIELD,
    "duplicate_activity": duplicate_activity.FIELD,
    "cost_per_network": cost_per_network.FIELD,
    "renewals_due": renewals_due.FIELD,
    "theme_coverage": theme_coverage.FIELD,
    "follow_ups_due": follow_ups_due.FIELD,
    "reports_due": reports_due.FIELD,
    "shortest_path": shortest_path.FIELD,
    "join_check": join_check.FIELD,
    "leave_impact": leave_impact.FIELD,
    "centrality": centrality.FIELD,
}
"""The root fields of the questions by their Python names."""
