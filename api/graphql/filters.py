"""Derive the `where` input types from the model, one for each label, and parse their values into conditions.

An input type has fields for the properties of the label, and for its associations and paths. An association is a
relationship type seen from the label. A path leads through an intermediate node, such as a membership, to other nodes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from math import inf, isfinite
from typing import Final, cast

import strawberry
from babel.numbers import list_currencies
from strawberry.types.unset import UNSET

from api.graphql.fields import TYPE_REGISTRY, DerivedField
from api.graphql.scalars import enum_of, standings_of
from graph import model
from graph.errors import BadArgument
from graph.iso_codes import InvalidValue
from graph.model import Association, Kind, Many, Path, Property
from graph.money import to_minor_units
from graph.seeding.values import check_format
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
)
from graph.vocabulary import Standing, Vocabulary

_FieldReader = Callable[[str, Mapping[str, object]], list[Condition]]
"""A function that returns the conditions in a field of an input object, from the field's name and value."""

_MATCH_ALL: Final[Condition] = AllOf(())
_MOST_DIGITS: Final = 15
"""Maximum number of digits before the decimal point of an amount. Larger amounts overflow the database's integers."""

_EQ = ("eq", "Equals.")
_IN = ("in", "Equals one of these.")
_RANGE = (
    ("lt", "Less than."),
    ("lte", "Less than or equal to."),
    ("gt", "Greater than."),
    ("gte", "Greater than or equal to."),
)
_NULL = ("isNull", "Has no value; a date of a period also if it is OPEN.")


def input_field(name: str, annotation: object, description: str | None = None, default: object = UNSET) -> DerivedField:
    """Build a field of an input type. The field is optional unless `default` is `dataclasses.MISSING`."""
    return DerivedField(annotation, description, name=name, default=default)


def input_type(name: str, description: str, fields: Sequence[DerivedField], *, one_of: bool = False) -> type:
    """Build an input type and add it to TYPE_REGISTRY. If `one_of` is true, clients must give exactly one field."""
    namespace = {f"{field.python_name}_": field for field in fields}
    made = strawberry.input(type(name, (), namespace), name=name, description=description, one_of=one_of)
    TYPE_REGISTRY[name] = made
    return made


def _comparisons(
    name: str,
    of: type,
    what: str,
    ranges: bool = False,
    texts: bool = False,
    more: Sequence[DerivedField] = (),
) -> type:
    optional = of | None
    fields = [input_field(_EQ[0], optional, _EQ[1]), input_field(_IN[0], list[of] | None, _IN[1])]
    if texts:
        fields.append(input_field("contains", str | None, "Contains this text."))
        fields.append(input_field("startsWith", str | None, "Starts with this text."))
    if ranges:
        fields += [input_field(operator, optional, text) for operator, text in _RANGE]
    fields.append(input_field(_NULL[0], bool | None, _NULL[1]))
    return input_type(name, f"Conditions on {what}; all must hold.", [*fields, *more])


@cache
def _filter_of_vocabulary(vocabulary: type[Vocabulary]) -> type:
    return _comparisons(f"{vocabulary.__name__}Filter", enum_of(vocabulary), f"{vocabulary.__name__} values")


@cache
def _filter_of_kind(kind: Kind) -> type | None:
    match kind:
        case Kind.STRING | Kind.URL:
            return _comparisons("TextFilter", str, "a text, case-sensitive", texts=True)
        case Kind.LOCALISED:
            return _comparisons(
                "LocalisedFilter",
                str,
                "a text in any language; in names, case and diacritics are ignored",
                texts=True,
            )
        case Kind.INT:
            return _comparisons("IntFilter", int, "a whole number", ranges=True)
        case Kind.FLOAT:
            return _comparisons("FloatFilter", float, "a number", ranges=True)
        case Kind.BOOLEAN:
            return _comparisons("BooleanFilter", bool, "a boolean")
        case Kind.DATE | Kind.PARTIAL_DATE | Kind.BOUND:
            return _comparisons("DateFilter", date, "a date", ranges=True)
        case Kind.MONEY:
            currency = input_field("currency", str | None, "ISO 4217 code; required to compare amounts.")
            return _comparisons("MoneyFilter", Decimal, "an amount of money in one currency", True, more=[currency])
        case _:
            return None


