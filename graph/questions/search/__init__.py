"""Declare the question (named query) that finds nodes by name in any language.

`graph.search` computes the result from an index in memory.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from graph.model import LABELS
from graph.pagination import SortKey
from graph.questions.declaration import MemberOf, Ranking, Ref
from graph.questions.enums import NameProperty, SearchMatch
from graph.store import TypedRow
from graph.vocabulary import Language, Vocabulary, capitals

__all__ = ["QUESTION", "SEARCHED", "Arguments", "Highlight", "SearchHit", "SearchedType"]

SEARCHED: Final = {capitals(label.name): label for label in LABELS if label.searched}
"""A dict from the names of the members of `SearchedType` to the labels whose nodes `search` can find."""


class SearchedType(Vocabulary):
    """Types of nodes that `search` can find."""

    locals().update({name: label.description for name, label in SEARCHED.items()})


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    text: Annotated[
        str,
        "At least 2 letters or digits, and at most 200 characters without the spaces around them; the last word may be "
        "incomplete. Case, accents and punctuation are ignored.",
    ]
    types: Annotated[tuple[SearchedType, ...] | None, "Only nodes of these types."] = None
    language: Annotated[
        Language, "Preferred language of `name` if several names of a node match equally well. All languages match."
    ] = Language.EN


class Highlight(TypedRow, frozen=True):
    """A part of a name that matches the search text: `name.slice(start, start + length)` in JavaScript."""

    start: Annotated[int, "Index of the first UTF-16 code unit, from 0."]
    length: Annotated[int, "Number of UTF-16 code units."]


class SearchHit(TypedRow, frozen=True):
    """A node with a name that matches the search text."""

    sort_key: SortKey
    node: Annotated[str, Ref("Named"), "The node."]
    match: Annotated[
        Literal["EXACT", "PREFIX", "WORD_PREFIX", "INITIALS", "INSIDE", "SIMILAR"],
        MemberOf(SearchMatch),
        "How the name matches.",
    ]
    name: Annotated[str, "Name that matches best, in any language; to display the node, select `node { name }`."]
    name_property: Annotated[
        Literal["NAME", "OTHER_NAME", "FORMER_NAME"], MemberOf(NameProperty), "Property that contains the name."
    ]
    languages: Annotated[tuple[str, ...], MemberOf(Language), "Languages of the name; empty for OTHER_NAME."]
    highlights: Annotated[tuple[Highlight, ...], "Parts of the name that match, in order."]


QUESTION: Final = Ranking(
    module=__name__,
    description="Nodes with a name that matches a text, for search boxes. Names equal to the text come first, then "
    "names in which each word of the text begins a word, then names with three or more capital initials that are the "
    "text (NSC finds Nordic Safe Cities), then names that contain the words of the text, from three letters on, inside "
    "their words. If these are fewer than ten, names with typing errors follow. Among equals, cities and networks come "
    "first, and nodes with more relationships come before others; decisions and documents come last.",
    leaves_out="Nodes of other types, and texts other than names.",
    arguments=Arguments,
    row=SearchHit,
    sort_key=(int, int, str, str),
    examples=(
        Arguments(text="vantaa"),
        Arguments(text="ös"),
        Arguments(text="safe cities"),
        Arguments(text="År"),
        Arguments(text="eurocites"),
        Arguments(text="turku", language=Language.FI),
        Arguments(text="euro", types=(SearchedType["NETWORK"], SearchedType["PROJECT"])),
    ),
)
