"""Projections in parts: the same pairs as in memory, in files of any size."""

import csv
import os
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from resource import RLIM_INFINITY

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from graph.access import open_source
from graph.analysis import Subset, TwoMode, overlaps, project, projection
from graph.analysis.projection import max_pairs, pair_blocks, pairs_with, shared_pairs
from graph.draft_file import draft_file
from graph.errors import AnalysisError, BadArgument, UnknownId
from graph.reports import overlap_report
from graph.reports.formats import Format
from graph.reports.projection_file import write_projection, write_ties
from graph.reports.report import Provenance
from graph.vocabulary import NetworkSide, ProjectionWeight
from tests.analysis.sample_networks import davis
from tests.analysis.test_subset import snapshot_of

STATED = Provenance(3, "abc", "2024-06-01", None, {}, "citygraph report projection", ("IN_FORCE",), "layers: NETWORK")


@pytest.fixture(params=[1, 30, 1_000_000])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(projection, "_BLOCK_PAIRS", request.param)
    return request.param


@pytest.mark.parametrize("side", NetworkSide)
def test_blocks_and_rows_are_those_of_the_whole(block: int, side: NetworkSide) -> None:
    whole, parts = shared_pairs(davis(), side), list(pair_blocks(davis(), side))
    assert (len(parts) > 1) is (block < 1000)
    for name in ("first", "second", "count", "newman"):
        assert np.array_equal(getattr(whole, name), np.concatenate([getattr(part, name) for part in parts]))
        for node in range(len(davis().nodes_of(side))):
            row = whole.select((whole.first == node) | (whole.second == node))
            assert np.array_equal(getattr(row, name), getattr(pairs_with(davis(), side, node), name))


@pytest.mark.parametrize("form", [Format.CSV, Format.PARQUET])
def test_the_file_has_the_ties_of_the_projection(block: int, form: Format, tmp_path: Path) -> None:
    weight, path = ProjectionWeight.JACCARD, tmp_path / "projection"
    count = write_projection(davis(), NetworkSide.CITIES, path, form, STATED, weight=weight, least_shared=2)
    expected = project(davis(), NetworkSide.CITIES, weight, least_shared=2)
    ids = [node.id for node in expected.nodes]
    ties = [(ids[first], ids[second], shared, value) for first, second, value, shared in expected.iter_ties()]
    assert count == len(ties) > 50
    if form is Format.CSV:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["first_id", "second_id", "shared", "weight", "provenance"]
        assert [(first, second, int(shared), float(value)) for first, second, shared, value, _ in rows] == ties
        choices = "projection CITIES; weight JACCARD; least_shared 2"
        stated = STATED.text().replace("layers: NETWORK", f"layers: NETWORK; {choices}")
        assert [row[4] for row in rows] == [stated, *[""] * (len(rows) - 1)]
    else:
        table = parquet.read_table(path)
        assert [tuple(row.values()) for row in table.to_pylist()] == ties
        metadata = table.schema.metadata
        assert metadata[b"citygraph.subset"] == b"layers: NETWORK"
        assert (metadata[b"citygraph.weight"], metadata[b"citygraph.least_shared"]) == (b"JACCARD", b"2")
    assert [file.name for file in tmp_path.iterdir()] == ["projection"]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    for form, weight in ((Format.CSV, ProjectionWeight.GRADE), (Format.HTML, ProjectionWeight.COUNT)):
        with pytest.raises(AnalysisError):
            write_projection(davis(), NetworkSide.CITIES, tmp_path / "file", form, STATED, weight=weight)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AnalysisError, match="file could not be written: No such file or directory"):
        write_projection(
            davis(), NetworkSide.CITIES, tmp_path / "no" / "file", Format.CSV, STATED, weight=ProjectionWeight.COUNT
        )
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(AnalysisError, match="pipe is not a regular file"):
        write_projection(davis(), NetworkSide.CITIES, pipe, Format.CSV, STATED, weight=ProjectionWeight.COUNT)
    assert pipe.is_fifo()


def test_errors_name_the_file_of_the_user(tmp_path: Path) -> None:
    full, pairs = Path("/dev/full"), tmp_path / "pairs.csv"
    with pytest.raises(AnalysisError) as raised:
        write_ties(davis(), NetworkSide.CITIES, full, pairs, Format.CSV, STATED)
    assert raised.value.message == f"{pairs} could not be written: No space left on device"
    with pytest.raises(FileNotFoundError) as missing, draft_file(pairs) as draft:
        draft.unlink()
    assert missing.value.filename == str(pairs)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("before", "after"), [(None, 0o640), (0o600, 0o600), (0o664, 0o664)])
