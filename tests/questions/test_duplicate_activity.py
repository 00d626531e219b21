"""Duplicate activity: the score and each of its components."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.declaration import Amount
from graph.questions.duplicate_activity import QUESTION, Arguments, Duplicate, DuplicateSide, StatedFee
from graph.questions.enums import SharedTheme
from graph.questions.missing_data import MissingData
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, ON, SINCE_2020, ask


async def duplicates(
    store: Store, *, on: date = ON, page: Page = ALL, include_applied: bool = False
) -> Paged[Duplicate]:
    arguments = Arguments(city="City:vantaa", on=on, include_applied=include_applied)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def components(row: Duplicate) -> tuple[str, str, int, int, bool | None, float, str]:
    return (
        row.one.collaboration,
        row.two.collaboration,
        row.shared_themes,
        len(row.peers),
        row.same_unit,
        row.score,
        row.strength,
    )


async def test_two_networks_with_their_cost(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo", "turku")
    graph.themes("own", "safety", "climate")
    graph.themes("other", "hate")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:safety")
    graph.network("safe", "safety", "climate")
    graph.network("trust", "hate", "climate")
    for city in ("vantaa", "oslo", "malmo"):
        graph.member(city, "safe", SINCE_2020)
    for city in ("oslo", "malmo", "turku"):
        graph.member(city, "trust", SINCE_2020)
    graph.member("vantaa", "trust", period("2020-01-01", attested="2023-01-01"))
    graph.cites("Membership:vantaa-safe", "joined-b")
    graph.cites("Membership:vantaa-safe", "joined-a")
    for unit in ("office", "board"):
        graph.node(f"Unit:{unit}", kind="OFFICE")
        graph.relate(f"Unit:{unit}", "OF", "City:vantaa")
        graph.relate(f"Unit:{unit}", "CONTACT_FOR", "Network:safe")
    graph.relate("Unit:office", "CONTACT_FOR", "Network:trust")
    terms = (
        ("2022", "2022-01-01", "2024-01-01", 900000),
        ("2024", "2024-01-01", "2026-01-01", 1000000),
        ("free", "2024-01-01", "2024-03-01", 0),
        ("2025", "2025-01-01", OPEN, 1000000),
    )
    for slug, begins, until, fee in terms:
        term = graph.node(f"MembershipTerm:{slug}", annualFee=fee, annualFeeCurrency="EUR", **period(begins, until))
        graph.relate(term, "UNDER", "Membership:vantaa-safe")
        graph.cites(term, f"fee-{slug}", "annualFee")
    # Its end is open, so it states the fee of later years too, if any: here none.
    graph.node("MembershipTerm:trust", **period("2023-05-01", OPEN, attested="2023-05-01"))
    graph.relate("MembershipTerm:trust", "UNDER", "Membership:vantaa-trust")
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    # Two themes, two peers, one unit: 2 × (1 + 2) × 1½.
    expected = Duplicate(
        sort_key=(-9.0, "Network:safe", "Network:trust"),
        score=9.0,
        one=DuplicateSide(
            collaboration="Network:safe",
            kind="NETWORK",
            standing="IN_FORCE",
            shown_on=ON,
            proofs=("Membership:vantaa-safe",),
            units=("Unit:board", "Unit:office"),
            fees=(
                StatedFee("MembershipTerm:2024", Amount("EUR", 1000000), ("Citation:fee-2024",)),
                StatedFee("MembershipTerm:free", Amount("EUR", 0), ("Citation:fee-free",)),
            ),
            sources=("Citation:joined-a", "Citation:joined-b"),
        ),
        two=DuplicateSide(
            collaboration="Network:trust",
            kind="NETWORK",
            standing="ATTESTED_EARLIER",
            shown_on=date(2023, 5, 1),
            proofs=("Membership:vantaa-trust",),
            units=("Unit:office",),
            fees=(StatedFee("MembershipTerm:trust", None, ()),),
            sources=(),
        ),
        shared_themes=2,
        themes=(
            SharedTheme("Theme:climate", "Theme:climate", "EXACT", "STATED"),
            SharedTheme("Theme:safety", "Theme:hate", "CLOSE_MATCH", "STATED"),
        ),
        parts=(),
        peers=("City:malmo", "City:oslo"),
        same_unit=True,
        units=("Unit:office",),
    )
    assert found.rows == (expected,)
    assert found.rows[0].strength == "STRONG"


async def test_units_same_other_and_unknown(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety", "climate", "trade")
    for name, unit, theme in (("a", "one", "safety"), ("b", "one", "safety"), ("c", "two", "safety")):
        graph.node(f"Project:{name}", **SINCE_2020)
        graph.relate(f"Project:{name}", "ADDRESSES", f"Theme:{theme}")
        graph.relate("City:vantaa", "PARTNER_IN", f"Project:{name}", unit=f"Unit:{unit}", sources=["Citation:p"])
    graph.node("WorkingGroup:d")
    graph.relate("WorkingGroup:d", "ADDRESSES", "Theme:safety")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:d", sources=["Citation:w"], **SINCE_2020)
    graph.twins("vantaa", "oslo", SINCE_2020, "safety")
    graph.cites("Twinning:oslo-vantaa", "t")
    graph.network("alone", "climate")
    graph.member("vantaa", "alone", SINCE_2020)
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [components(row) for row in found.rows] == [
        ("Project:a", "Project:b", 1, 0, True, 1.5, "STRONG"),
        ("Project:a", "Project:c", 1, 0, False, 1.0, "WEAK"),
        ("Project:a", "Twinning:oslo-vantaa", 1, 0, None, 1.0, "WEAK"),
        ("Project:a", "WorkingGroup:d", 1, 0, None, 1.0, "WEAK"),
        ("Project:b", "Project:c", 1, 0, False, 1.0, "WEAK"),
        ("Project:b", "Twinning:oslo-vantaa", 1, 0, None, 1.0, "WEAK"),
        ("Project:b", "WorkingGroup:d", 1, 0, None, 1.0, "WEAK"),
        ("Project:c", "Twinning:oslo-vantaa", 1, 0, None, 1.0, "WEAK"),
        ("Project:c", "WorkingGroup:d", 1, 0, None, 1.0, "WEAK"),
        ("Twinning:oslo-vantaa", "WorkingGroup:d", 1, 0, None, 1.0, "WEAK"),
    ]
    last = found.rows[-1]
    assert (last.one.kind, last.one.proofs, last.one.sources) == (
        "TWINNING",
        ("Twinning:oslo-vantaa",),
        ("Citation:t",),
    )
    assert (last.two.kind, last.two.proofs, last.two.sources) == ("WORKING_GROUP", ("Citation:w",), ("Citation:w",))
    assert (last.one.fees, last.two.fees) == ((), ())


async def test_shared_themes_are_counted_on_the_side_with_fewer(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety", "youth", "gangs")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:gangs", "BROADER", "Theme:youth")
    graph.network("wide", "safety")
    graph.network("also-wide", "safety")
    graph.network("deep", "safety", "youth", "gangs")
    for network in ("wide", "deep", "also-wide"):
        for city in ("vantaa", "oslo"):
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [components(row) for row in found.rows] == [
        ("Network:also-wide", "Network:deep", 1, 1, None, 2.0, "STRONG"),
        ("Network:also-wide", "Network:wide", 1, 1, None, 2.0, "STRONG"),
        ("Network:deep", "Network:wide", 1, 1, None, 2.0, "STRONG"),
    ]
    row = found.rows[-1]
    assert row.themes == (
        SharedTheme("Theme:gangs", "Theme:safety", "NARROWER", "STATED"),
        SharedTheme("Theme:safety", "Theme:safety", "EXACT", "STATED"),
        SharedTheme("Theme:youth", "Theme:safety", "NARROWER", "STATED"),
    )


async def test_a_network_and_its_parts_are_no_pair(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    graph.network("safe", "safety")
    graph.member("vantaa", "safe", SINCE_2020)
    graph.node("WorkingGroup:youth")
    graph.relate("WorkingGroup:youth", "PART_OF", "Network:safe")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:youth", **SINCE_2020)
    graph.node("Project:grow", **SINCE_2020)
    graph.relate("Project:grow", "RUN_UNDER", "Network:safe")
    graph.relate("City:vantaa", "PARTNER_IN", "Project:grow")
    for node in ("WorkingGroup:youth", "Project:grow"):
        graph.relate(node, "ADDRESSES", "Theme:safety")
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [components(row) for row in found.rows] == [("Project:grow", "WorkingGroup:youth", 1, 0, None, 1.0, "WEAK")]


async def test_working_groups_of_one_network_are_no_pair(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety")
    for slug in ("safe", "trust"):
        graph.network(slug)
        graph.member("vantaa", slug, SINCE_2020)
    for slug, network in (("a-youth", "safe"), ("b-hate", "safe"), ("c-police", "trust")):
        group = graph.node(f"WorkingGroup:{slug}")
        graph.relate(group, "PART_OF", f"Network:{network}")
        graph.relate(group, "ADDRESSES", "Theme:safety")
        for city in ("vantaa", "oslo"):
            graph.relate(f"City:{city}", "PARTICIPATES_IN", group, **SINCE_2020)
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [components(row) for row in found.rows] == [
        ("WorkingGroup:a-youth", "WorkingGroup:c-police", 1, 1, None, 2.0, "STRONG"),
        ("WorkingGroup:b-hate", "WorkingGroup:c-police", 1, 1, None, 2.0, "STRONG"),
    ]


async def test_a_part_of_a_pair_is_no_pair_of_its_own(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety", "trade")
    for slug in ("safe", "trust"):
        graph.network(slug, "safety")
        graph.member("vantaa", slug, SINCE_2020)
    graph.member("oslo", "safe", SINCE_2020)
    graph.node("Project:tram", **SINCE_2020)
    graph.relate("Project:tram", "RUN_UNDER", "Network:trust")
    graph.relate("City:vantaa", "PARTNER_IN", "Project:tram")
    for slug, network, theme in (("police", "safe", "safety"), ("hate", "trust", "safety"), ("port", "safe", "trade")):
        group = graph.node(f"WorkingGroup:{slug}")
        graph.relate(group, "PART_OF", f"Network:{network}")
        graph.relate(group, "ADDRESSES", f"Theme:{theme}")
        for city in ("vantaa", "oslo"):
            graph.relate(f"City:{city}", "PARTICIPATES_IN", group, **SINCE_2020)
    graph.relate("Project:tram", "ADDRESSES", "Theme:trade")
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    # The groups on safety are in the networks that share it, but only one of the groups is met in both. Only a project
    # and a group share trade.
    assert [(row.one.collaboration, row.two.collaboration, row.parts) for row in found.rows] == [
        ("Network:safe", "WorkingGroup:hate", ("WorkingGroup:police",)),
        ("Network:safe", "Network:trust", ("WorkingGroup:police",)),
        ("Project:tram", "WorkingGroup:port", ()),
    ]


async def test_a_pair_is_left_out_only_for_a_pair_that_is_not(empty_store: Store) -> None:
    """The group and the project are in the pair of a network and the project, which is in that of the networks.

    The networks do not share the theme of the group, so its pair is not part of theirs.
    """
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "t1", "t2")
    graph.themes("other", "o")
    for slug in ("t1", "t2"):
        graph.relate(f"Theme:{slug}", "CLOSE_MATCH", "Theme:o")
    for slug in ("n1", "n2"):
        graph.network(slug, "t2")
        graph.member("vantaa", slug, SINCE_2020)
    graph.node("WorkingGroup:g1")
    graph.relate("WorkingGroup:g1", "PART_OF", "Network:n1")
    graph.relate("WorkingGroup:g1", "ADDRESSES", "Theme:t1")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:g1", **SINCE_2020)
    graph.node("Project:p2", **SINCE_2020)
    graph.relate("Project:p2", "RUN_UNDER", "Network:n2")
    graph.relate("Project:p2", "ADDRESSES", "Theme:o")
    graph.relate("City:vantaa", "PARTNER_IN", "Project:p2")
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [(row.one.collaboration, row.two.collaboration, row.parts) for row in found.rows] == [
        ("Network:n1", "Network:n2", ("Project:p2",)),
        ("Project:p2", "WorkingGroup:g1", ()),
    ]


async def test_a_network_and_its_successors_are_no_pair(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    for slug in ("a-oldest", "b-old", "c-new"):
        graph.network(slug, "safety")
        graph.member("vantaa", slug, SINCE_2020)
    graph.network("other", "safety")
    graph.member("vantaa", "other", SINCE_2020)
    graph.relate("Network:b-old", "SUCCEEDS", "Network:a-oldest")
    graph.relate("Network:c-new", "SUCCEEDS", "Network:b-old")
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert [(row.one.collaboration, row.two.collaboration) for row in found.rows] == [
        ("Network:a-oldest", "Network:other"),
        ("Network:b-old", "Network:other"),
        ("Network:c-new", "Network:other"),
    ]


async def test_missing_data(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo")
    graph.themes("own", "safety")
    graph.network("whole", "safety", roster_on="2024-06-01")
    graph.network("part", "safety", roster_on="2023-06-01")
    graph.network("themeless", roster_on="2024-06-01")
    for slug in ("whole", "part", "themeless"):
        graph.member("vantaa", slug, SINCE_2020)
    graph.network("long-ago", "safety")
    graph.member("vantaa", "long-ago", period("2000-01-01", attested="2005-01-01"))
    graph.network("later", "safety")
    graph.member("vantaa", "later", period(None, attested="2025-01-01"))
    graph.network("applied")
    graph.member("vantaa", "applied", SINCE_2020, "APPLIED")
    graph.network("left")
    graph.member("vantaa", "left", period("2010-01-01", "2024-06-01"), "LEFT")
    for city in ("oslo", "malmo"):
        graph.twins("vantaa", city, SINCE_2020)
    await graph.write(empty_store)

    found = await duplicates(empty_store)

    assert found.about.missing == (
        MissingData("ATTESTATION", "NETWORK", ("Network:long-ago",)),
        MissingData("BEGINNING", "NETWORK", ("Network:later",)),
        MissingData("ROSTER", "NETWORK", ("Network:part",)),
        MissingData("THEMES", "NETWORK", ("Network:themeless",)),
        MissingData("THEMES", "TWINNING", ("Twinning:malmo-vantaa", "Twinning:oslo-vantaa")),
    )
    assert [row.count for row in found.about.missing] == [1, 1, 1, 1, 2]
    (applied,) = (
        row
        for row in (await duplicates(empty_store, include_applied=True)).about.missing
        if (row.unknown, row.kind) == ("THEMES", "NETWORK")
    )
    assert applied.nodes == ("Network:applied", "Network:themeless")


async def test_ended_and_applied_memberships(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety")
    for network, columns, status in (
        ("now", SINCE_2020, "MEMBER"),
        ("applied", SINCE_2020, "APPLIED"),
        ("left", period("2010-01-01", "2024-06-01"), "LEFT"),
    ):
        graph.network(network, "safety")
        graph.member("vantaa", network, columns, status)
        graph.member("oslo", network, SINCE_2020, status)
    await graph.write(empty_store)

    assert (await duplicates(empty_store)).rows == ()
    (hoped,) = (await duplicates(empty_store, include_applied=True)).rows
    assert components(hoped) == ("Network:applied", "Network:now", 1, 1, None, 2.0, "STRONG")
    (earlier,) = (await duplicates(empty_store, on=date(2024, 5, 31))).rows
    assert earlier.two.collaboration == "Network:now"
    assert earlier.one.collaboration == "Network:left"


async def test_pages_and_refusals(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    for network in ("x", "y", "z"):
        graph.network(network, "safety")
        graph.member("vantaa", network, SINCE_2020)
    await graph.write(empty_store)

    first = await duplicates(empty_store, page=Page(first=2))
    rest = await duplicates(empty_store, page=Page(first=2, after=first.cursors[-1]))
    assert [row.sort_key for row in (*first.rows, *rest.rows)] == [
        (-1.0, "Network:x", "Network:y"),
        (-1.0, "Network:x", "Network:z"),
        (-1.0, "Network:y", "Network:z"),
    ]
    assert (first.has_next, rest.has_next, rest.has_previous) == (True, False, True)
    async with empty_store.reading() as reading:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reading, QUESTION, Arguments(city="City:nowhere", on=ON), ALL)
        with pytest.raises(BadArgument):
            await ask_question(reading, QUESTION, Arguments(city="Network:x", on=ON), ALL)
