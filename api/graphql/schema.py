"""Build the GraphQL schema with all root fields and resolvers.

The root fields include the questions (named queries).
"""

from collections.abc import Mapping
from typing import Final, cast

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, Undefined
from strawberry.schema.config import StrawberryConfig

import api.graphql.object_types  # noqa: F401  # pyright: ignore[reportUnusedImport]  (makes the derived types)
from api.graphql.display_names import display_names_field
from api.graphql.fields import STRAWBERRY_KEY, TYPE_REGISTRY, GraphField
from api.graphql.questions import QUESTION_FIELDS
from api.graphql.questions.analysis_field import AnalysisField
from api.graphql.questions.node_fields import ComputedField, NodeField
from api.graphql.questions.question_field import QuestionField
from api.graphql.root_fields import RootField, traversal_fields
from api.graphql.scalars import SCALARS
from graph import model


def _query() -> type:
    """Build the type `Query` with all root fields: nodes, connections, questions (named queries) and `displayNames`."""
    fields = (*traversal_fields(), display_names_field())
    namespace = {**{field.graphql_name: field for field in fields if field.graphql_name}, **QUESTION_FIELDS}
    return strawberry.type(
        type("Query", (), namespace),
        name="Query",
        description="Entry points of the read-only API. Null means that no source states the value. A field of this "
        "type is also null if it fails; `errors` says why. An argument that is null has its default.",
    )


def _default_resolver(source: object, name: str) -> object:
    """Return the attribute `name` of an object. If the object is a mapping, return the value of its key `name`."""
    return cast("Mapping[str, object]", source)[name] if isinstance(source, Mapping) else getattr(source, name)


def _attach_resolvers(schema: strawberry.Schema) -> None:
    """Set the resolver function of each derived field on the corresponding field of graphql-core.

    graphql-core can then call the resolvers directly. Strawberry would create its `Info` object for every call.
    """
    for type_ in schema._schema.type_map.values():  # pyright: ignore[reportPrivateUsage]
        if isinstance(type_, GraphQLInputObjectType):
            # Strawberry checks `@oneOf` only in its own conversion of arguments, which graphql-core does not call.
            type_.is_one_of = bool(getattr(type_.extensions.get(STRAWBERRY_KEY), "is_one_of", False))
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        if isinstance(type_, GraphQLObjectType):
            type_.is_type_of = None  # values are not instances of the Strawberry types
        for field in type_.fields.values():
            for argument in field.args.values():
                if argument.default_value is None:
                    argument.default_value = Undefined  # equivalent to null, and shorter in SDL
            match field.extensions.get(STRAWBERRY_KEY):
                case RootField() as root:
                    field.resolve = root.resolve_root
                case AnalysisField() as analysis_field:
                    field.resolve = analysis_field.resolve_analysis
                case QuestionField() as question_field:
                    field.resolve = question_field.resolve_question
                case GraphField() as graph_field:
                    field.resolve = graph_field.resolve_shaped
                case NodeField() as slot:
                    field.resolve = slot.resolve_slot
                case ComputedField() as part:
                    field.resolve = part.resolve_part
                case _:
                    pass


def _schema() -> strawberry.Schema:
    labels = [TYPE_REGISTRY[label.name] for label in model.LABELS]
    made = strawberry.Schema(
        query=_query(),
        types=labels,  # pyright: ignore[reportArgumentType]
        config=StrawberryConfig(
            scalar_map=SCALARS,  # pyright: ignore[reportArgumentType]
            default_resolver=_default_resolver,
        ),
    )
    _attach_resolvers(made)
    return made


schema: Final = _schema()


def sdl() -> str:
    """Return the text of the schema in SDL, which is also the content of `schema.graphql`."""
    return schema.as_str() + "\n"
