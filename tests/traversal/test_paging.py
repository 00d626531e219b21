"""Pages of any size, direction and order together contain the same rows as one large page."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import Kind, Property
from graph.pagination import Page
from graph.store import Statement, Store
from graph.traversal.predicates import distance_km
from graph.traversal.selection import (
    ByCount,
    ByDistance,
    ByProperty,
    Compare,
    Connection,
    Cursor,
    Direction,
    Near,
    Order,
    PageInfo,
    PageInfoItem,
    ThroughNode,
    TotalCount,
)
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.traversal.builders import JsonMap, edges, end, fetch_one, nested, node, nodes, prop, read_root, root

ON = date(2020, 1, 1)
CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")

# Few different values, so that there are many ties. Columns may be missing, except those that the model requires.
REQUIRED: dict[str, st.SearchStrategy[object]] = {
    "country": st.sampled_from(["FI", "fi", "Å", ""]),
    "nameSort": st.sampled_from(["a", "b", "aa"]),
}
COLUMNS: dict[str, st.SearchStrategy[object]] = {
    "population": st.sampled_from([-1, 0, 7]),
    "latitude": st.sampled_from([0.1, 0.30000000000000004, 1e-300, -2.5]),
    "rosterComplete": st.booleans(),
    "founded": st.dates(date(1999, 12, 30), date(2000, 1, 2)),
    "annualFee": st.sampled_from([0, 100]),
    "annualFeeCurrency": st.sampled_from(["EUR", "DKK"]),
    "perInhabitant": st.sampled_from(["0.10", "0.1", "0.03", "10"]),
    "descriptionSv": st.sampled_from(["x", "y"]),
}
COUNTRY = prop("City", "country")
ORDERS: list[Property] = [
    prop("City", "population"),
    prop("City", "latitude"),
    COUNTRY,
    prop("City", "name"),
    prop("Network", "rosterComplete"),
    prop("Network", "founded"),
    prop("MembershipTerm", "annualFee"),
    prop("FeeRule", "perInhabitant"),
    prop("Network", "description"),
    prop("City", "id"),
]

values = st.fixed_dictionaries(REQUIRED, optional=COLUMNS)
rows = st.lists(values, max_size=9)
directions = st.sampled_from(["ASC", "DESC"])
orders_by_property = st.lists(st.builds(ByProperty, st.sampled_from(ORDERS), directions), max_size=3)
counts = st.builds(ByCount, st.just(end("City", "networks")), directions, st.just(ON), st.booleans())
orders = st.tuples(orders_by_property, st.none() | counts).map(
    lambda both: (*both[0], *((both[1],) if both[1] else ()))
)

few_examples = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FetchPage = Callable[[Page], Awaitable[JsonMap]]


async def write(store: Store, small: SmallGraph) -> None:
    await store.write(lambda writing: writing.run(CLEAR))
    await small.write(store)


async def walk_pages(fetch_page: FetchPage, size: int, *, backward: bool) -> list[object]:
    """Return the edges of all pages in the order of the connection, and check the page info of every page."""
    rows: list[object] = []
    cursor: str | None = None
    while True:
        result = await fetch_page(Page(last=size, before=cursor) if backward else Page(first=size, after=cursor))
        page = cast("list[JsonMap]", result["edges"])
        info = cast("JsonMap", result["pageInfo"])
        ahead, behind = ("hasPreviousPage", "hasNextPage") if backward else ("hasNextPage", "hasPreviousPage")
        assert info[behind] is (cursor is not None)
        assert [info["startCursor"], info["endCursor"]] == (
            [page[0]["cursor"], page[-1]["cursor"]] if page else [None] * 2
        )
        rows = [*page, *rows] if backward else [*rows, *page]
        assert info[ahead] is (len(rows) < cast("int", result["total"]))
        if not info[ahead]:
            return rows
        assert len(page) == size
        cursor = cast("str", info["startCursor" if backward else "endCursor"])


COUNT_AND_PAGE_INFO = (
    TotalCount("total"),
    PageInfo(
        "pageInfo",
        tuple(PageInfoItem(field, field) for field in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")),
    ),
)


async def check_pages(fetch_page: FetchPage, size: int) -> list[JsonMap]:
    """Check the pages in both directions, and return the edges of one large page."""
    whole = cast("list[JsonMap]", (await fetch_page(Page(first=1000)))["edges"])
    assert (await fetch_page(Page(last=1000)))["edges"] == whole
    assert await walk_pages(fetch_page, size, backward=False) == whole
    assert await walk_pages(fetch_page, size, backward=True) == whole
    return whole


def sort_key(row: dict[str, object], order: tuple[ByProperty, ...]) -> tuple[object, ...]:
    """Return the key by which Python sorts the row in this order."""
    keys: list[object] = []
    for by in order:
        for value, descending in _values(row, by):
            number = value if isinstance(value, int | float) else None
            missing = value is None
            if number is not None:
                keys.append((missing, -number if descending else number))
            elif isinstance(value, date):
                keys.append((missing, -value.toordinal() if descending else value.toordinal()))
            else:
                text = [ord(letter) for letter in cast("str", value or "")]
                keys.append((missing, [-code for code in text] + [1] if descending else [*text, -1]))
    return (*keys, row["id"])


def _values(row: dict[str, object], by: ByProperty) -> list[tuple[object, bool]]:
    descending = by.direction == "DESC"
    match by.property.kind:
        case Kind.MONEY:
            return [(row.get("annualFeeCurrency"), False), (row.get("annualFee"), descending)]
        case Kind.LOCALISED:
            return [(row.get("nameSort" if by.property.name == "name" else "descriptionSv"), descending)]
        case Kind.DECIMAL:
            value = row.get("perInhabitant")
            return [(None if value is None else float(cast("str", value)), descending)]
        case _:
            return [(row.get(by.property.name), descending)]


async def check_city_pages(
    store: Store,
    cities: list[dict[str, object]],
    order: tuple[ByProperty, ...],
    size: int,
    countries: tuple[str, ...] | None = None,
) -> None:
    """Check the pages of all cities, or of those in some countries, against the order that Python gives."""
    in_countries = (
        Compare(COUNTRY, "eq", countries[0])
        if countries and len(countries) == 1
        else Compare(COUNTRY, "in", countries or ())
    )
    where = None if countries is None else in_countries
    selected = edges(Cursor("cursor"), node(nodes("City", "id")))

    async def fetch_page(page: Page) -> JsonMap:
        result = await read_root(
            store, root("City", selected, *COUNT_AND_PAGE_INFO, page=page, order=order, where=where)
        )
        # Edges alone are read without a subquery.
        edges_only = await read_root(store, root("City", selected, page=page, order=order, where=where))
        assert edges_only["edges"] == result["edges"]
        return result

    rows = await check_pages(fetch_page, size)
    expected = sorted(cities, key=lambda row: sort_key(row, order))
    if countries is not None:
        expected = [row for row in expected if row["country"] in countries]
    assert [cast("JsonMap", edge["node"])["id"] for edge in rows] == [row["id"] for row in expected]


async def write_cities(store: Store, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    small = SmallGraph()
    cities: list[dict[str, object]] = [{"id": f"City:c{index}", **row} for index, row in enumerate(rows)]
    for row in cities:
        small.node(str(row["id"]), **{"nameSort": None, **{name: row[name] for name in row if name != "id"}})
    await write(store, small)
    return cities


@pytest.mark.slow
async def test_pages_by_every_kind_of_property(store: Store) -> None:
    rows: list[dict[str, object]] = [
        {"population": 7, "latitude": -2.5, "country": "fi", "nameSort": "b", "rosterComplete": True},
        {"population": -1, "latitude": 0.1, "country": "Å", "nameSort": "aa", "rosterComplete": False},
        {"founded": date(2000, 1, 1), "annualFee": 100, "annualFeeCurrency": "EUR", "perInhabitant": "0.03"},
        {"founded": date(1999, 12, 31), "annualFee": 900, "annualFeeCurrency": "EUR", "perInhabitant": "10"},
        {"annualFee": 500, "annualFeeCurrency": "DKK", "perInhabitant": "0.1", "descriptionSv": "y"},
        {"perInhabitant": "0.10", "descriptionSv": "x", "population": 7, "rosterComplete": True},
    ]
    cities = await write_cities(store, [{"country": "FI", "nameSort": "a", **row} for row in rows])
    for property_ in ORDERS:
        await check_city_pages(store, cities, (ByProperty(property_, "ASC"),), 2)
        await check_city_pages(store, cities, (ByProperty(property_, "DESC"),), 4)
        await check_city_pages(store, cities, (ByProperty(property_, "ASC"),), 2, ("FI",))
        await check_city_pages(store, cities, (ByProperty(property_, "DESC"),), 1, ("FI", "fi"))


@pytest.mark.slow
@few_examples
@given(
    rows=rows,
    order=orders_by_property.map(tuple),
    size=st.integers(1, 4),
    countries=st.none() | st.lists(REQUIRED["country"], max_size=3).map(tuple),
)
async def test_pages_of_a_root_connection_by_properties(
    store: Store,
    rows: list[dict[str, object]],
    order: tuple[ByProperty, ...],
    size: int,
    countries: tuple[str, ...] | None,
) -> None:
    await check_city_pages(store, await write_cities(store, rows), order, size, countries)


HERE = Near(60.17, 24.94, 30_000)
PLACES = ((60.17, 24.94), (60.17, 24.95), (59.44, 24.75), (-18.12, 178.45), (-13.83, -171.77), (-60.17, -155.06))
"""Places at different distances from HERE, among them the same place and the opposite side of the Earth."""


@few_examples
@given(
    places=st.lists(st.sampled_from([*PLACES, (None, 24.94)]), max_size=9),
    direction=directions,
    size=st.integers(1, 4),
)
async def test_pages_by_distance(
    store: Store, places: list[tuple[float | None, float]], direction: Direction, size: int
) -> None:
    rows: list[dict[str, object]] = [
        {"country": "FI", "nameSort": "a", "latitude": latitude, "longitude": longitude}
        for latitude, longitude in places
    ]
    cities = await write_cities(store, rows)
    selected = edges(Cursor("cursor"), node(nodes("City", "id")))

    async def fetch_page(page: Page) -> JsonMap:
        connection = root("City", selected, *COUNT_AND_PAGE_INFO, page=page, order=(ByDistance(direction),), where=HERE)
        return await read_root(store, connection)

    def distance(city: dict[str, object]) -> float:
        latitude, longitude = cast("float", city["latitude"]), cast("float", city["longitude"])
        return distance_km(HERE.latitude, HERE.longitude, latitude, longitude)

    located = [city for city in cities if city["latitude"] is not None]
    expected = sorted(located, key=distance, reverse=direction == "DESC")
    found = await check_pages(fetch_page, size)
    assert [cast("JsonMap", edge["node"])["id"] for edge in found] == [city["id"] for city in expected]


@few_examples
@given(
    memberships=st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["MEMBER", "APPLIED", "LEFT"]), st.sampled_from([2015, 2019, 2021])
        ),
        max_size=8,
    ),
    rows=st.lists(values, min_size=4, max_size=4),
    order=orders,
    size=st.integers(1, 3),
    include_applied=st.booleans(),
)
async def test_pages_of_a_path_by_properties_and_counts(
    store: Store,
    memberships: list[tuple[int, str, int]],
    rows: list[dict[str, object]],
    order: tuple[Order, ...],
    size: int,
    include_applied: bool,
) -> None:
    small = SmallGraph()
    small.network("x")
    small.network("y")
    for index, row in enumerate(rows):
        small.node(f"City:c{index}", **row)
    for index, (city, status, start_year) in enumerate(memberships):
        columns = period(f"{start_year}-01-01", OPEN)
        small.member(f"c{city}", "xy"[index % 2], columns, status, suffix=f"-{index}")
    await write(store, small)

    def members(page: Page) -> Connection:
        selected = (
            edges(Cursor("cursor"), node(nodes("City", "id")), ThroughNode("by", nodes("Membership", "id"))),
            *COUNT_AND_PAGE_INFO,
        )
        return nested("Network", "members", *selected, page=page, order=order, on=ON, include_applied=include_applied)

    async def fetch_page(page: Page) -> JsonMap:
        return cast("JsonMap", (await fetch_one(store, "Network:x", members(page)))["members"])

    edge_rows = await check_pages(fetch_page, size)
    assert {cast("JsonMap", edge["by"])["id"] for edge in edge_rows} == {
        f"Membership:c{city}-x-{index}"
        for index, (city, status, start_year) in enumerate(memberships)
        if index % 2 == 0 and start_year < 2020 and (include_applied or status != "APPLIED")
    }
