"""Compare the server with its peer, @neo4j/graphql on Apollo Server, on the same questions and database.

    make bench                                                  scales 1 and 20
    make bench SCALE=1,20,200,seeds                             every graph; one hour
    make bench SCALE=1 ARGS="--only lookup,nested --rounds 3"   three minutes
    .venv/bin/python neo4j-server/run.py --data /tmp/bench-neo4j -- make bench       on a real Neo4j

CITYGRAPH_TEST_DATABASE_URI (with _USER and _PASSWORD) selects a database. It must be empty and is emptied afterwards.
The default is an embedded database in a temporary folder. docs/performance.md describes the method.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bench.client import CONNECTIONS, Asked, ask, encoded
from bench.database import SEEDS, Base, holding
from bench.measuring import HEAD, Series, in_turn, line, ratio, table
from bench.processes import Started, started, usage
from bench.questions import DEEP, QUESTIONS, Degrees, Question, Subjects, difference
from graph.registry import QUESTIONS as DECLARED

ROOT: Final = Path(__file__).parent.parent
PEER: Final = ROOT / "bench" / "peer"
LIMITS: Final = "limits"
CACHED: Final = "cached"
"""Name of the table of questions whose responses both servers cache."""
CACHED_QUESTIONS: Final = ("lookup", "nested")

_ONE_CLIENT: Final = {"CITYGRAPH_CLIENT_DATABASE_SHARE": "1000"}
"""The load comes from one address, which stands for many clients."""
_OURS: Final = {"CITYGRAPH_LOG_LEVEL": "ERROR", "CITYGRAPH_RESPONSE_CACHE_BYTES": "0", **_ONE_CLIENT}
"""Default environment of our server. Like the peer, the server then does not log requests or cache responses."""
_CACHING: Final = {"CITYGRAPH_LOG_LEVEL": "ERROR", **_ONE_CLIENT}
_PEER_QUESTIONS: Final = ("peer_cities", "overlapping_memberships", "cost_per_network")
"""Questions that the peer answers with our statements. All statements together are too long for a variable."""
_WALK: Final = 500
_DEEP_PAGES: Final = 4


# --- The servers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Servers:
    ours: Started
    peer: Started
    bare: Started | None


@contextmanager
def serving(base: Base, limits: bool, *, caching: bool = False) -> Generator[Servers]:
    """Run both servers. `caching` enables response caching, and `limits` also runs the server without GraphQL."""
    login = {"URI": base.endpoint.uri, "USER": base.endpoint.user, "PASSWORD": base.endpoint.password}
    peer = {f"PEER_{key}": value for key, value in {**login, "DATABASE": base.endpoint.database}.items()}
    statements = {name: DECLARED[name].statement for name in _PEER_QUESTIONS}
    peer["PEER_STATEMENTS"] = json.dumps({name: statement.text for name, statement in statements.items() if statement})
    serve = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "0", "--no-seeds"]
    python = {"PYTHONPATH": str(ROOT)}
    settings = {name: os.environ.get(name, value) for name, value in (_CACHING if caching else _OURS).items()}
    if caching:
        peer["PEER_CACHE"] = "1"
    with ExitStack() as stack:
        ours = stack.enter_context(started("our server", serve, ROOT, {**python, **settings, **base.ours}))
        command = ["node", "server.js"]
        theirs = stack.enter_context(started("the peer", command, PEER, {**peer, "NODE_ENV": "production"}))
        bare = stack.enter_context(limit("statement", peer)) if limits else None
        yield Servers(ours, theirs, bare)


@contextmanager
def limit(kind: str, environment: Mapping[str, str] | None = None) -> Generator[Started]:
    """Run a server of bench.limits. `kind` is its command-line argument."""
    command = [sys.executable, "-m", "bench.limits", kind]
    with started(f"the limit {kind}", command, ROOT, {"PYTHONPATH": str(ROOT), **(environment or {})}) as found:
        yield found


# --- The answers ----------------------------------------------------------------------------------


def data_of(port: int, request: bytes) -> tuple[Any, bytes]:
    """Return the data and the body of a response. Raises LookupError with the messages if the response has errors."""
    status, body = ask(port, request)
    try:
        answer = json.loads(body)
    except ValueError:
        raise LookupError(f"HTTP {status}: {body[:200]!r}") from None
    if status != 200 or answer.get("errors"):
        errors = answer.get("errors") or [{"message": f"HTTP {status}"}]
        raise LookupError(str(errors[0].get("message"))[:300])
    return answer["data"], body


def deep_pages(port: int, count: int) -> tuple[tuple[int, str], ...]:
    """Return pairs of an offset in the list of all cities by name and our cursor before that offset."""
    document = """query ($first: Int!, $after: String) {
        cities(first: $first, after: $after, orderBy: [{ field: NAME }]) { pageInfo { endCursor } } }"""
    found: list[tuple[int, str]] = []
    at, cursor = 0, None
    for number in range(_DEEP_PAGES):
        goal = max(1, int(DEEP * count)) + number
        while at < goal:
            step = min(_WALK, goal - at)
            data, _ = data_of(port, encoded(document, {"first": step, "after": cursor}))
            at, cursor = at + step, data["cities"]["pageInfo"]["endCursor"]
        found.append((at, str(cursor)))
    return tuple(found)


def cities(port: int) -> int:
    data, _ = data_of(port, encoded("{ cities(first: 1) { totalCount } }", {}))
    return data["cities"]["totalCount"]


@dataclass(slots=True)
class Pair:
    """The requests of a question to both servers, with the expected response bodies."""

    ours: list[Asked] = field(default_factory=list[Asked])
    theirs: list[Asked] = field(default_factory=list[Asked])


def compared(question: Question, about: Subjects, servers: Servers) -> Pair | str:
    """Check that both servers give equal answers to a question, and return the requests.

    Returns a reason as text if the peer cannot answer. Raises SystemExit if our server fails or the answers differ.
    """
    pair = Pair()
    for ours, theirs in question.variables(about):
        one, other = encoded(question.ours, ours), encoded(question.theirs, theirs, "/")
        try:
            our_data, our_body = data_of(servers.ours.port, one)
        except LookupError as error:
            raise SystemExit(f"{question.name} {ours}: our server failed: {error}") from None
        try:
            their_data, their_body = data_of(servers.peer.port, other)
        except LookupError as error:
            return str(error)
        differs = difference(question.plain_ours(our_data), question.plain_theirs(their_data))
        if differs:
            raise SystemExit(f"{question.name} {ours}: the answers differ at {differs}")
        pair.ours.append(Asked(one, our_body))
        pair.theirs.append(Asked(other, their_body))
    return pair


# --- A run ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    graphs: tuple[str, ...]
    only: tuple[str, ...]
    rounds: int
    seconds: float

    @property
    def limits(self) -> bool:
        return LIMITS in self.only

    @property
    def compare_cached(self) -> bool:
        return CACHED in self.only


@dataclass(slots=True)
class Growth:
    """Measurements of our server by question and graph, and the degrees of the subjects in the first graph."""

    ours: dict[str, dict[str, Series]] = field(default_factory=dict[str, dict[str, Series]])
    degrees: Degrees | None = None


def one_graph(graph: str, options: Options, growth: Growth) -> int:
    """Measure all questions on a graph, print the table, and return the number of error responses."""
    title = "the seeds" if graph == SEEDS else f"scale {graph}"
    print(f"\n## {title}: ", end="", flush=True)
    with ExitStack() as stack:
        base = stack.enter_context(holding(graph, growth.degrees))
        growth.degrees = growth.degrees or base.about.degrees
        servers = stack.enter_context(serving(base, options.limits))
        where = "the embedded database" if base.endpoint.control else "Neo4j"
        print(f"{base.size}, on {where}\n")
        print(f"Ours answered {servers.ours.seconds:.1f} s after its start, the peer {servers.peer.seconds:.1f} s.")
        about = replace(base.about, deep=deep_pages(servers.ours.port, cities(servers.ours.port)))
        rows: list[list[str]] = []
        done: list[Series] = []
        for question in (question for question in QUESTIONS if question.name in options.only):
            pair = compared(question, about, servers)
            if isinstance(pair, str):
                print(f"{question.name} is left out, the peer cannot answer it here: {pair}")
                continue
            ours, theirs = Series("ours", servers.ours, pair.ours), Series("peer", servers.peer, pair.theirs)
            series = [ours, theirs]
            if servers.bare and question.name == "lookup":
                series.append(Series("no GraphQL", servers.bare, [Asked(call.request) for call in pair.ours]))
            in_turn(series, options.rounds, options.seconds, base.pid)
            print(f"{question.name} {ratio(ours, theirs)}", file=sys.stderr, flush=True)
            growth.ours.setdefault(question.name, {})[title] = ours
            done += series
            rows += [line(question.name, ours), *(line("", other, ours) for other in series[1:])]
        print("\n" + table(HEAD, rows))
        held = usage(base.pid)
        print(f"\nThe database held {'–' if held is None else f'{held.peak_mib:.0f}'} MiB at most.")
        busiest = max((run.client_cpu_s / run.seconds for some in done for run in some.rounds), default=0)
        print(f"The load generator took {100 * busiest:.0f} % of a core at most.")
        if options.compare_cached:
            done += compare_cached(base, about, options)
        return report_errors(done)


def compare_cached(base: Base, about: Subjects, options: Options) -> list[Series]:
    """Compare responses cached by both servers with a constant response, and print the table."""
    print("\n### Cached answers\n")
    rows: list[list[str]] = []
    done: list[Series] = []
    with serving(base, limits=False, caching=True) as servers, limit("constant") as constant:
        for question in (question for question in QUESTIONS if question.name in CACHED_QUESTIONS):
            pair = compared(question, about, servers)
            if isinstance(pair, str):
                continue
            ours, theirs = Series("ours", servers.ours, pair.ours), Series("peer", servers.peer, pair.theirs)
            series = [ours, theirs, Series("constant", constant, [Asked(call.request) for call in pair.ours])]
            in_turn(series, options.rounds, options.seconds, base.pid)
            rows += [line(question.name, ours), *(line("", other, ours) for other in series[1:])]
            done += series
    print(table(HEAD, rows))
    return done


def report_errors(done: Sequence[Series]) -> int:
    for series in done:
        if series.errors:
            wrong = next(run.wrong for run in reversed(series.rounds) if run.errors)
            print(
                f"{series.name}: {series.errors} of {series.requests} answers were not the one expected; the last one: {wrong[:300]!r}"
            )
    return sum(series.errors for series in done)


def constants(options: Options) -> None:
    """Measure upper bounds: a constant response from Starlette, and a constant response from a bare socket."""
    print("\n## Constant answers\n")
    request = Asked(encoded("{ __typename }", {}))
    rows: list[list[str]] = []
    for kind, name in (("constant", "Starlette"), ("socket", "a bare socket")):
        with limit(kind) as server:
            series = Series(name, server, [request])
            in_turn([series], options.rounds, min(1.0, options.seconds), None)
            rows.append(line("constant", series))
    print(table(HEAD, rows))


def print_growth(growth: Mapping[str, Mapping[str, Series]]) -> None:
    """Print the median latency and the CPU time per request of our server, relative to the first graph."""
    graphs = list(dict.fromkeys(graph for found in growth.values() for graph in found))
    if len(graphs) < 2:
        return
    print("\n## Growth: ours on each graph, and beside the first one\n")
    reads: dict[str, Callable[[Series], float | None]] = {
        "p50 ms": lambda series: series.middle(lambda run: run.percentile(0.5)),
        "CPU ms": lambda series: series.cpu_ms,
    }
    rows: list[list[str]] = []
    for name, found in growth.items():
        for what, read in reads.items():
            values = [read(found[graph]) if graph in found else None for graph in graphs]
            rows.append([name, what, *(_grown(values[0], value) for value in values)])
    print(table(["question", "", *graphs], rows))


def _grown(first: float | None, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f} ({value / first:.2f}×)" if first else f"{value:.1f}"


def options_of(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(description="The server beside @neo4j/graphql on Apollo Server.")
    names = [*(question.name for question in QUESTIONS), LIMITS, CACHED]
    parser.add_argument(
        "--scale", default="1,20", help="graphs, separated by commas: numbers (1 is about 1 000 nodes) or seeds"
    )
    parser.add_argument("--only", default=",".join(names), help=f"what, of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5, help="turns that each server has")
    parser.add_argument("--seconds", type=float, default=3, help="length of a turn")
    given = parser.parse_args(arguments)
    graphs, only = tuple(given.scale.split(",")), tuple(given.only.split(","))
    if unknown := [name for name in only if name not in names]:
        parser.error(f"there is no question {unknown[0]}; there are {', '.join(names)}")
    if unknown := [graph for graph in graphs if graph != SEEDS and not (graph.isdecimal() and int(graph))]:
        parser.error(f"{unknown[0]} is neither a number from 1 nor {SEEDS}")
    if given.rounds < 1 or given.seconds <= 0:
        parser.error("--rounds and --seconds are more than 0")
    return Options(graphs, only, given.rounds, given.seconds)


def _stopped(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    options = options_of(sys.argv[1:])
    if not (PEER / "node_modules").is_dir():
        raise SystemExit("the peer is not installed: run make bench, or npm ci in bench/peer")
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if the parent process ignored this signal
    print(f"{CONNECTIONS} connections, {options.rounds} turns of {options.seconds:g} s for each server and question.")
    growth = Growth()
    try:
        errors = sum(one_graph(graph, options, growth) for graph in options.graphs)
        if options.limits:
            constants(options)
        print_growth(growth.ours)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    if errors:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
