"""Define the command line interface: `citygraph serve | load | check | export | verify | migrate | report | schema`."""

import errno
import io
import os
import re
import signal
import sys
from contextlib import closing
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

from api.cli.errors import print_error
from graph.errors import CitygraphError, ConfigurationError, SeedError

# Commands import other modules when they run. Importing the driver, the file parsers and the analyses takes seconds and
# would delay `citygraph --help` and errors for invalid options.
if TYPE_CHECKING:
    from typer._click.core import Context

    from api.cli.runtime import ShutdownSignal


def _exit_codes() -> str:
    """Return the list of exit codes for `--help`, with one line for each code.

    The meanings of the codes are taken from the docstrings of the error classes.
    """
    meanings = {0: "done", 1: "an internal error", 2: "wrong usage, or "}
    for branch in CitygraphError.__subclasses__():
        meaning = re.split("[;.]", branch.__doc__ or "")[0]
        meanings[branch.exit_code] = meanings.get(branch.exit_code, "") + meaning[0].lower() + meaning[1:]
    meanings[128 + signal.SIGINT] = "stopped by Ctrl-C"
    meanings[128 + signal.SIGTERM] = "stopped by SIGTERM"
    return "\b\n" + "\n".join(["Exit codes:", *(f"{code:>4}  {meanings[code]}" for code in sorted(meanings))])


EXIT_CODES: Final = _exit_codes()

