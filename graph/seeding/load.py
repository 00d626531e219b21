"""Load seed files: validate the files, compare them with the graph, and write the changes in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast

from graph.errors import SeedError
from graph.progress import Progress, no_progress
from graph.seeding.current_graph import CurrentGraph, RunStatement, read_current_graph
from graph.seeding.derived_columns import NodeRows, derive_rows
from graph.seeding.fingerprint import compute_fingerprint, find_loaded, record_loaded
from graph.seeding.ids import label_name
from graph.seeding.insert_statements import Row, create_nodes, create_relationships
from graph.seeding.read import read
from graph.seeding.records import Columns, Dataset, RelationshipKey
from graph.seeding.validate import check, merge
from graph.store import Checksums, Statement, Store, WriteTransaction

__all__ = ["LoadResult", "load"]

_BATCH: Final = 500  # small enough for the statement timeout, even on a busy machine
_TIMEOUT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The numbers of nodes and relationships in the files. `changed` is true if the load changed the graph."""

    nodes: int
    relationships: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Diff:
    """The changes that a load makes to the graph in the database."""

    new_nodes: NodeRows
    new_relationships: dict[RelationshipKey, Columns]
    changed_nodes: NodeRows
    changed_relationships: dict[RelationshipKey, Columns]
    deleted_nodes: list[str]
    deleted_relationships: list[RelationshipKey]

    @property
    def count(self) -> int:
        nodes = len(self.new_nodes) + len(self.changed_nodes) + len(self.deleted_nodes)
        relationships = len(self.new_relationships) + len(self.changed_relationships) + len(self.deleted_relationships)
        return nodes + relationships


@dataclass(frozen=True, slots=True)
class _BaseIds:
    """The ids of the nodes in the seed files that a server loads when it starts.

    `before` contains the ids before this load, and `after` contains the ids after this load.
    """

    before: frozenset[str]
    after: frozenset[str]

    @property
    def unchanged(self) -> bool:
        return self.before == self.after


async def load(
    store: Store,
    paths: Sequence[Path],
    *,
    replace: bool = False,
    base: bool = False,
    progress: Progress = no_progress,
) -> LoadResult:
    """Load seed files in one transaction. Loading the same files again changes neither the graph nor the revision.

    A node owns the relationships that a seed file states in the entry of that node. A node in the files replaces the
    stored node with the same id, together with the relationships that the stored node owns. If several loads state the
    same relationship in the entries of different nodes, the last load determines the owner. All other nodes and
    relationships stay unchanged, unless one of these options is used:

    - `replace` deletes all nodes that are not in the files.
    - `base` marks the files as the seed files of a server. The load deletes the nodes that were in the previous `base`
      load but are no longer in the files. It does not delete nodes that another load has also written. If the files
      have not changed since the previous `base` load, they are not read again.

    Before the load changes the stored graph, it compares the graph with the stored checksums. With `replace`, this
    comparison is omitted.

    If a file is invalid, raises SeedError with the problems of all files, and writes nothing. Raises StoreDamaged if
    the stored data differs from the data that was last written. Raises StoreError if a statement fails.
    """
    fingerprint = await asyncio.to_thread(compute_fingerprint, paths) if base else None
    if fingerprint is not None:
        async with store.reading() as reading:
            counts = await find_loaded(reading.run, fingerprint)
        if counts is not None:
            return LoadResult(*counts, changed=False)
    dataset = await asyncio.to_thread(read, paths, progress)
    node_count, relationship_count = len(dataset.nodes), len(dataset.relationships)

    async def compare(run: RunStatement, progress: Progress) -> tuple[CurrentGraph, Diff, _BaseIds]:
        current, base_ids = await read_current_graph(run), await _read_base_ids(run)
        ids = dataset.nodes.keys()
        if base:
            current.discard(base_ids - ids)
        diff = await asyncio.to_thread(_compute_diff, dataset, current, replace, progress)
        return current, diff, _BaseIds(base_ids, frozenset(ids) if base else base_ids - ids)

    # Compare without a write transaction first, because most loads change nothing.
    async with store.reading() as reading:
        _, diff, base_ids = await compare(reading.run, progress)
    if not diff.count and base_ids.unchanged and fingerprint is None:
        return LoadResult(node_count, relationship_count, changed=False)

    async def write(transaction: WriteTransaction) -> bool:
        # Compare again, because another client may have written since the first comparison.
        current, diff, base_ids = await compare(transaction.run, no_progress)
        if diff.count:
            before, after = await asyncio.to_thread(_compute_checksums, current, diff)
            if transaction.checksums is not None and not replace:
                transaction.checksums.check(before)
            progress.begin("writing", diff.count)
            await _write_diff(diff, transaction, progress)
            progress.end()
            await transaction.mark_changed(after)
        if not base_ids.unchanged:
            await transaction.run(_SET_BASE_IDS, {"ids": sorted(base_ids.after)})
        if fingerprint is not None:
            await record_loaded(
                transaction.run, fingerprint, node_count, relationship_count, increments_revision=diff.count > 0
            )
        return diff.count > 0

    changed = await store.write(write, timeout_s=_TIMEOUT_S)
    return LoadResult(node_count, relationship_count, changed)


