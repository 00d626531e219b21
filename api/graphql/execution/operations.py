"""An operation from its document to its result: parsed, checked, measured and carried out."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeVar, cast

import orjson
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Location,
    OperationDefinitionNode,
    OperationType,
    execute_sync,  # pyright: ignore[reportUnknownVariableType]
    parse,
    specified_rules,
    validate,
)
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry import Schema
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.context import PlanKey, Plans
from api.graphql.debug import step
from api.graphql.errors import FormattedError, RequestError, format_errors
from api.graphql.execution.executor import execute
from api.graphql.execution.limits import MAX_FIELD_COMPARISONS, Limits, document_too_large, validation_too_complex
from api.graphql.execution.query_cost import CostAnalyzer
from api.graphql.http.request import CacheKey, GraphQLRequest

MOST_ERRORS: Final = 20
"""After how many mistakes in a document or in variables the search for more ends."""

_RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

DOCUMENT_CACHE_CHARS: Final = 131_072
"""How long all documents are together, in characters, that are kept parsed and checked, for other variables; parsed,
each takes 50 to 300 bytes."""

OPERATION_CACHE_BYTES: Final = 131_072
"""How long all operations are together, in characters with their variables, that are kept to be carried out again; each
character takes up to some 600 bytes, with what the operation was compiled to."""

MOST_DESCRIPTIONS: Final = 8
"""How many descriptions of the schema are kept."""

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MAX_FIELD_COMPARISONS
"""graphql-core's own is ten times as large, and takes seconds to reach."""

_ABORTED: Final = "Validation aborted."
"""All that graphql-core says where fragments nest deeper than it can follow, and where it compared too often."""

INLINE_MAX_CHARS: Final = 1_024
"""Up to how many characters a new document is checked at once, in at most some 15 ms. Others take up to 0.15 s."""

INLINE_MAX_BYTES: Final = 4_096
"""Up to how many bytes a request, its variables included, is checked at once, as fast. Others take up to 0.3 s."""

Done = TypeVar("Done")


class InvalidOperation(Exception):
    """A document or its variables cannot be carried out; `told` says why. `cost` where it was measured."""

    def __init__(self, told: list[FormattedError], cost: int | None = None) -> None:
        super().__init__(told)
        self.errors = told
        self.cost = cost


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """An operation that may be carried out any number of times; `plans` keeps what its fields were compiled to."""

    incoming: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: VariableValues
    cost: int
    is_introspection: bool
    plans: Plans = field(default_factory=dict[PlanKey, object])


