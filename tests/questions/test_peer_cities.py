"""Peer cities: the collaborations that count, the themes that answer, the order, the pages."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from graph.errors import BadArgument, BadCursor, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.enums import ThemeHit
from graph.questions.missing_data import MissingData
from graph.questions.peer_cities import QUESTION, Arguments, PeerCity, PeerEvidence
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, ON, SINCE_2020, ask


async def peers(
    store: Store,
    theme: str = "Theme:safety",
    *,
    city: str = "City:vantaa",
    on: date = ON,
    page: Page = ALL,
    include_applied: bool = False,
) -> Paged[PeerCity]:
    arguments = Arguments(city=city, theme=theme, on=on, include_applied=include_applied)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def shared(found: Paged[PeerCity]) -> dict[str, list[str]]:
    """Return the ids of each peer's shared collaborations, in order."""
    return {row.city: [item.collaboration for item in row.evidence] for row in found.rows}


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
            themes=(ThemeHit("Theme:safety", "EXACT", "STATED"),),
            members=3,
            members_complete=True,
            standing="IN_FORCE",
            shown_on=ON,
            proofs=("Membership:vantaa-safe",),
            peer_standing=standing,  # type: ignore[arg-type]
            peer_shown_on=ON if standing == "IN_FORCE" else date(2023, 11, 27),
            peer_proofs=(f"Membership:{city}-safe",),
        )
        sort_key = (-1, -0.5, city, f"City:{city}")
        return PeerCity(
            sort_key=sort_key,
            city=f"City:{city}",
            shared=1,
            rarity=0.5,
            lower_bound=False,
            editorial_only=False,
            evidence=(evidence,),
        )

    assert found.rows == (row("malmo", "IN_FORCE"), row("oslo", "ATTESTED_EARLIER"))
    assert (found.total, found.has_next, found.has_previous) == (2, False, False)

    # What is not selected is not computed.
    evidence = tuple(replace(row.evidence[0], proofs=(), peer_proofs=()) for row in found.rows)
    unproved = tuple(replace(row, evidence=(item,)) for row, item in zip(found.rows, evidence, strict=True))
    bare = tuple(replace(row, evidence=()) for row in found.rows)
    arguments = Arguments(city="City:vantaa", theme="Theme:safety", on=ON)
    for selected, wanted in (({"with_evidence"}, unproved), ({"with_proofs"}, bare), (set[str](), bare)):
        partial = await ask(
            empty_store,
            lambda reader, selected=selected: ask_question(
                reader, QUESTION, arguments, ALL, selected=frozenset(selected)
            ),
        )
        assert (partial.rows, partial.total) == (wanted, 2)

    another_day = await peers(empty_store, on=ON + timedelta(days=1))
    assert [row.lower_bound for row in another_day.rows] == [True, True]


