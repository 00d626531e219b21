"""Conditions select the right nodes, also where values are missing."""

from datetime import date

import pytest_asyncio

from graph.store import Store
from graph.traversal.selection import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    Near,
    Not,
    Related,
    TotalCount,
    Value,
)
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.traversal.builders import end, fetch_one, ids_of, nested, page_nodes, prop, read_root, root

ON = date(2020, 1, 1)


@pytest_asyncio.fixture
async def graph(store: Store) -> Store:
    small = SmallGraph()
    small.node("City:a", "Århus", nameFolded="arhus\naarhus", country="DK", population=100, latitude=56.15)
    small.node("City:b", "Bodø", nameFolded="bodo", country="NO", population=200)
    small.node("City:c", "Cork", nameFolded="cork", nameFi="Corkki", population=300, wikidata="Q36647")
    small.node("City:d", None, nameEn=None, nameSort=None, nameFolded=None)
    small.network("x", roster_on="2020-01-01")
    small.network("y")
    small.node(
        "Network:z", kind="LOCAL", founded=date(2016, 1, 1), descriptionSv="Ett nätverk", descriptionEn="A network"
    )
    small.member("a", "x", period("2010-01-01", OPEN))
    small.member("b", "x", period("2010-01-01", "2015-01-01"), status="LEFT")
    small.member("c", "x", period("2010-01-01", OPEN), status="APPLIED")
    small.member("a", "y", period("2010-01-01", OPEN))
    small.node("MembershipTerm:1", annualFee=100_000, annualFeeCurrency="EUR", **period("2010-01-01"))
    small.node("MembershipTerm:2", annualFee=200_000, annualFeeCurrency="DKK", **period("2010-01-01"))
    small.node("MembershipTerm:3", **period("2010-01-01"))
    small.relate("MembershipTerm:1", "UNDER", "Membership:a-x")
    small.relate("MembershipTerm:2", "UNDER", "Membership:a-x")
    small.node("FeeRule:1", perInhabitant="0.10")
    small.node("FeeRule:2", perInhabitant="0.0300")
    small.node("FeeRule:3")
    small.node("Decision:1", outcome="APPROVED", decidedPoints=["join the network", "pay"])
    small.node("Decision:2", outcome="TABLED", decidedPoints=[])
    small.node("Decision:3", outcome="TABLED")
    await small.replace_all(store)
    return store


def compare(label: str, name: str, operator: Comparison, value: Value, currency: str | None = None) -> Compare:
    return Compare(prop(label, name), operator, value, currency)


async def matching(store: Store, label: str, condition: Condition) -> str:
    """Return the ids, without labels, of the nodes that meet the condition.

    Nodes and total together are read in subqueries, and each of them alone without.
    """
    both = await read_root(store, root(label, page_nodes(label, "id"), TotalCount("n"), where=condition))
    ids = ids_of(both)
    assert both["n"] == len(ids)
    nodes_only = await read_root(store, root(label, page_nodes(label, "id"), where=condition))
    assert ids_of(nodes_only) == ids
    total_only = await read_root(store, root(label, TotalCount("n"), where=condition))
    assert total_only["n"] == len(ids)
    return "".join(str(node_id).partition(":")[2] for node_id in ids)


