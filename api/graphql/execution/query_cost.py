"""Measures an operation before any of it is carried out, and refuses it where it is over a limit.

The measure walks the document once: a fragment is measured where it is defined and its figures are taken over at each
spread, so the time is linear in the document, however often fragments nest. A connection's cost depends on the page
that the field around it asks for, which a fragment cannot know; its figures are therefore kept as `cost` for what is
there once and `per_item` for what is there once for each item of the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

from api.graphql.execution.limits import COST_CEILING, SHORT_LIST, Limits, limit_exceeded, negative_page_size, number


@dataclass(frozen=True, slots=True)
class Cost:
    """What a selection adds up to. `fields` counts its own level only, `depth` its levels."""

    cost: int = 0
    per_item: int = 0
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
    """An operation's cost, and why it is refused; no reasons where it is not.

    `describes` where it asks for the schema's description only.
    """

    cost: int
    describes: bool
    errors: list[GraphQLError]


class CostAnalyzer:
    """Measures operations over one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.sizes = _introspection_sizes(schema)
        self._full_introspection_cost = self._whole_schema()

    def of(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
    ) -> QueryCost:
        """Measures a valid operation with its coerced variables. Linear in the size of the document."""
        walk = _CostVisitor(self, fragments, variables)
        total = walk.root(operation)
        limits = self.limits
        errors = walk.errors
        for name, requested, limit, noun, hint in (
            ("depth", total.depth, limits.depth, "depth", "ask for fewer levels, then go on from the ids with nodes"),
            ("aliases", total.aliases, limits.aliases, "aliases", "ask in several requests"),
            ("rootFields", total.fields, limits.root_fields, "root fields", "ask in several requests"),
            ("directives", total.directives, limits.directives, "directives", "leave some out"),
            ("conditions", total.inputs, limits.conditions, "conditions", "compare with many values at once by `in`"),
            (
                "introspectionDepth",
                total.introspection_depth,
                limits.introspection_depth,
                "introspection of depth",
                "use a standard introspection query",
            ),
        ):
            if requested > limit:
                errors.append(limit_exceeded(name, f"{noun} {number(requested)}", requested, limit, hint, operation))
        if total.introspection > limits.introspection * self._full_introspection_cost:
            requested = ceil(total.introspection / self._full_introspection_cost)
            told = f"introspection of {number(requested)} times the schema"
            hint = "use one standard introspection query"
            errors.append(limit_exceeded("introspection", told, requested, limits.introspection, hint, operation))
        if total.cost > limits.cost:
            told = f"cost {number(total.cost)}"
            hint = f"ask for smaller pages or fewer levels; the dearest path is {walk.most_expensive_path(operation)}"
            errors.append(limit_exceeded("cost", told, total.cost, limits.cost, hint, operation))
        describes = total.introspection > 0 and total.fields == 0
        return QueryCost(total.cost, describes, errors)

    def _whole_schema(self) -> int:
        """What the largest standard introspection query adds up to."""
        query = get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        )
        definitions = parse(query).definitions
        operation = next(each for each in definitions if isinstance(each, OperationDefinitionNode))
        fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        return _CostVisitor(self, fragments, {}).root(operation).introspection