async def test_every_kind_of_collaboration_counts_and_orders(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo", "jinan", "bodo")
    graph.themes("vantaa", "safety")
    graph.network("safe", "safety")
    for city in ("vantaa", "oslo", "malmo", "bodo"):
        graph.member(city, "safe", SINCE_2020)
    graph.node("WorkingGroup:youth")
    graph.relate("WorkingGroup:youth", "PART_OF", "Network:safe")
    graph.relate("WorkingGroup:youth", "ADDRESSES", "Theme:safety")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:youth", sources=["Citation:a"], **SINCE_2020)
    attested = period(None, attested="2023-05-01")
    graph.relate("City:bodo", "PARTICIPATES_IN", "WorkingGroup:youth", sources=["Citation:b"], **attested)
    graph.node("Project:grow", **period("2024-01-01", "2025-01-01"))
    graph.relate("Project:grow", "ADDRESSES", "Theme:safety")
    for city in ("vantaa", "bodo", "malmo"):
        graph.relate(f"City:{city}", "PARTNER_IN", "Project:grow", sources=[f"Citation:grow-{city}"])
    graph.twins("vantaa", "jinan", SINCE_2020, "safety")
    await graph.write(empty_store)

    found = await peers(empty_store)

    # Three others in the network, one in the group, two in the project, one twin town.
    assert [(row.city, row.shared, row.rarity) for row in found.rows] == [
        ("City:bodo", 3, 1.833333333333),
        ("City:malmo", 2, 0.833333333333),
        ("City:jinan", 1, 1.0),
        ("City:oslo", 1, 0.333333333333),
    ]
    assert [row.lower_bound for row in found.rows] == [True, True, False, True]
    bodo = {item.kind: item for item in found.rows[0].evidence}
    assert list(bodo) == ["NETWORK", "PROJECT", "WORKING_GROUP"]
    group = bodo["WORKING_GROUP"]
    assert (group.collaboration, group.members) == ("WorkingGroup:youth", 2)
    assert (group.standing, group.proofs) == ("IN_FORCE", ("Citation:a",))
    assert (group.peer_standing, group.peer_proofs) == ("ATTESTED_EARLIER", ("Citation:b",))
    assert bodo["PROJECT"].peer_proofs == ("Citation:grow-bodo",)
    (twinning,) = found.rows[2].evidence
    assert (twinning.members, twinning.members_complete, twinning.proofs) == (2, True, ("Twinning:jinan-vantaa",))


async def test_narrower_themes_and_close_matches_answer(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "a", "b", "c", "d", "e", "f")
    graph.themes("own", "all", "safety", "youth", "gangs", "climate")
    graph.themes("other", "hate", "trust", "peace")
    graph.relate("Theme:safety", "BROADER", "Theme:all")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:gangs", "BROADER", "Theme:youth")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:gangs")
    graph.relate("Theme:safety", "CLOSE_MATCH", "Theme:trust")
    graph.relate("Theme:peace", "BROADER", "Theme:trust")
    for city, *themes in (
        ("a", "gangs"),
        ("b", "hate"),
        ("c", "trust"),
        ("d", "all"),
        ("e", "climate", "peace"),
        ("f", "trust", "safety", "youth"),
    ):
        graph.network(f"with-{city}", *themes)
        graph.member("vantaa", f"with-{city}", SINCE_2020)
        graph.member(city, f"with-{city}", SINCE_2020)
    await graph.write(empty_store)

    found = await peers(empty_store)

    # Wider themes do not answer, nor does what is narrower than a close match.
    assert {row.city: [(hit.theme, hit.match) for hit in row.evidence[0].themes] for row in found.rows} == {
        "City:a": [("Theme:gangs", "NARROWER")],
        "City:b": [("Theme:hate", "CLOSE_MATCH")],
        "City:c": [("Theme:trust", "CLOSE_MATCH")],
        "City:f": [
            ("Theme:safety", "EXACT"),
            ("Theme:youth", "NARROWER"),
            ("Theme:trust", "CLOSE_MATCH"),
        ],
    }


async def test_periods_and_statuses(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "applied", "left", "leaving", "later", "undated", "back")
    graph.themes("own", "safety")
    graph.network("safe", "safety")
    graph.member("vantaa", "safe", SINCE_2020)
    graph.member("applied", "safe", SINCE_2020, status="APPLIED")
    graph.member("left", "safe", period("2020-01-01", "2024-06-01"), status="LEFT")
    graph.member("leaving", "safe", SINCE_2020, status="LEAVING_DECIDED")
    graph.member("later", "safe", period("2024-06-02", OPEN))
    graph.member("undated", "safe", period(None))
    graph.member("back", "safe", period("2016-01-01", "2018-01-01"), status="LEFT")
    graph.member("back", "safe", SINCE_2020, suffix="-2")
    await graph.write(empty_store)

    async def cities(on: date, *, include_applied: bool = False) -> list[str]:
        return list(shared(await peers(empty_store, on=on, include_applied=include_applied)))

    assert await cities(ON) == ["City:back", "City:leaving"]
    assert await cities(ON, include_applied=True) == ["City:applied", "City:back", "City:leaving"]
    assert await cities(date(2024, 5, 31)) == ["City:back", "City:leaving", "City:left"]
    assert await cities(date(2024, 6, 2)) == ["City:back", "City:later", "City:leaving"]
    assert await cities(date(2019, 12, 31)) == []

    (back,) = [row for row in (await peers(empty_store)).rows if row.city == "City:back"]
    assert back.evidence[0].peer_proofs == ("Membership:back-safe-2",)
    assert back.rarity == 0.5  # Vantaa, the city that came back and the one that leaves.


