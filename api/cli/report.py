"""Define the commands of `citygraph report`, which write the results of analyses and questions to files."""

import asyncio
import shlex
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.errors import print_warnings
from api.cli.option_values import option_value
from api.cli.progress import ProgressBar
from api.cli.question_reports import add_question_reports
from api.cli.report_options import (
    CSV,
    DEFAULT_LANGUAGE,
    HTML,
    MARKDOWN,
    CommunitiesOption,
    CommunityTrials,
    Dates,
    Formats,
    From,
    LanguageOption,
    LeastShared,
    On,
    Output,
    Resolution,
    Roster,
    Seed,
    SeriesStep,
    StepOption,
    TableName,
    Target,
    Until,
    WeightOption,
    choices,
    community_options,
    date_series,
    format_option,
    parse_enum,
    projection_option,
    reproduce_command,
    series_options,
    series_period,
)
from api.cli.runtime import ShutdownSignal, open_loaded_store, run_until_signal
from api.cli.subset_options import subset_values, with_subset_options
from api.pages.report import render_files
from graph.analysis import AnalysisLimits, AnalysisRunner, Snapshot, Subset, read_subset
from graph.analysis.roster import read_roster
from graph.draft_file import draft_file
from graph.errors import AnalysisError
from graph.progress import ProgressCallback
from graph.questions.subset import WHOLE_GRAPH, SubsetArguments
from graph.reports import (
    FORMATS,
    MEASURES,
    Format,
    Report,
    centrality_report,
    difference,
    expect_format,
    load_names,
    node_ids,
    overlap_report,
)
from graph.reports.network_tables import limits_of, snapshot_provenance
from graph.reports.projection_file import PROJECTION_FORMATS, write_ties
from graph.store import Store, retry_if_lost
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CommunityMethod,
    NetworkSide,
    NullModel,
    ProjectionWeight,
)

reports: Final = typer.Typer()

_LIMITS: Final = AnalysisLimits(time_s=900, memory_mb=6144)
"""The limits of an analysis on time and memory.

They are higher than the server's limits, because a command runs only one analysis.
"""


# --- The reports ----------------------------------------------------------------------------------


@reports.command()
@with_subset_options
def centrality(
    on: On = None,
    roster: Roster = None,
    subset: SubsetArguments = WHOLE_GRAPH,
    projection: Annotated[
        NetworkSide | None,
        projection_option("Analyse the projection on the cities or the networks; the two-mode network by default."),
    ] = None,
    weight: WeightOption = ProjectionWeight.COUNT,
    least_shared: LeastShared = 1,
    measure: Annotated[
        list[CentralityMeasure] | None,
        typer.Option(
            "--measure",
            parser=parse_enum(CentralityMeasure),
            metavar="NAME",
            help=f"May be repeated; rows are sorted by the first measure. One of {choices(CentralityMeasure)}.",
        ),
    ] = None,
    normalisation: Annotated[
        CentralityNormalisation,
        typer.Option(
            "--normalisation",
            parser=parse_enum(CentralityNormalisation),
            metavar=choices(CentralityNormalisation),
            help="Scale of the values, see docs/centrality-measures.md; networkx by default.",
            show_default=False,
        ),
    ] = CentralityNormalisation.NETWORKX,
    first: From = None,
    last: Until = None,
    step: StepOption = SeriesStep.YEAR,
    also: Dates = None,
    community_method: CommunitiesOption = CommunityMethod.LOUVAIN,
    resolution: Resolution = 1.0,
    community_trials: CommunityTrials = None,
    seed: Seed = 0,
    form: Annotated[Formats, format_option(FORMATS["centrality"])] = HTML,
    output: Output = "-",
    table: TableName = None,
    language: LanguageOption = DEFAULT_LANGUAGE,
) -> None:
    """Report the centrality of each city and network, their communities, and the structure of the graph they form."""
    if projection is None and (least_shared > 1 or weight not in (ProjectionWeight.COUNT, ProjectionWeight.GRADE)):
        option = "--least-shared" if least_shared > 1 else f"--weight {option_value(weight)}"
        message = f"{option} needs a projection"
        raise AnalysisError(message, hint="add --projection cities or --projection networks")
    day = on or date.today()
    measures = tuple(measure or MEASURES)
    given: list[tuple[str, object]] = [
        ("roster", roster),
        *subset_values(day, subset),
        ("projection", projection),
        ("weight", weight if projection or weight is ProjectionWeight.GRADE else None),
        ("least-shared", least_shared if least_shared > 1 else None),
    ]
    given += [("measure", chosen) for chosen in measures]
    given += [
        ("normalisation", normalisation),
        *series_options(first, last, step, also),
        *community_options(community_method, resolution, community_trials, seed),
    ]
    target = Target(form, output, table, language)
    command = reproduce_command("centrality", given, target)
    dates = date_series(first, last, step, also)

    async def work(runner: AnalysisRunner, snapshot: Snapshot, subset: Subset, on_progress: ProgressCallback) -> Report:
        return await runner.run(
            centrality_report,
            snapshot,
            day,
            subset,
            projection=projection,
            weight=weight,
            least_shared=least_shared,
            measures=measures,
            normalisation=normalisation,
            community_method=community_method,
            resolution=resolution,
            community_trials=community_trials,
            seed=seed,
            dates=dates,
            networks=form.draws,
            period=series_period(first, last, also) if Format.GEXF in form.forms else None,
            command=command,
            on_progress=on_progress,
        )

    _run_analysis_report("centrality", day, subset, work, target, roster)


