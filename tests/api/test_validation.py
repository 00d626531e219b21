"""Check the messages, hints and schema coordinates of invalid documents and variables."""

from typing import Any

import httpx
import pytest
from graphql import parse, resolve_schema_coordinate, specified_scalar_types

from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import InvalidOperation, Operations
from api.graphql.execution.validation import validate_document
from api.graphql.http.request import GraphQLRequest
from api.graphql.schema import schema
from tests.api.conftest import Ask

CORE = schema._schema


async def one_error(errors: Ask, query: str, **variables: object) -> dict[str, Any]:
    (error,) = await errors(query, **variables)
    return error


COORDINATES = [
    ("{ citis { id } }", "Query"),
    ("{ city { id } }", "Query.city"),
    ('{ city(id: "City:vantaa") }', "Query.city"),
    ('{ city(id: "City:vantaa", id: "City:oslo") { id } }', "Query.city(id:)"),
    ("{ cities(wher: {}) { totalCount } }", "Query.cities"),
    ("{ cities(where: 1) { totalCount } }", "Query.cities(where:)"),
    ('{ cities(first: "1") { totalCount } }', "Query.cities(first:)"),
    ("{ cities(where: {contry: {}}) { totalCount } }", "CityWhere"),
    ("{ cities(where: {country: 1}) { totalCount } }", "CityWhere.country"),
    ("{ cities(where: {and: [{country: {eq: 3}}]}) { totalCount } }", "TextFilter.eq"),
    ("{ cities(where: {networks: {some: {kind: {in: [LOCAL, WRONG]}}}}) { totalCount } }", "NetworkKindFilter.in"),
    ("{ cities(orderBy: {}) { totalCount } }", "Query.cities(orderBy:)"),
    ("{ cities { totalCount @skip(if: 3) } }", "@skip(if:)"),
    ("{ cities { totalCount @skip } }", "@skip"),
    ("{ cities { totalCount @unknown } }", "CityConnection.totalCount"),
    ('query ($on: Date = "x") { cities(where: {networks: {on: $on}}) { totalCount } }', "Date"),
    ("query ($where: CityWhere) { cities { totalCount } }", "CityWhere"),
    ("{ ...City } fragment City on Query { cities { nodes { naem } } }", "City"),
    ('{ node(id: "City:vantaa") { ... on City { naem } } }', "City"),
    ("query ($where: Nothing) { cities(where: $where) { totalCount } }", "Query"),
]


@pytest.mark.parametrize(("query", "coordinate"), COORDINATES)
async def test_coordinates(errors: Ask, query: str, coordinate: str) -> None:
    error = (await errors(query))[0]
    assert error["extensions"]["coordinate"] == coordinate
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert resolve_schema_coordinate(CORE, coordinate) is not None


@pytest.mark.parametrize("operation", ["mutation", "subscription"])
async def test_the_api_is_read_only(errors: Ask, operation: str) -> None:
    error = await one_error(errors, f"{operation} {{ addCity(name: 1) {{ id }} }}")
    assert error["message"] == f"The API is read-only: it has no {operation}s."
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert error["extensions"]["hint"] == "send a query; only `citygraph load` changes the graph"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ networks { name } }",
            "Cannot query field 'name' on type 'NetworkConnection'. "
            "Did you mean 'nodes { name }' or 'edges { node { name } }'?",
        ),
        (
            '{ network(id: "Network:eccar") { members { edges { country } } } }',
            "Cannot query field 'country' on type 'CityMembershipEdge'. Did you mean 'node { country }'?",
        ),
        (
            '{ peerCities(city: "City:vantaa", theme: "Theme:eccar-housing") { shared } }',
            "Cannot query field 'shared' on type 'PeerCityConnection'. "
            "Did you mean 'nodes { shared }' or 'edges { node { shared } }'?",
        ),
        (
            '{ network(id: "Network:eccar") { members { membership { status } } } }',
            "Cannot query field 'membership' on type 'CityMembershipConnection'. Did you mean 'edges { membership }'?",
        ),
        ("{ networks { zzz } }", "Cannot query field 'zzz' on type 'NetworkConnection'."),
    ],
)
async def test_fields_of_a_connection(errors: Ask, query: str, message: str) -> None:
    assert (await one_error(errors, query))["message"] == message


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("LOCL", "Did you mean the enum value 'LOCAL'?"),
        ('"LOCAL"', "Did you mean the enum value 'LOCAL'?"),
        ("TOWN_NETWORK", "Did you mean the enum value 'CITY_NETWORK'?"),
        ("ASSOCIATION", "Its values are CITY_NETWORK, LOCAL."),
    ],
)
async def test_enum_values(errors: Ask, value: str, suggestion: str) -> None:
    error = await one_error(errors, f"{{ networks(where: {{kind: {{eq: {value}}}}}) {{ totalCount }} }}")
    assert error["message"].endswith(f". {suggestion}")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ projects { groupBy(keys: [FUNDED_PROGRAMME]) { totalCount } } }",
            "Value 'FUNDED_PROGRAMME' does not exist in 'ProjectGroupingKey' enum. "
            "Did you mean the enum value 'PROGRAMME'?",
        ),
        (
            "{ cities { groupBy(keys: [CONTINENT]) { totalCount } } }",
            "Value 'CONTINENT' does not exist in 'CityGroupingKey' enum.",
        ),
    ],
)
async def test_enum_values_that_share_a_word(errors: Ask, query: str, message: str) -> None:
    assert (await one_error(errors, query))["message"] == message


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ('filter: {country: {eq: "FI"}}', "where"),
        ("sort: [{field: NAME}]", "orderBy"),
        ("limit: 5", "first"),
    ],
)
async def test_arguments_as_other_apis_name_them(errors: Ask, arguments: str, meant: str) -> None:
    error = await one_error(errors, f"{{ cities({arguments}) {{ totalCount }} }}")
    name = arguments.partition(":")[0]
    assert error["message"] == f"Unknown argument '{name}' on field 'Query.cities'. Did you mean '{meant}'?"


