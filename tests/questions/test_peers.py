"""Peer cities: the collaborations that count, the themes that answer, the order, the pages."""

from datetime import date

import pytest

from graph.errors import BadArgument, BadCursor, UnknownId
from graph.questions.paging import Page, Paged
from graph.questions.peers import PeerCity, PeerEvidence, peer_cities
from graph.questions.terms import ThemeHit
from graph.store import Store
from tests.questions.small_graph import OPEN, SmallGraph, period

ON = date(2024, 6, 1)
SINCE_2020 = period("2020-01-01", OPEN)


async def peers(
    store: Store,
    theme: str = "Theme:safety",
    *,
    city: str = "City:vantaa",
    on: date = ON,
    page: Page | None = None,
    include_applied: bool = False,
) -> Paged[PeerCity]:
    async with store.reading() as reading:
        return await peer_cities(
            reading, city=city, theme=theme, on=on, page=page or Page(first=50), include_applied=include_applied
        )


async def test_a_network_with_a_complete_roster(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo")
    graph.themes("vantaa", "safety", "climate")
    graph.network("safe", "safety", roster_on="2024-06-01")
    graph.network("green", "climate")
    graph.member("vantaa", "safe", SINCE_2020)
    graph.member("oslo", "safe", period("2021-01-01", attested="2023-11-27"))
    graph.member("malmo", "safe", SINCE_2020)
    graph.member("vantaa", "green", SINCE_2020)
    graph.member("oslo", "green", SINCE_2020)
    await graph.write(empty_store)

    found = await peers(empty_store)

    def row(city: str, standing: str) -> PeerCity:
        evidence = PeerEvidence(
            collaboration="Network:safe",
            kind="NETWORK",
            themes=(ThemeHit("Theme:safety", "EXACT"),),
            members=3,
            roster_complete=True,
            standing="IN_FORCE",
            proofs=("Membership:vantaa-safe",),
            peer_standing=standing,  # type: ignore[arg-type]
            peer_proofs=(f"Membership:{city}-safe",),
        )
        key = (-1, -0.5, city, f"City:{city}")
        return PeerCity(key=key, city=f"City:{city}", shared=1, rarity=0.5, lower_bound=False, evidence=(evidence,))

    assert found.rows == (row("malmo", "IN_FORCE"), row("oslo", "ATTESTED_EARLIER"))
    assert (found.total, found.has_next, found.has_previous) == (2, False, False)
