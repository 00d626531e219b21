"""Facts into the database: checked whole, then written as one transaction, and only where something differs."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast

from graph.errors import SeedError
from graph.seeding.current_graph import CurrentGraph, Run, read_current_graph
from graph.seeding.derived_columns import NodeRows, link_rows, node_rows
from graph.seeding.fingerprint import find_loaded, fingerprint, record_loaded
from graph.seeding.insert_statements import Row, create_links, create_nodes
from graph.seeding.progress import Progress, no_progress
from graph.seeding.read import read
from graph.seeding.records import Columns, Dataset, LinkKey
from graph.seeding.validate import check, merge
from graph.store import Statement, Store, WriteTransaction

__all__ = ["LoadResult", "load"]

_BATCH: Final = 500  # each batch stays far below the limit of a statement, on a busy machine too
_LIMIT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """How many nodes and relationships the files state, and whether the graph had to be changed for them."""

    nodes: int
    relationships: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Diff:
    """What makes the graph that is held into the one that is wanted."""

    nodes_new: NodeRows
    links_new: dict[LinkKey, Columns]
    nodes_changed: NodeRows
    links_changed: dict[LinkKey, Columns]
    nodes_gone: list[str]
    links_gone: list[LinkKey]

    @property
    def count(self) -> int:
        made, changed = len(self.nodes_new) + len(self.links_new), len(self.nodes_changed) + len(self.links_changed)
        return made + changed + len(self.nodes_gone) + len(self.links_gone)


@dataclass(frozen=True, slots=True)
class _Base:
    """The ids that a server's own files stated last: as the database knows them, and as it is to know them."""

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
    """Load files of facts in one transaction: after it the graph says of each item exactly what the files say.

    Nodes that no file states stay as they are, and so do the relationships stated under them; a relationship between
    two items belongs to the one loaded last that states it. With `replace`, all that no file states is deleted. With
    `base`, the files are the ones a server starts from: what they stated at the last such load, nobody else has loaded
    since, and they state no more, is deleted.
    Loading what is already there leaves the graph and its revision as they are. With `base` the files are not even read
    where nothing has changed since they were loaded last; see `graph.seeding.fingerprint`.

    Raises SeedError with every fault of every file, and then nothing was written; StoreError where the database fails.
    """
    made = await asyncio.to_thread(fingerprint, paths) if base else None
    if made is not None:
        async with store.reading() as reading:
            counts = await find_loaded(reading.run, made)
        if counts is not None:
            return LoadResult(*counts, changed=False)
    facts = await asyncio.to_thread(read, paths, progress)
    loaded = LoadResult(len(facts.items), len(facts.links), changed=False)

    async def look(run: Run, progress: Progress) -> tuple[Diff, _Base]:
        before, known = await read_current_graph(run), await _base_ids(run)
        ids = facts.items.keys()
        after = _Base(known, frozenset(ids) if base else known - ids)
        if base:
            before.discard(known - ids)
        return await asyncio.to_thread(_changes, facts, before, replace, progress), after

    # Looked at without a write transaction first: most loads, a server's at its start, find nothing to do.
    async with store.reading() as reading:
        changes, ids = await look(reading.run, progress)
    if not changes.count and ids.unchanged and made is None:
        return loaded

    async def work(writing: WriteTransaction) -> bool:
        # Read again: between the two looks another writer may have come first.
        changes, ids = await look(writing.run, no_progress)
        if changes.count:
            progress.begin("writing", changes.count)
            await _write(changes, writing, progress)
            progress.end()
            writing.mark_changed()
        if not ids.unchanged:
            await writing.run(_SET_BASE, {"ids": sorted(ids.after)})
        if made is not None:
            await record_loaded(writing.run, made, loaded.nodes, loaded.relationships, raised=changes.count > 0)
        return changes.count > 0

    changed = await store.write(work, timeout_s=_LIMIT_S)
    return LoadResult(loaded.nodes, loaded.relationships, changed)


