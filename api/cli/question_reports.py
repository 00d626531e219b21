"""Build the commands of `citygraph report` for the questions, that is, the named queries of `graph.questions`.

Every argument of a question becomes an option of its command.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any, cast

import typer

from api.cli.option_values import option_value
from api.cli.report_options import (
    DEFAULT_LANGUAGE,
    HTML,
    Formats,
    LanguageOption,
    Output,
    Seed,
    TableName,
    Target,
    choices,
    format_option,
    parse_date,
    parse_enum,
    reproduce_command,
)
from graph.questions.declaration import Argument, Question, arguments_of
from graph.registry import QUESTIONS, formats_of, report
from graph.reports import Format, Report, report_name
from graph.store import Store
from graph.vocabulary import Vocabulary

__all__ = ["add_question_reports"]

Run = Callable[[str, Sequence[Format], Callable[[Store], Awaitable[Report]], Target], None]
"""A function that builds and writes a report.

Its arguments are the report's name, the formats that the report supports, a function that builds the report from a
store, and the files to write.
"""


def add_question_reports(reports: typer.Typer, run: Run) -> None:
    """Add a command to `reports` for every question (named query) that has a report."""
    for question in QUESTIONS.values():
        if question.report is not None:
            reports.command(report_name(question), help=question.description)(_command(question, run))


def _command(question: Question[Any, Any], run: Run) -> Callable[..., None]:
    """Build the function that Typer runs as the command for the report of a question (named query).

    Typer derives the command's options from the signature of the function.
    """
    declared = arguments_of(question.arguments)
    name, formats = report_name(question), formats_of(question)
    assert question.report is not None
    is_drawn = question.report.network is not None

    def command(**given: Any) -> None:
        target = Target(given["form"], given["output"], given["table"], given["language"])
        seed = cast("int", given.get("seed", 0))
        values = {argument.name: _value(argument, given[argument.name]) for argument in declared}
        options = [(_option(argument), value) for argument in declared for value in _values(values[argument.name])]
        if is_drawn:
            options.append(("seed", seed))
        text = reproduce_command(name, options, target)

        async def make(store: Store) -> Report:
            arguments = question.arguments(**values)
            return await report(store, question, arguments, seed=seed, networks=target.form.draws, command=text)

        run(name, formats, make, target)

    parameters = [_parameter(argument) for argument in declared]
    if is_drawn:
        parameters.append(_keyword("seed", Seed, 0))
    parameters += [
        _keyword("form", Annotated[Formats, format_option(formats)], HTML),
        _keyword("output", Output, "-"),
        _keyword("table", TableName, None),
        _keyword("language", LanguageOption, DEFAULT_LANGUAGE),
    ]
    described = cast("Any", command)
    described.__signature__ = inspect.Signature(parameters)
    described.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _keyword(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _option(argument: Argument) -> str:
    """Return the name of the option for an argument.

    If the argument is a list, the name is in the singular, because the option is repeated for each value.
    """
    name = argument.public_name.replace("_", "-")
    return name.removesuffix("s") if argument.many else name


def _parameter(argument: Argument) -> inspect.Parameter:
    flag = f"--{_option(argument)}"
    text, kind = argument.description, cast("Any", argument.value_type)
    required = argument.required
    shown = _shown_default(argument)
    if kind is bool:
        option: Any = typer.Option(flag, help=text)
    elif kind is date:
        option = typer.Option(flag, parser=parse_date, metavar="DAY", help=text, show_default=False)
    elif issubclass(kind, Vocabulary):
        option = typer.Option(flag, parser=parse_enum(kind), metavar=choices(kind), help=text, show_default=shown)
    else:
        metavar = "ID" if argument.id else "NUMBER" if kind in (int, float) else "TEXT"
        option = typer.Option(flag, metavar=metavar, help=text, show_default=shown)
    annotation: Any = list[kind] if argument.many else kind
    if not required and kind is not bool:
        annotation = annotation | None
    default = argument.default
    if required:
        default = inspect.Parameter.empty
    elif argument.is_today or argument.many:
        default = None
    return _keyword(argument.name, Annotated[annotation, option], default)  # pyright: ignore[reportInvalidTypeForm]


def _shown_default(argument: Argument) -> str | bool:
    """Return whether the help of an option shows the default. If it shows another text instead, return this text.

    The result is False for a list, because the description of a list already states the default.
    """
    if argument.required or argument.many or argument.default is None:
        return False
    return option_value(argument.default) if isinstance(argument.default, Vocabulary) else True


def _value(argument: Argument, given: object) -> object:
    if given is None and argument.is_today:
        return date.today()
    default = argument.default
    if not given and isinstance(default, tuple):
        return cast("tuple[object, ...]", default)
    return tuple(cast("list[object]", given)) if isinstance(given, list) else given


def _values(value: object) -> Sequence[object]:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
