"""Place the terms of a membership, and the decisions on it, on an axis of years."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

__all__ = ["Bar", "Point", "Timeline", "timeline_of"]

_WIDTH: Final = 640
_YEAR_WIDTHS: Final = 16, 64
"""The smallest and the largest width of a year, in pixels."""
_LABEL_WIDTH: Final = 44
_MARGIN: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A membership term on the axis. Its bar begins at `x` and is `width` pixels wide.

    `is_open` is true if the start or the end of the term is unknown or not set.
    """

    term: Mapping[str, Any]
    x: float
    width: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A decision on the membership, at `x` pixels on the axis."""

    decision: Mapping[str, Any]
    x: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The terms and decisions of a membership, with their coordinates in pixels.

    `years` are (x, year) pairs of the labels on the axis, and `now` is the place of the requested day.
    """

    width: int
    now: float
    years: tuple[tuple[float, int], ...]
    bars: tuple[Bar, ...]
    points: tuple[Point, ...]


def timeline_of(membership: Mapping[str, Any], on: date) -> Timeline | None:
    """Return the timeline of a membership, or None if neither a term nor a decision has a date.

    The decisions are those on the membership and those on its terms.

    The axis ends with the year of `on`, or later if a term does. A term without a known end reaches the end of the
    axis, and one without a known beginning its start.
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