@pytest.mark.parametrize("query", ["{}", '{ city(id: "City:vantaa") {} }', "{ cities { nodes { ... on City {} } } }"])
async def test_empty_selection_sets(errors: Ask, query: str) -> None:
    (error,) = await errors(query)
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["message"] == "Syntax Error: Expected Name, found '}'."


async def test_sort_keys_of_edges(errors: Ask) -> None:
    query = '{ network(id: "Network:eccar") { members(orderBy: {field: VALID_FROM}) { totalCount } } }'
    assert (await one_error(errors, query))["message"] == (
        "Value 'VALID_FROM' does not exist in 'CityOrderField' enum. Did you mean the enum value "
        "'MEMBERSHIP_VALID_FROM', 'TWINNING_VALID_FROM', or 'PARTICIPATION_VALID_FROM'?"
    )


async def test_enum_values_of_variables(errors: Ask) -> None:
    query = "query ($field: CityOrderField!) { cities(orderBy: {field: $field}) { totalCount } }"
    error = await one_error(errors, query, field="INHABITANTS")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == (
        "Variable '$field' has invalid value: Value 'INHABITANTS' does not exist in 'CityOrderField' enum."
    )


@pytest.mark.parametrize(
    ("query", "variables", "hint"),
    [
        ('{ cities(where: {country: "FI"}) { totalCount } }', {}, 'write an object, such as {eq: "FI"}'),
        ('{ cities(where: {country: ["FI"]}) { totalCount } }', {}, 'write an object, such as {in: ["FI"]}'),
        ("{ cities(orderBy: NAME) { totalCount } }", {}, "write an object, such as {field: NAME}"),
        ('{ cities(where: {networks: "x"}) { totalCount } }', {}, "write an object, such as {some: {…}}"),
        (
            "query ($where: CityWhere) { cities(where: $where) { totalCount } }",
            {"where": {"country": "FI"}},
            'write an object, such as {eq: "FI"}',
        ),
        (
            '{ network(id: "Network:eccar", name: "Eurocities") { id } }',
            {},
            'find the id with search(text: "Eurocities") or networks(where: {name: {eq: "Eurocities"}})',
        ),
    ],
)
async def test_hints_show_what_to_write(errors: Ask, query: str, variables: dict[str, object], hint: str) -> None:
    assert (await one_error(errors, query, **variables))["extensions"]["hint"] == hint


