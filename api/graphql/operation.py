"""An operation from its document to its result: parsed, checked, measured and carried out."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
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
from api.graphql.errors import Refused, Told, tell
from api.graphql.execution import execute
from api.graphql.incoming import Asked, Incoming
from api.graphql.limits import COMPARISONS, Limits, too_entangled, too_long
from api.graphql.measure import Measure
from api.graphql.recent import Recent
from api.graphql.watching import step

MOST_ERRORS: Final = 20
"""After how many mistakes in a document or in variables the search for more ends."""

_RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

MOST_CHECKED: Final = 131_072
"""How long all documents are together, in characters, that are kept parsed and checked, for other variables; parsed,
each takes 50 to 300 bytes."""

MOST_PREPARED: Final = 131_072
"""How long all operations are together, in characters with their variables, that are kept to be carried out again; each
character takes up to some 600 bytes, with what the operation was compiled to."""

MOST_DESCRIPTIONS: Final = 8
"""How many descriptions of the schema are kept."""

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = COMPARISONS
"""graphql-core's own is ten times as large, and takes seconds to reach."""

_ABORTED: Final = "Validation aborted."
"""All that graphql-core says where fragments nest deeper than it can follow, and where it compared too often."""

SHORT: Final = 1_024
"""Up to how many characters a new document is checked at once, in at most some 15 ms. Others take up to 0.15 s."""

LIGHT: Final = 4_096
"""Up to how many bytes a request, its variables included, is checked at once, as fast. Others take up to 0.3 s."""

Done = TypeVar("Done")


