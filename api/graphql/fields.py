"""Fields whose values come from the statement of their root field.

Each has a planner, which turns it into an item of a selection, and a resolver, which reads the shaped result under
its response key. Neither runs a query.
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
"""The info argument of a graphql-core resolver. Its context is an `api.graphql.context.Context`."""

Planner = Callable[["SelectionReader", "SelectedField"], object]
"""Builds an item of a selection from a selected field. The kind of item depends on the type that has the field."""

TYPE_REGISTRY: Final[dict[str, object]] = {}
"""Every derived type by its GraphQL name. Annotations of derived fields are resolved in this namespace, so that types
can refer to types that are created later."""

STRAWBERRY_KEY: Final = "strawberry-definition"
"""The extension key under which a graphql-core field carries its Strawberry field."""


class DerivedField(StrawberryField):
    """A field whose annotation is resolved among the derived types, so that it can refer to types created later.

    Strawberry's own fields lose the namespace of their annotation when their class becomes a dataclass. A field created
    without a name takes the name of the attribute it is assigned to.
    """

    def __init__(
        self, annotation: object, description: str, *, name: str | None = None, default: object = MISSING
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
        """Ignore the assignment; the annotation of the constructor stays."""


class GraphField(DerivedField):
    """A field derived from the model. It is planned as an item of a selection and read from the shaped result."""

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
        """Return the value under the field's response key."""
        return source[cast("str", info.path.key)]


def argument(
    name: str, annotation: object, description: str | None = None, default: object = UNSET
) -> StrawberryArgument:
    """Build an argument of a derived field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation, namespace=TYPE_REGISTRY),
        description=description,
        default=default,
    )
