"""Build the arguments `keys`, `orderBy` and `having` of the field `groupBy` from the model, and parse their values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, TypeGuard, cast

from babel.numbers import list_currencies

from api.graphql.fields import TYPE_REGISTRY
from api.graphql.filters import input_field, input_type
from api.graphql.ordering import DIRECTION
from api.graphql.records import has_standings, records
from api.graphql.relay import label_words
from api.graphql.scalars import derived_enum
from graph import model
from graph.errors import BadArgument
from graph.model import Kind, Property
from graph.money import to_minor_units
from graph.questions.validation import check_label
from graph.traversal import selection as sel
from graph.vocabulary import capitals

__all__ = ["DATE_KINDS", "LABELS", "group_keys", "group_measures", "parse_having", "parse_keys", "parse_order"]

LABELS: Final = {label.name: label for label in (*model.LABELS, model.FEE_YEAR)}
"""A dict from name to label. It contains all labels whose nodes can be grouped.

The fee years (calendar years of memberships, with their fees) can also be grouped, so they are treated as a label.
"""

DATE_KINDS: Final = (Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND)

_ATTESTED: Final = ("attestedFrom", "attestedOn")
_COUNT: Final = "COUNT"
_MOST_DIGITS: Final = 15
"""Maximum number of digits before the decimal point in a number in the argument `having`.

Such a number is compared with a sum over the rows of each group.
"""


_KeyMaker = Callable[[date], sel.GroupKey]
"""A function that returns a group key for a date. A group key is a criterion by which nodes are grouped.

