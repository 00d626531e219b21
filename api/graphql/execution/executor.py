"""Execute operations with graphql-core. Values that already have the form of the response are inserted unchanged.

A statement that is compiled from a selection returns the value of a root field in the form of the response.
graphql-core would check every field of this value again, which would take most of the time of an operation. A resolver
can return a CompletedValue to skip this check. graphql-core checks all other values.
"""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Final, cast

from graphql import ExecutionResult, GraphQLSchema, OperationDefinitionNode
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.values import VariableValues
from graphql.language import FragmentDefinitionNode
from graphql.pyutils import AwaitableOrValue

__all__ = ["CompletedValue", "execute"]

_DEFAULT_RESOLVERS: Final[tuple[Any, Any, Any]] = (None, None, None)
"""The last three arguments of the executor. Because they are None, it uses graphql-core's default resolvers."""


class CompletedValue:
    """A value that already has the form of the response. The executor copies it to the response without checks.

    It consists of JSON values. The keys of objects are in the order in which the client selects the fields. A value is
    null only where the schema allows null.
    """

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class PassthroughExecutor(ExecutorThrowingOnIncremental):
    """An executor that does not check values of the class CompletedValue. It copies them to the response unchanged."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: object,
        position_context: None,
    ) -> AwaitableOrValue[Any]:
        if type(result) is CompletedValue:
            return result.value
        return super().complete_value(  # pyright: ignore[reportUnknownMemberType]
            return_type, field_details_list, info, path, result, position_context
        )


async def execute(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    context: object,
) -> ExecutionResult:
    """Execute a validated operation. The errors in the result are GraphQLErrors."""
    executor = PassthroughExecutor(
        schema,
        dict(fragments),
        {name: FragmentDetails(fragment) for name, fragment in fragments.items()},
        None,
        context,
        operation,
        variables,
        *_DEFAULT_RESOLVERS,
    )
    result = executor.execute_operation()
    return cast("ExecutionResult", await result if isawaitable(result) else result)
