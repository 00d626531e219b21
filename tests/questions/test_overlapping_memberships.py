"""Overlapping memberships: the figures of a pair, worked by hand, and the laws they obey."""

from collections import defaultdict
from datetime import date
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.enums import OverlapLevel, SharedTheme
from graph.questions.overlapping_memberships import QUESTION, Arguments, Overlap, SharedMember
from graph.store import Store
from tests.questions.graph_builder import CLEAR, SmallGraph, period
from tests.questions.helpers import ALL, ON, SINCE_2020, ask, networks_by_city


async def overlaps(
    store: Store,
    city: str | None = None,
    *,
    network: str | None = None,
    with_: str | None = None,
    level: OverlapLevel | None = None,
    on: date = ON,
    page: Page = ALL,
    include_applied: bool = False,
) -> Paged[Overlap]:
    arguments = Arguments(city=city, network=network, with_=with_, level=level, on=on, include_applied=include_applied)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def pairs(found: Paged[Overlap]) -> list[tuple[str, str, int]]:
    return [(row.network, row.other, row.shared) for row in found.rows]


async def test_the_figures_of_pairs(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e")
    graph.network("x", roster_on="2024-06-01")
    graph.network("y", roster_on="2024-06-01")
    graph.network("z")
    for network, members in (("x", "abcd"), ("y", "bce"), ("z", "c")):
        for city in members:
            columns = period("2020-01-01", attested="2024-01-01") if city == "b" else SINCE_2020
            graph.member(city, network, columns)
    await graph.write(empty_store)

    found = await overlaps(empty_store)

    # b is in two networks and weighs 1, c in three and weighs 1/2.
    assert found.rows == (
        Overlap(
            sort_key=(-2, -0.4, "Network:x", "Network:y"),
            level="CITIES",
            network="Network:x",
            other="Network:y",
            shared=2,
            jaccard=0.4,
            overlap_coefficient=2 / 3,
            newman=1.5,
            members=4,
            other_members=3,
            members_complete=True,
            other_members_complete=True,
            evidence=(
                SharedMember("City:b", "ATTESTED_EARLIER", ("Membership:b-x", "Membership:b-y")),
                SharedMember("City:c", "IN_FORCE", ("Membership:c-x", "Membership:c-y")),
            ),
            themes=(),
            themes_known=False,
        ),
        Overlap(
            sort_key=(-1, -1 / 3, "Network:y", "Network:z"),
            level="CITIES",
            network="Network:y",
            other="Network:z",
            shared=1,
            jaccard=1 / 3,
            overlap_coefficient=1.0,
            newman=0.5,
            members=3,
            other_members=1,
            members_complete=True,
            other_members_complete=False,
            evidence=(SharedMember("City:c", "IN_FORCE", ("Membership:c-y", "Membership:c-z")),),
            themes=(),
            themes_known=False,
        ),
        Overlap(
            sort_key=(-1, -0.25, "Network:x", "Network:z"),
            level="CITIES",
            network="Network:x",
            other="Network:z",
            shared=1,
            jaccard=0.25,
            overlap_coefficient=1.0,
            newman=0.5,
            members=4,
            other_members=1,
            members_complete=True,
            other_members_complete=False,
            evidence=(SharedMember("City:c", "IN_FORCE", ("Membership:c-x", "Membership:c-z")),),
            themes=(),
            themes_known=False,
        ),
    )
    assert [row.lower_bound for row in found.rows] == [False, True, True]
    assert found.total == 3


async def test_only_the_pairs_of_a_city(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    for network, members in (("x", "ab"), ("y", "ab"), ("z", "b")):
        graph.network(network)
        for city in members:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    assert pairs(await overlaps(empty_store, "City:a")) == [("Network:x", "Network:y", 2)]
    of_all = await overlaps(empty_store)
    assert len(of_all.rows) == 3
    # Newman's weight counts all the networks of b, asked for or not.
    (of_a,) = (await overlaps(empty_store, "City:a")).rows
    assert of_a == of_all.rows[0]
    assert of_a.newman == 1.5


async def test_only_the_pairs_of_a_network(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d")
    for network, members in (("w", "b"), ("x", "ab"), ("y", "abc"), ("z", "bc"), ("alone", "d")):
        graph.network(network)
        for city in members:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    of_all = (await overlaps(empty_store)).rows
    of_y = await overlaps(empty_store, network="Network:y")
    # The network with the smaller id is first, on either side of the network asked for.
    assert pairs(of_y) == [("Network:x", "Network:y", 2), ("Network:y", "Network:z", 2), ("Network:w", "Network:y", 1)]
    assert of_y.rows == tuple(row for row in of_all if "Network:y" in (row.network, row.other))
    assert pairs(await overlaps(empty_store, "City:a", network="Network:y")) == [("Network:x", "Network:y", 2)]
    assert pairs(await overlaps(empty_store, "City:a", network="Network:z")) == []
    assert pairs(await overlaps(empty_store, network="Network:alone")) == []
    for network, with_ in (("Network:w", "Network:y"), ("Network:y", "Network:w")):
        assert pairs(await overlaps(empty_store, network=network, with_=with_)) == [("Network:w", "Network:y", 1)]
    with pytest.raises(UnknownId, match="Network:nowhere"):
        await overlaps(empty_store, network="Network:y", with_="Network:nowhere")


async def test_a_network_and_its_successors_are_no_pair(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    for network in ("a-newest", "b-old", "c-oldest", "other"):
        graph.network(network)
        for city in ("a", "b"):
            graph.member(city, network, SINCE_2020)
    graph.relate("Network:a-newest", "SUCCEEDS", "Network:b-old")
    graph.relate("Network:b-old", "SUCCEEDS", "Network:c-oldest")
    await graph.write(empty_store)

    for city in (None, "City:a"):
        assert pairs(await overlaps(empty_store, city)) == [
            ("Network:a-newest", "Network:other", 2),
            ("Network:b-old", "Network:other", 2),
            ("Network:c-oldest", "Network:other", 2),
        ]


async def test_memberships_applied_for_count_on_request(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("stockholm", "helsinki", "vantaa")
    graph.network("nsc", roster_on="2023-11-27")
    graph.network("eccar")
    attested = period(None, attested="2013-04-29")
    graph.member("stockholm", "nsc", SINCE_2020)
    graph.member("helsinki", "nsc", SINCE_2020)
    graph.member("vantaa", "nsc", SINCE_2020)
    graph.member("stockholm", "eccar", attested)
    graph.member("helsinki", "eccar", attested, status="APPLIED")
    await graph.write(empty_store)
    on = date(2023, 11, 27)

    (stated,) = (await overlaps(empty_store, on=on)).rows
    (hoped,) = (await overlaps(empty_store, on=on, include_applied=True)).rows

    assert [item.member for item in stated.evidence] == ["City:stockholm"]
    assert [item.member for item in hoped.evidence] == ["City:helsinki", "City:stockholm"]
    assert (stated.members_complete, stated.other_members_complete) == (False, True)
    assert stated.lower_bound
    none = await overlaps(empty_store, on=date(2013, 4, 28))
    assert (none.rows, none.total, none.has_next, none.has_previous) == ((), 0, False, False)


async def test_shared_themes_and_how_they_meet(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.themes("own", "safety", "youth", "climate")
    graph.themes("other", "hate", "trust")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    graph.network("x", "safety", "climate")
    graph.network("y", "safety", "youth", "hate", "trust")
    for network in ("x", "y"):
        graph.member("a", network, SINCE_2020)
    await graph.write(empty_store)

    (row,) = (await overlaps(empty_store)).rows

    assert row.themes == (
        SharedTheme("Theme:safety", "Theme:hate", "CLOSE_MATCH", "STATED"),
        SharedTheme("Theme:safety", "Theme:safety", "EXACT", "STATED"),
        SharedTheme("Theme:safety", "Theme:youth", "NARROWER", "STATED"),
    )
    assert (row.shared_themes, row.editorial_only) == (1, False)


async def test_shared_themes_do_not_depend_on_which_network_comes_first(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.themes("own", "safety", "youth")
    graph.themes("other", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    graph.network("x", "youth", "hate")
    graph.network("y", "safety")
    for network in ("x", "y"):
        graph.member("a", network, SINCE_2020)
    await graph.write(empty_store)

    (row,) = (await overlaps(empty_store)).rows

    assert row.themes == (
        SharedTheme("Theme:hate", "Theme:safety", "CLOSE_MATCH", "STATED"),
        SharedTheme("Theme:youth", "Theme:safety", "NARROWER", "STATED"),
    )


async def test_close_matches_of_much_narrower_themes_in_either_direction(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.themes("own", "safety", "youth", "gangs")
    graph.themes("other", "hate", "trust")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:gangs", "BROADER", "Theme:youth")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:gangs")
    graph.relate("Theme:gangs", "CLOSE_MATCH", "Theme:trust")
    graph.network("x", "hate", "trust")
    graph.network("y", "safety")
    graph.network("z", "hate", "trust", "gangs")
    for network in ("x", "y", "z"):
        graph.member("a", network, SINCE_2020)
    await graph.write(empty_store)

    met = {(row.network, row.other): row.themes for row in (await overlaps(empty_store)).rows}

    assert met["Network:x", "Network:y"] == (
        SharedTheme("Theme:hate", "Theme:safety", "CLOSE_MATCH", "STATED"),
        SharedTheme("Theme:trust", "Theme:safety", "CLOSE_MATCH", "STATED"),
    )
    assert met["Network:y", "Network:z"] == (
        SharedTheme("Theme:safety", "Theme:gangs", "NARROWER", "STATED"),
        SharedTheme("Theme:safety", "Theme:hate", "CLOSE_MATCH", "STATED"),
        SharedTheme("Theme:safety", "Theme:trust", "CLOSE_MATCH", "STATED"),
    )


async def test_local_networks_share_units_and_organisations(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("helsinki", "vantaa")
    for network in ("east", "west", "far"):
        graph.network(network, kind="LOCAL")
    graph.relate("Network:east", "OF", "City:helsinki")
    graph.relate("Network:west", "OF", "City:helsinki")
    graph.relate("Network:far", "OF", "City:vantaa")
    graph.node("Unit:schools", kind="SECTOR")
    graph.node("Organisation:police", kind="GOVERNMENT")
    for network in ("east", "west"):
        graph.relate("Unit:schools", "TAKES_PART_IN", f"Network:{network}", sources=[f"Citation:{network}"])
    for network in ("east", "west", "far"):
        graph.relate("Organisation:police", "TAKES_PART_IN", f"Network:{network}")
    await graph.write(empty_store)

    found = await overlaps(empty_store)

    assert {row.level for row in found.rows} == {"UNITS"}
    assert pairs(found) == [
        ("Network:east", "Network:west", 2),
        ("Network:east", "Network:far", 1),
        ("Network:far", "Network:west", 1),
    ]
    first = found.rows[0]
    assert (first.jaccard, first.newman, first.members, first.other_members) == (1.0, 1.5, 2, 2)
    assert first.evidence == (
        SharedMember("Organisation:police", None, ()),
        SharedMember("Unit:schools", None, ("Citation:east", "Citation:west")),
    )
    assert pairs(await overlaps(empty_store, network="Network:far")) == [
        ("Network:east", "Network:far", 1),
        ("Network:far", "Network:west", 1),
    ]
    # Of a city's pairs the figures are the same, also where members are in networks that it has nothing to do with.
    assert (await overlaps(empty_store, "City:helsinki")).rows == (first,)


async def test_only_the_pairs_of_a_level(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.node("Unit:schools", kind="SECTOR")
    for network, kind in (("east", "LOCAL"), ("west", "LOCAL"), ("x", "CITY_NETWORK"), ("y", "CITY_NETWORK")):
        graph.network(network, kind=kind)
        graph.member("a", network, SINCE_2020)
    for network in ("east", "west"):
        graph.relate("Unit:schools", "TAKES_PART_IN", f"Network:{network}")
    await graph.write(empty_store)

    assert pairs(await overlaps(empty_store, level=OverlapLevel.UNITS)) == [("Network:east", "Network:west", 1)]
    of_west = await overlaps(empty_store, network="Network:west", level=OverlapLevel.CITIES)
    assert pairs(of_west) == [
        ("Network:east", "Network:west", 1),
        ("Network:west", "Network:x", 1),
        ("Network:west", "Network:y", 1),
    ]
    assert {row.level for row in of_west.rows} == {"CITIES"}


async def test_unselected_parts_are_not_computed(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.themes("all", "t")
    graph.cities("a", "b")
    for network in ("x", "y"):
        graph.network(network, "t")
        for city in "ab":
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    (whole,) = (await overlaps(empty_store)).rows
    assert whole.evidence
    assert whole.themes
    for evidence, themes in ((True, False), (False, True), (False, False)):
        selected = frozenset(name for name, is_on in (("with_evidence", evidence), ("with_themes", themes)) if is_on)
        for city in (None, "City:a"):
            found = await ask(
                empty_store,
                lambda reader, city=city, selected=selected: ask_question(
                    reader, QUESTION, Arguments(city=city, on=ON), ALL, selected=selected
                ),
            )
            without = replace(whole, evidence=whole.evidence if evidence else (), themes=whole.themes if themes else ())
            assert found.rows == (without,)


async def test_pages_and_refusals(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    for network in ("w", "x", "y", "z"):
        graph.network(network)
        graph.member("a", network, SINCE_2020)
    await graph.write(empty_store)

    seen: list[tuple[str, str, int]] = []
    after: str | None = None
    for _ in range(3):
        page = await overlaps(empty_store, page=Page(first=2, after=after))
        assert page.total == 6
        seen += pairs(page)
        after = page.cursors[-1]
    assert seen == [(f"Network:{one}", f"Network:{two}", 1) for one, two in combinations("wxyz", 2)]
    with pytest.raises(UnknownId, match="'City:nowhere'"):
        await overlaps(empty_store, "City:nowhere")
    with pytest.raises(UnknownId, match="'Network:nowhere'"):
        await overlaps(empty_store, network="Network:nowhere")
    with pytest.raises(BadArgument, match="of type Network, not City"):
        async with empty_store.reading() as reading:
            await ask_question(reading, QUESTION, Arguments(city="Network:w", on=ON), ALL)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city, st.randoms(use_true_random=False))
async def test_laws(empty_store: Store, held: dict[str, set[str]], random: object) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    shuffle = random.shuffle  # type: ignore[attr-defined]
    memberships = sorted((city, network) for city, networks in held.items() for network in networks)
    shuffle(memberships)
    graph = SmallGraph()
    graph.cities(*held)
    for network in {network for _, network in memberships}:
        graph.network(network)
    for city, network in memberships:
        graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    found = await overlaps(empty_store)

    members: dict[str, set[str]] = defaultdict(set)
    for city, network in memberships:
        members[network].add(city)
    # Whatever the order of loading, the same answer: what sets say of each pair of networks.
    expected = {
        (f"Network:{one}", f"Network:{two}"): (
            len(members[one] & members[two]),
            len(members[one] & members[two]) / len(members[one] | members[two]),
            [f"City:{city}" for city in sorted(members[one] & members[two])],
        )
        for one, two in combinations(sorted(members), 2)
        if members[one] & members[two]
    }
    assert {
        (row.network, row.other): (row.shared, row.jaccard, [item.member for item in row.evidence])
        for row in found.rows
    } == expected
    assert list(found.rows) == sorted(found.rows, key=lambda row: (-row.shared, -row.jaccard, row.network, row.other))
    assert all(0 < row.jaccard <= row.overlap_coefficient <= 1 for row in found.rows)
    for city, networks in held.items():
        of_the_city = await overlaps(empty_store, f"City:{city}")
        its = {f"Network:{network}" for network in networks}
        assert of_the_city.rows == tuple(row for row in found.rows if {row.network, row.other} <= its)
    # A city in k > 1 networks gives 1/(k - 1) to each of its k(k - 1)/2 pairs: k/2 in all.
    total = sum(len(networks) / 2 for networks in held.values() if len(networks) > 1)
    assert sum(row.newman for row in found.rows) == pytest.approx(total, abs=1e-9)


async def test_shared_themes_are_null_if_those_of_a_network_are_unknown(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    graph.themes("own", "safety", "youth")
    graph.network("w")
    graph.network("x", "safety")
    graph.network("y", "youth")
    for network in "wxy":
        graph.member("a", network, SINCE_2020)
    await graph.write(empty_store)

    rows = (await overlaps(empty_store)).rows

    assert [(row.network, row.other, row.shared_themes) for row in rows] == [
        ("Network:w", "Network:x", None),
        ("Network:w", "Network:y", None),
        ("Network:x", "Network:y", 0),
    ]
