"""What the fields of one operation share."""

from asyncio import Task
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast

from api.graphql.selection import PageLimits
from api.graphql.watching import Report, step
from graph.analysis import Analyst
from graph.store import Reading, Statement, Store

SlotPath = tuple[str, ...]
"""A place in an operation: the response keys from the root to a field, without the indexes of lists."""


PlanKey = tuple[str, date]
"""A root field's response key, and the day on which it is planned."""
Plans = dict[PlanKey, object]

Row = TypeVar("Row")
Plan = TypeVar("Plan")


class Single(Reading):
    """Stands for the read transaction of an operation that runs one statement: a read by itself does as well, and the
    database is asked once instead of three times.
    """

    def __init__(self, store: Store) -> None:
        self._whole = store

    async def run(self, statement: Statement[Row], parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of the statement. Raises StoreError."""
        return await self._whole.read(statement, parameters)


@dataclass(slots=True)
class Context:
    """One operation's view of the product. `reading` is its one read transaction, begun at the first statement.

    `plans` are the operation's, whenever it is carried out. `asked` keeps, by the root field's response key, what an
    answer's rows need to know of the question; `shared` what these rows work out together. `report` is a developer's.
    """

    reading: Reading
    request_id: str
    today: date
    pages: PageLimits
    analyst: Analyst
    plans: Plans = field(default_factory=dict[PlanKey, object])
    asked: dict[str, object] = field(default_factory=dict[str, object])
    shared: dict[object, Task[Any]] = field(default_factory=dict[object, Task[Any]])
    fetched: dict[SlotPath, Mapping[str, object]] = field(default_factory=dict[SlotPath, Mapping[str, object]])
    report: Report | None = None

    def planned(self, key: str, plan: Callable[[], Plan]) -> Plan:
        """What `plan` makes for the root field of this response key, made once a day."""
        kept = self.plans.get((key, self.today))
        if kept is None:
            if any(day != self.today for _, day in self.plans):
                self.plans.clear()
            with step(self.report, "compile"):
                kept = self.plans[key, self.today] = plan()
        return cast("Plan", kept)
