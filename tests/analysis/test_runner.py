"""AnalysisRunner: results, errors, progress, limits and cancellation."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from signal import SIGKILL, SIGSEGV, Signals
from threading import Event

import pytest
import pytest_asyncio

from graph.analysis import AnalysisLimits, AnalysisRunner, TwoMode, centrality, significance, summarize
from graph.analysis.projection import shared_pairs
from graph.analysis.runner_process import Encoded, encode_message
from graph.errors import AnalysisBusy, AnalysisError
from graph.store import Store
from graph.vocabulary import CentralityMeasure, NetworkSide, NullModel, ProjectionWeight
from tests.analysis.sample_networks import davis
from tests.analysis.slow_tasks import allocate, close_output, count_call, count_measured, digest_of, fail, rest, spin
from tests.conditions import GIVE_UP_S, until


@pytest_asyncio.fixture(scope="module")
async def runner(store: Store) -> AsyncIterator[AnalysisRunner]:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30)) as opened:
        yield opened


@pytest.mark.slow
async def test_results_equal_in_process_results(runner: AnalysisRunner) -> None:
    two_mode = davis()
    result = await runner.run(centrality, two_mode, CentralityMeasure.BETWEENNESS)
    assert result == centrality(two_mode, CentralityMeasure.BETWEENNESS)
    assert await runner.run(summarize, two_mode) == summarize(two_mode)


async def test_progress_is_reported(runner: AnalysisRunner) -> None:
    reported: list[tuple[int, int]] = []
    await runner.run(
        significance,
        davis(),
        NetworkSide.CITIES,
        NullModel.FDSM,
        trials=5,
        on_progress=lambda done, total: reported.append((done, total)),
    )
    assert reported == [(done, 5) for done in range(1, 6)]


@pytest.mark.slow
async def test_the_memory_of_cached_results_includes_their_arguments(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that does not fit with its arguments is not cached; two that do not fit together replace each other."""
    monkeypatch.setattr("graph.analysis.runner.RESULTS_BYTES", 10_000)
    async with AnalysisRunner(empty_store, AnalysisLimits(time_s=30)) as runner:
        snapshot = await runner.snapshot()
        notes = ["a" * 1_500, "a" * 1_500, "b" * 3_000, "b" * 3_000, "c" * 1_500, "a" * 1_500, "c" * 1_500]
        assert [await runner.run_cached(count_call, snapshot, note) for note in notes] == [1, 1, 2, 3, 4, 5, 6]


@pytest.mark.slow
async def test_a_result_that_states_its_memory_is_cached_by_it(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.analysis.runner.RESULTS_BYTES", 10_000)
    async with AnalysisRunner(empty_store, AnalysisLimits(time_s=30)) as runner:
        snapshot = await runner.snapshot()
        sizes = [9_000, 9_000, 11_000, 11_000, 9_000]
        found = [await runner.run_cached(count_measured, snapshot, size) for size in sizes]
        assert [one.number for one in found] == [1, 1, 2, 3, 1]


@pytest.mark.slow
async def test_concurrent_analyses_share_one_encoding_of_the_snapshot(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, encoded, go = Encoded.of, list[object](), Event()

    def hold(key: str, value: object) -> Encoded:
        encoded.append(value)
        assert go.wait(GIVE_UP_S)
        return encode(key, value)

    monkeypatch.setattr(Encoded, "of", hold)
    async with AnalysisRunner(empty_store, AnalysisLimits(time_s=30)) as runner:
        snapshot = await runner.snapshot()
        cancelled, *waiting = [asyncio.create_task(runner.run_cached(count_call, snapshot, note)) for note in "abc"]
        await until(lambda: encoded)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        go.set()
        assert await asyncio.gather(*waiting) == [1, 2]
    assert encoded == [snapshot]


@pytest.mark.slow
async def test_a_snapshot_is_sent_to_a_process_once(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def measure(message: tuple[Callable[..., object], tuple[object, ...], object]) -> bytes:
        sizes.extend(len(argument.data or b"") for argument in message[1] if isinstance(argument, Encoded))
        return encode_message(message)

    monkeypatch.setattr("graph.analysis.runner.encode_message", measure)
    async with AnalysisRunner(empty_store, AnalysisLimits(time_s=30, memory_mb=512)) as runner:
        first = await runner.snapshot()
        second = replace(first, digest="another")
        for snapshot, note in ((first, "a"), (first, "b"), (second, "c"), (second, "d"), (first, "e")):
            assert await runner.run_cached(digest_of, snapshot, note) == snapshot.digest
        with pytest.raises(AnalysisError, match="memory limit"):
            await runner.run(allocate, 1_000)
        assert await runner.run_cached(digest_of, first, "f") == first.digest
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            await runner.run(fail)
        assert await runner.run_cached(digest_of, first, "g") == first.digest
    assert [size > 0 for size in sizes] == [True, False, True, False, True, True, True]


async def test_errors_are_raised_in_the_parent(runner: AnalysisRunner) -> None:
    with pytest.raises(AnalysisError, match="trials: 0 is less than 1") as caught:
        await runner.run(significance, davis(), NetworkSide.CITIES, NullModel.FDSM, trials=0)
    assert caught.value.hint == "use at least 1; the usual number is 1000"
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        await runner.run(fail)
    # The process survives both errors.
    assert await runner.run(rest) == "rested"


@pytest.mark.slow
async def test_time_limit_does_not_block_the_event_loop(store: Store) -> None:
    started = asyncio.Event()
    async with AnalysisRunner(store, AnalysisLimits(time_s=1)) as runner:
        running = asyncio.create_task(runner.run(spin, on_progress=lambda _done, _total: started.set()))
        await started.wait()
        assert not running.done()
        with pytest.raises(AnalysisError, match="time limit of 1 s"):
            await running
        assert await runner.run(rest) == "rested"


@pytest.mark.slow
async def test_memory_limit(store: Store) -> None:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, memory_mb=768)) as runner:
        assert await runner.run(allocate, 16) == 16 << 17
        with pytest.raises(AnalysisError, match="768 MB"):
            await runner.run(allocate, 2048)
        assert await runner.run(allocate, 16) == 16 << 17


@pytest.mark.slow
async def test_pairs_that_exceed_the_memory_limit_are_refused(store: Store) -> None:
    two_mode = TwoMode.from_ties((f"City:{number}", "Network:one") for number in range(2_600))
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, memory_mb=768)) as runner:
        found = await runner.run(shared_pairs, two_mode, NetworkSide.CITIES)
        assert len(found.first) == 2_600 * 2_599 // 2
        with pytest.raises(AnalysisError, match="up to 3378700 pairs of cities share a node; the limit is 2157070"):
            await runner.run(shared_pairs, two_mode, NetworkSide.CITIES, ProjectionWeight.GRADE)


