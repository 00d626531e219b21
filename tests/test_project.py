"""Check that the files around the code agree with each other and with the code."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from api import docs
from graph.reports.report import credit_line

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run make without the variables of a make that runs the tests."""
    inherited = ("HOST", "PORT", "PYTHON", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def compose() -> dict[str, dict[str, object]]:
    """Return the services of docker-compose.yml."""
    return yaml.safe_load(read("docker-compose.yml"))["services"]


@pytest.mark.parametrize("name", docs.PAGES)
def test_generated_documents_are_current(name: str) -> None:
    assert read(name) == docs.PAGES[name]()


def test_every_setting_is_described() -> None:
    rows = [line for line in docs.settings_page().splitlines() if line.startswith("| `CITYGRAPH_")]
    assert len(rows) == len(docs.Settings.model_fields)
    for row in rows:
        name, value, _unit, default, meaning = (cell.strip() for cell in row.strip("|").split(" | "))
        assert value and default, name
        assert meaning.endswith("."), name


def test_numbers_have_a_unit_or_are_a_port() -> None:
    for line in docs.settings_page().splitlines():
        if "number from" in line and "`CITYGRAPH_PORT`" not in line:
            assert line.split(" | ")[2].strip(), line


def test_make_help_lists_every_target() -> None:
    output = make("help").stdout
    assert re.findall(r"^  make ([\w-]+)", output, re.M) == re.findall(r"^\.PHONY: (.+)$", read("Makefile"), re.M)
    assert make().stdout == output


def test_make_serve_passes_host_and_port() -> None:
    def serve_command(*arguments: str) -> list[str]:
        done = make("--dry-run", "--old-file=.venv/.synced", "serve", *arguments)
        return shlex.split(done.stdout.split("citygraph ")[-1])

    assert serve_command() == ["serve"]
    assert serve_command("PORT=8001", "HOST=0.0.0.0") == ["serve", "--host", "0.0.0.0", "--port", "8001"]


def test_an_old_python_is_reported_in_one_sentence(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        (tmp_path / name).write_text(read(name), encoding="utf-8")
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("serve", f"PYTHON={old}", folder=tmp_path)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        f"Python 3.11 or newer is needed; none was found as {old}. Give one: make PYTHON=/path/to/python"
    )


def test_the_image_and_the_makefile_pin_one_uv() -> None:
    in_makefile = re.search(r"^UV_VERSION := (\S+)$", read("Makefile"), re.M)
    in_dockerfile = re.search(r"^ARG UV_VERSION=(\S+)$", read("Dockerfile"), re.M)
    assert in_makefile and in_dockerfile
    assert in_makefile[1] == in_dockerfile[1]


def test_dockerignore_allows_every_file_that_the_image_copies() -> None:
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        name
        for line in read("Dockerfile").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_compose_runs_the_neo4j_that_the_tests_run() -> None:
    tested = re.search(r"<neo4j\.version>(.+)</neo4j\.version>", read("neo4j-server/pom.xml"))
    assert tested
    assert compose()["neo4j"]["image"] == f"neo4j:{tested[1]}-community"


def test_compose_uses_only_existing_settings() -> None:
    environment = compose()["api"]["environment"]
    assert isinstance(environment, dict)
    assert set(environment) <= {docs.variable(name) for name in docs.Settings.model_fields}


def test_the_citation_has_the_version_and_licence_of_the_project() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    citation = dict(re.findall(r"^(\w+): (.+)$", read("CITATION.cff"), re.M))
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])


def test_the_licence_of_the_data_has_the_credit_of_every_file() -> None:
    assert f'"{credit_line("")}"' in " ".join(read("seeds/LICENSE.md").split())
