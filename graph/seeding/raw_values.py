"""Raw values from YAML and CSV files: scalars, lists and mappings of text, each with its location in the file.

`graph.seeding.parse` parses them into records.
"""

from dataclasses import dataclass

from graph.errors import SeedProblem
from graph.seeding.records import SourceLocation

__all__ = ["Raw", "RawList", "RawMapping", "RawNull", "RawScalar", "UnreadableFile", "decode_utf8"]


@dataclass(frozen=True, slots=True)
class RawNull:
    """An absent value: an empty CSV cell or a YAML key without a value."""

    location: SourceLocation


@dataclass(frozen=True, slots=True)
class RawScalar:
    """A single value as text, without invisible characters."""

    text: str
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class RawList:
    items: "tuple[Raw, ...]"
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class RawMapping:
    entries: "tuple[tuple[RawScalar, Raw], ...]"
    location: SourceLocation


Raw = RawNull | RawScalar | RawList | RawMapping


class UnreadableFile(Exception):
    """Raised if a file cannot be read to its end. `problem` contains the reason and the location."""

    def __init__(self, location: SourceLocation, message: str, hint: str) -> None:
        super().__init__(message)
        self.problem = SeedProblem(location.file, location.line, message, hint)


def decode_utf8(content: bytes, file: str) -> str:
    """Decode UTF-8 with or without a byte order mark. Raises UnreadableFile for any other encoding."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            SourceLocation(file, line),
            f"the file is not in UTF-8: byte 0x{content[error.start]:02X} at position {error.start}",
            "save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from None
