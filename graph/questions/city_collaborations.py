"""A city's collaborations on a date, with the peer cities and themes of each collaboration.

A peer is another city that takes part in the same collaboration: see `graph.questions.peer_cities`. The working groups
and projects of a network are treated as part of the network. A collaboration matches a theme if it addresses the theme,
a narrower theme, or a theme that is linked to one of these themes as a SKOS close match.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from graph.questions.enums import AddressedTheme, BasisName, CollaborationName, StandingName, strongest, weakest
from graph.store import TypedRow

__all__ = ["Collaboration", "CollaborationSet", "MatchingThemes"]


class Collaboration(TypedRow, frozen=True):
    """A collaboration that a city takes part in.

    - `network_id`: for a working group or project of a network, the id of the network. For any other collaboration, the
      same as `id`.
    - `standing`: whether sources show the city's participation in force on the date, or only earlier or later.
    - `shown_on`: the date on which a source shows the city's participation in force. Of several dates, it is the one
      nearest to the requested date.
    - `citations`: the ids of the nodes that show the city's participation. For a network, these nodes are the city's
      memberships. For a twinning, the only node is the twinning itself. For a working group or project, the nodes are
      the citations for the participation.
    - `peers`: the ids of the other cities that take part.
    - `members_complete`: whether all cities that take part are recorded.
    """

    id: str
    kind: CollaborationName
    network_id: str
    standing: StandingName
    shown_on: date
    citations: tuple[str, ...]
    peers: tuple[str, ...]
    themes: tuple[AddressedTheme, ...]
    members_complete: bool


class MatchingThemes(TypedRow, frozen=True):
    """A theme, and all themes that match it (`answering`): the theme itself, narrower themes and SKOS close matches.

    Each matching theme has a basis, which states how the match is known. If the match depends on several links between
    themes, the basis of the match is the weakest basis of these links. STATED is the strongest basis, and EDITORIAL the
    weakest.
    """

    theme: str
    answering: tuple[AddressedTheme, ...]


class CollaborationSet:
    """A set of collaborations of one city, with all the themes and peers (other cities that take part) of the set."""

    def __init__(self, collaborations: Iterable[Collaboration], answers: Sequence[MatchingThemes]) -> None:
        self.collaborations = tuple(collaborations)
        self._answers = {match.theme: match.answering for match in answers}
        self._all_answers = answers
        self.peers = frozenset(peer for part in self.collaborations for peer in part.peers)
        self._bases: dict[str, BasisName] = {}
        for addressed in (theme for part in self.collaborations for theme in part.themes):
            known = self._bases.get(addressed.theme, addressed.basis)
            self._bases[addressed.theme] = strongest(known, addressed.basis)

    @property
    def themes(self) -> tuple[AddressedTheme, ...]:
        """The themes that at least one of the collaborations addresses, sorted by id, each with its strongest basis.

        A basis states how a fact is known, such as STATED or EDITORIAL.
        """
        return tuple(AddressedTheme(theme, basis) for theme, basis in sorted(self._bases.items()))

    def get(self, collaboration: str) -> Collaboration | None:
        """Return the collaboration with this id, or None if the set does not contain it."""
        return next((part for part in self.collaborations if part.id == collaboration), None)

    def of(self, network: str) -> "CollaborationSet":
        """Return the subset that consists of the network with this id, its working groups and its projects."""
        return CollaborationSet((part for part in self.collaborations if part.network_id == network), self._all_answers)

    def without(self, network: str) -> "CollaborationSet":
        """Return a copy of this set. The network `network`, its working groups and its projects are left out."""
        return CollaborationSet((part for part in self.collaborations if part.network_id != network), self._all_answers)

    def new_peers(self, peers: Iterable[str]) -> tuple[str, ...]:
        """Return the cities in `peers` that do not take part in any collaboration of this set, sorted by id."""
        return tuple(sorted(set(peers) - self.peers))

    def matches(self, theme: str) -> bool:
        """Return whether a collaboration of this set matches the theme (see `MatchingThemes`)."""
        return bool(self._matching_bases(theme))

    def new_themes(self, themes: Iterable[AddressedTheme]) -> tuple[AddressedTheme, ...]:
        """Return the entries of `themes` that no collaboration of this set matches.

        A collaboration matches a theme if it addresses the theme, a narrower theme, or a theme that is linked to one of
        these themes as a SKOS close match.
        """
        return tuple(addressed for addressed in themes if not self.matches(addressed.theme))

    def matched_themes(self, themes: Iterable[AddressedTheme]) -> tuple[AddressedTheme, ...]:
        """Return the entries of `themes` that a collaboration of this set matches.

        A collaboration matches a theme if it addresses the theme, a narrower theme, or a theme that is linked to one of
        these themes as a SKOS close match. The basis of an entry states how it is known that the theme is addressed,
        such as STATED or EDITORIAL. A returned entry has the weaker of two bases: the basis that it has in `themes`,
        and the basis of the strongest match.
        """
        return tuple(
            AddressedTheme(addressed.theme, weakest(addressed.basis, strongest(*bases)))
            for addressed in themes
            if (bases := self._matching_bases(addressed.theme))
        )

    def count_shared_themes(self, other: "CollaborationSet") -> int:
        """Return the number of themes that this set and `other` have in common.

        A theme of one set is common if the other set has the same theme, a narrower or broader theme, or a SKOS close
        match. One theme can match several themes of the other set. Therefore the common themes are counted in each of
        the two sets, and the smaller number is returned.
        """
        answers = {theme: {match.theme for match in matches} for theme, matches in self._answers.items()}
        pairs = [
            (theme, met)
            for theme in self._bases
            for met in other._bases
            if met in answers[theme] or theme in answers[met]
        ]
        return min(len({theme for theme, _ in pairs}), len({met for _, met in pairs}))

    def _matching_bases(self, theme: str) -> list[BasisName]:
        """Return the basis of each match between `theme` and a theme that a collaboration of this set addresses.

        A basis states how a fact is known, such as STATED or EDITORIAL. A match depends on two facts: the collaboration
        addresses its theme, and this theme matches `theme` (it is the same, narrower or close). The basis of the match
        is the weaker basis of the two facts.
        """
        return [
            weakest(match.basis, self._bases[match.theme])
            for match in self._answers[theme]
            if match.theme in self._bases
        ]
