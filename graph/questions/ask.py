"""Ask a question, that is, a named query of `graph.questions`.

Validates the arguments, runs the question's Cypher statement and returns the result.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast, overload

from graph.pagination import Page, Paged, Sorted, cursor_scope, make_page, page_parameters
from graph.questions.declaration import Argument, Listing, Question, Ranking, Single, arguments_of, ids_in, selectable
from graph.questions.validation import check_exists, check_label, check_one_of
from graph.standing import indexes_of
from graph.store import Reader, Statement
from graph.vocabulary import Standing, Vocabulary

__all__ = ["ask", "example_statements", "scope_of"]

Arguments = TypeVar("Arguments")
Row = TypeVar("Row")
Ranked = TypeVar("Ranked", bound=Sorted)


@overload
async def ask(
    reader: Reader,
    question: Ranking[Arguments, Ranked],
    arguments: Arguments,
    page: Page,
    *,
    selected: frozenset[str] | None = None,
    computed: Mapping[str, object] = MappingProxyType({}),
) -> Paged[Ranked]: ...
@overload
async def ask(
    reader: Reader, question: Listing[Arguments, Row], arguments: Arguments, *, selected: frozenset[str] | None = None
) -> tuple[Row, ...]: ...
@overload
async def ask(
    reader: Reader, question: Single[Arguments, Row], arguments: Arguments, *, selected: frozenset[str] | None = None
) -> Row: ...
async def ask(
    reader: Reader,
    question: Question[Any, Any],
    arguments: object,
    page: Page | None = None,
    *,
    selected: frozenset[str] | None = None,
    computed: Mapping[str, object] = MappingProxyType({}),
) -> object:
    """Return the answer to a question: one page of rows, all rows, or a single row, depending on the question's class.

    Runs one statement. Optional fields are computed only if a boolean statement parameter is true (see `Selected`).
    `selected` contains the names of the parameters to set to true, or is None to set all of them to true. `computed`
    contains statement parameters that `graph.analysis` has computed. A computed parameter overrides the question's
    parameter of the same name. Raises UnknownId, BadArgument, BadCursor and StoreError.
    """
    check_one_of(arguments_of(question.arguments), arguments)
    ids = [(argument, ids_in(arguments, argument)) for argument in arguments_of(question.arguments)]
    for argument, values in ids:
        for value in values:
            assert argument.id is not None
            check_label(argument.public_name, value, *argument.id.labels)
    parameters = _statement_parameters(question, arguments, page, selected) | dict(computed)
    if question.statement is None:
        raise TypeError(f"{question.name} has no statement")
    (columns,) = await reader.run(question.statement, parameters)
    for argument, values in ids:
        if values:
            known = cast("bool | tuple[bool, ...]", getattr(columns, argument.known_column))
            check_exists(*zip(values, known if isinstance(known, tuple) else (known,), strict=True))
    answer = _answer(question, arguments, columns)
    if isinstance(question, Ranking):
        scope, about = scope_of(question, arguments), getattr(columns, "about", None)
        return make_page(scope, cast("Any", answer), columns.total, columns.offset, about)
    return answer


def scope_of(question: Question[Any, Any], arguments: object) -> str:
    """Return the scope of cursors: a text that identifies the question and its arguments.

    Every cursor of the result contains this text. The cursor is valid only for the same question with the same
    arguments.
    """
    return cursor_scope(question.name, repr(arguments))


def example_statements(question: Question[Any, Any]) -> Iterator[tuple[Statement[Any], Mapping[str, object]]]:
    """Yield the question's Cypher statement once for each example of the question, with the parameters of the example.

    Yields nothing if the question has no statement.
    """
    if question.statement is not None:
        for example in question.examples:
            yield question.statement, _statement_parameters(question, example, Page(first=1), None)


def _statement_parameters(
    question: Question[Any, Any], arguments: object, page: Page | None, selected: frozenset[str] | None
) -> dict[str, object]:
    parameters = _parameters(question, arguments)
    names = selectable(question.row)
    if isinstance(question, Ranking):
        names |= frozenset() if question.about is None else selectable(question.about)
        assert page is not None, f"{question.name} answers page by page"
        parameters |= page_parameters(scope_of(question, arguments), question.sort_key, page)
    return parameters | {name: selected is None or name in selected for name in names}


def _parameters(question: Question[Any, Any], arguments: Any) -> dict[str, object]:
    given = {
        argument.public_name: _parameter(argument, getattr(arguments, argument.name))
        for argument in arguments_of(question.arguments)
    }
    return given if question.parameters is None else given | dict(question.parameters(arguments))


def _parameter(argument: Argument, value: object) -> object:
    """Convert an argument to a statement parameter.

    Tuples become lists. A member of `Standing` becomes its index among the members of `Standing`. A member of any other
    vocabulary becomes its name.
    """
    if argument.value_type is Standing:
        return indexes_of(cast("tuple[Standing, ...]", value))
    if isinstance(value, tuple):
        return [_parameter(argument, item) for item in cast("tuple[object, ...]", value)]
    return value.name if isinstance(value, Vocabulary) else value


def _answer(question: Question[Any, Any], arguments: object, columns: Any) -> object:
    if question.compute is not None:
        return question.compute(arguments, columns)
    return columns.row if isinstance(question, Single) else columns.rows
