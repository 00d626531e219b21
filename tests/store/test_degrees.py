"""The degrees of the graph are measured once for every revision, and expensive statements have a lane of their own."""

import asyncio
from dataclasses import replace

from graph.store import Degree, Degrees, Statement, Store, StoreSettings, WriteTransaction, metadata
from graph.store.degrees import STORE_DEGREES
from tests.conditions import until
from tests.questions.graph_builder import OPEN, SmallGraph, period

ONE = Statement.of_text("test/one", "RETURN 1 AS one")


async def test_degrees_are_measured_again_after_a_change(empty_store: Store) -> None:
    nothing = await empty_store.degrees()
    assert set(nothing.nodes.values()) == {0}
    assert nothing.of("HOLDS", outgoing=True) == Degree(0, 0, 0)
    small = SmallGraph()
    for city in "abc":
        small.node(f"City:{city}", city)
    small.network("x")
    small.network("y")
    for city, network in ("ax", "bx", "ay"):
        small.member(city, network, period("2010-01-01", OPEN))
    await small.write(empty_store)
    degrees = await empty_store.degrees()
    assert (degrees.nodes["City"], degrees.nodes["Network"], degrees.nodes["Membership"]) == (3, 2, 3)
    assert degrees.of("HOLDS", outgoing=True) == Degree(nodes=2, total=3, most=2)
    assert degrees.of("HOLDS", outgoing=True).mean == 1.5
    assert degrees.of("HOLDS", outgoing=False) == Degree(nodes=3, total=3, most=1)
    assert degrees.of("IN", outgoing=False) == Degree(nodes=2, total=3, most=2)
    assert degrees.revision == await empty_store.revision()


async def test_stored_degrees_are_not_measured_again(empty_store: Store) -> None:
    measured = await empty_store.degrees()
    sent: list[str] = []
    empty_store.observers.append(lambda name, _text: sent.append(name))
    try:
        assert await empty_store.degrees() == measured
        assert "store/degree" not in sent
        await empty_store.write(lambda writing: writing.run(STORE_DEGREES, {"degrees": "{}"}))  # of another program
        assert await empty_store.degrees() == measured
        assert "store/degree" in sent
    finally:
        empty_store.observers.pop()
    assert isinstance(measured, Degrees)


async def test_degrees_are_estimated_before_they_are_measured(empty_store: Store) -> None:
    measured = await empty_store.degrees()
    assert await empty_store.estimated_degrees() == measured
    small = SmallGraph()
    for city in "abc":
        small.node(f"City:{city}", city)
    small.network("x")
    for city in "abc":
        small.member(city, "x", period("2010-01-01", OPEN))
    await small.write(empty_store)
    estimated = await empty_store.estimated_degrees()
    assert estimated is not None
    assert (estimated.nodes["City"], estimated.nodes["Membership"], estimated.nodes["Theme"]) == (3, 3, 0)
    # All relationships may belong to one node: nothing was measured. IN leads to several labels.
    assert estimated.of("HOLDS", outgoing=True) == Degree(nodes=3, total=3, most=3)
    assert estimated.of("IN", outgoing=False) == Degree(nodes=3, total=3, most=3)
    assert estimated.revision == await empty_store.revision()
    await empty_store.degrees()
    another = SmallGraph()
    another.node("City:d", "d")
    another.network("y")
    another.member("d", "y", period("2010-01-01", OPEN))
    await another.write(empty_store)
    estimated = await empty_store.estimated_degrees()
    assert estimated is not None
    assert estimated.of("HOLDS", outgoing=True) == Degree(nodes=3, total=4, most=1)  # mean and maximum as measured
    assert estimated.nodes["City"] == 4


async def test_without_checksums_the_stored_degrees_are_used(empty_store: Store) -> None:
    async def forget(transaction: WriteTransaction) -> None:
        await transaction.set_checksums(None)
        await transaction.run(STORE_DEGREES, {"degrees": None})

    await empty_store.write(forget)
    assert await empty_store.estimated_degrees() is None
    measured = await empty_store.degrees()

    async def change(transaction: WriteTransaction) -> None:
        await transaction.run(metadata.INCREMENT_REVISION)

    await empty_store.write(change)
    assert await empty_store.estimated_degrees() == measured


async def test_cheap_statements_pass_while_the_lane_of_expensive_ones_is_full(
    store: Store, store_settings: StoreSettings
) -> None:
    async with Store.open(replace(store_settings, max_expensive=1)) as opened:
        charged: list[str] = []
        async with (
            opened.expensive_lane.acquire("test/other"),
            opened.reading(opened.expensive_lane, lambda _: charged.append("expensive")) as expensive,
            opened.reading(charge=lambda _: charged.append("cheap")) as cheap,
        ):
            waiting = asyncio.create_task(expensive.run(ONE))
            await until(lambda: opened.expensive_lane.queued == 1)
            assert await cheap.run(ONE) == [{"one": 1}]
            assert not waiting.done()
            assert charged == ["cheap"]
            waiting.cancel()
        async with opened.reading(opened.expensive_lane) as expensive:
            assert await expensive.run(ONE) == [{"one": 1}]
            assert opened.expensive_lane.in_use == 0
