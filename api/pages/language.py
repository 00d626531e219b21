"""Choose the language of a page, and translate its texts.

English is the language of the templates. The catalogues in `translations/` contain the other languages, and in all
three languages the labels of code words: values of enumerations, names of fields and types, error codes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, cast

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from api.graphql.http.negotiation import parse_weighted

__all__ = ["FOLDER", "LANGUAGES", "Language", "Reader", "choose_language", "read_catalogue", "reader_of"]

Language = Literal["fi", "sv", "en"]

FOLDER: Final = Path(__file__).parent / "translations"
LANGUAGES: Final[dict[Language, str]] = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
"""The locale of each language. Its formats are used for numbers, money and dates."""
_DEFAULT: Final[Language] = "en"


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads a page: a language, its formats and its texts."""

    language: Language
    locale: Locale
    translations: Translations

    def label(self, context: str, code: str) -> str:
        """Return the text for a code word. `context` is an enumeration, or `field`, `type` or `error`."""
        return cast("Callable[[str, str], str]", self.translations.pgettext)(context, code)


@cache
def reader_of(language: Language) -> Reader:
    """Return the reader of a language."""
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Reader(language, Locale.parse(LANGUAGES[language]), Translations(compiled))


def read_catalogue(language: Language) -> Catalog:
    """Read the catalogue of a language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def choose_language(requested: str | None, accepted: str) -> Language:
    """Return the requested language, else the one that the browser prefers. `accepted` is an Accept-Language header."""
    if requested in LANGUAGES:
        return requested
    tags = {tag.split("-")[0]: quality for tag, quality in reversed(parse_weighted(accepted)) if quality > 0}
    offered: list[Language] = [language for language in LANGUAGES if tags.get(language)]
    order = list(reversed(tags))
    offered.sort(key=lambda language: (-tags[language], order.index(language)))
    return offered[0] if offered else _DEFAULT
