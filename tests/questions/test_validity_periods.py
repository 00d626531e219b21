"""What stands on a day and how, for every kind of collaboration, either side of it, every question and field."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from graph.analysis import AnalysisRunner
from graph.pagination import Page, Paged
from graph.questions import (
    centrality,
    communities,
    cost_per_network,
    data_gaps,
    duplicate_activity,
    follow_ups_due,
    join_check,
    join_suggestions,
    leave_impact,
    leave_impacts,
    network_portfolio,
    overlapping_memberships,
    peer_cities,
    renewals_due,
    reports_due,
    shortest_path,
    theme_coverage,
    two_mode_network,
)
from graph.questions.ask import ask as ask_question
from graph.questions.declaration import Question
from graph.questions.subset import SubsetArguments
from graph.registry import answer
from graph.search import NameIndexReader
from graph.standing import COUNTED
from graph.store import Store
from graph.traversal.selection import Connection, StandingOn
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, CollaborationMode, Standing
from tests.questions.graph_builder import OPEN, UNKNOWN, SmallGraph, period
from tests.questions.helpers import SINCE_2020, ask
from tests.traversal.builders import edges, fetch, fetch_one, nested, node, nodes

pytestmark = pytest.mark.slow
"""Each test asks a question at every border of every period."""

ON = date(2024, 12, 31)
MANY = Page(first=5000)
IN_2024 = cost_per_network.Arguments(city="City:vantaa", from_=2024, until=2024)
IN_FORCE, EARLIER, LONG, LATER = "IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED", "ATTESTED_LATER"

TABLE = Path(__file__).parents[2] / "docs" / "adr" / "0002-validity-on-a-date.md"


@dataclass(frozen=True)
class Row:
    """A row of the table of all cases. `standing` is that on `ON`, and `in_2024` that of the year; None where the fact
    never counts.
    """

    name: str
    statuses: tuple[str, ...]
    columns: dict[str, object]
    standing: str | None
    in_2024: str | None


def _rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| case"):
            name, statuses, begins, until, attested, *standings = (cell.strip() for cell in line.strip("|").split("|"))
            columns = period(None if begins == UNKNOWN else begins, until)
            columns["attestedOn"] = None if attested == "–" else date.fromisoformat(attested)
            slug = re.sub(r"\W+", "-", name)
            yield Row(
                slug,
                tuple(statuses.split(", ")),
                columns,
                *(None if standing == "–" else standing for standing in standings),
            )


ROWS = tuple(_rows())


@dataclass(frozen=True)
class Switches:
    """The two arguments on which it depends what counts."""

    standings: tuple[Standing, ...] = COUNTED
    include_applied: bool = False

    @property
    def given(self) -> dict[str, Any]:
        return {"standings": self.standings, "include_applied": self.include_applied}


DEFAULT = Switches()
EVERY = Switches(tuple(Standing), include_applied=True)


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
    row: Row | None = None

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
                yield Case("network", f"{row.name}-{status.lower()}", row.columns, *seen, side, status, row)
            if "MEMBER" in row.statuses:
                yield Case("group", row.name, row.columns, *seen, side, row=row)
        if "MEMBER" in row.statuses:
            yield Case("project", row.name, row.columns, row.standing, row.standing, "both", row=row)
            twinning = EARLIER if row.standing == LONG else row.standing  # twin towns never lapse
            yield Case("twinning", row.name, row.columns, twinning, twinning, "both", row=row)
    since = {"since": date(2024, 12, 31)}
    yield Case("group", "since", since, IN_FORCE, IN_FORCE, "both")
    yield Case("group", "since-later", {"since": date(2025, 1, 1)}, None, None, "both")
    yield Case("group", "group-ended", SINCE_2020, None, None, "both")


CASES = tuple(_cases())


def seen(switches: Switches) -> Iterator[Case]:
    """The cases as a question with these switches sees them."""
    names = {standing.name for standing in switches.standings}
    for case in CASES:
        hidden = case.side if case.status == "APPLIED" and not switches.include_applied else ""
        yield replace(
            case,
            own=case.own if case.own in names and hidden != "own" else None,
            other=case.other if case.other in names and hidden != "other" else None,
        )


def own_networks(switches: Switches) -> dict[str, str]:
    """The standing of each network of Vantaa that counts, without those that every case has beside its own."""
    return {case.node: case.own for case in seen(switches) if case.kind == "network" and case.own}


counting = pytest.mark.parametrize(
    "switches", [DEFAULT, pytest.param(EVERY, marks=pytest.mark.slow)], ids=["default", "all"]
)


@pytest_asyncio.fixture
async def cases(store: Store) -> Store:
    """Every case; each with a theme of its own and a network `base-…` of the same theme that both are in."""
    graph = SmallGraph()
    graph.cities("vantaa", "outside")
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
    await graph.replace_all(store)
    return store


@counting
async def test_peers(cases: Store, switches: Switches) -> None:
    arguments = peer_cities.Arguments(city="City:vantaa", theme="Theme:safety", on=ON, **switches.given)
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
        case.peer: [(case.node, case.own, case.other)] if case.stands else [] for case in seen(switches)
    }


@counting
async def test_duplicates(cases: Store, switches: Switches) -> None:
    arguments = duplicate_activity.Arguments(city="City:vantaa", on=ON, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, duplicate_activity.QUESTION, arguments, MANY))

    sides = {side.collaboration: side.standing for row in found.rows for side in (row.one, row.two)}
    assert {case.node: sides.get(case.node) for case in CASES} == {case.node: case.own for case in seen(switches)}
    peers = {
        side.collaboration: row.peers
        for row in found.rows
        if any(side.collaboration.startswith("Network:base-") for side in (row.one, row.two))
        for side in (row.one, row.two)
    }
    for case in seen(switches):
        if case.own is not None:
            assert peers[case.node] == ((case.peer,) if case.other else ()), case.slug


@counting
async def test_coverage(cases: Store, switches: Switches) -> None:
    arguments = theme_coverage.Arguments(city="City:vantaa", scheme="ThemeScheme:all", on=ON, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, theme_coverage.QUESTION, arguments, MANY))

    hits = {row.theme: {hit.node: hit.standing for hit in row.hits} for row in found.rows}
    for case in seen(switches):
        expected: dict[str, str | None] = {f"Network:base-{case.slug}": IN_FORCE}
        if case.own is not None and case.kind != "twinning":
            expected[case.node] = case.own
        assert hits[f"Theme:of-{case.slug}"] == expected


@counting
async def test_unique_peers(cases: Store, switches: Switches) -> None:
    arguments = replace(IN_2024, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    unique = {cost.network: cost.per_unique_peer.divisor for cost in found.networks}
    for case in seen(switches):
        # The peer is met through the network of the case too, or through the other one alone.
        assert unique[f"Network:base-{case.slug}"] == (0 if case.stands else 1), case.slug


@counting
async def test_costs(cases: Store, switches: Switches) -> None:
    arguments = replace(IN_2024, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    expected: dict[str, tuple[str, str, bool]] = {}
    for case in CASES:
        if case.kind == "network" and case.row is not None:
            # Of the other side, the membership of Vantaa has a known beginning and is shown later.
            status, standing = (case.status, case.row.in_2024) if case.side == "own" else ("MEMBER", IN_FORCE)
            if standing is not None:
                counted = Standing[standing] in switches.standings
                expected[case.node] = (
                    status,
                    standing,
                    counted and (status != "APPLIED" or switches.include_applied),
                )
    # No fee is known, so that each of these years is unknown.
    assert {
        cost.network: [(row.year, row.fee, row.status, row.standing, row.counted) for row in cost.years]
        for cost in found.networks
        if "base-" not in cost.network
    } == {node: [(2024, None, *row)] for node, row in expected.items()}
    assert {cost.network: cost.unknown_years for cost in found.networks if "base-" not in cost.network} == (
        dict.fromkeys(expected, (2024,))
    )
    assert (found.totals, found.incomplete) == ((), True)


@counting
async def test_reports(cases: Store, switches: Switches) -> None:
    arguments = reports_due.Arguments(city="City:vantaa", on=ON, **switches.given)
    found = await ask(cases, lambda reading: ask_question(reading, reports_due.QUESTION, arguments, MANY))

    assert {row.network: row.standing for row in found.rows if "base-" not in row.network} == own_networks(switches)


@counting
async def test_joining_a_network(cases: Store, switches: Switches) -> None:
    network = "Network:base-group-both-since"
    arguments = join_check.Arguments(city="City:vantaa", network=network, on=ON, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, join_check.QUESTION, arguments))

    overlaps = {row.network: row.standing for row in found.overlaps if "base-" not in row.network}
    assert overlaps == own_networks(switches)


@counting
async def test_renewals(cases: Store, switches: Switches) -> None:
    arguments = renewals_due.Arguments(city="City:vantaa", by=ON, on=ON, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, renewals_due.QUESTION, arguments, MANY))

    assert (found.rows, found.about.without_end) == ((), ())
    without_term = {row.network: row.standing for row in found.about.without_term if "base-" not in row.network}
    assert without_term == own_networks(switches)


_OF_DAYS = ("BEGINNING", "END", "ATTESTATION")


async def test_gaps(cases: Store) -> None:
    arguments = data_gaps.Arguments(city="City:vantaa", on=ON)
    found = await ask(cases, lambda reader: ask_question(reader, data_gaps.QUESTION, arguments))

    assert {
        gap.collaboration: (gap.unknown, gap.standing) for gap in found if gap.unknown in (*_OF_DAYS, "OUTCOME")
    } == {case.node: (gap, case.own) for case in CASES if (gap := _gap_of(case)) is not None}


@pytest.mark.slow
async def test_missing_data_is_of_the_same_kind_as_gaps(cases: Store) -> None:
    arguments = duplicate_activity.Arguments(city="City:vantaa", on=ON)
    found = await ask(cases, lambda reader: ask_question(reader, duplicate_activity.QUESTION, arguments, MANY))

    kinds = {node: row.unknown for row in found.about.missing for node in row.nodes if row.unknown in _OF_DAYS}
    not_counting = {case.node: _gap_of(case) for case in CASES if case not in seen(DEFAULT) and case.side != "other"}
    assert {node: kind for node, kind in kinds.items() if node in not_counting} == {
        node: gap for node, gap in not_counting.items() if gap not in (None, "OUTCOME")
    }
    assert {"BEGINNING", "END", "ATTESTATION"} == set(kinds.values())


def _gap_of(case: Case) -> str | None:
    """What is unknown of the days of Vantaa's part."""
    is_undated = case.row is not None and case.row.name == "no-date" and case.side != "other"
    if case.own is None and not is_undated:
        return None
    if case.side != "other" and case.status == "APPLIED":
        return "OUTCOME"
    if case.own == LATER:
        return "BEGINNING"
    ends = case.kind == "project" or (case.side != "other" and case.status == "LEAVING_DECIDED")
    if ends and case.columns["validUntilBound"] == UNKNOWN:
        return "END"
    return None if case.own == IN_FORCE else "ATTESTATION"


