"""Conditions that are computed as sets select the same nodes as conditions that are tested for every row."""

from datetime import date

import pytest

from graph.store import Store
from graph.traversal import compile_connection, node_sets
from graph.traversal.selection import AllOf, AnyOf, Compare, Condition, Not, Page, Related, TotalCount
from tests.traversal.builders import end, fetch_one, ids_of, nested, page_nodes, prop, read_root, root

ON = date(2024, 6, 1)


def compare(label: str, name: str, operator: str, value: object) -> Compare:
    return Compare(prop(label, name), operator, value)  # pyright: ignore


def some(owner: str, name: str, condition: Condition | None, **more: object) -> Related:
    return Related(end(owner, name), "some", condition, ON, **more)  # pyright: ignore


def related(owner: str, name: str, quantifier: str, condition: Condition) -> Related:
    return Related(end(owner, name), quantifier, condition, ON)  # pyright: ignore


VANTAA = compare("City", "id", "in", ("City:vantaa", "City:espoo", "City:vantaa"))
FINNISH = compare("City", "country", "eq", "FI")
EUROCITIES = compare("Network", "id", "eq", "Network:eurocities")
WITH_VANTAA = some("Network", "members", VANTAA)
IN_EUROCITIES = some("City", "networks", EUROCITIES)
SHARES = some("City", "networks", WITH_VANTAA)
MEMBER = compare("Membership", "status", "eq", "MEMBER")
LARGE = compare("City", "population", "gte", 300_000)
UNDER_TERMS = some("Membership", "terms", compare("MembershipTerm", "annualFee", "gte", 1))

CONDITIONS: dict[str, Condition] = {
    "an index": IN_EUROCITIES,
    "an index in a list": some("City", "twins", VANTAA),
    "an index behind one node": some("City", "memberships", AllOf((MEMBER, some("Membership", "network", EUROCITIES)))),
    "there and back": SHARES,
    "there and back through memberships": some(
        "City",
        "networks",
        some("Network", "memberships", some("Membership", "city", VANTAA)),
        include_applied=True,
    ),
    "with other conditions": AllOf((LARGE, SHARES, Not(FINNISH), some("City", "twins", FINNISH))),
    "two sets": AllOf((SHARES, IN_EUROCITIES)),
    "three sets, one of them none": AllOf(
        (SHARES, related("City", "networks", "none", EUROCITIES), some("City", "twins", SHARES))
    ),
    "the same set twice": AllOf((SHARES, AnyOf((SHARES, FINNISH)))),
    "none": related("City", "networks", "none", WITH_VANTAA),
    "every": related("City", "networks", "every", WITH_VANTAA),
    "every, with missing values": related("City", "twins", "every", some("City", "twins", LARGE)),
    "every of every": related("City", "networks", "every", related("Network", "members", "every", LARGE)),
    "not": Not(AllOf((SHARES, LARGE))),
    "or": AnyOf((IN_EUROCITIES, AllOf((LARGE, FINNISH)))),
    "none of two": AllOf((Not(IN_EUROCITIES), Not(SHARES), LARGE)),
    "an index of its own": AllOf((VANTAA, SHARES)),
    "an index of its own, and not": AllOf((compare("City", "id", "eq", "City:vantaa"), Not(SHARES))),
    "three steps": AllOf(
        (FINNISH, some("City", "networks", some("Network", "members", some("City", "twins", FINNISH))))
    ),
    "a condition on edges": some("City", "networks", WITH_VANTAA, edge_condition=MEMBER),
    "a set of edges": some(
        "City", "networks", compare("Network", "id", "eq", "Network:nordic-safe-cities"), edge_condition=UNDER_TERMS
    ),
    "a set of edges alone": some("City", "networks", None, edge_condition=UNDER_TERMS),
    "no edge of a set": Related(end("City", "networks"), "none", WITH_VANTAA, ON, edge_condition=UNDER_TERMS),
    "every node of a set of edges": Related(
        end("City", "networks"), "every", WITH_VANTAA, ON, edge_condition=Not(UNDER_TERMS)
    ),
    "sets of edges with other conditions": AllOf(
        (LARGE, SHARES, some("City", "networks", EUROCITIES, edge_condition=Not(UNDER_TERMS)))
    ),
    "edges of edges": some(
        "City",
        "networks",
        some("Network", "members", VANTAA, edge_condition=UNDER_TERMS),
        edge_condition=Not(UNDER_TERMS),
    ),
    "no node": some("City", "networks", some("Network", "members", compare("City", "name", "contains", "zzz"))),
}

