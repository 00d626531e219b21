"""Derive the GraphQL object types from the model: one type for each label.

Importing this module creates the types and registers them in `TYPE_REGISTRY`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

from api.graphql.aggregation import aggregation_fields, fee_years_field
from api.graphql.fields import GraphField, argument
from api.graphql.filters import filter_input
from api.graphql.ordering import order_input
from api.graphql.relay import (
    ALL_TIME,
    APPLIED,
    ON,
    ON_NAMED,
    PAGE,
    STANDINGS,
    Entity,
    Named,
    connection_arguments,
    connection_plan,
    connection_type,
    derived_type,
    edge_arguments,
    localised_field,
    on_or_all,
    property_plan,
    provenance_field,
    standing_field,
    standing_text,
    through_field,
)
from api.graphql.scalars import LANGUAGE, GeoPoint, Money, PartialDate, enum_of
from api.graphql.selection import SelectedField, SelectionReader
from graph import model
from graph.model import Association, Kind, Label, Many, Path, Property
from graph.traversal import selection as sel
from graph.traversal.where import check_degrees
from graph.vocabulary import Vocabulary

_PYTHON: dict[Kind, type] = {
    Kind.STRING: str,
    Kind.LOCALISED: str,
    Kind.URL: str,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.PARTIAL_DATE: PartialDate,
    Kind.BOUND: PartialDate,
    Kind.MONEY: Money,
}


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]


# --- Fields of properties ---------------------------------------------------------------------------


def _property_field(of: Property) -> GraphField:
    if of.kind is Kind.REF:
        return _reference(of)
    base: object = enum_of(of.vocabulary) if of.vocabulary else _PYTHON[of.kind]
    annotation = list[base] if of.many else base if of.required or of.kind is Kind.BOUND else base | None
    arguments = [LANGUAGE] if of.kind is Kind.LOCALISED else []
    return GraphField(of.name, annotation, of.description, property_plan(of), arguments)


def _reference(of: Property) -> GraphField:
    assert of.target

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.Reference:
        return sel.Reference(chosen.key, of, reader.nodes(chosen, (cast("str", of.target),)))

    annotation = f"list[{of.target}]" if of.many else f"{of.target} | None"
    return GraphField(of.name, annotation, of.description, plan)


def _status_field(vocabulary: type[Vocabulary]) -> GraphField:
    """Build the field `status` of a node, which returns the status that the node has on a given date.

    The status is computed from the dates of the node.
    """

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.StatusItem:
        on = cast("date | None", chosen.arguments.get("on")) or reader.today
        return sel.StatusItem(chosen.key, vocabulary, on)

    return GraphField("status", enum_of(vocabulary) | None, "Status on a day; null if unknown.", plan, [ON])


def _members_complete_field() -> GraphField:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.RosterItem:
        return sel.RosterItem(chosen.key, cast("date | None", chosen.arguments.get("on")) or reader.today)

    description = (
        "Whether a source lists all members on a day: true only on `rosterAttestedOn`. On other days there may be more "
        "members than are recorded."
    )
    return GraphField("membersComplete", bool, description, plan, [ON])


def _location_field() -> GraphField:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.LocationItem:
        return sel.LocationItem(chosen.key, reader.subselection(chosen))

    return GraphField("location", GeoPoint | None, "Coordinates as a GeoJSON point; null if unknown.", plan)


def _distance_field() -> GraphField:
    def plan(_reader: SelectionReader, chosen: SelectedField) -> sel.DistanceItem:
        latitude, longitude = (cast("float", chosen.arguments[name]) for name in ("latitude", "longitude"))
        check_degrees("distance", latitudes=[latitude], longitudes=[longitude])
        return sel.DistanceItem(chosen.key, latitude, longitude)

    point = [argument("latitude", float, "Degrees, WGS 84."), argument("longitude", float, "Degrees, WGS 84.")]
    return GraphField("distance", float | None, "Kilometres from a point; null if it is unknown.", plan, point)


# --- Fields of associations and paths ---------------------------------------------------------------


def _common_interface(labels: tuple[str, ...]) -> str:
    return "Entity" if all(model.label(label).sourced for label in labels) else "Named"


def _target_type(end: Association) -> str:
    return end.targets[0] if len(end.targets) == 1 else _common_interface(end.targets)


def _single(end: Association) -> GraphField:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.ToOne:
        return sel.ToOne(chosen.key, end, reader.nodes(chosen, end.targets), chosen.non_null)

    target = _target_type(end)
    return GraphField(end.name, target if end.end.required else f"{target} | None", end.description, plan)


def _short_list(end: Association) -> GraphField:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.ToList:
        return sel.ToList(chosen.key, end, reader.nodes(chosen, end.targets))

    return GraphField(end.name, f"list[{_target_type(end)}]", end.description, plan)


def _connection_type(name: str, node: str, labels: tuple[str, ...], edge_fields: Sequence[GraphField]) -> str:
    return connection_type(name, node, labels, edge_fields, aggregation_fields(node))


def _label_connection(label: Label) -> str:
    """Build the connection type for nodes with the label, and return the name of the type.

    The type is for connections whose relationships have no properties. All such connections to nodes with the label
    share it.
    """
    fields = [standing_field(standing_text(None))] if label.has_period else []
    if label.sourced:
        fields.append(provenance_field())
    return _connection_type(label.name, label.name, (label.name,), fields)


def _edge_connection(end: Association) -> str:
    """Build a connection type whose edges have a field for each property of the relationship.

    Return the name of the type.
    """
    fields = [_property_field(of) for of in end.relationship.properties]
    if end.has_period:
        fields.append(standing_field(standing_text(end)))
    if end.relationship.sourced:
        fields.append(provenance_field())
    target = _target_type(end)
    return _connection_type(f"{target}{end.relationship.noun}", target, end.targets, fields)


def _connection(end: Association) -> GraphField:
    target, *others = end.targets
    connection = _edge_connection(end) if end.relationship.noun else _label_connection(model.label(target))
    arguments = [*(PAGE if others else connection_arguments(target)), *edge_arguments(end)]
    description = end.description
    if end.periodic:
        arguments += [ON, STANDINGS, ALL_TIME]
    elif end.has_period:
        arguments += [on_or_all(end), *((STANDINGS,) if end.relationship.collaboration else ())]
        if "past" not in description:
            description = f"{description.removesuffix('.')}, past ones included."
    return GraphField(end.name, connection, description, connection_plan(end, target), arguments)


def _path(path: Path) -> GraphField:
    fields = (through_field(path), *((standing_field(standing_text(path), required=True),) if path.periodic else ()))
    connection = _connection_type(f"{path.target}{_capitalised(path.via)}", path.target, (path.target,), fields)
    arguments = [*connection_arguments(path.target), *edge_arguments(path)]
    if path.periodic:
        arguments += [ON, STANDINGS]
    if path.has_status:
        arguments.append(APPLIED)
    return GraphField(path.name, connection, path.description, connection_plan(path, path.target), arguments)


def _association_field(end: Association) -> GraphField:
    """Build the field for an association, that is, for a relationship type as seen from one of its two ends.

    The field returns the nodes at the opposite end: a single node, a short list of nodes, or a paginated connection.
    """
    match end.many:
        case Many.ONE:
            return _single(end)
        case Many.LIST:
            return _short_list(end)
        case Many.CONNECTION:
            return _connection(end)


# --- Types ------------------------------------------------------------------------------------------


def _name_field(label: Label) -> GraphField:
    if label.name == "Network":
        return GraphField("name", str, "Name on a day.", _network_name, [LANGUAGE, ON_NAMED])
    return GraphField("name", str, model.NAME.description, property_plan(model.NAME), [LANGUAGE])


def _network_name(_reader: SelectionReader, chosen: SelectedField) -> sel.NameItem | sel.PropertyItem:
    name = sel.PropertyItem(chosen.key, model.NAME, chosen.language, required=chosen.non_null)
    on = cast("date | None", chosen.arguments.get("on"))
    return name if on is None else sel.NameItem(chosen.key, name, on)


def _fields(label: Label) -> Iterator[GraphField]:
    inherited = {"name", "basis", "note"}
    yield _name_field(label)
    for of in label.readable:
        if of.name not in inherited:
            yield _property_field(of)
            if of.kind is Kind.LOCALISED:
                yield localised_field(of)
    if label.has_location:
        yield _location_field()
        yield _distance_field()
    if label.status is not None:
        yield _status_field(label.status)
    if label.name == "Network":
        yield _members_complete_field()
    for end in model.associations(label.name):
        if not (label.sourced and end.name == "sources"):
            yield _association_field(end)
    for path in model.paths(label.name):
        yield _path(path)
    if label.name in ("City", "Network"):
        yield fee_years_field(label.name)


def register_types() -> None:
    for label in model.LABELS:
        filter_input(label.name)
        order_input(label.name)
        _label_connection(label)
    derived_type("FeeYears", "Fees by calendar year.", aggregation_fields("FeeYear", "MembershipTerm"))
    for label in model.LABELS:
        interfaces: tuple[type, ...] = (Entity,) if label.sourced else (Named,)
        derived_type(label.name, label.description, list(_fields(label)), interfaces)


register_types()
