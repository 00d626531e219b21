"""Read the nodes whose fields a client selects in the result of a question (a named query).

The result itself contains only the ids of the nodes. One Cypher statement reads all of them.
"""

from collections.abc import Sequence
from typing import TypeVar, cast

from graphql import GraphQLError

from api.graphql.context import Context
from api.graphql.execution.completion import SelectedNodeField, SelectionPlan, complete_or_defer, plan_selection
from api.graphql.root_fields import fetch
from api.graphql.selection import SelectionReader
from graph.errors import GraphChanged
from graph.traversal import compile_fetch, labels_of
from graph.traversal.selection import Fetch

__all__ = ["fill_nodes", "selection_plan"]

Answer = TypeVar("Answer")


def selection_plan(context: Context, reader: SelectionReader) -> SelectionPlan:
    """Return the plan that builds the response of a question (a named query) with the selected fields.

    The plan is cached.
    """
    return context.cached_plan(reader.key, lambda: plan_selection(reader))


async def fill_nodes(context: Context, reader: SelectionReader, answer: Answer) -> Answer:
    """Read the nodes for all selected fields that return nodes, and return the response.

    This runs at most one statement. `answer` is the result of the question (the named query). If only graphql-core can
    build the response, `answer` is returned unchanged. Raises GraphChanged if the result contains the id of a node that
    has since been deleted.
    """
    plan = selection_plan(context, reader)
    ids = [tuple(dict.fromkeys(_collect_ids(answer, field.attributes))) for field in plan.node_fields]
    if any(ids):
        labels = tuple(labels_of(field_ids) for field_ids in ids)
        compiled = context.cached_plan(
            reader.key, lambda: compile_fetch(_fetches(reader, plan.node_fields, ids, labels)), labels
        )
        for field, field_ids, nodes in zip(plan.node_fields, ids, await fetch(context, compiled, ids), strict=True):
            if missing := set(field_ids) - nodes.keys():
                raise GraphChanged(f"{min(missing)} was deleted during the query", hint="send the request again")
            context.fetched_nodes[field.path] = nodes
    return answer if plan.complete is None else cast("Answer", complete_or_defer(plan.complete, answer, context))


def _collect_ids(answer: object, attributes: Sequence[str]) -> list[str]:
    """Return the node ids that one field has in the result of a question (a named query). The ids keep their order.

    `attributes` contains the names of the attributes that lead from the result to the ids. The value of an attribute is
    a single value or a list.
    """
    values = _as_sequence(answer)
    for attribute in attributes:
        values = [item for value in values for item in _as_sequence(getattr(value, attribute))]
    return cast("list[str]", values)


def _as_sequence(value: object) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return cast("Sequence[object]", value)
    return () if value is None else (value,)


def _fetches(
    reader: SelectionReader,
    node_fields: Sequence[SelectedNodeField],
    ids: Sequence[tuple[str, ...]],
    labels: Sequence[Sequence[str]],
) -> list[Fetch]:
    """Return a `Fetch` for each field in `node_fields`.

    A `Fetch` contains the ids of the nodes to read, and the fields to read for each label. `ids` and `labels` contain,
    for each field in `node_fields`, the ids and the labels of the field's nodes.
    """
    fetches: list[Fetch] = []
    for node_field, field_ids, present in zip(node_fields, ids, labels, strict=True):
        possible = set(reader.labels(node_field.field)).intersection(present)
        try:
            nodes = reader.nodes(node_field.field, sorted(possible))
        except GraphQLError as error:
            # In a list, the error concerns all items.
            path = node_field.list_path or (*node_field.path, *(error.path or ()))
            raise GraphQLError(error.message, error.nodes, path=path, original_error=error.original_error) from None
        fetches.append(Fetch(field_ids, nodes))
    return fetches
