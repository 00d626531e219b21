"""Derive the `orderBy` input types from the model, with an enum of sort keys for each label, and parse their values.

Sort keys are the id, the name, numbers, dates, amounts, and the number of nodes in a connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from datetime import date
from enum import Enum
from functools import cache
from typing import Final, cast

from api.graphql.fields import TYPE_REGISTRY
from api.graphql.filters import input_field, input_type
from api.graphql.scalars import derived_enum
from graph import model
from graph.model import Association, Kind, Many, Path, Property
from graph.traversal.selection import ByCount, ByProperty, Direction, Order
from graph.vocabulary import capitals

_SORTABLE: Final = frozenset({Kind.INT, Kind.FLOAT, Kind.MONEY, Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND})

DIRECTION: Final = derived_enum(
    "OrderDirection",
    {"ASC": "Ascending; nulls last.", "DESC": "Descending; nulls last."},
    "Sort direction. Amounts are sorted by currency first; counts are of today.",
)

By = Property | Association | Path


@cache
def _orders(label: str) -> Mapping[str, By]:
    """Return a dict from enum value to what nodes of a label are sorted by: a property, or the size of a connection."""
    properties = (of for of in model.label(label).properties if of is model.NAME or of.kind in _SORTABLE or of.sortable)
    connections = (end for end in model.associations(label) if end.many is Many.CONNECTION)
    return {
        "ID": model.ID,
        **{capitals(of.name): of for of in properties},
        **{f"{capitals(end.name)}_COUNT": end for end in (*connections, *model.paths(label))},
    }


def order_input(label: str) -> str:
    """Build the input type of `orderBy` for a label and return its name."""
    name = f"{label}Order"
    words = model.label(label).words
    enum = derived_enum(f"{label}OrderField", dict.fromkeys(_orders(label)), f"Sort keys of {words}.")
    fields = [
        input_field("field", enum, "Sort key.", default=MISSING),
        input_field("direction", DIRECTION, "Sort direction.", default=DIRECTION["ASC"]),
    ]
    input_type(name, "Ties are broken by the next key, then by id.", fields)
    TYPE_REGISTRY[f"{label}OrderField"] = enum
    return name


def parse_order(label: str, given: Sequence[Mapping[str, object]], today: date) -> tuple[Order, ...]:
    """Return the sort orders that an `orderBy` argument expresses, in order of precedence."""
    orders = _orders(label)
    found: list[Order] = []
    for order in given:
        by = orders[str(cast("Enum", order["field"]).value)]
        direction = cast("Direction", cast("Enum", order["direction"]).value)
        if isinstance(by, Property):
            found.append(ByProperty(by, direction))
        else:
            found.append(ByCount(by, direction, today if by.periodic else None))
    return tuple(found)
