"""`make audit`: vulnerable, clean, or not checked."""

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parent.parent
VULNERABILITY = {"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "summary": "A hole."}


class Osv(BaseHTTPRequestHandler):
    """The part of OSV's API that uv asks. Only the package `vulnerable` has a known vulnerability."""

    vulnerable = ""

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        names = [query["package"]["name"] for query in queries]
        assert "orjson" in names and "pyarrow" in names and "pytest" not in names
        self.answer({"results": [{"vulns": [VULNERABILITY]} if name == self.vulnerable else {} for name in names]})

    def do_GET(self) -> None:
        self.answer(VULNERABILITY)

    def answer(self, content: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    """The address of such a service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def audit(service: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--old-file=.venv/.synced", "audit", f"ARGS=--service-url {service}"],
        cwd=ROOT,
        env={**inherited, "no_proxy": "127.0.0.1", "UV_HTTP_RETRIES": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_known_vulnerability_passes(osv: str) -> None:
    done = audit(osv)
    assert (done.returncode, "NOT AUDITED" in done.stderr) == (0, False)


def test_a_known_vulnerability_fails(osv: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Osv, "vulnerable", "pyarrow")
    done = audit(osv)
    assert done.returncode != 0
    assert "PYSEC-2026-1: A hole." in done.stdout
    assert "NOT AUDITED" not in done.stderr


def test_an_unreachable_service_passes_with_a_warning() -> None:
    done = audit("http://127.0.0.1:1/")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].startswith("NOT AUDITED: ")
