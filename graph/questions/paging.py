"""Pages of a ranking: keyset cursors over the ranking's own key.

A ranked statement gives every row a `key`: a list of the values it is ordered by, each rising, the last one an id.
It takes `$after` and `$before` (keys or null), `$first` and `$last` (numbers or null), and cuts its rows itself.
A cursor is that key, with the question's name, as opaque text. A ranking is computed anew for each page, so a row may
move between pages when the graph has changed between them.
"""

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from graph.errors import BadArgument, BadCursor

__all__ = ["Key", "KeyShape", "Page", "Paged", "make_page", "page_parameters", "slice_page"]

Key = tuple[object, ...]
KeyShape = tuple[type[int] | type[float] | type[str], ...]
"""The types of a key's values, in order."""

_VERSION: Final = 1
_LARGEST: Final = 2**63 - 1
"""Of the whole numbers that the database knows."""


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a ranking: `first` after a cursor, or `last` before one. Exactly one of them is set."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class Keyed(Protocol):
    """A row of a ranking."""

    @property
    def key(self) -> Key: ...


Row = TypeVar("Row", bound=Keyed, covariant=True)


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """A page of the ranking that answers a question; `total` counts the rows of all pages."""

    question: str
    rows: tuple[Row, ...]
    total: int
    has_next: bool
    has_previous: bool

    @property
    def cursors(self) -> tuple[str, ...]:
        """One for each row; made when they are asked for."""
        return tuple(_cursor(self.question, row.key) for row in self.rows)


def page_parameters(question: str, shape: KeyShape, page: Page) -> dict[str, object]:
    """The statement's parameters for a page. Raises BadArgument and BadCursor."""
    if (page.first is None) == (page.last is None):
        raise BadArgument("a page takes either `first` or `last`", hint="give exactly one of them")
    for name, count in (("first", page.first), ("last", page.last)):
        if count is not None and count < 0:
            raise BadArgument(f"{name}: {count} is negative", hint="give 0 or more")
    return {
        "first": page.first,
        "after": None if page.after is None else _key(question, shape, page.after),
        "last": page.last,
        "before": None if page.before is None else _key(question, shape, page.before),
    }


def make_page(question: str, rows: Sequence[Row], total: int, skipped: int) -> Paged[Row]:
    """The page of these rows, `skipped` rows of `total` standing before the place where it begins."""
    return Paged(
        question=question,
        rows=tuple(rows),
        total=total,
        has_next=skipped + len(rows) < total,
        has_previous=skipped > 0,
    )


def slice_page(question: str, shape: KeyShape, ranked: Sequence[Row], page: Page) -> Paged[Row]:
    """The page of a whole ranking, its rows in the order of their keys. Raises BadArgument and BadCursor."""
    wanted = page_parameters(question, shape, page)
    keys = [list(row.key) for row in ranked]
    first = 0 if wanted["after"] is None else bisect_right(keys, cast("list[Any]", wanted["after"]))
    last = len(keys) if wanted["before"] is None else bisect_left(keys, cast("list[Any]", wanted["before"]))
    if page.first is not None:
        last = min(last, first + page.first)
    else:
        first = max(first, last - (page.last or 0))
    return make_page(question, ranked[first:last], len(ranked), first)


def _cursor(question: str, key: Key) -> str:
    text = json.dumps([_VERSION, question, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _key(question: str, shape: KeyShape, cursor: str) -> list[object]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values: object = json.loads(text)
    except (ValueError, RecursionError):
        raise _bad(cursor) from None
    if not isinstance(values, list):
        raise _bad(cursor)
    parts = cast("list[object]", values)
    key = parts[2:]
    if parts[:2] != [_VERSION, question] or len(key) != len(shape):
        raise _bad(cursor)
    if not all(_fits(value, wanted) for value, wanted in zip(key, shape, strict=True)):
        raise _bad(cursor)
    return key


def _fits(value: object, wanted: type) -> bool:
    match value:
        case int():
            return type(value) is wanted and abs(value) <= _LARGEST
        case float():
            return wanted is float and isfinite(value)
        case _:
            return type(value) is wanted


def _bad(cursor: str) -> BadCursor:
    return BadCursor(
        f"the cursor '{cursor[:40]}' is damaged or belongs to another connection",
        hint="give a cursor that this connection answered, unchanged",
    )
