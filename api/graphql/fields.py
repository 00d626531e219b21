"""Fields answered from the statement of their root field.

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
"""What graphql-core tells a resolver; its context is an `api.graphql.context.Context`."""

Planner = Callable[["SelectionReader", "SelectedField"], object]
"""Makes the item of a selection out of a chosen field; what kind of item depends on where the field stands."""

TYPE_REGISTRY: Final[dict[str, object]] = {}
"""Every derived type by its GraphQL name: the namespace in which the annotations of derived fields are read, so that
types can name each other before they are made."""

STRAWBERRY_KEY: Final = "strawberry-definition"
"""The key under which graphql-core's fields carry Strawberry's."""


class DerivedField(StrawberryField):
    """A field whose annotation is resolved among the derived types, so that it can name types made later.

    Strawberry's own fields lose the namespace of their annotation when their class becomes a dataclass. A field made
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
    """A field derived from the model: planned as an item of a selection, read from the shaped result."""

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
    """Make an argument of a derived field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation, namespace=TYPE_REGISTRY),
        description=description,
        default=default,
    )
