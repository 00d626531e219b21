"""Filters as JSON values: the same fields as in the API, errors that name them, and dates made explicit."""

from datetime import date
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from api.graphql.schema import schema
from graph import model
from graph.errors import BadArgument
from graph.traversal.selection import AllOf, AnyOf, Compare, Condition, Not, Related, StatusIn
from graph.traversal.where import explicit_filter, operators_of, parse_filter

DAY = date(2025, 6, 1)
CITY, NETWORK = model.label("City"), model.label("Network")


def input_fields(name: str) -> dict[str, GraphQLInputObjectType | None]:
    """Return the input type of each field of an input type, or None for a scalar."""
    of = schema._schema.type_map[name]
    assert isinstance(of, GraphQLInputObjectType)
    named = {field: get_named_type(value.type) for field, value in of.fields.items()}
    return {field: type_ if isinstance(type_, GraphQLInputObjectType) else None for field, type_ in named.items()}


@pytest.mark.parametrize("label", [label.name for label in model.LABELS])
def test_the_fields_are_those_of_the_api(label: str) -> None:
    expected = input_fields(f"{label}Where")
    with pytest.raises(BadArgument) as raised:
        parse_filter(label, {"qqqqqqqqqqqqqqqq": {}}, DAY)
    assert set(raised.value.hint.removeprefix("the fields are ").split(", ")) == set(expected)
    for of in (model.ID, *model.label(label).properties):
        type_ = expected.get(of.name)
        assert set(operators_of(of)) == (set() if type_ is None else set(type_.fields))
    for name, type_ in expected.items():
        if type_ is not None and name not in {"and", "or", "not", *(of.name for of in model.label(label).properties)}:
            with pytest.raises(BadArgument, match=r"qqqq|needs the number|is not an object"):
                parse_filter(label, {name: {**dict.fromkeys(type_.fields), "qqqq": 1}}, DAY)


def test_json_values() -> None:
    given: dict[str, Any] = {
        "country": {"in": "FI", "eq": None},
        "not": {"euInitiatives": {"some": {"status": {"eq": "ADOPTED"}}}},
        "or": [{"population": {"gte": 100000}}, {"networks": {"some": {"founded": {"lt": "2000-01-01"}}}}],
    }
    status: Condition = StatusIn(("ADOPTED",), DAY)
    initiatives, networks = (
        next(path for path in model.paths("City") if path.name == name) for name in ("euInitiatives", "networks")
    )
    founded = Compare(NETWORK.property("founded"), "lt", date(2000, 1, 1))
    assert parse_filter("City", given, DAY) == AllOf(
        (
            Compare(CITY.property("country"), "in", ("FI",)),
            Not(Related(initiatives, "some", status)),
            AnyOf((Compare(CITY.property("population"), "gte", 100000), Related(networks, "some", founded, DAY))),
        )
    )
    explicit = {
        "country": {"in": "FI"},
        "not": {"euInitiatives": {"some": {"status": {"on": "2025-06-01", "eq": "ADOPTED"}}}},
        "or": [
            {"population": {"gte": 100000}},
            {"networks": {"on": "2025-06-01", "some": {"founded": {"lt": "2000-01-01"}}}},
        ],
    }
    assert explicit_filter("City", given, DAY) == explicit
    assert parse_filter("City", explicit, date.max) == parse_filter("City", given, DAY)
    assert parse_filter("City", {}, DAY) is None


@pytest.mark.parametrize(
    ("label", "given", "message", "hint"),
    [
        (
            "City",
            {"populatio": {"gte": 1}},
            "a filter of cities has no field `populatio`",
            "did you mean `population`?",
        ),
        ("City", {"population": {"gt3": 1}}, "`population` has no field `gt3`", "did you mean `gt`?"),
        ("City", {"population": {"gte": "1"}}, "`population`: '1' is not a whole number", "write a whole number"),
        ("City", {"population": {"gte": True}}, "`population`: True is not a whole number", "write a whole number"),
        ("City", {"population": {"gte": 2**40}}, "`population`: 1099511627776 is out of range", "use a smaller number"),
        ("City", {"population": 1}, "`population`: 1 is not an object", 'write fields, such as {"eq": "FI"}'),
        ("City", {"country": {"isNull": 1}}, "`country`: isNull is 1", "write true or false"),
        ("City", {"country": {"eq": 1}}, "`country`: 1 is not a text", "write a text"),
        ("City", {"latitude": {"lt": "x"}}, "`latitude`: 'x' is not a number", "write a number"),
        ("City", {"latitude": {"lt": 10**400}}, "`latitude` compares a number that is out", "use a smaller number"),
        ("City", {"country": {"in": ["FI", None]}}, "`country`: in contains null", "remove null"),
        (
            "MembershipTerm",
            {"annualFee": {"eq": "1", "currency": ["EUR"]}},
            "`annualFee` names an unknown currency: ['EUR']",
            "use an ISO 4217 code",
        ),
        ("City", {"and": ["x"]}, "`and`: 'x' is not an object", 'write fields, such as {"eq": "FI"}'),
        (
            "City",
            {"near": {"latitude": 1}},
            "`near` needs the number `longitude`",
            "write latitude, longitude, kilometres",
        ),
        ("City", {"networks": {"som": {}}}, "`networks` has no field `som`", "did you mean `some`?"),
        (
            "City",
            {"networks": {"some": {}, "on": "soon"}},
            "`networks`: 'soon' is not a date",
            "write a date as 2023-11-27",
        ),
        (
            "City",
            {"networks": {"some": {}, "includeApplied": 1}},
            "`includeApplied`: 1 is not a boolean",
            "write true or false",
        ),
        ("Network", {"kind": {"eq": "CLUB"}}, "`kind`: 'CLUB' is not known", "write one of CITY_NETWORK, LOCAL"),
        ("Network", {"kind": {"in": [1]}}, "`kind`: 1 is not known", "write one of CITY_NETWORK, LOCAL"),
    ],
)
def test_invalid_filters(label: str, given: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(BadArgument) as raised:
        parse_filter(label, given, DAY)
    assert raised.value.message.startswith(message)
    assert raised.value.hint.startswith(hint)


def test_a_tuple_is_a_list() -> None:
    lists = [parse_filter("City", {"country": {"in": listed}}, DAY) for listed in (["FI", "SE"], ("FI", "SE"))]
    assert lists[0] == lists[1]


def test_amounts() -> None:
    of = next(of for label in model.LABELS for of in label.properties if of.kind is model.Kind.MONEY)
    label = next(label.name for label in model.LABELS if of in label.properties)
    for amount in ("1500.5", 1500.5):
        assert parse_filter(label, {of.name: {"gte": amount, "currency": "EUR"}}, DAY) == Compare(
            of, "gte", 150050, "EUR"
        )
    for amount in ("x", True, "NaN"):
        with pytest.raises(BadArgument, match="is not an amount"):
            parse_filter(label, {of.name: {"gte": amount, "currency": "EUR"}}, DAY)