EMPTY = ("no node", "an index of its own, and not")
SLOW = (
    "the same set twice",
    "three sets, one of them none",
    "there and back through memberships",
    "none",
    "every of every",
    "every, with missing values",
    "every node of a set of edges",
    "edges of edges",
    "two sets",
    "no node",
)
"""Conditions that take longest to test for every row."""


async def read(store: Store, condition: Condition) -> tuple[list[object], object]:
    """Return the ids and the total."""
    result = await read_root(
        store, root("City", page_nodes("City", "id"), TotalCount("n"), where=condition, page=Page(first=1000))
    )
    return ids_of(result), result["n"]


async def read_row_by_row(store: Store, condition: Condition) -> tuple[list[object], object]:
    """Return the ids and the total without sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_sets, "_set_conditions", lambda *_, **__: {})
        return await read(store, condition)


def statement_of(condition: Condition) -> str:
    return compile_connection(root("City", TotalCount("n"), where=condition)).statement.text


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in CONDITIONS]
)
async def test_sets_select_the_same_nodes(seeded_store: Store, name: str) -> None:
    condition = CONDITIONS[name]
    assert "collect" in statement_of(condition)
    ids, total = await read(seeded_store, condition)
    assert (ids, total) == await read_row_by_row(seeded_store, condition)
    assert total == len(ids)
    assert bool(ids) is (name not in EMPTY)


def test_sets_only_for_paths_and_indexes() -> None:
    assert "collect" not in statement_of(some("City", "networks", None))
    assert "collect" not in statement_of(some("City", "memberships", some("Membership", "network", None)))
    assert "collect" not in statement_of(AllOf((VANTAA, IN_EUROCITIES)))


def test_parts_of_a_page_share_a_set() -> None:
    both = compile_connection(root("City", page_nodes("City", "id"), TotalCount("n"), where=SHARES)).statement.text
    assert both.count("HOLDS") == statement_of(SHARES).count("HOLDS") == 2


async def test_paths_in_conditions_of_nested_connections(seeded_store: Store) -> None:
    """The list of a set reaches subqueries after clauses that would drop it."""
    shared, _ = await read(seeded_store, SHARES)
    members = nested(
        "Network", "members", page_nodes("City", "id"), TotalCount("n"), on=ON, where=SHARES, page=Page(first=1000)
    )
    everyone = nested("Network", "members", page_nodes("City", "id"), on=ON, page=Page(first=1000))
    network = await fetch_one(seeded_store, "Network:eurocities", members)
    found = network["members"]
    whole = (await fetch_one(seeded_store, "Network:eurocities", everyone))["members"]
    assert isinstance(found, dict)
    assert isinstance(whole, dict)
    assert ids_of(found) == [city for city in ids_of(whole) if city in shared]
    assert 0 < found["n"] == len(ids_of(found))
    networks = nested("City", "networks", page_nodes("Network", "id", members), on=ON, page=Page(first=1000))
    city = await fetch_one(seeded_store, "City:vantaa", networks)
    inner = city["networks"]
    assert isinstance(inner, dict)
    [eurocities] = [node for node in inner["nodes"] if node["id"] == "Network:eurocities"]
    assert eurocities["members"] == found