async def test_follow_ups(cases: Store) -> None:
    arguments = follow_ups_due.Arguments(city="City:vantaa", on=ON)
    found = await ask(cases, lambda reader: ask_question(reader, follow_ups_due.QUESTION, arguments, MANY))

    projects = {case.node: case.row.name for case in CASES if case.kind == "project" and case.row is not None}
    assert {projects[row.project]: row.ended for row in found.rows} == {
        "ended-that-day": ON,
        "ended-in-an-earlier-year": date(2024, 1, 1),
        "ended-in-an-earlier-month": date(2024, 12, 1),
        "beginning-unknown-ended-that-day": ON,
    }
    assert sorted(projects[row.project] for row in found.about.without_end) == sorted(
        row.name for row in ROWS if "MEMBER" in row.statuses and row.columns["validUntilBound"] == UNKNOWN
    )


@counting
async def test_the_impacts_of_leaving(cases: Store, switches: Switches) -> None:
    arguments = leave_impacts.Arguments(city="City:vantaa", on=ON, **switches.given)
    found = await ask(cases, lambda reader: ask_question(reader, leave_impacts.QUESTION, arguments))

    assert {row.network: row.standing for row in found if "base-" not in row.network} == own_networks(switches)


@counting
async def test_suggestions(
    cases: Store, runner: AnalysisRunner, switches: Switches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join_suggestions, "_MAX_LIMIT", len(CASES) * 2)

    async def suggest(city: str) -> join_suggestions.JoinSuggestions:
        arguments = join_suggestions.Arguments(city=city, limit=len(CASES) * 2, on=ON, **switches.given)
        return await _analyse(cases, runner, join_suggestions.QUESTION, arguments)

    found = await suggest("City:vantaa")
    networks = [case for case in seen(switches) if case.kind == "network"]
    assert {row.network: (row.members, row.memberships) for row in found.suggestions} == {
        case.node: (1, (f"Membership:vantaa-{case.slug}",)) for case in networks if case.own is None and case.other
    }
    # The city meets nobody, so that it would gain all members.
    found = await suggest("City:outside")
    assert {row.network: row.peers_gained for row in found.suggestions if "base-" not in row.network} == {
        node: tuple(sorted(cities)) for node, cities in ties(switches).items() if node.startswith("Network:")
    }


