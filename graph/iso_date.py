"""Parse ISO dates in seed files, arguments and options, and write dates of which only the month or year is known."""

import re
from datetime import date, timedelta
from typing import Final

__all__ = ["KNOWN_CHARACTERS", "PartialDate", "likely_precision", "parse_iso_date", "partial_date"]

KNOWN_CHARACTERS: Final = {"YEAR": 4, "MONTH": 7}
"""For each precision, the number of characters at the start of an ISO date that are known."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_iso_date(text: str) -> date:
    """Return the date of a text such as "2023-11-27". Raises ValueError if the text has another form.

    Other forms of ISO 8601, such as weeks ("2026-W01-1"), are rejected, although `date.fromisoformat` accepts them.
    """
    if _DAY.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a year, a month and a day")
    return date.fromisoformat(text)


def likely_precision(day: date) -> str:
    """Return YEAR or MONTH if `day` is the first or last day of a year or month, otherwise DAY.

    If a source states only the year or month in which it shows a fact, the facts contain the first or last day of it.
    """
    if (day.month, day.day) in ((1, 1), (12, 31)):
        return "YEAR"
    return "MONTH" if 1 in (day.day, (day + timedelta(days=1)).day) else "DAY"


class PartialDate(date):
    """A date of which only the month or year is known. The date is the first or last day of this month or year."""

    @property
    def precision(self) -> str:
        return likely_precision(self)

    def isoformat(self) -> str:
        """Return the known part of the date, such as 2024-06 or 2024."""
        return super().isoformat()[: KNOWN_CHARACTERS.get(self.precision)]


def partial_date(day: date) -> date:
    """Return the day as a `PartialDate` if probably only its month or year is known (see `likely_precision`)."""
    return day if likely_precision(day) == "DAY" else PartialDate(day.year, day.month, day.day)
