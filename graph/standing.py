"""Cypher expressions that compute the standing of a fact on a day, that is, whether sources show the fact in force.

A fact is a node or relationship with a period, such as a membership. The standing of a fact on a day is a member of
`graph.vocabulary.Standing`: IN_FORCE if sources show the fact in force on the day, or another member if they show the
fact in force only earlier or only later. The expressions read hidden columns (`graph.model.HIDDEN`), which are computed
when seed files are loaded. `graph.cypher_functions` inserts the expressions into the Cypher statements of named
queries.
"""

from collections.abc import Iterable
from typing import Final

from graph.vocabulary import Standing

__all__ = [
    "COUNTED",
    "ENDLESS",
    "LAPSE_YEARS",
    "STANDINGS_TEXT",
    "YEAR_STANDINGS_TEXT",
    "indexes_of",
    "is_counted",
    "is_counted_by_default",
    "shown_on",
    "standing_in",
    "standing_name",
    "standing_of",
    "standing_or_null",
]

COUNTED: Final = (Standing.IN_FORCE, Standing.ATTESTED_EARLIER)
"""The default standings. By default, a fact such as a membership is included only if it has one of these standings.

A standing states whether sources show the fact in force on a day.
"""

_BY_DEFAULT: Final = "By default: sources show the fact in force then, or earlier."
STANDINGS_TEXT: Final = f"The standings on the day that count. {_BY_DEFAULT}"
"""The description of an argument that selects standings on a day."""

YEAR_STANDINGS_TEXT: Final = f"The best standings in a year that count. {_BY_DEFAULT}"
"""The description of an argument that selects standings in a calendar year."""

LAPSE_YEARS: Final = 15
"""Number of years after which a fact without a known end, such as a membership, becomes LONG_UNATTESTED.

During these years, the fact is ATTESTED_EARLIER. The years are counted from the last day on which a source shows the
fact in force. A membership is also shown in force by a membership term, which is a period of membership fixed by a
decision.
"""

ENDLESS: Final = "9999-12-31"
"""The date (ISO 8601) that is stored for "never", for example if no source states the end of a period.

Because the date is never null, Cypher statements need no tests for null.
"""

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
    """Return a Cypher expression for the standing of a fact on a day, as an index into the members of `Standing`.

    A fact is a node or relationship with a period, such as a membership. The standing states whether sources show the
    fact in force on the day, or only on earlier or later days. `subject` is the Cypher variable of the fact, and `day`
    is a Cypher expression. The value is valid only if the fact can be in force on the day (`possibleFrom` ≤ day <
    `standsUntil`).
    """
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN {_LATER} WHEN {day} < {subject}.shownUntil THEN {_IN_FORCE} "
        f"WHEN {day} < {subject}.lapsesOn THEN {_EARLIER} ELSE {_LONG} END"
    )


def standing_or_null(subject: str, day: str) -> str:
    """Return a Cypher expression for the standing of a fact on a day, or null if there is no standing.

    A fact is a node or relationship with a period, such as a membership. The standing states whether sources show the
    fact in force on the day. The value of the expression is an index into the members of `Standing`. It is null if the
    fact cannot be in force on the day, or if no source shows the fact in force on any day.
    """
    return (
        f"CASE WHEN {subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"THEN {standing_of(subject, day)} END"
    )


def standing_in(subject: str, first: str, after: str) -> str:
    """Return a Cypher expression for the strongest standing that a fact has on the days of a range.

    A fact is a node or relationship with a period, such as a membership. A standing states whether sources show the
    fact in force on a day. The strongest standing is IN_FORCE. The range starts on the day `first`, and its exclusive
    end is the day `after`. `subject` is the Cypher variable of the fact. The value of the expression is an index into
    the members of `Standing`. It is valid only if the fact can be in force on at least one of the days.
    """
    return (
        f"CASE WHEN {after} <= {subject}.shownFrom THEN {_LATER} WHEN {first} < {subject}.shownUntil THEN {_IN_FORCE} "
        f"WHEN {first} < {subject}.lapsesOn THEN {_EARLIER} ELSE {_LONG} END"
    )


def shown_on(subject: str, day: str = "$on") -> str:
    """Return a Cypher expression for the day nearest to `day` on which a source shows a fact in force.

    A fact is a node or relationship with a period, such as a membership. `subject` is the Cypher variable of the fact.
    If the fact is IN_FORCE on `day`, the value is `day` itself. The value is valid only if the fact can be in force on
    `day` (`possibleFrom` ≤ `day` < `standsUntil`).
    """
    # ArcadeDB finds no maximum of stored dates and a parameter. `date` converts the parameter to a stored date.
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN {subject}.shownFrom "
        f"WHEN {day} < {subject}.shownUntil THEN date({day}) "
        f"ELSE {subject}.shownUntil - duration({{days: 1}}) END"
    )


def standing_name(index: str) -> str:
    """Return a Cypher expression for the name of a standing, such as "IN_FORCE".

    `index` is a Cypher expression for an index into the members of `Standing`. If the index is null, the name is null.
    """
    return f"{_NAMES}[{index}]"


def is_counted(subject: str, day: str = "$on", standings: str = "$standings") -> str:
    """Return a Cypher condition that is true if the standing of a fact on a day is in a list of standings.

    A fact is a node or relationship with a period, such as a membership. The standing states whether sources show the
    fact in force on the day. `subject` is the Cypher variable of the fact. `standings` is a Cypher expression for a
    list of indexes into the members of `Standing`. If the day is null, or if no source shows the fact in force on any
    day, the condition is false or null, which has the same effect in WHERE.
    """
    return (
        f"({subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"AND {standing_of(subject, day)} IN {standings})"
    )


def is_counted_by_default(subject: str, day: str) -> str:
    """Return a Cypher condition that is true if the standing of a fact on a day is in `COUNTED`, the default standings.

    A fact is a node or relationship with a period, such as a membership. The condition is true if sources show the fact
    in force on the day, or if they showed it in force earlier and not too long ago. `subject` is the Cypher variable of
    the fact, and `day` is a Cypher expression. If the day is null, or if no source shows the fact in force on any day,
    the condition is null. WHERE treats null as false.
    """
    return f"{subject}.shownFrom <= {day} AND {day} < {subject}.standsUntil AND {day} < {subject}.lapsesOn"


def indexes_of(standings: Iterable[Standing]) -> list[int]:
    """Return the sorted indexes of these standings among the members of `Standing`, for use as a Cypher parameter.

    A standing states whether sources show a fact in force on a day.
    """
    return sorted({_MEMBERS.index(standing) for standing in standings})
