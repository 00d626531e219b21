"""The one way to the database: reads, read transactions and writes over Bolt.

    async with Store.open(settings) as store:
        await store.prepare()
        rows = await store.read(COST_PER_NETWORK, {"city": "City:vantaa"})
        async with store.reading() as reading:
            first = await reading.run(ONE)
            second = await reading.run(OTHER, {"ids": [row.id for row in first]})

No error of the driver leaves this room: see `graph.errors` for those that do.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from typing import Any, Final, LiteralString, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncDriver, AsyncResult, AsyncSession, AsyncTransaction, Query, Record

from graph.errors import StoreError
from graph.store import schema
from graph.store.driver import opened_driver
from graph.store.embedded import embedded
from graph.store.faults import is_constraint, is_retryable, translated, within
from graph.store.gate import Gate
from graph.store.limit import StatementLimit
from graph.store.owner import Endpoint
from graph.store.planning import Plans
from graph.store.settings import StoreSettings
from graph.store.statement import Statement

Row = TypeVar("Row")
T = TypeVar("T")

_READ_ATTEMPTS: Final = 3
_CONSTRAINT_ATTEMPTS: Final = 6
_READING_STATEMENTS: Final = 8
"""How many statements at their limit a read transaction may hold before Neo4j ends it. Neo4j knows no limit for one
statement of a transaction; there the store ends a slow statement by closing its connection."""
_STREAM_BATCH: Final = 1000
_STREAM_LIMIT_S: Final = 900.0
_PREPARE_LIMIT_S: Final = 900.0

_PING: Final = Statement.plain("store/ping", "RETURN 1 AS one")


class Reading:
    """One read transaction, begun by its first statement. Statements run one after another, whoever asks."""

    def __init__(self, store: "Store", stack: AsyncExitStack) -> None:
        self._store = store
        self._stack = stack
        self._turn = asyncio.Lock()
        self._transaction: AsyncTransaction | None = None

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement, in the transaction. Raises StoreError; after one, the transaction is over."""
        async with self._turn:
            if self._transaction is None:
                self._transaction = await self._store.begin_reading(self._stack, statement.name)
            return await self._store.run_reading(self._transaction, statement, parameters)


