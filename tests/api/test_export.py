"""The whole graph over HTTP: the file that the terminal writes, sent as it is read."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from api.http.export import routes
from api.settings import Settings
from api.state import AppState
from graph.errors import StoreUnavailable
from graph.seeding import export
from graph.store import Checksums, Statement, Store, WriteTransaction
from tests.conftest import MetadataClock


def app(store: Store | None, **settings: object) -> Starlette:
    return Starlette(routes=routes(AppState(Settings.load(**settings), store)))


@asynccontextmanager
async def client(store: Store | None, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app(store, **settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as opened:
        yield opened


async def written(store: Store) -> bytes:
    target = io.StringIO()
    await export(store, target)
    return target.getvalue().encode()


class Client:
    """One that takes what it is sent only while it `takes`, and keeps it."""

    def __init__(self, app: Starlette) -> None:
        self.takes = asyncio.Event()
        self.has_left = asyncio.Event()
        self.started = asyncio.Event()
        self.body = b""
        self.ended = False
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/export",
            "query_string": b"",
            "headers": [],
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await self.has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started.set()
        else:
            await self.takes.wait()
            self.body += message["body"]
            self.ended = not message.get("more_body", False)


class Restless(Store):
    """A store whose graph another one changes while it is exported, after the first look at its revision."""

    def __init__(self, store: Store) -> None:
        vars(self).update(vars(store))
        self.asked = 0

    async def checksums(self) -> tuple[int, Checksums | None]:
        self.asked += 1
        if self.asked == 2:
            await self.write(change)
        return await super().checksums()


class Failing(Store):
    """A store that goes away after the first label, or before."""

    def __init__(self, store: Store, after: int) -> None:
        vars(self).update(vars(store))
        self.left = after

    async def stream(self, statement: Statement[Any], parameters: Any = None) -> AsyncGenerator[Any]:
        if not self.left:
            raise StoreUnavailable("gone")
        self.left -= 1
        async for row in super().stream(statement, parameters):
            yield row


class Instant(Store):
    """A store whose rows are all there, so that reading them never waits."""

    def __init__(self, store: Store) -> None:
        vars(self).update(vars(store))

    async def stream(self, statement: Statement[Any], parameters: Any = None) -> AsyncGenerator[Any]:
        if statement.name.endswith("-City"):
            for number in range(5000):
                yield {"id": f"City:{number}", "properties": {"id": "", "nameEn": "x" * 100}}


async def change(writing: WriteTransaction) -> None:
    await writing.mark_changed(None)


@pytest.mark.slow
async def test_export_equals_that_of_the_command(seeded_store: Store) -> None:
    async with client(seeded_store) as opened:
        plain = await opened.get("/export", headers={"Accept-Encoding": "identity"})
    assert plain.status_code == 200
    assert plain.content == await written(seeded_store)
    assert plain.headers["content-type"] == "application/x-ndjson"
    assert plain.headers["content-disposition"] == 'attachment; filename="citygraph.jsonl"'
    assert (plain.headers["vary"], plain.headers["cache-control"]) == ("Accept-Encoding", "no-cache")
    assert "content-length" not in plain.headers


@pytest.mark.slow
async def test_export_is_compressed_on_request(seeded_store: Store) -> None:
    async with (
        client(seeded_store) as opened,
        opened.stream("GET", "/export", headers={"Accept-Encoding": "gzip"}) as packed,
    ):
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    whole = await written(seeded_store)
    assert gzip.decompress(raw) == whole
    assert len(raw) < len(whole) / 4


async def test_unchanged_export_is_not_sent_again(empty_store: Store, metadata_clock: MetadataClock) -> None:
    metadata_clock.expire_checks()  # the state of the graph is known as it was a second ago
    async with client(empty_store) as opened:
        tags: list[str] = []
        for encoding in ("identity", "gzip"):
            head = await opened.head("/export", headers={"Accept-Encoding": encoding})
            assert (head.status_code, head.content) == (200, b"")
            tags.append(head.headers["etag"])
            got = await opened.get("/export", headers={"Accept-Encoding": encoding})
            assert got.headers == head.headers
        plain, packed = tags
        assert packed == plain[:-1] + '-gzip"'
        asked = {"Accept-Encoding": "identity", "If-None-Match": f'"x", {plain}'}
        for etags in (asked["If-None-Match"], "*"):
            same = await opened.get("/export", headers={**asked, "If-None-Match": etags})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", plain)
        assert (await opened.get("/export", headers={**asked, "If-None-Match": packed})).status_code == 200
        await empty_store.write(change)
        metadata_clock.expire_checks()
        changed = await opened.get("/export", headers=asked)
        assert changed.status_code == 200
        assert changed.headers["etag"] != plain


@pytest.mark.slow
async def test_number_of_concurrent_exports_is_limited(seeded_store: Store) -> None:
    one = app(seeded_store, max_exports=1)
    first = Client(one)
    await first.started.wait()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=one), base_url="http://citygraph.test") as opened:
        refused = await opened.get("/export")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert refused.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
        first.takes.set()
        await first.task
        assert first.ended
        assert first.body == await written(seeded_store) == (await opened.get("/export")).content


async def test_exports_can_be_disabled(seeded_store: Store) -> None:
    async with client(seeded_store, max_exports=0) as opened:
        assert (await opened.get("/export")).status_code == 404


async def test_a_client_that_leaves_keeps_nothing(seeded_store: Store) -> None:
    one = app(seeded_store)
    for _ in range(3):
        leaving = Client(one)
        await leaving.started.wait()
        assert seeded_store.connections_in_use == 1
        leaving.has_left.set()
        await leaving.task
        assert seeded_store.connections_in_use == 0
        assert not leaving.ended


@pytest.mark.slow
async def test_slow_export_is_cut(seeded_store: Store) -> None:
    one = app(seeded_store, export_timeout_s=2, max_exports=1)
    slow = Client(one)
    await slow.started.wait()
    await slow.task
    assert not slow.ended
    assert seeded_store.connections_in_use == 0
    again = Client(one)  # has the place of the one that was cut; on a busy machine it may be cut too
    again.takes.set()
    await again.task
    assert json.loads(again.body.splitlines()[0])["format"]


async def test_a_graph_that_changes_meanwhile_gives_no_last_line(empty_store: Store) -> None:
    # Enough for more than one block: what comes first has been sent by then.
    nodes = Statement.of_text(
        "test/nodes",
        "UNWIND range(1, 2000) AS i CREATE (:Theme {id: 'Theme:t' + toString(i), nameEn: 'Theme number ' + i})",
    )

    async def filled(writing: WriteTransaction) -> None:
        await writing.run(nodes)
        await writing.mark_changed(None)

    await empty_store.write(filled)
    reader = Client(app(Restless(empty_store)))
    reader.takes.set()
    await reader.task
    assert reader.started.is_set()
    assert not reader.ended
    lines = reader.body.decode().splitlines(keepends=True)
    assert json.loads(lines[0])["format"]
    assert not any('"end"' in line for line in lines)


@pytest.mark.parametrize("after", [0, 1])
async def test_lost_database_gives_an_error_before_the_first_byte(seeded_store: Store, after: int) -> None:
    async with client(Failing(seeded_store, after)) as opened:
        answer = await opened.get("/export")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert "content-disposition" not in answer.headers
    assert seeded_store.connections_in_use == 0


async def test_a_database_that_goes_away_later_cuts_it(seeded_store: Store) -> None:
    reader = Client(app(Failing(seeded_store, 20)))
    reader.takes.set()
    await reader.task
    assert len(reader.body) >= 65_536
    assert not reader.ended


async def test_without_a_database_it_says_so() -> None:
    async with client(None) as opened:
        answer = await opened.get("/export")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"


async def test_other_tasks_run_between_two_blocks(seeded_store: Store) -> None:
    turns = 0
    at_block: list[int] = []

    class Noting(Client):
        async def _send(self, message: Message) -> None:
            at_block.append(turns)
            await super()._send(message)

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    reader = Noting(app(Instant(seeded_store)))
    reader.takes.set()
    beside = asyncio.create_task(other())
    await reader.task
    beside.cancel()
    assert len(at_block) > 10
    # The head goes with the first block, and the end with what is left for the last one.
    whole = at_block[1:-2]
    assert whole == sorted(set(whole))
