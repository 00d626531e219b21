"""Write a query plan as Cypher.

The statement returns every node as a list of values, in the order that `graph.traversal.plan` defines. A single related
node is matched by OPTIONAL MATCH. A list or page of related nodes is matched in a CALL subquery, which sorts and limits
the nodes before further nodes are read from them. A connection at the root of a query may need no subquery (see
`needs_no_subquery`).

The statement returns lists and not maps, because lists take half the bytes, and because ArcadeDB returns wrong results
for a map that contains a map projection.
"""

from collections.abc import Sequence
from typing import NamedTuple

from graph.model import SHOWN_INSTEAD, Association, Path, label
from graph.standing import standing_name
from graph.traversal.aggregation import render_aggregate, render_groups_part
from graph.traversal.child_keys import GroupsKey, ListKey, OneKey, PageKey, ReferenceKey
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.fee_years import match_fee_years
from graph.traversal.node_sets import node_set, render_bound_condition, uses_node_set, write_index_lookup
from graph.traversal.ordering import Position, SortTerm, after_position, order_by
from graph.traversal.patterns import Match, match_end, match_label
from graph.traversal.plan import ChildPlan, Column, GroupsChild, NodePlan, NodesChild, PageChild
from graph.traversal.predicates import render_predicate
from graph.traversal.selection import YearRange

__all__ = ["canonicalise", "needs_no_subquery", "render_fetch", "render_page", "render_root_page"]


# --- The canonical order --------------------------------------------------------------------------


def canonicalise(plan: NodePlan) -> None:
    """Sort the columns and related nodes that a plan reads, so that equal selections give equal Cypher text."""
    children: list[ChildPlan] = [*plan.nodes.values(), *plan.pages.values()]
    for child in children:
        canonicalise_child(child)
    has_ties = len({child.key.sort_key for child in children}) < len(children)
    plan.fix_order(sorted(children, key=_sort_key_with_text if has_ties else _sort_key))


def canonicalise_child(child: ChildPlan) -> None:
    for plan in child.plans:
        canonicalise(plan)
    if isinstance(child, PageChild):
        child.groups = dict(sorted(child.groups.items(), key=lambda item: repr(item[0])))


def _sort_key(child: ChildPlan) -> tuple[object, ...]:
    return child.key.sort_key


def _sort_key_with_text(child: ChildPlan) -> tuple[object, ...]:
    """Return a sort key for a child: the sort key of `child.key`, followed by the child's Cypher text and parameters.

    A child is a related node, list or page to read. If two children have equal sort keys in `child.key`, their texts
    and parameters determine the order.
    """
    writer = CypherWriter()
    _render_child(writer, child, "n")
    return (*child.key.sort_key, writer.text, repr(writer.parameters))


# --- Nodes ----------------------------------------------------------------------------------------


def render_fetch(writer: CypherWriter, label: str, ids: str, plan: NodePlan) -> str:
    """Write a subquery that reads nodes by id. Return the name of the variable that contains the rows of the nodes.

    `ids` is the placeholder of the parameter with the ids.
    """
    result = writer.name("x")
    with writer.call():
        key, node = writer.name("id"), writer.name("n")
        writer.line(f"UNWIND {ids} AS {key}")
        writer.line(f"MATCH ({node}:{label} {{id: {key}}})")
        row = _render_row(writer, plan, node)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _render_row(writer: CypherWriter, plan: NodePlan, variable: str) -> str:
    """Write the Cypher lines that read a node. Return the Cypher expression for the row of the node.

    The row is a list of the selected values. The lines match, for example, the related nodes that are selected.
    """
    return f"[{', '.join(_render_row_values(writer, plan, variable))}]"


def _render_row_values(writer: CypherWriter, plan: NodePlan, variable: str) -> list[str]:
    values = [_render_column(variable, column) for column in plan.leading_columns]
    if plan.has_label_column:
        values.append(f"labels({variable})[0]")
    values.extend(_render_column(variable, column) for column in plan.sorted_columns)
    values.extend(_render_child(writer, child, variable) for child in plan.children)
    return values


def _render_child_row(writer: CypherWriter, child: NodesChild, match: Match) -> str:
    """Return the Cypher expression for the row of a related node, which is a list of its selected values.

    If the relationship to the node is also selected, the last value of the row is the row of the relationship.
    """
    values = _render_row_values(writer, child.plan, match.node)
    if child.relationship is not None and match.relationship is not None:
        values.append(_render_row(writer, child.relationship, match.relationship))
    return f"[{', '.join(values)}]"


def _render_column(variable: str, column: Column) -> str:
    values = ", ".join(f"{variable}.{name}" for name in column.names)
    value = values if len(column.names) == 1 else f"coalesce({values})"
    return f"toString({value})" if column.is_date else value


