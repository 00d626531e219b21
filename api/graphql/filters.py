"""Derive the input types of `where` arguments from the model, one for each label.

`graph.traversal.where` parses the values of these types. An input type has a field for each property of the label, and
for each of its associations and paths. An association is a relationship type as seen from nodes of the label. A path
leads through an intermediate node, such as a membership, to other nodes.
"""

from collections.abc import Sequence
from dataclasses import MISSING
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.fields import TYPE_REGISTRY, DerivedField
from api.graphql.scalars import enum_of
from graph import model
from graph.model import Association, Kind, Many, Path, Property
from graph.traversal.where import edge_properties
from graph.vocabulary import Standing, Vocabulary

_EQ = ("eq", "Equals.")
_IN = ("in", "Equals one of these.")
_RANGE = (
    ("lt", "Less than."),
    ("lte", "Less than or equal to."),
    ("gt", "Greater than."),
    ("gte", "Greater than or equal to."),
)
_NULL = ("isNull", "Whether there is no value. A date of a period that is OPEN has no value.")


def input_field(name: str, annotation: object, description: str | None = None, default: object = UNSET) -> DerivedField:
    """Build a field of an input type. The field is optional unless `default` is `dataclasses.MISSING`."""
    return DerivedField(annotation, description, name=name, default=default)


def input_type(name: str, description: str, fields: Sequence[DerivedField], *, one_of: bool = False) -> type:
    """Build an input type and add it to TYPE_REGISTRY.

    If `one_of` is true, clients must set exactly one of its fields.
    """
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
    """Build the input type for a condition on the status that a node has on a date."""
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

    An association is a relationship type as seen from a label. A path leads through an intermediate node, such as a
    membership, to other nodes. The name consists of the target label, a noun and "Filter", as in
    `CityAffiliationFilter`. The noun of an association is the noun of its relationship type. The noun of a path is the
    label of the intermediate node. If there is no noun, "List" is used. Associations and paths with the same name share
    one input type, which is created on first use.
    """
    edge = edge_filter(end)
    target, noun = (
        (end.target, end.between) if isinstance(end, Path) else (end.targets[0], _edge_noun(end.relationship))
    )
    name = f"{target}{noun or 'List'}Filter"
    if name not in TYPE_REGISTRY:
        fields = [input_field(quantifier, f"{target}Where | None") for quantifier in ("some", "none", "every")]
        if edge is not None:
            fields.append(input_field("edgeWhere", f"{edge} | None", "Count only nodes whose edges match."))
        if end.periodic:
            fields.append(input_field("on", date | None, "The requested day; default today."))
            fields.append(
                input_field("standings", list[enum_of(Standing)] | None, "The standings on the day that count.")
            )
        if end.periodic and isinstance(end, Association):
            fields.append(input_field("allTime", bool | None, "Include past, future and undated ones."))
        if isinstance(end, Path) and end.has_status:
            fields.append(input_field("includeApplied", bool | None, "Include memberships that are only applied for."))
        words = model.label(target).words
        text = (
            f"Conditions on related {words}; all must hold. `some`, `none` or `every` is needed: `some: {{}}` means "
            "that there are any, `none: {}` that there are none, and `every` is true without any."
        )
        input_type(name, text, fields)
    return name


def filter_input(label: str) -> str:
    """Build the input type of the argument `where` for a label, and return the name of the type."""
    name = f"{label}Where"
    fields = [
        *_logical_fields(name),
        input_field("id", _ID_FILTER | None, model.ID.description),
        *_property_fields(model.label(label).readable),
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
    """Return the name of the input type for `edgeWhere`, the conditions on the edges of a connection.

    There are two cases:

    - The edges of a path are nodes, such as memberships. The input type is that of `where` for these nodes.
    - The edges of an association are relationships of one type. The input type is built on first use. Relationship
      types with the same noun in the schema and the same properties share it. Returns None if there are no properties.
    """
    if isinstance(end, Path):
        return f"{end.between}Where"
    properties = edge_properties(end)
    if not properties:
        return None
    name = f"{_edge_noun(end.relationship)}EdgeWhere"
    if name not in TYPE_REGISTRY:
        input_type(name, "Conditions on edges; all must hold.", [*_logical_fields(name), *_property_fields(properties)])
    return name


def _edge_noun(relationship: model.Relationship) -> str:
    """Return the noun of a relationship type, such as "Affiliation". Names of input types contain the noun.

    If an earlier relationship type in the model has the same noun but different properties, the source label is put
    before the noun, as in "CityParticipation". The input types of the two relationship types then have different names.
    """
    first = next(other for other in model.RELATIONSHIPS if other.noun == relationship.noun)
    is_taken = first.properties != relationship.properties
    return f"{relationship.source[0]}{relationship.noun}" if is_taken else relationship.noun


def _logical_fields(name: str) -> list[DerivedField]:
    return [
        input_field("and", f"list[{name}] | None"),
        input_field("or", f"list[{name}] | None"),
        input_field("not", f"{name} | None"),
    ]


def _property_fields(properties: Sequence[Property]) -> list[DerivedField]:
    filters = ((of, _filter(of)) for of in properties)
    return [input_field(of.name, made | None, of.description) for of, made in filters if made is not None]
