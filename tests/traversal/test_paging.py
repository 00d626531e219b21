"""The law of pages: walked in any size, direction and order, they give each row once, as one large page does."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import Kind, Property
from graph.pagination import Page
from graph.store import Statement, Store
from graph.traversal.selection import (
    ByCount,
    ByProperty,
    Compare,
    Connection,
    Cursor,
    Order,
    PageInfo,
    PageInfoItem,
    ThroughNode,
    TotalCount,
)
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.traversal.builders import JsonMap, ask, edges, end, fetch_one, node, nodes, prop, related, root

ON = date(2020, 1, 1)
CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")

# Few values, so that ties are many; each column may be missing, but for those that the model requires of cities.
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

modest = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
Ask = Callable[[Page], Awaitable[JsonMap]]


async def write(store: Store, small: SmallGraph) -> None:
    await store.write(lambda writing: writing.run(CLEAR))
    await small.write(store)


async def walk(ask_page: Ask, size: int, *, backward: bool) -> list[object]:
    """The edges of all pages in the order of the connection. Checks the figures on the way."""
    found: list[object] = []
    cursor: str | None = None
    while True:
        answer = await ask_page(Page(last=size, before=cursor) if backward else Page(first=size, after=cursor))
        page = cast("list[JsonMap]", answer["edges"])
        info = cast("JsonMap", answer["pageInfo"])
        ahead, behind = ("hasPreviousPage", "hasNextPage") if backward else ("hasNextPage", "hasPreviousPage")
        assert info[behind] is (cursor is not None)
        assert [info["startCursor"], info["endCursor"]] == (
            [page[0]["cursor"], page[-1]["cursor"]] if page else [None] * 2
        )
        found = [*page, *found] if backward else [*found, *page]
        assert info[ahead] is (len(found) < cast("int", answer["total"]))
        if not info[ahead]:
            return found
        assert len(page) == size
        cursor = cast("str", info["startCursor" if backward else "endCursor"])


FIGURES = (
    TotalCount("total"),
    PageInfo(
        "pageInfo",
        tuple(PageInfoItem(each, each) for each in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")),
    ),
)


async def holds(ask_page: Ask, size: int) -> list[JsonMap]:
    """The law, and the edges of the one large page."""
    whole = cast("list[JsonMap]", (await ask_page(Page(first=1000)))["edges"])
    assert (await ask_page(Page(last=1000)))["edges"] == whole
    assert await walk(ask_page, size, backward=False) == whole
    assert await walk(ask_page, size, backward=True) == whole
    return whole


def in_order(row: dict[str, object], order: tuple[ByProperty, ...]) -> tuple[object, ...]:
    """What Python sorts the row by."""
    keys: list[object] = []
    for each in order:
        for value, descending in _values(row, each):
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


async def holds_for_cities(
    store: Store,
    cities: list[dict[str, object]],
    order: tuple[ByProperty, ...],
    size: int,
    countries: tuple[str, ...] | None = None,
) -> None:
    """The law over all cities, or those of some countries, in the order that Python gives them."""
    some = countries or ()
    one_of = Compare(COUNTRY, "eq", some[0]) if len(some) == 1 else Compare(COUNTRY, "in", some)

    async def ask_page(page: Page) -> JsonMap:
        where, taken = None if countries is None else one_of, edges(Cursor("cursor"), node(nodes("City", "id")))
        answer = await ask(store, root("City", taken, *FIGURES, page=page, order=order, where=where))
        alone = await ask(store, root("City", taken, page=page, order=order, where=where))  # in no subquery
        assert alone["edges"] == answer["edges"]
        return answer

    found = await holds(ask_page, size)
    expected = sorted(cities, key=lambda row: in_order(row, order))
    if countries is not None:
        expected = [row for row in expected if row["country"] in countries]
    assert [cast("JsonMap", each["node"])["id"] for each in found] == [row["id"] for row in expected]


async def write_cities(store: Store, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    small = SmallGraph()
    cities: list[dict[str, object]] = [{"id": f"City:c{index}", **row} for index, row in enumerate(rows)]
    for row in cities:
        small.node(str(row["id"]), **{"nameSort": None, **{name: row[name] for name in row if name != "id"}})
    await write(store, small)
    return cities


async def test_every_kind_of_value_in_both_directions(store: Store) -> None:
    everything: list[dict[str, object]] = [
        {"population": 7, "latitude": -2.5, "country": "fi", "nameSort": "b", "rosterComplete": True},
        {"population": -1, "latitude": 0.1, "country": "Å", "nameSort": "aa", "rosterComplete": False},
        {"founded": date(2000, 1, 1), "annualFee": 100, "annualFeeCurrency": "EUR", "perInhabitant": "0.03"},
        {"founded": date(1999, 12, 31), "annualFee": 900, "annualFeeCurrency": "EUR", "perInhabitant": "10"},
        {"annualFee": 500, "annualFeeCurrency": "DKK", "perInhabitant": "0.1", "descriptionSv": "y"},
        {"perInhabitant": "0.10", "descriptionSv": "x", "population": 7, "rosterComplete": True},
    ]
    cities = await write_cities(store, [{"country": "FI", "nameSort": "a", **each} for each in everything])
    for each in ORDERS:
        await holds_for_cities(store, cities, (ByProperty(each, "ASC"),), 2)
        await holds_for_cities(store, cities, (ByProperty(each, "DESC"),), 4)
        await holds_for_cities(store, cities, (ByProperty(each, "ASC"),), 2, ("FI",))
        await holds_for_cities(store, cities, (ByProperty(each, "DESC"),), 1, ("FI", "fi"))


@modest
@given(
    rows=rows,
    order=orders_by_property.map(tuple),
    size=st.integers(1, 4),
    countries=st.none() | st.lists(REQUIRED["country"], max_size=3).map(tuple),
)
async def test_a_root_connection_by_any_properties(
    store: Store,
    rows: list[dict[str, object]],
    order: tuple[ByProperty, ...],
    size: int,
    countries: tuple[str, ...] | None,
) -> None:
    await holds_for_cities(store, await write_cities(store, rows), order, size, countries)


@modest
@given(
    lives=st.lists(
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
async def test_a_path_by_properties_and_counts(
    store: Store,
    lives: list[tuple[int, str, int]],
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
    for index, (city, status, begun) in enumerate(lives):
        columns = period(f"{begun}-01-01", OPEN)
        small.member(f"c{city}", "xy"[index % 2], columns, status, suffix=f"-{index}")
    await write(store, small)

    def members(page: Page) -> Connection:
        taken = (
            edges(Cursor("cursor"), node(nodes("City", "id")), ThroughNode("by", nodes("Membership", "id"))),
            *FIGURES,
        )
        return related("Network", "members", *taken, page=page, order=order, on=ON, include_applied=include_applied)

    async def ask_page(page: Page) -> JsonMap:
        return cast("JsonMap", (await fetch_one(store, "Network:x", members(page)))["members"])

    found = await holds(ask_page, size)
    assert {cast("JsonMap", each["by"])["id"] for each in found} == {
        f"Membership:c{city}-x-{index}"
        for index, (city, status, begun) in enumerate(lives)
        if index % 2 == 0 and begun < 2020 and (include_applied or status != "APPLIED")
    }
