"""The `orderBy` arguments, derived from the model: an enum of fields and an input for each label."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Final, cast

from api.graphql.fields import TYPE_REGISTRY
from api.graphql.filters import input_field, input_type
from api.graphql.scalars import capitals, derived_enum
from graph import model
from graph.model import Association, Kind, Many, Path, Property
from graph.traversal.selection import ByCount, ByProperty, ByTotal, Direction, Order

_ORDERED: Final = frozenset(Kind) - {Kind.DECIMAL, Kind.REF, Kind.URL}


DIRECTION: Final = derived_enum(
    "OrderDirection",
    {
        "ASC": "From the smallest, earliest or first; what has no value comes last.",
        "DESC": "From the largest, latest or last; what has no value comes last.",
    },
    "Which way a list runs.",
)


@dataclass(frozen=True, slots=True)
class _Total:
    """The sum of an amount of money over related nodes."""

    end: Association | Path
    property: Property


By = Property | Association | Path | _Total


@cache
def _orders(label: str) -> Mapping[str, By]:
    """What the nodes of a label can be ordered by, under the enum's names."""
    found: dict[str, By] = {"ID": model.ID}
    for each in model.label(label).properties:
        if each.kind in _ORDERED and not each.many and (each.kind is not Kind.LOCALISED or each is model.NAME):
            found[capitals(each.name)] = each
    ends = [each for each in model.associations(label) if each.many is not Many.ONE]
    for each in (*ends, *model.paths(label)):
        found[f"{capitals(each.name)}_COUNT"] = each
        found |= {f"{capitals(each.name)}_{capitals(of.name)}_TOTAL": _Total(each, of) for of in _amounts(each)}
    return found


def _amounts(end: Association | Path) -> Iterator[Property]:
    """The amounts of money of the nodes at an end, where they are all of one label."""
    target, *others = (end.target,) if isinstance(end, Path) else end.targets
    if not others:
        yield from (each for each in model.label(target).properties if each.kind is Kind.MONEY)


def _description(by: By) -> str:
    if isinstance(by, Property):
        return f"By this: {by.description}"
    if isinstance(by, _Total):
        return (
            f"By the sum of this over them, counted once for each of them, whatever years it covers, and in euro only "
            f"(amounts in other currencies left out): {by.property.description} "
            "It has no value where no amount in euro is known. Summed over all rows; places may move between pages "
            "when the graph changes."
        )
    return (
        f"By how many of these there are: {by.description} Counted over all rows; places may move between pages when "
        "the graph changes."
    )


def order_input(label: str) -> str:
    """Makes the `orderBy` input of a label and returns its name."""
    name = f"{label}Order"
    values = {key: _description(by) for key, by in _orders(label).items()}
    words = model.label(label).words
    enum = derived_enum(f"{label}OrderField", values, f"What {words} can be ordered by.")
    fields = [
        input_field("field", enum, "What to order by.", default=MISSING),
        input_field("direction", DIRECTION, "Which way.", default=DIRECTION["ASC"]),
    ]
    input_type(name, f"An order of {words}; rows that are equal go on by the next one, and last by id.", fields)
    TYPE_REGISTRY[f"{label}OrderField"] = enum
    return name


def parse_order(label: str, given: Sequence[Mapping[str, object]] | None, today: date) -> tuple[Order, ...]:
    """The orders that an `orderBy` argument on a label stands for."""
    known = _orders(label)
    found: list[Order] = []
    for each in given or ():
        by = known[str(cast("Enum", each["field"]).value)]
        direction = cast("Direction", cast("Enum", each["direction"]).value)
        if isinstance(by, Property):
            found.append(ByProperty(by, direction))
        elif isinstance(by, _Total):
            found.append(ByTotal(by.end, by.property, "EUR", direction))
        else:
            periodic = isinstance(by, Path) and by.periodic
            found.append(ByCount(by, direction, today if periodic else None))
    return tuple(found)
