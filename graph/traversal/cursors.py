"""Encode and decode the cursors of connections.

A cursor contains the sort values and the ids of a row, and the fingerprint of the connection. The fingerprint is a hash
that identifies the connection with its order and its filters.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Final, cast

from graph.iso_date import parse_iso_date
from graph.model import Association, Path, Property
from graph.pagination import bad_cursor, cursor_scope, decode_cursor, encode_cursor
from graph.traversal.ordering import Position, SortTerm, ValueKind

__all__ = ["decode", "encode", "fingerprint"]

_INT64_LIMIT: Final = 2**63


def fingerprint(connection: str, terms: Sequence[SortTerm], restrictions: Sequence[object] = ()) -> str:
    """Return a hash of a connection: its name, such as "City.networks", its order and its restrictions.

    `restrictions` are the values that determine the rows, such as conditions, the date, and the standings that an edge
    may have. A cursor is valid only for a connection with the same fingerprint.

    The fingerprint does not depend on the node at which the connection starts. The reason is that a document can select
    the connection for every node of a list, and the same argument `after` then applies to all these nodes.
    """
    order = ",".join(f"{term.name}{' DESC' if term.descending else ''}" for term in terms)
    return cursor_scope(connection, f"{order};{','.join(map(_canonical_text, restrictions))}")


def _canonical_text(value: object) -> str:
    """Convert a value, such as a condition, to a text that is the same in every process.

    Equal values give equal texts, and different values give different texts.
    """
    match value:
        case Property(name=name):
            return name
        case Association(owner=owner, name=name) | Path(owner=owner, name=name):
            return f"{owner}.{name}"
        case Enum(name=name):
            return name
        case tuple():
            return f"({','.join(map(_canonical_text, cast('tuple[object, ...]', value)))})"
        case _ if is_dataclass(value):
            parts = tuple(cast("object", getattr(value, field.name)) for field in fields(value))
            return f"{type(value).__name__}{_canonical_text(parts)}"
        case _:
            return repr(value)


def encode(fingerprint: str, values: Sequence[object], ids: Sequence[object]) -> str:
    """Return the cursor of a row that has these sort values and ids."""
    return encode_cursor(fingerprint, (*values, *ids))


def decode(cursor: str, fingerprint: str, terms: Sequence[SortTerm], id_count: int) -> Position:
    """Return the position in a cursor: one value for each sort term, and `id_count` ids.

    Raises BadCursor if the cursor is invalid, or if its fingerprint is not `fingerprint`.
    """
    position = decode_cursor(cursor, fingerprint)
    values, ids = position[: len(terms)], position[len(terms) :]
    if len(position) != len(terms) + id_count or not all(isinstance(node_id, str) for node_id in ids):
        raise bad_cursor(cursor)
    try:
        return tuple(map(_value, values, (term.kind for term in terms))), tuple(cast("list[str]", ids))
    except ValueError:
        raise bad_cursor(cursor) from None


def _value(value: object, kind: ValueKind) -> object:
    match value:
        case None:
            return None
        case bool() if kind == "boolean":
            return value
        case str() if kind == "text":
            return value
        case str() if kind == "date":
            return parse_iso_date(value)
        case int() if (
            kind in ("integer", "number") and not isinstance(value, bool) and -_INT64_LIMIT <= value < _INT64_LIMIT
        ):
            return value
        case float() if kind == "number":
            return value
        case _:
            raise ValueError
