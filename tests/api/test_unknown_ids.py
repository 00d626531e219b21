"""Check that every root field and every argument that takes an id reports an unknown id in the same way."""

import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import GraphQLInputObjectType, GraphQLScalarType, get_named_type, get_nullable_type, is_list_type
from strawberry.utils.str_converters import to_camel_case

from api.graphql.schema import schema
from graph import model
from graph.errors import StoreTimeout
from graph.questions.declaration import arguments_of
from graph.registry import QUESTIONS
from graph.search import NameIndex, NameIndexReader, nearest_ids
from graph.store import Statement, Store
from tests.questions.examples import literals
from tests.statements import observed_statements

ROOT_FIELDS = schema._schema.query_type.fields
DECLARED = {to_camel_case(question.name): question for question in QUESTIONS.values()}


def takes_id(type_: object) -> bool:
    named = get_named_type(type_)
    return isinstance(named, GraphQLScalarType) and named.name == "ID"


def all_id_arguments() -> Iterator[tuple[str, str, object]]:
    """Yield every argument of a root field that takes ids, as (field, argument, type).

    A field of an input object, such as a subset, is written `argument.field`.
    """
    for name, field in ROOT_FIELDS.items():
        for key, argument in field.args.items():
            named = get_named_type(argument.type)
            if takes_id(named):
                yield name, key, get_nullable_type(argument.type)
            elif isinstance(named, GraphQLInputObjectType):
                yield from (
                    (name, f"{key}.{member}", of.type) for member, of in named.fields.items() if takes_id(of.type)
                )


SUBSETS = [name for name, field in ROOT_FIELDS.items() if "subset" in field.args]
ID_LISTS = {
    ("nodes", "ids"),
    ("networkPortfolio", "themes"),
    *(
        (name, f"subset.{verb}{nodes}")
        for name in SUBSETS
        for nodes in ("Cities", "Networks")
        for verb in ("include", "exclude")
    ),
}


def id_arguments() -> list[tuple[str, str]]:
    return [(name, key) for name, key, type_ in all_id_arguments() if not is_list_type(type_)]


def declared_ids(name: str) -> dict[str, tuple[str, ...]]:
    """Return the labels of the ids that each argument of a question accepts, also those in input objects."""
    return dict(_declared_ids(DECLARED[name].arguments))


def _declared_ids(arguments: type) -> Iterator[tuple[str, tuple[str, ...]]]:
    for of in arguments_of(arguments):
        name = to_camel_case(of.public_name)
        if of.id is not None:
            yield name if of.one_of is None else f"{of.one_of.name}.{name}", of.id.labels
        elif of.nested:
            yield from ((f"{name}.{member}", labels) for member, labels in _declared_ids(of.value_type))


def labels(name: str, key: str) -> tuple[str, ...]:
    """Return the labels of the ids that an argument accepts."""
    if name in DECLARED:
        return declared_ids(name)[key]
    return tuple(label.name for label in model.LABELS if name in ("node", label.singular))


def arguments(name: str, key: str, node_id: str) -> dict[str, str]:
    """Return the arguments of the question's example, with the id in the place of one of them."""
    example = literals(DECLARED[name], DECLARED[name].examples[0]) if name in DECLARED else {}
    argument, _, member = key.partition(".")
    return example | {argument: f'{{{member}: "{node_id}"}}' if member else f'"{node_id}"'}


def field(name: str, given: dict[str, str]) -> str:
    return f"{name}({', '.join(f'{key}: {value}' for key, value in given.items())}) {{ __typename }}"


def call(name: str, given: dict[str, str]) -> str:
    return f'{{ {field(name, given)} known: city(id: "City:vantaa") {{ id }} }}'


async def post(client: httpx.AsyncClient, query: str) -> dict[str, Any]:
    body = (await client.post("/graphql", json={"query": query})).json()
    del body["extensions"]  # the cost
    for error in body.get("errors", ()):
        del error["locations"], error["extensions"]["requestId"]
    return body


async def first_id(store: Store, label: str) -> str | None:
    statement = Statement.of_text("test/first-id", f"MATCH (n:{label}) RETURN min(n.id) AS id")
    (row,) = await store.read(statement)
    return row["id"]  # type: ignore[return-value]


def unknown(key: str, node_id: str, hint: str) -> dict[str, Any]:
    return {
        "message": f"no node has the id '{node_id}'",
        "path": [key],
        "extensions": {"code": "UNKNOWN_ID", "hint": f"{hint}`search` finds ids by any name"},
    }


