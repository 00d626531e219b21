"""Optimal portfolio: what to keep, what it costs, what depends on an unknown fee, what is lost."""

from datetime import date
from fractions import Fraction
from itertools import combinations
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.analysis import AnalysisRunner
from graph.errors import BadArgument, UnknownId
from graph.questions.ask import ask as ask_question
from graph.questions.cost_per_network import YearCost
from graph.questions.declaration import Amount
from graph.questions.fee_rules import RuleFee
from graph.questions.join_check import QUESTION as JOIN_CHECK
from graph.questions.join_check import Arguments as JoinArguments
from graph.questions.missing_data import MissingData
from graph.questions.network_portfolio import (
    QUESTION,
    Arguments,
    CostInterval,
    NetworkPortfolio,
    PortfolioNetwork,
    PortfolioPoint,
)
from graph.registry import answer, report
from graph.search import NameIndexReader
from graph.store import Store
from graph.vocabulary import Standing
from tests.questions.graph_builder import CLEAR, OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, addressed, ask


async def choose(store: Store, runner: AnalysisRunner, **given: object) -> NetworkPortfolio:
    arguments = Arguments(**{"city": "City:vantaa", "on": ON, **given})  # type: ignore[arg-type]
    names = NameIndexReader(store)
    found = await ask(
        store, lambda reader: answer(QUESTION, arguments, None, reader=reader, runner=runner, names=names)
    )
    assert isinstance(found, NetworkPortfolio)
    return found


def charge(graph: SmallGraph, network: str, fee: int | None, currency: str = "EUR") -> str:
    """A term of Vantaa's membership for 2024 and 2025, of which a source states the fee in whole units, or none."""
    money = {} if fee is None else {"annualFee": fee * 100, "annualFeeCurrency": currency}
    term = graph.node(f"MembershipTerm:{network}", **period("2024-01-01", "2026-01-01"), **money)
    graph.relate(term, "UNDER", f"Membership:vantaa-{network}")
    graph.cites(term, f"fee-{network}", "annualFee")
    return term


def rule(graph: SmallGraph, network: str, fee: int, currency: str = "EUR", slug: str = "", **columns: object) -> str:
    """A fee rule of the network, with the yearly fee in whole units."""
    found = graph.node(f"FeeRule:{network}{slug}", annualFee=fee * 100, annualFeeCurrency=currency, **columns)
    graph.relate(f"Network:{network}", "CHARGES", found)
    graph.cites(found, f"rule-{network}{slug}")
    return found


