"""The index of names is read once for each version of the graph."""

import asyncio
from asyncio import Task

import pytest

from graph.errors import StoreError
from graph.model import LABELS
from graph.search import NameIndex, NameIndexReader
from graph.search.name_index_reader import NAMES
from graph.store import Statement, Store
from tests.conftest import MetadataClock
from tests.questions.graph_builder import SmallGraph
from tests.statements import observed_statements


async def write_city(store: Store, slug: str) -> None:
    graph = SmallGraph()
    graph.cities(slug)
    await graph.write(store)


async def reads(store: Store, names: NameIndexReader, *texts: str) -> tuple[list[list[str]], int]:
    """Return the ids that each text finds when all are asked for concurrently, and the number of reads."""

    async def search(text: str) -> list[str]:
        return [hit.node for hit in (await names.current()).search(text)]

    with observed_statements(store) as sent:
        found = await asyncio.gather(*map(search, texts))
    assert set(sent) <= {NAMES.name}
    return found, len(sent)


async def begin_build(names: NameIndexReader, monkeypatch: pytest.MonkeyPatch) -> Task[NameIndex]:
    """Return a task that waits for a build, which has begun but has read nothing."""

    async def version(_store: Store) -> str:
        return "1"

    monkeypatch.setattr(Store, "graph_version", version)
    caller = asyncio.create_task(names.current())
    await asyncio.sleep(0)
    assert names._build is not None
    return caller


async def test_one_read_for_each_version(empty_store: Store, metadata_clock: MetadataClock) -> None:
    names = NameIndexReader(empty_store)
    await write_city(empty_store, "vantaa")
    metadata_clock.expire_checks()
    assert await reads(empty_store, names, "vant", "vant", "turku") == ([["City:vantaa"], ["City:vantaa"], []], 1)
    metadata_clock.expire_checks()
    assert await reads(empty_store, names, "vant") == ([["City:vantaa"]], 0)
    await write_city(empty_store, "turku")
    metadata_clock.expire_checks()
    assert await reads(empty_store, names, "turku", "vant") == ([["City:turku"], ["City:vantaa"]], 1)
    await names.close()


async def test_a_build_goes_on_without_its_caller(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NameIndexReader(empty_store)
    await write_city(empty_store, "vantaa")
    caller = await begin_build(names, monkeypatch)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert names._build is not None
    assert len(await names._build) == 1
    assert await reads(empty_store, names, "vant") == ([["City:vantaa"]], 0)


async def test_a_failed_build_is_repeated(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NameIndexReader(empty_store)
    await write_city(empty_store, "vantaa")
    broken = Statement(NAMES.name, "RETURN nothing", NAMES.hydrate)
    with monkeypatch.context() as patch:
        patch.setattr("graph.search.name_index_reader.NAMES", broken)
        with pytest.raises(StoreError):
            await names.current()
    assert await reads(empty_store, names, "vant") == ([["City:vantaa"]], 1)


async def test_closing_cancels_a_build(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NameIndexReader(empty_store)
    caller = await begin_build(names, monkeypatch)
    await names.close()
    with pytest.raises(asyncio.CancelledError):
        await caller


def test_all_searched_labels_are_read() -> None:
    labels = NAMES.text.partition(":")[2].partition(")")[0].replace("\n", "").replace(" ", "").split("|")
    assert labels == sorted(label.name for label in LABELS if label.searched)
