"""The cost of an operation includes what the database reads for conditions, totals and questions."""

from collections.abc import Mapping

import msgspec
import pytest
from graphql import OperationDefinitionNode, parse, parse_value, validate, value_from_ast_untyped
from graphql.execution import get_variable_values

from api.graphql.execution.limits import Limits
from api.graphql.execution.query_cost import CostAnalyzer, QueryCost
from api.graphql.schema import schema
from api.settings import Settings
from api.state import AppState
from graph.analysis import AnalysisRunner, SubsetCounts
from graph.registry import QUESTIONS
from graph.store import Degree, Degrees
from graph.traversal.statement_reads import statement_reads
from tests.analysis.test_subset_size import SNAPSHOT

SCHEMA = schema._schema
DEGREES = Degrees(
    revision=1,
    nodes={"Theme": 10, "City": 1_000, "Network": 10, "Membership": 2_000, "Unit": 300},
    outgoing={
        "HOLDS": Degree(800, 2_000, 5),
        "IN": Degree(2_000, 2_000, 1),
        "OF": Degree(300, 300, 1),
        "JOINS": Degree(50, 100, 2),
    },
    incoming={
        "HOLDS": Degree(2_000, 2_000, 1),
        "IN": Degree(10, 2_000, 600),
        "OF": Degree(100, 300, 9),
        "JOINS": Degree(80, 100, 3),
    },
)
PATH = 4_000
"""The relationships of the path from cities to networks, in either direction."""


