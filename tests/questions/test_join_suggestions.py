"""Suggestions: what networks would add, how similar their members are, and how the score is made."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.analysis import AnalysisRunner
from graph.errors import BadArgument, UnknownId
from graph.questions import join_check
from graph.questions.ask import ask as ask_question
from graph.questions.join_suggestions import (
    QUESTION,
    Arguments,
    JoinSuggestion,
    JoinSuggestions,
    ScoreParts,
    SimilarMember,
)
from graph.questions.missing_data import MissingData
from graph.registry import answer, report
from graph.search import NameIndexReader
from graph.store import Store
from tests.questions.graph_builder import CLEAR, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, addressed


async def suggest(store: Store, runner: AnalysisRunner, **given: object) -> JoinSuggestions:
    arguments = Arguments(**{"city": "City:vantaa", "on": ON, **given})  # type: ignore[arg-type]
    async with store.reading() as reader:
        found = await answer(QUESTION, arguments, None, reader=reader, runner=runner, names=NameIndexReader(store))
    assert isinstance(found, JoinSuggestions)
    return found


def world() -> SmallGraph:
    graph = SmallGraph()
    for city, country in (("vantaa", "FI"), ("a", "FI"), ("b", "SE"), ("c", "SE"), ("d", "FI"), ("t", "SE")):
        graph.node(f"City:{city}", country=country)
    graph.themes("own", "safety", "youth", "climate", "culture")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.network("own", "youth", roster_on="2024-06-01")
    graph.network("large", "safety", "climate", roster_on="2024-06-01")
    graph.network("small", "culture")
    graph.network("empty", "climate")
    graph.network("local", kind="LOCAL")
    for network, members in (("own", ("vantaa", "a", "b")), ("large", "abcd"), ("small", "at"), ("local", "c")):
        for city in members:
            graph.member(city, network, SINCE_2020)
    graph.twins("vantaa", "t", SINCE_2020)
    return graph


async def test_gains_of_every_network(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.member("vantaa", "small", SINCE_2020, status="APPLIED")
    await graph.write(empty_store)

    found = await suggest(empty_store, runner)

    own = ("Network:own",)
    # The own network has three members, so that each of the other two has the weight 1/2.
    a, b = (SimilarMember(f"City:{city}", 0.5, own) for city in "ab")
    assert found == JoinSuggestions(
        suggestions=(
            JoinSuggestion(
                network="Network:large",
                score=1.0,
                parts=ScoreParts(1.0, 1.0, 1.0, 1.0),
                members=4,
                members_complete=True,
                # Youth is narrower than safety, so that the own network matches it.
                themes_gained=addressed("climate"),
                peers_gained=("City:c", "City:d"),
                similarity=1.0,
                similar=(a, b),
                same_country=("City:a", "City:d"),
                memberships=(),
            ),
            JoinSuggestion(
                network="Network:small",
                score=0.5,
                parts=ScoreParts(1.0, 0.0, 0.5, 0.5),
                members=2,
                members_complete=False,
                themes_gained=addressed("culture"),
                # a is met in the own network, and t is a twin town.
                peers_gained=(),
                similarity=0.5,
                similar=(a,),
                same_country=("City:a",),
                memberships=("Membership:vantaa-small",),
            ),
        ),
        candidates=2,
        missing=(
            MissingData("ROSTER", "NETWORK", ("Network:small",)),
            MissingData("THEMES", "TWINNING", ("Twinning:t-vantaa",)),
        ),
    )
    (first,) = (await suggest(empty_store, runner, limit=1)).suggestions
    assert first == found.suggestions[0]
    applied = await suggest(empty_store, runner, include_applied=True)
    assert [row.network for row in applied.suggestions] == ["Network:large"]


async def test_a_city_without_networks_or_country(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.cities("new")
    graph.network("themeless")
    graph.member("b", "themeless", SINCE_2020)
    graph.member("new", "themeless", period(None, attested="2008-01-01"))
    await graph.write(empty_store)

    found = await suggest(empty_store, runner, city="City:new")

    assert [(row.network, row.score, row.similarity, row.similar, row.same_country) for row in found.suggestions] == [
        ("Network:large", 0.5, 0.0, (), ()),
        ("Network:own", 0.3125, 0.0, (), ()),
        ("Network:small", 0.25, 0.0, (), ()),
        ("Network:themeless", 0.0625, 0.0, (), ()),
    ]
    last = found.suggestions[-1]
    # It was a member once, and the themes of the network are unknown.
    assert (last.memberships, last.themes_gained) == (("Membership:new-themeless",), None)
    assert MissingData("THEMES", "NETWORK", ("Network:themeless",)) in found.missing
    assert await suggest(empty_store, runner, on=date(1990, 1, 1)) == JoinSuggestions((), 0, found.missing[:0])


async def test_predecessors_are_no_suggestions(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = world()
    graph.relate("Network:large", "SUCCEEDS", "Network:own")
    await graph.write(empty_store)
    assert [row.network for row in (await suggest(empty_store, runner)).suggestions] == ["Network:small"]


async def test_refusals(empty_store: Store, runner: AnalysisRunner) -> None:
    await world().write(empty_store)
    for limit in (0, 101):
        with pytest.raises(BadArgument, match=f"limit: {limit} is out of range"):
            await suggest(empty_store, runner, limit=limit)
    with pytest.raises(UnknownId, match="'City:none'"):
        await suggest(empty_store, runner, city="City:none")


held = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("vwxyz"), min_size=1), min_size=2)
addresses = st.fixed_dictionaries(
    {network: st.sets(st.sampled_from(["safety", "youth", "hate", "climate"])) for network in "vwxyz"}
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held, addresses)
async def test_gains_are_those_of_join_check(
    empty_store: Store, runner: AnalysisRunner, held: dict[str, set[str]], addresses: dict[str, set[str]]
) -> None:
    await empty_store.write(lambda writing: writing.run(CLEAR))
    graph = SmallGraph()
    graph.cities(*"abcdef")
    graph.themes("own", "safety", "youth", "climate")
    graph.themes("aims", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    for network, slugs in addresses.items():
        graph.network(network, *sorted(slugs))
    for city, networks in held.items():
        for network in networks:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)
    city = min(held)

    found = await suggest(empty_store, runner, city=f"City:{city}")

    members = {network: {other for other in held if network in held[other]} for network in "vwxyz"}
    expected = {network for network in members if members[network] and network not in held[city]}
    assert {row.network[-1] for row in found.suggestions} == expected
    async with empty_store.reading() as reader:
        for row in found.suggestions:
            arguments = join_check.Arguments(city=f"City:{city}", network=row.network, on=ON)
            check = await ask_question(reader, join_check.QUESTION, arguments)
            assert (row.peers_gained, row.themes_gained) == (check.peers_gained, check.themes_gained)
            assert (row.members, row.members_complete) == (check.members, check.members_complete)
            similarity = sum(
                1 / (len(members[shared]) - 1)
                for member in members[row.network[-1]]
                for shared in held[member] & held[city]
            )
            assert row.similarity == pytest.approx(similarity, abs=1e-11)
    assert [row.score for row in found.suggestions] == sorted((row.score for row in found.suggestions), reverse=True)


@pytest.mark.slow
async def test_the_report_of_the_seeds(seeded_store: Store) -> None:
    found = await report(seeded_store, QUESTION, QUESTION.examples[0])
    assert [table.key for table in found.tables] == ["suggestions", "themes", "similar", "missing", "legend"]
    assert len(found.tables[0].rows) == 10
