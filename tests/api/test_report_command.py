"""`citygraph report` as people run it: files, standard output, exit codes, and the command that makes it again."""

import asyncio
import csv
import json
import os
import re
import shlex
import signal
from collections.abc import AsyncIterator, Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.cli.report_options import SeriesStep, date_series, parse_bound, parse_enum, series_period
from graph.analysis import AnalysisRunner
from graph.seeding import load
from graph.store import Store, StoreSettings
from tests.api.test_cli import CITYGRAPH, citygraph, environment, run_in_folder, run_in_process
from tests.api.test_cli import SEEDS as FACTS
from tests.conditions import until
from tests.store.processes import children

Run = Callable[..., tuple[int, str, str]]

YEARS = ["--city", "City:vantaa", "--from", "2020", "--until", "2021"]
NETWORKED = """
networks:
  - id: Network:nordic
    name: {en: Nordic Net}
    kind: CITY_NETWORK
    sources: [{document: Document:report, page: "3", quote: "There is a Nordic Net."}]
memberships:
  - id: Membership:vantaa-nordic
    city: City:vantaa
    network: Network:nordic
    status: MEMBER
    validFrom: 2020
    validUntil: OPEN
    sources: [{document: Document:report, page: "4", quote: "Vantaa is in it since 2020."}]
"""


@pytest_asyncio.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A folder with a graph of one city in one network. Its database runs, for the commands to join."""
    place = tmp_path_factory.mktemp("reports")
    (place / "facts.yaml").write_text(FACTS + NETWORKED, encoding="utf-8")
    async with Store.open(StoreSettings(data_dir=place / "data", heap_mb=512)) as store:
        await store.prepare()
        await load(store, [place / "facts.yaml"])
        yield place


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command in a folder, in this process: exit code, standard output and error.

    Its analyses run in this process too. The child process of a runner is tested elsewhere.
    """

    async def analyse(_runner: AnalysisRunner, function: Callable[..., object], *arguments: Any, **more: Any) -> object:
        return function(*arguments, **more)

    monkeypatch.setattr(AnalysisRunner, "run", analyse)

    return partial(run_in_folder, capsys)


