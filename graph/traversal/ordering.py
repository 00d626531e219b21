"""Orders, and the predicates by which a page begins where another ended.

Every order ends in the ids of the row: that of the node and, on a path, that of the node between. Missing values come
last in both directions; both databases are told so, as they disagree where they are not.
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
    """One value that rows are ordered by: `template` with the node's variable, or the number of nodes at `over`."""

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
    """The terms of an order, without the ids. Money gives two: amounts are comparable within a currency only.

    `present` names the properties that no row lacks: then nothing needs to be said of missing values, which is most of
    what an order costs.
    """
    found: list[SortTerm] = []
    for each in order:
        descending = each.direction == "DESC"
        if isinstance(each, ByCount):
            name = f"count of {each.end.owner}.{each.end.name}"
            found.append(SortTerm(name, "integer", descending, over=each, can_be_missing=False))
            continue
        missing = each.property.name not in present
        if each.property.kind is Kind.MONEY:
            currency = each.property.columns[1]
            found.append(SortTerm(currency, "text", False, f"{{0}}.{currency}", can_be_missing=missing))
        kind = _KINDS.get(each.property.kind, "text")
        template = _template(each.property)
        found.append(SortTerm(each.property.name, kind, descending, template, can_be_missing=missing))
    return tuple(found)


def _template(property_: Property) -> str:
    match property_.kind:
        case Kind.LOCALISED if property_.name == "name":
            return "{0}.nameSort"
        case Kind.LOCALISED:
            return f"coalesce({', '.join(f'{{0}}.{each}' for each in property_.columns)})"
        case Kind.DECIMAL:
            return f"toFloat({{0}}.{property_.name})"
        case _:
            return f"{{0}}.{property_.name}"


def order_by(ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str], *, backward: bool) -> str:
    """The text after ORDER BY. `ordered` gives the variable of each term's value."""
    parts: list[str] = []
    for term, key in ordered:
        if term.can_be_missing:
            parts.append(f"{key} IS NULL{' DESC' if backward else ''}")
        parts.append(f"{key}{' DESC' if term.descending is not backward else ''}")
    return ", ".join((*parts, *(f"{each}{' DESC' if backward else ''}" for each in ids)))


def after_position(
    writer: CypherWriter,
    ordered: Sequence[tuple[SortTerm, str]],
    ids: Sequence[str],
    position: Position,
    *,
    backward: bool,
    inclusive: bool = False,
) -> str:
    """The predicate of the rows after a position, or with `backward` before it; `inclusive` of the row there."""
    values, id_values = position
    found = [
        _compared(writer, term, key, value, backward=backward)
        for (term, key), value in zip(ordered, values, strict=True)
    ]
    sign = "<" if backward else ">"
    for key, value in zip(ids[:-1], id_values[:-1], strict=True):
        found.append(_Compared.of(key, sign, writer.parameter(value)))
    further = _scanned(ids[-1], f"{sign}=" if inclusive else sign, writer.parameter(id_values[-1]))
    for each in reversed(found):
        further = each.before(further)
    return further


class _Compared(NamedTuple):
    """The predicates of a value lying further than that of a position, None where nothing does; of its being the same;
    and of either, where that is one comparison, which is what the databases do best.
    """

    further: str | None
    same: str
    either: str | None = None

    @staticmethod
    def of(key: str, sign: str, parameter: str) -> "_Compared":
        """Of a value that no row lacks."""
        return _Compared(f"{key} {sign} {parameter}", f"{key} = {parameter}", _scanned(key, f"{sign}=", parameter))

    def before(self, rest: str) -> str:
        """Of a row lying further, where `rest` says so of the values that come after this one."""
        if self.either:
            return f"{self.either} AND ({self.further} OR {_in_brackets(rest)})"
        same = f"{self.same} AND {_in_brackets(rest)}"
        return f"{self.further} OR ({same})" if self.further else same


_OPPOSITES: Final = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def _scanned(key: str, sign: str, parameter: str) -> str:
    """A comparison for which ArcadeDB asks no index: that takes it, for all that comes after an early position, up to
    twice as long as to look at every node of the label. Neo4j reads `NOT (a < b)` as `a >= b`.
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
