"""Compute the cost of an operation before its execution, and check its limits.

The cost is an estimate of the number of values in the response and of database reads. The computation takes linear
time, even if fragments are nested: the cost of a fragment is computed once and added for every use of the fragment. A
fragment can select the items of a page, while the size of the page is set by a field outside the fragment. The cost of
one item of a page is therefore stored separately, as `Cost.per_item`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import cast

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_introspection_query,
    get_named_type,
    is_composite_type,
    is_introspection_type,
    parse,
)
from graphql.language import BooleanValueNode, ValueNode

from api.graphql.execution.database_reads import ReadEstimator, is_connection
from api.graphql.execution.limits import (
    COST_CEILING,
    DEFAULT_LIST_ITEMS,
    Limits,
    format_count,
    limit_exceeded,
    negative_page_size,
)
from graph.analysis import SubsetCounts
from graph.store import Degrees
from graph.traversal.reads import Reads


@dataclass(frozen=True, slots=True)
class Cost:
    """Numbers that describe a selection.

    The first three are parts of the cost of an operation, which counts values in the response and database reads:

    - `cost`: the part that does not depend on the size of the page that contains the selection.
    - `per_item`: the part that is added for every item of that page.
    - `once`: the part that is added once for each root field. It counts the nodes and relationships that the database
      reads only once for a statement, even if the fields that need them occur many times in the response.

    The others are compared with limits. For example:

    - `fields`: number of fields on the top level of the selection.
    - `depth`: number of levels.
    - `inputs`: number of input objects in arguments.
    - `introspection`: number of values that introspection can return.
    """

    cost: int = 0
    per_item: int = 0
    once: int = 0
    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    inputs: int = 0
    introspection: int = 0
    introspection_depth: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            min(self.cost + other.cost, COST_CEILING),
            min(self.per_item + other.per_item, COST_CEILING),
            min(self.once + other.once, COST_CEILING),
            min(self.fields + other.fields, COST_CEILING),
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, COST_CEILING),
            min(self.directives + other.directives, COST_CEILING),
            min(self.inputs + other.inputs, COST_CEILING),
            min(self.introspection + other.introspection, COST_CEILING),
            max(self.introspection_depth, other.introspection_depth),
        )


@dataclass(frozen=True, slots=True)
class QueryCost:
    """The cost of an operation, and one error for each limit that the operation exceeds."""

    cost: int
    is_introspection: bool
    errors: list[GraphQLError]


class CostAnalyzer:
    """An analyzer that computes the cost of operations on one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.degrees: Degrees | None = None
        self.subset_counts: SubsetCounts | None = None

    @cached_property
    def introspection_sizes(self) -> dict[str, int]:
        """The lengths of the lists in introspection results, by type and field."""
        return _introspection_sizes(self.schema)

    def analyze(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
        *,
        limits_cost: bool = True,
    ) -> QueryCost:
        """Compute the cost of a valid operation, and check whether the operation exceeds a limit.

        The caller must have coerced the `variables`, that is, converted them to the declared types. If `limits_cost` is
        false, the limit on the cost is not checked. All other limits are always checked.
        """
        visitor = _CostVisitor(self, fragments, variables)
        total = visitor.visit_operation(operation)
        limits, errors = self.limits, visitor.errors
        for name, requested, limit, noun, hint in (
            ("depth", total.depth, limits.depth, "depth", "select fewer levels and continue from the ids with nodes"),
            ("aliases", total.aliases, limits.aliases, "aliases", "send several requests"),
            ("rootFields", total.fields, limits.root_fields, "root fields", "send several requests"),
            ("directives", total.directives, limits.directives, "directives", "remove directives"),
            ("conditions", total.inputs, limits.conditions, "conditions", "compare with several values by `in`"),
            (
                "introspectionDepth",
                total.introspection_depth,
                limits.introspection_depth,
                "introspection of depth",
                "use a standard introspection query",
            ),
        ):
            if requested > limit:
                subject = f"{noun} {format_count(requested)}"
                errors.append(limit_exceeded(name, subject, requested, limit, hint, operation))
        if total.introspection and total.introspection > limits.introspection * self._full_introspection_cost:
            requested = ceil(total.introspection / self._full_introspection_cost)
            subject = f"introspection of {format_count(requested)} times the schema"
            hint = "use one standard introspection query"
            errors.append(limit_exceeded("introspection", subject, requested, limits.introspection, hint, operation))
        cost = min(total.cost + total.once, COST_CEILING)
        if limits_cost and cost > limits.cost:
            path = visitor.most_expensive_path(operation)
            hint = (
                "select smaller pages, fewer levels or fewer conditions, "
                "or smaller subsets or fewer trials in analyses; "
                f"the most expensive path is {path}"
            )
            subject = f"cost {format_count(cost)}"
            errors.append(limit_exceeded("cost", subject, cost, limits.cost, hint, operation))
        is_introspection = total.introspection > 0 and total.fields == 0
        return QueryCost(cost, is_introspection, errors)

    @cached_property
    def _full_introspection_cost(self) -> int:
        """The introspection cost of graphql-core's standard introspection query with all its options."""
        query = get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        )
        definitions = parse(query).definitions
        operation = next(node for node in definitions if isinstance(node, OperationDefinitionNode))
        fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        return _CostVisitor(self, fragments, {}).visit_operation(operation).introspection


