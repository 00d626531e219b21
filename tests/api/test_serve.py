"""What `citygraph serve` does at start-up: warnings, and the wait for the database."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import structlog.testing

from api.cli.serve import warn_if_root, warn_without_contact
from api.settings import Settings
from api.startup import DatabaseWait
from bench.proxy import Proxy
from graph.errors import GraphLoading, SchemaOlder, StoreDenied, StoreError
from graph.store import Store
from graph.store.lock import DataDirLock
from tests.api.test_cli import CITYGRAPH, endpoint_settings, environment
from tests.conditions import GIVE_UP_S, until


@pytest.mark.parametrize(("user", "count"), [(0, 1), (1000, 0)])
def test_root_is_warned(monkeypatch: pytest.MonkeyPatch, user: int, count: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with structlog.testing.capture_logs() as events:
        warn_if_root()
    warning = {
        "event": "the server runs as root",
        "hint": "run it as a user without privileges that owns the data folder",
        "log_level": "warning",
    }
    assert events == [warning] * count


@pytest.mark.parametrize(
    ("host", "contact", "count"),
    [
        ("0.0.0.0", None, 1),
        ("::", None, 1),
        ("city.example.org", None, 1),
        ("127.0.0.2", None, 0),
        ("::1", None, 0),
        ("localhost", None, 0),
        ("0.0.0.0", "access@city.example", 0),
    ],
)
def test_pages_of_other_machines_want_a_contact(host: str, contact: str | None, count: int) -> None:
    with structlog.testing.capture_logs() as events:
        warn_without_contact(Settings(host=host, publisher_contact=contact))
    hint = {
        "event": "the accessibility statement of the web pages names no contact",
        "hint": "set CITYGRAPH_PUBLISHER_NAME and CITYGRAPH_PUBLISHER_CONTACT",
        "log_level": "info",
    }
    assert events == [hint] * count


# --- Waiting for the database -----------------------------------------------------------------------


@contextmanager
def waiting(folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `citygraph serve` and yield the process and its URL once it accepts connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [CITYGRAPH, "serve", "--no-seeds", "--port", str(port)],
        env=environment(folder, LOG_FORMAT="JSON", **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


async def accepted(url: str) -> None:
    """Wait until the server answers at all."""

    async def answers() -> bool:
        try:
            return await get(f"{url}/healthz") == 200
        except httpx.TransportError:
            return False

    await until(answers)


async def get(url: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


def waits_in(log: str) -> list[dict[str, object]]:
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [event for event in events if event["logger"] == "citygraph.startup"]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_server_answers_before_its_database_is_available(store: Store, tmp_path: Path, workers: str) -> None:
    host, _, database_port = store._access.link.endpoint.uri.rpartition("/")[2].partition(":")
    proxy = Proxy(host, int(database_port or 7687))
    await proxy.listen()
    await proxy.stop()  # its port refuses connections until it listens again
    uri = f"bolt://127.0.0.1:{proxy.port}"
    with waiting(tmp_path, **endpoint_settings(store, DATABASE_URI=uri, WORKERS=workers)) as (process, url):
        await accepted(url)

        async def has_cause() -> bool:
            async with httpx.AsyncClient() as client:
                response = await client.get(f"{url}/readyz")
            assert (response.status_code, response.json()["status"]) == (503, "unavailable")
            return response.json()["cause"] == "the database does not answer"

        await until(has_cause)
        async with httpx.AsyncClient() as client:
            for media_type in ("application/json", "application/graphql-response+json"):
                response = await client.post(
                    f"{url}/graphql", json={"query": "{ __typename }"}, headers={"Accept": media_type}
                )
                assert response.status_code == 503
                assert response.headers["content-type"].partition(";")[0] == media_type
                assert response.headers["retry-after"] == "1"
                assert response.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
            assert (await client.get(f"{url}/nowhere")).status_code == 503
        assert process.poll() is None
        await proxy.listen()
        assert process.stdout
        first_line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), GIVE_UP_S)
        assert first_line == f"Citygraph: {url}/graphql\n"
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/readyz")).json() == {"status": "ready"}
            answer = await client.post(f"{url}/graphql", json={"query": "{ __typename }"})
            assert answer.json()["data"] == {"__typename": "Query"}
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(process.communicate, timeout=GIVE_UP_S)
    await proxy.stop()
    assert process.returncode == 0
    begun, ended = waits_in(log)
    assert (begun["event"], begun["level"]) == ("waiting for the database", "warning")
    assert (begun["database"], begun["cause"], begun["limit_s"]) == (uri, "the database does not answer", 60)
    assert ended["event"] == "the database is available"


@pytest.mark.slow
async def test_server_exits_if_its_database_does_not_become_available(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{free.getsockname()[1]}"
        with waiting(tmp_path, DATABASE_URI=uri, DATABASE_WAIT_S="1") as (process, _):
            out, err = await asyncio.to_thread(process.communicate, timeout=GIVE_UP_S)
    assert (process.returncode, out) == (4, "")
    assert "citygraph: the database does not answer\n  Hint: check that it runs and is reachable.\n" in err
    assert len(waits_in(err)) == 1


@pytest.mark.slow
async def test_signal_ends_the_wait(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{free.getsockname()[1]}"
        with waiting(tmp_path, DATABASE_URI=uri) as (process, url):
            await accepted(url)
            process.send_signal(signal.SIGTERM)
            out, err = await asyncio.to_thread(process.communicate, timeout=GIVE_UP_S)
    assert (process.returncode, out, "Traceback" in err) == (0, "", False)


@pytest.mark.slow
@pytest.mark.only_on("embedded")
async def test_server_waits_for_the_owner_of_its_embedded_database(tmp_path: Path) -> None:
    lock = DataDirLock.acquire(tmp_path / "data")
    assert lock is not None
    with waiting(tmp_path) as (process, url):
        await accepted(url)
        async with httpx.AsyncClient() as client:
            cause = (await client.get(f"{url}/readyz")).json()["cause"]
        assert cause == "the database is starting"
        lock.release()
        assert process.stdout
        first_line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), GIVE_UP_S)
        assert first_line == f"Citygraph: {url}/graphql\n"
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.communicate, timeout=GIVE_UP_S)
    assert process.returncode == 0


async def test_only_temporary_errors_are_awaited() -> None:
    for error in (StoreDenied("wrong"), GraphLoading("loading"), SchemaOlder("old")):
        attempts = 0

        async def fail(error: StoreError = error) -> None:
            nonlocal attempts
            attempts += 1
            raise error

        with pytest.raises(type(error)):
            await DatabaseWait("a database", 60).until_available(fail)
        assert attempts == 1
