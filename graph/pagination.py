"""Keyset pagination: pages of a sorted result, and cursors.

A position in a sorted result is a list of JSON scalars: the sort values of a row, followed by its ids. A cursor is an
opaque text that encodes a position and a scope. The scope is a named query (`graph.questions`) with its arguments, or a
GraphQL connection with its order and filters. A cursor is valid only in its scope. In this module, a ranking is the
complete, sorted list of the rows that answer a named query. A page is a part of a ranking.
"""

from base64 import b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from math import isfinite
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import orjson

from graph.errors import BadArgument, BadCursor

__all__ = [
    "Page",
    "Paged",
    "SortKey",
    "SortKeyTypes",
    "Sorted",
    "append_page",
    "bad_cursor",
    "cursor_scope",
    "decode_cursor",
    "encode_cursor",
    "make_page",
    "page_parameters",
    "slice_page",
]

SortKey = tuple[object, ...]
SortKeyTypes = tuple[type[int] | type[float] | type[str], ...]
"""The types of the values in the sort key of a row, in order."""

_VERSION: Final = 1
_LARGEST: Final = 2**63 - 1
"""The largest integer that the database supports."""


@dataclass(frozen=True, slots=True)
class Page:
    """A request for a page: the `first` rows after a cursor, or the `last` rows before a cursor.

    Exactly one of `first` and `last` must be set.
    """

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


# --- Cursors --------------------------------------------------------------------------------------


def cursor_scope(name: str, arguments: str) -> str:
    """Return the scope of cursors: a hash of the name and the arguments of a named query or GraphQL connection.

    A cursor is valid only in the scope for which it was made. `arguments` is a text with everything that affects the
    rows and their order.
    """
    return blake2s(f"{name}({arguments})".encode(), digest_size=6).hexdigest()


