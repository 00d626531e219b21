"""Define GraphQL fields that are derived from the model.

Each such field has a planner and a resolver. When an operation is planned, the planner converts the GraphQL field to an
item of a selection (see `graph.traversal.selection`). From this selection, the Cypher statement of the root field is
compiled. When the statement has run, the resolver reads the field's value from the result of the statement. Planners
and resolvers run no statements.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from graphql import GraphQLResolveInfo
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import FieldType, StrawberryField
from strawberry.types.unset import UNSET

if TYPE_CHECKING:
    from api.graphql.selection import SelectedField, SelectionReader

ResolveInfo: TypeAlias = "GraphQLResolveInfo[Any]"
"""The argument `info` of resolvers in graphql-core. Its attribute `context` is an `api.graphql.context.Context`."""

Planner = Callable[["SelectionReader", "SelectedField"], object]
"""A function that converts a selected GraphQL field to an item of a selection (see `graph.traversal.selection`).

The Cypher statement is compiled from the selection. The class of the item depends on the GraphQL type that has the
field.
"""

TYPE_REGISTRY: Final[dict[str, object]] = {}
"""All GraphQL types that are derived from the model, by name.

The annotations of derived fields are resolved with these names, so that an annotation can name a type that is created
later.
"""

STRAWBERRY_KEY: Final = "strawberry-definition"
"""The key in `extensions` of a graphql-core field under which the corresponding Strawberry field is stored."""


class DerivedField(StrawberryField):
    """A field whose annotation can name types in TYPE_REGISTRY, including types that are created later.

    Strawberry itself cannot resolve such names after the class that contains the field has become a dataclass. Without
    `name`, the field is named after the class attribute to which it is assigned.
    """

    def __init__(
        self, annotation: object, description: str | None, *, name: str | None = None, default: object = MISSING
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            python_name=name,
            graphql_name=name,
            type_annotation=StrawberryAnnotation(annotation, namespace=TYPE_REGISTRY),
            description=description,
            default=default,
        )

    @property
    def type(self) -> FieldType:
        return self.resolve_type()

    @type.setter
    def type(self, type_: object) -> None:
        """Ignore the type that Strawberry assigns.

        The type is always resolved from the annotation passed to the constructor.
        """


class GraphField(DerivedField):
    """A field whose value is read by the Cypher statement of its root field.

    `plan` converts the GraphQL field to an item of a selection (see `graph.traversal.selection`). The statement is
    compiled from this selection.
    """

    def __init__(
        self,
        name: str,
        annotation: object,
        description: str,
        plan: Planner,
        arguments: Sequence[StrawberryArgument] = (),
    ) -> None:
        super().__init__(annotation, description, name=name)
        self.plan = plan
        self.arguments = list(arguments)

    @staticmethod
    def resolve_shaped(source: Mapping[str, object], info: ResolveInfo, **_: object) -> object:
        """Return the value of the field from its parent object, which is a mapping from response keys to values."""
        return source[cast("str", info.path.key)]


def argument(
    name: str, annotation: object, description: str | None = None, default: object = UNSET
) -> StrawberryArgument:
    """Build an argument of a field. `annotation` can name types in TYPE_REGISTRY."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation, namespace=TYPE_REGISTRY),
        description=description,
        default=default,
    )
