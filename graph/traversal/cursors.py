"""Cursors of connections: a position holds the values of the order's terms, then the ids."""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2s
from typing import Final, cast

from graph.pagination import bad_cursor, decode_cursor, encode_cursor
from graph.traversal.ordering import Position, SortTerm, ValueKind

__all__ = ["decode", "encode", "fingerprint"]

_LARGEST: Final = 2**63


def fingerprint(connection: str, terms: Sequence[SortTerm]) -> str:
    """Return a hash of a connection (such as "City.networks") and its order: the scope of its cursors."""
    order = ",".join(f"{term.name}{' DESC' if term.descending else ''}" for term in terms)
    return blake2s(f"{connection}({order})".encode(), digest_size=6).hexdigest()


def encode(fingerprint: str, values: Sequence[object], ids: Sequence[object]) -> str:
    """Return the cursor of a row."""
    return encode_cursor(fingerprint, (*values, *ids))


def decode(cursor: str, fingerprint: str, terms: Sequence[SortTerm], ids: int) -> Position:
    """Return the position that a cursor names: a value for each term, and `ids` ids. Raises BadCursor."""
    position = decode_cursor(cursor, fingerprint)
    values, found = position[: len(terms)], position[len(terms) :]
    if len(position) != len(terms) + ids or not all(isinstance(node_id, str) for node_id in found):
        raise bad_cursor(cursor)
    try:
        return tuple(map(_value, values, (term.kind for term in terms))), tuple(cast("list[str]", found))
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
            return date.fromisoformat(value)
        case int() if kind in ("integer", "number") and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST:
            return value
        case float() if kind == "number":
            return value
        case _:
            raise ValueError
