"""Connections: rows valid on a date, edges, pages and totals."""

from datetime import date
from typing import Literal, cast

import pytest
import pytest_asyncio

from graph.errors import BadCursor
from graph.model import ID
from graph.pagination import Page
from graph.store import Store
from graph.traversal import compile_connection
from graph.traversal.selection import (
    ByCount,
    Compare,
    Connection,
    ConnectionItem,
    Cursor,
    Order,
    PageInfo,
    PageInfoItem,
    PageNodes,
    PropertyItem,
    StandingOn,
    ThroughNode,
    TotalCount,
    Typename,
)
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.traversal.builders import (
    PAGE_INFO,
    JsonMap,
    edge_prop,
    edges,
    end,
    fetch_one,
    ids_of,
    nested,
    node,
    nodes,
    order_by,
    page_nodes,
    read_root,
    root,
    run,
)

CITY_IDS = page_nodes("City", "id")


@pytest_asyncio.fixture
async def graph(store: Store) -> Store:
    """Cities in a network: Bergen left and came back, Dublin has applied, Cork appears only in an old source."""
    small = SmallGraph()
    small.cities("aarhus", "bergen", "cork", "dublin", "espoo")
    small.network("safe")
    small.network("green")
    small.member("aarhus", "safe", period("2015-01-01", OPEN))
    small.member("bergen", "safe", period("2016-01-01", "2018-01-01"), status="LEFT")
    small.member("bergen", "safe", period("2020-01-01", OPEN), suffix="-2")
    small.member("cork", "safe", period("2016-01-01", attested="2019-12-31"))
    small.member("dublin", "safe", period("2016-01-01", OPEN), status="APPLIED")
    small.member("espoo", "safe", period(None, OPEN))
    small.member("aarhus", "green", period("2020-01-01", OPEN), status="LEAVING_DECIDED")
    small.node("WorkingGroup:youth", **period("2010-01-01", OPEN))
    small.relate("City:aarhus", "PARTICIPATES_IN", "WorkingGroup:youth", role="CHAIR", **period("2020-01-01", OPEN))
    small.relate("City:bergen", "PARTICIPATES_IN", "WorkingGroup:youth", **period("2018-01-01", attested="2019-12-31"))
    small.relate("City:cork", "PARTICIPATES_IN", "WorkingGroup:youth", **period("2018-01-01", "2020-01-01"))
    small.twins("aarhus", "bergen", period("1946-01-01", OPEN))
    small.twins("aarhus", "cork", period("1990-01-01", "2000-01-01"))
    small.twins("espoo", "espoo", period("1990-01-01", "1991-01-01"))
    for unit in ("board", "council"):
        small.node(f"Unit:{unit}", kind="BOARD")
        small.relate(f"Unit:{unit}", "OF", "City:aarhus")
    small.node("Decision:joint", outcome="APPROVED")
    small.relate("Decision:joint", "BY", "Unit:council")
    small.relate("Decision:joint", "BY", "Unit:board")
    for initiative, units in (("act", ("board", "council")), ("deal", ("council",)), ("pact", ())):
        small.node(f"EuInitiative:{initiative}", kind="REGULATION")
        for unit in units:
            small.relate(f"Unit:{unit}", "FOLLOWS", f"EuInitiative:{initiative}")
    await small.replace_all(store)
    return store


async def members(store: Store, on: str, *, include_applied: bool = False) -> list[tuple[object, object, object]]:
    """Return the city, membership and standing of every edge."""
    result = await fetch_one(
        store,
        "Network:safe",
        nested(
            "Network",
            "members",
            edges(
                StandingOn("standing"),
                node(nodes("City", "id")),
                ThroughNode("membership", nodes("Membership", "id")),
            ),
            TotalCount("total"),
            on=date.fromisoformat(on),
            include_applied=include_applied,
        ),
    )
    connection = result["members"]
    assert isinstance(connection, dict)
    assert connection["total"] == len(connection["edges"])
    return [
        (edge["node"]["id"].partition(":")[2], edge["membership"]["id"].partition(":")[2], edge["standing"])
        for edge in connection["edges"]
    ]


