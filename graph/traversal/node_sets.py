"""Compute the set of nodes that meet a condition, once for a statement.

Usually, a condition on related nodes is tested by an EXISTS subquery for every row. This is slow if the condition
contains further conditions on the related nodes of the related nodes. In this case, the subqueries are nested, and
follow every path of relationships from every row. Every further level multiplies the number of paths.

Instead of nested subqueries, the statement computes a set, in the opposite direction. The computation starts at the
nodes that meet the innermost condition. It then follows the relationships level by level, up to the rows. Each level
reads every relationship at most once, however many levels there are.

A set is computed in two further cases:

- The condition on the intermediate nodes of a path (two consecutive relationships) contains conditions on further
  related nodes.
- An index finds the nodes that meet the innermost condition.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from graph.model import Association, Many, Path
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import match_end
from graph.traversal.predicates import indexed_in_list, render_predicate
from graph.traversal.selection import AllOf, AnyOf, Compare, Condition, Not, Related, Scalar

__all__ = ["node_set", "render_bound_condition", "uses_node_set", "write_index_lookup"]


def uses_node_set(condition: Condition | None) -> bool:
    """Return whether sets are used to find the nodes of a label that meet a condition.

    A set is a list of nodes that meet the condition or a part of it. The statement computes the list only once. The
    result is False if the condition is None.
    """
    return condition is not None and bool(_root_sets(condition))


def node_set(writer: CypherWriter, label: str, condition: Condition) -> str:
    """Return the Cypher variable of a list of all nodes of a label that meet the condition.

    The statement computes the list only once, at its start.
    """
    return writer.shared_list((label, condition), lambda: _write_nodes(writer, label, condition))


def render_bound_condition(writer: CypherWriter, label: str, condition: Condition, node: str) -> list[str]:
    """Return Cypher predicates that together test whether a node meets a condition.

    `node` is the variable of the node, and `label` is its label. The statement has already matched the node through a
    relationship or an index, so that only a few nodes are tested. Most parts of the condition are tested at `node`
    itself. A part that follows relationships from a related node to several further nodes is expensive to test at every
    node. For all such parts together, the statement computes once the list of nodes that meet them. The predicate then
    tests whether `node` is in the list.
    """
    conditions = _conjuncts(condition)
    paths = [inner for inner in conditions if _set_conditions(inner, is_bound=True)]
    predicates = [render_predicate(writer, inner, node) for inner in conditions if inner not in paths]
    if paths:
        predicates.append(f"{node} IN {node_set(writer, label, AllOf(tuple(paths)))}")
    return predicates


def write_index_lookup(writer: CypherWriter, condition: Condition | None) -> tuple[str, str, Condition | None] | None:
    """Return three values with which the statement finds nodes by an index.

    - the stored column of the indexed property
    - the Cypher operator with its operand, such as "IN $p1"
    - the part of the condition that the index does not test, or None if the index tests the whole condition

    Returns None if the condition does not require an indexed property to have one of several values.

    In a subquery, ArcadeDB uses an index for a single value but not for a list of values. If the statement is currently
    in a subquery, this function therefore also writes an UNWIND line for the list. The operand is then the variable of
    this line, which contains one value at a time.
    """
    split = indexed_in_list(condition)
    if split is None:
        return None
    comparison, rest = split
    values = writer.parameter(list(dict.fromkeys(cast("tuple[Scalar, ...]", comparison.value))))
    operand = f"IN {values}"
    if writer.is_nested:
        value = writer.name("v")
        writer.line(f"UNWIND {values} AS {value}")
        operand = f"= {value}"
    return comparison.property.columns[0], operand, rest


# --- Conditions to compute as sets ----------------------------------------------------------------


def _root_sets(condition: Condition) -> dict[Related, None]:
    """Return the conditions on related nodes for which the statement computes sets.

    The returned conditions are parts of `condition`, which the statement tests for all nodes of a label. The set of a
    condition is the list of all nodes that meet the condition. Each set is computed only once, so that the condition
    need not be tested separately at every node. The result is a dict that is used as an ordered set. The values of the
    dict are None.
    """
    is_bound = any(isinstance(inner, Compare) and _is_indexed(inner) for inner in _conjuncts(condition))
    return _set_conditions(condition, is_bound=is_bound)


def _set_conditions(condition: Condition, *, is_bound: bool) -> dict[Related, None]:
    """Return the conditions on related nodes for which sets are computed.

    A set contains all nodes that meet such a condition. It is computed in two cases:

    - The condition contains further conditions on related nodes.
    - An index finds the related nodes, and `is_bound` is false. If `is_bound` is true, only a few nodes are tested, so
      that a set is not worthwhile.

    If conditions are nested, only the outer condition is returned.

    The result is a dict that is used as an ordered set. The values of the dict are None.
    """
    return {
        related: None
        for related in _outermost(condition)
        if _follows_from_related(related)
        or (related.condition is not None and not is_bound and _is_indexed(related.condition))
    }


def _outermost(condition: Condition) -> Iterator[Related]:
    match condition:
        case Related():
            yield condition
        case Not(inner):
            yield from _outermost(inner)
        case AllOf(conditions) | AnyOf(conditions):
            for inner in conditions:
                yield from _outermost(inner)
        case _:
            pass


def _follows_many(condition: Condition) -> bool:
    """Return whether testing the condition at a single node means following relationships to several nodes."""
    return any(
        not isinstance(related.end, Association) or related.end.many is not Many.ONE or _follows_from_related(related)
        for related in _outermost(condition)
    )


def _follows_from_related(related: Related) -> bool:
    """Return whether the database follows further relationships when it tests a condition on related nodes.

    Further relationships start at the related nodes or, on a path, at the intermediate nodes. Only those that can
    lead to several nodes are considered.
    """
    inner = (related.condition, related.edge_condition)
    return any(condition is not None and _follows_many(condition) for condition in inner)


def _is_indexed(condition: Condition) -> bool:
    """Return whether the nodes that meet a condition can be found by an index.

    The index can find the nodes themselves. It can also find related nodes, from which the statement follows
    relationships to the nodes.
    """
    match condition:
        case Compare(property_, "eq" | "in"):
            return property_.indexed
        case Related(_, "some", inner):
            return inner is not None and _is_indexed(inner)
        case AllOf(conditions):
            return any(map(_is_indexed, conditions))
        case _:
            return False


def _conjuncts(condition: Condition) -> list[Condition]:
    if isinstance(condition, AllOf):
        return [conjunct for inner in condition.conditions for conjunct in _conjuncts(inner)]
    return [condition]


# --- Statements -----------------------------------------------------------------------------------


def _write_nodes(writer: CypherWriter, label: str, condition: Condition) -> str:
    """Write the Cypher lines that match the nodes of a label that meet the condition. Return the variable of the nodes.

    Every node is matched only once.
    """
    sets = list(_root_sets(condition))
    conditions = _conjuncts(condition)
    required = [related for related in sets if related.quantifier == "some" and related in conditions]
    if not sets:
        return _write_match(writer, label, condition)
    if len(sets) == 1 and required:
        node = _write_related(writer, required[0])
        writer.project(node, distinct=True)
        _write_where(writer, [render_predicate(writer, inner, node) for inner in conditions if inner != required[0]])
        return node
    return _write_union(writer, label, conditions, sets, is_base_needed=not required)


def _write_union(
    writer: CypherWriter, label: str, conditions: Sequence[Condition], sets: Sequence[Related], *, is_base_needed: bool
) -> str:
    """Write the lines that find all nodes for which all `conditions` are true. Return the variable of the nodes.

    `sets` contains conditions on related nodes, which are parts of `conditions`. For each item of `sets`,
    `_write_related` finds a set of nodes. These sets have the numbers 1, 2 and so on. The lines collect, for every
    node, the numbers of the sets that contain the node, and then test these numbers. This is faster than searching for
    the node in the list of each set.

    If `is_base_needed` is true, the nodes must also be in a further set, which has the number 0. A node is in this set
    if it meets all those `conditions` that contain no item of `sets`.
    """
    node, number, numbers = writer.name("n"), writer.name("k"), writer.name("k")
    remaining = [inner for inner in conditions if not set(sets).intersection(_outermost(inner))]
    known: dict[Related, str] = {}
    with writer.call():
        if is_base_needed:
            base = _write_match(writer, label, AllOf(tuple(remaining)))
            writer.line(f"RETURN {base} AS {node}, 0 AS {number}")
        for index, related in enumerate(sets, start=1):
            if known or is_base_needed:
                writer.line("UNION ALL")
            found = _write_related(writer, related)
            writer.line(f"RETURN DISTINCT {found} AS {node}, {index} AS {number}")
            is_member = f"{index} IN {numbers}"
            known[related] = is_member if related.quantifier == "some" else f"NOT ({is_member})"
    writer.project(node, f"collect({number}) AS {numbers}")
    tested = [inner for inner in conditions if not is_base_needed or inner not in remaining]
    predicates = [render_predicate(writer, inner, node, known=known) for inner in tested]
    _write_where(writer, [*predicates, f"0 IN {numbers}"] if is_base_needed else predicates)
    return node


def _write_related(writer: CypherWriter, related: Related) -> str:
    """Write the lines that find nodes by a condition on their related nodes. Return the variable of the nodes.

    For the quantifiers "some" and "none", the lines find every node with at least one related node that meets the
    condition. For "every", they find every node with at least one related node that violates the condition. For "none"
    and "every", the caller then excludes the nodes found.
    """
    end, condition = related.end, related.condition or AllOf(())
    label = end.targets[0] if isinstance(end, Association) else end.target
    inner = _write_nodes(writer, label, Not(condition) if related.quantifier == "every" else condition)
    match = match_end(
        writer,
        end,
        inner,
        related.on,
        include_applied=related.include_applied,
        standings=related.standings,
        relationship=related.edge_condition is not None,
        backward=True,
    )
    edge = related.edge_condition
    between = end.between if isinstance(end, Path) else ""
    conditions = [*match.conditions, *(render_bound_condition(writer, between, edge, match.record) if edge else ())]
    writer.line(f"MATCH {match.pattern}")
    _write_where(writer, conditions)
    return match.node


def _write_match(writer: CypherWriter, label: str, condition: Condition) -> str:
    column, operand, rest = write_index_lookup(writer, condition) or (None, None, condition)
    node = writer.name("n")
    writer.line(f"MATCH ({node}:{label})")
    predicates = [f"{node}.{column} {operand}"] if column else []
    _write_where(writer, predicates + ([render_predicate(writer, rest, node)] if rest not in (None, AllOf(())) else []))
    return node


def _write_where(writer: CypherWriter, predicates: Sequence[str]) -> None:
    if predicates:
        writer.line(f"WHERE {' AND '.join(predicates)}")