def _render_child(writer: CypherWriter, child: ChildPlan, start: str) -> str:
    """Write the Cypher lines that read a child of the node `start`. Return the Cypher expression for the child's data.

    A child is a related node, a list of nodes or a page.
    """
    if isinstance(child, PageChild):
        return render_page(writer, child, start)
    match child.key:
        case OneKey(role):
            match = match_end(writer, role.end, start, relationship=child.relationship is not None)
            writer.line(f"OPTIONAL MATCH {match.pattern}")
            return _render_child_row(writer, child, match)
        case ListKey():
            return _render_list(writer, child, child.key, start)
        case ReferenceKey(many=False) as key:
            node = writer.name("n")
            # The id '' matches no node. For a null id, ArcadeDB would scan all nodes of the label.
            writer.line(f"OPTIONAL MATCH ({node}:{key.target} {{id: coalesce({start}.{key.column}, '')}})")
            return _render_row(writer, child.plan, node)
        case ReferenceKey() as key:
            return _render_references(writer, child, key, start)


def _render_list(writer: CypherWriter, child: NodesChild, key: ListKey, start: str) -> str:
    result = writer.name("x")
    with writer.call(start):
        with_relationship = child.relationship is not None
        match = match_end(writer, key.role.end, start, relationship=with_relationship or key.supporting is not None)
        supports: list[str] = []
        names = f"coalesce({match.relationship}.supports, [])"
        if key.supporting is not None:
            is_supporting = f"size({names}) = 0 OR {writer.parameter(key.supporting)} IN {names}"
            if shown := SHOWN_INSTEAD.get(key.supporting):
                is_supporting += f" OR {start}.{key.supporting} IS NULL AND {writer.parameter(shown)} IN {names}"
            supports.append(f"({is_supporting})")
        _write_match(writer, match, *supports)
        node = match.node
        first = f"{node}.{key.order} IS NULL, {node}.{key.order}, " if key.order else ""
        if key.supporting is not None:
            first = f"size({names}) = 0, "
        variables = match.variables if with_relationship or key.supporting is not None else (node,)
        writer.project(*variables, suffix=f" ORDER BY {first}{node}.id")
        row = _render_child_row(writer, child, match)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _render_references(writer: CypherWriter, child: NodesChild, key: ReferenceKey, start: str) -> str:
    result = writer.name("x")
    with writer.call(start):
        node_id, node = writer.name("id"), writer.name("n")
        writer.line(f"UNWIND {start}.{key.column} AS {node_id}")
        writer.line(f"MATCH ({node}:{key.target} {{id: {node_id}}})")
        writer.project(node, suffix=f" ORDER BY {node}.id")
        row = _render_row(writer, child.plan, node)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _write_match(writer: CypherWriter, match: Match, *more: str) -> None:
    writer.line(f"MATCH {match.pattern}")
    conditions = (*match.conditions, *more)
    if conditions:
        writer.line(f"WHERE {' AND '.join(conditions)}")


# --- Connections ----------------------------------------------------------------------------------


def render_page(writer: CypherWriter, child: PageChild, start: str | None = None) -> str:
    """Write a subquery for each part of a connection, such as its edges or its total count.

    Return the Cypher expression for the list of the parts, in the order of `PageChild.parts`. `start` is the variable
    of the node at which the connection starts, or None for a connection at the root of the query.
    """
    results: list[str] = []
    for part in child.parts:
        result = writer.name("x")
        results.append(result)
        with writer.call(*((start,) if start else ())):
            writer.line(f"RETURN {_render_part(writer, child, part, start)} AS {result}")
    return f"[{', '.join(results)}]"


def _render_groups(writer: CypherWriter, child: PageChild, key: GroupsKey, start: str | None) -> str:
    """Write the lines that read a page of groups. Return the Cypher expression of the page.

    The expression is a list of the groups and the other parts of the page that are needed, such as the total number
    (see the property `parts` of the groups). `start` is the variable of the node at which the connection starts. For a
    connection at the root of the query, it is None.
    """
    groups = child.groups[key]
    results: list[str] = []
    for part in groups.parts:
        if len(groups.parts) == 1:
            return f"[{_render_groups_part(writer, child, groups, part, start)}]"
        result = writer.name("x")
        results.append(result)
        with writer.call(*((start,) if start else ())):
            writer.line(f"RETURN {_render_groups_part(writer, child, groups, part, start)} AS {result}")
    return f"[{', '.join(results)}]"


def _render_groups_part(
    writer: CypherWriter, child: PageChild, groups: GroupsChild, part: str, start: str | None
) -> str:
    return render_groups_part(
        writer,
        groups,
        part,
        lambda: _match_rows(writer, child.key, start, relationship=True),
        (start,) if start else (),
        child.key.terms,
        _render_row,
    )


