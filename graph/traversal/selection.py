"""The selection: an immutable tree of the data to read, which `compile` turns into one statement.

The tree mirrors the response. `key` is the response key, so a property can be selected twice under two keys.
`api.graphql.selection` builds the tree from a GraphQL document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from graph.model import Association, Language, Path, Property
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
    """Compare a property with a constant. Names ignore case and diacritics.

    A name matches in any language. The caller converts amounts of money to minor units; `currency` must also match if
    given.
    """

    property: Property
    operator: Comparison
    value: Value
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StatusIn:
    """Require that the status on a day is one of these names."""

    names: tuple[str, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Related:
    """Require that some, none or every related node meets `condition`. Without a condition, any node does.

    "every" is true if there are no related nodes.
    """

    end: Association | Path
    quantifier: Literal["some", "none", "every"]
    condition: "Condition | None"
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one of the conditions is. Without conditions it is false."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


Condition = Compare | StatusIn | Related | AllOf | AnyOf | Not


# --- Order and pages ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByProperty:
    """Order by a property, nulls last in both directions; names by their folded default form."""

    property: Property
    direction: Direction = "ASC"


@dataclass(frozen=True, slots=True)
class ByCount:
    """Order by the number of related nodes."""

    end: Association | Path
    direction: Direction = "DESC"
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED


Order = ByProperty | ByCount


# --- Items of a node ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PropertyItem:
    """A property of a node, or of the relationship of an edge, as a JSON value.

    A date is ISO text, and a partial date or bound is `{"date": …, "precision": …, "bound": …}`. Money is
    `{"amount": "10000.00", "currency": "EUR"}`. A localised text is in `language`, else in English, Swedish or Finnish;
    with `tagged` it is `{"text": …, "language": …}` with the language found. `subfields` selects keys of such a map.
    `required` means that null is an error in the response.
    """

    key: str
    property: Property
    language: Language | None = None
    tagged: bool = False
    subfields: "tuple[SubField | Typename, ...]" = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class StatusItem:
    """The status of a node on a day, as the name of a member of `vocabulary`, or null if it is unknown."""

    key: str
    vocabulary: type[Vocabulary]
    on: date


@dataclass(frozen=True, slots=True)
class SubField:
    """A part of a value that is a map: an amount of money, a tagged text or a date.

    The `text` of a date is written in `language`.
    """

    key: str
    name: Literal["amount", "currency", "text", "language", "date", "precision", "bound"]
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Typename:
    """The label of the node, or the constant `value` if it is given (on edges, connections and relationships)."""

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ToOne:
    """The node at the other end, or null. In a response, null is an error if `required`."""

    key: str
    end: Association
    nodes: "Nodes"
    required: bool = False


@dataclass(frozen=True, slots=True)
class ToList:
    """All nodes of a short list, in its declared order.

    `supporting` limits citations to those that support the named property or the whole node.
    """

    key: str
    end: Association
    nodes: "Nodes"
    supporting: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The nodes whose ids a REF property contains: a list if the property is `many`, else one or null."""

    key: str
    property: Property
    nodes: "Nodes"


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of related nodes. At the root, a page of all nodes of a label: `end` is None, and `label` is set."""

    key: str
    items: "tuple[ConnectionItem, ...]"
    page: Page
    end: Association | Path | None = None
    label: str | None = None
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    on: date | None = None
    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED


@dataclass(frozen=True, slots=True)
class Provenance:
    """Basis, note and sources of a relationship; null on the edges of a root connection."""

    key: str
    items: tuple[PropertyItem | Reference | Typename, ...]


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """The node at the other end of a relationship."""

    key: str
    nodes: "Nodes"


RelationshipItem = EdgeNode | Provenance | Typename


@dataclass(frozen=True, slots=True)
class RelationshipsOfEnd:
    """The items of the relationships at an end that is a single node or a short list."""

    end: Association
    items: tuple[RelationshipItem, ...]


@dataclass(frozen=True, slots=True)
class Relationships:
    """The relationships at several ends, as one list in the order of the ends."""

    key: str
    ends: tuple[RelationshipsOfEnd, ...]


NodeItem = PropertyItem | StatusItem | Typename | ToOne | ToList | Reference | Connection | Relationships


@dataclass(frozen=True, slots=True)
class Nodes:
    """Items selected from nodes, by label: one entry, or several at an interface."""

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
    """The intermediate node, on the edge of a path, such as the membership between a city and a network."""

    key: str
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class StandingOn:
    """Standing on the connection's date: of the relationship, or of the intermediate node of a path."""

    key: str


EdgeItem = Cursor | EdgeNode | ThroughNode | StandingOn | Provenance | PropertyItem | Reference | Typename


@dataclass(frozen=True, slots=True)
class Edges:
    key: str
    items: tuple[EdgeItem, ...]


@dataclass(frozen=True, slots=True)
class PageNodes:
    """Nodes of the page without their edges."""

    key: str
    nodes: Nodes


ConnectionItem = TotalCount | PageInfo | Edges | PageNodes | Typename


# --- Roots ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetch:
    """Nodes to fetch by id; ids not found are absent from the result."""

    ids: tuple[str, ...]
    nodes: Nodes = field(default_factory=lambda: Nodes({}))
