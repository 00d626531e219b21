"""Write conditions as Cypher predicates.

A condition is either true or false. A comparison with a null value is false, and the negation of such a comparison is
true. In Cypher, a comparison with a null value is null, which WHERE treats as false. Inside a negation, the predicates
therefore convert null to false.
"""

from collections.abc import Iterator, Mapping
from math import asin, cos, pi, radians, sin, sqrt
from typing import Final

from graph.folding import clean, fold
from graph.model import Kind, Property
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import match_end
from graph.traversal.selection import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    Near,
    Not,
    Related,
    Scalar,
    StatusIn,
    Value,
)

__all__ = [
    "distance_km",
    "indexed_in_list",
    "near_point",
    "non_null_properties",
    "render_haversine",
    "render_predicate",
]

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
_ORDERING_OPERATORS: Final = ("lt", "lte", "gt", "gte")
_NOTHING_KNOWN: Final[Mapping[Related, str]] = {}

_EARTH_RADIUS_KM: Final = 6371.0088
"""The mean radius of the Earth in kilometres, as defined by the IUGG."""


def non_null_properties(condition: Condition) -> frozenset[str]:
    """Return the names of the properties that cannot be null if a node meets the condition."""
    match condition:
        case AllOf(conditions):
            return frozenset[str]().union(*map(non_null_properties, conditions))
        case Compare(property_) if not property_.many and property_.kind is not Kind.LOCALISED:
            is_set = condition.operator != "isNull" or condition.value is False
            return frozenset({property_.name}) if is_set else frozenset()
        case _:
            return frozenset()


def near_point(condition: Condition | None) -> Near | None:
    """Return the `Near` condition that a node must meet so that `condition` is true.

    Returns None if `condition` does not require a `Near` condition. Also returns None if it requires several `Near`
    conditions with different points.
    """
    found = {(near.latitude, near.longitude): near for near in _near_points(condition)}
    return next(iter(found.values())) if len(found) == 1 else None


def _near_points(condition: Condition | None) -> Iterator[Near]:
    match condition:
        case Near():
            yield condition
        case AllOf(conditions):
            for inner in conditions:
                yield from _near_points(inner)
        case _:
            pass


def indexed_in_list(condition: Condition | None) -> tuple[Compare, Condition | None] | None:
    """Split a condition into a comparison of an indexed property with a list of values, and the remaining condition.

    The remaining condition is None if the comparison is the whole condition. Returns None if the condition contains no
    such comparison.
    """
    match condition:
        case Compare(property_, "in") if property_.indexed:
            return condition, None
        case AllOf(conditions):
            for index, inner in enumerate(conditions):
                if split := indexed_in_list(inner):
                    comparison, rest = split
                    others = (*conditions[:index], *((rest,) if rest else ()), *conditions[index + 1 :])
                    return comparison, AllOf(others) if others else None
        case _:
            pass
    return None


def render_predicate(
    writer: CypherWriter,
    condition: Condition,
    node: str,
    *,
    negated: bool = False,
    known: Mapping[Related, str] = _NOTHING_KNOWN,
) -> str:
    """Return the Cypher predicate of a condition on the variable `node`.

    If `negated` is true, the caller uses the predicate inside a negation. The returned predicate is then never null.
    `known` contains predicates that are already written, as a dict from condition on related nodes to predicate.
    """
    match condition:
        case Compare():
            return _render_comparison(writer, condition, node, negated=negated)
        case StatusIn(names, on):
            day = writer.parameter(f"{on.isoformat()}~")  # sorts after all changes of the day
            change = writer.name("v")
            status = f"substring(last([{change} IN coalesce({node}.statusChanges, []) WHERE {change} < {day}]), 11)"
            return f"coalesce({status} IN {writer.parameter(list(names))}, false)"
        case Near():
            near = _render_near(writer, condition, node)
            return f"coalesce({near}, false)" if negated else near
        case Related():
            return known.get(condition) or _render_related(writer, condition, node)
        case Not(inner):
            return f"NOT ({render_predicate(writer, inner, node, negated=True, known=known)})"
        case AllOf(()):
            return "true"
        case AnyOf(()):
            return "false"
        case AllOf(conditions) | AnyOf(conditions):
            word = " AND " if isinstance(condition, AllOf) else " OR "
            parts = (render_predicate(writer, inner, node, negated=negated, known=known) for inner in conditions)
            return f"({word.join(parts)})"


