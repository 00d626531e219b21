"""Keyword arguments of the methods of `Collaborations`, and their conversion to the arguments of `graph.analysis`."""

import inspect
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, TypedDict, TypeVar, cast

from graph.analysis.subset_filters import Filter
from graph.errors import BadArgument
from graph.iso_date import parse_iso_date
from graph.questions.declaration import Argument, arguments_of
from graph.questions.subset import BoundingBox, SubsetArguments
from graph.vocabulary import NetworkSide, Vocabulary

__all__ = [
    "LanguageCode",
    "Measure",
    "Method",
    "NodeOptions",
    "Normalisation",
    "NullModelName",
    "Side",
    "SubsetOptions",
    "Weight",
    "parse_day",
    "parse_series_day",
    "parse_side",
    "parse_subset",
    "parse_word",
]

Word = TypeVar("Word", bound=Vocabulary)

Side = Literal["cities", "networks"]
Layer = Literal["network", "working_group", "project", "twinning"]
Weight = Literal["count", "jaccard", "overlap", "cosine", "newman", "grade"]
Normalisation = Literal["networkx", "none", "borgatti_everett"]
NullModelName = Literal["hypergeometric", "sdsm", "sdsm_approximate", "fdsm"]
LanguageCode = Literal["en", "sv", "fi"]
Measure = Literal[
    "degree",
    "strength",
    "betweenness",
    "closeness",
    "harmonic",
    "eigenvector",
    "pagerank",
    "hits",
    "k_core",
    "constraint",
    "effective_size",
]

Method = Literal["louvain", "leiden", "brim", "brim_leiden"]

_SIDES: Final[Mapping[str, NetworkSide]] = {side.word: side for side in NetworkSide}


class NodeOptions(TypedDict, total=False):
    """Keyword arguments that select the part of the graph to analyse (the subset).

    They cannot select an ego network, that is, the nodes within some hops of a node. `SubsetOptions` can.
    Enum members are written in lower case, such as "in_force".
    """

    layers: Collection[Layer]
    standings: Collection[Literal["in_force", "attested_earlier", "long_unattested", "attested_later"]]
    include_applied: bool
    countries: Collection[str]
    bounding_box: tuple[float, float, float, float]
    cities_where: Filter
    networks_where: Filter
    theme: str
    network_kind: Literal["city_network", "local"]
    include_cities: Collection[str]
    exclude_cities: Collection[str]
    include_networks: Collection[str]
    exclude_networks: Collection[str]
    min_degree: int
    largest_component: bool
    isolates: bool


class SubsetOptions(NodeOptions, total=False):
    """Keyword arguments that select the part of the graph to analyse (the subset), including an ego network.

    The ego network consists of the nodes within `radius` hops of the node `ego`. Enum members are written in lower
    case, such as "in_force".
    """

    ego: str
    radius: int


def _describe_keywords(options: type) -> None:
    """Add the meanings of the keywords to the docstring of a class of options, so that `help` prints them."""
    meanings = {argument.name: _meaning(argument) for argument in arguments_of(SubsetArguments)}
    keywords = "\n".join(f"- {name}: {meanings[name]}" for name in options.__annotations__)
    options.__doc__ = f"{inspect.cleandoc(options.__doc__ or '')}\n\n{keywords}"


def _meaning(argument: Argument) -> str:
    kind = cast("Any", argument.value_type)
    if not issubclass(kind, Vocabulary):
        return argument.description
    return f"{argument.description} Possible: {', '.join(member.word for member in kind)}."


_describe_keywords(NodeOptions)
_describe_keywords(SubsetOptions)


def parse_series_day(day: date | str | int) -> date:
    """Return the date for an item of the argument `dates`. A year is replaced by its last day. Raises BadArgument."""
    if isinstance(day, str) and re.fullmatch("[0-9]{4}", day):
        return _last_day(int(day))
    return parse_day(day) if isinstance(day, date | str) else _last_day(day)


def _last_day(year: int) -> date:
    try:
        return date(year, 12, 31)  # accepts NumPy integers, too
    except (TypeError, ValueError):
        raise BadArgument(f"dates: {year!r} is not a year", hint="give years such as 2024") from None


def parse_day(on: date | str | None) -> date:
    """Return the date for an argument `on`. If the argument is None, return the current date. Raises BadArgument."""
    if isinstance(on, datetime):  # includes timestamps of pandas
        return on.date()
    if isinstance(on, date):
        return on
    try:
        return date.today() if on is None else parse_iso_date(on)
    except (TypeError, ValueError):
        raise BadArgument(f"on: {on!r} is not a date", hint="write a date as 2024-06-01") from None


def parse_side(argument: str, text: str) -> NetworkSide:
    """Return the `NetworkSide` for the text "cities" or "networks", in any case. Raises BadArgument."""
    if (side := _SIDES.get(str(text).lower())) is None:
        raise BadArgument(f"{argument}: {text!r} is not known", hint="give 'cities' or 'networks'")
    return side


def parse_word(argument: str, text: str, vocabulary: type[Word]) -> Word:
    """Return the vocabulary member that has this name, written in lower or upper case. Raises BadArgument."""
    found = vocabulary.__members__.get(str(text).upper().replace("-", "_"))
    if found is None:
        words = ", ".join(member.word for member in vocabulary)
        raise BadArgument(f"{argument}: {text!r} is not known", hint=f"give one of {words}")
    return found


def parse_subset(options: SubsetOptions) -> SubsetArguments:
    """Convert keyword arguments to a subset, the form in which questions and analyses accept it. Raises BadArgument."""
    declared = {argument.name: argument for argument in arguments_of(SubsetArguments)}
    if unknown := set(options) - set(declared):
        raise BadArgument(
            f"this method has no keyword {', '.join(sorted(unknown))}",
            hint=f"beside its own keywords, it takes those of a subset: {', '.join(declared)}",
        )
    values: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for name, value in values.items():
        argument = declared[name]
        kind = cast("Any", argument.value_type)
        if argument.many:
            values[name] = tuple(_texts(value))
        if issubclass(kind, Vocabulary):
            values[name] = (
                tuple(parse_word(name, word, kind) for word in values[name])
                if argument.many
                else parse_word(name, value, kind)
            )
        elif kind is BoundingBox:
            values[name] = _bounding_box(value)
    return SubsetArguments(**values)


def _bounding_box(degrees: Collection[float]) -> BoundingBox:
    try:
        return BoundingBox(*map(float, degrees))
    except (TypeError, ValueError):
        message = f"bounding_box: {degrees!r} is not south, west, north, east in degrees"
        raise BadArgument(message, hint="give four numbers, such as (55, 4, 71, 32)") from None


def _texts(value: str | Collection[str]) -> Collection[str]:
    """Return one or several texts as a collection. A single text becomes a collection of one text."""
    return (value,) if isinstance(value, str) else value
