"""Cursors of rankings: what goes in comes out, and nothing else does."""

import base64
import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadCursor
from graph.pagination import Page, SortKey, make_page, page_parameters

SHAPE = (int, float, str)


@dataclass(frozen=True)
class Row:
    sort_key: SortKey


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text())
def test_a_cursor_holds_its_key(number: int, weight: float, node_id: str) -> None:
    page = make_page("peers", [Row((number, weight, node_id))], total=3, offset=1)

    assert page_parameters("peers", SHAPE, Page(first=1, after=page.cursors[0])) == {
        "first": 1,
        "after": [number, weight, node_id],
        "last": None,
        "before": None,
    }
    assert (page.has_previous, page.has_next) == (True, True)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        _cursor([1, "overlaps", 1, 1.0, "a"]),
        _cursor([2, "peers", 1, 1.0, "a"]),
        _cursor([1, "peers", 1, 1.0]),
        _cursor([1, "peers", 1, 1.0, "a", "b"]),
        _cursor([1, "peers", 1, 1, "a"]),
        _cursor([1, "peers", True, 1.0, "a"]),
        _cursor([1, "peers", 1, 1.0, None]),
        _cursor([1, "peers", 2**63, 1.0, "a"]),
        _cursor([1, "peers", 1, float("nan"), "a"]),
        _cursor([1, "peers", 1, float("inf"), "a"]),
        _cursor({"peers": 1}),
        _cursor([1, "peers", 1, 1.0, "a"])[:-3],
        "[" * 100_000,
        _cursor([1, "peers", 1, 1.0, "a"]) + "!",
    ],
)
def test_other_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        page_parameters("peers", SHAPE, Page(first=1, after=cursor))
    with pytest.raises(BadCursor):
        page_parameters("peers", SHAPE, Page(last=1, before=cursor))


@pytest.mark.parametrize(("offset", "has_next", "has_previous"), [(0, True, False), (2, True, True), (5, False, True)])
def test_an_empty_page_has_around_it_what_it_lies_between(offset: int, has_next: bool, has_previous: bool) -> None:
    page = make_page("peers", [], total=5, offset=offset)

    assert (page.rows, page.cursors, page.total) == ((), (), 5)
    assert (page.has_next, page.has_previous) == (has_next, has_previous)
