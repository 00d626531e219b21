"""Custom functions for the Cypher statements of named queries (`graph.questions`).

`expand` replaces calls of these functions by Cypher expressions. The *standing* of a membership on a date states
whether sources show the membership in force on the date, or only earlier or later. The *basis* of a fact states how the
fact is known: STATED, IMPLIED, DERIVED or EDITORIAL, from strongest to weakest. For example, a statement can contain:

    WHERE is_counted(m)                       // the standing of m on the date $on is in the list $standings
    WITH min(standing_of(m)) AS standing      // the strongest standing, as an index into the members of `Standing`
    RETURN standing_name(standing) AS standing
    RETURN shown_on(m) AS shown               // the day nearest to $on on which a source shows m in force
    WITH max(basis_of(link)) AS basis         // the weakest basis, as an index into the members of `Basis`
    RETURN basis_name(basis) AS basis
"""

import re
from typing import Final

from graph.standing import is_counted, shown_on, standing_name, standing_of
from graph.vocabulary import Basis

__all__ = ["expand"]

_BASES: Final = [basis.name for basis in Basis]


def _basis_of(link: str) -> str:
    """Return a Cypher expression for the basis of a relationship, as an index into the members of `Basis`.

    The basis states how the relationship is known, such as STATED or DERIVED.
    """
    cases = (f"WHEN {name!r} THEN {index}" for index, name in enumerate(_BASES))
    return f"CASE {link}.basis {' '.join(cases)} END"


def _basis_name(index: str) -> str:
    """Return a Cypher expression for the name of a basis, such as "STATED".

    `index` is a Cypher expression for an index into the members of `Basis`. A basis states how a fact is known.
    """
    return f"{_BASES}[{index}]"


_FUNCTIONS: Final = {
    "is_counted": is_counted,
    "standing_of": standing_of,
    "shown_on": shown_on,
    "standing_name": standing_name,
    "basis_of": _basis_of,
    "basis_name": _basis_name,
}
_CALL: Final = re.compile(rf"\b({'|'.join(_FUNCTIONS)})\(([\w.\[\]]+)(?:, (\$?\w+))?\)")


def expand(text: str) -> str:
    """Replace each call of a custom function, such as `is_counted(m)`, in a Cypher statement by a Cypher expression.

    `is_counted`, `standing_of` and `shown_on` have an optional second argument, the date. The default is `$on`.
    """
    return _CALL.sub(lambda call: _FUNCTIONS[call[1]](*filter(None, call.groups()[1:])), text)
