"""Conditions on the edges of connections, and orders by their values."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.state import AppState
from graph.folding import fold_for_sorting
from graph.store import Store
from tests.api.conftest import SETTINGS, Ask
from tests.questions.graph_builder import OPEN, SmallGraph, period

ALL = "[IN_FORCE, ATTESTED_EARLIER, LONG_UNATTESTED, ATTESTED_LATER]"


@pytest_asyncio.fixture
async def ask_small(store: Store) -> AsyncIterator[Ask]:
    """A network whose members joined on equal, different and unknown days, a working group, and a project."""
    graph = SmallGraph()
    for city, country in {"a": "DK", "b": "NO", "c": "IE", "d": "NO", "e": "ES", "f": "PT", "g": "SE"}.items():
        graph.node(f"City:{city}", country=country)
    graph.themes("scheme", "safety", "climate")
    graph.network("safe", "safety")
    graph.relate("Network:safe", "ADDRESSES", "Theme:climate", basis="EDITORIAL")
    members: dict[str, tuple[dict[str, object], str, str | None]] = {
        "a": (period("2014-05-01", OPEN), "MEMBER", "FULL"),
        "b": (period("2016-01-01", OPEN), "MEMBER", "OBSERVER"),
        "c": (period(None, attested="2020-06-30"), "MEMBER", None),
        "d": (period("2016-01-01", OPEN), "LEAVING_DECIDED", "FULL"),
        "e": (period(None, OPEN), "MEMBER", "PRIVILEGED"),
        "f": (period("1990-01-01", attested="1995-12-31"), "MEMBER", None),
        "g": (period("2022-01-01", OPEN), "APPLIED", "CANDIDATE"),
    }
    for city, (columns, status, grade) in members.items():
        graph.member(city, "safe", {**columns, "grade": grade}, status=status)
    graph.member("b", "safe", {**period("2010-01-01", "2012-01-01"), "grade": "PARTNER"}, "LEFT", suffix="-before")
    graph.node("MembershipTerm:paid", annualFee=500_00, annualFeeCurrency="EUR", **period("2020-01-01", OPEN))
    graph.relate("MembershipTerm:paid", "UNDER", "Membership:a-safe")
    graph.node("WorkingGroup:youth", **period("2010-01-01", OPEN))
    graph.node("Unit:board", kind="BOARD")
    for city, columns in {
        "a": {"role": "MEMBER", "unit": "Unit:board", **period("2020-01-01", OPEN)},
        "b": {"role": "CHAIR", **period("2018-01-01", OPEN)},
        "c": {"role": "MEMBER", "basis": "EDITORIAL", **period("2018-01-01", attested="2019-12-31")},
        "d": period("2012-01-01", attested="2023-12-31"),
    }.items():
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:youth", **columns)
    graph.node("Project:p", **period("2015-01-01", OPEN))
    for city, budget, currency in (("a", 90_00, "EUR"), ("b", None, None), ("c", 70_00, "SEK"), ("d", 10_00, "EUR")):
        graph.relate(f"City:{city}", "PARTNER_IN", "Project:p", budget=budget, budgetCurrency=currency)
    graph.node("Organisation:agency", kind="OTHER")
    graph.relate("City:a", "PART_OF", "Organisation:agency", votingRight=True)
    graph.relate("City:b", "PART_OF", "Organisation:agency", votingRight=False)
    await graph.replace_all(store)
    app = Starlette(routes=routes(AppState(SETTINGS, store)))

    async def execute(query: str, **variables: object) -> Any:
        body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
        return body["errors"] if "errors" in body else body["data"]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        yield execute


def slugs(connection: Any) -> str:
    """Return the slugs of the nodes, which have one letter each."""
    return "".join(node["id"].partition(":")[2] for node in connection["nodes"])


async def read_connection(ask: Ask, field: str) -> Any:
    """Select a connection of the network, working group or project that has it, such as `members(...)`."""
    name = field.partition("(")[0]
    owner = {
        "members": 'network(id: "Network:safe")',
        "themes": 'network(id: "Network:safe")',
        "participants": 'workingGroup(id: "WorkingGroup:youth")',
        "partners": 'project(id: "Project:p")',
        "networks": 'city(id: "City:b")',
        "cities": 'organisation(id: "Organisation:agency")',
        "partOf": 'city(id: "City:a")',
    }[name]
    data = await ask(f"{{ owner: {owner} {{ found: {field} {{ totalCount nodes {{ id }} }} }} }}")
    assert data["owner"]["found"]["totalCount"] == len(data["owner"]["found"]["nodes"])
    return data["owner"]["found"]


# --- Orders ---------------------------------------------------------------------------------------

MEMBERS = f'on: "2024-01-01", standings: {ALL}, includeApplied: true'
PARTICIPANTS = f'on: "2024-01-01", standings: {ALL}'
ORDERS = [
    ("members", MEMBERS, "{field: MEMBERSHIP_VALID_FROM}", "fabdgce"),
    ("members", MEMBERS, "{field: MEMBERSHIP_VALID_FROM, direction: DESC}", "gbdafce"),
    ("members", MEMBERS, "[{field: MEMBERSHIP_VALID_FROM, direction: DESC}, {field: ID, direction: DESC}]", "gdbafec"),
    ("members", MEMBERS, "[{field: COUNTRY}, {field: MEMBERSHIP_GRADE, direction: DESC}]", "aecdbfg"),
    ("members", MEMBERS, "{field: STANDING}", "abdgcfe"),
    ("members", MEMBERS, "[{field: STANDING, direction: DESC}, {field: MEMBERSHIP_VALID_FROM}]", "efcabdg"),
    ("members", MEMBERS, "[{field: MEMBERSHIP_STATUS}, {field: MEMBERSHIP_GRADE}]", "gbaecfd"),
    ("members", MEMBERS, "{field: MEMBERSHIP_ATTESTED_ON}", "fcabdeg"),
    ("members", MEMBERS, "{field: MEMBERSHIP_SHOWN_FROM}", "fabdcge"),
    ("members", MEMBERS, "[{field: MEMBERSHIPS_COUNT, direction: DESC}, {field: MEMBERSHIP_GRADE}]", "bgadecf"),
    ("participants", PARTICIPANTS, "{field: PARTICIPATION_VALID_FROM}", "dbca"),
    ("participants", PARTICIPANTS, "[{field: PARTICIPATION_ROLE}, {field: STANDING}]", "acbd"),
    ("participants", PARTICIPANTS, "[{field: STANDING}, {field: PARTICIPATION_ROLE, direction: DESC}]", "bacd"),
    ("partners", "", "{field: PARTNERSHIP_BUDGET}", "dacb"),
    ("partners", "", "{field: PARTNERSHIP_BUDGET, direction: DESC}", "adcb"),
]


@pytest.mark.parametrize(("field", "arguments", "order", "expected"), ORDERS)
async def test_pages_in_the_order_of_edges(
    ask_small: Ask, field: str, arguments: str, order: str, expected: str
) -> None:
    assert slugs(await read_connection(ask_small, f"{field}({arguments} orderBy: {order})")) == expected
    owner = {
        "members": 'network(id: "Network:safe")',
        "participants": 'workingGroup(id: "WorkingGroup:youth")',
        "partners": 'project(id: "Project:p")',
    }[field]
    query = f"""query ($first: Int, $after: String, $last: Int, $before: String) {{ owner: {owner} {{
        found: {field}({arguments} orderBy: {order}, first: $first, after: $after, last: $last, before: $before) {{
            nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }} }}"""
    for size in (1, 2, 3):
        found, cursor = "", None
        for _ in range(-(-len(expected) // size)):
            page = (await ask_small(query, first=size, after=cursor))["owner"]["found"]
            assert page["pageInfo"]["hasPreviousPage"] is bool(found)
            found, cursor = found + slugs(page), page["pageInfo"]["endCursor"]
            assert page["pageInfo"]["hasNextPage"] is (len(found) < len(expected))
        assert found == expected
        found, cursor = "", None
        for _ in range(-(-len(expected) // size)):
            page = (await ask_small(query, last=size, before=cursor))["owner"]["found"]
            assert page["pageInfo"]["hasNextPage"] is bool(found)
            found, cursor = slugs(page) + found, page["pageInfo"]["startCursor"]
            assert page["pageInfo"]["hasPreviousPage"] is (len(found) < len(expected))
        assert found == expected


async def test_nodes_of_groups_are_in_the_order_of_edges(ask_small: Ask) -> None:
    data = await ask_small("""{ network(id: "Network:safe") {
        members(on: "2024-01-01", orderBy: {field: MEMBERSHIP_VALID_FROM, direction: DESC}) {
            groupBy(keys: [MEMBERSHIP_STATUS]) { nodes { keys { value } nodes { id } } }
        }
    } }""")
    groups = data["network"]["members"]["groupBy"]["nodes"]
    assert [(group["keys"][0]["value"], slugs(group)) for group in groups] == [
        ("LEAVING_DECIDED", "d"),
        ("MEMBER", "bac"),
    ]


async def test_standing_of_nodes_with_a_period(ask_small: Ask) -> None:
    data = await ask_small("""{ network(id: "Network:safe") {
        memberships(on: "2024-01-01", orderBy: [{field: STANDING, direction: DESC}, {field: GRADE}]) { nodes { id } }
    } }""")
    assert slugs(data["network"]["memberships"]) == "c-safeb-safeg-safea-safed-safe"


async def test_names_in_the_order_of_an_alphabet(ask_small: Ask, store: Store) -> None:
    graph = SmallGraph()
    for number, name in enumerate(("Ørsta", "Äänekoski", "Åbo", "Zürich", "Ystad", "Übach", "Lund")):
        key = fold_for_sorting(name)
        graph.node(f"City:n{number}", name, country="XK", nameSortSv=key, nameSortFi=key)
    graph.node("City:n9", "Aachen", country="XK", nameSortFi="}oland")
    await graph.write(store)
    query = """query ($order: [CityOrder!], $first: Int = 9, $after: String, $last: Int, $before: String) {
        cities(where: { country: { eq: "XK" } }, orderBy: $order,
            first: $first, after: $after, last: $last, before: $before
        ) { nodes { name } pageInfo { startCursor endCursor } } }"""

    async def names(order: object, **page: object) -> tuple[str, Any]:
        found = (await ask_small(query, order=order, **page))["cities"]
        return " ".join(node["name"] for node in found["nodes"]), found["pageInfo"]

    assert (await names({"field": "NAME"}))[0] == "Aachen Äänekoski Åbo Lund Ørsta Übach Ystad Zürich"
    assert (await names({"field": "NAME", "language": "EN"}))[0] == "Aachen Äänekoski Åbo Lund Ørsta Übach Ystad Zürich"
    swedish = "Aachen Lund Übach Ystad Zürich Åbo Äänekoski Ørsta"
    by_swedish = {"field": "NAME", "language": "SV"}
    assert (await names(by_swedish))[0] == swedish
    assert (await names({**by_swedish, "direction": "DESC"}))[0] == " ".join(reversed(swedish.split()))
    assert (await names({"field": "NAME", "language": "FI"}))[0].split()[-2:] == ["Aachen", "Ørsta"]
    start, info = await names(by_swedish, first=5)
    rest, end = await names(by_swedish, first=5, after=info["endCursor"])
    assert f"{start} {rest}" == swedish
    assert (await names(by_swedish, first=None, last=3, before=end["startCursor"]))[0] == "Übach Ystad Zürich"
    (error,) = await ask_small(query, order={"field": "NAME", "language": "FI"}, after=info["endCursor"])
    assert error["extensions"]["code"] == "BAD_CURSOR"
    (error,) = await ask_small(query, order={"field": "POPULATION", "language": "FI"})
    assert (error["message"], error["extensions"]["hint"]) == (
        "POPULATION has no language to sort by",
        "give `language` only with NAME",
    )


async def test_groups_by_standing(ask_small: Ask) -> None:
    groups = "overlap nodes { keys { name value } nodes { id } }"
    data = await ask_small(f"""{{ network(id: "Network:safe") {{
        members({MEMBERS}) {{ groupBy(keys: [STANDING]) {{ {groups} }} }}
        memberships(on: "2024-01-01") {{ groupBy(keys: [STANDING, STATUS]) {{ {groups} }} }}
    }} }}""")
    groups = data["network"]["members"]["groupBy"]
    assert [(group["keys"], slugs(group)) for group in groups["nodes"]] == [
        ([{"name": "STANDING", "value": value}], cities)
        for value, cities in (
            ("ATTESTED_EARLIER", "c"),
            ("ATTESTED_LATER", "e"),
            ("IN_FORCE", "abdg"),
            ("LONG_UNATTESTED", "f"),
        )
    ]
    assert not groups["overlap"]
    memberships = data["network"]["memberships"]["groupBy"]["nodes"]
    assert [(*(key["value"] for key in group["keys"]), slugs(group)) for group in memberships] == [
        ("ATTESTED_EARLIER", "MEMBER", "c-safe"),
        ("IN_FORCE", "APPLIED", "g-safe"),
        ("IN_FORCE", "LEAVING_DECIDED", "d-safe"),
        ("IN_FORCE", "MEMBER", "a-safeb-safe"),
    ]


# --- Conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "arguments", "condition", "expected"),
    [
        ("members", MEMBERS, '{validFrom: {gte: "2015-01-01"}}', "bdg"),
        ("members", 'on: "2024-01-01"', '{validFrom: {gte: "2015-01-01"}}', "bd"),
        ("members", 'on: "2011-01-01"', '{validFrom: {lt: "2015-01-01"}}', "b"),
        ("members", MEMBERS, "{validFrom: {isNull: true}}", "ce"),
        ("members", MEMBERS, "{status: {in: [APPLIED, LEAVING_DECIDED]}}", "dg"),
        ("members", MEMBERS, "{not: {grade: {eq: FULL}}}", "bcefg"),
        ("members", MEMBERS, '{or: [{grade: {isNull: true}}, {attestedOn: {lt: "2000-01-01"}}]}', "cf"),
        ("members", MEMBERS, '{id: {eq: "Membership:a-safe"}}', "a"),
        ("members", MEMBERS, '{terms: {some: {annualFee: {gte: "500", currency: "EUR"}}}}', "a"),
        ("members", MEMBERS, '{terms: {none: {}}, network: {members: {some: {id: {eq: "City:a"}}}}}', "bcdefg"),
        ("members", f'where: {{country: {{eq: "NO"}}}}, {MEMBERS}', "{grade: {eq: FULL}}", "d"),
        ("members", MEMBERS, "{}", "abcdefg"),
        ("members", MEMBERS, "null", "abcdefg"),
        ("networks", f'on: "2011-01-01", standings: {ALL}', "{grade: {eq: PARTNER}}", "safe"),
        ("participants", PARTICIPANTS, "{role: {eq: MEMBER}}", "ac"),
        ("participants", PARTICIPANTS, '{unit: {eq: "Unit:board"}}', "a"),
        ("participants", PARTICIPANTS, "{unit: {isNull: true}, not: {basis: {eq: EDITORIAL}}}", "bd"),
        ("participants", PARTICIPANTS, '{validFrom: {gt: "2012-01-01", lte: "2018-01-01"}}', "bc"),
        ("participants", 'where: {country: {eq: "NO"}}', "{role: {eq: CHAIR}}", "b"),
        ("partners", "", '{budget: {gte: "20", currency: "EUR"}}', "a"),
        ("partners", "", "{budget: {isNull: true}}", "b"),
        ("cities", "", "{votingRight: {eq: true}}", "a"),
        ("partOf", "", "{votingRight: {eq: true}}", "agency"),
        ("partOf", "", "{votingRight: {eq: false}}", ""),
        ("themes", "", "{basis: {eq: EDITORIAL}}", "climate"),
        ("themes", "", "{basis: {in: [STATED]}}", "safety"),
    ],
)
async def test_conditions_on_edges(ask_small: Ask, field: str, arguments: str, condition: str, expected: str) -> None:
    assert slugs(await read_connection(ask_small, f"{field}({arguments} edgeWhere: {condition})")) == expected


NESTED = [
    ("networks", MEMBERS, '{validFrom: {gte: "2015-01-01"}}', "bdg"),
    ("networks", 'on: "2024-01-01"', '{validFrom: {gte: "2015-01-01"}}', "bd"),
    ("networks", MEMBERS, "{status: {in: [APPLIED, LEAVING_DECIDED]}}", "dg"),
    ("networks", MEMBERS, "{not: {grade: {eq: FULL}}}", "bcefg"),
    ("networks", MEMBERS, '{terms: {some: {annualFee: {gte: "500", currency: "EUR"}}}}', "a"),
    ("networks", MEMBERS, "{terms: {none: {}}}", "bcdefg"),
    ("networks", f'on: "2011-01-01", standings: {ALL}', "{grade: {eq: PARTNER}}", "b"),
    ("networks", MEMBERS, "{}", "abcdefg"),
    ("networks", MEMBERS, "null", "abcdefg"),
    ("workingGroups", PARTICIPANTS, "{role: {eq: MEMBER}}", "ac"),
    ("workingGroups", PARTICIPANTS, '{unit: {eq: "Unit:board"}}', "a"),
    ("projects", "", '{budget: {gte: "20", currency: "EUR"}}', "a"),
]


@pytest.mark.parametrize(("field", "arguments", "condition", "expected"), NESTED)
async def test_conditions_on_the_edges_of_related_nodes(
    ask_small: Ask, field: str, arguments: str, condition: str, expected: str
) -> None:
    given = f"{arguments}{', ' if arguments else ''}edgeWhere: {condition}"

    async def cities(quantifiers: str) -> str:
        where = f"{{ {field}: {{ {given}, {quantifiers} }} }}"
        return slugs((await ask_small(f"{{ cities(where: {where}) {{ nodes {{ id }} }} }}"))["cities"])

    others = "".join(city for city in "abcdefg" if city not in expected)
    assert await cities("some: {}") == expected
    assert await cities("none: {}") == others
    assert await cities('some: {not: {id: {eq: "Network:none"}}}') == expected
    assert await cities('every: {id: {eq: "Network:none"}}') == others
    query = f"""{{ network(id: "Network:safe") {{ members({MEMBERS}, where: {{ {field}: {{ {given}, some: {{}} }} }}) {{
        nodes {{ id }} }} }} }}"""
    assert slugs((await ask_small(query))["network"]["members"]) == expected


async def test_figures_and_pages_respect_conditions_on_edges(ask_small: Ask) -> None:
    data = await ask_small(
        """query ($where: MembershipWhere) { network(id: "Network:safe") {
        members(
            on: "2024-01-01", edgeWhere: $where, first: 1, orderBy: [{field: MEMBERSHIP_VALID_FROM}, {field: NAME}]
        ) {
            totalCount
            pageInfo { hasNextPage }
            edges { standing node { id } membership { validFrom { date } } }
            aggregate { count membership { validFrom { min max unknown } } }
            groupBy(keys: [MEMBERSHIP_GRADE]) { totalCount nodes { keys { value } aggregate { count } } }
        }
    } }""",
        where={"validFrom": {"gte": "2015-01-01"}},
    )
    assert data["network"]["members"] == {
        "totalCount": 2,
        "pageInfo": {"hasNextPage": True},
        "edges": [
            {"standing": "IN_FORCE", "node": {"id": "City:b"}, "membership": {"validFrom": {"date": "2016-01-01"}}}
        ],
        "aggregate": {
            "count": 2,
            "membership": {"validFrom": {"min": "2016-01-01", "max": "2016-01-01", "unknown": 0}},
        },
        "groupBy": {
            "totalCount": 2,
            "nodes": [
                {"keys": [{"value": "FULL"}], "aggregate": {"count": 1}},
                {"keys": [{"value": "OBSERVER"}], "aggregate": {"count": 1}},
            ],
        },
    }


# --- Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        (
            "{ cities(orderBy: {field: MEMBERSHIP_VALID_FROM}) { totalCount } }",
            "MEMBERSHIP_VALID_FROM cannot sort `City`, whose edges have no membership",
            "use a connection whose edges have `membership`, or use another key",
        ),
        (
            '{ project(id: "Project:p") { partners(orderBy: {field: PARTICIPATION_ROLE}) { nodes { id } } } }',
            "PARTICIPATION_ROLE cannot sort `Project.partners`, whose edges have no participation",
            "use a connection whose edges have `participation`, or use another key",
        ),
        (
            "{ memberships(orderBy: {field: STANDING}) { totalCount } }",
            "STANDING cannot sort `Membership`, whose edges have no standing",
            "use another key",
        ),
        (
            '{ network(id: "Network:safe") { memberships(orderBy: {field: STANDING}) { totalCount } } }',
            "STANDING cannot sort `Network.memberships`, whose edges have no standing without a day",
            "add `on`, or use another key",
        ),
        (
            "{ memberships { groupBy(keys: [STANDING]) { totalCount } } }",
            "STANDING cannot group `Membership`, whose edges have no standing",
            "use another key",
        ),
        (
            '{ network(id: "Network:safe") { memberships { groupBy(keys: [STANDING]) { totalCount } } } }',
            "STANDING cannot group `Network.memberships`, whose edges have no standing without a day",
            "add `on`, or use another key",
        ),
        (
            '{ project(id: "Project:p") { partners(edgeWhere: {budget: {gte: "1"}}) { totalCount } } }',
            "`budget` compares an amount without its currency",
            'add the code, such as currency: "EUR"',
        ),
    ],
)
async def test_wrong_conditions_and_orders_are_explained(ask_small: Ask, query: str, message: str, hint: str) -> None:
    (error,) = await ask_small(query)
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_ARGUMENT")
    assert error["extensions"]["hint"] == hint


async def test_a_cursor_of_another_edge_order_is_refused(ask_small: Ask) -> None:
    query = """query ($by: CityOrderField!, $after: String) { network(id: "Network:safe") {
        members(on: "2024-01-01", orderBy: {field: $by}, first: 1, after: $after) { pageInfo { endCursor } } } }"""
    data = await ask_small(query, by="MEMBERSHIP_VALID_FROM")
    cursor = data["network"]["members"]["pageInfo"]["endCursor"]
    (error,) = await ask_small(query, by="MEMBERSHIP_ATTESTED_ON", after=cursor)
    assert error["extensions"]["code"] == "BAD_CURSOR"


# --- Cursors and arguments ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "given", "other"),
    [
        ("members", 'on: "2024-01-01"', 'on: "2024-01-02"'),
        ("members", 'on: "2024-01-01"', 'on: "2024-01-01", includeApplied: true'),
        ("members", 'on: "2024-01-01"', 'on: "2024-01-01", standings: [IN_FORCE]'),
        ("members", 'on: "2024-01-01"', 'on: "2024-01-01", where: {country: {eq: "NO"}}'),
        ("members", 'on: "2024-01-01"', 'on: "2024-01-01", edgeWhere: {grade: {eq: FULL}}'),
        ("members", 'where: {country: {eq: "NO"}}', 'where: {country: {eq: "DK"}}'),
        ("participants", 'on: "2024-01-01"', 'on: "2024-01-01", allTime: true'),
        ("partners", "", 'on: "2024-01-01"'),
    ],
)
async def test_a_cursor_of_other_arguments_is_refused(ask_small: Ask, field: str, given: str, other: str) -> None:
    owner = {
        "members": 'network(id: "Network:safe")',
        "participants": 'workingGroup(id: "WorkingGroup:youth")',
        "partners": 'project(id: "Project:p")',
    }[field]
    query = (
        f"query ($after: String) {{ owner: {owner} {{ "
        f"found: {field}(%s first: 1, after: $after) {{ totalCount pageInfo {{ endCursor }} }} }} }}"
    )
    first = (await ask_small(query % given))["owner"]["found"]
    assert first["totalCount"] > 1
    again = (await ask_small(query % given, after=first["pageInfo"]["endCursor"]))["owner"]["found"]
    assert again["pageInfo"]["endCursor"] not in (None, first["pageInfo"]["endCursor"])
    (error,) = await ask_small(query % other, after=first["pageInfo"]["endCursor"])
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert error["extensions"]["hint"].startswith("pass the same day, filter, order")


async def test_a_cursor_of_groups_is_bound_to_the_rows(ask_small: Ask) -> None:
    query = """query ($on: Date, $having: [GroupCondition!], $after: String) { network(id: "Network:safe") {
        members(on: $on) { groupBy(keys: [COUNTRY], having: $having, first: 1, after: $after) {
            totalCount pageInfo { endCursor } } } } }"""
    found = (await ask_small(query, on="2024-01-01"))["network"]["members"]["groupBy"]
    cursor = found["pageInfo"]["endCursor"]
    assert found["totalCount"] > 1
    assert (await ask_small(query, on="2024-01-01", after=cursor))["network"]
    for other in ({"on": "2011-01-01"}, {"on": "2024-01-01", "having": [{"gte": 1}]}):
        (error,) = await ask_small(query, **other, after=cursor)
        assert error["extensions"]["code"] == "BAD_CURSOR"


async def test_a_cursor_of_a_question_is_bound_to_its_arguments(ask_small: Ask) -> None:
    query = """query ($theme: ID!, $on: Date, $after: String) {
        peerCities(city: "City:a", theme: $theme, on: $on, first: 1, after: $after) {
            totalCount pageInfo { endCursor } } }"""
    arguments = {"theme": "Theme:safety", "on": "2024-01-01"}
    found = (await ask_small(query, **arguments))["peerCities"]
    cursor = found["pageInfo"]["endCursor"]
    assert found["totalCount"] > 1
    assert (await ask_small(query, **arguments, after=cursor))["peerCities"]["totalCount"] == found["totalCount"]
    for other in ({"theme": "Theme:climate"}, {"on": "2024-01-02"}):
        (error,) = await ask_small(query, **{**arguments, **other}, after=cursor)
        assert error["extensions"]["code"] == "BAD_CURSOR"


# --- All time -------------------------------------------------------------------------------------


async def test_all_time_lists_what_counts_on_no_day(store: Store, ask_small: Ask) -> None:
    """Projects that run, have ended, begin later, and are undated; the undated one is in a list on no day."""
    graph = SmallGraph()
    graph.cities("h")
    for slug, columns in {
        "a": period("2015-01-01", OPEN),
        "b": period("2010-01-01", "2012-01-01"),
        "c": period(None),
        "d": period("2030-01-01", OPEN),
    }.items():
        graph.node(f"Project:{slug}", **columns)
        graph.relate("City:h", "PARTNER_IN", f"Project:{slug}")
    await graph.write(store)

    async def projects(arguments: str) -> list[tuple[str, str | None]]:
        found = await ask_small(
            f'{{ city(id: "City:h") {{ projects({arguments}) {{ totalCount edges {{ standing node {{ id }} }} }} }} }}'
        )
        edges = found["city"]["projects"]["edges"]
        assert found["city"]["projects"]["totalCount"] == (4 if "allTime" in arguments else len(edges))
        return [(edge["node"]["id"][-1], edge["standing"]) for edge in edges]

    assert await projects('on: "2024-01-01"') == [("a", "IN_FORCE")]
    assert await projects(f'on: "2024-01-01", standings: {ALL}') == [("a", "IN_FORCE")]
    assert await projects('on: "2024-01-01", allTime: true') == [
        ("a", "IN_FORCE"),
        ("b", None),
        ("c", None),
        ("d", None),
    ]
    assert await projects('on: "2011-01-01", allTime: true, orderBy: {field: STANDING}, first: 2') == [
        ("b", "IN_FORCE"),
        ("a", None),
    ]
    assert await projects('on: "2011-01-01", allTime: true, orderBy: {field: STANDING}, last: 2') == [
        ("c", None),
        ("d", None),
    ]
    data = await ask_small(
        """{ city(id: "City:h") { projects(on: "2024-01-01", allTime: true) {
            groupBy(keys: [STANDING]) { nodes { keys { value } aggregate { count } } } } }
          some: cities(where: {projects: {some: {id: {eq: "Project:c"}}}}) { totalCount }
          all: cities(where: {projects: {allTime: true, some: {id: {eq: "Project:c"}}}}) { nodes { id } } }"""
    )
    groups = data["city"]["projects"]["groupBy"]["nodes"]
    assert [(group["keys"][0]["value"], group["aggregate"]["count"]) for group in groups] == [
        ("IN_FORCE", 1),
        (None, 3),
    ]
    assert (data["some"]["totalCount"], data["all"]["nodes"]) == (0, [{"id": "City:h"}])


async def test_partners_have_the_standing_of_their_project(ask_small: Ask) -> None:
    query = """query ($on: Date, $standings: [Standing!]) { project(id: "Project:p") {
        partners(on: $on, standings: $standings, first: 1) { totalCount edges { standing node { id } } } } }"""
    for variables, total, standing in (
        ({}, 4, None),
        ({"on": "2024-01-01"}, 4, "IN_FORCE"),
        ({"on": "2014-12-31"}, 0, None),
        ({"on": "2024-01-01", "standings": ["ATTESTED_LATER"]}, 0, None),
    ):
        found = (await ask_small(query, **variables))["project"]["partners"]
        assert found["totalCount"] == total
        assert found["edges"] == ([{"standing": standing, "node": {"id": "City:a"}}] if total else [])
