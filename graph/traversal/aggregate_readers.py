"""Create functions that convert the aggregates and groups in result rows to JSON values.

`graph.traversal.aggregation` writes the Cypher that returns these rows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from graph.model import Kind
from graph.money import to_main_units
from graph.traversal import cursors
from graph.traversal.plan import AggregatePlan, GroupsChild, SourcesKey
from graph.traversal.selection import (
    Aggregate,
    AggregateItem,
    ByCurrency,
    GroupItem,
    GroupKeyNode,
    GroupKeys,
    GroupKeyValue,
    GroupList,
    GroupNodes,
    Measure,
    RecordAggregate,
    Summary,
    SummarySources,
    SummaryValue,
    TotalCount,
    Typename,
    key_targets,
)

if TYPE_CHECKING:
    from graph.traversal.result_shaper import ResultShaper

__all__ = ["aggregate_reader", "group_cursor_reader", "group_list_reader"]

Row = Sequence[object]
JsonMap = dict[str, object]
Reader = Callable[[Row], object]

_NUMBER: Final[tuple[str, ...]] = ("count", "sum", "min", "max")
_DATE: Final[tuple[str, ...]] = ("count", "min", "max", "open")
_AMOUNTS: Final[tuple[str, ...]] = ("currency", "count", "sum", "min", "max")
"""The names of the values that are computed for the amounts in one currency, in the order of a result row.

