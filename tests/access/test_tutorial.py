"""The tutorial docs/python.md shows what its code gives, in Python and, where it is installed, in R."""

import doctest
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

import citygraph
from graph.analysis import Subset
from graph.reports import Format, centrality_report, render

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "python.md"


@pytest.mark.slow
def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(TUTORIAL), module_relative=False, optionflags=doctest.REPORT_NDIFF)
    assert result.failed == 0
    assert result.attempted > 25


def has_igraph() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(igraph)"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_igraph(), reason="Rscript or r-cran-igraph is not installed")
def test_r(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("city,network\nVantaa,A\nOulu,A\nOulu,B\nTurku,B\n", encoding="utf-8")
    snapshot = citygraph.open(tmp_path / "roster.csv").snapshot
    report = centrality_report(snapshot, date(2024, 6, 1), Subset())
    (tmp_path / "centrality.graphml").write_bytes(render(report, Format.GRAPHML))
    (code,) = re.findall(r"```r\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.S)
    done = subprocess.run(["Rscript", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Warning")) == (0, 0), done.stderr
    assert "2" in done.stdout
