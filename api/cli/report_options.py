"""Parse the options of `citygraph report`, and build the command that reproduces a report."""

import re
import shlex
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from api.cli.option_values import option_value
from api.translations.catalogue import LANGUAGES, Language
from graph.errors import AnalysisError
from graph.iso_date import parse_iso_date
from graph.reports import Format
from graph.vocabulary import CommunityMethod, NetworkSide, ProjectionWeight, Vocabulary

Word = TypeVar("Word", bound=Vocabulary)


def parse_enum(vocabulary: type[Word]) -> Callable[[object], Word]:
    """Return a function that converts the value of a command-line option to a member of the enum `vocabulary`.

    The values of the option are the names of the members in lower case, with hyphens.
    """
    words = {option_value(member): member for member in vocabulary}

    def parse(given: object) -> Word:
        if isinstance(given, vocabulary):
            return given
        if (found := words.get(str(given).lower().replace("_", "-"))) is None:
            raise typer.BadParameter(f"'{given}' is not one of {', '.join(words)}")
        return found

    return parse


def choices(vocabulary: type[Vocabulary]) -> str:
    return "|".join(option_value(member) for member in vocabulary)


def parse_date(given: object) -> date:
    try:
        return given if isinstance(given, date) else parse_iso_date(str(given))
    except ValueError:
        raise typer.BadParameter(f"'{given}' is not a date; write a date as 2024-06-01") from None


@dataclass(frozen=True, slots=True)
class SeriesBound:
    """The first or last date of a time series. If the user gave only the year, `day` is None."""

    year: int
    day: date | None = None

    def __str__(self) -> str:
        return str(self.day or self.year)


def parse_bound(given: object) -> SeriesBound:
    if isinstance(given, SeriesBound):
        return given
    text = str(given)
    if re.fullmatch("[0-9]{4}", text) and int(text) >= date.min.year:
        return SeriesBound(int(text))
    try:
        found = parse_iso_date(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is neither a year nor a date; write 2024 or 2024-06-01") from None
    return SeriesBound(found.year, found)


class SeriesStep(Vocabulary):
    """The interval between two consecutive dates of a time series."""

    YEAR = "A year."
    QUARTER = "Three months."
    MONTH = "A month."

    @property
    def months(self) -> int:
        return {SeriesStep.YEAR: 12, SeriesStep.QUARTER: 3, SeriesStep.MONTH: 1}[self]


@dataclass(frozen=True, slots=True)
class Formats:
    """The file formats of a report, in the order in which the user gave them."""

    forms: tuple[Format, ...]

    def __str__(self) -> str:
        return ",".join(self.forms)

    @property
    def draws(self) -> bool:
        """Return whether at least one of the formats contains a network, that is, nodes and ties.

        A format without a network contains only tables.
        """
        return any(form.draws for form in self.forms)


CSV: Final = Formats((Format.CSV,))
HTML: Final = Formats((Format.HTML,))
MARKDOWN: Final = Formats((Format.MD,))


def projection_option(text: str) -> Any:
    """Return the option `--projection`, by which users choose the nodes of a projection: cities or networks.

    `text` is the help of the option.
    """
    return typer.Option(
        "--projection", parser=parse_enum(NetworkSide), metavar=choices(NetworkSide), help=text, show_default=False
    )


def format_option(formats: Sequence[Format]) -> Any:
    """Return the option `--format` of a report. `formats` are the formats that the report supports."""

    def parse(given: object) -> Formats:
        if isinstance(given, Formats):
            return given
        names = [name.strip().lower() for name in str(given).split(",")]
        for name in names:
            if name not in set(Format):
                raise typer.BadParameter(f"'{name}' is not one of {', '.join(formats)}")
        return Formats(tuple(dict.fromkeys(Format(name) for name in names)))

    return typer.Option(
        "--format",
        "-f",
        parser=parse,
        metavar="FORMAT,…",
        help="One or more output formats, see docs/reports.md. With several, --output is the name without its end.",
    )


def parse_language(given: object) -> Language:
    for language in LANGUAGES:
        if given == language:
            return language
    raise typer.BadParameter(f"'{given}' is not one of {', '.join(LANGUAGES)}")


DEFAULT_LANGUAGE: Final[Language] = "en"
LanguageOption = Annotated[
    Language,
    typer.Option(
        "--language",
        parser=parse_language,
        metavar="|".join(LANGUAGES),
        help="Language of html; other formats have none.",
    ),
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file; - is standard output.")]
TableName = Annotated[
    str | None,
    typer.Option("--table", metavar="NAME", help="Table to write as csv or parquet; the first table by default."),
]
Roster = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="FILE",
        help="Analyse a table of memberships (csv with the columns city and network) in place of the graph.",
    ),
]
City = Annotated[str, typer.Option("--city", metavar="ID", help="The city, such as City:vantaa.", show_default=False)]
On = Annotated[
    date | None, typer.Option("--on", parser=parse_date, metavar="DAY", help="Date of the report; today by default.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Random seed for layout, communities and trials.")]


def parse_resolution(given: object) -> float:
    try:
        resolution = float(str(given))
    except ValueError:
        resolution = 0.0
    if not 0 < resolution < inf:
        raise typer.BadParameter(f"'{given}' is not a positive number; the usual resolution is 1")
    return resolution