def _filter_of_status(vocabulary: type[Vocabulary]) -> type:
    """Build the input type for conditions on a status on a given day."""
    enum = enum_of(vocabulary)
    fields = [
        input_field(_EQ[0], enum | None, _EQ[1]),
        input_field(_IN[0], list[enum] | None, _IN[1]),
        input_field("on", date | None, "The requested day; default today."),
    ]
    return input_type(
        f"{vocabulary.__name__}OnDayFilter", f"Conditions on {vocabulary.__name__} values on a day.", fields
    )


_ID_FILTER: Final = _comparisons("IdFilter", cast("type", strawberry.ID), "an id")


def _filter(of: Property) -> type | None:
    if of.kind is Kind.VOCABULARY:
        assert of.vocabulary
        return _filter_of_vocabulary(of.vocabulary)
    return _ID_FILTER if of.kind is Kind.REF else _filter_of_kind(of.kind)


_NEAR: Final = input_type(
    "Near",
    "A point and the largest distance from it.",
    [
        input_field("latitude", float, "Latitude in degrees, WGS 84.", MISSING),
        input_field("longitude", float, "Longitude in degrees, WGS 84.", MISSING),
        input_field("kilometres", float, "Largest distance.", MISSING),
    ],
)
_BOUNDING_BOX: Final = input_type(
    "BoundingBox",
    "A part of a map, in degrees, WGS 84. It crosses the 180th meridian if `west` is greater than `east`.",
    [input_field(side, float, f"Its {side}ern edge.", MISSING) for side in ("south", "west", "north", "east")],
)


def _list_filter(end: Association | Path) -> str:
    """Return the name of the input type for conditions on the nodes to which an association or path leads.

    The type is created on first use. Its name consists of the target label and the noun of the edges. Associations and
    paths with the same label and noun share the type.
    """
    edge = edge_filter(end)
    target, noun = (
        (end.target, end.between) if isinstance(end, Path) else (end.targets[0], _edge_noun(end.relationship))
    )
    name = f"{target}{noun or 'List'}Filter"
    if name not in TYPE_REGISTRY:
        fields = [input_field(quantifier, f"{target}Where | None") for quantifier in ("some", "none", "every")]
        if edge is not None:
            fields.append(input_field("edgeWhere", f"{edge} | None", "Only nodes count whose edges match."))
        if end.periodic:
            fields.append(input_field("on", date | None, "The requested day; default today."))
            fields.append(input_field("standings", list[enum_of(Standing)] | None, "The standings that count."))
        if isinstance(end, Path) and end.has_status:
            fields.append(input_field("includeApplied", bool | None, "Include memberships applied for."))
        words = model.label(target).words
        text = (
            f"Conditions on related {words}; all must hold. `some`, `none` or `every` is needed: `some: {{}}` means "
            "that there are any, `none: {}` that there are none, and `every` is true without any."
        )
        input_type(name, text, fields)
    return name


def filter_input(label: str) -> str:
    """Build the input type of `where` for a label and return its name."""
    name = f"{label}Where"
    fields = [
        *_logical_fields(name),
        input_field("id", _ID_FILTER | None, model.ID.description),
        *_property_fields(model.label(label).properties),
    ]
    if (status := model.label(label).status) is not None:
        input_ = _filter_of_status(status)
        fields.append(input_field("status", input_ | None, "Status on a day."))
    if model.label(label).has_location:
        fields.append(input_field("near", _NEAR | None, "Within this distance from a point."))
        fields.append(input_field("boundingBox", _BOUNDING_BOX | None, "Inside this part of a map."))
    for end in model.associations(label):
        target, *others = end.targets
        if others:
            continue
        is_one = end.many is Many.ONE
        kind = f"{target}Where" if is_one else _list_filter(end)
        description = f"{end.description} {{}} for any." if is_one else end.description
        fields.append(input_field(end.name, f"{kind} | None", description))
    paths = model.paths(label)
    fields += [input_field(path.name, f"{_list_filter(path)} | None", path.description) for path in paths]
    input_type(name, f"Conditions on {model.label(label).words}; all must hold.", fields)
    return name


def edge_filter(end: Association | Path) -> str | None:
    """Return the name of the input type of `edgeWhere` for a connection, or None if its edges have no values.

    For a path, this is the type of `where` for the path's intermediate nodes. For an association, the type is built on
    first use, and relationships with the same noun and properties share the type.
    """
    if isinstance(end, Path):
        return f"{end.between}Where"
    properties = _edge_properties(end)
    if not properties:
        return None
    name = f"{_edge_noun(end.relationship)}EdgeWhere"
    if name not in TYPE_REGISTRY:
        input_type(name, "Conditions on edges; all must hold.", [*_logical_fields(name), *_property_fields(properties)])
    return name


