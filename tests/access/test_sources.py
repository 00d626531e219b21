"""Every source of the same graph gives the same snapshot, and a source that cannot be read is named."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

import citygraph
from graph.analysis import Snapshot, SnapshotReader
from graph.errors import AnalysisError, SeedError
from graph.seeding import export
from graph.store import Store, StoreSettings

SEEDS = Path(__file__).parents[2] / "seeds"


async def current(store: Store) -> Snapshot:
    return await SnapshotReader(store).current()


async def exported(store: Store, folder: Path) -> Path:
    file = folder / "export.jsonl"
    await export(store, file)
    return file


@pytest.mark.slow
async def test_all_sources_give_the_same_graph(
    seeded_store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    expected = await current(seeded_store)
    file = await exported(seeded_store, tmp_path)
    # This test runs in an event loop, as a notebook does.
    from_export = citygraph.open(file).snapshot
    assert (from_export.digest, from_export.revision) == (expected.digest, expected.revision)
    assert citygraph.open(SEEDS).snapshot.digest == expected.digest
    assert citygraph.open(store_settings).snapshot.digest == expected.digest
    if store_settings.uri is None:
        assert citygraph.open(str(store_settings.data_dir)).snapshot.digest == expected.digest
    with server(200, gzip.compress(file.read_bytes()), {"Content-Encoding": "gzip"}) as address:
        assert citygraph.open(address).snapshot.digest == expected.digest


@contextmanager
def server(status: int, content: bytes, headers: dict[str, str]) -> Iterator[str]:
    """Serve an export at /export on loopback, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/export" else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["", "/", "/graphql", "/export"])
def test_any_address_of_a_server_leads_to_its_export(path: str) -> None:
    with server(200, b"{}", {}) as address, pytest.raises(SeedError) as raised:
        citygraph.open(address + path)
    assert str(raised.value.problems[0]).startswith(f"{address}/export:1: ")


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with server(503, b"", {}) as address, pytest.raises(AnalysisError, match="/export answered 503") as raised:
        citygraph.open(address)
    assert "try again later" in raised.value.hint
    with pytest.raises(AnalysisError, match=r"could not be read from http://127\.0\.0\.1:1/export: "):
        citygraph.open("http://127.0.0.1:1/graphql")
    with server(200, b'{"format": "citygraph"', {}) as address, pytest.raises(SeedError) as invalid:
        citygraph.open(address)
    assert str(invalid.value.problems[0]).startswith(f"{address}/export:1: not JSON")
    damaged = gzip.compress(b"{}" * 100)[:12] + b"\xff" * 20
    with (
        server(200, damaged, {"Content-Encoding": "gzip"}) as address,
        pytest.raises(AnalysisError, match=r"could not be read from .*/export: "),
    ):
        citygraph.open(address.replace("http:", "HTTP:"))


def test_sources_that_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.xlsx").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").touch()
    for name, message in (
        ("none.csv", "there is no file or folder"),
        ("empty", "contains neither a database nor seed files"),
        ("notes", "contains neither a database nor seed files"),
        ("table.xlsx", "ends neither in .jsonl nor in .csv"),
    ):
        with pytest.raises(AnalysisError, match=message) as raised:
            citygraph.open(tmp_path / name)
        assert "roster.csv" in raised.value.hint
    assert [file.name for file in (tmp_path / "notes").iterdir()] == ["a.txt"]


