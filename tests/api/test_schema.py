"""The schema as its readers need it: described throughout, committed as printed, in Relay's forms."""

import re
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
)

from api.graphql.schema import schema, sdl
from graph import model

CORE = schema._schema
TYPES = [type_ for name, type_ in CORE.type_map.items() if not name.startswith("__")]
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


RELAY = {"first", "after", "last", "before", "where", "edgeWhere", "orderBy", "keys", "having", "language", "id", "ids"}
RELAY |= {"themeScheme"}
"""Arguments that recur: their types are described."""

LOGICAL = {"and", "or", "not", "some", "none", "every"}


def undescribed(of: GraphQLNamedType) -> Iterator[str]:
    if not of.description and of.name not in BUILT_IN:
        yield of.name
    match of:
        case GraphQLEnumType() if of.name.endswith(("OrderField", "GroupingKey")):  # values are named as fields
            pass
        case GraphQLEnumType():
            yield from (f"{of.name}.{name}" for name, value in of.values.items() if not value.description)
        case GraphQLInputObjectType():
            yield from (
                f"{of.name}.{name}"
                for name, field in of.fields.items()
                if not field.description and name not in LOGICAL
            )
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in of.fields.items():
                if not field.description:
                    yield f"{of.name}.{name}"
                yield from (
                    f"{of.name}.{name}({key})"
                    for key, argument in field.args.items()
                    if key not in RELAY and not argument.description
                )
        case _:
            pass


def test_everything_is_described() -> None:
    assert [place for of in TYPES for place in undescribed(of)] == []


def test_the_values_of_enums_are_in_capitals() -> None:
    enums = [type_ for type_ in TYPES if isinstance(type_, GraphQLEnumType)]
    assert [f"{of.name}.{name}" for of in enums for name in of.values if name != name.upper()] == []


def test_descriptions_are_sentences() -> None:
    """Names of fields stand in backticks or not at all, and `a` stands before no vowel."""
    texts = re.findall(r'"""(.*?)"""', sdl(), re.DOTALL)
    prose = re.sub(r"`[^`]*`|skos:\w+|doi:\S+", "", "\n".join(texts))
    assert re.findall(r"\b[a-z]+[A-Z]\w*", prose) == []
    assert re.findall(r"\b[Aa] [AEIO]\w+", prose) == []


def test_lists_of_all_times_say_so() -> None:
    fields = [
        (f"{of.name}.{name}", field.description or "")
        for of in CORE.type_map.values()
        if isinstance(of, GraphQLObjectType)
        for name, field in of.fields.items()
        if "default all" in (field.args["on"].description if "on" in field.args else "")
    ]
    assert "City.memberships" in dict(fields)
    assert [name for name, description in fields if "past" not in description] == []


def test_the_committed_schema_is_what_the_code_prints() -> None:
    committed = Path(__file__).parent.parent.parent / "schema.graphql"
    assert committed.read_text(encoding="utf-8") == sdl()


def test_connections_edges_and_pages_have_relays_form() -> None:
    connections = [type_ for type_ in TYPES if type_.name.endswith("Connection")]
    assert len(connections) > 50
    assert len(connections) < 75
    for connection in connections:
        assert isinstance(connection, GraphQLObjectType)
        assert {"edges", "nodes", "pageInfo", "totalCount"} <= set(connection.fields)
        assert str(connection.fields["pageInfo"].type) == "PageInfo!"
        edge = get_named_type(connection.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        assert edge.name == connection.name.removesuffix("Connection") + "Edge"
        assert str(edge.fields["cursor"].type) == "String!"
        assert str(connection.fields["nodes"].type) == f"[{edge.fields['node'].type}]!"
    page_info = CORE.type_map["PageInfo"]
    assert isinstance(page_info, GraphQLObjectType)
    assert {name: str(field.type) for name, field in page_info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_node_is_relays_and_every_label_is_one() -> None:
    node = CORE.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {name: str(field.type) for name, field in node.fields.items()} == {"id": "ID!"}
    assert {type_.name for type_ in CORE.get_possible_types(node)} == {label.name for label in model.LABELS}


def test_a_field_has_the_same_type_on_an_interface_and_on_every_type() -> None:
    """So that fragments on the interface and on its types can select the same field."""
    for interface in (type_ for type_ in TYPES if isinstance(type_, GraphQLInterfaceType)):
        for of in CORE.get_possible_types(interface):
            types = {name: str(field.type) for name, field in interface.fields.items()}
            assert {name: str(of.fields[name].type) for name in types} == types


def test_every_connection_takes_a_page() -> None:
    for of in TYPES:
        if not isinstance(of, GraphQLObjectType):
            continue
        for name, field in of.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                assert {"first", "after", "last"} <= set(field.args), f"{of.name}.{name}"


def test_lists_are_sorted_by_names_numbers_dates_amounts_enums_counts_and_edges() -> None:
    order = CORE.type_map["MembershipTermOrderField"]
    assert isinstance(order, GraphQLEnumType)
    assert list(order.values) == [
        *("ID", "NAME", "VALID_FROM", "VALID_UNTIL", "ATTESTED_FROM", "ATTESTED_ON"),
        *("ANNUAL_FEE", "TOTAL_FEE", "FIRST_YEAR_CHARGED", "LAST_YEAR_CHARGED", "ANNUAL_FEE_EURO"),
        *("GRADE", "REVIEW_FROM", "REVIEW_UNTIL", "REVIEW_SAID_IN", "SHOWN_FROM", "DECISIONS_COUNT"),
        *("MEMBERSHIP_NAME", "MEMBERSHIP_STATUS", "MEMBERSHIP_GRADE", "MEMBERSHIP_VALID_FROM"),
        *("MEMBERSHIP_VALID_UNTIL", "MEMBERSHIP_ATTESTED_FROM", "MEMBERSHIP_ATTESTED_ON", "MEMBERSHIP_SHOWN_FROM"),
        "STANDING",
    ]


def test_the_schema_is_short() -> None:
    assert len(sdl().splitlines()) < 14_900


def test_every_label_has_its_root_fields() -> None:
    fields = CORE.query_type.fields
    for label in model.LABELS:
        assert str(fields[label.singular].type) == label.name
        assert str(fields[label.plural].type) == f"{label.name}Connection"