async def test_members_on_a_date(graph: Store) -> None:
    aarhus = ("aarhus", "aarhus-safe", "IN_FORCE")
    bergen, again = (("bergen", f"bergen-safe{suffix}", "IN_FORCE") for suffix in ("", "-2"))
    cork, earlier = (("cork", "cork-safe", standing) for standing in ("IN_FORCE", "ATTESTED_EARLIER"))
    assert await members(graph, "2014-12-31") == []
    assert await members(graph, "2015-01-01") == [aarhus]
    assert await members(graph, "2017-12-31") == [aarhus, bergen, cork]
    assert await members(graph, "2018-01-01") == [aarhus, cork]
    assert await members(graph, "2019-12-31") == [aarhus, cork]
    assert await members(graph, "2020-01-01") == [aarhus, again, earlier]


async def test_applicants_are_included_on_request(graph: Store) -> None:
    assert [city for city, *_ in await members(graph, "2018-01-01", include_applied=True)] == [
        "aarhus",
        "cork",
        "dublin",
    ]


async def test_membership_that_will_end_is_valid_until_its_end(graph: Store) -> None:
    networks = nested("City", "networks", page_nodes("Network", "id"), on=date(2020, 1, 1))
    result = await fetch_one(graph, "City:aarhus", networks)
    assert result["networks"] == {
        "nodes": [{"id": "Network:green", "__label": "Network"}, {"id": "Network:safe", "__label": "Network"}]
    }


async def test_path_does_not_lead_back_to_its_start(graph: Store) -> None:
    async def twins(city: str, on: date) -> list[object]:
        result = (await fetch_one(graph, city, nested("City", "twins", CITY_IDS, TotalCount("n"), on=on)))["twins"]
        assert isinstance(result, dict)
        ids = ids_of(result)
        assert result["n"] == len(ids)
        return ids

    assert await twins("City:aarhus", date(1999, 12, 31)) == ["City:bergen", "City:cork"]
    assert await twins("City:aarhus", date(2000, 1, 1)) == ["City:bergen"]
    assert await twins("City:bergen", date(2000, 1, 1)) == ["City:aarhus"]
    assert await twins("City:espoo", date(1990, 1, 1)) == []


async def test_path_without_period_has_an_edge_for_every_node_between(graph: Store) -> None:
    selected = edges(
        Cursor("cursor"),
        StandingOn("standing"),
        ThroughNode("body", nodes("Unit", "id")),
        node(nodes("Decision", "id")),
    )

    async def decisions(page: Page) -> list[JsonMap]:
        result = (await fetch_one(graph, "City:aarhus", nested("City", "decisions", selected, page=page)))["decisions"]
        assert isinstance(result, dict)
        return result["edges"]

    both = await decisions(Page(first=5))
    assert [(edge["node"], edge["body"], edge["standing"]) for edge in both] == [
        ({"id": "Decision:joint", "__label": "Decision"}, {"id": f"Unit:{unit}", "__label": "Unit"}, None)
        for unit in ("board", "council")
    ]
    assert await decisions(Page(first=5, after=str(both[0]["cursor"]))) == both[1:]
    assert await decisions(Page(last=5, before=str(both[1]["cursor"]))) == both[:1]


async def test_initiatives_that_the_units_of_a_city_follow(graph: Store) -> None:
    selected = edges(ThroughNode("unit", nodes("Unit", "id")), node(nodes("EuInitiative", "id")))
    for city, expected in (
        ("aarhus", [("act", "board"), ("act", "council"), ("deal", "council")]),
        ("bergen", []),
    ):
        result = (await fetch_one(graph, f"City:{city}", nested("City", "euInitiatives", selected)))["euInitiatives"]
        assert isinstance(result, dict)
        found = [(edge["node"]["id"], edge["unit"]["id"]) for edge in result["edges"]]
        assert found == [(f"EuInitiative:{initiative}", f"Unit:{unit}") for initiative, unit in expected]


