"""igraph for R reads the file of the tutorial docs/python.md, with the tutorial's code: `make test-readers`."""

import re
import subprocess
from datetime import date
from pathlib import Path

import citygraph
from graph.analysis import Subset
from graph.reports import Format, centrality_report, render

TUTORIAL = Path(__file__).parents[2] / "docs" / "python.md"


def test_igraph_for_r_reads_graphml(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("city,network\nVantaa,A\nOulu,A\nOulu,B\nTurku,B\n", encoding="utf-8")
    snapshot = citygraph.open(tmp_path / "roster.csv").snapshot
    report = centrality_report(snapshot, date(2024, 6, 1), Subset())
    (tmp_path / "centrality.graphml").write_bytes(render(report, Format.GRAPHML))
    (code,) = re.findall(r"```r\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(["Rscript", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Warning")) == (0, 0), done.stderr
    # Oulu is in both networks. In the projection on the cities it is therefore tied to Vantaa and to Turku.
    assert re.search(r"2\s+1\s+1", done.stdout), done.stdout