@counting
async def test_portfolio(cases: Store, runner: AnalysisRunner, switches: Switches) -> None:
    arguments = network_portfolio.Arguments(
        city="City:vantaa", themes=(), peer_share=0.0, points=0, on=ON, **switches.given
    )
    found: network_portfolio.NetworkPortfolio = await _analyse(cases, runner, network_portfolio.QUESTION, arguments)

    # No theme and no peer has to be kept, so that every network is dropped with its peer.
    assert found.chosen == ()
    assert {row.network: (row.standing, row.peers) for row in found.dropped if "base-" not in row.network} == {
        case.node: (case.own, (case.peer,) if case.other else ())
        for case in seen(switches)
        if case.kind == "network" and case.own
    }
    others = [case for case in seen(switches) if case.kind != "network"]
    assert found.peers_elsewhere == sum(case.stands for case in others)
    assert {row.network: (row.standing, row.peers) for row in found.dropped if "base-" in row.network} == {
        f"Network:base-{case.slug}": (IN_FORCE, () if case.kind != "network" and case.stands else (case.peer,))
        for case in seen(switches)
    }


@counting
async def test_two_mode_network(cases: Store, runner: AnalysisRunner, switches: Switches) -> None:
    arguments = two_mode_network.Arguments(on=ON, subset=_all_layers(switches))
    found: two_mode_network.TwoModeNetwork = await _analyse(cases, runner, two_mode_network.QUESTION, arguments)

    assert {
        row.node: {found.nodes[place].node for place in row.neighbours}
        for row in found.nodes
        if not row.node.startswith(("City:", "Network:base-"))
    } == ties(switches)


