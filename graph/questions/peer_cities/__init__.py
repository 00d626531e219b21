"""Cities that share a collaboration on a theme with a city.

A collaboration is a membership in a network, participation in a working group, partnership in a project, or a twinning.
It counts on a date if a source confirms it on or before that date and no source shows that it had ended. Evidence has a
`Standing`: IN_FORCE, or ATTESTED_EARLIER if no source confirms it up to the date. A collaboration that no source
confirms on any date does not count. The period of a project applies to all its partners. The end of a working group
ends all participation in it.
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

    `themes` are those of its themes that match the requested theme. `members` counts its recorded cities on the date.
    `roster_complete` is true if a source confirms that these are all cities on that date. `proofs` are the ids of the
    evidence for the city, and `peer_proofs` for the peer. Evidence is a membership or a twinning, and for working
    groups and projects a citation.
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
    """A city that shares collaborations with the requested city.

    `rarity` (Newman 2001, doi:10.1103/PhysRevE.64.016132) is the sum over `evidence` of 1/(members − 1). `lower_bound`
    is true if one of the rosters is incomplete. There may then be more members than were counted.
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
    """Return the peers by number of shared collaborations (most first), rarity (highest first), name and id.

    Narrower themes, close matches of the theme and close matches of narrower themes also count. `include_applied`
    includes memberships with the status APPLIED on both sides. Evidence and its proofs are empty if they are not
    requested. Raises UnknownId, BadArgument and BadCursor.
    """
    check_label("city", city, "City")
    check_label("theme", theme, "Theme")
    wanted = {"evidence": with_evidence, "proofs": with_proofs}
    parameters = {"city": city, "theme": theme, "on": on, "include_applied": include_applied, **wanted}
    (answer,) = await reading.run(_PEERS, parameters | page_parameters(_QUESTION, _KEY, page))
    check_exists((city, answer.city_known), (theme, answer.theme_known))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