def needs_no_subquery(child: PageChild) -> bool:
    """Return whether a connection at the root of a query is written without a subquery.

    This is faster on ArcadeDB. In a subquery, ArcadeDB does not use an index for a list of values, and scans a label
    more slowly. However, the count of all nodes of a label is fast only in a subquery. A subquery is also needed if
    several parts of the connection are selected, or if related nodes of the connection's nodes are selected.
    """
    if child.parts == ("total",):
        return not _is_whole_label(child.key)
    return len(child.parts) == 1 and not any(plan.children for plan in child.plans)


def render_root_page(writer: CypherWriter, child: PageChild) -> str:
    """Write, without a subquery, the lines that read a connection at the root of a query.

    The connection must have a single part, such as its edges or its total count. Return the Cypher expression for a
    list that contains only this part.
    """
    return f"[{_render_part(writer, child, child.parts[0], None)}]"


def _render_part(writer: CypherWriter, child: PageChild, part: str | GroupsKey, start: str | None) -> str:
    """Write the lines that compute a part of a connection. Return the Cypher expression for the part.

    `part` is one of `PageChild.parts`, such as "edges" or "total".
    """
    match part:
        case GroupsKey():
            return _render_groups(writer, child, part, start)
        case "aggregate":
            assert child.aggregate is not None
            of_record = any(measure.of_record for measure in child.aggregate.measures)
            return render_aggregate(
                writer,
                child.aggregate,
                lambda: _match_rows(writer, child.key, start, relationship=of_record),
                (start,) if start else (),
                _render_row,
            )
        case "edges":
            return _render_edges(writer, child, start)
        case "total":
            _match_rows(writer, child.key, start)
            return "count(*)"
        case _:
            return _render_rows_outside(writer, child.key, start, later=part == "later")


class Bound(NamedTuple):
    """The condition that a row comes after a position or, if `backward` is true, before the position.

    If `inclusive` is true, the row at the position also meets the condition.
    """

    position: Position
    backward: bool
    inclusive: bool = False

    def predicate(self, writer: CypherWriter, ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str]) -> str:
        """Return the condition as a Cypher predicate.

        `ordered` contains pairs of a sort term and the expression for its value.
        """
        predicate = after_position(
            writer, ordered, ids, self.position, backward=self.backward, inclusive=self.inclusive
        )
        return f"({predicate})"


def _match_rows(
    writer: CypherWriter, key: PageKey, start: str | None, bounds: Sequence[Bound] = (), *, relationship: bool = False
) -> Match:
    """Write the lines that match the rows of a connection. Return the matched pattern with its variables.

    `bounds` are conditions that a row comes after or before a position. If all sort values are stored in the database,
    the MATCH clause tests the bounds. Otherwise the caller must test them. A test in the MATCH clause takes a third of
    the time of a later test.
    """
    if isinstance(key.source, YearRange):
        assert start is not None
        return match_fee_years(writer, key.source, start, include_applied=key.include_applied, standings=key.standings)
    if start is None or key.end is None:
        if uses_node_set(key.where):
            return _match_set_rows(writer, key, bounds)
        match, more = _match_root_rows(writer, key)
    else:
        match = match_end(
            writer,
            key.end,
            start,
            key.on,
            include_applied=key.include_applied,
            standings=key.standings,
            relationship=relationship or key.reads_record,
            all_time=key.all_time,
        )
        more = _end_conditions(writer, key, key.end, match)
    _write_match(writer, match, *more, *_bound_predicates(writer, key, match, bounds))
    return match


def _end_conditions(writer: CypherWriter, key: PageKey, end: Association | Path, match: Match) -> list[str]:
    """Return the Cypher predicates for the filters of a connection that starts at a node.

    The predicates test the nodes of the connection. They also test the relationships, or the intermediate nodes of a
    path, that lead to these nodes.
    """
    found = render_bound_condition(writer, _target(end), key.where, match.node) if key.where else []
    if key.edge_where is None:
        return found
    if isinstance(end, Path):
        return [*found, *render_bound_condition(writer, end.between, key.edge_where, match.record)]
    return [*found, render_predicate(writer, key.edge_where, match.record)]


def _match_root_rows(writer: CypherWriter, key: PageKey) -> tuple[Match, list[str]]:
    """Return the pattern of a connection at the root of the query, and the Cypher predicates for the filter.

    The caller writes the MATCH clause. In a subquery, ArcadeDB uses an index for a single value but not for a list of
    values. Therefore, if the statement is currently in a subquery and the index would need a list of values, this
    function also writes an UNWIND line for the list.
    """
    column, operand, where = write_index_lookup(writer, key.where) or (None, None, key.where)
    match = match_label(writer, str(key.source), key.on)
    more = [f"{match.node}.{column} {operand}"] if column else []
    if where:
        more.append(render_predicate(writer, where, match.node))
    return match, more


