"""Snapshots: ties of a date, filters, caching, retries, and equality with the Cypher questions."""

import asyncio
import pickle
from contextlib import aclosing
from dataclasses import fields, replace
from datetime import date
from importlib import import_module
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.analysis import Snapshot, SnapshotReader, Subset, TwoMode, centrality, over_time, overlaps, project
from graph.analysis.turnover import lifetimes, turnover
from graph.errors import AnalysisError, BadArgument, StoreBusy, UnknownId
from graph.pagination import Page
from graph.questions import join_check, leave_impact, overlapping_memberships, peer_cities
from graph.questions.ask import ask
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.vocabulary import CentralityMeasure, CollaborationMode, NetworkSide
from tests.conditions import until
from tests.questions.graph_builder import CLEAR, OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, networks_by_city
from tests.statements import observed_statements

EVERY = tuple(CollaborationMode)


async def read(store: Store) -> Snapshot:
    return await SnapshotReader(store).current()


def ties(two_mode: TwoMode) -> dict[str, str]:
    """Return the standing of each tie, by "city-collaboration" slugs."""
    return {
        f"{city.partition(':')[2]}-{collaboration.partition(':')[2]}": standing
        for city, collaboration, standing in two_mode.to_networkx().edges(data="standing")
    }


async def test_ties_of_a_date(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e", "f")
    graph.network("x", roster_on="2024-06-01")
    graph.member("a", "x", period("2024-06-01", OPEN))
    graph.member("b", "x", period("2020-01-01", "2024-06-01"), status="LEFT")
    graph.member("c", "x", period("2020-01-01", attested="2023-01-01"))
    graph.member("d", "x", SINCE_2020, status="APPLIED")
    graph.member("e", "x", period(None))
    # Two overlapping memberships of one city give one tie, in force if either is.
    graph.member("f", "x", period("2019-01-01", attested="2020-01-01"))
    graph.member("f", "x", period("2022-01-01", OPEN), suffix="-2")
    await graph.write(empty_store)
    snapshot = await read(empty_store)

    assert ties(snapshot.two_mode(ON)) == {"a-x": "IN_FORCE", "c-x": "ATTESTED_EARLIER", "f-x": "IN_FORCE"}
    assert ties(snapshot.two_mode(date(2024, 5, 31))) == {
        "b-x": "IN_FORCE",
        "c-x": "ATTESTED_EARLIER",
        "f-x": "IN_FORCE",
    }
    facts = {city: data for city, _, data in snapshot.two_mode(ON).to_networkx().edges(data=True)}
    in_force = {"standing": "IN_FORCE", "layer": "Network", "status": "MEMBER"}
    assert facts == {
        "City:a": in_force | {"from": "2024-06-01"},
        "City:c": in_force | {"standing": "ATTESTED_EARLIER", "from": "2020-01-01"},
        "City:f": in_force | {"from": "2019-01-01"},
    }
    ((_, _, left),) = snapshot.two_mode(date(2024, 5, 31)).to_networkx().edges("City:b", data=True)
    assert left == in_force | {"status": "LEFT", "from": "2020-01-01", "until": "2024-06-01"}
    with_applied = snapshot.two_mode(ON, Subset(include_applied=True))
    assert set(ties(with_applied)) == {"a-x", "c-x", "d-x", "f-x"}
    assert not snapshot.two_mode(ON).lower_bound
    assert snapshot.two_mode(date(2024, 5, 31)).lower_bound

    before = snapshot.two_mode(date(2018, 1, 1))
    assert before.nodes == ()
    assert before.reason == "no source shows a tie between the 6 cities and 1 collaborations on 2018-01-01"
    assert before.isolates == {NetworkSide.CITIES: 6, NetworkSide.COLLABORATIONS: 1}
    assert len(snapshot.two_mode(date(2018, 1, 1), Subset(isolates=True)).nodes) == 7


async def test_complete_rosters(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    graph.node("WorkingGroup:group", rosterComplete=True, rosterAttestedOn=ON)
    graph.node("WorkingGroup:undated", rosterComplete=True)
    graph.node("Project:complete", partnersComplete=True, **SINCE_2020)
    graph.node("Project:partial", **SINCE_2020)
    for collaboration, type_ in (
        ("WorkingGroup:group", "PARTICIPATES_IN"),
        ("WorkingGroup:undated", "PARTICIPATES_IN"),
        ("Project:complete", "PARTNER_IN"),
        ("Project:partial", "PARTNER_IN"),
    ):
        graph.relate("City:a", type_, collaboration, **SINCE_2020)
    graph.twins("a", "b", SINCE_2020)
    await graph.write(empty_store)
    snapshot = await read(empty_store)

    for day, complete in ((ON, {"WorkingGroup:group"}), (date(2024, 5, 31), set[str]())):
        two_mode = snapshot.two_mode(day, Subset(layers=EVERY))
        found = {node.id for node in two_mode.collaborations if node.members_complete}
        assert found == {"Project:complete", "Twinning:a-b", *complete}

    # Both towns of a pair are known, but no source states all twin towns of a city.
    for layers in ((CollaborationMode.TWINNING,), (CollaborationMode.NETWORK, CollaborationMode.TWINNING)):
        subset = Subset(layers=layers)
        assert snapshot.two_mode(ON, subset).lower_bound
        assert project(snapshot.two_mode(ON, subset), NetworkSide.CITIES).lower_bound
        assert snapshot.two_mode_between(date(2024, 1, 1), ON, subset).lower_bound
        assert lifetimes(snapshot, ON, subset).lower_bound
        assert all(change.lower_bound for change in turnover(snapshot, [date(2024, 1, 1), ON], subset))
    projects = Subset(layers=(CollaborationMode.PROJECT,), exclude_networks=("Project:partial",))
    assert not snapshot.two_mode(ON, projects).lower_bound


async def small_world(store: Store) -> Snapshot:
    graph = SmallGraph()
    for slug, country in (("a", "FI"), ("b", "FI"), ("c", "SE")):
        graph.node(f"City:{slug}", country=country, latitude=60.0, longitude=25.0, population=1000, populationYear=2024)
    graph.themes("own", "safety", "youth", "climate", "culture")
    graph.themes("other", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    graph.network("x", "climate")
    graph.network("y", "hate", kind="LOCAL")
    for city in "abc":
        graph.member(city, "x", SINCE_2020)
    graph.member("a", "y", SINCE_2020)
    graph.node("WorkingGroup:g", **period("2020-01-01", "2025-01-01"))
    graph.relate("WorkingGroup:g", "PART_OF", "Network:x")
    graph.relate("WorkingGroup:g", "ADDRESSES", "Theme:youth")
    graph.relate("City:a", "PARTICIPATES_IN", "WorkingGroup:g", since=date(2021, 1, 1), sources=[])
    graph.relate("City:b", "PARTICIPATES_IN", "WorkingGroup:g", **period("2020-01-01", OPEN), sources=[])
    graph.node("Project:p", **period("2023-01-01", attested="2024-01-01"))
    graph.relate("Project:p", "ADDRESSES", "Theme:safety")
    for city in "bc":
        graph.relate(f"City:{city}", "PARTNER_IN", "Project:p", sources=[])
    await graph.write(store)
    return await read(store)


async def test_modes_and_filters(empty_store: Store) -> None:
    snapshot = await small_world(empty_store)

    def tie_names(*modes: CollaborationMode, **filters: object) -> set[str]:
        return set(ties(snapshot.two_mode(ON, Subset(layers=modes or EVERY, **filters))))  # type: ignore[arg-type]

    assert tie_names(CollaborationMode.NETWORK) == {"a-x", "b-x", "c-x", "a-y"}
    assert tie_names(CollaborationMode.WORKING_GROUP) == {"a-g", "b-g"}
    assert tie_names(CollaborationMode.PROJECT) == {"b-p", "c-p"}
    assert tie_names() == {"a-x", "b-x", "c-x", "a-y", "a-g", "b-g", "b-p", "c-p"}
    assert tie_names(countries={"SE"}) == {"c-x", "c-p"}
    assert tie_names(network_kind="LOCAL") == {"a-y", "a-g", "b-g", "b-p", "c-p"}
    assert tie_names(theme="Theme:climate") == {"a-x", "b-x", "c-x"}
    # Includes narrower themes, and the close matches of all of these.
    assert tie_names(theme="Theme:safety") == {"a-y", "a-g", "b-g", "b-p", "c-p"}
    assert tie_names(theme="Theme:youth") == {"a-y", "a-g", "b-g"}
    assert tie_names(theme="Theme:hate") == {"a-y", "a-g", "b-g"}
    # Participation ends with the working group.
    assert set(ties(snapshot.two_mode(date(2025, 1, 1), Subset(layers=(CollaborationMode.WORKING_GROUP,))))) == set()
    assert ties(snapshot.two_mode(ON, Subset(layers=(CollaborationMode.PROJECT,))))["b-p"] == "ATTESTED_EARLIER"
    assert snapshot.two_mode(ON, Subset(countries={"DK"})).reason == "no city matches the filter"
    assert snapshot.two_mode(ON, Subset(theme="Theme:culture")).reason == "no collaboration matches the filter"
    with pytest.raises(UnknownId, match="'Theme:none'"):
        snapshot.two_mode(ON, Subset(theme="Theme:none"))
    with pytest.raises(BadArgument, match="'City:a' is an id of type City, not Theme"):
        snapshot.two_mode(ON, Subset(theme="City:a"))
    with pytest.raises(AnalysisError, match="at least one layer"):
        snapshot.two_mode(ON, Subset(layers=()))


async def test_networkx_node_attributes(empty_store: Store) -> None:
    graph = (await small_world(empty_store)).two_mode(ON, Subset(layers=EVERY)).to_networkx()
    assert graph.graph == {"mode": "two-mode", "on": "2024-06-01"}
    assert graph.nodes["City:a"] == {
        "name": "A",
        "label": "A",
        "mode": "City",
        "bipartite": 0,
        "type": False,
        "country": "FI",
        "latitude": 60.0,
        "longitude": 25.0,
        "population": 1000,
        "population_year": 2024,
    }
    assert graph.nodes["Network:y"] == {
        "name": "Y",
        "label": "Y",
        "mode": "Network",
        "bipartite": 1,
        "type": True,
        "kind": "LOCAL",
        "members_complete": False,
    }
    assert {data["mode"] for _, data in graph.nodes(data=True)} == {"City", "Network", "WorkingGroup", "Project"}


async def test_snapshot_is_cached_by_revision(empty_store: Store) -> None:
    await small_world(empty_store)
    reader = SnapshotReader(empty_store)
    sent: list[str] = []
    empty_store.observers.append(lambda name, _text: sent.append(name))
    try:
        first = await reader.current()
        snapshot_reads = [name for name in sent if name.startswith("snapshot/")]
        assert len(snapshot_reads) == len(set(snapshot_reads)) == 16
        sent.clear()
        assert await reader.current() is first
        assert len(sent) == 1

        async def touch(writing: WriteTransaction) -> None:
            await writing.mark_changed(None)

        await empty_store.write(touch)
        again = await reader.current()
    finally:
        empty_store.observers.pop()
    assert again is not first
    assert again.revision == first.revision + 1
    # The content is unchanged, so the digest is equal.
    assert again.digest == first.digest


async def test_time_series(empty_store: Store) -> None:
    snapshot = await small_world(empty_store)
    dates = [date(2019, 1, 1), date(2020, 6, 1), ON]
    assert [
        (observation.on, observation.value)
        for observation in over_time(snapshot, dates, lambda two_mode: two_mode.tie_count, Subset(layers=EVERY))
    ] == [
        (dates[0], 0),
        (dates[1], 5),
        (dates[2], 8),
    ]
    degrees = [
        {score.node.id: score.value for score in observation.value.scores}.get("City:b")
        for observation in over_time(
            snapshot, dates, lambda two_mode: centrality(two_mode, CentralityMeasure.STRENGTH), Subset(layers=EVERY)
        )
    ]
    assert degrees == [None, 2.0, 3.0]


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city, st.booleans())
async def test_overlap_equals_cypher(empty_store: Store, networks_of: dict[str, set[str]], applied: bool) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*networks_of)
    for network in sorted(set().union(*networks_of.values())):
        graph.network(network, roster_on="2024-06-01" if network in "uvw" else None)
    for city, networks in networks_of.items():
        for network in networks:
            graph.member(city, network, SINCE_2020, status="APPLIED" if city in "ah" else "MEMBER")
    if {"u", "w", "y"} <= set().union(*networks_of.values()):
        graph.relate("Network:y", "SUCCEEDS", "Network:w")
        graph.relate("Network:w", "SUCCEEDS", "Network:u")
    await graph.write(empty_store)

    async with empty_store.reading() as reading:
        arguments = overlapping_memberships.Arguments(on=ON, include_applied=applied)
        by_cypher = await ask(reading, overlapping_memberships.QUESTION, arguments, Page(first=100))
    two_mode = (await read(empty_store)).two_mode(ON, Subset(include_applied=applied))
    computed = {
        (row.first.id, row.second.id): (row.shared, row.jaccard, row.overlap, round(row.newman, 12), row.lower_bound)
        for row in overlaps(two_mode, NetworkSide.COLLABORATIONS).rows()
    }
    assert computed == {
        (row.network, row.other): (row.shared, row.jaccard, row.overlap_coefficient, row.newman, row.lower_bound)
        for row in by_cypher.rows
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city)
async def test_peers_join_and_leave_equal_cypher(empty_store: Store, networks_of: dict[str, set[str]]) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*networks_of)
    graph.themes("own", "safety", "climate")
    networks = sorted(set().union(*networks_of.values()))
    for network in networks:
        graph.network(network, "safety" if network in "uvwx" else "climate", roster_on="2024-06-01")
    for city, city_networks in networks_of.items():
        for network in city_networks:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)
    snapshot = await read(empty_store)
    city = f"City:{min(networks_of)}"
    theme_network = (
        snapshot.two_mode(ON, Subset(layers=EVERY, theme="Theme:safety")) if set("uvwx") & set(networks) else None
    )
    shared = (
        [row for row in overlaps(theme_network, NetworkSide.CITIES).rows() if city in (row.first.id, row.second.id)]
        if theme_network
        else []
    )
    members = {
        f"Network:{network}": {f"City:{one}" for one, theirs in networks_of.items() if network in theirs}
        for network in networks
    }
    mine = {member_network for member_network, cities in members.items() if city in cities}
    network_overlaps = {
        (row.first.id, row.second.id): row for row in overlaps(snapshot.two_mode(ON), NetworkSide.COLLABORATIONS).rows()
    }

    async with empty_store.reading() as reading:
        arguments = peer_cities.Arguments(city=city, theme="Theme:safety", on=ON)
        peers = await ask(reading, peer_cities.QUESTION, arguments, Page(first=100))
        joins = {
            network: await ask(reading, join_check.QUESTION, join_check.Arguments(city=city, network=network, on=ON))
            for network in sorted(set(members) - mine)
        }
        leaves = {
            network: await ask(
                reading, leave_impact.QUESTION, leave_impact.Arguments(city=city, network=network, on=ON)
            )
            for network in sorted(mine)
        }

    ends = {(row.second.id if row.first.id == city else row.first.id): row for row in shared}
    assert {row.city: (row.shared, round(row.rarity, 12)) for row in peers.rows} == {
        other: (row.shared, round(row.newman, 12)) for other, row in ends.items()
    }
    for network, join in joins.items():
        expected = {
            other: network_overlaps[pair].shared
            for other in mine
            if (pair := (min(other, network), max(other, network))) in network_overlaps
        }
        assert {row.network: len(row.members) for row in join.overlaps if row.members} == expected
    for network, impact in leaves.items():
        # A peer is lost if it shares no other network with the city.
        without = remove_collaboration(snapshot.two_mode(ON), network)
        remaining = {
            end
            for row in overlaps(without, NetworkSide.CITIES).rows()
            for end in (row.first.id, row.second.id)
            if city in (row.first.id, row.second.id)
        }
        assert set(impact.peers) == members[network] - {city} - remaining
        assert set(impact.peers_kept) == (members[network] & remaining) - {city}


