"""Aggregates and groups of connections."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from graphql import GraphQLEnumType
from starlette.applications import Starlette

from api.graphql.grouping import group_keys
from api.graphql.http.view import routes
from api.graphql.schema import schema
from api.state import AppState
from graph import model
from graph.model import Label
from graph.store import Store
from graph.vocabulary import Standing
from tests.api.conftest import SETTINGS, Ask
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import SINCE_2020
from tests.questions.test_validity_periods import ROWS

BILLION = 1_000_000_000


@pytest_asyncio.fixture
async def ask_store(store: Store) -> AsyncIterator[Ask]:
    """Ask about the graph that the test writes."""
    app = Starlette(routes=routes(AppState(SETTINGS, store)))

    async def execute(query: str, **variables: object) -> Any:
        body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
        return body["errors"] if "errors" in body else body["data"]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        yield execute


@pytest_asyncio.fixture
async def ask_small(store: Store, ask_store: Ask) -> Ask:
    """Three cities in two networks, with fees in three currencies, and a city without anything."""
    graph = SmallGraph()
    graph.node("City:aarhus", country="DK", population=2 * BILLION)
    graph.node("City:bergen", country="NO", population=2 * BILLION)
    graph.node("City:cork", country="IE")
    graph.node("City:drammen", country="NO", population=100)
    graph.themes("scheme", "safety", "climate")
    graph.network("safe", "safety", "climate")
    graph.network("plain")
    for city, network in (("aarhus", "safe"), ("bergen", "safe"), ("cork", "safe"), ("aarhus", "plain")):
        begins = {"bergen": "2016-01-01", "cork": None}.get(city, "2014-05-01")
        shown = period(begins, OPEN, attested="2020-01-01" if begins is None else None)
        graph.member(city, network, shown, status="APPLIED" if city == "cork" else "MEMBER")
    fees = {
        "one": ("aarhus-safe", "2020-01-01", 100_01, "EUR", "4711"),
        "two": ("aarhus-safe", "2021-01-01", 200_00, "EUR", None),
        "three": ("aarhus-plain", "2021-01-01", 70_000, "ISK", "4711"),
        "four": ("aarhus-plain", "2022-01-01", None, None, None),
        "five": ("aarhus-safe", "2022-06-01", 0, "EUR", None),
    }
    for slug, (membership, begins, fee, currency, line) in fees.items():
        node_id = graph.node(
            f"MembershipTerm:{slug}",
            annualFee=fee,
            annualFeeCurrency=currency,
            budgetLine=line,
            **period(begins, "2022-12-31" if slug in ("four", "five") else OPEN),
        )
        graph.relate(node_id, "UNDER", f"Membership:{membership}")
        graph.cites(
            node_id, f"of-{slug}", *(["annualFee"] if slug == "two" else ["validFrom"] if slug == "one" else [])
        )
    for slug, city in (("board", "aarhus"), ("council", "bergen")):
        graph.node(f"Unit:{slug}", kind="BOARD")
        graph.relate(f"Unit:{slug}", "OF", f"City:{city}")
        graph.relate(f"Unit:{slug}", "CONTACT_FOR", "Network:safe")
    graph.node("Project:p", budget=500_000_00, budgetCurrency="EUR", **period("2015-01-01", OPEN))
    graph.node("Project:q", **period("2015-01-01", OPEN))
    graph.node("Citation:share", quote="…")
    for project, columns in (("p", {"budget": 90_00, "budgetCurrency": "EUR"}), ("q", {})):
        graph.relate("City:aarhus", "PARTNER_IN", f"Project:{project}", sources=["Citation:share"], **columns)
    for programme in ("horizon", "urbact"):
        graph.node(f"FundingProgramme:{programme}")
        graph.relate("Project:p", "FUNDED_BY", f"FundingProgramme:{programme}", sources=["Citation:share"])
    graph.node("Decision:partial", outcome="APPROVED")
    await graph.replace_all(store)
    return ask_store


def slugs(nodes: list[dict[str, str]]) -> list[str]:
    return [node["id"].partition(":")[2] for node in nodes]


def table(groups: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the values of the keys of each group, and its count."""
    return [(*(key["value"] for key in group["keys"]), group["aggregate"]["count"]) for group in groups["nodes"]]


# --- Aggregates -----------------------------------------------------------------------------------


async def test_numbers_say_what_is_unknown_and_exceed_32_bits(ask_small: Ask) -> None:
    data = await ask_small("""{
      cities { aggregate { count population { sum min max average count unknown } } }
      none: cities(where: {country: {eq: "SE"}}) { aggregate { count population {
        sum min max average count unknown } } }
      unknown: cities(where: {country: {eq: "IE"}}) { aggregate { count population { sum average count unknown } } }
    }""")
    assert data["cities"]["aggregate"] == {
        "count": 4,
        "population": {
            "sum": 4_000_000_100.0,
            "min": 100,
            "max": 2_000_000_000,
            "average": 4_000_000_100 / 3,
            "count": 3,
            "unknown": 1,
        },
    }
    nothing = {"sum": None, "min": None, "max": None, "average": None, "count": 0, "unknown": 0}
    assert data["none"]["aggregate"] == {"count": 0, "population": nothing}
    unknown = {"sum": None, "average": None, "count": 0, "unknown": 1}
    assert data["unknown"]["aggregate"] == {"count": 1, "population": unknown}


