"""The context of one operation, shared by the resolvers of its fields."""

from asyncio import Task
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast

from api.graphql.selection import PageLimits
from graph.analysis import AnalysisRunner
from graph.search import NameIndexReader
from graph.store import Reader

ResponsePath = tuple[str, ...]
"""The response keys from the root to a field, without list indexes."""

PlanKey = tuple[str, object, date]
"""The key of a cached plan: the response key of a root field, the name of the plan, and the date of the plan.

A plan is, for example, a compiled statement. The name distinguishes several plans of one field."""
Plans = dict[PlanKey, object]

Plan = TypeVar("Plan")


@dataclass(slots=True)
class Context:
    """The context of one operation.

    All executions of a prepared operation share `plans`, the compiled statements of its root fields. The other mappings
    belong to one execution:

    - `question_arguments`: a dict from the response key of a question's root field to the question's arguments and
      result rows.
    - `shared_tasks`: tasks whose results several rows need. The key is any value that identifies the computation.
    - `fetched_nodes`: a dict from the path of a selected field that returns nodes to the fetched nodes, as a dict from
      node id to node. The field belongs to the rows of a question.

    `timed` adds the duration of a named step to the debug report.
    """

    reader: Reader
    request_id: str
    today: date
    pages: PageLimits
    get_analysis_runner: Callable[[], AnalysisRunner]
    get_name_index: Callable[[], NameIndexReader]
    plans: Plans = field(default_factory=dict[PlanKey, object])
    timed: Callable[[str], AbstractContextManager[object]] = nullcontext
    question_arguments: dict[str, object] = field(default_factory=dict[str, object])
    shared_tasks: dict[object, Task[Any]] = field(default_factory=dict[object, Task[Any]])
    fetched_nodes: dict[ResponsePath, Mapping[str, object]] = field(
        default_factory=dict[ResponsePath, Mapping[str, object]]
    )

    @property
    def analysis_runner(self) -> AnalysisRunner:
        """The runner of network analyses. It is created on first use."""
        return self.get_analysis_runner()

    @property
    def name_index(self) -> NameIndexReader:
        """The reader of the search index of names. It is created on first use."""
        return self.get_name_index()

    def cached_plan(self, key: str, plan: Callable[[], Plan], name: object = None) -> Plan:
        """Return the cached plan of the root field with the response key `key`, or call `plan` and cache its result.

        A plan is, for example, a compiled statement. Plans are cached for one day, because they can depend on the date.
        `name` distinguishes several plans of one field.
        """
        cached = self.plans.get((key, name, self.today))
        if cached is None:
            if any(day != self.today for _, _, day in self.plans):
                self.plans.clear()
            with self.timed("compile"):
                cached = self.plans[key, name, self.today] = plan()
        return cast("Plan", cached)