async def test_a_read_continues_without_its_callers(empty_store: Store) -> None:
    await small_world(empty_store)
    reader = SnapshotReader(empty_store)
    with observed_statements(empty_store) as sent:
        reading = asyncio.create_task(reader.current())
        await until(lambda: any(name.startswith("snapshot/") for name in sent))
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await reader.current()
    assert len([name for name in sent if name.startswith("snapshot/")]) == 16


async def test_a_snapshot_that_no_caller_waited_for_is_used(empty_store: Store) -> None:
    await small_world(empty_store)
    reader = SnapshotReader(empty_store)
    with observed_statements(empty_store) as sent:
        waiting = asyncio.create_task(reader.current())
        await until(lambda: any(name.startswith("snapshot/") for name in sent))
        waiting.cancel()
        assert reader._reading is not None
        await asyncio.wait([waiting, reader._reading])
        sent.clear()
        await reader.current()
    assert not [name for name in sent if name.startswith("snapshot/")]


async def test_closing_cancels_a_read(empty_store: Store) -> None:
    reader = SnapshotReader(empty_store)
    with observed_statements(empty_store) as sent:
        reading = asyncio.create_task(reader.current())
        await until(lambda: any(name.startswith("snapshot/") for name in sent))
        await reader.close()
        with pytest.raises(asyncio.CancelledError):
            await reading


