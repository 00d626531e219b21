"""A city's collaborations on a date, with the peer cities and themes of each.

A peer is another city that takes part in the same collaboration: see `graph.questions.peer_cities`. The working groups
and projects of a network count as part of the network. A collaboration matches a theme if it addresses that theme, a
narrower theme, or a close match of either.
"""

from collections.abc import Iterable, Sequence

from graph.questions.enums import CollaborationName, StandingName
from graph.store import TypedRow

__all__ = ["Collaboration", "CollaborationSet", "MatchingThemes"]


class Collaboration(TypedRow, frozen=True):
    """A collaboration that a city takes part in.

    `network_id` is the id of the network that a working group or project belongs to. For every other collaboration it
    equals `id`. `citations` contains ids of the evidence that the city takes part: its memberships in a network, the
    twinning itself, or the citations for its part in a working group or project.
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
    """A theme and the ids of all themes that match it. A theme matches itself."""

    theme: str
    answering: tuple[str, ...]


class CollaborationSet:
    """A set of collaborations, with all their peers and themes."""

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
        """Return the subset of the network with this id, its working groups and its projects."""
        return CollaborationSet((part for part in self.collaborations if part.network_id == network), self._all_answers)

    def without(self, network: str) -> "CollaborationSet":
        """Return the subset without the network with this id, its working groups and its projects."""
        return CollaborationSet((part for part in self.collaborations if part.network_id != network), self._all_answers)

    def new_peers(self, peers: Iterable[str]) -> tuple[str, ...]:
        """Return the given cities that take part in none of these collaborations, sorted by id."""
        return tuple(sorted(set(peers) - self.peers))

    def new_themes(self, themes: Iterable[str]) -> tuple[str, ...]:
        """Return the given themes that none of these collaborations matches, sorted by id."""
        return tuple(sorted(theme for theme in set(themes) if self.themes.isdisjoint(self._answers[theme])))
