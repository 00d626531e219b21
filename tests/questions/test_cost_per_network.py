"""Cost per network: years, terms, currencies, and what stays unknown."""

from datetime import date
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.errors import BadArgument, UnknownId
from graph.questions.ask import ask as ask_question
from graph.questions.cost_per_network import QUESTION, Arguments, CostPer, CostPerNetwork, NetworkCost, YearCost
from graph.questions.declaration import Amount, selectable
from graph.standing import COUNTED
from graph.store import Store
from graph.vocabulary import Standing
from tests.questions.graph_builder import CLEAR, OPEN, UNKNOWN, SmallGraph, period
from tests.questions.helpers import SINCE_2020, ask


async def costs(
    store: Store,
    first: int,
    last: int,
    *,
    city: str = "City:vantaa",
    selected: frozenset[str] | None = None,
    include_applied: bool = False,
    standings: tuple[Standing, ...] = COUNTED,
) -> CostPerNetwork:
    arguments = Arguments(city=city, from_=first, until=last, include_applied=include_applied, standings=standings)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, selected=selected))


def euro(minor: int) -> Amount:
    return Amount("EUR", minor)


def term(
    graph: SmallGraph,
    slug: str,
    membership: str,
    begins: str,
    until: str = UNKNOWN,
    *,
    attested: str | None = None,
    **columns: object,
) -> str:
    node = graph.node(f"MembershipTerm:{slug}", **period(begins, until, attested=attested), **columns)
    graph.relate(node, "UNDER", f"Membership:{membership}")
    return node


def fees(cost: NetworkCost) -> list[tuple[int, str, Amount | None]]:
    """The rows of the years for which a term states a fee, or has none."""
    return [(row.year, row.term.removeprefix("MembershipTerm:"), row.fee) for row in cost.years if row.term]