def _compute_diff(dataset: Dataset, current: CurrentGraph, replace: bool, progress: Progress) -> Diff:
    """Compare the files with the current graph, and return the changes.

    Raises SeedError if the files are invalid or contradict the graph.
    """
    progress.begin("checking", None)
    problems = check(dataset, None if replace else current.dataset)
    progress.end()
    if problems:
        raise SeedError(problems)
    result = dataset if replace else merge(dataset, current.dataset)
    nodes, relationships = derive_rows(result)
    old_nodes, old_relationships = current.nodes, current.relationships
    return Diff(
        new_nodes={key: row for key, row in nodes.items() if key not in old_nodes},
        new_relationships={key: row for key, row in relationships.items() if key not in old_relationships},
        changed_nodes={key: row for key, row in nodes.items() if old_nodes.get(key, row) != row},
        changed_relationships={
            key: row for key, row in relationships.items() if old_relationships.get(key, row) != row
        },
        deleted_nodes=[key for key in old_nodes if key not in nodes],
        deleted_relationships=[key for key in old_relationships if key not in relationships],
    )


def _compute_checksums(current: CurrentGraph, diff: Diff) -> tuple[Checksums, Checksums]:
    """Return the checksums of the current graph, and the checksums of the graph with the changes."""
    before, changes = Checksums(), Checksums()
    _add_rows(before, current.nodes, current.relationships)
    _add_rows(changes, diff.new_nodes, diff.new_relationships)
    _add_rows(changes, diff.changed_nodes, diff.changed_relationships)
    nodes = {key: current.nodes[key] for key in (*diff.changed_nodes, *diff.deleted_nodes)}
    keys = (*diff.changed_relationships, *diff.deleted_relationships)
    _add_rows(changes, nodes, {key: current.relationships[key] for key in keys}, times=-1)
    return before, before.plus(changes)


def _add_rows(
    checksums: Checksums, nodes: NodeRows, relationships: Mapping[RelationshipKey, Columns], times: int = 1
) -> None:
    for node_id, row in nodes.items():
        checksums.add_node(label_name(node_id), row, times)
    for (type_, source, target), row in relationships.items():
        checksums.add_relationship(type_, source, target, row, times)


async def _read_base_ids(run: RunStatement) -> frozenset[str]:
    rows = await run(_READ_BASE_IDS, {})
    return frozenset(cast("list[str]", rows[0]["ids"])) if rows else frozenset()


# --- Statements -------------------------------------------------------------------------------------


async def _write_diff(diff: Diff, transaction: WriteTransaction, progress: Progress) -> None:
    for ends, rows in _group_relationships((key, {}) for key in diff.deleted_relationships).items():
        await _run_batches(_same_statement(_DELETE_RELATIONSHIPS, *ends), rows, transaction, progress)
    for label, rows in _group_nodes((node_id, {}) for node_id in diff.deleted_nodes).items():
        await _run_batches(_same_statement(_DELETE_NODES, label), rows, transaction, progress)
    for label, rows in _group_nodes(diff.new_nodes.items()).items():
        await _run_batches(partial(create_nodes, label), rows, transaction, progress)
    for label, rows in _group_nodes(diff.changed_nodes.items()).items():
        await _run_batches(_same_statement(_SET_NODES, label), rows, transaction, progress)
    for ends, rows in _group_relationships(diff.new_relationships.items()).items():
        await _run_batches(partial(create_relationships, *ends), rows, transaction, progress)
    for ends, rows in _group_relationships(diff.changed_relationships.items()).items():
        await _run_batches(_same_statement(_SET_RELATIONSHIPS, *ends), rows, transaction, progress)


_READ_BASE_IDS: Final = Statement.of_text(
    "seeding/read-base-ids", "MATCH (m:CitygraphMeta {id: 'meta'}) RETURN coalesce(m.baseIds, []) AS ids"
)
_SET_BASE_IDS: Final = Statement.of_text(
    "seeding/set-base-ids", "MERGE (m:CitygraphMeta {id: 'meta'}) SET m.baseIds = $ids"
)

_SET_NODES: Final = """UNWIND $rows AS row
MERGE (n:{0} {{id: row.id}})
SET n = row.properties"""

_DELETE_NODES: Final = """UNWIND $rows AS row
MATCH (n:{0} {{id: row.id}})
DETACH DELETE n"""

_SET_RELATIONSHIPS: Final = """UNWIND $rows AS row
MATCH (a:{0} {{id: row.source}})
MATCH (b:{2} {{id: row.target}})
MERGE (a)-[r:{1}]->(b)
SET r = row.properties"""

_DELETE_RELATIONSHIPS: Final = """UNWIND $rows AS row
MATCH (a:{0} {{id: row.source}})-[r:{1}]->(b:{2} {{id: row.target}})
DELETE r"""

_Ends = tuple[str, str, str]
_StatementFactory = Callable[[Sequence[Row]], Statement[dict[str, object]]]


def _same_statement(text: str, *names: str) -> _StatementFactory:
    """Return a function that returns the same statement for every batch of rows.

    The statement is `text`, with `names` in place of its placeholders. The names are labels and relationship types.
    """
    verb = text.rsplit("\n", 1)[1].split(" ")[0].lower()
    statement = Statement.of_text(f"seeding/{verb}-{'-'.join(names)}", text.format(*names))
    return lambda _: statement


async def _run_batches(
    make_statement: _StatementFactory, rows: Sequence[Row], transaction: WriteTransaction, progress: Progress
) -> None:
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        await transaction.run(make_statement(batch), {"rows": batch})
        progress.advance(len(batch))


def _group_nodes(rows: Iterable[tuple[str, Columns]]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for node_id, properties in rows:
        grouped[label_name(node_id)].append({"id": node_id, "properties": properties})
    return grouped


def _group_relationships(rows: Iterable[tuple[RelationshipKey, Columns]]) -> dict[_Ends, list[Row]]:
    grouped: dict[_Ends, list[Row]] = defaultdict(list)
    for (type_, source, target), properties in rows:
        ends = (label_name(source), type_, label_name(target))
        grouped[ends].append({"source": source, "target": target, "properties": properties})
    return grouped
