"""Questions in GraphQL: figures and ids from the question's own statement, then every node selected, in one more.

A question's types hold plain values, and *slots* where nodes stand. When the figures are there, the slots that the
client selected into are found in the document, their ids gathered from the figures, and all nodes of all slots
fetched by one statement, whatever the depth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import strawberry
from babel.numbers import get_currency_precision
from graphql import GraphQLObjectType
from strawberry.types.field import StrawberryField

from api.graphql.context import Context, SlotPath
from api.graphql.execution.completion import Completer, compile_completer, complete_or_defer
from api.graphql.fields import ResolveInfo
from api.graphql.questions.node_fields import NodeField
from api.graphql.relay import AFTER, APPLIED, BEFORE, FIRST, LAST, RowConnection, RowPage
from api.graphql.root_fields import fetch
from api.graphql.scalars import Money
from api.graphql.selection import SelectedField, SelectionReader
from graph.errors import GraphChanged
from graph.pagination import Page, Paged
from graph.traversal import compile_fetch, labels_of
from graph.traversal.selection import Fetch, Typename

Answer = TypeVar("Answer")


@lru_cache(maxsize=1_024)  # the same fees come year after year
def money(minor: int | None, currency: str | None) -> Money | None:
    """An amount as the API shows it; None where it is unknown."""
    if minor is None or currency is None:
        return None
    decimals = get_currency_precision(currency)
    return Money(amount=Decimal(minor).scaleb(-decimals), currency=currency)


First = Annotated[int | None, strawberry.argument(description=FIRST.description)]
After = Annotated[str | None, strawberry.argument(description=AFTER.description)]
Last = Annotated[int | None, strawberry.argument(description=LAST.description)]
Before = Annotated[str | None, strawberry.argument(description=BEFORE.description)]
On = Annotated[date | None, strawberry.argument(description="The day asked about; default today.")]
CityId = Annotated[strawberry.ID, strawberry.argument(name="city", description="Id of the city, such as City:vantaa.")]
IncludeApplied = Annotated[bool, strawberry.argument(description=APPLIED.description)]
Info: TypeAlias = "strawberry.Info[Context, None]"


def page_arguments(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """The page that a question's arguments ask for. Raises BadArgument and
    LimitExceeded.
    """
    return info.context.pages.to_page(first=first, after=after, last=last, before=before)


async def paged_connection(info: Info, found: Paged[Any]) -> RowConnection[Any]:
    """A page of a ranking as a connection, its slots filled."""
    return await resolve_nodes(info, cast("RowConnection[Any]", RowPage(found)))


@dataclass(frozen=True, slots=True)
class _SelectedNodeField:
    """A slot selected into: where it stands, which attributes lead to it, and what is taken from its nodes."""

    path: SlotPath
    steps: tuple[str, ...]
    chosen: SelectedField


def _slots(
    reader: SelectionReader, parent: SelectedField, owner: GraphQLObjectType, path: SlotPath, steps: tuple[str, ...]
) -> Iterator[_SelectedNodeField]:
    for each in reader.subfields(parent, owner):
        if isinstance(each, Typename):
            continue
        field, here = each.field, (*path, each.key)
        if isinstance(field, NodeField):
            yield _SelectedNodeField(here, (*steps, field.ids), each)
        elif isinstance(value := each.named_type, GraphQLObjectType):
            assert isinstance(field, StrawberryField)
            yield from _slots(reader, each, value, here, (*steps, field.python_name))


def _collect_ids(answer: object, steps: Sequence[str]) -> list[str]:
    """The ids to which the attributes lead, in the answer's order."""
    found = _each(answer)
    for step in steps:
        found = [one for each in found for one in _each(getattr(each, step))]
    return cast("list[str]", found)


def _each(value: object) -> Sequence[object]:
    """What stands in a list; else the value itself, if it is not null."""
    if isinstance(value, list | tuple):
        return cast("Sequence[object]", value)
    return () if value is None else (value,)


def selection_reader(info: Info) -> SelectionReader:
    """What reads the selections of the root field that is resolved."""
    raw = cast("ResolveInfo", info._raw_info)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    return SelectionReader(raw, today=info.context.today, pages=info.context.pages)


def selected_field_names(info: Info, type_name: str) -> frozenset[str]:
    """The names of the fields chosen of the objects of a type, wherever they stand in the answer of a question."""
    reader = selection_reader(info)

    def found(parent: SelectedField, owner: GraphQLObjectType) -> Iterator[str]:
        for each in reader.subfields(parent, owner):
            if isinstance(each, Typename):
                continue
            if owner.name == type_name:
                yield each.nodes[0].name.value
            if not isinstance(each.field, NodeField) and isinstance(value := each.named_type, GraphQLObjectType):
                yield from found(each, value)

    root = reader.root
    return info.context.cached_plan(reader.key, lambda: frozenset(found(root(), reader.value_type(root()))), type_name)


async def resolve_nodes(info: Info, answer: Answer) -> Answer:
    """Fetches the nodes of all slots selected in an answer, by at most one statement, and gives the answer, finished.

    A write may come between the two statements: raises GraphChanged where one took away a node that the figures speak
    of.
    """
    context, reader = info.context, selection_reader(info)
    slots, finish = context.cached_plan(reader.key, lambda: _plan(reader))
    ids = [tuple(dict.fromkeys(_collect_ids(answer, each.steps))) for each in slots]
    if any(ids):
        labels = tuple(labels_of(each) for each in ids)
        compiled = context.cached_plan(reader.key, lambda: compile_fetch(_fetches(reader, slots, ids, labels)), labels)
        for each, asked, found in zip(slots, ids, await fetch(context, compiled, ids), strict=True):
            if gone := set(asked) - found.keys():
                raise GraphChanged(f"{min(gone)} is gone since the question was answered", hint="ask again")
            context.fetched_nodes[each.path] = found
    return answer if finish is None else cast("Answer", complete_or_defer(finish, answer, context))


def _fetches(
    reader: SelectionReader,
    slots: Sequence[_SelectedNodeField],
    ids: Sequence[tuple[str, ...]],
    labels: Sequence[Sequence[str]],
) -> list[Fetch]:
    """What is taken from the nodes in slots, given their ids and these ids' labels."""
    fetches: list[Fetch] = []
    for each, some, present in zip(slots, ids, labels, strict=True):
        possible = set(reader.labels(each.chosen)).intersection(present)
        fetches.append(Fetch(some, reader.nodes(each.chosen, sorted(possible))))
    return fetches


def _plan(reader: SelectionReader) -> tuple[list[_SelectedNodeField], Completer | None]:
    """The slots selected in a question's answers, and how these are finished."""
    root = reader.root()
    return list(_slots(reader, root, reader.value_type(root), (root.key,), ())), compile_completer(reader, root)
