"""Analyses in a process of their own: the same answers, bounds that hold, and an event loop that goes on."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from graph.analysis import AnalysisLimits, AnalysisRunner, Measure, NullModel, Side, centrality, significance, summarize
from graph.errors import AnalysisBusy, AnalysisError
from graph.store import Store
from tests.analysis.sample_networks import davis
from tests.analysis.slow_tasks import allocate, fail, sleep, spin


@pytest_asyncio.fixture
async def analyst(store: Store) -> AsyncIterator[AnalysisRunner]:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30)) as opened:
        yield opened


async def test_the_same_answers_as_here(analyst: AnalysisRunner) -> None:
    two_mode = davis()
    found = await analyst.run(centrality, two_mode, Measure.BETWEENNESS)
    assert found == centrality(two_mode, Measure.BETWEENNESS)
    assert await analyst.run(summarize, two_mode) == summarize(two_mode)


async def test_progress_is_reported(analyst: AnalysisRunner) -> None:
    reported: list[tuple[int, int]] = []
    await analyst.run(
        significance,
        davis(),
        Side.CITIES,
        NullModel.FDSM,
        trials=5,
        on_progress=lambda done, total: reported.append((done, total)),
    )
    assert reported == [(done, 5) for done in range(1, 6)]


async def test_errors_come_back_as_they_are(analyst: AnalysisRunner) -> None:
    with pytest.raises(AnalysisError, match="trials: 0 is less than 1") as caught:
        await analyst.run(significance, davis(), Side.CITIES, NullModel.FDSM, trials=0)
    assert caught.value.hint == "use at least 1; the usual number is 1000"
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        await analyst.run(fail)
    # The process lives on after both.
    assert await analyst.run(sleep, 0) == "rested"


async def test_the_event_loop_goes_on_and_a_limit_of_time_holds(store: Store) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    async with AnalysisRunner(store, AnalysisLimits(time_s=2)) as analyst:
        await analyst.run(sleep, 0)
        ticking = asyncio.create_task(tick())
        begun = time.monotonic()
        with pytest.raises(AnalysisError, match="time limit of 2 s"):
            await analyst.run(spin)
        took = time.monotonic() - begun
        ticking.cancel()
        assert 2 <= took < 6
        assert ticks > 20
        assert await analyst.run(sleep, 0) == "rested"


async def test_a_limit_of_memory_holds(store: Store) -> None:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, memory_mb=768)) as analyst:
        assert await analyst.run(allocate, 16) == 16 << 17
        with pytest.raises(AnalysisError, match="768 MB"):
            await analyst.run(allocate, 2048)
        assert await analyst.run(allocate, 16) == 16 << 17


async def test_cancelling_ends_the_process(analyst: AnalysisRunner) -> None:
    assert await analyst.run(sleep, 0) == "rested"
    (child,) = analyst._idle
    running = asyncio.create_task(analyst.run(spin))
    await asyncio.sleep(0.3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert child.returncode == -9
    assert await analyst.run(sleep, 0) == "rested"


async def test_no_more_than_so_many_wait(store: Store) -> None:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, max_waiting=1)) as analyst:
        asked = [asyncio.create_task(analyst.run(sleep, 0.2)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(AnalysisBusy, match="1 are already waiting"):
            await analyst.run(sleep, 0)
        assert await asyncio.gather(*asked) == ["rested", "rested"]
