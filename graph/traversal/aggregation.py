"""Write aggregates and groups as Cypher.

The Cypher consists of two parts. The first part is one WITH clause that aggregates the rows of a connection. If the
rows are grouped, the clause also contains the group keys. Counts and most other values are computed in this clause.
Amounts of money, and the nodes of each group, are only collected into lists. The second part consists of subqueries
that read these lists, but only for the groups on the page. The subqueries sum the amounts by currency, and read the
nodes and citations.

If related nodes of the nodes in the lists are also read, the first part is in a separate subquery. The reads of related
nodes may use shared lists, which the statement computes once at its start (`CypherWriter.shared_list`). On ArcadeDB, a
shared list is undefined after a WITH clause that does not contain the list. The WITH clause of the first part cannot
contain the list, because the list would then be a group key and would be compared for every row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.model import Kind, Property
from graph.standing import standing_name
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.fee_years import FEE_COLUMNS
from graph.traversal.ordering import Position, SortTerm, after_position, order_by
from graph.traversal.patterns import Match, match_grouping
from graph.traversal.plan import AggregatePlan, GroupsChild, NodePlan, SourcesKey
from graph.traversal.selection import (
    GroupKey,
    GroupMeasure,
    LabelKey,
    Measure,
    PropertyKey,
    RelatedKey,
    StandingKey,
    StatusKey,
    key_targets,
)

__all__ = ["render_aggregate", "render_groups_part"]

RenderRow = Callable[[CypherWriter, NodePlan, str], str]
"""A function that writes the Cypher lines that read a node, and returns the Cypher expression for the row of the node.

The row is a list of the selected values. The lines match, for example, the related nodes that are selected.
"""

_OPERATORS: Final = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_LAST: Final = "\uffff"
"""The value that replaces a null key in the sort order of groups. It is sorted after every other key."""


MatchRows = Callable[[], Match]
"""A function that writes the Cypher lines that match the rows of a connection.

