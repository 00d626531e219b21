"""The selection: an immutable tree of the data to read. `graph.traversal.compile` compiles it into one statement.

The tree has the shape of the response. The attribute `key` of an item is its key in the response. A property can
therefore be selected twice, with two different keys. `api.graphql.selection` builds the tree from a GraphQL document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from graph.model import FEE_YEAR, Association, Grouping, Language, Path, Property
from graph.pagination import Page
from graph.standing import COUNTED
from graph.vocabulary import Standing, Vocabulary

Direction = Literal["ASC", "DESC"]
Comparison = Literal["eq", "in", "contains", "startsWith", "lt", "lte", "gt", "gte", "isNull"]
Scalar = str | int | float | bool | date | None
Value = Scalar | tuple[Scalar, ...]


# --- Conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare:
    """A condition that compares a property with a constant. Comparisons of names ignore case and diacritics.

    A condition on a name is met if the name in at least one language meets it. Amounts of money are in minor units. If
    `currency` is not None, the amount must also be in that currency.
    """

    property: Property
    operator: Comparison
    value: Value
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StatusIn:
    """A condition that the status of a node on a day is one of `names`."""

    names: tuple[str, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Near:
    """The condition that a node is at most `kilometres` from a point. The distance is measured on a sphere.

    The condition is false for a node without coordinates.
    """

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class Related:
    """A condition on related nodes.

    `quantifier` states how many of the related nodes must meet `condition`: "some" (at least one), "none" or "every".
    If there are no related nodes, "every" is true. If `condition` is None, every related node meets it.

    If `edge_condition` is not None, only some of the related nodes are considered: those whose relationship meets this
    condition. On a path (two consecutive associations), the intermediate node must meet `edge_condition` instead. `on`,
    `include_applied` and `standings` restrict the related nodes in the same way as in `Connection`.
    """

    end: Association | Path
    quantifier: Literal["some", "none", "every"]
    condition: "Condition | None"
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED
    edge_condition: "Condition | None" = None


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A condition that at least one of `conditions` is true. It is false if there are no conditions."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


Condition = Compare | StatusIn | Near | Related | AllOf | AnyOf | Not


# --- Order and pages ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByProperty:
    """A sort order by a property. Nulls are last in both directions.

    Names are sorted without case and diacritics. Members of vocabularies are sorted in the order of their declaration.
    If `language` is Finnish or Swedish, names are sorted by the name in that language, with å, ä and ö after z.

    If `record` is "", the property belongs to the nodes of the connection. Otherwise it belongs to the relationships or
    intermediate nodes that lead to these nodes, and `record` is the kind of these relationships or intermediate nodes,
    such as "membership".
    """

    property: Property
    direction: Direction = "ASC"
    record: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class ByCount:
    """A sort order by the number of related nodes.

    `on`, `include_applied` and `standings` restrict the related nodes in the same way as in `Connection`.
    """

    end: Association | Path
    direction: Direction = "DESC"
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED


@dataclass(frozen=True, slots=True)
class ByStanding:
    """A sort order by standing, in the order in which the enum `Standing` declares its members.

    The standing of a row states whether sources show the row in force on the requested date, or only earlier or later.
    """

    direction: Direction = "ASC"


@dataclass(frozen=True, slots=True)
class ByDistance:
    """A sort order by the distance from a point.

    The point is taken from the `Near` condition in the filter of the connection.
    """

    direction: Direction = "ASC"


Order = ByProperty | ByCount | ByStanding | ByDistance


# --- Items of a node ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PropertyItem:
    """A selected property of a node or relationship. Its value in the response is a JSON value.

    - A date is a text in ISO 8601 format.
    - A partial date or the end of a period is a map `{"date": …, "precision": …, "bound": …}`.
      If the date is the first day after a period, the map also has `"is_end": True`.
    - Money is a map `{"amount": "10000.00", "currency": "EUR"}`.
    - A localised text is the text in `language`. If there is none, it is the text in English, Swedish or Finnish. If
      `tagged` is true, the value is a map `{"text": …, "language": …}`.

    `subfields` selects the keys of a map. If `required` is true, a null value is an error.
    """

    key: str
    property: Property
    language: Language | None = None
    tagged: bool = False
    subfields: "tuple[SubField | Typename, ...]" = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class NameItem:
    """The name of a network on a day: the former name in use on that day or, if there is none, the current name."""

    key: str
    name: PropertyItem
    on: date


@dataclass(frozen=True, slots=True)
class StatusItem:
    """The status of a node on a day, as the name of a member of `vocabulary`. It is null if the status is unknown."""

    key: str
    vocabulary: type[Vocabulary]
    on: date


@dataclass(frozen=True, slots=True)
class RosterItem:
    """The selected field that states whether a source lists all members of a network on the day `on`.

    If no source lists all members, the network may have more members than are recorded.
    """

    key: str
    on: date


@dataclass(frozen=True, slots=True)
class LocationItem:
    """The coordinates of a node as a map `{"type": "Point", "coordinates": [longitude, latitude]}`.

    The value is null for a node without coordinates. `subfields` selects the keys of the map.
    """

    key: str
    subfields: "tuple[SubField | Typename, ...]"


@dataclass(frozen=True, slots=True)
class DistanceItem:
    """The distance of a node from a point, in kilometres on a sphere. It is null for a node without coordinates."""

    key: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SubField:
    """A part of a value that consists of parts. For example, the currency is a part of an amount of money.

    The parts of a date include `text`, which is the date as a text in `language`. The stored end of a period is
    exclusive, which means that it is the day after the last day of the period. If `last_day` is true, the text for the
    end of a period shows the last day instead.
    """

    key: str
    name: Literal["amount", "currency", "text", "language", "date", "precision", "bound"]
    language: Language | None = None
    last_day: bool = False


@dataclass(frozen=True, slots=True)
class Typename:
    """The GraphQL field `__typename`.

    For a node, the result is the label of the node. For an edge, connection or relationship, it is the attribute
    `value`.
    """

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ToOne:
    """The single node to which an association leads, or null if there is none. If `required` is true, null is an error.

    An association is a relationship type seen from one of its ends.
    """

    key: str
    end: Association
    nodes: "Nodes"
    required: bool = False


@dataclass(frozen=True, slots=True)
class ToList:
    """A short list of related nodes without pagination, in the order that the model declares.

    If `supporting` is not None, the nodes are citations, and `supporting` is the name of a property. The list then
    contains the citations that support the property, followed by the citations that support the whole node.
    """

    key: str
    end: Association
    nodes: "Nodes"
    supporting: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The nodes to which a property of kind REF refers. The property contains their ids.

    The value in the response is a list if `property.many` is true. Otherwise it is one node or null.
    """

    key: str
    property: Property
    nodes: "Nodes"


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of related nodes, or of all nodes of a label.

    Exactly one of `end` and `label` is set. `end` is the association or path that leads to the related nodes, and
    `label` is the label of the nodes. If `end` is a YearRange, only aggregates and groups can be selected. Further
    attributes restrict the rows:

    - `where` is a condition on the nodes. `edge_where` is a condition on the relationships that lead to the nodes. On a
      path (two consecutive associations), it is a condition on the intermediate nodes.
    - If `on` is not None, a row with a period must have one of `standings` on that date. A standing states whether
      sources show the row in force. If `all_time` is true, any standing is allowed, even null.
    - If `include_applied` is false, paths through memberships with the status APPLIED are omitted.
    """

    key: str
    items: "tuple[ConnectionItem, ...]"
    page: Page
    end: "Association | Path | YearRange | None" = None
    label: str | None = None
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED
    edge_where: Condition | None = None
    all_time: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of the relationship of an edge: its basis (such as STATED), its note and its sources.

    The value is null for a connection at the root of a query, because its edges have no relationship.
    """

    key: str
    items: tuple[PropertyItem | Reference | Typename, ...]


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """The node to which an edge leads. In a list of relationships, it is the node to which the relationship leads."""

    key: str
    nodes: "Nodes"


