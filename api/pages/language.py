"""Choose the language of a page, and translate its texts with the catalogues in `api/translations/`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final, cast

from babel import Locale
from babel.messages.mofile import write_mo
from babel.support import Translations

from api.graphql.http.negotiation import parse_weighted
from api.translations.catalogue import LANGUAGES, Language, read_catalogue

__all__ = ["Reader", "choose_language", "reader_of"]

_DEFAULT: Final[Language] = "en"


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """The language, locale and translations in which a page is rendered for the person who reads it."""

    language: Language
    locale: Locale
    translations: Translations

    def label(self, context: str, code: str) -> str:
        """Return the name under which a code, such as an enum value, is shown in the reader's language.

        `context` states what the code is: the name of its enum, or `field`, `type`, `error` or `question`.
        """
        return cast("Callable[[str, str], str]", self.translations.pgettext)(context, code)


@cache
def reader_of(language: Language) -> Reader:
    """Return the Reader for a language, with the translations from the catalogue of the language."""
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Reader(language, Locale.parse(LANGUAGES[language]), Translations(compiled))


def choose_language(requested: str | None, accepted: str) -> Language:
    """Return the requested language. If pages do not support it, return the language that the browser prefers.

    `accepted` is the value of the browser's header Accept-Language. If pages support none of the browser's languages,
    the result is English.
    """
    if requested in LANGUAGES:
        return requested
    tags = {tag.split("-")[0]: quality for tag, quality in reversed(parse_weighted(accepted)) if quality > 0}
    offered: list[Language] = [language for language in LANGUAGES if tags.get(language)]
    order = list(reversed(tags))
    offered.sort(key=lambda language: (-tags[language], order.index(language)))
    return offered[0] if offered else _DEFAULT
