"""HyperNetX reads the hypergraph: `make test-readers`.

HyperNetX needs igraph, whose licence is the GPL, and pandas 2. It therefore runs in an environment of its own, with its
own lock file.
"""

import json
import os
import subprocess
from pathlib import Path

import citygraph
from tests.access.test_collaborations import ON, ROSTER

HERE = Path(__file__).parent
UV = HERE.parents[2] / ".venv/bin/uv"


def test_hypernetx_reads_the_hypergraph(tmp_path: Path) -> None:
    roster, file = tmp_path / "roster.csv", tmp_path / "hypergraph.json"
    roster.write_text(ROSTER, encoding="utf-8")
    file.write_text(json.dumps(citygraph.open(roster).hypergraph(on=ON)), encoding="utf-8")
    command = [UV, "run", "--quiet", "--locked", "--script", HERE / "read_hif.py", file]
    environment = {**os.environ, "VIRTUAL_ENV": ""}
    read = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(read) == {
        "edges": {
            "Network:Baltic": ["City:Malmö"],
            "Network:Eurocities": ["City:Vantaa"],
            "Network:Nordic": ["City:Malmö", "City:Vantaa"],
        },
        "countries": {"City:Malmö": "SE", "City:Vantaa": "FI"},
    }
