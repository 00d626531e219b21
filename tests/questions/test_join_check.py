"""Pre-join check: what is gained, what overlaps, what it costs, what it could replace."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.questions.ask import ask as ask_question
from graph.questions.declaration import Amount
from graph.questions.fee_rules import RuleFee
from graph.questions.join_check import QUESTION, Arguments, JoinCheck, JoinOverlap
from graph.questions.missing_data import MissingData
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, addressed, ask


async def join(store: Store, network: str = "new", *, city: str = "City:vantaa", on: date = ON) -> JoinCheck:
    arguments = Arguments(city=city, network=f"Network:{network}", on=on)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments))


def world() -> SmallGraph:
    graph = SmallGraph()
    graph.node("City:vantaa", population=242_819, populationYear=2022)
    graph.cities("a", "b", "c", "d", "e", "t")
    graph.themes("own", "safety", "youth", "climate", "culture")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    return graph


async def test_gains_overlaps_and_what_could_go(empty_store: Store) -> None:
    graph = world()
    graph.network("new", "safety", "climate", roster_on="2024-06-01")
    graph.network("old", "youth", roster_on="2024-06-01")
    graph.network("other", "culture")
    for city in "abcd":
        graph.member(city, "new", SINCE_2020)
    for network, members in (("old", "ab"), ("other", "bce")):
        graph.member("vantaa", network, period("2020-01-01", attested="2023-01-01"))
        for city in members:
            graph.member(city, network, SINCE_2020)
    graph.member("e", "new", SINCE_2020, status="APPLIED")
    graph.twins("vantaa", "t", SINCE_2020, "culture")
    graph.node("WorkingGroup:g")
    graph.relate("WorkingGroup:g", "PART_OF", "Network:other")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:g", **SINCE_2020)
    graph.relate("City:d", "PARTICIPATES_IN", "WorkingGroup:g", **SINCE_2020)
    await graph.write(empty_store)

    found = await join(empty_store)

    assert found == JoinCheck(
        network="Network:new",
        standing=None,
        shown_on=None,
        members=4,
        members_complete=True,
        # b and c are met in the others, d in the working group.
        peers_gained=(),
        # Nothing answers to climate; youth, being narrower, answers to safety.
        themes_gained=addressed("climate"),
        overlaps=(
            JoinOverlap(
                network="Network:old",
                standing="ATTESTED_EARLIER",
                shown_on=date(2023, 1, 1),
                memberships=("Membership:vantaa-old",),
                members=("City:a", "City:b"),
                jaccard=0.5,
                overlap_coefficient=1.0,
                # The new network addresses the broader theme only, which does not answer to the narrower one.
                themes=(),
                shared_themes=1,
                peers_lost=(),
                themes_lost=addressed("youth"),
                dependents=(),
                lower_bound=False,
            ),
            JoinOverlap(
                network="Network:other",
                standing="ATTESTED_EARLIER",
                shown_on=date(2023, 1, 1),
                memberships=("Membership:vantaa-other",),
                members=("City:b", "City:c"),
                jaccard=2 / 5,
                overlap_coefficient=2 / 3,
                themes=(),
                shared_themes=0,
                # The twin town's theme keeps culture; e is met there only, d in the new network too.
                peers_lost=("City:e",),
                themes_lost=(),
                dependents=("WorkingGroup:g",),
                lower_bound=True,
            ),
        ),
        # Both would lose one thing and share two members: the smaller id.
        instead="Network:old",
        missing=(
            MissingData("ROSTER", "NETWORK", ("Network:other",)),
            MissingData("ROSTER", "WORKING_GROUP", ("WorkingGroup:g",)),
            MissingData("THEMES", "WORKING_GROUP", ("WorkingGroup:g",)),
        ),
        population=242_819,
        population_year=2022,
        stated=(),
        rules=(),
        yearly_fee=None,
    )


async def test_peers_gained_and_nothing_to_drop(empty_store: Store) -> None:
    graph = world()
    graph.network("new", "safety")
    graph.network("far", "culture")
    for city in "abc":
        graph.member(city, "new", SINCE_2020)
    graph.member("vantaa", "far", SINCE_2020)
    graph.twins("vantaa", "c", SINCE_2020)
    await graph.write(empty_store)

    found = await join(empty_store)

    assert found.peers_gained == ("City:a", "City:b")
    assert found.themes_gained == addressed("safety")
    (only,) = found.overlaps
    assert (only.network, only.members, only.jaccard, only.overlap_coefficient) == ("Network:far", (), None, None)
    assert found.instead is None
    assert (found.members, found.members_complete) == (3, False)
    assert (await join(empty_store, on=date(2019, 1, 1))).members == 0


async def test_no_advice_without_data(empty_store: Store) -> None:
    graph = world()
    graph.network("new", "safety")
    graph.network("themeless")
    graph.network("alone", "safety")
    graph.network("unknown")
    for network in ("new", "themeless", "unknown"):
        graph.member("a", network, SINCE_2020)
    for network in ("themeless", "alone"):
        graph.member("vantaa", network, SINCE_2020)
    await graph.write(empty_store)

    found = await join(empty_store)

    # The losses of dropping one are unknown: no themes of the first and no members of the second are recorded.
    assert [(row.network, row.members, row.themes, row.themes_lost, row.jaccard) for row in found.overlaps] == [
        ("Network:themeless", ("City:a",), (), None, 1.0),
        ("Network:alone", (), addressed("safety"), (), None),
    ]
    assert (found.instead, found.themes_gained) == (None, ())
    assert found.missing == (
        MissingData("ROSTER", "NETWORK", ("Network:alone", "Network:new", "Network:themeless")),
        MissingData("THEMES", "NETWORK", ("Network:themeless",)),
    )
    other = await join(empty_store, "unknown")
    assert (other.instead, other.themes_gained) == (None, None)
    assert [(row.themes_lost, row.shared_themes) for row in other.overlaps] == [(None, None), (None, None)]
    assert other.missing == (
        MissingData("ROSTER", "NETWORK", ("Network:alone", "Network:themeless", "Network:unknown")),
        MissingData("THEMES", "NETWORK", ("Network:themeless", "Network:unknown")),
    )


async def test_a_member_is_checked_as_if_it_were_none(empty_store: Store) -> None:
    graph = world()
    graph.network("new", "safety")
    for city in ("vantaa", "a"):
        graph.member(city, "new", SINCE_2020)
    await graph.write(empty_store)

    found = await join(empty_store)

    assert found.standing == "IN_FORCE"
    assert (found.members, found.peers_gained, found.themes_gained) == (1, ("City:a",), addressed("safety"))
    assert found.overlaps == ()


def rule(graph: SmallGraph, slug: str, **columns: object) -> None:
    graph.node(f"FeeRule:{slug}", **columns)
    graph.relate("Network:new", "CHARGES", f"FeeRule:{slug}")
    graph.cites(f"FeeRule:{slug}", slug)


def fee(slug: str, minor: int | None, *, applies: bool | None = True, category: str | None = None) -> RuleFee:
    amount = None if minor is None else Amount("EUR", minor)
    return RuleFee(f"FeeRule:{slug}", category, applies, amount, None, (f"Citation:{slug}",))


async def test_fee_rules_by_population(empty_store: Store) -> None:
    graph = world()
    graph.network("new")
    euro = {"annualFeeCurrency": "EUR"}
    rule(graph, "small", populationUpTo=242_818, annualFee=50_000, **euro)
    rule(graph, "middle", populationFrom=200_001, populationUpTo=300_000, annualFee=168_000, category="IV", **euro)
    rule(graph, "large", populationFrom=242_820, annualFee=900_000, **euro)
    rule(graph, "past", annualFee=1, **euro, **period("2016-01-01", "2020-01-01"))
    rule(graph, "to-come", annualFee=2, **euro, **period("2024-06-02", OPEN))
    await graph.write(empty_store)

    found = await join(empty_store)

    assert found.rules == (fee("middle", 168_000, category="IV"),)
    assert found.yearly_fee == Amount("EUR", 168_000)
    # Nobody knows how many live in a: every rule with limits may apply.
    unknown = await join(empty_store, city="City:a")
    assert unknown.population is None
    assert [(row.rule, row.applies, row.fee) for row in unknown.rules] == [
        ("FeeRule:small", None, None),
        ("FeeRule:middle", None, None),
        ("FeeRule:large", None, None),
    ]
    assert unknown.yearly_fee is None
    assert (await join(empty_store, on=date(2019, 1, 1))).yearly_fee is None


@pytest.mark.parametrize(
    ("rate", "least", "most", "expected"),
    [
        ("0.0085", None, None, 206_396),  # 2 063.9615 euros, rounded half up to a cent
        ("0.0085", 250_000, 1_500_000, 250_000),
        ("0.0085", 25_000, 200_000, 200_000),
        ("0.0000205905", None, None, 500),  # 4.9997…
    ],
)
async def test_a_fee_for_each_inhabitant(
    empty_store: Store, rate: str, least: int | None, most: int | None, expected: int
) -> None:
    graph = world()
    graph.network("new")
    rule(
        graph,
        "rate",
        perInhabitant=rate,
        perInhabitantCurrency="EUR",
        minimumFee=least,
        minimumFeeCurrency="EUR",
        maximumFee=most,
        maximumFeeCurrency="EUR",
    )
    await graph.write(empty_store)

    assert (await join(empty_store)).rules == (fee("rate", expected),)
    unknown = await join(empty_store, city="City:a")
    assert unknown.rules == (fee("rate", None),)
    assert unknown.yearly_fee is None


async def test_rules_that_differ(empty_store: Store) -> None:
    graph = world()
    graph.network("new")
    rule(graph, "standard", populationFrom=100_000, annualFee=250_000, annualFeeCurrency="EUR")
    rule(graph, "reduced", populationFrom=100_000, annualFee=125_000, annualFeeCurrency="EUR")
    await graph.write(empty_store)
    found = await join(empty_store)
    assert {row.fee for row in found.rules} == {Amount("EUR", 250_000), Amount("EUR", 125_000)}
    assert found.yearly_fee is None


async def test_fee_stated_for_the_city_comes_first(empty_store: Store) -> None:
    graph = world()
    graph.network("new")
    rule(graph, "all", annualFee=99, annualFeeCurrency="EUR")
    graph.member("vantaa", "new", period(None, attested="2013-04-29"), status="APPLIED")
    term = graph.node(
        "MembershipTerm:2013", **period(None, attested="2013-04-29"), annualFee=150_000, annualFeeCurrency="EUR"
    )
    graph.relate(term, "UNDER", "Membership:vantaa-new")
    await graph.write(empty_store)

    in_that_year = await join(empty_store, on=date(2013, 5, 1))
    assert in_that_year.standing is None
    assert [(row.year, row.term, row.fee) for row in in_that_year.stated] == [(2013, term, Amount("EUR", 150_000))]
    assert in_that_year.yearly_fee == Amount("EUR", 150_000)
    later = await join(empty_store)
    assert later.stated == ()
    assert later.yearly_fee == Amount("EUR", 99)


async def test_refusals(empty_store: Store) -> None:
    graph = world()
    graph.network("new")
    await graph.write(empty_store)
    with pytest.raises(UnknownId, match="'Network:none'"):
        await join(empty_store, "none")
    with pytest.raises(UnknownId, match="'City:none'"):
        await join(empty_store, city="City:none")
    with pytest.raises(BadArgument, match="'Network:new' is an id of type Network, not City"):
        await join(empty_store, city="Network:new")


async def test_the_seeds(seeded_store: Store) -> None:
    found = await join(seeded_store, "eccar", city="City:helsinki", on=date(2013, 5, 1))
    assert found.yearly_fee == Amount("EUR", 150_000)
    assert [row.term for row in found.stated] == ["MembershipTerm:helsinki-eccar-2013"]
    assert not found.members_complete
    vantaa = await join(seeded_store, "iclei", on=date(2023, 11, 27))
    assert [row.rule for row in vantaa.rules] == ["FeeRule:iclei-group-iv-200001-300000"]
    assert vantaa.yearly_fee == Amount("EUR", 168_000)
    alliance = await join(seeded_store, "climate-alliance", on=date(2023, 11, 27))
    # 242 819 inhabitants at each of the three rates; which one held is not said.
    assert [row.fee for row in alliance.rules] == [
        Amount("EUR", 177_258),
        Amount("EUR", 186_971),
        Amount("EUR", 206_396),
    ]
    assert alliance.yearly_fee is None
