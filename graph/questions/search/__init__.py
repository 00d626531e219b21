"""Search for nodes by name in any language, ignoring case, accents and the spelling of Nordic letters."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from graph.errors import BadArgument
from graph.folding import fold
from graph.model import LABELS
from graph.pagination import SortKey
from graph.questions.declaration import MemberOf, Ranking, Ref
from graph.questions.enums import SearchMatch
from graph.store import TypedRow
from graph.vocabulary import Vocabulary, capitals

__all__ = ["QUESTION", "Arguments", "SearchHit", "SearchedType"]

_SHORTEST: Final = 2
_LONGEST: Final = 200
_SEARCHED: Final = {capitals(label.name): label for label in LABELS if label.searched}


class SearchedType(Vocabulary):
    """Types of nodes that `search` can find."""

    locals().update({name: label.description for name, label in _SEARCHED.items()})


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    text: Annotated[str, "2 to 200 characters; case, accents and Nordic letters do not matter."]
    types: Annotated[tuple[SearchedType, ...] | None, "Only nodes of these types."] = None


class SearchHit(TypedRow, frozen=True):
    """A node with a name that contains the search text."""

    sort_key: SortKey
    node: Annotated[str, Ref("Named"), "The node."]
    match: Annotated[
        Literal["EXACT", "PREFIX", "WORD_PREFIX", "INSIDE"], MemberOf(SearchMatch), "How its best name matches."
    ]


def _parameters(arguments: Arguments) -> dict[str, object]:
    """Return the parameters of the statement: the folded text and the labels.

    Raises BadArgument if the folded text is too short or too long.
    """
    text = fold(arguments.text)
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise BadArgument(
            f"text: {len(text)} characters are too {'few' if len(text) < _SHORTEST else 'many'} to search for",
            hint=f"give a text of {_SHORTEST} to {_LONGEST} characters",
        )
    names = _SEARCHED if arguments.types is None else [member.name for member in arguments.types]
    return {"text": text, "labels": [_SEARCHED[name].name for name in names]}


QUESTION: Final = Ranking(
    module=__name__,
    description="Nodes with a text in any of their names, in any language: the whole name first, then names that begin "
    "with it, then words, then anywhere; among equals by name.",
    leaves_out="Nodes of other types, and texts other than names.",
    arguments=Arguments,
    row=SearchHit,
    sort_key=(int, str, str),
    examples=(
        Arguments(text="vantaa"),
        Arguments(text="ös"),
        Arguments(text="safe cities"),
        Arguments(text="År"),
        Arguments(text="euro", types=(SearchedType["NETWORK"], SearchedType["PROJECT"])),
    ),
    parameters=_parameters,
)
