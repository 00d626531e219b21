"""Snapshots: what counts on a day, what is filtered, and when the graph is read again."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.analysis import (
    CollaborationMode,
    Measure,
    Side,
    Snapshot,
    SnapshotReader,
    TwoMode,
    TwoModeFilter,
    centrality_over_time,
    over_time,
    overlaps,
)
from graph.errors import AnalysisError, BadArgument, StoreBusy, UnknownId
from graph.questions import Page, join_check, leave_impact, overlapping_memberships, peer_cities
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from tests.questions.graph_builder import CLEAR, OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020

EVERY = tuple(CollaborationMode)


async def read(store: Store) -> Snapshot:
    return await SnapshotReader(store).current()


def ties(two_mode: TwoMode) -> dict[str, str]:
    """The ties as "city-collaboration", by slugs, with their standing."""
    return {
        f"{one.partition(':')[2]}-{other.partition(':')[2]}": standing
        for one, other, standing in two_mode.to_networkx().edges(data="standing")
    }


async def test_what_counts_on_a_day(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e", "f")
    graph.network("x", roster_on="2024-06-01")
    graph.member("a", "x", period("2024-06-01", OPEN))
    graph.member("b", "x", period("2020-01-01", "2024-06-01"), status="LEFT")
    graph.member("c", "x", period("2020-01-01", attested="2023-01-01"))
    graph.member("d", "x", SINCE_2020, status="APPLIED")
    graph.member("e", "x", period(None))
    # Two lives of one city, both on the day: one tie, in force if either is.
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
    with_applied = snapshot.two_mode(ON, include_applied=True)
    assert set(ties(with_applied)) == {"a-x", "c-x", "d-x", "f-x"}
    assert not snapshot.two_mode(ON).lower_bound
    assert snapshot.two_mode(date(2024, 5, 31)).lower_bound

    before = snapshot.two_mode(date(2018, 1, 1))
    assert before.nodes == ()
    assert before.reason == "no source shows a tie between the 6 cities and 1 collaborations on 2018-01-01"
    assert before.isolates == {Side.CITIES: 6, Side.COLLABORATIONS: 1}
    assert len(snapshot.two_mode(date(2018, 1, 1), isolates=True).nodes) == 7


async def small_world(store: Store) -> Snapshot:
    graph = SmallGraph()
    for slug, country in (("a", "FI"), ("b", "FI"), ("c", "SE")):
        graph.node(f"City:{slug}", country=country, latitude=60.0, longitude=25.0, population=1000)
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

    def shown(*modes: CollaborationMode, **filters: object) -> set[str]:
        return set(ties(snapshot.two_mode(ON, modes or EVERY, **filters)))  # type: ignore[arg-type]

    assert shown(CollaborationMode.NETWORK) == {"a-x", "b-x", "c-x", "a-y"}
    assert shown(CollaborationMode.WORKING_GROUP) == {"a-g", "b-g"}
    assert shown(CollaborationMode.PROJECT) == {"b-p", "c-p"}
    assert shown() == {"a-x", "b-x", "c-x", "a-y", "a-g", "b-g", "b-p", "c-p"}
    assert shown(countries={"SE"}) == {"c-x", "c-p"}
    assert shown(network_kind="LOCAL") == {"a-y", "a-g", "b-g", "b-p", "c-p"}
    assert shown(theme="Theme:climate") == {"a-x", "b-x", "c-x"}
    # Narrower themes and close matches of the theme and of narrower ones.
    assert shown(theme="Theme:safety") == {"a-y", "a-g", "b-g", "b-p", "c-p"}
    assert shown(theme="Theme:youth") == {"a-y", "a-g", "b-g"}
    assert shown(theme="Theme:hate") == {"a-y", "a-g", "b-g"}
    # The end of a working group ends the participation in it.
    assert set(ties(snapshot.two_mode(date(2025, 1, 1), (CollaborationMode.WORKING_GROUP,)))) == set()
    assert ties(snapshot.two_mode(ON, (CollaborationMode.PROJECT,)))["b-p"] == "ATTESTED_EARLIER"
    assert snapshot.two_mode(ON, countries={"DK"}).reason == "no city matches the filter"
    assert snapshot.two_mode(ON, theme="Theme:culture").reason == "no collaboration matches the filter"
    with pytest.raises(UnknownId, match="'Theme:none'"):
        snapshot.two_mode(ON, theme="Theme:none")
    with pytest.raises(BadArgument, match="'City:a' is an id of type City, not Theme"):
        snapshot.two_mode(ON, theme="City:a")
    with pytest.raises(AnalysisError, match="at least one collaboration mode"):
        snapshot.two_mode(ON, ())


async def test_the_graph_has_labelled_nodes(empty_store: Store) -> None:
    graph = (await small_world(empty_store)).two_mode(ON, EVERY).to_networkx()
    assert graph.graph == {"mode": "two-mode", "on": "2024-06-01"}
    assert graph.nodes["City:a"] == {
        "id": "City:a",
        "name": "A",
        "label": "A",
        "mode": "City",
        "bipartite": 0,
        "country": "FI",
        "latitude": 60.0,
        "longitude": 25.0,
        "population": 1000,
    }
    assert graph.nodes["Network:y"] == {
        "id": "Network:y",
        "name": "Y",
        "label": "Y",
        "mode": "Network",
        "bipartite": 1,
        "kind": "LOCAL",
        "roster_complete": False,
    }
    assert {data["mode"] for _, data in graph.nodes(data=True)} == {"City", "Network", "WorkingGroup", "Project"}


async def test_read_once_for_each_revision(empty_store: Store) -> None:
    await small_world(empty_store)
    snapshots = SnapshotReader(empty_store)
    sent: list[str] = []
    empty_store.observers.append(lambda name, _text: sent.append(name))
    try:
        first = await snapshots.current()
        of_reading = [each for each in sent if each.startswith("snapshot/")]
        assert len(of_reading) == len(set(of_reading)) == 11
        sent.clear()
        assert await snapshots.current() is first
        assert len(sent) == 1

        async def touch(writing: WriteTransaction) -> None:
            writing.mark_changed()

        await empty_store.write(touch)
        again = await snapshots.current()
    finally:
        empty_store.observers.pop()
    assert again is not first
    assert again.revision == first.revision + 1
    # The same graph: the same digest.
    assert again.digest == first.digest


async def test_change_over_time(empty_store: Store) -> None:
    snapshot = await small_world(empty_store)
    days = [date(2019, 1, 1), date(2020, 6, 1), ON]
    assert [
        (each.on, each.value) for each in over_time(snapshot, days, lambda of: of.tie_count, TwoModeFilter(EVERY))
    ] == [
        (days[0], 0),
        (days[1], 5),
        (days[2], 8),
    ]
    degrees = [
        {score.node.id: score.value for score in each.value.scores}.get("City:b")
        for each in centrality_over_time(snapshot, days, Measure.STRENGTH, two_mode_filter=TwoModeFilter(EVERY))
    ]
    assert degrees == [None, 2.0, 3.0]


networks_by_city = st.dictionaries(
    st.sampled_from("abcdefgh"), st.sets(st.sampled_from("uvwxyz"), min_size=1), min_size=1
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city, st.booleans())
async def test_overlap_is_the_same_by_cypher(empty_store: Store, held: dict[str, set[str]], applied: bool) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*held)
    for network in sorted(set().union(*held.values())):
        graph.network(network, roster_on="2024-06-01" if network in "uvw" else None)
    for city, networks in held.items():
        for network in networks:
            graph.member(city, network, SINCE_2020, status="APPLIED" if city in "ah" else "MEMBER")
    await graph.write(empty_store)

    async with empty_store.reading() as reading:
        by_cypher = await overlapping_memberships(reading, on=ON, page=Page(first=100), include_applied=applied)
    two_mode = (await read(empty_store)).two_mode(ON, include_applied=applied)
    here = {
        (row.first.id, row.second.id): (row.shared, row.jaccard, row.overlap, round(row.newman, 12), row.lower_bound)
        for row in overlaps(two_mode, Side.COLLABORATIONS).rows()
    }
    assert here == {
        (row.network, row.other): (row.shared, row.jaccard, row.overlap_coefficient, row.newman, row.lower_bound)
        for row in by_cypher.rows
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city)
async def test_peers_joining_and_leaving_are_the_same_by_cypher(empty_store: Store, held: dict[str, set[str]]) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*held)
    graph.themes("own", "safety", "climate")
    networks = sorted(set().union(*held.values()))
    for network in networks:
        graph.network(network, "safety" if network in "uvwx" else "climate", roster_on="2024-06-01")
    for city, of_city in held.items():
        for network in of_city:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)
    snapshot = await read(empty_store)
    city = f"City:{min(held)}"
    of_theme = snapshot.two_mode(ON, EVERY, theme="Theme:safety") if set("uvwx") & set(networks) else None
    shared = (
        [row for row in overlaps(of_theme, Side.CITIES).rows() if city in (row.first.id, row.second.id)]
        if of_theme
        else []
    )
    members = {
        f"Network:{each}": {f"City:{one}" for one, theirs in held.items() if each in theirs} for each in networks
    }
    mine = {each for each, cities in members.items() if city in cities}
    of_networks = {
        (row.first.id, row.second.id): row for row in overlaps(snapshot.two_mode(ON), Side.COLLABORATIONS).rows()
    }

    async with empty_store.reading() as reading:
        peers = await peer_cities(reading, city=city, theme="Theme:safety", on=ON, page=Page(first=100))
        joins = {
            each: await join_check(reading, city=city, network=each, on=ON) for each in sorted(set(members) - mine)
        }
        leaves = {each: await leave_impact(reading, city=city, network=each, on=ON) for each in sorted(mine)}

    ends = {(row.second.id if row.first.id == city else row.first.id): row for row in shared}
    assert {row.city: (row.shared, round(row.rarity, 12)) for row in peers.rows} == {
        other: (row.shared, round(row.newman, 12)) for other, row in ends.items()
    }
    for network, found in joins.items():
        expected = {
            other: of_networks[pair].shared
            for other in mine
            if (pair := (min(other, network), max(other, network))) in of_networks
        }
        assert {row.network: len(row.members) for row in found.overlaps if row.members} == expected
    for network, impact in leaves.items():
        # Who shares only this network with the city: what its pairs share, less what they share without it.
        without = two_mode_without(snapshot.two_mode(ON), network)
        kept = {
            end
            for row in overlaps(without, Side.CITIES).rows()
            for end in (row.first.id, row.second.id)
            if city in (row.first.id, row.second.id)
        }
        assert set(impact.peers) == members[network] - {city} - kept
        assert set(impact.peers_kept) == (members[network] & kept) - {city}


def two_mode_without(two_mode: TwoMode, collaboration: str) -> TwoMode:
    pairs = ((two_mode.cities[city].id, two_mode.collaborations[other].id) for city, other, _ in two_mode.iter_ties())
    return TwoMode.from_ties(pair for pair in pairs if pair[1] != collaboration)


async def test_a_busy_database_is_asked_again_and_then_told(seeded_store: Store, store_settings: StoreSettings) -> None:
    one_at_once = replace(store_settings, max_in_flight=1, max_waiting=0)
    async with Store.open(one_at_once) as busy:
        snapshots = SnapshotReader(busy)
        many = Statement.of_text("test/many", "UNWIND range(1, 6000) AS x RETURN x")
        async with aclosing(busy.stream(many)) as rows:
            assert await anext(rows) == {"x": 1}  # the one place is taken until the stream is closed
            with pytest.raises(StoreBusy, match="0 statements already wait") as told:
                await snapshots.current()
            assert told.value.hint == "ask again in a moment"
            asked = asyncio.create_task(snapshots.current())
            await asyncio.sleep(0.1)
            assert not asked.done()
        assert (await asked).digest == (await read(seeded_store)).digest


async def test_the_seeds(seeded_store: Store) -> None:
    snapshot = await read(seeded_store)
    two_mode = snapshot.two_mode(date(2023, 11, 27))
    (place,) = [i for i, each in enumerate(two_mode.collaborations) if each.id == "Network:nordic-safe-cities"]
    members = [two_mode.cities[city] for city, other, _ in two_mode.iter_ties() if other == place]
    assert len(members) == 21
    assert {each.country for each in members} == {"FI", "DK", "NO", "SE", "IS"}
    assert two_mode.collaborations[place].roster_complete
    assert two_mode.lower_bound
