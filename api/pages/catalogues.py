"""Update the catalogues of translations from the texts of the pages: `python -m api.pages.catalogues`.

Texts that a catalogue lacks are added with an empty translation. Texts that no page uses are removed.
"""

import re
from collections.abc import Iterator
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from jinja2.ext import babel_extract
from strawberry.utils.str_converters import to_camel_case

from api.graphql.errors import CODES
from api.graphql.schema import schema
from api.pages.language import FOLDER, LANGUAGES, Language, read_catalogue
from api.pages.page import FOLDER as PAGES
from api.pages.page import load_pages
from api.pages.values import Leaf, Plan
from graph.registry import QUESTIONS

__all__ = ["Key", "new_catalogue", "texts"]

Key = tuple[str | None, str | tuple[str, ...]]
"""A context and a text. The text is English and its context is None, or it is a code, such as the name of an enum
value. A pair of texts is singular and plural."""

_OPTIONS: Final = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_KEYWORDS: Final = ("gettext", "ngettext")
_WITHOUT_LABEL: Final = frozenset({"id", "name", "localisedName", "relationships"})
"""Fields of nodes for whose names no page shows a label."""


def texts() -> Iterator[Key]:
    """Yield the texts of the templates, and the codes for which pages can show labels."""
    for path in sorted(PAGES.rglob("*.*")):
        if path.suffix in (".html", ".csv", ".ics"):
            with path.open("rb") as file:
                for _, _, message, _ in babel_extract(file, _KEYWORDS, (), dict(_OPTIONS)):
                    parts = [message] if isinstance(message, str) else [part for part in message or () if part]
                    yield None, parts[0] if len(parts) == 1 else tuple(parts)
    types = schema._schema.type_map  # pyright: ignore[reportPrivateUsage]  (no public name)
    pages = load_pages(schema._schema).values()  # pyright: ignore[reportPrivateUsage]
    enumerations = {name for page in pages for name in _enumerations(page.plan)}
    selected = {name for page in pages for name in re.findall(r"\w+", page.document)}
    for named in types.values():
        if isinstance(named, GraphQLEnumType) and named.name in (*enumerations, "DateBound"):
            yield from ((named.name, value) for value in named.values)
        elif isinstance(named, GraphQLObjectType) and any(interface.name == "Node" for interface in named.interfaces):
            yield "type", named.name
            for name, field in named.fields.items():
                # `relationships` contains every field that is a node or a list of nodes.
                shown = name in selected or isinstance(get_named_type(field.type), GraphQLObjectType)
                if shown and name not in _WITHOUT_LABEL:
                    yield "field", name
    yield from (("error", code.name) for code in CODES)
    yield from (("question", to_camel_case(name)) for name in QUESTIONS)


def _enumerations(plan: Plan) -> Iterator[str]:
    for part in plan.values():
        if not isinstance(part, Leaf):
            yield from _enumerations(part)
        elif part.enumeration is not None:
            yield part.enumeration


def new_catalogue(language: Language) -> Catalog:
    """Return the catalogue of a language with exactly the texts that the pages use.

    The English catalogue contains only labels of codes, because the templates are in English.
    """
    old = read_catalogue(language)
    new = Catalog(locale=language)
    for context, message in sorted(set(texts()), key=lambda key: (key[0] or "", str(key[1]))):
        if language == "en" and context is None:
            continue
        first = message if isinstance(message, str) else message[0]
        found = old.get(first, context)
        new.add(message, found.string if found else None, context=context)
    return new


def main() -> None:
    for language in LANGUAGES:
        catalogue = new_catalogue(language)
        with (FOLDER / f"{language}.po").open("wb") as file:
            write_po(file, catalogue, width=0, omit_header=True)


if __name__ == "__main__":
    main()