def test_permissions_are_those_of_the_umask_or_of_the_replaced_file(
    tmp_path: Path, before: int | None, after: int
) -> None:
    path = tmp_path / "pairs.csv"
    if before is not None:
        path.touch()
        path.chmod(before)
    umask = os.umask(0o027)
    try:
        with draft_file(path) as draft:
            draft.write_text("new")
    finally:
        os.umask(umask)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", after)


@pytest.mark.parametrize(
    ("limit", "weight", "expected"),
    [
        (2048 << 20, ProjectionWeight.COUNT, 9_474_192),
        (2048 << 20, ProjectionWeight.GRADE, 5_752_188),
        (RLIM_INFINITY, ProjectionWeight.NEWMAN, 20_000_000),
        (RLIM_INFINITY, ProjectionWeight.GRADE, 12_142_857),
    ],
)
def test_the_limit_of_pairs_is_one_of_memory(
    monkeypatch: pytest.MonkeyPatch, limit: int, weight: ProjectionWeight, expected: int
) -> None:
    monkeypatch.setattr("graph.analysis.projection.getrlimit", lambda _: (limit, RLIM_INFINITY))
    assert max_pairs(weight) == expected


def test_from_python(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "city,network,from\nVantaa,A,2010\nVantaa,B,2010\nOulu,A,2010\nOulu,B,2010\nOslo,B,\n"
    )
    data = open_source(tmp_path / "roster.csv")
    assert data.write_projection(tmp_path / "pairs.csv", on="2024-06-01", weight="newman") == 3
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert pairs["shared"].tolist() == [1, 1, 2]
    stated = "subset layers: NETWORK; projection CITIES; weight NEWMAN; least_shared 1; lower_bound false;"
    assert stated in pairs["provenance"][0]
    with pytest.raises(BadArgument, match="ends neither in"):
        data.write_projection(tmp_path / "pairs.txt")
    near = data.neighbours("City:Vantaa", on="2024-06-01")
    assert near[["name", "shared", "jaccard"]].values.tolist() == [["Oulu", 2, 1.0], ["Oslo", 1, 0.5]]
    assert data.neighbours("Network:A", on="2024-06-01").index.tolist() == ["Network:B"]
    with pytest.raises(AnalysisError, match="has no tie"):
        data.neighbours("City:Oulu", on="2001-01-01", exclude_networks=["Network:A", "Network:B"])
    with pytest.raises(UnknownId, match="did you mean City:Vantaa"):
        data.neighbours("City:Vanta")


@pytest.mark.parametrize("weight", ProjectionWeight)
def test_a_network_and_its_successor_are_not_tied(weight: ProjectionWeight, tmp_path: Path) -> None:
    ties = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x"), ("b", "y")]
    two_mode = replace(TwoMode.from_ties(ties), successions=frozenset({("x", "y")}))
    side = NetworkSide.COLLABORATIONS
    expected = [("x", "z", 1), ("y", "z", 1)]
    projected = project(two_mode, side, weight)
    found = [
        (projected.nodes[one].id, projected.nodes[two].id, shared) for one, two, _, shared in projected.iter_ties()
    ]
    assert found == expected == [(row.first.id, row.second.id, row.shared) for row in overlaps(two_mode, side).rows()]
    assert list(projected.to_networkx().edges) == [("x", "z"), ("y", "z")]
    if weight is not ProjectionWeight.GRADE:
        one = project(two_mode, side, weight, node=0)
        assert [(first, second) for first, second, *_ in one.iter_ties()] == [(0, 2)]
        assert write_projection(two_mode, side, tmp_path / "x.csv", Format.CSV, STATED, weight=weight) == 2


def test_a_row_where_the_whole_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = snapshot_of("a-x", "a-y", "b-x", "b-y", "c-y", "d-x")
    on = date(2024, 6, 1)
    whole = overlap_report(snapshot, on, Subset(), projection=NetworkSide.CITIES, city="City:a")
    for module in ("graph.analysis.projection", "graph.reports.overlapping_memberships"):
        monkeypatch.setattr(f"{module}.max_pairs", lambda *_: 3)
    with pytest.raises(AnalysisError, match="up to 6 pairs of cities share a node; the limit is 3") as raised:
        overlap_report(snapshot, on, Subset(), projection=NetworkSide.CITIES)
    assert "write the projection to a file" in raised.value.hint
    row = overlap_report(snapshot, on, Subset(), projection=NetworkSide.CITIES, city="City:a")
    assert row.tables[0].rows == whole.tables[0].rows
    assert "There are too many pairs of cities: the projection has the ties of City:a only." in row.notes
