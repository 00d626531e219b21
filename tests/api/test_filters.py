"""Check how values of `where` are read: those that are refused, with their hints."""

from datetime import date
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from api.graphql.schema import schema
from graph import model
from graph.errors import BadArgument
from graph.traversal.selection import Related
from graph.traversal.where import parse_filter
from tests.api.conftest import Ask

TODAY = date(2025, 6, 1)


def relationship_filters() -> list[tuple[str, str, GraphQLInputObjectType]]:
    """Return every field of a `where` input that is about related nodes: its label, its name and its type."""
    found: list[tuple[str, str, GraphQLInputObjectType]] = []
    for label in model.LABELS:
        where = schema._schema.type_map[f"{label.name}Where"]
        assert isinstance(where, GraphQLInputObjectType)
        for name, field in where.fields.items():
            of = get_named_type(field.type)
            is_object = isinstance(of, GraphQLInputObjectType) and name not in ("and", "or", "not")
            if is_object and ("some" in of.fields or of.name.endswith("Where")):
                found.append((label.name, name, of))
    return found


FILTERS = relationship_filters()
LISTS = [(label, name) for label, name, of in FILTERS if "some" in of.fields]
SINGLES = [(label, name) for label, name, of in FILTERS if "some" not in of.fields]


def test_filters_of_both_kinds_exist() -> None:
    assert ("City", "networks") in LISTS
    assert ("Network", "seat") in SINGLES


@pytest.mark.parametrize("label", [label.name for label in model.LABELS])
def test_related_nodes_without_a_condition(label: str) -> None:
    for name, of in [(name, of) for owner, name, of in FILTERS if owner == label and "some" in of.fields]:
        cases: list[dict[str, Any]] = [{}, {"some": None}, *([{"on": TODAY}] if "on" in of.fields else [])]
        for given in cases:
            with pytest.raises(BadArgument) as raised:
                parse_filter(label, {name: given}, TODAY)
            assert raised.value.message == f"`{name}` has no condition"
            assert raised.value.hint == "add `some: {}` for at least one, or `none: {}` for none at all"
        assert isinstance(parse_filter(label, {name: {"some": {}}}, TODAY), Related)


def test_a_single_related_node_matches_any() -> None:
    for label, name in SINGLES:
        condition = parse_filter(label, {name: {}}, TODAY)
        assert isinstance(condition, Related)
        assert (condition.quantifier, condition.condition) == ("some", None)
        where = schema._schema.type_map[f"{label}Where"]
        assert isinstance(where, GraphQLInputObjectType)
        assert str(where.fields[name].description).endswith(" {} for any.")


@pytest.mark.parametrize(
    ("of", "given", "problem", "hint"),
    [
        ("country", {"eq": "fi"}, "`fi` is not an ISO 3166-1 country code", "did you mean `FI` (Finland)?"),
        ("country", {"in": ["SE", "Finland"]}, "`Finland` is not an ISO 3166-1", "did you mean `FI` (Finland)?"),
        ("country", {"eq": "UK"}, "`UK` is not an ISO 3166-1", "did you mean `GB` (United Kingdom)?"),
        ("country", {"eq": "Narnia"}, "`Narnia` is not", "write two capitals, such as FI, SE, NO, DK, IS"),
        ("wikidata", {"eq": "1757"}, "`1757` is not a Wikidata item", "write the letter Q and digits, such as Q1757"),
    ],
)
async def test_codes(errors: Ask, of: str, given: dict[str, object], problem: str, hint: str) -> None:
    query = "query ($where: CityWhere) { cities(where: $where) { totalCount } }"
    (error,) = await errors(query, where={of: given})
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"].startswith(f"`{of}`: {problem}")
    assert error["extensions"]["hint"] == hint


async def test_countries_of_a_question(errors: Ask) -> None:
    (error,) = await errors('{ centrality(measure: DEGREE, subset: {countries: ["SE", "fi"]}) { totalCount } }')
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == "countries: `fi` is not an ISO 3166-1 country code"
    assert error["extensions"]["hint"] == "did you mean `FI` (Finland)?"


async def test_the_beginning_of_a_code(ask: Ask) -> None:
    data = await ask('{ cities(where: {country: {startsWith: "F"}, name: {eq: "Vantaa"}}) { nodes { country } } }')
    assert data == {"cities": {"nodes": [{"country": "FI"}]}}
