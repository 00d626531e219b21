"""Functions in the statements of questions. `expand` replaces their calls by Cypher expressions.

The statements contain, for example:

    WHERE is_counted(m)                       // its standing on $on is one of $standings
    WITH min(standing_of(m)) AS standing      // the strongest standing, as an index of the members of `Standing`
    RETURN standing_name(standing) AS standing
    RETURN shown_on(m) AS shown               // the nearest day on which a source shows it
    WITH max(basis_of(link)) AS basis         // the weakest basis, as an index of the members of `Basis`
    RETURN basis_name(basis) AS basis
"""

import re
from typing import Final

from graph.standing import is_counted, shown_on, standing_name, standing_of
from graph.vocabulary import Basis

__all__ = ["expand"]

_BASES: Final = [basis.name for basis in Basis]


def _basis_of(link: str) -> str:
    """Return an expression for the basis of a relationship, as an index of the members of `Basis`."""
    cases = (f"WHEN {name!r} THEN {index}" for index, name in enumerate(_BASES))
    return f"CASE {link}.basis {' '.join(cases)} END"


def _basis_name(index: str) -> str:
    """Return an expression for the name of the basis with this index."""
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
    """Replace the calls of functions in a statement by Cypher expressions.

    The optional second argument of `is_counted`, `standing_of` and `shown_on` is the day, `$on` by default.
    `is_counted` compares the standing with the parameter `$standings`.
    """
    return _CALL.sub(lambda call: _FUNCTIONS[call[1]](*filter(None, call.groups()[1:])), text)
