"""Count the files of `api` and `graph` whose code runs during one cold request.

    .venv/bin/python -m bench.request_path
    .venv/bin/python -m bench.request_path --functions

A file counts if one of its functions runs between the first request to a new server and its response, and does not
also run while the server is idle. The server records these functions between two SIGUSR1 signals.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

from bench.client import encoded
from bench.compare import data_of
from bench.database import holding
from bench.processes import started

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("api", "graph")
DOCUMENT: Final = "query ($id: ID!) { city(id: $id) { networks { nodes { name } } } }"
_WAIT_S: Final = 10.0
_IDLE_S: Final = 3.0
"""Time in seconds during which every periodic task of an idle server runs at least once."""


class Recorder:
    """Record the functions of `PACKAGES` that run between two signals, and write lines `path<TAB>name`."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._codes: dict[CodeType, None] = {}
        self._is_on = False

    def toggle(self, _number: int, _frame: object) -> None:
        sys.setprofile(None)
        prefixes = tuple(f"{ROOT / package}{os.sep}" for package in PACKAGES)
        codes = [code for code in self._codes if code.co_filename.startswith(prefixes) and code.co_name != "<module>"]
        lines = [f"{Path(code.co_filename).relative_to(ROOT)}\t{code.co_qualname}\n" for code in codes]
        self._log.with_suffix(".part").write_text("".join(lines), encoding="utf-8")
        self._log.with_suffix(".part").replace(self._log)
        self._codes.clear()
        self._is_on = not self._is_on
        threading.setprofile(self._record if self._is_on else None)
        sys.setprofile(self._record if self._is_on else None)

    def _record(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self._codes.setdefault(frame.f_code)


def serve(log: Path) -> None:
    from api.cli.main import main as command

    signal.signal(signal.SIGUSR1, Recorder(log).toggle)
    sys.argv = ["citygraph", "serve", "--port", "0", "--no-seeds"]
    command()


def toggle(pid: int, log: Path) -> str:
    """Start or stop the recorder of the server, and return the text that it has recorded."""
    log.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    give_up_at = time.monotonic() + _WAIT_S
    while not log.exists():
        if time.monotonic() > give_up_at:
            raise SystemExit("the server did not answer the signal")
        time.sleep(0.01)
    return log.read_text(encoding="utf-8")


def passed() -> dict[str, list[str]]:
    """Return the names of the functions that ran, by file, in order of first call."""
    with tempfile.TemporaryDirectory(prefix="citygraph-bench-") as folder, holding("1") as base:
        log = Path(folder) / "functions"
        command = [sys.executable, "-m", "bench.request_path", "--serve", str(log)]
        environment = {"PYTHONPATH": str(ROOT), "CITYGRAPH_LOG_LEVEL": "ERROR", **base.ours}
        with started("the server", command, ROOT, environment) as server:
            toggle(server.pid, log)
            time.sleep(_IDLE_S)
            idle = toggle(server.pid, log).splitlines()
            toggle(server.pid, log)
            data, _ = data_of(server.port, encoded(DOCUMENT, {"id": base.about.cities[0]}))
            assert data["city"]["networks"]["nodes"]
            recorded = toggle(server.pid, log)
    files: dict[str, list[str]] = {}
    for line in recorded.splitlines():
        if line in idle:
            continue
        file, name = line.split("\t")
        files.setdefault(file, []).append(name)
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description="The files that one cold request passes through.")
    parser.add_argument("--functions", action="store_true", help="list the functions too")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    files = passed()
    for file, names in files.items():
        print(f"{file}: {', '.join(names)}" if options.functions else f"{file} ({len(names)})")
    print(f"{len(files)} files")


if __name__ == "__main__":
    main()