def encode_cursor(scope: str, position: Sequence[object]) -> str:
    """Return the cursor for a position in a sorted result: the sort values of a row, followed by its ids.

    `scope` is the result of `cursor_scope`. Dates are encoded in ISO 8601 format.
    """
    packed = orjson.dumps([_VERSION, scope, *position], default=str)
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str, scope: str) -> list[object]:
    """Return the position that a cursor encodes: the sort values of a row, followed by its ids.

    Raises BadCursor if the cursor is damaged or has another scope.
    """
    try:
        packed: object = orjson.loads(
            b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except ValueError:
        raise bad_cursor(cursor) from None
    if not isinstance(packed, list):
        raise bad_cursor(cursor)
    version, found, *position = cast("list[object]", packed) if len(cast("list[object]", packed)) > 1 else (0, "")
    if version != _VERSION or found != scope:
        raise bad_cursor(cursor)
    return position


def bad_cursor(cursor: str) -> BadCursor:
    """Return the error for a cursor that is damaged, or that was issued for another field or for other arguments."""
    return BadCursor(
        f"the cursor '{cursor[:40]}' is damaged, or belongs to another field or to other arguments",
        hint="pass the same day, filter, order and other arguments as before, or start without a cursor",
    )


def _sort_key(scope: str, types: SortKeyTypes, cursor: str) -> list[object]:
    key = decode_cursor(cursor, scope)
    if len(key) != len(types) or not all(_fits(value, wanted) for value, wanted in zip(key, types, strict=True)):
        raise bad_cursor(cursor)
    return key


def _fits(value: object, wanted: type) -> bool:
    match value:
        case int():
            return type(value) is wanted and abs(value) <= _LARGEST
        case float():
            return wanted is float and isfinite(value)
        case _:
            return type(value) is wanted


# --- Pages of a ranking ---------------------------------------------------------------------------


class Sorted(Protocol):
    """Protocol of the rows of a sorted result. Every row has a sort key."""

    @property
    def sort_key(self) -> SortKey: ...


Row = TypeVar("Row", bound=Sorted, covariant=True)


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """A page of a sorted result.

    - `scope`: the scope of the cursors (see `cursor_scope`). They are valid only for the same named query or
      connection, with the same arguments.
    - `rows`: the rows of the page.
    - `total`: the number of rows on all pages.
    - `has_next`: whether there are rows after the page.
    - `has_previous`: whether there are rows before the page.
    - `about`: data about the complete result, or None. The named query declares its type.
    """

    scope: str
    rows: tuple[Row, ...]
    total: int
    has_next: bool
    has_previous: bool
    about: Any = None

    @property
    def cursors(self) -> tuple[str, ...]:
        """The cursor of each row."""
        return tuple(encode_cursor(self.scope, row.sort_key) for row in self.rows)


_TAIL: Final = """
WITH {carried}ranked,
[row IN ranked WHERE ($after IS NULL OR row.sort_key > $after) AND ($before IS NULL OR row.sort_key < $before)] AS span
WITH {carried}ranked,
CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
AS rows
{ending} {carried}size(ranked) AS total,
CASE WHEN $last IS NULL THEN size([row IN ranked WHERE NOT row.sort_key > $after])
ELSE size([row IN ranked WHERE $before IS NULL OR row.sort_key < $before]) - size(rows) END AS offset, rows"""


def append_page(text: str, columns: Sequence[str], details: str = "") -> str:
    """Return a Cypher statement that returns one page of a sorted result.

    `text` is a Cypher statement that computes all rows of the result. It must end in `RETURN <columns>, ranked`.
    `ranked` is the list of all rows in order, as maps with a `sort_key`. The new statement returns:

    - `columns`: the columns of `text`, without `ranked`.
    - `total`: the number of all rows.
    - `offset`: the number of rows before the page.
    - `rows`: the rows of the page.

    The new statement selects the page by the parameters `$first`, `$after`, `$last` and `$before`. If `details` is not
    "", it is Cypher that is appended to the new statement. `details` must end in a RETURN clause, which replaces the
    default RETURN clause.
    """
    ranking, found, last = text.rpartition("\nRETURN ")
    if not found:
        raise ValueError("a ranking ends in RETURN")
    carried = "".join(f"{column}, " for column in columns)
    tail = _TAIL.format(carried=carried, ending="WITH" if details else "RETURN")
    return f"{ranking}\nWITH {last}{tail}" + (f"\n{details}" if details else "")


def page_parameters(scope: str, types: SortKeyTypes, page: Page) -> dict[str, object]:
    """Return the Cypher parameters `first`, `after`, `last` and `before` that select a page of a sorted result.

    They are the parameters of the statement that `append_page` returns. `first` and `last` are numbers of rows. `after`
    and `before` are the sort keys that the cursors of the page encode. `scope` is the scope that the cursors must have,
    and `types` are the types of the values in a sort key. Raises BadArgument or BadCursor if the page is invalid.
    """
    if (page.first is None) == (page.last is None):
        raise BadArgument("a page takes either `first` or `last`", hint="give exactly one of them")
    for name, count in (("first", page.first), ("last", page.last)):
        if count is not None and count < 0:
            raise BadArgument(f"{name}: {count} is negative", hint="give 0 or more")
    return {
        "first": page.first,
        "after": None if page.after is None else _sort_key(scope, types, page.after),
        "last": page.last,
        "before": None if page.before is None else _sort_key(scope, types, page.before),
    }


def make_page(scope: str, rows: Sequence[Row], total: int, offset: int, about: object = None) -> Paged[Row]:
    """Return a page of these rows. `total` is the number of all rows, and `offset` the number of rows before `rows`."""
    return Paged(
        scope=scope,
        rows=tuple(rows),
        total=total,
        has_next=offset + len(rows) < total,
        has_previous=offset > 0,
        about=about,
    )


def slice_page(scope: str, types: SortKeyTypes, ranked: Sequence[Row], page: Page, about: object = None) -> Paged[Row]:
    """Return the requested page of `ranked`, the complete, sorted list of rows.

    Only two kinds of rows are read: the rows of the page, and the few rows that a binary search compares with a cursor.
    Raises BadArgument or BadCursor if the page is invalid.
    """

    def key(row: Row) -> list[Any]:
        return list(row.sort_key)

    wanted = page_parameters(scope, types, page)
    after, before = cast("list[Any] | None", wanted["after"]), cast("list[Any] | None", wanted["before"])
    first = 0 if after is None else bisect_right(ranked, after, key=key)
    last = len(ranked) if before is None else bisect_left(ranked, before, key=key)
    if page.first is not None:
        last = min(last, first + page.first)
    else:
        first = max(first, last - (page.last or 0))
    return make_page(scope, ranked[first:last], len(ranked), first, about)
