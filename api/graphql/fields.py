"""Define GraphQL fields that are derived from the model.

A field has a planner and a resolver. The planner converts the selected field into an item of a selection
(`graph.traversal.selection`). The statement of the root field is compiled from this selection. The resolver reads the
field's value from the result of the statement. Planners and resolvers run no statements.
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
"""The `info` argument of graphql-core resolvers. Its context is an `api.graphql.context.Context`."""

Planner = Callable[["SelectionReader", "SelectedField"], object]
"""A function that converts a selected field into an item of the selection from which a statement is compiled. The class
of the item depends on the parent type of the field."""

TYPE_REGISTRY: Final[dict[str, object]] = {}
"""All derived types by GraphQL name. Annotations of derived fields are resolved in this namespace, so they can name
types that are created later."""

STRAWBERRY_KEY: Final = "strawberry-definition"
"""The key of the Strawberry field in the extensions of a graphql-core field."""


class DerivedField(StrawberryField):
    """A field whose annotation can name types in TYPE_REGISTRY, even types that are created later.

    Strawberry's own fields cannot resolve such names after their class has become a dataclass. Without `name`, the
    field has the name of the class attribute to which it is assigned.
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
        """Ignore the assigned type. The type always comes from the constructor's annotation."""


class GraphField(DerivedField):
    """A field that is compiled into the statement of its root field.

    `plan` converts the selected field into an item of the selection. The statement is compiled from the selection.
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
        """Return the value of the field from its parent object, which contains the values by response key."""
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