@reports.command()
@with_subset_options
def overlap(
    on: On = None,
    city: Annotated[
        str | None,
        typer.Option("--city", metavar="ID", help="Only pairs of this city's networks, or pairs with this city."),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option("--network", metavar="ID", help="Only pairs with this network, or pairs of its cities."),
    ] = None,
    roster: Roster = None,
    subset: SubsetArguments = WHOLE_GRAPH,
    projection: Annotated[
        NetworkSide,
        projection_option("Compare pairs of cities or pairs of networks; networks by default."),
    ] = NetworkSide.COLLABORATIONS,
    weight: WeightOption = ProjectionWeight.COUNT,
    least_shared: LeastShared = 1,
    null_model: Annotated[
        NullModel | None,
        typer.Option(
            "--null-model",
            parser=parse_enum(NullModel),
            metavar=choices(NullModel),
            help="Add p values under this null model; no p values by default.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Number of samples for --null-model fdsm.")] = 1000,
    first: From = None,
    last: Until = None,
    step: StepOption = SeriesStep.YEAR,
    also: Dates = None,
    community_method: CommunitiesOption = CommunityMethod.LOUVAIN,
    resolution: Resolution = 1.0,
    community_trials: CommunityTrials = None,
    seed: Seed = 0,
    form: Annotated[Formats, format_option(FORMATS["overlap"])] = HTML,
    output: Output = "-",
    table: TableName = None,
    language: LanguageOption = DEFAULT_LANGUAGE,
) -> None:
    """Report the overlap of pairs of networks or cities, and whether it is statistically significant."""
    day = on or date.today()
    sampled = trials if null_model is NullModel.FDSM else None
    given: list[tuple[str, object]] = [
        ("roster", roster),
        *subset_values(day, subset),
        ("city", city),
        ("network", network),
        ("projection", projection),
        ("weight", weight),
        ("least-shared", least_shared if least_shared > 1 else None),
        ("null-model", null_model),
    ]
    given += [("trials", sampled), *series_options(first, last, step, also)]
    given += community_options(community_method, resolution, community_trials, seed)
    target = Target(form, output, table, language)
    command = reproduce_command("overlap", given, target)
    dates = date_series(first, last, step, also)

    async def work(runner: AnalysisRunner, snapshot: Snapshot, subset: Subset, on_progress: ProgressCallback) -> Report:
        return await runner.run(
            overlap_report,
            snapshot,
            day,
            subset,
            projection=projection,
            city=city,
            network=network,
            weight=weight,
            least_shared=least_shared,
            null_model=null_model,
            community_method=community_method,
            resolution=resolution,
            community_trials=community_trials,
            seed=seed,
            trials=trials,
            dates=dates,
            networks=form.draws,
            command=command,
            on_progress=on_progress,
        )

    _run_analysis_report("overlap", day, subset, work, target, roster)


