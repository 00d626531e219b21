"""Parse filters, which are the values of the argument `where`, into conditions.

A filter for nodes of one label is an object, such as `{"population": {"gte": 100000}, "networks": {"some": {}}}`. A
node must meet the conditions in all fields of the filter. A field is a property of the label, an association or path
that leads to related nodes, or one of the operators `and`, `or` and `not`. GraphQL, the command line and Python accept
the same filters. A value is a JSON value. Values from GraphQL can also be enum members, dates or decimals.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum
from math import inf, isfinite
from typing import Final, cast

from babel.numbers import list_currencies

from graph import model
from graph.errors import BadArgument
from graph.formats import check_format
from graph.iso_codes import InvalidValue
from graph.iso_date import parse_iso_date
from graph.model import Association, Kind, Many, Path, Property
from graph.money import to_minor_units
from graph.standing import COUNTED
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

__all__ = ["check_degrees", "edge_properties", "explicit_filter", "operators_of", "parse_edge_filter", "parse_filter"]

_FieldReader = Callable[[str, Mapping[str, object]], list[Condition]]
"""A function that parses a field of a filter into conditions. Its arguments are the name and the value of the field."""

_MATCH_ALL: Final[Condition] = AllOf(())
_MOST_DIGITS: Final = 15
"""Maximum number of digits before the decimal point of an amount.

