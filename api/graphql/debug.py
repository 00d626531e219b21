"""Watches the statements of an operation, for those who measure; nothing of it stands in the way where nobody does."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from hmac import compare_digest
from typing import Final, Protocol, TypeVar

from pydantic import SecretStr
from starlette.requests import Request

from api.graphql.errors import RequestError
from graph.store import Reader, Statement

__all__ = ["SHOW", "DebugReport", "ObservedReader", "StatementObserver", "requested_report", "step"]

Row = TypeVar("Row")

SHOW: Final = "X-Citygraph-Debug"
"""The header in which a developer says what to show, beside the token in `Authorization`."""

_PARTS: Final = ("timing", "statements", "plans")


class StatementObserver(Protocol):
    """Is told of statements: entered when one is asked for, left when its rows are there or it failed."""

    def statement(self, name: str, text: str, /) -> AbstractContextManager[None]: ...


class ObservedReader(Reader):
    """Statements of an operation that are watched; those of a `report` that wants them, planned."""

    def __init__(self, reading: Reader, watchers: Sequence[StatementObserver], report: "DebugReport | None") -> None:
        self._watched = reading
        self._watchers = watchers if report is None else [*watchers, report]
        self._report = report

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of the statement. Raises StoreError."""
        with ExitStack() as stack:
            for each in self._watchers:
                stack.enter_context(each.statement(statement.name, statement.text))
            rows = await self._watched.run(statement, parameters)
        if self._report is not None and self._report.wants_plans:
            with self._report.step("plan"):
                self._report.planned(statement.name, await self._watched.plan(statement, parameters))
        return rows


class DebugReport:
    """What a developer is shown of one operation, in milliseconds."""

    def __init__(self, parts: frozenset[str]) -> None:
        self._parts = parts
        self._steps: dict[str, float] = {"parse": 0, "validate": 0, "compile": 0, "database": 0, "shape": 0}
        self._statements: list[dict[str, object]] = []
        self._plans: list[dict[str, object]] = []
        self.wants_plans = "plans" in parts
        if self.wants_plans:
            self._steps["plan"] = 0
        self._at_work = 0
        self._since = 0.0

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Takes the time of a step. That of the steps inside it, and of the database, is not its own."""
        begun, others = time.perf_counter(), sum(self._steps.values())
        try:
            yield
        finally:
            inside = sum(self._steps.values()) - others
            # Root fields may be made while the database works for others; that time is told once.
            self._steps[name] += max(0.0, (time.perf_counter() - begun) * 1000 - inside)

    @contextmanager
    def statement(self, name: str, text: str) -> Generator[None]:
        """Takes note of a statement, and of the time while any is with the database."""
        begun = time.perf_counter()
        if not self._at_work:
            self._since = begun
        self._at_work += 1
        try:
            yield
        finally:
            ended = time.perf_counter()
            self._at_work -= 1
            if not self._at_work:
                self._steps["database"] += (ended - self._since) * 1000
            self._statements.append({"name": name, "ms": round((ended - begun) * 1000, 3), "text": text})

    def planned(self, name: str, plan: str) -> None:
        """Takes note of a statement's plan."""
        self._plans.append({"name": name, "lines": plan.splitlines()})

    def as_extension(self) -> dict[str, object]:
        """The parts asked for, as they stand in `extensions.developer`."""
        parts: dict[str, object] = {
            "timing": {f"{name}Ms": round(ms, 3) for name, ms in self._steps.items()},
            "statements": self._statements,
            "plans": self._plans,
        }
        return {name: part for name, part in parts.items() if name in self._parts}


def requested_report(request: Request, token: SecretStr | None) -> DebugReport | None:
    """A report, where the request asks for one and bears the token; without the token it is as any other request.

    Raises Refused where it bears the token and asks for what there is not.
    """
    if token is None or SHOW not in request.headers:
        return None
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    secret = token.get_secret_value().encode()
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode("latin-1"), secret):
        return None
    parts = frozenset(each.strip().lower() for each in ",".join(request.headers.getlist(SHOW)).split(",")) - {""}
    if parts - set(_PARTS):
        raise RequestError("BAD_REQUEST", f"{SHOW} names what cannot be shown", hint=f"name {', '.join(_PARTS)}")
    return DebugReport(parts) if parts else None


def step(report: DebugReport | None, name: str) -> AbstractContextManager[None]:
    """Takes the time of a step where there is a report."""
    return nullcontext() if report is None else report.step(name)