def _render_comparison(writer: CypherWriter, compare: Compare, node: str, *, negated: bool) -> str:
    if compare.operator == "isNull":
        is_null = _render_is_null(compare.property, node)
        return is_null if compare.value else f"NOT ({is_null})"
    operator = _OPERATORS[compare.operator]
    value = writer.parameter(_to_stored(compare.property, compare.value))
    values = _render_values(compare.property, node)
    if values is not None and (compare.operator not in _ORDERING_OPERATORS or compare.property.many):
        variable = writer.name("v")
        # any(…) is not used: under NOT, ArcadeDB omits the rows for which any(…) is null, even inside coalesce.
        return f"size([{variable} IN {values} WHERE {variable} {operator} {value}]) > 0"
    text = f"{_render_value(compare.property, node)} {operator} {value}"
    if compare.currency is not None:
        text = f"({text} AND {node}.{compare.property.columns[1]} = {writer.parameter(compare.currency)})"
    return f"coalesce({text}, false)" if negated else text


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance between two points in kilometres. The formula is the same as in the condition `Near`."""
    haversine = (
        sin(radians(other_latitude - latitude) / 2) ** 2
        + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine)))


def _render_near(writer: CypherWriter, near: Near, node: str) -> str:
    """Return a Cypher predicate that is true if the distance of a node from a point is small enough.

    The predicate compares haversines of angles, because they are precise even for small distances.
    """
    half_angle = min(near.kilometres / _EARTH_RADIUS_KM, pi) / 2
    return f"{render_haversine(writer, near, node)} <= {writer.parameter(sin(half_angle) ** 2)}"


def render_haversine(writer: CypherWriter, near: Near, node: str) -> str:
    """Return the Cypher expression for the haversine of the angle between a node and a point.

    The haversine increases with the distance.
    """
    latitude, longitude = writer.parameter(near.latitude), writer.parameter(near.longitude)
    return (
        f"sin(radians({node}.latitude - {latitude}) / 2) ^ 2 + cos(radians({node}.latitude)) * "
        f"{writer.parameter(cos(radians(near.latitude)))} * sin(radians({node}.longitude - {longitude}) / 2) ^ 2"
    )


def _render_related(writer: CypherWriter, related: Related, node: str) -> str:
    if related.condition is None and related.quantifier == "every":
        return "true"
    match = match_end(
        writer,
        related.end,
        node,
        related.on,
        include_applied=related.include_applied,
        standings=related.standings,
        relationship=related.edge_condition is not None,
    )
    more = [render_predicate(writer, related.edge_condition, match.record)] if related.edge_condition else []
    if related.condition is not None:
        every = related.quantifier == "every"
        inner = render_predicate(writer, related.condition, match.node, negated=every)
        more.append(f"NOT ({inner})" if every else inner)
    exists = f"EXISTS {{ {match.as_subquery(*more)} }}"
    return exists if related.quantifier == "some" else f"NOT {exists}"


def _render_values(property_: Property, node: str) -> str | None:
    """Return the Cypher expression for the list of values of a property.

    Returns None if the property has a single value.
    """
    if property_.many:
        return f"coalesce({node}.{property_.name}, [])"
    if property_.kind is not Kind.LOCALISED:
        return None
    if property_.name == "name":
        return f"coalesce(split({node}.nameFolded, '\\n'), [])"
    return f"[{', '.join(f'{node}.{column}' for column in property_.columns)}]"


def _render_value(property_: Property, node: str) -> str:
    if property_.kind is Kind.LOCALISED:
        return f"{node}.nameSort" if property_.name == "name" else f"coalesce({_render_columns(property_, node)})"
    column = f"{node}.{property_.columns[0]}"
    return f"toFloat({column})" if property_.kind is Kind.DECIMAL else column


def _render_is_null(property_: Property, node: str) -> str:
    if property_.many:
        return f"size(coalesce({node}.{property_.name}, [])) = 0"
    if property_.kind is Kind.LOCALISED:
        return f"coalesce({_render_columns(property_, node)}) IS NULL"
    return f"{node}.{property_.columns[0]} IS NULL"


def _render_columns(property_: Property, node: str) -> str:
    return ", ".join(f"{node}.{column}" for column in property_.columns)


def _to_stored(property_: Property, value: Value) -> object:
    """Convert a value, or a tuple of values, to the form in which the database stores values.

    Texts are cleaned, names are folded (lower case, no diacritics), and decimals become floats.
    """
    if isinstance(value, tuple):
        return [_to_stored_scalar(property_, item) for item in value]
    return _to_stored_scalar(property_, value)


def _to_stored_scalar(property_: Property, value: Scalar) -> Scalar:
    if isinstance(value, str) and property_.kind is Kind.LOCALISED and property_.name == "name":
        return fold(value)
    if isinstance(value, str | int | float) and property_.kind is Kind.DECIMAL:
        return float(value)
    return clean(value) if isinstance(value, str) else value
