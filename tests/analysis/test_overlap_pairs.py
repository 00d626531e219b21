"""The pairs computed from the snapshot are those that the statement computes."""

from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest

from graph.analysis import AnalysisRunner
from graph.pagination import Page, Paged
from graph.questions.ask import ask
from graph.questions.enums import OverlapLevel
from graph.questions.overlapping_memberships import QUESTION, Arguments, Overlap
from graph.registry import answer
from graph.search import NameIndexReader
from graph.store import Store
from graph.vocabulary import Standing
from tests.questions.examples import varied
from tests.questions.graph_builder import SmallGraph, period

ALL = Page(first=500)
DAYS = (date(2005, 1, 1), date(2012, 6, 30), date(2024, 6, 1), date(2032, 1, 1))
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"city": "City:c0"},
    {"network": "Network:n3"},
    {"network": "Network:local1", "level": OverlapLevel.UNITS},
    {"city": "City:c0", "network": "Network:n3", "level": OverlapLevel.CITIES},
)
STANDINGS = ((Standing.IN_FORCE,), (Standing.IN_FORCE, Standing.ATTESTED_EARLIER), tuple(Standing))


async def both(store: Store, runner: AnalysisRunner, arguments: Arguments) -> tuple[Paged[Overlap], Paged[Overlap]]:
    async with store.reading() as reader:
        found = await answer(QUESTION, arguments, ALL, reader=reader, runner=runner, names=NameIndexReader(store))
        assert isinstance(found, Paged)
        return found, await ask(reader, QUESTION, arguments, ALL)


@pytest.mark.slow
async def test_on_the_seeds(seeded_store: Store) -> None:
    totals: list[int] = []
    async with AnalysisRunner(seeded_store) as runner:
        for arguments in varied(QUESTION):
            computed, stated = await both(seeded_store, runner, arguments)
            assert computed == stated, arguments
            totals.append(computed.total)
    assert max(totals) > 50


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_on_random_graphs(empty_store: Store, seed: int) -> None:
    random = Random(seed)
    await _random_graph(random).write(empty_store)
    totals: list[int] = []
    async with AnalysisRunner(empty_store) as runner:
        for filters, on, applied, standings in product(FILTERS, DAYS, (False, True), STANDINGS):
            arguments = Arguments(**filters, on=on, include_applied=applied, standings=standings)
            computed, stated = await both(empty_store, runner, arguments)
            assert computed == stated, arguments
            totals.append(computed.total)
    assert len(set(totals)) > 5


def _random_graph(random: Random) -> SmallGraph:
    """Cities that have several memberships in a network, of any status and period, and local networks of one city."""
    graph = SmallGraph()
    cities = [f"c{number}" for number in range(12)]
    graph.cities(*cities)
    for network in range(8):
        graph.network(f"n{network}", roster_on=random.choice((None, "2024-06-01")))
        for city in random.sample(cities, random.randint(1, 9)):
            for number in range(random.choice((1, 1, 2))):
                begins = random.choice((None, "2003", "2011", "2019"))
                ends = random.choice(("UNKNOWN", "UNKNOWN", "2015-06", "2026"))
                attested = random.choice(("2012-06-30", "2020-01-01", "2024-06-01"))
                columns = period(begins and f"{begins}-01-01", ends, attested=attested if ends == "UNKNOWN" else None)
                status = random.choice(("MEMBER", "MEMBER", "MEMBER", "APPLIED", "LEFT"))
                graph.member(city, f"n{network}", columns, status, f"-{number}")
    for number in range(3):
        local = graph.network(f"local{number}", kind="LOCAL")
        graph.relate(local, "OF", "City:c0")
        for unit in range(number, 4):
            if number == 0:
                graph.node(f"Unit:u{unit}")
            graph.relate(f"Unit:u{unit}", "TAKES_PART_IN", local)
    return graph


async def test_after_a_write(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a", "b")
    for network in "xy":
        graph.network(network)
        graph.member("a", network, period("2020-01-01", "OPEN"))
    await graph.write(empty_store)
    arguments = Arguments(on=date(2024, 6, 1))
    async with AnalysisRunner(empty_store) as runner:
        before, _ = await both(empty_store, runner, arguments)
        more = SmallGraph()
        more.network("z")
        more.cities("c")
        for network in "xyz":
            more.node(f"Membership:c-{network}", status="MEMBER", **period("2020-01-01", "OPEN"))
            more.relate("City:c", "HOLDS", f"Membership:c-{network}")
            more.relate(f"Membership:c-{network}", "IN", f"Network:{network}")
        await more.write(empty_store)
        after, stated = await both(empty_store, runner, arguments)
    assert [row.shared for row in before.rows] == [1]
    assert after == stated
    assert [(row.network[-1], row.other[-1], row.shared) for row in after.rows] == [
        ("x", "y", 2),
        ("x", "z", 1),
        ("y", "z", 1),
    ]
