"""What `make neo4j` says where it cannot start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "neo4j-server" / "run.py"


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, RUN, "--temporary", *arguments, "--", "true"],
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.fixture
def java(tmp_path: Path) -> str:
    """A program that says it is Java 17."""
    path = tmp_path / "java"
    path.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\" 2025-04-15' >&2\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.slow
def test_without_java(tmp_path: Path) -> None:
    assert run(NEO4J_JAVA=str(tmp_path / "none")) == (
        1,
        f"neo4j-server: Java 17 is needed and '{tmp_path}/none' was not found; install it (Debian: "
        "openjdk-17-jre-headless) or set NEO4J_JAVA to a java\n",
    )


@pytest.mark.slow
def test_with_an_older_java(java: str) -> None:
    assert run("--version", "2026.09.0", NEO4J_JAVA=java) == (
        1,
        f'neo4j-server: Neo4j 2026.09.0 needs Java 21 or newer, and {java} is openjdk version "17.0.15" 2025-04-15\n',
    )


@pytest.mark.slow
def test_without_maven(java: str) -> None:
    assert run("--version", "5.0.0", NEO4J_JAVA=java) == (
        1,
        "neo4j-server: Maven is needed to download the jars, but mvn was not found (Debian: maven)\n",
    )


@pytest.mark.slow
def test_several_servers_do_not_share_a_port() -> None:
    code, output = run("--servers", "2", "--port", "7687")
    assert code == 2
    assert output.endswith("error: --servers is 1 or more, and more than 1 only with --temporary and without --port\n")


@pytest.mark.slow
@pytest.mark.only_on("neo4j")
def test_existing_data_folder_starts_with_its_password(tmp_path: Path) -> None:
    surroundings = {**os.environ, "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}  # without those for the embedded one
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, RUN, "--data", str(tmp_path / "data"), "--heap-mb", "384", "--", "true"],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert " answers at bolt://127.0.0.1:" in done.stderr
    assert len((tmp_path / "data" / "password").read_text().strip()) >= 8