def world() -> SmallGraph:
    """Four networks: `big` alone covers all themes; `one` and `two` do so together; `free` adds a peer."""
    graph = SmallGraph()
    graph.cities("vantaa", "a", "b", "c", "d", "e", "t")
    graph.themes("own", "safety", "youth", "climate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.network("big", "youth", "climate", roster_on="2024-06-01")
    graph.network("one", "youth", roster_on="2024-06-01")
    graph.network("two", "climate", roster_on="2024-06-01")
    graph.network("free", roster_on="2024-06-01")
    for network, members in (("big", "abc"), ("one", "ab"), ("two", "cd"), ("free", "e")):
        for city in ("vantaa", *members):
            graph.member(city, network, SINCE_2020)
    graph.twins("vantaa", "t", SINCE_2020)
    return graph


def point(
    *networks: str, cost: int, peers: int, unknown: int = 0, within: bool | None = None, rules: int = 0
) -> PortfolioPoint:
    least = Amount("EUR", cost * 100)
    return PortfolioPoint(
        networks=tuple(f"Network:{network}" for network in networks),
        cost=CostInterval(least, None if unknown else least),
        unknown_fees=unknown,
        rule_fees=rules,
        peers=peers,
        share=peers / 6,
        within_budget=within,
        lower_bound=False,
    )


async def test_the_cheapest_with_all_themes(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    terms = {network: charge(graph, network, fee) for network, fee in (("big", 900), ("one", 300), ("two", 500))}
    charge(graph, "free", 0)
    await graph.write(empty_store)

    found = await choose(empty_store, runner, budget=1000)

    def fee(network: str, euros: int) -> tuple[YearCost, ...]:
        sources = (f"Citation:fee-{network}",)
        row = YearCost(
            year=2024,
            fee=Amount("EUR", euros * 100),
            status="MEMBER",
            standing="IN_FORCE",
            counted=True,
            euro=None,
            euro_rate=None,
            budget_line=None,
            membership=f"Membership:vantaa-{network}",
            term=terms[network],
            decision=None,
            sources=sources,
        )
        return (row,)

    def network(name: str, euros: int, peers: tuple[str, ...], *themes: str) -> PortfolioNetwork:
        amount = Amount("EUR", euros * 100)
        return PortfolioNetwork(
            network=f"Network:{name}",
            standing="IN_FORCE",
            shown_on=ON,
            memberships=(f"Membership:vantaa-{name}",),
            cost=CostInterval(amount, amount),
            years=fee(name, euros),
            from_rule=False,
            rules=(),
            depends_on_fee=False,
            break_even=None,
            peers=peers,
            themes=addressed(*themes),
            dependents=(),
            members_complete=True,
        )

    terms["free"] = "MembershipTerm:free"
    # All six peers and both themes: `one` and `two` for 800; `free` is known to cost nothing and keeps e.
    assert found == NetworkPortfolio(
        feasible=True,
        portfolio=point("free", "one", "two", cost=800, peers=6, within=True),
        chosen=(
            network("free", 0, ("City:e",)),
            network("one", 300, ("City:a", "City:b"), "youth"),
            network("two", 500, ("City:c", "City:d"), "climate"),
        ),
        dropped=(network("big", 900, ()),),
        least_cost=Amount("EUR", 80_000),
        known=point("free", "one", "two", cost=800, peers=6, within=True),
        themes=("Theme:climate", "Theme:youth"),
        unmatched=(),
        peers=6,
        peers_needed=6,
        peers_elsewhere=1,
        front=(point("free", "one", "two", cost=800, peers=6, within=True),),
        front_step=1,
        other_currencies=(),
        lower_bound=False,
        missing=(
            MissingData("THEMES", "NETWORK", ("Network:free",)),
            MissingData("THEMES", "TWINNING", ("Twinning:t-vantaa",)),
        ),
    )


async def test_asked_themes_share_and_budget(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.node("Theme:culture", position=9)
    for network, fee in (("big", 900), ("one", 300), ("two", 500), ("free", 100)):
        charge(graph, network, fee)
    await graph.write(empty_store)

    # Youth is narrower than safety and matches it. Half of six peers: a, b and the twin town.
    asked = {"themes": ("Theme:safety", "Theme:culture"), "peer_share": 0.5}
    found = await choose(empty_store, runner, **asked)
    assert found.portfolio == point("one", cost=300, peers=3)
    assert (found.themes, found.unmatched) == (("Theme:safety",), ("Theme:culture",))
    assert (found.peers_needed, found.peers_elsewhere) == (3, 1)
    assert [(row.network, row.peers, row.themes) for row in found.dropped] == [
        ("Network:big", ("City:c",), addressed("climate")),
        ("Network:free", ("City:e",), ()),
        ("Network:two", ("City:c", "City:d"), addressed("climate")),
    ]
    assert found.front == (
        point("one", cost=300, peers=3),
        point("free", "one", cost=400, peers=4),
        point("one", "two", cost=800, peers=5),
        point("free", "one", "two", cost=900, peers=6),
    )

    poor = await choose(empty_store, runner, **asked, budget=299, points=2)
    assert (poor.feasible, poor.portfolio, poor.chosen, poor.dropped, poor.known) == (False, None, (), (), None)
    assert poor.least_cost == Amount("EUR", 30_000)
    assert poor.front == (
        point("one", cost=300, peers=3, within=False),
        point("free", "one", "two", cost=900, peers=6, within=False),
    )
    assert poor.front_step == 3


async def test_unknown_fees_are_intervals(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    charge(graph, "big", 900)
    charge(graph, "two", None)
    charge(graph, "free", 2_000, "SEK")
    await graph.write(empty_store)

    found = await choose(empty_store, runner, peer_share=0.6, budget=950)

    # No source states the fees of `one` and `two`. They may be less than the 900 of `big`, the best that is known.
    assert found.portfolio == point("one", "two", cost=0, peers=5, unknown=2)
    assert found.known == point("big", cost=900, peers=4, within=True)
    euros = Amount("EUR", 90_000)
    assert [(row.network, row.cost, row.depends_on_fee, row.break_even) for row in found.chosen] == [
        ("Network:one", CostInterval(Amount("EUR", 0), None), True, euros),
        ("Network:two", CostInterval(Amount("EUR", 0), None), True, euros),
    ]
    # A fee in another currency is not converted.
    assert found.other_currencies == ("Network:free",)
    (free,) = [row for row in found.dropped if row.network == "Network:free"]
    assert (free.cost, free.years[0].fee) == (CostInterval(Amount("EUR", 0), None), Amount("SEK", 200_000))
    assert found.missing[0] == MissingData("FEE", "NETWORK", ("Network:one", "Network:two"))

    # With all peers, every portfolio contains `two` and `free`: the choice does not depend on their fees.
    all_peers = await choose(empty_store, runner)
    assert [(row.network, row.depends_on_fee, row.break_even) for row in all_peers.chosen] == [
        ("Network:free", False, None),
        ("Network:one", True, euros),
        ("Network:two", False, None),
    ]
    assert all_peers.known is None


async def test_fees_of_rules(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.node("City:vantaa", population=242_819, populationYear=2022)
    # A fee that a source states for the city replaces the rules.
    charge(graph, "big", 900)
    rule(graph, "big", 1)
    charge(graph, "one", None)
    rule(graph, "one", 300, populationFrom=200_001)
    rule(graph, "one", 999, slug="-small", populationUpTo=200_000)
    rule(graph, "two", 500, **period("2020-01-01", OPEN))
    rule(graph, "two", 999, slug="-past", **period("2016-01-01", "2020-01-01"))
    rule(graph, "free", 2_000, "SEK")
    await graph.write(empty_store)

    found = await choose(empty_store, runner, peer_share=0.8, budget=800)

    assert found.portfolio == point("one", "two", cost=800, peers=5, within=True, rules=2)
    assert found.known == found.portfolio
    one, two = found.chosen
    euros = Amount("EUR", 30_000)
    assert (one.cost, one.from_rule, one.depends_on_fee) == (CostInterval(euros, euros), True, False)
    assert one.rules == (RuleFee("FeeRule:one", None, True, euros, None, ("Citation:rule-one",)),)
    assert [(row.fee, row.term) for row in one.years] == [(None, "MembershipTerm:one")]
    assert [row.rule for row in two.rules] == ["FeeRule:two"]
    big, free = found.dropped
    assert (big.cost.least, big.from_rule, big.rules) == (Amount("EUR", 90_000), False, ())
    assert (free.cost, free.from_rule) == (CostInterval(Amount("EUR", 0), None), True)
    assert found.other_currencies == ("Network:free",)
    assert "FEE" not in {row.unknown for row in found.missing}
    for row in (one, two, free):
        check = JoinArguments(city="City:vantaa", network=row.network, on=ON)
        joined = await ask(empty_store, lambda reader, check=check: ask_question(reader, JOIN_CHECK, check))
        assert (joined.rules, joined.yearly_fee) == (row.rules, row.rules[0].fee)


async def test_rules_that_differ_or_may_not_apply_give_no_fee(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    rule(graph, "one", 300, slug="-full")
    rule(graph, "one", 150, slug="-observer")
    # The number of inhabitants of Vantaa is not recorded.
    rule(graph, "two", 500, populationFrom=100_000)
    await graph.write(empty_store)

    found = await choose(empty_store, runner)

    rows = {row.network.removeprefix("Network:"): row for row in (*found.chosen, *found.dropped)}
    assert {(row.cost, row.from_rule) for row in rows.values()} == {(CostInterval(Amount("EUR", 0), None), False)}
    assert {name: [fee.applies for fee in row.rules] for name, row in rows.items()} == {
        "big": [],
        "free": [],
        "one": [True, True],
        "two": [None],
    }
    assert found.missing[0] == MissingData("FEE", "NETWORK", tuple(f"Network:{name}" for name in sorted(rows)))


async def test_working_groups_applications_and_standings(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.network("applied", "safety", roster_on="2024-06-01")
    graph.member("vantaa", "applied", SINCE_2020, status="APPLIED")
    graph.network("old", "climate")
    graph.member("vantaa", "old", period(None, attested="2008-01-01"))
    graph.node("WorkingGroup:g")
    graph.relate("WorkingGroup:g", "PART_OF", "Network:free")
    graph.relate("WorkingGroup:g", "ADDRESSES", "Theme:climate")
    for city in ("vantaa", "d"):
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:g", sources=["Citation:g"], **SINCE_2020)
    for network, fee in (("big", 900), ("one", 300), ("two", 500), ("free", 100)):
        charge(graph, network, fee)
    await graph.write(empty_store)

    # The working group gives `free` the theme and the peer of `two`; c is lost.
    found = await choose(empty_store, runner, peer_share=0.8)
    assert [row.network for row in found.chosen] == ["Network:free", "Network:one"]
    assert found.chosen[0].dependents == ("WorkingGroup:g",)
    assert [row.network for row in found.dropped] == ["Network:big", "Network:two"]
    # The roster of the working group is not known to be complete.
    assert (found.lower_bound, found.chosen[0].members_complete, found.chosen[1].members_complete) == (
        True,
        False,
        True,
    )
    assert MissingData("ATTESTATION", "NETWORK", ("Network:old",)) in found.missing

    more = await choose(
        empty_store,
        runner,
        peer_share=0.8,
        include_applied=True,
        standings=tuple(Standing),
    )
    networks = {row.network for row in (*more.chosen, *more.dropped)}
    assert networks == {f"Network:{name}" for name in ("applied", "big", "free", "old", "one", "two")}


async def test_a_fee_that_does_not_count_says_nothing_of_one_that_does(
    empty_store: Store, runner: AnalysisRunner
) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "a")
    graph.network("safe", roster_on="2024-06-01")
    for city in ("vantaa", "a"):
        graph.member(city, "safe", SINCE_2020)
    graph.member("vantaa", "safe", period("1990-01-01", attested="1995-12-31"), suffix="-earlier")
    fee = {"annualFee": 100_00, "annualFeeCurrency": "EUR"}
    graph.node("MembershipTerm:earlier", **period("1990-01-01", attested="1995-12-31"), **fee, chargedUntil=2100)
    graph.relate("MembershipTerm:earlier", "UNDER", "Membership:vantaa-safe-earlier")
    await graph.write(empty_store)
    found = await choose(empty_store, runner)
    assert [(row.fee, row.standing, row.counted) for row in found.chosen[0].years] == [
        (None, "IN_FORCE", True),
        (Amount("EUR", 100_00), "LONG_UNATTESTED", False),
    ]
    assert found.chosen[0].cost == CostInterval(Amount("EUR", 0), None)


async def test_a_city_without_networks(empty_store: Store, runner: AnalysisRunner) -> None:
    await world().write(empty_store)
    found = await choose(empty_store, runner, city="City:t")
    assert (found.feasible, found.chosen, found.dropped) == (True, (), ())
    assert (found.peers, found.peers_elsewhere, found.least_cost) == (1, 1, Amount("EUR", 0))
    alone = await choose(empty_store, runner, on=date(2000, 1, 1), themes=("Theme:safety",))
    assert (alone.feasible, alone.peers, alone.unmatched) == (True, 0, ("Theme:safety",))
    assert alone.portfolio is not None and alone.portfolio.share == 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"peer_share": 1.5}, BadArgument, "peerShare: 1.5 is no share"),
        ({"budget": -1}, BadArgument, "budget: -1 is negative"),
        ({"points": 1}, BadArgument, "points: 1 is out of range"),
        ({"points": 101}, BadArgument, "points: 101 is out of range"),
        ({"currency": "eur"}, BadArgument, "currency: 'eur' is not an ISO 4217 currency"),
        ({"themes": ("Theme:safety", "City:a")}, BadArgument, "themes: 'City:a' is an id of type City, not Theme"),
        ({"themes": ("Theme:safety", "Theme:none")}, UnknownId, "'Theme:none'"),
        ({"city": "City:none"}, UnknownId, "'City:none'"),
    ],
)
async def test_refusals(
    empty_store: Store, runner: AnalysisRunner, given: dict[str, object], error: type[Exception], message: str
) -> None:
    await world().write(empty_store)
    arguments = Arguments(**{"city": "City:vantaa", "on": ON, **given})  # type: ignore[arg-type]
    async with empty_store.reading() as reader:
        with pytest.raises(error, match=message):
            await answer(QUESTION, arguments, None, reader=reader, runner=runner, names=NameIndexReader(empty_store))


members = st.fixed_dictionaries({network: st.sets(st.sampled_from("abcdef")) for network in "vwxyz"})
themes = st.fixed_dictionaries(
    {network: st.sets(st.sampled_from(["safety", "youth", "climate"])) for network in "vwxyz"}
)
fees = st.fixed_dictionaries({network: st.none() | st.sampled_from([0, 100, 200, 250]) for network in "vwxyz"})
ruled = st.sets(st.sampled_from("vwxyz"))


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members, themes, fees, ruled, st.integers(0, 10), st.none() | st.integers(0, 800))
async def test_against_all_subsets(
    empty_store: Store,
    runner: AnalysisRunner,
    members: dict[str, set[str]],
    themes: dict[str, set[str]],
    fees: dict[str, int | None],
    ruled: set[str],
    tenths: int,
    budget: int | None,
) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities("vantaa", *"abcdef")
    graph.themes("own", "safety", "youth", "climate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    for network in "vwxyz":
        graph.network(network, *sorted(themes[network]))
        graph.member("vantaa", network, SINCE_2020)
        for city in sorted(members[network]):
            graph.member(city, network, SINCE_2020)
        fee = fees[network]
        # The fee of a network in `ruled` is known from a rule only.
        charge(graph, network, None if network in ruled else fee)
        if network in ruled and fee is not None:
            rule(graph, network, fee)
    await graph.write(empty_store)

    found = await choose(empty_store, runner, peer_share=tenths / 10, budget=budget)

    matching = {"safety": {"safety", "youth"}, "youth": {"youth"}, "climate": {"climate"}}
    wanted = set().union(*themes.values())
    present = set().union(*members.values())
    needed = ceil(Fraction(tenths, 10) * len(present))
    rows: list[tuple[int, int, int, int, tuple[str, ...]]] = []
    for size in range(6):
        for chosen in combinations("vwxyz", size):
            peers = set().union(*(members[network] for network in chosen))
            matched = set().union(*(themes[network] for network in chosen))
            cost = sum(fees[network] or 0 for network in chosen)
            if len(peers) >= needed and all(matching[theme] & matched for theme in wanted):
                unknown = sum(fees[network] is None for network in chosen)
                rows.append((cost, unknown, -len(peers), size, chosen))
    fitting = [row for row in rows if budget is None or row[0] <= budget]
    assert found.least_cost == Amount("EUR", min(rows)[0] * 100)
    assert found.feasible is bool(fitting)
    if fitting:
        best = min(fitting)
        assert found.portfolio is not None
        assert found.portfolio.networks == tuple(f"Network:{network}" for network in best[4])
        assert (found.portfolio.cost.least.minor, found.portfolio.peers) == (best[0] * 100, -best[2])
        assert (found.portfolio.cost.most is None) is (best[1] > 0)
        assert found.portfolio.rule_fees == sum(fees[name] is not None and name in ruled for name in best[4])
        for row in found.chosen:
            name = row.network[-1]
            others = [other[0] for other in fitting if name not in other[4]]
            expected = min(others) - best[0] if fees[name] is None and others else None
            assert (row.break_even and row.break_even.minor) == (None if expected is None else expected * 100)
    known = [row for row in fitting if row[1] == 0]
    assert (found.known and found.known.networks) == (
        tuple(f"Network:{network}" for network in min(known)[4]) if known else None
    )


async def test_the_report_of_the_seeds(seeded_store: Store) -> None:
    found = await report(seeded_store, QUESTION, QUESTION.examples[0])
    assert [table.key for table in found.tables] == ["chosen", "dropped", "front", "missing", "legend"]
    assert found.title == "Memberships that keep the themes and peers of Vantaa at the least cost, 2023-11-27"
    assert found.summary == (
        "Networks to keep: 2 of 3. Cost in the year: at least 10000.00 EUR. Peers kept: 132 of at least 133. "
        "Themes kept: 23. With its unknown fees, the cost may exceed a budget."
    )


async def test_fees_of_the_seeds_from_rules(seeded_store: Store, runner: AnalysisRunner) -> None:
    arguments = Arguments(city="City:helsinki", budget=20_000, on=date(2024, 12, 31))
    async with seeded_store.reading() as reader:
        names = NameIndexReader(seeded_store)
        found = await answer(QUESTION, arguments, None, reader=reader, runner=runner, names=names)
        check = JoinArguments(city="City:helsinki", network="Network:iclei", on=arguments.on)
        joined = await ask_question(reader, JOIN_CHECK, check)
    assert isinstance(found, NetworkPortfolio)
    (iclei,) = [row for row in (*found.chosen, *found.dropped) if row.network == check.network]
    assert joined.yearly_fee == Amount("EUR", 262_000)
    assert (iclei.cost, iclei.from_rule) == (CostInterval(joined.yearly_fee, joined.yearly_fee), True)
