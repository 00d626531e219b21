"""The options of `citygraph report`: how they are read, and the command that gives the same report again."""

import shlex
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Final, TypeVar

import typer

from graph.analysis import CollaborationMode, Cut, Side, Weight
from graph.analysis.reports import Format
from graph.errors import AnalysisError
from graph.vocabulary import NetworkKind, Vocabulary

Word = TypeVar("Word", bound=Vocabulary)


def word(vocabulary: type[Word]) -> Callable[[object], Word]:
    """A parser of the vocabulary's names, as they are typed: lower case, with hyphens."""
    words = {typed(each): each for each in vocabulary}

    def parse(given: object) -> Word:
        if isinstance(given, vocabulary):
            return given
        if (found := words.get(str(given).lower().replace("_", "-"))) is None:
            raise typer.BadParameter(f"'{given}' is none of {', '.join(words)}")
        return found

    return parse


def typed(word: Vocabulary) -> str:
    return word.name.lower().replace("_", "-")


def one_of(vocabulary: type[Vocabulary]) -> str:
    return "|".join(typed(each) for each in vocabulary)


def day(given: object) -> date:
    try:
        return given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise typer.BadParameter(f"'{given}' is no day; write it as 2024-06-01") from None


SIDES: Final = {"cities": Side.CITIES, "networks": Side.COLLABORATIONS}


def side(given: object) -> Side:
    if isinstance(given, Side):
        return given
    if (found := SIDES.get(str(given).lower())) is None:
        raise typer.BadParameter(f"'{given}' is none of {', '.join(SIDES)}")
    return found


Form = Annotated[Format, typer.Option("--format", "-f", help="What to write; docs/reports.md says for whom.")]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to write; - is standard output.")]
TableName = Annotated[
    str | None, typer.Option("--table", metavar="NAME", help="For csv: which table; the first one by default.")
]
City = Annotated[str, typer.Option("--city", metavar="ID", help="The city, such as City:vantaa.", show_default=False)]
On = Annotated[date | None, typer.Option("--on", parser=day, metavar="DAY", help="The day; today by default.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="For all that is drawn by lot: drawing, communities, trials.")]
Modes = Annotated[
    list[CollaborationMode] | None,
    typer.Option(
        "--mode",
        parser=word(CollaborationMode),
        metavar=one_of(CollaborationMode),
        help="What cities take part in; may be repeated. network by default.",
    ),
]
Countries = Annotated[
    list[str] | None,
    typer.Option("--country", metavar="CODE", help="Only cities of this country (ISO 3166-1); may be repeated."),
]
Theme = Annotated[
    str | None,
    typer.Option("--theme", metavar="ID", help="Only what addresses this theme, or a narrower or close one."),
]
NetworkKindOption = Annotated[
    NetworkKind | None,
    typer.Option("--kind", parser=word(NetworkKind), metavar=one_of(NetworkKind), help="Only networks of this kind."),
]
Applied = Annotated[
    bool, typer.Option("--include-applied", help="Count memberships that are only applied for as well.")
]
WeightOption = Annotated[
    Weight, typer.Option("--weight", parser=word(Weight), metavar=one_of(Weight), help="Of a projection's ties.")
]


def cut(
    mode: Sequence[CollaborationMode] | None,
    country: Sequence[str] | None,
    theme: str | None,
    kind: NetworkKind | None,
    *,
    include_applied: bool,
) -> Cut:
    return Cut(
        modes=tuple(dict.fromkeys(mode or (CollaborationMode.NETWORK,))),
        countries=tuple(dict.fromkeys(each.upper() for each in country)) if country else None,
        theme=theme,
        network_kind=kind.name if kind else None,
        include_applied=include_applied,
    )


def cut_options(day: date, cut: Cut) -> list[tuple[str, object]]:
    """What was asked, with every default written out."""
    options: list[tuple[str, object]] = [("on", day), *(("mode", each) for each in cut.modes)]
    options += [("country", each) for each in cut.countries or ()]
    kind = NetworkKind[cut.network_kind] if cut.network_kind else None
    return [*options, ("theme", cut.theme), ("kind", kind), ("include-applied", cut.include_applied)]


def days(from_year: int | None, until_year: int | None) -> list[date]:
    if (from_year is None) != (until_year is None):
        raise AnalysisError("a series of days has a first and a last year", hint="give both --from and --until")
    if from_year is None or until_year is None:
        return []
    if until_year < from_year:
        raise AnalysisError(f"--until {until_year} comes before --from {from_year}", hint="give the earlier year first")
    return [date(year, 12, 31) for year in range(from_year, until_year + 1)]


def command(kind: str, given: Sequence[tuple[str, object]], form: Format, output: str, table: str | None) -> str:
    """The command that makes the same report again, whatever day it is then."""
    words = ["citygraph", "report", kind]
    for name, value in [*given, ("format", form.value), ("table", table), ("output", output)]:
        match value:
            case None | False:
                continue
            case True:
                words.append(f"--{name}")
            case Side():
                words += [f"--{name}", next(word for word, side in SIDES.items() if side is value)]
            case Vocabulary():
                words += [f"--{name}", typed(value)]
            case _:
                words += [f"--{name}", str(value)]
    return shlex.join(words)
