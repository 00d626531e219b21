"""The notebook docs/analysis.ipynb runs on the seeds and produces the expected results."""

import json
from pathlib import Path
from typing import Any

import pytest

from graph.analysis import SnapshotReader
from graph.store import Store

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = json.loads((DOCS / "analysis.ipynb").read_text(encoding="utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_notebook_has_no_outputs() -> None:
    assert [cell["outputs"] for cell in CODE] == [[]] * len(CODE)
    assert {cell["execution_count"] for cell in CODE} == {None}


def run() -> dict[str, Any]:
    """Execute the cells and return their variables."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in CODE:
        exec(compile("".join(cell["source"]), f"<{cell['id']}>", "exec"), names)
    return names


async def test_notebook_runs(seeded_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names = run()
    assert names["data"].snapshot.digest == (await SnapshotReader(seeded_store).current()).digest
    assert [row[:3] for row in names["table"][:2]] == [(1, "Helsinki", "FI"), (2, "Turku", "FI")]
    assert all(0 < borgatti_everett != networkx for *_, borgatti_everett, networkx in names["table"][:2])
    members = sorted(node.id for community in names["groups"].communities for node in community)
    assert members == sorted(names["graph"]) == sorted(node.id for node in names["two_mode"].cities)
    assert names["tested"].tests == 252
    assert all(row.conditional for row in names["pairs"])
    assert [row.p for row in names["pairs"]] == sorted(row.p for row in names["pairs"])
    assert len(names["left"].lines) == 4
    # One collection for the ties, one for each side, and one text for each label.
    axes = names["axes"]
    assert len(axes.collections) == 3
    assert {text.get_text() for text in axes.texts} == set(names["labels"].values()) > {"Helsinki", "Eurocities"}
    assert len(names["plt"].get_fignums()) == 2
    names["plt"].close("all")