A larger amount overflows the integers of the database.
"""
_RANGE: Final = ("lt", "lte", "gt", "gte")
_QUANTIFIERS: Final = ("some", "none", "every")
_LOGICAL: Final = ("and", "or", "not")


def operators_of(of: Property) -> tuple[str, ...]:
    """Return the operators with which a filter can compare a property, such as "eq" and "lt".

    The operators are fields of the filter. The result is an empty tuple if filters cannot compare the property.
    """
    if of is model.ID:
        return "eq", "in", "isNull"
    match of.kind:
        case Kind.STRING | Kind.URL | Kind.LOCALISED:
            return "eq", "in", "contains", "startsWith", "isNull"
        case Kind.INT | Kind.FLOAT | Kind.DATE | Kind.PARTIAL_DATE | Kind.BOUND:
            return "eq", "in", *_RANGE, "isNull"
        case Kind.MONEY:
            return "eq", "in", *_RANGE, "isNull", "currency"
        case Kind.BOOLEAN | Kind.VOCABULARY | Kind.REF:
            return "eq", "in", "isNull"
        case Kind.DECIMAL:
            return ()


def parse_filter(label: str, given: Mapping[str, object], today: date) -> Condition | None:
    """Parse a filter of nodes into a condition. Returns None if the filter is empty.

    `today` is the date of all conditions that need a date but state no date. Raises BadArgument in these cases:

    - A field or value is unknown.
    - An amount has no currency or an unknown currency.
    - An amount or number is out of range.
    - A code, such as a country code, has a wrong format.
    - A field for related nodes does not contain `some`, `none` or `every`.
    """
    return _parse(given, lambda name, value: _on(label, name, value, today))


def parse_edge_filter(end: Association | Path, given: Mapping[str, object], today: date) -> Condition | None:
    """Parse a filter of edges into a condition. Returns None if the filter is empty.

    `today` is the date of all conditions that need a date but state no date. Raises BadArgument for the same reasons as
    `parse_filter`.
    """
    if isinstance(end, Path):
        return parse_filter(end.between, given, today)
    properties = {of.name: of for of in edge_properties(end)}

    def read(name: str, value: Mapping[str, object]) -> list[Condition]:
        _expect_fields("`edgeWhere`", {name: value}, [*_LOGICAL, *properties])
        return _compares(properties[name], value)

    return _parse(given, read)


def edge_properties(end: Association) -> tuple[Property, ...]:
    """Return the properties by which the edges of an association can be filtered.

    They are properties of relationships. An association is a relationship type seen from one of its ends.
    """
    return end.relationship.properties + ((model.BASIS,) if end.relationship.sourced else ())


def explicit_filter(label: str, given: Mapping[str, object], today: date) -> dict[str, object]:
    """Return the filter as JSON values. Add the date `today` to every condition that needs a date but states no date.

    The result therefore has the same meaning on later days. The filter must be valid (see `parse_filter`).
    """
    found: dict[str, object] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in ("and", "or"):
            found[name] = [explicit_filter(label, item, today) for item in _items(name, value)]
        elif name == "not":
            found[name] = explicit_filter(label, _object(name, value), today)
        elif (end := _end(label, name)) is None:
            found[name] = cast("dict[str, object]", _json(value))
            if name == "status":
                found[name] = {"on": today.isoformat(), **cast("dict[str, object]", found[name])}
        elif _is_one(end):
            found[name] = explicit_filter(_target(end), _object(name, value), today)
        else:
            conditions: dict[str, object] = {"on": today.isoformat()} if end.periodic else {}
            for key, item in _object(name, value).items():
                if item is None:
                    continue
                if key in _QUANTIFIERS:
                    conditions[key] = explicit_filter(_target(end), _object(key, item), today)
                elif key == "edgeWhere" and isinstance(end, Path):
                    conditions[key] = explicit_filter(end.between, _object(key, item), today)
                else:
                    conditions[key] = _json(item)
            found[name] = conditions
    return found


def _json(value: object) -> object:
    match value:
        case Enum():
            return value.name
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case Mapping():
            entries = cast("Mapping[str, object]", value)
            return {name: _json(item) for name, item in entries.items() if item is not None}
        case list() | tuple():
            return [_json(item) for item in cast("Sequence[object]", value)]
        case _:
            return value


# --- Objects ----------------------------------------------------------------------------------------


def _parse(given: object, read: _FieldReader) -> Condition | None:
    """Parse a filter into a condition. Returns None if the filter is empty.

    `read` parses all fields of the filter except the logical operators (`and`, `or` and `not`).
    """
    found: list[Condition] = []
    for name, value in _object("where", given).items():
        match name, value:
            case _, None:
                pass
            case "and", _:
                found.append(AllOf(tuple(_parse_each(name, value, read))))
            case "or", _:
                found.append(AnyOf(tuple(_parse_each(name, value, read))))
            case "not", _:
                found.append(Not(_parse(_object(name, value), read) or _MATCH_ALL))
            case _:
                found += read(name, _object(name, value))
    if not found:
        return None
    return found[0] if len(found) == 1 else AllOf(tuple(found))


def _parse_each(name: str, given: object, read: _FieldReader) -> Iterator[Condition]:
    for item in _items(name, given):
        yield _parse(item, read) or _MATCH_ALL


def _object(name: str, given: object) -> Mapping[str, object]:
    if not isinstance(given, Mapping):
        raise BadArgument(f"`{name}`: {given!r} is not an object", hint='write fields, such as {"eq": "FI"}')
    return cast("Mapping[str, object]", given)


def _items(name: str, given: object) -> list[Mapping[str, object]]:
    """Return the value of the field `name` as a list of objects.

    Raises BadArgument if an item of the list is not an object. As in GraphQL, a single object is accepted in place of a
    list of one object.
    """
    return [_object(name, item) for item in _list(given)]


def _expect_fields(where: str, given: Mapping[str, object], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"the fields are {', '.join(known)}"
            raise BadArgument(f"{where} has no field `{name}`", hint=hint)


def _on(label: str, name: str, value: Mapping[str, object], today: date) -> list[Condition]:
    defined = model.label(label)
    if name == model.ID.name:
        return _compares(model.ID, value)
    for of in defined.readable:
        if of.name == name and operators_of(of):
            return _compares(of, value)
    if name == "status" and defined.status is not None:
        return _statuses(defined.status, value, today)
    if name == "near" and defined.has_location:
        return [_near(value)]
    if name == "boundingBox" and defined.has_location:
        return _inside_box(defined, value)
    end = _end(label, name)
    if end is None:
        _expect_fields(f"a filter of {defined.words}", {name: value}, list(_field_names(label)))
        raise AssertionError(f"{label}.{name}")
    if _is_one(end):
        return [Related(end, "some", parse_filter(_target(end), value, today))]
    return _related(end, value, today)


def _field_names(label: str) -> Iterator[str]:
    defined = model.label(label)
    yield from (*_LOGICAL, model.ID.name)
    yield from (of.name for of in defined.readable if operators_of(of))
    if defined.status is not None:
        yield "status"
    if defined.has_location:
        yield from ("near", "boundingBox")
    yield from (end.name for end in model.associations(label) if len(end.targets) == 1)
    yield from (path.name for path in model.paths(label))


# --- Conditions on nodes ----------------------------------------------------------------------------


def _statuses(vocabulary: type[Vocabulary], value: Mapping[str, object], today: date) -> list[Condition]:
    _expect_fields("`status`", value, ("eq", "in", "on"))
    on = _day("status", value.get("on")) or today
    lists = [
        _list(value[name]) if name == "in" else [value[name]] for name in ("eq", "in") if value.get(name) is not None
    ]
    return [StatusIn(tuple(_member("status", vocabulary, item) for item in listed), on) for listed in lists]


def _near(value: Mapping[str, object]) -> Condition:
    latitude, longitude, kilometres = _numbers("near", value, "latitude", "longitude", "kilometres")
    check_degrees("near", latitudes=[latitude], longitudes=[longitude])
    if not 0 <= kilometres < inf:
        raise BadArgument(f"`near` has a distance of {kilometres:g} km", hint="use a distance from 0 km")
    return Near(latitude, longitude, kilometres)


def _inside_box(label: model.Label, box: Mapping[str, object]) -> list[Condition]:
    south, west, north, east = _numbers("boundingBox", box, "south", "west", "north", "east")
    check_degrees("boundingBox", latitudes=[south, north], longitudes=[west, east])
    if south > north:
        raise BadArgument(
            f"`boundingBox` has its southern edge at {south:g}, north of its northern edge at {north:g}",
            hint="exchange south and north",
        )
    latitude, longitude = label.property("latitude"), label.property("longitude")
    from_west, to_east = Compare(longitude, "gte", west), Compare(longitude, "lte", east)
    across = AllOf((from_west, to_east)) if west <= east else AnyOf((from_west, to_east))
    return [Compare(latitude, "gte", south), Compare(latitude, "lte", north), across]


def _numbers(where: str, value: Mapping[str, object], *names: str) -> list[float]:
    _expect_fields(f"`{where}`", value, names)
    numbers: list[float] = []
    for name in names:
        number = value.get(name)
        if not isinstance(number, int | float) or isinstance(number, bool):
            raise BadArgument(f"`{where}` needs the number `{name}`", hint=f"write {', '.join(names)}")
        numbers.append(number)
    return numbers


def check_degrees(name: str, *, latitudes: Sequence[float], longitudes: Sequence[float]) -> None:
    """Raise BadArgument if a latitude or longitude is out of range."""
    for kind, values, limit in (("latitude", latitudes, 90), ("longitude", longitudes, 180)):
        for value in values:
            if not -limit <= value <= limit:
                raise BadArgument(
                    f"`{name}` has a {kind} of {value:g} degrees", hint=f"write a number between {-limit} and {limit}"
                )


# --- Conditions on related nodes --------------------------------------------------------------------


def _end(label: str, name: str) -> Association | Path | None:
    """Return the association or path with this name that starts at nodes of a label, or None if there is none.

    An association is a relationship type seen from one of its ends. A path consists of two consecutive associations. An
    association that leads to nodes of several labels is not returned, because it cannot be used in filters.
    """
    ends = (*model.paths(label), *(end for end in model.associations(label) if len(end.targets) == 1))
    return next((end for end in ends if end.name == name), None)


def _is_one(end: Association | Path) -> bool:
    return isinstance(end, Association) and end.many is Many.ONE


def _target(end: Association | Path) -> str:
    return end.target if isinstance(end, Path) else end.targets[0]


def _related(end: Association | Path, value: Mapping[str, object], today: date) -> list[Condition]:
    has_status = isinstance(end, Path) and end.has_status
    options = (
        *(("edgeWhere",) if isinstance(end, Path) or edge_properties(end) else ()),
        *(("on", "standings") if end.periodic else ()),
        *(("allTime",) if end.periodic and isinstance(end, Association) else ()),
        *(("includeApplied",) if has_status else ()),
    )
    _expect_fields(f"`{end.name}`", value, (*_QUANTIFIERS, *options))
    all_time, applied = _boolean(value, "allTime"), _boolean(value, "includeApplied")
    on = (_day(end.name, value.get("on")) or today) if end.periodic and not all_time else None
    standings = _standings(value.get("standings"))
    given = value.get("edgeWhere")
    edge = None if given is None else parse_edge_filter(end, _object("edgeWhere", given), today)
    found: list[Condition] = []
    for quantifier in _QUANTIFIERS:
        inner = value.get(quantifier)
        if inner is not None:
            meets = parse_filter(_target(end), _object(quantifier, inner), today)
            found.append(Related(end, quantifier, meets, on, applied, standings, edge))
    if not found:
        raise BadArgument(
            f"`{end.name}` has no condition", hint="add `some: {}` for at least one, or `none: {}` for none at all"
        )
    return found


def _boolean(value: Mapping[str, object], name: str) -> bool:
    given = value.get(name) or False
    if not isinstance(given, bool):
        raise BadArgument(f"`{name}`: {given!r} is not a boolean", hint="write true or false")
    return given


def _standings(given: object) -> tuple[Standing, ...]:
    if given is None:
        return COUNTED
    names = {_member("standings", Standing, item) for item in _list(given)}
    return tuple(standing for standing in Standing if standing.name in names)


# --- Comparisons ------------------------------------------------------------------------------------


def _compares(of: Property, value: Mapping[str, object]) -> list[Condition]:
    _expect_fields(f"`{of.name}`", value, operators_of(of))
    currency = value.get("currency")
    amounts = {
        name: operand for name, operand in value.items() if name not in ("isNull", "currency") and operand is not None
    }
    if of.kind is Kind.MONEY and amounts and currency is None:
        raise BadArgument(
            f"`{of.name}` compares an amount without its currency", hint='add the code, such as currency: "EUR"'
        )
    if currency is not None and (not isinstance(currency, str) or currency not in list_currencies()):
        raise BadArgument(
            f"`{of.name}` names an unknown currency: {currency!r}", hint="use an ISO 4217 code, such as EUR"
        )
    code = currency
    found: list[Condition] = []
    for name, operand in value.items():
        if operand is None or name == "currency":
            continue
        if name == "isNull":
            if not isinstance(operand, bool):
                raise BadArgument(f"`{of.name}`: isNull is {operand!r}", hint="write true or false")
            found.append(Compare(of, "isNull", operand))
            continue
        plain = (
            tuple(_plain(of, name, _present(of, item), code) for item in _list(operand))
            if name == "in"
            else _plain(of, name, operand, code)
        )
        found.append(Compare(of, cast("Comparison", name), plain, code))
    if of.kind is Kind.MONEY and code is not None and not amounts:
        raise BadArgument(f"`{of.name}` names a currency but no amount", hint="add a comparison such as gte")
    return found


def _plain(of: Property, comparison: str, value: object, currency: str | None) -> Scalar:
    match of.kind, value:
        case ((Kind.STRING | Kind.URL | Kind.LOCALISED | Kind.REF), str()):
            if of.kind is Kind.STRING and comparison in ("eq", "in"):
                try:
                    check_format(of.name, value)
                except InvalidValue as error:
                    raise BadArgument(f"`{of.name}`: {error.message}", hint=error.hint) from None
            return value
        case Kind.BOOLEAN, bool():
            return value
        case ((Kind.INT | Kind.FLOAT), bool()):
            pass
        case Kind.INT, int():
            if abs(value) > model.MAX_INT:
                raise BadArgument(f"`{of.name}`: {value} is out of range", hint="use a smaller number")
            return value
        case Kind.FLOAT, int() | float():
            if not _is_finite(value):
                raise BadArgument(
                    f"`{of.name}` compares a number that is out of range for Float", hint="use a smaller number"
                )
            return value
        case ((Kind.DATE | Kind.PARTIAL_DATE | Kind.BOUND), _):
            return _day(of.name, value)
        case Kind.VOCABULARY, _:
            assert of.vocabulary is not None
            return _member(of.name, of.vocabulary, value)
        case Kind.MONEY, _:
            assert currency is not None
            return _minor_units(of, value, currency)
        case _:
            pass
    kind = {Kind.INT: "a whole number", Kind.FLOAT: "a number", Kind.BOOLEAN: "true or false"}.get(of.kind, "a text")
    raise BadArgument(f"`{of.name}`: {value!r} is not {kind}", hint=f"write {kind}")


def _present(of: Property, item: object) -> object:
    """Return `item`, which is a value in the list of the operator `in`. Raises BadArgument if `item` is null."""
    if item is None:
        raise BadArgument(f"`{of.name}`: in contains null", hint="remove null; isNull finds nodes without a value")
    return item


def _is_finite(value: float) -> bool:
    """Return whether a number is finite and can be converted to a float."""
    try:
        return isfinite(value)
    except OverflowError:  # an integer that is too large
        return False


def _minor_units(of: Property, value: object, currency: str) -> int:
    try:
        amount = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise BadArgument(f"`{of.name}`: {value!r} is not an amount", hint='write it as text, such as "1500.00"')
    if amount.adjusted() >= _MOST_DIGITS:
        raise BadArgument(
            f"`{of.name}` compares an amount of more than {_MOST_DIGITS} digits", hint="use a smaller amount"
        )
    minor = to_minor_units(amount, currency)
    if minor != minor.to_integral_value():
        raise BadArgument(f"{value} has more decimal places than {currency} allows", hint="round the amount")
    return int(minor)


def _day(name: str, value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return parse_iso_date(cast("str", value))
    except (TypeError, ValueError):
        raise BadArgument(f"`{name}`: {value!r} is not a date", hint="write a date as 2023-11-27") from None


def _member(name: str, vocabulary: type[Vocabulary], value: object) -> str:
    """Return the name of a member of a vocabulary. `value` is the member itself or its name.

    Raises BadArgument if the vocabulary has no such member.
    """
    given = value.name if isinstance(value, Enum) else value
    if not isinstance(given, str) or given not in vocabulary.__members__:
        raise BadArgument(f"`{name}`: {given!r} is not known", hint=f"write one of {', '.join(vocabulary.__members__)}")
    return given


def _list(given: object) -> list[object]:
    """Return a list unchanged. As in GraphQL, convert any other value to a list of one item."""
    return list(cast("Sequence[object]", given)) if isinstance(given, list | tuple) else [given]
