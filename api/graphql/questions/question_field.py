"""Define the root field of a question (a named query): its arguments, type and resolver."""

from collections.abc import Iterator, Mapping, Sequence
from types import new_class
from typing import Any, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Context
from api.graphql.fields import DerivedField, ResolveInfo
from api.graphql.questions.analysis_field import AnalysedRows
from api.graphql.questions.arguments import capitalised, graphql_arguments, read_arguments
from api.graphql.questions.connection import RowConnection, RowPage
from api.graphql.questions.nodes import fill_nodes, selection_plan
from api.graphql.questions.row_types import row_fields, row_type
from api.graphql.relay import PAGE
from api.graphql.selection import SelectionReader
from graph import registry
from graph.pagination import Paged
from graph.questions.declaration import Listing, Question, Ranking, description_of, fields_of
from graph.store import TypedRow

__all__ = ["QuestionField"]


class QuestionField(DerivedField):
    """A field of `Query` that returns the result of a question, which is a named query."""

    def __init__(self, question: Question[Any, Any]) -> None:
        super().__init__(_annotation(question), question.description, name=to_camel_case(question.name))
        self.question = question
        self.arguments = graphql_arguments(question.arguments, capitalised(question.name))
        if isinstance(question, Ranking):
            self.arguments += PAGE

    async def resolve_question(self, _source: object, info: ResolveInfo, **given: object) -> object:
        """Answer the question: run its Cypher statement and return the result.

        If the client selects fields of nodes in the result, a second statement reads these nodes.
        """
        context, question = cast("Context", info.context), self.question
        reader = SelectionReader(info, today=context.today, pages=context.pages)
        arguments = read_arguments(question.arguments, given, context)
        field_names = selection_plan(context, reader).field_names
        selected = context.cached_plan(reader.key, lambda: _selected(question, field_names), "selected")
        page = reader.page(given) if isinstance(question, Ranking) else None
        found = await registry.answer(
            question,
            arguments,
            page,
            reader=context.reader,
            runner=context.analysis_runner,
            names=context.name_index,
            selected=selected,
        )
        paged = cast("Paged[Any]", found) if page else None
        if question.analyses:
            rows = cast("Sequence[object]", paged.rows if paged else found)
            context.question_arguments[reader.key] = AnalysedRows(arguments, rows)
        answer = RowPage(paged) if paged else found
        return await fill_nodes(context, reader, answer)


# --- Types ----------------------------------------------------------------------------------------


def _annotation(question: Question[Any, Any]) -> object:
    row: Any = row_type(question.row, question.analyses, question.name)
    if isinstance(question, Ranking):
        connection: Any = RowConnection[row] if question.about is None else _connection_type(row, question.about)
        return connection | None
    return (list[row] if isinstance(question, Listing) else row) | None


def _connection_type(row: Any, about: type) -> type:
    """Build the connection type for the result rows of a question (a named query).

    The type also has fields for facts that concern the rows of all pages. The dataclass `about` declares these fields.
    """
    name = f"{row.__name__}Connection"
    made = new_class(name, (RowConnection[row],), exec_body=lambda namespace: namespace.update(row_fields(about)))
    return strawberry.type(made, name=name, description=description_of(about))


# --- Selections -----------------------------------------------------------------------------------


def _selected(question: Question[Any, Any], field_names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the names of the statement parameters that must be true for the fields that the client selects.

    Some columns of the result are computed only if a Boolean parameter of the statement is true. `field_names` is a
    dict from the name of an object type to the names of the fields that the client selects on this type.
    """

    def collect(row: type[TypedRow], type_name: str) -> Iterator[str]:
        names = field_names.get(type_name, frozenset())
        for field in fields_of(row):
            if to_camel_case(field.name) in names:
                yield from field.selected
            if field.nested:
                yield from collect(field.value_type, field.value_type.__name__)

    row = question.row
    about = question.about if isinstance(question, Ranking) else None
    of_whole = () if about is None else collect(about, f"{row.__name__}Connection")
    return frozenset((*collect(row, row.__name__), *of_whole))