@counting
async def test_centrality(cases: Store, runner: AnalysisRunner, switches: Switches) -> None:
    arguments = centrality.Arguments(
        measure=CentralityMeasure.DEGREE,
        normalisation=CentralityNormalisation.NONE,
        on=ON,
        subset=_all_layers(switches),
    )
    found: Paged[centrality.CentralityScore] = await _analyse(cases, runner, centrality.QUESTION, arguments)

    degrees = Counter(city for cities in ties(switches).values() for city in cities)
    expected = {node: len(cities) for node, cities in ties(switches).items()}
    for case in CASES:
        expected |= {f"Network:base-{case.slug}": 2, case.peer: degrees[case.peer] + 1}
    expected["City:vantaa"] = degrees["City:vantaa"] + len(CASES)
    assert {row.node: row.value for row in found.rows} == expected


@counting
@pytest.mark.parametrize("side", ["own", "other"])
async def test_communities(cases: Store, runner: AnalysisRunner, switches: Switches, side: str) -> None:
    cities = {"include_cities" if side == "own" else "exclude_cities": ("City:vantaa",)}
    arguments = communities.Arguments(on=ON, trials=1, subset=replace(_all_layers(switches), **cities))
    found: Paged[communities.CommunityMember] = await _analyse(cases, runner, communities.QUESTION, arguments)

    nodes = {row.node for row in found.rows if not row.node.startswith(("City:", "Network:base-"))}
    assert nodes == {case.node for case in seen(switches) if (case.own if side == "own" else case.other)}


