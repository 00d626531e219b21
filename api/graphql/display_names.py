"""Define the root field `displayNames`, which returns the names of enum values in three languages."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, cast

import strawberry
from babel.messages.catalog import Catalog
from graphql import GraphQLEnumType, GraphQLSchema, is_introspection_type

from api.graphql.context import Context
from api.graphql.fields import argument
from api.graphql.root_fields import RootField
from api.graphql.scalars import LanguageEnum
from api.graphql.selection import SelectedField, SelectionReader
from api.translations.catalogue import Language, read_catalogue
from graph.questions.search import SEARCHED, SearchedType

__all__ = ["catalogue_key", "display_names_field", "named_enums"]


_FIELDS: Final = {"DataGap.field": "field", "DataGap.questions": "question", "Node.__typename": "type"}
"""Fields of the API whose values are names of other fields, of questions (named queries) or of types.

Pages show a display name in place of such a value. The display names are in the catalogues of translations, under a
context (`msgctxt`). The dict maps each field to this context.
"""


@strawberry.type(description="A value of an enum.")
class EnumValueName:
    value: str = strawberry.field(description="Value, such as IN_FORCE.")
    name: str = strawberry.field(description='Name to display, such as "in force".')


@strawberry.type(description="An enum and the names of its values, or a field of texts and their names.")
class EnumNames:
    enum: str = strawberry.field(
        description="Enum, such as Standing, or field, such as DataGap.field or Node.__typename."
    )
    values: list[EnumValueName] = strawberry.field(description="Its values, in the order of the enum.")


_UNNAMED: Final = ("OrderField", "OrderDirection", "GroupingKey", "GroupMeasure")
"""Suffixes of the names of enums whose values have no display names.

The values of these enums are, for example, sort keys and group keys.
"""


def named_enums(schema: GraphQLSchema) -> Sequence[GraphQLEnumType]:
    """Return the enums whose values have display names, sorted by name."""
    types = (schema.type_map[name] for name in sorted(schema.type_map) if not name.endswith(_UNNAMED))
    return [named for named in types if isinstance(named, GraphQLEnumType) and not is_introspection_type(named)]


def catalogue_key(enum: str, value: str) -> tuple[str, str]:
    """Return the key of an enum value in the catalogues of translations: a context and a text."""
    return ("type", SEARCHED[value].name) if enum == SearchedType.__name__ else (enum, value)


@cache
def _names(schema: GraphQLSchema, language: Language) -> Sequence[Mapping[str, object]]:
    catalogue = read_catalogue(language)

    def name(enum: str, value: str) -> str:
        context, text = catalogue_key(enum, value)
        message = catalogue.get(text, context)
        assert message is not None, f"{language}.po has no name of {enum}.{value}: run make translations"
        return cast("str", message.string)

    enums = {
        enum.name: [{"value": value, "name": name(enum.name, value)} for value in enum.values]
        for enum in named_enums(schema)
    }
    fields = {
        field: [{"value": value, "name": text} for value, text in sorted(_texts(catalogue, context))]
        for field, context in _FIELDS.items()
    }
    return [{"enum": of, "values": values} for of, values in (enums | fields).items()]


def _texts(catalogue: Catalog, context: str) -> Iterator[tuple[str, str]]:
    """Yield a (code, display name) pair for each entry of the catalogue of translations that has the context `context`.

    A code is, for example, the name of a field.
    """
    for message in catalogue:
        if message.context == context:
            yield str(message.id), str(message.string)


async def _answer(reader: SelectionReader, chosen: SelectedField, _context: Context) -> object:
    assert chosen.language is not None
    return _names(reader.schema, cast("Language", chosen.language.name.lower()))


def display_names_field() -> RootField:
    """Build the root field `displayNames`, which returns the names of enum values in a language."""
    text = (
        "Names of the values of enums, except sort keys, group keys and measures; of types; and of the fields and "
        "questions in `dataGaps`."
    )
    language = argument("language", LanguageEnum)
    return RootField("displayNames", list[EnumNames] | None, text, _answer, [language])
