"""Build the root fields that read nodes: `node`, `nodes`, and two fields for every label.

The first of these two fields returns one node by its id. The second is a connection, which returns pages of nodes.

The nodes and relationships that a client selects under a root field are compiled into one Cypher statement. The
statement returns the value of the root field in the form of the response (see `api.graphql.execution.executor`). If a
stored value violates the model, graphql-core checks the value and reports the error with its path.

Every root field is nullable: if a field fails, it is null, and the response still contains the other fields.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

import strawberry
from graphql import GraphQLError
from strawberry.types.arguments import StrawberryArgument

from api.graphql.context import Context
from api.graphql.execution.executor import CompletedValue
from api.graphql.fields import GraphField, ResolveInfo, argument
from api.graphql.relay import connection_arguments, connection_plan
from api.graphql.scalars import unplanned
from api.graphql.selection import SelectedField, SelectionReader, locate
from graph import model
from graph.errors import unknown_id
from graph.model import Label
from graph.questions.validation import check_label
from graph.search import nearest_ids
from graph.traversal import Compiled, InvalidStoredValue, compile_connection, compile_fetch, labels_of
from graph.traversal import selection as sel

Answer = Callable[[SelectionReader, SelectedField, Context], Awaitable[object]]


class RootField(GraphField):
    """A field of `Query` whose resolver runs one Cypher statement.

    The statement is compiled from the GraphQL fields that the client selects under this field.
    """

    def __init__(
        self,
        name: str,
        annotation: object,
        description: str,
        answer: Answer,
        arguments: Sequence[StrawberryArgument] = (),
    ) -> None:
        super().__init__(name, annotation, description, unplanned, arguments)
        self._answer = answer

    async def resolve_root(self, _source: object, info: ResolveInfo, **arguments: object) -> object:
        context = cast("Context", info.context)
        reader = SelectionReader(info, today=context.today, pages=context.pages)
        root = reader.root(arguments)
        try:
            return await self._answer(reader, root, context)
        except GraphQLError as error:
            raise locate(error, root) from None


CompiledFetch = Compiled[list[dict[str, dict[str, object]]]]
Fetched = list[dict[str, object]]


async def fetch(context: Context, compiled: CompiledFetch, ids: Sequence[Sequence[str]] | None = None) -> Fetched:
    """Read nodes by id with a compiled statement that contains one or more `Fetch` items.

    A `Fetch` consists of ids and of the fields to read for the nodes with these ids. `ids` contains the ids for each
    `Fetch`. If `ids` is None, the statement uses the ids with which it was compiled. The result is a list. For each
    `Fetch`, it contains a dict from id to node.

    Every node in the result is a CompletedValue, which graphql-core does not check again. If a stored value violates
    the model, all nodes are plain values instead, which graphql-core checks.
    """
    parameters = compiled.parameters if ids is None else compiled.with_ids(ids)
    rows = await context.reader.run(compiled.statement, parameters)
    try:
        return [{key: CompletedValue(node) for key, node in nodes.items()} for nodes in compiled.to_response(rows)]
    except InvalidStoredValue:
        return [dict(nodes) for nodes in compiled.to_values(rows)]


def complete_list(nodes: Sequence[object]) -> object:
    """Combine nodes into one CompletedValue, which graphql-core inserts into the response without checks.

    If any of the nodes is not a CompletedValue, return the list of nodes unchanged.
    """
    finished = [node.value for node in nodes if isinstance(node, CompletedValue)]
    return CompletedValue(finished) if len(finished) == len(nodes) else nodes


async def _find(
    reader: SelectionReader, chosen: SelectedField, context: Context, ids: Sequence[str], labels: Sequence[str]
) -> list[object]:
    """Return a list with one item for each id: the node with this id, or the error UnknownId if there is no such node.

    `labels` are the labels that the field's nodes can have. The hint of the error suggests similar ids with these
    labels.
    """
    present, found = labels_of(ids), dict[str, object]()
    if present:

        def plan() -> CompiledFetch:
            return compile_fetch([sel.Fetch(tuple(dict.fromkeys(ids)), reader.nodes(chosen, present))])

        (found,) = await fetch(context, context.cached_plan(chosen.key, plan))
    if missing := {node_id: labels for node_id in ids if node_id not in found}:
        nearest = await nearest_ids(context.reader, context.name_index, missing)
        found |= {node_id: unknown_id(node_id, nearest.get(node_id, ())) for node_id in missing}
    return [found[node_id] for node_id in ids]


def _by_id(label: Label) -> RootField:
    async def answer(reader: SelectionReader, chosen: SelectedField, context: Context) -> object:
        node_id = str(chosen.arguments["id"])
        if model.label_of(node_id) is not None:
            check_label("id", node_id, label.name)
        (node,) = await _find(reader, chosen, context, [node_id], [label.name])
        return node

    text = f"{label.name} with this id."
    ids = [argument("id", strawberry.ID)]
    return RootField(label.singular, f"{label.name} | None", text, answer, ids)


def _listing(label: Label) -> RootField:
    plan = connection_plan(None, label.name)

    async def answer(reader: SelectionReader, chosen: SelectedField, context: Context) -> object:
        compiled = context.cached_plan(
            chosen.key, lambda: compile_connection(cast("sel.Connection", plan(reader, chosen)))
        )
        rows = await context.reader.run(compiled.statement, compiled.parameters)
        try:
            return CompletedValue(compiled.to_response(rows))
        except InvalidStoredValue:
            return compiled.to_values(rows)

    text = f"All {label.words}, or those that match `where`."
    return RootField(label.plural, f"{label.name}Connection | None", text, answer, connection_arguments(label.name))


_ALL_LABELS: Final = tuple(label.name for label in model.LABELS)


async def _node(reader: SelectionReader, chosen: SelectedField, context: Context) -> object:
    (node,) = await _find(reader, chosen, context, [str(chosen.arguments["id"])], _ALL_LABELS)
    return node


async def _nodes(reader: SelectionReader, chosen: SelectedField, context: Context) -> object:
    ids = [str(node_id) for node_id in cast("list[object]", chosen.arguments["ids"])]
    return complete_list(await _find(reader, chosen, context, ids, _ALL_LABELS))


def traversal_fields() -> list[RootField]:
    """Return the root fields that read nodes: `node`, `nodes`, and two fields for each label.

    The first of the two fields returns a node by its id. The second is a connection that contains all nodes of the
    label. The labels are in the order of the model.
    """
    fields = [
        RootField(
            "node",
            "Node | None",
            "Node of any type with this id, such as City:vantaa.",
            _node,
            [argument("id", strawberry.ID)],
        ),
        RootField(
            "nodes",
            "list[Node | None] | None",
            "Nodes of any types with these ids, in the same order.",
            _nodes,
            [argument("ids", list[strawberry.ID])],
        ),
    ]
    for label in model.LABELS:
        fields += [_by_id(label), _listing(label)]
    return fields
