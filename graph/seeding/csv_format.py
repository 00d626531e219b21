"""CSV into raw values with their lines: a row is an item, a column a property, a role or a language of a name."""

import csv
import io
from typing import Final

from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar, UnreadableFile
from graph.seeding.records import SourceLocation

__all__ = ["rows"]

_MAX_CELL: Final = 1_000_000


def rows(text: str, file: str, lists: frozenset[str]) -> Raw:
    """The rows of a CSV file as a list of mappings. Cells in the columns of `lists` are split at semicolons.

    `name.fi` and `name.sv` become the mapping `name: {fi: …, sv: …}`. Raises FileFault for a broken file.
    """
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    items: list[Raw] = []
    start = 1
    try:
        for cells in reader:
            place = SourceLocation(file, start)
            start = reader.line_num + 1
            if header is None:
                header = _header(cells, place)
            elif any(cell.strip() for cell in cells):
                items.append(_row(header, cells, place, lists))
    except csv.Error as error:
        raise UnreadableFile(
            SourceLocation(file, max(reader.line_num, 1)),
            f"not CSV: {error}",
            "look for a quotation mark that is not closed",
        ) from None
    if header is None:
        raise UnreadableFile(
            SourceLocation(file, 1), "the file is empty", "its first line names the columns, `id` among them"
        )
    return RawList(tuple(items), SourceLocation(file, 1))


def _header(cells: list[str], place: SourceLocation) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        raise UnreadableFile(place, "columns are parted by semicolons", "save the file with commas between columns")
    for name in names:
        if not name:
            raise UnreadableFile(place, "a column without a name", "give it a name, or delete it")
        if names.count(name) > 1:
            raise UnreadableFile(place, f"the column `{name}` stands twice", "keep one of them")
        if name.count(".") == 1 and name.split(".")[0] in names:
            plain = name.split(".")[0]
            raise UnreadableFile(place, f"both `{plain}` and `{name}` are columns", f"write `{plain}.en` for English")
    return names


def _row(header: list[str], cells: list[str], place: SourceLocation, lists: frozenset[str]) -> RawMapping:
    if len(cells) != len(header):
        raise UnreadableFile(
            place,
            f"the row has {len(cells)} cells under {len(header)} columns",
            "put text that holds a comma in quotation marks",
        )
    entries: dict[str, Raw] = {}
    languages: dict[str, list[tuple[RawScalar, Raw]]] = {}
    for name, cell in zip(header, cells, strict=True):
        text = cell.strip()
        stem, dot, language = name.partition(".")
        if dot:
            if text:
                languages.setdefault(stem, []).append((RawScalar(language, place), RawScalar(text, place)))
        elif not text:
            entries[name] = RawNull(place)
        elif name in lists:
            parts = (part.strip() for part in text.split(";"))
            entries[name] = RawList(tuple(RawScalar(part, place) for part in parts if part), place)
        else:
            entries[name] = RawScalar(text, place)
    for stem, pairs in languages.items():
        entries[stem] = RawMapping(tuple(pairs), place)
    return RawMapping(tuple((RawScalar(name, place), value) for name, value in entries.items()), place)
