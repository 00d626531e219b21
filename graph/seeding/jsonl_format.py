"""JSONL, as `export` writes it, into facts: stored columns and relationships as they are, typed by the model."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Final, cast

import orjson

from graph.model import HIDDEN, SCHEMA_VERSION, Kind, Property, label_of
from graph.seeding.ids import declared, well_formed
from graph.seeding.iso_codes import InvalidValue
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.records import (
    Columns,
    Dataset,
    NodeRecord,
    RelationshipRecord,
    SourceLocation,
    Stored,
    did_you_mean,
    with_defaults,
)
from graph.seeding.values import text_of
from graph.vocabulary import DateBound, DatePrecision

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "REEXPORT_HINT",
    "check_header",
    "object_of",
    "parse_lines",
    "parse_node",
    "parse_relationship",
]

FORMAT: Final = "citygraph"
FORMAT_VERSION: Final = 1

REEXPORT_HINT: Final = "export the graph again; the file was changed or cut short"


def parse_lines(text: str, file: str, facts: Dataset) -> None:
    """Read an exported graph into `facts`. Raises FileFault where the file is not a whole export of this version."""
    nodes = links = 0
    ended = False
    lines = text.removesuffix("\n").split("\n")
    for line, content in enumerate(lines, start=1):
        place = SourceLocation(file, line)
        entry = object_of(content, place)
        if line == 1:
            check_header(entry, place)
        elif ended:
            raise UnreadableFile(place, "something stands after the last line of the export", REEXPORT_HINT)
        elif "end" in entry:
            ended = True
            if entry["end"] != {"nodes": nodes, "relationships": links}:
                message = f"the file holds {nodes} nodes and {links} relationships, not as many as it says"
                raise UnreadableFile(place, message, REEXPORT_HINT)
        elif "label" in entry:
            nodes += 1
            parse_node(entry, place, facts)
        else:
            links += 1
            parse_relationship(entry, place, facts)
    if not ended:
        raise UnreadableFile(SourceLocation(file, len(lines)), "the last line of the export is missing", REEXPORT_HINT)


def object_of(content: str | bytes, place: SourceLocation) -> Mapping[str, object]:
    """What a line holds. Raises FileFault where that is no JSON object."""
    try:
        entry = cast("object", orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(place, f"not JSON: {error.msg}", REEXPORT_HINT) from None
    if not isinstance(entry, dict):
        raise UnreadableFile(place, "the line is not a JSON object", REEXPORT_HINT)
    return cast("dict[str, object]", entry)


def check_header(entry: Mapping[str, object], place: SourceLocation) -> None:
    """Raises FileFault where the first line is not that of an export which this program can read."""
    if entry.get("format") != FORMAT:
        hint = "its first line names the format and its version"
        raise UnreadableFile(place, "the file is not an export of a graph", hint)
    if entry.get("version") != FORMAT_VERSION:
        raise UnreadableFile(
            place, f"the export has format version {entry.get('version')}; this is {FORMAT_VERSION}", "export it again"
        )
    if entry.get("schema") != SCHEMA_VERSION:
        raise UnreadableFile(
            place,
            f"the export has schema version {entry.get('schema')}; this is {SCHEMA_VERSION}",
            "load it with the version of the program that wrote it",
        )


def parse_node(entry: Mapping[str, object], place: SourceLocation, facts: Dataset) -> None:
    """Add the node that a line states, without its hidden columns; what is wrong with it becomes a fault."""
    node_id, kind = entry.get("id"), label_of(str(entry.get("id")))
    if not isinstance(node_id, str) or kind is None or well_formed(node_id) or kind.name != entry.get("label"):
        facts.add_error(place, f"`{node_id}` is not an id of a {entry.get('label')}", REEXPORT_HINT)
        return
    columns = _columns(kind.properties, frozenset(HIDDEN), entry, place, facts)
    columns = with_defaults(kind.properties, columns)
    facts.add_item(NodeRecord(node_id, kind, place, columns, dict.fromkeys(columns, place.line)))


def parse_relationship(entry: Mapping[str, object], place: SourceLocation, facts: Dataset) -> None:
    """Add the relationship that a line states, without its hidden columns; what is wrong with it becomes a fault."""
    type_, source, target, under = (entry.get(each) for each in ("type", "from", "to", "under"))
    if not (isinstance(type_, str) and isinstance(source, str) and isinstance(target, str) and isinstance(under, str)):
        facts.add_error(place, "the line is neither a node nor a relationship", REEXPORT_HINT)
        return
    relationship = declared(type_, source, target)
    if relationship is None or well_formed(source) or well_formed(target) or well_formed(under):
        facts.add_error(place, f"`{source}` has no {type_} to `{target}`", REEXPORT_HINT)
        return
    columns = _columns(relationship.all_properties, frozenset(HIDDEN), entry, place, facts)
    columns = with_defaults(relationship.all_properties, columns)
    facts.add_link(RelationshipRecord(relationship, source, target, under, place, columns, frozenset(columns)))


def _columns(
    properties: tuple[Property, ...],
    hidden: frozenset[str],
    entry: Mapping[str, object],
    place: SourceLocation,
    facts: Dataset,
) -> Columns:
    """The stored columns of a line, each of the type the model says. Hidden ones are left to be computed anew."""
    given = entry.get("properties")
    if not isinstance(given, dict):
        facts.add_error(place, "the line has no properties", REEXPORT_HINT)
        return {}
    known = _kinds(properties)
    columns: Columns = {}
    for name, value in cast("dict[str, object]", given).items():
        if name in hidden or value is None:
            continue
        if name not in known:
            facts.add_error(place, f"`{name}` is not a column", did_you_mean(name, known))
            continue
        stored = _stored(*known[name], value)
        if stored is None:
            facts.add_error(place, f"`{name}` is {value!r}, which is not of its type", REEXPORT_HINT)
            continue
        columns[name] = stored
        for text in stored if isinstance(stored, list) else [stored]:
            try:
                if isinstance(text, str):
                    text_of(name, text)
            except InvalidValue as wrong:
                facts.add_error(place, wrong.message, wrong.hint)
    return columns


@cache
def _kinds(properties: tuple[Property, ...]) -> dict[str, tuple[Kind, bool, frozenset[str] | None]]:
    """For each column: how its value is stored, whether it is a list, and the values it can take where few."""
    return dict(_each_column(properties))


def _each_column(
    properties: tuple[Property, ...],
) -> Iterable[tuple[str, tuple[Kind, bool, frozenset[str] | None]]]:
    for each in properties:
        value, *others = each.columns
        match each.kind:
            case Kind.LOCALISED:
                yield from ((name, (Kind.STRING, False, None)) for name in each.columns)
                continue
            case Kind.MONEY:
                yield value, (Kind.INT, False, None)
            case Kind.BOUND | Kind.PARTIAL_DATE:
                yield value, (Kind.DATE, False, None)
            case Kind.VOCABULARY if each.vocabulary is not None:
                yield value, (Kind.STRING, False, frozenset(each.vocabulary.__members__))
            case Kind.INT | Kind.FLOAT | Kind.BOOLEAN | Kind.DATE:
                yield value, (each.kind, False, None)
            case _:
                yield value, (Kind.STRING, each.many, None)
        for name, members in zip(others, (DatePrecision, DateBound), strict=False):
            allowed = None if each.kind is Kind.MONEY else frozenset(members.__members__)
            yield name, (Kind.STRING, False, allowed)


def _stored(kind: Kind, many: bool, allowed: frozenset[str] | None, value: object) -> Stored | None:
    """The value as it is stored; None where it is not of the kind."""
    if many:
        texts = cast("list[object]", value) if isinstance(value, list) else [None]
        return [each for each in texts if isinstance(each, str)] if all(isinstance(e, str) for e in texts) else None
    match kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case ((Kind.INT | Kind.FLOAT), bool()):
            return None
        case Kind.INT, int():
            return value if 0 <= value < 2**63 else None
        case Kind.FLOAT, int() | float():
            return float(value)
        case Kind.DATE, str():
            try:
                return date.fromisoformat(value)
            except ValueError:
                return None
        case Kind.STRING, str():
            return value if allowed is None or value in allowed else None
        case _:
            return None
