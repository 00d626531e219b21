"""Read CSV files as raw values, that is, as lists and mappings of texts that still have to be parsed.

Every row of the file is a node. Every column is one of three things: a property, one language of a text, or a role. A
role is the name under which a seed file lists related nodes.
"""

import csv
import io
from typing import Final

from graph.folding import clean
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar, UnreadableFile
from graph.seeding.records import SourceLocation

__all__ = ["parse_csv"]

_DELIMITERS: Final = (",", ";", "\t")
_SOURCES: Final = "sources"
_MAX_CELL_CHARS: Final = 1_000_000


def parse_csv(text: str, file: str, list_columns: frozenset[str]) -> Raw:
    """Return the rows of a CSV file as a list of mappings.

    The separator is the comma, semicolon or tab, whichever occurs most often in the first line, because spreadsheets in
    many languages write semicolons. The cells of the columns in `list_columns` are split at semicolons. The columns
    `name.fi` and `name.sv` become one mapping `name: {fi: …, sv: …}`. A column such as `sources.annualFee` contains the
    citations that support the property `annualFee`. Raises UnreadableFile if the file is not valid CSV.
    """
    csv.field_size_limit(_MAX_CELL_CHARS)
    first_line = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first_line.count), strict=True)
    header: list[str] | None = None
    items: list[Raw] = []
    start = 1
    try:
        for cells in reader:
            location = SourceLocation(file, start)
            start = reader.line_num + 1
            if header is None:
                header = _parse_header(cells, location)
            elif any(cell.strip() for cell in cells):
                items.append(_parse_row(header, cells, location, list_columns))
    except csv.Error as error:
        location = SourceLocation(file, max(reader.line_num, 1))
        raise UnreadableFile(location, f"not CSV: {error}", "look for a quotation mark that is not closed") from None
    if header is None:
        hint = "the first line must name the columns; one of them is `id`"
        raise UnreadableFile(SourceLocation(file, 1), "the file is empty", hint)
    return RawList(tuple(items), SourceLocation(file, 1))


def _parse_header(cells: list[str], location: SourceLocation) -> list[str]:
    names = [clean(cell).strip() for cell in cells]
    for name in names:
        if not name:
            raise UnreadableFile(location, "a column has no name", "name it, or delete it")
        if names.count(name) > 1:
            raise UnreadableFile(location, f"there are two columns `{name}`", "delete one of them")
        stem, dot, _ = name.partition(".")
        if dot and stem in names and stem != _SOURCES:
            raise UnreadableFile(location, f"both `{stem}` and `{name}` are columns", f"write `{stem}.en` for English")
    return names


def _parse_row(
    header: list[str], cells: list[str], location: SourceLocation, list_columns: frozenset[str]
) -> RawMapping:
    if len(cells) != len(header):
        raise UnreadableFile(
            location,
            f"the row has {len(cells)} cells, but there are {len(header)} columns",
            "put text that contains a comma, or what separates the columns, in quotation marks",
        )
    entries: dict[str, Raw] = {}
    sources: list[Raw] = []
    texts_by_language: dict[str, list[tuple[RawScalar, Raw]]] = {}
    for name, cell in zip(header, cells, strict=True):
        text = clean(cell).strip()
        stem, dot, language = name.partition(".")
        if stem == _SOURCES:
            sources += (_parse_source(citation, language, location) for citation in _split(text, location))
        elif dot:
            if text:
                texts_by_language.setdefault(stem, []).append(
                    (RawScalar(language, location), RawScalar(text, location))
                )
        elif not text:
            entries[name] = RawNull(location)
        elif name in list_columns:
            entries[name] = RawList(tuple(_split(text, location)), location)
        else:
            entries[name] = RawScalar(text, location)
    if sources:
        entries[_SOURCES] = RawList(tuple(sources), location)
    for stem, texts in texts_by_language.items():
        entries[stem] = RawMapping(tuple(texts), location)
    return RawMapping(tuple((RawScalar(name, location), value) for name, value in entries.items()), location)


def _split(text: str, location: SourceLocation) -> list[RawScalar]:
    parts = (part.strip() for part in text.split(";"))
    return [RawScalar(part, location) for part in parts if part]


def _parse_source(citation: RawScalar, supported: str, location: SourceLocation) -> Raw:
    """Return the source of a fact in the form that sources have in YAML files.

    `citation` is the id of a citation. `supported` is the name of the property or role that the citation supports. A
    role is the name under which a seed file lists related nodes. The result is a mapping `{to: <id>, supports:
    [<name>]}`. If `supported` is empty, the citation supports the whole node, and the result is only the id.
    """
    if not supported:
        return citation
    supports = RawList((RawScalar(supported, location),), location)
    return RawMapping(((RawScalar("to", location), citation), (RawScalar("supports", location), supports)), location)
