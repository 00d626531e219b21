"""Parse, validate and execute operations, and check their limits."""

import time
from collections.abc import Callable, Hashable, Mapping
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
)
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues
from strawberry import Schema

from api.graphql.context import PlanKey, Plans
from api.graphql.errors import FormattedError, RequestError, format_errors
from api.graphql.execution.executor import execute
from api.graphql.execution.limits import Limits, document_too_large
from api.graphql.execution.query_cost import CostAnalyzer
from api.graphql.execution.turns import Client, LoopTurns, ThreadTurns
from api.graphql.execution.validation import (
    MAX_INVALID,
    READ_ONLY_HINT,
    add_shape_hints,
    read_only,
    validate_document,
)
from api.graphql.http.request import CacheKey, GraphQLRequest
from graph.analysis import SubsetCounts
from graph.store import Degrees

DOCUMENT_CACHE_BYTES: Final = 16 << 20
OPERATION_CACHE_BYTES: Final = 32 << 20
INTROSPECTION_CACHE_BYTES: Final = 8 << 20
"""Maximum memory, in bytes, of the cache for results of introspection (as JSON).

Two constants limit the other caches: `DOCUMENT_CACHE_BYTES` for validated documents, and `OPERATION_CACHE_BYTES` for
prepared operations.
"""

_DOCUMENT_CHAR_BYTES: Final = 140
_OPERATION_CHAR_BYTES: Final = 230
_OPERATION_VARIABLE_BYTES: Final = 8
_OPERATION_BYTES: Final = 2_048
"""The fixed part of the estimated memory, in bytes, that a prepared operation takes in a cache.

In addition, a prepared operation with its plans takes `_OPERATION_CHAR_BYTES` for each character of the document, and
`_OPERATION_VARIABLE_BYTES` for each byte of the variables. A parsed document takes `_DOCUMENT_CHAR_BYTES` for each
character. All four estimates are upper bounds: `bench/memory.py` measured them with the documents that take the most
memory relative to their length.
"""

INLINE_MAX_CHARS: Final = 1_024
"""Maximum length, in characters, of a new document that is prepared on the event loop.

A document is prepared by parsing and validating it. A document of this length takes at most about 15 ms. Longer
documents take up to 0.15 s, so they are prepared in a thread.
"""

INLINE_MAX_BYTES: Final = 4_096
"""Maximum size, in bytes, of a request whose operation is prepared on the event loop. The size includes the variables.

The preparation of an operation from a larger request takes up to 0.3 s, so it runs in a thread.
"""

_SLICE_S: Final = 0.001
_PAUSE: Final = 3
"""Length of a pause of an introspection, as a multiple of the time that it ran before the pause.

The execution of an introspection query pauses after every `_SLICE_S` seconds of CPU time, so that other requests can be
handled.
"""

_MAX_WAITING: Final = 16
"""Maximum number of new documents that wait for the thread in which long documents are prepared.

Short documents are prepared on the event loop. The same maximum applies to the short documents that wait.
"""
_MAX_WAITING_INTROSPECTIONS: Final = 8