class Operations:
    """Prepares and carries out the operations of one schema."""

    def __init__(self, schema: Schema, limits: Limits, *, hide_suggestions: bool = False) -> None:
        self._schema = schema
        self._core: GraphQLSchema = schema._schema  # pyright: ignore[reportPrivateUsage]  (it has no public name)
        self._hide_suggestions = hide_suggestions
        self._measure = CostAnalyzer(self._core, limits)
        self._checked: LRUCache[str, DocumentNode] = LRUCache(
            DOCUMENT_CACHE_CHARS, lambda document: cast("Location", document.loc).end
        )
        self._prepared: LRUCache[CacheKey, PreparedOperation] = LRUCache(
            OPERATION_CACHE_BYTES, lambda prepared: prepared.incoming.size
        )
        self._introspection_cache: LRUCache[tuple[str, str | None], orjson.Fragment] = LRUCache(MOST_DESCRIPTIONS)
        self._lock = Lock()  # for `_checked` and `_introspection_cache`, which the executor's thread uses too
        # One thread: whoever asks for long work waits in line with others of the kind, and nobody else does.
        self._executor = ThreadPoolExecutor(1, "long-work")
        self.limits = limits

    def first_error(self, text: str) -> str | None:
        """The first mistake in a document, variables and limits on its operations apart; None where there is none."""
        try:
            self._validate(self._parse(text, ""), "")
        except InvalidOperation as mistaken:
            return str(mistaken.errors[0]["message"])
        return None

    async def prepare(self, incoming: GraphQLRequest, request_id: str) -> PreparedOperation:
        """Parses, checks and measures. Raises Mistaken, and Refused for a change asked by a safe method."""
        asked = incoming.cache_key
        prepared = None if asked is None else self._prepared.get(asked)
        if prepared is not None:
            return prepared
        quick = len(incoming.query) <= INLINE_MAX_CHARS or self._find_checked(incoming.query) is not None
        if quick and incoming.size <= INLINE_MAX_BYTES:
            prepared = self._prepare(incoming, request_id)
        else:
            prepared = await self._in_thread(lambda: self._prepare(incoming, request_id))
        if asked is not None:
            self._prepared[asked] = prepared
        return prepared

    async def _in_thread(self, work: Callable[[], Done]) -> Done:
        """Does long work beside the event loop, which goes on serving others; taken out of the line where cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _prepare(self, incoming: GraphQLRequest, request_id: str) -> PreparedOperation:
        report = incoming.report
        checked = self._find_checked(incoming.query) if report is None else None
        with step(report, "parse"):
            document = checked or self._parse(incoming.query, request_id)
        operation = _operation(document, incoming.operation_name, request_id)
        if incoming.read_only and operation.operation is not OperationType.QUERY:
            raise RequestError(
                "METHOD_NOT_ALLOWED",
                f"a {operation.operation.value} cannot be sent by GET",
                hint="send it by POST",
                headers={"Allow": "POST"},
            )
        if checked is None:
            with step(report, "validate"):
                self._validate(document, request_id)
            if len(incoming.query) <= DOCUMENT_CACHE_CHARS // 8:  # a longer one would evict too many others
                with self._lock:
                    self._checked[incoming.query] = document
        variables = get_variable_values(
            self._core,
            operation.variable_definitions or (),
            cast("dict[str, object]", incoming.variables),
            MOST_ERRORS,
            self._hide_suggestions,
        )
        if isinstance(variables, list):
            raise InvalidOperation(format_errors(variables, "variables", request_id))
        measured = self._measure.of(operation, _fragments(document), variables.coerced)
        if measured.errors:
            raise InvalidOperation(format_errors(measured.errors, "validation", request_id), measured.cost)
        is_introspection = measured.describes and not incoming.variables
        return PreparedOperation(incoming, document, operation, variables, measured.cost, is_introspection)

    def _find_checked(self, query: str) -> DocumentNode | None:
        with self._lock:
            return self._checked.get(query)

    def _parse(self, text: str, request_id: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self.limits.tokens)
        except GraphQLSyntaxError as error:
            raise InvalidOperation(format_errors([self._parse_error(error)], "parse", request_id)) from None

    def _validate(self, document: DocumentNode, request_id: str) -> None:
        mistakes = validate(self._core, document, _RULES, MOST_ERRORS, self._hide_suggestions)
        if mistakes and mistakes[-1].message == _ABORTED:
            mistakes[-1] = validation_too_complex()
        if mistakes:
            raise InvalidOperation(format_errors(mistakes, "validation", request_id))

    def _parse_error(self, error: GraphQLSyntaxError) -> GraphQLError:
        """Why a document was not read to its end: for its mistakes, its length or its depth."""
        if error.message.endswith("tokens. Parsing aborted."):
            return document_too_large("tokens", self.limits.tokens)
        if error.message.endswith("nested too deeply. Parsing aborted."):
            return document_too_large("depth", self.limits.depth)
        return error

    async def execute(self, prepared: PreparedOperation, context: object) -> ExecutionResult:
        """The result of an operation; its errors are still as they were raised.

        Descriptions of the schema never change and take hundreds of times as long as any other operation; so they are
        made beside the event loop, and those last asked for are kept, as the JSON they are sent as.
        """
        if not prepared.is_introspection:
            return await self._execute(prepared, context)
        description = self._find_description(prepared) or await self._in_thread(
            # The thread may have described the same while this task waited for it.
            lambda: self._find_description(prepared) or self._describe(prepared)
        )
        if isinstance(description, ExecutionResult):
            return description
        return ExecutionResult(data=cast("dict[str, object]", description), errors=None)

    def _find_description(self, prepared: PreparedOperation) -> orjson.Fragment | None:
        with self._lock:
            return self._introspection_cache.get((prepared.incoming.query, prepared.incoming.operation_name))

    def _describe(self, prepared: PreparedOperation) -> ExecutionResult | orjson.Fragment:
        """Describe the schema as JSON, and cache it; return a result with errors as it is."""
        query, name = prepared.incoming.query, prepared.incoming.operation_name
        result = execute_sync(self._core, prepared.document, operation_name=name)
        if result.errors:
            return ExecutionResult(data=result.data, errors=result.errors)
        description = orjson.Fragment(orjson.dumps(result.data))
        with self._lock:
            self._introspection_cache[query, name] = description
        return description

    async def _execute(self, prepared: PreparedOperation, context: object) -> ExecutionResult:
        fragments = _fragments(prepared.document)
        return await execute(self._core, prepared.operation, fragments, prepared.variables, context)


def _operation(document: DocumentNode, name: str | None, request_id: str) -> OperationDefinitionNode:
    """The operation to carry out."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None and len(operations) == 1:
        return operations[0]
    if name is not None:
        found = [each for each in operations if each.name and each.name.value == name]
        if found:
            return found[0]
    if not operations:
        message = "the document holds no operation"
    elif name is None:
        message = f"the document holds {len(operations)} operations, and `operationName` names none"
    else:
        message = f'the document holds no operation named "{name[:80]}"'
    raise InvalidOperation([RequestError("OPERATION_NOT_FOUND", message).formatted(request_id)])


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