async def test_money_is_exact_and_summed_by_currency(ask_small: Ask) -> None:
    data = await ask_small("""{ membershipTerms(first: 1) { nodes { id } aggregate { count annualFee {
      __typename byCurrency { __typename currency sum min max average count } unknown sources { id } } } }
      free: membershipTerms(where: {id: {eq: "MembershipTerm:five"}}) { aggregate { annualFee {
        byCurrency { sum average } count unknown } } }
      none: membershipTerms(where: {id: {eq: "MembershipTerm:four"}}) { aggregate { annualFee {
        byCurrency { sum } unknown sources { id } } } } }""")
    fee = data["membershipTerms"]["aggregate"]["annualFee"]
    assert fee == {
        "__typename": "MoneyAggregate",
        "byCurrency": [
            {
                "__typename": "CurrencyAggregate",
                "currency": "EUR",
                "sum": "300.01",
                "min": "0.00",
                "max": "200.00",
                "average": "100.00",  # 100.0033…
                "count": 3,
            },
            {
                "__typename": "CurrencyAggregate",
                "currency": "ISK",
                "sum": "70000",
                "min": "70000",
                "max": "70000",
                "average": "70000",
                "count": 1,
            },
        ],
        "unknown": 1,
        "sources": [{"id": f"Citation:of-{slug}"} for slug in ("five", "three", "two")],
    }
    assert data["free"]["aggregate"]["annualFee"] == {"byCurrency": [], "count": 1, "unknown": 0}
    assert data["none"]["aggregate"]["annualFee"] == {"byCurrency": [], "unknown": 1, "sources": []}


async def test_dates_count_open_ends_apart_from_unknown_ones(ask_small: Ask) -> None:
    data = await ask_small("""{ membershipTerms { aggregate { validUntil { min max count open unknown } } }
      memberships { aggregate { validFrom { min max count open unknown } } } }""")
    assert data["membershipTerms"]["aggregate"]["validUntil"] == {
        "min": "2022-12-31",
        "max": "2022-12-31",
        "count": 2,
        "open": 3,
        "unknown": 0,
    }
    assert data["memberships"]["aggregate"]["validFrom"] == {
        "min": "2014-05-01",
        "max": "2016-01-01",
        "count": 3,
        "open": 0,
        "unknown": 1,
    }


async def test_aggregates_respect_the_arguments_of_the_connection(ask_small: Ask) -> None:
    data = await ask_small("""{ network(id: "Network:safe") {
      now: members(first: 1) { ...Figures }
      before: members(on: "2015-01-01") { ...Figures }
      applied: members(includeApplied: true) { ...Figures }
      norwegian: members(where: {country: {eq: "NO"}}) { ...Figures }
      lapsed: members(standings: [LONG_UNATTESTED]) { ...Figures } } }
      fragment Figures on CityMembershipConnection { totalCount aggregate { count population { unknown }
        membership { count validFrom { min unknown } } partnership { budget { unknown } } } }""")
    network = data["network"]
    assert {name: (part["totalCount"], part["aggregate"]["count"]) for name, part in network.items()} == {
        "now": (2, 2),
        "before": (1, 1),
        "applied": (3, 3),
        "norwegian": (1, 1),
        "lapsed": (0, 0),
    }
    assert network["applied"]["aggregate"] == {
        "count": 3,
        "population": {"unknown": 1},
        "membership": {"count": 3, "validFrom": {"min": "2014-05-01", "unknown": 1}},
        "partnership": None,
    }


async def test_properties_of_edges_are_aggregated_with_their_sources(ask_small: Ask) -> None:
    data = await ask_small("""{ city(id: "City:aarhus") { projects { aggregate {
      budget { unknown byCurrency { sum } }
      partnership { budget { unknown byCurrency { sum currency } sources { id } } } } } } }""")
    assert data["city"]["projects"]["aggregate"] == {
        "budget": {"unknown": 1, "byCurrency": [{"sum": "500000.00"}]},
        "partnership": {
            "budget": {
                "unknown": 1,
                "byCurrency": [{"sum": "90.00", "currency": "EUR"}],
                "sources": [{"id": "Citation:share"}],
            }
        },
    }


# --- Groups ---------------------------------------------------------------------------------------

COUNTS = "nodes { keys { value } aggregate { count } }"


async def test_groups_by_properties(ask_small: Ask) -> None:
    data = await ask_small(f"""{{
      cities {{ groupBy(keys: [COUNTRY]) {{ totalCount overlap {COUNTS} }} }}
      descending: cities {{ groupBy(keys: [COUNTRY], orderBy: [{{by: COUNT, direction: DESC}}]) {{
        nodes {{ keys {{ name value node {{ id }} }} aggregate {{ count population {{ sum unknown }} }}
          nodes(first: 1) {{ id }} }} }} }}
      membershipTerms {{ groupBy(keys: [BUDGET_LINE, VALID_FROM_YEAR]) {{ {COUNTS} }} }}
      memberships {{ groupBy(keys: [STATUS, VALID_FROM_MONTH]) {{ {COUNTS} }} }} }}""")
    assert data["cities"]["groupBy"] | {"nodes": []} == {"totalCount": 3, "overlap": False, "nodes": []}
    assert table(data["cities"]["groupBy"]) == [("DK", 1), ("IE", 1), ("NO", 2)]
    assert data["descending"]["groupBy"]["nodes"][:2] == [
        {
            "keys": [{"name": "COUNTRY", "value": "NO", "node": None}],
            "aggregate": {"count": 2, "population": {"sum": 2_000_000_100.0, "unknown": 0}},
            "nodes": [{"id": "City:bergen"}],
        },
        {
            "keys": [{"name": "COUNTRY", "value": "DK", "node": None}],
            "aggregate": {"count": 1, "population": {"sum": 2_000_000_000.0, "unknown": 0}},
            "nodes": [{"id": "City:aarhus"}],
        },
    ]
    assert table(data["membershipTerms"]["groupBy"]) == [
        ("4711", "2020", 1),
        ("4711", "2021", 1),
        (None, "2021", 1),
        (None, "2022", 2),
    ]
    assert table(data["memberships"]["groupBy"]) == [
        ("APPLIED", None, 1),
        ("MEMBER", "2014-05", 2),
        ("MEMBER", "2016-01", 1),
    ]


