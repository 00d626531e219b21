"""Build debug reports of operations: timings, statement texts and query plans."""

import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from hmac import compare_digest
from typing import Final, Protocol, TypeVar

from pydantic import SecretStr
from starlette.requests import Request

from api.graphql.errors import RequestError
from graph.store import Reader, Statement

__all__ = ["DEBUG_HEADER", "DebugReport", "ObservedReader", "StatementObserver", "requested_report"]

Row = TypeVar("Row")

DEBUG_HEADER: Final = "X-Citygraph-Debug"
"""The HTTP header in which a client lists the parts of the debug report that it requests.

The request must also contain the debug token in the header `Authorization`.
"""

_PARTS: Final = ("timing", "statements", "plans")


class StatementObserver(Protocol):
    """An observer that is notified of every statement that is sent to the database.

    The method `statement` returns a context manager. The database runs the statement inside this context.
    """

    def statement(self, name: str, text: str, /) -> AbstractContextManager[None]: ...


class ObservedReader(Reader):
    """A reader of the database that notifies observers of every statement.

    If `report` includes query plans, the reader also adds the query plan of every statement to the report.
    """

    def __init__(self, reader: Reader, observers: Sequence[StatementObserver], report: "DebugReport | None") -> None:
        self._reader = reader
        self._observers = observers
        self._report = report

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Return the rows of the statement. Raises StoreError."""
        with ExitStack() as stack:
            for observer in self._observers:
                stack.enter_context(observer.statement(statement.name, statement.text))
            rows = await self._reader.run(statement, parameters)
        if self._report is not None and self._report.wants_plans:
            with self._report.timed("plan"):
                self._report.add_plan(statement.name, await self._reader.plan(statement, parameters))
        return rows

    @asynccontextmanager
    async def charge(self, name: str) -> AsyncGenerator[None]:
        async with self._reader.charge(name):
            yield


class DebugReport:
    """The debug report of one operation. Times are in milliseconds."""

    def __init__(self, parts: frozenset[str]) -> None:
        self._parts = parts
        self._steps: dict[str, float] = {"parse": 0, "validate": 0, "compile": 0, "database": 0, "shape": 0}
        self._statements: list[dict[str, object]] = []
        self._plans: list[dict[str, object]] = []
        self.wants_plans = "plans" in parts
        if self.wants_plans:
            self._steps["plan"] = 0
        self._running_statements = 0
        self._database_busy_since = 0.0

    @contextmanager
    def timed(self, step: str) -> Generator[None]:
        """Add the duration of the `with` block to the step `step`, without the time of nested steps and statements."""
        start, other_steps = time.perf_counter(), sum(self._steps.values())
        try:
            yield
        finally:
            nested = sum(self._steps.values()) - other_steps
            # Steps of concurrent root fields overlap, so the nested time can exceed the duration.
            self._steps[step] += max(0.0, (time.perf_counter() - start) * 1000 - nested)

    @contextmanager
    def statement(self, name: str, text: str) -> Generator[None]:
        """Record the statement that the `with` block runs, and its duration.

        The step `database` contains the time during which at least one statement runs. If statements run concurrently,
        their common time is included only once.
        """
        start = time.perf_counter()
        if not self._running_statements:
            self._database_busy_since = start
        self._running_statements += 1
        try:
            yield
        finally:
            end = time.perf_counter()
            self._running_statements -= 1
            if not self._running_statements:
                self._steps["database"] += (end - self._database_busy_since) * 1000
            self._statements.append({"name": name, "ms": round((end - start) * 1000, 3), "text": text})

    def add_plan(self, name: str, plan: str) -> None:
        """Record the query plan of a statement."""
        self._plans.append({"name": name, "lines": plan.splitlines()})

    def as_extension(self) -> dict[str, object]:
        """Return the requested parts of the report, as the value of `extensions.debug` in the response."""
        parts: dict[str, object] = {
            "timing": {f"{step}Ms": round(ms, 3) for step, ms in self._steps.items()},
            "statements": self._statements,
            "plans": self._plans,
        }
        return {name: part for name, part in parts.items() if name in self._parts}


def requested_report(request: Request, token: SecretStr) -> DebugReport | None:
    """Return a new debug report if the request asks for one and contains a valid token, otherwise None.

    Raises RequestError if a request with a valid token asks for a part that does not exist.
    """
    if DEBUG_HEADER not in request.headers:
        return None
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    secret = token.get_secret_value().encode()
    if scheme.lower() != "bearer" or not compare_digest(credentials.strip().encode("latin-1"), secret):
        return None
    values = ",".join(request.headers.getlist(DEBUG_HEADER))
    parts = frozenset(part.strip().lower() for part in values.split(",")) - {""}
    if unknown := parts - set(_PARTS):
        hint = f"use {', '.join(_PARTS)}"
        raise RequestError("BAD_REQUEST", f'{DEBUG_HEADER} contains the unknown part "{min(unknown)[:80]}"', hint=hint)
    return DebugReport(parts) if parts else None
