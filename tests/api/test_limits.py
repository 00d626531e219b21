"""Query cost and limits, and the time of the analysis for hostile documents."""

from collections.abc import Mapping

import pytest
from graphql import (
    FragmentDefinitionNode,
    OperationDefinitionNode,
    build_schema,
    get_introspection_query,
    parse,
    validate,
)
from graphql.execution import get_variable_values

from api.graphql.execution.limits import LIMITS, Limits
from api.graphql.execution.query_cost import CostAnalyzer, QueryCost

SCHEMA = build_schema("""
    type Query {
      city(id: ID): City
      cities(first: Int, last: Int, where: Where): CityConnection!
      nodes(ids: [ID!]!): [Node]!
      unpaged: CityConnection!
      top(first: Int): [City!]!
      tags: [String!]!
    }
    interface Node { id: ID! }
    input Where { name: String, anyOf: [Where!] }
    type City implements Node {
      id: ID!
      name: String!
      cities(first: Int, last: Int): CityConnection!
      sources: [Source!]!
    }
    type Source { quote: String }
    type CityConnection { edges: [CityEdge!]! nodes: [City!]! pageInfo: PageInfo! totalCount: Int!
        groupBy(first: Int, after: String): CityGroupings! }
    type CityGroupings { nodes: [CityGrouping!]! totalCount: Int! }
    type CityGrouping { keys: [Source!]! nodes(first: Int): [City!]! }
    type CityEdge { cursor: String! node: City! }
    type PageInfo { hasNextPage: Boolean! }
""")


def analyze(query: str, variables: Mapping[str, object] | None = None, **limits: int) -> QueryCost:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(variables or {}))
    assert not isinstance(values, list), values
    return CostAnalyzer(SCHEMA, Limits(**limits)).analyze(operation, fragments, values.coerced)


def cost(query: str, variables: Mapping[str, object] | None = None) -> int:
    query_cost = analyze(query, variables, cost=10**14)
    assert query_cost.errors == []
    return query_cost.cost


def messages(query: str, variables: Mapping[str, object] | None = None, **limits: int) -> list[str]:
    return [error.message for error in analyze(query, variables, **limits).errors]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ city { id name } }", 3),
        ("{ city { __typename } }", 2),
        ("{ tags }", 1),
        ("{ cities { totalCount } }", 2),
        ("{ cities { pageInfo { hasNextPage } totalCount } }", 4),
        ("{ cities(first: 20) { nodes { name } } }", 1 + 20 * 2),
        ("{ cities(last: 20) { nodes { name } } }", 1 + 20 * 2),
        ("{ cities(first: 20) { edges { cursor node { name } } } }", 1 + 20 * 4),
        ("{ cities { nodes { name } } }", 1 + 50 * 2),
        ("{ unpaged { nodes { name } } }", 1 + 50 * 2),
        ("{ cities(first: 0) { nodes { name } } }", 1),
        ("{ cities(first: 3) { nodes { cities(first: 2) { nodes { name } } } } }", 1 + 3 * (1 + 1 + 2 * 2)),
        ("{ city { sources { quote } } }", 1 + 5 * 2),
        ("{ cities { groupBy(first: 4) { totalCount } } }", 3),
        (
            "{ cities(first: 9) { groupBy(first: 4) { nodes { keys { quote } nodes(first: 3) { name } } } } }",
            1 + 1 + 4 * (1 + 5 * 2 + 3 * 2),
        ),
        ("{ top(first: 7) { name } }", 7 * 2),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3 * 2),
        ("{ cities(first: 20) { ...C } } fragment C on CityConnection { nodes { name } }", 1 + 20 * 2),
        ("{ a: city { ...C } b: city { ...C } } fragment C on City { name }", 2 * 2),
        ("{ city { ... { name } ... on City { id } ... on Node { id } } }", 4),
        ("{ city { name @skip(if: true) id @include(if: true) } }", 2),
        ("{ city { ... @include(if: false) { name } ...C @skip(if: true) id } } fragment C on City { name }", 2),
    ],
)
def test_cost_is_the_maximum_number_of_values(query: str, expected: int) -> None:
    assert cost(query) == expected


