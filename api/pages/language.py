"""Choose the language of a page, and translate its texts.

The templates are in English. The catalogues in `translations/` contain the Finnish and Swedish translations. They also
contain, in all three languages, the labels of codes: enum values, names of fields and types, and error codes.
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
"""The locale of each language. Numbers, money and dates are formatted for this locale."""
_DEFAULT: Final[Language] = "en"


@dataclass(frozen=True, slots=True)
class Reader:
    """The language, locale and translations in which a page is rendered for its reader."""

    language: Language
    locale: Locale
    translations: Translations

    def label(self, context: str, code: str) -> str:
        """Return the label of a code, such as an enum value, in the reader's language.

        `context` is the name of an enum, or `field`, `type`, `error` or `question`.
        """
        return cast("Callable[[str, str], str]", self.translations.pgettext)(context, code)


@cache
def reader_of(language: Language) -> Reader:
    """Return the Reader for a language, with the translations from the language's catalogue."""
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Reader(language, Locale.parse(LANGUAGES[language]), Translations(compiled))


def read_catalogue(language: Language) -> Catalog:
    """Read the catalogue of a language from its file in `translations/`."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def choose_language(requested: str | None, accepted: str) -> Language:
    """Return the requested language if pages support it, otherwise the language that the browser prefers.

    `accepted` is an Accept-Language header. The default is English.
    """
    if requested in LANGUAGES:
        return requested
    tags = {tag.split("-")[0]: quality for tag, quality in reversed(parse_weighted(accepted)) if quality > 0}
    offered: list[Language] = [language for language in LANGUAGES if tags.get(language)]
    order = list(reversed(tags))
    offered.sort(key=lambda language: (-tags[language], order.index(language)))
    return offered[0] if offered else _DEFAULT
