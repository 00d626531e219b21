"""What a city has from its collaborations on a day: whom it meets through which of them, and which themes they address.

A peer is a city met through a collaboration: see `graph.questions.peer_cities`. A network's working groups and projects
are part of it: they begin and end with it. A theme is answered where another collaboration addresses it, a narrower
theme, or a close match of either: see `graph.questions.theme_coverage`.
"""

from collections.abc import Iterable, Sequence

from graph.questions.enums import CollaborationName, StandingName
from graph.store import TypedRow

__all__ = ["Collaboration", "CollaborationSet", "MatchingThemes"]


class Collaboration(TypedRow, frozen=True):
    """A collaboration of the city. `belongs` is the network of a working group or project, else its own id."""

    id: str
    kind: CollaborationName
    network_id: str
    standing: StandingName
    citations: tuple[str, ...]
    peers: tuple[str, ...]
    themes: tuple[str, ...]
    roster_complete: bool


class MatchingThemes(TypedRow, frozen=True):
    """A theme and all that answer to it, itself among them."""

    theme: str
    answering: tuple[str, ...]


class CollaborationSet:
    """The peers and themes of some collaborations."""

    def __init__(self, collaborations: Iterable[Collaboration], answers: Sequence[MatchingThemes]) -> None:
        self.collaborations = tuple(collaborations)
        self._answers = {each.theme: frozenset(each.answering) for each in answers}
        self._all_answers = answers
        self.peers = frozenset(peer for each in self.collaborations for peer in each.peers)
        self.themes = frozenset(theme for each in self.collaborations for theme in each.themes)

    def of(self, *belongs: str) -> "CollaborationSet":
        """The part that belongs to these."""
        return CollaborationSet((each for each in self.collaborations if each.network_id in belongs), self._all_answers)

    def without(self, *belongs: str) -> "CollaborationSet":
        """The rest."""
        return CollaborationSet(
            (each for each in self.collaborations if each.network_id not in belongs), self._all_answers
        )

    def new_peers(self, peers: Iterable[str]) -> tuple[str, ...]:
        """Those of the peers that are not met here, by id."""
        return tuple(sorted(set(peers) - self.peers))

    def new_themes(self, themes: Iterable[str]) -> tuple[str, ...]:
        """Those of the themes that nothing here answers to, by id."""
        return tuple(sorted(each for each in set(themes) if self.themes.isdisjoint(self._answers[each])))