def analyze(
    query: str,
    variables: Mapping[str, object] | None = None,
    cost: int = 10**9,
    subset_counts: SubsetCounts | None = None,
) -> QueryCost:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(variables or {}))
    assert not isinstance(values, list), values
    analyzer = CostAnalyzer(SCHEMA, Limits(cost=cost))
    analyzer.degrees, analyzer.subset_counts = DEGREES, subset_counts
    return analyzer.analyze(operation, {}, values.coerced)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ cities { totalCount } }", 2),  # the databases know the number of nodes of a label
        ("{ cities(first: 10) { nodes { id } } }", 1 + 10 * 2 + 1_000),
        ('{ cities(where: {country: {eq: "FI"}}) { totalCount } }', 2 + 1_000),
        ('{ cities(where: {id: {in: ["City:a", "City:b"]}}) { totalCount } }', 2),
        # A comparison with null is no condition.
        ('{ cities(where: {id: {eq: null}, country: {eq: "FI"}}) { totalCount } }', 2 + 1_000),
        ('{ cities(where: {id: {eq: null, in: ["City:a", "City:b"]}, networks: {some: {}}}) { totalCount } }', 2 + 10),
        ("{ cities(where: {networks: {some: {}}}) { totalCount } }", 2 + 1_000 + PATH),
        ('{ cities(where: {networks: {every: {name: {eq: "a"}}}}) { totalCount } }', 2 + 1_000 + PATH),
        ('{ cities(where: {not: {networks: {none: {name: {eq: "a"}}}}}) { totalCount } }', 2 + 1_000 + PATH),
        ("{ cities(where: {networks: {some: {members: {none: {}}}}}) { totalCount } }", 2 + 1_000 + 2 * PATH),
        (
            "{ cities(where: {or: [{networks: {some: {}}}, {units: {none: {}}}]}) { totalCount } }",
            2 + 1_000 + PATH + 300,
        ),
        ('{ memberships(where: {city: {name: {eq: "a"}}}) { totalCount } }', 2 + 2_000 + 2_000),
        ('{ cities(where: {id: {eq: "City:a"}, networks: {some: {}}}) { totalCount } }', 2 + 5),
        ('{ city(id: "City:a") { networks { totalCount } } }', 3 + 2),
        # Every city of the page: 2 networks with up to 600 members each.
        (
            "{ cities(first: 10) { nodes { networks(where: {members: {some: {}}}) { totalCount } } } }",
            1 + 1_000 + 10 * (1 + 2 + 2 + round(2.5 * 600)),
        ),
        # A condition on the edges of a path reads what follows from its intermediate nodes.
        (
            '{ city(id: "City:a") { networks(edgeWhere: {city: {units: {some: {}}}}) { totalCount } } }',
            3 + 2 + 2_000 + 300,
        ),
        (
            "{ cities(where: {networks: {edgeWhere: {grade: {eq: FULL}}, some: {}}}) { totalCount } }",
            2 + 1_000 + PATH,
        ),
        (
            "{ cities(where: {networks: {edgeWhere: {city: {units: {some: {}}}}, some: {}}}) { totalCount } }",
            2 + 1_000 + PATH + 2_000 + 300,
        ),
        # A condition on a path is computed once for the statement.
        (
            "{ cities(first: 10) { nodes { networks(where: {members: {some: {networks: {some: {}}}}}) "
            "{ totalCount } } } }",
            1 + 1_000 + 2 * PATH + 10 * (1 + 2 + 2),
        ),
        # An order by a number of related nodes counts those of every row.
        ("{ cities(first: 1, orderBy: {field: NETWORKS_COUNT}) { nodes { id } } }", 1 + 2 + 1_000 + PATH),
        (
            "{ cities(first: 10) { nodes { networks(first: 1, orderBy: {field: MEMBERS_COUNT}) { nodes { id } } } } }",
            1 + 1_000 + 10 * (1 + 1 + 2 + 2 + round(2.5 * 600)),
        ),
        # Aggregates and groups read the rows once more, and groups by related nodes their relationships.
        ("{ cities { aggregate { count } } }", 3 + 1_000),
        ("{ cities { totalCount a: aggregate { count } b: aggregate { count } } }", 6 + 3 * 1_000),
        ("{ cities { groupBy(keys: [COUNTRY]) { totalCount } } }", 3 + 1_000),
        ("{ memberships { groupBy(keys: [CITY, STATUS]) { totalCount } } }", 3 + 2 * 2_000),
        (
            '{ city(id: "City:a") { networks { aggregate { count } groupBy(keys: [KIND]) { totalCount } } } }',
            6 + round(2 * 2.5),
        ),
        ('{ city(id: "City:a") { feeYears(from: 2021, until: 2025) { aggregate { count } } } }', 4 + round(5 * 2.5)),
        (
            '{ network(id: "Network:a") { feeYears(from: 2021, until: 2025) { aggregate { count } } } }',
            4 + 5 * 200,
        ),
        # Questions read what their patterns lead to: 5 memberships of a city, each in one network.
        ('{ renewalsDue(city: "City:a", by: "2030-01-01") { totalCount } }', 2 + 1 + 2 * (5 + 5)),
        ('{ leaveImpact(city: "City:a", network: "Network:b") { __typename } }', 2 + 1_020 + 2_000 + PATH + 100),
    ],
)
def test_reads_are_part_of_the_cost(query: str, expected: int) -> None:
    assert analyze(query).cost == expected


SIZE = 800 + 10 + 2_000
"""The cities, networks and ties of the two-mode network."""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("measure: DEGREE", SIZE),
        ("measure: DEGREE, subset: {layers: [NETWORK, TWINNING]}", SIZE + 50 + 100),
        ('measure: DEGREE, subset: {countries: ["FI"]}', SIZE),
        ("measure: BETWEENNESS", SIZE + 810 * 4_000 // 15_000),
        # One network of 600 members, and 9 that share the other memberships.
        ("measure: PAGERANK, projection: CITIES", SIZE + 5_778),
        ("measure: HARMONIC, projection: CITIES", SIZE + round((600**2 + 1_400**2 / 9) * (1 / 100 + 800 / 500_000))),
        # Every network shares a city with every other.
        ("measure: PAGERANK, projection: COLLABORATIONS", SIZE + 1),
    ],
)
def test_analyses_cost_their_work(arguments: str, expected: int) -> None:
    assert analyze(f"{{ centrality({arguments}) {{ totalCount }} }}").cost == 2 + expected