@reports.command()
@with_subset_options
def projection(
    on: On = None,
    roster: Roster = None,
    subset: SubsetArguments = WHOLE_GRAPH,
    projection: Annotated[
        NetworkSide,
        projection_option("Write pairs of cities or pairs of networks; cities by default."),
    ] = NetworkSide.CITIES,
    weight: WeightOption = ProjectionWeight.COUNT,
    least_shared: LeastShared = 1,
    form: Annotated[Formats, format_option(PROJECTION_FORMATS)] = CSV,
    output: Output = "-",
) -> None:
    """Write all ties of a projection to a CSV or Parquet file. The projection can have any size."""
    day = on or date.today()
    if output == "-" or len(form.forms) != 1:
        raise AnalysisError("a projection is written to one file", hint="use --output and one format")
    one = form.forms[0]
    expect_format("projection", one, PROJECTION_FORMATS)
    subset.refuse_isolates("the ties of a projection")
    given: list[tuple[str, object]] = [("roster", roster), *subset_values(day, subset), ("projection", projection)]
    given += [("weight", weight), ("least-shared", least_shared if least_shared > 1 else None)]
    command = reproduce_command("projection", given, Target(form, output, None, DEFAULT_LANGUAGE))

    async def work(
        _store: Store | None,
        runner: AnalysisRunner,
        snapshot: Snapshot,
        subset: Subset,
        _on_progress: ProgressCallback,
    ) -> Mapping[Format, bytes]:
        two_mode = snapshot.two_mode(day, subset)
        with draft_file(Path(output)) as draft:  # the process that writes it can be killed
            await runner.run(
                write_ties,
                two_mode,
                projection,
                draft,
                Path(output),
                one,
                snapshot_provenance(snapshot, day, subset, {}, limits_of([two_mode], day), command=command),
                weight=weight,
                least_shared=least_shared,
            )
        return {}

    _run_analysis(day, subset, work, output, roster)


@reports.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A report in JSON.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="B", help="A later report of the same kind.", show_default=False)],
    form: Annotated[Formats, format_option(FORMATS["diff"])] = MARKDOWN,
    output: Output = "-",
    table: TableName = None,
    language: LanguageOption = DEFAULT_LANGUAGE,
) -> None:
    """Compare two reports, and list the rows that were added, removed or changed. Needs no database."""
    target = Target(form, output, table, language)
    _check_formats("diff", FORMATS["diff"], target)
    command = shlex.join(["citygraph", "report", "diff", str(before), str(after), "--format", str(form)])
    names = str(before), str(after)
    report = difference(before.read_bytes(), after.read_bytes(), names=names, command=command)
    _write_files(output, render_files(report, form.forms, language, table=table))


# --- Building and writing reports -----------------------------------------------------------------


def _check_formats(kind: str, formats: Sequence[Format], target: Target) -> None:
    forms = target.form.forms
    for form in forms:
        expect_format(kind, form, formats)
    if len(forms) > 1 and target.output == "-":
        raise AnalysisError(
            f"the formats {target.form} need a file each", hint="use --output with a name, such as --output report"
        )
    if target.language != DEFAULT_LANGUAGE and Format.HTML not in forms:
        raise AnalysisError("--language requires the format html", hint="remove --language, or use --format html")
    if target.table is not None and not {Format.CSV, Format.PARQUET} & set(forms):
        message = "--table requires the format csv or parquet"
        raise AnalysisError(message, hint="remove --table, or use --format csv")


def _run_query_report(
    kind: str,
    formats: Sequence[Format],
    work: Callable[[Store], Awaitable[Report]],
    target: Target,
) -> None:
    _check_formats(kind, formats, target)

    async def ask(bars: ProgressBar) -> Mapping[Format, bytes]:
        async with open_loaded_store(bars) as store:
            bars.begin("querying", None)
            report = await work(store)
            bars.begin("writing", None)
            forms, table = target.form.forms, target.table
            return await asyncio.to_thread(render_files, report, forms, target.language, table=table)

    async def asked(_until: ShutdownSignal) -> None:
        with ProgressBar() as bars:
            files = await retry_if_lost(lambda: ask(bars))
        _write_files(target.output, files)

    run_until_signal(asked)


