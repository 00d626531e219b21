"""The analyses of questions."""

from collections.abc import AsyncIterator

import pytest_asyncio

from graph.analysis import AnalysisRunner
from graph.store import Store


@pytest_asyncio.fixture(scope="package")
async def runner(store: Store) -> AsyncIterator[AnalysisRunner]:
    async with AnalysisRunner(store) as opened:
        yield opened
