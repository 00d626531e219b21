"""Cypher expressions for the standing of a fact on a day: whether a source covers the day, and if not, what is known.

Every node and relationship with a period has the hidden columns of `graph.model.HIDDEN`, computed on loading. All
statements decide with these expressions whether a fact counts. Statements of questions write them as functions, which
`expand` replaces by the expressions:

    WHERE is_counted(m)                       // its standing on $on is one of $standings
    WITH min(standing_of(m)) AS standing      // the best standing, as an index of the members of `Standing`
    RETURN standing_name(standing) AS standing
"""

import re
from collections.abc import Iterable
from typing import Final

from graph.vocabulary import Standing

__all__ = [
    "COUNTED",
    "ENDLESS",
    "LAPSE_YEARS",
    "expand",
    "indexes_of",
    "is_counted",
    "is_counted_by_default",
    "standing_name",
    "standing_of",
]

COUNTED: Final = (Standing.IN_FORCE, Standing.ATTESTED_EARLIER)
"""The standings that count unless a caller asks for others."""

LAPSE_YEARS: Final = 15
"""A fact without a known end is LONG_UNATTESTED this many years after the last day that a source covers."""

ENDLESS: Final = "9999-12-31"
"""The stored date for "never" (ISO 8601), so that statements compare dates without tests for null."""

_MEMBERS: Final = tuple(Standing)
_LATER, _IN_FORCE, _EARLIER, _LONG = (
    _MEMBERS.index(standing)
    for standing in (
        Standing.ATTESTED_LATER,
        Standing.IN_FORCE,
        Standing.ATTESTED_EARLIER,
        Standing.LONG_UNATTESTED,
    )
)
_NAMES: Final = f"[{', '.join(repr(standing.name) for standing in _MEMBERS)}]"


def standing_of(subject: str, day: str = "$on") -> str:
    """Return the standing of a fact, which is possible on the day and has not ended, as an index of the members."""
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN {_LATER} WHEN {day} < {subject}.shownUntil THEN {_IN_FORCE} "
        f"WHEN {day} < {subject}.lapsesOn THEN {_EARLIER} ELSE {_LONG} END"
    )


def standing_name(index: str) -> str:
    """Return the name of the standing with this index, or null."""
    return f"{_NAMES}[{index}]"


def is_counted(subject: str, day: str = "$on", standings: str = "$standings") -> str:
    """Return the condition that the standing of a fact on the day is in a list of indexes. Null means false."""
    return (
        f"({subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"AND {standing_of(subject, day)} IN {standings})"
    )


def is_counted_by_default(subject: str, day: str) -> str:
    """Return the condition that the standing of a fact on the day is in `COUNTED`. Null means false."""
    return f"{subject}.shownFrom <= {day} AND {day} < {subject}.standsUntil AND {day} < {subject}.lapsesOn"


def indexes_of(standings: Iterable[Standing]) -> list[int]:
    """Return standings as statements compare them: as indexes of the members of `Standing`, sorted."""
    return sorted({_MEMBERS.index(standing) for standing in standings})


_FUNCTIONS: Final = {"is_counted": is_counted, "standing_of": standing_of, "standing_name": standing_name}
_CALL: Final = re.compile(rf"\b({'|'.join(_FUNCTIONS)})\(([\w.]+)(?:, (\$?\w+))?\)")


def expand(text: str) -> str:
    """Replace `is_counted(x)`, `standing_of(x)` and `standing_name(index)` in a statement by their expressions.

    The day is `$on`, or the second argument. The standings are `$standings`.
    """
    return _CALL.sub(lambda call: _FUNCTIONS[call[1]](*filter(None, call.groups()[1:])), text)
