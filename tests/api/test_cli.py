"""The commands as people and service managers run them: processes, exit codes, first lines and signals."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.cli import main
from api.cli.errors import print_error
from graph.errors import AnalysisError, CitygraphError
from graph.seeding.fingerprint import compute_fingerprint
from graph.store import Store
from graph.tables import hint_naming
from graph.vocabulary import CentralityNormalisation, NullModel

CITYGRAPH = str(Path(sys.executable).with_name("citygraph"))
PATIENCE_S = 300

SEEDS = """
documents:
  - id: Document:report
    name: {en: A report}
cities:
  - id: City:vantaa
    name: {en: Vantaa, sv: Vanda}
    country: FI
    sources: [{document: Document:report, page: "1", quote: "Vantaa is a city."}]
"""

MORE = """
cities:
  - id: City:oslo
    name: {en: Oslo}
    country: "NO"
    sources: [{document: Document:report, page: "2", quote: "So is Oslo."}]
"""

FAULTY = """
cities:
  - id: City:oslo
    name: {en: Oslo}
    country: Norway
  - id: City:bergen
    name: {en: Bergen}
    country: "NO"
"""


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a process in `folder`, with no settings but these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CITYGRAPH_")}
    own = {"DATA_DIR": str(folder / "data"), "SEEDS": str(folder / "seeds"), "HEAP_MB": "512"}
    return {**inherited, **{f"CITYGRAPH_{name}": value for name, value in {**own, **settings}.items()}}


def endpoint_settings(store: Store, **others: str) -> dict[str, str]:
    """The settings of a process that uses the database of this session."""
    endpoint = store._access.link.endpoint
    return {
        "DATABASE_URI": endpoint.uri,
        "DATABASE_USER": endpoint.user,
        "DATABASE_PASSWORD": endpoint.password,
        "DATABASE_NAME": endpoint.database,
        **others,
    }


def citygraph(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CITYGRAPH, *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def run_in_process(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """What a command in this process ends with: exit code, standard output, standard error."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["citygraph", *arguments])
        main.main()
    captured = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, captured.out, captured.err


