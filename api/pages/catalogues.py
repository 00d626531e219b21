"""Collect the texts of all pages and the values of enums, and update the catalogues of translations.

`python -m api.pages.catalogues` adds the texts that a catalogue lacks, without a translation, and removes those that
are not used.
"""

import re
from collections.abc import Iterator
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from graphql import GraphQLObjectType, get_named_type, is_composite_type
from jinja2.ext import babel_extract
from strawberry.utils.str_converters import to_camel_case

from api.graphql.display_names import output_enums
from api.graphql.errors import CODES
from api.graphql.schema import schema
from api.pages.page import FOLDER as PAGES
from api.pages.page import load_pages
from api.translations.catalogue import FOLDER, LANGUAGES, Language, read_catalogue
from graph.registry import QUESTIONS

__all__ = ["Key", "new_catalogue", "texts"]

Key = tuple[str | None, str | tuple[str, ...]]
"""A context and a text. The text is English and its context is None, or it is a code, such as the name of an enum
value. A pair of texts is singular and plural."""

_OPTIONS: Final = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_KEYWORDS: Final = ("gettext", "ngettext")
_WITHOUT_LABEL: Final = frozenset({"id", "name", "relationships"})
"""Fields of nodes for whose names no page shows a label."""


def texts() -> Iterator[Key]:
    """Collect the texts of the templates, the code words that they may show, and the values of enums."""
    for path in sorted(PAGES.rglob("*.*")):
        if path.suffix in (".html", ".csv", ".ics"):
            with path.open("rb") as file:
                for _, _, message, _ in babel_extract(file, _KEYWORDS, (), dict(_OPTIONS)):
                    parts = [message] if isinstance(message, str) else [part for part in message or () if part]
                    yield None, parts[0] if len(parts) == 1 else tuple(parts)
    types = schema._schema.type_map  # pyright: ignore[reportPrivateUsage]  (no public name)
    pages = load_pages(schema._schema).values()  # pyright: ignore[reportPrivateUsage]
    selected = {name for page in pages for name in re.findall(r"\w+", page.document)}
    for named in types.values():
        if isinstance(named, GraphQLObjectType) and any(interface.name == "Node" for interface in named.interfaces):
            yield "type", named.name
            for name, field in named.fields.items():
                # `relationships` contains every field that is a node or a list of nodes.
                shown = name in selected or is_composite_type(get_named_type(field.type))
                if shown and name not in _WITHOUT_LABEL and not name.startswith("localised"):
                    yield "field", name
    for enum in output_enums(schema._schema):  # pyright: ignore[reportPrivateUsage]
        yield from ((enum.name, value) for value in enum.values)
    yield from (("error", code.name) for code in CODES)
    yield from (("question", to_camel_case(name)) for name in QUESTIONS)


def new_catalogue(language: Language) -> Catalog:
    """Return the catalogue of a language with exactly the texts that are used.

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
