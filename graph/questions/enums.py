"""Vocabularies and row types that several questions share.

Rows contain the names of vocabulary members as text. The graph stores the same names.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final, Literal

from graph.questions.declaration import MemberOf, Ref
from graph.questions.report_declaration import ReportColumn
from graph.store import TypedRow
from graph.tables import message
from graph.vocabulary import Basis, Vocabulary

__all__ = [
    "EDITORIAL_NOTE",
    "SHOWN_ON",
    "SHOWN_ON_OR_NULL",
    "AddressedTheme",
    "BasisName",
    "CollaborationKind",
    "CoverageKind",
    "DuplicateStrength",
    "NameProperty",
    "OverlapLevel",
    "RenewalReason",
    "SearchMatch",
    "SharedTheme",
    "StandingName",
    "ThemeHit",
    "ThemeMatch",
    "count_shared",
    "strongest",
    "weakest",
]


class CollaborationKind(Vocabulary):
    """Kind of a city's collaboration."""

    NETWORK = "Membership in a network."
    WORKING_GROUP = "Participation in a working group."
    PROJECT = "Partnership in a project."
    TWINNING = "Twin towns."


class ThemeMatch(Vocabulary):
    """How a theme matches the requested theme. If several of these values apply, the first of them is used."""

    EXACT = "It is the requested theme. A link to it can still be EDITORIAL."
    NARROWER = "It is narrower, at any depth. In a comparison of two themes, either may be the narrower one."
    CLOSE_MATCH = "It is a close match, in either direction, of the requested theme or of a narrower one."


class OverlapLevel(Vocabulary):
    """Whether networks are compared by their member cities or by their member units."""

    CITIES = "Networks of cities; their members are cities."
    UNITS = "A city's local networks; their members are units and organisations."


class DuplicateStrength(Vocabulary):
    """How much two collaborations have in common."""

    WEAK = "A theme only."
    STRONG = "A theme, and peer cities or the city's unit too."


class CoverageKind(Vocabulary):
    """Kind of node that addresses a theme."""

    NETWORK = "A network the city is a member of."
    WORKING_GROUP = "A working group it takes part in."
    PROJECT = "A project it is a partner in."
    EU_INITIATIVE = "An EU initiative that one of its units follows."
    ACTIVITY = "An activity it took part in or organised."


class RenewalReason(Vocabulary):
    """Why a decision on a membership term is due."""

    PERIOD_ENDS = "Its period ends."
    REVIEW_DUE = "The membership is to be reviewed."


class SearchMatch(Vocabulary):
    """How a name matches the search text. If a node has several names, the best match is returned."""

    EXACT = "The name is the text."
    PREFIX = "The name begins with the text."
    WORD_PREFIX = "Each word of the text begins a word of the name, in any order."
    INITIALS = "The text is the capital initials of the name: NSC of Nordic Safe Cities."
    INSIDE = "A word of the text is inside a word of the name."
    SIMILAR = "The name has the words of the text, apart from typing errors."


class NameProperty(Vocabulary):
    """Property of a node that contains a name."""

    NAME = "The name in a language."
    OTHER_NAME = "Another name, such as an abbreviation."
    FORMER_NAME = "A former name of a network."


SHOWN_ON = Annotated[
    date,
    ReportColumn("Shown on", "the nearest day that a source shows", is_attested=True),
    "Nearest day that a source shows; the requested day if IN_FORCE.",
]
SHOWN_ON_OR_NULL = Annotated[
    date | None,
    ReportColumn("Shown on", "the nearest day that a source shows", "–", is_attested=True),
    "Nearest day that a source shows; null if `standing` is null.",
]

StandingName = Literal["IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED", "ATTESTED_LATER"]
"""The name of a member of `graph.vocabulary.Standing`.

A standing states how well sources support a relationship on the requested date.
"""

CollaborationName = Literal["NETWORK", "WORKING_GROUP", "PROJECT", "TWINNING"]
ThemeMatchName = Literal["EXACT", "NARROWER", "CLOSE_MATCH"]


BasisName = Literal["STATED", "IMPLIED", "DERIVED", "EDITORIAL"]

_BASES: Final = [basis.name for basis in Basis]


def strongest(*bases: BasisName) -> BasisName:
    """Return the strongest of several bases. A basis states how a fact is known. STATED is the strongest basis."""
    return min(bases, key=_BASES.index)


def weakest(*bases: BasisName) -> BasisName:
    """Return the weakest of several bases. A basis states how a fact is known. EDITORIAL is the weakest basis."""
    return max(bases, key=_BASES.index)


EDITORIAL_NOTE: Final = message(
    "Editorial: the editors link it to the theme, and no source does. "
    "A match says how two themes are related, not how certain the links are."
)
"""A note in reports that show themes. It explains what EDITORIAL means if it is the basis of a theme."""


class ThemeHit(TypedRow, frozen=True):
    """A theme that matches the requested theme."""

    theme: Annotated[str, Ref("Theme"), "The theme."]
    match: Annotated[ThemeMatchName, MemberOf(ThemeMatch), "How the theme matches."]
    basis: Annotated[
        BasisName, MemberOf(Basis), "Weakest basis of the links: from the node to the theme, and between the themes."
    ]


class SharedTheme(TypedRow, frozen=True):
    """A theme of one node and a matching theme of another node."""

    theme: Annotated[str, Ref("Theme"), "The theme of the first node."]
    other: Annotated[str, Ref("Theme"), "The theme of the second node; the same theme if the match is EXACT."]
    match: Annotated[ThemeMatchName, MemberOf(ThemeMatch), "How the two themes match."]
    basis: Annotated[
        BasisName, MemberOf(Basis), "Weakest basis of the links: from the nodes to the themes, and between the themes."
    ]


def count_shared(themes: Iterable[SharedTheme]) -> int:
    """Return the number of themes that two nodes have in common. `themes` contains all pairs of matching themes.

    One theme can match several themes of the other node. Therefore the themes in the pairs are counted for each of the
    two nodes, and the smaller number is returned.
    """
    pairs = tuple(themes)
    return min(len({pair.theme for pair in pairs}), len({pair.other for pair in pairs}))


class AddressedTheme(TypedRow, frozen=True):
    """A theme that a collaboration addresses."""

    theme: Annotated[str, Ref("Theme"), "The theme."]
    basis: Annotated[
        BasisName,
        MemberOf(Basis),
        "Weakest basis of the links to the theme; the strongest if several links lead to it.",
    ]
