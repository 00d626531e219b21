"""Every public field is asked for over the seeds; those of properties are compared with what the database holds."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_required_argument,
)
from strawberry.utils.str_converters import to_camel_case

from api.graphql.schema import schema
from graph import model
from graph.model import Kind, Property
from graph.registry import QUESTIONS
from graph.store import Statement, Store
from tests.api.conftest import Ask
from tests.questions.examples import literals

CORE = schema._schema
ARGUMENTS = {
    "latitude": "60.3",
    "longitude": "25",
    "id": '"City:vantaa"',
    "ids": '["City:vantaa", "Network:eccar"]',
    "city": '"City:vantaa"',
    "network": '"Network:nordic-safe-cities"',
    "from": "2022",
    "until": "2024",
    "language": "FI",
}
DECLARED = {to_camel_case(question.name): question for question in QUESTIONS.values()}
OWN: dict[str, dict[str, str]] = {}
OWN |= {name: literals(question, question.examples[0]) for name, question in DECLARED.items()}


def is_leaf(field: GraphQLField) -> bool:
    return isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)


def required_arguments(name: str, field: GraphQLField) -> dict[str, str]:
    """The arguments of an example where the field is a declared question, else those that it cannot do without."""
    # Fields of types can have the name of a question, such as `JoinCheck.overlaps`.
    own = {argument: value for argument, value in OWN.get(name, {}).items() if argument in field.args}
    return {
        argument: ARGUMENTS.get(argument) or first_value(one)
        for argument, one in field.args.items()
        if is_required_argument(one) and argument not in own
    } | own


def first_value(argument: GraphQLArgument) -> str:
    """The first value of an enum, such as a key of groups."""
    of = get_named_type(argument.type)
    assert isinstance(of, GraphQLEnumType), of
    return next(iter(of.values))


def arguments(name: str, field: GraphQLField) -> str:
    given = required_arguments(name, field)
    if "first" in field.args:
        given["first"] = "3"
    return f"({', '.join(f'{key}: {value}' for key, value in given.items())})" if given else ""


def selection(of: object, depth: int, *, grouped: bool = False) -> str:
    """Every field of a type, down to a depth of nodes; of those below it the leaves only.

    Of a connection, the groups only or all but the groups, for all would be too many tokens.
    """
    assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
    is_node = "id" in of.fields
    parts = ["__typename"]
    for name, field in of.fields.items():
        if "groupBy" in of.fields and grouped != (name == "groupBy"):
            continue
        if is_leaf(field):
            parts.append(f"{name}{arguments(name, field)}")
        elif depth or not is_node:
            inner = selection(get_named_type(field.type), depth - is_node, grouped=grouped)
            parts.append(f"{name}{arguments(name, field)} {{ {inner} }}")
    return " ".join(parts)


LABELS = [label.name for label in model.LABELS]


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", LABELS)
async def test_fields_of_a_label(ask: Ask, name: str, grouped: bool) -> None:
    plural = model.label(name).plural
    inner = selection(CORE.type_map[name], 1, grouped=grouped)
    data = await ask(f"{{ {plural}(first: 3) {{ nodes {{ {inner} }} }} }}")
    assert all(node["__typename"] == name for node in data[plural]["nodes"])


ROOT_FIELDS = [
    name
    for name in CORE.query_type.fields
    if name not in {label.singular for label in model.LABELS} | {label.plural for label in model.LABELS}
]


@pytest.mark.parametrize("name", ROOT_FIELDS)
async def test_fields_of_a_question(ask: Ask, name: str) -> None:
    field = CORE.query_type.fields[name]
    data = await ask(f"{{ {name}{arguments(name, field)} {{ {selection(get_named_type(field.type), 0)} }} }}")
    assert data[name]


def test_all_types_are_reached() -> None:
    """No type of the schema hides from these tests."""
    reached: set[str] = set()

    def reach(of: object) -> None:
        named = get_named_type(of)
        if named.name in reached:
            return
        reached.add(named.name)
        for field in getattr(named, "fields", {}).values():
            reach(field.type)
            for argument in getattr(field, "args", {}).values():
                reach(argument.type)

    reach(CORE.query_type)
    assert {name for name in CORE.type_map if not name.startswith("__")} - reached <= {"Boolean", "Int", "Float"}


# --- Properties as they are stored ------------------------------------------------------------------


def selected(of: Property) -> str:
    """The field of a property with what it is selected with."""
    match of.kind:
        case Kind.MONEY:
            return f"{of.name} {{ amount currency }}"
        case Kind.PARTIAL_DATE | Kind.BOUND:
            return f"{of.name} {{ date precision bound }}"
        case _:
            return of.name


def expected(of: Property, row: dict[str, Any]) -> object:
    if of.kind is Kind.LOCALISED:
        return row.get(f"{of.name}En") or row.get(f"{of.name}Sv") or row.get(f"{of.name}Fi")
    value = row.get(of.name)
    if of.kind is Kind.BOUND or (of.kind is Kind.PARTIAL_DATE and value is not None):
        bound = row[f"{of.name}Bound"] if of.kind is Kind.BOUND else "DATE"
        return {"date": value and value.isoformat(), "precision": row.get(f"{of.name}Precision"), "bound": bound}
    if value is None:
        return [] if of.many else None
    if of.kind is Kind.MONEY:
        return {"amount": str(Decimal(value) / 100), "currency": row[f"{of.name}Currency"]}
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", LABELS)
async def test_properties_as_stored(ask: Ask, seeded_store: Store, name: str) -> None:
    label = model.label(name)
    statement = Statement.of_text("test/rows", f"MATCH (n:{name}) RETURN properties(n) AS row ORDER BY n.id LIMIT 200")
    rows: list[dict[str, Any]] = [row["row"] for row in await seeded_store.read(statement)]
    query = f"{{ {label.plural}(first: 200) {{ nodes {{ id {' '.join(map(selected, label.properties))} }} }} }}"
    data = await ask(query)
    for node, row in zip(data[label.plural]["nodes"], rows, strict=True):
        wanted = {"id": row["id"]} | {of.name: expected(of, row) for of in label.properties}
        for money in [of.name for of in label.properties if of.kind is Kind.MONEY and node[of.name]]:
            node[money]["amount"] = str(Decimal(node[money]["amount"]).normalize() + 0)
            wanted[money]["amount"] = str(Decimal(wanted[money]["amount"]).normalize() + 0)
        assert node == wanted