class _CostVisitor:
    """One operation's measuring. Recursion is bounded: validation refuses what nests more than 200 levels."""

    def __init__(
        self, measure: CostAnalyzer, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, object]
    ) -> None:
        self.schema = measure.schema
        self.limits = measure.limits
        self.sizes = measure.sizes
        self.fragments = fragments
        self.variables = variables
        self.errors: list[GraphQLError] = []
        self.by_fragment: dict[str, Cost] = {}
        self.by_field: dict[int, tuple[Cost, int]] = {}  # of a field node: its tally, and the page it opens

    def root(self, operation: OperationDefinitionNode) -> Cost:
        root_type = self.schema.get_root_type(operation.operation)
        assert root_type is not None, "validation knows the operation's type"
        return self.selections(operation.selection_set, root_type) + Cost(directives=len(operation.directives or ()))

    def selections(self, selection_set: SelectionSetNode, owner: GraphQLCompositeType) -> Cost:
        total = Cost()
        for node in selection_set.selections:
            if not self.included(node):
                continue
            total += Cost(directives=len(node.directives or ()))
            if isinstance(node, FieldNode):
                total += self.field(node, owner)
            elif isinstance(node, FragmentSpreadNode):
                total += self.fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                total += self.selections(node.selection_set, self.type(condition.name.value) if condition else owner)
        return total

    def fragment(self, name: str) -> Cost:
        if name not in self.by_fragment:
            definition = self.fragments[name]
            self.by_fragment[name] = self.selections(
                definition.selection_set, self.type(definition.type_condition.name.value)
            )
        return self.by_fragment[name]

    def type(self, name: str) -> GraphQLCompositeType:
        return cast("GraphQLCompositeType", self.schema.type_map[name])

    def field(self, node: FieldNode, owner: GraphQLCompositeType) -> Cost:
        name = node.name.value
        if name == "__typename":
            return Cost(cost=1, depth=1)
        definition = self.schema.get_field(owner, name)
        assert definition is not None, "validation knows the field"
        inputs, ids = self.arguments(node)
        named, is_list = _shape(definition)
        page = self.page(node, definition, named)
        inner = (
            self.selections(node.selection_set, named) if node.selection_set and is_composite_type(named) else Cost()
        )
        if is_introspection_type(named) or is_introspection_type(owner):
            tally = self.introspected(node, owner, inner)
        else:
            once = 1 + inner.cost + page * inner.per_item
            items = self.items(named, page, ids) if is_list and node.selection_set else 1
            per_item = is_list and _is_connection(owner)
            tally = Cost(
                cost=0 if per_item else min(items * once, COST_CEILING),
                per_item=min(once, COST_CEILING) if per_item else 0,
                fields=1,
                depth=1 + inner.depth,
                aliases=inner.aliases + (node.alias is not None),
                directives=inner.directives,
                inputs=inner.inputs + inputs,
                introspection=inner.introspection,
                introspection_depth=inner.introspection_depth,
            )
        self.by_field[id(node)] = (tally, page)
        return tally

    def introspected(self, node: FieldNode, owner: GraphQLCompositeType, inner: Cost) -> Cost:
        """A field of the schema's description: its weight is the share of the schema that it can show."""
        size = self.sizes.get(f"{owner.name}.{node.name.value}", 1)
        return Cost(
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            introspection=min(size * (1 + inner.introspection + inner.cost), COST_CEILING),
            introspection_depth=1 + max(inner.introspection_depth, inner.depth),
        )

    def items(self, named: GraphQLNamedType, page: int, ids: int | None) -> int:
        """How many items a list of objects is taken to hold."""
        if page and not _is_connection(named):
            return page
        return SHORT_LIST if ids is None else ids

    # --- Arguments ---

    def page(self, node: FieldNode, definition: GraphQLField, named: GraphQLNamedType) -> int:
        """The size of the page that a field opens; 0 where it opens none."""
        if not _is_connection(named) and "first" not in definition.args:
            return 0
        size: int | None = None
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = self.integer(argument.value)
                if value is not None:
                    self.check_page(argument.name.value, value, argument)
                    size = max(size or 0, value)
        size = self.limits.default_page_size if size is None else size
        return max(0, min(size, COST_CEILING))

    def check_page(self, name: str, value: int, node: ArgumentNode) -> None:
        if value < 0:
            self.errors.append(negative_page_size(name, value, node))
        elif value > self.limits.page_size:
            hint = "ask for smaller pages and go on from pageInfo.endCursor"
            told = f"{name} {number(value)}"
            self.errors.append(limit_exceeded("pageSize", told, value, self.limits.page_size, hint, node))

    def integer(self, value: ValueNode) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value)
        given = self.variables.get(value.name.value) if isinstance(value, VariableNode) else None
        return given if isinstance(given, int) else None

    def arguments(self, node: FieldNode) -> tuple[int, int | None]:
        """How many objects a field's arguments hold, and how many ids it is asked for, if it is asked by ids."""
        total = 0
        ids: int | None = None
        for argument in node.arguments or ():
            objects, depth, longest = _extent(argument.value, self.variables)
            total += objects
            if argument.name.value == "ids":
                ids = longest
            for name, requested, limit, told in (
                ("listItems", longest, self.limits.list_items, f"{argument.name.value} of {longest} items"),
                ("inputDepth", depth, self.limits.input_depth, f"{argument.name.value} of depth {depth}"),
            ):
                if requested > limit:
                    self.errors.append(
                        limit_exceeded(name, told, requested, limit, "ask in several requests", argument)
                    )
        return total, ids

    def included(self, node: SelectionNode) -> bool:
        """Whether `@skip` and `@include` leave the selection in."""
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                value = argument.value
                given = value.value if isinstance(value, BooleanValueNode) else None
                if isinstance(value, VariableNode):
                    given = self.variables.get(value.name.value)
                if (directive.name.value, given) in (("skip", True), ("include", False)):
                    return False
        return True

    # --- The dearest path ---

    def most_expensive_path(self, operation: OperationDefinitionNode) -> str:
        """The fields, from the root, that add most to the cost at each level, with the pages they open."""
        steps: list[str] = []
        selection_set: SelectionSetNode | None = operation.selection_set
        page = 0
        while selection_set is not None:
            candidates = [each for each in self.fields(selection_set) if each.selection_set]
            if not candidates:
                break
            heaviest = max(candidates, key=lambda each: self.weight(each, page))
            opened = self.by_field[id(heaviest)][1]
            steps.append(heaviest.name.value + (f"({opened})" if opened else ""))
            selection_set, page = heaviest.selection_set, opened
        return " > ".join(steps)

    def weight(self, node: FieldNode, page: int) -> int:
        tally, _ = self.by_field[id(node)]
        return tally.cost + page * tally.per_item

    def fields(self, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
        """The fields of one level, each fragment entered once."""
        entered: set[str] = set()
        waiting = [selection_set]
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    if id(node) in self.by_field:
                        yield node
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
                    entered.add(node.name.value)
                    waiting.append(self.fragments[node.name.value].selection_set)


def _shape(definition: GraphQLField) -> tuple[GraphQLNamedType, bool]:
    """The named type of a field, and whether it stands in a list."""
    output = cast("object", definition.type)  # pyright: ignore[reportUnknownMemberType]  (generic in its own wrappings)
    if isinstance(output, GraphQLNonNull):
        output = cast("object", output.of_type)  # pyright: ignore[reportUnknownMemberType]
    named = get_named_type(definition.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return named, isinstance(output, GraphQLList)


def _is_connection(named: GraphQLNamedType) -> bool:
    return named.name.endswith("Connection")


def _extent(value: object, variables: Mapping[str, object]) -> tuple[int, int, int]:
    """Of an argument's value: how many objects it holds, how deep they nest, and its longest list."""
    count = deepest = longest = 0
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner: list[object] = []
        if isinstance(each, VariableNode):
            inner, depth = [variables.get(each.name.value)], depth - 1
        elif isinstance(each, ListValueNode):
            inner = list(each.values)
            longest = max(longest, len(inner))
        elif isinstance(each, ObjectValueNode):
            inner = [field.value for field in each.fields]
            count += 1
        elif isinstance(each, list):
            inner = cast("list[object]", each)
            longest = max(longest, len(inner))
        elif isinstance(each, dict):
            inner = list(cast("dict[str, object]", each).values())
            count += 1
        waiting.extend((item, depth + 1) for item in inner)
    return count, deepest, longest


def _introspection_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """How many items each list of the schema's description holds: exactly for the schema, on average below it."""
    types = list(schema.type_map.values())
    fields = [list(cast("Mapping[str, object]", getattr(each, "fields", {})).values()) for each in types]
    members = [len(each) for each in fields]
    arguments = [len(each.args) for group in fields for each in group if isinstance(each, GraphQLField)]
    values = [len(cast("Mapping[str, object]", getattr(each, "values", {}))) for each in types]

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