async def participants(store: Store, on: date | None) -> list[tuple[object, object]]:
    selected = edges(StandingOn("standing"), node(nodes("City", "id")))
    result = await fetch_one(store, "WorkingGroup:youth", nested("WorkingGroup", "participants", selected, on=on))
    connection = result["participants"]
    assert isinstance(connection, dict)
    return [(edge["node"]["id"], edge["standing"]) for edge in connection["edges"]]


async def test_relationship_with_a_period_is_filtered_by_it(graph: Store) -> None:
    assert await participants(graph, date(2019, 12, 31)) == [("City:bergen", "IN_FORCE"), ("City:cork", "IN_FORCE")]
    assert await participants(graph, date(2020, 1, 1)) == [
        ("City:aarhus", "IN_FORCE"),
        ("City:bergen", "ATTESTED_EARLIER"),
    ]


async def test_without_a_date_all_rows_have_no_standing(graph: Store) -> None:
    assert await participants(graph, None) == [("City:aarhus", None), ("City:bergen", None), ("City:cork", None)]


async def test_target_with_a_period_is_filtered_by_it(graph: Store) -> None:
    selected = edges(StandingOn("standing"), node(nodes("Membership", "id")))

    async def memberships(on: date | None) -> object:
        return (await fetch_one(graph, "City:bergen", nested("City", "memberships", selected, on=on)))["memberships"]

    first, second = ({"id": f"Membership:bergen-safe{suffix}", "__label": "Membership"} for suffix in ("", "-2"))
    assert await memberships(date(2016, 1, 1)) == {"edges": [{"standing": "IN_FORCE", "node": first}]}
    assert await memberships(date(2019, 1, 1)) == {"edges": []}
    assert await memberships(None) == {"edges": [{"standing": None, "node": first}, {"standing": None, "node": second}]}


async def test_date_is_ignored_without_a_period(graph: Store) -> None:
    selected = edges(StandingOn("standing"), node(nodes("Unit", "id")))
    result = await fetch_one(graph, "City:aarhus", nested("City", "units", selected, on=date(1800, 1, 1)))
    assert result["units"] == {
        "edges": [
            {"standing": None, "node": {"id": f"Unit:{slug}", "__label": "Unit"}} for slug in ("board", "council")
        ]
    }


async def test_root_connection_on_a_date(graph: Store) -> None:
    result = await read_root(
        graph, root("Twinning", page_nodes("Twinning", "id"), TotalCount("n"), on=date(1950, 1, 1))
    )
    assert result == {"nodes": [{"id": "Twinning:aarhus-bergen", "__label": "Twinning"}], "n": 1}


async def test_result_has_the_keys_of_the_connection_in_order(graph: Store) -> None:
    result = await read_root(
        graph,
        root(
            "Network",
            TotalCount("z"),
            Typename("is", "NetworkConnection"),
            PageNodes("a", nodes("Network", "id")),
            PageInfo("info", (PageInfoItem("is", "__typename"), PageInfoItem("next", "hasNextPage"))),
            TotalCount("again"),
            page=Page(first=1),
        ),
    )
    assert list(result.items()) == [
        ("z", 2),
        ("is", "NetworkConnection"),
        ("a", [{"id": "Network:green", "__label": "Network"}]),
        ("info", {"is": "PageInfo", "next": True}),
        ("again", 2),
    ]


async def read_page(store: Store, page: Page) -> tuple[str, object, object, list[str]]:
    """Return the first letters of the cities, whether there is a next and a previous page, and the cursors."""
    result = await read_root(store, root("City", CITY_IDS, PAGE_INFO, page=page))
    info = result["pageInfo"]
    assert isinstance(info, dict)
    letters = "".join(str(node_id).partition(":")[2][0] for node_id in ids_of(result))
    return letters, info["hasNextPage"], info["hasPreviousPage"], [info["startCursor"], info["endCursor"]]


