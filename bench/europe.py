"""Measure every question for a well-connected city on a graph of the size of Europe, and page through long answers.

    .venv/bin/python -m bench.europe                               on a temporary embedded database
    .venv/bin/python -m bench.europe --only peer_cities,filters    some questions
    .venv/bin/python neo4j-server/run.py --temporary -- .venv/bin/python -m bench.europe         the same on Neo4j

The graph is `bench.generated.EUROPE`, loaded in bulk. The database has its default memory. All fields are selected. The
first time and the median of the later ones are those that a caller waits for, with this process's part of the work. CPU
times are medians of the later ones; beside other work they say more than the times waited. The exit code is 1 where an
answer failed or took a second or more, after the first time.
"""

import argparse
import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

import httpx
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from bench.database import EUROPE_NAME, database_process, filled, size_of
from bench.measuring import table
from graph.analysis import AnalysisRunner, SnapshotReader
from graph.errors import CitygraphError
from graph.pagination import Page, Paged
from graph.questions.subset import SubsetArguments
from graph.registry import QUESTIONS, answer
from graph.search import NameIndexReader
from graph.store import Statement, Store
from graph.vocabulary import CentralityMeasure, CommunityMethod, NetworkSide

ON: Final = date(2024, 6, 1)
LIMIT_S: Final = 1.0
_ROUNDS: Final = 5
_FIRST: Final = 20
_EACH: Final = 500
"""The rows of a page when all pages are read."""

_SUBJECTS: Final = Statement.of_text(
    "bench/europe-subjects",
    "CALL () { MATCH (c:City)-[:HOLDS]->(m:Membership {status: 'MEMBER'})-[:IN]->(:Network)\n"
    "  WITH c, count(m) AS degree ORDER BY degree DESC, c.id RETURN collect({id: c.id, degree: degree})[0..2] AS cities }\n"
    "CALL () { MATCH (n:Network)<-[:IN]-(m:Membership) WITH n, count(m) AS size ORDER BY size DESC, n.id\n"
    "  RETURN collect(n.id) AS networks }\n"
    "CALL () { MATCH (c:City) WHERE NOT EXISTS { (c)-[:HOLDS]->(:Membership) }\n"
    "  AND NOT EXISTS { (c)<-[:JOINS]-(:Twinning) } RETURN min(c.id) AS alone }\n"
    "CALL () { MATCH (c:City) WHERE NOT EXISTS { (c)-[:HOLDS]->(:Membership) }\n"
    "  AND EXISTS { (c)<-[:JOINS]-(:Twinning) } RETURN max(c.id) AS twinned }\n"
    "RETURN cities, networks, alone, twinned",
)
_OWN: Final = Statement.of_text(
    "bench/europe-own",
    "MATCH (:City {id: $city})-[:HOLDS]->(:Membership)-[:IN]->(n:Network) RETURN collect(n.id) AS networks",
)
_THEME: Final = Statement.of_text(
    "bench/europe-theme",
    "MATCH (:Network {id: $network})-[:ADDRESSES]->(t:Theme) RETURN min(t.id) AS theme",
)

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Subjects:
    """A city with the most memberships and the next one; networks it is in and is not in, the largest first."""

    city: str
    degree: int
    other: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]
    theme: str
    alone: str
    twinned: str


async def _subjects(store: Store) -> Subjects:
    row = cast("Mapping[str, Any]", (await store.read(_SUBJECTS))[0])
    city, other = row["cities"]
    own = set(cast("list[str]", (await store.read(_OWN, {"city": city["id"]}))[0]["networks"]))
    networks = cast("list[str]", row["networks"])
    inside = tuple(network for network in networks if network in own)
    theme = cast("str", (await store.read(_THEME, {"network": inside[0]}))[0]["theme"])
    outside = tuple(network for network in networks if network not in own)
    return Subjects(city["id"], city["degree"], other["id"], inside, outside, theme, row["alone"], row["twinned"])


