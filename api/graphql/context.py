"""The context of one operation, shared by the resolvers of its fields."""

from asyncio import Task
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast

from api.graphql.selection import PageLimits
from graph.analysis import AnalysisRunner
from graph.store import Reader

ResponsePath = tuple[str, ...]
"""The response keys from the root to a field, without list indexes."""

PlanKey = tuple[str, object, date]
"""The response key of a root field, a name for the plan, and the date of planning."""
Plans = dict[PlanKey, object]

Plan = TypeVar("Plan")


@dataclass(slots=True)
class Context:
    """The context of one operation.

    `plans` is shared by all executions of a prepared operation. `question_arguments` contains the arguments that the
    resolvers of a question's rows need, by the response key of the root field. `shared_tasks` contains computations
    that several rows await. `timed` adds the duration of a named step to the debug report.
    """

    reader: Reader
    request_id: str
    today: date
    pages: PageLimits
    get_analyst: Callable[[], AnalysisRunner]
    plans: Plans = field(default_factory=dict[PlanKey, object])
    timed: Callable[[str], AbstractContextManager[object]] = nullcontext
    question_arguments: dict[str, object] = field(default_factory=dict[str, object])
    shared_tasks: dict[object, Task[Any]] = field(default_factory=dict[object, Task[Any]])
    fetched_nodes: dict[ResponsePath, Mapping[str, object]] = field(
        default_factory=dict[ResponsePath, Mapping[str, object]]
    )

    @property
    def analyst(self) -> AnalysisRunner:
        """The runner of network analyses, created on first use."""
        return self.get_analyst()

    def cached_plan(self, key: str, plan: Callable[[], Plan], name: object = None) -> Plan:
        """Return the plan for the root field with this response key, computed once a day.

        `name` distinguishes several plans of one root field.
        """
        cached = self.plans.get((key, name, self.today))
        if cached is None:
            if any(day != self.today for _, _, day in self.plans):
                self.plans.clear()
            with self.timed("compile"):
                cached = self.plans[key, name, self.today] = plan()
        return cast("Plan", cached)