@pytest.mark.parametrize(
    ("subset", "nodes", "ties"),
    [
        ("{}", 8, 6),
        ('{countries: ["FI", "NZ"]}', 6, 5),
        ('{countries: "NZ"}', 3, 2),
        ("{minDegree: 2}", 8, 6),
        ('{ego: "City:a", radius: 1}', 8, 6),
        ('{ego: "City:a", radius: 20}', 8, 6),
        ("{boundingBox: {south: 50, west: 0, north: 70, east: 30}, layers: [NETWORK, TWINNING]}", 5, 5),
        ("{layers: TWINNING, theme: null}", 3, 2),
    ],
)
def test_analyses_of_a_subset_cost_what_is_built(subset: str, nodes: int, ties: int) -> None:
    counts = SubsetCounts(SNAPSHOT)
    size = nodes + ties
    plain = f"{{ centrality(measure: DEGREE, subset: {subset}) {{ totalCount }} }}"
    assert analyze(plain, subset_counts=counts).cost == 2 + size
    drawn = f"{{ twoModeNetwork(subset: {subset}) {{ __typename }} }}"
    assert analyze(drawn, subset_counts=counts).cost == 2 + size
    variable = "query ($subset: Subset!) { centrality(measure: DEGREE, subset: $subset) { totalCount } }"
    value = value_from_ast_untyped(parse_value(subset))
    assert analyze(variable, {"subset": value}, subset_counts=counts).cost == 2 + size


def test_counts_of_an_older_graph_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = SubsetCounts(SNAPSHOT)
    monkeypatch.setattr(AnalysisRunner, "subset_counts", lambda _runner: counts)
    state = AppState(Settings(), None, AnalysisRunner(None))
    for degrees, expected in (
        (None, None),
        (msgspec.structs.replace(DEGREES, revision=SNAPSHOT.revision), counts),
        (msgspec.structs.replace(DEGREES, revision=SNAPSHOT.revision + 1), None),
    ):
        state.degrees = degrees
        assert state.subset_counts is expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", SIZE + 10 * 4_810),
        ("(method: LEIDEN, trials: 2)", SIZE + round(2 * 4_810 * 0.2)),
        ("(trials: -5)", SIZE),
        # Every network shares a city with every other.
        ("(method: LEIDEN, projection: COLLABORATIONS, trials: 100)", SIZE + 1 + 100 * (10 + 100) // 5),
    ],
)
def test_communities_cost_their_seeds(arguments: str, expected: int) -> None:
    assert analyze(f"{{ communities{arguments} {{ totalCount }} }}").cost == 2 + expected


def test_analyses_with_variables_cost_the_same() -> None:
    query = """query ($measure: CentralityMeasure!, $side: NetworkSide, $modes: [CollaborationMode!]) {
        centrality(measure: $measure, projection: $side, subset: {layers: $modes}) { totalCount }
    }"""
    values = {"measure": "HARMONIC", "side": "CITIES", "modes": ["NETWORK", "TWINNING"]}
    literal = "measure: HARMONIC, projection: CITIES, subset: {layers: [NETWORK, TWINNING]}"
    assert analyze(query, values).cost == analyze(f"{{ centrality({literal}) {{ totalCount }} }}").cost


@pytest.mark.parametrize(
    ("points", "programmes"), [("", 90), (", points: 0", 10), (", points: 100", 410), (", points: -2000000000", 10)]
)
def test_portfolios_cost_their_programmes(points: str, programmes: int) -> None:
    statement = QUESTIONS["network_portfolio"].statement
    assert statement is not None
    reads = statement_reads(DEGREES, statement.text)
    # A city is in at most 5 networks.
    expected = 2 + reads + 12 * programmes
    assert analyze(f'{{ networkPortfolio(city: "City:a"{points}) {{ __typename }} }}').cost == expected


