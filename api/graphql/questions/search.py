"""Search by any name in any language."""

from enum import Enum
from typing import Annotated, Final

import strawberry

from api.graphql.questions.base import After, Before, First, Info, Last, page_arguments, paged_connection
from api.graphql.questions.node_fields import node_field
from api.graphql.relay import RowConnection
from api.graphql.scalars import capitals, derived_enum, enum_of
from graph.model import LABELS
from graph.questions.enums import SearchMatch
from graph.questions.search import search

_SEARCHED: Final = {capitals(each.name): each for each in LABELS if each.searched}
_LABEL = derived_enum(
    "SearchedType",
    {name: each.description for name, each in _SEARCHED.items()},
    "The types among whose names `search` looks.",
)


@strawberry.type(description="A node with the text in one of its names.")
class SearchHit:
    node = node_field("Named", id_attribute="id", description="The node.")
    match: str = strawberry.field(graphql_type=enum_of(SearchMatch), description="How its best name answers.")


async def _search(
    info: Info,
    text: Annotated[
        str, strawberry.argument(description="2 to 200 characters; case, accents and Nordic letters do not matter.")
    ],
    types: Annotated[
        list[Enum] | None,
        strawberry.argument(graphql_type=list[_LABEL] | None, description="Only nodes of these types."),  # type: ignore[valid-type]
    ] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[SearchHit]:
    labels = None if types is None else [_SEARCHED[str(each.value)].name for each in types]
    page = page_arguments(info, first, after, last, before)
    return await paged_connection(info, await search(info.context.reader, text=text, labels=labels, page=page))


FIELD = strawberry.field(
    resolver=_search,
    name="search",
    description="Nodes with a text in any of their names, in any language: the whole name first, then names that begin "
    "with it, then words, then anywhere; among equals by name.",
)
