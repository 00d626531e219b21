"""Properties of loading and exporting, over generated graphs."""

from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.iso_codes import InvalidValue
from graph.seeding import export, load
from graph.seeding.texts import normalise_text
from graph.store import Store
from tests.seeding.helpers import clear, read_graph

pytestmark = pytest.mark.slow

SLUGS = ("a", "b", "c", "d")
Item = dict[str, object]
SOURCE = {"document": "Document:d", "quote": "sanottu"}


def is_text(text: str) -> bool:
    """Return whether loading accepts a text, also as the end of a name. What it rejects is tested elsewhere."""
    try:
        normalise_text("name", text)
        normalise_text("name", f"a {text}")
    except InvalidValue:
        return False
    return True


texts = st.text(
    st.characters(exclude_categories=("Cc", "Co", "Cs", "Lu", "Nd", "Nl", "No"), exclude_characters="@.")
    | st.sampled_from("åäöâ€Ã¶"),
    min_size=1,
    max_size=12,
).filter(is_text)


def names(slug: str) -> st.SearchStrategy[dict[str, str]]:
    """Draw names that differ from those of other slugs, because one name is one thing."""
    return st.dictionaries(st.sampled_from(("en", "sv", "fi")), texts.map(lambda text: f"{slug} {text}"), min_size=1)


days = st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(str)


@st.composite
def items(draw: st.DrawFn) -> dict[str, list[Item]]:
    """Draw cities, networks and memberships between them."""
    cities: list[Item] = [
        {
            "id": f"City:{slug}",
            "name": draw(names(slug)),
            "country": draw(st.sampled_from(("FI", "NO"))),
            "sources": [{**SOURCE, "supports": draw(st.sampled_from(([], ["name"])))}],
        }
        | draw(st.fixed_dictionaries({}, optional={"latitude": st.floats(-90, 90).map("{:f}".format), "note": texts}))
        for slug in draw(st.sets(st.sampled_from(SLUGS), min_size=1))
    ]
    networks: list[Item] = [
        {"id": f"Network:{slug}", "name": draw(names(slug)), "kind": "CITY_NETWORK", "sources": [SOURCE]}
        for slug in draw(st.sets(st.sampled_from(SLUGS), min_size=1))
    ]
    memberships: list[Item] = [
        {
            "id": f"Membership:{str(city['id'])[5:]}-{str(network['id'])[8:]}",
            "city": city["id"],
            "network": {"to": network["id"], "basis": draw(st.sampled_from(("STATED", "IMPLIED")))},
            "status": "MEMBER",
            "validFrom": draw(days),
            "validUntil": "OPEN",
            "sources": [{**SOURCE, "page": draw(st.sampled_from(("1", "2")))}],
        }
        for city in cities
        for network in networks
        if draw(st.booleans())
    ]
    return {"cities": cities, "networks": networks, "memberships": memberships}


def write(path: Path, collections: dict[str, list[Item]]) -> Path:
    """Write a seed file. JSON is valid YAML."""
    documents: list[Item] = [{"id": "Document:d", "name": "D"}]
    path.write_bytes(orjson.dumps({"documents": documents, **collections}))
    return path


few_examples = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few_examples
@given(first=items(), second=items())
@pytest.mark.asyncio
async def test_loading_twice_equals_once(
    store: Store, tmp_path: Path, first: dict[str, list[Item]], second: dict[str, list[Item]]
) -> None:
    await clear(store)
    await load(store, [write(tmp_path / "first.yaml", first)])
    await load(store, [write(tmp_path / "second.yaml", second)])
    once, revision = await read_graph(store), await store.revision()
    assert not (await load(store, [tmp_path / "second.yaml"])).changed
    assert await read_graph(store) == once
    assert await store.revision() == revision


@few_examples
@given(collections=items())
@pytest.mark.asyncio
async def test_export_then_load_is_identity(store: Store, tmp_path: Path, collections: dict[str, list[Item]]) -> None:
    await clear(store)
    await load(store, [write(tmp_path / "a.yaml", collections)])
    before = await read_graph(store)
    await export(store, tmp_path / "out.jsonl")
    await clear(store)
    await load(store, [tmp_path / "out.jsonl"])
    assert await read_graph(store) == before


@few_examples
@given(first=items(), second=items())
@pytest.mark.asyncio
async def test_replace_equals_loading_into_an_empty_graph(
    store: Store, tmp_path: Path, first: dict[str, list[Item]], second: dict[str, list[Item]]
) -> None:
    await clear(store)
    await load(store, [write(tmp_path / "second.yaml", second)])
    fresh = await read_graph(store)
    await load(store, [write(tmp_path / "first.yaml", first)], replace=True)
    await load(store, [tmp_path / "second.yaml"], replace=True)
    assert await read_graph(store) == fresh