async def test_a_project_whose_partners_are_all_recorded(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo")
    graph.themes("own", "safety")
    for slug, other, complete in (("all", "oslo", True), ("some", "malmo", None)):
        graph.relate(
            graph.node(f"Project:{slug}", partnersComplete=complete, **SINCE_2020), "ADDRESSES", "Theme:safety"
        )
        for city in ("vantaa", other):
            graph.relate(f"City:{city}", "PARTNER_IN", f"Project:{slug}")
    await graph.write(empty_store)

    found = await peers(empty_store)

    assert [(row.city, row.lower_bound) for row in found.rows] == [("City:malmo", True), ("City:oslo", False)]
    assert found.about.missing == (MissingData("ROSTER", "PROJECT", ("Project:some",)),)


async def test_an_applicant_has_peers_on_request_only(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety")
    graph.network("safe", "safety")
    graph.member("vantaa", "safe", SINCE_2020, status="APPLIED")
    graph.member("oslo", "safe", SINCE_2020)
    await graph.write(empty_store)

    assert shared(await peers(empty_store)) == {}
    assert shared(await peers(empty_store, include_applied=True)) == {"City:oslo": ["Network:safe"]}


async def test_concurrent_memberships_count_once(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety")
    graph.network("safe", "safety")
    graph.member("vantaa", "safe", SINCE_2020)
    graph.member("oslo", "safe", period("2016-01-01", attested="2018-01-01"))
    graph.member("oslo", "safe", SINCE_2020, suffix="-2")
    await graph.write(empty_store)

    (oslo,) = (await peers(empty_store)).rows

    assert (oslo.shared, oslo.rarity) == (1, 1.0)
    assert oslo.evidence[0].peer_standing == "IN_FORCE"
    assert oslo.evidence[0].peer_proofs == ("Membership:oslo-safe", "Membership:oslo-safe-2")


async def test_a_group_that_ended_and_a_project_that_did(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety")
    graph.node("WorkingGroup:ended", **period("2020-01-01", "2023-01-01"))
    graph.node("Project:ended", **period("2020-01-01", "2023-01-01"))
    graph.node("Project:undated", **period(None))
    graph.node("WorkingGroup:undated")
    graph.node("WorkingGroup:since")
    for node in (
        "WorkingGroup:ended",
        "Project:ended",
        "Project:undated",
        "WorkingGroup:undated",
        "WorkingGroup:since",
    ):
        graph.relate(node, "ADDRESSES", "Theme:safety")
        for city in ("City:vantaa", "City:oslo"):
            if node.startswith("Project"):
                graph.relate(city, "PARTNER_IN", node)
            elif node == "WorkingGroup:since":
                graph.relate(city, "PARTICIPATES_IN", node, since=date(2021, 1, 1))
            else:
                columns = period("2020-01-01", OPEN) if node == "WorkingGroup:ended" else {}
                graph.relate(city, "PARTICIPATES_IN", node, **columns)
    await graph.write(empty_store)

    assert shared(await peers(empty_store)) == {"City:oslo": ["WorkingGroup:since"]}
    assert shared(await peers(empty_store, on=date(2022, 12, 31))) == {
        "City:oslo": ["Project:ended", "WorkingGroup:ended", "WorkingGroup:since"]
    }


async def test_pages_forwards_and_backwards(empty_store: Store) -> None:
    graph = SmallGraph()
    names = ["a", "b", "c", "d", "e", "f", "g"]
    graph.cities("vantaa", *names)
    graph.themes("own", "safety")
    graph.network("large", "safety")
    graph.network("small", "safety")
    for name in ("vantaa", *names):
        graph.member(name, "large", SINCE_2020)
    for name in ("vantaa", "f", "g"):
        graph.member(name, "small", SINCE_2020)
    await graph.write(empty_store)
    order = [f"City:{name}" for name in ("f", "g", "a", "b", "c", "d", "e")]

    seen: list[str] = []
    after: str | None = None
    for size, has_previous, has_next in ((3, False, True), (3, True, True), (1, True, False)):
        page = await peers(empty_store, page=Page(first=3, after=after))
        assert (len(page.rows), page.total, page.has_previous, page.has_next) == (size, 7, has_previous, has_next)
        seen += [row.city for row in page.rows]
        after = page.cursors[-1]
    assert seen == order

    assert (await peers(empty_store, page=Page(first=3, after=after))).rows == ()
    last = await peers(empty_store, page=Page(last=2))
    assert ([row.city for row in last.rows], last.has_previous, last.has_next) == (order[5:], True, False)
    before = await peers(empty_store, page=Page(last=4, before=last.cursors[0]))
    assert ([row.city for row in before.rows], before.has_previous, before.has_next) == (order[1:5], True, True)
    both = await peers(empty_store, page=Page(first=9, after=before.cursors[0], before=last.cursors[1]))
    assert [row.city for row in both.rows] == order[2:6]
    assert (await peers(empty_store, page=Page(first=0))).rows == ()


async def test_invalid_arguments(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    await graph.write(empty_store)

    with pytest.raises(UnknownId, match="'City:nowhere'"):
        await peers(empty_store, city="City:nowhere")
    with pytest.raises(UnknownId, match="'Theme:nothing'"):
        await peers(empty_store, "Theme:nothing")
    with pytest.raises(UnknownId, match="'vantaa'"):
        await _unsent(empty_store, city="vantaa")
    with pytest.raises(BadArgument, match="'Theme:safety' is an id of type Theme, not City"):
        await _unsent(empty_store, city="Theme:safety")
    for page in (Page(), Page(first=1, last=1), Page(first=-1), Page(last=-1)):
        with pytest.raises(BadArgument):
            await _unsent(empty_store, page=page)
    for cursor in ("", "x", "é", "WzFd", "W10", "e30", "bnVsbA"):
        with pytest.raises(BadCursor):
            await _unsent(empty_store, page=Page(first=1, after=cursor))


async def _unsent(store: Store, *, city: str = "City:vantaa", page: Page = ALL) -> None:
    """Ask what is refused before anything is sent."""
    async with store.reading() as reading:
        await ask_question(reading, QUESTION, Arguments(city=city, theme="Theme:safety", on=ON), page)


async def test_missing_data(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo")
    graph.themes("vantaa", "safety", "climate")
    graph.network("part", "safety")
    graph.network("green", "climate")
    graph.network("themeless")
    for network in ("part", "green", "themeless"):
        graph.member("vantaa", network, SINCE_2020)
    graph.network("long-ago", "safety")
    graph.network("long-ago-green", "climate")
    for network in ("long-ago", "long-ago-green"):
        graph.member("vantaa", network, period("2000-01-01", attested="2005-01-01"))
    for city in ("oslo", "malmo"):
        graph.twins("vantaa", city, SINCE_2020)
    await graph.write(empty_store)

    found = await peers(empty_store)

    # Of what addresses the theme, or may: the roster of the network on climate does not matter.
    assert found.rows == ()
    assert found.about.missing == (
        MissingData("ATTESTATION", "NETWORK", ("Network:long-ago",)),
        MissingData("ROSTER", "NETWORK", ("Network:part",)),
        MissingData("THEMES", "NETWORK", ("Network:themeless",)),
        MissingData("THEMES", "TWINNING", ("Twinning:malmo-vantaa", "Twinning:oslo-vantaa")),
    )
