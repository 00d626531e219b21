"""Every argument and every field of an input that takes text is given what breaks out of careless statements.

They are read from the schema. Nothing may change, no more may be found than there is, and nothing may be revealed but
errors of the closed list.
"""

import base64
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from api.graphql.errors import CODES
from api.graphql.schema import schema
from graph import model
from graph.formats import check_format
from graph.iso_codes import InvalidValue
from graph.model import Property
from graph.store import Statement, Store
from tests.api.test_every_field import required_arguments

CORE = schema._schema
TEXTS = ("String", "ID", "Date", "Decimal")
PROBES = (
    "' DETACH DELETE n //",
    "'}) DETACH DELETE n RETURN 1 //",
    '"}) SET n.name = "broken" //',
    "`) MATCH (n) DETACH DELETE n //",
    "x' OR 1=1 OR 'x'='y",
    "\\' OR true //",
    "\\u0027 RETURN 1 //",
    "}] | CALL db.labels() YIELD label RETURN label //",
    "+name:/.*/ AND *:*",
    'nameEn:"a"^9 OR (b~ [0 TO *]',
    "$first {eq} ${jndi:ldap://127.0.0.1/x} %s %(x)s",
    "\x00\x01\x1b[31m\u202e\u2028\x7f",
    "\U0001f600\ufffd\ue000\u0301",
    "~" * 20_000,
)
PARSED = ("after", "before", "on")
"""Arguments read by the same code everywhere: each takes one of the probes in turn, the others take half of them."""

LEAKS = ("Traceback", ".py", "neo4j", "Neo4j", "arcadedb", "ArcadeDB", "com.", "java.", "codec", "object at 0x", "n0")
CLIENT_CODES = {code.name for code in CODES if code.status < 500}
LONGEST_ANSWER = 3_000

EVERYTHING = Statement.of_text(
    "test/held",
    "MATCH (n) WHERE NOT n:CitygraphMeta RETURN n.id AS id, properties(n) AS held ORDER BY id UNION ALL "
    "MATCH (a)-[r]->(b) RETURN a.id + type(r) + b.id AS id, properties(r) AS held ORDER BY id",
)


@pytest_asyncio.fixture
async def unchanged(seeded_store: Store) -> AsyncIterator[None]:
    """What the database holds is the same afterwards. A server may store its measurements in the metadata node."""

    async def contents() -> list[str]:
        return sorted(json.dumps(row, default=str, sort_keys=True) for row in await seeded_store.read(EVERYTHING))

    before = await seeded_store.revision(), await contents()
    assert len(before[1]) > 2_000
    yield
    assert (await seeded_store.revision(), await contents()) == before


async def post(client: httpx.AsyncClient, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
    """Return the answer, which reveals nothing of what is behind the API."""
    response = await client.post("/graphql", json={"query": query, "variables": dict(variables)})
    assert response.status_code == 200, response.text[:500]
    answer = response.json()
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] in CLIENT_CODES, error
        message = error["message"]
        for probe in PROBES:
            message = message.replace(probe, "").replace(repr(probe), "")
        assert not [leak for leak in LEAKS if leak in message], message
    assert len(response.content) < LONGEST_ANSWER, response.text[:500]
    return answer


def takes_text(of: GraphQLArgument | Any) -> bool:
    return get_named_type(of.type).name in TEXTS


def argument_value(of: Any, probe: str) -> object:
    return [probe] if is_list_type(get_nullable_type(of.type)) else probe


# --- Arguments of fields ----------------------------------------------------------------------------


def field_with(name: str, field: GraphQLField, argument: str) -> str:
    """A field with `$probe` in one argument, and values for the others that it needs."""
    needed = required_arguments(name, field)
    needed |= {argument: "$probe"}
    if argument == "before":
        needed["last"] = "1"
    chosen = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{name}({', '.join(f'{key}: {text}' for key, text in needed.items())}){chosen}"


def around(owner: str, inner: str) -> str:
    if owner == "Query":
        return inner
    if owner.endswith("Connection") or owner == "FeeYears":
        return around(*field_of_type(owner, inner))
    if isinstance(CORE.type_map[owner], GraphQLInterfaceType):
        return f'node(id: "City:vantaa") {{ ... on {owner} {{ {inner} }} }}'
    return f"{model.label(owner).plural}(first: 1) {{ nodes {{ {inner} }} }}"


def field_of_type(wanted: str, inner: str) -> tuple[str, str]:
    """A type with a field of the wanted type, and the field with `inner`."""
    for owner in ("Query", *(label.name for label in model.LABELS)):
        of = CORE.type_map[owner]
        assert isinstance(of, GraphQLObjectType)
        for name, field in of.fields.items():
            if get_named_type(field.type).name == wanted:
                needed = ", ".join(f"{key}: {text}" for key, text in required_arguments(name, field).items())
                return owner, f"{name}{f'({needed})' if needed else ''} {{ {inner} }}"
    raise AssertionError(f"no field leads to {wanted}")


