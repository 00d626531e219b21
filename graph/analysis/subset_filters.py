"""Evaluate the filters of a subset that need a query of the database."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final, cast

from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Matches, Subset
from graph.errors import GraphChanged
from graph.store import Reader
from graph.traversal import compile_ids
from graph.traversal.selection import AllOf
from graph.traversal.where import explicit_filter, parse_filter

__all__ = ["Filter", "find_matches", "with_filters"]

Filter = Mapping[str, object]
"""A filter of the model, as `graph.traversal.where` describes it."""

_ATTEMPTS: Final = 3


async def with_filters(
    current: Callable[[], Awaitable[Snapshot]],
    reader: Reader,
    on: date,
    subset: Subset,
    *,
    cities_where: Filter | None = None,
    networks_where: Filter | None = None,
) -> tuple[Snapshot, Subset]:
    """Return the current snapshot, and the subset with the ids of the nodes that match the filters.

    The ids and the snapshot are of the same revision of the graph. `current` returns the current snapshot. Runs one
    statement for each filter. Raises BadArgument if a filter is invalid, GraphChanged if the graph keeps changing, and
    StoreError.
    """
    snapshot = await current()
    if cities_where is None and networks_where is None:
        return snapshot, subset
    for _ in range(_ATTEMPTS):
        cities = None if cities_where is None else await find_matches(reader, "City", cities_where, on)
        networks = None if networks_where is None else await find_matches(reader, "Network", networks_where, on)
        before, snapshot = snapshot, await current()
        if snapshot.revision == before.revision:
            return snapshot, replace(subset, cities_where=cities, networks_where=networks)
    raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")


async def find_matches(reader: Reader, label: str, where: Filter, on: date) -> Matches:
    """Return the ids of the nodes of a label that match a filter. Raises BadArgument and StoreError.

    Conditions that state no date are evaluated as of the date `on`.
    """
    condition = parse_filter(label, where, on) or AllOf(())
    (row,) = await reader.run(*compile_ids(label, condition))
    text = json.dumps(explicit_filter(label, where, on), ensure_ascii=False)
    return Matches(text, frozenset(cast("list[str]", row["ids"])))
