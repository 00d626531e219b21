"""Render a plan as Cypher.

Every node becomes a list of values in the order of `graph.traversal.plan`. A single node is found by OPTIONAL MATCH.
Lists and pages are found in a CALL each, which sorts and limits the rows before it reads anything deeper. A root list
without deeper levels needs no CALL: see `needs_no_subquery`.

Lists take half the bytes of maps, and ArcadeDB returns wrong results for a map that contains a map projection.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from graph.model import label
from graph.traversal.child_keys import ListKey, OneKey, PageKey, ReferredKey
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.ordering import Position, SortTerm, after_position, order_by
from graph.traversal.patterns import Match, match_end, match_label
from graph.traversal.plan import ChildPlan, Column, NodePlan, NodesChild, PageChild
from graph.traversal.predicates import indexed_in_list, is_selective, render_predicate
from graph.traversal.selection import Scalar

__all__ = ["canonicalise", "needs_no_subquery", "render_fetch", "render_page", "render_root_page"]

_MAX_SORT_TERMS_IN_MEMORY: Final = 1
"""How many terms an order may have, beside the id, for what it says of all rows to be held at once."""


# --- The canonical order --------------------------------------------------------------------------


def canonicalise(place: NodePlan) -> None:
    """Fix the order of every row of the plan, so that equal selections give equal text."""
    children: list[ChildPlan] = [*place.nodes.values(), *place.pages.values()]
    for child in children:
        settle_child(child)
    alike = len({child.key.sort_key for child in children}) < len(children)
    place.settle(sorted(children, key=_rank_and_text if alike else _rank))


def settle_child(child: ChildPlan) -> None:
    for place in child.places:
        canonicalise(place)


def _rank(child: ChildPlan) -> tuple[object, ...]:
    return child.key.sort_key


def _rank_and_text(child: ChildPlan) -> tuple[object, ...]:
    """Sort key of children with equal ranks: their text, then their values."""
    writer = CypherWriter()
    _child(writer, child, "n")
    return (*child.key.sort_key, writer.text, repr(writer.parameters))


# --- Places ---------------------------------------------------------------------------------------


def render_fetch(writer: CypherWriter, label: str, ids: str, place: NodePlan) -> str:
    """Write the query of nodes of a label by id and return the variable of the list of rows."""
    result = writer.name("x")
    with writer.call():
        key, node = writer.name("id"), writer.name("n")
        writer.line(f"UNWIND {ids} AS {key}")
        writer.line(f"MATCH ({node}:{label} {{id: {key}}})")
        row = _row(writer, place, node)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _row(writer: CypherWriter, place: NodePlan, variable: str) -> str:
    """Write what a row needs and return its expression."""
    return f"[{', '.join(_row_values(writer, place, variable))}]"


def _row_values(writer: CypherWriter, place: NodePlan, variable: str) -> list[str]:
    values = [_column(variable, column) for column in place.head]
    if place.labelled:
        values.append(f"labels({variable})[0]")
    values.extend(_column(variable, column) for column in place.sorted_columns)
    values.extend(_child(writer, child, variable) for child in place.children)
    return values


def _child_row(writer: CypherWriter, child: NodesChild, match: Match) -> str:
    """Return the row of a node, with the row of its relationship last if the plan has one."""
    values = _row_values(writer, child.place, match.node)
    if child.relationship is not None and match.relationship is not None:
        values.append(_row(writer, child.relationship, match.relationship))
    return f"[{', '.join(values)}]"


def _column(variable: str, column: Column) -> str:
    values = ", ".join(f"{variable}.{name}" for name in column.names)
    found = values if len(column.names) == 1 else f"coalesce({values})"
    return f"toString({found})" if column.is_date else found


def _child(writer: CypherWriter, child: ChildPlan, start: str) -> str:
    """Write what a child needs and return its expression in the row of `start`."""
    if isinstance(child, PageChild):
        return render_page(writer, child, start)
    match child.key:
        case OneKey(role):
            match = match_end(writer, role.end, start, relationship=child.relationship is not None)
            writer.line(f"OPTIONAL MATCH {match.pattern}")
            return _child_row(writer, child, match)
        case ListKey():
            return _list(writer, child, child.key, start)
        case ReferredKey(many=False) as key:
            node = writer.name("n")
            # '' is no node's id; on null, ArcadeDB would look through all nodes of the label.
            writer.line(f"OPTIONAL MATCH ({node}:{key.target} {{id: coalesce({start}.{key.column}, '')}})")
            return _row(writer, child.place, node)
        case ReferredKey() as key:
            return _referred(writer, child, key, start)


def _list(writer: CypherWriter, child: NodesChild, key: ListKey, start: str) -> str:
    result = writer.name("x")
    with writer.call(start):
        with_relationship = child.relationship is not None
        match = match_end(writer, key.role.end, start, relationship=with_relationship or key.supporting is not None)
        supports: list[str] = []
        if key.supporting is not None:
            named = f"coalesce({match.relationship}.supports, [])"
            supports.append(f"(size({named}) = 0 OR {writer.parameter(key.supporting)} IN {named})")
        _match(writer, match, *supports)
        node = match.node
        first = f"{node}.{key.order} IS NULL, {node}.{key.order}, " if key.order else ""
        variables = ", ".join(match.variables) if with_relationship else node
        writer.line(f"WITH {variables} ORDER BY {first}{node}.id")
        row = _child_row(writer, child, match)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _referred(writer: CypherWriter, child: NodesChild, key: ReferredKey, start: str) -> str:
    result = writer.name("x")
    with writer.call(start):
        node_id, node = writer.name("id"), writer.name("n")
        writer.line(f"UNWIND {start}.{key.column} AS {node_id}")
        writer.line(f"MATCH ({node}:{key.target} {{id: {node_id}}})")
        writer.line(f"WITH {node} ORDER BY {node}.id")
        row = _row(writer, child.place, node)
        writer.line(f"RETURN collect({row}) AS {result}")
    return result


def _match(writer: CypherWriter, match: Match, *more: str) -> None:
    writer.line(f"MATCH {match.pattern}")
    conditions = (*match.conditions, *more)
    if conditions:
        writer.line(f"WHERE {' AND '.join(conditions)}")


# --- Connections ----------------------------------------------------------------------------------


def render_page(writer: CypherWriter, child: PageChild, start: str | None = None) -> str:
    """Write the subqueries of a connection and return the list of its parts; at the root without `start`."""
    parts = child.parts
    results: list[str] = []
    if start is None and parts[:2] == ("edges", "total") and _is_small(child.key):
        results.extend(_edges_and_total(writer, child))
        parts = parts[2:]
    for part in parts:
        result = writer.name("x")
        results.append(result)
        with writer.call(*((start,) if start else ())):
            writer.line(f"RETURN {_part(writer, child, part, start)} AS {result}")
    return f"[{', '.join(results)}]"


def needs_no_subquery(child: PageChild) -> bool:
    """True if one pattern without a subquery answers a root connection, and faster.

    In a subquery, ArcadeDB uses no index for a list of values and compares all nodes of a label more slowly. The number
    of all nodes of a label, however, is fast only in a subquery.
    """
    if child.parts == ("total",):
        return not _is_whole_label(child.key)
    return len(child.parts) == 1 and not any(place.children for place in child.places)


def render_root_page(writer: CypherWriter, child: PageChild) -> str:
    """Render a root connection that needs no subquery."""
    return f"[{_part(writer, child, child.parts[0], None)}]"


def _part(writer: CypherWriter, child: PageChild, part: str, start: str | None) -> str:
    """Write what a part needs and return its expression."""
    match part:
        case "edges":
            return _edges(writer, child, start)
        case "total":
            _matching(writer, child.key, start)
            return "count(*)"
        case _:
            return _outside(writer, child.key, start, later=part == "later")


class Bound(NamedTuple):
    """Rows after a position in an order, or before it if `backward`; including the row there if `inclusive`."""

    position: Position
    backward: bool
    inclusive: bool = False

    def predicate(self, writer: CypherWriter, ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str]) -> str:
        """Return the predicate; `ordered` contains the expression of each term."""
        found = after_position(writer, ordered, ids, self.position, backward=self.backward, inclusive=self.inclusive)
        return f"({found})"


def _matching(
    writer: CypherWriter, key: PageKey, start: str | None, bounds: Sequence[Bound] = (), *, relationship: bool = False
) -> Match:
    """Match all rows of a connection; if it is sorted by stored values only, those within `bounds`.

    Comparing stored values while matching takes a third of the time of comparing them afterwards.
    """
    if start is None or key.end is None:
        match, more = _matching_label(writer, key)
    else:
        match = match_end(
            writer, key.end, start, key.on, include_applied=key.include_applied, relationship=relationship
        )
        more = [render_predicate(writer, key.where, match.node)] if key.where else []
    if bounds and _orders_by_what_is_stored(key):
        stored = [(term, term.expression(writer, match.node)) for term in key.terms]
        more += [bound.predicate(writer, stored, match.ids) for bound in bounds]
    _match(writer, match, *more)
    return match


def _matching_label(writer: CypherWriter, key: PageKey) -> tuple[Match, list[str]]:
    """Match the nodes of a label.

    In a subquery, ArcadeDB uses an index for one value but not for a list, so a list of values is unwound.
    """
    found = indexed_in_list(key.where)
    values, where = found or (None, key.where)
    more: list[str] = []
    if values is None:
        match = match_label(writer, str(key.source), key.on)
    else:
        distinct = writer.parameter(list(dict.fromkeys(cast("tuple[Scalar, ...]", values.value))))
        held = f"IN {distinct}"
        if writer.is_nested:
            value = writer.name("v")
            writer.line(f"UNWIND {distinct} AS {value}")
            held = f"= {value}"
        match = match_label(writer, str(key.source), key.on)
        more.append(f"{match.node}.{values.property.columns[0]} {held}")
    if where:
        more.append(render_predicate(writer, where, match.node))
    return match, more


def _is_whole_label(key: PageKey) -> bool:
    """True if the rows of a root connection are all nodes of a label, whose number the databases know."""
    return key.where is None and (key.on is None or not label(str(key.source)).has_period)


def _is_small(key: PageKey) -> bool:
    """True if the rows of a root connection are few enough to collect in memory.

    The embedded database rejects statements that exceed its memory.
    """
    return is_selective(key.where) and len(key.terms) <= _MAX_SORT_TERMS_IN_MEMORY


def _orders_by_what_is_stored(key: PageKey) -> bool:
    return all(term.over is None for term in key.terms)


def _ordered(writer: CypherWriter, key: PageKey, match: Match, bounds: Sequence[Bound]) -> list[tuple[SortTerm, str]]:
    """Write the sort keys of the rows within `bounds` and return their variables."""
    ordered = _with_values(writer, key.terms, match)
    if bounds and not _orders_by_what_is_stored(key):
        writer.line(f"WHERE {' AND '.join(bound.predicate(writer, ordered, match.ids) for bound in bounds)}")
        writer.line(f"WITH {', '.join((*match.variables, *(value for _, value in ordered)))}")
    return ordered


def _edges(writer: CypherWriter, child: PageChild, start: str | None) -> str:
    key, bounds = child.key, _bounds(child.key)
    match = _matching(writer, key, start, bounds, relationship=child.relationship is not None)
    ordered = _ordered(writer, key, match, bounds)
    _cut(writer, child, ordered, match.ids)
    return _edge_rows(writer, child, match, ordered)


def _edges_and_total(writer: CypherWriter, child: PageChild) -> tuple[str, str]:
    """Write the edges and the total of a small root connection with one match.

    The sort keys of all rows are collected. Matching twice takes 50 % longer on the embedded database.
    """
    key, bounds = child.key, _bounds(child.key)
    found, edges, total = writer.name("x"), writer.name("x"), writer.name("x")
    with writer.call():
        match = _matching(writer, key, None)
        kept = [*(term.expression(writer, match.node) for term in key.terms), f"{match.node}.id"]
        writer.line(f"WITH collect([{', '.join(kept)}]) AS {found}")
        with writer.call(found):
            row, node_id = writer.name("r"), writer.name("id")
            ordered = [(term, writer.name("k")) for term in key.terms]
            variables = [*(value for _, value in ordered), node_id]
            writer.line(f"UNWIND {found} AS {row}")
            writer.line(
                f"WITH {', '.join(f'{row}[{place}] AS {variable}' for place, variable in enumerate(variables))}"
            )
            if bounds:
                writer.line(f"WHERE {' AND '.join(bound.predicate(writer, ordered, [node_id]) for bound in bounds)}")
                writer.line(f"WITH {', '.join(variables)}")
            _cut(writer, child, ordered, [node_id])
            writer.line(f"MATCH ({match.node}:{key.source} {{id: {node_id}}})")
            # To look for them in the index need not keep their order.
            writer.line(f"WITH {', '.join((match.node, *variables))}")
            writer.line(f"ORDER BY {order_by(ordered, [node_id], backward=key.backward)}")
            writer.line(f"RETURN {_edge_rows(writer, child, match, ordered)} AS {edges}")
        writer.line(f"RETURN {edges}, size({found}) AS {total}")
    return edges, total


def _bounds(key: PageKey) -> list[Bound]:
    """Return the bounds of a page's cursors."""
    positions = ((key.after, False), (key.before, True))
    return [Bound(position, backward) for position, backward in positions if position is not None]


