"""Generated GraphQL documents over the schema: fields, conditions, orders, pages and depth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import strategies as st

from api.graphql.grouping import group_keys, group_measures
from api.graphql.ordering import orders
from api.graphql.schema import schema
from graph import model
from graph.model import Kind
from graph.traversal.selection import ByDistance, ByStanding, StandingKey

CORE = schema._schema
assert CORE.query_type
QUERY = CORE.query_type
LISTINGS = tuple(label.plural for label in model.LABELS)
SINGLES = tuple(label.singular for label in model.LABELS)
WORDS = ("", "a", "vantaa", "Eurocities", "ö", "Å", "safe", "net", "City:", "2", "EUR", "fi", "\u2028", "'", '"', "\\")
ENDS = ("seat", "body", "about", "city", "network", "decision", "scheme", "goal", "programme")
NUMBERS = (-1, 0, 1, 2, 5, 21, 100, 2016, 2023, 2024, 2025, 200_000)
FLOATS = (-10.0, 0.0, 1.5, 24.94, 60.0, 60.17)
FIXED = {
    "Near": "latitude: 60.17, longitude: 24.94, kilometres: 300",
    "BoundingBox": "south: 55.0, west: 4.5, north: 61.5, east: 20.0",
    "GroupCondition": "gte: 2",
    "GroupOrder": "by: COUNT, direction: DESC",
}
CODES = {
    "supporting": ("name", "note"),
    "country": ("FI", "SE", "XK"),
    "language": ("fi", "en"),
    "perInhabitantCurrency": ("EUR", "DKK"),
    "wikidata": ("Q1757", "Q1"),
    "geonames": ("632453", "1"),
    "unlocode": ("FIHEL", "FIVAN"),
}
"""Values of the text properties whose format is checked."""
FEE_YEARS = """feeYears(from: 2016, until: 2025) {
  aggregate { count } groupBy(keys: [YEAR], first: 5) { nodes { keys { value } aggregate { count } } } }"""
AMOUNTS = ("0", "1", "5000", "10000", "10000.00", "16360", "1000000")
DAYS = ("1990-01-01", "2010-06-30", "2016-01-01", "2020-02-24", "2022-01-01", "2023-11-27", "2024-01-01", "2030-01-01")


class Known:
    """What stands in the graph, so that conditions meet something: ids by label, texts by label and property."""

    def __init__(self, ids: Mapping[str, tuple[str, ...]], texts: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        self.ids = ids
        self.texts = texts
        self.all_ids = tuple(one for of_label in ids.values() for one in of_label)


@dataclass(frozen=True)
class Document:
    """A document whose root connection, where it has one, pages by `$first`, `$after`, `$last` and `$before`."""

    text: str
    root: str
    pages: bool
    size: int
    backward: bool


@st.composite
def documents(draw: st.DrawFn, known: Known) -> Document:
    """A document with one root field: mostly a connection over a label, else nodes by their ids."""
    name = draw(st.sampled_from((*LISTINGS, *LISTINGS, *SINGLES, "node", "nodes")))
    field = QUERY.fields[name]
    writer = _Writer(draw, known)
    if name in LISTINGS:
        arguments = writer.arguments(field, 2)
        paging = "first: $first, after: $after, last: $last, before: $before"
        inside = writer.connection(_object(field), 2)
        text = (
            "query ($first: Int, $after: String, $last: Int, $before: String) { "
            f"{name}({', '.join((paging, *arguments))}) {{ "
            f"pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} {inside} }} }}"
        )
        return Document(text, name, True, draw(st.integers(1, 6)), draw(st.booleans()))
    if name == "nodes":
        ids = draw(st.lists(st.sampled_from(known.all_ids), max_size=6))
        argument = f"ids: [{', '.join(map(_quoted, ids))}]"
    else:
        label = _composite(field).name
        pool = known.all_ids if name == "node" else known.ids[label] or (f"{label}:none",)
        argument = f"id: {_quoted(draw(st.sampled_from(pool)))}"
    text = f"{{ {name}({argument}) {{ {writer.selection(_composite(field), 2)} }} }}"
    return Document(text, name, False, 0, False)


class _Writer:
    """Writes one document, drawing what stands in it."""

    def __init__(self, draw: st.DrawFn, known: Known) -> None:
        self.draw = draw
        self.known = known
        self.aliases = 0
        self.keys: tuple[str, ...] = ()

    def some(self, pool: "list[str] | tuple[str, ...]", least: int, most: int) -> list[str]:
        if not pool:
            return []
        return self.draw(st.lists(st.sampled_from(pool), min_size=min(least, len(pool)), max_size=most, unique=True))

    # --- Fields ---

    def selection(self, of: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """Some leaves of a type, and some of what it leads to, down to a depth of nodes."""
        plain = [name for name, field in of.fields.items() if _is_leaf(field)]
        deeper = [name for name, field in of.fields.items() if not _is_leaf(field)]
        chosen = ["id"] if "id" in of.fields else []
        chosen += [name for name in self.some(plain, 1, 4) if name != "id"]
        if depth:
            chosen += self.some(deeper, 0, 2)
        parts = ["__typename", *(self.field(name, of.fields[name], depth) for name in chosen)]
        if "sources" in chosen and "validFrom" in of.fields:
            self.aliases += 1
            parts.append(f'f{self.aliases}: sources(supporting: "validFrom") {{ id }}')
        if isinstance(of, GraphQLInterfaceType):
            possible = sorted(type_.name for type_ in CORE.get_possible_types(of))
            for name in self.some(possible, 0, 1):
                one = CORE.type_map[name]
                assert isinstance(one, GraphQLObjectType)
                own = [leaf for leaf in one.fields if leaf not in of.fields and _is_leaf(one.fields[leaf])]
                inner = " ".join(self.field(leaf, one.fields[leaf], 0) for leaf in self.some(own, 1, 2)) or "__typename"
                parts.append(f"... on {name} {{ {inner} }}")
        return " ".join(parts)

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        """A field under a name of its own, so that it may stand twice with other arguments."""
        self.aliases += 1
        if name == "feeYears":
            return f"f{self.aliases}: {FEE_YEARS}"
        if name == "distance":
            return f"f{self.aliases}: distance(latitude: 60.3, longitude: 25)"
        arguments = [] if _is_leaf(field) and self.draw(st.booleans()) else self.arguments(field, 1)
        if "first" in field.args:
            sides = [side for side in ("first", "last") if side in field.args]
            arguments = [f"{self.draw(st.sampled_from(sides))}: {self.draw(st.integers(1, 4))}", *arguments]
        given = f"({', '.join(arguments)})" if arguments else ""
        text = f"f{self.aliases}: {name}{given}"
        if _is_leaf(field):
            return text
        of = _composite(field)
        if of.name.endswith("Connection"):
            assert isinstance(of, GraphQLObjectType)
            return f"{text} {{ {self.connection(of, depth, has_day='standings' in field.args)} }}"
        return f"{text} {{ {self.selection(of, depth - ('id' in of.fields))} }}"

    def connection(self, of: GraphQLObjectType, depth: int, *, has_day: bool = False) -> str:
        """What is taken from a connection; never nothing. `has_day` is true if its edges have a standing on a day."""
        parts = [
            part for part in ("totalCount", "pageInfo { hasNextPage hasPreviousPage }") if self.draw(st.booleans())
        ]
        if self.draw(st.booleans()):
            parts.append(f"nodes {{ {self.selection(_composite(of.fields['nodes']), depth - 1)} }}")
        if self.draw(st.integers(0, 3)) == 0:
            parts.append(f"aggregate {{ {self.figures(_object(of.fields['aggregate']))} }}")
        if self.draw(st.integers(0, 3)) == 0:
            parts.append(self.groups(of, depth, has_day=has_day))
        if not parts or self.draw(st.booleans()):
            edge = _object(of.fields["edges"])
            own = [name for name, field in edge.fields.items() if _is_leaf(field) and name != "cursor"]
            inner = ["cursor", *(self.field(leaf, edge.fields[leaf], 0) for leaf in self.some(own, 0, 3))]
            inner.append(f"node {{ {self.selection(_composite(edge.fields['node']), depth - 1)} }}")
            between = [name for name, field in edge.fields.items() if not _is_leaf(field) and name != "node"]
            inner += [self.field(name, edge.fields[name], 0) for name in self.some(between, 0, 1)]
            parts.append(f"edges {{ {' '.join(inner)} }}")
        return " ".join(parts)

    # --- Aggregates and groups ---

    def figures(self, of: GraphQLObjectType) -> str:
        """Some figures of an aggregate, down to the currencies and citations of amounts."""
        parts = ["count"]
        for name in self.some([name for name, field in of.fields.items() if not _is_leaf(field)], 0, 3):
            inner = _object(of.fields[name])
            parts.append(f"{name} {{ {self.summary(inner) if 'unknown' in inner.fields else self.figures(inner)} }}")
        return " ".join(part for part in parts if part.partition(" ")[0] in of.fields) or "__typename"

    def summary(self, of: GraphQLObjectType) -> str:
        """All values of the summary of a property."""
        parts = [name for name, field in of.fields.items() if _is_leaf(field)]
        if "byCurrency" in of.fields:
            parts.append("byCurrency { currency sum min max average count }")
        if "sources" in of.fields and self.draw(st.booleans()):
            parts.append("sources(first: 3) { id quote document { name } }")
        return " ".join(parts)

    def groups(self, of: GraphQLObjectType, depth: int, *, has_day: bool) -> str:
        """A page of groups by one or two keys of the nodes or of the records on the edges."""
        self.aliases += 1
        groups, edge = _object(of.fields["groupBy"]), _object(of.fields["edges"])
        grouping = _object(groups.fields["nodes"])
        label = groups.name.removesuffix("Groupings")
        keys, measures = ["TYPE"], ["COUNT"]
        if label != "Entity":
            made = {name: make(date(2024, 1, 1)) for name, (make, _) in group_keys(label).items()}
            keys = [
                name
                for name, key in made.items()
                if (has_day if isinstance(key, StandingKey) else _is_of(getattr(key, "record", ""), edge))
            ]
            measures = [name for name, measure in group_measures(label).items() if _is_of(measure.record, edge)]
        chosen = self.some(keys, 1, 2)
        if not chosen:
            return "totalCount"
        by = self.draw(st.sampled_from(measures))
        measure = group_measures(label)[by].measure if by != "COUNT" else None
        given = 'currency: "EUR", ' if measure and measure.property.kind is Kind.MONEY else ""
        order = f"orderBy: [{{by: {by}, {given}direction: {self.draw(st.sampled_from(('ASC', 'DESC')))}}}], "
        having = "having: [{gte: 2}], " if self.draw(st.integers(0, 3)) == 0 else ""
        size = f"{self.draw(st.sampled_from(('first', 'last')))}: {self.draw(st.integers(1, 5))}"
        nodes = self.selection(_composite(grouping.fields["nodes"]), min(depth - 1, 0))
        return (
            f"f{self.aliases}: groupBy(keys: [{', '.join(chosen)}], {order}{having}{size}) {{ totalCount overlap "
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } "
            "nodes { keys { name value node { __typename id name } } "
            f"aggregate {{ {self.figures(_object(grouping.fields['aggregate']))} }} "
            f"nodes(first: 2) {{ {nodes} }} }} }}"
        )

    # --- Arguments ---

    def arguments(self, field: GraphQLField, depth: int) -> list[str]:
        """Some of a field's arguments but those of its page."""
        names = [name for name in field.args if name not in ("first", "after", "last", "before")]
        required = [name for name in names if is_required_argument(field.args[name])]
        chosen = dict.fromkeys([*required, *self.some(names, 0, 3)])
        self.keys = _order_keys(field) if "orderBy" in chosen else ()
        return [f"{name}: {self.value(field.args[name].type, depth, name=name)}" for name in chosen]

    def value(self, of: GraphQLInputType, depth: int, label: str = "", name: str = "") -> str:
        """A literal of an input type: for the property `name` of a label, where it is compared with one."""
        if is_non_null_type(of):
            of = of.of_type
        if is_list_type(of):
            several = [self.value(of.of_type, depth, label, name) for _ in range(self.draw(st.integers(1, 2)))]
            return f"[{', '.join(several)}]"
        if isinstance(of, GraphQLEnumType):
            return self.draw(st.sampled_from(sorted(of.values)))
        if isinstance(of, GraphQLInputObjectType):
            return f"{{{', '.join(self.entries(of, depth, label, name))}}}"
        assert isinstance(of, GraphQLScalarType)
        return self.scalar(of.name, label, name)

    def entries(self, of: GraphQLInputObjectType, depth: int, label: str, name: str) -> Iterator[str]:
        """Entries of an input object: an order, comparisons, or conditions down to a depth of nodes."""
        if of.name in FIXED:
            yield FIXED[of.name]
            return
        where = of.name.removesuffix("Where") if of.name.endswith("Where") else None
        possible = [key for key, field in of.fields.items() if depth or not _nests(field)]
        chosen = self.some(possible, 1, 2)
        if "some" in of.fields:  # a condition on a list without a quantifier is refused
            chosen = [self.draw(st.sampled_from(("some", "every", "none"))), *self.some(possible, 0, 1)]
            chosen = list(dict.fromkeys(chosen))
        elif "field" in of.fields:
            key = self.draw(st.sampled_from(self.keys))
            yield f"field: {key}"
            chosen = self.some(["direction", "language"] if key.endswith("NAME") else ["direction"], 0, 2)
        elif of.name == "MoneyFilter" and chosen != ["isNull"]:
            chosen = [self.draw(st.sampled_from(("eq", "in", "lt", "lte", "gt", "gte")))]
            yield 'currency: "EUR"'
        for key in chosen:
            field = of.fields[key]
            literal = (
                self.value(field.type, max(depth - _nests(field), 0), where, key)
                if where
                else self.value(field.type, depth, label, name)
            )
            yield f"{key}: {literal}"

    def scalar(self, of: str, label: str, name: str) -> str:
        match of:
            case "Boolean":
                return self.draw(st.sampled_from(("true", "false")))
            case "Int":
                return str(self.draw(st.sampled_from(NUMBERS)))
            case "Float":
                return str(self.draw(st.sampled_from(FLOATS)))
            case "Decimal":
                return _quoted(self.draw(st.sampled_from(AMOUNTS)))
            case "Date":
                return _quoted(self.draw(st.sampled_from(DAYS)))
            case "ID":
                return _quoted(self.draw(st.sampled_from(self.known.ids.get(label) or ("City:none",))))
            case _ if name == "fields":
                return _quoted(self.draw(st.sampled_from(ENDS)))
            case _:
                known = self.known.texts.get((label, name), ())
                return _quoted(self.draw(st.sampled_from((*CODES.get(name, WORDS), *known))))