CASES: list[tuple[str, str, Comparison, Value, str]] = [
    ("City", "id", "eq", "City:b", "b"),
    ("City", "id", "in", ("City:b", "City:x", "City:c"), "bc"),
    ("City", "id", "in", ("City:c", "City:b", "City:c"), "bc"),
    ("City", "id", "in", (), ""),
    ("City", "country", "eq", "DK", "a"),
    ("City", "country", "eq", "dk", ""),
    ("City", "country", "in", ("DK", "NO", "SE"), "ab"),
    ("City", "country", "in", ("DK", "NO", "DK"), "ab"),
    ("City", "country", "in", (), ""),
    ("City", "wikidata", "startsWith", "Q3", "c"),
    ("City", "wikidata", "contains", "66", "c"),
    ("City", "country", "isNull", True, "cd"),
    ("City", "country", "isNull", False, "ab"),
    ("City", "country", "eq", None, ""),
    ("City", "population", "eq", 200, "b"),
    ("City", "population", "lt", 200, "a"),
    ("City", "population", "lte", 200, "ab"),
    ("City", "population", "gt", 200, "c"),
    ("City", "population", "gte", 200, "bc"),
    ("City", "population", "in", (100, 300), "ac"),
    ("City", "latitude", "gt", 56.1, "a"),
    ("City", "name", "eq", "AARHUS", "a"),
    ("City", "name", "eq", "Århus", "a"),
    ("City", "name", "eq", "arh", ""),
    ("City", "name", "eq", "arhus\naarhus", ""),
    ("City", "name", "in", ("BODØ", "Cork"), "bc"),
    ("City", "name", "startsWith", "aar", "a"),
    ("City", "name", "startsWith", "rhus", ""),
    ("City", "name", "contains", "Rhus", "a"),
    ("City", "name", "gt", "BOA", "bc"),
    ("City", "name", "isNull", True, "d"),
    ("Network", "description", "eq", "Ett nätverk", "z"),
    ("Network", "description", "contains", "network", "z"),
    # Texts that look alike are alike: decomposed letters, soft hyphens, no-break spaces.
    ("Network", "description", "eq", "Ett na\u0308tverk", "z"),
    ("Network", "description", "in", ("Ett\u00a0nät\u00adverk",), "z"),
    ("Decision", "decidedPoints", "contains", "the\u00a0net\u200bwork", "1"),
    ("City", "name", "eq", "A\u030ar\u00adhus", "a"),
    ("Network", "description", "startsWith", "ett", ""),
    ("Network", "description", "isNull", True, "xy"),
    ("Network", "description", "lt", "B", "z"),
    ("Network", "kind", "eq", "LOCAL", "z"),
    ("Network", "kind", "in", ("LOCAL", "CITY_NETWORK"), "xyz"),
    ("Network", "rosterComplete", "eq", True, "x"),
    ("Network", "rosterComplete", "eq", False, "y"),
    ("Network", "rosterAttestedOn", "eq", ON, "x"),
    ("Network", "founded", "lt", date(2016, 1, 2), "z"),
    ("Network", "founded", "gte", date(2016, 1, 2), ""),
    ("FeeRule", "perInhabitant", "eq", "0.1", "1"),
    ("FeeRule", "perInhabitant", "lt", "0.1", "2"),
    ("FeeRule", "perInhabitant", "in", ("0.03", "7"), "2"),
    ("Decision", "decidedPoints", "eq", "pay", "1"),
    ("Decision", "decidedPoints", "eq", "join", ""),
    ("Decision", "decidedPoints", "in", ("stay", "pay"), "1"),
    ("Decision", "decidedPoints", "contains", "network", "1"),
    ("Decision", "decidedPoints", "isNull", True, "23"),
]


async def test_comparisons_and_their_negations(graph: Store) -> None:
    everything = {label: await matching(graph, label, AllOf(())) for label in {label for label, *_ in CASES}}
    for label, name, operator, value, expected in CASES:
        condition = compare(label, name, operator, value)
        others = "".join(slug for slug in everything[label] if slug not in expected)
        results = [
            await matching(graph, label, variant) for variant in (condition, Not(condition), Not(Not(condition)))
        ]
        assert (label, name, operator, value, results) == (label, name, operator, value, [expected, others, expected])


async def test_money_by_amount_and_currency(graph: Store) -> None:
    assert await matching(graph, "MembershipTerm", compare("MembershipTerm", "annualFee", "gte", 100_000)) == "12"
    assert await matching(graph, "MembershipTerm", compare("MembershipTerm", "annualFee", "gte", 100_000, "DKK")) == "2"
    assert (
        await matching(graph, "MembershipTerm", compare("MembershipTerm", "annualFee", "in", (100_000,), "DKK")) == ""
    )
    assert await matching(graph, "MembershipTerm", Not(compare("MembershipTerm", "annualFee", "gte", 1, "DKK"))) == "13"
    assert await matching(graph, "MembershipTerm", compare("MembershipTerm", "annualFee", "isNull", True)) == "3"


async def test_and_or_not(graph: Store) -> None:
    small = compare("City", "population", "lt", 250)
    danish = compare("City", "country", "eq", "DK")
    assert await matching(graph, "City", AllOf((small, danish))) == "a"
    assert await matching(graph, "City", AnyOf((danish, compare("City", "population", "gt", 250)))) == "ac"
    assert await matching(graph, "City", Not(AllOf((small, danish)))) == "bcd"
    assert await matching(graph, "City", Not(AnyOf((small, danish)))) == "cd"
    assert await matching(graph, "City", AllOf((Not(small), Not(danish), AnyOf((small, Not(small)))))) == "cd"
    assert await matching(graph, "City", AllOf(())) == "abcd"
    assert await matching(graph, "City", AnyOf(())) == ""
    assert await matching(graph, "City", Not(AnyOf(()))) == "abcd"
    assert await matching(graph, "City", Not(AllOf(()))) == ""


