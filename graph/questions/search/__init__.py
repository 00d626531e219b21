"""Search by any name in any language, without regard to case, accents and Nordic letters."""

from collections.abc import Sequence
from typing import Final, Literal

from graph.errors import BadArgument
from graph.folding import fold
from graph.model import LABELS
from graph.pagination import Page, Paged, SortKey, make_page, page_parameters
from graph.store import Reader, Statement, TypedRow

__all__ = ["SearchHit", "search"]

_QUESTION: Final = "search"
_KEY: Final = (int, str, str)
_SHORTEST: Final = 2
_LONGEST: Final = 200
_SEARCHED: Final = tuple(each.name for each in LABELS if each.searched)


class SearchHit(TypedRow, frozen=True):
    """A node, its label, and how well a name of it answers to the text."""

    sort_key: SortKey
    id: str
    label: str
    match: Literal["EXACT", "PREFIX", "WORD_PREFIX", "INSIDE"]


class _Answer(TypedRow, frozen=True):
    total: int
    offset: int
    rows: tuple[SearchHit, ...]


_SEARCH: Final = Statement.from_file(__file__, _Answer)


async def search(reading: Reader, *, text: str, page: Page, labels: Sequence[str] | None = None) -> Paged[SearchHit]:
    """The nodes of these labels (default: all that are searched) with the text in a name, the best match first.

    Order: the whole name, its beginning, the beginning of a word, inside a word; then name and id. Raises BadArgument
    for a text that is too short or too long when folded, and for a label that is not searched; BadCursor.
    """
    folded = fold(text)
    if not _SHORTEST <= len(folded) <= _LONGEST:
        raise BadArgument(
            f"text: {len(folded)} characters are too {'few' if len(folded) < _SHORTEST else 'many'} to search for",
            hint=f"give a text of {_SHORTEST} to {_LONGEST} characters",
        )
    for label in labels or ():
        if label not in _SEARCHED:
            raise BadArgument(f"labels: '{label}' is not searched", hint=f"give some of: {', '.join(_SEARCHED)}")
    wanted = list(_SEARCHED if labels is None else labels)
    parameters: dict[str, object] = {"text": folded, "labels": wanted}
    (answer,) = await reading.run(_SEARCH, parameters | page_parameters(_QUESTION, _KEY, page))
    return make_page(_QUESTION, answer.rows, answer.total, answer.offset)
