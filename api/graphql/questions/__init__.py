"""The root fields of the questions, derived from their declarations."""

from typing import Final

from api.graphql.questions import (
    cost_per_network,
    duplicate_activity,
    join_check,
    leave_impact,
    overlapping_memberships,
    peer_cities,
)
from api.graphql.questions.question_field import QuestionField
from graph import registry

_UNDECLARED: Final[dict[str, object]] = {
    "peer_cities": peer_cities.FIELD,
    "overlapping_memberships": overlapping_memberships.FIELD,
    "duplicate_activity": duplicate_activity.FIELD,
    "cost_per_network": cost_per_network.FIELD,
    "join_check": join_check.FIELD,
    "leave_impact": leave_impact.FIELD,
}

_DECLARED: Final = {question.name: QuestionField(question) for question in registry.QUESTIONS.values()}

QUESTION_FIELDS: Final[dict[str, object]] = dict(sorted((_UNDECLARED | _DECLARED).items()))
"""The root fields of the questions by their names."""
