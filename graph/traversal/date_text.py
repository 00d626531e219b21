"""Convert dates and the ends of periods to texts for readers, in English, Swedish or Finnish."""

import datetime
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_skeleton

from graph.vocabulary import Language

__all__ = ["date_text"]

_LOCALES: Final = {Language.EN: "en_GB", Language.SV: "sv_FI", Language.FI: "fi_FI"}
_OPEN: Final = {Language.EN: "until further notice", Language.SV: "tills vidare", Language.FI: "toistaiseksi"}
_UNKNOWN: Final = {Language.EN: "unknown", Language.SV: "okänt", Language.FI: "ei tiedossa"}


@lru_cache(maxsize=4096)
def date_text(
    date: str | None,
    precision: str | None,
    bound: str,
    language: Language | None = None,
    *,
    is_end: bool = False,
    last_day: bool = False,
) -> str:
    """Return an ISO date as text for readers. The text is as precise as the date, for example "November 2023".

    If `date` is None, the text states that the date is unknown or, if `bound` is "OPEN", that the end of the period is
    open. If `is_end` is true, `date` is the exclusive end of a period. If `last_day` is also true, the text shows the
    last day of the period, which is one day before `date`. If the end is precise only to the month or year, the text
    shows the month or year of this last day.
    """
    language = language or Language.EN
    if date is None:
        return (_OPEN if bound == "OPEN" else _UNKNOWN)[language]
    known = datetime.date.fromisoformat(date) - datetime.timedelta(days=is_end and last_day)
    if precision == "YEAR":
        return str(known.year)
    locale = _LOCALES[language]
    return (
        format_skeleton("yMMMM", known, locale=locale) if precision == "MONTH" else format_date(known, "long", locale)
    )
