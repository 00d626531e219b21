"""Leave impact: what only one network gives, what is saved, what hangs on it."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadArgument, UnknownId
from graph.questions import cost_per_network, join_check, leave_impacts
from graph.questions.ask import ask as ask_question
from graph.questions.declaration import Amount
from graph.questions.leave_impact import QUESTION, Arguments, Dependent, LeaveImpact
from graph.questions.missing_data import MissingData
from graph.store import Store
from tests.questions.graph_builder import CLEAR, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, addressed, ask


async def leave(
    store: Store, network: str, *, city: str = "City:vantaa", on: date = ON, include_applied: bool = False
) -> LeaveImpact:
    arguments = Arguments(city=city, network=f"Network:{network}", on=on, include_applied=include_applied)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments))


def world() -> SmallGraph:
    graph = SmallGraph()
    graph.cities("vantaa", "a", "b", "c", "d", "e")
    graph.themes("own", "safety", "youth", "climate", "culture")
    graph.themes("aims", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    graph.network("nsc", "safety", "climate", roster_on="2024-06-01")
    graph.network("eccar", "hate")
    graph.member("vantaa", "nsc", SINCE_2020)
    graph.member("vantaa", "eccar", SINCE_2020)
    for city in "abc":
        graph.member(city, "nsc", SINCE_2020)
    graph.member("b", "eccar", SINCE_2020)
    graph.twins("vantaa", "c", SINCE_2020)
    return graph


async def test_losses_that_only_the_network_offers(empty_store: Store) -> None:
    graph = world()
    graph.node("WorkingGroup:g")
    graph.relate("WorkingGroup:g", "PART_OF", "Network:nsc")
    graph.relate("WorkingGroup:g", "ADDRESSES", "Theme:culture")
    for city in "vantaa", "d":
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:g", sources=["Citation:g"], **SINCE_2020)
    graph.node("Project:p", **period("2023-01-01", "2025-01-01"))
    graph.relate("Project:p", "RUN_UNDER", "Network:nsc")
    graph.relate("City:vantaa", "PARTNER_IN", "Project:p", sources=["Citation:p"])
    graph.node("Project:over", **period("2020-01-01", "2024-01-01"))
    graph.relate("Project:over", "RUN_UNDER", "Network:nsc")
    graph.relate("City:vantaa", "PARTNER_IN", "Project:over", sources=[])
    fee = {"annualFee": 1_000_000, "annualFeeCurrency": "EUR"}
    term = graph.node("MembershipTerm:2024", **period("2024-01-01", "2026-01-01"), **fee)
    graph.relate(term, "UNDER", "Membership:vantaa-nsc")
    await graph.write(empty_store)

    found = await leave(empty_store, "nsc")

    assert found.standing == "IN_FORCE"
    assert found.memberships == ("Membership:vantaa-nsc",)
    # d hangs on the working group; b is met in the other network, c is a twin town.
    assert found.peers == ("City:a", "City:d")
    assert found.peers_kept == ("City:b", "City:c")
    assert found.non_members == ("City:d",)
    # A close match of a narrower theme answers to safety.
    assert found.themes == addressed("climate", "culture")
    assert found.themes_kept == addressed("safety")
    assert [(row.year, row.term, row.fee) for row in found.years] == [(2024, term, Amount("EUR", 1_000_000))]
    assert found.totals == (Amount("EUR", 1_000_000),)
    assert not found.cost_unknown
    assert found.dependents == (
        Dependent("Project:p", "PROJECT", "IN_FORCE", ON, ("Citation:p",)),
        Dependent("WorkingGroup:g", "WORKING_GROUP", "IN_FORCE", ON, ("Citation:g",)),
    )
    # Nobody says that the rosters of the group and the project are complete.
    assert found.lower_bound
    assert found.missing == (
        MissingData("ROSTER", "NETWORK", ("Network:eccar",)),
        MissingData("ROSTER", "PROJECT", ("Project:p",)),
        MissingData("ROSTER", "WORKING_GROUP", ("WorkingGroup:g",)),
        MissingData("THEMES", "PROJECT", ("Project:p",)),
        MissingData("THEMES", "TWINNING", ("Twinning:c-vantaa",)),
    )

    other = await leave(empty_store, "eccar")
    assert (other.peers, other.peers_kept, other.themes, other.themes_kept) == ((), ("City:b",), addressed("hate"), ())
    assert [(row.year, row.term, row.fee, row.standing) for row in other.years] == [(2024, None, None, "IN_FORCE")]
    assert (other.totals, other.cost_unknown, other.lower_bound) == ((), True, True)


async def test_a_city_that_is_no_member_has_nothing_to_lose(empty_store: Store) -> None:
    graph = world()
    await graph.write(empty_store)
    for city, on in (("City:d", ON), ("City:vantaa", date(2019, 1, 1))):
        assert await leave(empty_store, "nsc", city=city, on=on) == LeaveImpact(
            network="Network:nsc",
            standing=None,
            shown_on=None,
            memberships=(),
            peers=(),
            peers_kept=(),
            non_members=(),
            themes=(),
            themes_kept=(),
            years=(),
            totals=(),
            cost_unknown=False,
            dependents=(),
            lower_bound=False,
            missing=(),
        )


async def test_money_for_an_application_and_for_what_is_long_unattested(empty_store: Store) -> None:
    graph = world()
    graph.member("d", "nsc", SINCE_2020, status="APPLIED")
    graph.member("e", "nsc", period(None, attested="2008-01-01"))
    fee = {"annualFee": 1_000_000, "annualFeeCurrency": "EUR"}
    term = graph.node("MembershipTerm:2024", **period("2024-01-01", "2026-01-01"), **fee)
    graph.relate(term, "UNDER", "Membership:d-nsc")
    await graph.write(empty_store)

    found = await leave(empty_store, "nsc", city="City:d")
    assert [(row.fee, row.status, row.counted) for row in found.years] == [(Amount("EUR", 1_000_000), "APPLIED", False)]
    assert (found.standing, found.totals, found.cost_unknown) == (None, (), False)
    applied = await leave(empty_store, "nsc", city="City:d", include_applied=True)
    assert (applied.standing, applied.totals) == ("IN_FORCE", (Amount("EUR", 1_000_000),))
    # A membership last shown long ago may still cost something.
    old = await leave(empty_store, "nsc", city="City:e")
    assert [(row.fee, row.standing) for row in old.years] == [(None, "LONG_UNATTESTED")]
    assert (old.standing, old.totals, old.cost_unknown) == (None, (), True)


async def test_refusals(empty_store: Store) -> None:
    await world().write(empty_store)
    with pytest.raises(UnknownId, match="'Network:none'"):
        await leave(empty_store, "none")
    with pytest.raises(BadArgument, match="'City:vantaa' is an id of type City, not Network"):
        async with empty_store.reading() as reader:
            await ask_question(reader, QUESTION, Arguments(city="City:vantaa", network="City:vantaa", on=ON))


networks_by_city = st.dictionaries(st.sampled_from("abcde"), st.sets(st.sampled_from("xyz"), min_size=1), min_size=2)
themes_by_network = st.fixed_dictionaries(
    {network: st.sets(st.sampled_from(["safety", "youth", "hate", "climate"])) for network in "xyz"}
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks_by_city, themes_by_network)
async def test_joining_gives_back_what_leaving_takes(
    empty_store: Store, held: dict[str, set[str]], themes: dict[str, set[str]]
) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*"abcde")
    graph.themes("own", "safety", "youth", "climate")
    graph.themes("aims", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    for network, slugs in themes.items():
        graph.network(network, *sorted(slugs))
    for city, networks in held.items():
        for network in networks:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)
    city = min(held)

    async with empty_store.reading() as reading:
        for network in held[city]:
            ids = {"city": f"City:{city}", "network": f"Network:{network}"}
            taken = await ask_question(reading, QUESTION, Arguments(**ids, on=ON))
            given = await ask_question(reading, join_check.QUESTION, join_check.Arguments(**ids, on=ON))
            assert (taken.peers, taken.themes) == (given.peers_gained, given.themes_gained or ())
            met = {other for other, networks in held.items() if other != city and networks & (held[city] - {network})}
            of_network = {other for other, networks in held.items() if other != city and network in networks}
            assert set(taken.peers) == {f"City:{other}" for other in of_network - met}


async def test_the_seeds_and_the_same_cost_as_by_network(seeded_store: Store) -> None:
    on = date(2023, 11, 27)
    found = await leave(seeded_store, "nordic-safe-cities", on=on)
    assert found.totals == (Amount("EUR", 1_000_000),)
    assert not found.cost_unknown
    assert len(found.peers) + len(found.peers_kept) == 20
    arguments = cost_per_network.Arguments(city="City:vantaa", from_=2023, until=2023)
    costs = await ask(seeded_store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))
    (of_network,) = [cost for cost in costs.networks if cost.network == "Network:nordic-safe-cities"]
    assert (found.years, found.totals) == (of_network.years, of_network.totals)


@pytest.mark.slow
async def test_the_impacts_of_all_networks_are_those_of_each(seeded_store: Store) -> None:
    on = date(2025, 6, 1)
    arguments = leave_impacts.Arguments(city="City:helsinki", on=on)
    found = await ask(seeded_store, lambda reader: ask_question(reader, leave_impacts.QUESTION, arguments))
    assert len(found) > 5
    for impact in found:
        slug = impact.network.removeprefix("Network:")
        assert impact == await leave(seeded_store, slug, city="City:helsinki", on=on)
        assert impact.standing is not None
    with pytest.raises(UnknownId, match="'City:none'"):
        async with seeded_store.reading() as reader:
            await ask_question(reader, leave_impacts.QUESTION, leave_impacts.Arguments(city="City:none", on=on))
