"""Orders, and the predicates by which a page begins where another ended.

Every order ends in the ids of the row: that of the node and, on a path, that of the node between. Missing values come
last in both directions; both databases are told so, as they disagree where they are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph.model import Kind, Property
from graph.traversal.patterns import matched
from graph.traversal.selection import ByCount, ByProperty, ByTotal, Order
from graph.traversal.writer import Writer

__all__ = ["Position", "Term", "ValueKind", "beyond", "order_by", "terms"]

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
class Term:
    """One value that rows are ordered by. `template` makes it of the node's variable; what is counted or summed over
    related nodes is in `over`.
    """

    name: str
    kind: ValueKind
    descending: bool
    template: str = ""
    over: ByCount | ByTotal | None = None

    @property
    def can_be_missing(self) -> bool:
        """A count never is; a total is where no amount is known, which is not zero."""
        return not isinstance(self.over, ByCount)

    def expression(self, writer: Writer, node: str) -> str:
        match self.over:
            case None:
                return self.template.format(node)
            case ByCount(end, _, on, include_applied):
                match = matched(writer, end, node, on, include_applied=include_applied)
                return f"COUNT {{ {match.inline()} }}"
            case ByTotal(end, property_, currency):
                match = matched(writer, end, node, None, include_applied=True)
                amount, code = (f"{match.node}.{each}" for each in property_.columns)
                amounts = f"COLLECT {{ {match.inline(f'{code} = {writer.parameter(currency)}')} RETURN {amount} }}"
                return f"reduce(total = null, each IN {amounts} | coalesce(total, 0) + each)"


def terms(order: Sequence[Order]) -> tuple[Term, ...]:
    """The terms of an order, without the ids. Money gives two: amounts are comparable within a currency only."""
    found: list[Term] = []
    for each in order:
        descending = each.direction == "DESC"
        if isinstance(each, ByCount):
            found.append(Term(f"count of {_end_name(each)}", "integer", descending, over=each))
            continue
        if isinstance(each, ByTotal):
            name = f"{each.currency} total of {_end_name(each)}.{each.property.name}"
            found.append(Term(name, "integer", descending, over=each))
            continue
        if each.property.kind is Kind.MONEY:
            currency = each.property.columns[1]
            found.append(Term(currency, "text", descending=False, template=f"{{0}}.{currency}"))
        found.append(_by_property(each, descending=descending))
    return tuple(found)


def _end_name(by: ByCount | ByTotal) -> str:
    return f"{by.end.owner}.{by.end.name}"


def _by_property(by: ByProperty, *, descending: bool) -> Term:
    kind = _KINDS.get(by.property.kind, "text")
    return Term(by.property.name, kind, descending, template=_template(by.property))


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


def order_by(ordered: Sequence[tuple[Term, str]], ids: Sequence[str], *, backward: bool) -> str:
    """The text after ORDER BY. `ordered` gives the variable of each term's value."""
    parts: list[str] = []
    for term, key in ordered:
        if term.can_be_missing:
            parts.append(f"{key} IS NULL{' DESC' if backward else ''}")
        parts.append(f"{key}{' DESC' if term.descending is not backward else ''}")
    return ", ".join((*parts, *(f"{each}{' DESC' if backward else ''}" for each in ids)))


def beyond(
    writer: Writer,
    ordered: Sequence[tuple[Term, str]],
    ids: Sequence[str],
    position: Position,
    *,
    backward: bool,
    inclusive: bool = False,
) -> str:
    """The predicate of the rows after a position, or with `backward` before it; `inclusive` of the row there."""
    values, id_values = position
    alternatives: list[str] = []
    equal: list[str] = []
    for (term, key), value in zip(ordered, values, strict=True):
        further, same = _compared(writer, term, key, value, backward=backward)
        if further:
            alternatives.append(_all_of(*equal, further))
        equal.append(same)
    for key, value in zip(ids, id_values, strict=True):
        parameter = writer.parameter(value)
        bound = "=" if inclusive and key == ids[-1] else ""
        alternatives.append(_all_of(*equal, f"{key} {'<' if backward else '>'}{bound} {parameter}"))
        equal.append(f"{key} = {parameter}")
    return " OR ".join(alternatives)


def _compared(writer: Writer, term: Term, key: str, value: object, *, backward: bool) -> tuple[str | None, str]:
    """The predicates of a term's value lying further than this one, None where nothing does, and of being the same."""
    if value is None:
        return f"{key} IS NOT NULL" if backward else None, f"{key} IS NULL"
    parameter = writer.parameter(value)
    further = f"{key} {'<' if term.descending is not backward else '>'} {parameter}"
    if not backward and term.can_be_missing:
        further = f"({further} OR {key} IS NULL)"
    return further, f"{key} = {parameter}"


def _all_of(*predicates: str) -> str:
    return predicates[0] if len(predicates) == 1 else f"({' AND '.join(predicates)})"
