"""A large export into an empty database: in transactions of constant size, hidden until all of it is there.

The database is marked before the first row and carries, with every transaction, how far the file is loaded. While the
mark stands nothing of the graph is shown, and a load that was ended goes on where it stood.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from graph.errors import Fault, SeedError, StoreError
from graph.model import LABELS, RELATIONSHIPS
from graph.seeding.bulk_reader import Chunk, Position, Source, inspect_file, open_reader, to_seed_error
from graph.seeding.insert_statements import Row, create_links, create_nodes
from graph.seeding.jsonl_format import REEXPORT_HINT
from graph.seeding.load import LoadResult
from graph.seeding.progress import Progress, no_progress
from graph.store import Statement, Store, WriteTransaction
from graph.store.metadata_cache import PROPAGATION_S
from graph.store.schema import META, SET_LOAD_PROGRESS

__all__ = ["bulk_load"]

_BATCH: Final = 2000
_DELETED_AT_ONCE: Final = 1000
_LIMIT_S: Final = 600.0


async def bulk_load(store: Store, file: Path, *, restart: bool = False, progress: Progress = no_progress) -> LoadResult:
    """Load what `export` wrote into a database that is empty, or that a bulk load of the same file left unfinished.

    Until all is loaded, every other reader and writer is refused with GraphLoading. `restart` deletes what any
    unfinished bulk load left and begins anew. Of the laws of a graph, those of each line are checked, and that both
    ends of a relationship exist: the rest was checked when the graph that was exported was loaded.

    Raises SeedError for a faulty file, with the faults of the chunk of lines where the first one stands; StoreError
    where the database holds anything else, another process loads into it, or it fails.
    """
    progress.begin("checking the file", None)
    source = await asyncio.to_thread(inspect_file, file)
    progress.end()
    position = await store.write_loading(lambda w, noted: _begin(w, noted, source, restart), timeout_s=_LIMIT_S)
    if position.deleting:
        position = await _delete_all(store, position, progress)
    async with open_reader(file, position) as read_on:
        done = await _loaded(store, file, position, read_on, progress, source)
    progress.end()
    return LoadResult(done.nodes, done.relationships, changed=True)


async def _loaded(
    store: Store,
    file: Path,
    position: Position,
    read_on: Callable[[], Awaitable[Chunk]],
    progress: Progress,
    source: Source,
) -> Position:
    """Write every chunk while the next one is read; where the last one ends."""
    chunk = await read_on()
    progress.begin("loading", source.nodes + source.relationships)
    progress.advance(position.nodes + position.relationships)
    if position.offset == 0:
        await _marked(store, position)
    while True:
        following = None if chunk.ended else asyncio.ensure_future(read_on())
        try:
            await _write(store, file, chunk, position)
        except BaseException:
            if following is not None:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
            raise
        done = chunk.after
        progress.advance(done.nodes + done.relationships - position.nodes - position.relationships)
        if following is None:
            return done
        position, chunk = done, await following


# --- The mark --------------------------------------------------------------------------------------


async def _begin(writing: WriteTransaction, noted: str | None, source: Source, restart: bool) -> Position:
    """Where to go on; where to begin in an empty database, which is not marked yet."""
    start = Position(source.digest)
    if noted is None:
        if await writing.run(_ANY_NODE):
            raise StoreError(
                "the database holds a graph, and a bulk load goes into an empty one",
                hint="use another database, or `citygraph load --replace`",
            )
        return start
    if restart:
        start = Position(source.digest, deleting=True)
        await writing.run(SET_LOAD_PROGRESS, {"loading": start.noted()})
        return start
    position = Position.of(noted)
    if position is None or position.digest != source.digest:
        raise StoreError(
            "the bulk load that is under way, or was ended, is of another file",
            hint="give it the same file again, or --restart to delete what it loaded and load this one",
        )
    return position


async def _marked(store: Store, position: Position) -> None:
    """Hide the graph, and wait until nobody goes by an older look at the mark."""

    async def work(writing: WriteTransaction, noted: str | None) -> None:
        if noted is None and await writing.run(_ANY_NODE):
            raise _other()
        _check_noted(noted, (None, position.noted()))
        await writing.run(SET_LOAD_PROGRESS, {"loading": position.noted()})
        await writing.run(_FORGET_BASE)

    await store.write_loading(work, timeout_s=_LIMIT_S)
    await asyncio.sleep(PROPAGATION_S)


def _check_noted(noted: str | None, expected: tuple[str | None, ...]) -> None:
    if noted not in expected:
        raise _other()


def _other() -> StoreError:
    return StoreError("another process loads into the database", hint="leave it to that process, or end it first")


async def _delete_all(store: Store, position: Position, progress: Progress) -> Position:
    """Delete all nodes and relationships of the model, some at a time, and begin at the start of the file."""
    start = Position(position.digest)
    progress.begin("deleting what an earlier load left", None)
    for statement in (*_delete_links(), *_delete_nodes()):

        async def work(
            writing: WriteTransaction, noted: str | None, statement: Statement[dict[str, object]] = statement
        ) -> int:
            _check_noted(noted, (position.noted(),))
            return cast("int", (await writing.run(statement))[0]["gone"])

        while gone := await store.write_loading(work, timeout_s=_LIMIT_S):
            progress.advance(gone)
    progress.end()

    async def begin(writing: WriteTransaction, noted: str | None) -> None:
        _check_noted(noted, (position.noted(), start.noted()))
        await writing.run(SET_LOAD_PROGRESS, {"loading": start.noted()})

    await store.write_loading(begin, timeout_s=_LIMIT_S)
    return start


# --- Rows ------------------------------------------------------------------------------------------


async def _write(store: Store, file: Path, chunk: Chunk, before: Position) -> None:
    """One chunk with the note of it; with the last one, the graph is shown."""
    after = None if chunk.ended else chunk.after.noted()

    async def work(writing: WriteTransaction, noted: str | None) -> None:
        if noted == after:  # the answer to an earlier attempt was lost, and the attempt was not
            return
        _check_noted(noted, (before.noted(),))
        for kind, rows in chunk.nodes.items():
            for batch in _batches(rows):
                await writing.run(create_nodes(kind, batch), {"rows": batch})
        for ends, rows in chunk.links.items():
            for batch in _batches(rows):
                [answer] = await writing.run(create_links(*ends, batch), {"rows": batch})
                if answer["written"] != len(batch):
                    raise _loose(file, await writing.run(_find_loose(*ends), {"rows": batch}), chunk.after)
        await writing.run(SET_LOAD_PROGRESS, {"loading": after})
        if chunk.ended:
            writing.mark_changed()

    await store.write_loading(work, timeout_s=_LIMIT_S)


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _loose(file: Path, rows: list[dict[str, object]], position: Position) -> SeedError:
    faults = [
        Fault(str(file), cast("int", row["line"]), f"there is no `{each}`", REEXPORT_HINT)
        for row in rows
        for each in cast("list[str]", row["missing"])
    ]
    return to_seed_error(faults, position)


# --- Statements; only labels and types of the model are set into them --------------------------------

_ANY_NODE: Final = Statement.of_text("seeding/any-node", f"MATCH (n) WHERE NOT n:{META} RETURN 1 AS one LIMIT 1")
_FORGET_BASE: Final = Statement.of_text("seeding/forget-base", f"MATCH (m:{META} {{id: 'meta'}}) SET m.baseIds = null")


def _find_loose(source: str, type_: str, target: str) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"seeding/find-loose-{source}-{type_}-{target}",
        "UNWIND $rows AS row\n"
        f"OPTIONAL MATCH (a:{source} {{id: row.source}})\n"
        f"OPTIONAL MATCH (b:{target} {{id: row.target}})\n"
        "WITH row, a, b WHERE a IS NULL OR b IS NULL\n"
        "RETURN row.line AS line, CASE WHEN a IS NULL THEN [row.source] ELSE [] END\n"
        "  + CASE WHEN b IS NULL THEN [row.target] ELSE [] END AS missing\n"
        "ORDER BY line",
    )


def _delete_links() -> Iterator[Statement[dict[str, object]]]:
    for type_, source in sorted({(each.type, source) for each in RELATIONSHIPS for source in each.source}):
        yield Statement.of_text(
            f"seeding/wipe-{source}-{type_}",
            f"MATCH (:{source})-[r:{type_}]->() WITH r LIMIT {_DELETED_AT_ONCE} DELETE r RETURN count(*) AS gone",
        )


def _delete_nodes() -> Iterator[Statement[dict[str, object]]]:
    for each in LABELS:
        yield Statement.of_text(
            f"seeding/wipe-{each.name}",
            f"MATCH (n:{each.name}) WITH n LIMIT {_DELETED_AT_ONCE} DETACH DELETE n RETURN count(*) AS gone",
        )