_THIS_PROCESS: Final = Client()

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class InvalidOperation(Exception):
    """An error that rejects an invalid operation.

    `errors` are in the form in which they appear in the response. If the cost was not computed, `cost` is None.
    """

    def __init__(self, errors: list[FormattedError], cost: int | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.cost = cost


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """A parsed and validated operation, which can be executed any number of times.

    `plans` caches the plans of the operation's root fields, such as compiled statements.
    """

    request: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: VariableValues
    cost: int
    is_introspection: bool
    plans: Plans = field(default_factory=dict[PlanKey, object])

    @property
    def memory_bytes(self) -> int:
        """The estimated memory of the operation in a cache, including all its plans, in bytes."""
        chars = len(self.request.query)
        variables = max(0, self.request.size - chars)
        return _OPERATION_BYTES + chars * _OPERATION_CHAR_BYTES + variables * _OPERATION_VARIABLE_BYTES


class Operations:
    """A service that parses, validates and executes the operations of one schema."""

    def __init__(self, schema: Schema, limits: Limits, *, hide_suggestions: bool = False) -> None:
        self._schema: GraphQLSchema = schema._schema  # pyright: ignore[reportPrivateUsage]  (no public name)
        self._hide_suggestions = hide_suggestions
        self._cost_analyzer = CostAnalyzer(self._schema, limits)
        self._documents: LRUCache[str, DocumentNode] = LRUCache(
            DOCUMENT_CACHE_BYTES, lambda document: cast("Location", document.loc).end * _DOCUMENT_CHAR_BYTES
        )
        self._own_documents: dict[str, DocumentNode] = {}
        """The documents that the pages of this server execute.

        They are not in `_documents`, because there the documents of clients could displace them.
        """
        self._prepared: LRUCache[CacheKey, PreparedOperation] = LRUCache(
            OPERATION_CACHE_BYTES, lambda prepared: prepared.memory_bytes
        )
        self._introspection_cache: LRUCache[tuple[str, str | None], bytes] = LRUCache(INTROSPECTION_CACHE_BYTES, len)
        self._lock = Lock()  # protects the documents and `_introspection_cache`, which the threads use too
        self._loop_turns = LoopTurns(_MAX_WAITING)
        self._long_preparations = ThreadTurns("long-work", _MAX_WAITING)
        self._introspections = ThreadTurns("introspection", _MAX_WAITING_INTROSPECTIONS)
        self.limits = limits

    def use_counts(self, degrees: Degrees | None, subset_counts: SubsetCounts | None) -> None:
        """Set the counts of nodes and relationships from which the costs of later operations are estimated.

        `subset_counts` is an object that counts the nodes and ties in the part of the graph (the subset) that an
        analysis reads. It is None if they cannot be counted yet. If the counts have changed, all prepared operations
        are removed from the cache, because each prepared operation contains its cost.
        """
        analyzer = self._cost_analyzer
        if degrees != analyzer.degrees or subset_counts is not analyzer.subset_counts:
            analyzer.degrees, analyzer.subset_counts = degrees, subset_counts
            self._prepared.clear()

    def first_error(self, document: str) -> str | None:
        """Return the message of the first syntax or validation error of a document.

        If the document is valid, return None.
        """
        try:
            self._validate(self._parse(document, ""), "")
        except InvalidOperation as error:
            return str(error.errors[0]["message"])
        return None

    def is_known(self, request: GraphQLRequest) -> bool:
        """Return whether the document of a request has been validated before and is still in the cache."""
        return self._cached_document(request.query) is not None

    def prepare_own(self, document: str) -> None:
        """Parse and validate a document that is part of the server's own code, and store the result permanently.

        Requests with this document then use the stored result, and do not wait until the document can be parsed and
        validated. The call takes up to 0.15 s, so a caller on the event loop must run it in a thread. Raises
        InvalidOperation.
        """
        parsed = self._parse(document, "")
        self._validate(parsed, "")
        with self._lock:
            self._own_documents[document] = parsed

    async def prepare(
        self, request: GraphQLRequest, request_id: str, client: Client = _THIS_PROCESS
    ) -> PreparedOperation:
        """Parse and validate an operation, and check its limits.

        The time that this takes is charged to the budget of the client. Raises InvalidOperation if the operation is
        invalid or exceeds a limit. Raises RequestError if a read-only request (GET or HEAD) contains an operation other
        than a query. Also raises RequestError if too many operations are already waiting to be prepared.
        """
        key = request.cache_key
        prepared = None if key is None else self._prepared.get(key)
        if prepared is not None:
            return prepared
        is_known = self.is_known(request)
        if request.size > INLINE_MAX_BYTES or (len(request.query) > INLINE_MAX_CHARS and not is_known):
            prepared = await self._long_preparations.run(lambda: self._prepare(request, request_id), client)
        elif is_known:
            with client.working():
                prepared = self._prepare(request, request_id)
        else:
            async with self._loop_turns.take(client):
                prepared = self._prepare(request, request_id)
        if key is not None:
            _put(self._prepared, key, prepared)
        return prepared

    def _prepare(self, request: GraphQLRequest, request_id: str) -> PreparedOperation:
        cached = self._cached_document(request.query) if request.report is None else None
        with request.timed("parse"):
            document = cached or self._parse(request.query, request_id)
        operation = _select_operation(document, request.operation_name, request_id)
        if request.read_only and operation.operation is not OperationType.QUERY:
            raise RequestError(
                "METHOD_NOT_ALLOWED",
                read_only(operation.operation),
                hint=READ_ONLY_HINT,
                headers={"Allow": "POST"},
            )
        if cached is None:
            with request.timed("validate"):
                self._validate(document, request_id)
        variables = get_variable_values(
            self._schema,
            operation.variable_definitions or (),
            cast("dict[str, object]", request.variables),
            MAX_INVALID,
            self._hide_suggestions,
        )
        if isinstance(variables, list):
            if not self._hide_suggestions:
                add_shape_hints(self._schema, variables)
            raise InvalidOperation(format_errors(variables, "variables", request_id))
        query_cost = self._cost_analyzer.analyze(
            operation, _fragments(document), variables.coerced, limits_cost=not request.is_own
        )
        if query_cost.errors:
            raise InvalidOperation(format_errors(query_cost.errors, "limits", request_id), query_cost.cost)
        if cached is None:
            with self._lock:
                if request.is_own:
                    self._own_documents[request.query] = document
                else:
                    _put(self._documents, request.query, document)
        is_introspection = query_cost.is_introspection and not request.variables
        return PreparedOperation(request, document, operation, variables, query_cost.cost, is_introspection)

    def _cached_document(self, query: str) -> DocumentNode | None:
        with self._lock:
            return self._own_documents.get(query) or self._documents.get(query)

    def _parse(self, query: str, request_id: str) -> DocumentNode:
        try:
            return parse(query, max_tokens=self.limits.tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            raise InvalidOperation(format_errors([self._parse_error(error)], "parse", request_id)) from None

    def _parse_error(self, error: GraphQLSyntaxError) -> GraphQLError:
        """Convert an error of the parser to the error for the client.

        If the parser stopped because the document exceeds a limit, return the error for this limit. Otherwise return
        the syntax error.
        """
        if error.message.endswith("tokens. Parsing aborted."):
            return document_too_large("tokens", self.limits.tokens)
        if error.message.endswith("nested too deeply. Parsing aborted."):
            return document_too_large("depth", self.limits.depth)
        return error

    def _validate(self, document: DocumentNode, request_id: str) -> None:
        if errors := validate_document(self._schema, document, hide_suggestions=self._hide_suggestions):
            raise InvalidOperation(format_errors(errors, "validation", request_id))

    async def execute(
        self, prepared: PreparedOperation, context: object, client: Client = _THIS_PROCESS
    ) -> ExecutionResult:
        """Execute an operation. The errors in the result are GraphQLErrors.

        An introspection takes hundreds of times as long as other operations, and its result is always the same. An
        introspection therefore runs in a separate thread with pauses, and its result is cached as JSON. Raises
        RequestError if too many introspections wait for the thread.
        """
        if not prepared.is_introspection:
            fragments = _fragments(prepared.document)
            return await execute(self._schema, prepared.operation, fragments, prepared.variables, context)
        result = self._cached_introspection(prepared) or await self._introspections.run(
            # Check the cache again: an identical request may have filled it during the wait for the thread.
            lambda: self._cached_introspection(prepared) or self._introspect(prepared),
            client,
        )
        if isinstance(result, ExecutionResult):
            return result
        return ExecutionResult(data=cast("dict[str, object]", orjson.Fragment(result)), errors=None)

    def _cached_introspection(self, prepared: PreparedOperation) -> bytes | None:
        with self._lock:
            return self._introspection_cache.get((prepared.request.query, prepared.request.operation_name))

    def _introspect(self, prepared: PreparedOperation) -> ExecutionResult | bytes:
        """Execute an introspection query. Cache its data as JSON, and return the JSON.

        If there are errors, nothing is cached, and the ExecutionResult is returned instead.
        """
        query, name = prepared.request.query, prepared.request.operation_name
        result = execute_sync(self._schema, prepared.document, operation_name=name, middleware=[_with_pauses()])
        if result.errors:
            return ExecutionResult(data=result.data, errors=result.errors)
        introspection = orjson.dumps(result.data)
        with self._lock:
            _put(self._introspection_cache, (query, name), introspection)
        return introspection


def _with_pauses() -> Callable[..., object]:
    """Return a graphql-core middleware that lets its thread pause, so that the event loop is not delayed.

    Before a field is resolved, the thread sleeps if it has used `_SLICE_S` seconds of CPU time since the last pause.
    While it sleeps, it does not hold the interpreter lock (GIL). Without pauses, every step of every request on the
    event loop would wait until the thread releases the lock.
    """
    resumed_at = time.thread_time()

    def resolve(resolver: Callable[..., object], source: object, info: object, **arguments: object) -> object:
        nonlocal resumed_at
        if (worked_s := time.thread_time() - resumed_at) > _SLICE_S:
            time.sleep(worked_s * _PAUSE)
            resumed_at = time.thread_time()
        return resolver(source, info, **arguments)

    return resolve


def _put(cache: LRUCache[K, V], key: K, value: V) -> None:
    """Cache a value, unless the value takes more than a quarter of the cache's memory.

    A larger value would displace too many other values.
    """
    if cache.getsizeof(value) <= cache.maxsize // 4:
        cache[key] = value


def _select_operation(document: DocumentNode, name: str | None, request_id: str) -> OperationDefinitionNode:
    """Return the operation named `name` in a document. If `name` is None, return the only operation of the document.

    Raises InvalidOperation if there is no operation with this name, or if `name` is None and there are several
    operations.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None and len(operations) == 1:
        return operations[0]
    if name is not None:
        matches = [operation for operation in operations if operation.name and operation.name.value == name]
        if matches:
            return matches[0]
    if not operations:
        message = "the document contains no operation"
    elif name is None:
        message = f"the document contains {len(operations)} operations, and `operationName` is missing"
    else:
        message = f'the document contains no operation named "{name[:80]}"'
    raise InvalidOperation([RequestError("OPERATION_NOT_FOUND", message).formatted(request_id)])


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
