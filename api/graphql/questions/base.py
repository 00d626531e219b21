"""Questions in GraphQL: figures and ids from the question's own statement, then every node selected, in one more.

A question's types hold plain values, and *slots* where nodes stand. When the figures are there, the slots that the
client selected into are found in the document, their ids gathered from the figures, and all nodes of all slots
fetched by one statement, whatever the depth.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import strawberry
from babel.numbers import get_currency_precision

from api.graphql.context import Context
from api.graphql.execution.completion import SelectedNodeField, SelectionPlan, complete_or_defer, plan_selection
from api.graphql.fields import ResolveInfo
from api.graphql.relay import AFTER, APPLIED, BEFORE, FIRST, LAST, RowConnection, RowPage
from api.graphql.root_fields import fetch
from api.graphql.scalars import Money
from api.graphql.selection import SelectionReader
from graph.errors import GraphChanged
from graph.questions.paging import Page, Paged
from graph.traversal import compile_fetch, labels_of
from graph.traversal.selection import Fetch

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
    window = info.context.pages.to_page(first=first, after=after, last=last, before=before)
    return Page(first=window.first, after=window.after, last=window.last, before=window.before)


async def paged_connection(info: Info, found: Paged[Any]) -> RowConnection[Any]:
    """A page of a ranking as a connection, its slots filled."""
    return await resolve_nodes(info, cast("RowConnection[Any]", RowPage(found)))


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
    """Return the names of all fields selected on an object type in the question's answer."""
    return _plan(info, selection_reader(info)).field_names.get(type_name, frozenset())


async def resolve_nodes(info: Info, answer: Answer) -> Answer:
    """Fetch the nodes of all selected node fields with at most one statement, and return the completed answer.

    Raises GraphChanged if a write between the two statements has deleted one of the nodes.
    """
    context, reader = info.context, selection_reader(info)
    plan = _plan(info, reader)
    ids = [tuple(dict.fromkeys(_collect_ids(answer, field.attributes))) for field in plan.node_fields]
    if any(ids):
        labels = tuple(labels_of(field_ids) for field_ids in ids)
        compiled = context.cached_plan(
            reader.key, lambda: compile_fetch(_fetches(reader, plan.node_fields, ids, labels)), labels
        )
        for field, field_ids, nodes in zip(plan.node_fields, ids, await fetch(context, compiled, ids), strict=True):
            if missing := set(field_ids) - nodes.keys():
                raise GraphChanged(f"{min(missing)} was deleted during the query", hint="send the request again")
            context.fetched_nodes[field.path] = nodes
    return answer if plan.complete is None else cast("Answer", complete_or_defer(plan.complete, answer, context))


def _fetches(
    reader: SelectionReader,
    node_fields: Sequence[SelectedNodeField],
    ids: Sequence[tuple[str, ...]],
    labels: Sequence[Sequence[str]],
) -> list[Fetch]:
    """Return the selection of each node field, limited to the labels of its ids."""
    fetches: list[Fetch] = []
    for node_field, field_ids, present in zip(node_fields, ids, labels, strict=True):
        possible = set(reader.labels(node_field.field)).intersection(present)
        fetches.append(Fetch(field_ids, reader.nodes(node_field.field, sorted(possible))))
    return fetches


def _plan(info: Info, reader: SelectionReader) -> SelectionPlan:
    return info.context.cached_plan(reader.key, lambda: plan_selection(reader))
