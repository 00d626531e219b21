"""The object types of the graph, derived from the model: a type for each label, a field for each thing it has.

Importing this module makes them all; `TYPES` holds them by name.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import cast

from api.graphql.fields import GraphField
from api.graphql.filters import filter_input
from api.graphql.ordering import order_input
from api.graphql.relay import (
    APPLIED,
    LANGUAGE,
    ON,
    ON_OR_ALL,
    PAGE,
    Entity,
    Named,
    connection_arguments,
    connection_plan,
    connection_type,
    derived_type,
    property_plan,
    standing_field,
    through_field,
)
from api.graphql.scalars import Money, enum_of
from api.graphql.selection import SelectedField, SelectionReader
from graph import model
from graph.model import Association, Kind, Label, Many, Path, Property
from graph.traversal import selection as sel
from graph.vocabulary import DateBound, DatePrecision

_PYTHON: dict[Kind, type] = {
    Kind.STRING: str,
    Kind.LOCALISED: str,
    Kind.URL: str,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.PARTIAL_DATE: date,
    Kind.BOUND: date,
    Kind.MONEY: Money,
}


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]


def _optional(base: type) -> object:
    return base | None


def _many(base: type) -> object:
    return list[base]


# --- Fields of properties ---------------------------------------------------------------------------


def property_fields(of: Property, *, required: bool | None = None) -> Iterator[GraphField]:
    """The fields that show a property: the value, and how exactly a date is known or what stands at a bound."""
    if of.kind is Kind.REF:
        yield _reference(of)
        return
    base = enum_of(of.vocabulary) if of.vocabulary else _PYTHON[of.kind]
    must = of.required if required is None else required
    annotation = _many(base) if of.many else base if must else _optional(base)
    arguments = [LANGUAGE] if of.kind is Kind.LOCALISED else []
    yield GraphField(of.name, annotation, of.description, property_plan(of), arguments)
    if of.kind in (Kind.PARTIAL_DATE, Kind.BOUND):
        text = f"How exactly `{of.name}` is known; null where it is not."
        yield GraphField(f"{of.name}Precision", enum_of(DatePrecision) | None, text, property_plan(of, "precision"))
    if of.kind is Kind.BOUND:
        text = f"What stands at `{of.name}`: a date, nothing (it still runs), or nothing known."
        yield GraphField(f"{of.name}Bound", enum_of(DateBound) | None, text, property_plan(of, "bound"))


def _reference(of: Property) -> GraphField:
    assert of.target

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.Reference:
        return sel.Reference(chosen.key, of, reader.nodes(chosen, (cast("str", of.target),)))

    annotation = f"list[{of.target}]" if of.many else f"{of.target} | None"
    return GraphField(of.name, annotation, of.description, plan)


# --- Fields of associations and paths ---------------------------------------------------------------


def _common_interface(labels: tuple[str, ...]) -> str:
    return "Entity" if all(model.label(each).sourced for each in labels) else "Named"


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


def _has_period(end: Association) -> bool:
    on_relationship = any(each.name == "validUntil" for each in end.properties)
    return on_relationship or (len(end.targets) == 1 and model.label(end.targets[0]).has_period)


def _edge_name(end: Association) -> tuple[str, tuple[GraphField, ...]]:
    """The name of the connection over an association, and what its edges say of the relationship.

    Relationships to one label that say no more than how they are known share one connection for that label.
    """
    extra = [field for each in end.properties for field in property_fields(each)]
    if _has_period(end):
        extra.append(standing_field())
    target = _target_type(end)
    if end.relationship.properties or len(end.targets) > 1:
        return f"{_capitalised(end.owner)}{_capitalised(end.name)}", tuple(extra)
    if not end.relationship.sourced:
        return target, ()
    return f"Linked{target}", tuple(extra)


def _connection(end: Association) -> GraphField:
    name, extra = _edge_name(end)
    connection = connection_type(name, _target_type(end), end.targets, extra)
    single = len(end.targets) == 1
    arguments = connection_arguments(end.targets[0]) if single else list(PAGE)
    if _has_period(end):
        arguments.append(ON_OR_ALL)
    return GraphField(end.name, connection, end.description, connection_plan(end, end.targets[0]), arguments)


def _path(path: Path) -> GraphField:
    extra = (through_field(path), standing_field()) if path.periodic else (through_field(path),)
    name = f"{path.owner}{_capitalised(path.name)}"
    connection = connection_type(name, path.target, (path.target,), extra)
    arguments = connection_arguments(path.target)
    if path.periodic:
        arguments.append(ON)
    if path.has_status:
        arguments.append(APPLIED)

    def day(on: date | None, today: date) -> date | None:
        return (on or today) if path.periodic else None

    plan = connection_plan(path, path.target, on=day)
    return GraphField(path.name, connection, path.description, plan, arguments)


def association_field(end: Association) -> GraphField:
    """The field that leads over an association."""
    match end.many:
        case Many.ONE:
            return _single(end)
        case Many.LIST:
            return _short_list(end)
        case Many.CONNECTION:
            return _connection(end)


# --- Links ------------------------------------------------------------------------------------------


def _links(label: Label) -> Iterator[GraphField]:
    """What leads to single nodes and short lists, as connections: their edges say how each link is known."""
    for end in model.associations(label.name):
        if end.many is not Many.CONNECTION and end.relationship.sourced:
            name, extra = _edge_name(end)
            connection = connection_type(name, _target_type(end), end.targets, extra)
            plan = connection_plan(end, end.targets[0])
            yield GraphField(end.name, connection, end.description, plan, PAGE)


def _links_field(label: Label) -> Iterator[GraphField]:
    fields = list(_links(label))
    if not fields:
        return
    name = f"{label.name}Links"
    derived_type(name, f"How the single nodes and short lists of type {label.name} are known.", fields)

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.NestedMap:
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        return sel.NestedMap(chosen.key, tuple(cast("list[sel.NodeItem]", items)))

    text = "Its single nodes and short lists once more, with the basis, note and sources of each link on the edge."
    yield GraphField("links", name, text, plan)


# --- Types ------------------------------------------------------------------------------------------


def _name_fields(label: Label) -> Iterator[GraphField]:
    base: object = str if label.name_required else str | None
    yield GraphField("name", base, model.NAME.description, property_plan(model.NAME), [LANGUAGE])


def _fields(label: Label) -> Iterator[GraphField]:
    inherited = {"name", "basis", "note"}
    yield from _name_fields(label)
    for each in label.properties:
        if each.name not in inherited:
            yield from property_fields(each)
    for end in model.associations(label.name):
        if not (label.sourced and end.name == "sources"):
            yield association_field(end)
    for path in model.paths(label.name):
        yield _path(path)
    yield from _links_field(label)


def register_types() -> None:
    for label in model.LABELS:
        filter_input(label.name)
        order_input(label.name)
        connection_type(label.name, label.name, (label.name,), ())
    for label in model.LABELS:
        interfaces: tuple[type, ...] = (Entity,) if label.sourced else (Named,)
        derived_type(label.name, label.description, list(_fields(label)), interfaces)


register_types()
