"""A field that is answered from the statement its root field was compiled to.

Such a field knows two things: how it is planned (which item of a selection it becomes) and how it is read (from the
shaped answer, under its response key). It never queries.
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
    """A field whose annotation is read among the derived types, so that it may name types that are made later.

    Strawberry's own fields lose the namespace of their annotation when their class becomes a dataclass. A field made
    without a name takes that of the attribute it is assigned to.
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
        """Keeps the annotation the field was made with."""


class GraphField(DerivedField):
    """A field derived from the model: planned as an item of a selection, read from the shaped answer."""

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
        """The value under the field's response key: the statement already shaped it."""
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