def test_cost_of_a_fragment_depends_on_the_page_size() -> None:
    query = """{ small: cities(first: 2) { ...C } large: cities(first: 100) { ...C } }
               fragment C on CityConnection { totalCount nodes { name } }"""
    assert cost(query) == (1 + 1 + 2 * 2) + (1 + 1 + 100 * 2)


def test_cost_of_variables_and_defaults() -> None:
    query = "query ($n: Int = 10) { cities(first: $n) { nodes { name } } }"
    assert cost(query) == 1 + 10 * 2
    assert cost(query, {"n": 300}) == 1 + 300 * 2
    assert cost(query, {"n": None}) == 1 + 50 * 2
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 40}) == 80
    skipped = "query ($no: Boolean!) { city { name @skip(if: $no) id } }"
    assert (cost(skipped, {"no": True}), cost(skipped, {"no": False})) == (2, 3)


def test_default_limit_allows_three_levels_of_twenty() -> None:
    inner = "edges { cursor node { id name sources { quote } } } pageInfo { hasNextPage } totalCount"
    hop = "cities(first: SIZE) { edges { node { %s } } }"
    three = "{ " + hop % hop % "cities(first: SIZE) { %s }" + " }"
    assert messages((three % inner).replace("SIZE", "20")) == []
    assert messages((three % "nodes { name }").replace("SIZE", "100")) == ["cost 2030301 is over the limit of 500000"]


def test_cost_error_names_the_most_expensive_path() -> None:
    query = """
        { city { name } cities(first: 10) { nodes { name } ...Large } }
        fragment Large on CityConnection { edges { node { ... on City { ...Huge } } } }
        fragment Huge on City { cities(first: 400) { edges { node { id } } } }
    """
    (error,) = analyze(query, cost=5_000).errors
    assert error.message == "cost 12053 is over the limit of 5000"
    assert error.extensions == {"limit": {"name": "cost", "limit": 5_000, "requested": 12_053}}
    assert error.original_error.hint == (  # type: ignore[union-attr]
        "select smaller pages, fewer levels or fewer conditions, or smaller subsets or fewer trials in analyses; "
        "the most expensive path is cities(10) > edges > node > cities(400) > edges > node"
    )


@pytest.mark.parametrize(
    ("query", "limits", "expected"),
    [
        ("{ city { sources { quote } } }", {"depth": 2}, "depth 3 is over the limit of 2"),
        ("{ ...F } fragment F on Query { city { id } }", {"depth": 1}, "depth 2 is over the limit of 1"),
        ("{ a: city { b: id c: id } }", {"aliases": 2}, "aliases 3 is over the limit of 2"),
        (
            "{ x: city { ...F } y: city { ...F } } fragment F on City { i: id n: name }",
            {"aliases": 5},
            "aliases 6 is over the limit of 5",
        ),
        ("{ a: city { id } b: city { id } tags }", {"root_fields": 2}, "root fields 3 is over the limit of 2"),
        (
            "{ ...F } fragment F on Query { tags city { id } }",
            {"root_fields": 1},
            "root fields 2 is over the limit of 1",
        ),
        ("{ cities(first: 1000000) { totalCount } }", {}, "first 1000000 is over the limit of 500"),
        ("{ cities(last: 501) { totalCount } }", {}, "last 501 is over the limit of 500"),
        ("{ cities(first: -1) { totalCount } }", {}, "first is -1"),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {"list_items": 2}, "ids of 3 items is over the limit of 2"),
        (
            '{ cities(where: {anyOf: [{name: "a"}, {name: "b"}]}) { totalCount } }',
            {"conditions": 2},
            "conditions 3 is over the limit of 2",
        ),
        (
            '{ cities(where: {anyOf: [{anyOf: [{name: "a"}]}]}) { totalCount } }',
            {"input_depth": 4},
            "where of depth 5 is over the limit of 4",
        ),
        (
            "{ tags @include(if: true) @skip(if: false) city { id @skip(if: false) } }",
            {"directives": 2},
            "directives 3 is over the limit of 2",
        ),
    ],
)
def test_limit_errors(query: str, limits: dict[str, int], expected: str) -> None:
    assert messages(query, **limits) == [expected]


