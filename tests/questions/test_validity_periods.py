"""What stands on a day and how, for every kind of collaboration, either side of it, and every question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from graph.analysis import AnalysisRunner
from graph.analysis.two_mode_network_question import compute_network
from graph.pagination import Page
from graph.questions import (
    cost_per_network,
    data_gaps,
    duplicate_activity,
    join_check,
    leave_impact,
    leave_impacts,
    overlapping_memberships,
    peer_cities,
    renewals_due,
    reports_due,
    shortest_path,
    theme_coverage,
    two_mode_network,
)
from graph.questions.ask import ask as ask_question
from graph.questions.subset import SubsetArguments
from graph.standing import COUNTED
from graph.store import Store
from graph.vocabulary import Standing
from tests.conftest import clear
from tests.questions.graph_builder import OPEN, UNKNOWN, SmallGraph, period
from tests.questions.helpers import SINCE_2020, ask

ON = date(2024, 12, 31)
MANY = Page(first=5000)
IN_2024 = cost_per_network.Arguments(city="City:vantaa", from_=2024, until=2024)
IN_FORCE, EARLIER, LONG = "IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED"

TABLE = Path(__file__).parents[2] / "docs" / "adr" / "0002-validity-on-a-date.md"


@dataclass(frozen=True)
class Row:
    """A row of the table of all cases. `standing` is that on `ON`; None where the fact never counts."""

    name: str
    statuses: tuple[str, ...]
    columns: dict[str, object]
    standing: str | None


def _rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| case"):
            name, statuses, begins, until, attested, standing = (cell.strip() for cell in line.strip("|").split("|"))
            columns = period(None if begins == UNKNOWN else begins, until)
            columns["attestedOn"] = None if attested == "–" else date.fromisoformat(attested)
            slug = re.sub(r"\W+", "-", name)
            yield Row(slug, tuple(statuses.split(", ")), columns, None if standing == "–" else standing)


ROWS = tuple(_rows())
ALL_STANDINGS = tuple(Standing)


@dataclass(frozen=True)
class Case:
    """A collaboration of Vantaa and `peer`, where the period of one of them, or of both, is the case."""

    kind: str
    name: str
    columns: dict[str, object]
    own: str | None
    other: str | None
    side: str  # whose period it is: own, other, both
    status: str = "MEMBER"

    @property
    def slug(self) -> str:
        return f"{self.kind}-{self.side}-{self.name}"

    @property
    def node(self) -> str:
        label = {"network": "Network", "group": "WorkingGroup", "project": "Project", "twinning": "Twinning"}[self.kind]
        return f"{label}:{self.slug}"

    @property
    def peer(self) -> str:
        return f"City:with-{self.slug}"

    @property
    def stands(self) -> bool:
        return self.own is not None and self.other is not None

    def join(self, graph: SmallGraph, one: str, other: str) -> None:
        """Both cities in the collaboration; `one` is the side of Vantaa."""
        self._node(graph)
        for city, is_own in ((one, True), (other, False)):
            varies = self.side == "both" or (self.side == "own") == is_own
            columns = self.columns if varies else SINCE_2020
            match self.kind:
                case "network":
                    status = self.status if varies else "MEMBER"
                    graph.member(city.removeprefix("City:"), self.slug, columns, status)
                case "group":
                    graph.relate(city, "PARTICIPATES_IN", self.node, **columns)
                case "project":
                    graph.relate(city, "PARTNER_IN", self.node)
                case _:
                    graph.relate(self.node, "JOINS", city)

    def _node(self, graph: SmallGraph) -> None:
        match self.kind:
            case "network":
                graph.node(self.node, kind="CITY_NETWORK")
            case "group":
                # A group's own end ends all participation; its beginning says nothing about the participants.
                until = str(ON) if self.name == "group-ended" else OPEN
                graph.node(self.node, **period("2020-01-01", until))
            case _:
                graph.node(self.node, **self.columns)


def _cases() -> Iterator[Case]:
    for row in ROWS:
        for side in ("own", "other"):
            seen = (row.standing, IN_FORCE) if side == "own" else (IN_FORCE, row.standing)
            for status in row.statuses:
                yield Case("network", f"{row.name}-{status.lower()}", row.columns, *seen, side, status)
            if "MEMBER" in row.statuses:
                yield Case("group", row.name, row.columns, *seen, side)
        if "MEMBER" in row.statuses:
            yield Case("project", row.name, row.columns, row.standing, row.standing, "both")
            twinning = EARLIER if row.standing == LONG else row.standing  # twin towns never lapse
            yield Case("twinning", row.name, row.columns, twinning, twinning, "both")
    since = {"since": date(2024, 12, 31)}
    yield Case("group", "since", since, IN_FORCE, IN_FORCE, "both")
    yield Case("group", "since-later", {"since": date(2025, 1, 1)}, None, None, "both")
    yield Case("group", "group-ended", SINCE_2020, None, None, "both")


CASES = tuple(_cases())
NETWORKS = {case.node for case in CASES if case.kind == "network"}


def seen(standings: Sequence[Standing]) -> Iterator[Case]:
    """The cases as a question sees them that counts these standings."""
    names = {standing.name for standing in standings}
    for case in CASES:
        yield replace(
            case, own=case.own if case.own in names else None, other=case.other if case.other in names else None
        )


counting = pytest.mark.parametrize("standings", [COUNTED, ALL_STANDINGS], ids=["default", "all"])


_written_at: list[int] = []
"""The revision at which the session's database held every case and nothing else."""