def _changes(facts: Dataset, before: CurrentGraph, replace: bool, progress: Progress) -> Diff:
    """What has to be written. Raises SeedError where the facts, beside what is held, break a law."""
    progress.begin("checking", None)
    faults = check(facts, None if replace else before.facts)
    progress.end()
    if faults:
        raise SeedError(faults)
    wanted = facts if replace else merge(facts, before.facts)
    nodes, links = node_rows(wanted), link_rows(wanted)
    return Diff(
        nodes_new={key: row for key, row in nodes.items() if key not in before.nodes},
        links_new={key: row for key, row in links.items() if key not in before.links},
        nodes_changed={key: row for key, row in nodes.items() if before.nodes.get(key, row) != row},
        links_changed={key: row for key, row in links.items() if before.links.get(key, row) != row},
        nodes_gone=[key for key in before.nodes if key not in nodes],
        links_gone=[key for key in before.links if key not in links],
    )


async def _base_ids(run: Run) -> frozenset[str]:
    rows = await run(_BASE, {})
    return frozenset(cast("list[str]", rows[0]["ids"])) if rows else frozenset()


# --- Statements -------------------------------------------------------------------------------------


async def _write(changes: Diff, writing: WriteTransaction, progress: Progress) -> None:
    for ends, rows in _by_ends((key, {}) for key in changes.links_gone).items():
        await _in_batches(_fixed(_DELETE_LINKS, *ends), rows, writing, progress)
    for kind, rows in _by_label((key, {"id": key}) for key in changes.nodes_gone).items():
        await _in_batches(_fixed(_DELETE_NODES, kind), rows, writing, progress)
    for kind, rows in _by_label(changes.nodes_new.items()).items():
        await _in_batches(partial(create_nodes, kind), rows, writing, progress)
    for kind, rows in _by_label(changes.nodes_changed.items()).items():
        await _in_batches(_fixed(_SET_NODES, kind), rows, writing, progress)
    for ends, rows in _by_ends(changes.links_new.items()).items():
        await _in_batches(partial(create_links, *ends), rows, writing, progress)
    for ends, rows in _by_ends(changes.links_changed.items()).items():
        await _in_batches(_fixed(_SET_LINKS, *ends), rows, writing, progress)


_BASE: Final = Statement.of_text(
    "seeding/base", "MATCH (m:CitygraphMeta {id: 'meta'}) RETURN coalesce(m.baseIds, []) AS ids"
)
_SET_BASE: Final = Statement.of_text("seeding/set-base", "MERGE (m:CitygraphMeta {id: 'meta'}) SET m.baseIds = $ids")

_SET_NODES: Final = """UNWIND $rows AS row
MERGE (n:{0} {{id: row.id}})
SET n = row.properties"""

_DELETE_NODES: Final = """UNWIND $rows AS row
MATCH (n:{0} {{id: row.id}})
DETACH DELETE n"""

_SET_LINKS: Final = """UNWIND $rows AS row
MATCH (a:{0} {{id: row.source}})
MATCH (b:{2} {{id: row.target}})
MERGE (a)-[r:{1}]->(b)
SET r = row.properties"""

_DELETE_LINKS: Final = """UNWIND $rows AS row
MATCH (a:{0} {{id: row.source}})-[r:{1}]->(b:{2} {{id: row.target}})
DELETE r"""

_Ends = tuple[str, str, str]
_ForRows = Callable[[Sequence[Row]], Statement[dict[str, object]]]


def _fixed(text: str, *names: str) -> _ForRows:
    """A statement that is the same for all rows. `names` are labels and types of the model."""
    verb = text.rsplit("\n", 1)[1].split(" ")[0].lower()
    statement = Statement.of_text(f"seeding/{verb}-{'-'.join(names)}", text.format(*names))
    return lambda _: statement


async def _in_batches(made: _ForRows, rows: Sequence[Row], writing: WriteTransaction, progress: Progress) -> None:
    """Run what is made for rows over them, a batch at a time."""
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        await writing.run(made(batch), {"rows": batch})
        progress.advance(len(batch))


def _by_label(rows: Iterable[tuple[str, Columns]]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for node_id, properties in rows:
        grouped[node_id.partition(":")[0]].append({"id": node_id, "properties": properties})
    return grouped


def _by_ends(rows: Iterable[tuple[LinkKey, Columns]]) -> dict[_Ends, list[Row]]:
    grouped: dict[_Ends, list[Row]] = defaultdict(list)
    for (type_, source, target), properties in rows:
        ends = (source.partition(":")[0], type_, target.partition(":")[0])
        grouped[ends].append({"source": source, "target": target, "properties": properties})
    return grouped
