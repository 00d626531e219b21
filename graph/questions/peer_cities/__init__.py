"""Peer cities per theme: who shares with a city a collaboration that addresses a theme.

A collaboration of a city on a day is a membership in a network, participation in a working group, partnership in a
project or a twinning that stands on that day: a source shows it in force on that day or before, and none shows that it
had ended. Evidence says which (`Standing`): IN_FORCE, or ATTESTED_EARLIER where no source reaches as far as the day.
What no source shows in force on any day does not count. A project's period is that of all its partners; a working
group's end ends all participation in it.
"""

from datetime import date
from typing import Final

from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.questions.enums import CollaborationName, StandingName, ThemeHit
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["PeerCity", "PeerEvidence", "peer_cities"]

_QUESTION: Final = "peerCities"
_KEY: Final = (int, float, str, str)


class PeerEvidence(TypedRow, frozen=True):
    """A collaboration that both cities take part in.

    `themes` are those of its themes that answer to the one asked for. `members` counts its recorded cities on the day;
    `roster_complete` says whether a source shows that these are all, on that very day. `proofs` are the ids of what
    shows that the city takes part, and `peer_proofs` that the peer does: memberships, twinnings, or for working groups
    and projects the citations.
    """

    collaboration: str
    kind: CollaborationName
    themes: tuple[ThemeHit, ...]
    members: int
    roster_complete: bool
    standing: StandingName
    proofs: tuple[str, ...]
    peer_standing: StandingName
    peer_proofs: tuple[str, ...]


class PeerCity(TypedRow, frozen=True):
    """A peer. `rarity` (Newman 2001, doi:10.1103/PhysRevE.64.016132) is the sum over `evidence` of 1/(members − 1).

    `lower_bound` is true where a roster behind it is partial: then there may be more members than were counted.
    """

    sort_key: SortKey
    city: str
    shared: int
    rarity: float
    lower_bound: bool
    evidence: tuple[PeerEvidence, ...]


class _Answer(TypedRow, frozen=True):
    city_known: bool
    theme_known: bool
    themes: tuple[ThemeHit, ...]
    total: int
    offset: int
    rows: tuple[PeerCity, ...]


_PEERS: Final = Statement.from_file(__file__, _Answer)


async def peer_cities(
    reading: Reader,
    *,
    city: str,
    theme: str,
    on: date,
    page: Page,
    include_applied: bool = False,
    with_evidence: bool = True,
    with_proofs: bool = True,
) -> Paged[PeerCity]:
    """The peers, by shared collaborations (most first), rarity (highest first), name and id.

    Narrower themes and close matches of the theme, and close matches of narrower themes, count as well. With
    `include_applied`, memberships that were applied for count on both sides. Evidence and its proofs are empty where
    they are not asked for. Raises UnknownId, BadArgument, BadCursor.
    """
    check_label("city", city, "City")
    check_label("theme", theme, "Theme")
    wanted = {"evidence": with_evidence, "proofs": with_proofs}
    parameters = {"city": city, "theme": theme, "on": on, "include_applied": include_applied, **wanted}
    (answer,) = await reading.run(_PEERS, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known), (theme, answer.theme_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
