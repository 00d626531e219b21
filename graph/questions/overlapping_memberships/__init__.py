"""Pairs of networks and the members they share.

A membership counts on a date if its period includes the date. Its status does not matter, except that APPLIED
memberships are excluded. Three measures are computed for two networks A and B with members on that date: the Jaccard
index |A ∩ B| / |A ∪ B|, the overlap coefficient |A ∩ B| / min(|A|, |B|), and Newman's weight (2001,
doi:10.1103/PhysRevE.64.016132). Newman's weight is the sum over the shared members of 1/(k − 1), where k is the number
of networks that the member is in on the date.

The local networks of a city are compared in the same way. Their members are units and organisations. Their
participation has no dates, so it counts on every date and has no standing.
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
    """A member of both networks. Its standing is IN_FORCE only if it is so in both.

    `proofs` are the ids of its memberships in both networks. For a unit or an organisation they are citations, and
    there is no standing.
    """

    member: str
    standing: StandingName | None
    proofs: tuple[str, ...]


class Overlap(TypedRow, frozen=True):
    """Two networks and the members they share. `network` is the one with the smaller id.

    `members` and `other_members` count the recorded members of each network. A roster is complete if a source confirms
    that these are all members on that date. If either roster is incomplete, the figures are lower bounds.
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
    """Return the pairs with shared members, by their number (most first), Jaccard index (highest first) and ids.

    `city` restricts the result to pairs of networks that both include the city, and adds pairs of its own local
    networks. Evidence and themes are the slowest part of the statement and are empty if they are not requested. Raises
    UnknownId, BadArgument and BadCursor.
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
