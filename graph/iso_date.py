"""Parse ISO dates in seed files, arguments and options."""

import re
from datetime import date
from typing import Final

__all__ = ["parse_iso_date"]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_iso_date(text: str) -> date:
    """Return the date of a text such as "2023-11-27". Raises ValueError if the text has another form.

    Other forms of ISO 8601, such as weeks ("2026-W01-1"), are rejected, although `date.fromisoformat` accepts them.
    """
    if _DAY.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a year, a month and a day")
    return date.fromisoformat(text)
