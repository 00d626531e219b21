"""Counts of nodes and relationships, measured in the database, for estimates of query costs.

The counts are stored in the metadata node, together with the revision of the graph at which they were measured. Writes
do not update the counts, because the counts change slowly and are used only for estimates. After a write, a server
measures the counts again in the background. Until the new counts are stored, the server estimates them from the total
numbers of nodes and relationships. Every write stores these two totals.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from graph.model import LABELS, RELATIONSHIPS
from graph.store.checksums import Checksums
from graph.store.metadata import META
from graph.store.statement import Statement, TypedRow, row_decoder

__all__ = [
    "READ_DEGREES",
    "STORE_DEGREES",
    "Degree",
    "Degrees",
    "encode_degrees",
    "measure_degrees",
]


class Degree(TypedRow, frozen=True):
    """Statistics of the relationships of one type, grouped by their source nodes or by their target nodes.

    `nodes` is the number of nodes that have such a relationship. `total` is the number of relationships. `most` is the
    largest number of relationships of a single node.
    """

    nodes: int = 0
    total: int = 0
    most: int = 0

    @property
    def mean(self) -> float:
        """Return the mean number of relationships per node. Nodes without such relationships are not included."""
        return self.total / self.nodes if self.nodes else 0.0


_NONE: Final = Degree()


class Degrees(TypedRow, frozen=True):
    """Node counts by label, and statistics of relationship types.

    `outgoing` and `incoming` are dicts from relationship type to statistics. In `outgoing`, relationships are grouped
    by their source nodes. In `incoming`, they are grouped by their target nodes. `revision` is the revision of the
    graph that was measured.
    """

    revision: int
    nodes: dict[str, int]
    outgoing: dict[str, Degree]
    incoming: dict[str, Degree]

    def of(self, type_: str, *, outgoing: bool) -> Degree:
        """Return the statistics of a relationship type.

        If `outgoing` is true, the relationships are grouped by their source nodes, otherwise by their target nodes. All
        numbers are 0 if the type is unknown.
        """
        return (self.outgoing if outgoing else self.incoming).get(type_, _NONE)


class StoredDegrees(TypedRow, frozen=True):
    """The stored counts for cost estimates, with the revision and the checksums of the current graph.

    `degrees` is the JSON text of a `Degrees`, and `checksums` is the JSON text of a `Checksums`. An attribute is None
    if its value is not stored.
    """

    revision: int | None
    checksums: str | None
    degrees: str | None

    def measured(self) -> Degrees | None:
        """Return the stored counts, from which costs are estimated. They may describe an earlier revision of the graph.

        Returns None if no counts are stored, or if they have the format of another version of the program.
        """
        try:
            return None if self.degrees is None else msgspec.json.decode(self.degrees, type=Degrees)
        except msgspec.MsgspecError:
            return None

    def current(self) -> Degrees | None:
        """Return the stored counts of relationships if they were measured at the current revision of the graph.

        Costs are estimated from these counts. Return None if the counts are outdated, or if no readable counts are
        stored.
        """
        measured = self.measured()
        return measured if measured is not None and measured.revision == (self.revision or 0) else None

    def estimate(self) -> Degrees | None:
        """Return the counts at the current revision, either stored or estimated, without a new measurement.

        If the stored counts were measured at the current revision, return them. If they were measured at an earlier
        revision, estimate the result from the numbers of nodes and relationships that the last write stored. If these
        numbers are not stored, return the counts of the earlier revision. If no counts are stored, return None.
        """
        measured = self.measured()
        if self.current() is not None or self.checksums is None:
            return measured
        return _estimate(self.revision or 0, Checksums.from_json(self.checksums).counts, measured)


class _CountRow(TypedRow, frozen=True):
    nodes: int


READ_DEGREES: Final = Statement(
    "store/degrees",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision, m.checksums AS checksums, m.degrees AS degrees",
    row_decoder("store/degrees", StoredDegrees),
)
STORE_DEGREES: Final = Statement.of_text(
    "store/note-degrees", f"MATCH (m:{META} {{id: 'meta'}}) SET m.degrees = $degrees"
)

_TYPES: Final = sorted({definition.type for definition in RELATIONSHIPS})

Read = Callable[[Statement[Any]], Awaitable[list[Any]]]


async def measure_degrees(read: Read, revision: int) -> Degrees:
    """Count the nodes of each label and the relationships of each type in the database.

    `revision` is the current revision. `read` runs a statement and returns its rows. The statements run one after
    another, so that they delay other statements as little as possible.
    """
    nodes: dict[str, int] = {}
    for label in LABELS:
        text = f"MATCH (n:{label.name}) RETURN count(n) AS nodes"
        [row] = await read(Statement("store/count", text, row_decoder("store/count", _CountRow)))
        nodes[label.name] = row.nodes
    ends: dict[str, dict[str, Degree]] = {"a": {}, "b": {}}
    for type_ in _TYPES:
        labels = "|".join(sorted({name for one in RELATIONSHIPS if one.type == type_ for name in one.source}))
        for end, degrees in ends.items():
            text = (
                f"MATCH (a:{labels})-[:{type_}]->(b) WITH {end} AS n, count(*) AS degree "
                "RETURN count(n) AS nodes, coalesce(sum(degree), 0) AS total, coalesce(max(degree), 0) AS most"
            )
            [degrees[type_]] = await read(Statement("store/degree", text, row_decoder("store/degree", Degree)))
    return Degrees(revision, nodes, ends["a"], ends["b"])


def encode_degrees(degrees: Degrees) -> str:
    return msgspec.json.encode(degrees).decode()


def _estimate(revision: int, counts: Mapping[str, int], earlier: Degrees | None) -> Degrees:
    """Estimate a `Degrees` from `counts`, the current numbers of nodes of each label and relationships of each type.

    `earlier` is an earlier measurement, or None. `counts` contains the number of relationships of every type, but not
    the other statistics of the type: the number of nodes with such a relationship, and the largest number of
    relationships of a single node. They are estimated as follows:

    - If the number of relationships is less than twice the earlier number, the other statistics are those of the
      earlier measurement.
    - Otherwise, they are upper bounds. The number of nodes is the number of all nodes that can have such a relationship
      according to the model, but at most the number of relationships. The largest number of
      relationships of a single node is the number of all relationships.
    """

    def degree(type_: str, *, outgoing: bool) -> Degree:
        total = counts.get(type_, 0)
        known = _NONE if earlier is None else earlier.of(type_, outgoing=outgoing)
        if total < 2 * known.total:
            return Degree(known.nodes, total, known.most)
        ends = {name for one in RELATIONSHIPS if one.type == type_ for name in (one.source if outgoing else one.target)}
        return Degree(min(total, sum(counts.get(name, 0) for name in ends)), total, total)

    return Degrees(
        revision,
        {label.name: counts.get(label.name, 0) for label in LABELS},
        {type_: degree(type_, outgoing=True) for type_ in _TYPES},
        {type_: degree(type_, outgoing=False) for type_ in _TYPES},
    )
