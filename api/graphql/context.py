"""What the fields of one operation share."""

from asyncio import Task
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast

from api.graphql.debug import DebugReport, step
from api.graphql.selection import PageLimits
from graph.analysis import AnalysisRunner
from graph.store import Reader

SlotPath = tuple[str, ...]
"""A place in an operation: the response keys from the root to a field, without the indexes of lists."""


PlanKey = tuple[str, object, date]
"""A root field's response key, what of it is planned, and the day on which that is done."""
Plans = dict[PlanKey, object]

Plan = TypeVar("Plan")


@dataclass(slots=True)
class Context:
    """One operation's view of the product. `reading` runs its statements.

    `plans` are the operation's, whenever it is carried out. `asked` keeps, by the root field's response key, what an
    answer's rows need to know of the question; `shared` what these rows work out together. `report` is a developer's.
    """

    reader: Reader
    request_id: str
    today: date
    pages: PageLimits
    analyst: AnalysisRunner
    plans: Plans = field(default_factory=dict[PlanKey, object])
    question_arguments: dict[str, object] = field(default_factory=dict[str, object])
    shared_tasks: dict[object, Task[Any]] = field(default_factory=dict[object, Task[Any]])
    fetched_nodes: dict[SlotPath, Mapping[str, object]] = field(default_factory=dict[SlotPath, Mapping[str, object]])
    report: DebugReport | None = None

    def cached_plan(self, key: str, plan: Callable[[], Plan], of: object = None) -> Plan:
        """What `plan` makes for the root field of this response key, made once a day; `of` tells its plans apart."""
        kept = self.plans.get((key, of, self.today))
        if kept is None:
            if any(day != self.today for _, _, day in self.plans):
                self.plans.clear()
            with step(self.report, "compile"):
                kept = self.plans[key, of, self.today] = plan()
        return cast("Plan", kept)
