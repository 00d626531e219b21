"""Orders, and the predicates of rows after or before a position.

Every order ends with the ids of the row: of the node and, on a path, of the node between. Nulls sort last in both
directions; this is written explicitly, because the databases have different defaults.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from graph.model import Kind, Property
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import match_end
from graph.traversal.selection import ByCount, Order

__all__ = ["Position", "SortTerm", "ValueKind", "after_position", "order_by", "sort_terms"]

ValueKind = Literal["text", "integer", "number", "boolean", "date"]
Position = tuple[tuple[object, ...], tuple[str, ...]]
"""Where a row stands in an order: the values of the order's terms, and the row's ids."""

_KINDS: Final[dict[Kind, ValueKind]] = {
    Kind.INT: "integer",
    Kind.MONEY: "integer",
    Kind.FLOAT: "number",
    Kind.DECIMAL: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.PARTIAL_DATE: "date",
    Kind.BOUND: "date",
}


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A sort key: `template` with the node's variable, or the number of nodes at `over`."""

    name: str
    kind: ValueKind
    descending: bool
    template: str = ""
    over: ByCount | None = None
    can_be_missing: bool = True

    def expression(self, writer: CypherWriter, node: str) -> str:
        if self.over is None:
            return self.template.format(node)
        match = match_end(writer, self.over.end, node, self.over.on, include_applied=self.over.include_applied)
        return f"COUNT {{ {match.as_subquery()} }}"


def sort_terms(order: Sequence[Order], present: Set[str] = frozenset()) -> tuple[SortTerm, ...]:
    """Return the sort terms of an order, without ids. Money gives two: the currency, then the amount.

    `present` names properties that are non-null in every row; they need no null handling, which is most of the cost.
    """
    found: list[SortTerm] = []
    for by in order:
        descending = by.direction == "DESC"
        if isinstance(by, ByCount):
            name = f"count of {by.end.owner}.{by.end.name}"
            found.append(SortTerm(name, "integer", descending, over=by, can_be_missing=False))
            continue
        missing = by.property.name not in present
        if by.property.kind is Kind.MONEY:
            currency = by.property.columns[1]
            found.append(SortTerm(currency, "text", False, f"{{0}}.{currency}", can_be_missing=missing))
        kind = _KINDS.get(by.property.kind, "text")
        template = _template(by.property)
        found.append(SortTerm(by.property.name, kind, descending, template, can_be_missing=missing))
    return tuple(found)


def _template(property_: Property) -> str:
    match property_.kind:
        case Kind.LOCALISED if property_.name == "name":
            return "{0}.nameSort"
        case Kind.LOCALISED:
            return f"coalesce({', '.join(f'{{0}}.{column}' for column in property_.columns)})"
        case Kind.DECIMAL:
            return f"toFloat({{0}}.{property_.name})"
        case _:
            return f"{{0}}.{property_.name}"


def order_by(ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str], *, backward: bool) -> str:
    """Return the text after ORDER BY; `ordered` contains the variable of each term."""
    parts: list[str] = []
    for term, key in ordered:
        if term.can_be_missing:
            parts.append(f"{key} IS NULL{' DESC' if backward else ''}")
        parts.append(f"{key}{' DESC' if term.descending is not backward else ''}")
    return ", ".join((*parts, *(f"{id_}{' DESC' if backward else ''}" for id_ in ids)))


def after_position(
    writer: CypherWriter,
    ordered: Sequence[tuple[SortTerm, str]],
    ids: Sequence[str],
    position: Position,
    *,
    backward: bool,
    inclusive: bool = False,
) -> str:
    """Return the predicate of rows after a position, or before it if `backward`; `inclusive` includes the row there."""
    values, id_values = position
    found = [
        _compared(writer, term, key, value, backward=backward)
        for (term, key), value in zip(ordered, values, strict=True)
    ]
    sign = "<" if backward else ">"
    for key, value in zip(ids[:-1], id_values[:-1], strict=True):
        found.append(_Compared.of(key, sign, writer.parameter(value)))
    further = _scanned(ids[-1], f"{sign}=" if inclusive else sign, writer.parameter(id_values[-1]))
    for compared in reversed(found):
        further = compared.before(further)
    return further


class _Compared(NamedTuple):
    """Predicates of a value beyond that of a position (None if nothing is), equal to it, and either if one
    comparison does it, which is fastest.
    """

    further: str | None
    same: str
    either: str | None = None

    @staticmethod
    def of(key: str, sign: str, parameter: str) -> "_Compared":
        """Compare a value that is never null."""
        return _Compared(f"{key} {sign} {parameter}", f"{key} = {parameter}", _scanned(key, f"{sign}=", parameter))

    def before(self, rest: str) -> str:
        """Combine with `rest`, the predicate of the following values."""
        if self.either:
            return f"{self.either} AND ({self.further} OR {_in_brackets(rest)})"
        same = f"{self.same} AND {_in_brackets(rest)}"
        return f"{self.further} OR ({same})" if self.further else same


_OPPOSITES: Final = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def _scanned(key: str, sign: str, parameter: str) -> str:
    """Return a comparison for which ArcadeDB uses no index.

    For rows after an early position, its index takes up to twice as long as a scan. Neo4j reads
    `NOT (a < b)` as `a >= b`.
    """
    return f"NOT ({key} {_OPPOSITES[sign]} {parameter})"


def _in_brackets(predicate: str) -> str:
    return f"({predicate})" if " OR " in predicate or " AND " in predicate else predicate


def _compared(writer: CypherWriter, term: SortTerm, key: str, value: object, *, backward: bool) -> _Compared:
    if value is None:
        return _Compared(f"{key} IS NOT NULL" if backward else None, f"{key} IS NULL")
    parameter = writer.parameter(value)
    sign = "<" if term.descending is not backward else ">"
    there = _Compared.of(key, sign, parameter)
    if backward or not term.can_be_missing:
        return there
    return _Compared(f"({there.further} OR {key} IS NULL)", there.same)