def test_every_id_is_an_argument_of_these_tests() -> None:
    """Lists of ids are those below, and every declared id of a question is tested."""
    assert {(name, key) for name, key, type_ in all_id_arguments() if is_list_type(type_)} == ID_LISTS
    declared = {(name, key) for name in DECLARED for key in declared_ids(name)}
    assert declared == {(name, key) for name, key in (*id_arguments(), *ID_LISTS) if name in DECLARED}
    assert {("themeCoverage", "of.scheme"), ("twoModeNetwork", "subset.ego")} <= declared


def test_root_fields_are_nullable() -> None:
    assert [name for name, field in ROOT_FIELDS.items() if str(field.type).endswith("!")] == []


@pytest.mark.parametrize(("name", "key"), id_arguments())
async def test_unknown_ids(client: httpx.AsyncClient, seeded_store: Store, name: str, key: str) -> None:
    """Each field is null, and the field beside them answers.

    The errors suggest the ids nearest to a misspelt one. An id without a label is unknown, and one of another label is
    an invalid argument.
    """
    possible = labels(name, key)
    existing = await first_id(seeded_store, possible[0])
    misspelt = f"{existing or f'{possible[0]}:none'}x"
    given = {"misspelt": misspelt, "unlabelled": "no-such-node-at-all"}
    if name != "node":
        given["other"] = next(f"{label.name}:x" for label in model.LABELS if label.name not in possible)
    fields = [f"{alias}: {field(name, arguments(name, key, node_id))}" for alias, node_id in given.items()]
    body = await post(client, f'{{ {" ".join(fields)} known: city(id: "City:vantaa") {{ id }} }}')
    assert body["data"] == {**dict.fromkeys(given), "known": {"id": "City:vantaa"}}
    errors = {error["path"][0]: error for error in body["errors"]}
    assert len(errors) == len(body["errors"]) == len(given)
    hint: str = errors["misspelt"]["extensions"]["hint"]
    if existing is None:
        assert hint.startswith("ids look like City:vantaa; ")
    else:
        assert hint.startswith("did you mean ")
        assert existing in hint.removeprefix("did you mean ").partition("?")[0].split(" or ")
    hint = hint.removesuffix("`search` finds ids by any name")
    assert errors["misspelt"] == unknown("misspelt", misspelt, hint)
    assert errors["unlabelled"] == unknown("unlabelled", given["unlabelled"], "ids look like City:vantaa; ")
    if "other" in given:
        assert errors["other"]["extensions"]["code"] == "BAD_ARGUMENT"


@pytest.mark.parametrize(("name", "key"), sorted(argument for argument in ID_LISTS if argument[0] != "nodes"))
async def test_an_unknown_id_in_a_list(client: httpx.AsyncClient, seeded_store: Store, name: str, key: str) -> None:
    label = labels(name, key)[0]
    existing = await first_id(seeded_store, label)
    body = await post(client, call(name, arguments(name, key, "District:x")))
    assert body["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT"
    body = await post(client, call(name, arguments(name, key, f"{existing}x")))
    assert body["errors"][0]["message"] == f"no node has the id '{existing}x'"
    assert body["errors"][0]["extensions"]["code"] == "UNKNOWN_ID"
    assert body["data"] == {name: None, "known": {"id": "City:vantaa"}}


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        ("vantaa", "City:vantaa"),
        ("city:Vantaa", "City:vantaa"),
        ("City:vanta", "City:vantaa"),
        ("City:hels", "City:helsinki"),
        ("City:helsinky", "City:helsinki"),
        ("City:vnataa", "City:vantaa"),
        ("City:ehlsinki", "City:helsinki"),
        ("City:copenhaguen", "City:copenhagen"),
    ],
)
async def test_nearest_id_comes_first(client: httpx.AsyncClient, given: str, suggested: str) -> None:
    for name in ("city", "node"):
        body = await post(client, call(name, arguments(name, "id", given)))
        assert body["errors"][0]["extensions"]["hint"].startswith(f"did you mean {suggested}")


async def test_nearest_names_contain_the_words_of_the_unknown_id(client: httpx.AsyncClient) -> None:
    body = await post(client, '{ theme(id: "Theme:safety") { id } }')
    hint: str = body["errors"][0]["extensions"]["hint"]
    suggested = hint.removeprefix("did you mean ").partition("?")[0].split(" or ")
    assert suggested[0] == "Theme:sto3-everyday-life-and-housing"  # Safety in everyday life and housing
    assert set(suggested[1:]) == {"Theme:vantaa-overall-safety", "Theme:sto3-young-people"}


