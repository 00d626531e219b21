"""Measure the gain of each performance mechanism: compare the full server with servers without one mechanism.

    .venv/bin/python -m bench.mechanisms --scale 1,20
    .venv/bin/python -m bench.mechanisms --scale 20 --only batching,plan-cache --rounds 20

All servers use the same database. They answer the questions of `bench.compare` that the mechanism may affect, in
alternating rounds: with, without, with, without. A mechanism is disabled in the server process before it starts.
"""

import argparse
import signal
import statistics
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bench.client import Asked, encoded
from bench.compare import cities, data_of, deep_pages
from bench.database import Base, holding
from bench.measuring import Series, table
from bench.processes import Started, started
from bench.questions import QUESTIONS, Degrees, Question, Subjects

ROOT: Final = Path(__file__).parent.parent

_LONGEST: Final = 15
"""Maximum number of warm-up windows. Few are enough, because Python has no JIT compiler."""

Replace = Callable[[object, str, object], None]
"""A function that replaces an attribute of a module or class."""

_ALL: Final = tuple(question.name for question in QUESTIONS)
_SOME: Final = ("lookup", "nested", "list", "deep", "peers", "cost")
_LISTS: Final = ("list", "lists", "deep", "total")
_CACHE: Final = "CITYGRAPH_RESPONSE_CACHE_BYTES"
_UNCACHED: Final = ((_CACHE, "0"),)
_CACHED: Final = ((_CACHE, str(64 << 20)),)
_SHARED: Final = ((_CACHE, "1"),)
"""A setting with which no response is cached, but identical concurrent requests share one response."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A performance mechanism, the function that disables it, and the questions that it may affect.

    `settings` apply to both servers. `without` contains more settings of the server without the mechanism.
    """

    name: str
    off: Callable[[Replace], None]
    questions: Sequence[str] = _ALL
    settings: tuple[tuple[str, str], ...] = _UNCACHED
    without: tuple[tuple[str, str], ...] = ()


# --- Functions that disable a mechanism -----------------------------------------------------------


def _switch_nothing(_replace: Replace) -> None:
    """Do nothing, because the server settings already disable the mechanism."""


def _batch_nothing(replace: Replace) -> None:
    from graph.store import Store

    replace(Store, "read", Store._read)


def _complete_questions_by_core(replace: Replace) -> None:
    from api.graphql.questions import nodes

    replace(nodes, "complete_or_defer", lambda _complete, answer, _context: answer)


def _complete_traversals_by_core(replace: Replace) -> None:
    from graph.traversal.compile import Compiled, InvalidStoredValue

    def to_response(_compiled: object, _rows: object) -> object:
        raise InvalidStoredValue

    replace(Compiled, "to_response", to_response)


def _plan_every_time(replace: Replace) -> None:
    from api.graphql.context import Context

    def plan_anew(_context: object, _key: str, plan: Callable[[], object], _name: object = None) -> object:
        return plan()

    replace(Context, "cached_plan", plan_anew)


def _prepare_every_time(replace: Replace) -> None:
    from api.graphql.execution import operations

    replace(operations, "OPERATION_CACHE_BYTES", 0)


def _validate_every_time(replace: Replace) -> None:
    from api.graphql.execution import operations

    replace(operations, "OPERATION_CACHE_BYTES", 0)
    replace(operations, "DOCUMENT_CACHE_BYTES", 0)


def _coalesce_no_requests(replace: Replace) -> None:
    from api.graphql.http import in_flight

    replace(in_flight, "COALESCE_WINDOW_S", -1.0)


def _collect_all_garbage(replace: Replace) -> None:
    import gc

    replace(gc, "freeze", lambda: None)


def _list_in_subqueries(replace: Replace) -> None:
    from graph.traversal import compile

    replace(compile, "needs_no_subquery", lambda _child: False)


def _compare_bounds_afterwards(replace: Replace) -> None:
    from graph.traversal import cypher

    replace(cypher, "_sorts_by_stored_values", lambda _key: False)


def _expect_missing_values(replace: Replace) -> None:
    from graph.traversal import child_keys

    replace(child_keys, "_non_null_properties", lambda _connection: frozenset())


MECHANISMS: Final = {
    mechanism.name: mechanism
    for mechanism in (
        Mechanism("batching", _batch_nothing),
        Mechanism("question-completion", _complete_questions_by_core, ("peers", "overlaps", "cost")),
        Mechanism("traversal-completion", _complete_traversals_by_core, _SOME),
        Mechanism("plan-cache", _plan_every_time, _SOME),
        Mechanism("operation-cache", _prepare_every_time, _SOME),
        Mechanism("document-cache", _validate_every_time, ("lookup", "nested", "peers")),
        Mechanism("frozen-garbage", _collect_all_garbage, ("lookup", "nested", "peers")),
        Mechanism("flat-lists", _list_in_subqueries, _LISTS),
        Mechanism("bounds-in-match", _compare_bounds_afterwards, ("deep",)),
        Mechanism("present-values", _expect_missing_values, _LISTS),
        Mechanism("response-cache", _switch_nothing, ("lookup",), _CACHED, _UNCACHED),
        Mechanism("coalesced-requests", _coalesce_no_requests, ("lookup", "list", "total", "overlaps"), _SHARED),
    )
}


