"""Follow-ups due: projects of a city that are to be followed up, in the two years after their end."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement

__all__ = ["FollowUp", "follow_ups_due"]

_QUESTION: Final = "followUpsDue"
_KEY: Final = (str, str)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A project without a follow-up since its end: the two years are the period `[ended, until)`.

    `followed_up_on` is the last follow-up where one came before the end. `role` is the city's role in the project and
    `proofs` the citations of its partnership.
    """

    sort_key: SortKey
    project: str
    ended: date
    until: date
    followed_up_on: date | None
    role: str | None
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    city_known: bool
    total: int
    offset: int
    rows: tuple[FollowUp, ...]


_FOLLOW_UPS: Final = Statement.from_file(__file__, _Answer)


async def follow_ups_due(reading: Reader, *, city: str, on: date, page: Page) -> Paged[FollowUp]:
    """The city's projects to follow up on the day, by the end of their two years (earliest first) and id.

    Raises UnknownId, BadArgument and BadCursor.
    """
    check_label("city", city, "City")
    parameters = {"city": city, "on": on}
    (answer,) = await reading.run(_FOLLOW_UPS, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
