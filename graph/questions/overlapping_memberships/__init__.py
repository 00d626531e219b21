"""Overlapping memberships: pairs of networks and the members they share.

A membership counts on a day by its period, whatever its status, but for those only APPLIED for. Of two networks A and
B with members on that day: Jaccard index |A ∩ B| / |A ∪ B|, overlap coefficient |A ∩ B| / min(|A|, |B|), and Newman's
weight (2001, doi:10.1103/PhysRevE.64.016132), the sum over the shared members of 1/(k − 1), where k is the number of
networks that member is in on the day.

A city's local networks are the same question one level down: their members are units and organisations, whose
participation bears no dates and so counts on every day, without a standing.
"""

from datetime import date
from typing import Final, Literal

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.enums import SharedTheme, StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["Overlap", "SharedMember", "overlapping_memberships"]

_QUESTION: Final = "overlappingMemberships"
_KEY: Final = (int, float, str, str)


class SharedMember(TypedRow, frozen=True):
    """A member of both networks, IN_FORCE only where it is so in both.

    `proofs` are the ids of its memberships in both; of a unit or an organisation the citations, and no standing.
    """

    member: str
    standing: StandingName | None
    proofs: tuple[str, ...]


class Overlap(TypedRow, frozen=True):
    """Two networks, `network` the one with the smaller id, and what they share.

    `members` and `other_members` count the recorded members of each. A roster is complete where a source shows that
    these are all on that very day; unless both are, the figures are lower bounds.
    """

    sort_key: SortKey
    level: Literal["CITIES", "UNITS"]
    network: str
    other: str
    shared: int
    jaccard: float
    overlap_coefficient: float
    newman: float
    members: int
    other_members: int
    roster_complete: bool
    other_roster_complete: bool
    evidence: tuple[SharedMember, ...]
    themes: tuple[SharedTheme, ...]

    @property
    def lower_bound(self) -> bool:
        return not (self.roster_complete and self.other_roster_complete)


class _Answer(TypedRow, frozen=True):
    city_known: bool
    total: int
    offset: int
    rows: tuple[Overlap, ...]


_OVERLAPS: Final = Statement.from_file(__file__, _Answer)


async def overlapping_memberships(
    reading: Reader,
    *,
    on: date,
    page: Page,
    city: str | None = None,
    include_applied: bool = False,
    with_evidence: bool = True,
    with_themes: bool = True,
) -> Paged[Overlap]:
    """The pairs with at least one shared member, by their number (most first), Jaccard index (highest first) and ids.

    With `city`, the pairs it belongs to both of, and those of its own local networks. Evidence and themes, which take
    the database longer than all else, are empty where they are not asked for. Raises UnknownId, BadArgument and
    BadCursor.
    """
    if city is not None:
        check_label("city", city, "City")
    parameters = {
        "city": city,
        "on": on,
        "include_applied": include_applied,
        "evidence": with_evidence,
        "themes": with_themes,
    }
    (answer,) = await reading.run(_OVERLAPS, parameters | page_parameters(_QUESTION, _KEY, page))
    if city is not None:
        check_exists((city, answer.city_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
