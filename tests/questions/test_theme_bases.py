"""The basis of themes as evidence: the weakest link of a match, and what rests on editors' links only."""

from graph.pagination import Page
from graph.questions import (
    duplicate_activity,
    join_check,
    leave_impact,
    overlapping_memberships,
    peer_cities,
    theme_coverage,
)
from graph.questions.ask import ask as ask_question
from graph.questions.enums import AddressedTheme, SharedTheme, ThemeHit
from graph.store import Store
from tests.questions.graph_builder import SmallGraph
from tests.questions.helpers import ALL, ON, SINCE_2020, ask

STATED = ThemeHit("Theme:safety", "EXACT", "STATED")
EDITORIAL = ThemeHit("Theme:safety", "EXACT", "EDITORIAL")
NARROWER = ThemeHit("Theme:youth", "NARROWER", "IMPLIED")
CLOSE = ThemeHit("Theme:hate", "CLOSE_MATCH", "EDITORIAL")
"""A source states that the network addresses the theme; its match is the editors'."""


def world() -> SmallGraph:
    """Networks that address safety: by a source, by the editors, by a narrower theme and by a close match."""
    graph = SmallGraph()
    graph.cities("vantaa", "a", "b", "c", "d")
    graph.themes("own", "safety", "youth", "climate")
    graph.themes("other", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:safety", basis="EDITORIAL")
    for network, theme, basis, cities in (
        ("stated", "safety", "STATED", "abd"),
        ("editorial", "safety", "EDITORIAL", "bc"),
        ("narrower", "youth", "IMPLIED", "d"),
        ("close", "hate", "STATED", "c"),
    ):
        graph.network(network)
        graph.relate(f"Network:{network}", "ADDRESSES", f"Theme:{theme}", basis=basis)
        for city in ("vantaa", *cities):
            graph.member(city, network, SINCE_2020)
    return graph


async def test_coverage(empty_store: Store) -> None:
    graph = world()
    graph.relate("Network:editorial", "ADDRESSES", "Theme:climate", basis="EDITORIAL")
    graph.node("EuInitiative:plan")
    graph.relate("EuInitiative:plan", "ADDRESSES", "Theme:hate", basis="IMPLIED")
    await graph.write(empty_store)
    arguments = theme_coverage.Arguments(city="City:vantaa", scheme="ThemeScheme:own", on=ON)

    found = await ask(empty_store, lambda reader: ask_question(reader, theme_coverage.QUESTION, arguments, ALL))

    assert [[(hit.node, hit.themes, hit.editorial_only) for hit in row.hits] for row in found.rows] == [
        [
            ("Network:close", (CLOSE,), True),
            ("Network:editorial", (EDITORIAL,), True),
            ("Network:narrower", (NARROWER,), False),
            ("Network:stated", (STATED,), False),
        ],
        [("Network:narrower", (ThemeHit("Theme:youth", "EXACT", "IMPLIED"),), False)],
        [("Network:editorial", (ThemeHit("Theme:climate", "EXACT", "EDITORIAL"),), True)],
    ]
    assert [(row.editorial_only, row.gap) for row in found.rows] == [(False, False), (False, False), (True, False)]
    assert found.rows[0].unfollowed == (theme_coverage.UnfollowedInitiative("EuInitiative:plan", (CLOSE,)),)


async def test_peers(empty_store: Store) -> None:
    await world().write(empty_store)
    arguments = peer_cities.Arguments(city="City:vantaa", theme="Theme:safety", on=ON)

    found = await ask(empty_store, lambda reader: ask_question(reader, peer_cities.QUESTION, arguments, ALL))

    assert {
        row.city: (row.editorial_only, [(item.themes, item.editorial_only) for item in row.evidence])
        for row in found.rows
    } == {
        "City:a": (False, [((STATED,), False)]),
        "City:b": (False, [((EDITORIAL,), True), ((STATED,), False)]),
        "City:c": (True, [((CLOSE,), True), ((EDITORIAL,), True)]),
        "City:d": (False, [((NARROWER,), False), ((STATED,), False)]),
    }


PAIRS = {
    ("close", "editorial"): SharedTheme("Theme:hate", "Theme:safety", "CLOSE_MATCH", "EDITORIAL"),
    ("close", "stated"): SharedTheme("Theme:hate", "Theme:safety", "CLOSE_MATCH", "EDITORIAL"),
    ("editorial", "narrower"): SharedTheme("Theme:safety", "Theme:youth", "NARROWER", "EDITORIAL"),
    ("editorial", "stated"): SharedTheme("Theme:safety", "Theme:safety", "EXACT", "EDITORIAL"),
    ("narrower", "stated"): SharedTheme("Theme:youth", "Theme:safety", "NARROWER", "IMPLIED"),
}
"""The theme that each pair shares. A close match of a theme does not match a narrower one."""


async def test_duplicates(empty_store: Store) -> None:
    await world().write(empty_store)
    arguments = duplicate_activity.Arguments(city="City:vantaa", on=ON)

    found = await ask(empty_store, lambda reader: ask_question(reader, duplicate_activity.QUESTION, arguments, ALL))

    def slug(side: duplicate_activity.DuplicateSide) -> str:
        return side.collaboration.removeprefix("Network:")

    assert {(slug(row.one), slug(row.two)): row.themes for row in found.rows} == {
        pair: (shared,) for pair, shared in PAIRS.items()
    }
    assert [slug(row.one) for row in found.rows if not row.editorial_only] == ["narrower"]


async def test_overlaps(empty_store: Store) -> None:
    await world().write(empty_store)
    arguments = overlapping_memberships.Arguments(city="City:vantaa", on=ON)

    found = await ask(
        empty_store, lambda reader: ask_question(reader, overlapping_memberships.QUESTION, arguments, Page(first=10))
    )

    assert {
        (row.network.removeprefix("Network:"), row.other.removeprefix("Network:")): row.themes for row in found.rows
    } == {("close", "narrower"): (), **{pair: (shared,) for pair, shared in PAIRS.items()}}


async def test_joining_and_leaving(empty_store: Store) -> None:
    graph = world()
    graph.relate("Network:stated", "ADDRESSES", "Theme:climate", basis="IMPLIED")
    graph.network("rival", "hate")
    await graph.write(empty_store)

    arguments = join_check.Arguments(city="City:vantaa", network="Network:rival", on=ON)
    join = await ask(empty_store, lambda reader: ask_question(reader, join_check.QUESTION, arguments))
    leave = [
        await ask(
            empty_store,
            lambda reader, network=network: ask_question(
                reader,
                leave_impact.QUESTION,
                leave_impact.Arguments(city="City:vantaa", network=f"Network:{network}", on=ON),
            ),
        )
        for network in ("stated", "close")
    ]

    assert {row.network: (row.themes, row.themes_lost) for row in join.overlaps} == {
        "Network:close": ((AddressedTheme("Theme:hate", "STATED"),), ()),
        "Network:editorial": ((AddressedTheme("Theme:safety", "EDITORIAL"),), ()),
        "Network:narrower": ((), (AddressedTheme("Theme:youth", "IMPLIED"),)),
        "Network:stated": (
            (AddressedTheme("Theme:safety", "EDITORIAL"),),
            (AddressedTheme("Theme:climate", "IMPLIED"),),
        ),
    }
    assert [(found.themes, found.themes_kept) for found in leave] == [
        # Another network is on a narrower theme, by an implied link.
        ((AddressedTheme("Theme:climate", "IMPLIED"),), (AddressedTheme("Theme:safety", "IMPLIED"),)),
        ((), (AddressedTheme("Theme:hate", "EDITORIAL"),)),
    ]