def test_an_incomplete_export(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text("{}\n")
    with pytest.raises(SeedError) as raised:
        citygraph.open(file)
    assert [problem.line for problem in raised.value.problems] == [1]
    assert str(raised.value) == f"1 problem found; nothing was analysed\n  {raised.value.problems[0]}"
    file.write_bytes(b"{}\n\xff\n")
    with pytest.raises(SeedError, match="1 problem") as undecodable:
        citygraph.open(file)
    assert str(undecodable.value.problems[0]).startswith(f"{file}:2: not UTF-8")


def test_a_dataframe_of_memberships(tmp_path: Path) -> None:
    text = (
        "city,network,country,from,until,grade,founder,population\nVantaa,Nordic,FI,2015-03-01,,full,yes,240000\n"
        "Espoo,Nordic,FI,,2019-01-01,,,\nMalmö,Baltic,SE,2010-01-01,,,no,350000\n"
    )
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    expected = citygraph.open(tmp_path / "roster.csv")
    read = pd.read_csv(tmp_path / "roster.csv")
    typed = read.assign(
        **{"from": pd.to_datetime(read["from"]), "until": pd.to_datetime(read["until"])}, founder=[True, None, False]
    )
    years = pd.DataFrame({"city": ["A", "B"], "network": ["x", "x"], "from": [2015, None]})
    assert years["from"].dtype == float
    for table in (read, read.set_index(["network", "city"]), typed, read.set_index(read.index * 5)):
        found = citygraph.open(table)
        assert found.snapshot.digest == expected.snapshot.digest
        assert repr(found) == "<Collaborations: 3 cities, 2 collaborations, the DataFrame>"
    assert citygraph.open(years).dataframe(on="2020-01-01")["from"].dropna().tolist() == ["2015-01-01"]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (
            {"city": ["A", "B"], "network": ["x", "x"], "from": [2015, "soon"]},
            "3: column 3: `from` is not a date: 'soon' ",
        ),
        ({"city": ["A", None], "network": ["x", "x"]}, "3: column 1: `city` is empty "),
        ({"city": ["A"], "networks": ["x"]}, "1: column 2: `networks` is not a known column (did you mean `network`?"),
        ({"city": [], "network": []}, "1: the table has no rows "),
        ({}, "1: there is no column `city`, only an empty line "),
    ],
)
def test_errors_of_a_dataframe_name_row_and_column(columns: dict[str, list[object]], problem: str) -> None:
    with pytest.raises(SeedError) as raised:
        citygraph.open(pd.DataFrame(columns))
    assert str(raised.value.problems[0]).startswith(f"the DataFrame:{problem}")


def test_rows_that_may_be_mistakes_cause_a_warning() -> None:
    table = pd.DataFrame(
        {"city": ["A"] * 8, "network": ["x"] * 8, "population": [5] * 8, "population_year": [2024] * 8}
    )
    with pytest.warns(UserWarning, match="the DataFrame may contain mistakes\\n  the DataFrame:3: ") as caught:
        data = citygraph.open(table)
    assert str(caught[0].message).endswith("\n  and 2 more; `data.snapshot.warnings` has all of them")
    assert caught[0].filename == __file__
    assert len(data.snapshot.warnings) == 7
    cities = data.dataframe("cities", measures=[])[["population", "population_year"]]
    assert cities.to_dict("index") == {"City:A": {"population": 5, "population_year": 2024}}


@pytest.mark.slow
async def test_names_of_all_sources(
    seed_files: citygraph.Collaborations, seeded_store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    file = await exported(seeded_store, tmp_path)
    expected = seed_files.search("Köpenhamn")
    assert next(iter(expected)) == "City:copenhagen"
    for source in (file, store_settings):
        assert citygraph.open(source).search("Köpenhamn") == expected


def test_the_text_of_an_error_has_the_first_problems(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("city,network\n" + ",A\n" * 7)
    with pytest.raises(SeedError) as raised:
        citygraph.open(file)
    message, *problems = str(raised.value).splitlines()
    assert message == "7 problems found; nothing was analysed"
    assert problems == [
        *(f"  {file}:{line}: column 1: `city` is empty (give a name, or delete the line)" for line in range(2, 7)),
        "  and 2 more; `error.problems` has all of them",
    ]


async def test_a_notebook_with_a_running_event_loop(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("city,network\nVantaa,Eurocities\n")
    assert asyncio.get_running_loop().is_running()
    assert list(citygraph.open(file).two_mode()) == ["City:Vantaa", "Network:Eurocities"]
