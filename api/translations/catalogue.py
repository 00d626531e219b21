"""Read the catalogues of translations.

English is the language of the code. The catalogues contain the texts of the pages and reports in Finnish and Swedish.
In all three languages they contain display names of codes: enum values, error codes, and names of fields, types and
questions. The context of an enum value (gettext's `msgctxt`) is the name of its enum.
"""

from pathlib import Path
from typing import Final, Literal

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

__all__ = ["FOLDER", "LANGUAGES", "Language", "read_catalogue"]

Language = Literal["fi", "sv", "en"]

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final[dict[Language, str]] = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
"""The locale of each language. Its formats are used for numbers, money and dates."""


def read_catalogue(language: Language) -> Catalog:
    """Read the catalogue of a language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