def _match_set_rows(writer: CypherWriter, key: PageKey, bounds: Sequence[Bound]) -> Match:
    """Write the Cypher lines that match the rows of a connection at the root of the query. Return the matched pattern.

    The rows come from a list of nodes. The statement computes this list once for all parts of the page.
    """
    assert key.where is not None
    nodes = node_set(writer, str(key.source), key.where)
    match = match_label(writer, str(key.source), key.on)
    writer.line(f"UNWIND {nodes} AS {match.node}")
    conditions = (*match.conditions, *_bound_predicates(writer, key, match, bounds))
    if conditions:
        writer.project(match.node)
        writer.line(f"WHERE {' AND '.join(conditions)}")
    return match


def _bound_predicates(writer: CypherWriter, key: PageKey, match: Match, bounds: Sequence[Bound]) -> list[str]:
    if not bounds or not _sorts_by_stored_values(key):
        return []
    ordered = [(term, term.expression(writer, match)) for term in key.terms]
    return [bound.predicate(writer, ordered, match.ids) for bound in bounds]


def _target(end: Association | Path) -> str:
    return end.target if isinstance(end, Path) else end.targets[0]


def _is_whole_label(key: PageKey) -> bool:
    """Return whether a connection at the root of the query returns all nodes of a label, without a filter.

    In that case, Neo4j and ArcadeDB return the number of rows from a stored count, without a scan.
    """
    return key.where is None and (key.on is None or not label(str(key.source)).has_period)


def _sorts_by_stored_values(key: PageKey) -> bool:
    return all(term.is_stored for term in key.terms)


def _bind_bounded_sort_keys(
    writer: CypherWriter, key: PageKey, match: Match, bounds: Sequence[Bound]
) -> list[tuple[SortTerm, str]]:
    """Write the lines that bind each sort value to a variable and keep only the rows that meet all `bounds`.

    A bound is the condition that a row comes after or before a position. Returns a list of pairs. Each pair contains a
    sort term and the variable of its value.
    """
    ordered = _bind_sort_keys(writer, key.terms, match)
    if bounds and not _sorts_by_stored_values(key):
        writer.line(f"WHERE {' AND '.join(bound.predicate(writer, ordered, match.ids) for bound in bounds)}")
        writer.project(*match.variables, *(value for _, value in ordered))
    return ordered


def _render_edges(writer: CypherWriter, child: PageChild, start: str | None) -> str:
    """Write the lines that match the edges of a page. Return the Cypher expression for the list of edges."""
    key, positions = child.key, ((child.key.after, False), (child.key.before, True))
    bounds = [Bound(position, backward) for position, backward in positions if position is not None]
    match = _match_rows(writer, key, start, bounds, relationship=child.relationship is not None)
    ordered = _bind_bounded_sort_keys(writer, key, match, bounds)
    writer.line(f"ORDER BY {order_by(ordered, match.ids, backward=key.backward)}")
    writer.line(f"LIMIT {writer.parameter(key.size + child.fetches_extra_row)}")
    edge = [_render_row(writer, child.plan, match.node)]
    if child.between is not None and match.between is not None:
        edge.append(_render_row(writer, child.between, match.between))
    if child.relationship is not None and match.relationship is not None:
        edge.append(_render_row(writer, child.relationship, match.relationship))
    if child.standing:
        edge.append(standing_name(match.standing) if match.standing else "null")
    if child.cursors:
        edge.append(f"[{', '.join(value for _, value in ordered)}]")
    return f"collect([{', '.join(edge)}])"


def _render_rows_outside(writer: CypherWriter, key: PageKey, start: str | None, *, later: bool) -> str:
    """Write the lines that look for rows on one side of the page. Return a Cypher expression that is 1 or 0.

    The expression is 1 if there is at least one row on that side. If `later` is true, the side consists of the row at
    the cursor `before` and all later rows. If `later` is false, it consists of the row at the cursor `after` and all
    earlier rows.
    """
    position = key.before if later else key.after
    assert position is not None
    bounds = [Bound(position, backward=not later, inclusive=True)]
    match = _match_rows(writer, key, start, bounds)
    if not _sorts_by_stored_values(key):
        _bind_bounded_sort_keys(writer, key, match, bounds)
    writer.line("WITH 1 AS one LIMIT 1")
    return "count(*)"


def _bind_sort_keys(writer: CypherWriter, terms: Sequence[SortTerm], match: Match) -> list[tuple[SortTerm, str]]:
    """Write the line that binds the sort values of the rows to variables.

    Return pairs of a sort term and the variable of its value.
    """
    ordered = [(term, writer.name("k")) for term in terms]
    values = (f"{term.expression(writer, match)} AS {value}" for term, value in ordered)
    writer.project(*match.variables, *values)
    return ordered