def question_arguments(found: Subjects) -> dict[str, dict[str, dict[str, object]]]:
    """Return the arguments of each question, by a few words about them."""
    city: dict[str, object] = {"city": found.city}
    dated = {**city, "on": ON}
    ends = {"largest network": found.inside[0], "another": found.inside[1]}
    return {
        "centrality": {"degree of cities": {"measure": CentralityMeasure.DEGREE, "on": ON}},
        "communities": {"Louvain": {"on": ON, "method": CommunityMethod.LOUVAIN}},
        "cost_per_network": {"six years": {**city, "from_": 2019, "until": 2024}},
        "duplicate_activity": {"": dated},
        "follow_ups_due": {"": dated},
        "join_check": {"largest network": {**dated, "network": found.outside[0]}},
        "join_suggestions": {"": dated},
        "leave_impact": {words: {**dated, "network": network} for words, network in ends.items()},
        "leave_impacts": {"": dated},
        "network_portfolio": {"all peers": dated, "90 % of the peers": {**dated, "peer_share": 0.9}},
        "overlapping_memberships": {"of the city": dated, "all": {"on": ON}},
        "overlaps": {"cities like the city": {"projection": NetworkSide.CITIES, "node": found.city, "on": ON}},
        "peer_cities": {"theme of the largest network": {**dated, "theme": found.theme}},
        "renewals_due": {"": {**dated, "by": date(2030, 1, 1)}},
        "reports_due": {"": dated},
        "search": {"a name": {"text": "birch"}, "no name": {"text": "zzzz"}},
        "shortest_path": {
            "to a member of the same networks": _ends(found.city, found.other),
            "to a city with twin towns only": _ends(found.city, found.twinned),
            "between cities with twin towns only": _ends(found.twinned, found.city),
            "to a city without ties": _ends(found.city, found.alone),
            "to the smallest network": _ends(found.city, found.outside[-1]),
            "from a city with twin towns only to the largest network": _ends(found.twinned, found.inside[0]),
            "from the largest network to a city without ties": _ends(found.inside[0], found.alone),
        },
        "theme_coverage": {"": {**dated, "scheme": "ThemeScheme:n0000000"}},
        "two_mode_network": {"around the city": {"on": ON, "subset": SubsetArguments(ego=found.city)}},
        "data_gaps": {"": dated},
    }


def _ends(from_: str, to: str) -> dict[str, object]:
    return {"from_": from_, "to": to, "on": ON}


def _filters(found: Subjects) -> dict[str, str]:
    """Return documents with conditions on related nodes, by a few words about them."""
    first, second, third = found.inside[:3]

    def member(network: str) -> str:
        return f'{{ networks: {{ some: {{ id: {{ eq: "{network}" }} }} }} }}'

    def membership(network: str) -> str:
        same = f'network: {{ id: {{ eq: "{network}" }} }}'
        return f"{{ memberships: {{ some: {{ status: {{ eq: MEMBER }}, {same} }} }} }}"

    twins = f'{{ twins: {{ some: {{ networks: {{ some: {{ id: {{ eq: "{second}" }} }} }} }} }} }}'
    addressed = f'{{ networks: {{ some: {{ themes: {{ some: {{ id: {{ eq: "{found.theme}" }} }} }} }} }} }}'
    together = (
        f'{{ networks: {{ some: {{ memberships: {{ some: {{ city: {{ id: {{ eq: "{found.city}" }} }} }} }} }} }} }}'
    )
    conditions = {
        "in one network": [member(first)],
        "in two networks": [member(first), member(second)],
        "in three networks": [member(first), member(second), member(third)],
        "memberships of three networks": [membership(first), membership(second), membership(third)],
        "in a network on a theme, and in another": [addressed, member(second)],
        "twinned with a member, and in a network": [twins, member(first)],
        "sharing a network with the city": [together],
        "sharing a network with the city, in another": [together, member(second)],
        "in none of two networks": [f"{{ not: {member(first)} }}", f"{{ not: {member(second)} }}"],
    }
    return {
        words: f"{{ cities(first: {_FIRST}, where: {{ and: [{', '.join(parts)}] }}) "
        "{ totalCount nodes { id name country population } } }"
        for words, parts in conditions.items()
    }


# --- Measuring ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """The rows of the table, and whether an answer failed or was slow."""

    database: int | None
    """The process of the database; None if it cannot be observed."""
    rows: list[list[str]] = field(default_factory=list)
    failed: bool = False

    async def measure(self, question: str, words: str, ask: Ask, limit_s: float = LIMIT_S) -> object:
        """Ask several times; add a row; return the last answer, or None if it failed."""
        seconds: list[float] = []
        cpu: dict[int | None, list[float]] = {process: [] for process in (os.getpid(), self.database)}
        found: object = None
        error = ""
        for _ in range(_ROUNDS):
            used = {process: _cpu_s(process) for process in cpu}
            begun = time.perf_counter()
            try:
                found = await ask()
            except CitygraphError as failure:
                error = f"{failure.code}: {failure}"
            seconds.append(time.perf_counter() - begun)
            for process, times in cpu.items():
                times.append(_cpu_s(process) - used[process])
            if error or sum(seconds) > 10:
                break
        later = median(seconds[1:]) if len(seconds) > 1 else seconds[0]
        slow = later >= limit_s or bool(error)
        self.failed |= slow
        note = error[:80] or (f"{found.total} rows" if isinstance(found, Paged) else "")
        ours, theirs = (f"{1000 * median(times[1:] or times):.0f}" for times in cpu.values())
        shown = [f"{1000 * seconds[0]:.0f}", f"{1000 * later:.0f}", theirs, ours]
        self.rows.append([question, words, *shown, "no" if slow else "", note])
        print(" | ".join(self.rows[-1]), file=sys.stderr, flush=True)
        return None if error else found