# --- Types ----------------------------------------------------------------------------------------


def _is_of(record: str, edge: GraphQLObjectType) -> bool:
    """Whether the edges of a connection have a kind of record, or none is needed."""
    noun = record[:1].upper() + record[1:]
    return not record or (edge.name.endswith(f"{noun}Edge") and edge.name != f"{noun}Edge")


def _order_keys(field: GraphQLField) -> tuple[str, ...]:
    """The sort keys that a connection accepts without `near`: a standing only where a day is the default."""
    edge, label = _object(_object(field).fields["edges"]), _composite(_object(field).fields["nodes"]).name
    return tuple(
        name
        for name, by in orders(label).items()
        if not isinstance(by, ByDistance)
        and ("standings" in field.args if isinstance(by, ByStanding) else _is_of(getattr(by, "record", ""), edge))
    )


def _named(field: GraphQLField) -> GraphQLNamedType:
    return get_named_type(field.type)


def _is_leaf(field: GraphQLField) -> bool:
    return isinstance(_named(field), GraphQLScalarType | GraphQLEnumType)


def _composite(field: GraphQLField) -> GraphQLObjectType | GraphQLInterfaceType:
    of = _named(field)
    assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
    return of


def _object(field: GraphQLField) -> GraphQLObjectType:
    of = _named(field)
    assert isinstance(of, GraphQLObjectType)
    return of


def _nests(field: GraphQLInputField) -> bool:
    """Whether conditions on nodes stand in it."""
    of = get_named_type(field.type)
    return of.name.endswith("Where") or "some" in getattr(of, "fields", ())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
