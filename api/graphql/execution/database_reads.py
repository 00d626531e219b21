"""Estimate how many nodes and relationships the database reads for the fields of an operation, before its execution."""

from collections.abc import Callable, Container, Iterator, Mapping
from enum import Enum
from math import prod
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLCompositeType,
    GraphQLNamedType,
    GraphQLSchema,
    SelectionSetNode,
    Undefined,
    value_from_ast_untyped,
)
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from graph import model
from graph.analysis import SubsetCounts
from graph.model import Path
from graph.questions.declaration import arguments_of
from graph.registry import ANALYSES_WORK, QUESTIONS, WORK
from graph.store import Degrees
from graph.traversal.reads import Reads, condition_reads, connection_reads, count_reads, related_end, target_of
from graph.traversal.statement_reads import statement_reads
from graph.vocabulary import capitals

__all__ = ["ReadEstimator", "is_connection"]

_QUESTIONS: Final = {to_camel_case(name): name for name in QUESTIONS}
"""A dict from the name of a root field to the name of its question (a named query).

For example, the root field `peerCities` has the question `peer_cities`.
"""


class ReadEstimator:
    """An estimator of the nodes and relationships that the database reads for the fields of one operation.

    The estimates are computed from `degrees`, the measured numbers of nodes and of relationships per node. `variables`
    are the coerced variables of the operation. `fields` yields the fields on one level of a selection, including the
    fields in fragments, but not the fields that `@skip` or `@include` excludes.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        degrees: Degrees,
        subset_counts: SubsetCounts | None,
        variables: Mapping[str, object],
        fields: Callable[[SelectionSetNode], Iterator[FieldNode]],
    ) -> None:
        self._query_type = schema.query_type
        self._degrees = degrees
        self._subset_counts = subset_counts
        self._variables = cast("dict[str, Any]", variables)
        self._fields = fields

    def reads(self, node: FieldNode, owner: GraphQLCompositeType, named: GraphQLNamedType) -> Reads:
        """Return the estimated numbers of nodes and relationships that the database reads to answer a field.

        `owner` is the type that has the field, and `named` is the type of the field's value. The numbers are 0 unless
        the field is a connection, a question (named query) or `feeYears`.
        """
        name, label = node.name.value, named.name.removesuffix("Connection")
        nodes = self._degrees.nodes
        if owner is self._query_type and name in _QUESTIONS:
            return self._question_reads(_QUESTIONS[name], node)
        if owner is self._query_type and label in nodes and is_connection(named):
            return self._root_reads(node, label, self._arguments(node))
        if owner.name in nodes and is_connection(named):
            end = related_end(owner.name, name)
            return Reads() if end is None else self._related_reads(node, end, self._arguments(node))
        if named.name == "FeeYears":
            arguments = self._arguments(node)
            first, last = (cast("int | None", arguments.get(year)) or 0 for year in ("from", "until"))
            memberships = connection_reads(self._degrees, model.association(owner.name, "memberships"))
            return Reads(round(max(0, last - first + 1) * memberships * self._passes(node, model.FEE_YEAR.name)))
        return Reads()

    def _question_reads(self, name: str, node: FieldNode) -> Reads:
        degrees, question, arguments = self._degrees, QUESTIONS[name], self._arguments(node)
        once = statement_reads(degrees, question.statement.text) if question.statement else 0
        if (work := WORK.get(name)) is not None:
            once += work(degrees, _python_arguments(arguments), self._subset_counts)
        reads = Reads(once=once)
        analyses = {to_camel_case(analysis.name): analysis.name for analysis in question.analyses}
        fields = {id(field): field for field in self._analysis_fields(node, analyses)} if analyses else {}
        # Fields with the same arguments share one run.
        runs = {
            (field.name.value, tuple(sorted(own.items()))): own
            for field in fields.values()
            for own in (_python_arguments(self._arguments(field)),)
        }
        for (path, _), own in runs.items():
            estimate = ANALYSES_WORK[name, analyses[path]]
            work_of_field = estimate(degrees, _python_arguments(arguments), own, self._subset_counts)
            reads = reads.plus(Reads(once=work_of_field, path=path))
        for path, label, where in _filters(question.arguments, arguments):
            reads = reads.plus(condition_reads(degrees, label, where, path))
            reads = reads.plus(Reads(once=degrees.nodes.get(label, 0)))
        return reads

    def _analysis_fields(self, node: FieldNode, names: Container[str]) -> Iterator[FieldNode]:
        """Among the fields that the client selects in a question's rows, yield those that an analysis computes.

        `names` contains the names of all fields that an analysis computes. `node` is the root field of the question, or
        a field on the way from the root field to the rows, such as `nodes`.
        """
        assert node.selection_set is not None, "validation requires a selection"
        for field in self._fields(node.selection_set):
            if field.name.value in names:
                yield field
            elif field.name.value in ("nodes", "edges", "node"):
                yield from self._analysis_fields(field, names)

    def _root_reads(self, node: FieldNode, label: str, arguments: Mapping[str, object]) -> Reads:
        where = _condition(arguments, "where")
        rows = _number_of_ids(where)
        reads = condition_reads(self._degrees, label, where, rows=rows)
        if rows is None and (where or not self._selects_only_total(node)):
            reads = reads._replace(once=reads.once + round(self._degrees.nodes[label] * self._passes(node, label)))
        return self._plus_counts(reads, arguments, label, rows)

    def _related_reads(self, node: FieldNode, end: model.Association | Path, arguments: Mapping[str, object]) -> Reads:
        degrees, label = self._degrees, target_of(end)
        rows = connection_reads(degrees, end)
        reads = condition_reads(degrees, label, _condition(arguments, "where"), rows=rows)
        if isinstance(end, Path):
            where = _condition(arguments, "edgeWhere")
            reads = reads.plus(condition_reads(degrees, end.between, where, "edgeWhere", rows=rows))
        reads = reads._replace(number=reads.number + round(rows * self._passes(node, label)))
        return self._plus_counts(reads, arguments, label, rows)

    def _plus_counts(self, reads: Reads, arguments: Mapping[str, object], label: str, rows: float | None) -> Reads:
        """Return `reads` plus the numbers of nodes and relationships that the database reads to sort by `orderBy`.

        Only sort keys that count related nodes, such as MEMBERS_COUNT, need additional reads. `rows` is the number of
        rows to sort, or None if all nodes of the label are sorted.
        """
        for order in _items(arguments.get("orderBy")):
            key = _enum_name(cast("Mapping[str, object]", order)["field"]) if isinstance(order, Mapping) else ""
            for end in (*model.paths(label), *model.associations(label)):
                if f"{capitals(end.name)}_COUNT" == key:
                    reads = reads.plus(count_reads(self._degrees, end, rows)._replace(path="orderBy"))
        return reads

    def _passes(self, node: FieldNode, label: str) -> float:
        """Return the mean number of times that the database reads each row of a connection.

        Each selected `aggregate` and each selected `groupBy` reads the rows once. All other selected fields together
        also read the rows once. A `groupBy` by related nodes, such as themes, also reads the related nodes of each row.
        For such a `groupBy`, the mean number of related nodes of a row is added to the result.
        """
        assert node.selection_set is not None, "validation requires a selection"
        passes = 0.0
        others: set[str] = set()
        for field in self._fields(node.selection_set):
            match field.name.value:
                case "aggregate":
                    passes += 1
                case "groupBy":
                    keys = map(_enum_name, _items(self._arguments(field).get("keys")))
                    passes += 1 + sum(self._grouping_reads(label, key) for key in keys)
                case name:
                    others.add(name)
        return passes + bool(others - {"__typename"}) or 1

    def _grouping_reads(self, label: str, key: str) -> float:
        """Return how many related nodes the database reads for each node, on average, to group nodes by a key.

        If the key is a property of the nodes themselves, the number is 0.
        """
        for grouping in model.groupings(label):
            if capitals(grouping.name) == key:
                return prod(connection_reads(self._degrees, step) for step in grouping.associations)
        return 0

    def _selects_only_total(self, node: FieldNode) -> bool:
        """Return whether `totalCount` is the only field that the client selects in a connection.

        In this case the database computes `totalCount` without reading the nodes.
        """
        assert node.selection_set is not None, "validation requires a selection"
        return {field.name.value for field in self._fields(node.selection_set)} <= {"totalCount", "__typename"}

    def _arguments(self, node: FieldNode) -> Mapping[str, object]:
        """Return the arguments of a field in the document, as a dict from name to value.

        The names are written as in the schema.
        """
        values = {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in node.arguments or ()
        }
        return cast("Mapping[str, object]", _without_omitted(values))


def is_connection(named: GraphQLNamedType) -> bool:
    """Return whether a GraphQL type represents a page, either of nodes or of groups."""
    return named.name.endswith(("Connection", "Groupings"))


def _condition(arguments: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return the conditions in the argument `name`. If the argument is omitted or null, return an empty mapping."""
    given = arguments.get(name)
    return cast("Mapping[str, object]", given) if isinstance(given, dict) else {}