async def test_month_of_a_date_known_to_the_year_is_unknown(store: Store, ask_store: Ask) -> None:
    graph = SmallGraph()
    for slug, day, precision in (("y", "2016-01-01", "YEAR"), ("m", "2016-02-01", "MONTH"), ("d", "2016-02-09", "DAY")):
        graph.node(f"Document:{slug}", date=date.fromisoformat(day), datePrecision=precision)
    graph.node("Document:none")
    await graph.replace_all(store)
    data = await ask_store(f"""{{ documents {{ years: groupBy(keys: [DATE_YEAR]) {{ {COUNTS} }}
      months: groupBy(keys: [DATE_MONTH]) {{ {COUNTS} }} }} }}""")
    assert table(data["documents"]["years"]) == [("2016", 3), (None, 1)]
    assert table(data["documents"]["months"]) == [("2016-02", 2), (None, 2)]


async def test_groups_by_related_nodes_overlap(ask_small: Ask) -> None:
    data = await ask_small(f"""{{
      membershipTerms {{ byNetwork: groupBy(keys: [NETWORK]) {{ overlap {COUNTS} }}
        byTheme: groupBy(keys: [THEME]) {{ overlap totalCount nodes {{ keys {{ value node {{ name ... on Theme {{
          scheme {{ id }} }} }} }}
          aggregate {{ count annualFee {{ byCurrency {{ sum }} unknown sources {{ id }} }} }} }} }}
        byUnit: groupBy(keys: [UNIT]) {{ overlap {COUNTS} }} }}
      memberships {{ groupBy(keys: [UNIT]) {{ {COUNTS} }} }}
      projects {{ groupBy(keys: [PROGRAMME]) {{ {COUNTS} }} }} }}""")
    terms = data["membershipTerms"]
    assert (terms["byNetwork"]["overlap"], table(terms["byNetwork"])) == (
        False,
        [("Network:plain", 2), ("Network:safe", 3)],
    )
    fees = {
        "count": 3,
        "annualFee": {
            "byCurrency": [{"sum": "300.01"}],
            "unknown": 0,
            "sources": [{"id": "Citation:of-five"}, {"id": "Citation:of-two"}],
        },
    }
    scheme = {"id": "ThemeScheme:scheme"}
    assert terms["byTheme"] == {
        "overlap": True,
        "totalCount": 3,
        "nodes": [
            {"keys": [{"value": "Theme:climate", "node": {"name": "Climate", "scheme": scheme}}], "aggregate": fees},
            {"keys": [{"value": "Theme:safety", "node": {"name": "Safety", "scheme": scheme}}], "aggregate": fees},
            {
                "keys": [{"value": None, "node": None}],
                "aggregate": {
                    "count": 2,
                    "annualFee": {
                        "byCurrency": [{"sum": "70000"}],
                        "unknown": 1,
                        "sources": [{"id": "Citation:of-three"}],
                    },
                },
            },
        ],
    }
    # The council is a contact of the network, but not a unit of the city whose fees these are.
    assert (terms["byUnit"]["overlap"], table(terms["byUnit"])) == (True, [("Unit:board", 3), (None, 2)])
    assert table(data["memberships"]["groupBy"]) == [("Unit:board", 1), ("Unit:council", 1), (None, 2)]
    assert table(data["projects"]["groupBy"]) == [
        ("FundingProgramme:horizon", 1),
        ("FundingProgramme:urbact", 1),
        (None, 1),
    ]


async def test_groups_by_properties_of_edges(ask_small: Ask) -> None:
    data = await ask_small(f"""{{ network(id: "Network:safe") {{ members(includeApplied: true) {{
      groupBy(keys: [MEMBERSHIP_STATUS, MEMBERSHIP_VALID_FROM_YEAR]) {{ {COUNTS} }} }} }} }}""")
    assert table(data["network"]["members"]["groupBy"]) == [
        ("APPLIED", None, 1),
        ("MEMBER", "2014", 1),
        ("MEMBER", "2016", 1),
    ]


async def test_groups_of_nodes_with_several_labels(ask_small: Ask) -> None:
    data = await ask_small("""{ citation(id: "Citation:of-one") { supports { aggregate { count }
      groupBy(keys: [TYPE]) { nodes { keys { name value } nodes { id } } } } } }""")
    assert data["citation"]["supports"] == {
        "aggregate": {"count": 1},
        "groupBy": {
            "nodes": [
                {
                    "keys": [{"name": "TYPE", "value": "MembershipTerm"}],
                    "nodes": [{"id": "MembershipTerm:one"}],
                }
            ]
        },
    }


async def test_nodes_of_a_group_are_in_the_order_of_the_connection(ask_small: Ask) -> None:
    data = await ask_small("""{ cities(orderBy: [{field: POPULATION}]) { groupBy(keys: [BASIS, COUNTRY], last: 1) {
      nodes { keys { value } nodes(first: 2) { id name } } } } }""")
    (group,) = data["cities"]["groupBy"]["nodes"]
    assert (group["keys"][1]["value"], slugs(group["nodes"])) == ("NO", ["drammen", "bergen"])


async def test_nodes_of_groups_and_citations_have_filtered_connections(ask_small: Ask) -> None:
    """A condition on two levels of related nodes is computed as a list, once for the statement."""
    where = 'where: {networks: {some: {members: {some: {country: {in: ["NO"]}}}}}}'
    data = await ask_small(f"""{{ network(id: "Network:safe") {{ members {{ groupBy(keys: [COUNTRY]) {{
      nodes {{ keys {{ value }} nodes(first: 1) {{ networks {{ nodes {{
        members({where}) {{ totalCount }} }} }} }} }} }} }} }}
      membershipTerms {{ aggregate {{ annualFee {{ sources(first: 1) {{ supports {{ nodes {{ ... on MembershipTerm {{
        membership {{ network {{ members({where}) {{ totalCount aggregate {{ count }}
          groupBy(keys: [COUNTRY]) {{ {COUNTS} }} }} }} }} }} }} }} }} }} }}
        groupBy(keys: [NETWORK]) {{ nodes {{ keys {{ node {{ ... on Network {{ members({where}) {{
            totalCount }} }} }} }}
          aggregate {{ annualFee {{ sources(first: 1) {{ supports {{ totalCount }} }} }} }} }} }} }} }}""")
    (danish, norwegian) = data["network"]["members"]["groupBy"]["nodes"]
    counts = [network["members"]["totalCount"] for network in danish["nodes"][0]["networks"]["nodes"]]
    assert (danish["keys"], sorted(counts)) == ([{"value": "DK"}], [1, 2])
    assert norwegian["nodes"][0]["networks"]["nodes"] == [{"members": {"totalCount": 2}}]
    terms = data["membershipTerms"]
    (citation,) = terms["aggregate"]["annualFee"]["sources"]
    members = citation["supports"]["nodes"][0]["membership"]["network"]["members"]
    assert (members["totalCount"], members["aggregate"]["count"], table(members["groupBy"])) == (
        2,
        2,
        [("DK", 1), ("NO", 1)],
    )
    assert [group["keys"][0]["node"]["members"]["totalCount"] for group in terms["groupBy"]["nodes"]] == [1, 2]


