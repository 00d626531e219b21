"""Compute the positions of the terms of a membership, and of the decisions about it, on an axis of years."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

__all__ = ["Bar", "Point", "Timeline", "timeline_of"]

_WIDTH: Final = 640
_YEAR_WIDTHS: Final = 16, 64
"""The smallest and the largest width, in pixels, of a year on the axis."""
_LABEL_WIDTH: Final = 44
_MARGIN: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar that represents a membership term. It begins at `x` on the axis, and is `width` pixels wide.

    If the start or the end of the term is unknown or not set, `is_open` is true.
    """

    term: Mapping[str, Any]
    x: float
    width: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Point:
    """The point that represents a decision about a membership.

    `x` is the position of the point on the axis, in pixels.
    """

    decision: Mapping[str, Any]
    x: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The terms of a membership and the decisions about it, with their positions on an axis of years.

    All positions are in pixels. `years` contains the labels of the axis as (x, year) pairs. `now` is the position of
    the requested date.
    """

    width: int
    now: float
    years: tuple[tuple[float, int], ...]
    bars: tuple[Bar, ...]
    points: tuple[Point, ...]


def timeline_of(membership: Mapping[str, Any], on: date) -> Timeline | None:
    """Return the timeline of a membership. If neither a term nor a decision has a date, return None.

    The decisions are those about the membership itself and those about its terms. The axis ends with the year of `on`,
    or with a later year if a term or a decision is later. If the end of a term is unknown, its bar reaches the end of
    the axis. If the start is unknown, the bar begins at the start of the axis.
    """
    terms = [term for term in membership["terms"]["nodes"] if term["validFrom"].date or term["validUntil"].date]
    of_terms = [term["decision"] for term in membership["terms"]["nodes"] if term["decision"]]
    by_id = {decision["id"]: decision for decision in (*membership["decisions"]["nodes"], *of_terms)}
    decisions = [decision for decision in by_id.values() if decision["date"] and decision["date"].date]
    days = [decision["date"].date for decision in decisions]
    days += [day for term in terms for day in (term["validFrom"].date, term["validUntil"].last_day.date) if day]
    if not days:
        return None
    years = range(min(days).year, max(*days, on).year + 1)
    least, most = _YEAR_WIDTHS
    unit = min(max(_WIDTH // len(years), least), most)
    width = 2 * _MARGIN + unit * len(years)

    def place(day: date) -> float:
        return round(_MARGIN + unit * (day.year - years[0] + (day.timetuple().tm_yday - 1) / 366), 1)

    def bar(term: Mapping[str, Any]) -> Bar:
        begins, end = term["validFrom"].date, term["validUntil"].date
        start = place(begins) if begins else float(_MARGIN)
        return Bar(term, start, (place(end) if end else width - _MARGIN) - start, begins is None or end is None)

    step = -(-_LABEL_WIDTH // unit)
    return Timeline(
        width,
        place(on),
        tuple((x, year) for year in years[::step] if (x := place(date(year, 1, 1))) + _LABEL_WIDTH <= width + _MARGIN),
        tuple(bar(term) for term in terms),
        tuple(Point(decision, place(decision["date"].date)) for decision in decisions),
    )
