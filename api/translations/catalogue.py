"""Read the catalogues of translations.

The texts in the code are in English. The catalogues contain their translations into Finnish and Swedish. In all three
languages, the catalogues also contain the display names of codes. Codes are enum values, error codes, and names of
fields, types and questions (named queries). The context (gettext's `msgctxt`) of an enum value is the name of its enum.
"""

from pathlib import Path
from typing import Final, Literal

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

__all__ = ["FOLDER", "LANGUAGES", "Language", "read_catalogue"]

Language = Literal["fi", "sv", "en"]

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final[dict[Language, str]] = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
"""The locale of each language. It determines the formats of numbers, money and dates."""


def read_catalogue(language: Language) -> Catalog:
    """Read the catalogue of a language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
