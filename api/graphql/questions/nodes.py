"""The nodes of a question's answer: every node selected, fetched by one statement, whatever the depth.

An answer holds plain values, and ids where nodes stand. The node fields that the client selected into are found in the
document, their ids gathered from the answer, and all nodes of all of them fetched together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from graphql import GraphQLObjectType
from strawberry.types.field import StrawberryField

from api.graphql.context import Context, SlotPath
from api.graphql.execution.completion import Completer, compile_completer, complete_or_defer
from api.graphql.questions.node_fields import NodeField
from api.graphql.root_fields import fetch
from api.graphql.selection import SelectedField, SelectionReader
from graph.errors import GraphChanged
from graph.traversal import compile_fetch, labels_of
from graph.traversal.selection import Fetch, Typename

__all__ = ["fill_nodes"]

Answer = TypeVar("Answer")


async def fill_nodes(context: Context, reader: SelectionReader, answer: Answer) -> Answer:
    """Fetch the nodes that are selected in an answer, by at most one statement, and return the completed answer.

    A write may come between the two statements: raises GraphChanged if a node of the answer is gone.
    """
    slots, finish = context.cached_plan(reader.key, lambda: _plan(reader))
    ids = [tuple(dict.fromkeys(_collect_ids(answer, each.steps))) for each in slots]
    if any(ids):
        labels = tuple(labels_of(each) for each in ids)
        compiled = context.cached_plan(reader.key, lambda: compile_fetch(_fetches(reader, slots, ids, labels)), labels)
        for each, asked, found in zip(slots, ids, await fetch(context, compiled, ids), strict=True):
            if gone := set(asked) - found.keys():
                raise GraphChanged(f"{min(gone)} is gone since the question was answered", hint="ask again")
            context.fetched_nodes[each.path] = found
    return answer if finish is None else cast("Answer", complete_or_defer(finish, answer, context))


@dataclass(frozen=True, slots=True)
class _SelectedNodeField:
    """A slot selected into: where it stands, which attributes lead to it, and what is taken from its nodes."""

    path: SlotPath
    steps: tuple[str, ...]
    chosen: SelectedField


def _slots(
    reader: SelectionReader, parent: SelectedField, owner: GraphQLObjectType, path: SlotPath, steps: tuple[str, ...]
) -> Iterator[_SelectedNodeField]:
    for each in reader.subfields(parent, owner):
        if isinstance(each, Typename):
            continue
        field, here = each.field, (*path, each.key)
        if isinstance(field, NodeField):
            yield _SelectedNodeField(here, (*steps, field.ids), each)
        elif isinstance(value := each.named_type, GraphQLObjectType):
            assert isinstance(field, StrawberryField)
            yield from _slots(reader, each, value, here, (*steps, field.python_name))


def _collect_ids(answer: object, steps: Sequence[str]) -> list[str]:
    """The ids to which the attributes lead, in the answer's order."""
    found = _each(answer)
    for step in steps:
        found = [one for each in found for one in _each(getattr(each, step))]
    return cast("list[str]", found)


def _each(value: object) -> Sequence[object]:
    """What stands in a list; else the value itself, if it is not null."""
    if isinstance(value, list | tuple):
        return cast("Sequence[object]", value)
    return () if value is None else (value,)


def _fetches(
    reader: SelectionReader,
    slots: Sequence[_SelectedNodeField],
    ids: Sequence[tuple[str, ...]],
    labels: Sequence[Sequence[str]],
) -> list[Fetch]:
    """What is taken from the nodes in slots, given their ids and these ids' labels."""
    fetches: list[Fetch] = []
    for each, some, present in zip(slots, ids, labels, strict=True):
        possible = set(reader.labels(each.chosen)).intersection(present)
        fetches.append(Fetch(some, reader.nodes(each.chosen, sorted(possible))))
    return fetches


def _plan(reader: SelectionReader) -> tuple[list[_SelectedNodeField], Completer | None]:
    """The slots selected in a question's answers, and how these are finished."""
    root = reader.root()
    return list(_slots(reader, root, reader.value_type(root), (root.key,), ())), compile_completer(reader, root)
