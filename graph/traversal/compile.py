"""Compile a selection of any size into one Cypher statement.

A selection states which properties and related nodes a client has selected in a GraphQL document.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar, cast

from graph.model import label, label_of
from graph.store import Statement
from graph.traversal.cypher import (
    canonicalise,
    canonicalise_child,
    needs_no_subquery,
    render_fetch,
    render_page,
    render_root_page,
)
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.node_sets import node_set
from graph.traversal.plan import NodePlan, plan_nodes, plan_page
from graph.traversal.result_shaper import InvalidStoredValue, JsonMap, ResultShaper, Row
from graph.traversal.selection import Condition, Connection, Fetch

__all__ = ["Compiled", "InvalidStoredValue", "compile_connection", "compile_fetch", "compile_ids", "labels_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class Compiled(Generic[T]):
    """A compiled selection: a Cypher statement, its parameters, and a function that builds the result from the rows."""

    statement: Statement[dict[str, object]]
    parameters: dict[str, object]
    build: Callable[[ResultShaper], Callable[[Row], T]]
    fetched: tuple[tuple[int, str], ...] = ()
    """One pair for each id parameter of the statement: the index of a `Fetch` in the selection, and a label.

    A `Fetch` is a list of nodes to read by id. All ids in the parameter are ids of nodes with the label.
    """

    def with_ids(self, ids: Sequence[Sequence[str]]) -> dict[str, object]:
        """Return the parameters with which the statement reads the nodes with these ids.

        `ids` contains one list of ids for every `Fetch` (list of nodes to read by id) in the selection.
        """
        by_label = [_group_by_label(fetch_ids) for fetch_ids in ids]
        keys = zip(self.statement.id_parameters, self.fetched, strict=True)
        return {**self.parameters, **{key: by_label[index].get(name, []) for key, (index, name) in keys}}

    def to_response(self, rows: list[dict[str, object]]) -> T:
        """Build the response from the rows. Raises InvalidStoredValue if a row violates the model."""
        return self._read_response(_result_row(rows))

    def to_values(self, rows: list[dict[str, object]]) -> T:
        """Build the result from the rows without validation.

        Every node in the result also has its label, under LABEL_KEY.
        """
        return self.build(ResultShaper(complete=False))(_result_row(rows))

    @cached_property
    def _read_response(self) -> Callable[[Row], T]:
        return self.build(ResultShaper(complete=True))


def compile_connection(connection: Connection) -> Compiled[JsonMap]:
    """Compile a connection at the root of a query. The connection is a page of the nodes with one label.

    The keys of the result are the response keys. Raises BadCursor if a cursor is invalid. Raises BadArgument if a
    connection cannot be sorted or grouped as selected.
    """
    plan = plan_page(connection)
    canonicalise_child(plan)
    writer = CypherWriter()
    render = render_root_page if needs_no_subquery(plan) else render_page
    writer.line(f"RETURN {render(writer, plan)} AS answer")
    statement = _statement(f"traversal/{label(connection.label or '').plural}", writer)
    return Compiled(statement, writer.parameters, lambda shaper: shaper.connection_reader(plan, connection))


def compile_fetch(fetches: Sequence[Fetch]) -> Compiled[list[dict[str, JsonMap]]]:
    """Compile a statement that reads nodes by id.

    The result of the statement is a list with one dict for each item of `fetches`. The keys of a dict are node ids, and
    the values are nodes. Unknown ids are omitted. Raises BadCursor if a cursor is invalid. Raises BadArgument if a
    connection cannot be sorted or grouped as selected.
    """
    writer = CypherWriter()
    results: list[str] = []
    plans: list[tuple[int, NodePlan]] = []
    keys: dict[str, tuple[int, str]] = {}
    for index, fetch in enumerate(fetches):
        for name, ids in _group_by_label(fetch.ids).items():
            plan = plan_nodes(name, fetch.nodes.by_label.get(name, ()))
            canonicalise(plan)
            parameter = writer.parameter(ids)
            keys[parameter.removeprefix("$")] = (index, name)
            results.append(render_fetch(writer, name, parameter, plan))
            plans.append((index, plan))
    writer.line(f"RETURN [{', '.join(results)}] AS answer")

    def build(shaper: ResultShaper) -> Callable[[Row], list[dict[str, JsonMap]]]:
        readers = [(index, shaper.node_reader(plan, fetches[index].nodes)) for index, plan in plans]

        def read(result: Row) -> list[dict[str, JsonMap]]:
            nodes: list[dict[str, JsonMap]] = [{} for _ in fetches]
            for (index, read_node), rows in zip(readers, result, strict=True):
                for row in cast("list[Row]", rows):
                    node = read_node(row)
                    if node is not None:
                        nodes[index][cast("str", row[0])] = node
            return nodes

        return read

    statement = _statement("traversal/fetch", writer, tuple(keys))
    return Compiled(statement, writer.parameters, build, tuple(keys.values()))


def compile_ids(name: str, condition: Condition) -> tuple[Statement[dict[str, object]], dict[str, object]]:
    """Return a statement and its parameters. The statement reads the ids of all nodes of a label that meet a condition.

    The statement returns one row with the column `ids`.
    """
    writer = CypherWriter()
    nodes, node = node_set(writer, name, condition), writer.name("n")
    writer.line(f"RETURN [{node} IN {nodes} | {node}.id] AS ids")
    return _statement(f"traversal/{label(name).singular}_ids", writer), writer.parameters


def _group_by_label(ids: Sequence[str]) -> dict[str, list[str]]:
    """Return a dict from label to ids, sorted by label. Ids with an unknown label are omitted."""
    grouped: dict[str, list[str]] = {}
    for node_id in dict.fromkeys(ids):
        named = label_of(node_id)
        if named is not None:
            grouped.setdefault(named.name, []).append(node_id)
    return dict(sorted(grouped.items()))


def labels_of(ids: Sequence[str]) -> tuple[str, ...]:
    """Return the sorted labels of the nodes with these ids."""
    return tuple(_group_by_label(ids))


def _statement(name: str, writer: CypherWriter, keys: tuple[str, ...] = ()) -> Statement[dict[str, object]]:
    return Statement(name, writer.text, _copy_row, keys, returns_one_row=True)


def _copy_row(row: Mapping[str, object]) -> dict[str, object]:
    """Return the row as a dict.

    The values keep the types of the driver, because `ResultShaper` can read these types.
    """
    return dict(row)


def _result_row(rows: list[dict[str, object]]) -> Row:
    return cast("Row", rows[0]["answer"])