async def test_lists_of_ids_are_null_at_the_position_of_an_unknown_id(client: httpx.AsyncClient) -> None:
    ids = '["City:vantaa", "City:helsinky", "Network:eccar", "nonsense", "City:helsinky"]'
    body = await post(client, f"{{ nodes(ids: {ids}) {{ id }} }}")
    assert body["data"] == {"nodes": [{"id": "City:vantaa"}, None, {"id": "Network:eccar"}, None, None]}
    assert [(error["path"], error["message"]) for error in body["errors"]] == [
        (["nodes", 1], "no node has the id 'City:helsinky'"),
        (["nodes", 3], "no node has the id 'nonsense'"),
        (["nodes", 4], "no node has the id 'City:helsinky'"),
    ]
    assert {error["extensions"]["code"] for error in body["errors"]} == {"UNKNOWN_ID"}


async def test_a_long_id_is_not_compared_and_is_shortened(client: httpx.AsyncClient, seeded_store: Store) -> None:
    names: list[str] = []
    seeded_store.observers.append(lambda name, _text: names.append(name))
    try:
        body = await post(client, f'{{ city(id: "City:{"vantaa" * 1_000}") {{ id }} }}')
    finally:
        seeded_store.observers.pop()
    (error,) = body["errors"]
    assert error["message"] == f"no node has the id '{('City:' + 'vantaa' * 1_000)[:79]}…'"
    assert "did you mean" not in error["extensions"]["hint"]
    assert names == ["traversal/fetch"]


async def test_the_suggestions_take_one_statement(client: httpx.AsyncClient, seeded_store: Store) -> None:
    ids = ", ".join(f'"City:none-{number}"' for number in range(20))
    await post(client, f"{{ nodes(ids: [{ids}]) {{ id }} }}")  # reads the names
    with observed_statements(seeded_store) as names:
        await post(client, f"{{ nodes(ids: [{ids}]) {{ __typename }} }}")
    assert names == ["traversal/fetch", "nearest_ids"]


def searched_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the text of every later search of names is added."""
    texts: list[str] = []
    search = NameIndex.search

    def observe(index: NameIndex, text: str, *arguments: Any) -> Any:
        texts.append(text)
        return search(index, text, *arguments)

    monkeypatch.setattr(NameIndex, "search", observe)
    return texts


async def test_a_root_field_searches_names_for_its_first_unknown_id(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = searched_texts(monkeypatch)
    ids = ", ".join(f'"City:none-{name}"' for name in ("a", "b", "c"))
    body = await post(client, f'{{ nodes(ids: ["City:vantaa", "Membership:none", {ids}]) {{ id }} }}')
    assert body["data"] == {"nodes": [{"id": "City:vantaa"}, None, None, None, None]}
    assert texts == ["none a"]  # memberships have no names to search


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("xq-" * 66, "xq"),
        ("-".join(f"xq{number}" for number in range(40)), "xq0 xq1 xq2 xq3 xq4 xq5 xq6 xq7"),
        (f"xq-{'z' * 190}", f"xq {'z' * 77}"),
    ],
    ids=("repeated words", "many words", "a long word"),
)
async def test_few_words_of_an_unknown_id_are_searched(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, slug: str, text: str
) -> None:
    texts = searched_texts(monkeypatch)
    body = await post(client, f'{{ theme(id: "Theme:{slug}") {{ id }} }}')
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNKNOWN_ID"]
    assert texts == ([text] if len(text) >= 3 else [])


@pytest.mark.parametrize("broken", ["names", "statement"])
async def test_an_id_is_unknown_even_if_similar_ids_cannot_be_read(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    if broken == "names":

        async def current(_names: NameIndexReader) -> NameIndex:
            raise StoreTimeout("the names took too long")

        monkeypatch.setattr(NameIndexReader, "current", current)
    else:
        failing = Statement.of_text("nearest_ids", "RETURN nothing")
        monkeypatch.setattr(sys.modules[nearest_ids.__module__], "_statement", lambda _labels: failing)
    for query in (
        '{ city(id: "City:none-a") { id } }',
        call("peerCities", arguments("peerCities", "city", "City:none-a")),
    ):
        (error,) = (await post(client, query))["errors"]
        assert error == unknown(error["path"][0], "City:none-a", "ids look like City:vantaa; ")
