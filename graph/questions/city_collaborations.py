"""A city's collaborations on a date, with the peer cities and themes each one reaches.

A peer is a city that takes part in the same collaboration: see `graph.questions.peer_cities`. The working groups and
projects of a network count as part of it. A collaboration matches a theme if it addresses that theme, a narrower theme,
or a close match of either: see `graph.questions.theme_coverage`.
"""

from collections.abc import Iterable, Sequence

from graph.questions.enums import CollaborationName, StandingName
from graph.store import TypedRow

__all__ = ["Collaboration", "CollaborationSet", "MatchingThemes"]


class Collaboration(TypedRow, frozen=True):
    """A collaboration of the city.

    `network_id` is the id of the network for a working group or project, and otherwise the collaboration's own id.
    `citations` contains the city's memberships for a network, the twinning for twin towns, and otherwise the citations
    of the city's participation.
    """

    id: str
    kind: CollaborationName
    network_id: str
    standing: StandingName
    citations: tuple[str, ...]
    peers: tuple[str, ...]
    themes: tuple[str, ...]
    roster_complete: bool


class MatchingThemes(TypedRow, frozen=True):
    """A theme and all themes that match it, including itself."""

    theme: str
    answering: tuple[str, ...]


class CollaborationSet:
    """The peers and themes of a set of collaborations."""

    def __init__(self, collaborations: Iterable[Collaboration], answers: Sequence[MatchingThemes]) -> None:
        self.collaborations = tuple(collaborations)
        self._answers = {match.theme: match.answering for match in answers}
        self._all_answers = answers
        self.peers = frozenset(peer for part in self.collaborations for peer in part.peers)
        self.themes = frozenset(theme for part in self.collaborations for theme in part.themes)

    def get(self, collaboration: str) -> Collaboration | None:
        """Return the collaboration with this id, or None."""
        return next((part for part in self.collaborations if part.id == collaboration), None)

    def of(self, network: str) -> "CollaborationSet":
        """Return the network with its working groups and projects."""
        return CollaborationSet((part for part in self.collaborations if part.network_id == network), self._all_answers)

    def without(self, network: str) -> "CollaborationSet":
        """Return the collaborations that are not the network, its working groups or its projects."""
        return CollaborationSet((part for part in self.collaborations if part.network_id != network), self._all_answers)

    def new_peers(self, peers: Iterable[str]) -> tuple[str, ...]:
        """Return the given peers that are not in these collaborations, sorted by id."""
        return tuple(sorted(set(peers) - self.peers))

    def new_themes(self, themes: Iterable[str]) -> tuple[str, ...]:
        """Return the given themes that no collaboration here matches, sorted by id."""
        return tuple(sorted(theme for theme in set(themes) if self.themes.isdisjoint(self._answers[theme])))
