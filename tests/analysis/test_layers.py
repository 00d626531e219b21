"""Projections of several layers: the shared networks, working groups, projects and twinnings are counted separately."""

import csv
import io
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import citygraph
from graph.analysis import Subset, project
from graph.analysis.projection import pair_blocks, pairs_among, pairs_with, shared_name, shared_pairs
from graph.reports import Format, centrality_report, overlap_report, render
from graph.vocabulary import CollaborationMode, NetworkSide, ProjectionWeight
from tests.analysis.test_subset import ON, snapshot_of

LAYERS = (CollaborationMode.NETWORK, CollaborationMode.TWINNING)
BOTH = Subset(layers=LAYERS)
SNAPSHOT = snapshot_of("a-x", "b-x", "a-y", "b-y", "c-y", "a-T", "b-T", "c-U", "d-U")
EXPECTED = {
    ("City:a", "City:b"): (3, 2, 1),
    ("City:a", "City:c"): (1, 1, 0),
    ("City:b", "City:c"): (1, 1, 0),
    ("City:c", "City:d"): (1, 0, 1),
}
"""A dict from pair of cities to the numbers of all shared nodes, of shared networks and of shared twinnings."""
NAMES = ("shared", "shared_network", "shared_twinning")


@settings(deadline=None)
@given(st.sets(st.tuples(st.sampled_from("abcde"), st.sampled_from("xyzXYZ")), min_size=1), st.sets(st.integers(0, 4)))
def test_all_functions_count_each_layer(ties: set[tuple[str, str]], selected: set[int]) -> None:
    two_mode = snapshot_of(*("-".join(tie) for tie in ties)).two_mode(ON, BOTH)
    side, members = NetworkSide.CITIES, {f"City:{city}": {end for one, end in ties if one == city} for city, _ in ties}
    whole = shared_pairs(two_mode, side)
    ids = [node.id for node in two_mode.cities]
    for place, (first, second) in enumerate(zip(whole.first.tolist(), whole.second.tolist(), strict=True)):
        common = members[ids[first]] & members[ids[second]]
        found = [whole.by_layer[layer][place] for layer in LAYERS]
        assert found == [sum(end.islower() for end in common), sum(end.isupper() for end in common)]
        assert sum(found) == whole.count[place]
    is_selected = np.array([place in selected for place in range(len(ids))])
    (blocks,) = list(pair_blocks(two_mode, side))
    for parts, mask in (
        (blocks, np.ones(len(whole.first), dtype=np.bool_)),
        (pairs_with(two_mode, side, 0), (whole.first == 0) | (whole.second == 0)),
        (pairs_among(two_mode, side, is_selected), is_selected[whole.first] & is_selected[whole.second]),
    ):
        for layer in LAYERS:
            assert np.array_equal(parts.by_layer[layer], whole.by_layer[layer][mask])


def test_one_layer_and_the_projection_on_the_networks_have_one_number() -> None:
    for subset, side in ((Subset(), NetworkSide.CITIES), (BOTH, NetworkSide.COLLABORATIONS)):
        graph = project(SNAPSHOT.two_mode(ON, subset), side).to_networkx()
        assert {frozenset(data) for *_, data in graph.edges(data=True)} == {frozenset({"shared", "weight"})}


def test_ties_and_network_files(tmp_path: Path) -> None:
    data = citygraph.Collaborations(SNAPSHOT)
    graph = data.projection(weight="jaccard", layers=["network", "twinning"], on=ON)
    assert {ends: tuple(graph.edges[ends][name] for name in NAMES) for ends in EXPECTED} == EXPECTED
    report = centrality_report(SNAPSHOT, ON, BOTH, projection=NetworkSide.CITIES)
    for form, read in ((Format.GRAPHML, nx.read_graphml), (Format.GEXF, nx.read_gexf)):
        (tmp_path / "report").write_bytes(render(report, form))
        citygraph.write_graph(graph, tmp_path / f"python{form.extension}")
        for name in ("report", f"python{form.extension}"):
            ties = read(tmp_path / name).edges
            assert {ends: tuple(ties[ends][key] for key in NAMES) for ends in EXPECTED} == EXPECTED
    edges = csv.DictReader(io.StringIO(render(report, Format.EDGES).decode()))
    assert {(row["source"], row["target"]): tuple(int(row[name]) for name in NAMES) for row in edges} == EXPECTED


def test_tables() -> None:
    report = overlap_report(SNAPSHOT, ON, BOTH, projection=NetworkSide.CITIES, dates=[ON])
    table = csv.DictReader(io.StringIO(render(report, Format.CSV).decode()))
    assert {(row["first_id"], row["second_id"]): tuple(int(row[name]) for name in NAMES) for row in table} == EXPECTED
    tables = json.loads(render(report, Format.JSON))["tables"]
    for key in ("pairs", "over_time"):
        found = {(row["first"]["id"], row["second"]["id"]): row for row in tables[key]["rows"]}
        assert {ends: tuple(found[ends][name] for name in NAMES) for ends in EXPECTED} == EXPECTED
    read = parquet.read_table(io.BytesIO(render(report, Format.PARQUET))).to_pylist()
    assert {(row["first_id"], row["second_id"]): tuple(row[name] for name in NAMES) for row in read} == EXPECTED


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.parquet"])
def test_projection_files(tmp_path: Path, name: str) -> None:
    data = citygraph.Collaborations(SNAPSHOT)
    assert data.write_projection(tmp_path / name, layers=["network", "twinning"], on=ON) == len(EXPECTED)
    if name.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO((tmp_path / name).read_text(encoding="utf-8"))))
    else:
        rows = parquet.read_table(tmp_path / name).to_pylist()
    assert {(row["first_id"], row["second_id"]): tuple(int(row[key]) for key in NAMES) for row in rows} == EXPECTED
    assert list(rows[0])[2:6] == [*NAMES, "weight"]


def test_pandas_tables() -> None:
    data = citygraph.Collaborations(SNAPSHOT)
    pairs = data.overlaps("cities", layers=["network", "twinning"], on=ON).set_index(["first_id", "second_id"])
    assert {ends: tuple(pairs.loc[ends, list(NAMES)]) for ends in EXPECTED} == EXPECTED
    near = data.neighbours("City:c", layers=["network", "twinning"], on=ON)
    assert near[list(NAMES)].to_dict("index") == {
        "City:d": {"shared": 1, "shared_network": 0, "shared_twinning": 1},
        "City:a": {"shared": 1, "shared_network": 1, "shared_twinning": 0},
        "City:b": {"shared": 1, "shared_network": 1, "shared_twinning": 0},
    }
    empty = data.overlaps("cities", layers=["network", "twinning"], least_shared=9, on=ON)
    assert list(empty.columns)[4:8] == [*NAMES, "jaccard"]


@pytest.mark.parametrize("weight", ProjectionWeight)
def test_layers_of_every_weight(weight: ProjectionWeight) -> None:
    pairs = project(SNAPSHOT.two_mode(ON, BOTH), NetworkSide.CITIES, weight, least_shared=2).pairs
    assert {shared_name(layer): counts.tolist() for layer, counts in pairs.by_layer.items()} == {
        "shared_network": [2],
        "shared_twinning": [1],
    }