It returns the matched pattern with its variables.
"""


def render_aggregate(
    writer: CypherWriter, plan: AggregatePlan, match_rows: MatchRows, scope: Sequence[str], render_row: RenderRow
) -> str:
    """Write the lines that aggregate all rows of a connection.

    Return the Cypher expression for the list of computed values. A computed value is a count, a sum, a minimum and so
    on. `scope` contains the variables that the lines of `match_rows` use.
    """

    def write(clause: str) -> tuple[Match, _Figures]:
        match, columns = match_rows(), _Columns(writer)
        figures = _add_figures(columns, plan, match)
        writer.line(f"{clause} {columns.definitions}")
        return match, figures

    if any(source.children for source in plan.sources.values()):
        with writer.call(*scope):
            match, figures = write("RETURN")
    else:
        match, figures = write("WITH")
    return _render_figures(writer, plan, match, figures, render_row)


# --- Figures --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Columns:
    """The columns of a WITH clause: the names of the columns, and the Cypher expressions that define them."""

    writer: CypherWriter
    names: list[str] = field(default_factory=list[str])
    _definitions: list[str] = field(default_factory=list[str])

    @property
    def definitions(self) -> str:
        return ", ".join(self._definitions)

    def add(self, expression: str, prefix: str = "a") -> str:
        """Add a column with this expression as its value, and return the name of the column."""
        name = self.writer.name(prefix)
        self.names.append(name)
        self._definitions.append(f"{expression} AS {name}")
        return name

    def pass_on(self, *variables: str) -> None:
        """Add Cypher variables to the WITH clause under their present names, so that later clauses can use them."""
        self.names.extend(variables)
        self._definitions.extend(variables)


@dataclass(frozen=True, slots=True)
class _Figures:
    """The names of the columns that contain the computed values of a group, such as counts and sums.

    `count` is the name of the column with the number of rows. `measures` contains the column names of every aggregated
    property. `sources` contains the column name of every list of citations.
    """

    count: str
    measures: Sequence[Sequence[str]]
    sources: Sequence[str]


def _subject(match: Match, *, of_record: bool) -> str:
    return match.record if of_record else match.node


def _add_figures(columns: _Columns, plan: AggregatePlan, match: Match) -> _Figures:
    return _Figures(
        columns.add("count(*)"),
        [[columns.add(figure) for figure in _figures(measure, match)] for measure in plan.sorted_measures],
        [columns.add(_cited_rows(key.measure, match)) for key in plan.sorted_sources],
    )


def _figures(measure: Measure, match: Match) -> Sequence[str]:
    """Return the Cypher expressions for the summary values of a property, such as its sum and minimum.

    `graph.traversal.aggregate_readers` expects the values in the order of the result.
    """
    subject, of = _subject(match, of_record=measure.of_record), measure.property
    value = f"{subject}.{of.name}"
    match of.kind:
        case Kind.MONEY:
            return (f"collect(CASE WHEN {value} IS NOT NULL THEN [{subject}.{of.columns[1]}, {value}] END)",)
        case Kind.BOUND:
            opened = f"count(CASE WHEN {value} IS NULL AND {subject}.{of.name}Bound = 'OPEN' THEN 1 END)"
            return (f"count({value})", f"toString(min({value}))", f"toString(max({value}))", opened)
        case Kind.DATE | Kind.PARTIAL_DATE:
            return f"count({value})", f"toString(min({value}))", f"toString(max({value}))"
        case _:
            return f"count({value})", f"sum({value})", f"min({value})", f"max({value})"


def _cited_rows(measure: Measure, match: Match) -> str:
    """Return the Cypher expression for a list from which the citations of a property's values are read.

    If the property belongs to nodes, the list contains every node in which the property is not null. If the property
    belongs to relationships, the list contains one item for every relationship in which the property is not null. This
    item is the list of the relationship's citation ids.
    """
    subject = _subject(match, of_record=measure.of_record)
    cited = f"{subject}.sources" if subject == match.relationship else match.cited or subject
    return f"collect(CASE WHEN {subject}.{measure.property.name} IS NOT NULL THEN {cited} END)"


def _render_figures(
    writer: CypherWriter, plan: AggregatePlan, match: Match, figures: _Figures, render_row: RenderRow
) -> str:
    """Write the subqueries that sum amounts and read citations.

    Return the Cypher expression for the list of computed values, such as counts and sums.
    """
    values = [figures.count]
    for measure, names in zip(plan.sorted_measures, figures.measures, strict=True):
        is_money = measure.property.kind is Kind.MONEY
        values.append(_sum_by_currency(writer, names[0]) if is_money else f"[{', '.join(names)}]")
    for key, name in zip(plan.sorted_sources, figures.sources, strict=True):
        values.append(_render_sources(writer, key, plan.sources[key], match, name, render_row))
    return f"[{', '.join(values)}]"


def _sum_by_currency(writer: CypherWriter, amounts: str) -> str:
    result = writer.name("x")
    with writer.call(amounts):
        amount = writer.name("v")
        writer.line(f"UNWIND {amounts} AS {amount}")
        columns = _Columns(writer)
        currency = columns.add(f"{amount}[0]", "k")
        for function in ("count", "sum", "min", "max"):
            columns.add(f"{function}({amount}[1])")
        writer.line(f"WITH {columns.definitions}")
        writer.line(f"ORDER BY {currency}")
        writer.line(f"RETURN collect([{', '.join(columns.names)}]) AS {result}")
    return result


def _render_sources(
    writer: CypherWriter, key: SourcesKey, plan: NodePlan, match: Match, rows: str, render_row: RenderRow
) -> str:
    result = writer.name("x")
    with writer.call(rows):
        row, citation = writer.name("v"), writer.name("n")
        writer.line(f"UNWIND {rows} AS {row}")
        if _subject(match, of_record=key.measure.of_record) == match.relationship:
            node_id = writer.name("id")
            writer.line(f"UNWIND {row} AS {node_id}")
            writer.line(f"WITH DISTINCT {node_id}")
            writer.line(f"MATCH ({citation}:Citation {{id: {node_id}}})")
        else:
            cites = writer.name("r")
            writer.line(f"MATCH ({row})-[{cites}:CITES]->({citation}:Citation)")
            supports = f"coalesce({cites}.supports, [])"
            columns = FEE_COLUMNS if match.cited else (key.measure.property.name,)
            supported = " OR ".join(f"{writer.parameter(column)} IN {supports}" for column in columns)
            writer.line(f"WHERE size({supports}) = 0 OR {supported}")
        limit = f"ORDER BY {citation}.id LIMIT {writer.parameter(key.size)}"
        writer.line(f"WITH DISTINCT {citation} {limit}")
        writer.line(f"RETURN collect({citation if plan.children else render_row(writer, plan, citation)}) AS {result}")
    return _render_nodes(writer, plan, result, render_row) if plan.children else result


def _render_nodes(writer: CypherWriter, plan: NodePlan, nodes: str, render_row: RenderRow) -> str:
    """Write a Cypher subquery that reads the nodes in the list `nodes`.

    Return the variable that contains the rows of the nodes. The row of a node is a list of its selected values.
    """
    result = writer.name("x")
    with writer.call(nodes):
        node = writer.name("n")
        writer.line(f"UNWIND {nodes} AS {node}")
        writer.line(f"RETURN collect({render_row(writer, plan, node)}) AS {result}")
    return result


# --- Groups ---------------------------------------------------------------------------------------


def render_groups_part(
    writer: CypherWriter,
    child: GroupsChild,
    part: str,
    match_rows: MatchRows,
    scope: Sequence[str],
    terms: Sequence[SortTerm],
    render_row: RenderRow,
) -> str:
    """Write the lines that group the rows. Return the Cypher expression for the part `part` of the result.

    The result is a page of groups. Its parts, such as "edges" or "total", are listed in `GroupsChild.parts`. `scope`
    contains the variables that the lines of `match_rows` use. `terms` are the sort terms of the connection. They also
    determine the order of the nodes that are listed in a group.
    """
    if part == "edges":
        order = terms if child.nodes else None
        if not any(plan.children for plan in child.plans):
            groups = _Groups(writer, child, match_rows(), order)
            groups.write_page()
        else:
            with writer.call(*scope):
                groups = _Groups(writer, child, match_rows(), order)
                groups.write_page()
                groups.write_return()
        return groups.render_page(render_row)
    if part == "scheme":
        scheme = writer.name("n")
        writer.line(f"MATCH ({scheme}:ThemeScheme {{id: {writer.parameter(child.key.scheme)}}})")
        return f"count({scheme})"
    groups = _Groups(writer, child, match_rows(), None)
    match part:
        case "total":
            groups.render_conditions()
        case _:
            position = child.key.before if part == "later" else child.key.after
            assert position is not None
            groups.render_conditions(groups.after(position, backward=part == "earlier", inclusive=True))
            writer.line("WITH 1 AS one LIMIT 1")
    return "count(*)"


class _Groups:
    """A writer of the Cypher lines that group the rows of a connection.

    `terms` are the sort terms of the nodes that are listed in a group, or None if no nodes are listed.
    """

    def __init__(
        self, writer: CypherWriter, child: GroupsChild, match: Match, terms: Sequence[SortTerm] | None
    ) -> None:
        self._writer, self._child, self._match = writer, child, match
        keys = self._write_rows(terms)
        self._columns = _Columns(writer)
        self._keys = [self._columns.add(key, "g") for key in keys]
        last = writer.parameter(_LAST)
        self._ids = [f"coalesce({key}, {last})" for key in self._keys]
        measures = (*(order.by for order in child.key.order), *(having.of for having in child.key.having))
        self._measures = {
            measure: self._columns.add(_measure_expression(writer, measure, match), "h")
            for measure in dict.fromkeys(measures)
        }
        ordered = (self._measures[order.by] for order in child.key.order)
        self._ordered = list(zip(child.key.terms, ordered, strict=True))
        self._figures: _Figures | None = None
        self._nodes: dict[int, str] = {}

    def _write_rows(self, terms: Sequence[SortTerm] | None) -> Sequence[str]:
        """Write the lines that match the related nodes by which the rows are grouped.

        Return the Cypher expressions of the group keys.
        """
        writer, match = self._writer, self._match
        keys = [_key_expression(writer, key, match) for key in self._child.key.keys]
        distinct = self._child.key.overlaps
        if not distinct and terms is None:
            return keys
        rows = _Columns(writer)
        rows.pass_on(*match.variables)
        names = [rows.add(key, "k") for key in keys]
        ordered = [(term, rows.add(term.expression(writer, match), "k")) for term in terms or ()]
        writer.project(rows.definitions, distinct=distinct)
        if terms is not None:
            writer.line(f"ORDER BY {order_by(ordered, match.ids, backward=False)}")
        return names

    def after(self, position: Position, *, backward: bool, inclusive: bool = False) -> str:
        """Return a Cypher condition that is true for a group after a position.

        If `backward` is true, return a condition that is true for a group before the position.
        """
        predicate = after_position(
            self._writer, self._ordered, self._ids, position, backward=backward, inclusive=inclusive
        )
        return f"({predicate})"

    def render_conditions(self, *conditions: str) -> None:
        """Write the lines that aggregate the rows into groups, and keep only the groups that meet the conditions."""
        writer = self._writer
        writer.project(self._columns.definitions, *(() if self._has_aggregate else ("count(*) AS rows",)))
        having = (
            f"{self._measures[having.of]} {_OPERATORS[having.operator]} {writer.parameter(having.value)}"
            for having in self._child.key.having
        )
        if found := (*having, *conditions):
            writer.line(f"WHERE {' AND '.join(found)}")

    @property
    def _has_aggregate(self) -> bool:
        return len(self._columns.names) > len(self._keys)

    def write_page(self) -> None:
        """Write the lines that compute the columns of each group on the page.

        The lines keep the groups in their order.
        """
        writer, child, columns = self._writer, self._child, self._columns
        key = child.key
        self._figures = _add_figures(columns, child.aggregate, self._match)
        self._nodes = {size: columns.add(self._first_nodes(size)) for size in sorted(child.nodes)}
        bounds = ((key.after, False), (key.before, True))
        after = [self.after(position, backward=backward) for position, backward in bounds if position is not None]
        self.render_conditions(*after)
        if after or key.having:
            writer.project(*columns.names)
        writer.line(f"ORDER BY {order_by(self._ordered, self._ids, backward=key.backward)}")
        writer.line(f"LIMIT {writer.parameter(key.size + child.fetches_extra_row)}")

    def write_return(self) -> None:
        """Write the RETURN line of a subquery, which returns the columns of the groups."""
        self._writer.line(f"RETURN {', '.join(self._columns.names)}")

    def render_page(self, render_row: RenderRow) -> str:
        """Write the lines that read the nodes of the groups. Return the Cypher expression for the list of groups."""
        writer, child, key = self._writer, self._child, self._child.key
        assert self._figures is not None
        group = [f"[{', '.join(self._keys)}]"]
        group.append(_render_figures(writer, child.aggregate, self._match, self._figures, render_row))
        for index, plan in sorted(child.key_nodes.items()):
            node = writer.name("n")
            labels = "|".join(key_targets(key.keys[index]))
            # The id '' matches no node. For a null id, ArcadeDB would scan all nodes of the label.
            writer.line(f"OPTIONAL MATCH ({node}:{labels} {{id: coalesce({self._keys[index]}, '')}})")
            group.append(render_row(writer, plan, node))
        group += (_render_nodes(writer, child.nodes[size], name, render_row) for size, name in self._nodes.items())
        if child.cursors:
            group.append(f"[{', '.join((*(value for _, value in self._ordered), *self._ids))}]")
        return f"collect([{', '.join(group)}])"

    def _first_nodes(self, size: int) -> str:
        match = self._match
        nodes = f"DISTINCT {match.cited}" if match.cited else match.node
        return f"collect({nodes})[0..{self._writer.parameter(size)}]"


def _key_expression(writer: CypherWriter, key: GroupKey, match: Match) -> str:
    """Return the Cypher expression for the value of a group key. The value is a text or null.

    If the value is the id of a related node, also write the lines that match this node.
    """
    match key:
        case LabelKey():
            return f"labels({match.node})[0]"
        case RelatedKey(grouping=grouping, scheme=scheme):
            start = match.between if match.cited and match.between else match.node
            pattern, node = match_grouping(writer, grouping, start)
            if scheme is not None:
                pattern += f"-[:IN_SCHEME]->(:ThemeScheme {{id: {writer.parameter(scheme)}}})"
            writer.line(f"OPTIONAL MATCH {pattern}")
            return f"{node}.id"
        case StatusKey(on=on):
            day, change = writer.parameter(f"{on.isoformat()}~"), writer.name("v")  # sorts after all changes of the day
            latest = f"last([{change} IN coalesce({match.node}.statusChanges, []) WHERE {change} < {day}])"
            return f"CASE WHEN size({latest}) > 11 THEN substring({latest}, 11) END"
        case StandingKey():
            assert match.standing is not None
            return standing_name(match.standing)
        case PropertyKey(property=of, part=part):
            subject = _subject(match, of_record=bool(key.record))
            return _property_key(of, subject, part)


def _property_key(of: Property, subject: str, part: str | None) -> str:
    value = f"{subject}.{of.name}"
    if part == "YEAR":
        return f"substring(toString({value}), 0, 4)"
    if part == "MONTH":
        month = f"substring(toString({value}), 0, 7)"
        if of.kind is Kind.DATE:
            return month
        return f"CASE WHEN {subject}.{of.name}Precision = 'YEAR' THEN null ELSE {month} END"
    return value if of.kind in (Kind.STRING, Kind.VOCABULARY, Kind.REF) else f"toString({value})"


def _measure_expression(writer: CypherWriter, measure: GroupMeasure, match: Match) -> str:
    """Return the Cypher expression for the value by which groups are sorted or filtered: the number of rows, or a sum.

    A sum is null if no row of the group has a value.
    """
    if measure.measure is None:
        return "count(*)"
    subject, of = _subject(match, of_record=measure.measure.of_record), measure.measure.property
    value = f"{subject}.{of.name}"
    if measure.currency is not None:
        value = f"CASE WHEN {subject}.{of.columns[1]} = {writer.parameter(measure.currency)} THEN {value} END"
    return f"CASE WHEN count({value}) = 0 THEN null ELSE sum({value}) END"
