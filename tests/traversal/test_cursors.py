"""Cursors decode to the encoded position; all other text is refused."""

from base64 import urlsafe_b64encode
from datetime import date

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadCursor
from graph.model import association, label
from graph.traversal.cursors import decode, encode, fingerprint
from graph.traversal.ordering import SortTerm, ValueKind
from graph.traversal.selection import Compare, Not, Related
from graph.vocabulary import Standing

VALUES: dict[ValueKind, st.SearchStrategy[object]] = {
    "text": st.text(st.characters(codec="utf-8")),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1000, 1000),
    "boolean": st.booleans(),
    "date": st.dates(),
}


@st.composite
def positions(draw: st.DrawFn) -> tuple[tuple[SortTerm, ...], tuple[object, ...], tuple[str, ...]]:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4))
    terms = tuple(SortTerm(f"t{index}", kind, draw(st.booleans())) for index, kind in enumerate(kinds))
    values = tuple(draw(st.none() | VALUES[kind]) for kind in kinds)
    ids = tuple(draw(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=2)))
    return terms, values, ids


@given(positions())
def test_decoding_returns_the_encoded_position(
    given_: tuple[tuple[SortTerm, ...], tuple[object, ...], tuple[str, ...]],
) -> None:
    terms, values, ids = given_
    mark = fingerprint("City.networks", terms)
    decoded = decode(encode(mark, values, ids), mark, terms, len(ids))
    assert decoded == (values, ids)
    assert [type(value) for value in decoded[0]] == [type(value) for value in values]


def test_connections_and_orders_have_different_fingerprints() -> None:
    name, back, count = (
        SortTerm("name", "text", False),
        SortTerm("name", "text", True),
        SortTerm("count", "integer", False),
    )
    marks = [
        fingerprint(connection, terms)
        for connection in ("City", "Network", "City.networks")
        for terms in ((), (name,), (back,), (count,), (name, count), (count, name))
    ]
    assert len(set(marks)) == len(marks)


def test_other_restrictions_have_different_fingerprints() -> None:
    country, population = label("City").property("country"), label("City").property("population")
    restrictions = (
        (),
        (None,),
        (date(2023, 11, 27),),
        (date(2023, 11, 28),),
        (Standing.IN_FORCE, Standing.ATTESTED_EARLIER),
        ((Standing.IN_FORCE,), Standing.ATTESTED_EARLIER),
        (Compare(country, "eq", "FI"),),
        (Compare(country, "eq", "SE"),),
        (Compare(country, "in", ("FI", "SE")),),
        (Compare(population, "gte", 1),),
        (Compare(population, "gte", 1.0),),
        (Not(Compare(country, "eq", "FI")),),
        (Related(association("City", "projects"), "some", None),),
        (Related(association("City", "workingGroups"), "some", None),),
    )
    marks = [fingerprint("City", (), restriction) for restriction in restrictions]
    assert len(set(marks)) == len(marks)


TERMS = (SortTerm("name", "text", False), SortTerm("since", "date", True), SortTerm("population", "integer", False))
MARK = fingerprint("City", TERMS)


def packed(value: object) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "%%%%",
        packed([])[:-1],
        packed({}),
        packed([1, MARK]),
        packed([1, MARK, ["a", None, 1], "City:a"]),
        packed([1, MARK, "a", None, 1]),
        packed([1, MARK, "a", None, 1, "City:a", "City:b"]),
        packed([1, MARK, "a", None, 1, 7]),
        packed([1, MARK, "a", None, "City:a"]),
        packed([1, MARK, "a", None, 1, 1, "City:a"]),
        packed([1, MARK, 7, None, 1, "City:a"]),
        packed([1, MARK, "a", "yesterday", 1, "City:a"]),
        packed([1, MARK, "a", None, True, "City:a"]),
        packed([1, MARK, "a", None, 1.5, "City:a"]),
        packed([1, MARK, "a", None, 2**63, "City:a"]),
        urlsafe_b64encode(b'[1, "%b", "\\ud800", null, 1, "City:a"]' % MARK.encode()).decode(),
        urlsafe_b64encode(b"[" * 100_000).decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor, match="damaged"):
        decode(cursor, MARK, TERMS, 1)


def test_another_version_or_fingerprint_is_refused() -> None:
    for version, mark in ((2, MARK), (1, fingerprint("Network", TERMS))):
        with pytest.raises(BadCursor, match="another field or to other arguments"):
            decode(packed([version, mark, "a", None, 1, "City:a"]), MARK, TERMS, 1)


def test_an_infinite_number_is_refused() -> None:
    terms = (SortTerm("latitude", "number", False),)
    mark = fingerprint("City", terms)
    for number in (b"1e999", b"NaN", b"-Infinity"):
        cursor = urlsafe_b64encode(b'[1, "%b", %b, "City:a"]' % (mark.encode(), number)).decode()
        with pytest.raises(BadCursor, match="damaged"):
            decode(cursor, mark, terms, 1)


def test_a_date_is_a_date() -> None:
    cursor = encode(MARK, ["a", date(2020, 2, 29), 1], ["City:a"])
    assert decode(cursor, MARK, TERMS, 1) == (("a", date(2020, 2, 29), 1), ("City:a",))
