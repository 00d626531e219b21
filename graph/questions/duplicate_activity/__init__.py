"""Duplicate activity: pairs of a city's collaborations that do the same work.

What a collaboration is and when it counts is told in `graph.questions.peer_cities`. The score of a pair is

    shared themes × (1 + shared peers) × (1 + ½ if the same unit)

A theme of one is shared where it meets a theme of the other: the same, a narrower or wider one, or a close match. Where
one theme meets several, the pair's shared themes are counted on the side that has fewer of them. The unit is the
contact of a network, or the unit that takes part in a working group or project; where it is unknown for one or both,
the score counts it as not the same and `same_unit` is null.
"""

from datetime import date
from typing import Final, Literal

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.enums import CollaborationName, SharedTheme, StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["Duplicate", "DuplicateSide", "StatedFee", "duplicate_activity"]

_QUESTION: Final = "duplicateActivity"
_KEY: Final = (float, str, str)


class StatedFee(TypedRow, frozen=True):
    """The yearly fee of a membership term, in minor units of an ISO 4217 currency; null where no source states it."""

    term: str
    amount: int | None
    currency: str | None
    citations: tuple[str, ...]


class DuplicateSide(TypedRow, frozen=True):
    """One of the two. `proofs` are as in peer cities; `units` the city's units in it, empty where unknown.

    `fees` are those of the terms that touch the year of the day; empty where there are none: the cost is then unknown,
    and that of anything but a network always is. `citations` support that the city takes part.
    """

    collaboration: str
    kind: CollaborationName
    standing: StandingName
    proofs: tuple[str, ...]
    units: tuple[str, ...]
    fees: tuple[StatedFee, ...]
    citations: tuple[str, ...]


class Duplicate(TypedRow, frozen=True):
    """Two collaborations, `one` the one with the smaller id, and the components of their score.

    `nested` is true where one is a working group or a project of the other: then some overlap is in the nature of it.
    """

    sort_key: SortKey
    score: float
    one: DuplicateSide
    two: DuplicateSide
    shared_themes: int
    themes: tuple[SharedTheme, ...]
    peers: tuple[str, ...]
    same_unit: bool | None
    units: tuple[str, ...]
    nested: bool

    @property
    def strength(self) -> Literal["WEAK", "STRONG"]:
        """WEAK where only a theme is shared."""
        return "STRONG" if self.peers or self.same_unit else "WEAK"


class _Answer(TypedRow, frozen=True):
    city_known: bool
    total: int
    offset: int
    rows: tuple[Duplicate, ...]


_DUPLICATES: Final = Statement.from_file(__file__, _Answer)


async def duplicate_activity(
    reading: Reader, *, city: str, on: date, page: Page, include_applied: bool = False
) -> Paged[Duplicate]:
    """The pairs with at least one shared theme, by score (highest first) and ids.

    Raises UnknownId, BadArgument and BadCursor.
    """
    check_label("city", city, "City")
    parameters: dict[str, object] = {
        "city": city,
        "on": on,
        "year_from": date(on.year, 1, 1),
        "year_last": date(on.year, 12, 31),
        "include_applied": include_applied,
    }
    (answer,) = await reading.run(_DUPLICATES, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