# --- Servers --------------------------------------------------------------------------------------


def serve(name: str) -> None:
    """Run the server without the named mechanism, or with all mechanisms if the name is empty."""
    if name:

        def replace_attribute(owner: object, attribute: str, value: object) -> None:
            getattr(owner, attribute)
            setattr(owner, attribute, value)

        MECHANISMS[name].off(replace_attribute)
    from api.cli.main import main as command

    sys.argv = ["citygraph", "serve", "--port", "0", "--no-seeds"]
    command()


@contextmanager
def _server(base: Base, name: str, settings: dict[str, str]) -> Generator[Started]:
    environment = {
        "PYTHONPATH": str(ROOT),
        "CITYGRAPH_LOG_LEVEL": "ERROR",
        "CITYGRAPH_CLIENT_DATABASE_SHARE": "1000",  # the load comes from one address, which stands for many clients
    }
    command = [sys.executable, "-m", "bench.mechanisms", "--serve", name]
    with started(f"the server without {name}", command, ROOT, {**environment, **base.ours, **settings}) as server:
        yield server


def calls(question: Question, about: Subjects, port: int) -> list[Asked]:
    """Return the requests of a question, with the expected response bodies."""
    requests = [encoded(question.ours, ours) for ours, _ in question.variables(about)]
    return [Asked(request, data_of(port, request)[1]) for request in requests]


# --- A run ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gain:
    """The gain of a mechanism: CPU time without / with it, and requests per second with / without it."""

    cpu: float
    per_second: float
    least: float
    most: float
    errors: int

    def __str__(self) -> str:
        wrong = f" {self.errors} ERRORS" if self.errors else ""
        return f"{self.cpu:.2f} ({self.least:.2f}–{self.most:.2f}) {self.per_second:.2f}{wrong}"


warmed: set[tuple[int, str]] = set()


def measure(question: Question, about: Subjects, one: Started, other: Started, options: Any, base: int | None) -> Gain:
    requests = calls(question, about, one.port)
    ours, theirs = Series("with", one, requests), Series("without", other, requests)
    for series in (ours, theirs):
        if (series.server.pid, question.name) not in warmed:
            series.warm(base, _LONGEST)
            warmed.add((series.server.pid, question.name))
    cpu: list[float] = []
    for number in range(options.rounds):
        pair = (ours, theirs) if number % 2 else (theirs, ours)
        for series in pair:
            series.run(options.seconds, base)
        cpu.append(_last_cpu(theirs) / _last_cpu(ours))
    speed = [mine.per_second / his.per_second for mine, his in zip(ours.rounds, theirs.rounds, strict=True)]
    low, _, high = statistics.quantiles(cpu, n=4)
    return Gain(statistics.median(cpu), statistics.median(speed), low, high, ours.errors + theirs.errors)


def _last_cpu(series: Series) -> float:
    """Return the CPU time per request in the last round."""
    return series.cpu_of_turns[-1] / len(series.rounds[-1].latencies)


def one_graph(graph: str, options: Any, degrees: Degrees | None) -> Degrees:
    with holding(graph, degrees) as base:
        rows: list[list[str]] = []
        about: Subjects | None = None
        print(f"\n## scale {graph}: {base.size}\n", flush=True)
        wanted = [MECHANISMS[name] for name in options.only.split(",")] if options.only else MECHANISMS.values()
        for settings in dict.fromkeys(mechanism.settings for mechanism in wanted):
            with ExitStack() as stack:
                one = stack.enter_context(_server(base, "", dict(settings)))
                about = about or replace(base.about, deep=deep_pages(one.port, cities(one.port)))
                for mechanism in wanted:
                    if mechanism.settings != settings:
                        continue
                    with _server(base, mechanism.name, {**dict(settings), **dict(mechanism.without)}) as other:
                        row = [mechanism.name]
                        for question in QUESTIONS:
                            if question.name not in mechanism.questions or (
                                options.questions and question.name not in options.questions.split(",")
                            ):
                                row.append("")
                                continue
                            gain = measure(question, about, one, other, options, base.pid)
                            row.append(str(gain))
                            print(mechanism.name, question.name, gain, file=sys.stderr, flush=True)
                        rows.append(row)
        print(table(["without", *_ALL], rows), flush=True)
        return base.about.degrees


def main() -> None:
    parser = argparse.ArgumentParser(description="What each mechanism that exists for speed gains.")
    parser.add_argument("--scale", default="1,20")
    parser.add_argument("--only", default="", help=f"mechanisms, of {', '.join(MECHANISMS)}")
    parser.add_argument("--questions", default="", help=f"questions, of {', '.join(_ALL)}")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    degrees = None
    for graph in options.scale.split(","):
        degrees = one_graph(graph, options, degrees)


if __name__ == "__main__":
    main()
