"""The same seeds in both databases."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from graph.seeding import load
from graph.store import Store, StoreSettings
from tests.conftest import PARITY, SEEDS
from tests.parity.databases import Both


@pytest_asyncio.fixture(scope="session")
async def embedded_store(
    store_settings: StoreSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    """An embedded database with the seeds, beside the session's own database."""
    settings = replace(store_settings, uri=None, data_dir=tmp_path_factory.mktemp("embedded"), heap_mb=768)
    async with Store.open(settings) as opened:
        await opened.prepare()
        await load(opened, [SEEDS])
        yield opened


@pytest.fixture
def both(embedded_store: Store, seeded_store: Store, record_property: Callable[[str, object], None]) -> Iterator[Both]:
    """Both databases; the counts of all tests are summed up and printed at the end."""
    databases = Both(embedded_store, seeded_store)
    yield databases
    for name, count in databases.counted.items():
        record_property(f"{PARITY}{name}", count)