def arguments() -> Iterator[tuple[str, str, GraphQLField, str]]:
    """Every argument that takes text: the type and the name of its field, the field, and its own name."""
    for owner, of in CORE.type_map.items():
        if isinstance(of, GraphQLObjectType | GraphQLInterfaceType) and not owner.startswith("__"):
            for name, field in of.fields.items():
                for argument, taken in field.args.items():
                    if takes_text(taken):
                        yield owner, name, field, argument


@pytest.mark.slow
@pytest.mark.usefixtures("unchanged")
async def test_arguments(client: httpx.AsyncClient) -> None:
    turn = itertools.cycle(PROBES)
    for owner, name, field, argument in arguments():
        taken = field.args[argument]
        query = f"query ($probe: {taken.type}) {{ {around(owner, field_with(name, field, argument))} }}"
        parsed = argument in PARSED
        for probe in itertools.islice(turn, 1 if parsed else len(PROBES) // 2):
            answer = await post(client, query, {"probe": argument_value(taken, probe)})
            assert not parsed or "errors" in answer, (query, probe)


# --- Conditions -------------------------------------------------------------------------------------


def text_filters() -> dict[str, list[str]]:
    """The inputs whose comparisons take text or an id, with these comparisons."""
    return {
        name: [
            comparison for comparison, field in of.fields.items() if get_named_type(field.type).name in ("String", "ID")
        ]
        for name, of in CORE.type_map.items()
        if isinstance(of, GraphQLInputObjectType) and name in ("TextFilter", "LocalisedFilter", "IdFilter")
    }


@pytest.mark.slow
@pytest.mark.usefixtures("unchanged")
async def test_conditions_on_texts(client: httpx.AsyncClient) -> None:
    """Not one of them holds of any node, so that one that broke out would be seen."""
    turn = itertools.cycle(PROBES)
    for label in model.LABELS:
        await conditions_on_texts(client, label.name, turn)


async def conditions_on_texts(client: httpx.AsyncClient, label: str, turn: Iterator[str]) -> None:
    where = CORE.type_map[f"{label}Where"]
    assert isinstance(where, GraphQLInputObjectType)
    comparisons = text_filters()
    properties = {
        name: kind for name, field in where.fields.items() if (kind := get_named_type(field.type).name) in comparisons
    }
    assert "id" in properties
    query = f"query ($where: {label}Where) {{ all: {model.label(label).plural}(where: $where) {{ totalCount }} }}"
    for name, kind in properties.items():
        fields = CORE.type_map[kind].fields
        is_code = name != "id" and has_format(model.label(label).property(name))
        for _ in range(3):
            some = [
                {
                    name: {
                        comparison: list(PROBES)
                        if is_list_type(get_nullable_type(fields[comparison].type))
                        else next(turn)
                    }
                }
                for comparison in comparisons[kind]
                if not (is_code and comparison in ("eq", "in"))
            ]
            answer = await post(client, query, {"where": {"or": some}})
            assert answer.get("data") == {"all": {"totalCount": 0}}, (label, name, answer)


def has_format(of: Property) -> bool:
    """Whether a value that is not in the format of a property, such as a country code, is refused."""
    try:
        check_format(of.name, PROBES[0])
    except InvalidValue:
        return True
    return False


@pytest.mark.parametrize("comparison", ["eq", "in"])
async def test_conditions_on_codes(client: httpx.AsyncClient, comparison: str) -> None:
    codes = [(label, of.name) for label in model.LABELS for of in label.properties if has_format(of)]
    assert len(codes) > 4
    for label, name in codes:
        query = f"query ($where: {label.name}Where) {{ {label.plural}(where: $where) {{ totalCount }} }}"
        for probe in PROBES:
            value = [probe] if comparison == "in" else probe
            answer = await post(client, query, {"where": {name: {comparison: value}}})
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_ARGUMENT"], answer


def path_to(wanted: str) -> tuple[str, str]:
    """A label and a field of its `where` of some input type."""
    for label in model.LABELS:
        where = CORE.type_map[f"{label.name}Where"]
        assert isinstance(where, GraphQLInputObjectType)
        for name, field in where.fields.items():
            if get_named_type(field.type).name == wanted:
                return label.name, name
    raise AssertionError(f"no condition leads to {wanted}")


def inputs() -> set[tuple[str, str]]:
    """Every field of an input that takes text."""
    return {
        (name, key)
        for name, of in CORE.type_map.items()
        if isinstance(of, GraphQLInputObjectType) and not of.is_one_of
        for key, field in of.fields.items()
        if takes_text(field)
    }


OTHERS = sorted(
    (kind, name)
    for kind, name in inputs()
    if name not in text_filters().get(kind, []) and kind not in ("GroupCondition", "GroupOrder", "Subset")
)


def refusal(of: Any) -> str:
    """The code of the error for a value of another type. Dates and decimal numbers have scalars of their own."""
    return "BAD_USER_INPUT" if get_named_type(of.type).name in ("Date", "Decimal") else "BAD_ARGUMENT"


@pytest.mark.parametrize("kind", ["GroupCondition", "GroupOrder"])
async def test_conditions_and_orders_of_groups(client: httpx.AsyncClient, kind: str) -> None:
    """Amounts and currencies are refused where they are none."""
    argument, measure = ("having", "of") if kind == "GroupCondition" else ("orderBy", "by")
    query = f"query ($given: [{kind}!]) {{ membershipTerms {{ groupBy(keys: [NETWORK], {argument}: $given) {{"
    query += " totalCount } } }"
    for name in sorted(name for of, name in inputs() if of == kind):
        beside = {measure: "ANNUAL_FEE", "currency": "EUR"} | ({"eq": "1"} if argument == "having" else {})
        for probe in PROBES:
            answer = await post(client, query, {"given": [{**beside, name: probe}]})
            code = refusal(CORE.type_map[kind].fields[name])
            assert [error["extensions"]["code"] for error in answer["errors"]] == [code], answer


@pytest.mark.parametrize(("kind", "name"), OTHERS)
async def test_other_conditions(client: httpx.AsyncClient, kind: str, name: str) -> None:
    """Dates, amounts and currencies are refused where they are none."""
    label, place = path_to(kind)
    of = CORE.type_map[kind]
    assert isinstance(of, GraphQLInputObjectType)
    query = f"query ($where: {label}Where) {{ {model.label(label).plural}(where: $where) {{ totalCount }} }}"
    for probe in PROBES:
        beside: dict[str, object] = {"eq": "1"} if name == "currency" else {}
        if name == "on":
            beside = {"in": []} if "in" in of.fields else {"some": {}}
        answer = await post(client, query, {"where": {place: {name: argument_value(of.fields[name], probe), **beside}}})
        assert [error["extensions"]["code"] for error in answer["errors"]] == [refusal(of.fields[name])], answer


@pytest.mark.slow
@pytest.mark.usefixtures("unchanged")
async def test_subsets_of_analyses(client: httpx.AsyncClient) -> None:
    """Ids and codes of countries that are none are refused."""
    query = "query ($subset: Subset) { centrality(measure: DEGREE, subset: $subset) { totalCount } }"
    names = sorted(name for kind, name in inputs() if kind == "Subset")
    assert {"countries", "ego", "theme"} <= set(names)
    for name in names:
        for probe in PROBES:
            given = argument_value(CORE.type_map["Subset"].fields[name], probe)
            answer = await post(client, query, {"subset": {name: given}})
            (error,) = answer["errors"]
            assert error["extensions"]["code"] in ("BAD_ARGUMENT", "UNKNOWN_ID"), (name, answer)


# --- Cursors that look right ------------------------------------------------------------------------


def decoded(cursor: str) -> list[Any]:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def encoded(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


ROOTS = [name for name, field in CORE.query_type.fields.items() if "after" in field.args]


@pytest.mark.slow
@pytest.mark.usefixtures("unchanged")
async def test_texts_in_cursors(client: httpx.AsyncClient) -> None:
    turn = itertools.cycle(PROBES[:-1])
    for root in ROOTS:
        await texts_in_cursors(client, root, turn)


async def texts_in_cursors(client: httpx.AsyncClient, name: str, turn: Iterator[str]) -> None:
    field = CORE.query_type.fields[name]
    plain = field_with(name, field, "after").replace("{ __typename }", "{ totalCount edges { cursor } }")
    query = f"query ($probe: String) {{ all: {plain} }}"
    answer = await post(client, query.replace("after:", "first: 1, after:"), {"probe": None})
    if not answer["data"]["all"]["edges"]:
        return
    parts = decoded(answer["data"]["all"]["edges"][0]["cursor"])
    for place in range(2, len(parts)):
        if isinstance(parts[place], str):
            forged = encoded([*parts[:place], next(turn), *parts[place + 1 :]])
            again = await post(client, query.replace("edges { cursor }", ""), {"probe": forged})
            assert "errors" in again or again["data"]["all"]["totalCount"] == answer["data"]["all"]["totalCount"]


# --- Texts that are none ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "query ($t: String!) { search(text: $t) { totalCount } }", "variables": {"t": "\\ud800"}}',
        b'{"query": "query ($t: String!) { search(text: $t) { totalCount } }", "variables": {"t": "\xed\xa0\x80"}}',
        rb'{"query": "{ search(text: \"\\uD800\") { totalCount } }"}',
        rb'{"query": "{ search(text: \"\\u{D800}\") { totalCount } }"}',
    ],
)
async def test_half_a_surrogate_is_no_text(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] in ("BAD_REQUEST", "GRAPHQL_PARSE_FAILED")
