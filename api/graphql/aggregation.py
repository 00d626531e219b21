"""Build the fields `aggregate` and `groupBy` of connections, and the types of these fields, from the model.

For each label there are four types: an object type for aggregates of nodes, one for a group of nodes, one for a page of
groups, and an enum of the keys by which the nodes can be grouped. All connections to nodes of the label share these
types. All labels share the input types, and the types that summarise numbers, amounts and dates.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, cast

import strawberry
from graphql import GraphQLError

from api.graphql.fields import TYPE_REGISTRY, GraphField, argument
from api.graphql.grouping import DATE_KINDS, LABELS, group_keys, parse_having, parse_keys, parse_order
from api.graphql.records import Record, records
from api.graphql.relay import (
    APPLIED,
    FIRST,
    PAGE,
    YEAR_STANDINGS,
    PageInfo,
    check_connection,
    derived_type,
    page_info_plan,
    total_count_plan,
)
from api.graphql.scalars import derived_enum, standings_of, unplanned
from api.graphql.selection import SelectedField, SelectionReader, locate
from graph.model import Kind, Property
from graph.pagination import Page
from graph.questions.cost_per_network import check_years
from graph.traversal import selection as sel

__all__ = ["aggregation_fields", "fee_years_field"]


# --- Summaries of properties ------------------------------------------------------------------------


def _value(_reader: SelectionReader, chosen: SelectedField) -> sel.SummaryValue:
    return sel.SummaryValue(chosen.key, chosen.nodes[0].name.value)  # type: ignore[arg-type]


def _field(name: str, annotation: object, description: str) -> GraphField:
    return GraphField(name, annotation, description, _value)


def _first(reader: SelectionReader, chosen: SelectedField) -> int:
    first = cast("int | None", chosen.arguments.get("first"))
    return reader.pages.to_page(first=first, after=None, last=None, before=None).first or 0


def _sources() -> GraphField:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.SummarySources:
        return sel.SummarySources(chosen.key, _first(reader, chosen), reader.nodes(chosen, ("Citation",)))

    return GraphField("sources", "list[Citation]", "Citations of the values, by id; by default 50.", plan, [FIRST])


def _by_currency(reader: SelectionReader, chosen: SelectedField) -> sel.ByCurrency:
    items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
    return sel.ByCurrency(chosen.key, tuple(cast("list[sel.SummaryValue | sel.Typename]", items)))


_KNOWN: Final = "Number of rows with a value."
_UNKNOWN: Final = "Number of rows without a value. They are not zero."

derived_type(
    "NumberAggregate",
    "A number over several rows. All but the counts are null if no row has a value.",
    (
        _field("sum", float | None, "Sum, exact up to 2^53."),
        _field("min", int | None, "Smallest value."),
        _field("max", int | None, "Largest value."),
        _field("average", float | None, "Average of the known values."),
        _field("count", int, _KNOWN),
        _field("unknown", int, _UNKNOWN),
        _sources(),
    ),
)
derived_type(
    "CurrencyAggregate",
    "Amounts in one currency over several rows.",
    (
        _field("currency", str, "ISO 4217 code."),
        _field("sum", Decimal, "Sum."),
        _field("min", Decimal, "Smallest amount."),
        _field("max", Decimal, "Largest amount."),
        _field("average", Decimal, "Average of the known amounts, rounded half up."),
        _field("count", int, "Number of rows with an amount in the currency."),
    ),
)
derived_type(
    "MoneyAggregate",
    "Amounts of money over several rows, never summed across currencies.",
    (
        GraphField(
            "byCurrency",
            "list[CurrencyAggregate]",
            "Amounts of each currency. A currency whose amounts are all 0 is left out.",
            _by_currency,
        ),
        _field("count", int, "Number of rows with an amount, 0 included."),
        _field("unknown", int, _UNKNOWN),
        _sources(),
    ),
)
derived_type(
    "DateAggregate",
    "A date over several rows. A date known to the month or year counts as its first day.",
    (
        _field("min", date | None, "Earliest date."),
        _field("max", date | None, "Latest date."),
        _field("count", int, "Number of rows with a date."),
        _field("open", int, "Number of rows whose period has no end."),
        _field("unknown", int, "Number of rows without a date, except for `open`."),
    ),
)


def _summary_type(of: Property) -> str | None:
    """Return the name of the GraphQL type for the summary of a property, or None if the property has no summary.

    A summary contains, for example, the sum, minimum and maximum of the property over several rows.
    """
    if of.kind is Kind.MONEY:
        return "MoneyAggregate"
    if of.kind in DATE_KINDS:
        return "DateAggregate"
    return "NumberAggregate" if of.kind is Kind.INT and of.additive else None


def _summaries(properties: Sequence[Property]) -> Iterator[GraphField]:
    for of in properties:
        if type_ := _summary_type(of):
            yield GraphField(of.name, type_, of.description, _summary_plan(of))


def _summary_plan(of: Property) -> Callable[[SelectionReader, SelectedField], sel.Summary]:
    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.Summary:
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        return sel.Summary(chosen.key, of, tuple(cast("list[Any]", items)))

    return plan


# --- Records ----------------------------------------------------------------------------------------


def _record_field(record: Record) -> GraphField | None:
    summaries = list(_summaries(record.properties))
    if not summaries:
        return None
    if record.type not in TYPE_REGISTRY and record.label is None:
        derived_type(record.type, f"Figures over the {record.name} of each row.", summaries)

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.RecordAggregate:
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        return sel.RecordAggregate(chosen.key, record.name, tuple(cast("list[Any]", items)))

    text = f"Figures over the {record.name} of each edge; null if edges have none."
    return GraphField(record.name, f"{record.type} | None", text, plan)


# --- Types of groups --------------------------------------------------------------------------------

derived_type(
    "GroupKey",
    "A key of a group.",
    (
        GraphField("name", str, "Name of the key, as in the argument `keys`.", unplanned),
        GraphField("value", str | None, "Value as text, or id of the node; null if none is recorded.", unplanned),
        GraphField("node", "Named | None", "Node, if the key leads to nodes.", unplanned),
    ),
)


def _aggregate(reader: SelectionReader, chosen: SelectedField) -> sel.Aggregate:
    items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
    return sel.Aggregate(chosen.key, tuple(cast("list[sel.AggregateItem]", items)))


def _groups_plan(node: str) -> Callable[[SelectionReader, SelectedField], sel.Groups]:
    label = node if node in LABELS else ""

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.Groups:
        arguments = chosen.arguments
        scheme = cast("str | None", arguments.get("themeScheme"))
        keys = parse_keys(node, cast("Sequence[Enum]", arguments["keys"]), reader.today, scheme)
        items: list[object] = []
        for field in reader.subfields(chosen, reader.value_type(chosen)):
            if isinstance(field, sel.Typename):
                items.append(sel.Typename(field.key, f"{node}Groupings"))
            elif field.nodes[0].name.value == "nodes":
                try:
                    items.append(sel.GroupList(field.key, tuple(_group_items(reader, field, keys))))
                except GraphQLError as error:
                    raise locate(error, field) from None
            else:
                items.append(reader.item(field))
        return sel.Groups(
            chosen.key,
            tuple(cast("list[Any]", items)),
            keys,
            reader.page(arguments),
            tuple(parse_having(label, cast("Sequence[Mapping[str, object]]", arguments.get("having") or ()))),
            tuple(parse_order(label, cast("Sequence[Mapping[str, object]]", arguments.get("orderBy") or ()))),
        )

    return plan


def _group_items(
    reader: SelectionReader, groups: SelectedField, keys: Sequence[sel.GroupKey]
) -> Iterator[sel.GroupItem]:
    owner = reader.value_type(groups)
    for field in reader.subfields(groups, owner):
        if isinstance(field, sel.Typename):
            yield sel.Typename(field.key, owner.name)
        elif field.nodes[0].name.value == "keys":
            yield sel.GroupKeys(field.key, tuple(_key_items(reader, field, keys)))
        else:
            yield cast("sel.GroupItem", reader.item(field))


def _key_items(
    reader: SelectionReader, chosen: SelectedField, keys: Sequence[sel.GroupKey]
) -> Iterator[sel.GroupKeyValue | sel.GroupKeyNode | sel.Typename]:
    labels = tuple(dict.fromkeys(name for key in keys for name in sel.key_targets(key)))
    for field in reader.subfields(chosen, reader.value_type(chosen)):
        if isinstance(field, sel.Typename):
            yield sel.Typename(field.key, "GroupKey")
        elif field.nodes[0].name.value == "node":
            yield sel.GroupKeyNode(field.key, reader.nodes(field, labels))
        else:
            yield sel.GroupKeyValue(field.key, cast("Any", field.nodes[0].name.value))


# Without a description, a field takes one line in the printed schema. The description of `groupBy` explains it.
_THEME_SCHEME: Final = argument("themeScheme", strawberry.ID | None)  # pyright: ignore[reportOperatorIssue]


def _overlap(_reader: SelectionReader, chosen: SelectedField) -> sel.Overlap:
    return sel.Overlap(chosen.key)


@cache
def aggregation_fields(node: str, listed: str | None = None) -> tuple[GraphField, GraphField]:
    """Build the fields `aggregate` and `groupBy` of connections to nodes of one type, with the types of these fields.

    `node` is the label or the interface of the nodes. The nodes of an interface can be grouped only by label. A group
    also has a field that lists its nodes. `listed` is the GraphQL type of the listed nodes. The default is `node`.
    """
    is_label = node in LABELS
    words = LABELS[node].words if is_label else "nodes"
    nodes_text = (
        "First nodes, in the order of the connection; by default 50."
        if listed is None
        else "First terms; by default 50. Years without a term have none."
    )

    def nodes(reader: SelectionReader, chosen: SelectedField) -> sel.GroupNodes:
        return sel.GroupNodes(chosen.key, _first(reader, chosen), reader.nodes(chosen, reader.labels(chosen)))

    figures = [GraphField("count", int, "Number of rows.", total_count_plan)]
    if is_label:
        figures += _summaries(LABELS[node].properties)
        figures += filter(None, map(_record_field, records(node)))
        keys = {name: text for name, (_, text) in group_keys(node).items()}
    else:
        keys = {"TYPE": None}
    TYPE_REGISTRY[f"{node}GroupingKey"] = derived_enum(f"{node}GroupingKey", keys, f"Keys to group {words} by.")
    derived_type(f"{node}Aggregate", f"Figures over {words}.", figures)
    derived_type(
        f"{node}Grouping",
        f"A group of {words}.",
        (
            GraphField("keys", "list[GroupKey]", "Keys, in the order of the argument `keys`.", unplanned),
            GraphField("aggregate", f"{node}Aggregate", "Figures over the group.", _aggregate),
            GraphField("nodes", f"list[{listed or node}]", nodes_text, nodes, [FIRST]),
        ),
    )
    derived_type(
        f"{node}Groupings",
        f"A page of groups of {words}; see PageInfo for its arguments.",
        (
            GraphField("nodes", f"list[{node}Grouping]", "Groups of the page.", unplanned),
            GraphField("pageInfo", PageInfo, "Position of the page.", page_info_plan),
            GraphField("totalCount", int, "Number of groups on all pages.", total_count_plan),
            GraphField("overlap", bool, "True if a row can be in several groups; do not add up groups.", _overlap),
        ),
    )
    has_themes = "THEME" in keys
    groups_text = "Groups of all rows."
    if has_themes:
        groups_text += " With `themeScheme`, THEME groups by the themes of this scheme, and by null without any."
    arguments = [
        argument("keys", f"list[{node}GroupingKey]"),
        argument("having", "list[GroupCondition] | None"),
        argument("orderBy", "list[GroupOrder] | None"),
        *((_THEME_SCHEME,) if has_themes else ()),
        *PAGE,
    ]
    return (
        GraphField("aggregate", f"{node}Aggregate", "Figures over all rows, on all pages.", _aggregate),
        GraphField("groupBy", f"{node}Groupings", groups_text, _groups_plan(node), arguments),
    )


_FEE_YEARS: Final[Mapping[Literal["City", "Network"], str]] = {
    "City": "Rows behind `totals` and `unknownYears` of `costPerNetwork`: one for each term and year charged, and for "
    "each year of unknown fee, even if the membership does not count in it, such as one only applied for.",
    "Network": "The rows that `City.feeYears` has for this network, of every city with a recorded membership.",
}
"""A dict from each label that has the field `feeYears` to the description of this field."""


def fee_years_field(owner: Literal["City", "Network"]) -> GraphField:
    """Build the field `feeYears` of a city or network, which aggregates yearly membership fees."""

    def plan(reader: SelectionReader, chosen: SelectedField) -> sel.Connection:
        arguments = chosen.arguments
        first, last = cast("tuple[int, int]", (arguments["from"], arguments["until"]))
        check_years(first, last)
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        connection = sel.Connection(
            key=chosen.key,
            items=tuple(cast("list[sel.ConnectionItem]", items)),
            page=Page(first=0),
            end=sel.YearRange(first, last, owner),
            include_applied=bool(arguments.get("includeApplied")),
            standings=standings_of(arguments.get("standings")),
        )
        check_connection(reader, chosen, connection)
        return connection

    arguments = [
        argument("from", int, "First calendar year."),
        argument("until", int, "Last calendar year, included."),
        YEAR_STANDINGS,
        APPLIED,
    ]
    return GraphField("feeYears", "FeeYears", _FEE_YEARS[owner], plan, arguments)
