"""The examples of declared questions: as literals of GraphQL, and varied over ids, days and switches."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from datetime import date
from itertools import product
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from graph.questions.declaration import Argument, Question, arguments_of
from graph.vocabulary import Vocabulary

DAYS: Final = (date(2010, 6, 30), date(2020, 2, 24), date(2023, 11, 27), date(2025, 6, 1), date(2030, 1, 1))
IDS: Final[Mapping[str, tuple[str, ...]]] = {
    "City": ("City:vantaa", "City:helsinki", "City:stockholm", "City:oslo", "City:rome"),
    "Network": ("Network:eccar", "Network:eurocities", "Network:nordic-safe-cities"),
    "Theme": ("Theme:vantaa-overall-safety", "Theme:eccar-housing", "Theme:nsc-safer-cities", "Theme:lead-wellbeing"),
}


def literals(question: Question[Any, Any], example: object) -> dict[str, str]:
    """The arguments of an example as GraphQL writes them, by name; those that are null are left out."""
    found: dict[str, str] = {}
    for argument in arguments_of(question.arguments):
        value = getattr(example, argument.name)
        if value is not None and not (argument.nested and value == argument.default):
            name, literal = to_camel_case(argument.public_name), _literal(value)
            group = argument.one_of
            found[group.name if group else name] = f"{{{name}: {literal}}}" if group else literal
    return found


def _literal(value: object) -> str:
    match value:
        case Vocabulary():
            return value.name
        case _ if is_dataclass(value):
            given = [(argument, getattr(value, argument.name)) for argument in arguments_of(type(value))]
            stated = [(argument, value) for argument, value in given if value != argument.default]
            return f"{{{', '.join(f'{to_camel_case(of.public_name)}: {_literal(value)}' for of, value in stated)}}}"
        case date():
            return f'"{value.isoformat()}"'
        case tuple():
            return f"[{', '.join(map(_literal, value))}]"
        case _:
            return json.dumps(value)


def varied_once(question: Question[Any, Any]) -> Iterator[Any]:
    """The examples, and copies in which one argument is another node of the label, another day or the other switch."""
    arguments = arguments_of(question.arguments)
    for example in question.examples:
        yield example
        for argument in arguments:
            for value in _choices(argument, getattr(example, argument.name))[1:3]:
                yield replace(example, **{argument.name: value})


def varied(question: Question[Any, Any]) -> Iterator[Any]:
    """The examples, each with other nodes of the same label, other days and switches in every place."""
    arguments = arguments_of(question.arguments)
    for example in question.examples:
        choices = [_choices(argument, getattr(example, argument.name)) for argument in arguments]
        for values in product(*choices):
            yield replace(example, **{argument.name: value for argument, value in zip(arguments, values, strict=True)})


def _choices(argument: Argument, value: object) -> tuple[object, ...]:
    """The example's value first."""
    others: tuple[object, ...] = ()
    if isinstance(value, date):
        others = DAYS
    elif isinstance(value, bool):
        others = (not value,)
    elif argument.id is not None and isinstance(value, str):
        others = IDS.get(value.partition(":")[0], ())
    return tuple(dict.fromkeys((value, *others)))
