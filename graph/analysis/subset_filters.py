"""Evaluate those filters of a subset that need the database: `cities_where` and `networks_where`."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Final, cast

from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Matches, Subset
from graph.errors import GraphChanged
from graph.questions.subset import SubsetArguments
from graph.store import Reader
from graph.traversal import compile_ids
from graph.traversal.selection import AllOf
from graph.traversal.where import explicit_filter, parse_filter

__all__ = ["Filter", "find_matches", "read_subset"]

Filter = Mapping[str, object]
"""A condition on the properties and relationships of a node, in the form that `graph.traversal.where` describes."""

_ATTEMPTS: Final = 3


async def read_subset(
    current: Callable[[], Awaitable[Snapshot]], reader: Reader, on: date, arguments: SubsetArguments
) -> tuple[Snapshot, Subset]:
    """Return the current snapshot, and the subset that the arguments select.

    Both belong to the same revision of the graph, because the ids that match the filters are read again if the graph
    changes. `current` is the function that returns the current snapshot. One Cypher statement is run for each filter.
    Raises BadArgument if a filter is invalid, GraphChanged if the graph keeps changing, and StoreError.
    """
    cities_where, networks_where = arguments.cities_where, arguments.networks_where
    snapshot = await current()
    if cities_where is None and networks_where is None:
        return snapshot, Subset.of(arguments)
    for _ in range(_ATTEMPTS):
        cities = None if cities_where is None else await find_matches(reader, "City", cities_where, on)
        networks = None if networks_where is None else await find_matches(reader, "Network", networks_where, on)
        before, snapshot = snapshot, await current()
        if snapshot.revision == before.revision:
            return snapshot, Subset.of(arguments, cities, networks)
    raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")


async def find_matches(reader: Reader, label: str, where: Filter, on: date) -> Matches:
    """Return the ids of the nodes of a label that match a filter. Raises BadArgument and StoreError.

    A condition that states no date is evaluated as of the date `on`.
    """
    condition = parse_filter(label, where, on) or AllOf(())
    (row,) = await reader.run(*compile_ids(label, condition))
    text = json.dumps(explicit_filter(label, where, on), ensure_ascii=False)
    return Matches(text, frozenset(cast("list[str]", row["ids"])))
