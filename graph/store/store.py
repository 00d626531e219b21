"""The one way to the database: reads and writes over Bolt.

    async with Store.open(settings) as store:
        await store.prepare()
        rows = await store.read(COST_PER_NETWORK, {"city": "City:vantaa"})
        async with store.reading() as reading:
            first = await reading.run(ONE)
            second = await reading.run(OTHER, {"ids": [row.id for row in first]})

No error of the driver leaves this room: see `graph.errors` for those that do. If an embedded database stops, work fails
with StoreUnavailable until it runs again; the store then reconnects in the background (`graph.store.database`).
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from typing import Any, Final, LiteralString, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncResult, AsyncSession, AsyncTransaction, Query, Record

from graph.errors import GraphLoading, StoreError, StoreTimeout
from graph.store import schema
from graph.store.batching import ReadBatcher
from graph.store.database import DatabaseConnection
from graph.store.errors import is_constraint_violation, is_retryable, timeout, translate_errors
from graph.store.metadata_cache import MetadataCache
from graph.store.plan_cache import PlanCache
from graph.store.schema import Metadata
from graph.store.schema_version import (
    FIRST_VERSION,
    STEPS,
    Migration,
    MigrationResult,
    check_version,
    latest_version,
    next_migration,
)
from graph.store.semaphore import BoundedSemaphore
from graph.store.settings import StoreSettings
from graph.store.statement import Statement

Row = TypeVar("Row")
T = TypeVar("T")

_READ_ATTEMPTS: Final = 3
_CONSTRAINT_ATTEMPTS: Final = 6
_STREAM_BATCH: Final = 1000
_STREAM_LIMIT_S: Final = 900.0
_PREPARE_LIMIT_S: Final = 900.0

_PING: Final = Statement.of_text("store/ping", "RETURN 1 AS one")


class Reader:
    """Statements that belong together, run one after another, whoever asks.

    Each is a read by itself. A transaction around them would cost two more round trips and hold a connection for
    nothing: in both databases its statements see what others commit between them.
    """

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._is_over = False

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement that only reads. Raises StoreError, also once the reading has ended."""
        async with self._turn:
            if self._is_over:
                raise StoreError(f"'{statement.name}' came after the end of its reading", statement=statement.name)
            return await self._store.read(statement, parameters)

    async def plan(self, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> str:
        """As `Store.plan`, in its turn. Raises StoreError."""
        async with self._turn:
            return await self._store.plan(statement, parameters)

    async def end(self) -> None:
        """Run no more; the statement that runs is waited for."""
        self._is_over = True
        async with self._turn:
            pass


class WriteTransaction:
    """One write transaction, as the work given to `Store.write` sees it. The work may be run again from its start."""

    def __init__(self, store: "Store", transaction: AsyncTransaction, limit_s: float) -> None:
        self._store = store
        self._transaction = transaction
        self._limit_s = limit_s
        self.has_changed = False

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement, in the transaction. Raises StoreError; let it pass, so that the store sees it."""
        return await self._store.run_in(self._transaction, statement, parameters, self._limit_s)

    def mark_changed(self) -> None:
        """Say that the graph now differs: the revision rises by one, with the rest of the transaction."""
        self.has_changed = True


class Store:
    """The graph's database. Open one for a process; every task may use it at once.

    `observers` are called with the name and the text of each statement sent for those who use the store: not for the
    look at the database's own mark that comes before reads now and then. `steps` lead to the schema that this program
    knows; whoever gives others does so before `prepare`.
    """

    def __init__(self, access: DatabaseConnection, settings: StoreSettings) -> None:
        """For `open`, which ends what it began."""
        self._access = access
        self._limit_s = settings.statement_timeout_s
        self._retry_s = settings.retry_s
        self._gate = BoundedSemaphore(settings.max_in_flight, settings.max_waiting, settings.acquisition_timeout_s)
        self._writers = BoundedSemaphore(1, settings.max_waiting, settings.retry_s)
        is_embedded = settings.uri is None
        self._plans = None if is_embedded else PlanCache(lambda: self._session(READ_ACCESS), settings.planning_wait_s)
        self._batcher = ReadBatcher(self._read)
        self._lookout = MetadataCache(self._check_database)
        access.on_reconnect.append(self._lookout.invalidate)
        self.steps: Sequence[Migration] = STEPS
        self.observers: list[Callable[[str, str], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StoreSettings) -> AsyncGenerator["Store"]:
        """The store that the settings lead to, proved to answer.

        Without a URI: the embedded database of the data folder, started here if no process owns it yet, else joined.
        Raises StoreUnavailable, StoreDenied and StoreLocked; ConfigurationError for an invalid URI.
        """
        async with AsyncExitStack() as stack:
            access = await stack.enter_async_context(DatabaseConnection.opened(settings))
            store = cls(access, settings)
            if store._plans:
                stack.push_async_callback(store._plans.close)
            await store._with_retry(lambda: store._read_once(_PING, None))
            stack.push_async_callback(store._batcher.close)
            yield store

    async def prepare(self) -> None:
        """Create the constraints and indexes that are missing and note the schema's version; may be repeated.

        An embedded database that this process started is migrated first where that is due. Raises SchemaNewer, and
        SchemaOlder for every other database that has to be migrated.
        """
        version = (await self._read_metadata()).version
        if self._access.is_owner and version is not None and version < latest_version(self.steps):
            await self.migrate()
        else:
            check_version(version, self.steps)
        await self._with_retry(self._create_schema)

        async def note_version(writing: WriteTransaction) -> None:
            await writing.run(schema.SET_SCHEMA_VERSION, {"version": latest_version(self.steps)})

        await self._write(note_version, _PREPARE_LIMIT_S, lambda mark: check_version(mark.version, self.steps))

    async def migrate(self) -> MigrationResult:
        """Bring an older database to the schema this program knows, step by step; may be interrupted and repeated.

        Where two migrate at once, each step is taken by one of them. A database that nothing prepared yet is prepared.
        Raises SchemaNewer; StoreError where a step fails, and then the database stands before that step.
        """
        before = (await self._read_metadata()).version
        if before is None:
            await self.prepare()
            return MigrationResult(latest_version(self.steps), latest_version(self.steps))
        if next_migration(before, self.steps) is not None:
            await self._with_retry(self._create_schema)
        while await self._write(self._apply_migration, _PREPARE_LIMIT_S, _any):
            pass
        return MigrationResult(before, latest_version(self.steps))

    async def read(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement that only reads, tried again where the connection was lost. Raises StoreError.

        Never for statements that write: on the embedded database such a one, failing, leaves half of its work.
        """
        if statement.returns_one_row:
            rows = await self._batcher.read(cast("Statement[dict[str, object]]", statement), parameters or {})
            return cast("list[Row]", rows)
        return await self._read(statement, parameters)

    async def _read(self, statement: Statement[Row], parameters: Mapping[str, object] | None) -> list[Row]:
        async with self._gate.acquire(statement.name):
            await self._lookout.check()
            return await self._with_retry(lambda: self._read_once(statement, parameters))

    async def plan(self, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> str:
        """How the database carries a statement out, in its own words: found by PROFILE, which runs it once more.

        Raises StoreError.
        """
        profiled = Statement("store/plan", f"PROFILE {statement.text}", dict[str, object])
        async with self._gate.acquire(statement.name):
            await self._lookout.check()
            return await self._with_retry(lambda: self._plan_once(profiled, parameters))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Reader]:
        """Several statements that only read, of which none runs once this is left."""
        reading = Reader(self)
        try:
            yield reading
        finally:
            await reading.end()

    async def write(self, work: Callable[[WriteTransaction], Awaitable[T]], *, timeout_s: float | None = None) -> T:
        """Do `work` in one transaction and return what it returns; on any error nothing is written.

        One writer at a time in this process; where another process's writer was first, the work is done again, from
        its start, for up to `retry_s` seconds. `timeout_s` bounds one attempt as a whole (default: the statement
        limit). On the embedded database each single statement also stays under the statement limit of its owner, so
        large loads go in batches. Raises StoreError; GraphLoading while a bulk load is under way.
        """
        return await self._write(work, timeout_s or self._limit_s, self._check_readable)

    async def write_loading(
        self, work: Callable[[WriteTransaction, str | None], Awaitable[T]], *, timeout_s: float
    ) -> T:
        """As `write`, for a bulk load: `work` is also given how far the load that is under way has come.

        None is no load. `work` notes how far it comes with `schema.NOTE_LOADING`; while something is noted, the graph
        is hidden from reads and from other writes.
        """
        noted: list[str | None] = []

        def admit(mark: Metadata) -> None:
            check_version(mark.version, self.steps)
            noted[:] = [mark.loading]

        return await self._write(lambda writing: work(writing, noted[0]), timeout_s, admit)

    async def _write(
        self, work: Callable[[WriteTransaction], Awaitable[T]], limit_s: float, admit: Callable[[Metadata], None]
    ) -> T:
        async with self._writers.acquire("store/write"):
            failures, give_up_at = 0, 0.0
            while True:
                try:
                    return await self._write_once(work, limit_s, admit)
                except StoreError as error:
                    failures += 1
                    if failures == 1:
                        give_up_at = time.monotonic() + self._retry_s
                    again = is_retryable(error) or (is_constraint_violation(error) and failures < _CONSTRAINT_ATTEMPTS)
                    pause_s = random.uniform(0.5, 1.0) * min(0.02 * 2**failures, 1.0)
                    if not again or time.monotonic() + pause_s > give_up_at:
                        raise
                await asyncio.sleep(pause_s)

    async def stream(
        self, statement: Statement[Row], parameters: Mapping[str, object] | None = None
    ) -> AsyncGenerator[Row]:
        """The rows of a statement that only reads, one after another, without holding them all.

        For export and analysis: the statement may take up to 15 minutes. A reader that stops early closes it
        (`contextlib.aclosing`). Raises StoreError.
        """
        async with self._gate.acquire(statement.name):
            await self._lookout.check()
            with translate_errors(statement.name):
                async with self._read_session(statement.name) as session:
                    result = await self._run_long(session, statement, parameters)
                    while records := await self._fetch(result, statement.name):
                        for record in records:
                            yield statement.hydrate(_row(record))

    async def ready(self) -> bool:
        """Whether the database answers now, and with a graph that is whole and of the schema this program knows."""
        try:
            async with self._gate.acquire(schema.READ_METADATA.name):
                await self._check_database()
        except StoreError:
            return False
        return True

    @property
    def connections_in_use(self) -> int:
        """How many connections to the database are held, by reads and streams of all kinds."""
        return self._gate.in_use

    @property
    def reads_waiting(self) -> int:
        """How many reads wait for a connection."""
        return self._gate.queued

    @property
    def reads_batched(self) -> int:
        """How many reads went to the database with another one, so far."""
        return self._batcher.batched

    @property
    def cached_version(self) -> str | None:
        """The graph's `state`, where it is known without asking the database; else None."""
        return self._lookout.cached

    async def graph_version(self) -> str:
        """A name of the state that the graph is in, as it was at most a second ago: it changes with everything that is
        written, on Neo4j by whomever. Raises StoreError.
        """
        return await self._lookout.check()

    async def revision(self) -> int:
        """How many times the graph has been changed; 0 for one that was never loaded."""
        rows = await self.read(schema.REVISION)
        return rows[0].revision if rows else 0

    # --- Inside transactions: for WriteTransaction ---------------------------------------------------------

    async def run_in(
        self,
        transaction: AsyncTransaction,
        statement: Statement[Row],
        parameters: Mapping[str, object] | None,
        limit_s: float | None = None,
    ) -> list[Row]:
        with translate_errors(statement.name):
            async with timeout(limit_s or self._limit_s, statement.name):
                self._notify_observers(statement)
                return await _rows(await transaction.run(_literal(statement), _driver_map(parameters)), statement)

    def ensure_planned(
        self, statement: Statement[Any], parameters: Mapping[str, object] | None
    ) -> AbstractAsyncContextManager[None]:
        """The statement's time may begin to count. The embedded database plans in no time worth counting."""
        return self._plans.ensure_planned(statement, parameters or {}) if self._plans else nullcontext()

    # --- Once -------------------------------------------------------------------------------------

    async def _read_once(self, statement: Statement[Row], parameters: Mapping[str, object] | None) -> list[Row]:
        with translate_errors(statement.name):
            async with self.ensure_planned(statement, parameters), self._read_session(statement.name) as session:
                return await self._read_in(session, statement, parameters)

    async def _read_in(
        self, session: AsyncSession, statement: Statement[Row], parameters: Mapping[str, object] | None
    ) -> list[Row]:
        with translate_errors(statement.name):
            async with timeout(self._limit_s, statement.name):
                self._notify_observers(statement)
                result = await session.run(_query(statement, self._limit_s), _driver_map(parameters))
                return await _rows(result, statement)

    async def _plan_once(self, profiled: Statement[Any], parameters: Mapping[str, object] | None) -> str:
        with translate_errors(profiled.name):
            async with self._read_session(profiled.name) as session, timeout(self._limit_s, profiled.name):
                self._notify_observers(profiled)
                result = await session.run(_query(profiled, self._limit_s), _driver_map(parameters))
                summary = await result.consume()
        told = cast("dict[str, Any]", summary.profile or {})  # pyright: ignore[reportUnknownMemberType]
        return str(told.get("args", {}).get("string-representation", ""))

    async def _write_once(
        self, work: Callable[[WriteTransaction], Awaitable[T]], limit_s: float, admit: Callable[[Metadata], None]
    ) -> T:
        with translate_errors("store/write"):
            async with timeout(limit_s, "store/write"), self._opened_session(WRITE_ACCESS, "store/write") as session:
                transaction = await session.begin_transaction(timeout=limit_s)
                writing = WriteTransaction(self, transaction, limit_s)
                [mark] = await writing.run(schema.LOCK_METADATA)
                admit(mark)
                answer = await work(writing)
                if writing.has_changed:
                    await writing.run(schema.INCREMENT_REVISION)
                await transaction.commit()
                return answer

    async def _apply_migration(self, writing: WriteTransaction) -> bool:
        """Whether there was a step to take; it is taken."""
        [mark] = await writing.run(schema.READ_METADATA)
        step = next_migration(mark.version or FIRST_VERSION, self.steps)
        if step is None:
            return False
        await step.work(writing.run)
        await writing.run(schema.SET_SCHEMA_VERSION, {"version": step.version})
        writing.mark_changed()
        return True

    async def _read_metadata(self) -> Metadata:
        rows = await self._with_retry(lambda: self._read_once(schema.READ_METADATA, None))
        return rows[0] if rows else Metadata(None, None, None)

    async def _check_database(self) -> str:
        return await self._with_retry(self._look_once)

    async def _look_once(self) -> str:
        """The graph's revision, the run of the database and, on Neo4j, its last transaction, which the bookmark of a
        read tells: so what others write past this program is noticed too.
        """
        run = self._access.link.endpoint.uri
        async with self._read_session(schema.READ_METADATA.name) as session:
            rows = await self._read_in(session, schema.READ_METADATA, None)
            with translate_errors(schema.READ_METADATA.name):
                bookmarks = await session.last_bookmarks()
        mark = rows[0] if rows else Metadata(None, None, None)
        self._check_readable(mark)
        return f"{mark.revision} {run} {' '.join(sorted(bookmarks.raw_values))}"

    def _check_readable(self, mark: Metadata) -> None:
        """Raises StoreError where the graph is not whole, or not of the schema that this program knows."""
        check_version(mark.version, self.steps)
        if mark.loading is not None:
            raise GraphLoading(
                "the graph is being loaded",
                hint="wait until it is done; a load that was ended goes on when it is given the same file again",
            )

    async def _create_schema(self) -> None:
        """All definitions in one transaction: on the embedded database ten times faster than one by one."""
        with translate_errors("store/schema"):
            async with self._opened_session(WRITE_ACCESS, "store/schema") as session:
                transaction = await session.begin_transaction()
                for definition in schema.schema_statements():
                    await self.run_in(transaction, definition, None, _PREPARE_LIMIT_S)
                await transaction.commit()

    async def _run_long(
        self, session: AsyncSession, statement: Statement[Any], parameters: Mapping[str, object] | None
    ) -> AsyncResult:
        limit = self._access.link.limit
        lifted = limit.raised(_STREAM_LIMIT_S) if limit else nullcontext()
        async with lifted, self.ensure_planned(statement, parameters), timeout(self._limit_s, statement.name):
            self._notify_observers(statement)
            return await session.run(_query(statement, _STREAM_LIMIT_S), _driver_map(parameters))

    async def _fetch(self, result: AsyncResult, name: str) -> list[Record]:
        async with timeout(_STREAM_LIMIT_S, name):
            return await result.fetch(_STREAM_BATCH)

    async def _with_retry(self, operation: Callable[[], Awaitable[T]]) -> T:
        """What `once` gives, which may be done twice without harm, tried again where trying again may help."""
        for attempt in range(1, _READ_ATTEMPTS):
            try:
                return await operation()
            except StoreError as error:
                if not is_retryable(error):
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)
        return await operation()

    def _read_session(self, name: str) -> AbstractAsyncContextManager[AsyncSession]:
        return self._opened_session(READ_ACCESS, name)

    @asynccontextmanager
    async def _opened_session(self, access: str, name: str) -> AsyncGenerator[AsyncSession]:
        """A session whose end, too, does not wait for ever for a database that fell silent.

        Its connection goes back to the pool where it can still be used, and is closed in every other case.
        """
        session = self._session(access)
        try:
            yield session
        except (StoreTimeout, asyncio.CancelledError):
            session.cancel()
            raise
        finally:
            try:
                async with timeout(self._limit_s, name):
                    await session.close()
            except BaseException:
                session.cancel()
                await session.close()  # now without a connection, so it waits for nothing
                raise

    def _session(self, access: str) -> AsyncSession:
        link = self._access.link
        return link.driver.session(  # pyright: ignore[reportUnknownMemberType]
            database=link.endpoint.database,
            default_access_mode=access,
            bookmark_manager=link.bookmarks,  # pyright: ignore[reportUnknownMemberType]
        )

    def _notify_observers(self, statement: Statement[Any]) -> None:
        if statement is schema.READ_METADATA:
            return
        for observer in self.observers:
            observer(statement.name, statement.text)


def _any(_mark: Metadata) -> None:
    """Admits every database."""


async def _rows(result: AsyncResult, statement: Statement[Row]) -> list[Row]:
    return [statement.hydrate(_row(record)) async for record in result]


def _row(record: Record) -> dict[str, object]:
    return dict(zip(record.keys(), cast("Iterable[object]", record), strict=True))


def _query(statement: Statement[Any], limit_s: float) -> Query:
    return Query(_literal(statement), timeout=limit_s)


def _literal(statement: Statement[Any]) -> LiteralString:
    """The text, which the driver wants to be a literal: only labels and types of the model are ever set into one."""
    return cast("LiteralString", statement.text)


def _driver_map(parameters: Mapping[str, object] | None) -> dict[str, Any]:
    return dict(parameters) if parameters else {}
