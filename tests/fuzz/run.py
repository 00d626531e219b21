"""Throws operations that Schemathesis generates from the schema at the real server: `make fuzz`, SECONDS=60.

fuzz.py, in an environment of its own, does the asking; it reports the answers, and those that broke its rules.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from api.graphql.errors import CODES
from bench.serving import serving

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the seed of a run before")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of `finally`, so that the server ends, too
    codes = ",".join(code.name for code in CODES)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ROOT, {"CITYGRAPH_DATA_DIR": f"{folder}/data", "CITYGRAPH_CLIENT_REFUSALS": "1000000"}) as served,
    ):
        command = [str(ROOT / ".venv/bin/uv"), "run", "--quiet", "--locked", "--project", str(HERE)]
        command += ["python", str(HERE / "fuzz.py"), served.url, codes, str(given.seconds), str(given.seed)]
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(HERE / ".venv"), "VIRTUAL_ENV": ""}
        passed = subprocess.run(command, cwd=folder, env=environment, check=False).returncode == 0
    sys.stdout.write(f"\n{int(passed)} passed, {int(not passed)} failed\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
