"""Sort orders, and predicates for the rows after or before a position (keyset pagination).

Every order ends with the id of the node, so that no two rows have the same position. On a path (two consecutive
relationships), the id of the intermediate node follows. Nulls are last in both directions. The statements specify this
explicitly, because Neo4j and ArcadeDB have different defaults.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from graph.model import Kind, Language, Property
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import Match, match_end
from graph.traversal.predicates import render_haversine
from graph.traversal.selection import ByCount, ByDistance, ByProperty, ByStanding, Near, Order

__all__ = ["Position", "SortTerm", "ValueKind", "after_position", "order_by", "sort_terms"]

ValueKind = Literal["text", "integer", "number", "boolean", "date"]
Position = tuple[tuple[object, ...], tuple[str, ...]]
"""The position of a row in a sort order: the values by which the row is sorted, and its ids."""

_KINDS: Final[dict[Kind, ValueKind]] = {
    Kind.INT: "integer",
    Kind.MONEY: "integer",
    Kind.FLOAT: "number",
    Kind.DECIMAL: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.PARTIAL_DATE: "date",
    Kind.BOUND: "date",
    Kind.VOCABULARY: "integer",
}


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A value by which rows are sorted: a property, a standing, a count of related nodes or a distance.

    A standing states whether sources show the row in force on a day. A property can belong to the node of a row or to
    its record. The record is the relationship that leads to the node or, on a path, the intermediate node.

    - `template`: for a property, its Cypher expression, with a placeholder for the variable of the node or record.
    - `of_record`: true if the property belongs to the record and not to the node.
    - `over`: for a count, the related nodes to count.
    - `near`: for a distance, the point from which it is measured.
    - `is_stored`: true if the value is stored in the database. Otherwise it is computed before it is compared.
    """

    name: str
    kind: ValueKind
    descending: bool
    template: str = ""
    of_record: bool = False
    over: ByCount | None = None
    near: Near | None = None
    is_nullable: bool = True
    is_stored: bool = True

    def expression(self, writer: CypherWriter, match: Match) -> str:
        if self.template:
            return self.template.format(match.record if self.of_record else match.node)
        if self.near is not None:
            return render_haversine(writer, self.near, match.node)
        if self.over is None:
            assert match.standing is not None
            return match.standing
        over = self.over
        counted = match_end(
            writer, over.end, match.node, over.on, include_applied=over.include_applied, standings=over.standings
        )
        return f"COUNT {{ {counted.as_subquery()} }}"


def sort_terms(
    order: Sequence[Order],
    non_null: Set[str] = frozenset(),
    record_non_null: Set[str] = frozenset(),
    *,
    is_standing_nullable: bool = False,
    near: Near | None = None,
) -> tuple[SortTerm, ...]:
    """Return the sort terms of an order. A sort term is a value by which rows are sorted.

    Money has two sort terms: the currency, then the amount. Every order ends with ids, which are not in the result.
    `non_null` contains the names of the properties that have a value in every node. `record_non_null` contains the
    names of the properties that have a value in every record. A record is the relationship that leads to a node or, on
    a path, the intermediate node. `is_standing_nullable` is true if standings can be null. These arguments matter
    because sorting is much faster if a value cannot be null. Distances are measured from the point of the condition
    `near`. This condition excludes nodes without coordinates, so distances cannot be null.
    """
    terms: list[SortTerm] = []
    for by in order:
        descending = by.direction == "DESC"
        match by:
            case ByCount(end=end):
                name = f"count of {end.owner}.{end.name}"
                terms.append(SortTerm(name, "integer", descending, over=by, is_nullable=False, is_stored=False))
            case ByStanding():
                terms.append(
                    SortTerm("standing", "integer", descending, is_nullable=is_standing_nullable, is_stored=False)
                )
            case ByDistance():
                terms.append(SortTerm("distance", "number", descending, near=near, is_nullable=False, is_stored=False))
            case ByProperty():
                terms += _property_terms(by, descending, record_non_null if by.record else non_null)
    return tuple(terms)


def _property_terms(by: ByProperty, descending: bool, non_null: Set[str]) -> Iterator[SortTerm]:
    of, of_record = by.property, bool(by.record)
    prefix = f"{by.record}." if by.record else ""
    is_nullable = of.name not in non_null
    if of.kind is Kind.MONEY:
        currency = of.columns[1]
        yield SortTerm(prefix + currency, "text", False, f"{{0}}.{currency}", of_record, is_nullable=is_nullable)
    kind = _KINDS.get(of.kind, "text")
    is_stored = of.kind is not Kind.VOCABULARY
    template = _template(of, by.language)
    name = f"{prefix}{of.name}" if by.language is None else f"{prefix}{of.name} {by.language.name}"
    yield SortTerm(name, kind, descending, template, of_record, is_nullable=is_nullable, is_stored=is_stored)


