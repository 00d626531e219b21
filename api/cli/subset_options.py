"""Build the options of `citygraph report` that choose the part of the graph (the subset) to analyse.

There is one option for each argument that `graph.questions.subset` declares. For example, the option for
`include_cities` is `--include-city`.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from typing import Annotated, Any, cast

import typer

from api.cli.report_options import choices, parse_enum
from graph.iso_codes import is_country
from graph.questions.declaration import Argument, arguments_of
from graph.questions.subset import WHOLE_GRAPH, BoundingBox, SubsetArguments
from graph.vocabulary import Vocabulary

__all__ = ["subset_values", "with_subset_options"]


def with_subset_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with its parameter `subset` replaced by one option for each field of `SubsetArguments`.

    The returned command passes the values of these options to `command` as one `SubsetArguments`.
    """
    declared = arguments_of(SubsetArguments)

    @wraps(command)
    def replaced(**given: Any) -> None:
        values: dict[str, Any] = {argument.name: _value(argument, given.pop(argument.name)) for argument in declared}
        command(subset=SubsetArguments(**values), **given)

    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name == "subset":
            parameters += map(_parameter, declared)
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    described = cast("Any", replaced)
    described.__signature__ = inspect.Signature(parameters)
    described.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return replaced


def subset_values(day: date, subset: SubsetArguments) -> list[tuple[str, object]]:
    """Return the options that select the subset of the graph on the date `day`, as (option name, value) pairs.

    The option for the kinds of collaboration (`layers`) is always included. Any other option is included if its value
    is not the default.
    """
    options: list[tuple[str, object]] = [("on", day)]
    for argument in arguments_of(SubsetArguments):
        value = getattr(subset, argument.name)
        is_stated = argument.name == "layers" or value != getattr(WHOLE_GRAPH, argument.name)
        if subset.ego is not None and argument.name == "radius":
            is_stated = True
        options += [(_option(argument), text) for text in _texts(value) if is_stated]
    return options


def _option(argument: Argument) -> str:
    """Return the name of the option for an argument, such as `include-city` for `include_cities`.

    If the option may be repeated, the name is in the singular.
    """
    name = argument.name.replace("_", "-")
    if not argument.many:
        return name
    return f"{name.removesuffix('ies')}y" if name.endswith("ies") else name.removesuffix("s")


def _parameter(argument: Argument) -> inspect.Parameter:
    flag, kind, text = f"--{_option(argument)}", cast("Any", argument.value_type), argument.description.rstrip(".")
    options: dict[str, Any] = {"help": f"{text}; may be repeated." if argument.many else f"{text}."}
    if argument.where is not None:
        kind = dict[str, Any]
        options |= {"parser": _parse_filter, "metavar": "JSON", "help": f"{text}, by a filter as in the API."}
    elif kind is BoundingBox:
        options |= {"parser": _parse_bounding_box, "metavar": "SOUTH,WEST,NORTH,EAST"}
    elif issubclass(kind, Vocabulary):
        options |= {"parser": parse_enum(kind), "metavar": choices(kind)}
    elif argument.id is not None:
        options["metavar"] = "ID"
    elif kind is str:
        options["metavar"] = "CODE"
    annotation: Any = list[kind] if argument.many else kind
    has_default = kind in (bool, int)
    return inspect.Parameter(
        argument.name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[annotation if has_default else annotation | None, typer.Option(flag, **options)],  # pyright: ignore[reportInvalidTypeForm]
        default=argument.default if has_default else None,
    )


def _value(argument: Argument, given: object) -> object:
    """Convert the parsed value of an option to the value of the argument for which the option was built.

    For an option that may be repeated, duplicate values are removed and country codes are converted to upper case. An
    invalid code is not converted, because the error message quotes it. If the user did not use such an option, the
    default of the argument is returned.
    """
    if not argument.many:
        return given
    values = cast("list[object]", given or ())
    if argument.name == "countries":
        values = [code if is_country(code := str(value).upper()) else value for value in values]
    return tuple(dict.fromkeys(values)) or argument.default


def _texts(value: object) -> Iterator[object]:
    """Yield the value of an argument in the form in which it is written on the command line.

    The items of a tuple are yielded one by one, because the option is repeated for each item.
    """
    match value:
        case tuple():
            for item in cast("tuple[object, ...]", value):
                yield from _texts(item)
        case dict():
            yield json.dumps(value, ensure_ascii=False)
        case BoundingBox():
            yield ",".join(map(repr, value.degrees))
        case _:
            yield value


def _parse_bounding_box(given: object) -> BoundingBox:
    if isinstance(given, BoundingBox):
        return given
    try:
        south, west, north, east = map(float, str(given).split(","))
    except ValueError:
        raise typer.BadParameter(
            f"'{given}' is not a bounding box; write south,west,north,east in degrees, such as 55,4,71,32"
        ) from None
    return BoundingBox(south, west, north, east)


def _parse_filter(given: object) -> dict[str, object]:
    if isinstance(given, dict):
        return cast("dict[str, object]", given)
    try:
        parsed = json.loads(str(given))
    except ValueError as error:
        raise typer.BadParameter(f"'{given}' is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise typer.BadParameter(f"""'{given}' is not an object; write fields, such as {{"country": {{"eq": "FI"}}}}""")
    return cast("dict[str, object]", parsed)