async def test_related_nodes_some_none_every(graph: Store) -> None:
    terms = end("Membership", "terms")
    expensive = compare("MembershipTerm", "annualFee", "gte", 150_000)
    cheap = compare("MembershipTerm", "annualFee", "gte", 50_000)
    assert await matching(graph, "Membership", Related(terms, "some", None)) == "a-x"
    assert await matching(graph, "Membership", Related(terms, "none", None)) == "a-yb-xc-x"
    assert await matching(graph, "Membership", Related(terms, "every", None)) == "a-xa-yb-xc-x"
    assert await matching(graph, "Membership", Related(terms, "some", expensive)) == "a-x"
    assert await matching(graph, "Membership", Related(terms, "none", expensive)) == "a-yb-xc-x"
    assert await matching(graph, "Membership", Related(terms, "every", expensive)) == "a-yb-xc-x"
    assert await matching(graph, "Membership", Related(terms, "every", cheap)) == "a-xa-yb-xc-x"
    assert await matching(graph, "Membership", Not(Related(terms, "every", expensive))) == "a-x"


async def test_every_is_false_if_a_value_is_missing(graph: Store) -> None:
    members = end("Network", "memberships")
    voting = Related(members, "every", compare("Membership", "votingRight", "eq", True))
    assert await matching(graph, "Network", voting) == "z"


async def test_nested_conditions(graph: Store) -> None:
    in_x = Related(end("Membership", "network"), "some", compare("Network", "id", "eq", "Network:x"))
    left = AllOf((in_x, compare("Membership", "status", "eq", "LEFT")))
    memberships = end("City", "memberships")
    assert await matching(graph, "City", Related(memberships, "some", left)) == "b"
    assert await matching(graph, "City", Related(memberships, "none", in_x)) == "d"
    assert (
        await matching(graph, "City", AllOf((Related(memberships, "some", None), Related(memberships, "every", in_x))))
        == "bc"
    )
    assert await matching(graph, "City", Related(memberships, "some", Not(in_x))) == "a"


async def test_related_nodes_by_a_path_on_a_date(graph: Store) -> None:
    networks = end("City", "networks")
    x = compare("Network", "id", "eq", "Network:x")
    assert await matching(graph, "City", Related(networks, "some", x, ON)) == "a"
    assert await matching(graph, "City", Related(networks, "some", x, date(2014, 12, 31))) == "ab"
    assert await matching(graph, "City", Related(networks, "some", x, ON, include_applied=True)) == "ac"
    assert await matching(graph, "City", Related(networks, "none", x, ON)) == "bcd"
    assert await matching(graph, "City", Related(networks, "every", x, ON)) == "bcd"


async def test_conditions_on_a_nested_connection(graph: Store) -> None:
    fee = compare("MembershipTerm", "annualFee", "gt", 0, "EUR")
    terms = nested("Membership", "terms", page_nodes("MembershipTerm", "id"), TotalCount("n"), where=fee)
    assert (await fetch_one(graph, "Membership:a-x", terms))["terms"] == {
        "nodes": [{"id": "MembershipTerm:1", "__label": "MembershipTerm"}],
        "n": 1,
    }


# By the haversine formula, Helsinki and Tallinn are 82 km from each other, Suva and Apia 1,151 km across the 180th
# meridian.
HELSINKI, TALLINN, SUVA, APIA = (
    (60.16952, 24.93545),
    (59.43696, 24.75353),
    (-18.14161, 178.44149),
    (-13.83333, -171.76666),
)


@pytest_asyncio.fixture
async def places(store: Store) -> Store:
    small = SmallGraph()
    for name, (latitude, longitude) in {"h": HELSINKI, "t": TALLINN, "s": SUVA, "w": APIA}.items():
        small.node(f"City:{name}", latitude=latitude, longitude=longitude)
    small.node("City:x")
    small.node("City:y", latitude=60.0)
    await small.replace_all(store)
    return store


async def test_near(places: Store) -> None:
    for (latitude, longitude), kilometres, expected in (
        (HELSINKI, 0.0, "h"),
        (HELSINKI, 81.0, "h"),
        (HELSINKI, 83.0, "ht"),
        (TALLINN, 83.0, "ht"),
        (SUVA, 1_150.0, "s"),
        (SUVA, 1_151.0, "sw"),
        ((90.0, 0.0), 3_400.0, "ht"),
        (HELSINKI, 1e9, "hstw"),
    ):
        near = Near(latitude, longitude, kilometres)
        assert await matching(places, "City", near) == expected, near
        others = "".join(name for name in "hstwxy" if name not in expected)
        assert await matching(places, "City", Not(near)) == others, near