async def test_having_and_order_by_sums(ask_small: Ask) -> None:
    data = await ask_small(f"""{{ membershipTerms {{
      several: groupBy(keys: [NETWORK], having: [{{gte: 3}}]) {{ totalCount {COUNTS} }}
      dear: groupBy(keys: [VALID_FROM_YEAR], having: [{{of: ANNUAL_FEE, currency: "EUR", gt: "100.00"}}],
        orderBy: [{{by: ANNUAL_FEE, currency: "EUR", direction: DESC}}]) {{ totalCount {COUNTS} }}
      all: groupBy(keys: [VALID_FROM_YEAR], orderBy: [{{by: ANNUAL_FEE, currency: "ISK"}}]) {{ {COUNTS} }} }}
      cities {{ groupBy(keys: [COUNTRY], having: [{{of: POPULATION, lt: 3000000000, gte: 2000000000}}],
        orderBy: [{{by: POPULATION, direction: DESC}}]) {{ {COUNTS} }} }} }}""")
    terms = data["membershipTerms"]
    assert (terms["several"]["totalCount"], table(terms["several"])) == (1, [("Network:safe", 3)])
    assert (terms["dear"]["totalCount"], table(terms["dear"])) == (2, [("2021", 2), ("2020", 1)])
    assert table(terms["all"]) == [("2021", 2), ("2020", 1), ("2022", 2)]
    assert table(data["cities"]["groupBy"]) == [("NO", 2), ("DK", 1)]


async def test_pages_of_groups(ask_small: Ask) -> None:
    query = f"""query ($first: Int, $after: String, $last: Int, $before: String) {{ membershipTerms {{
      groupBy(keys: [BUDGET_LINE, THEME], orderBy: [{{by: ANNUAL_FEE, currency: "EUR", direction: DESC}}],
        first: $first, after: $after, last: $last, before: $before) {{
        totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} {COUNTS} }} }} }}"""
    everything = (await ask_small(query))["membershipTerms"]["groupBy"]
    rows = table(everything)
    assert rows == [
        (None, "Theme:climate", 2),
        (None, "Theme:safety", 2),
        ("4711", "Theme:climate", 1),
        ("4711", "Theme:safety", 1),
        ("4711", None, 1),
        (None, None, 1),
    ]
    for size, start in (("first", "after"), ("last", "before")):
        found: list[tuple[Any, ...]] = []
        cursor = None
        for page in range(3):
            groups = (await ask_small(query, **{size: 2, start: cursor}))["membershipTerms"]["groupBy"]
            info = groups["pageInfo"]
            assert (groups["totalCount"], info["hasNextPage"], info["hasPreviousPage"]) == (
                6,
                page < 2 if size == "first" else page > 0,
                page > 0 if size == "first" else page < 2,
            )
            cursor = info["endCursor" if size == "first" else "startCursor"]
            found = [*found, *table(groups)] if size == "first" else [*table(groups), *found]
        assert found == rows


async def test_wrong_arguments_are_explained(ask_small: Ask) -> None:
    async def error(selection: str) -> tuple[str, str]:
        (found,) = await ask_small(f"{{ {selection} }}")
        return found["extensions"]["code"], found["message"]

    groups = "nodes { keys { value } }"
    assert await error(f"cities {{ groupBy(keys: []) {{ {groups} }} }}") == ("BAD_ARGUMENT", "`keys` is empty")
    assert await error(f"cities {{ groupBy(keys: [COUNTRY, COUNTRY]) {{ {groups} }} }}") == (
        "BAD_ARGUMENT",
        "`keys` contains a key twice",
    )
    assert await error(f"cities {{ groupBy(keys: [MEMBERSHIP_GRADE]) {{ {groups} }} }}") == (
        "BAD_ARGUMENT",
        "MEMBERSHIP_GRADE cannot group `City`, whose edges have no membership",
    )
    assert await error(f"cities {{ groupBy(keys: [COUNTRY], orderBy: [{{by: ANNUAL_FEE}}]) {{ {groups} }} }}") == (
        "BAD_ARGUMENT",
        "groups of City have no sum ANNUAL_FEE",
    )
    fees = "orderBy: [{by: ANNUAL_FEE}]"
    assert await error(f"membershipTerms {{ groupBy(keys: [NETWORK], {fees}) {{ {groups} }} }}") == (
        "BAD_ARGUMENT",
        "ANNUAL_FEE needs a currency",
    )
    cursor = (await ask_small("{ cities { groupBy(keys: [COUNTRY]) { pageInfo { endCursor } } } }"))["cities"]
    after = cursor["groupBy"]["pageInfo"]["endCursor"]
    assert (await error(f'cities {{ groupBy(keys: [BASIS], after: "{after}") {{ {groups} }} }}'))[0] == "BAD_CURSOR"


