"""Shared functions of the questions that have no declaration yet."""

from datetime import date
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import strawberry

from api.graphql.context import Context
from api.graphql.fields import ResolveInfo
from api.graphql.questions.nodes import fill_nodes, selection_plan
from api.graphql.questions.row_types import money as money
from api.graphql.relay import AFTER, APPLIED, BEFORE, FIRST, LAST, RowConnection, RowPage
from api.graphql.selection import SelectionReader
from graph.pagination import Page, Paged

Answer = TypeVar("Answer")


First = Annotated[int | None, strawberry.argument(description=FIRST.description)]
After = Annotated[str | None, strawberry.argument(description=AFTER.description)]
Last = Annotated[int | None, strawberry.argument(description=LAST.description)]
Before = Annotated[str | None, strawberry.argument(description=BEFORE.description)]
On = Annotated[date | None, strawberry.argument(description="The day asked about; default today.")]
CityId = Annotated[strawberry.ID, strawberry.argument(name="city", description="Id of the city, such as City:vantaa.")]
IncludeApplied = Annotated[bool, strawberry.argument(description=APPLIED.description)]
Info: TypeAlias = "strawberry.Info[Context, None]"


def page_arguments(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """Return the page of a question's arguments. Raises BadArgument and LimitExceeded."""
    return info.context.pages.to_page(first=first, after=after, last=last, before=before)


async def paged_connection(info: Info, found: Paged[Any]) -> RowConnection[Any]:
    """Return a page of a ranking as a connection, with its selected nodes fetched."""
    return await resolve_nodes(info, cast("RowConnection[Any]", RowPage(found)))


def selection_reader(info: Info) -> SelectionReader:
    """Return a reader of the selection under the current root field."""
    raw = cast("ResolveInfo", info._raw_info)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    return SelectionReader(raw, today=info.context.today, pages=info.context.pages)


def selected_field_names(info: Info, type_name: str) -> frozenset[str]:
    """Return the names of all fields selected on an object type in the question's result."""
    return selection_plan(info.context, selection_reader(info)).field_names.get(type_name, frozenset())


async def resolve_nodes(info: Info, answer: Answer) -> Answer:
    """Fetch the selected nodes of a question's result and return the completed result."""
    return await fill_nodes(info.context, selection_reader(info), answer)