def test_limits_apply_to_variables() -> None:
    paged = "query ($n: Int) { cities(first: $n) { totalCount } }"
    assert messages(paged, {"n": 501}) == ["first 501 is over the limit of 500"]
    assert messages(paged, {"n": -7}) == ["first is -7"]
    where: dict[str, object] = {"name": "x"}
    for _ in range(12):
        where = {"anyOf": [where]}
    query = "query ($w: Where) { cities(where: $w) { totalCount } }"
    assert messages(query, {"w": where}, input_depth=24) == ["where of depth 25 is over the limit of 24"]
    assert messages(query, {"w": {"anyOf": [{"name": "x"}] * 501}}) == [
        "where of 501 items is over the limit of 500",
        "conditions 502 is over the limit of 200",
    ]


def test_several_limits_are_reported_together() -> None:
    query = "{ a: city { sources { quote } } }"
    assert messages(query, depth=1, aliases=0, cost=1) == [
        "depth 3 is over the limit of 1",
        "aliases 1 is over the limit of 0",
        "cost 11 is over the limit of 1",
    ]


def test_typename_aliases_are_not_counted() -> None:
    """Relay adds an alias in every fragment on an interface."""
    assert messages("{ city { __isNode: __typename __isEntity: __typename } }", aliases=0) == []


@pytest.mark.parametrize("full", [True, False])
def test_introspection_is_limited(full: bool) -> None:
    query = get_introspection_query(
        specified_by_url=full, directive_is_repeatable=full, schema_description=full, input_value_deprecation=full
    )
    assert analyze(query).errors == []
    assert analyze(query).cost == 0
    types = " ".join(f"a{at}: types {{ ...FullType }}" for at in range(5))
    many = query.replace("types {\n      ...FullType\n    }", types)
    assert many != query
    (message,) = messages(many)
    assert message.startswith("introspection ") and message.endswith(" times the schema is over the limit of 2")


def test_introspection_depth_is_limited() -> None:
    chain = "{ __schema { queryType " + "{ ofType " * 40 + "{ name }" + " }" * 40 + " } }"
    assert messages(chain) == ["introspection of depth 43 is over the limit of 20"]


def doubling(levels: int) -> str:
    fragments = "".join(f"fragment F{n} on City {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return f"{{ city {{ ...F0 }} }} {fragments} fragment F{levels} on City {{ n: name cities {{ nodes {{ id }} }} }}"


def test_doubling_fragments_are_rejected() -> None:
    """To follow each of their paths would never end."""
    assert messages(doubling(60)) == [
        "aliases more than 1 000 000 000 000 000 is over the limit of 100",
        "cost more than 1 000 000 000 000 000 is over the limit of 500000",
    ]
    assert messages(doubling(3)) == []
    assert cost(doubling(3)) == 1 + 8 * (1 + 1 + 50 * 2)


def test_most_expensive_path_in_doubling_fragments() -> None:
    *_, error = analyze(doubling(60)).errors
    assert error.original_error.hint.endswith("the most expensive path is city > cities(50) > nodes")  # type: ignore[union-attr]


def test_every_limit_is_documented() -> None:
    fields = {name.replace("_", "") for name in Limits.__dataclass_fields__} - {"defaultpagesize"}
    assert {name.lower() for name in LIMITS} == fields