@pytest_asyncio.fixture
async def cases(store: Store) -> Store:
    """Every case; each with a theme of its own and a network `base-…` of the same theme that both are in."""
    if _written_at == [await store.revision()]:
        return store
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("all", *(f"of-{case.slug}" for case in CASES))
    graph.themes("own", "safety")
    for case in CASES:
        graph.node(case.peer)
        case.join(graph, "City:vantaa", case.peer)
        graph.relate(f"Theme:of-{case.slug}", "BROADER", "Theme:safety")
        graph.relate(case.node, "ADDRESSES", f"Theme:of-{case.slug}")
        graph.network(f"base-{case.slug}", f"of-{case.slug}")
        for city in ("vantaa", case.peer.removeprefix("City:")):
            graph.member(city, f"base-{case.slug}", SINCE_2020)
    await clear(store)
    await graph.write(store)
    _written_at[:] = [await store.revision()]
    return store


@counting
async def test_peers(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = peer_cities.Arguments(city="City:vantaa", theme="Theme:safety", on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, peer_cities.QUESTION, arguments, MANY))

    evidence = {
        row.city: [
            (shared.collaboration, shared.standing, shared.peer_standing)
            for shared in row.evidence
            if "base-" not in shared.collaboration
        ]
        for row in found.rows
    }
    assert evidence == {
        case.peer: [(case.node, case.own, case.other)] if case.stands else [] for case in seen(standings)
    }


@counting
async def test_duplicates(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = duplicate_activity.Arguments(city="City:vantaa", on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, duplicate_activity.QUESTION, arguments, MANY))

    sides = {side.collaboration: side.standing for row in found.rows for side in (row.one, row.two)}
    assert {case.node: sides.get(case.node) for case in CASES} == {case.node: case.own for case in seen(standings)}
    peers = {
        side.collaboration: row.peers
        for row in found.rows
        if any(side.collaboration.startswith("Network:base-") for side in (row.one, row.two))
        for side in (row.one, row.two)
    }
    for case in seen(standings):
        if case.own is not None:
            assert peers[case.node] == ((case.peer,) if case.other else ()), case.slug


