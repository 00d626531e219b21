"""Collect the texts that need translations, and update the catalogues of translations.

The texts are those of all pages and reports, and the names of enum values. `python -m api.pages.catalogues` adds new
texts to the catalogues, with an empty translation, and removes texts that are no longer used.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, cast

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, is_composite_type
from jinja2.ext import babel_extract
from strawberry.utils.str_converters import to_camel_case

from api.graphql.display_names import catalogue_key, named_enums
from api.graphql.errors import CODES
from api.graphql.schema import schema
from api.pages.citations import LOCATORS
from api.pages.page import FOLDER as PAGES
from api.pages.page import load_pages
from api.translations.catalogue import FOLDER, LANGUAGES, Language, read_catalogue
from graph.analysis.measures import definitions
from graph.questions.declaration import Question, arguments_of, fields_of
from graph.questions.report_declaration import QuestionReport
from graph.registry import QUESTIONS
from graph.reports.formats.cell_text import NO_SEED
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CollaborationMode,
    CommunityMethod,
    NetworkSide,
    NullModel,
    ProjectionWeight,
)

__all__ = ["Key", "new_catalogue", "texts"]

Key = tuple[str | None, str | tuple[str, ...]]
"""The key of an entry in a catalogue of translations: a context and a text.

If the text is English, the context is None. If the text is a code, such as the name of an enum value, the context is,
for example, the name of the enum. Instead of one text, the key can contain a tuple: the text in the singular and the
text in the plural.
"""

_OPTIONS: Final = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_KEYWORDS: Final = ("gettext", "ngettext")
_READ_ARGUMENTS: Final[dict[str, frozenset[int | str]]] = {
    "message": frozenset({0, 1}),
    "Message.of": frozenset({1, 2}),
    "Column": frozenset({1, 3, 4, "title", "note", "absent"}),
    "Table": frozenset({1, 5, "title", "note"}),
    "Bars": frozenset({0, 1, 4, 5, "title", "unit", "note", "absent"}),
    "Lines": frozenset({0, 1, 4, "title", "unit", "note"}),
}
"""A dict from the name of a function to those of its arguments that are texts to translate.

It contains the functions to which `graph` passes texts of reports. An argument is given by its position or its name.
"""
_REPORT_VOCABULARIES: Final = (
    CentralityMeasure,
    CentralityNormalisation,
    CollaborationMode,
    CommunityMethod,
    NetworkSide,
    ProjectionWeight,
)
_PROVENANCE: Final = ("Command", "Origin", "Graph revision", "Data (SHA-256)", "Seed", "Cite as", "Versions", NO_SEED)
_WITHOUT_LABEL: Final = frozenset({"id", "name", "relationships", "support"})
"""Fields of nodes for which the catalogues contain no display name, because pages never show one for them.

Fields that return localised texts need no display name either. They are excluded elsewhere.
"""


@cache
def texts() -> tuple[Key, ...]:
    """Return the keys of all texts in templates and reports, and of all codes that templates and reports can show.

    The codes are enum values, names of types, fields and questions (named queries), and error codes.
    """
    return tuple(_texts())


def _texts() -> Iterator[Key]:
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
                type_ = cast("GraphQLNamedType", get_named_type(field.type))
                is_label = type_.name != "LocalisedText" and name not in _WITHOUT_LABEL
                if is_label and (name in selected or is_composite_type(type_)):
                    yield "field", name
    for enum in named_enums(schema._schema):  # pyright: ignore[reportPrivateUsage]
        yield from (catalogue_key(enum.name, value) for value in enum.values)
    yield from (("error", code.name) for code in CODES)
    yield from (("locator", name) for name in LOCATORS.values())
    yield from (("question", to_camel_case(name)) for name in QUESTIONS)
    yield from _report_texts()


def _report_texts() -> Iterator[Key]:
    for path in sorted(FOLDER.parents[1].glob("graph/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in _READ_ARGUMENTS:
                yield from _texts_of_call(name, node)
    for definition in (*definitions(two_mode=True), *definitions(two_mode=False)):
        yield from ((None, definition.formula), (None, definition.scale))
    for vocabulary in (*_REPORT_VOCABULARIES, NullModel):
        yield from ((vocabulary.__name__, member.name) for member in vocabulary)
    yield from ((None, model.description) for model in NullModel)
    yield from ((None, name) for name in ("no", "yes", *_PROVENANCE))
    for question in QUESTIONS.values():
        if question.report is not None:
            yield from _question_texts(question, question.report)


def _texts_of_call(name: str, call: ast.Call) -> Iterator[Key]:
    """Yield the texts that the arguments of a function call contain as constants.

    `_READ_ARGUMENTS` states, for each function, which arguments can be texts.
    """
    read = _READ_ARGUMENTS[name]
    if any(keyword.arg == "is_technical" for keyword in call.keywords):
        return
    found = [argument for place, argument in enumerate(call.args) if place in read]
    found += [keyword.value for keyword in call.keywords if keyword.arg in read]
    constants = [part.value for part in found if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if name.startswith(("message", "Message")) and len(constants) > 1:
        yield None, tuple(constants)
    else:
        yield from ((None, text) for text in constants if _has_words(text))


def _question_texts(question: Question[Any, Any], report: QuestionReport) -> Iterator[Key]:
    texts = [report.title, report.summary, report.network and report.network.title]
    texts += () if callable(report.notes) else report.notes
    texts += (argument.public_name.replace("_", " ") for argument in arguments_of(question.arguments))
    for table in report.tables:
        texts += (table.title, table.note)
        for field in fields_of(table.row or question.row):
            if field.column is not None and not field.column.is_technical:
                texts += (field.column.title, field.column.note, field.column.absent)
            if field.vocabulary is not None:
                yield from ((field.vocabulary.__name__, member.name) for member in field.vocabulary)
    yield from ((None, str(text)) for text in texts if isinstance(text, str) and _has_words(text))


def _has_words(text: str) -> bool:
    return re.search(r"[^\W\d_]", re.sub(r"\{[^}]*\}", "", text)) is not None


def new_catalogue(language: Language) -> Catalog:
    """Return a new catalogue for a language. Texts that are no longer used are left out.

    New texts have no translation. The other texts keep the translation of the current catalogue. The English catalogue
    contains only the display names of codes, because all other texts are already English.
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