@pytest.mark.parametrize(
    ("signal", "message"),
    [(SIGKILL, "killed by SIGKILL"), pytest.param(SIGSEGV, "memory limit of 2048 MB", marks=pytest.mark.slow)],
)
async def test_a_process_that_ends_names_the_cause(store: Store, signal: Signals, message: str) -> None:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30)) as runner:
        await runner.run(rest)
        (child,) = runner._idle
        started = asyncio.Event()
        running = asyncio.create_task(runner.run(spin, on_progress=lambda _done, _total: started.set()))
        await started.wait()
        child.process.send_signal(signal)
        with pytest.raises(AnalysisError, match=message):
            await running
        assert await runner.run(rest) == "rested"


@pytest.mark.slow
async def test_a_process_that_the_runner_kills_is_not_reported_as_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.analysis.runner._EXIT_S", 0.01)
    async with AnalysisRunner(store, AnalysisLimits(time_s=30)) as runner:
        with pytest.raises(AnalysisError, match=r"^the analysis exceeded its memory limit of 2048 MB"):
            await runner.run(close_output)


@pytest.mark.slow
async def test_cancellation_kills_the_process(runner: AnalysisRunner) -> None:
    assert await runner.run(rest) == "rested"
    (child,) = runner._idle
    started = asyncio.Event()
    running = asyncio.create_task(runner.run(spin, on_progress=lambda _done, _total: started.set()))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert child.process.returncode == -9
    assert await runner.run(rest) == "rested"


@pytest.mark.slow
async def test_waiting_analyses_are_limited(store: Store) -> None:
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, max_waiting=1)) as runner:
        running = [asyncio.create_task(runner.run(rest)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(AnalysisBusy, match="1 are already waiting"):
            await runner.run(rest)
        assert await asyncio.gather(*running) == ["rested", "rested"]


@pytest.mark.slow
async def test_own_documents_have_a_queue_of_their_own(store: Store) -> None:
    charged: list[str] = []
    async with AnalysisRunner(store, AnalysisLimits(time_s=30, max_waiting=0)) as runner:
        clients = runner.using(lambda _: charged.append("clients"), is_own=False)
        pages = runner.using(lambda _: charged.append("pages"), is_own=True)
        started = asyncio.Event()
        running = asyncio.create_task(clients.run(spin, on_progress=lambda _done, _total: started.set()))
        await started.wait()
        with pytest.raises(AnalysisBusy):
            await clients.run(rest)
        assert await pages.run(rest) == "rested"
        assert charged == ["pages"]
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert charged == ["pages", "clients"]
        assert await clients.run(rest) == "rested"


@pytest.mark.slow
async def test_a_warm_runner_starts_no_process(seeded_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AnalysisRunner(seeded_store, AnalysisLimits(time_s=30)) as runner:
        await asyncio.gather(runner.warm_up(), runner.warm_up())
        monkeypatch.setattr(asyncio, "create_subprocess_exec", None)
        assert await runner.run(rest) == "rested"
        await runner.warm_up()
