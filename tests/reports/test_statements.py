"""What reports and files state of their subset: nodes left out, the projection, and the origin of an empty table."""

import csv
import io
from pathlib import Path

import pytest

import citygraph
from graph.analysis import Subset
from graph.reports import Format, centrality_report, overlap_report, render
from graph.vocabulary import NetworkSide
from tests.analysis.test_subset import ON, snapshot_of

SNAPSHOT = snapshot_of("a-x", "a-y", "b-x", "c-y", "c-z", "d-w")
DATA = citygraph.Collaborations(SNAPSHOT)


@pytest.mark.parametrize(
    ("subset", "notes", "cities", "networks"),
    [
        (Subset(min_degree=2), ["the minimum number of ties: 2 cities, 1 collaboration"], 2, 1),
        (Subset(min_degree=1), ["the minimum number of ties: none"], 0, 0),
        (Subset(ego="City:d"), ["the ego network: 3 cities, 3 collaborations"], 3, 3),
        (Subset(largest_component=True), ["the largest component: 1 city, 1 collaboration"], 1, 1),
        (
            Subset(min_degree=2, ego="City:a", radius=1, largest_component=True),
            [
                "the minimum number of ties: 2 cities, 1 collaboration",
                "the ego network: 1 city, 1 collaboration",
                "the largest component: none",
            ],
            3,
            2,
        ),
    ],
)
def test_nodes_left_out_by_their_ties(subset: Subset, notes: list[str], cities: int, networks: int) -> None:
    for report in (centrality_report(SNAPSHOT, ON, subset), overlap_report(SNAPSHOT, ON, subset)):
        assert [note for note in report.notes if "Left out" in note] == [f"Left out by {note}." for note in notes]
        stated = f"left_out_cities {cities}; left_out_networks {networks};"
        assert all(stated in render(report, form).decode() for form in (Format.CSV, Format.EDGES))


def test_graphs_state_how_many_nodes_are_left_out() -> None:
    graph = DATA.two_mode(ON, min_degree=2)
    assert (graph.graph["left_out_cities"], graph.graph["left_out_networks"]) == (2, 1)
    assert DATA.series([ON], min_degree=2).attrs["left_out_cities"] == 2
    assert "left_out_cities" not in DATA.two_mode(ON).graph


def test_a_projection_is_stated_as_it_is_asked_for() -> None:
    side = NetworkSide.COLLABORATIONS
    for report in (centrality_report(SNAPSHOT, ON, Subset(), projection=side), overlap_report(SNAPSHOT, ON, Subset())):
        assert report.provenance.attributes()["projection"] == "NETWORKS"
    stated = DATA.projection("networks", on=ON).graph["projection"]
    assert (stated, DATA.projection(stated, on=ON).size()) == ("NETWORKS", 2)


def test_files_without_rows_state_their_provenance(tmp_path: Path) -> None:
    nothing = Subset(min_degree=9)
    report = overlap_report(SNAPSHOT, ON, nothing)
    assert not report.tables[0].rows
    (row,) = csv.DictReader(io.StringIO(render(report, Format.CSV).decode()))
    assert row.pop("provenance") == report.provenance.text()
    assert set(row.values()) == {""}
    (row,) = csv.DictReader(io.StringIO(render(report, Format.EDGES).decode()))
    assert row == {"source": "", "target": "", "provenance": report.provenance.text()}
    assert DATA.write_projection(tmp_path / "pairs.csv", on=ON, min_degree=9) == 0
    (row,) = csv.DictReader(io.StringIO((tmp_path / "pairs.csv").read_text(encoding="utf-8")))
    assert "; projection CITIES; weight COUNT; " in row.pop("provenance")
    assert row == dict.fromkeys(("first_id", "second_id", "shared", "weight"), "")