def _cut(writer: CypherWriter, child: PageChild, ordered: Sequence[tuple[SortTerm, str]], ids: Sequence[str]) -> None:
    """Sort the rows and limit them to the page."""
    writer.line(f"ORDER BY {order_by(ordered, ids, backward=child.key.backward)}")
    writer.line(f"LIMIT {writer.parameter(child.key.size + child.looks_beyond)}")


def _edge_rows(writer: CypherWriter, child: PageChild, match: Match, ordered: Sequence[tuple[SortTerm, str]]) -> str:
    """Write what lies deeper and return the list of edges."""
    edge = [_row(writer, child.place, match.node)]
    if child.between is not None and match.between is not None:
        edge.append(_row(writer, child.between, match.between))
    if child.relationship is not None and match.relationship is not None:
        edge.append(_row(writer, child.relationship, match.relationship))
    if child.standing:
        edge.append(match.standing or "null")
    if child.cursors:
        edge.append(f"[{', '.join(value for _, value in ordered)}]")
    return f"collect([{', '.join(edge)}])"


def _outside(writer: CypherWriter, key: PageKey, start: str | None, *, later: bool) -> str:
    """Return 1 if a row lies at or beyond a cursor of the page, else 0."""
    position = key.before if later else key.after
    assert position is not None
    bounds = [Bound(position, backward=not later, inclusive=True)]
    match = _matching(writer, key, start, bounds)
    if not _orders_by_what_is_stored(key):
        _ordered(writer, key, match, bounds)
    writer.line("WITH 1 AS one LIMIT 1")
    return "count(*)"


def _with_values(writer: CypherWriter, terms: Sequence[SortTerm], match: Match) -> list[tuple[SortTerm, str]]:
    """Write the sort keys of rows and return their variables."""
    ordered = [(term, writer.name("k")) for term in terms]
    values = (f"{term.expression(writer, match.node)} AS {value}" for term, value in ordered)
    writer.line(f"WITH {', '.join((*match.variables, *values))}")
    return ordered
