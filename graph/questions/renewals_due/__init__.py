"""Renewals due: the terms of a city's memberships that end or are to be reviewed by a day.

A term is due where its period ends by then, or a period in which a source wants the membership reviewed, and where no
later term of the same membership follows it. Memberships that were left, or only applied for, have none.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement

__all__ = ["Renewal", "RenewalSource", "renewals_due"]

_QUESTION: Final = "renewalsDue"
_KEY: Final = (str, str)


@dataclass(frozen=True, slots=True)
class RenewalSource:
    """A place that supports the term: its sentence, and the properties of the term that it supports (empty: all)."""

    citation: str
    quote: str
    supports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renewal:
    """A term that is due on the day `due`: the end of its period, or of the period in which it is to be reviewed.

    `period_ends` and `review_until` are the first days after those periods, null where not due by the day asked about.
    `sources` begin with those that speak of the review, then of the end.
    """

    sort_key: SortKey
    term: str
    membership: str
    network: str
    due: date
    period_ends: date | None
    review_from: date | None
    review_until: date | None
    review_said_in: Literal["REASONING", "DECIDED_POINTS"] | None
    sources: tuple[RenewalSource, ...]

    @property
    def reasons(self) -> tuple[Literal["PERIOD_ENDS", "REVIEW_DUE"], ...]:
        ends: tuple[Literal["PERIOD_ENDS"], ...] = ("PERIOD_ENDS",) if self.period_ends else ()
        return (*ends, "REVIEW_DUE") if self.review_until else ends


@dataclass(frozen=True, slots=True)
class _Answer:
    city_known: bool
    total: int
    offset: int
    rows: tuple[Renewal, ...]


_RENEWALS: Final = Statement.from_file(__file__, _Answer)


async def renewals_due(reading: Reader, *, city: str, by: date, page: Page) -> Paged[Renewal]:
    """The terms due by the day `by`, that day included, by the day they are due (earliest first) and id.

    Raises UnknownId, BadArgument and BadCursor.
    """
    check_label("city", city, "City")
    parameters = {"city": city, "by": by}
    (answer,) = await reading.run(_RENEWALS, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