def test_suggestions_read_the_two_mode_network() -> None:
    statement = QUESTIONS["join_suggestions"].statement
    assert statement is not None
    expected = 2 + statement_reads(DEGREES, statement.text) + SIZE
    assert analyze('{ joinSuggestions(city: "City:a") { __typename } }').cost == expected
    assert analyze("{ twoModeNetwork { __typename } }").cost == 2 + SIZE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", SIZE + 1),
        ("(projection: COLLABORATIONS)", SIZE + 1),
        ('(projection: COLLABORATIONS, node: "City:a")', SIZE + 1),
        ('(projection: COLLABORATIONS, node: "Network:a")', SIZE),
        ('(projection: CITIES, node: "City:a")', SIZE),
    ],
)
def test_overlaps_of_a_node_cost_no_projection(arguments: str, expected: int) -> None:
    assert analyze(f"{{ overlaps{arguments} {{ totalCount }} }}").cost == 2 + expected


@pytest.mark.parametrize(
    ("projection", "pairs"),
    # The ordered pairs of ties that share a network (of 600 or 156 ties) or a city, at most those of all nodes.
    [("CITIES", 600**2 + 1_400**2 / 9), ("COLLABORATIONS", 10**2)],
)
@pytest.mark.parametrize("node", ["", ', node: "City:a"', ', node: "Network:a"'])
@pytest.mark.parametrize(
    ("own", "per_tie", "per_pair"),
    [
        ("", 7, 0),
        ("(trials: 10000)", 7, 0),
        ("(nullModel: HYPERGEOMETRIC)", 0, 0),
        ("(nullModel: SDSM_APPROXIMATE)", 0, 0),
        ("(nullModel: FDSM)", 1_000 / 4, 1_000 / 300),
        ("(nullModel: FDSM, trials: 3)", 3 / 4, 3 / 300),
    ],
)
def test_significance_costs_the_tests_of_all_pairs(
    projection: str, pairs: float, node: str, own: str, per_tie: float, per_pair: float
) -> None:
    query = f"{{ overlaps(projection: {projection}{node}, first: 1) {{ nodes {{ %s }} }} }}"
    plain = analyze(query % "shared lowerBound").cost
    by_nodes = analyze(query % f"significance{own} {{ p }}").cost
    by_edges = analyze((query % f"node {{ significance{own} {{ p }} }}").replace("nodes", "edges", 1)).cost - 1
    expected = SIZE + 2 * min(pairs, 800**2) / 100 + 2_000 * per_tie + min(pairs, 800**2) * per_pair
    assert by_nodes == by_edges == plain + round(expected)
    twice = analyze(query % f"significance{own} {{ p }} again: significance{own} {{ p }}").cost
    assert twice == by_nodes + 2  # the field and `p`: one run computes both


def test_significance_of_memberships_costs_the_tests_of_all_pairs() -> None:
    query = "query%s { overlappingMemberships(first: 1) { nodes { ... on Overlap { %s } } } }"
    plain = analyze(query % ("", "level shared")).cost
    fields = "($null: NullModel)", "significance(nullModel: $null, trials: 500) { p }"
    cost = plain + SIZE + 2 + 500 * 2_000 // 4 + round(500 * 100 / 300)
    assert analyze(query % fields, {"null": "FDSM"}).cost == cost
    (error,) = analyze(query % fields, {"null": "FDSM"}, cost=cost - 1).errors
    assert getattr(error.original_error, "hint", "").endswith(
        "the most expensive path is overlappingMemberships(1) > significance"
    )


def test_refusal_of_an_analysis_says_what_to_change() -> None:
    (error,) = analyze("{ centrality(measure: BETWEENNESS, projection: CITIES) { totalCount } }", cost=5_000).errors
    assert getattr(error.original_error, "hint", "").endswith(
        "or smaller subsets or fewer trials in analyses; the most expensive path is centrality(50)"
    )


