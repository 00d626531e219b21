"""Load a large export into an empty database, in transactions of limited size.

During the load, a metadata node in the database stores up to which position the file has been loaded. As long as a
position is stored, the graph cannot be read. If the load is interrupted, the next load continues from the stored
position.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar, cast

from graph.errors import SeedError, SeedProblem, StoreError, StoreTimeout, StoreUnavailable
from graph.model import LABELS, RELATIONSHIPS
from graph.progress import Progress, no_progress
from graph.seeding.bulk_reader import Chunk, ExportSummary, Position, inspect_file, open_reader, to_seed_error
from graph.seeding.insert_statements import Row, create_nodes, create_relationships
from graph.seeding.jsonl_format import REEXPORT_HINT
from graph.seeding.load import LoadResult
from graph.store import Checksums, Statement, Store, WriteTransaction
from graph.store.metadata import META, PROPAGATION_S, SET_LOAD_PROGRESS

__all__ = ["bulk_load"]

T = TypeVar("T")

_BATCH: Final = 2000
_DELETE_BATCH: Final = 1000
_TIMEOUT_S: Final = 600.0
_STATEMENT_TIMEOUT_S: Final = 10.0
"""Time limit of a statement and of a commit, in seconds. A batch takes less than a second."""


async def bulk_load(store: Store, file: Path, *, restart: bool = False, progress: Progress = no_progress) -> LoadResult:
    """Load an export into an empty database, or continue an interrupted bulk load of the same file.

    Until the load is finished, all other reads and writes fail with GraphLoading. If `restart` is true, the data of an
    interrupted bulk load is deleted first. Every line is validated, and the source and target of every relationship
    must exist. Rules that concern several nodes are not checked again, because the exported graph has already passed
    them.

    The file is read in chunks of lines. If a chunk contains invalid lines, the load stops and raises SeedError with all
    problems of this chunk. Raises StoreError if the database is not empty, if another process is loading into it, or if
    a statement fails.
    """
    progress.begin("checking the file", None)
    summary = await asyncio.to_thread(inspect_file, file)
    progress.end()
    position = await _write(store, lambda transaction, saved: _find_start(transaction, saved, summary, restart))
    if position.deleting:
        position = await _delete_all(store, position, progress)
    async with open_reader(file, position) as read_chunk:
        end = await _load_chunks(store, file, position, read_chunk, progress, summary)
    progress.end()
    return LoadResult(end.nodes, end.relationships, changed=True)


async def _load_chunks(
    store: Store,
    file: Path,
    position: Position,
    read_chunk: Callable[[], Awaitable[Chunk]],
    progress: Progress,
    summary: ExportSummary,
) -> Position:
    """Write all chunks of the file to the database, and return the position after the last chunk.

    The next chunk is read while a chunk is written.
    """
    chunk = await read_chunk()
    progress.begin("loading", summary.nodes + summary.relationships)
    progress.advance(position.nodes + position.relationships)
    if position.offset == 0:
        await _hide_graph(store, position)
    while True:
        next_chunk = None if chunk.is_last else asyncio.ensure_future(read_chunk())
        try:
            await _write_chunk(store, file, chunk, position)
        except BaseException:
            if next_chunk is not None:
                next_chunk.cancel()
                await asyncio.gather(next_chunk, return_exceptions=True)
            raise
        end = chunk.end
        progress.advance(end.nodes + end.relationships - position.nodes - position.relationships)
        if next_chunk is None:
            return end
        position, chunk = end, await next_chunk


# --- The saved position ----------------------------------------------------------------------------


async def _find_start(
    transaction: WriteTransaction, saved: str | None, summary: ExportSummary, restart: bool
) -> Position:
    """Return the position in the file at which the load begins or continues.

    `saved` is the position of an unfinished bulk load as JSON, or None if there is no unfinished load. If `saved` is
    None or `restart` is true, the result is the start of the file. Otherwise it is the saved position. Raises
    StoreError if `saved` is None and the database is not empty. Also raises StoreError if the unfinished load is of
    another file and `restart` is false.
    """
    start = Position(summary.digest, is_intact=summary.is_intact)
    if saved is None:
        if await transaction.run(_ANY_NODE):
            raise StoreError(
                "the database is not empty, and a bulk load needs an empty one",
                hint="use another database, or `citygraph load --replace`",
            )
        return start
    if restart:
        start = replace(start, deleting=True)
        await transaction.run(SET_LOAD_PROGRESS, {"loading": start.to_json()})
        return start
    position = Position.from_json(saved)
    if position is None or position.digest != summary.digest:
        raise StoreError(
            "the database contains an unfinished bulk load of another file",
            hint="load that file again, or use --restart to delete what it loaded and load this one",
        )
    return position


async def _hide_graph(store: Store, position: Position) -> None:
    """Make every read of the graph fail until the bulk load has ended.

    This function stores in the database up to which position the export file has been loaded. Reads fail as long as
    such a position is stored. The function then waits until all processes have noticed the stored position.
    """

    async def save(transaction: WriteTransaction, saved: str | None) -> None:
        if saved is None and await transaction.run(_ANY_NODE):
            raise _other_load_error()
        _check_saved(saved, (None, position.to_json()))
        await transaction.run(SET_LOAD_PROGRESS, {"loading": position.to_json()})
        await transaction.run(_CLEAR_BASE_IDS)
        await transaction.set_checksums(Checksums())

    await _write(store, save)
    await asyncio.sleep(PROPAGATION_S)


async def _write(store: Store, work: Callable[[WriteTransaction, str | None], Awaitable[T]]) -> T:
    try:
        return await store.write_loading(work, timeout_s=_TIMEOUT_S, statement_timeout_s=_STATEMENT_TIMEOUT_S)
    except (StoreTimeout, StoreUnavailable) as error:
        raise StoreUnavailable(
            f"the bulk load lost its database: {error.message}",
            hint="check that the database runs, then run the same command again, which continues the load",
            statement=error.statement,
        ) from error.__cause__


def _check_saved(saved: str | None, expected: tuple[str | None, ...]) -> None:
    if saved not in expected:
        raise _other_load_error()


def _other_load_error() -> StoreError:
    return StoreError("another process is loading into the database", hint="wait until it has finished, or stop it")


async def _delete_all(store: Store, position: Position, progress: Progress) -> Position:
    """Delete all nodes and relationships in batches, and return the position at the start of the export file.

    The position is also stored in the database, so that an interrupted load continues from there.
    """
    start = Position(position.digest)
    progress.begin("deleting what an earlier load wrote", None)
    for statement in (*_delete_relationship_statements(), *_delete_node_statements()):

        async def delete_batch(
            transaction: WriteTransaction, saved: str | None, statement: Statement[dict[str, object]] = statement
        ) -> int:
            _check_saved(saved, (position.to_json(),))
            return cast("int", (await transaction.run(statement))[0]["deleted"])

        while deleted := await _write(store, delete_batch):
            progress.advance(deleted)
    progress.end()

    async def save(transaction: WriteTransaction, saved: str | None) -> None:
        _check_saved(saved, (position.to_json(), start.to_json()))
        await transaction.run(SET_LOAD_PROGRESS, {"loading": start.to_json()})

    await _write(store, save)
    return start


# --- Rows ------------------------------------------------------------------------------------------


async def _write_chunk(store: Store, file: Path, chunk: Chunk, start: Position) -> None:
    """Write a chunk and save the position after the chunk.

    After the last chunk, delete the saved position, so that the graph can be read.
    """
    end = None if chunk.is_last else chunk.end.to_json()

    async def write(transaction: WriteTransaction, saved: str | None) -> None:
        if saved == end:  # a previous attempt was committed, but the response was lost
            return
        _check_saved(saved, (start.to_json(),))
        for label, rows in chunk.nodes.items():
            for batch in _batches(rows):
                await transaction.run(create_nodes(label, batch), {"rows": batch})
        for ends, rows in chunk.relationships.items():
            for batch in _batches(rows):
                [result] = await transaction.run(create_relationships(*ends, batch), {"rows": batch})
                if result["written"] != len(batch):
                    missing = await transaction.run(_find_missing_ends(*ends), {"rows": batch})
                    raise _missing_ends_error(file, missing, chunk.end)
        await transaction.run(SET_LOAD_PROGRESS, {"loading": end})
        checksums = (transaction.checksums or Checksums()).plus(chunk.checksums)
        await (transaction.mark_changed if chunk.is_last else transaction.set_checksums)(checksums)

    await _write(store, write)


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _missing_ends_error(file: Path, rows: list[dict[str, object]], position: Position) -> SeedError:
    problems = [
        SeedProblem(str(file), cast("int", row["line"]), f"there is no `{node_id}`", REEXPORT_HINT)
        for row in rows
        for node_id in cast("list[str]", row["missing"])
    ]
    return to_seed_error(problems, position)


# --- Statements, into which only labels and relationship types of the model are formatted --------------

_ANY_NODE: Final = Statement.of_text("seeding/any-node", f"MATCH (n) WHERE NOT n:{META} RETURN 1 AS one LIMIT 1")
_CLEAR_BASE_IDS: Final = Statement.of_text(
    "seeding/clear-base-ids", f"MATCH (m:{META} {{id: 'meta'}}) SET m.baseIds = null"
)


def _find_missing_ends(source: str, type_: str, target: str) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"seeding/find-missing-ends-{source}-{type_}-{target}",
        "UNWIND $rows AS row\n"
        f"OPTIONAL MATCH (a:{source} {{id: row.source}})\n"
        f"OPTIONAL MATCH (b:{target} {{id: row.target}})\n"
        "WITH row, a, b WHERE a IS NULL OR b IS NULL\n"
        "RETURN row.line AS line, CASE WHEN a IS NULL THEN [row.source] ELSE [] END\n"
        "  + CASE WHEN b IS NULL THEN [row.target] ELSE [] END AS missing\n"
        "ORDER BY line",
    )


def _delete_relationship_statements() -> Iterator[Statement[dict[str, object]]]:
    ends = {(relationship.type, source) for relationship in RELATIONSHIPS for source in relationship.source}
    for type_, source in sorted(ends):
        yield Statement.of_text(
            f"seeding/delete-{source}-{type_}",
            f"MATCH (:{source})-[r:{type_}]->() WITH r LIMIT {_DELETE_BATCH} DELETE r RETURN count(*) AS deleted",
        )


def _delete_node_statements() -> Iterator[Statement[dict[str, object]]]:
    for label in LABELS:
        yield Statement.of_text(
            f"seeding/delete-{label.name}",
            f"MATCH (n:{label.name}) WITH n LIMIT {_DELETE_BATCH} DETACH DELETE n RETURN count(*) AS deleted",
        )