RelationshipItem = EdgeNode | Provenance | PropertyItem | Typename


@dataclass(frozen=True, slots=True)
class RelationshipsOfEnd:
    """The relationships of a node along one association, with the selected items to read from each relationship.

    An association is a relationship type seen from one of its ends. This association leads to a single node or to a
    short list of nodes.
    """

    end: Association
    items: tuple[RelationshipItem, ...]


@dataclass(frozen=True, slots=True)
class Relationships:
    """A list of the relationships of a node along several associations.

    An association is a relationship type seen from one of its ends. The list is in the order of the associations in
    `ends`.
    """

    key: str
    ends: tuple[RelationshipsOfEnd, ...]


@dataclass(frozen=True, slots=True)
class YearRange:
    """The fee years of a city or network. A fee year is a calendar year of a membership, with the fee of that year.

    The range extends from the year `first` to the year `last`, and includes both. `owner` is the label, City or
    Network. `graph.model.FEE_YEAR` describes the properties of a fee year.
    """

    first: int
    last: int
    owner: Literal["City", "Network"]
    name: str = FEE_YEAR.plural


NodeItem = (
    PropertyItem
    | NameItem
    | StatusItem
    | RosterItem
    | LocationItem
    | DistanceItem
    | Typename
    | ToOne
    | ToList
    | Reference
    | Connection
    | Relationships
)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The selected items, such as properties, to read from nodes.

    `by_label` is a dict from the label of a node to the items to read from this node. It contains several labels if the
    GraphQL type of the nodes is an interface.
    """

    by_label: Mapping[str, tuple[NodeItem, ...]]


# --- Items of a connection ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TotalCount:
    key: str


@dataclass(frozen=True, slots=True)
class PageInfoItem:
    key: str
    field: Literal["hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename"]


@dataclass(frozen=True, slots=True)
class PageInfo:
    key: str
    items: tuple[PageInfoItem, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    key: str


@dataclass(frozen=True, slots=True)
class ThroughNode:
    """The intermediate node of an edge, such as the membership between a city and a network.

    Only the edges of a path (two consecutive associations) have an intermediate node.
    """

    key: str
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class StandingOn:
    """The standing of an edge on the date of the argument `on`: whether sources show the edge in force on that date.

    The standing is that of the relationship of the edge. On a path, it is the standing of the intermediate node.
    """

    key: str


EdgeItem = Cursor | EdgeNode | ThroughNode | StandingOn | Provenance | PropertyItem | Reference | Typename


@dataclass(frozen=True, slots=True)
class Edges:
    key: str
    items: tuple[EdgeItem, ...]


@dataclass(frozen=True, slots=True)
class PageNodes:
    """The field `nodes` of a connection: the nodes of the page without their edges."""

    key: str
    nodes: Nodes


# --- Aggregates and groups ------------------------------------------------------------------------


class Measure(NamedTuple):
    """A property to aggregate.

    If `of_record` is false, the nodes of a connection have the property. If it is true, the records of the connection
    have the property. On a path, the records are the intermediate nodes. Otherwise they are the relationships.
    """

    of_record: bool
    property: Property


@dataclass(frozen=True, slots=True)
class SummaryValue:
    """A value in the summary of a property, such as the sum. `name` is the name of the value.

    A summary describes the values of the property in several rows:

    - `count`: the number of rows with a value.
    - `open`: the number of rows in which the value is missing because its bound is OPEN (in force until further
      notice). Only the end of a period can have this bound.
    - `unknown`: the number of rows in which the value is missing for any other reason.
    - `sum`, `min`, `max` and `average`: null if no row has a value.
    """

    key: str
    name: Literal["sum", "min", "max", "average", "count", "unknown", "open", "currency"]


@dataclass(frozen=True, slots=True)
class ByCurrency:
    """A list of summaries (sum, minimum and so on), one for each currency, sorted by currency code."""

    key: str
    items: tuple[SummaryValue | Typename, ...]


@dataclass(frozen=True, slots=True)
class SummarySources:
    """A selected list of citations in the summary (minimum, sum and so on) of a property.

    The list contains the citations that support the summarised values, sorted by id. It contains at most `size`
    citations.
    """

    key: str
    size: int
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary (count, minimum, maximum and so on) of a property over all rows of a connection or group.

    The property is a number, an amount of money or a date.
    """

    key: str
    property: Property
    items: tuple[SummaryValue | ByCurrency | SummarySources | Typename, ...]


