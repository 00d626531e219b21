"""The notebook docs/analysis.ipynb runs on the seeds and produces the expected results."""

import ast
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store, StoreSettings

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = json.loads((DOCS / "analysis.ipynb").read_text(encoding="utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_notebook_has_no_outputs() -> None:
    assert [cell["outputs"] for cell in CODE] == [[]] * len(CODE)
    assert {cell["execution_count"] for cell in CODE} == {None}


async def run() -> dict[str, Any]:
    """Execute the cells, which may use top-level await, and return their variables."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in CODE:
        text = "".join(cell["source"])
        compiled = compile(text, f"<{cell['id']}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(compiled, names)
        if inspect.isawaitable(result):
            await result
    return names


async def test_notebook_runs(
    seeded_store: Store, store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DOCS)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("CITYGRAPH_DATA_DIR", str(store_settings.data_dir))
    if store_settings.uri is not None:
        monkeypatch.setenv("CITYGRAPH_DATABASE_URI", store_settings.uri)
        monkeypatch.setenv("CITYGRAPH_DATABASE_USER", store_settings.user)
        monkeypatch.setenv("CITYGRAPH_DATABASE_PASSWORD", store_settings.password or "")
    names = await run()
    assert names["snapshot"].revision == await seeded_store.revision()
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
