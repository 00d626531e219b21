"""Small graphs, written by hand into the database as the loading of facts would store them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from typing import TypeVar, cast

from graph.folding import fold
from graph.model import LABELS, RELATIONSHIPS
from graph.model import label as label_of_name
from graph.seeding.derived_columns import derive_rows
from graph.seeding.ids import find_relationship
from graph.seeding.records import (
    DATABASE_LOCATION,
    Dataset,
    NodeRecord,
    RelationshipKey,
    RelationshipRecord,
    StoredValue,
)
from graph.store import Checksums, Statement, Store, WriteTransaction
from tests.conftest import clear

Columns = Mapping[str, object]
Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")

CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")

OPEN = "OPEN"
UNKNOWN = "UNKNOWN"


def period(begins: str | None, until: str = UNKNOWN, *, attested: str | None = None) -> dict[str, object]:
    """The columns of a period `[begins, until)`; `until` is a day, month or year, OPEN or UNKNOWN; `attested` the last
    day shown, which is far in the future for OPEN.
    """
    if until == OPEN and attested is None:
        attested = "2099-12-31"
    columns: dict[str, object] = {
        "validFrom": date.fromisoformat(begins) if begins else None,
        "validUntil": None,
        "validUntilBound": until if until in (OPEN, UNKNOWN) else "DATE",
        "attestedOn": date.fromisoformat(attested) if attested else None,
    }
    if columns["validUntilBound"] == "DATE":
        columns["validUntil"] = date.fromisoformat(until + "-01-01"[len(until) - 4 :])
        columns["validUntilPrecision"] = {4: "YEAR", 7: "MONTH"}.get(len(until), "DAY")
    return columns


def _set(columns: Columns) -> dict[str, StoredValue]:
    """The columns that have a value."""
    return {name: cast("StoredValue", value) for name, value in columns.items() if value is not None}


def _grouped(pairs: Iterable[tuple[Key, Row]]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = defaultdict(list)
    for key, row in pairs:
        groups[key].append(row)
    return groups


def _checksums(nodes: Mapping[str, list[Columns]], relationships: Mapping[RelationshipKey, Columns]) -> Checksums:
    checksums = Checksums()
    for label, rows in nodes.items():
        for row in rows:
            checksums.add_node(label, row)
    for (type_, source, target), row in relationships.items():
        checksums.add_relationship(type_, source, target, row)
    return checksums


class SmallGraph:
    """Nodes and relationships, collected and then written together. Nodes are named by their ids."""

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
        self._relationships: list[tuple[str, str, str, dict[str, object]]] = []

    def node(self, node_id: str, name: str | None = None, **columns: object) -> str:
        label, _, slug = node_id.partition(":")
        assert label in {label.name for label in LABELS}, node_id
        known_as = name or slug.replace("-", " ").capitalize()
        self._nodes[label][node_id] = {
            "id": node_id,
            "nameEn": known_as,
            "nameSort": fold(known_as),
            "nameFolded": fold(known_as),
            **columns,
        }
        return node_id

    def relate(self, source: str, type_: str, target: str, /, **columns: object) -> None:
        ends = (source.partition(":")[0], target.partition(":")[0])
        assert any(
            relationship.type == type_ and ends[0] in relationship.source and ends[1] in relationship.target
            for relationship in RELATIONSHIPS
        )
        self._relationships.append((source, type_, target, {"basis": "STATED", **columns}))

    # --- What recurs ------------------------------------------------------------------------------

    def cities(self, *slugs: str) -> None:
        for slug in slugs:
            self.node(f"City:{slug}")

    def network(self, slug: str, *themes: str, roster_on: str | None = None, kind: str = "CITY_NETWORK") -> str:
        """A network; its roster is complete on the day `roster_on`, or partial."""
        node_id = self.node(
            f"Network:{slug}",
            kind=kind,
            rosterComplete=roster_on is not None,
            rosterAttestedOn=date.fromisoformat(roster_on) if roster_on else None,
        )
        for theme in themes:
            self.relate(node_id, "ADDRESSES", f"Theme:{theme}")
        return node_id

    def member(self, city: str, network: str, /, columns: Columns, status: str = "MEMBER", suffix: str = "") -> str:
        """A membership of `City:city` in `Network:network`."""
        node_id = self.node(f"Membership:{city}-{network}{suffix}", status=status, **columns)
        self.relate(f"City:{city}", "HOLDS", node_id)
        self.relate(node_id, "IN", f"Network:{network}")
        return node_id

    def themes(self, scheme: str, *slugs: str) -> None:
        """The themes of a scheme, in order."""
        self.node(f"ThemeScheme:{scheme}")
        for position, slug in enumerate(slugs, start=1):
            self.node(f"Theme:{slug}", position=position)
            self.relate(f"Theme:{slug}", "IN_SCHEME", f"ThemeScheme:{scheme}")

    def twins(self, one: str, other: str, columns: Columns, *themes: str) -> str:
        node_id = self.node(f"Twinning:{'-'.join(sorted((one, other)))}", **columns)
        for city in (one, other):
            self.relate(node_id, "JOINS", f"City:{city}")
        for theme in themes:
            self.relate(node_id, "ADDRESSES", f"Theme:{theme}")
        return node_id

    def cites(self, node_id: str, citation: str, *supports: str, quote: str = "…", basis: str = "STATED") -> None:
        """The fact cites `Citation:citation`, for the properties it supports."""
        cited = f"Citation:{citation}"
        if cited not in self._nodes["Citation"]:
            self.node(cited, quote=quote)
        self.relate(node_id, "CITES", cited, supports=list(supports), basis=basis)

    # --- Into the database ------------------------------------------------------------------------

    async def replace_all(self, store: Store) -> None:
        """Make this graph the only content of the session's database. An equal graph that is still there stays.

        Tests that share a graph may only read it, or change it with `write`, which increases the revision.
        """
        if _written != [await store.revision(), self._nodes, self._relationships]:
            await clear(store)
            await self.write(store)
            _written[:] = [await store.revision(), self._nodes, self._relationships]

    def _dataset(self) -> Dataset:
        dataset = Dataset()
        for label, nodes in self._nodes.items():
            for node_id, columns in nodes.items():
                dataset.nodes[node_id] = NodeRecord(node_id, label_of_name(label), DATABASE_LOCATION, _set(columns))
        for source, type_, target, columns in self._relationships:
            definition = find_relationship(type_, source, target)
            assert definition is not None, (type_, source, target)
            record = RelationshipRecord(definition, source, target, source, DATABASE_LOCATION, _set(columns))
            dataset.relationships[record.key] = record
        return dataset

    async def write(self, store: Store) -> None:
        async def work(writing: WriteTransaction) -> None:
            nodes, relationships = derive_rows(self._dataset())
            given = {node_id: _set(columns) for rows in self._nodes.values() for node_id, columns in rows.items()}
            by_label = _grouped((node_id.partition(":")[0], row | given[node_id]) for node_id, row in nodes.items())
            for label, rows in by_label.items():
                text = f"UNWIND $nodes AS columns CREATE (n:{label}) SET n = columns"
                await writing.run(Statement.of_text("test/nodes", text), {"nodes": rows})
            by_kind = _grouped(
                (
                    (source.partition(":")[0], type_, target.partition(":")[0]),
                    {"source": source, "target": target, "columns": columns},
                )
                for (type_, source, target), columns in relationships.items()
            )
            for (source, type_, target), links in by_kind.items():
                text = (
                    f"UNWIND $rows AS row MATCH (a:{source} {{id: row.source}}) MATCH (b:{target} {{id: row.target}}) "
                    f"CREATE (a)-[r:{type_}]->(b) SET r = row.columns"
                )
                await writing.run(Statement.of_text("test/relationships", text), {"rows": links})
            await writing.mark_changed(_checksums(by_label, relationships).plus(writing.checksums or Checksums()))

        await store.write(work)


_written: list[object] = []
"""The revision at which the session's database contained a graph and nothing else, and that graph."""