def _template(property_: Property, language: Language | None) -> str:
    match property_.kind:
        case Kind.LOCALISED if property_.name == "name" and language in (Language.SV, Language.FI):
            return f"coalesce({{0}}.nameSort{language.name.capitalize()}, {{0}}.nameSort)"
        case Kind.LOCALISED if property_.name == "name":
            return "{0}.nameSort"
        case Kind.LOCALISED:
            return f"coalesce({', '.join(f'{{0}}.{column}' for column in property_.columns)})"
        case Kind.DECIMAL:
            return f"toFloat({{0}}.{property_.name})"
        case Kind.VOCABULARY:
            assert property_.vocabulary
            indexes = (f"WHEN '{member.name}' THEN {index}" for index, member in enumerate(property_.vocabulary))
            return f"CASE {{0}}.{property_.name} {' '.join(indexes)} END"
        case _:
            return f"{{0}}.{property_.name}"


def order_by(ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str], *, backward: bool) -> str:
    """Return the text that follows ORDER BY. `ordered` contains pairs of a sort term and the variable of its value."""
    parts: list[str] = []
    for term, key in ordered:
        if term.is_nullable:
            parts.append(f"{key} IS NULL{' DESC' if backward else ''}")
        parts.append(f"{key}{' DESC' if term.descending is not backward else ''}")
    return ", ".join((*parts, *(f"{node_id}{' DESC' if backward else ''}" for node_id in ids)))


def after_position(
    writer: CypherWriter,
    ordered: Sequence[tuple[SortTerm, str]],
    ids: Sequence[str],
    position: Position,
    *,
    backward: bool,
    inclusive: bool = False,
) -> str:
    """Return the predicate that is true for a row after a position or, if `backward` is true, for a row before it.

    If `inclusive` is true, the predicate is also true for the row at the position.
    """
    values, id_values = position
    terms = [
        _compare_term(writer, term, variable, value, backward=backward)
        for (term, variable), value in zip(ordered, values, strict=True)
    ]
    operator = "<" if backward else ">"
    for variable, value in zip(ids[:-1], id_values[:-1], strict=True):
        terms.append(_TermPredicates.of_non_null(variable, operator, writer.parameter(value)))
    last_operator = f"{operator}=" if inclusive else operator
    predicate = _compare_without_index(ids[-1], last_operator, writer.parameter(id_values[-1]))
    for term in reversed(terms):
        predicate = term.then(predicate)
    return predicate


class _TermPredicates(NamedTuple):
    """Cypher predicates that compare a sort value of a row with the sort value at a position.

    `after` is None if no value can sort after the value at the position. `after_or_equal` is None if it cannot be
    written as a single comparison.
    """

    after: str | None
    equal: str
    after_or_equal: str | None = None

    @staticmethod
    def of_non_null(variable: str, operator: str, parameter: str) -> "_TermPredicates":
        return _TermPredicates(
            f"{variable} {operator} {parameter}",
            f"{variable} = {parameter}",
            _compare_without_index(variable, f"{operator}=", parameter),
        )

    def then(self, rest: str) -> str:
        """Return the predicate that is true if a row comes after the position.

        The predicate first compares the values of this sort term. If the values are equal, it tests `rest`, the
        predicate for the following sort terms.
        """
        if self.after_or_equal:
            return f"{self.after_or_equal} AND ({self.after} OR {_parenthesise(rest)})"
        equal = f"{self.equal} AND {_parenthesise(rest)}"
        return f"{self.after} OR ({equal})" if self.after else equal


_NEGATED_OPERATORS: Final = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def _compare_without_index(variable: str, operator: str, parameter: str) -> str:
    """Return a comparison for which ArcadeDB does not use an index.

    If the position is near the start of the order, the index of ArcadeDB takes up to twice as long as a scan. The
    comparison is therefore written as a negation, such as `NOT (a < b)`. Neo4j treats the negation as `a >= b`.
    """
    return f"NOT ({variable} {_NEGATED_OPERATORS[operator]} {parameter})"


def _parenthesise(predicate: str) -> str:
    return f"({predicate})" if " OR " in predicate or " AND " in predicate else predicate


def _compare_term(
    writer: CypherWriter, term: SortTerm, variable: str, value: object, *, backward: bool
) -> _TermPredicates:
    if value is None:
        return _TermPredicates(f"{variable} IS NOT NULL" if backward else None, f"{variable} IS NULL")
    operator = "<" if term.descending is not backward else ">"
    predicates = _TermPredicates.of_non_null(variable, operator, writer.parameter(value))
    if backward or not term.is_nullable:
        return predicates
    return _TermPredicates(f"({predicates.after} OR {variable} IS NULL)", predicates.equal)
