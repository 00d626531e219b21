"""Vocabularies and row types that several questions share.

Rows contain the members' names as text, as the graph does for its own vocabularies.
"""

from typing import Annotated, Literal

from graph.questions.declaration import MemberOf, Ref
from graph.store import TypedRow
from graph.vocabulary import Vocabulary

__all__ = [
    "CollaborationKind",
    "CoverageKind",
    "DuplicateStrength",
    "OverlapLevel",
    "RenewalReason",
    "SearchMatch",
    "SharedTheme",
    "StandingName",
    "ThemeHit",
    "ThemeMatch",
]


class CollaborationKind(Vocabulary):
    """What kind of collaboration of a city it is."""

    NETWORK = "Membership in a network."
    WORKING_GROUP = "Participation in a working group."
    PROJECT = "Partnership in a project."
    TWINNING = "Twin towns."


class ThemeMatch(Vocabulary):
    """How a theme answers to the one asked for; the first that holds is given."""

    EXACT = "It is that theme."
    NARROWER = "It is narrower, at any depth; between two things, either theme may be the narrower one."
    CLOSE_MATCH = "A close match joins it, in either direction, to that theme or to a narrower one."


class OverlapLevel(Vocabulary):
    """Whose networks overlap."""

    CITIES = "Networks of cities; their members are cities."
    UNITS = "A city's local networks; their members are units and organisations."


class DuplicateStrength(Vocabulary):
    """How much two collaborations have in common."""

    WEAK = "A theme only."
    STRONG = "A theme, and peer cities or the city's unit too."


class CoverageKind(Vocabulary):
    """What kind of thing addresses a theme."""

    NETWORK = "A network the city is a member of."
    WORKING_GROUP = "A working group it takes part in."
    PROJECT = "A project it is a partner in."
    EU_INITIATIVE = "An EU initiative that one of its units follows."
    ACTIVITY = "An activity it took part in or organised."


class RenewalReason(Vocabulary):
    """Why a term is due."""

    PERIOD_ENDS = "Its period ends."
    REVIEW_DUE = "The membership is to be reviewed."


class SearchMatch(Vocabulary):
    """How a name answers to the text searched for; the best of its names counts."""

    EXACT = "The name is the text."
    PREFIX = "The name begins with the text."
    WORD_PREFIX = "A later word of the name begins with the text."
    INSIDE = "The text stands within a word of the name."


StandingName = Literal["IN_FORCE", "ATTESTED_EARLIER", "LONG_UNATTESTED", "ATTESTED_LATER"]
"""The name of a member of `graph.vocabulary.Standing`: the standing of evidence on the requested date."""

CollaborationName = Literal["NETWORK", "WORKING_GROUP", "PROJECT", "TWINNING"]
ThemeMatchName = Literal["EXACT", "NARROWER", "CLOSE_MATCH"]


class ThemeHit(TypedRow, frozen=True):
    """A theme that answers to the one asked for."""

    theme: Annotated[str, Ref("Theme"), "The theme."]
    match: Annotated[ThemeMatchName, MemberOf(ThemeMatch), "How it answers."]


class SharedTheme(TypedRow, frozen=True):
    """A theme of one thing and the theme of the other that it meets."""

    theme: Annotated[str, Ref("Theme"), "The theme of the one."]
    other: Annotated[str, Ref("Theme"), "The theme of the other; the same one where the match is EXACT."]
    match: Annotated[ThemeMatchName, MemberOf(ThemeMatch), "How the two meet."]