async def test_pages_forward_and_backward(graph: Store) -> None:
    *head, (a, b) = await read_page(graph, Page(first=2))
    assert head == ["ab", True, False]
    *middle, (c, d) = await read_page(graph, Page(first=2, after=b))
    assert middle == ["cd", True, True]
    *tail, (e, same) = await read_page(graph, Page(first=2, after=d))
    assert tail == ["e", False, True]
    assert e == same
    assert (await read_page(graph, Page(first=2, after=c)))[:3] == ("de", False, True)
    assert await read_page(graph, Page(first=2, after=e)) == ("", False, True, [None, None])

    assert (await read_page(graph, Page(last=2)))[:3] == ("de", False, True)
    assert await read_page(graph, Page(last=2, before=d)) == ("bc", True, True, [b, c])
    assert (await read_page(graph, Page(last=2, before=c)))[:3] == ("ab", True, False)
    assert await read_page(graph, Page(last=2, before=a)) == ("", True, False, [None, None])
    assert (await read_page(graph, Page(last=9)))[:3] == ("abcde", False, False)


async def test_page_between_two_cursors(graph: Store) -> None:
    *_, (a, _) = await read_page(graph, Page(first=1))
    *_, (e, _) = await read_page(graph, Page(last=1))
    assert (await read_page(graph, Page(first=2, after=a, before=e)))[:3] == ("bc", True, True)
    assert (await read_page(graph, Page(first=3, after=a, before=e)))[:3] == ("bcd", True, True)
    assert (await read_page(graph, Page(last=2, after=a, before=e)))[:3] == ("cd", True, True)


async def test_empty_page_has_page_info(graph: Store) -> None:
    assert await read_page(graph, Page(first=0)) == ("", True, False, [None, None])
    assert await read_page(graph, Page(last=0)) == ("", False, True, [None, None])
    result = await read_root(graph, root("City", edges(Cursor("cursor")), TotalCount("n"), page=Page(first=0)))
    assert result == {"edges": [], "n": 5}


async def test_cursor_of_a_deleted_row_keeps_its_position(graph: Store) -> None:
    *_, (_, b) = await read_page(graph, Page(first=2))
    small = SmallGraph()
    small.cities("bremen")
    await small.write(graph)
    assert (await read_page(graph, Page(first=2, after=b)))[:3] == ("bc", True, True)


async def test_page_info_without_edges(graph: Store) -> None:
    info = PageInfo("info", (PageInfoItem("next", "hasNextPage"),))
    assert await read_root(graph, root("City", info, page=Page(first=4))) == {"info": {"next": True}}
    assert await read_root(graph, root("City", info, page=Page(first=5))) == {"info": {"next": False}}
    assert await read_root(graph, root("City", info, page=Page(last=1))) == {"info": {"next": False}}


async def test_order_by_count_and_name(graph: Store) -> None:
    counted = ByCount(end("City", "networks"), "DESC", date(2020, 1, 1))
    result = await read_root(graph, root("City", CITY_IDS, order=(counted, order_by("City", "name", "DESC"))))
    assert ids_of(result) == [f"City:{slug}" for slug in ("aarhus", "cork", "bergen", "espoo", "dublin")]
    applied = ByCount(end("City", "networks"), "ASC", date(2020, 1, 1), include_applied=True)
    result = await read_root(graph, root("City", CITY_IDS, order=(applied,)))
    assert ids_of(result) == [f"City:{slug}" for slug in ("espoo", "bergen", "cork", "dublin", "aarhus")]


@pytest.mark.parametrize(
    "order",
    [(), (order_by("City", "name", "DESC"),), (ByCount(end("City", "networks"), "ASC", date(2020, 1, 1)),)],
    ids=["id", "name", "count"],
)
async def test_page_and_total_together_equal_both_alone(graph: Store, order: tuple[Order, ...]) -> None:
    some = Compare(ID, "in", tuple(f"City:{slug}" for slug in ("aarhus", "bergen", "dublin", "espoo", "nowhere")))
    networks = nested("City", "networks", edges(node(nodes("Network", "id"))), on=date(2020, 1, 1))
    selected = edges(Cursor("cursor"), node(nodes("City", "id", networks)))

    async def fetch(page: Page, *items: ConnectionItem) -> JsonMap:
        return await read_root(graph, root("City", *items, where=some, order=order, page=page))

    async def check(page: Page) -> list[JsonMap]:
        result = await fetch(page, selected, TotalCount("n"))
        assert result == {**await fetch(page, selected), "n": 4}
        return cast("list[JsonMap]", result["edges"])

    first, last = await check(Page(first=2)), await check(Page(last=2))
    assert await check(Page(first=2, after=str(first[-1]["cursor"]))) == last
    assert await check(Page(last=3, before=str(last[-1]["cursor"]))) == [*first, last[0]]
    assert await check(Page(first=0)) == []


