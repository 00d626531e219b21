"""Conditions as Cypher predicates.

A missing value meets no comparison, and `Not` of a comparison is met wherever the comparison is not: two values, not
three. Cypher's null does as well as false wherever it can only narrow; only under a negation is it made false.
"""

from typing import Final

from graph.folding import fold
from graph.model import ID, Kind, Property
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import match_end
from graph.traversal.selection import AllOf, AnyOf, Compare, Comparison, Condition, Not, Related, Scalar, Value

__all__ = ["indexed_in_list", "is_selective", "non_null_properties", "render_predicate"]

_OPERATORS: Final[dict[Comparison, str]] = {
    "eq": "=",
    "in": "IN",
    "contains": "CONTAINS",
    "startsWith": "STARTS WITH",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
}
_ORDERED: Final = ("lt", "lte", "gt", "gte")


def non_null_properties(condition: Condition | None) -> frozenset[str]:
    """The properties that nothing which meets the condition lacks, as it compares them."""
    match condition:
        case AllOf(conditions):
            return frozenset[str]().union(*map(non_null_properties, conditions))
        case Compare(property_) if not property_.many and property_.kind is not Kind.LOCALISED:
            there = condition.operator != "isNull" or condition.value is False
            return frozenset({property_.name}) if there else frozenset()
        case _:
            return frozenset()


def indexed_in_list(condition: Condition | None) -> tuple[Compare, Condition | None] | None:
    """A list of values of an indexed property, one of which is asked for, and the rest of the condition."""
    match condition:
        case Compare(property_, "in") if property_.indexed:
            return condition, None
        case AllOf(conditions):
            for place, each in enumerate(conditions):
                if found := indexed_in_list(each):
                    values, rest = found
                    others = (*conditions[:place], *((rest,) if rest else ()), *conditions[place + 1 :])
                    return values, AllOf(others) if others else None
        case _:
            pass
    return None


def is_selective(condition: Condition | None) -> bool:
    """Whether what meets the condition is found in an index by one value, or by ids: of a large label, a small part."""
    match condition:
        case Compare(property_, "eq"):
            return property_.indexed
        case Compare(property_, "in"):
            return property_ == ID
        case AllOf(conditions):
            return any(map(is_selective, conditions))
        case _:
            return False


def render_predicate(writer: CypherWriter, condition: Condition, node: str, *, negated: bool = False) -> str:
    """The predicate on the variable `node`. `negated` says that it stands under a negation: then it is never null."""
    match condition:
        case Compare():
            return _compare(writer, condition, node, negated=negated)
        case Related():
            return _related(writer, condition, node)
        case Not(inner):
            return f"NOT ({render_predicate(writer, inner, node, negated=True)})"
        case AllOf(()):
            return "true"
        case AnyOf(()):
            return "false"
        case AllOf(conditions) | AnyOf(conditions):
            word = " AND " if isinstance(condition, AllOf) else " OR "
            return f"({word.join(render_predicate(writer, each, node, negated=negated) for each in conditions)})"


def _compare(writer: CypherWriter, compare: Compare, node: str, *, negated: bool) -> str:
    if compare.operator == "isNull":
        missing = _missing(compare.property, node)
        return missing if compare.value else f"NOT ({missing})"
    operator = _OPERATORS[compare.operator]
    value = writer.parameter(_comparable(compare.property, compare.value))
    values = _values(compare.property, node)
    if values is not None and (compare.operator not in _ORDERED or compare.property.many):
        each = writer.name("v")
        # Not any(…): under NOT, ArcadeDB loses the rows for which any(…) is null, even inside coalesce.
        return f"size([{each} IN {values} WHERE {each} {operator} {value}]) > 0"
    text = f"{_value(compare.property, node)} {operator} {value}"
    if compare.currency is not None:
        text = f"({text} AND {node}.{compare.property.columns[1]} = {writer.parameter(compare.currency)})"
    return f"coalesce({text}, false)" if negated else text


def _related(writer: CypherWriter, related: Related, node: str) -> str:
    if related.condition is None and related.quantifier == "every":
        return "true"
    match = match_end(writer, related.end, node, related.on, include_applied=related.include_applied)
    more: list[str] = []
    if related.condition is not None:
        every = related.quantifier == "every"
        inner = render_predicate(writer, related.condition, match.node, negated=every)
        more.append(f"NOT ({inner})" if every else inner)
    exists = f"EXISTS {{ {match.as_subquery(*more)} }}"
    return exists if related.quantifier == "some" else f"NOT {exists}"


def _values(property_: Property, node: str) -> str | None:
    """The list whose elements are compared, where any one of several values is enough."""
    if property_.many:
        return f"coalesce({node}.{property_.name}, [])"
    if property_.kind is not Kind.LOCALISED:
        return None
    if property_.name == "name":
        return f"coalesce(split({node}.nameFolded, '\\n'), [])"
    return f"[{', '.join(f'{node}.{each}' for each in property_.columns)}]"


def _value(property_: Property, node: str) -> str:
    if property_.kind is Kind.LOCALISED:
        return f"{node}.nameSort" if property_.name == "name" else f"coalesce({_columns(property_, node)})"
    column = f"{node}.{property_.columns[0]}"
    return f"toFloat({column})" if property_.kind is Kind.DECIMAL else column


def _missing(property_: Property, node: str) -> str:
    if property_.many:
        return f"size(coalesce({node}.{property_.name}, [])) = 0"
    if property_.kind is Kind.LOCALISED:
        return f"coalesce({_columns(property_, node)}) IS NULL"
    return f"{node}.{property_.columns[0]} IS NULL"


def _columns(property_: Property, node: str) -> str:
    return ", ".join(f"{node}.{each}" for each in property_.columns)


def _comparable(property_: Property, value: Value) -> object:
    """The value as it is stored: names folded, decimals as numbers, several as a list."""
    if isinstance(value, tuple):
        return [_single(property_, each) for each in value]
    return _single(property_, value)


def _single(property_: Property, value: Scalar) -> Scalar:
    if isinstance(value, str) and property_.kind is Kind.LOCALISED and property_.name == "name":
        return fold(value)
    if isinstance(value, str | int | float) and property_.kind is Kind.DECIMAL:
        return float(value)
    return value