# --- The seeds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", model.LABELS, ids=lambda label: label.name)
async def test_groups_by_every_key_contain_every_row(ask: Ask, label: Label) -> None:
    """Groups that do not overlap add up to the whole."""
    enum = schema._schema.type_map[f"{label.name}GroupingKey"]
    assert isinstance(enum, GraphQLEnumType)
    made = {name: make(date.today()) for name, (make, _) in group_keys(label.name).items()}
    keys = [name for name, key in made.items() if name != "STANDING" and not getattr(key, "record", "")]
    assert set(keys) <= set(enum.values)
    groups = " ".join(f"{key}: groupBy(keys: [{key}], first: 500) {{ overlap totalCount {COUNTS} }}" for key in keys)
    data = await ask(f"{{ {label.plural}(first: 0) {{ totalCount {groups} }} }}")
    total = data[label.plural].pop("totalCount")
    for key, found in data[label.plural].items():
        rows = table(found)
        assert len(rows) == len({value for value, _ in rows}) == found["totalCount"], key
        grouped = sum(count for _, count in rows)
        assert grouped >= total if found["overlap"] else grouped == total, key


async def test_members_by_country_equal_a_count_for_each(ask: Ask) -> None:
    network = 'network(id: "Network:nordic-safe-cities")'
    data = await ask(f"{{ {network} {{ members {{ groupBy(keys: [COUNTRY]) {{ {COUNTS} }} }} }} }}")
    rows = table(data["network"]["members"]["groupBy"])
    assert rows == [("DK", 3), ("FI", 2), ("IS", 1), ("NO", 12), ("SE", 3)]
    counts = await ask(
        f"{{ {network} {{ "
        + " ".join(f'{code}: members(where: {{country: {{eq: "{code}"}}}}) {{ totalCount }}' for code, _ in rows)
        + " } }"
    )
    assert [(code, count["totalCount"]) for code, count in counts["network"].items()] == rows


async def test_eu_initiatives_by_status_and_theme_equal_a_count_for_each(ask: Ask) -> None:
    data = await ask(f"{{ euInitiatives {{ groupBy(keys: [STATUS, THEME], first: 500) {{ {COUNTS} }} }} }}")
    rows = table(data["euInitiatives"]["groupBy"])
    assert len(rows) > 3
    everything = await ask("{ euInitiatives(first: 500) { nodes { status themes { id } } } }")
    counted = Counter(
        (node["status"], theme)
        for node in everything["euInitiatives"]["nodes"]
        for theme in ([theme["id"] for theme in node["themes"]] or [None])
    )
    assert {(status, theme): count for status, theme, count in rows} == counted


async def test_projects_by_programme_equal_a_count_for_each(ask: Ask) -> None:
    data = await ask(f"{{ projects {{ groupBy(keys: [PROGRAMME], first: 500) {{ overlap {COUNTS} }} }} }}")
    everything = await ask("{ projects(first: 500) { nodes { fundingProgrammes { nodes { id } } } } }")
    counted = Counter(
        programme
        for node in everything["projects"]["nodes"]
        for programme in ([programme["id"] for programme in node["fundingProgrammes"]["nodes"]] or [None])
    )
    groups = data["projects"]["groupBy"]
    assert groups["overlap"] is True
    assert dict(table(groups)) == counted


# --- Fee years ------------------------------------------------------------------------------------

FEE_YEARS = """query ($city: ID!, $from: Int!, $until: Int!, $applied: Boolean, $standings: [Standing!]) {
  city(id: $city) { feeYears(from: $from, until: $until, includeApplied: $applied, standings: $standings) {
    aggregate { ...Fees }
    years: groupBy(keys: [NETWORK, YEAR, BUDGET_LINE, STATUS, STANDING], first: 500) { nodes { ...Group } }
    themes: groupBy(keys: [THEME], first: 300) { overlap nodes { ...Group } }
    units: groupBy(keys: [UNIT], first: 300) { overlap nodes { ...Group } }
    lines: groupBy(keys: [BUDGET_LINE], first: 300) { overlap nodes { ...Group } } } }
  costPerNetwork(city: $city, from: $from, until: $until, includeApplied: $applied, standings: $standings) {
    incomplete totals { amount currency } networks { unknownYears network { id themes(first: 300) { nodes { id } }
      contacts(first: 500, where: {city: {id: {eq: $city}}}) { nodes { id } } }
      years { year counted budgetLine status standing fee { amount currency } term { id } } } } }
  fragment Group on FeeYearGrouping { keys { value } aggregate { ...Fees } nodes(first: 60) { id } }
  fragment Fees on FeeYearAggregate { count fee { unknown count byCurrency { currency sum count } } }"""

Years = list[dict[str, Any]]


def figures(years: Years) -> dict[str, Any]:
    """What an aggregate of these years of `costPerNetwork` is."""
    known = [year["fee"] for year in years if year["fee"]]
    by_currency = [
        {
            "currency": code,
            "sum": str(sum(Decimal(fee["amount"]) for fee in known if fee["currency"] == code)),
            "count": sum(fee["currency"] == code for fee in known),
        }
        for code in sorted({fee["currency"] for fee in known if Decimal(fee["amount"])})
    ]
    fee = {"unknown": len(years) - len(known), "count": len(known), "byCurrency": by_currency}
    return {"count": len(years), "fee": fee}


def fee_years(costs: dict[str, Any]) -> Years:
    """The rows of `feeYears`: those that `costPerNetwork` counts, and those that make a year unknown."""
    rows: Years = []
    for cost in costs["networks"]:
        counted = {year["year"] for year in cost["years"] if year["counted"]}
        found = [year for year in cost["years"] if year["counted"] or (not year["fee"] and year["year"] not in counted)]
        assert cost["unknownYears"] == sorted({year["year"] for year in found if not year["fee"]})
        rows += [{**year, "network": cost["network"]} for year in found]
    return rows


def groups_of(years: Years, keys: Callable[[dict[str, Any]], Iterable[tuple[str | None, ...]]]) -> dict[Any, Any]:
    groups: dict[Any, Years] = defaultdict(list)
    for year in years:
        for key in keys(year):
            groups[key].append(year)
    return {
        key: (figures(rows), sorted({row["term"]["id"] for row in rows if row["term"]})) for key, rows in groups.items()
    }


def answered(groups: dict[str, Any]) -> dict[Any, Any]:
    return {
        tuple(key["value"] for key in group["keys"]): (
            group["aggregate"],
            sorted(node["id"] for node in group["nodes"]),
        )
        for group in groups["nodes"]
    }


