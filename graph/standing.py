"""Cypher expressions for the standing of a fact on a day: whether a source covers the day, and if not, what is known.

Every node and relationship with a period has the hidden columns of `graph.model.HIDDEN`, computed on loading. All
statements decide with these expressions whether a fact counts. Statements of questions write them as functions, which
`expand` replaces by the expressions:

    WHERE is_counted(m)              // its standing on $on is one of $standings
    RETURN standing_of(m) AS standing
"""

import re
from collections.abc import Sequence
from typing import Final

from graph.vocabulary import Standing

__all__ = [
    "COUNTED",
    "ENDLESS",
    "LAPSE_YEARS",
    "expand",
    "is_counted",
    "is_counted_by_default",
    "names_of",
    "standing_of",
]

COUNTED: Final = (Standing.IN_FORCE, Standing.ATTESTED_EARLIER)
"""The standings that count unless a caller asks for others."""

LAPSE_YEARS: Final = 15
"""A fact without a known end is LONG_UNATTESTED this many years after the last day that a source covers."""

ENDLESS: Final = "9999-12-31"
"""The stored date for "never" (ISO 8601), so that statements compare dates without tests for null."""


def standing_of(subject: str, day: str) -> str:
    """Return the expression for the `Standing` of a fact that is possible on the day and has not ended."""
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN 'ATTESTED_LATER' "
        f"WHEN {day} < {subject}.shownUntil THEN 'IN_FORCE' "
        f"WHEN {day} < {subject}.lapsesOn THEN 'ATTESTED_EARLIER' ELSE 'LONG_UNATTESTED' END"
    )


def is_counted(subject: str, day: str, standings: str) -> str:
    """Return the condition that the standing of a fact on the day is in a list of standings. Null means false."""
    return (
        f"{subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"AND {standing_of(subject, day)} IN {standings}"
    )


def is_counted_by_default(subject: str, day: str) -> str:
    """Return the condition that the standing of a fact on the day is in `COUNTED`. Null means false."""
    return f"{subject}.shownFrom <= {day} AND {day} < {subject}.standsUntil AND {day} < {subject}.lapsesOn"


_FUNCTION: Final = re.compile(r"\b(is_counted|standing_of)\((\w+)(?:, (\$?\w+))?\)")


def expand(text: str) -> str:
    """Replace `is_counted(x)` and `standing_of(x)` in a statement by their expressions.

    The day is `$on`, or the second argument. The standings are `$standings`.
    """

    def expression(call: re.Match[str]) -> str:
        name, subject, day = call.groups(default="$on")
        return is_counted(subject, day, "$standings") if name == "is_counted" else standing_of(subject, day)

    return _FUNCTION.sub(expression, text)


def names_of(standings: Sequence[Standing]) -> list[str]:
    """Return the names of standings, as statements compare them."""
    return [standing.name for standing in standings]
