"""Define the connections of questions (named queries): pages of result rows in the form of the Relay specification."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import strawberry

from api.graphql.relay import PageInfo
from graph.pagination import Paged
from graph.questions.declaration import fields_of

__all__ = ["RowConnection", "RowPage"]

T = TypeVar("T")


@strawberry.type(name="Edge", description="A result of a question.")
class RowEdge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque cursor.")
    node: T = strawberry.field(description="The result.")


class RowPageInfo:
    """The position of a page among all rows in the result of a question (a named query).

    The attributes have the names of the fields of the GraphQL type `PageInfo`.
    """

    def __init__(self, *, has_next: bool, has_previous: bool, cursors: Sequence[str]) -> None:
        self.hasNextPage, self.hasPreviousPage = has_next, has_previous
        self.startCursor = cursors[0] if cursors else None
        self.endCursor = cursors[-1] if cursors else None


@strawberry.type(name="Connection", description="A page of results, best first; see PageInfo for its arguments.")
class RowConnection(Generic[T]):
    edges: list[RowEdge[T]] = strawberry.field(description="The edges of the page.")
    nodes: list[T] = strawberry.field(description="The results of the page, without edges.")
    page_info: PageInfo = strawberry.field(description="Position of the page.")
    total_count: int = strawberry.field(description="Number of results on all pages.")


class RowPage:
    """A page of rows in the result of a question (a named query). The attributes are the fields of `RowConnection`.

    `found` contains the rows of the page. `found.about` contains facts that concern the rows of all pages, and these
    facts become attributes of the page too. Edges and cursors are built only if a client selects them.
    """

    def __init__(self, found: Paged[Any]) -> None:
        self._found = found
        about: object = found.about
        if about is not None:
            vars(self).update({field.name: getattr(about, field.name) for field in fields_of(type(about))})
        self.nodes = found.rows
        self.total_count = found.total

    @cached_property
    def edges(self) -> list[RowEdge[Any]]:
        cursors = self._found.cursors
        return [RowEdge(cursor=cursor, node=row) for cursor, row in zip(cursors, self.nodes, strict=True)]

    @cached_property
    def page_info(self) -> RowPageInfo:
        found = self._found
        return RowPageInfo(has_next=found.has_next, has_previous=found.has_previous, cursors=found.cursors)