def _run_analysis_report(
    kind: str,
    day: date,
    arguments: SubsetArguments,
    work: Callable[[AnalysisRunner, Snapshot, Subset, ProgressCallback], Awaitable[Report]],
    target: Target,
    roster: Path | None,
) -> None:
    _check_formats(kind, FORMATS[kind], target)

    async def render(
        store: Store | None,
        runner: AnalysisRunner,
        snapshot: Snapshot,
        subset: Subset,
        on_progress: ProgressCallback,
    ) -> Mapping[Format, bytes]:
        report = await work(runner, snapshot, subset, on_progress)
        if store is not None and Format.HTML in target.form.forms:
            async with store.reading() as reader:
                names = await load_names(reader, node_ids(report))
            report = replace(report, names=names.names)
        return await runner.run(render_files, report, target.form.forms, target.language, table=target.table)

    _run_analysis(day, arguments, render, target.output, roster)


def _run_analysis(
    day: date,
    arguments: SubsetArguments,
    work: Callable[
        [Store | None, AnalysisRunner, Snapshot, Subset, ProgressCallback], Awaitable[Mapping[Format, bytes]]
    ],
    output: str,
    roster: Path | None,
) -> None:
    """Run the analysis `work`, and write the files that it returns.

    The analysis reads the graph in the database. If `roster` is given, the analysis reads this table of memberships
    instead, and the argument `store` of `work` is None.
    """
    has_filters = arguments.cities_where is not None or arguments.networks_where is not None
    if roster is not None and has_filters:
        raise AnalysisError(
            "--cities-where and --networks-where need the graph, which a roster does not contain",
            hint="leave out --roster, or select by --country, --include-city or --include-network",
        )

    async def analyse(bars: ProgressBar) -> Mapping[Format, bytes]:
        async with AsyncExitStack() as stack:
            store = None
            if roster is None:
                store = await stack.enter_async_context(open_loaded_store(bars))
                runner = await stack.enter_async_context(AnalysisRunner(store, _LIMITS))
                bars.begin("reading the graph", None)
                async with store.reading() as reader:
                    snapshot, subset = await read_subset(runner.snapshot, reader, day, arguments)
            else:
                runner = await stack.enter_async_context(AnalysisRunner(None, _LIMITS))
                snapshot, subset = await asyncio.to_thread(read_roster, roster), Subset.of(arguments)
                print_warnings(snapshot.warnings)
            bars.begin("analysing", None)
            files = await work(store, runner, snapshot, subset, _progress_callback(bars))
            bars.begin("writing", None)
            return files

    async def analysed(_until: ShutdownSignal) -> None:
        with ProgressBar() as bars:
            files = await retry_if_lost(lambda: analyse(bars))
        _write_files(output, files)

    run_until_signal(analysed)


def _progress_callback(bars: ProgressBar) -> ProgressCallback:
    """Return a callback that shows the progress of an analysis in the terminal.

    The callback receives the number of finished parts and the total number of parts. If the total changes or the number
    of finished parts decreases, the analysis has begun its next step, and the callback starts a new bar.
    """
    before = (0, 0)

    def tell(done: int, of: int) -> None:
        nonlocal before
        if of != before[1] or done < before[0]:
            bars.begin("analysing", of)
            before = (0, of)
        bars.advance(done - before[0])
        before = (done, of)

    return tell


def _write_files(output: str, files: Mapping[Format, bytes]) -> None:
    """Write the files of a report.

    A single file is named `output`. If there are several files, each is named `output` followed by the extension of its
    format. If `output` already ends with one of these extensions, the extension is removed first.
    """
    if len(files) == 1:
        _write_output(output, *files.values())
        return
    stem = output
    for form in files:
        stem = stem.removesuffix(form.extension)
    for form, data in files.items():
        _write_output(f"{stem}{form.extension}", data)


def _write_output(output: str, data: bytes) -> None:
    """Write the data to the file `output`, or to standard output if `output` is `-`.

    A regular file is replaced atomically.
    """
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(output)
    if target.exists() and not target.is_file():
        target.write_bytes(data)  # a pipe or a device cannot be replaced
        return
    with draft_file(target) as draft:
        draft.write_bytes(data)


add_question_reports(reports, _run_query_report)