def _edge_noun(relationship: model.Relationship) -> str:
    """Return the noun of a relationship, which is part of the names of its input types.

    If an earlier relationship has the same noun but other properties, the source label is added in front of the noun to
    make the names unique.
    """
    first = next(other for other in model.RELATIONSHIPS if other.noun == relationship.noun)
    is_taken = first.properties != relationship.properties
    return f"{relationship.source[0]}{relationship.noun}" if is_taken else relationship.noun


def _edge_properties(end: Association) -> tuple[Property, ...]:
    return end.relationship.properties + ((model.BASIS,) if end.relationship.sourced else ())


def _logical_fields(name: str) -> list[DerivedField]:
    return [
        input_field("and", f"list[{name}] | None"),
        input_field("or", f"list[{name}] | None"),
        input_field("not", f"{name} | None"),
    ]


def _property_fields(properties: Sequence[Property]) -> list[DerivedField]:
    filters = ((of, _filter(of)) for of in properties)
    return [input_field(of.name, made | None, of.description) for of, made in filters if made is not None]


# --- Parsing ----------------------------------------------------------------------------------------


def parse_filter(label: str, given: Mapping[str, object], today: date) -> Condition | None:
    """Return the condition that a `where` argument expresses, or None if it is empty.

    Raises BadArgument if an amount has no currency or an unknown currency, if an amount, number or coordinate is out of
    range, if a code such as a country code has a wrong format, or if a filter on related nodes contains none of `some`,
    `none` and `every`.
    """
    return _parse(given, lambda name, value: _on(label, name, value, today))


def parse_edge_filter(end: Association | Path, given: Mapping[str, object], today: date) -> Condition | None:
    """Return the condition that an `edgeWhere` argument expresses, or None if the argument is empty.

    Raises BadArgument for the same reasons as `parse_filter`.
    """
    if isinstance(end, Path):
        return parse_filter(end.between, given, today)
    properties = {of.name: of for of in _edge_properties(end)}
    return _parse(given, lambda name, value: _compares(properties[name], value))


def _parse(given: Mapping[str, object], read: _FieldReader) -> Condition | None:
    """Return the condition that an input object expresses, or None if the object is empty.

    `read` returns the conditions in a field other than `and`, `or` and `not`.
    """
    found: list[Condition] = []
    for name, value in given.items():
        match name, value:
            case _, None:
                pass
            case "and", _:
                found.append(AllOf(tuple(_parse_each(value, read))))
            case "or", _:
                found.append(AnyOf(tuple(_parse_each(value, read))))
            case "not", _:
                found.append(Not(_parse(cast("Mapping[str, object]", value), read) or _MATCH_ALL))
            case _:
                found += read(name, cast("Mapping[str, object]", value))
    if not found:
        return None
    return found[0] if len(found) == 1 else AllOf(tuple(found))


def _parse_each(given: object, read: _FieldReader) -> Iterator[Condition]:
    for item in cast("list[Mapping[str, object]]", given):
        yield _parse(item, read) or _MATCH_ALL


def _on(label: str, name: str, value: Mapping[str, object], today: date) -> list[Condition]:
    if name == model.ID.name:
        return _compares(model.ID, value)
    for of in model.label(label).properties:
        if of.name == name:
            return _compares(of, value)
    for path in model.paths(label):
        if path.name == name:
            return _related(path, path.target, value, today)
    if name == "status":
        return _statuses(value, today)
    if name == "near":
        return [_near(cast("Mapping[str, float]", value))]
    if name == "boundingBox":
        return _inside_box(model.label(label), cast("Mapping[str, float]", value))
    end = model.association(label, name)
    target = end.targets[0]
    if end.many is Many.ONE:
        return [Related(end, "some", parse_filter(target, value, today))]
    return _related(end, target, value, today)


def _statuses(value: Mapping[str, object], today: date) -> list[Condition]:
    on = cast("date | None", value.get("on")) or today
    lists = [[value[name]] if name == "eq" else value[name] for name in ("eq", "in") if value.get(name) is not None]
    members = cast("list[list[Enum]]", lists)
    return [StatusIn(tuple(cast("str", member.value) for member in listed), on) for listed in members]


def _near(value: Mapping[str, float]) -> Condition:
    _check_degrees("near", latitudes=[value["latitude"]], longitudes=[value["longitude"]])
    if not 0 <= value["kilometres"] < inf:
        raise BadArgument(f"`near` has a distance of {value['kilometres']:g} km", hint="use a distance from 0 km")
    return Near(value["latitude"], value["longitude"], value["kilometres"])


