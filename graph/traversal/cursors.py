"""Cursors: opaque text of a row's position in an order.

The content is JSON: `[version, fingerprint, values of the sort terms, ids]`. The fingerprint identifies the
connection and its order; a cursor of another one is rejected.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from hashlib import blake2s
from typing import Final, cast

import orjson

from graph.errors import BadCursor
from graph.traversal.ordering import Position, SortTerm, ValueKind

__all__ = ["decode", "encode", "fingerprint"]

_VERSION: Final = 1
_LARGEST: Final = 2**63


def fingerprint(connection: str, terms: Sequence[SortTerm]) -> str:
    """Return a hash of a connection (such as "City.networks") and its order."""
    order = ",".join(f"{term.name}{' DESC' if term.descending else ''}" for term in terms)
    return blake2s(f"{connection}({order})".encode(), digest_size=6).hexdigest()


def encode(fingerprint: str, values: Sequence[object], ids: Sequence[object]) -> str:
    """Encode the cursor of a row; dates become ISO text."""
    packed = orjson.dumps([_VERSION, fingerprint, values, ids], default=str)
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(cursor: str, fingerprint: str, terms: Sequence[SortTerm], ids: int) -> Position:
    """Decode a cursor into a value for each term and so many ids. Raises BadCursor."""
    try:
        packed: object = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(packed, list):
            raise ValueError
        version, found, values, id_values = cast("list[object]", packed)
        if version != _VERSION or found != fingerprint:
            raise BadCursor(
                "the cursor was given by another connection or order",
                hint="use a cursor only with the field, arguments and order that gave it",
            )
        return _values(values, [term.kind for term in terms]), _ids(id_values, ids)
    except ValueError as error:
        raise BadCursor("the cursor is damaged", hint="take cursors from the answer as they are") from error


def _values(found: object, kinds: Sequence[ValueKind]) -> tuple[object, ...]:
    if not isinstance(found, list):
        raise ValueError
    return tuple(_value(value, kind) for value, kind in zip(cast("list[object]", found), kinds, strict=True))


def _ids(found: object, count: int) -> tuple[str, ...]:
    ids = tuple(id_ for id_ in cast("list[object]", found) if isinstance(id_, str)) if isinstance(found, list) else ()
    if len(ids) != count:
        raise ValueError
    return ids


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