@pytest.mark.slow
def test_a_report_of_the_network_and_the_command_that_makes_it_again(folder: Path, run: Run) -> None:
    asked = ["report", "centrality", "--on", "2024-06-01", "--measure", "degree", "--format", "json"]
    series = ["--from", "2019-06-01", "--until", "2021", "--date", "2024-01-01"]
    done = citygraph(folder, *asked, *series, "--output", "one.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    one = json.loads((folder / "one.json").read_text())
    rows = [*one["tables"]["cities"]["rows"], *one["tables"]["networks"]["rows"]]
    assert [(row["node"]["id"], row["degree"]) for row in rows] == [
        ("City:vantaa", 1.0),
        ("Network:nordic", 1.0),
    ]
    assert [(row["day"], row["node"]["id"]) for row in one["tables"]["over_time"]["rows"]] == [
        (day, node) for day in ("2020-06-01", "2021-06-01", "2024-01-01") for node in ("City:vantaa", "Network:nordic")
    ]
    command = one["provenance"]["command"]
    assert command == (
        "citygraph report centrality --on 2024-06-01 --layer network --measure degree --normalisation networkx "
        "--from 2019-06-01 --until 2021 --step year --date 2024-01-01 --communities louvain --resolution 1.0 --seed 0 "
        "--format json --output one.json"
    )
    before = (folder / "one.json").read_bytes()
    assert run(folder, *shlex.split(command)[1:])[0] == 0
    assert (folder / "one.json").read_bytes() == before
    assert [file.name for file in folder.glob(".draft-*")] == []


@pytest.mark.slow
def test_filters_of_the_model(folder: Path, run: Run, tmp_path: Path) -> None:
    asked = ["report", "centrality", "--on", "2024-06-01", "--measure", "degree", "--format", "json"]
    filters = ["--cities-where", '{"networks": {"some": {}}}', "--networks-where", '{"name": {"eq": "nordic net"}}']
    assert run(folder, *asked, *filters, "--output", "filtered.json") == (0, "", "")
    before = (folder / "filtered.json").read_bytes()
    report = json.loads(before)
    assert [row["node"]["id"] for row in report["tables"]["cities"]["rows"]] == ["City:vantaa"]
    assert (
        'cities where: {"networks": {"on": "2024-06-01", "some": {}}}; networks where: {"name": {"eq": "nordic net"}}'
        in report["provenance"]["subset"]
    )
    assert run(folder, *shlex.split(report["provenance"]["command"])[1:])[0] == 0
    assert (folder / "filtered.json").read_bytes() == before
    _, out, _ = run(folder, *asked, "--cities-where", '{"networks": {"none": {}}}')
    assert json.loads(out)["tables"]["cities"]["rows"] == []

    roster = tmp_path / "roster.csv"
    roster.write_text("city,network\nVantaa,Nordic\n")
    assert run(folder, *asked, "--roster", str(roster), "--cities-where", "{}") == (
        6,
        "",
        "citygraph: --cities-where and --networks-where need the graph, which a roster does not contain\n"
        "  Hint: leave out --roster, or select by --country, --include-city or --include-network.\n",
    )
    for given in ("{", "[1]"):
        assert run(folder, *asked, "--networks-where", given)[0] == 2
    code, _, error = run(folder, *asked, "--networks-where", '{"nam": {}}')
    assert (code, error.splitlines()[0]) == (5, "citygraph: a filter of networks has no field `nam`")


@pytest.mark.slow
def test_a_database_without_a_graph_is_one_sentence(tmp_path: Path, run: Run) -> None:
    error = (
        f"citygraph: the database in {tmp_path}/data is empty\n"
        "  Hint: run `citygraph load seeds/` first, or set CITYGRAPH_DATA_DIR to a loaded database.\n"
    )
    assert run(tmp_path, "report", "centrality", "--output", "one.html") == (4, "", error)
    assert list(tmp_path.iterdir()) == []
    assert run(tmp_path, "migrate")[0] == 0
    for asked in (["centrality"], ["cost-per-network", *YEARS]):
        assert run(tmp_path, "report", *asked, "--output", "one.html") == (4, "", error)
    assert not (tmp_path / "one.html").exists()


def test_the_command_of_a_report_on_a_table_of_memberships(tmp_path: Path, run: Run) -> None:
    (tmp_path / "my roster.csv").write_text("city,network\nVantaa,Eurocities\nOulu,Eurocities\n")
    for kind in ("centrality", "overlap"):
        asked = ["report", kind, "--roster", "my roster.csv", "--on", "2024-06-01", "--format", "json", "-o", "a.json"]
        assert run(tmp_path, *asked)[0] == 0
        before = (tmp_path / "a.json").read_bytes()
        command = shlex.split(json.loads(before)["provenance"]["command"])
        assert command[:5] == ["citygraph", "report", kind, "--roster", "my roster.csv"]
        (tmp_path / "a.json").unlink()
        assert run(tmp_path, *command[1:])[0] == 0
        assert (tmp_path / "a.json").read_bytes() == before


def test_a_projection_in_a_file(tmp_path: Path, run: Run) -> None:
    (tmp_path / "roster.csv").write_text("city,network\nVantaa,A\nOulu,A\nOslo,B\nOulu,B\n")
    asked = ["report", "projection", "--roster", "roster.csv", "--on", "2024-06-01", "--weight", "jaccard"]
    assert run(tmp_path, *asked, "--output", "pairs.csv") == (0, "", "")
    lines = (tmp_path / "pairs.csv").read_text().splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["City:Oslo", "City:Oulu", "1", "0.5"],
        ["City:Oulu", "City:Vantaa", "1", "0.5"],
    ]
    assert "--projection cities --weight jaccard --format csv --output pairs.csv" in lines[1]
    assert run(tmp_path, *asked)[0] == 6
    assert run(tmp_path, *asked, "--format", "html", "--output", "pairs.html")[0] == 6
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pairs.csv", "roster.csv"]


