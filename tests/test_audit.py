"""What `make audit` says of locked versions where an index of packages tells of newest versions only."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Thread

import pytest

AUDIT = Path(__file__).parent.parent / ".ci" / "audit.py"

Ask = Callable[..., tuple[int, list[str]]]


def package(newest: str, *vulnerabilities: dict[str, object], yanked: tuple[str, ...] = ()) -> dict[str, object]:
    """What an index tells of a package that has the versions 1.0 and `newest`."""
    releases = {
        version: [{"yanked": version in yanked, "yanked_reason": "broken build" if version in yanked else None}] * 2
        for version in ("1.0", newest)
    }
    return {"info": {"version": newest}, "releases": releases, "vulnerabilities": vulnerabilities}


def vulnerability(**other: object) -> dict[str, object]:
    return {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1", "GHSA-1"], "fixed_in": [], "withdrawn": None, **other}


INDEX: dict[str, object] = {
    "good": package("2.0"),
    "zeros": package("2.0.0"),
    "holed": package("2.0", vulnerability()),
    "mended": package("2.0", vulnerability(id="PYSEC-2026-2", aliases=[], fixed_in=["2.1", "3.0"])),
    "cleared": package("2.0", vulnerability(withdrawn="2026-01-01T00:00:00Z")),
    "pulled": package("2.0", yanked=("1.0", "2.0")),
    "silent": {"info": {"version": "2.0"}, "releases": {}},
    "listed": [],
}


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """The exit code and the lines of an audit of such versions, against an index of this machine."""

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, wanted = self.path.strip("/").split("/", 1)
            self.send_response(200 if name in INDEX and wanted == "json" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(INDEX.get(name)).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    def run(*locked: str, port: int = 0) -> tuple[int, list[str]]:
        requirements = tmp_path / "requirements.txt"
        pins = "".join(f"{each} \\\n    --hash=sha256:{'0' * 64}\n    # via other==9.9\n" for each in locked)
        requirements.write_text(f"# written by uv\n{pins}", encoding="utf-8")
        index = f"http://127.0.0.1:{port or server.server_address[1]}"
        done = subprocess.run(
            [sys.executable, AUDIT, requirements, "--index", index],
            env={"no_proxy": "*"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()

    with ThreadingTCPServer(("127.0.0.1", 0), Index) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield run
        server.shutdown()
        thread.join()


def test_nothing_is_known(ask: Ask) -> None:
    assert ask("good==2.0", "zeros==2 ; python_full_version < '3.12'", "cleared==2.0") == (
        0,
        ["3 of 3 locked versions judged, something known against 0"],
    )


def test_vulnerabilities_of_newest_versions_fail(ask: Ask) -> None:
    assert ask("good==2.0", "holed==2.0", "mended==2.0") == (
        1,
        [
            "holed 2.0: PYSEC-2026-1 (CVE-2026-1, GHSA-1), fixed in no version",
            "mended 2.0: PYSEC-2026-2 (no alias), fixed in 2.1, 3.0",
            "3 of 3 locked versions judged, something known against 2",
        ],
    )


def test_versions_behind_are_listed_and_do_not_fail(ask: Ask) -> None:
    assert ask("good==2.0", "holed==1.0") == (
        0,
        [
            "holed 1.0: not judged: the newest version is 2.0",
            "1 of 2 locked versions judged, something known against 0",
        ],
    )


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_yanked_versions_fail(ask: Ask, version: str) -> None:
    code, lines = ask(f"pulled=={version}")
    assert (code, lines[0]) == (1, f"pulled {version}: yanked: broken build")


def test_packages_that_cannot_be_looked_up_are_listed_and_do_not_fail(ask: Ask) -> None:
    assert ask("unknown==1.0", "silent==2.0", "listed==2.0", "good==2.0") == (
        0,
        [
            "unknown 1.0: not looked up: HTTPError: HTTP Error 404: Not Found",
            "silent 2.0: not looked up: KeyError: 'vulnerabilities'",
            "listed 2.0: not looked up: TypeError: list indices must be integers or slices, not str",
            "1 of 4 locked versions judged, something known against 0",
        ],
    )


def test_an_index_that_does_not_answer_does_not_fail(ask: Ask) -> None:
    code, lines = ask("good==2.0", port=1)
    assert code == 0
    assert lines[0].startswith("good 2.0: not looked up: URLError: ")
    assert lines[1:] == ["0 of 1 locked versions judged, something known against 0"]


def test_a_file_without_locked_versions_fails(ask: Ask) -> None:
    code, lines = ask()
    assert code == 2
    assert lines[-1].endswith("requirements.txt holds no locked version")