@dataclass(frozen=True, slots=True)
class RecordAggregate:
    """The aggregate of the records of a connection, such as the memberships between a city and its networks.

    On a path, a record is the intermediate node that leads to a node of the connection. Otherwise it is the
    relationship. If the connection has records of another kind than `record`, the value is null.
    """

    key: str
    record: str
    items: tuple[TotalCount | Summary | Typename, ...]


AggregateItem = TotalCount | Summary | RecordAggregate | Typename


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Counts, sums and other computed values over all rows of a connection or of a group.

    All rows of the connection are included, not only the rows of the current page.
    """

    key: str
    items: tuple[AggregateItem, ...]


@dataclass(frozen=True, slots=True)
class PropertyKey:
    """A group key: the value of a property, or the year or month of a date.

    If a date is precise only to the year, its month is null. If `record` is "", the property belongs to the nodes of
    the connection. Otherwise it belongs to the relationships or intermediate nodes that lead to these nodes, and
    `record` is the kind of these relationships or intermediate nodes, such as "membership".
    """

    name: str
    property: Property
    part: Literal["YEAR", "MONTH"] | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class StatusKey:
    """A group key: the status of a node on a day."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class StandingKey:
    """A group key: the standing of a row on the date of the connection, as the name of a member of `Standing`.

    The standing of a row states whether sources show the row in force on the date, or only earlier or later.
    """

    name: str