def ties(switches: Switches) -> dict[str, set[str]]:
    """The cities whose part in each collaboration counts; collaborations without one are omitted."""
    found = {
        case.node: {city for city, standing in (("City:vantaa", case.own), (case.peer, case.other)) if standing}
        for case in seen(switches)
    }
    return {node: cities for node, cities in found.items() if cities}


def _all_layers(switches: Switches) -> SubsetArguments:
    return SubsetArguments(layers=tuple(CollaborationMode), **switches.given)


async def _analyse(store: Store, runner: AnalysisRunner, question: Question[Any, Any], arguments: object) -> Any:
    """The answer to a question that is computed from the snapshot."""
    names = NameIndexReader(store)
    async with store.reading() as reader:
        return await answer(question, arguments, MANY, reader=reader, runner=runner, names=names)


@counting
async def test_fields_of_a_city(cases: Store, switches: Switches) -> None:
    fields = {"networks": "Network", "workingGroups": "WorkingGroup", "projects": "Project", "twins": "City"}
    found = await fetch_one(
        cases, "City:vantaa", *(_on_the_day("City", role, label, switches) for role, label in fields.items())
    )

    assert {
        node: standing for role in fields for node, standing in _standings(found[role]).items() if "base-" not in node
    } == {case.peer if case.kind == "twinning" else case.node: case.own for case in seen(switches) if case.own}


@counting
@pytest.mark.parametrize(
    ("label", "role"), [("Network", "members"), ("WorkingGroup", "participants"), ("Project", "partners")]
)
async def test_fields_of_a_collaboration(cases: Store, switches: Switches, label: str, role: str) -> None:
    of_label = [case for case in seen(switches) if case.node.startswith(f"{label}:")]
    participants = nodes(label, _on_the_day(label, role, "City", switches))
    found = await fetch(cases, participants, *(case.node for case in of_label))

    assert {node: _standings(values[role]) for node, values in found.items()} == {
        case.node: {
            city: standing for city, standing in (("City:vantaa", case.own), (case.peer, case.other)) if standing
        }
        for case in of_label
    }


def _on_the_day(owner: str, role: str, label: str, switches: Switches) -> Connection:
    selected = edges(StandingOn("standing"), node(nodes(label, "id")))
    return replace(nested(owner, role, selected, page=MANY, on=ON), **switches.given)


def _standings(page: Any) -> dict[str, str]:
    return {edge["node"]["id"]: edge["standing"] for edge in page["edges"]}