def test_conditions_in_variables_cost_the_same() -> None:
    query = "query ($where: CityWhere, $inner: NetworkWhere) { a: cities(where: $where) { totalCount } %s }"
    inner = "b: cities(where: {networks: {some: $inner}}) { totalCount }"
    where = {"networks": {"some": {"members": {"some": {}}}}}
    cost = analyze(query % inner, {"where": where, "inner": {"members": {"some": {}}}}).cost
    assert cost == 2 * (2 + 1_000 + 2 * PATH)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        (
            '{ nodes(ids: "City:a") { ... on City { networks { totalCount } } } }',
            '{ nodes(ids: ["City:a"]) { ... on City { networks { totalCount } } } }',
        ),
        (
            "query ($id: ID) { cities(where: {id: {eq: $id}, networks: {some: {}}}) { totalCount } }",
            "{ cities(where: {networks: {some: {}}}) { totalCount } }",
        ),
        (
            "query ($ids: [ID!]) { cities(where: {and: [{id: {in: $ids}}], networks: {some: {}}}) { totalCount } }",
            "{ cities(where: {and: [{}], networks: {some: {}}}) { totalCount } }",
        ),
        (
            "{ centrality(measure: BETWEENNESS, subset: {layers: NETWORK}) { totalCount } }",
            "{ centrality(measure: BETWEENNESS, subset: {layers: [NETWORK, NETWORK]}) { totalCount } }",
        ),
        (
            '{ centrality(measure: BETWEENNESS, subset: {ego: "City:a", radius: 3}) { totalCount } }',
            "{ centrality(measure: BETWEENNESS) { totalCount } }",
        ),
    ],
    ids=["ids without brackets", "omitted id", "omitted ids", "layers without brackets", "wide ego network"],
)
def test_operations_that_read_the_same_cost_the_same(query: str, other: str) -> None:
    assert analyze(query).cost == analyze(other).cost > 2


def test_an_empty_filter_of_a_question_reads_all_ids() -> None:
    query = "{ centrality(measure: DEGREE%s) { totalCount } }"
    assert analyze(query % ", subset: {citiesWhere: {}}").cost == analyze(query % "").cost + 1_000
    assert analyze(query % ", subset: {citiesWhere: null}").cost == analyze(query % "").cost


def test_filters_of_a_question() -> None:
    query = "query ($cities: CityWhere, $networks: NetworkWhere) { centrality(measure: DEGREE%s) { totalCount } }"
    filters = ", subset: {citiesWhere: $cities, networksWhere: $networks}"
    where = {"cities": {"networks": {"some": {}}}, "networks": {"members": {"none": {}}}}
    plain = analyze(query.replace("($cities: CityWhere, $networks: NetworkWhere) ", "") % "").cost
    assert analyze(query % filters, where).cost == plain + 1_000 + PATH + 10 + PATH


def test_orders_in_variables_cost_the_same() -> None:
    query = "query ($order: [CityOrder!]) { cities(first: 1, orderBy: $order) { nodes { id } } }"
    order = [{"field": "NETWORKS_COUNT"}, {"field": "NAME"}, {"field": "NETWORKS_COUNT", "direction": "DESC"}]
    assert analyze(query, {"order": order}).cost == 1 + 2 + 1_000 + 2 * PATH


def test_refusal_names_the_most_expensive_path() -> None:
    query = """{ cities(where: {
        units: {some: {}}, networks: {some: {memberships: {some: {city: {twins: {none: {}}}}}}}
    }) { totalCount nodes { name } } }"""
    (error,) = analyze(query, cost=5_000).errors
    assert error.extensions is not None
    assert error.extensions["limit"]["name"] == "cost"
    assert getattr(error.original_error, "hint", "").endswith(
        "the most expensive path is cities(50) > where.networks.some.memberships.some.city.twins.none"
    )


def test_without_degrees_conditions_cost_nothing() -> None:
    document = parse("{ cities(where: {networks: {some: {}}}) { totalCount } }").definitions[0]
    assert isinstance(document, OperationDefinitionNode)
    assert CostAnalyzer(SCHEMA, Limits()).analyze(document, {}, {}).cost == 2