def remove_collaboration(two_mode: TwoMode, collaboration: str) -> TwoMode:
    pairs = ((two_mode.cities[city].id, two_mode.collaborations[other].id) for city, other, _ in two_mode.iter_ties())
    return TwoMode.from_ties(pair for pair in pairs if pair[1] != collaboration)


@pytest.mark.slow
async def test_busy_database_is_retried(
    seeded_store: Store, store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("graph.analysis.snapshot_reader")
    one_statement = replace(store_settings, max_in_flight=1, max_waiting=0)
    async with Store.open(one_statement) as busy:
        reader = SnapshotReader(busy)
        refused, revision = asyncio.Event(), busy.revision

        async def observed_revision() -> int:
            try:
                return await revision()
            except StoreBusy:
                refused.set()
                raise

        monkeypatch.setattr(busy, "revision", observed_revision)
        many = Statement.of_text("test/many", "UNWIND range(1, 6000) AS x RETURN x")
        async with aclosing(busy.stream(many)) as rows:
            assert await anext(rows) == {"x": 1}  # the stream holds the only connection until it is closed
            monkeypatch.setattr(module, "_RETRY_DELAYS_S", (0.0,))
            with pytest.raises(StoreBusy):
                await reader.current()
            refused.clear()
            monkeypatch.setattr(module, "_RETRY_DELAYS_S", (0.01,) * 1000)
            reading = asyncio.create_task(reader.current())
            await refused.wait()
            assert not reading.done()
        assert (await reading).digest == (await read(seeded_store)).digest


async def test_nordic_safe_cities_in_the_seeds(seeded_store: Store) -> None:
    snapshot = await read(seeded_store)
    two_mode = snapshot.two_mode(date(2023, 11, 27))
    (index,) = [i for i, node in enumerate(two_mode.collaborations) if node.id == "Network:nordic-safe-cities"]
    members = [two_mode.cities[city] for city, collaboration, _ in two_mode.iter_ties() if collaboration == index]
    assert len(members) == 21
    assert {member.country for member in members} == {"FI", "DK", "NO", "SE", "IS"}
    assert two_mode.collaborations[index].members_complete
    assert two_mode.lower_bound


async def test_a_property_can_be_cached_while_a_thread_pickles_the_snapshot(empty_store: Store) -> None:
    class Reader(str):
        def __reduce__(self) -> tuple[type[str], tuple[str]]:
            assert snapshot.city_places == {}  # as the event loop may do at the same time
            return str, (str(self),)

    snapshot = replace(await read(empty_store), origin=Reader("roster.csv"))
    assert pickle.loads(pickle.dumps(snapshot)).__dict__ == {field.name: ANY for field in fields(Snapshot)}