def run_in_folder(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str, **settings: str
) -> tuple[int, str, str]:
    """What a command in this process ends with, with `folder` as its working directory and no settings but these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in list(os.environ):
            if name.startswith("CITYGRAPH_"):
                patch.delenv(name)
        # The command's logging handlers stay, and write to a stream that is closed after the test.
        for name, value in environment(folder, LOG_LEVEL="ERROR", **settings).items():
            patch.setenv(name, value)
        return run_in_process(capsys, *arguments)


@dataclass
class Serving:
    """A running `citygraph serve`: what it printed first, and where that leads."""

    process: subprocess.Popen[str]
    first_line: str

    @property
    def url(self) -> str:
        return self.first_line.removeprefix("Citygraph: ").removesuffix("/graphql\n")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def city(self, name: str) -> object:
        query = f'{{ city(id: "City:{name}") {{ name sources {{ quote }} }} }}'
        answer = httpx.post(f"{self.url}/graphql", json={"query": query}, timeout=PATIENCE_S).json()
        assert [error["extensions"]["code"] for error in answer.get("errors", ())] in ([], ["UNKNOWN_ID"]), answer
        return answer["data"]["city"]

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; the exit code, and what else was printed on both streams."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


def serve(folder: Path, *arguments: str, **settings: str) -> Serving:
    process = subprocess.Popen(
        [CITYGRAPH, "serve", "--port", "0", *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    first_line = process.stdout.readline()
    if not first_line:
        raise AssertionError(process.communicate(timeout=PATIENCE_S))
    return Serving(process, first_line)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("place")
    (made / "seeds").mkdir()
    (made / "seeds" / "small.yaml").write_text(SEEDS)
    (made / "more.yaml").write_text(MORE)
    (made / "faulty.yaml").write_text(FAULTY)
    return made


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    running = serve(folder)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


# --- Serving, and what works beside it: in this order, on one data folder ---------------------------


@pytest.mark.slow
def test_serve_prints_its_address_first(serving: Serving) -> None:
    assert re.fullmatch(r"Citygraph: http://127\.0\.0\.1:\d+/graphql\n", serving.first_line)
    assert httpx.get(f"{serving.url}/readyz").json() == {"status": "ready"}
    assert serving.city("vantaa") == {"name": "Vantaa", "sources": [{"quote": "Vantaa is a city."}]}


def test_a_busy_port_is_one_sentence(folder: Path, serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = str(folder / "elsewhere")
    code, out, error = run_in_folder(capsys, folder, "serve", "--port", str(serving.port), DATA_DIR=elsewhere)
    assert (code, out) == (2, "")
    message, hint = error.splitlines()
    assert message == f"citygraph: cannot listen on 127.0.0.1:{serving.port}: address already in use"
    assert hint.startswith("  Hint: ")
    assert not (folder / "elsewhere").exists()  # found before the database was started


@pytest.mark.slow
def test_load_check_and_export_work_beside_it(
    folder: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serving.city("oslo") is None
    done = citygraph(folder, "load", "more.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Loaded 2 nodes and 2 relationships.\n", "")
    assert serving.city("oslo") == {"name": "Oslo", "sources": [{"quote": "So is Oslo."}]}
    again = run_in_folder(capsys, folder, "load", "more.yaml")
    assert again == (0, "The graph already contains these facts; nothing was written.\n", "")

    checked = run_in_folder(capsys, folder, "check", "more.yaml", "--beside", "seeds")
    assert checked == (0, "No problems found.\n", "")

    exported = run_in_folder(capsys, folder, "export", "--format", "jsonl", "--output", "out.jsonl")
    assert exported == (0, "", "Exported 5 nodes and 4 relationships.\n")
    piped = citygraph(folder, "export")
    assert piped.stdout == (folder / "out.jsonl").read_text()
    ids = [json.loads(line).get("id") for line in piped.stdout.splitlines()]
    assert [id_ for id_ in ids if id_ and id_.startswith("City:")] == ["City:oslo", "City:vantaa"]


@pytest.mark.slow
def test_a_second_worker_joins_and_leaves_without_a_trace(folder: Path, serving: Serving) -> None:
    second = serve(folder)
    assert second.port != serving.port
    assert second.city("oslo") == serving.city("oslo") == {"name": "Oslo", "sources": [{"quote": "So is Oslo."}]}
    code, out, _err = second.end(signal.SIGTERM)
    assert (code, out) == (0, "")
    assert serving.city("vantaa") is not None


def test_a_wrong_password_is_one_sentence(folder: Path, serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    uri = json.loads((folder / "data" / "owner.json").read_text())["uri"]
    wrong = {"DATABASE_URI": uri, "DATABASE_PASSWORD": "wrong"}
    code, out, error = run_in_folder(capsys, folder, "serve", "--port", "0", **wrong)
    assert (code, out) == (4, "")
    message, hint = error.splitlines()
    assert message == "citygraph: the database refused the user name or password"
    assert hint.startswith("  Hint: ")


@pytest.mark.slow
def test_a_signal_ends_it_in_order_and_the_data_stay(
    folder: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "out.jsonl").read_text()
    code, out, err = serving.end(signal.SIGTERM)
    assert (code, out) == (0, "")
    assert "Traceback" not in err
    assert not (folder / "data" / "owner.json").exists()

    again = serve(folder, "--no-seeds")
    assert again.city("oslo") == {"name": "Oslo", "sources": [{"quote": "So is Oslo."}]}
    # The same revision too: the server that joined loaded nothing twice.
    assert run_in_folder(capsys, folder, "export")[1] == before
    assert again.end(signal.SIGINT)[:2] == (0, "")


# --- Errors ---------------------------------------------------------------------------------------


@pytest.fixture
def place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place to work in, in this process."""
    for name in list(os.environ):
        if name.startswith("CITYGRAPH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CITYGRAPH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_problem_is_printed_with_file_line_and_hint(
    place: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run_in_process(capsys, "check", str(folder / "faulty.yaml"))
    assert (code, out) == (3, "")
    *faults, summary, hint = err.splitlines()
    places = [re.match(rf"{re.escape(str(folder))}/faulty\.yaml:(\d+): .+ \(.+\)$", fault) for fault in faults]
    assert all(places)
    lines = [int(match[1]) for match in places if match]
    assert lines == sorted(lines)
    assert {3, 5, 6} <= set(lines)  # two items without a source, a country that is no code
    assert summary == f"citygraph: {len(faults)} problems found; nothing was loaded"
    assert hint == "  Hint: correct the lines named and run `citygraph check` again."


def test_a_locked_data_folder_is_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYGRAPH_DATABASE_WAIT_S", "1")
    (place / "data").mkdir()
    with (place / "data" / "owner.lock").open("w") as lock:  # as a process that never publishes its address
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, out, err = run_in_process(capsys, "export")
    assert (code, out) == (4, "")
    assert err.splitlines()[0] == (f"citygraph: another process has the data folder {place}/data and cannot be joined")


def test_a_database_that_is_not_there_is_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CITYGRAPH_DATABASE_URI", f"bolt://127.0.0.1:{free.getsockname()[1]}")
        code, out, err = run_in_process(capsys, "export")
    assert (code, out, err.splitlines()[0]) == (4, "", "citygraph: the database does not answer")


def test_a_wrong_setting_is_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYGRAPH_PORT", "eighty")
    sentence = 'citygraph: CITYGRAPH_PORT is "eighty", but must be an integer from 0 to 65535'
    hint = "  Hint: docs/settings.md lists the settings."
    assert run_in_process(capsys, "serve") == (2, "", f"{sentence}\n{hint}\n")


def test_seeds_that_are_not_there_are_one_sentence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_in_process(capsys, "serve", "--port", "0", "--seeds", "nowhere")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "citygraph: the seeds folder nowhere does not exist"


def test_a_place_that_cannot_be_written_is_one_sentence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_in_process(capsys, "schema", "--output", "nowhere/schema.graphql")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "citygraph: nowhere/schema.graphql: no such file or directory"


def test_wrong_usage_ends_with_two(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_in_process(capsys, "export", "--format", "xml")[0] == 2
    assert run_in_process(capsys, "load")[0] == 2


def test_schema_prints_the_public_contract(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from api.graphql.schema import sdl

    assert run_in_process(capsys, "schema") == (0, sdl(), "")
    assert run_in_process(capsys, "schema", "--output", "schema.graphql") == (0, "", "")
    assert (place / "schema.graphql").read_text(encoding="utf-8") == sdl()


# --- Help -----------------------------------------------------------------------------------------


def test_help_lists_every_command_and_exit_code(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = run_in_process(capsys, "--help")
    assert code == 0
    assert re.findall(r"^│ (\w+) ", out, re.M) == [
        *("serve", "load", "check", "verify", "export", "migrate", "schema", "report"),
    ]
    for branch in CitygraphError.__subclasses__():
        assert re.search(rf"^ +{branch.exit_code}  \w", out, re.M)


def test_verify_of_a_file_that_is_no_export(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "cut.jsonl").write_text("{}\n")
    code, _, err = run_in_process(capsys, "verify", str(place / "cut.jsonl"))
    assert code == 3
    assert f"{place / 'cut.jsonl'}:1: the file is not an export of a graph" in err
    code, _, err = run_in_process(capsys, "check", "--database", str(place / "cut.jsonl"))
    assert code == 2
    assert "check seed files, or the database with --database" in err


@pytest.mark.parametrize("command", ["serve", "load", "check", "verify", "export", "report", "schema"])
def test_help_of_a_command_lists_options_and_exit_codes(
    place: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    code, out, _err = run_in_process(capsys, command, "--help")
    assert code == 0
    assert f"citygraph {command}" in out
    assert "Exit codes:" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("api.cli.main", {"neo4j", "numpy", "pydantic", "scipy", "starlette", "strawberry", "structlog", "yaml"}),
        ("api.cli.report", {"icalendar", "networkx", "pandas", "pyarrow", "scipy", "starlette", "strawberry"}),
    ],
)
def test_a_command_starts_without_what_it_does_not_need(module: str, unwanted: set[str]) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert module in done.stdout.split()
    assert unwanted & set(done.stdout.split()) == set()


def test_version(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"citygraph \d+\.\d+\.\d+\n", run_in_process(capsys, "--version")[1])


@pytest.mark.slow
def test_output_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    locales = ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "latin-1"})
    outputs = {
        subprocess.run(
            [CITYGRAPH, "--help"], env={**environment(tmp_path), **locale}, capture_output=True, check=True
        ).stdout
        for locale in locales
    }
    assert len(outputs) == 1
    assert not outputs.pop().isascii()


@pytest.mark.slow
def test_file_names_in_another_encoding(tmp_path: Path) -> None:
    seeds = tmp_path / "sääds"
    seeds.mkdir()
    (seeds / "a.yaml").write_text(SEEDS)
    Path(os.fsdecode(os.fsencode(seeds / "b") + b"\xe4.yaml")).write_text(FAULTY)
    assert compute_fingerprint([seeds]) is not None
    done = citygraph(tmp_path, "check", "sääds")
    assert done.returncode == 3
    assert done.stderr.startswith("sääds/b\\udce4.yaml:3: `City:oslo` has no source")


@pytest.mark.slow
def test_full_disk_is_reported_without_a_traceback(tmp_path: Path) -> None:
    for arguments in ("--version > /dev/full", "schema --output /dev/full"):
        done = subprocess.run(
            f"{CITYGRAPH} {arguments}",
            shell=True,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (
            2,
            "citygraph: the output cannot be written: no space left on device\n"
            "  Hint: free disk space, or write to another disk.\n",
        )


def test_hints_spell_values_as_options_do(capsys: pytest.CaptureFixture[str]) -> None:
    hint = hint_naming("use {one} or {others}", one=NullModel.FDSM, others=[CentralityNormalisation.BORGATTI_EVERETT])
    assert str(hint) == "use fdsm or borgatti_everett"
    assert print_error(AnalysisError("wrong", hint=hint)) == AnalysisError.exit_code
    assert capsys.readouterr().err == "citygraph: wrong\n  Hint: use fdsm or borgatti-everett.\n"
