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
from api.graphql.fields import ResolveInfo
from api.graphql.finishing import Finish, finished, finishing
from api.graphql.relay import AFTER, APPLIED, BEFORE, FIRST, LAST, AnswerConnection, AnswerRows
from api.graphql.roots import fetch
from api.graphql.scalars import Money
from api.graphql.selection import Chosen, Reader
from api.graphql.slots import Slot
from graph.errors import GraphChanged
from graph.questions.paging import Page, Paged
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


def page_of(
    info: Info, first: int | None, after: str | None, last: int | None, before: str | None, named: str = "before"
) -> Page:
    """The page that a question's arguments ask for, of which it has `named` the last. Raises BadArgument and
    LimitExceeded.
    """
    window = info.context.pages.window(first=first, after=after, last=last, before=before, named=named)
    return Page(first=window.first, after=window.after, last=window.last, before=window.before)


async def connection(info: Info, found: Paged[Any]) -> AnswerConnection[Any]:
    """A page of a ranking as a connection, its slots filled."""
    return await complete(info, cast("AnswerConnection[Any]", AnswerRows(found)))


@dataclass(frozen=True, slots=True)
class _Found:
    """A slot selected into: where it stands, which attributes lead to it, and what is taken from its nodes."""

    path: SlotPath
    steps: tuple[str, ...]
    chosen: Chosen


def _slots(
    reader: Reader, parent: Chosen, owner: GraphQLObjectType, path: SlotPath, steps: tuple[str, ...]
) -> Iterator[_Found]:
    for each in reader.chosen(parent, owner):
        if isinstance(each, Typename):
            continue
        field, here = each.field, (*path, each.key)
        if isinstance(field, Slot):
            yield _Found(here, (*steps, field.ids), each)
        elif isinstance(value := each.value, GraphQLObjectType):
            assert isinstance(field, StrawberryField)
            yield from _slots(reader, each, value, here, (*steps, field.python_name))


def _gathered(answer: object, steps: Sequence[str]) -> list[str]:
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


def reader_of(info: Info) -> Reader:
    """What reads the selections of the root field that is resolved."""
    raw = cast("ResolveInfo", info._raw_info)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    return Reader(raw, today=info.context.today, pages=info.context.pages)


def chosen_of(info: Info, type_name: str) -> frozenset[str]:
    """The names of the fields chosen of the objects of a type, wherever they stand in the answer of a question."""
    reader = reader_of(info)

    def found(parent: Chosen, owner: GraphQLObjectType) -> Iterator[str]:
        for each in reader.chosen(parent, owner):
            if isinstance(each, Typename):
                continue
            if owner.name == type_name:
                yield each.nodes[0].name.value
            if not isinstance(each.field, Slot) and isinstance(value := each.value, GraphQLObjectType):
                yield from found(each, value)

    root = reader.root
    return info.context.planned(reader.key, lambda: frozenset(found(root(), reader.value_type(root()))), type_name)


async def complete(info: Info, answer: Answer) -> Answer:
    """Fetches the nodes of all slots selected in an answer, by at most one statement, and gives the answer, finished.

    A write may come between the two statements: raises GraphChanged where one took away a node that the figures speak
    of.
    """
    context, reader = info.context, reader_of(info)
    slots, finish = context.planned(reader.key, lambda: _planned(reader))
    ids = [tuple(dict.fromkeys(_gathered(answer, each.steps))) for each in slots]
    if any(ids):
        labels = tuple(labels_of(each) for each in ids)
        compiled = context.planned(reader.key, lambda: compile_fetch(_fetches(reader, slots, ids, labels)), labels)
        for each, asked, found in zip(slots, ids, await fetch(context, compiled, ids), strict=True):
            if gone := set(asked) - found.keys():
                raise GraphChanged(f"{min(gone)} is gone since the question was answered", hint="ask again")
            context.fetched[each.path] = found
    return answer if finish is None else cast("Answer", finished(finish, answer, context))


def _fetches(
    reader: Reader, slots: Sequence[_Found], ids: Sequence[tuple[str, ...]], labels: Sequence[Sequence[str]]
) -> list[Fetch]:
    """What is taken from the nodes in slots, given their ids and these ids' labels."""
    fetches: list[Fetch] = []
    for each, some, present in zip(slots, ids, labels, strict=True):
        possible = set(reader.labels(each.chosen)).intersection(present)
        fetches.append(Fetch(some, reader.nodes(each.chosen, sorted(possible))))
    return fetches


def _planned(reader: Reader) -> tuple[list[_Found], Finish | None]:
    """The slots selected in a question's answers, and how these are finished."""
    root = reader.root()
    return list(_slots(reader, root, reader.value_type(root), (root.key,), ())), finishing(reader, root)