Only the key STATUS depends on the date, because it groups nodes by their status on that date. The other keys ignore the
date.
"""


@cache
def group_keys(label: str) -> Mapping[str, tuple[_KeyMaker, str | None]]:
    """Return the keys by which nodes of a label can be grouped.

    The result is a dict. Its keys are names of enum values, such as COUNTRY. Each value is a pair of a function, which
    builds the group key for a date, and the description of the enum value. The description can be None.
    """
    keys: dict[str, sel.GroupKey] = {}
    of_label = LABELS[label]
    for key in _property_keys(of_label.properties):
        keys[key.name] = key
    for record in records(label):
        properties = [of for of in record.properties if of not in model.NODE_FACT]
        for key in _property_keys(properties, record.name):
            if key.part != "MONTH":
                keys[key.name] = key
    makers: dict[str, tuple[_KeyMaker, str | None]] = {
        name: (lambda _, key=key: key, None) for name, key in keys.items()
    }
    if of_label.status is not None:
        makers["STATUS"] = (lambda on: sel.StatusKey("STATUS", on), None)
    if has_standings(label):
        makers["STANDING"] = (lambda _: sel.StandingKey("STANDING"), None)
    for grouping in model.groupings(label):
        related = sel.RelatedKey(capitals(grouping.name), grouping)
        words = " or ".join(map(label_words, grouping.targets))
        text = f"Groups overlap: a row is in the group of each {words}." if grouping.overlaps else None
        makers[related.name] = (lambda _, related=related: related, text)
    return makers


def _property_keys(properties: Sequence[Property], record: str = "") -> Iterator[sel.PropertyKey]:
    for of in properties:
        name = capitals(of.name) if not record else f"{capitals(record)}_{capitals(of.name)}"
        if of.many or of.name in _ATTESTED:
            continue
        if of.kind in DATE_KINDS:
            yield sel.PropertyKey(f"{name}_YEAR", of, "YEAR", record)
            yield sel.PropertyKey(f"{name}_MONTH", of, "MONTH", record)
        elif of.grouped or of.kind in (Kind.VOCABULARY, Kind.BOOLEAN, Kind.REF):
            yield sel.PropertyKey(name, of, record=record)


def _is_summed(of: Property) -> bool:
    return of.kind is Kind.MONEY or (of.kind is Kind.INT and of.additive)


@cache
def group_measures(label: str) -> Mapping[str, sel.GroupMeasure]:
    """Return the counts and sums by which groups of nodes of a label can be sorted and filtered.

    The result is a dict from the name of an enum value, such as COUNT, to the count or sum that the value represents.
    """
    measures = {_COUNT: sel.GroupMeasure()}
    for of in LABELS[label].properties if label in LABELS else ():
        if _is_summed(of):
            measures[capitals(of.name)] = sel.GroupMeasure(sel.Measure(False, of))
    for record in records(label):
        for of in record.properties:
            if _is_summed(of):
                name = f"{capitals(record.name)}_{capitals(of.name)}"
                measures[name] = sel.GroupMeasure(sel.Measure(True, of), record=record.name)
    return measures


_ALL_MEASURES: Final = sorted({name for label in LABELS for name in group_measures(label)} - {_COUNT})

_MEASURE: Final = derived_enum(
    "GroupMeasure",
    {_COUNT: "Number of rows.", **{name: f"Sum of `{name}`." for name in _ALL_MEASURES}},
    "Number of rows of a group, or the sum of a property. The sum is null if no row has a value.",
)
_CURRENCY: Final = "ISO 4217 code; required for sums of money."
TYPE_REGISTRY["GroupMeasure"] = _MEASURE

input_type(
    "GroupOrder",
    "Ties are broken by the next order, then by the keys of the group.",
    [
        input_field("by", _MEASURE, "Count or sum.", default=_MEASURE[_COUNT]),
        input_field("currency", str | None, _CURRENCY),
        input_field("direction", DIRECTION, "Sort direction.", default=DIRECTION["ASC"]),
    ],
)
_COMPARISONS: Final = {
    "eq": "Equals.",
    "lt": "Less than.",
    "lte": "Less than or equal to.",
    "gt": "Greater than.",
    "gte": "Greater than or equal to.",
}
input_type(
    "GroupCondition",
    "Conditions on a count or sum; all must hold. A null sum meets no condition.",
    [
        input_field("of", _MEASURE, "Count or sum.", default=_MEASURE[_COUNT]),
        input_field("currency", str | None, _CURRENCY),
        *(input_field(name, Decimal | None, text) for name, text in _COMPARISONS.items()),
    ],
)


def _parse_measure(label: str, given: object, currency: str | None) -> sel.GroupMeasure:
    """Return the count or sum that the enum value `given` represents.

    Raises BadArgument if the groups of nodes of the label have no such sum. Also raises BadArgument if a sum of money
    has no valid `currency`, or if a `currency` is given for a count or any other sum.
    """
    name = str(cast("Enum", given).value)
    measure = group_measures(label).get(name)
    if measure is None:
        others = ", ".join(group_measures(label))
        raise BadArgument(f"groups of {label} have no sum {name}", hint=f"use one of {others}")
    is_money = measure.measure is not None and measure.measure.property.kind is Kind.MONEY
    if is_money is (currency is None):
        problem = "needs a currency" if is_money else "has no currency"
        hint = 'add the code, such as currency: "EUR"' if is_money else "omit `currency`"
        raise BadArgument(f"{name} {problem}", hint=hint)
    if currency is not None and currency not in list_currencies():
        raise BadArgument(f"{name} has an unknown currency: {currency!r}", hint="use an ISO 4217 code, such as EUR")
    return replace(measure, currency=currency)


def parse_order(label: str, given: Sequence[Mapping[str, object]]) -> Iterator[sel.GroupOrder]:
    for order in given:
        by = _parse_measure(label, order["by"], cast("str | None", order.get("currency")))
        yield sel.GroupOrder(by, cast("sel.Direction", cast("Enum", order["direction"]).value))


def parse_having(label: str, given: Sequence[Mapping[str, object]]) -> Iterator[sel.GroupCondition]:
    for condition in given:
        currency = cast("str | None", condition.get("currency"))
        of = _parse_measure(label, condition["of"], currency)
        for operator in _COMPARISONS:
            value = cast("Decimal | None", condition.get(operator))
            if value is None:
                continue
            if value.adjusted() >= _MOST_DIGITS:
                raise BadArgument(
                    f"`{operator}` compares a sum of more than {_MOST_DIGITS} digits", hint="use a smaller number"
                )
            number = value if currency is None else to_minor_units(value, currency)
            is_whole = number == number.to_integral_value()
            yield sel.GroupCondition(of, cast("Any", operator), int(number) if is_whole else float(number))


def parse_keys(node: str, given: Sequence[Enum], on: date, scheme: str | None) -> tuple[sel.GroupKey, ...]:
    """Return the group keys in an argument `keys`. Raises BadArgument if `keys` is empty or contains a key twice.

    `node` is the label or the interface of the nodes. The nodes of an interface can be grouped only by label. `on` is
    the date for the key STATUS, which groups nodes by their status on that date. `scheme` is for the key THEME: if it
    is the id of a theme scheme, only the themes of this scheme form groups. If `scheme` is None, the themes of all
    schemes form groups. Raises BadArgument if `scheme` is given without the key THEME.
    """
    names = [str(member.value) for member in given]
    if not names or len(set(names)) < len(names):
        raise BadArgument(
            "`keys` is empty" if not names else "`keys` contains a key twice", hint="give one or more different keys"
        )
    if node not in LABELS:
        return (sel.LabelKey("TYPE"),)
    keys = tuple(group_keys(node)[name][0](on) for name in names)
    if scheme is None:
        return keys
    check_label("themeScheme", scheme, "ThemeScheme")
    if not any(map(_is_theme, keys)):
        raise BadArgument("`themeScheme` is given, but `keys` does not contain THEME", hint="add THEME to `keys`")
    return tuple(replace(key, scheme=scheme) if _is_theme(key) else key for key in keys)


def _is_theme(key: sel.GroupKey) -> TypeGuard[sel.RelatedKey]:
    return isinstance(key, sel.RelatedKey) and key.grouping.targets == ("Theme",)