app: Final = typer.Typer(
    name="citygraph",
    help="The graph of a city's international collaboration, with a GraphQL API.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class LazyReportGroup(TyperGroup):
    """The command group `citygraph report`. Its commands are imported on first use, because the import is slow."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: "Context | None" = None, **extra: object
    ) -> "Context":
        from api.cli.report import reports

        self.commands = get_group(reports).commands
        return super().make_context(info_name, args, parent, **extra)


class ExportFormat(StrEnum):
    JSONL = "jsonl"


Facts = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Seed files (YAML, CSV, JSONL), or folders of seed files.", show_default=False),
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file; - is standard output.")]


def main() -> None:
    """Run the command line. An expected error is printed with a hint and sets the exit code."""
    _write_utf_8(sys.stdout)
    try:
        app()
    except CitygraphError as error:
        sys.exit(print_error(error))
    except BrokenPipeError:  # the process that reads the output of this command has exited
        _discard_output()
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.errno not in _DISK_ERRORS:
            raise
        reason = (error.strerror or "it cannot be used").lower()
        if error.errno in _DISK_ERRORS:
            _discard_output()
            where = error.filename or "the output cannot be written"
            expected = ConfigurationError(f"{where}: {reason}", hint="free disk space, or write to another disk")
        else:
            expected = ConfigurationError(f"{error.filename}: {reason}", hint="check the path and its permissions")
        sys.exit(print_error(expected))


_DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The error numbers (`errno`) that a write raises if the disk is full, or if a size limit or quota is exceeded.

An exception with one of these numbers contains no file name.
"""


def _discard_output() -> None:
    """Discard buffered standard output, because writing it at exit would fail and print another error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_utf_8(stream: object) -> None:
    """Set the encoding of a stream to UTF-8 in every locale, because exports and schemas are UTF-8 files."""
    if isinstance(stream, io.TextIOWrapper):
        cast("io.TextIOWrapper[io.BufferedWriter]", stream).reconfigure(encoding="utf-8")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citygraph {version('citygraph')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    from api.logging import configure_logging
    from api.settings import LogFormat, LogLevel

    configure_logging(LogLevel.WARNING, LogFormat.AUTO)


@app.command(epilog=EXIT_CODES)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; overrides CITYGRAPH_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 chooses a free port. Overrides CITYGRAPH_PORT.")
    ] = None,
    seeds: Annotated[
        Path | None, typer.Option(help="Folder of seed files to load first; overrides CITYGRAPH_SEEDS.")
    ] = None,
    no_seeds: Annotated[bool, typer.Option("--no-seeds", help="Load no seed files.")] = False,
    workers: Annotated[
        int | None, typer.Option(help="Number of worker processes; overrides CITYGRAPH_WORKERS.")
    ] = None,
) -> None:
    """Load the seeds and serve the API until Ctrl-C or SIGTERM.

    The address is written to standard output when the server is ready. Logs are written to standard error. Without
    CITYGRAPH_DATABASE_URI the embedded database is used. The command starts it, unless another process already runs it.
    """
    from api.cli.runtime import run_until_signal
    from api.cli.serve import serve_app, serve_workers, warn_if_root, warn_without_contact
    from api.http.server import bind_socket, display_address
    from api.logging import configure_logging
    from api.settings import Settings, variable

    given = {"host": host, "port": port, "seeds": seeds, "workers": workers}
    settings = Settings.load(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level, settings.log_format, production=settings.production)
    if not no_seeds and not settings.seeds.exists():
        raise ConfigurationError(
            f"the seeds folder {settings.seeds} does not exist", hint=f"set {variable('seeds')}, or use --no-seeds"
        )
    loaded = None if no_seeds else settings.seeds
    serving = serve_app if settings.workers == 1 else serve_workers
    with closing(bind_socket(settings.host, settings.port)) as sock:
        url = f"Citygraph: http://{display_address(sock)}/graphql"

        def announce() -> None:
            typer.echo(url)
            warn_if_root()
            warn_without_contact(settings)

        run_until_signal(lambda stop: serving(stop, settings, loaded, sock, announce), interrupted=0)


@app.command(epilog=EXIT_CODES)
def load(
    paths: Facts,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the whole graph: delete everything that is not in the files.")
    ] = False,
    bulk: Annotated[
        bool,
        typer.Option(
            "--bulk",
            help="Load one large export into an empty database in several transactions. Can be resumed.",
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="With --bulk: delete the data of an unfinished bulk load and start again.")
    ] = False,
) -> None:
    """Check seed files and load them in one transaction. If a file has a problem, nothing is loaded.

    A node or relationship in the files replaces its stored version. Stored nodes and relationships that are not in the
    files do not change. With --bulk, the API serves no data until the load is complete.
    """
    if restart and not bulk:
        raise ConfigurationError("--restart requires --bulk", hint="add --bulk, or remove --restart")
    if bulk and (replace or len(paths) != 1 or paths[0].suffix.lower() != ".jsonl"):
        raise ConfigurationError(
            "--bulk requires one file from `citygraph export` and forbids --replace",
            hint="use --bulk with one .jsonl file",
        )

    from api.cli.progress import ProgressBar
    from api.cli.runtime import open_store, run_until_signal
    from graph import seeding

    async def work(_until: "ShutdownSignal") -> None:
        with ProgressBar() as bars:
            async with open_store(bars) as store:
                if bulk:
                    loaded = await seeding.bulk_load(store, paths[0], restart=restart, progress=bars)
                else:
                    loaded = await seeding.load(store, paths, replace=replace, progress=bars)
        if not loaded.changed:
            typer.echo("The graph already contains these facts; nothing was written.")
        else:
            typer.echo(f"Loaded {_format_counts(loaded.nodes, loaded.relationships)}.")

    run_until_signal(work)


@app.command(epilog=EXIT_CODES)
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Seed files, or folders of seed files.", show_default=False),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Seed files that PATH may refer to; may be repeated."),
    ] = None,
    database: Annotated[
        bool, typer.Option("--database", help="Compare the whole graph in the database with what was last written.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="With --database: accept the graph as it is from now on.")
    ] = False,
) -> None:
    """Check seed files without a database, or check the database. Prints a hint for every problem."""
    if bool(paths) == database or (database and beside) or (accept and not database):
        raise ConfigurationError(
            "check seed files, or the database with --database, which takes no files",
            hint="use `citygraph check PATH...` or `citygraph check --database [--accept]`",
        )
    if database:
        _check_database(accept)
        return

    from api.cli.progress import ProgressBar
    from graph import seeding

    with ProgressBar() as bars:
        held = seeding.read(beside, progress=bars) if beside else None
        problems = seeding.check(seeding.read(paths or [], progress=bars), held)
    if problems:
        raise SeedError(problems)
    typer.echo("No problems found.")


def _check_database(accept: bool) -> None:
    from api.cli.progress import ProgressBar
    from api.cli.runtime import open_store, run_until_signal
    from graph.store import accept_contents, check_contents

    async def work(_until: "ShutdownSignal") -> None:
        with ProgressBar() as bars:
            async with open_store(bars) as store:
                bars.begin("reading the graph", None)
                found = await (accept_contents if accept else check_contents)(store)
                bars.end()
        typer.echo(f"{'Accepted' if accept else 'Found no damage in'} {_format_counts(*found.totals())}.")

    run_until_signal(work)


@app.command(epilog=EXIT_CODES)
def verify(
    path: Annotated[Path, typer.Argument(metavar="EXPORT", help="An export, possibly compressed with gzip.")],
) -> None:
    """Check that an export is complete and unchanged.

    The last line of an export contains the numbers of nodes and relationships, and a SHA-256 of the preceding lines.
    """
    from graph import seeding

    found = seeding.verify(path)
    typer.echo(f"The export is complete: {_format_counts(found.nodes, found.relationships)}.")


@app.command(epilog=EXIT_CODES)
def export(
    output: Output = "-",
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="jsonl: one node or relationship per line.")
    ] = ExportFormat.JSONL,
) -> None:
    """Write a consistent copy of the whole graph. `citygraph load --replace` restores it."""
    from api.cli.progress import ProgressBar
    from api.cli.runtime import open_store, run_until_signal
    from graph import seeding

    assert format_ is ExportFormat.JSONL

    async def work(_until: "ShutdownSignal") -> None:
        with ProgressBar() as bars:
            async with open_store(bars) as store:
                target = sys.stdout if output == "-" else Path(output)
                exported = await seeding.export(store, target, progress=bars)
        typer.echo(f"Exported {_format_counts(exported.nodes, exported.relationships)}.", err=True)

    run_until_signal(work)


@app.command(epilog=EXIT_CODES)
def migrate() -> None:
    """Migrate the database to the schema of this version. An interrupted migration can be run again.

    The embedded database is also migrated automatically when a new version of Citygraph opens it.
    """

    from api.cli.progress import ProgressBar
    from api.cli.runtime import open_store, run_until_signal

    async def work(_until: "ShutdownSignal") -> None:
        with ProgressBar() as bars:
            async with open_store(bars, prepare=False) as store:
                bars.begin("migrating", None)
                migrated = await store.migrate()
                await store.prepare()
                bars.end()
        if migrated.before == migrated.after:
            typer.echo(f"The database has schema version {migrated.after}; no migration was necessary.")
        else:
            typer.echo(f"Migrated the database from schema version {migrated.before} to {migrated.after}.")

    run_until_signal(work)


app.add_typer(
    typer.Typer(cls=LazyReportGroup, no_args_is_help=True),
    name="report",
    help="Write a report as an HTML page, a table, a network or a calendar.",
    epilog=EXIT_CODES,
)


@app.command(epilog=EXIT_CODES)
def schema(output: Output = "-") -> None:
    """Write the GraphQL schema in SDL."""
    from api.graphql.schema import sdl

    if output == "-":
        typer.echo(sdl(), nl=False)
    else:
        Path(output).write_text(sdl(), encoding="utf-8")


def _format_counts(nodes: int, relationships: int) -> str:
    return f"{nodes} node{'s' * (nodes != 1)} and {relationships} relationship{'s' * (relationships != 1)}"
