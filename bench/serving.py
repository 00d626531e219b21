"""The real server as a process of its own, on a free port of the loopback interface, over a database in a folder."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_END_S: Final = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers. `pid` is its process, without the database's."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"


@contextmanager
def serving(root: Path, data: Path) -> Iterator[Served]:
    """`citygraph serve` of the project at `root`, its database in `data`, over the seeds; ended with the context.

    Raises SystemExit where it does not start, with what it said.
    """
    environment = {**os.environ, "CITYGRAPH_DATA_DIR": str(data), "CITYGRAPH_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "0"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**environment, "PYTHONPATH": str(root)},
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
            yield Served(int(found[1]), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_END_S)