CommunitiesOption = Annotated[
    CommunityMethod,
    typer.Option(
        "--communities",
        parser=parse_enum(CommunityMethod),
        metavar=choices(CommunityMethod),
        help="Method of finding communities, see docs/reports.md; louvain by default.",
        show_default=False,
    ),
]
Resolution = Annotated[
    float,
    typer.Option(
        "--resolution",
        parser=parse_resolution,
        metavar="NUMBER",
        help="Resolution of the communities: a higher value gives more and smaller ones.",
    ),
]
CommunityTrials = Annotated[
    int | None,
    typer.Option(
        "--community-trials",
        min=1,
        metavar="NUMBER",
        help="Number of seeds of which the best communities are taken; 10, or 1 in a large network, by default.",
        show_default=False,
    ),
]
WeightOption = Annotated[
    ProjectionWeight,
    typer.Option(
        "--weight",
        parser=parse_enum(ProjectionWeight),
        metavar=choices(ProjectionWeight),
        help="Weight of ties in a projection, or grade without one; count by default.",
        show_default=False,
    ),
]
LeastShared = Annotated[
    int,
    typer.Option(
        "--least-shared",
        min=1,
        help="Only pairs that share at least so many nodes, in projections, too: s of s-centrality.",
    ),
]
From = Annotated[
    SeriesBound | None,
    typer.Option(
        "--from",
        parser=parse_bound,
        metavar="YEAR|DAY",
        help="Start of a series (end of this year, or this day); adds growth, churn and lifetimes to centrality.",
    ),
]
Until = Annotated[
    SeriesBound | None,
    typer.Option(
        "--until", parser=parse_bound, metavar="YEAR|DAY", help="End of the series: the end of this year, or this day."
    ),
]
StepOption = Annotated[
    SeriesStep,
    typer.Option(
        "--step",
        parser=parse_enum(SeriesStep),
        metavar=choices(SeriesStep),
        help="Interval between the dates of the series; year by default.",
        show_default=False,
    ),
]
Dates = Annotated[
    list[date] | None,
    typer.Option("--date", parser=parse_date, metavar="DAY", help="Additional date; may be repeated."),
]


def date_series(
    first: SeriesBound | None, last: SeriesBound | None, step: SeriesStep, also: Sequence[date] | None
) -> list[date]:
    """Return the dates of a time series and the dates in `also`, sorted.

    If `first` is a year, the series contains the last day of every month, quarter or year, depending on `step`. If
    `first` is a date, the series contains this date and the dates that follow it at intervals of `step`. If a month is
    too short to contain the same day, the series contains the last day of the month. For example, a monthly series from
    31 January continues with the last day of February. Raises AnalysisError if only one of `first` and `last` is given,
    or if the series is empty.
    """
    found = set(also or ())
    if (first is None) != (last is None):
        raise AnalysisError("a series of dates needs a first and a last date", hint="use both --from and --until")
    if first is not None and last is not None:
        year, month, number = first.year, step.months, 31
        if first.day is not None:
            month, number = first.day.month, first.day.day
        end = last.day or date(last.year, 12, 31)
        months = 12 * year + month - 1
        series: list[date] = []
        while (day := _in_month(months, number)) is not None and day <= end:
            series.append(day)
            months += step.months
        if not series:
            raise AnalysisError(f"--until {last} is earlier than --from {first}", hint="set --from to the earlier date")
        found.update(series)
    return sorted(found)


def series_period(
    first: SeriesBound | None, last: SeriesBound | None, also: Sequence[date] | None
) -> tuple[date, date] | None:
    """Return the first and last day of the period of a time series, or None if there is no series.

    If `first` is a year, the period begins on 1 January of this year. If `last` is a year, the period ends on 31
    December of this year. The period is extended if a date in `also` is earlier or later.
    """
    days = list(also or ())
    if first is not None:
        days.append(first.day or date(first.year, 1, 1))
    if last is not None:
        days.append(last.day or date(last.year, 12, 31))
    return (min(days), max(days)) if days else None


def _in_month(months: int, day: int) -> date | None:
    """Return the `day`-th day of a month as a date. If the month is shorter, return its last day.

    `months` identifies the month: it is the number of months since January of the year 0. Returns None if the year is
    after 9999.
    """
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1])) if year <= date.max.year else None


def series_options(
    first: SeriesBound | None, last: SeriesBound | None, step: SeriesStep, also: Sequence[date] | None
) -> list[tuple[str, object]]:
    """Return the options that define a time series, as (option name, value) pairs for `reproduce_command`."""
    series = [("from", first), ("until", last), ("step", step)] if first is not None else []
    return [*series, *(("date", day) for day in also or ())]


def community_options(
    method: CommunityMethod, resolution: float, trials: int | None, seed: int
) -> list[tuple[str, object]]:
    """Return the options that find communities, as (option name, value) pairs for `reproduce_command`."""
    return [("communities", method), ("resolution", resolution), ("community-trials", trials), ("seed", seed)]


@dataclass(frozen=True, slots=True)
class Target:
    """The files that a command writes: their formats and the name of the output.

    `table` is the key of the table that is written as CSV or Parquet, or None for the first table. `language` is the
    language of HTML files.
    """

    form: Formats
    output: str
    table: str | None
    language: Language


def reproduce_command(kind: str, given: Sequence[tuple[str, object]], target: Target) -> str:
    """Return a shell command that writes the same report again.

    `kind` is the name of the report. `given` contains the options of the report as (option name, value) pairs. Options
    whose value is None or False are omitted from the command.
    """
    words = ["citygraph", "report", kind]
    language = None if target.language == DEFAULT_LANGUAGE else target.language
    options = [("format", target.form), ("table", target.table), ("language", language), ("output", target.output)]
    for name, value in [*given, *options]:
        match value:
            case None | False:
                continue
            case True:
                words.append(f"--{name}")
            case Vocabulary():
                words += [f"--{name}", option_value(value)]
            case _:
                words += [f"--{name}", str(value)]
    return shlex.join(words)
