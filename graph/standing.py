"""Cypher expressions that compute, for a day, whether sources show a fact in force: its standing.

A fact is a node or relationship with a period, such as a membership. The standing of a fact on a day is one of the
members of `graph.vocabulary.Standing`: IN_FORCE if sources show the fact in force on the day, or another member if they
show it only earlier or only later. The expressions read hidden columns (`graph.model.HIDDEN`), which are computed when
seed files are loaded. `graph.cypher_functions` inserts the expressions into the Cypher statements of named queries.
"""

from collections.abc import Iterable
from typing import Final

from graph.vocabulary import Standing

__all__ = [
    "COUNTED",
    "ENDLESS",
    "LAPSE_YEARS",
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
"""The standings with which a membership or another fact counts as in force by default.

A standing states whether sources show the fact in force on a day.
"""

LAPSE_YEARS: Final = 15
"""Number of years after which a membership or another fact without a known end becomes LONG_UNATTESTED.

The years are counted from the last day on which a source or a decided term shows the fact in force. Before, the fact is
ATTESTED_EARLIER.
"""

ENDLESS: Final = "9999-12-31"
"""The date (ISO 8601) that is stored for "never", for example if no source states the end of a period.

With this date, Cypher statements need no tests for null.
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
    fact in force on the day, or only earlier or later. `subject` is the Cypher variable of the fact, and `day` a Cypher
    expression. The result is valid only if the fact can be in force on the day (`possibleFrom` ≤ day < `standsUntil`).
    """
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN {_LATER} WHEN {day} < {subject}.shownUntil THEN {_IN_FORCE} "
        f"WHEN {day} < {subject}.lapsesOn THEN {_EARLIER} ELSE {_LONG} END"
    )


def standing_or_null(subject: str, day: str) -> str:
    """Return a Cypher expression for the standing of any fact on a day, or null.

    The expression returns an index into the members of `Standing`. The standing states whether sources show the fact (a
    node or relationship with a period) in force on the day. The expression is null if the fact cannot be in force on
    the day, or if no source shows it in force on any day.
    """
    return (
        f"CASE WHEN {subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"THEN {standing_of(subject, day)} END"
    )


def standing_in(subject: str, first: str, after: str) -> str:
    """Return a Cypher expression for the strongest standing of a fact on any day of a range.

    A fact is a node or relationship with a period, such as a membership. A standing states whether sources show the
    fact in force on a day. IN_FORCE is the strongest. The range starts on the day `first`, and its exclusive end is the
    day `after`. `subject` is the Cypher variable of the fact. The expression returns an index into the members of
    `Standing`. The expression is valid only if the fact can be in force on one of the days.
    """
    return (
        f"CASE WHEN {after} <= {subject}.shownFrom THEN {_LATER} WHEN {first} < {subject}.shownUntil THEN {_IN_FORCE} "
        f"WHEN {first} < {subject}.lapsesOn THEN {_EARLIER} ELSE {_LONG} END"
    )


def shown_on(subject: str, day: str = "$on") -> str:
    """Return a Cypher expression for a day on which a source shows a fact in force: the day nearest to the given day.

    A fact is a node or relationship with a period, such as a membership. `subject` is its Cypher variable. If the fact
    is IN_FORCE on the given day, the result is the given day. The expression is valid only if the fact can be in force
    on the given day (`possibleFrom` ≤ day < `standsUntil`).
    """
    # ArcadeDB finds no maximum of stored dates and a parameter. `date` converts the parameter to a stored date.
    return (
        f"CASE WHEN {day} < {subject}.shownFrom THEN {subject}.shownFrom "
        f"WHEN {day} < {subject}.shownUntil THEN date({day}) "
        f"ELSE {subject}.shownUntil - duration({{days: 1}}) END"
    )


def standing_name(index: str) -> str:
    """Return a Cypher expression for the name of a standing, such as "IN_FORCE".

    `index` is a Cypher expression for an index into the members of `Standing`. The name is null if the index is null.
    """
    return f"{_NAMES}[{index}]"


def is_counted(subject: str, day: str = "$on", standings: str = "$standings") -> str:
    """Return a Cypher condition that is true if a fact counts as in force on a day.

    A fact is a node or relationship with a period, such as a membership. It counts if its standing on the day (whether
    sources show it in force) is in a list of standings. `subject` is the Cypher variable of the fact. `standings` is a
    Cypher expression for a list of indexes into the members of `Standing`. If the day is null, or if no source shows
    the fact in force on any day, the condition is null or false. WHERE treats null as false.
    """
    return (
        f"({subject}.possibleFrom <= {day} AND {day} < {subject}.standsUntil "
        f"AND {standing_of(subject, day)} IN {standings})"
    )


def is_counted_by_default(subject: str, day: str) -> str:
    """Return a Cypher condition that is true if a fact counts as in force on a day, if no list of standings is given.

    A fact is a node or relationship with a period, such as a membership. It counts if sources show it in force on the
    day, or showed it in force earlier and not too long ago (the standings in `COUNTED`). `subject` is the Cypher
    variable of the fact, and `day` a Cypher expression. If the day is null, or if no source shows the fact in force on
    any day, the condition is null, which WHERE treats as false.
    """
    return f"{subject}.shownFrom <= {day} AND {day} < {subject}.standsUntil AND {day} < {subject}.lapsesOn"


def indexes_of(standings: Iterable[Standing]) -> list[int]:
    """Return the indexes of standings among the members of `Standing`, sorted, for use as a Cypher parameter.

    A standing states whether sources show a fact in force on a day.
    """
    return sorted({_MEMBERS.index(standing) for standing in standings})