async def test_connection_with_different_arguments_under_two_keys(graph: Store) -> None:
    small = nested("Network", "members", CITY_IDS, key="two", page=Page(first=2), on=date(2020, 1, 1))
    large = nested("Network", "members", TotalCount("n"), key="all", on=date(2016, 1, 1), include_applied=True)
    result = await fetch_one(graph, "Network:safe", large, small)
    assert result == {
        "all": {"n": 4},
        "two": {"nodes": [{"id": f"City:{slug}", "__label": "City"} for slug in ("aarhus", "bergen")]},
        "__label": "Network",
    }


async def test_connection_with_and_without_applicants_under_two_keys(graph: Store) -> None:
    day = date(2018, 1, 1)
    with_applied = nested("Network", "members", TotalCount("n"), key="a", on=day, include_applied=True)
    without = nested("Network", "members", TotalCount("n"), key="b", on=day)
    result = await fetch_one(graph, "Network:safe", with_applied, without)
    assert result == {"a": {"n": 3}, "b": {"n": 2}, "__label": "Network"}


async def test_page_under_two_keys_has_the_items_of_both(graph: Store) -> None:
    def page_info(key: str, *fields: Literal["hasNextPage", "hasPreviousPage", "endCursor"]) -> Connection:
        info = PageInfo("info", tuple(PageInfoItem(field, field) for field in fields))
        return nested("Network", "memberships", info, key=key, page=Page(first=2))

    result = await fetch_one(
        graph,
        "Network:safe",
        page_info("next", "hasNextPage"),
        page_info("previous", "hasPreviousPage"),
        nested("Network", "memberships", page_nodes("Membership", "status"), key="nodes", page=Page(first=2)),
    )
    statuses = [{"status": status, "__label": "Membership"} for status in ("MEMBER", "LEFT")]
    assert result == {
        "next": {"info": {"hasNextPage": True}},
        "previous": {"info": {"hasPreviousPage": False}},
        "nodes": {"nodes": statuses},
        "__label": "Network",
    }


async def test_nested_pages(graph: Store) -> None:
    memberships = nested(
        "City",
        "memberships",
        edges(node(nodes("Membership", "id")), PropertyItem("basis", edge_prop("City", "memberships", "basis"))),
        TotalCount("n"),
        page=Page(first=1),
    )
    result = await read_root(graph, root("City", page_nodes("City", "id", memberships), page=Page(first=2)))

    def city(slug: str, first: str) -> JsonMap:
        edge = {"node": {"id": f"Membership:{first}", "__label": "Membership"}, "basis": "STATED"}
        return {"id": f"City:{slug}", "memberships": {"edges": [edge], "n": 2}, "__label": "City"}

    assert result == {"nodes": [city("aarhus", "aarhus-green"), city("bergen", "bergen-safe")]}


def with_cursor(connection: Connection, cursor: object) -> Connection:
    return root("City", *connection.items, page=Page(first=1, after=str(cursor)), order=connection.order)


async def test_cursor_of_another_connection_or_order_is_refused(graph: Store) -> None:
    first = root("City", edges(Cursor("cursor")), page=Page(first=1))
    result = await run(graph, compile_connection(first))
    (edge,) = result["edges"]  # pyright: ignore
    compile_connection(with_cursor(first, edge["cursor"]))
    named = root("City", edges(Cursor("cursor")), order=(order_by("City", "name"),))
    with pytest.raises(BadCursor, match="another field or to other arguments"):
        compile_connection(with_cursor(named, edge["cursor"]))
    with pytest.raises(BadCursor, match="another field or to other arguments"):
        compile_connection(root("Network", TotalCount("n"), page=Page(first=1, after=edge["cursor"])))
