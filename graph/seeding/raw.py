"""What YAML and CSV have in common: texts, lists and mappings that know where they stand, before any meaning."""

from dataclasses import dataclass

from graph.errors import Fault
from graph.seeding.facts import Place

__all__ = ["Blank", "FileFault", "Listing", "Mapping", "Raw", "Text", "decoded"]


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing: an empty cell, a key without a value."""

    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    items: "tuple[Raw, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: "tuple[tuple[Text, Raw], ...]"
    place: Place


Raw = Blank | Text | Listing | Mapping


class FileFault(Exception):
    """A file cannot be read any further; `fault` says where and why."""

    def __init__(self, place: Place, message: str, hint: str) -> None:
        super().__init__(message)
        self.fault = Fault(place.file, place.line, message, hint)


def decoded(content: bytes, file: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises FileFault for any other encoding."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileFault(
            Place(file, line),
            f"the file is not in UTF-8: byte 0x{content[error.start]:02X} at position {error.start}",
            "save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from None
