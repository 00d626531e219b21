"""Pairs of a city's collaborations that do the same work, ranked by a score.

`graph.questions.peer_cities` defines collaborations and the dates on which they count. The score of a pair is

    shared themes × (1 + shared peers) × (1 + ½ if the same unit)

A theme of one collaboration is shared if the other has the same theme, a narrower or wider one, or a close match. If
one theme matches several, the shared themes of the pair are counted on the side with fewer of them. The unit is the
contact unit of a network, or the unit that takes part in a working group or project. If the unit is unknown on either
side, the score treats the units as different and `same_unit` is null.
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
    """The yearly fee of a membership term in minor units of an ISO 4217 currency.

    The fee is null if no source states it.
    """

    term: str
    amount: int | None
    currency: str | None
    citations: tuple[str, ...]


class DuplicateSide(TypedRow, frozen=True):
    """One collaboration of a pair.

    `proofs` are defined as in `graph.questions.peer_cities`. `units` are the city's units in the collaboration, empty
    if unknown. `fees` are those of the terms that overlap the calendar year of the date. If there are none, the cost is
    unknown; it is always unknown for a collaboration that is not a network. `citations` support the city's
    participation.
    """

    collaboration: str
    kind: CollaborationName
    standing: StandingName
    proofs: tuple[str, ...]
    units: tuple[str, ...]
    fees: tuple[StatedFee, ...]
    citations: tuple[str, ...]


class Duplicate(TypedRow, frozen=True):
    """A pair of collaborations and the components of its score. `one` has the smaller id.

    `nested` is true if one is a working group or a project of the other. Some overlap is then expected.
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
        """Return WEAK if the pair shares only themes, otherwise STRONG."""
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
    """Return the pairs with at least one shared theme, sorted by score (highest first) and ids.

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
