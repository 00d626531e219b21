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
"""The key of a cached plan. A plan is, for example, a compiled statement.

The key contains the response key of a root field, the name of the plan, and the date for which the plan was made. The
name distinguishes several plans of one field.
"""
Plans = dict[PlanKey, object]

Plan = TypeVar("Plan")


@dataclass(slots=True)
class Context:
    """The context of one operation, shared by the resolvers of its fields.

    `plans` is a cache of the compiled statements of root fields. All executions of a prepared operation share it.
    Three other dicts belong to one execution:

    - `question_arguments`: the arguments and the result rows of each selected question (named query). The key is the
      response key of the root field.
    - `shared_tasks`: tasks whose result is used for several rows. The key can be any value that identifies the
      computation.
    - `fetched_nodes`: the nodes that have been read for a selected field in the rows of a question, as a dict from id
      to node. The key is the path of the field.

    `timed` measures the duration of a named step for the debug report.
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
        """The object that runs network analyses. It is created on first use."""
        return self.get_analysis_runner()

    @property
    def name_index(self) -> NameIndexReader:
        """The reader of the search index of names. It is created on first use."""
        return self.get_name_index()

    def cached_plan(self, key: str, plan: Callable[[], Plan], name: object = None) -> Plan:
        """Return the cached plan of the root field with the response key `key`.

        If there is none, call `plan` and cache its result. A plan is, for example, a compiled statement. A cached plan
        is valid for one day, because it can depend on the date. `name` distinguishes several plans of one field.
        """
        cached = self.plans.get((key, name, self.today))
        if cached is None:
            if any(day != self.today for _, _, day in self.plans):
                self.plans.clear()
            with self.timed("compile"):
                cached = self.plans[key, name, self.today] = plan()
        return cast("Plan", cached)