def check_fee_years(data: dict[str, Any]) -> int:
    """Compare the groups of fee years with `costPerNetwork`. Return the number of years."""
    found = data["city"]["feeYears"]
    years = fee_years(data["costPerNetwork"])
    assert found["aggregate"] == figures(years)
    fee = found["aggregate"]["fee"]
    assert data["costPerNetwork"]["totals"] == [
        {"amount": total["sum"], "currency": total["currency"]} for total in fee["byCurrency"]
    ]
    assert data["costPerNetwork"]["incomplete"] is (fee["unknown"] > 0)
    columns = ("budgetLine", "status", "standing")
    assert answered(found["years"]) == groups_of(
        years, lambda year: [(year["network"]["id"], str(year["year"]), *(year[column] for column in columns))]
    )
    for name, role in (("themes", "themes"), ("units", "contacts")):
        assert answered(found[name]) == groups_of(
            years, lambda year, role=role: [(network["id"],) for network in year["network"][role]["nodes"]] or [(None,)]
        )
    assert answered(found["lines"]) == groups_of(years, lambda year: [(year["budgetLine"],)])
    assert [found[name]["overlap"] for name in ("themes", "units", "lines")] == [True, True, False]
    return len(years)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(("city", "first", "last"), [("vantaa", 2020, 2025), ("helsinki", 2000, 2027)])
async def test_fee_years_of_the_seeds_equal_cost_per_network(
    ask: Ask, city: str, first: int, last: int, applied: bool
) -> None:
    variables = {"city": f"City:{city}", "from": first, "until": last, "applied": applied}
    data = await ask(FEE_YEARS, **variables, standings=["IN_FORCE", "ATTESTED_EARLIER"])
    assert check_fee_years(data) > 10


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    "standings",
    [
        ["IN_FORCE"],
        ["IN_FORCE", "ATTESTED_EARLIER"],
        ["LONG_UNATTESTED"],
        ["ATTESTED_LATER"],
        ["IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED", "ATTESTED_LATER"],
    ],
)
async def test_fee_years_equal_cost_per_network(
    store: Store, ask_store: Ask, standings: list[str], applied: bool
) -> None:
    """A city left and came back, applied twice, was charged in years without a membership, and in two currencies."""
    graph = SmallGraph()
    graph.node("City:aarhus", country="DK")
    graph.node("Unit:board", kind="BOARD")
    graph.relate("Unit:board", "OF", "City:aarhus")
    graph.themes("scheme", "safety", "climate")
    for network, *themes in (("returned", "safety", "climate"), ("applied", "safety"), ("lapsed",), ("twice",)):
        graph.network(network, *themes)
    graph.relate("Unit:board", "CONTACT_FOR", "Network:returned")
    memberships = (
        ("returned", period("2000-03-01", "2004-01-01"), "LEFT", ""),
        ("returned", period("2006-06-01", OPEN, attested="2008-01-01"), "MEMBER", "-2"),
        ("applied", period("2010-01-01", OPEN, attested="2012-01-01"), "APPLIED", ""),
        ("lapsed", period(None, attested="1999-05-05"), "MEMBER", ""),
        ("twice", period("2001-01-01", "2009-01-01"), "MEMBER", ""),
        ("twice", period("2005-01-01", "2012-01-01"), "APPLIED", "-2"),
    )
    for network, columns, status, suffix in memberships:
        graph.member("aarhus", network, columns, status, suffix)
    terms: tuple[tuple[str, dict[str, object], dict[str, object]], ...] = (
        ("returned", period("2001-01-01", "2003-01-01"), {"annualFee": 100_01, "annualFeeCurrency": "EUR"}),
        ("returned-2", period("2007-01-01", "2009-06-01"), {"annualFee": 700_00, "annualFeeCurrency": "DKK"}),
        ("returned-2", period("2008-01-01", "2009-01-01"), {"totalFee": 50_00, "totalFeeCurrency": "EUR"}),
        ("returned-2", period("2009-01-01", "2011-01-01"), {"totalFee": 60_00, "totalFeeCurrency": "EUR"}),
        ("returned-2", period("2012-01-01", OPEN), {"annualFee": 0, "annualFeeCurrency": "EUR", "budgetLine": "1"}),
        ("applied", period("2010-01-01", "2012-01-01"), {"annualFee": 5_00, "annualFeeCurrency": "EUR"}),
        ("lapsed", period("1999-01-01", "2000-01-01"), {"annualFee": 3_00, "annualFeeCurrency": "SEK"}),
        ("twice-2", period("2005-01-01", "2006-01-01"), {"annualFee": 9_00, "annualFeeCurrency": "EUR"}),
        ("twice", period("2008-01-01", "2009-01-01"), {"budgetLine": "2"}),
    )
    for number, (membership, columns, more) in enumerate(terms):
        node_id = graph.node(f"MembershipTerm:{number}", **columns, **more)
        slug, _, suffix = membership.partition("-")
        graph.relate(node_id, "UNDER", f"Membership:aarhus-{slug}{'-' if suffix else ''}{suffix}")
    await graph.replace_all(store)
    variables = {"city": "City:aarhus", "from": 1997, "until": 2030}
    assert check_fee_years(await ask_store(FEE_YEARS, **variables, applied=applied, standings=standings)) > 1


