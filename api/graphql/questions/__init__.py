"""The root fields of the questions, derived from their declarations."""

from typing import Final

from api.graphql.questions import (
    centrality,
    shortest_path,
    theme_coverage,
)
from api.graphql.questions.question_field import QuestionField
from graph import registry

_UNDECLARED: Final[dict[str, object]] = {
    "theme_coverage": theme_coverage.FIELD,
    "shortest_path": shortest_path.FIELD,
    "centrality": centrality.FIELD,
}

_DECLARED: Final = {question.name: QuestionField(question) for question in registry.QUESTIONS.values()}

QUESTION_FIELDS: Final[dict[str, object]] = dict(sorted((_UNDECLARED | _DECLARED).items()))
"""The root fields of the questions by their names."""
