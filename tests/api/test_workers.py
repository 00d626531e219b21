"""Several workers on one socket, and the parent that owns the embedded database."""

import asyncio
import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from api.cli import serve as serve_module
from graph.store import Store
from tests.api.test_cli import PATIENCE_S, SEEDS, citygraph, endpoint_settings, serve
from tests.store.processes import children, exists

HOW = {"WORKERS": "2", "METRICS": "true", "LOG_FORMAT": "JSON"}


def answering(url: str, wanted: set[int]) -> None:
    """Wait until each of the workers has answered. A new connection may find any of them."""
    found: set[int] = set()
    give_up_at = time.monotonic() + PATIENCE_S
    while found != wanted:
        assert time.monotonic() < give_up_at
        try:
            with urlopen(f"{url}/metrics", timeout=5) as response:
                text = response.read().decode()
        except OSError:  # it found the worker that was just killed
            continue
        worker = re.search(r'process_start_time_seconds\{worker="(\d+)"\}', text)
        assert worker
        found.add(int(worker[1]))


def workers_of(pid: int) -> set[int]:
    """The workers among the child processes of the parent."""
    return {child for child in children(pid) if b"spawn_main" in command_line(child)}


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def eventually(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("place")
    (made / "seeds").mkdir()
    (made / "seeds" / "small.yaml").write_text(SEEDS)
    return made


# --- In this order, on one data folder --------------------------------------------------------------


@pytest.mark.slow
def test_workers_and_engine_stop_when_their_parent_is_killed(folder: Path) -> None:
    running = serve(folder, "--no-seeds", **HOW)
    workers = workers_of(running.process.pid)
    assert len(workers) == 2
    running.process.kill()
    running.process.communicate(timeout=PATIENCE_S)
    eventually(lambda: not any(exists(pid) for pid in workers))


@pytest.mark.slow
def test_workers_serve_and_are_replaced_and_stop_in_order(folder: Path) -> None:
    # This server waits for the engine of the killed one, and then owns the database.
    running = serve(folder, **HOW)
    try:
        before = workers_of(running.process.pid)
        assert len(before) == 2
        answering(running.url, before)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(workers_of(running.process.pid) - {killed}) == 2)
        after = workers_of(running.process.pid)
        assert len(after & before) == 1
        answering(running.url, after)
        assert running.city("vantaa") == {"name": "Vantaa", "sources": [{"quote": "Vantaa is a city."}]}
    finally:
        code, out, err = running.end(signal.SIGTERM)
    assert (code, out, "Traceback" in err) == (0, "", False), err[-5000:]
    assert not any(exists(pid) for pid in after)
    assert not (folder / "data" / "owner.json").exists()
    events = [json.loads(line) for line in err.splitlines()]
    [exited] = [event for event in events if event["event"] == "a worker exited"]
    assert (exited["worker"], exited["exit_code"]) == (killed, -signal.SIGKILL)
    [request] = [event for event in events if event["event"] == "request"]
    assert request["worker"] in after


# --- Errors -----------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_setting_that_workers_cannot_use_ends_the_parent(store: Store, tmp_path: Path) -> None:
    missing = tmp_path / "list.json"
    given = {"TRUSTED_DOCUMENTS": str(missing), **endpoint_settings(store), **HOW}
    ended = await asyncio.to_thread(citygraph, tmp_path, "serve", "--no-seeds", "--port", "0", **given)
    message = f"citygraph: {missing}: no such file or directory\n  Hint: check CITYGRAPH_TRUSTED_DOCUMENTS.\n"
    assert (ended.returncode, ended.stdout, ended.stderr.count(message)) == (2, "", 1)


def test_a_worker_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_module, "_JOIN_LIMIT_S", 0.1)
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    process.start()
    workers = object.__new__(serve_module.Workers)
    workers.processes = [SimpleNamespace(process=process, pid=process.pid)]  # type: ignore[list-item]
    workers.join_all()
    process.join(PATIENCE_S)
    assert process.exitcode == -signal.SIGKILL