def _number_of_ids(where: Mapping[str, object]) -> int | None:
    """Return the number of ids in the condition on `id` of a `where` argument.

    If there is no such condition, return None.
    """
    comparisons = where.get("id")
    if isinstance(comparisons, Mapping):
        for operator, value in cast("Mapping[str, object]", comparisons).items():
            if operator in ("eq", "in") and value is not None:  # null is no condition
                return len(_items(value))
    return None


def _without_omitted(value: object) -> object:
    """Return the value of an argument without the input fields that are set to an omitted variable.

    A variable is omitted if the client sent no value for it. GraphQL also ignores these fields when it executes an
    operation.
    """
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {name: _without_omitted(field) for name, field in fields.items() if field is not Undefined}
    return list(map(_without_omitted, cast("list[object]", value))) if isinstance(value, list) else value


def _items(value: object) -> list[object]:
    """Return the items of a list argument. A single item without brackets is accepted as a list of one item."""
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _enum_name(value: object) -> str:
    """Return the name of an enum value.

    In a document, the value is the name itself. In a variable, it is an enum member.
    """
    return str(value.value if isinstance(value, Enum) else value)


def _filters(
    arguments: type, given: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Yield each filter of nodes that the arguments of a question (named query) contain.

    A filter is yielded as a path, a label and conditions. The path is the position of the filter in the arguments, such
    as `subset.citiesWhere`. The conditions restrict the nodes of the label. `arguments` is the dataclass that declares
    the arguments.
    """
    for argument in arguments_of(arguments):
        name = to_camel_case(argument.public_name)
        value = given.get(name)
        if not isinstance(value, dict):
            continue
        values = cast("Mapping[str, object]", value)
        if argument.where is not None:
            yield f"{prefix}{name}", argument.where.label, values
        elif argument.nested:
            yield from _filters(argument.value_type, values, f"{prefix}{name}.")


def _python_arguments(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Convert the arguments of a field to the form that the declaration of a question uses."""
    return cast("Mapping[str, object]", _python_value(arguments))


def _python_value(value: object) -> object:
    """Convert a value from GraphQL to the form that the declaration of a question uses.

    Field names are converted to snake case, enum members to their names, and lists to tuples.
    """
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        return {to_snake_case(name): _python_value(field) for name, field in fields.items()}
    if isinstance(value, list):
        return tuple(map(_python_value, cast("list[object]", value)))
    return value.name if isinstance(value, Enum) else value