class Writing:
    """One write transaction, as the work given to `Store.write` sees it. The work may be run again from its start."""

    def __init__(self, store: "Store", transaction: AsyncTransaction, limit_s: float) -> None:
        self._store = store
        self._transaction = transaction
        self._limit_s = limit_s
        self.has_changed = False

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement, in the transaction. Raises StoreError; let it pass, so that the store sees it."""
        return await self._store.run_in(self._transaction, statement, parameters, self._limit_s)

    def changed(self) -> None:
        """Say that the graph now differs: the revision rises by one, with the rest of the transaction."""
        self.has_changed = True


class Store:
    """The graph's database. Open one for a process; every task may use it at once.

    `observers` are called with the name and the text of each statement sent.
    """

    def __init__(self, driver: AsyncDriver, endpoint: Endpoint, settings: StoreSettings) -> None:
        """For `open`, which ends what it began."""
        self._driver = driver
        self._database = endpoint.database
        self._embedded_limit = StatementLimit(endpoint) if endpoint.control else None
        self._limit_s = settings.statement_timeout_s
        self._retry_s = settings.retry_s
        self._gate = Gate(settings.max_in_flight, settings.max_waiting, settings.acquisition_timeout_s)
        self._writers = Gate(1, settings.max_waiting, settings.retry_s)
        self._plans = None if endpoint.control else Plans()
        self.observers: list[Callable[[str, str], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StoreSettings) -> AsyncGenerator["Store"]:
        """The store that the settings lead to, proved to answer.

        Without a URI: the embedded database of the data folder, started here if no process owns it yet, else joined.
        Raises StoreUnavailable, StoreDenied and StoreLocked; ConfigurationError for a URI that is none.
        """
        async with AsyncExitStack() as stack:
            if settings.uri is None:
                endpoint = await stack.enter_async_context(embedded(settings))
            else:
                endpoint = Endpoint(settings.uri, settings.user, settings.password or "", settings.database)
            store = cls(await stack.enter_async_context(opened_driver(endpoint, settings)), endpoint, settings)
            await store.read(_PING)
            yield store

    async def prepare(self) -> None:
        """Create the constraints and indexes that are missing and note the schema's version; may be repeated.

        Raises StoreError where the database was prepared by a later version of the product.
        """
        await self._retried(self._define)

        async def note_version(writing: Writing) -> None:
            schema.check_version(await writing.run(schema.VERSION))
            await writing.run(schema.NOTE_VERSION, {"version": schema.SCHEMA_VERSION})

        await self.write(note_version, timeout_s=_PREPARE_LIMIT_S)

    async def read(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement that only reads, tried again where the connection was lost. Raises StoreError.

        Never for statements that write: on the embedded database such a one, failing, leaves half of its work.
        """
        async with self._gate.place(statement.name):
            return await self._retried(lambda: self._read_once(statement, parameters))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Reading]:
        """One read transaction over several statements; nothing is sent before the first of them.

        From then on it holds a place and a connection, so no `read` should be awaited inside it.
        """
        with translated("store/reading"):
            async with AsyncExitStack() as stack:
                yield Reading(self, stack)

    async def write(self, work: Callable[[Writing], Awaitable[T]], *, timeout_s: float | None = None) -> T:
        """Do `work` in one transaction and return what it returns; on any error nothing is written.

        One writer at a time in this process; where another process's writer was first, the work is done again, from
        its start, for up to `retry_s` seconds. `timeout_s` bounds one attempt as a whole (default: the statement
        limit). On the embedded database each single statement also stays under the statement limit of its owner, so
        large loads go in batches. Raises StoreError.
        """
        async with self._writers.place("store/write"):
            failures, give_up_at = 0, 0.0
            while True:
                try:
                    return await self._write_once(work, timeout_s or self._limit_s)
                except StoreError as error:
                    failures += 1
                    if failures == 1:
                        give_up_at = time.monotonic() + self._retry_s
                    again = is_retryable(error) or (is_constraint(error) and failures < _CONSTRAINT_ATTEMPTS)
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
        async with self._gate.place(statement.name):
            with translated(statement.name):
                async with self._read_session(statement.name) as session:
                    result = await self._run_long(session, statement, parameters)
                    while records := await self._fetch(result, statement.name):
                        for record in records:
                            yield statement.hydrate(_row(record))

    async def ready(self) -> bool:
        """Whether the database answers now."""
        try:
            await self.read(_PING)
        except StoreError:
            return False
        return True

    async def revision(self) -> int:
        """How many times the graph has been changed; 0 for one that was never loaded."""
        rows = await self.read(schema.REVISION)
        return rows[0].revision if rows else 0

    # --- Inside transactions: for Reading and Writing ---------------------------------------------

    async def begin_reading(self, stack: AsyncExitStack, name: str) -> AsyncTransaction:
        """A read transaction that holds a place and a connection until the stack is left."""
        await stack.enter_async_context(self._gate.place(name))
        session = await stack.enter_async_context(self._read_session(name))
        with translated(name):
            async with within(self._limit_s, name):
                return await session.begin_transaction(timeout=self._limit_s * _READING_STATEMENTS)

    async def run_in(
        self,
        transaction: AsyncTransaction,
        statement: Statement[Row],
        parameters: Mapping[str, object] | None,
        limit_s: float | None = None,
    ) -> list[Row]:
        with translated(statement.name):
            async with within(limit_s or self._limit_s, statement.name):
                self._announce(statement)
                return await _rows(await transaction.run(_literal(statement), _driver_map(parameters)), statement)

    async def run_reading(
        self, transaction: AsyncTransaction, statement: Statement[Row], parameters: Mapping[str, object] | None
    ) -> list[Row]:
        async with self._planned(transaction, statement, parameters):
            return await self.run_in(transaction, statement, parameters)

    # --- Once -------------------------------------------------------------------------------------

    async def _read_once(self, statement: Statement[Row], parameters: Mapping[str, object] | None) -> list[Row]:
        with translated(statement.name):
            async with (
                self._read_session(statement.name) as session,
                self._planned(session, statement, parameters),
                within(self._limit_s, statement.name),
            ):
                self._announce(statement)
                result = await session.run(_query(statement, self._limit_s), _driver_map(parameters))
                return await _rows(result, statement)

    async def _write_once(self, work: Callable[[Writing], Awaitable[T]], limit_s: float) -> T:
        with translated("store/write"):
            async with within(limit_s, "store/write"), self._session(WRITE_ACCESS) as session:
                transaction = await session.begin_transaction(timeout=limit_s)
                writing = Writing(self, transaction, limit_s)
                await writing.run(schema.CLAIM)
                answer = await work(writing)
                if writing.has_changed:
                    await writing.run(schema.RAISE_REVISION)
                await transaction.commit()
                return answer

    async def _define(self) -> None:
        """All definitions in one transaction: on the embedded database ten times faster than one by one."""
        with translated("store/schema"):
            async with self._session(WRITE_ACCESS) as session:
                transaction = await session.begin_transaction()
                for definition in schema.definitions():
                    await self.run_in(transaction, definition, None, _PREPARE_LIMIT_S)
                await transaction.commit()

    async def _run_long(
        self, session: AsyncSession, statement: Statement[Any], parameters: Mapping[str, object] | None
    ) -> AsyncResult:
        lifted = self._embedded_limit.lifted(_STREAM_LIMIT_S) if self._embedded_limit else nullcontext()
        async with lifted, self._planned(session, statement, parameters), within(self._limit_s, statement.name):
            self._announce(statement)
            return await session.run(_query(statement, _STREAM_LIMIT_S), _driver_map(parameters))

    async def _fetch(self, result: AsyncResult, name: str) -> list[Record]:
        async with within(_STREAM_LIMIT_S, name):
            return await result.fetch(_STREAM_BATCH)

    def _planned(
        self,
        runner: AsyncSession | AsyncTransaction,
        statement: Statement[Any],
        parameters: Mapping[str, object] | None,
    ) -> AbstractAsyncContextManager[None]:
        """The statement's time may begin to count. The embedded database plans in no time worth counting."""
        return self._plans.planned(runner, statement, parameters or {}) if self._plans else nullcontext()

    async def _retried(self, once: Callable[[], Awaitable[T]]) -> T:
        """What `once` gives, which may be done twice without harm, tried again where trying again may help."""
        for attempt in range(1, _READ_ATTEMPTS):
            try:
                return await once()
            except StoreError as error:
                if not is_retryable(error):
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)
        return await once()

    @asynccontextmanager
    async def _read_session(self, name: str) -> AsyncGenerator[AsyncSession]:
        """A session whose end, too, does not wait for ever for a database that fell silent."""
        session = self._session(READ_ACCESS)
        try:
            yield session
        finally:
            async with within(self._limit_s, name):
                await session.__aexit__(*sys.exc_info())  # pyright: ignore[reportUnknownMemberType]

    def _session(self, access: str) -> AsyncSession:
        return self._driver.session(  # pyright: ignore[reportUnknownMemberType]
            database=self._database, default_access_mode=access
        )

    def _announce(self, statement: Statement[Any]) -> None:
        for observer in self.observers:
            observer(statement.name, statement.text)


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
