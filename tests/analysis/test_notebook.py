"""The notebook in docs/ runs from its first cell to its last, over the seeds, and finds what it says."""

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


def test_no_outputs_are_kept() -> None:
    assert [cell["outputs"] for cell in CODE] == [[]] * len(CODE)
    assert {cell["execution_count"] for cell in CODE} == {None}


async def run() -> dict[str, Any]:
    """What the cells define; each of them may await, as in a notebook."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in CODE:
        text = "".join(cell["source"])
        compiled = compile(text, f"<{cell['id']}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(compiled, names)
        if inspect.isawaitable(result):
            await result
    return names


async def test_it_runs_from_connection_to_plot(
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
    assert [row[:3] for row in names["table"][:2]] == [(1, "Helsinki", "FI"), (2, "Stockholm", "SE")]
    assert all(ours > 0 and ours != theirs for *_, ours, theirs in names["table"][:2])
    in_groups = sorted(node.id for community in names["groups"].communities for node in community)
    assert in_groups == sorted(names["graph"]) == sorted(node.id for node in names["two_mode"].cities)
    assert names["tested"].tests == 0
    networks = len(names["two_mode"].collaborations)
    assert names["assumed"].tests == networks * (networks - 1) // 2
    assert [row.p for row in names["pairs"]] == sorted(row.p for row in names["pairs"])
    assert len(names["left"].lines) == 4
    # A collection of lines for the ties, one of points for each side, and a text for each name.
    drawn = names["axes"]
    assert len(drawn.collections) == 3
    assert {text.get_text() for text in drawn.texts} == set(names["labels"].values()) > {"Helsinki", "Eurocities"}
    assert len(names["plt"].get_fignums()) == 2
    names["plt"].close("all")
