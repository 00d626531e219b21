# /// script
# requires-python = ">=3.11"
# dependencies = ["hypernetx==2.4.3"]
# ///
"""Read a hypergraph in HIF with HyperNetX, and write its hyperedges and countries as JSON: `read_hif.py FILE`."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from hypernetx import hif

hif.requests.get = lambda _url: SimpleNamespace(text="{}")  # HyperNetX would download the schema of the format
read = hif.from_hif(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
found = {
    "edges": {edge: sorted(read.edges[edge]) for edge in read.edges},
    "countries": {node: read.nodes[node].properties["country"] for node in read.nodes},
}
sys.stdout.write(json.dumps(found))