`_NUMBER` contains the names for a numeric property, and `_DATE` the names for a date property.
"""
_COUNT_INDEX, _SUM_INDEX = _AMOUNTS.index("count"), _AMOUNTS.index("sum")


# --- Aggregates -----------------------------------------------------------------------------------


def aggregate_reader(
    shaper: "ResultShaper", plan: AggregatePlan, items: Sequence[AggregateItem], record: str
) -> Callable[[Row], JsonMap]:
    """Return a function that builds an aggregate from a row of computed values, such as counts and sums.

    A connection may have *records*. On a path of two relationships, the records are the intermediate nodes, such as
    memberships. Otherwise they are the relationships that lead to the nodes of the connection. `record` is the kind of
    the records (see `child_keys.record_of`), or "" if there are none.
    """
    fields = tuple((item.key, _item_reader(shaper, plan, item, record)) for item in items)
    return lambda row: {key: read(row) for key, read in fields}


def _item_reader(shaper: "ResultShaper", plan: AggregatePlan, item: AggregateItem, record: str) -> Reader:
    match item:
        case TotalCount():
            return lambda row: row[0]
        case Summary():
            return _summary_reader(shaper, plan, Measure(False, item.property), item)
        case RecordAggregate() if item.record != record:
            return lambda _: None
        case RecordAggregate():
            fields = tuple(
                (part.key, _summary_reader(shaper, plan, Measure(True, part.property), part))
                if isinstance(part, Summary)
                else (part.key, _item_reader(shaper, plan, part, record))
                for part in item.items
            )
            return lambda row: {key: read(row) for key, read in fields}
        case Typename():
            return _constant(item.value)


def _summary_reader(shaper: "ResultShaper", plan: AggregatePlan, measure: Measure, item: Summary) -> Reader:
    index = 1 + plan.sorted_measures.index(measure)
    fields: list[tuple[str, Callable[[Row, JsonMap], object]]] = []
    for part in item.items:
        match part:
            case SummaryValue(name=name):
                fields.append((part.key, _figure_reader(name)))
            case ByCurrency():
                fields.append((part.key, _by_currency_reader(part)))
            case SummarySources():
                fields.append((part.key, _sources_reader(shaper, plan, SourcesKey(measure, part.size), part)))
            case Typename(value=value):
                fields.append((part.key, lambda _row, _figures, value=value: value))
    read_figures = _figures_reader(item.property.kind, index)

    def read(row: Row) -> JsonMap:
        figures = read_figures(row)
        return {key: read_part(row, figures) for key, read_part in fields}

    return read


def _figure_reader(name: str) -> Callable[[Row, JsonMap], object]:
    return lambda _, figures: figures[name]


def _figures_reader(kind: Kind, index: int) -> Callable[[Row], JsonMap]:
    """Return a function that reads the summary values of a property, such as its sum and minimum, from a row.

    The returned function returns a dict with keys such as "sum". `index` is the index of the property's values in the
    row.
    """

    def read_number(row: Row) -> JsonMap:
        figures: JsonMap = dict(zip(_NUMBER, cast("Row", row[index]), strict=True))
        count, total = cast("int", figures["count"]), cast("int", figures["sum"])
        figures |= {"sum": float(total), "average": total / count} if count else {"sum": None, "average": None}
        return {**figures, "unknown": cast("int", row[0]) - count}

    def read_date(row: Row) -> JsonMap:
        figures: JsonMap = dict(zip(_DATE, cast("Row", row[index]), strict=False))
        opened = cast("int", figures.setdefault("open", 0))
        return {**figures, "unknown": cast("int", row[0]) - cast("int", figures["count"]) - opened}

    def read_money(row: Row) -> JsonMap:
        by_currency = cast("Sequence[Row]", row[index])
        count = sum(cast("int", figures[_COUNT_INDEX]) for figures in by_currency)
        # Amounts of 0, such as the fees of a free membership, are known, but make no sum in their currency.
        amounts = [_amounts(figures) for figures in by_currency if figures[_SUM_INDEX]]
        return {"amounts": amounts, "count": count, "unknown": cast("int", row[0]) - count}

    match kind:
        case Kind.MONEY:
            return read_money
        case Kind.DATE | Kind.PARTIAL_DATE | Kind.BOUND:
            return read_date
        case _:
            return read_number


def _amounts(row: Row) -> JsonMap:
    """Return the summary values of the amounts in one currency, such as their sum and average.

    The average is rounded half up to the minor unit, such as cents.
    """
    figures: JsonMap = dict(zip(_AMOUNTS, row, strict=True))
    currency, count, total = cast("tuple[str, int, int]", (figures["currency"], figures["count"], figures["sum"]))
    figures["average"] = (2 * total + count) // (2 * count)
    for name in ("sum", "min", "max", "average"):
        figures[name] = format(to_main_units(cast("int", figures[name]), currency), "f")
    return figures


def _by_currency_reader(item: ByCurrency) -> Callable[[Row, JsonMap], object]:
    names = tuple(
        (part.key, part.name, None) if isinstance(part, SummaryValue) else (part.key, "", part.value)
        for part in item.items
    )

    def read(_: Row, figures: JsonMap) -> object:
        amounts = cast("Sequence[Mapping[str, object]]", figures["amounts"])
        return [{key: amount[name] if name else value for key, name, value in names} for amount in amounts]

    return read


def _sources_reader(
    shaper: "ResultShaper", plan: AggregatePlan, key: SourcesKey, item: SummarySources
) -> Callable[[Row, JsonMap], object]:
    index = 1 + len(plan.measures) + plan.sorted_sources.index(key)
    read_node = shaper.node_reader(plan.sources[key], item.nodes)
    return lambda row, _: [read_node(citation) for citation in cast("Sequence[Row]", row[index])]


# --- Groups ---------------------------------------------------------------------------------------


def group_list_reader(
    shaper: "ResultShaper", child: GroupsChild, item: GroupList, record: str
) -> Callable[[Sequence[Row]], list[JsonMap]]:
    """Return a function that builds a list of groups from the rows of the groups.

    The row of a group contains, in this order:

    - the keys of the group
    - its computed values, such as counts
    - the nodes to which its keys refer
    - its lists of nodes
    - the values of its cursor
    """
    fields = tuple((part.key, _group_item_reader(shaper, child, part, record)) for part in item.items)
    return lambda rows: [{key: read(row) for key, read in fields} for row in rows]


def group_cursor_reader(child: GroupsChild) -> Callable[[Row], str]:
    """Return a function that builds the cursor of a group from its row."""
    terms, fingerprint = len(child.key.terms), child.key.fingerprint

    def read(row: Row) -> str:
        values = cast("Row", row[-1])
        return cursors.encode(fingerprint, values[:terms], values[terms:])

    return read


def _group_item_reader(shaper: "ResultShaper", child: GroupsChild, item: GroupItem, record: str) -> Reader:
    match item:
        case Typename():
            return _constant(item.value)
        case Aggregate():
            read = aggregate_reader(shaper, child.aggregate, item.items, record)
            return lambda row: read(cast("Row", row[1]))
        case GroupNodes():
            index = 2 + len(child.key_nodes) + sorted(child.nodes).index(item.size)
            read_node = shaper.node_reader(child.nodes[item.size], item.nodes)
            return lambda row: [read_node(node) for node in cast("Sequence[Row]", row[index])]
        case GroupKeys():
            readers = [_key_reader(shaper, child, index, item) for index in range(len(child.key.keys))]
            return lambda row: [read(row) for read in readers]


def _key_reader(shaper: "ResultShaper", child: GroupsChild, index: int, item: GroupKeys) -> Reader:
    """Return a function that builds a group key from the row of a group. `index` is the position of the key.

    A group key is a value by which rows are grouped, such as a year or a theme.
    """
    key = child.key.keys[index]
    fields: list[tuple[str, Reader]] = []
    for part in item.items:
        match part:
            case GroupKeyValue(field="name"):
                fields.append((part.key, _constant(key.name)))
            case GroupKeyValue():
                fields.append((part.key, lambda row: cast("Row", row[0])[index]))
            case GroupKeyNode() if key_targets(key):
                fields.append((part.key, _key_node_reader(shaper, child, index, part)))
            case GroupKeyNode():
                fields.append((part.key, _constant(None)))
            case Typename():
                fields.append((part.key, _constant(part.value)))
    return lambda row: {key: read(row) for key, read in fields}


def _key_node_reader(shaper: "ResultShaper", child: GroupsChild, index: int, item: GroupKeyNode) -> Reader:
    position = 2 + sorted(child.key_nodes).index(index)
    read_node = shaper.node_reader(child.key_nodes[index], item.nodes)
    return lambda row: read_node(cast("Row", row[position]))


def _constant(value: object) -> Reader:
    return lambda _: value
