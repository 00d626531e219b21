"""A selection, whatever its depth and width, as one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from graph.model import label, label_of
from graph.store import Statement
from graph.traversal.plan import page_of, place_of
from graph.traversal.render import fetched, page, settle, settle_child
from graph.traversal.selection import Connection, Fetch
from graph.traversal.shape import Row, Shaped, connection_shaper, node_shaper
from graph.traversal.writer import Writer

__all__ = ["Compiled", "compile_connection", "compile_fetch"]

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Compiled(Generic[Answer]):
    """A statement, its parameters, and `shape`, which makes the reader's answer of the rows it gives."""

    statement: Statement[dict[str, object]]
    parameters: dict[str, object]
    shape: Callable[[list[dict[str, object]]], Answer]


def compile_connection(connection: Connection) -> Compiled[Shaped]:
    """A page over the nodes of a label. The answer has the keys of the connection's items. Raises BadCursor."""
    plan = page_of(connection)
    settle_child(plan)
    writer = Writer()
    writer.line(f"RETURN {page(writer, plan)} AS answer")
    shape = connection_shaper(plan, connection)
    return Compiled(
        _statement(f"traversal/{label(connection.label or '').plural}", writer),
        writer.parameters,
        lambda rows: shape(_answer(rows)),
    )


def compile_fetch(fetches: Sequence[Fetch]) -> Compiled[list[dict[str, Shaped]]]:
    """Nodes by their ids: for each fetch, what each id gives; ids that no node has are absent. Raises BadCursor."""
    writer = Writer()
    results: list[str] = []
    shapers: list[tuple[int, Callable[[Row], Shaped | None]]] = []
    for index, fetch in enumerate(fetches):
        for name, ids in _by_label(fetch.ids).items():
            place = place_of(name, fetch.nodes.of(name))
            settle(place)
            results.append(fetched(writer, name, ids, place))
            shapers.append((index, node_shaper(place, fetch.nodes)))
    writer.line(f"RETURN [{', '.join(results)}] AS answer")

    def shape(rows: list[dict[str, object]]) -> list[dict[str, Shaped]]:
        answer: list[dict[str, Shaped]] = [{} for _ in fetches]
        for (index, shaper), found in zip(shapers, _answer(rows), strict=True):
            for row in cast("list[Row]", found):
                node = shaper(row)
                if node is not None:
                    answer[index][cast("str", row[0])] = node
        return answer

    return Compiled(_statement("traversal/fetch", writer), writer.parameters, shape)


def _by_label(ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids under the label that each names, in the order of the labels' names; those that name none left out."""
    found: dict[str, list[str]] = {}
    for each in dict.fromkeys(ids):
        named = label_of(each)
        if named is not None:
            found.setdefault(named.name, []).append(each)
    return dict(sorted(found.items()))


def _statement(name: str, writer: Writer) -> Statement[dict[str, object]]:
    return Statement(name, writer.text, _as_it_is)


def _as_it_is(row: Mapping[str, object]) -> dict[str, object]:
    """The row unread: `shape` walks its values once, and needs no other types than the driver's."""
    return dict(row)


def _answer(rows: list[dict[str, object]]) -> Row:
    return cast("Row", rows[0]["answer"])