UNKNOWN_YEARS = """query ($year: Int!, $applied: Boolean, $standings: [Standing!]) {
  city(id: "City:aarhus") { feeYears(from: $year, until: $year, includeApplied: $applied, standings: $standings) {
    groupBy(keys: [NETWORK, STATUS, STANDING], first: 500) { nodes { ...Group } } } }
  costPerNetwork(city: "City:aarhus", from: $year, until: $year, includeApplied: $applied, standings: $standings) {
    incomplete networks { unknownYears totals { amount currency } network { id }
      years { year counted status standing fee { amount currency } term { id } } } } }
  fragment Group on FeeYearGrouping { keys { value } aggregate { ...Fees } nodes(first: 2) { id } }
  fragment Fees on FeeYearAggregate { count fee { unknown count byCurrency { currency sum count } } }"""


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("standings", [["IN_FORCE", "ATTESTED_EARLIER"], [standing.name for standing in Standing]])
async def test_a_fee_counts_with_its_membership(
    store: Store, ask_store: Ask, standings: list[str], applied: bool
) -> None:
    """Beside a membership of each row of the table of all cases, there is one that counts. One of the two has a fee."""
    graph = SmallGraph()
    graph.cities("aarhus")
    memberships: list[tuple[str, dict[str, object]]] = []
    for row in ROWS:
        for status in row.statuses:
            for suffix in ("", "-beside"):
                network = f"{row.name}-{status.lower()}{suffix}"
                graph.network(network)
                case = graph.member("aarhus", network, row.columns, status, "-case")
                beside = graph.member("aarhus", network, SINCE_2020)
                memberships.append((beside, SINCE_2020) if suffix else (case, row.columns))
    for number, (membership, columns) in enumerate(memberships):
        fee = {"annualFee": 100_00, "annualFeeCurrency": "EUR", "firstYearCharged": 2024, "lastYearCharged": 2024}
        graph.relate(graph.node(f"MembershipTerm:{number}", **columns, **fee), "UNDER", membership)
    await graph.replace_all(store)

    data = await ask_store(UNKNOWN_YEARS, year=2024, applied=applied, standings=standings)
    costs = data["costPerNetwork"]["networks"]
    assert len(costs) == len(memberships)
    assert answered(data["city"]["feeYears"]["groupBy"]) == groups_of(
        fee_years(data["costPerNetwork"]),
        lambda year: [(year["network"]["id"], year["status"], year["standing"])],
    )
    unknown = 0
    for cost in costs:
        known = any(year["counted"] and year["fee"] for year in cost["years"])
        assert (cost["unknownYears"], bool(cost["totals"])) == ([] if known else [2024], known)
        unknown += not known
    assert 0 < unknown < len(costs)
    assert data["costPerNetwork"]["incomplete"]


YEARS_BY_CITY = """query ($network: ID!, $from: Int!, $until: Int!, $applied: Boolean) {
  network(id: $network) { feeYears(from: $from, until: $until, includeApplied: $applied) {
    aggregate { ...Fees }
    groupBy(keys: [CITY, YEAR], first: 500) { overlap nodes { ...Group } } } } }
  fragment Group on FeeYearGrouping { keys { value } aggregate { ...Fees } nodes(first: 60) { id } }
  fragment Fees on FeeYearAggregate { count fee { unknown count byCurrency { currency sum count } } }"""
YEARS_BY_NETWORK = """query ($city: ID!, $from: Int!, $until: Int!) {
  city(id: $city) { feeYears(from: $from, until: $until) {
    groupBy(keys: [NETWORK, YEAR], first: 500) { nodes { ...Group } } } } }
  fragment Group on FeeYearGrouping { keys { value } aggregate { ...Fees } nodes(first: 60) { id } }
  fragment Fees on FeeYearAggregate { count fee { unknown count byCurrency { currency sum count } } }"""


async def test_fee_years_of_a_network(store: Store, ask_store: Ask) -> None:
    """Of a city that left and came back, of one without a known fee, and of one that applied; not of other members."""
    graph = SmallGraph()
    graph.cities("left", "silent", "hopes", "elsewhere")
    graph.network("x")
    graph.network("y")
    for slug, network, columns, status, suffix in (
        ("left", "x", period("2019-06-01", "2021-01-01"), "LEFT", ""),
        ("left", "x", period("2022-01-01", "2024-01-01"), "LEFT", "-2"),
        ("silent", "x", period("2020-01-01", "2022-01-01"), "MEMBER", ""),
        ("hopes", "x", period("2020-01-01", "2021-01-01"), "APPLIED", ""),
        ("elsewhere", "y", period("2020-01-01", "2022-01-01"), "MEMBER", ""),
    ):
        graph.member(slug, network, columns, status, suffix)
    graph.node("Organisation:police", kind="GOVERNMENT")
    graph.node("Membership:police-x", status="MEMBER", **period("2020-01-01", "2022-01-01"))
    graph.relate("Organisation:police", "HOLDS", "Membership:police-x")
    graph.relate("Membership:police-x", "IN", "Network:x")
    for membership, columns, fee in (
        ("left-x", period("2020-01-01", "2021-01-01"), {"annualFee": 100_00, "annualFeeCurrency": "EUR"}),
        ("left-x", period("2020-01-01", "2021-01-01"), {"totalFee": 5_00, "totalFeeCurrency": "SEK"}),
        ("left-x-2", period("2022-01-01", "2023-01-01"), {"annualFee": 70_00, "annualFeeCurrency": "EUR"}),
        ("elsewhere-y", period("2020-01-01", "2022-01-01"), {"annualFee": 9_00, "annualFeeCurrency": "EUR"}),
    ):
        term = graph.node(f"MembershipTerm:{membership}-{fee.get('annualFee', 0)}", **columns, **fee)
        graph.relate(term, "UNDER", f"Membership:{membership}")
    await graph.replace_all(store)

    def fees(unknown: int, **sums: tuple[str, int]) -> dict[str, Any]:
        by_currency = [{"currency": code, "sum": amount, "count": count} for code, (amount, count) in sums.items()]
        return {
            "count": unknown + sum(count for _, count in sums.values()),
            "fee": {
                "unknown": unknown,
                "count": sum(count for _, count in sums.values()),
                "byCurrency": by_currency,
            },
        }

    variables = {"network": "Network:x", "from": 2020, "until": 2023}
    data = await ask_store(YEARS_BY_CITY, **variables, applied=False)
    years = data["network"]["feeYears"]
    assert years["aggregate"] == fees(4, EUR=("170.00", 2), SEK=("5.00", 1))
    assert years["groupBy"]["overlap"] is False
    assert answered(years["groupBy"]) == {
        ("City:left", "2020"): (
            fees(0, EUR=("100.00", 1), SEK=("5.00", 1)),
            ["MembershipTerm:left-x-0", "MembershipTerm:left-x-10000"],
        ),
        ("City:left", "2022"): (fees(0, EUR=("70.00", 1)), ["MembershipTerm:left-x-2-7000"]),
        ("City:left", "2023"): (fees(1), []),
        ("City:silent", "2020"): (fees(1), []),
        ("City:silent", "2021"): (fees(1), []),
        ("City:hopes", "2020"): (fees(1), []),
    }
    with_applied = await ask_store(YEARS_BY_CITY, **variables, applied=True)
    assert with_applied == data
    (error,) = await ask_store(YEARS_BY_CITY, network="Network:x", **{"from": 2021, "until": 2020})
    assert error["extensions"]["code"] == "BAD_ARGUMENT"