@counting
async def test_overlaps(store: Store, switches: Switches) -> None:
    networks = [case for case in seen(switches) if case.kind == "network"]
    graph = SmallGraph()
    for case in networks:
        own = f"own-{case.slug}"
        graph.cities(own, case.peer.removeprefix("City:"))
        graph.network(f"base-{case.slug}")
        for city in (own, case.peer.removeprefix("City:")):
            graph.member(city, f"base-{case.slug}", SINCE_2020)
        case.join(graph, f"City:{own}", case.peer)
    await graph.replace_all(store)

    arguments = overlapping_memberships.Arguments(on=ON, **switches.given)
    found = await ask(store, lambda reader: ask_question(reader, overlapping_memberships.QUESTION, arguments, MANY))

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
async def test_active_working_groups(store: Store, switches: Switches) -> None:
    arguments = replace(IN_2024, **switches.given)
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.network("n")
    graph.member("vantaa", "n", SINCE_2020)
    groups = [case for case in seen(switches) if case.kind == "group"]
    for case in groups:
        case.join(graph, "City:vantaa", "City:oslo")
        graph.relate(case.node, "PART_OF", "Network:n")
    await graph.replace_all(store)

    found = await ask(store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    assert found.networks[0].per_working_group.divisor == sum(case.own is not None for case in groups)


@pytest.mark.slow
@counting
async def test_leaving_a_network(store: Store, switches: Switches) -> None:
    networks = [case for case in seen(switches) if case.kind == "network" and case.side == "own"]
    graph = SmallGraph()
    graph.cities("vantaa")
    for case in networks:
        graph.node(case.peer)
        case.join(graph, "City:vantaa", case.peer)
    await graph.replace_all(store)

    for case in networks:
        arguments = leave_impact.Arguments(city="City:vantaa", network=case.node, on=ON, **switches.given)
        found = await ask(store, lambda reader, given=arguments: ask_question(reader, leave_impact.QUESTION, given))
        assert found.standing == case.own, case.slug


@pytest.mark.slow
@counting
async def test_chains_from_and_to_a_collaboration(store: Store, switches: Switches) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for case in CASES:
        graph.node(case.peer)
        case.join(graph, "City:vantaa", case.peer)
    await graph.replace_all(store)

    for case in seen(switches):
        forth = await _chain(store, case.node, case.peer, switches)
        back = await _chain(store, case.peer, case.node, switches)
        if case.other is None:
            assert forth == back == shortest_path.ShortestPath((), (), ()), case.slug
        else:
            assert forth.chain == (case.node, case.peer)
            assert back.chain == (case.peer, case.node)
            assert [link.standing for link in (*forth.steps, *back.steps)] == [case.other, case.other]


@pytest.mark.slow
async def test_no_ring_of_a_chain_takes_what_does_not_stand(store: Store) -> None:
    graph = SmallGraph()
    cities = [f"c{place}" for place in range(7)]
    graph.cities(*cities)
    for one, other in pairwise(cities):
        graph.twins(one, other, SINCE_2020)
    for case in seen(DEFAULT):
        if not case.stands:
            for city in cities[:5]:
                short_cut = Case(case.kind, case.name, case.columns, None, None, case.side, case.status)
                _between(graph, short_cut, city, "c6", place=city)
    await graph.replace_all(store)

    found = await _chain(store, "City:c0", "City:c6")

    assert found.chain[::2] == tuple(f"City:{city}" for city in cities)


@pytest.mark.parametrize("shift", [0, *(pytest.param(shift, marks=pytest.mark.slow) for shift in range(1, 6))])
async def test_every_ring_of_a_chain_takes_what_stands(store: Store, shift: int) -> None:
    standing = [case for case in seen(DEFAULT) if case.stands]
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
    await graph.replace_all(store)

    for end, standings in expected.items():
        start = re.sub(r"-\d$", "-0", end)
        found = await _chain(store, f"City:{start}", f"City:{end}")
        assert tuple(link.standing for link in found.steps) == standings, end


async def _chain(store: Store, start: str, end: str, switches: Switches = DEFAULT) -> shortest_path.ShortestPath:
    arguments = shortest_path.Arguments(from_=start, to=end, on=ON, **switches.given)
    return await ask(
        store, lambda reader: ask_question(reader, shortest_path.QUESTION, arguments, selected=frozenset())
    )


def _between(graph: SmallGraph, case: Case, one: str, other: str, *, place: str) -> None:
    """The collaboration of the case between two other cities."""
    named = Case(case.kind, f"{case.name}-at-{place}", case.columns, case.own, case.other, case.side, case.status)
    if case.name == "group-ended":
        graph.node(named.node, **period("2020-01-01", str(ON)))
        for city in (one, other):
            graph.relate(f"City:{city}", "PARTICIPATES_IN", named.node, **SINCE_2020)
    else:
        named.join(graph, f"City:{one}", f"City:{other}")
