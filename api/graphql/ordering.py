"""Derive the input types of `orderBy` arguments from the model, and parse the values of these arguments.

Each label has an enum of sort keys. Nodes can be sorted by:

- their id and name
- their properties that are numbers, dates, amounts or members of an enum
- the number of nodes in one of their connections
- their distance from the point in the filter `near`
- the properties of the edge that leads to the node in a connection (an edge has the properties of a relationship or of
  an intermediate node)
- the standing of that edge, which states whether sources show a fact to be in force on a date
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, replace
from datetime import date
from enum import Enum
from functools import cache
from typing import Final, cast

from api.graphql.fields import TYPE_REGISTRY
from api.graphql.filters import input_field, input_type
from api.graphql.records import has_standings, records
from api.graphql.scalars import LanguageEnum, derived_enum
from graph import model
from graph.errors import BadArgument
from graph.model import Kind, Language, Many, Property
from graph.traversal.selection import ByCount, ByDistance, ByProperty, ByStanding, Direction, Order
from graph.vocabulary import capitals

_SORTABLE: Final = frozenset(
    {Kind.INT, Kind.FLOAT, Kind.MONEY, Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND, Kind.VOCABULARY}
)

DIRECTION: Final = derived_enum(
    "OrderDirection",
    {"ASC": "Ascending; nulls last.", "DESC": "Descending; nulls last."},
    "Sort direction. Amounts are sorted by currency first, enums in the order of their values; counts are of today.",
)


@cache
def orders(label: str) -> Mapping[str, Order]:
    """Return all sort orders for nodes of a label, by the name of their sort key, such as NAME or MEMBERS_COUNT."""
    properties = _sortable(model.label(label).properties)
    connections = (end for end in model.associations(label) if end.many is Many.CONNECTION)
    return {
        "ID": ByProperty(model.ID),
        **{capitals(of.name): ByProperty(of) for of in properties},
        **{f"{capitals(end.name)}_COUNT": ByCount(end) for end in (*connections, *model.paths(label))},
        **{
            f"{capitals(record.name)}_{capitals(of.name)}": ByProperty(of, record=record.name)
            for record in records(label)
            for of in _sortable(record.properties)
        },
        **({"STANDING": ByStanding()} if has_standings(label) else {}),
        **({"DISTANCE": ByDistance()} if model.label(label).has_location else {}),
    }


def _sortable(properties: Sequence[Property]) -> Iterator[Property]:
    for of in properties:
        if of is model.NAME or of.sortable or (of.kind in _SORTABLE and of not in model.NODE_FACT):
            yield of
    if any(of.name == "attestedFrom" for of in properties):
        yield model.SHOWN_FROM


def order_input(label: str) -> str:
    """Build the input type of the argument `orderBy` for a label, and return the name of the type."""
    name = f"{label}Order"
    words = model.label(label).words
    text = f"Sort keys of {words}{', and of the edges that lead to them' if records(label) else ''}."
    if any(key.endswith("SHOWN_FROM") for key in orders(label)):
        text += " SHOWN_FROM is `validFrom` or, if it has no date, `attestedFrom`."
    if "DISTANCE" in orders(label):
        text += " DISTANCE is from the point of `near`, which `where` must contain."
    if any(key.endswith("_COUNT") for key in orders(label)):
        text += " A COUNT is the `totalCount` of the field without arguments."
    enum = derived_enum(f"{label}OrderField", dict.fromkeys(orders(label)), text)
    fields = [
        input_field("field", enum, "Sort key.", default=MISSING),
        input_field("direction", DIRECTION, "Sort direction.", default=DIRECTION["ASC"]),
        input_field("language", LanguageEnum | None, "For NAME: the language whose names and alphabet sort."),
    ]
    input_type(name, "Ties are broken by the next key, then by ascending id.", fields)
    TYPE_REGISTRY[f"{label}OrderField"] = enum
    return name


def parse_order(label: str, given: Sequence[Mapping[str, object]], today: date) -> tuple[Order, ...]:
    """Return the sort orders in the value of an argument `orderBy`.

    A sort key such as MEMBERS_COUNT counts only relationships that are in force on the date `today`. Raises BadArgument
    if the argument gives a language for a sort key other than NAME.
    """
    keys = orders(label)
    found: list[Order] = []
    for order in given:
        field = str(cast("Enum", order["field"]).value)
        by = keys[field]
        direction = cast("Direction", cast("Enum", order["direction"]).value)
        if isinstance(by, ByCount):
            by = replace(by, on=today if by.end.periodic else None)
        if (language := order.get("language")) is not None:
            if not isinstance(by, ByProperty) or by.property is not model.NAME:
                raise BadArgument(f"{field} has no language to sort by", hint="give `language` only with NAME")
            by = replace(by, language=Language[str(cast("Enum", language).value)])
        found.append(replace(by, direction=direction))
    return tuple(found)
