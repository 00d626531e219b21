"""Names of the values of enums in three languages."""

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from api.graphql.schema import schema
from api.pages.language import reader_of
from api.translations.catalogue import LANGUAGES, Language
from graph.model import LABELS
from graph.questions.search import SEARCHED
from tests.api.conftest import Ask

CORE = schema._schema
QUERY = "query ($language: Language!) { displayNames(language: $language) { enum values { value name } } }"


@pytest.mark.parametrize(
    ("language", "standing"),
    [
        ("en", ["in force", "from an older source", "no source for over 15 years", "source only from a later time"]),
        (
            "fi",
            [
                "voimassa",
                "perustuu vanhempaan lähteeseen",
                "ei lähdettä yli 15 vuoteen",
                "lähde vasta myöhemmältä ajalta",
            ],
        ),
        ("sv", ["i kraft", "enligt äldre källa", "ingen källa på över 15 år", "källa först från en senare tid"]),
    ],
)
async def test_names_of_standings(ask: Ask, language: str, standing: list[str]) -> None:
    data = await ask(QUERY, language=language.upper())
    names = {enum["enum"]: enum["values"] for enum in data["displayNames"]}
    values = ["IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED", "ATTESTED_LATER"]
    expected = [{"value": value, "name": name} for value, name in zip(values, standing, strict=True)]
    assert names["Standing"] == expected


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_enum_of_facts_has_names_those_of_the_pages(ask: Ask, language: Language) -> None:
    returned = {
        get_named_type(field.type)
        for named in CORE.type_map.values()
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and not named.name.startswith("__")
        for field in named.fields.values()
    }
    arguments = {CORE.type_map[name] for name in ("CollaborationMode", "NetworkSide", "ProjectionWeight")}
    reader = reader_of(language)
    expected = {
        enum.name: [{"value": value, "name": reader.label(enum.name, value)} for value in enum.values]
        for enum in returned | arguments
        if isinstance(enum, GraphQLEnumType)
    }
    expected["SearchedType"] = [
        {"value": value, "name": reader.label("type", label.name)} for value, label in SEARCHED.items()
    ]
    data = await ask(QUERY, language=language.upper())
    *enums, fields, questions, types = data["displayNames"]
    assert [enum["enum"] for enum in enums] == sorted(expected)
    assert {enum["enum"]: enum["values"] for enum in enums} == expected
    assert (fields["enum"], questions["enum"], types["enum"]) == (
        "DataGap.field",
        "DataGap.questions",
        "Node.__typename",
    )
    assert [value["value"] for value in types["values"]] == sorted(label.name for label in LABELS)
    gaps = await ask('{ dataGaps(city: "City:vantaa", on: "2023-11-27") { field questions } }')
    for gap in gaps["dataGaps"]:
        assert gap["field"] in {value["value"] for value in fields["values"]}
        assert set(gap["questions"]) <= {value["value"] for value in questions["values"]}
    for value in (*fields["values"], *questions["values"], *types["values"]):
        assert value["name"]
    unnamed = {value["value"] for values in expected.values() for value in values if value["name"] == value["value"]}
    assert unnamed == {"BRIM"}  # the name of an algorithm
    assert all(value["name"] for values in expected.values() for value in values)