async def test_a_network_with_two_unknown_years_and_four_known(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo", "malmo")
    graph.themes("aims", "safety", "youth")
    graph.network("nsc", "safety", "youth", roster_on="2025-12-31")
    graph.network("twins-of-malmo")
    graph.member("vantaa", "nsc", period("2020-01-01", attested="2023-11-27"))
    graph.member("oslo", "nsc", SINCE_2020)
    graph.member("malmo", "nsc", SINCE_2020)
    graph.twins("vantaa", "malmo", SINCE_2020)
    term(graph, "2020", "vantaa-nsc", "2020-01-01", "2022-01-01")
    fee = {"annualFee": 1000000, "annualFeeCurrency": "EUR"}
    term(graph, "2022", "vantaa-nsc", "2022-01-01", "2024-01-01", **fee)
    latest = term(graph, "2024", "vantaa-nsc", "2024-01-01", "2026-01-01", budgetLine="104060300", **fee)
    graph.node("Decision:kh-2023", outcome="APPROVED")
    graph.relate(latest, "DECIDED_BY", "Decision:kh-2023")
    graph.cites(latest, "a-whole")
    graph.cites(latest, "b-fee", "annualFee")
    graph.node("WorkingGroup:camp")
    graph.relate("WorkingGroup:camp", "PART_OF", "Network:nsc")
    graph.relate("City:vantaa", "PARTICIPATES_IN", "WorkingGroup:camp", **SINCE_2020)
    await graph.write(empty_store)

    found = await costs(empty_store, 2020, 2025)

    def row(year: int, slug: str, amount: Amount | None) -> YearCost:
        is_latest = slug == "2024"
        return YearCost(
            year=year,
            membership="Membership:vantaa-nsc",
            term=f"MembershipTerm:{slug}",
            fee=amount,
            status="MEMBER",
            standing="IN_FORCE",
            counted=True,
            euro=None,
            euro_rate=None,
            decision="Decision:kh-2023" if is_latest else None,
            budget_line="104060300" if is_latest else None,
            sources=("Citation:b-fee", "Citation:a-whole") if is_latest else (),
        )

    assert found.networks == (
        NetworkCost(
            network="Network:nsc",
            memberships=("Membership:vantaa-nsc",),
            years=(
                row(2020, "2020", None),
                row(2021, "2020", None),
                row(2022, "2022", euro(1000000)),
                row(2023, "2022", euro(1000000)),
                row(2024, "2024", euro(1000000)),
                row(2025, "2024", euro(1000000)),
            ),
            totals=(euro(4000000),),
            unknown_years=(2020, 2021),
            unattested_years=(),
            counted_years=(2020, 2021, 2022, 2023, 2024, 2025),
            last_year=euro(1000000),
            cost_year=2025,
            peers=2,
            members_complete=True,
            per_unique_peer=CostPer(1, euro(1000000)),
            per_theme=CostPer(2, euro(500000)),
            per_working_group=CostPer(1, euro(1000000)),
        ),
    )
    assert found.totals == (euro(4000000),)
    assert found.incomplete
    assert (found.fee_count, found.known_fee_count) == (6, 4)
    assert not (await costs(empty_store, 2022, 2025)).incomplete

    # What is not selected is not read.
    unread: dict[str, dict[str, object]] = {
        "with_sources": {"years": tuple(replace(year, sources=()) for year in found.networks[0].years)},
        "with_reach": {"peers": 0, "members_complete": False, "per_unique_peer": CostPer(0, None)},
        "with_unique": {"per_unique_peer": CostPer(0, None)},
    }
    assert selectable(CostPerNetwork) == unread.keys()
    for number in range(len(unread)):
        for selected in combinations(unread, number):
            expected = found.networks[0]
            for name in unread.keys() - set(selected):
                expected = replace(expected, **unread[name])
            answer = await costs(empty_store, 2020, 2025, selected=frozenset(selected))
            assert answer == replace(found, networks=(expected,))


async def test_a_network_that_was_left_has_no_peers(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.network("left", roster_on="2025-12-31")
    graph.member("vantaa", "left", period("2002-02-04", "2023-01-01"), "LEFT")
    graph.member("oslo", "left", SINCE_2020)
    await graph.write(empty_store)
    (cost,) = (await costs(empty_store, 2020, 2025)).networks
    assert (cost.peers, cost.members_complete, cost.per_unique_peer) == (0, False, CostPer(0, None))


async def test_years_of_membership_by_the_kind_of_end(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for network, columns, status in (
        ("open", period("2021-06-01", OPEN), "MEMBER"),
        ("attested", period("2021-06-01", attested="2023-02-01"), "MEMBER"),
        ("only-attested", period(None, attested="2022-02-01"), "MEMBER"),
        ("left", period("2002-02-04", "2023-01-01"), "LEFT"),
        ("left-within", period("2002-02-04", "2023-01-02"), "LEFT"),
        ("before", period("2002-02-04", "2021-01-01"), "LEFT"),
        ("after", period("2025-01-01", OPEN), "MEMBER"),
        ("undated", period(None), "MEMBER"),
        ("applied", period("2020-01-01", OPEN), "APPLIED"),
    ):
        graph.network(network)
        graph.member("vantaa", network, columns, status)
    term(graph, "applied", "vantaa-applied", "2020-01-01", OPEN, annualFee=150000, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    found = await costs(empty_store, 2021, 2024)

    assert [
        (cost.network.removeprefix("Network:"), cost.unknown_years, cost.unattested_years) for cost in found.networks
    ] == [
        ("applied", (), ()),
        ("attested", (2021, 2022, 2023, 2024), (2024,)),
        ("left", (2021, 2022), ()),
        ("left-within", (2021, 2022, 2023), ()),
        ("only-attested", (2021, 2022, 2023, 2024), (2021, 2023, 2024)),
        ("open", (2021, 2022, 2023, 2024), ()),
    ]
    assert (found.totals, found.incomplete) == ((), True)


async def test_the_standing_of_each_year(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("n")
    graph.member("vantaa", "n", {**period(None, attested="2004-03-01"), "attestedFrom": date(2003, 5, 1)})
    await graph.write(empty_store)

    found = await costs(empty_store, 2001, 2021)

    (cost,) = found.networks
    # It lapses on 2 March 2019, so 2019 has days on which it is still attested earlier.
    assert [(row.year, row.standing) for row in cost.years] == [
        *((year, "ATTESTED_LATER") for year in (2001, 2002)),
        *((year, "IN_FORCE") for year in (2003, 2004)),
        *((year, "ATTESTED_EARLIER") for year in range(2005, 2020)),
        *((year, "LONG_UNATTESTED") for year in (2020, 2021)),
    ]
    assert {(row.fee, row.term, row.decision, row.sources) for row in cost.years} == {(None, None, None, ())}
    assert [row.year for row in cost.years if not row.counted] == [2001, 2002, 2020, 2021]
    assert not {2001, 2002, 2020, 2021} & set(cost.counted_years)
    assert cost.known_years == tuple(year for year in cost.counted_years if year not in cost.unknown_years)
    assert cost.unknown_years == tuple(range(2001, 2022))
    assert set(cost.unknown_years) - set(cost.unattested_years) == {2003, 2004}
    assert (found.totals, found.incomplete, cost.last_year) == ((), True, None)
    # On the last days of 2002 and of 2021 it does not count, so there are no peers; the years are listed all the same.
    assert (await costs(empty_store, 2002, 2002)).networks[0].unattested_years == (2002,)


async def test_money_for_a_membership_applied_for(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.network("who")
    graph.network("other")
    graph.member("vantaa", "who", period(None, attested="2019-12-16"), "APPLIED")
    graph.member("oslo", "who", SINCE_2020)
    graph.member("vantaa", "other", period("2019-01-01", OPEN))
    dollars = {"annualFee": 600000, "annualFeeCurrency": "USD"}
    term(graph, "2020", "vantaa-who", "2020-01-01", "2021-01-01", **dollars)
    term(graph, "other", "vantaa-other", "2019-01-01", OPEN, annualFee=100, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    found = await costs(empty_store, 2020, 2020)
    other, who = found.networks
    assert [(row.fee, row.status, row.standing, row.counted) for row in who.years] == [
        (Amount("USD", 600000), "APPLIED", "IN_FORCE", False)
    ]
    assert (who.totals, who.unknown_years, who.last_year, who.peers) == ((), (), None, 0)
    assert (found.totals, other.totals, found.incomplete) == ((euro(100),), (euro(100),), False)

    counted = await costs(empty_store, 2020, 2020, include_applied=True)
    assert counted.totals == (euro(100), Amount("USD", 600000))
    (_, who) = counted.networks
    assert (who.totals, who.last_year, who.peers) == ((Amount("USD", 600000),), Amount("USD", 600000), 1)
    assert who.years[0].counted

    # Whether the application came to anything no source says, so the years around it are unknown.
    around = await costs(empty_store, 2018, 2021)
    assert around.networks[1].unknown_years == (2018, 2019, 2021)
    assert around.networks[1].unattested_years == (2018, 2021)
    assert around.incomplete


async def test_an_open_end_states_the_fee_of_later_years_and_an_unknown_end_does_not(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for network, until in (("open", OPEN), ("unknown", UNKNOWN)):
        graph.network(network)
        graph.member("vantaa", network, period("2001-01-01", attested="2004-06-30"))
        money = {"annualFee": 850000, "annualFeeCurrency": "EUR"}
        term(graph, network, f"vantaa-{network}", "2003-01-01", until, attested="2003-12-31", **money)
    await graph.write(empty_store)

    opened, unknown = (await costs(empty_store, 2002, 2021)).networks

    # The memberships lapse on 1 July 2019.
    assert [year for year, _, _ in fees(opened)] == list(range(2003, 2020))
    assert opened.totals == (euro(17 * 850000),)
    assert (opened.unknown_years, opened.unattested_years) == ((2002, 2020, 2021), (2020, 2021))
    assert [year for year, _, _ in fees(unknown)] == [2003]
    assert unknown.totals == (euro(850000),)
    assert unknown.unknown_years == (2002, *range(2004, 2022))
    # Totals count the years with the standings asked for.
    in_force, _ = (await costs(empty_store, 2002, 2021, standings=(Standing.IN_FORCE,))).networks
    assert (in_force.totals, len(in_force.years)) == ((euro(2 * 850000),), len(opened.years))
    assert in_force.unknown_years == opened.unknown_years


async def test_the_years_charged_replace_those_of_the_dates(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    charged: dict[str, tuple[dict[str, object], list[int]]] = {
        "by-dates": ({}, [2019, 2020, 2021]),
        "first": ({"firstYearCharged": 2020}, [2020, 2021]),
        "last": ({"lastYearCharged": 2020}, [2019, 2020]),
        "one": ({"firstYearCharged": 2020, "lastYearCharged": 2020}, [2020]),
    }
    for slug, (columns, _) in charged.items():
        graph.network(slug)
        graph.member("vantaa", slug, period("2019-11-18", OPEN))
        money = {"annualFee": 600000, "annualFeeCurrency": "EUR", **columns}
        term(graph, slug, f"vantaa-{slug}", "2019-11-18", "2021-11-18", **money)
    # The end is not known, and the only day shown is in the year before the first one charged.
    graph.network("later")
    graph.member("vantaa", "later", period("2019-11-18", OPEN))
    later = {"annualFee": 600000, "annualFeeCurrency": "EUR", "firstYearCharged": 2020}
    term(graph, "later", "vantaa-later", "2019-11-18", UNKNOWN, **later)
    # Charged in one year, so the fee for the whole term is that of the year.
    graph.network("whole")
    graph.member("vantaa", "whole", period("2019-11-18", OPEN))
    whole = {"totalFee": 700000, "totalFeeCurrency": "EUR", "firstYearCharged": 2020}
    term(graph, "whole", "vantaa-whole", "2019-11-18", "2021-01-01", **whole)
    await graph.write(empty_store)

    found = {cost.network.removeprefix("Network:"): cost for cost in (await costs(empty_store, 2018, 2022)).networks}

    for slug, (_, years) in charged.items():
        assert fees(found[slug]) == [(year, slug, euro(600000)) for year in years]
        assert found[slug].unknown_years == tuple(sorted({2019, 2020, 2021, 2022}.difference(years)))
    assert found["first"].totals == (euro(1200000),)
    assert fees(found["later"]) == [(2020, "later", euro(600000))]
    assert fees(found["whole"]) == [(2020, "whole", euro(700000))]


async def test_undecided_term_states_no_fee(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for outcome in ("APPROVED", "TABLED", "REJECTED"):
        slug = outcome.lower()
        graph.network(slug)
        graph.member("vantaa", slug, period("2020-01-01", attested="2023-12-31"))
        proposed = term(
            graph, slug, f"vantaa-{slug}", "2024-01-01", "2025-01-01", annualFee=100, annualFeeCurrency="EUR"
        )
        graph.node(f"Decision:{slug}", outcome=outcome)
        graph.relate(proposed, "DECIDED_BY", f"Decision:{slug}")
    await graph.write(empty_store)

    found = await costs(empty_store, 2024, 2024)

    assert [(cost.network, cost.totals, cost.unknown_years, cost.unattested_years) for cost in found.networks] == [
        ("Network:approved", (euro(100),), (), ()),
        ("Network:rejected", (), (2024,), (2024,)),
        ("Network:tabled", (), (2024,), (2024,)),
    ]


async def test_free_membership_has_no_total(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("n")
    graph.member("vantaa", "n", period("2019-01-01", OPEN))
    term(graph, "free", "vantaa-n", "2019-01-01", "2020-01-01", annualFee=0, annualFeeCurrency="DKK")
    term(graph, "paid", "vantaa-n", "2020-01-01", "2021-01-01", annualFee=100, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    free = await costs(empty_store, 2019, 2019)
    assert (free.totals, free.networks[0].totals, free.incomplete) == ((), (), False)
    assert fees(free.networks[0]) == [(2019, "free", Amount("DKK", 0))]
    assert free.networks[0].last_year == Amount("DKK", 0)
    assert (await costs(empty_store, 2019, 2020)).totals == (euro(100),)


async def test_leaving_and_coming_back(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("metrex")
    graph.member("vantaa", "metrex", period("2002-02-04", "2016-01-01"), "LEFT")
    graph.member("vantaa", "metrex", period("2019-09-30", OPEN), suffix="-2")
    # The first term still ran: it ended with its membership.
    term(graph, "1", "vantaa-metrex", "2014-01-01", OPEN, annualFee=100000, annualFeeCurrency="EUR")
    term(graph, "2", "vantaa-metrex-2", "2019-09-30", OPEN, annualFee=200000, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    (cost,) = (await costs(empty_store, 2013, 2020)).networks

    assert cost.memberships == ("Membership:vantaa-metrex", "Membership:vantaa-metrex-2")
    assert fees(cost) == [
        (2014, "1", euro(100000)),
        (2015, "1", euro(100000)),
        (2019, "2", euro(200000)),
        (2020, "2", euro(200000)),
    ]
    assert (cost.unknown_years, cost.totals) == ((2013,), (euro(600000),))
    (later,) = (await costs(empty_store, 2018, 2019)).networks
    assert later.memberships == ("Membership:vantaa-metrex-2",)


async def test_two_terms_in_a_year_currencies_and_a_fee_for_the_whole_term(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.network("who", "health")
    graph.themes("own", "health")
    graph.member("vantaa", "who", SINCE_2020)
    graph.member("oslo", "who", SINCE_2020)
    dollars = {"annualFee": 600000, "annualFeeCurrency": "USD"}
    in_euro = {"annualFeeEuro": 560000, "annualFeeEuroCurrency": "EUR", "euroRate": "as stated"}
    term(graph, "a", "vantaa-who", "2020-01-01", "2020-07-01", **dollars, **in_euro)
    term(graph, "b", "vantaa-who", "2020-07-01", "2022-01-01", annualFee=100001, annualFeeCurrency="EUR")
    term(graph, "c", "vantaa-who", "2022-01-01", "2023-01-01", totalFee=30000, totalFeeCurrency="EUR")
    term(graph, "d", "vantaa-who", "2023-01-01", "2025-01-01", totalFee=40000, totalFeeCurrency="EUR")
    term(graph, "e", "vantaa-who", "2024-06-01", "2025-01-01", annualFee=0, annualFeeCurrency="EUR")
    term(graph, "f", "vantaa-who", "2025-01-01", "2026-01-01", annualFee=0, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    (cost,) = (await costs(empty_store, 2020, 2025)).networks

    assert fees(cost) == [
        (2020, "a", Amount("USD", 600000)),
        (2020, "b", euro(100001)),
        (2021, "b", euro(100001)),
        (2022, "c", euro(30000)),
        (2023, "d", None),
        (2024, "d", None),
        (2024, "e", euro(0)),
        (2025, "f", euro(0)),
    ]
    assert (cost.years[0].euro, cost.years[0].euro_rate) == (euro(560000), "as stated")
    assert cost.totals == (euro(230002), Amount("USD", 600000))
    # A year with a fee and an unknown one beside it is unknown; a year that is known to be free is not.
    assert cost.unknown_years == (2023, 2024)
    assert (cost.last_year, cost.per_theme, cost.per_unique_peer) == (euro(0), CostPer(1, euro(0)), CostPer(1, euro(0)))

    (in_2024,) = (await costs(empty_store, 2020, 2024)).networks
    # The year before has no known cost either.
    assert (in_2024.last_year, in_2024.cost_year, in_2024.per_theme) == (None, 2022, CostPer(1, euro(30000)))
    (in_2020,) = (await costs(empty_store, 2020, 2020)).networks
    assert (in_2020.last_year, in_2020.cost_year, in_2020.per_theme) == (None, None, CostPer(1, None))


async def test_unique_peers_are_met_through_nothing_else(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "a", "b", "c", "d", "e", "f", "g")
    graph.network("x")
    graph.network("y")
    for city in ("vantaa", "a", "b", "c", "d", "e", "f"):
        graph.member(city, "x", SINCE_2020)
    graph.member("g", "x", SINCE_2020, status="APPLIED")
    for city in ("vantaa", "b"):
        graph.member(city, "y", SINCE_2020)
    graph.twins("vantaa", "c", SINCE_2020)
    graph.node("Project:p", **SINCE_2020)
    graph.node("WorkingGroup:w")
    graph.relate("WorkingGroup:w", "PART_OF", "Network:x")
    for city in ("vantaa", "d"):
        graph.relate(f"City:{city}", "PARTNER_IN", "Project:p")
    for city in ("vantaa", "e"):
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:w", **SINCE_2020)
    term(graph, "x", "vantaa-x", "2024-01-01", OPEN, annualFee=1001, annualFeeCurrency="EUR")
    await graph.write(empty_store)

    x, y = (await costs(empty_store, 2024, 2024)).networks

    # Unique are a, f and e: the working group is the network's own.
    assert (x.peers, x.per_unique_peer) == (6, CostPer(3, euro(334)))
    assert (x.per_theme, x.per_working_group) == (CostPer(0, None), CostPer(1, euro(1001)))
    assert (y.peers, y.per_unique_peer, y.members_complete) == (1, CostPer(0, None), False)
    without_unique = await costs(empty_store, 2024, 2024, selected=frozenset({"with_reach"}))
    assert without_unique.networks == tuple(replace(cost, per_unique_peer=CostPer(0, None)) for cost in (x, y))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dates(date(2015, 1, 1), date(2026, 12, 31)), min_size=2, max_size=6, unique=True),
    st.lists(st.tuples(st.none() | st.integers(0, 10**12), st.sampled_from(["EUR", "DKK"])), min_size=5, max_size=5),
)
async def test_totals_are_the_sums_of_the_rows(
    empty_store: Store, days: list[date], stated: list[tuple[int | None, str]]
) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("x")
    graph.member("vantaa", "x", period("2015-01-01", OPEN))
    terms = [(*bounds, *fee) for bounds, fee in zip(pairwise(sorted(days)), stated, strict=False)]
    for index, (begins, until, fee, currency) in enumerate(terms):
        money = {"annualFee": fee, "annualFeeCurrency": None if fee is None else currency}
        term(graph, str(index), "vantaa-x", str(begins), str(until), **money)
    await graph.write(empty_store)

    found = await costs(empty_store, 2015, 2026)
    (cost,) = found.networks

    expected: dict[str, int] = {}
    unknown = set(range(2015, 2027))
    for begins, until, fee, currency in terms:
        years = {year for year in range(2015, 2027) if begins < date(year + 1, 1, 1) and until > date(year, 1, 1)}
        unknown -= years
        if fee:
            expected[currency] = expected.get(currency, 0) + fee * len(years)
    for begins, until, fee, _ in terms:
        if fee is None:
            unknown |= {y for y in range(2015, 2027) if begins < date(y + 1, 1, 1) and until > date(y, 1, 1)}
    assert {total.currency: total.minor for total in cost.totals} == expected
    assert found.totals == cost.totals
    assert set(cost.unknown_years) == unknown


async def test_invalid_arguments(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    await graph.write(empty_store)

    assert await costs(empty_store, 2020, 2022) == CostPerNetwork((2020, 2021, 2022), (), ())
    with pytest.raises(BadArgument, match="2019 comes before from: 2020"):
        await costs(empty_store, 2020, 2019)
    for first, last in ((0, 2020), (2020, 99999), (-1, -1)):
        with pytest.raises(BadArgument, match="no year"):
            await costs(empty_store, first, last)
    with pytest.raises(UnknownId, match="'City:nowhere'"):
        await costs(empty_store, 2020, 2020, city="City:nowhere")
    with pytest.raises(BadArgument):
        await costs(empty_store, 2020, 2020, city="Network:x")


async def test_a_term_that_does_not_count_leaves_a_known_year_known(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("who")
    graph.member("vantaa", "who", SINCE_2020)
    money = {"annualFee": 100000, "annualFeeCurrency": "EUR"}
    graph.relate(graph.node("MembershipTerm:paid", **SINCE_2020, **money), "UNDER", "Membership:vantaa-who")
    graph.member("vantaa", "who", SINCE_2020, "APPLIED", "-again")
    graph.relate(graph.node("MembershipTerm:again", **SINCE_2020), "UNDER", "Membership:vantaa-who-again")
    await graph.write(empty_store)

    found = await costs(empty_store, 2024, 2024)
    (cost,) = found.networks
    assert (cost.totals, cost.unknown_years, found.incomplete) == ((Amount("EUR", 100000),), (), False)
    found = await costs(empty_store, 2024, 2024, include_applied=True)
    (cost,) = found.networks
    assert (cost.totals, cost.unknown_years, found.incomplete) == ((Amount("EUR", 100000),), (2024,), True)


@pytest.mark.parametrize(
    ("columns", "status", "fee"),
    [(SINCE_2020, "APPLIED", Amount("USD", 600000)), (period("1990-01-01", attested="1995-12-31"), "MEMBER", euro(1))],
    ids=["applied", "long unattested"],
)
async def test_the_fee_of_a_membership_that_does_not_count_leaves_the_year_unknown(
    empty_store: Store, columns: dict[str, object], status: str, fee: Amount
) -> None:
    """The membership beside it, which counts, has no fee."""
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("who")
    graph.member("vantaa", "who", SINCE_2020)
    graph.member("vantaa", "who", columns, status, "-again")
    # The term covers no day that the membership does not cover.
    money = {"annualFee": fee.minor, "annualFeeCurrency": fee.currency, "lastYearCharged": 2024}
    graph.relate(graph.node("MembershipTerm:again", **columns, **money), "UNDER", "Membership:vantaa-who-again")
    await graph.write(empty_store)

    found = await costs(empty_store, 2024, 2024)
    (cost,) = found.networks
    assert [(row.membership, row.fee, row.counted) for row in cost.years] == [
        ("Membership:vantaa-who", None, True),
        ("Membership:vantaa-who-again", fee, False),
    ]
    assert (cost.totals, cost.unknown_years, cost.last_year, found.incomplete) == ((), (2024,), None, True)

    found = await costs(empty_store, 2024, 2024, include_applied=True, standings=tuple(Standing))
    (cost,) = found.networks
    assert [(row.membership, row.fee, row.counted) for row in cost.years] == [
        ("Membership:vantaa-who-again", fee, True)
    ]
    assert (cost.totals, cost.unknown_years, cost.last_year, found.incomplete) == ((fee,), (), fee, False)