@pytest.mark.slow
async def test_a_killed_projection_leaves_no_file(tmp_path: Path) -> None:
    """The command removes the unfinished file of the process that was killed, and names the cause."""
    rows = "".join(f"City {number},Net\n" for number in range(9_000))
    roster = tmp_path / "roster.csv"
    roster.write_text(f"city,network\n{rows}")
    command = [CITYGRAPH, "report", "projection", "--roster", "roster.csv", "--output", "pairs.csv"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    await until(lambda: any(file.stat().st_size for file in tmp_path.glob(".draft-*")) or bool(process.returncode))
    [analysis] = children(process.pid)
    os.kill(analysis, signal.SIGKILL)
    _, error = await process.communicate()
    assert process.returncode == 6
    assert "citygraph: the process of the analysis was killed by SIGKILL\n" in error.decode()
    assert os.listdir(tmp_path) == ["roster.csv"]  # noqa: PTH208


def test_several_formats_of_a_table_of_memberships(tmp_path: Path, run: Run) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("city,network,from,until\nVantaa,Eurocities,2015,\nVantaa,Nordic,2010,2012\nOulu,Eurocities,,\n")
    asked = ["report", "centrality", "--roster", str(roster), "--on", "2024-06-01", "--format", "html,csv,gexf,hif"]
    code, _, error = run(tmp_path, *asked)
    assert (code, error) == (
        6,
        "citygraph: the formats html,csv,gexf,hif need a file each\n"
        "  Hint: use --output with a name, such as --output report.\n",
    )
    assert run(tmp_path, *asked, "--output", "europe.html") == (0, "", "")
    assert sorted(file.name for file in tmp_path.glob("europe*")) == [
        "europe.csv",
        "europe.gexf",
        "europe.hif.json",
        "europe.html",
    ]
    csv_lines = (tmp_path / "europe.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in csv_lines] == ["node", "Oulu", "Vantaa"]
    assert "origin the table roster.csv; revision 0; on 2024-06-01; " in csv_lines[1]
    assert "subset layers: NETWORK; " in csv_lines[1]
    page = (tmp_path / "europe.html").read_text()
    assert "<dt>Origin</dt><dd><code>the table roster.csv</code></dd>" in page
    assert page.index('id="table-cities"') < page.index('id="table-networks"') < page.index('id="figures"')
    assert not (tmp_path / "data").exists()
    hypergraph = json.loads((tmp_path / "europe.hif.json").read_text())
    assert [edge["edge"] for edge in hypergraph["edges"]] == ["Network:Eurocities"]
    projected = ["--projection", "cities", "--format", "hif"]
    assert run(tmp_path, *asked[:-2], *projected)[0] == 6
    code, _, error = run(tmp_path, "report", "overlap", "--roster", str(roster), "--communities", "brim")
    assert (code, error) == (
        6,
        "citygraph: BRIM finds communities of a two-mode network, and this is a projection\n"
        "  Hint: use louvain or leiden.\n",
    )
    roster.write_text("city,network\nVantaa,A\nVantaa,A\n")
    assert run(tmp_path, *asked, "--output", "europe.html") == (
        0,
        "",
        f"warning: {roster}:3: column 1: `city` repeats the membership of line 2; the two rows count as one "
        "(delete one of the rows)\n",
    )
    roster.write_text("city,network\n,A\n")
    code, _, error = run(tmp_path, *asked, "--output", "europe")
    assert code == 3
    assert error.startswith(f"{roster}:2: column 1: `city` is empty (give a name, or delete the line)\n")


def test_an_unknown_format_is_answered_with_those_of_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, formats in (
        ("centrality", "html, csv, json, md, parquet, graphml, gexf, pajek, edges, hif"),
        ("renewals-due", "html, csv, json, md, parquet, ics"),
    ):
        code, _, error = run_in_process(capsys, "report", kind, "--format", "xlsx")
        assert code == 2
        assert f"'xlsx' is not one of {formats} ╰" in re.sub(r"[\s│]+", " ", error)


def test_a_question_goes_to_standard_output(folder: Path, run: Run) -> None:
    code, out, error = run(folder, "report", "cost-per-network", *YEARS, "--format", "csv")
    assert code == 0, error
    header, row = out.splitlines()
    assert header.startswith("network,network_id,totals,unknown_years")
    assert row.startswith("Nordic Net,Network:nordic,,2020; 2021,")


def test_the_help_of_a_question_shows_defaults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, help_text, _ = run_in_folder(capsys, tmp_path, "report", "network-portfolio", "--help")
    for shown in ("[default: 1.0]", "[default: 20]", "[default: EUR]"):
        assert shown in help_text


def test_errors_of_a_report_are_one_sentence(folder: Path, run: Run) -> None:
    assert run(folder, "report", "cost-per-network", *YEARS, "--format", "gexf") == (
        6,
        "",
        "citygraph: a cost-per-network report cannot be written as gexf\n"
        "  Hint: take one of html, csv, json, md, parquet.\n",
    )
    assert run(folder, "report", "centrality", "--from", "2020")[0] == 6
    assert run(folder, "report", "centrality", "--from", "2020", "--until", "2019")[0] == 6
    assert run(folder, "report", "centrality", "--from", "20", "--until", "2019")[0] == 2
    assert run(folder, "report", "centrality", "--table", "nodes")[0] == 6
    assert run(folder, "report", "centrality", "--measure", "fame")[0] == 2
    assert run(folder, "report", "centrality", "--least-shared", "2")[0] == 6
    assert run(folder, "report", "centrality", "--weight", "jaccard") == (
        6,
        "",
        "citygraph: --weight jaccard needs a projection\n  Hint: add --projection cities or --projection networks.\n",
    )
    assert run(folder, "report", "centrality", "--side", "cities")[0] == 2
    assert run(folder, "report", "overlap", "--on", "yesterday")[0] == 2
    unknown = ["report", "renewals-due", "--city", "City:atlantis", "--by", "2026-01-01"]
    assert run(folder, *unknown)[0] == 5


SERIES = [
    (("2022", "2024", "year"), ["2022-12-31", "2023-12-31", "2024-12-31"]),
    (("2023", "2023", "quarter"), ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"]),
    (("2023-12-31", "2024-03-30", "month"), ["2023-12-31", "2024-01-31", "2024-02-29"]),
    (("2020-02-29", "2022", "year"), ["2020-02-29", "2021-02-28", "2022-02-28"]),
]


@pytest.mark.parametrize(("asked", "expected"), SERIES)
def test_a_series_of_days(asked: tuple[str, str, str], expected: list[str]) -> None:
    first, last, step = asked
    found = date_series(parse_bound(first), parse_bound(last), parse_enum(SeriesStep)(step), None)
    assert [day.isoformat() for day in found] == expected
    with_others = date_series(
        parse_bound(first), parse_bound(last), parse_enum(SeriesStep)(step), [date(1999, 1, 1), found[0]]
    )
    assert with_others == [date(1999, 1, 1), *found]


def test_the_period_of_a_series() -> None:
    days = parse_bound("2022-06-01"), parse_bound("2023-05-31")
    assert series_period(*days, None) == (date(2022, 6, 1), date(2023, 5, 31))
    years = parse_bound("2015"), parse_bound("2026")
    assert series_period(*years, None) == (date(2015, 1, 1), date(2026, 12, 31))
    assert series_period(*years, [date(1999, 1, 1)]) == (date(1999, 1, 1), date(2026, 12, 31))
    assert series_period(None, None, [date(1999, 1, 1)]) == (date(1999, 1, 1), date(1999, 1, 1))
    assert series_period(None, None, None) is None


def test_the_difference_of_two(folder: Path, run: Run) -> None:
    for year, name in (("2021", "a.json"), ("2022", "b.json")):
        asked = f"report cost-per-network --city City:vantaa --from {year} --until {year} --format json --output {name}"
        assert run(folder, *asked.split())[0] == 0
    code, out, error = run(folder, "report", "diff", "a.json", "b.json", "--format", "csv", "--table", "years")
    assert code == 0, error
    header, removed, added = csv.reader(out.splitlines())
    assert header == ["change", "row", "column", "before", "after", "provenance"]
    assert removed[:-1] == ["removed", "Nordic Net – 2021 – none", "", "", ""]
    assert "; command citygraph report diff a.json b.json --format csv; credit Citygraph " in removed[-1]
    assert added == ["added", "Nordic Net – 2022 – none", "", "", "", ""]
    assert run(folder, "report", "diff", str(folder / "a.json"), str(folder / "facts.yaml"))[0] == 6
    assert run(folder, "report", "diff", str(folder / "a.json"), str(folder / "nowhere.json"))[0] == 2
