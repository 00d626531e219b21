"""Run the real server as a child process on a free loopback port."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_END_S: Final = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A running server. `pid` is the server's process, not the database's. `log` contains its log events as JSON."""

    port: int
    pid: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"


@contextmanager
def serving(root: Path, settings: Mapping[str, str], *options: str) -> Iterator[Served]:
    """Run `citygraph serve` of the project at `root` with these environment variables and options.

    Stops the server when the context exits. Raises SystemExit with the output of the server if it does not start.
    """
    environment = {**os.environ, "CITYGRAPH_LOG_FORMAT": "JSON", **settings, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "0", *options]
    with tempfile.NamedTemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            if not found:
                log.seek(0)
                raise SystemExit(f"the server did not start:\n{log.read()}")
            yield Served(int(found[1]), process.pid, Path(log.name))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_END_S)
