"""Reads and writes of the graph database over Bolt.

    async with Store.open(settings) as store:
        await store.prepare()
        rows = await store.read(COST_PER_NETWORK, {"city": "City:vantaa"})
        async with store.reading() as reading:
            first = await reading.run(ONE)
            second = await reading.run(OTHER, {"ids": [row.id for row in first]})

The store translates all driver errors into the exceptions of `graph.errors`. If an embedded database stops, calls raise
StoreUnavailable, and the store reconnects in the background (`graph.store.database`).
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from typing import Any, Final, LiteralString, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncResult, AsyncSession, AsyncTransaction, Query, Record

from graph.errors import EmbeddedLost, GraphLoading, StoreBusy, StoreError, StoreTimeout
from graph.store import metadata
from graph.store.batching import Charge, ReadBatcher
from graph.store.checksums import Checksums
from graph.store.database import DatabaseConnection
from graph.store.degrees import (
    READ_DEGREES,
    STORE_DEGREES,
    Degrees,
    encode_degrees,
    measure_degrees,
)
from graph.store.disk import explain_failure
from graph.store.errors import is_constraint_violation, is_retryable, timeout, translate_errors
from graph.store.metadata import Metadata, MetadataCache, check_version
from graph.store.migrations import (
    FIRST_VERSION,
    STEPS,
    Migration,
    MigrationResult,
    latest_version,
    next_migration,
)
from graph.store.plan_cache import PlanCache
from graph.store.schema import schema_statements
from graph.store.semaphore import BoundedSemaphore
from graph.store.settings import StoreSettings
from graph.store.statement import Statement

Row = TypeVar("Row")
T = TypeVar("T")

_READ_ATTEMPTS: Final = 3
_REOPEN_S: Final = 0.2
"""Time, in seconds, between two attempts to open an embedded database whose owner process has just exited."""
_CONSTRAINT_ATTEMPTS: Final = 6
_PLANNING_PAUSE_S: Final = 0.5
"""Pause, in seconds, after which a caller waits again for a statement that the database still plans."""
_STREAM_BATCH: Final = 1000
_STREAM_LIMIT_S: Final = 900.0
_PREPARE_LIMIT_S: Final = 900.0

_PING: Final = Statement.of_text("store/ping", "RETURN 1 AS one")


class Reader:
    """A reader that runs a few of its read statements at a time, by default one, even if more tasks call `run`.

    The statements do not share a transaction. A transaction would cost two more round trips and occupy a connection. It
    would not provide a consistent snapshot, because Neo4j and ArcadeDB use the isolation level READ COMMITTED.
    """

    def __init__(
        self,
        store: "Store",
        lane: BoundedSemaphore | None = None,
        charge: Charge | None = None,
        max_statements: int = 1,
    ) -> None:
        """Initialise the reader. If `lane`, a semaphore, is not None, every statement of the reader first acquires it.

        At most `max_statements` statements of the reader run at a time.

        `charge` is called with the duration of every statement and computation, in seconds. The duration does not
        include the wait for the semaphore. If a caller is cancelled, `charge` is still called when the statement of the
        caller ends.
        """
        self._store = store
        self._lane = lane
        self._charge = charge
        self._max_statements = max_statements
        self._turn = asyncio.Semaphore(max_statements)
        self._is_over = False

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Return the rows of a read statement. Raises StoreError if the statement fails or the reader is closed."""

        async def read() -> list[Row]:
            with self._timed():
                return await self._store.read(statement, parameters)

        async with self._turn:
            self._check_open(statement.name)
            # Before the lane, because planning must not occupy it.
            await self._store.plan_ahead(statement, parameters, self._lane, self._charge)
            if statement.returns_one_row:
                return await self._store.read_batched(statement, parameters or {}, self._lane, self._charge)
            return await (read() if self._lane is None else self._lane.run(statement.name, read))

    def _check_open(self, name: str) -> None:
        if self._is_over:
            raise StoreError(f"'{name}' was sent after its reader was closed", statement=name)

    @contextmanager
    def _timed(self) -> Generator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            if self._charge is not None:
                self._charge(time.perf_counter() - start)

    @asynccontextmanager
    async def charge(self, name: str) -> AsyncGenerator[None]:
        """Run the body of the context, and charge its duration to the client.

        The body is a computation in this process, which is done in place of a statement. If the reader has a lane (a
        semaphore that limits the number of concurrent statements), the semaphore is acquired before the body runs.
        `name` is the name of the statement, for error messages. Raises StoreBusy if the semaphore cannot be acquired.
        """
        lane = self._lane
        async with self._turn, nullcontext() if lane is None else lane.acquire(name):  # statements have a time limit
            with self._timed():
                yield

    async def plan(self, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> str:
        """Return the execution plan of a statement. See `Store.plan`. Raises StoreError."""
        async with self._turn:
            return await self._store.plan(statement, parameters)

    async def end(self) -> None:
        """Wait until the running statements finish. Reject all later statements."""
        self._is_over = True
        for _ in range(self._max_statements):
            await self._turn.acquire()
        self._turn.release()  # a waiting statement then finds the reader closed


class WriteTransaction:
    """A write transaction. `Store.write` calls the function `work` with this transaction as the argument.

    After a conflict, `work` is called again with a new transaction. `revision` and `checksums` describe the graph
    before the transaction. `checksums` is None if no checksums are stored, for example because an older program wrote
    the graph.
    """

    def __init__(self, store: "Store", transaction: AsyncTransaction, limit_s: float) -> None:
        self._store = store
        self._transaction = transaction
        self._limit_s = limit_s
        self.has_changed = False
        self.revision = 0
        self.checksums: Checksums | None = None

    async def begin(self) -> Metadata:
        """Lock the metadata node and return its content."""
        [mark] = await self.run(metadata.LOCK_METADATA)
        self.revision = mark.revision or 0
        self.checksums = None if mark.checksums is None else Checksums.from_json(mark.checksums)
        return mark

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a statement in the transaction and return its rows.

        Raises StoreError. The caller must not catch StoreError, so that the store can roll back and retry.
        """
        return await self._store.run_in(self._transaction, statement, parameters, self._limit_s)

    async def mark_changed(self, checksums: Checksums | None) -> None:
        """Store the checksums of the changed graph, and record that the transaction has changed the graph.

        The revision is incremented at the end of the transaction. If `checksums` is None, the stored checksums are
        removed. A server then computes them when it starts the next time.
        """
        await self.set_checksums(checksums)
        self.has_changed = True

    async def set_checksums(self, checksums: Checksums | None) -> None:
        """Store the checksums that the graph has after this transaction.

        The value None removes the stored checksums.
        """
        await self.run(metadata.SET_CHECKSUMS, {"checksums": None if checksums is None else checksums.to_json()})


class PlanningReader(Reader):
    """A reader that lets Neo4j plan its statements, one at a time, and never executes them."""

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Wait until Neo4j has planned a statement. Then always raises StoreBusy, because there are no rows."""
        async with self._turn:
            while True:
                self._check_open(statement.name)
                try:
                    await self._store.plan_ahead(statement, parameters)
                except StoreBusy:  # the planning continues
                    await asyncio.sleep(_PLANNING_PAUSE_S)
                else:
                    raise StoreBusy(f"'{statement.name}' was planned, and not executed", statement=statement.name)


class Store:
    """A client of the graph database. A process opens one store, which any number of tasks can use concurrently.

    The functions in `observers` are called with the name and text of every statement before the statement is sent. They
    are not called for the check of the metadata node.
    """

    def __init__(self, access: DatabaseConnection, settings: StoreSettings) -> None:
        """Initialise the store without connecting. Callers use `open`, which also opens and closes the connection."""
        self._access = access
        self._limit_s = settings.statement_timeout_s
        self._retry_s = settings.retry_s
        self._semaphore = BoundedSemaphore(settings.max_in_flight, settings.max_waiting, settings.acquisition_timeout_s)
        limits = settings.max_expensive, settings.max_expensive_waiting, settings.acquisition_timeout_s
        self.expensive_lane = BoundedSemaphore(*limits)
        self.own_lane = BoundedSemaphore(*limits)
        """The semaphores that limit the number of concurrent expensive statements.

        `expensive_lane` is the semaphore for the statements of clients. `own_lane` is the semaphore for the GraphQL
        documents of the server's own pages.
        """
        self._write_semaphore = BoundedSemaphore(1, settings.max_waiting, settings.retry_s)
        is_embedded = settings.uri is None
        self._plans = None if is_embedded else PlanCache(lambda: self._session(READ_ACCESS), settings.planning_wait_s)
        lanes = (None, self.expensive_lane, self.own_lane)
        self._batchers = {lane: ReadBatcher(self._read, lane) for lane in lanes}
        self._metadata = MetadataCache(self._check_database)
        access.on_reconnect.append(self._metadata.invalidate)
        self.migrations = STEPS
        self.observers: list[Callable[[str, str], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StoreSettings, *, is_available: bool = True) -> AsyncGenerator["Store"]:
        """Open the configured store, and close the store when the context exits.

        If the settings have no URI, the store uses the embedded database in the data folder. If another process already
        runs the database, this process connects to it. Otherwise this process starts the database. If `is_available` is
        true, check that the database responds. If it is false, the database may become available later. Raises
        StoreUnavailable, StoreDenied or StoreLocked, or ConfigurationError if the URI is invalid.
        """
        give_up_at = time.monotonic() + settings.start_timeout_s
        async with AsyncExitStack() as stack:
            while True:
                try:
                    store = await stack.enter_async_context(cls._connected(settings, is_available=is_available))
                    break
                except EmbeddedLost:  # the owner has just ended: join the next owner, or become the owner
                    if time.monotonic() >= give_up_at:
                        raise
                await asyncio.sleep(_REOPEN_S)
            yield store

    @classmethod
    @asynccontextmanager
    async def _connected(cls, settings: StoreSettings, *, is_available: bool) -> AsyncGenerator["Store"]:
        async with AsyncExitStack() as stack:
            access = await stack.enter_async_context(DatabaseConnection.opened(settings))
            store = cls(access, settings)
            if store._plans:
                stack.push_async_callback(store._plans.close)
            if is_available:
                await store._with_retry(lambda: store._read_once(_PING, None))
            for lane in (store.expensive_lane, store.own_lane):
                stack.push_async_callback(lane.close)
            for batcher in store._batchers.values():
                stack.push_async_callback(batcher.close)
            yield store

    @property
    def migrations(self) -> Sequence[Migration]:
        """Return the migrations to the schema version of this program.

        Tests set other migrations before they call `prepare`.
        """
        return self._migrations

    @migrations.setter
    def migrations(self, migrations: Sequence[Migration]) -> None:
        self._migrations = migrations
        self._latest_version = latest_version(migrations)

    async def prepare(self) -> None:
        """Create missing constraints and indexes, and store the schema version. Idempotent.

        If the schema of the database is older than the schema of this program, there are two cases. An embedded
        database that this process runs is migrated first. For a Neo4j server, or an embedded database that another
        process runs, SchemaOlder is raised. If the schema is newer, SchemaNewer is raised.
        """
        version = (await self._read_metadata()).version
        if self._access.is_owner and version is not None and version < self._latest_version:
            await self.migrate()
        else:
            check_version(version, self._latest_version)
        await self._with_retry(self._create_schema)

        async def note_version(writing: WriteTransaction) -> None:
            await writing.run(metadata.SET_SCHEMA_VERSION, {"version": self._latest_version})

        await self._write(
            note_version, _PREPARE_LIMIT_S, lambda mark: check_version(mark.version, self._latest_version)
        )

    async def migrate(self) -> MigrationResult:
        """Migrate an older database to the schema version of this program.

        If the database has no schema version yet, it is prepared instead (`prepare`). After an interruption, another
        call continues with the next migration. Even if two processes call this method concurrently, every migration
        runs only once. Raises SchemaNewer if the database is newer than this program. Raises StoreError if a migration
        fails and is rolled back.
        """
        before = (await self._read_metadata()).version
        if before is None:
            await self.prepare()
            return MigrationResult(self._latest_version, self._latest_version)
        if next_migration(before, self.migrations) is not None:
            await self._with_retry(self._create_schema)
        while await self._write(self._apply_migration, _PREPARE_LIMIT_S, _any):
            pass
        return MigrationResult(before, self._latest_version)

    async def read(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a read statement and return its rows. Retry after a lost connection. Raises StoreError.

        The statement must not write, because the embedded database would not roll back the write if the statement
        failed.
        """
        if statement.returns_one_row:
            return await self.read_batched(statement, parameters or {})
        return await self._read(statement, parameters)

    async def read_batched(
        self,
        statement: Statement[Row],
        parameters: Mapping[str, object],
        lane: BoundedSemaphore | None = None,
        charge: Charge | None = None,
    ) -> list[Row]:
        """Run a statement that returns one row, and return a list with this row. Raises StoreError.

        Concurrent reads of the same statement can share one execution. The duration of this execution is divided among
        these reads, and `charge` is called with the share of this read, in seconds. If `lane` is not None, it is a
        semaphore that the execution acquires first.
        """
        batcher = self._batchers[lane]
        rows = await batcher.read(cast("Statement[dict[str, object]]", statement), parameters, charge)
        return cast("list[Row]", rows)

    async def _read(self, statement: Statement[Row], parameters: Mapping[str, object] | None) -> list[Row]:
        await self.plan_ahead(statement, parameters)  # a statement that waits for its plan must not occupy a connection
        async with self._semaphore.acquire(statement.name):
            await self._metadata.check()
            return await self._with_retry(lambda: self._read_once(statement, parameters))

    @property
    def plans_ahead(self) -> bool:
        """Return whether the database plans statements before it runs them. The embedded database does not."""
        return self._plans is not None

    async def plan_ahead(
        self,
        statement: Statement[Any],
        parameters: Mapping[str, object] | None = None,
        lane: BoundedSemaphore | None = None,
        charge: Charge | None = None,
    ) -> None:
        """Wait until Neo4j has planned a statement. If it has already planned the statement, do not wait.

        See `PlanCache`. The plan depends on the types of the parameters, but not on their values. On the embedded
        database, this method does nothing. Raises StoreError.
        """
        if (plans := self._plans) is not None:
            await self._with_retry(lambda: plans.plan(statement, parameters or {}, lane, charge))

    async def plan(self, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> str:
        """Run a statement with PROFILE, and return its execution plan as text in the format of the database.

        PROFILE executes the statement. Raises StoreError.
        """
        profiled = Statement("store/plan", f"PROFILE {statement.text}", dict[str, object])
        async with self._semaphore.acquire(statement.name):
            await self._metadata.check()
            return await self._with_retry(lambda: self._plan_once(profiled, parameters))

    @asynccontextmanager
    async def reading(
        self, lane: BoundedSemaphore | None = None, charge: Charge | None = None, max_statements: int = 1
    ) -> AsyncGenerator[Reader]:
        """Open a reader for several read statements, and close the reader when the context exits.

        `lane` is a semaphore that every statement of the reader acquires first, such as `expensive_lane`. With this
        semaphore, expensive statements wait for each other and do not delay other statements. `charge` is called with
        the durations of statements, and `max_statements` statements run at a time (see `Reader`).
        """
        reading = Reader(self, lane, charge, max_statements)
        try:
            yield reading
        finally:
            await reading.end()

    async def write(self, work: Callable[[WriteTransaction], Awaitable[T]], *, timeout_s: float | None = None) -> T:
        """Run `work` in one transaction and return its result. Any error rolls back the transaction.

        A process runs only one write at a time. After a conflict with a write of another process, the store runs `work`
        again, for up to `retry_s` seconds. `timeout_s` is the time limit of one attempt. The default is the statement
        timeout. On the embedded database, every statement must also finish within the statement timeout, so large
        writes must be split into batches. Raises StoreError, and GraphLoading during a bulk load.
        """
        return await self._write(work, timeout_s or self._limit_s, self._check_readable)

    async def write_loading(
        self,
        work: Callable[[WriteTransaction, str | None], Awaitable[T]],
        *,
        timeout_s: float,
        statement_timeout_s: float | None = None,
    ) -> T:
        """Run `work` in one transaction of a bulk load, as `write` does.

        `statement_timeout_s` is the time limit of every statement and of the commit. The default is `timeout_s`. With a
        short limit, a load detects early that the database does not respond.

        The second argument of `work` is the stored progress of the bulk load, or None if no bulk load is running.
        `work` stores its progress with `metadata.SET_LOAD_PROGRESS`. As long as the database contains any progress,
        reads and other writes raise GraphLoading.
        """
        noted: list[str | None] = []

        def admit(mark: Metadata) -> None:
            check_version(mark.version, self._latest_version)
            noted[:] = [mark.loading]

        return await self._write(lambda writing: work(writing, noted[0]), timeout_s, admit, statement_timeout_s)

    async def _write(
        self,
        work: Callable[[WriteTransaction], Awaitable[T]],
        limit_s: float,
        admit: Callable[[Metadata], None],
        statement_limit_s: float | None = None,
    ) -> T:
        async with self._write_semaphore.acquire("store/write"):
            failures, give_up_at = 0, 0.0
            while True:
                try:
                    return await self._write_once(work, limit_s, admit, statement_limit_s or limit_s)
                except StoreError as error:
                    failures += 1
                    if failures == 1:
                        give_up_at = time.monotonic() + self._retry_s
                    again = is_retryable(error) or (is_constraint_violation(error) and failures < _CONSTRAINT_ATTEMPTS)
                    pause_s = random.uniform(0.5, 1.0) * min(0.02 * 2**failures, 1.0)
                    if not again or time.monotonic() + pause_s > give_up_at:
                        raise await self._explained(error) from error.__cause__
                await asyncio.sleep(pause_s)

    async def _explained(self, error: StoreError) -> StoreError:
        """Return a more specific error if the embedded database failed because its disk is full or read-only.

        In all other cases, return `error`.
        """
        data_dir = self._access.data_dir
        is_unexplained = isinstance(error, StoreTimeout) or (type(error) is StoreError and error.__cause__ is not None)
        if not is_unexplained or data_dir is None:
            return error
        return await asyncio.to_thread(explain_failure, error, data_dir)

    async def stream(
        self, statement: Statement[Row], parameters: Mapping[str, object] | None = None
    ) -> AsyncGenerator[Row]:
        """Yield the rows of a read statement without holding all rows in memory. Raises StoreError.

        The statement may run for up to 15 minutes. A caller that stops early must close the generator
        (`contextlib.aclosing`).
        """
        async with self._semaphore.acquire(statement.name):
            await self._metadata.check()
            with translate_errors(statement.name):
                async with self._read_session(statement.name) as session:
                    result = await self._run_long(session, statement, parameters)
                    while records := await self._fetch(result, statement.name):
                        for record in records:
                            yield statement.hydrate(_row(record))

    async def find_fault(self) -> StoreError | None:
        """Return the reason why the graph cannot be read, or None if it can be read.

        The graph can be read if the database responds, has the schema version of this program and runs no bulk load.
        """
        try:
            async with self._semaphore.acquire(metadata.READ_METADATA.name):
                await self._check_database()
        except StoreError as error:
            return error
        return None

    async def ready(self) -> bool:
        """Return whether the graph can be read. See `find_fault` for the conditions."""
        return await self.find_fault() is None

    @property
    def connections_in_use(self) -> int:
        """Return the number of database connections that reads and streams are using."""
        return self._semaphore.in_use

    @property
    def reads_waiting(self) -> int:
        """Return the number of reads that wait for a connection."""
        return self._semaphore.queued

    @property
    def reads_batched(self) -> int:
        """Return the number of round trips that batching has saved since the store was opened."""
        return sum(batcher.batched for batcher in self._batchers.values())

    @property
    def cached_version(self) -> str | None:
        """Return the cached `graph_version`, or None if it has expired. This property does not query the database."""
        return self._metadata.cached

    async def graph_version(self) -> str:
        """Return an opaque text that changes with every write to the graph. Raises StoreError.

        The text is cached for up to one second. On Neo4j, writes by other programs also change it.
        """
        return await self._metadata.check()

    async def revision(self) -> int:
        """Return the number of changes to the graph so far, or 0 if the graph has never been loaded."""
        rows = await self.read(metadata.REVISION)
        return rows[0].revision if rows else 0

    async def estimated_degrees(self) -> Degrees | None:
        """Return the stored counts of nodes and relationships, from which costs are estimated.

        The counts are not measured again. If the graph has changed since the last measurement, they are approximated
        from the numbers of nodes and relationships that are stored with the checksums. Returns None if neither counts
        nor checksums are stored, for example because an older program wrote the graph. Raises StoreError.
        """
        rows = await self.read(READ_DEGREES)
        return rows[0].estimate() if rows else None

    async def degrees(self) -> Degrees:
        """Return the counts of nodes and relationships from which costs are estimated.

        If the graph has changed since the last measurement, the counts are first measured again and stored. A
        measurement reads every relationship twice. Raises StoreError.
        """
        rows = await self.read(READ_DEGREES)
        if rows and (current := rows[0].current()) is not None:
            return current
        revision = rows[0].revision or 0 if rows else 0
        measured = await measure_degrees(self.read, revision)

        async def work(writing: WriteTransaction) -> None:
            await writing.run(STORE_DEGREES, {"degrees": encode_degrees(measured)})

        await self.write(work)
        return measured

    async def checksums(self) -> tuple[int, Checksums | None]:
        """Return the revision of the graph, and the checksums that the last write stored.

        The checksums are None if the database contains none, for example because an older program wrote the graph.
        """
        rows = await self.read(metadata.READ_CHECKSUMS)
        if not rows or rows[0].checksums is None:
            return (rows[0].revision or 0 if rows else 0), None
        return rows[0].revision or 0, Checksums.from_json(rows[0].checksums)

    # --- Used by WriteTransaction -----------------------------------------------------------------

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
        """Return a context manager that waits until Neo4j has planned the statement. See `PlanCache`.

        On the embedded database, the context manager does nothing, because planning is fast.
        """
        return self._plans.ensure_planned(statement, parameters or {}) if self._plans else nullcontext()

    # --- Single attempts, without retry -----------------------------------------------------------

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
        profile = cast("dict[str, Any]", summary.profile or {})  # pyright: ignore[reportUnknownMemberType]
        return str(profile.get("args", {}).get("string-representation", ""))

    async def _write_once(
        self,
        work: Callable[[WriteTransaction], Awaitable[T]],
        limit_s: float,
        admit: Callable[[Metadata], None],
        statement_limit_s: float,
    ) -> T:
        with translate_errors("store/write"):
            async with self._opened_session(WRITE_ACCESS, "store/write") as session, timeout(limit_s, "store/write"):
                async with timeout(statement_limit_s, "store/write"):
                    transaction = await session.begin_transaction(timeout=limit_s)
                writing = WriteTransaction(self, transaction, statement_limit_s)
                admit(await writing.begin())
                answer = await work(writing)
                if writing.has_changed:
                    await writing.run(metadata.INCREMENT_REVISION)
                async with timeout(statement_limit_s, "store/write"):
                    await transaction.commit()
                return answer

    async def _apply_migration(self, writing: WriteTransaction) -> bool:
        """Run the next migration and return True. If the database is up to date, return False."""
        [mark] = await writing.run(metadata.READ_METADATA)
        step = next_migration(mark.version or FIRST_VERSION, self.migrations)
        if step is None:
            return False
        await step.work(writing.run)
        await writing.run(metadata.SET_SCHEMA_VERSION, {"version": step.version})
        await writing.mark_changed(None)
        return True

    async def _read_metadata(self) -> Metadata:
        rows = await self._with_retry(lambda: self._read_once(metadata.READ_METADATA, None))
        return rows[0] if rows else Metadata(None, None, None)

    async def _check_database(self) -> str:
        return await self._with_retry(self._check_once)

    async def _check_once(self) -> str:
        """Check the metadata node and return the graph version.

        The graph version is a text of three parts: the revision, the URI of the database, and the bookmarks of the
        statement that reads the metadata node. On Neo4j, a bookmark identifies the last transaction, so the graph
        version also changes after writes by other programs.
        """
        run = self._access.link.endpoint.uri
        async with self._read_session(metadata.READ_METADATA.name) as session:
            rows = await self._read_in(session, metadata.READ_METADATA, None)
            with translate_errors(metadata.READ_METADATA.name):
                bookmarks = await session.last_bookmarks()
        mark = rows[0] if rows else Metadata(None, None, None)
        self._check_readable(mark)
        return f"{mark.revision} {run} {' '.join(sorted(bookmarks.raw_values))}"

    def _check_readable(self, mark: Metadata) -> None:
        """Raise StoreError if a bulk load is running, or if the database has another schema version than this program.

        `mark` is the content of the metadata node.
        """
        check_version(mark.version, self._latest_version)
        if mark.loading is not None:
            raise GraphLoading(
                "the graph is being loaded",
                hint="wait until it is done; an interrupted load continues if it is started again with the same file",
            )

    async def _create_schema(self) -> None:
        """Create all constraints and indexes in one transaction.

        On the embedded database, one transaction is ten times faster than separate transactions.
        """
        with translate_errors("store/schema"):
            async with (
                self._opened_session(WRITE_ACCESS, "store/schema") as session,
                timeout(_PREPARE_LIMIT_S, "store/schema"),
            ):
                transaction = await session.begin_transaction()
                for definition in schema_statements():
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
        """Run `operation` and return its result. After a retryable error, run it again.

        `operation` must be idempotent.
        """
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
        """Open a session, and close it when the context exits.

        Closing has a time limit, in case the database does not respond. A usable connection returns to the connection
        pool. A broken connection is closed.
        """
        link, session = self._access.link, self._session(access)
        try:
            with translate_errors(name):
                yield session
        except asyncio.CancelledError:
            session.cancel()
            raise
        except StoreError as error:
            if isinstance(error, StoreTimeout):
                session.cancel()
            raise self._access.find_cause(error, link) from error.__cause__
        finally:
            try:
                async with timeout(self._limit_s, name):
                    await session.close()
            except BaseException:
                session.cancel()
                await session.close()  # returns immediately, because the session no longer has a connection
                raise

    def _session(self, access: str) -> AsyncSession:
        link = self._access.link
        return link.driver.session(  # pyright: ignore[reportUnknownMemberType]
            database=link.endpoint.database,
            default_access_mode=access,
            bookmark_manager=link.bookmarks,  # pyright: ignore[reportUnknownMemberType]
        )

    def _notify_observers(self, statement: Statement[Any]) -> None:
        if statement is metadata.READ_METADATA:
            return
        for observer in self.observers:
            observer(statement.name, statement.text)


def _any(_mark: Metadata) -> None:
    """Accept any content of the metadata node.

    Migrations pass this function as the argument `admit` of `Store._write`.
    """


async def _rows(result: AsyncResult, statement: Statement[Row]) -> list[Row]:
    return [statement.hydrate(_row(record)) async for record in result]


def _row(record: Record) -> dict[str, object]:
    return dict(zip(record.keys(), cast("Iterable[object]", record), strict=True))


def _query(statement: Statement[Any], limit_s: float) -> Query:
    return Query(_literal(statement), timeout=limit_s)


def _literal(statement: Statement[Any]) -> LiteralString:
    """Return the statement text as LiteralString, the type that the driver requires to prevent injection.

    The cast is safe, because a statement contains no values from outside. Only labels and relationship types of the
    model are inserted into its text.
    """
    return cast("LiteralString", statement.text)


def _driver_map(parameters: Mapping[str, object] | None) -> dict[str, Any]:
    return dict(parameters) if parameters else {}
