"""Read exports in JSONL format as records, that is, as nodes and relationships with their stored columns.

The values of an export are already in stored form. They are checked against the model.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, cast

import orjson

from graph.iso_codes import InvalidValue
from graph.iso_date import parse_iso_date
from graph.model import (
    CHARGED_COLUMNS,
    HIDDEN,
    LIST_COLUMNS,
    MAX_INT,
    PERIOD_COLUMNS,
    SCHEMA_VERSION,
    Kind,
    Property,
    label_of,
)
from graph.seeding.ids import check_id_format, find_relationship
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.records import (
    Columns,
    Dataset,
    NodeRecord,
    RelationshipRecord,
    SourceLocation,
    StoredValue,
    apply_defaults,
    did_you_mean,
)
from graph.seeding.texts import clean_text, normalise_text
from graph.vocabulary import DateBound, DatePrecision

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "REEXPORT_HINT",
    "check_counts",
    "check_digest",
    "check_header",
    "contains_digest",
    "parse_lines",
    "parse_node",
    "parse_object",
    "parse_relationship",
]

FORMAT: Final = "citygraph"
FORMAT_VERSION: Final = 1

REEXPORT_HINT: Final = "export the graph again; the file was changed or cut off"


def parse_lines(text: str, file: str, dataset: Dataset) -> None:
    """Parse the lines of an export, and add its nodes and relationships to the dataset.

    If the SHA-256 of the lines is correct, texts are cleaned but not checked (see `parse_node`). Raises UnreadableFile
    if the export is incomplete or has another format version or schema version.
    """
    nodes = relationships = 0
    is_complete = False
    lines = text.removesuffix("\n").split("\n")
    is_intact = contains_digest(lines[-1], _digest(lines[:-1]))
    for line, content in enumerate(lines, start=1):
        location = SourceLocation(file, line)
        entry = parse_object(content, location)
        if line == 1:
            check_header(entry, location)
        elif is_complete:
            raise UnreadableFile(location, "there is text after the last line of the export", REEXPORT_HINT)
        elif "end" in entry:
            is_complete = True
            check_counts(entry, nodes, relationships, location)
            check_digest(entry, _digest(lines[: line - 1]), location)
        elif "label" in entry:
            nodes += 1
            parse_node(entry, location, dataset, is_intact=is_intact)
        else:
            relationships += 1
            parse_relationship(entry, location, dataset, is_intact=is_intact)
    if not is_complete:
        raise UnreadableFile(SourceLocation(file, len(lines)), "the last line of the export is missing", REEXPORT_HINT)


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def parse_object(content: str | bytes, location: SourceLocation) -> Mapping[str, object]:
    """Parse a line of an export as a JSON object. Raises UnreadableFile if the line is not a JSON object."""
    try:
        entry = cast("object", orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(location, f"not JSON: {error.msg}", REEXPORT_HINT) from None
    if not isinstance(entry, dict):
        raise UnreadableFile(location, "the line is not a JSON object", REEXPORT_HINT)
    return cast("dict[str, object]", entry)


def check_header(entry: Mapping[str, object], location: SourceLocation) -> None:
    """Raise UnreadableFile unless `entry` is the first line of an export in the current format and schema version."""
    if entry.get("format") != FORMAT:
        hint = "its first line must name the format and its version"
        raise UnreadableFile(location, "the file is not an export of a graph", hint)
    if entry.get("version") != FORMAT_VERSION:
        message = f"the export has format version {entry.get('version')}, but this program reads {FORMAT_VERSION}"
        raise UnreadableFile(location, message, "export it again")
    if entry.get("schema") != SCHEMA_VERSION:
        message = f"the export has schema version {entry.get('schema')}, but this program reads {SCHEMA_VERSION}"
        raise UnreadableFile(location, message, "load it with the version of the program that wrote it")


def check_counts(entry: Mapping[str, object], nodes: int, relationships: int, location: SourceLocation) -> None:
    """Raise UnreadableFile if the last line of an export contains wrong numbers of nodes or relationships.

    `entry` is the last line. `nodes` and `relationships` are the numbers of nodes and relationships that were read.
    """
    match entry:
        case {"end": {"nodes": int(node_count), "relationships": int(count)}} if (node_count, count) == (
            nodes,
            relationships,
        ):
            pass
        case _:
            message = f"the file contains {nodes} nodes and {relationships} relationships, but its last line gives "
            raise UnreadableFile(location, f"{message}other numbers", REEXPORT_HINT)


def check_digest(entry: Mapping[str, object], digest: str, location: SourceLocation, *, required: bool = False) -> None:
    """Raise UnreadableFile if the SHA-256 in the last line of an export (`entry`) differs from `digest`.

    `digest` is the SHA-256, in hexadecimal, of all lines before the last line. If `required` is false, the last line
    may contain no SHA-256, because the file may have been written by hand.
    """
    match entry:
        case {"end": {"sha256": str(written)}}:
            if written != digest:
                message = "the lines before this one do not match its SHA-256"
                raise UnreadableFile(location, message, REEXPORT_HINT)
        case _:
            if required:
                raise UnreadableFile(location, "the last line of the export contains no SHA-256", REEXPORT_HINT)


def contains_digest(last_line: str, digest: str) -> bool:
    """Return whether the last line of an export contains `digest`, the SHA-256 of the lines before the last line."""
    try:
        entry = cast("object", orjson.loads(last_line))
    except orjson.JSONDecodeError:
        return False
    match entry:
        case {"end": {"sha256": str(written)}}:
            return written == digest
        case _:
            return False


def parse_node(
    entry: Mapping[str, object], location: SourceLocation, dataset: Dataset, *, is_intact: bool = False
) -> None:
    """Parse a line with a node, and add the node to the dataset. Add a problem for every invalid value.

    Hidden columns, such as the dates of periods, are read from the line and not computed again. Texts are cleaned, for
    example of invisible characters. If `is_intact` is false, the content of the texts is also checked. `is_intact` is
    true if the export contains the correct SHA-256 of its lines. The texts of an intact export are not checked, because
    a backup must remain usable even if a later version of the program rejects some of its texts. The SHA-256 shows that
    the file was not damaged. It is not a signature, so it does not show which program wrote the file.
    """
    node_id, label = entry.get("id"), label_of(str(entry.get("id")))
    if not isinstance(node_id, str) or label is None or check_id_format(node_id) or label.name != entry.get("label"):
        dataset.add_problem(location, f"`{node_id}` is not an id of a {entry.get('label')}", REEXPORT_HINT)
        return
    columns = _parse_columns(label.readable, entry, location, dataset, is_intact=is_intact)
    computed = {of.name: columns.pop(of.name) for of in label.computed if of.name in columns}
    columns = apply_defaults(label.properties, columns)
    lines = dict.fromkeys(columns, location.line)
    derived = _parse_period(entry, location, dataset) | computed
    dataset.add_node(NodeRecord(node_id, label, location, columns, lines, derived=derived))


def parse_relationship(
    entry: Mapping[str, object], location: SourceLocation, dataset: Dataset, *, is_intact: bool = False
) -> None:
    """Parse a line with a relationship, and add the relationship to the dataset. Add a problem for every invalid value.

    Hidden columns and texts are treated as in `parse_node`.
    """
    type_, source, target, owner = (entry.get(key) for key in ("type", "from", "to", "under"))
    if not (isinstance(type_, str) and isinstance(source, str) and isinstance(target, str) and isinstance(owner, str)):
        dataset.add_problem(location, "the line is neither a node nor a relationship", REEXPORT_HINT)
        return
    definition = find_relationship(type_, source, target)
    if definition is None or any(check_id_format(node_id) for node_id in (source, target, owner)):
        dataset.add_problem(location, f"`{source}` cannot have a relationship {type_} to `{target}`", REEXPORT_HINT)
        return
    columns = _parse_columns(definition.all_properties, entry, location, dataset, is_intact=is_intact)
    columns = apply_defaults(definition.all_properties, columns)
    derived = _parse_period(entry, location, dataset)
    dataset.add_relationship(
        RelationshipRecord(definition, source, target, owner, location, columns, frozenset(columns), derived)
    )


def _parse_period(entry: Mapping[str, object], location: SourceLocation, dataset: Dataset) -> Columns:
    """Read the hidden columns for periods, fees and former names from a line, and return them.

    Hidden columns are columns that are not part of the API. The hidden columns that are computed from the names in the
    line, such as folded names, are not read. Adds a problem if the line contains only some of the columns of a period.
    Also adds a problem if the line contains only the first or only the last year in which a fee is charged.
    """
    values = cast("Mapping[str, object]", entry.get("properties") or {})
    period: Columns = {}
    for kind, noun, names in ((Kind.DATE, "date", PERIOD_COLUMNS), (Kind.INT, "year", CHARGED_COLUMNS)):
        stored = {name: _parse_stored(_ColumnType(kind), values[name]) for name in names if name in values}
        found: Columns = {name: value for name, value in stored.items() if value is not None}
        if found and len(found) < len(names):
            missing = ", ".join(f"`{name}`" for name in names if name not in found)
            dataset.add_problem(location, f"{missing} missing or not a {noun}", REEXPORT_HINT)
        period |= found
    for name in LIST_COLUMNS:
        if (value := values.get(name)) is not None:
            texts = _parse_stored(_ColumnType(Kind.STRING, many=True), value)
            if texts is None:
                dataset.add_problem(location, f"`{name}` is not a list of texts", REEXPORT_HINT)
            else:
                period[name] = texts
    return period


def _parse_columns(
    properties: tuple[Property, ...],
    entry: Mapping[str, object],
    location: SourceLocation,
    dataset: Dataset,
    *,
    is_intact: bool,
) -> Columns:
    """Parse the columns in a line of an export, and return them without the hidden columns.

    `properties` are the properties that the model allows in the line. For every invalid value or unknown column, add a
    problem.
    """
    values = entry.get("properties")
    if not isinstance(values, dict):
        dataset.add_problem(location, "the line has no properties", REEXPORT_HINT)
        return {}
    types = _column_types(properties)
    columns: Columns = {}
    for name, value in cast("dict[str, object]", values).items():
        if name in HIDDEN or value is None:
            continue
        if name not in types:
            dataset.add_problem(location, f"`{name}` is not a column", did_you_mean(name, types))
            continue
        stored = _parse_stored(types[name], value)
        if stored is None:
            dataset.add_problem(location, f"`{name}` has a value of another type: {value!r}", REEXPORT_HINT)
            continue
        try:
            columns[name] = _normalise(name, stored, types[name], clean_text if is_intact else normalise_text)
        except InvalidValue as error:
            dataset.add_problem(location, error.message, error.hint)
    return columns


def _normalise(name: str, value: StoredValue, type_: "_ColumnType", normalise: Callable[..., str]) -> StoredValue:
    if isinstance(value, list):
        return [normalise(name, text, multiline=type_.multiline) for text in value]
    if isinstance(value, str) and type_.allowed is None:
        return normalise(name, value, multiline=type_.multiline)
    return value


class _ColumnType(NamedTuple):
    """The type of a stored column. `allowed` is the set of allowed values, or None if every value is allowed."""

    kind: Kind
    many: bool = False
    allowed: frozenset[str] | None = None
    multiline: bool = False


@cache
def _column_types(properties: tuple[Property, ...]) -> dict[str, _ColumnType]:
    return dict(_iterate_column_types(properties))


def _iterate_column_types(properties: tuple[Property, ...]) -> Iterable[tuple[str, _ColumnType]]:
    for property_ in properties:
        value, *others = property_.columns
        match property_.kind:
            case Kind.LOCALISED:
                yield from (
                    (name, _ColumnType(Kind.STRING, multiline=property_.multiline)) for name in property_.columns
                )
                continue
            case Kind.MONEY:
                yield value, _ColumnType(Kind.MONEY)
            case Kind.BOUND | Kind.PARTIAL_DATE:
                yield value, _ColumnType(Kind.DATE)
            case Kind.VOCABULARY if property_.vocabulary is not None:
                yield value, _ColumnType(Kind.STRING, allowed=frozenset(property_.vocabulary.__members__))
            case Kind.INT | Kind.FLOAT | Kind.BOOLEAN | Kind.DATE:
                yield value, _ColumnType(property_.kind)
            case _:
                yield value, _ColumnType(Kind.STRING, property_.many, multiline=property_.multiline)
        for name, members in zip(others, (DatePrecision, DateBound), strict=False):
            allowed = None if property_.kind is Kind.MONEY else frozenset(members.__members__)
            yield name, _ColumnType(Kind.STRING, allowed=allowed)


def _parse_stored(type_: _ColumnType, value: object) -> StoredValue | None:
    """Return a JSON value in the form in which it is stored, or None if it is not a value of the type `type_`."""
    if type_.many:
        if not isinstance(value, list):
            return None
        items = cast("list[object]", value)
        texts = [item for item in items if isinstance(item, str)]
        return texts if len(texts) == len(items) else None
    match type_.kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case ((Kind.INT | Kind.FLOAT | Kind.MONEY), bool()):
            return None
        case Kind.INT, int():
            return value if 0 <= value <= MAX_INT else None
        case Kind.MONEY, int():
            return value if 0 <= value < 2**63 else None
        case Kind.FLOAT, int() | float():
            return float(value)
        case Kind.DATE, str():
            try:
                return parse_iso_date(value)
            except ValueError:
                return None
        case Kind.STRING, str():
            return value if type_.allowed is None or value in type_.allowed else None
        case _:
            return None
