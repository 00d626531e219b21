"""A damaged data folder is refused with a clear error, or exported correctly."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from graph.errors import StoreError
from graph.seeding import export, load
from graph.store import Store, StoreSettings, check_counts
from tests.seeding.conftest import BASE
from tests.store.processes import other, settings

pytestmark = [pytest.mark.slow, pytest.mark.only_on("embedded")]

Damage = Callable[[Path], None]


def only(folder: Path, pattern: str) -> Path:
    [path] = folder.glob(pattern)
    return path


def flip(pattern: str, start: int, count: int) -> Damage:
    """Invert bytes of a file."""

    def damage(folder: Path) -> None:
        path = only(folder, pattern)
        content = bytearray(path.read_bytes())
        assert len(content) > start
        for place in range(start, min(start + count, len(content))):
            content[place] ^= 0xFF
        path.write_bytes(content)

    return damage


def flip_text(pattern: str, text: bytes) -> Damage:
    """Invert the case of a text in a file, which does not change the structure of the file."""

    def damage(folder: Path) -> None:
        path = only(folder, pattern)
        content = path.read_bytes()
        assert text in content
        path.write_bytes(content.replace(text, text.swapcase()))

    return damage


def remove(pattern: str) -> Damage:
    return lambda folder: only(folder, pattern).unlink()


def truncate(pattern: str, size: int) -> Damage:
    def damage(folder: Path) -> None:
        path = only(folder, pattern)
        path.write_bytes(path.read_bytes()[:size])

    return damage


def flip_log(folder: Path) -> None:
    logs = [path for path in folder.glob("*.wal") if path.stat().st_size]
    assert logs
    for path in logs:
        flip(path.name, path.stat().st_size // 3, 64)(folder)


CLOSED: dict[str, Damage] = {
    "schema flipped": flip("schema.json", 40, 20),
    "schema missing": remove("schema.json"),
    "bucket of nodes missing": remove("City_0.*.bucket"),
    "bucket of relationships missing": remove("CITES_0.*.bucket"),
    "bucket of ends missing": remove("City_0_out_edges.*.bucket"),
    "bucket truncated": truncate("Citation_0.*.bucket", 100),
    "bucket flipped": flip("CITES_0.*.bucket", 65_000, 300),
    "text in a bucket flipped": flip_text("City_0.*.bucket", b"Vantaa"),
    "index missing": remove("City_0_*.umtidx"),
    "index flipped": flip("City_0_*.umtidx", 20, 4000),
    "dictionary flipped": flip("dictionary.*", 20, 200),
    "configuration flipped": flip("configuration.json", 0, 40),
    "statistics flipped": flip("statistics.json", 0, 40),
}
"""Damages to the files of a database that was stopped."""

KILLED: dict[str, Damage] = {"log flipped": flip_log, "bucket missing": remove("City_0.*.bucket")}
"""Damages to the files of a database that was killed."""


class Copies:
    """Data folders with the same graph, stopped or killed, and the lines of its export without the first and last."""

    def __init__(self, folder: Path) -> None:
        self.stopped, self.killed, self.lines = folder / "stopped", folder / "killed", list[str]()


def short_settings(folder: Path) -> StoreSettings:
    return replace(settings(folder), retry_s=2.0)


async def graph_lines(store: Store, file: Path) -> list[str]:
    await export(store, file)
    return (await asyncio.to_thread(file.read_text)).splitlines()[1:-1]


@pytest_asyncio.fixture(scope="module")
async def copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    folder = tmp_path_factory.mktemp("damaged")
    made = Copies(folder)
    live, seeds = folder / "live", folder / "base.yaml"
    await asyncio.to_thread(seeds.write_text, BASE)
    async with other(live) as owner:
        await owner.says("open")
        async with Store.open(settings(live)) as store:
            await store.prepare()
            await load(store, [seeds])
            made.lines = await graph_lines(store, folder / "whole.jsonl")
            await asyncio.to_thread(shutil.copytree, live, made.killed)  # as a kill at this moment would leave it
        assert owner.process.stdin is not None
        owner.process.stdin.close()
        await owner.ended()
    await asyncio.to_thread(shutil.copytree, live, made.stopped)
    return made


@pytest.mark.parametrize("name", CLOSED)
async def test_damage_after_a_stop(copies: Copies, tmp_path: Path, name: str) -> None:
    await refused_or_exported(copies.stopped, CLOSED[name], copies.lines, tmp_path)


@pytest.mark.parametrize("name", KILLED)
async def test_damage_after_a_kill(copies: Copies, tmp_path: Path, name: str) -> None:
    await refused_or_exported(copies.killed, KILLED[name], copies.lines, tmp_path)


async def refused_or_exported(source: Path, damage: Damage, lines: list[str], tmp_path: Path) -> None:
    """Damage a copy of the folder. Opening or exporting it gives the right export, or an error and no file."""
    data, file = tmp_path / "data", tmp_path / "out.jsonl"
    await asyncio.to_thread(shutil.copytree, source, data)
    damage(data / "databases" / "citygraph")
    try:
        async with Store.open(short_settings(data)) as store:
            store._access._link = replace(store._access.link, limit=None)  # not for each small stream, to save time
            await store.prepare()
            assert await graph_lines(store, file) == lines
            await check_counts(store)
    except StoreError as error:
        assert error.message
        assert error.hint
        assert not await asyncio.to_thread(file.exists)
