"""What YAML and CSV have in common: texts, lists and mappings that know where they stand, before any meaning."""

from dataclasses import dataclass

from graph.errors import Fault
from graph.seeding.records import SourceLocation

__all__ = ["Raw", "RawList", "RawMapping", "RawNull", "RawScalar", "UnreadableFile", "decode_utf8"]


@dataclass(frozen=True, slots=True)
class RawNull:
    """Nothing: an empty cell, a key without a value."""

    place: SourceLocation


@dataclass(frozen=True, slots=True)
class RawScalar:
    text: str
    place: SourceLocation


@dataclass(frozen=True, slots=True)
class RawList:
    items: "tuple[Raw, ...]"
    place: SourceLocation


@dataclass(frozen=True, slots=True)
class RawMapping:
    entries: "tuple[tuple[RawScalar, Raw], ...]"
    place: SourceLocation


Raw = RawNull | RawScalar | RawList | RawMapping


class UnreadableFile(Exception):
    """A file cannot be read any further; `fault` says where and why."""

    def __init__(self, place: SourceLocation, message: str, hint: str) -> None:
        super().__init__(message)
        self.fault = Fault(place.file, place.line, message, hint)


def decode_utf8(content: bytes, file: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises FileFault for any other encoding."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            SourceLocation(file, line),
            f"the file is not in UTF-8: byte 0x{content[error.start]:02X} at position {error.start}",
            "save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from None
