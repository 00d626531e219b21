"""Compile a selection of any depth and width into one statement."""

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
    """A statement, its parameters, and a builder of the function that shapes its rows; can run any number of times."""

    statement: Statement[dict[str, object]]
    parameters: dict[str, object]
    build: Callable[[ResultShaper], Callable[[Row], Answer]]
    fetched: tuple[tuple[int, str], ...] = ()
    """The fetch and the label that each of the statement's keys is about."""

    def with_ids(self, ids: Sequence[Sequence[str]]) -> dict[str, object]:
        """Return the parameters with other ids, of the same labels as those compiled."""
        named = [_by_label(group) for group in ids]
        wanted = zip(self.statement.id_parameters, self.fetched, strict=True)
        return {**self.parameters, **{key: named[index].get(name, []) for key, (index, name) in wanted}}

    def to_response(self, rows: list[dict[str, object]]) -> Answer:
        """Return the response. Raises InvalidStoredValue if a row violates the model."""
        return self._finished(_answer(rows))

    def to_values(self, rows: list[dict[str, object]]) -> Answer:
        """Return unchecked values, with the label of each node under LABEL_KEY."""
        return self.build(ResultShaper(finished=False))(_answer(rows))

    @cached_property
    def _finished(self) -> Callable[[Row], Answer]:
        return self.build(ResultShaper(finished=True))


def compile_connection(connection: Connection) -> Compiled[Shaped]:
    """Compile a page over the nodes of a label; the result has the keys of its items. Raises BadCursor."""
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
    """Compile fetches by id; each gives a map of the nodes found. Raises BadCursor."""
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
                for found_row in cast("list[Row]", found):
                    node = to_values(found_row)
                    if node is not None:
                        nodes[index][cast("str", found_row[0])] = node
            return nodes

        return answer

    statement = _statement("traversal/fetch", writer, tuple(keys))
    return Compiled(statement, writer.parameters, build, tuple(keys.values()))


def _by_label(ids: Sequence[str]) -> dict[str, list[str]]:
    """Group ids by the label they name, sorted by label; ids without a known label are dropped."""
    found: dict[str, list[str]] = {}
    for node_id in dict.fromkeys(ids):
        named = label_of(node_id)
        if named is not None:
            found.setdefault(named.name, []).append(node_id)
    return dict(sorted(found.items()))


def labels_of(ids: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that ids name, sorted."""
    return tuple(sorted({named.name for node_id in ids if (named := label_of(node_id)) is not None}))


def _statement(name: str, writer: CypherWriter, keys: tuple[str, ...] = ()) -> Statement[dict[str, object]]:
    return Statement(name, writer.text, _as_it_is, keys, returns_one_row=True)


def _as_it_is(row: Mapping[str, object]) -> dict[str, object]:
    """Return the row as it is; `to_values` reads it once, with the driver's types."""
    return dict(row)


def _answer(rows: list[dict[str, object]]) -> Row:
    return cast("Row", rows[0]["answer"])