@pytest.mark.slow
async def test_fee_years_of_networks_equal_those_of_their_members(ask: Ask) -> None:
    years = {"from": 2020, "until": 2022}  # a network has at most 500 groups
    data = await ask(
        "{ cities(first: 500, where: {memberships: {some: {}}}) { totalCount nodes { id } } "
        "networks(first: 500) { totalCount nodes { id } } }"
    )
    assert all(len(found["nodes"]) == found["totalCount"] for found in data.values())
    of_members: dict[tuple[str | None, ...], Any] = {}
    for city in (node["id"] for node in data["cities"]["nodes"]):
        found = (await ask(YEARS_BY_NETWORK, city=city, **years))["city"]["feeYears"]["groupBy"]
        of_members |= {(network, city, year): group for (network, year), group in answered(found).items()}
    of_networks: dict[tuple[str | None, ...], Any] = {}
    for network in (node["id"] for node in data["networks"]["nodes"]):
        found = (await ask(YEARS_BY_CITY, network=network, **years))["network"]["feeYears"]["groupBy"]
        of_networks |= {(network, city, year): group for (city, year), group in answered(found).items()}
    assert of_networks == of_members
    assert len({network for network, _, _ in of_networks}) > 10


async def test_fee_years_of_nothing_and_of_wrong_years(ask_small: Ask) -> None:
    query = (
        "query ($from: Int!, $until: Int!) { %s { feeYears(from: $from, until: $until) { aggregate { ...Fees } } } }"
    )
    query += "fragment Fees on FeeYearAggregate { count fee { unknown byCurrency { sum } sources { id } } }"
    years = {"from": 2020, "until": 2021}
    data = await ask_small(query % 'city(id: "City:drammen")', **years)
    assert data["city"]["feeYears"]["aggregate"] == {
        "count": 0,
        "fee": {"unknown": 0, "byCurrency": [], "sources": []},
    }
    data = await ask_small(query % 'city(id: "City:aarhus")', **years)
    assert data["city"]["feeYears"]["aggregate"]["fee"]["sources"] == [
        {"id": f"Citation:of-{slug}"} for slug in ("three", "two")
    ]
    for wrong in ({"from": 2021, "until": 2020}, {"from": 1, "until": 2020}):
        (error,) = await ask_small(query % 'city(id: "City:aarhus")', **wrong)
        assert error["extensions"]["code"] == "BAD_ARGUMENT"


async def test_themes_of_one_scheme(ask: Ask) -> None:
    """The groups of one scheme are those of all schemes with its themes. Other rows are in the group null."""
    query = """query ($scheme: ID) { city(id: "City:vantaa") {
        themeSchemes { nodes { id themes(first: 100) { nodes { id } } } }
        feeYears(from: 2016, until: 2025) { groupBy(keys: [THEME], themeScheme: $scheme, first: 300) {
            nodes { keys { value node { id name } } aggregate { count fee { unknown } } } } } } }"""
    data = (await ask(query))["city"]
    schemes = {node["id"]: {theme["id"] for theme in node["themes"]["nodes"]} for node in data["themeSchemes"]["nodes"]}
    assert schemes.keys() >= {"ThemeScheme:vantaa-strategic-themes"}
    of_all = {group["keys"][0]["value"]: group for group in data["feeYears"]["groupBy"]["nodes"]}
    nulls = 0
    for scheme, themes in schemes.items():
        found = (await ask(query, scheme=scheme))["city"]["feeYears"]["groupBy"]["nodes"]
        of_one = {group["keys"][0]["value"]: group for group in found}
        nulls += of_one.pop(None, None) is not None
        assert of_one == {theme: group for theme, group in of_all.items() if theme in themes}
    assert nulls


async def test_an_unknown_scheme_is_refused(ask_small: Ask) -> None:
    for query in (
        "{{ networks {{ groupBy(keys: [THEME], themeScheme: {}) {{ totalCount }} }} }}",
        '{{ city(id: "City:aarhus") {{ networks {{ groupBy(keys: [THEME], themeScheme: {}) {{ totalCount }} }} }} }}',
    ):
        (error,) = await ask_small(query.format('"ThemeScheme:x"'))
        assert (error["extensions"]["code"], error["message"]) == ("UNKNOWN_ID", "no node has the id 'ThemeScheme:x'")
        data = await ask_small(query.format('"ThemeScheme:scheme"'))
        assert data.get("city", data)["networks"] == {"groupBy": {"totalCount": 3}}


async def test_a_scheme_needs_the_key_theme(ask_small: Ask) -> None:
    for arguments, message in (
        ('keys: [COUNTRY], themeScheme: "ThemeScheme:x"', "Unknown argument 'themeScheme'"),
        ('keys: [STATUS], themeScheme: "ThemeScheme:x"', "`keys` does not contain THEME"),
        ('keys: [THEME], themeScheme: "Theme:x"', "is an id of type Theme, not ThemeScheme"),
    ):
        field = "cities" if "COUNTRY" in arguments else "memberships"
        (error,) = await ask_small(f"{{ {field} {{ groupBy({arguments}) {{ totalCount }} }} }}")
        assert message in error["message"]