def _inside_box(label: model.Label, box: Mapping[str, float]) -> list[Condition]:
    south, west, north, east = (box[side] for side in ("south", "west", "north", "east"))
    _check_degrees("boundingBox", latitudes=[south, north], longitudes=[west, east])
    if south > north:
        raise BadArgument(
            f"`boundingBox` has its southern edge at {south:g}, north of its northern edge at {north:g}",
            hint="exchange south and north",
        )
    latitude, longitude = label.property("latitude"), label.property("longitude")
    from_west, to_east = Compare(longitude, "gte", west), Compare(longitude, "lte", east)
    across = AllOf((from_west, to_east)) if west <= east else AnyOf((from_west, to_east))
    return [Compare(latitude, "gte", south), Compare(latitude, "lte", north), across]


def _check_degrees(name: str, *, latitudes: Sequence[float], longitudes: Sequence[float]) -> None:
    """Raise BadArgument if a latitude or longitude is out of range."""
    for kind, values, limit in (("latitude", latitudes, 90), ("longitude", longitudes, 180)):
        for value in values:
            if not -limit <= value <= limit:
                raise BadArgument(
                    f"`{name}` has a {kind} of {value:g} degrees", hint=f"write a number between {-limit} and {limit}"
                )


def _related(end: Association | Path, target: str, value: Mapping[str, object], today: date) -> list[Condition]:
    on = (cast("date | None", value.get("on")) or today) if end.periodic else None
    applied, standings = bool(value.get("includeApplied")), standings_of(value.get("standings"))
    edge_where = cast("Mapping[str, object] | None", value.get("edgeWhere"))
    edge = parse_edge_filter(end, edge_where, today) if edge_where else None
    found: list[Condition] = []
    for quantifier in ("some", "none", "every"):
        inner = cast("Mapping[str, object] | None", value.get(quantifier))
        if inner is not None:
            meets = parse_filter(target, inner, today)
            found.append(Related(end, quantifier, meets, on, applied, standings, edge))
    if not found:
        raise BadArgument(
            f"`{end.name}` has no condition", hint="add `some: {}` for at least one, or `none: {}` for none at all"
        )
    return found


def _compares(of: Property, value: Mapping[str, object]) -> list[Condition]:
    currency = cast("str | None", value.get("currency"))
    amounts = {
        name: operand for name, operand in value.items() if name not in ("isNull", "currency") and operand is not None
    }
    if of.kind is Kind.MONEY and amounts and currency is None:
        raise BadArgument(
            f"`{of.name}` compares an amount without its currency", hint='add the code, such as currency: "EUR"'
        )
    if currency is not None and currency not in list_currencies():
        raise BadArgument(
            f"`{of.name}` names an unknown currency: {currency!r}", hint="use an ISO 4217 code, such as EUR"
        )
    found: list[Condition] = []
    for name, operand in value.items():
        if operand is None or name == "currency":
            continue
        plain = (
            tuple(_plain(of, name, item, currency) for item in cast("list[object]", operand))
            if name == "in"
            else (_plain(of, name, operand, currency) if name != "isNull" else bool(operand))
        )
        found.append(Compare(of, cast("Comparison", name), plain, None if name == "isNull" else currency))
    if of.kind is Kind.MONEY and currency is not None and not amounts:
        raise BadArgument(f"`{of.name}` names a currency but no amount", hint="add a comparison such as gte")
    return found


def _plain(of: Property, comparison: str, value: object, currency: str | None) -> Scalar:
    if of.kind is Kind.MONEY:
        assert isinstance(value, Decimal)
        assert currency is not None
        if value.adjusted() >= _MOST_DIGITS:
            raise BadArgument(
                f"`{of.name}` compares an amount of more than {_MOST_DIGITS} digits", hint="use a smaller amount"
            )
        minor = to_minor_units(value, currency)
        if minor != minor.to_integral_value():
            raise BadArgument(f"{value} has more decimal places than {currency} allows", hint="round the amount")
        return int(minor)
    if isinstance(value, float) and not isfinite(value):
        raise BadArgument(f"`{of.name}` compares a number that is out of range for Float", hint="use a smaller number")
    if of.kind is Kind.STRING and comparison in ("eq", "in"):
        try:
            check_format(of, cast("str", value))
        except InvalidValue as error:
            raise BadArgument(f"`{of.name}`: {error.message}", hint=error.hint) from None
    return cast("Scalar", value.value if isinstance(value, Enum) else value)
