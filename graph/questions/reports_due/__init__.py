"""Reports due: networks of a city on which its contacts have not reported for a year.

A report without a date counts as given on the last day of the year it reports on, or, of the year asked about, on the
day itself: the doubt is the contact's benefit.
"""

from datetime import date
from typing import Final

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.enums import StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["ReportDue", "reports_due"]

_QUESTION: Final = "reportsDue"
_KEY: Final = (str, str)


class ReportDue(TypedRow, frozen=True):
    """A network to report on. `contacts` are the city's units that are contacts for it; empty where unknown.

    `proofs` are the city's memberships. `last_report` is the latest report by the day, with the year it reports on and
    the day it was given, where known.
    """

    sort_key: SortKey
    network: str
    standing: StandingName
    proofs: tuple[str, ...]
    contacts: tuple[str, ...]
    last_report: str | None
    last_year: int | None
    last_reported_on: date | None

    @property
    def contact_known(self) -> bool:
        return bool(self.contacts)


class _Answer(TypedRow, frozen=True):
    city_known: bool
    total: int
    offset: int
    rows: tuple[ReportDue, ...]


_REPORTS: Final = Statement.from_file(__file__, _Answer)


async def reports_due(reading: Reader, *, city: str, on: date, page: Page) -> Paged[ReportDue]:
    """The networks the city is a member of on the day and has no report on from the year before it, by name and id.

    Any unit of the city may have reported. Raises UnknownId, BadArgument and BadCursor.
    """
    check_label("city", city, "City")
    parameters: dict[str, object] = {"city": city, "on": on, "year_ago": _year_before(on)}
    (answer,) = await reading.run(_REPORTS, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=max(day.year - 1, 1), day=28 if is_leap_day else day.day)
