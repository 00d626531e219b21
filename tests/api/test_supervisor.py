"""Several processes that answer on one socket."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer

from api.cli.supervisor import run_workers
from api.http.server import bind_socket
from api.settings import Settings
from tests.api.test_cli import PATIENCE_S, SEEDS, serve

HOW = {"WORKERS": "2", "METRICS": "true", "LOG_FORMAT": "JSON"}


def began(url: str, wanted: int) -> dict[str, str]:
    """The workers that answer now, by their numbers, with the time each began. Each connection may find another one."""
    found: dict[str, str] = {}
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at and len(found) < wanted:
        try:
            with urlopen(f"{url}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            continue
        begun = re.search(r'process_start_time_seconds\{worker="(\d)"\} (\S+)', text)
        assert begun
        found[begun[1]] = begun[2]
        time.sleep(0.05)
    return found


def children(pid: int) -> list[int]:
    """The workers of a supervisor: its children that began with a number."""
    of = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in of if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def eventually(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_two_workers_answer_one_is_replaced_and_all_end_in_order(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "small.yaml").write_text(SEEDS)
    running = serve(tmp_path, **HOW)
    try:
        before = began(running.url, 2)
        assert sorted(before) == ["1", "2"]
        first, second = children(running.process.pid)
        os.kill(second, signal.SIGKILL)
        eventually(lambda: len(children(running.process.pid)) == 2 and second not in children(running.process.pid))
        again = began(running.url, 2)
        assert (again["1"], again["2"] == before["2"]) == (before["1"], False)
        assert first in children(running.process.pid)
        # asked after one was killed, which could not have logged what it had just answered
        assert running.city("vantaa") == {"name": "Vantaa", "sources": [{"quote": "Vantaa is a city."}]}
        workers = children(running.process.pid)
    finally:
        code, out, err = running.end(signal.SIGTERM)
    assert (code, out, "Traceback" in err) == (0, "", False)
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    assert not (tmp_path / "data" / "owner.json").exists()
    events = [json.loads(line) for line in err.splitlines()]
    [ended] = [each for each in events if each["event"] == "a worker ended and is started again"]
    assert (ended["worker"], ended["exit_code"]) == (2, -signal.SIGKILL)
    [asked] = [each for each in events if each["event"] == "request"]
    assert asked["worker"] in (1, 2)


def test_what_the_first_cannot_do_ends_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "list.json"
    before = [(each, signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)]
    try:
        with bind_socket("127.0.0.1", 0) as taken, pytest.raises(typer.Exit) as raised:
            run_workers(Settings.load(workers=2, trusted_documents=missing), None, taken, lambda: None)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    assert raised.value.exit_code == 2
    told = f"citygraph: {missing}: no such file or directory\n  Hint: look at CITYGRAPH_TRUSTED_DOCUMENTS.\n"
    assert capfd.readouterr() == ("", told)