class Mistaken(Exception):
    """A document or its variables cannot be carried out; `told` says why. `cost` where it was measured."""

    def __init__(self, told: list[Told], cost: int | None = None) -> None:
        super().__init__(told)
        self.told = told
        self.cost = cost


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may be carried out any number of times; `plans` keeps what its fields were compiled to."""

    incoming: Incoming
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: VariableValues
    cost: int
    describes: bool
    plans: Plans = field(default_factory=dict[PlanKey, object])


class Operations:
    """Prepares and carries out the operations of one schema."""

    def __init__(self, schema: Schema, limits: Limits, *, hide_suggestions: bool = False) -> None:
        self._schema = schema
        self._core: GraphQLSchema = schema._schema  # pyright: ignore[reportPrivateUsage]  (it has no public name)
        self._hide_suggestions = hide_suggestions
        self._measure = Measure(self._core, limits)
        self._checked: Recent[str, DocumentNode] = Recent(MOST_CHECKED)
        self._prepared: Recent[Asked, Prepared] = Recent(MOST_PREPARED)
        self._descriptions: dict[tuple[str, str | None], orjson.Fragment] = {}
        # One thread: whoever asks for long work waits in line with others of the kind, and nobody else does.
        self._aside = ThreadPoolExecutor(1, "long-work")
        self.limits = limits

    def mistake(self, text: str) -> str | None:
        """The first mistake in a document, variables and limits on its operations apart; None where there is none."""
        try:
            self._validate(self._parse(text, ""), "")
        except Mistaken as mistaken:
            return str(mistaken.told[0]["message"])
        return None

    async def prepare(self, incoming: Incoming, request_id: str) -> Prepared:
        """Parses, checks and measures. Raises Mistaken, and Refused for a change asked by a safe method."""
        asked = incoming.asked
        prepared = None if asked is None else self._prepared.get(asked)
        if prepared is not None:
            return prepared
        quick = len(incoming.query) <= SHORT or self._checked.get(incoming.query) is not None
        if quick and incoming.size <= LIGHT:
            prepared = self._prepare(incoming, request_id)
        else:
            prepared = await self._beside(lambda: self._prepare(incoming, request_id))
        if asked is not None:
            self._prepared.keep(asked, prepared, incoming.size)
        return prepared

    async def _beside(self, work: Callable[[], Done]) -> Done:
        """Does long work beside the event loop, which goes on serving others; taken out of the line where cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self._aside, work)

    def _prepare(self, incoming: Incoming, request_id: str) -> Prepared:
        report = incoming.report
        checked = self._checked.get(incoming.query) if report is None else None
        with step(report, "parse"):
            document = checked or self._parse(incoming.query, request_id)
        operation = _operation(document, incoming.operation_name, request_id)
        if incoming.safe and operation.operation is not OperationType.QUERY:
            raise Refused(
                "METHOD_NOT_ALLOWED",
                f"a {operation.operation.value} cannot be sent by GET",
                hint="send it by POST",
                headers={"Allow": "POST"},
            )
        if checked is None:
            with step(report, "validate"):
                self._validate(document, request_id)
            self._checked.keep(incoming.query, document, len(incoming.query))
        variables = get_variable_values(
            self._core,
            operation.variable_definitions or (),
            cast("dict[str, object]", incoming.variables),
            MOST_ERRORS,
            self._hide_suggestions,
        )
        if isinstance(variables, list):
            raise Mistaken(tell(variables, "variables", request_id))
        measured = self._measure.of(operation, _fragments(document), variables.coerced)
        if measured.refusals:
            raise Mistaken(tell(measured.refusals, "validation", request_id), measured.cost)
        describes = measured.describes and not incoming.variables
        return Prepared(incoming, document, operation, variables, measured.cost, describes)

    def _parse(self, text: str, request_id: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self.limits.tokens)
        except GraphQLSyntaxError as error:
            raise Mistaken(tell([self._unread(error)], "parse", request_id)) from None

    def _validate(self, document: DocumentNode, request_id: str) -> None:
        mistakes = validate(self._core, document, _RULES, MOST_ERRORS, self._hide_suggestions)
        if mistakes and mistakes[-1].message == _ABORTED:
            mistakes[-1] = too_entangled()
        if mistakes:
            raise Mistaken(tell(mistakes, "validation", request_id))

    def _unread(self, error: GraphQLSyntaxError) -> GraphQLError:
        """Why a document was not read to its end: for its mistakes, its length or its depth."""
        if error.message.endswith("tokens. Parsing aborted."):
            return too_long("tokens", self.limits.tokens)
        if error.message.endswith("nested too deeply. Parsing aborted."):
            return too_long("depth", self.limits.depth)
        return error

    async def carry_out(self, prepared: Prepared, context: object) -> ExecutionResult:
        """The result of an operation; its errors are still as they were raised.

        Descriptions of the schema never change and take hundreds of times as long as any other operation; so they are
        made beside the event loop, and those last asked for are kept, as the JSON they are sent as.
        """
        if not prepared.describes:
            return await self._execute(prepared, context)
        kept = self._descriptions
        key = (prepared.incoming.query, prepared.incoming.operation_name)
        if key not in kept:
            # Whoever asked for the same meanwhile has had it made.
            description = await self._beside(lambda: kept.get(key) or self._describe(prepared))
            if isinstance(description, ExecutionResult):
                return description
            while len(kept) >= MOST_DESCRIPTIONS:
                del kept[next(iter(kept))]
            kept[key] = description
        kept[key] = kept.pop(key)  # the last one used is the last one to go
        return ExecutionResult(data=cast("dict[str, object]", kept[key]), errors=None)

    def _describe(self, prepared: Prepared) -> ExecutionResult | orjson.Fragment:
        """A description as JSON, or the result with its errors."""
        result = execute_sync(self._core, prepared.document, operation_name=prepared.incoming.operation_name)
        if result.errors:
            return ExecutionResult(data=result.data, errors=result.errors)
        return orjson.Fragment(orjson.dumps(result.data))

    async def _execute(self, prepared: Prepared, context: object) -> ExecutionResult:
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
    raise Mistaken([Refused("OPERATION_NOT_FOUND", message).told(request_id)])


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