class _CostVisitor:
    """A recursive visitor that computes the cost of one operation.

    Validation limits the recursion: it rejects documents with more than 200 levels.
    """

    def __init__(
        self, analyzer: CostAnalyzer, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, object]
    ) -> None:
        self.schema = analyzer.schema
        self.limits = analyzer.limits
        self.analyzer = analyzer
        self.fragments = fragments
        self.variables = variables
        self.errors: list[GraphQLError] = []
        self.by_fragment: dict[str, Cost] = {}
        self.by_field: dict[int, tuple[Cost, int]] = {}  # cost and page size by the id() of a field node
        self.estimator: ReadEstimator | None = None
        if analyzer.degrees is not None:
            counts = analyzer.subset_counts
            self.estimator = ReadEstimator(analyzer.schema, analyzer.degrees, counts, variables, self.fields)
        self.reads_by_field: dict[int, Reads] = {}

    def visit_operation(self, operation: OperationDefinitionNode) -> Cost:
        root_type = self.schema.get_root_type(operation.operation)
        assert root_type is not None, "validation checks the type of the operation"
        return self.visit_selections(operation.selection_set, root_type) + Cost(
            directives=len(operation.directives or ())
        )

    def visit_selections(self, selection_set: SelectionSetNode, owner: GraphQLCompositeType) -> Cost:
        total = Cost()
        for node in selection_set.selections:
            if not self.is_included(node):
                continue
            total += Cost(directives=len(node.directives or ()))
            if isinstance(node, FieldNode):
                total += self.visit_field(node, owner)
            elif isinstance(node, FragmentSpreadNode):
                total += self.visit_fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                type_ = self.composite_type(condition.name.value) if condition else owner
                total += self.visit_selections(node.selection_set, type_)
        return total

    def visit_fragment(self, name: str) -> Cost:
        if name not in self.by_fragment:
            definition = self.fragments[name]
            type_ = self.composite_type(definition.type_condition.name.value)
            self.by_fragment[name] = self.visit_selections(definition.selection_set, type_)
        return self.by_fragment[name]

    def composite_type(self, name: str) -> GraphQLCompositeType:
        return cast("GraphQLCompositeType", self.schema.type_map[name])

    def visit_field(self, node: FieldNode, owner: GraphQLCompositeType) -> Cost:
        name = node.name.value
        if name == "__typename":
            return Cost(cost=1, depth=1)
        definition = self.schema.get_field(owner, name)
        assert definition is not None, "validation checks the field"
        inputs, ids = self.visit_arguments(node)
        named, is_list = _shape(definition)
        page_size = self.page_size(node, definition, named)
        inner = Cost()
        if node.selection_set and is_composite_type(named):
            inner = self.visit_selections(node.selection_set, named)
        if is_introspection_type(named) or is_introspection_type(owner):
            cost = self.introspection_cost(node, owner, inner)
        else:
            reads = Reads() if self.estimator is None else self.estimator.reads(node, owner, named)
            self.reads_by_field[id(node)] = reads
            item_cost = 1 + reads.number + inner.cost + page_size * inner.per_item
            items = self.list_items(named, page_size, ids) if is_list and node.selection_set else 1
            is_page = is_list and is_connection(owner)
            cost = Cost(
                cost=0 if is_page else min(items * item_cost, COST_CEILING),
                per_item=min(item_cost, COST_CEILING) if is_page else 0,
                once=min(inner.once + reads.once, COST_CEILING),
                fields=1,
                depth=1 + inner.depth,
                aliases=inner.aliases + (node.alias is not None),
                directives=inner.directives,
                inputs=inner.inputs + inputs,
                introspection=inner.introspection,
                introspection_depth=inner.introspection_depth,
            )
        self.by_field[id(node)] = (cost, page_size)
        return cost

    def introspection_cost(self, node: FieldNode, owner: GraphQLCompositeType, inner: Cost) -> Cost:
        """Return the cost of an introspection field, which is the number of values that it can return for this schema.

        `inner` is the cost of the selection inside the field.
        """
        size = self.analyzer.introspection_sizes.get(f"{owner.name}.{node.name.value}", 1)
        return Cost(
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            introspection=min(size * (1 + inner.introspection + inner.cost), COST_CEILING),
            introspection_depth=1 + max(inner.introspection_depth, inner.depth),
        )

    def list_items(self, named: GraphQLNamedType, page_size: int, ids: int | None) -> int:
        """Return the number of items that a list is assumed to have when the cost of an operation is computed.

        This is the page size of the list, or the length of the argument `ids`, or a default. `page_size` is 0 if the
        list is not paginated. `ids` is None if the field has no argument `ids`.
        """
        if page_size and not is_connection(named):
            return page_size
        return DEFAULT_LIST_ITEMS if ids is None else ids

    # --- Arguments ---

    def page_size(self, node: FieldNode, definition: GraphQLField, named: GraphQLNamedType) -> int:
        """Return the page size of a field, or 0 if the field is not paginated.

        If the page size is negative or exceeds the limit, an error is added to `errors`.
        """
        if not is_connection(named) and "first" not in definition.args:
            return 0
        size: int | None = None
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = self.integer(argument.value)
                if value is not None:
                    self.check_page_size(argument.name.value, value, argument)
                    size = max(size or 0, value)
        size = self.limits.default_page_size if size is None else size
        return max(0, min(size, COST_CEILING))

    def check_page_size(self, name: str, value: int, node: ArgumentNode) -> None:
        if value < 0:
            self.errors.append(negative_page_size(name, value, node))
        elif value > self.limits.page_size:
            hint = "use smaller pages and continue from pageInfo.endCursor"
            subject = f"{name} {format_count(value)}"
            self.errors.append(limit_exceeded("pageSize", subject, value, self.limits.page_size, hint, node))

    def integer(self, value: ValueNode) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value)
        variable = self.variables.get(value.name.value) if isinstance(value, VariableNode) else None
        return variable if isinstance(variable, int) else None

    def visit_arguments(self, node: FieldNode) -> tuple[int, int | None]:
        """Return the number of input objects in the arguments of a field, and the length of the argument `ids`.

        If the field has no argument `ids`, the length is None. For each exceeded limit, an error is added to `errors`.
        """
        total = 0
        ids: int | None = None
        for argument in node.arguments or ():
            objects, depth, longest = _measure_value(argument.value, self.variables)
            total += objects
            if argument.name.value == "ids":
                ids = max(longest, 1)  # a list of one item may be given without brackets
            for name, requested, limit, subject in (
                ("listItems", longest, self.limits.list_items, f"{argument.name.value} of {longest} items"),
                ("inputDepth", depth, self.limits.input_depth, f"{argument.name.value} of depth {depth}"),
            ):
                if requested > limit:
                    hint = "send several requests"
                    self.errors.append(limit_exceeded(name, subject, requested, limit, hint, argument))
        return total, ids

    def is_included(self, node: SelectionNode) -> bool:
        """Return False if `@skip` or `@include` removes a field or fragment from the operation, otherwise True."""
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                value = argument.value
                flag = value.value if isinstance(value, BooleanValueNode) else None
                if isinstance(value, VariableNode):
                    flag = self.variables.get(value.name.value)
                if (directive.name.value, flag) in (("skip", True), ("include", False)):
                    return False
        return True

    # --- The most expensive path ---

    def most_expensive_path(self, operation: OperationDefinitionNode) -> str:
        """Return a text that names the most expensive field of each level, such as `cities(10) > nodes`.

        A number in parentheses is a page size. If database reads are more than half of the cost of a field, the text
        ends with this field, because the reads are then the cause of the cost. If these reads come from an argument,
        the text ends with the path in the arguments, such as `where.seat`.
        """
        path: list[str] = []
        selection_set: SelectionSetNode | None = operation.selection_set
        page_size = 0
        while selection_set is not None:
            candidates = [node for node in self.fields(selection_set) if node.selection_set]
            if not candidates:
                break
            costs = [self.total_cost(node, page_size) for node in candidates]
            node = candidates[costs.index(max(costs))]
            _, page_size = self.by_field[id(node)]
            path.append(node.name.value + (f"({page_size})" if page_size else ""))
            reads = self.reads_by_field.get(id(node), Reads())
            if 2 * reads.total > max(costs):
                path += [reads.path] if reads.path else []
                break
            selection_set = node.selection_set
        return " > ".join(path)

    def total_cost(self, node: FieldNode, page_size: int) -> int:
        cost, _ = self.by_field[id(node)]
        return cost.cost + cost.once + page_size * cost.per_item

    def fields(self, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
        """Yield the fields on one level of a selection, including the fields in its fragments.

        Fields that `@skip` or `@include` removes are not yielded. Every fragment is visited once.
        """
        visited: set[str] = set()
        pending = [selection_set]
        while pending:
            for node in pending.pop().selections:
                if isinstance(node, FieldNode):
                    if id(node) in self.by_field:
                        yield node
                elif isinstance(node, InlineFragmentNode):
                    pending.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                    visited.add(node.name.value)
                    pending.append(self.fragments[node.name.value].selection_set)


def _shape(definition: GraphQLField) -> tuple[GraphQLNamedType, bool]:
    """Return the type of a field without its list and non-null wrappers, and whether the field is a list."""
    output = cast("object", definition.type)  # pyright: ignore[reportUnknownMemberType]  (a recursive generic)
    if isinstance(output, GraphQLNonNull):
        output = cast("object", output.of_type)  # pyright: ignore[reportUnknownMemberType]
    named = get_named_type(definition.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return named, isinstance(output, GraphQLList)


def _measure_value(value: object, variables: Mapping[str, object]) -> tuple[int, int, int]:
    """Return three measures of an argument's value.

    They are the number of input objects, the depth of nesting, and the length of the longest list.
    """
    objects = max_depth = longest = 0
    pending: list[tuple[object, int]] = [(value, 0)]
    while pending:
        node, depth = pending.pop()
        max_depth = max(max_depth, depth)
        children: list[object] = []
        if isinstance(node, VariableNode):
            children, depth = [variables.get(node.name.value)], depth - 1
        elif isinstance(node, ListValueNode):
            children = list(node.values)
            longest = max(longest, len(children))
        elif isinstance(node, ObjectValueNode):
            children = [field.value for field in node.fields]
            objects += 1
        elif isinstance(node, list):
            children = cast("list[object]", node)
            longest = max(longest, len(children))
        elif isinstance(node, dict):
            children = list(cast("dict[str, object]", node).values())
            objects += 1
        pending.extend((child, depth + 1) for child in children)
    return objects, max_depth, longest


def _introspection_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """Return a dict from each list in introspection results, such as `__Type.fields`, to its length.

    The lengths of the lists of `__Schema` are exact. For every other list, the length is the mean over all objects that
    have such a list.
    """
    types = list(schema.type_map.values())
    fields = [list(cast("Mapping[str, object]", getattr(type_, "fields", {})).values()) for type_ in types]
    members = [len(type_fields) for type_fields in fields]
    arguments = [len(field.args) for type_fields in fields for field in type_fields if isinstance(field, GraphQLField)]
    values = [len(cast("Mapping[str, object]", getattr(type_, "values", {}))) for type_ in types]

    def mean(counts: list[int]) -> int:
        return ceil(sum(counts) / max(1, len(counts)))

    return {
        "__Schema.types": len(types),
        "__Schema.directives": len(schema.directives),
        "__Type.fields": mean(members),
        "__Type.inputFields": mean(members),
        "__Type.enumValues": mean(values),
        "__Field.args": mean(arguments),
    }
