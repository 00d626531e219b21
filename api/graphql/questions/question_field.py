"""The root field of a declared question: its arguments and type, and how it is answered."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, cast

import strawberry
from graphql import GraphQLObjectType
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Context
from api.graphql.fields import DerivedField, ResolveInfo, argument
from api.graphql.questions.node_fields import NodeField
from api.graphql.questions.nodes import fill_nodes
from api.graphql.questions.row_types import row_type
from api.graphql.relay import PAGE, RowConnection, RowPage
from api.graphql.scalars import enum_of
from api.graphql.selection import SelectedField, SelectionReader
from graph.questions.ask import ask
from graph.questions.declaration import Argument, Listing, Question, Ranking, arguments_of, fields_of, selectable
from graph.traversal.selection import Typename
from graph.vocabulary import Vocabulary

__all__ = ["QuestionField"]


class QuestionField(DerivedField):
    """A field of `Query` that answers a declared question."""

    def __init__(self, question: Question[Any, Any]) -> None:
        super().__init__(_annotation(question), question.description, name=to_camel_case(question.name))
        self.question = question
        self.arguments = [_argument(each) for each in arguments_of(question.arguments)]
        if isinstance(question, Ranking):
            self.arguments += PAGE

    async def resolve_question(self, _source: object, info: ResolveInfo, **given: object) -> object:
        """Answer by the question's statement, and one more for the nodes that are selected."""
        context, question = cast("Context", info.context), self.question
        reader = SelectionReader(info, today=context.today, pages=context.pages)
        arguments = question.arguments(
            **{each.name: _value(each, given, context) for each in arguments_of(question.arguments)}
        )
        selected = context.cached_plan(reader.key, lambda: _selected(reader, question), "selected")
        answer: object
        if isinstance(question, Ranking):
            page = reader.page(given)
            answer = RowPage(await ask(context.reader, question, arguments, page, selected=selected))
        else:
            answer = await ask(context.reader, cast("Any", question), arguments, selected=selected)
        return await fill_nodes(context, reader, answer)


# --- Types and arguments --------------------------------------------------------------------------


def _annotation(question: Question[Any, Any]) -> object:
    row = row_type(question.row)
    if isinstance(question, Ranking):
        return RowConnection[row]  # type: ignore[valid-type]
    return list[row] if isinstance(question, Listing) else row  # type: ignore[valid-type]


def _argument(of: Argument) -> StrawberryArgument:
    base: Any = strawberry.ID if of.id else of.value_type
    if issubclass(of.value_type, Vocabulary):
        base = enum_of(of.value_type)
    annotation: Any = list[base] if of.many else base
    if of.optional or of.is_today:
        annotation = annotation | None
    default: object = UNSET if of.required or of.default is None or of.is_today else of.default
    if isinstance(default, Vocabulary):
        default = enum_of(of.value_type)[default.name]  # type: ignore[type-var]
    return argument(to_camel_case(of.public_name), annotation, of.description, default)


def _value(of: Argument, given: Mapping[str, object], context: Context) -> object:
    """The value of an argument: as given, or today, or its default; members of vocabularies for those of enums."""
    value = given.get(to_camel_case(of.public_name), of.default)
    if of.is_today and (value is None or value is of.default):
        return context.today
    if not issubclass(of.value_type, Vocabulary):
        return tuple(cast("list[object]", value)) if isinstance(value, list) else value
    if isinstance(value, list):
        return tuple(of.value_type[each.name] for each in cast("list[Enum]", value))
    return of.value_type[value.name] if isinstance(value, Enum) else value


# --- Selections -----------------------------------------------------------------------------------


def _selected(reader: SelectionReader, question: Question[Any, Any]) -> frozenset[str]:
    """Return the statement's parameters that are true because a client selects a field."""
    if not selectable(question.row):
        return frozenset()
    rows: dict[str, type] = {}

    def collect(row: type) -> None:
        rows[row.__name__] = row
        for field in fields_of(row):
            if field.nested:
                collect(field.value_type)

    collect(question.row)

    def found(parent: SelectedField, owner: GraphQLObjectType) -> Iterator[str]:
        fields = {field.name: field for field in fields_of(rows[owner.name])} if owner.name in rows else {}
        for each in reader.subfields(parent, owner):
            if isinstance(each, Typename):
                continue
            name = cast("Any", each.field).python_name
            if name in fields:
                yield from fields[name].selected
            if not isinstance(each.field, NodeField) and isinstance(value := each.named_type, GraphQLObjectType):
                yield from found(each, value)

    root = reader.root()
    return frozenset(found(root, reader.value_type(root)))
