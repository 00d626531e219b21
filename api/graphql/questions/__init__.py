"""Build the root fields for the questions. A question is a named query that is declared in `graph.questions`."""

from typing import Final

from api.graphql.questions.question_field import QuestionField
from graph.registry import QUESTIONS

QUESTION_FIELDS: Final = {name: QuestionField(question) for name, question in QUESTIONS.items()}
"""The root fields of the questions (named queries) by name, in alphabetical order."""