@counting
async def test_coverage(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = theme_coverage.Arguments(
        city="City:vantaa", scheme="ThemeScheme:all", on=ON, standings=tuple(standings)
    )
    found = await ask(cases, lambda reader: ask_question(reader, theme_coverage.QUESTION, arguments, MANY))

    hits = {row.theme: {hit.node: hit.standing for hit in row.hits} for row in found.rows}
    for case in seen(standings):
        expected: dict[str, str | None] = {f"Network:base-{case.slug}": IN_FORCE}
        if case.own is not None and case.kind != "twinning":
            expected[case.node] = case.own
        assert hits[f"Theme:of-{case.slug}"] == expected


@counting
async def test_unique_peers(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = replace(IN_2024, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    unique = {cost.network: cost.per_unique_peer.divisor for cost in found.networks}
    for case in seen(standings):
        # The peer is met through the network of the case too, or through the other one alone.
        assert unique[f"Network:base-{case.slug}"] == (0 if case.stands else 1), case.slug


@counting
async def test_reports(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = reports_due.Arguments(city="City:vantaa", on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reading: ask_question(reading, reports_due.QUESTION, arguments, MANY))

    assert {row.network: row.standing for row in found.rows if "base-" not in row.network} == {
        case.node: case.own for case in seen(standings) if case.kind == "network" and case.own
    }


@counting
async def test_joining_a_network(cases: Store, standings: Sequence[Standing]) -> None:
    network = "Network:base-group-both-since"
    arguments = join_check.Arguments(city="City:vantaa", network=network, on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, join_check.QUESTION, arguments))

    overlaps = {row.network: row.standing for row in found.overlaps if "base-" not in row.network}
    assert overlaps == {case.node: case.own for case in seen(standings) if case.kind == "network" and case.own}


@counting
async def test_renewals(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = renewals_due.Arguments(city="City:vantaa", by=ON, on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, renewals_due.QUESTION, arguments, MANY))

    assert (found.rows, found.about.without_end) == ((), ())
    without_term = {row.network: row.standing for row in found.about.without_term if "base-" not in row.network}
    assert without_term == {case.node: case.own for case in seen(standings) if case.kind == "network" and case.own}


async def test_gaps(cases: Store) -> None:
    """Of what no source shows in force on the day, the beginning, the end or an attestation is unknown."""
    arguments = data_gaps.Arguments(city="City:vantaa", on=ON)
    found = await ask(cases, lambda reader: ask_question(reader, data_gaps.QUESTION, arguments))

    dates = [gap for gap in found if gap.unknown in ("BEGINNING", "END", "ATTESTATION")]
    uncertain = {gap.collaboration: gap.standing for gap in dates if gap.standing not in (IN_FORCE, None)}
    assert {node: standing for node, standing in uncertain.items() if node in NETWORKS} == {
        case.node: case.own for case in CASES if case.node in NETWORKS and case.own not in (IN_FORCE, None)
    }


@counting
async def test_the_impacts_of_leaving(cases: Store, standings: Sequence[Standing]) -> None:
    arguments = leave_impacts.Arguments(city="City:vantaa", on=ON, standings=tuple(standings))
    found = await ask(cases, lambda reader: ask_question(reader, leave_impacts.QUESTION, arguments))

    assert {row.network: row.standing for row in found if "base-" not in row.network} == {
        case.node: case.own for case in seen(standings) if case.kind == "network" and case.own
    }


@counting
async def test_ties_of_the_snapshot(cases: Store, standings: Sequence[Standing]) -> None:
    """Centrality and overlaps have the same ties."""
    subset = SubsetArguments(ego="City:vantaa", radius=1, standings=tuple(standings))
    arguments = two_mode_network.Arguments(on=ON, subset=subset)
    async with AnalysisRunner(cases) as runner, cases.reading() as reader:
        found = await compute_network(runner, reader, arguments)

    tied = {row.node for row in found.nodes if row.distance == 1 and "base-" not in row.node}
    assert tied == {case.node for case in seen(standings) if case.kind == "network" and case.own}


@counting
async def test_overlaps(empty_store: Store, standings: Sequence[Standing]) -> None:
    networks = [case for case in seen(standings) if case.kind == "network"]
    graph = SmallGraph()
    for case in networks:
        own = f"own-{case.slug}"
        graph.cities(own, case.peer.removeprefix("City:"))
        graph.network(f"base-{case.slug}")
        for city in (own, case.peer.removeprefix("City:")):
            graph.member(city, f"base-{case.slug}", SINCE_2020)
        case.join(graph, f"City:{own}", case.peer)
    await graph.write(empty_store)

    arguments = overlapping_memberships.Arguments(on=ON, standings=tuple(standings))
    found = await ask(
        empty_store, lambda reader: ask_question(reader, overlapping_memberships.QUESTION, arguments, MANY)
    )

    both = {
        (row.network, row.other): {evidence.member: evidence.standing for evidence in row.evidence}
        for row in found.rows
    }
    for case in networks:
        members = {f"City:own-{case.slug}": case.own, case.peer: case.other}
        expected = {city: standing for city, standing in members.items() if standing}
        assert both.pop((f"Network:base-{case.slug}", case.node), {}) == expected, case.slug
    assert both == {}


@counting
async def test_active_working_groups(empty_store: Store, standings: Sequence[Standing]) -> None:
    arguments = replace(IN_2024, standings=tuple(standings))
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.network("n")
    graph.member("vantaa", "n", SINCE_2020)
    groups = [case for case in seen(standings) if case.kind == "group"]
    for case in groups:
        case.join(graph, "City:vantaa", "City:oslo")
        graph.relate(case.node, "PART_OF", "Network:n")
    await graph.write(empty_store)

    found = await ask(empty_store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    assert found.networks[0].per_working_group.divisor == sum(case.own is not None for case in groups)


async def test_leaving_a_network(empty_store: Store) -> None:
    networks = [case for case in CASES if case.kind == "network" and case.side == "own"]
    graph = SmallGraph()
    graph.cities("vantaa")
    for case in networks:
        graph.node(case.peer)
        case.join(graph, "City:vantaa", case.peer)
    await graph.write(empty_store)

    for case in networks:
        arguments = leave_impact.Arguments(city="City:vantaa", network=case.node, on=ON, standings=ALL_STANDINGS)
        found = await ask(
            empty_store, lambda reader, given=arguments: ask_question(reader, leave_impact.QUESTION, given)
        )
        assert found.standing == case.own, case.slug


@counting
async def test_chains_from_and_to_a_collaboration(empty_store: Store, standings: Sequence[Standing]) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for case in CASES:
        graph.node(case.peer)
        case.join(graph, "City:vantaa", case.peer)
    await graph.write(empty_store)

    for case in seen(standings):
        forth = await _chain(empty_store, case.node, case.peer, standings)
        back = await _chain(empty_store, case.peer, case.node, standings)
        if case.other is None:
            assert forth == back == shortest_path.ShortestPath((), ()), case.slug
        else:
            assert forth.chain == (case.node, case.peer)
            assert back.chain == (case.peer, case.node)
            assert [link.standing for link in (*forth.steps, *back.steps)] == [case.other, case.other]


async def test_no_ring_of_a_chain_takes_what_does_not_stand(empty_store: Store) -> None:
    graph = SmallGraph()
    cities = [f"c{place}" for place in range(7)]
    graph.cities(*cities)
    for one, other in pairwise(cities):
        graph.twins(one, other, SINCE_2020)
    for case in seen(COUNTED):
        if not case.stands:
            for city in cities[:5]:
                short_cut = Case(case.kind, case.name, case.columns, None, None, case.side, case.status)
                _between(graph, short_cut, city, "c6", place=city)
    await graph.write(empty_store)

    found = await _chain(empty_store, "City:c0", "City:c6")

    assert found.chain[::2] == tuple(f"City:{city}" for city in cities)


@pytest.mark.parametrize("shift", range(6))
async def test_every_ring_of_a_chain_takes_what_stands(empty_store: Store, shift: int) -> None:
    standing = [case for case in seen(COUNTED) if case.stands]
    graph = SmallGraph()
    expected: dict[str, tuple[str | None, ...]] = {}
    for index, case in enumerate(standing):
        # The case is the link of one ring, twin towns the others.
        place = (index + shift) % 6
        cities = [f"{case.slug}-{step}" for step in range(place + 2)]
        graph.cities(*cities)
        for one, other in pairwise(cities[:-1]):
            graph.twins(one, other, SINCE_2020)
        _between(graph, case, cities[-2], cities[-1], place="last")
        expected[cities[-1]] = (*[IN_FORCE] * 2 * place, case.own, case.other)
    await graph.write(empty_store)

    for end, standings in expected.items():
        start = re.sub(r"-\d$", "-0", end)
        found = await _chain(empty_store, f"City:{start}", f"City:{end}")
        assert tuple(link.standing for link in found.steps) == standings, end


async def _chain(
    store: Store, start: str, end: str, standings: Sequence[Standing] = COUNTED
) -> shortest_path.ShortestPath:
    arguments = shortest_path.Arguments(from_=start, to=end, on=ON, standings=tuple(standings))
    return await ask(store, lambda reader: ask_question(reader, shortest_path.QUESTION, arguments))


def _between(graph: SmallGraph, case: Case, one: str, other: str, *, place: str) -> None:
    """The collaboration of the case between two other cities."""
    named = Case(case.kind, f"{case.name}-at-{place}", case.columns, case.own, case.other, case.side, case.status)
    if case.name == "group-ended":
        graph.node(named.node, **period("2020-01-01", str(ON)))
        for city in (one, other):
            graph.relate(f"City:{city}", "PARTICIPATES_IN", named.node, **SINCE_2020)
    else:
        named.join(graph, f"City:{one}", f"City:{other}")
