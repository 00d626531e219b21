"""Connections: who stands there on a day, what an edge says, pages with their figures."""

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
    answer_of,
    ask,
    by,
    edge_prop,
    edges,
    end,
    fetch_one,
    ids_of,
    node,
    nodes,
    page_nodes,
    related,
    root,
)

CITY_IDS = page_nodes("City", "id")


@pytest_asyncio.fixture
async def graph(empty_store: Store) -> Store:
    """Cities in a network: one left and came back, one has applied, of one only an old source speaks."""
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
    small.node("WorkingGroup:youth", **period("2010-01-01", "2012-01-01"))
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
    await small.write(empty_store)
    return empty_store


async def members(store: Store, on: str, *, include_applied: bool = False) -> list[tuple[object, object, object]]:
    """The city, membership and standing of each edge."""
    found = await fetch_one(
        store,
        "Network:safe",
        related(
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
    connection = found["members"]
    assert isinstance(connection, dict)
    assert connection["total"] == len(connection["edges"])
    return [
        (each["node"]["id"].partition(":")[2], each["membership"]["id"].partition(":")[2], each["standing"])
        for each in connection["edges"]
    ]


async def test_members_on_a_day(graph: Store) -> None:
    aarhus = ("aarhus", "aarhus-safe", "IN_FORCE")
    bergen, again = (("bergen", f"bergen-safe{each}", "IN_FORCE") for each in ("", "-2"))
    cork, earlier = (("cork", "cork-safe", each) for each in ("IN_FORCE", "ATTESTED_EARLIER"))
    assert await members(graph, "2014-12-31") == []
    assert await members(graph, "2015-01-01") == [aarhus]
    assert await members(graph, "2017-12-31") == [aarhus, bergen, cork]
    assert await members(graph, "2018-01-01") == [aarhus, cork]
    assert await members(graph, "2019-12-31") == [aarhus, cork]
    assert await members(graph, "2020-01-01") == [aarhus, again, earlier]


async def test_those_who_applied_on_request(graph: Store) -> None:
    assert [city for city, *_ in await members(graph, "2018-01-01", include_applied=True)] == [
        "aarhus",
        "cork",
        "dublin",
    ]


async def test_a_membership_that_is_to_end_counts_by_its_period(graph: Store) -> None:
    networks = related("City", "networks", page_nodes("Network", "id"), on=date(2020, 1, 1))
    found = await fetch_one(graph, "City:aarhus", networks)
    assert found["networks"] == {
        "nodes": [{"id": "Network:green", "__label": "Network"}, {"id": "Network:safe", "__label": "Network"}]
    }


async def test_a_path_does_not_lead_back(graph: Store) -> None:
    async def twins(city: str, on: date) -> list[object]:
        found = (await fetch_one(graph, city, related("City", "twins", CITY_IDS, TotalCount("n"), on=on)))["twins"]
        assert isinstance(found, dict)
        ids = ids_of(found)
        assert found["n"] == len(ids)
        return ids

    assert await twins("City:aarhus", date(1999, 12, 31)) == ["City:bergen", "City:cork"]
    assert await twins("City:aarhus", date(2000, 1, 1)) == ["City:bergen"]
    assert await twins("City:bergen", date(2000, 1, 1)) == ["City:aarhus"]
    assert await twins("City:espoo", date(1990, 1, 1)) == []


async def test_a_path_without_period_follows_all_and_tells_edges_apart_by_the_node_between(graph: Store) -> None:
    taken = edges(
        Cursor("cursor"),
        StandingOn("standing"),
        ThroughNode("body", nodes("Unit", "id")),
        node(nodes("Decision", "id")),
    )

    async def decisions(page: Page) -> list[JsonMap]:
        found = (await fetch_one(graph, "City:aarhus", related("City", "decisions", taken, page=page)))["decisions"]
        assert isinstance(found, dict)
        return found["edges"]

    both = await decisions(Page(first=5))
    assert [(each["node"], each["body"], each["standing"]) for each in both] == [
        ({"id": "Decision:joint", "__label": "Decision"}, {"id": f"Unit:{unit}", "__label": "Unit"}, None)
        for unit in ("board", "council")
    ]
    assert await decisions(Page(first=5, after=str(both[0]["cursor"]))) == both[1:]
    assert await decisions(Page(last=5, before=str(both[1]["cursor"]))) == both[:1]


async def participants(store: Store, on: date | None) -> list[tuple[object, object]]:
    taken = edges(StandingOn("standing"), node(nodes("City", "id")))
    found = await fetch_one(store, "WorkingGroup:youth", related("WorkingGroup", "participants", taken, on=on))
    connection = found["participants"]
    assert isinstance(connection, dict)
    return [(each["node"]["id"], each["standing"]) for each in connection["edges"]]


async def test_a_relationship_with_a_period_stands_by_its_own(graph: Store) -> None:
    assert await participants(graph, date(2019, 12, 31)) == [("City:bergen", "IN_FORCE"), ("City:cork", "IN_FORCE")]
    assert await participants(graph, date(2020, 1, 1)) == [
        ("City:aarhus", "IN_FORCE"),
        ("City:bergen", "ATTESTED_EARLIER"),
    ]


async def test_without_a_day_everything_is_there_and_has_no_standing(graph: Store) -> None:
    assert await participants(graph, None) == [("City:aarhus", None), ("City:bergen", None), ("City:cork", None)]


async def test_a_target_with_a_period_stands_by_its_own(graph: Store) -> None:
    taken = edges(StandingOn("standing"), node(nodes("Membership", "id")))

    async def memberships(on: date | None) -> object:
        return (await fetch_one(graph, "City:bergen", related("City", "memberships", taken, on=on)))["memberships"]

    first, second = ({"id": f"Membership:bergen-safe{each}", "__label": "Membership"} for each in ("", "-2"))
    assert await memberships(date(2016, 1, 1)) == {"edges": [{"standing": "IN_FORCE", "node": first}]}
    assert await memberships(date(2019, 1, 1)) == {"edges": []}
    assert await memberships(None) == {"edges": [{"standing": None, "node": first}, {"standing": None, "node": second}]}


async def test_a_day_does_nothing_where_nothing_has_a_period(graph: Store) -> None:
    taken = edges(StandingOn("standing"), node(nodes("Unit", "id")))
    found = await fetch_one(graph, "City:aarhus", related("City", "units", taken, on=date(1800, 1, 1)))
    assert found["units"] == {
        "edges": [
            {"standing": None, "node": {"id": f"Unit:{each}", "__label": "Unit"}} for each in ("board", "council")
        ]
    }


async def test_a_root_connection_on_a_day(graph: Store) -> None:
    found = await ask(graph, root("Twinning", page_nodes("Twinning", "id"), TotalCount("n"), on=date(1950, 1, 1)))
    assert found == {"nodes": [{"id": "Twinning:aarhus-bergen", "__label": "Twinning"}], "n": 1}


async def test_the_answer_has_the_keys_of_the_connection_in_its_order(graph: Store) -> None:
    found = await ask(
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
    assert list(found.items()) == [
        ("z", 2),
        ("is", "NetworkConnection"),
        ("a", [{"id": "Network:green", "__label": "Network"}]),
        ("info", {"is": "PageInfo", "next": True}),
        ("again", 2),
    ]


async def page_of_cities(store: Store, page: Page) -> tuple[str, object, object, list[str]]:
    """The first letters of the page, whether there is a next and a previous one, the cursors at its ends."""
    found = await ask(store, root("City", CITY_IDS, PAGE_INFO, page=page))
    info = found["pageInfo"]
    assert isinstance(info, dict)
    letters = "".join(str(each).partition(":")[2][0] for each in ids_of(found))
    return letters, info["hasNextPage"], info["hasPreviousPage"], [info["startCursor"], info["endCursor"]]


async def test_pages_forward_and_backward(graph: Store) -> None:
    *head, (a, b) = await page_of_cities(graph, Page(first=2))
    assert head == ["ab", True, False]
    *middle, (c, d) = await page_of_cities(graph, Page(first=2, after=b))
    assert middle == ["cd", True, True]
    *tail, (e, same) = await page_of_cities(graph, Page(first=2, after=d))
    assert tail == ["e", False, True]
    assert e == same
    assert (await page_of_cities(graph, Page(first=2, after=c)))[:3] == ("de", False, True)
    assert await page_of_cities(graph, Page(first=2, after=e)) == ("", False, True, [None, None])

    assert (await page_of_cities(graph, Page(last=2)))[:3] == ("de", False, True)
    assert await page_of_cities(graph, Page(last=2, before=d)) == ("bc", True, True, [b, c])
    assert (await page_of_cities(graph, Page(last=2, before=c)))[:3] == ("ab", True, False)
    assert await page_of_cities(graph, Page(last=2, before=a)) == ("", True, False, [None, None])
    assert (await page_of_cities(graph, Page(last=9)))[:3] == ("abcde", False, False)


async def test_between_two_cursors(graph: Store) -> None:
    *_, (a, _) = await page_of_cities(graph, Page(first=1))
    *_, (e, _) = await page_of_cities(graph, Page(last=1))
    assert (await page_of_cities(graph, Page(first=2, after=a, before=e)))[:3] == ("bc", True, True)
    assert (await page_of_cities(graph, Page(first=3, after=a, before=e)))[:3] == ("bcd", True, True)
    assert (await page_of_cities(graph, Page(last=2, after=a, before=e)))[:3] == ("cd", True, True)


async def test_an_empty_page_still_knows_what_lies_around(graph: Store) -> None:
    assert await page_of_cities(graph, Page(first=0)) == ("", True, False, [None, None])
    assert await page_of_cities(graph, Page(last=0)) == ("", False, True, [None, None])
    found = await ask(graph, root("City", edges(Cursor("cursor")), TotalCount("n"), page=Page(first=0)))
    assert found == {"edges": [], "n": 5}


async def test_a_cursor_whose_row_is_gone_still_holds_its_place(graph: Store) -> None:
    *_, (_, b) = await page_of_cities(graph, Page(first=2))
    small = SmallGraph()
    small.cities("bremen")
    await small.write(graph)
    assert (await page_of_cities(graph, Page(first=2, after=b)))[:3] == ("bc", True, True)


async def test_page_info_alone_fetches_what_it_needs(graph: Store) -> None:
    info = PageInfo("info", (PageInfoItem("next", "hasNextPage"),))
    assert await ask(graph, root("City", info, page=Page(first=4))) == {"info": {"next": True}}
    assert await ask(graph, root("City", info, page=Page(first=5))) == {"info": {"next": False}}
    assert await ask(graph, root("City", info, page=Page(last=1))) == {"info": {"next": False}}


async def test_orders_by_count_and_by_name(graph: Store) -> None:
    counted = ByCount(end("City", "networks"), "DESC", date(2020, 1, 1))
    found = await ask(graph, root("City", CITY_IDS, order=(counted, by("City", "name", "DESC"))))
    assert ids_of(found) == [f"City:{each}" for each in ("aarhus", "cork", "bergen", "espoo", "dublin")]
    applied = ByCount(end("City", "networks"), "ASC", date(2020, 1, 1), include_applied=True)
    found = await ask(graph, root("City", CITY_IDS, order=(applied,)))
    assert ids_of(found) == [f"City:{each}" for each in ("espoo", "bergen", "cork", "dublin", "aarhus")]


@pytest.mark.parametrize(
    "order",
    [(), (by("City", "name", "DESC"),), (ByCount(end("City", "networks"), "ASC", date(2020, 1, 1)),)],
    ids=["id", "name", "count"],
)
async def test_a_page_and_the_number_of_its_rows_are_those_that_each_is_by_itself(
    graph: Store, order: tuple[Order, ...]
) -> None:
    some = Compare(ID, "in", tuple(f"City:{each}" for each in ("aarhus", "bergen", "dublin", "espoo", "nowhere")))
    networks = related("City", "networks", edges(node(nodes("Network", "id"))), on=date(2020, 1, 1))
    taken = edges(Cursor("cursor"), node(nodes("City", "id", networks)))

    async def asked(page: Page, *items: ConnectionItem) -> JsonMap:
        return await ask(graph, root("City", *items, where=some, order=order, page=page))

    async def checked(page: Page) -> list[JsonMap]:
        found = await asked(page, taken, TotalCount("n"))
        assert found == {**await asked(page, taken), "n": 4}
        return cast("list[JsonMap]", found["edges"])

    first, last = await checked(Page(first=2)), await checked(Page(last=2))
    assert await checked(Page(first=2, after=str(first[-1]["cursor"]))) == last
    assert await checked(Page(last=3, before=str(last[-1]["cursor"]))) == [*first, last[0]]
    assert await checked(Page(first=0)) == []


async def test_the_same_connection_with_other_arguments_under_two_keys(graph: Store) -> None:
    small = related("Network", "members", CITY_IDS, key="two", page=Page(first=2), on=date(2020, 1, 1))
    large = related("Network", "members", TotalCount("n"), key="all", on=date(2016, 1, 1), include_applied=True)
    found = await fetch_one(graph, "Network:safe", large, small)
    assert found == {
        "all": {"n": 4},
        "two": {"nodes": [{"id": f"City:{each}", "__label": "City"} for each in ("aarhus", "bergen")]},
        "__label": "Network",
    }


async def test_those_who_applied_and_those_who_are_members_side_by_side(graph: Store) -> None:
    day = date(2018, 1, 1)
    with_applied = related("Network", "members", TotalCount("n"), key="a", on=day, include_applied=True)
    without = related("Network", "members", TotalCount("n"), key="b", on=day)
    found = await fetch_one(graph, "Network:safe", with_applied, without)
    assert found == {"a": {"n": 3}, "b": {"n": 2}, "__label": "Network"}


async def test_one_page_under_two_keys_gives_each_what_it_asks_for(graph: Store) -> None:
    def page_info(key: str, *fields: Literal["hasNextPage", "hasPreviousPage", "endCursor"]) -> Connection:
        info = PageInfo("info", tuple(PageInfoItem(each, each) for each in fields))
        return related("Network", "memberships", info, key=key, page=Page(first=2))

    found = await fetch_one(
        graph,
        "Network:safe",
        page_info("next", "hasNextPage"),
        page_info("previous", "hasPreviousPage"),
        related("Network", "memberships", page_nodes("Membership", "status"), key="nodes", page=Page(first=2)),
    )
    statuses = [{"status": each, "__label": "Membership"} for each in ("MEMBER", "LEFT")]
    assert found == {
        "next": {"info": {"hasNextPage": True}},
        "previous": {"info": {"hasPreviousPage": False}},
        "nodes": {"nodes": statuses},
        "__label": "Network",
    }


async def test_pages_within_pages(graph: Store) -> None:
    memberships = related(
        "City",
        "memberships",
        edges(node(nodes("Membership", "id")), PropertyItem("basis", edge_prop("City", "memberships", "basis"))),
        TotalCount("n"),
        page=Page(first=1),
    )
    found = await ask(graph, root("City", page_nodes("City", "id", memberships), page=Page(first=2)))

    def city(slug: str, first: str) -> JsonMap:
        edge = {"node": {"id": f"Membership:{first}", "__label": "Membership"}, "basis": None}
        return {"id": f"City:{slug}", "memberships": {"edges": [edge], "n": 2}, "__label": "City"}

    assert found == {"nodes": [city("aarhus", "aarhus-green"), city("bergen", "bergen-safe")]}


def with_cursor(connection: Connection, cursor: object) -> Connection:
    return root("City", *connection.items, page=Page(first=1, after=str(cursor)), order=connection.order)


async def test_a_cursor_of_another_connection_or_order_is_refused(graph: Store) -> None:
    first = root("City", edges(Cursor("cursor")), page=Page(first=1))
    found = await answer_of(graph, compile_connection(first))
    (edge,) = found["edges"]  # pyright: ignore
    compile_connection(with_cursor(first, edge["cursor"]))
    named = root("City", edges(Cursor("cursor")), order=(by("City", "name"),))
    with pytest.raises(BadCursor, match="another connection or order"):
        compile_connection(with_cursor(named, edge["cursor"]))
    with pytest.raises(BadCursor, match="another connection or order"):
        compile_connection(root("Network", TotalCount("n"), page=Page(first=1, after=edge["cursor"])))
