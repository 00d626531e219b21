"""Generated selections are answered alike by both databases, page after page."""

from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.model import LABELS, Kind
from graph.store import Statement, Store
from tests.parity.databases import Both
from tests.parity.queries import Document, Known, documents

pytestmark = pytest.mark.only_on("neo4j")

FEW, MANY = 60, 300
GENEROUS = Settings(max_cost=100_000_000, request_timeout_s=60)

_LABELS = {label.name for label in LABELS}

_known: list[Known] = []
_seen: Counter[str] = Counter()


def generated(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # to shrink would ask hundreds of statements more; the document is printed as it is
        suppress_health_check=list(HealthCheck),
    )


@generated(FEW)
@given(data=st.data())
@pytest.mark.asyncio
async def test_both_databases_answer_alike(both: Both, data: st.DataObject) -> None:
    await compare(both, data)


@pytest.mark.slow
@generated(MANY)
@given(data=st.data())
@pytest.mark.asyncio
async def test_both_databases_answer_many_selections_alike(both: Both, data: st.DataObject) -> None:
    await compare(both, data)


@pytest.mark.usefixtures("seeded_store")  # to run in the process of the tests above
async def test_the_selections_met_something() -> None:
    """That both databases know nothing would be alike as well."""
    assert _seen["selections"] >= FEW
    assert _seen["with nodes"] > _seen["selections"] / 2
    assert _seen["pages"] > _seen["selections"]


async def compare(both: Both, data: st.DataObject) -> None:
    if not _known:
        _known.append(await read_known(both.embedded))
    document = data.draw(documents(_known[0]), label="document")
    answers = await pages(both, document)
    both.counted.update(selections=1, pages=len(answers))
    _seen["selections"] += 1
    _seen["pages"] += len(answers)
    _seen["with nodes"] += any(has_nodes(page) for page in answers)


async def pages(both: Both, document: Document) -> list[dict[str, Any]]:
    """The first page of the document's answer and the one after it, each the same from both databases."""
    size, start, cursor = ("last", "before", "startCursor") if document.backward else ("first", "after", "endCursor")
    variables: dict[str, object] = {size: document.size} if document.pages else {}
    first = await alike(both, document.text, variables)
    info = (first[document.root] or {}).get("pageInfo") if document.pages else None
    if not info or not info["hasPreviousPage" if document.backward else "hasNextPage"]:
        return [first]
    return [first, await alike(both, document.text, {**variables, start: info[cursor]})]


async def alike(both: Both, text: str, variables: dict[str, object]) -> dict[str, Any]:
    async def ask(store: Store) -> Any:
        app = Starlette(routes=routes(AppState(GENEROUS, store)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://parity.test") as client:
            body = (await client.post("/graphql", json={"query": text, "variables": variables})).json()
        for error in body.get("errors", ()):
            error["extensions"].pop("requestId", None)
        return body

    answer = await both.ask(ask)
    assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= {"UNKNOWN_ID"}, answer["errors"]
    return answer["data"]


def has_nodes(value: object) -> bool:
    """Whether a node stands anywhere in an answer."""
    if isinstance(value, dict):
        return value.get("__typename") in _LABELS or any(map(has_nodes, value.values()))
    return isinstance(value, list) and any(map(has_nodes, value))


async def read_known(store: Store) -> Known:
    """The ids in the graph, and of each text property the first values."""
    ids: dict[str, tuple[str, ...]] = {}
    texts: dict[tuple[str, str], tuple[str, ...]] = {}
    for label in LABELS:
        rows = await store.read(
            Statement.of_text("parity/ids", f"MATCH (n:{label.name}) RETURN n.id AS id ORDER BY id LIMIT 40")
        )
        ids[label.name] = tuple(str(row["id"]) for row in rows)
        for property_ in label.properties:
            if property_.kind in (Kind.STRING, Kind.LOCALISED, Kind.URL) and not property_.many:
                column = property_.columns[0]
                text = (
                    f"MATCH (n:{label.name}) WHERE n.{column} IS NOT NULL "
                    f"RETURN DISTINCT n.{column} AS text ORDER BY text LIMIT 12"
                )
                rows = await store.read(Statement.of_text("parity/texts", text))
                texts[label.name, property_.name] = tuple(str(row["text"])[:40] for row in rows)
    return Known(ids, texts)
