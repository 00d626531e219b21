"""Connection: the shortest chain, the smallest among equals, and what makes no link."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadArgument, UnknownId
from graph.questions.ask import ask as ask_question
from graph.questions.missing_data import MissingData
from graph.questions.shortest_path import QUESTION, Arguments, PathStep, ShortestPath
from graph.store import Store
from tests.questions.graph_builder import CLEAR, OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, ask

NONE = ShortestPath((), (), ())


async def chain(
    store: Store, from_id: str, to_id: str, on: date = ON, *, selected: frozenset[str] = frozenset()
) -> ShortestPath:
    """The chain; without `with_missing` among `selected`, missing data are not read."""
    arguments = Arguments(from_=from_id, to=to_id, on=on)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, selected=selected))


async def test_through_every_kind_of_collaboration(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e")
    graph.network("n")
    graph.member("a", "n", SINCE_2020)
    graph.member("b", "n", period("2020-01-01", attested="2023-01-01"))
    graph.node("WorkingGroup:w")
    for city in "bc":
        columns = SINCE_2020 if city == "b" else {"since": date(2021, 1, 1)}
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:w", sources=[f"Citation:w-{city}"], **columns)
    graph.node("Project:p", **SINCE_2020)
    for city in "cd":
        graph.relate(f"City:{city}", "PARTNER_IN", "Project:p", sources=[f"Citation:p-{city}"])
    graph.node("District:x")
    graph.relate("Project:p", "IN", "District:x")
    graph.twins("d", "e", SINCE_2020)
    await graph.write(empty_store)

    found = await chain(empty_store, "City:a", "City:e")

    assert found.chain == (
        "City:a",
        "Network:n",
        "City:b",
        "WorkingGroup:w",
        "City:c",
        "Project:p",
        "City:d",
        "Twinning:d-e",
        "City:e",
    )
    assert found.steps == (
        PathStep("Network:n", "City:a", "IN_FORCE", ("Membership:a-n",)),
        PathStep("Network:n", "City:b", "ATTESTED_EARLIER", ("Membership:b-n",)),
        PathStep("WorkingGroup:w", "City:b", "IN_FORCE", ("Citation:w-b",)),
        PathStep("WorkingGroup:w", "City:c", "ATTESTED_EARLIER", ("Citation:w-c",)),
        PathStep("Project:p", "City:c", "IN_FORCE", ("Citation:p-c",)),
        PathStep("Project:p", "City:d", "IN_FORCE", ("Citation:p-d",)),
        PathStep("Twinning:d-e", "City:d", "IN_FORCE", ("Twinning:d-e",)),
        PathStep("Twinning:d-e", "City:e", "IN_FORCE", ("Twinning:d-e",)),
    )
    assert (await chain(empty_store, "City:e", "City:a")).chain == tuple(reversed(found.chain))


async def test_ends_that_are_collaborations_groups_and_organisations(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    for network in ("m", "n", "o"):
        graph.network(network)
    for city, network in (("a", "m"), ("b", "m"), ("a", "n"), ("b", "n")):
        graph.member(city, network, SINCE_2020)
    for holder, network in (("CityGroup:six", "n"), ("CityGroup:six", "o"), ("Organisation:office", "o")):
        held = graph.node(f"Membership:{holder[-3:]}-{network}", status="MEMBER", **SINCE_2020)
        graph.node(holder)
        graph.relate(holder, "HOLDS", held)
        graph.relate(held, "IN", f"Network:{network}")
    await graph.write(empty_store)

    async def ids(from_id: str, to_id: str) -> tuple[str, ...]:
        return (await chain(empty_store, from_id, to_id)).chain

    assert await ids("Network:m", "City:b") == ("Network:m", "City:b")
    assert await ids("City:b", "Network:m") == ("City:b", "Network:m")
    assert await ids("Network:m", "Network:n") == ("Network:m", "City:a", "Network:n")
    assert await ids("Network:m", "Network:m") == ("Network:m",)
    assert await ids("City:a", "City:a") == ("City:a",)
    assert await ids("City:a", "City:b") == ("City:a", "Network:m", "City:b")
    assert await ids("Network:m", "Organisation:office") == (
        "Network:m",
        "City:a",
        "Network:n",
        "CityGroup:six",
        "Network:o",
        "Organisation:office",
    )
    assert (await chain(empty_store, "City:a", "City:a")).steps == ()
    assert (await chain(empty_store, "City:a", "City:b")).length == 1
    assert (await chain(empty_store, "Network:m", "Organisation:office")).length == 3


async def test_relationships_that_are_no_link(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    for network in ("applied", "left", "later", "undated"):
        graph.network(network)
        graph.member("a", network, SINCE_2020)
    graph.member("b", "applied", SINCE_2020, "APPLIED")
    graph.member("b", "left", period("2020-01-01", "2024-06-01"), "LEFT")
    graph.member("b", "later", period("2024-06-02", OPEN))
    graph.member("b", "undated", period(None))
    graph.twins("a", "b", period("2000-01-01", "2020-01-01"))
    graph.node("WorkingGroup:ended", **period("2020-01-01", "2024-01-01"))
    graph.node("WorkingGroup:undated", **SINCE_2020)
    graph.node("Project:ended", **period("2020-01-01", "2024-01-01"))
    for city in ("City:a", "City:b"):
        graph.relate(city, "PARTICIPATES_IN", "WorkingGroup:ended", **SINCE_2020)
        graph.relate(city, "PARTICIPATES_IN", "WorkingGroup:undated")
        graph.relate(city, "PARTNER_IN", "Project:ended")
    await graph.write(empty_store)

    async def ids(on: date) -> tuple[str, ...]:
        return (await chain(empty_store, "City:a", "City:b", on)).chain

    assert await chain(empty_store, "City:a", "City:b") == NONE
    assert NONE.length is None
    assert await ids(date(2024, 5, 31)) == ("City:a", "Network:left", "City:b")
    assert await ids(date(2024, 6, 2)) == ("City:a", "Network:later", "City:b")
    assert await ids(date(2019, 12, 31)) == ("City:a", "Twinning:a-b", "City:b")
    assert await chain(empty_store, "Network:applied", "City:b") == NONE
    assert (await chain(empty_store, "City:a", "WorkingGroup:ended")) == NONE


async def test_through_what_a_shorter_chain_may_exist(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e")
    graph.network("m", roster_on=str(ON))
    for network in ("n", "old", "later", "ended", "applied"):
        graph.network(network)
    for city, network in (("a", "m"), ("b", "m"), ("b", "n"), ("c", "n")):
        graph.member(city, network, SINCE_2020)
    graph.member("a", "old", period("1990-01-01", attested="1995-01-01"))
    graph.member("a", "later", period(None, attested="2025-01-01"))
    graph.member("a", "ended", period("1990-01-01", "1995-01-01"))
    graph.member("a", "applied", SINCE_2020, "APPLIED")
    for project, is_complete in (("whole", True), ("partial", False)):
        graph.node(f"Project:{project}", partnersComplete=is_complete, **SINCE_2020)
        graph.relate("City:c", "PARTNER_IN", f"Project:{project}")
    await graph.write(empty_store)

    async def missing(from_id: str, to_id: str) -> tuple[MissingData, ...]:
        return (await chain(empty_store, from_id, to_id, selected=frozenset({"with_missing"}))).missing

    of_a = (
        MissingData("ATTESTATION", "NETWORK", ("Network:old",)),
        MissingData("BEGINNING", "NETWORK", ("Network:later",)),
    )
    of_c = (MissingData("ROSTER", "NETWORK", ("Network:n",)), MissingData("ROSTER", "PROJECT", ("Project:partial",)))
    assert await missing("City:a", "City:c") == (*of_a, *of_c)
    assert await missing("City:c", "City:a") == (*of_a, *of_c)
    assert await missing("City:a", "City:d") == of_a
    assert await missing("City:d", "City:a") == of_a
    assert await missing("Network:m", "City:c") == of_c
    assert await missing("City:a", "Project:partial") == (*of_a, of_c[1])
    # Nothing is recorded of either end. That does not exclude a chain, as the description of `missing` says.
    assert await chain(empty_store, "City:d", "City:e", selected=frozenset({"with_missing"})) == NONE
    # One collaboration joins them, so that no chain is shorter.
    for ends in (("City:a", "City:b"), ("City:c", "Network:n"), ("Network:m", "Network:n"), ("City:a", "City:a")):
        assert await missing(*ends) == ()
    assert (await chain(empty_store, "City:a", "City:c")).missing == ()


async def test_six_collaborations_and_no_more(empty_store: Store) -> None:
    graph = SmallGraph()
    cities = [f"c{number}" for number in range(8)]
    graph.cities(*cities)
    for one, other in pairwise(cities):
        graph.twins(one, other, SINCE_2020)
    await graph.write(empty_store)

    assert len((await chain(empty_store, "City:c0", "City:c6")).chain) == 13
    assert await chain(empty_store, "City:c0", "City:c7") == NONE
    # A collaboration at an end comes on top.
    assert len((await chain(empty_store, "Twinning:c0-c1", "City:c7")).chain) == 14


async def test_many_memberships_of_one_city_do_not_end_the_search(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c")
    graph.network("m")
    for suffix in ("", "-2", "-3"):
        graph.member("a", "m", SINCE_2020, suffix=suffix)
    graph.twins("a", "b", SINCE_2020)
    graph.twins("b", "c", SINCE_2020)
    await graph.write(empty_store)

    assert (await chain(empty_store, "Network:m", "City:c")).chain == (
        "Network:m",
        "City:a",
        "Twinning:a-b",
        "City:b",
        "Twinning:b-c",
        "City:c",
    )


def smallest_shortest(held: dict[str, set[str]], start: str, end: str) -> tuple[str, ...]:
    """The chain by trying all of a length, before the next length."""
    if start == end:
        return (f"City:{start}",)
    ring = {(start,)}
    for _ in range(len(held)):
        ring = {
            (*path, network, city)
            for path in ring
            for network in held[path[-1]]
            for city in held
            if network in held[city] and city not in path
        }
        ends = [path for path in ring if path[-1] == end]
        if ends:
            named = [
                tuple(f"{'Network' if place % 2 else 'City'}:{slug}" for place, slug in enumerate(path))
                for path in ends
            ]
            return min(named)
    return ()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({city: st.sets(st.sampled_from("tuvwxyz"), max_size=3) for city in "abcde"}))
async def test_the_smallest_of_the_shortest(empty_store: Store, held: dict[str, set[str]]) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*held)
    for network in set().union(*held.values()):
        graph.network(network)
    for city, networks in held.items():
        for network in networks:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    for end in "bcde":
        assert (await chain(empty_store, "City:a", f"City:{end}")).chain == smallest_shortest(held, "a", end)


async def test_invalid_arguments(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.themes("own", "safety")
    await graph.write(empty_store)

    for from_id, to_id, unknown in (
        ("City:nowhere", "City:a", "City:nowhere"),
        ("City:a", "Network:none", "Network:none"),
        ("City:nowhere", "City:nowhere", "City:nowhere"),
        ("a", "City:a", "a"),
    ):
        with pytest.raises(UnknownId, match=f"'{unknown}'"):
            await chain(empty_store, from_id, to_id)
    with pytest.raises(BadArgument, match="to: 'Theme:safety' is an id of type Theme"):
        await chain(empty_store, "City:a", "Theme:safety")