def _cpu_s(process: int | None) -> float:
    """Return the CPU seconds of a process without its descendants, or 0 if it cannot be observed."""
    if process is None:
        return 0.0
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _all_pages(ask: Callable[[Page], Awaitable[object]], total: int) -> str:
    """Read all pages; return what was found as text. Raises SystemExit if a row is missing or comes twice."""
    keys: list[object] = []
    slowest, after = 0.0, None
    while True:
        begun = time.perf_counter()
        page = cast("Paged[Any]", await ask(Page(first=_EACH, after=after)))
        slowest = max(slowest, time.perf_counter() - begun)
        keys += [tuple(row.sort_key) for row in page.rows]
        if not page.has_next:
            break
        after = page.cursors[-1]
    if len(keys) != total or keys != sorted(set(keys)):  # pyright: ignore[reportArgumentType]
        raise SystemExit(f"{len(keys)} rows on all pages, {len(set(keys))} different ones, but the total is {total}")
    return f"{total} rows on pages of {_EACH}, the slowest {1000 * slowest:.0f} ms"


async def _questions(
    store: Store, runner: AnalysisRunner, found: Subjects, only: frozenset[str], report: Report
) -> None:
    by_name, names = question_arguments(found), NameIndexReader(store)
    for name, question in QUESTIONS.items():
        if only and name not in only:
            continue
        for words, values in by_name[name].items():
            arguments = question.arguments(**values)

            async def ask(page: Page | None, question: Any = question, arguments: object = arguments) -> object:
                async with store.reading() as reader:
                    return await answer(question, arguments, page, reader=reader, runner=runner, names=names)

            is_paged = hasattr(question, "sort_key")
            first = Page(first=_FIRST) if is_paged else None
            given = await report.measure(name, words, lambda ask=ask, first=first: ask(first))
            if isinstance(given, Paged):
                try:
                    report.rows[-1][-1] = await _all_pages(ask, given.total)
                except CitygraphError as failure:
                    report.failed = True
                    report.rows[-1][-1] = f"paging failed: {failure.code}"
                print(report.rows[-1][-1], file=sys.stderr, flush=True)


def _groups(found: Subjects) -> dict[str, str]:
    """Return documents that group the rows of a connection, by a few words about them."""
    network = f'network(id: "{found.inside[0]}")'
    groups = "groupBy(keys: [COUNTRY], first: 50) { nodes { keys { value } aggregate { count } } }"
    return {"members of the largest network by country": f'{{ {network} {{ members(on: "{ON}") {{ {groups} }} }} }}'}


async def _documents(store: Store, documents: dict[str, str], kind: str, report: Report) -> None:
    app = Starlette(
        routes=routes(AppState(Settings(max_cost=100_000_000, request_timeout_s=60, response_cache_bytes=0), store))
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench.test") as client:
        for words, text in documents.items():

            async def ask(text: str = text) -> object:
                body = (await client.post("/graphql", json={"query": text})).json()
                if body.get("errors"):
                    first = body["errors"][0]
                    raise CitygraphError(first["message"], hint=str(first.get("extensions", {}).get("code")))
                (data,) = body["data"].values()
                return data.get("members", data)

            given = cast("dict[str, Any] | None", await report.measure(kind, words, ask))
            if given is not None:
                groups = given.get("groupBy", {"nodes": []})["nodes"]
                count = given.get("totalCount") or sum(group["aggregate"]["count"] for group in groups)
                report.rows[-1][-1] = f"{count} rows"


async def run(only: frozenset[str]) -> bool:
    """Measure, print the table and return whether every answer was fast enough."""
    with tempfile.TemporaryDirectory(prefix="citygraph-bench-") as folder:
        async with AsyncExitStack() as stack:
            store, settings = await stack.enter_async_context(filled(EUROPE_NAME, Path(folder)))
            runner = await stack.enter_async_context(AnalysisRunner(store))
            found = await _subjects(store)
            report = Report(database_process(settings))
            where = "Neo4j" if settings.uri else "the embedded database"
            print(f"{await size_of(store)}, on {where}; {found.city} has {found.degree} memberships.\n", flush=True)
            await report.measure("the snapshot", "", lambda: SnapshotReader(store).current(), limit_s=math.inf)
            await runner.snapshot()
            await _questions(store, runner, found, only, report)
            for kind, documents in (("filters", _filters(found)), ("groups", _groups(found))):
                if not only or kind in only:
                    await _documents(store, documents, kind, report)
    head = ["question", "", "first ms", "later ms", "database CPU ms", "our CPU ms", "under 1 s", "answer"]
    print(table(head, report.rows))
    return not report.failed


def main() -> None:
    parser = argparse.ArgumentParser(description="Questions at the size of Europe.")
    parser.add_argument("--only", default="", help="folder names of questions, filters or groups, separated by commas")
    only = frozenset(filter(None, parser.parse_args().only.split(",")))
    if unknown := only - {*QUESTIONS, "filters", "groups"}:
        parser.error(f"there is no question {min(unknown)}; there are filters, groups, {', '.join(QUESTIONS)}")
    if not asyncio.run(run(only)):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
