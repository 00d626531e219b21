"""Carries out operations, and lets finished parts of an answer pass as they are.

What a selection of the traversal answers was shaped by its statement: keys, values and their order are those of the
response. Executing such a part field by field would find out the same once more, and take most of an operation's time.
So a resolver may answer `Finished`, and graphql-core goes on with the fields beside it.
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

_NO_DEFAULTS: Final[tuple[Any, Any, Any]] = (None, None, None)
"""Resolvers for fields and types that have none of their own: there are none such."""


class CompletedValue:
    """A value that is the response's own, down to its leaves: nothing in it is null that must not be."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class PassthroughExecutor(ExecutorThrowingOnIncremental):
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
    """The result of an operation that was checked before; its errors are still as they were raised."""
    execution = PassthroughExecutor(
        schema,
        dict(fragments),
        {name: FragmentDetails(each) for name, each in fragments.items()},
        None,
        context,
        operation,
        variables,
        *_NO_DEFAULTS,
    )
    result = execution.execute_operation()
    return cast("ExecutionResult", await result if isawaitable(result) else result)