async def test_errors_of_nested_arguments_have_their_place(errors: Ask) -> None:
    for query, path, text in (
        (
            '{ city(id: "City:vantaa") { feeYears(from: 2020, until: 2021) {'
            " fees: groupBy(keys: [YEAR], orderBy: [{by: FEE}]) { totalCount } } } }",
            ["city", "feeYears", "fees"],
            "fees: groupBy",
        ),
        (
            '{ city(id: "City:vantaa") { memberships { groupBy(keys: [STANDING]) { totalCount } } } }',
            ["city", "memberships", "groupBy"],
            "groupBy",
        ),
        (
            '{ of: cities(first: 1) { nodes { networks(first: 1, after: "x") { totalCount } } } }',
            ["of", "nodes"],
            "networks(first",
        ),
        (
            '{ peerCities(city: "City:vantaa", theme: "Theme:vantaa-overall-safety", first: 1) {'
            " nodes { city { networks(first: 1, last: 1) { totalCount } } } } }",
            ["peerCities", "nodes"],
            "networks(first",
        ),
        (
            "{ cities { of: groupBy(keys: [COUNTRY]) { groups: nodes {"
            ' nodes(first: 1) { networks(after: "x") { totalCount } } } } } }',
            ["cities", "of", "groups"],
            "networks(after",
        ),
        (
            "{ memberships { groupBy(keys: [CITY]) { nodes {"
            ' keys { node { ... on City { networks(after: "x") { totalCount } } } } } } } }',
            ["memberships", "groupBy", "nodes"],
            "networks(after",
        ),
        (
            '{ network(id: "Network:eurocities") { relationships { node { ... on City {'
            ' networks(after: "x") { totalCount } } } } } }',
            ["network", "relationships"],
            "networks(after",
        ),
        (
            '{ leaveImpact(city: "City:vantaa", network: "Network:eurocities") {'
            ' network { at: seat { networks(after: "x", last: 1) { totalCount } } } } }',
            ["leaveImpact", "network", "at", "networks"],
            "networks(after",
        ),
    ):
        error = await one_error(errors, query)
        assert error["path"] == path
        assert error["locations"] == [{"line": 1, "column": query.index(text) + 1}]
        assert error["extensions"]["code"] in ("BAD_ARGUMENT", "BAD_CURSOR")


def test_suggestions_can_be_hidden() -> None:
    for query in ("{ networks { name } }", "{ networks(where: {kind: {eq: ASSOCIATION}}) { totalCount } }"):
        (error,) = validate_document(CORE, parse(query), hide_suggestions=True)
        assert "nodes" not in error.message
        assert "LOCAL" not in error.message


async def test_hints_at_the_shape_of_values_can_be_hidden() -> None:
    operations = Operations(schema, Limits(), hide_suggestions=True)
    variable = GraphQLRequest(
        "query ($w: CityWhere) { cities(where: $w) { totalCount } }", None, {"w": {"country": "FI"}}
    )
    for request in (GraphQLRequest('{ cities(where: {country: "FI"}) { totalCount } }'), variable):
        with pytest.raises(InvalidOperation) as raised:
            await operations.prepare(request, "id")
        (error,) = raised.value.errors
        assert "write an object" not in str(error)


async def test_several_errors_of_one_field(client: httpx.AsyncClient) -> None:
    query = "{ cities(a: 1) { totalCount @skip } networks { name name } }"
    body = (await client.post("/graphql", json={"query": query})).json()
    coordinates = [error["extensions"].get("coordinate") for error in body["errors"]]
    assert sorted(coordinates) == ["@skip", "NetworkConnection", "NetworkConnection", "Query.cities"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{}", "Within OneOf Input Object type 'ThemeCoverageOf', exactly one field must be specified"),
        ('{scheme: "ThemeScheme:a", programme: "Programme:b"}', "exactly one field must be specified"),
        ("{scheme: null}", "must be non-null"),
    ],
)
async def test_one_of(errors: Ask, given: str, message: str) -> None:
    error = await one_error(errors, f'{{ themeCoverage(city: "City:vantaa", of: {given}) {{ totalCount }} }}')
    assert message in error["message"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("of", [{}, {"scheme": "ThemeScheme:a", "programme": "Programme:b"}, {"scheme": None}])
async def test_one_of_in_variables(errors: Ask, of: dict[str, object]) -> None:
    query = 'query ($of: ThemeCoverageOf!) { themeCoverage(city: "City:vantaa", of: $of) { totalCount } }'
    error = await one_error(errors, query, of=of)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_one_of_is_introspected(ask: Ask) -> None:
    data = await ask('{ of: __type(name: "ThemeCoverageOf") { isOneOf } where: __type(name: "CityWhere") { isOneOf } }')
    assert data == {"of": {"isOneOf": True}, "where": {"isOneOf": False}}


async def test_custom_scalars_are_specified(ask: Ask) -> None:
    data = await ask("{ __schema { types { name kind specifiedByURL } } }")
    scalars = {of["name"]: of["specifiedByURL"] for of in data["__schema"]["types"] if of["kind"] == "SCALAR"}
    custom = {name: url for name, url in scalars.items() if name not in specified_scalar_types}
    assert custom == {
        "Date": "https://scalars.graphql.org/andimarek/local-date.html",
        "Decimal": "https://www.w3.org/TR/xmlschema11-2/#decimal",
    }


@pytest.mark.parametrize("text", ["1e3", "1_000", " 1", "NaN", "Infinity", "", "٣"])
async def test_text_that_is_no_decimal(errors: Ask, text: str) -> None:
    query = """query ($least: Decimal!) {
      membershipTerms(where: {annualFee: {gte: $least, currency: "EUR"}}) { totalCount } }"""
    error = await one_error(errors, query, least=text)
    assert error["extensions"]["hint"] == 'write it as text, such as "1500.00"'
