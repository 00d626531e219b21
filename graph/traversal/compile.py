"""A selection, whatever its depth and width, as one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar, cast

from graph.model import label, label_of
from graph.store import Statement
from graph.traversal.cypher import (
    canonicalise,
    needs_no_subquery,
    render_fetch,
    render_page,
    render_root_page,
    settle_child,
)
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.plan import NodePlan, plan_nodes, plan_page
from graph.traversal.result_shaper import InvalidStoredValue, ResultShaper, Row, Shaped
from graph.traversal.selection import Connection, Fetch

__all__ = ["Compiled", "InvalidStoredValue", "compile_connection", "compile_fetch", "labels_of"]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Compiled(Generic[Answer]):
    """A statement, its parameters, and what makes an answer of the rows it gives; it may be run any number of times.

    `finish` gives the response itself and raises Breach where a row does not hold what the model declares; `shape`
    takes every row, for a reader that checks the values, and says each node's label under `LABEL_KEY`.
    """

    statement: Statement[dict[str, object]]
    parameters: dict[str, object]
    build: Callable[[ResultShaper], Callable[[Row], Answer]]
    fetched: tuple[tuple[int, str], ...] = ()
    """The fetch and the label that each of the statement's keys is about."""

    def with_ids(self, ids: Sequence[Sequence[str]]) -> dict[str, object]:
        """The parameters that fetch other nodes, given the ids of each fetch; of the same labels as those compiled."""
        named = [_by_label(each) for each in ids]
        wanted = zip(self.statement.id_parameters, self.fetched, strict=True)
        return {**self.parameters, **{key: named[index].get(name, []) for key, (index, name) in wanted}}

    def to_response(self, rows: list[dict[str, object]]) -> Answer:
        """The finished answer. Raises Breach."""
        return self._finished(_answer(rows))

    def to_values(self, rows: list[dict[str, object]]) -> Answer:
        """The answer for a reader that goes on with it."""
        return self.build(ResultShaper(finished=False))(_answer(rows))

    @cached_property
    def _finished(self) -> Callable[[Row], Answer]:
        return self.build(ResultShaper(finished=True))


def compile_connection(connection: Connection) -> Compiled[Shaped]:
    """A page over the nodes of a label. The answer has the keys of the connection's items. Raises BadCursor."""
    plan = plan_page(connection)
    settle_child(plan)
    writer = CypherWriter()
    writer.line(f"RETURN {render_page(writer, plan)} AS answer")
    statement = _statement(f"traversal/{label(connection.label or '').plural}", writer)
    if needs_no_subquery(plan):
        alone = CypherWriter()
        alone.line(f"RETURN {render_root_page(alone, plan)} AS answer")
        statement = replace(statement, text=alone.text, subquery_text=writer.text)
    return Compiled(statement, writer.parameters, lambda shaper: shaper.connection(plan, connection))


def compile_fetch(fetches: Sequence[Fetch]) -> Compiled[list[dict[str, Shaped]]]:
    """Nodes by their ids: for each fetch, what each id gives; ids that no node has are absent. Raises BadCursor."""
    writer = CypherWriter()
    results: list[str] = []
    places: list[tuple[int, NodePlan]] = []
    keys: dict[str, tuple[int, str]] = {}
    for index, fetch in enumerate(fetches):
        for name, ids in _by_label(fetch.ids).items():
            place = plan_nodes(name, fetch.nodes.of(name))
            canonicalise(place)
            parameter = writer.parameter(ids)
            keys[parameter.removeprefix("$")] = (index, name)
            results.append(render_fetch(writer, name, parameter, place))
            places.append((index, place))
    writer.line(f"RETURN [{', '.join(results)}] AS answer")

    def build(shaper: ResultShaper) -> Callable[[Row], list[dict[str, Shaped]]]:
        shapes = [(index, shaper.nodes(place, fetches[index].nodes)) for index, place in places]

        def answer(row: Row) -> list[dict[str, Shaped]]:
            nodes: list[dict[str, Shaped]] = [{} for _ in fetches]
            for (index, to_values), found in zip(shapes, row, strict=True):
                for each in cast("list[Row]", found):
                    node = to_values(each)
                    if node is not None:
                        nodes[index][cast("str", each[0])] = node
            return nodes

        return answer

    statement = _statement("traversal/fetch", writer, tuple(keys))
    return Compiled(statement, writer.parameters, build, tuple(keys.values()))


def _by_label(ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids under the label that each names, in the order of the labels' names; those that name none left out."""
    found: dict[str, list[str]] = {}
    for each in dict.fromkeys(ids):
        named = label_of(each)
        if named is not None:
            found.setdefault(named.name, []).append(each)
    return dict(sorted(found.items()))


def labels_of(ids: Sequence[str]) -> tuple[str, ...]:
    """The labels that ids name, in the order of their names."""
    return tuple(sorted({named.name for each in ids if (named := label_of(each)) is not None}))


def _statement(name: str, writer: CypherWriter, keys: tuple[str, ...] = ()) -> Statement[dict[str, object]]:
    return Statement(name, writer.text, _as_it_is, keys, returns_one_row=True)


def _as_it_is(row: Mapping[str, object]) -> dict[str, object]:
    """The row unread: `shape` walks its values once, and needs no other types than the driver's."""
    return dict(row)


def _answer(rows: list[dict[str, object]]) -> Row:
    return cast("Row", rows[0]["answer"])