@dataclass(frozen=True, slots=True)
class RelatedKey:
    """A group key: a related node. A row with several related nodes is in several groups.

    If `scheme` is not None, the related nodes are themes, and only the themes of the theme scheme with this id are
    used.
    """

    name: str
    grouping: Grouping
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class LabelKey:
    """A group key: the label of a node."""

    name: str


GroupKey = PropertyKey | StatusKey | StandingKey | RelatedKey | LabelKey


def key_targets(key: GroupKey) -> tuple[str, ...]:
    """Return the labels of the nodes that are the values of a group key. Returns () if the values are not nodes."""
    match key:
        case RelatedKey(grouping=grouping):
            return grouping.targets
        case PropertyKey(property=of) if of.target:
            return (of.target,)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class GroupMeasure:
    """The number by which groups are sorted or filtered: the number of rows of a group, or the sum of a property.

    It is a sum if `measure` is not None. A sum of money contains only the amounts in `currency`. A sum is null if no
    row has a value. If `record` is "", the property belongs to the nodes. Otherwise it belongs to the records, that is,
    the relationships or intermediate nodes that lead to the nodes. `record` is then the kind of the records, such as
    "membership".
    """

    measure: Measure | None = None
    currency: str | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """A sort order of groups. Groups whose sum is null are last, both in ascending and in descending order."""

    by: GroupMeasure
    direction: Direction


@dataclass(frozen=True, slots=True)
class GroupCondition:
    """A condition that compares the number of rows of a group, or a sum over these rows, with a constant.

    The condition is false if the sum is null.
    """

    of: GroupMeasure
    operator: Literal["eq", "lt", "lte", "gt", "gte"]
    value: int | float


@dataclass(frozen=True, slots=True)
class GroupKeyValue:
    """A selected part of a group key: the name of the key, or the value of the key as text.

    `field` states which of these two parts is selected.

    If the value is a node, the text is the id of the node. The text is null if no source states the value.
    """

    key: str
    field: Literal["name", "value"]


@dataclass(frozen=True, slots=True)
class GroupKeyNode:
    """The node that is the value of a group key. It is null if the value is not a node."""

    key: str
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class GroupKeys:
    key: str
    items: tuple[GroupKeyValue | GroupKeyNode | Typename, ...]


@dataclass(frozen=True, slots=True)
class GroupNodes:
    """The first `size` nodes of a group, in the order of the connection."""

    key: str
    size: int
    nodes: Nodes


GroupItem = GroupKeys | Aggregate | GroupNodes | Typename


@dataclass(frozen=True, slots=True)
class Overlap:
    """The selected field that states whether the groups can overlap, that is, whether a row can be in several groups.

    If the groups overlap, the counts of all groups can add up to more than the number of rows.
    """

    key: str


@dataclass(frozen=True, slots=True)
class GroupList:
    """A selected list of groups, which contains the groups on one page."""

    key: str
    items: tuple[GroupItem, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """One page of groups.

    The groups are formed from all rows of a connection, not only the rows of the current page.
    """

    key: str
    items: tuple[GroupList | TotalCount | PageInfo | Overlap | Typename, ...]
    keys: tuple[GroupKey, ...]
    page: Page
    having: tuple[GroupCondition, ...] = ()
    order: tuple[GroupOrder, ...] = ()


ConnectionItem = TotalCount | PageInfo | Edges | PageNodes | Aggregate | Groups | Typename


# --- Roots ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetch:
    """Nodes to read by their ids. Unknown ids are missing from the result."""

    ids: tuple[str, ...]
    nodes: Nodes = field(default_factory=lambda: Nodes({}))
