"""Networks, tables and series of a table of memberships in one line."""

import json
import pydoc
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xgi

import citygraph
from graph.analysis import Subset, significance
from graph.errors import AnalysisError, BadArgument, UnknownId
from graph.reports import overlap_report
from graph.reports.report import credit_line
from graph.vocabulary import NetworkSide, NullModel, ProjectionWeight, Standing

ROSTER = """city,network,country,from,until,grade
Vantaa,Eurocities,FI,2015,,full
Vantaa,Nordic,FI,2020,,
Espoo,Eurocities,FI,2010,2019,
Malmö,Nordic,SE,2010,,
Malmö,Baltic,SE,2010,,
"""
ON = "2024-06-01"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> citygraph.Collaborations:
    file = tmp_path_factory.mktemp("roster") / "roster.csv"
    file.write_text(ROSTER, encoding="utf-8")
    return citygraph.open(file)


def ties(graph: "nx.Graph[str]") -> set[frozenset[str]]:
    return {frozenset(node.partition(":")[2] for node in edge) for edge in graph.edges}


def test_two_mode(data: citygraph.Collaborations) -> None:
    graph = data.two_mode(on=ON)
    assert isinstance(graph, nx.Graph)
    assert nx.is_bipartite(graph)
    assert ties(graph) == {
        frozenset(pair)
        for pair in (("Vantaa", "Eurocities"), ("Vantaa", "Nordic"), ("Malmö", "Nordic"), ("Malmö", "Baltic"))
    }
    assert graph.nodes["City:Vantaa"]["ties"] == 2
    assert graph.edges["City:Vantaa", "Network:Eurocities"]["grade"] == "FULL"
    assert (graph.graph["on"], graph.graph["subset"]) == (ON, "layers: NETWORK")
    assert ties(data.two_mode(on=date(2018, 1, 1), countries="FI")) == {
        frozenset(("Vantaa", "Eurocities")),
        frozenset(("Espoo", "Eurocities")),
    }
    assert ties(data.two_mode(on=ON, exclude_networks="Network:Nordic", min_degree=2)) == set()
    assert repr(data) == "<Collaborations: 3 cities, 3 collaborations, the table roster.csv>"


def test_least_shared(data: citygraph.Collaborations) -> None:
    assert data.projection(on=ON, least_shared=2).number_of_edges() == 0
    assert list(data.neighbours("City:Vantaa", on=ON, least_shared=1)["name"]) == ["Malmö"]
    assert list(data.neighbours("City:Vantaa", on=ON, least_shared=2)["name"]) == []
    with pytest.raises(BadArgument, match="least_shared: 0 does not fit"):
        data.projection(on=ON, least_shared=0)
    with pytest.raises(BadArgument, match="least_shared: 0 does not fit"):
        data.neighbours("City:Vantaa", on=ON, least_shared=0)


def test_projection_and_ego(data: citygraph.Collaborations) -> None:
    projection = data.projection(on=ON)
    assert list(projection.edges(data=True)) == [("City:Malmö", "City:Vantaa", {"weight": 1.0, "shared": 1})]
    assert projection.graph["on"] == ON
    networks = data.projection("networks", weight="jaccard", on=ON)
    assert networks.edges["Network:Eurocities", "Network:Nordic"]["weight"] == 0.5
    assert set(data.ego("City:Vantaa", on=ON)) == {"City:Vantaa", "Network:Eurocities", "Network:Nordic", "City:Malmö"}
    assert set(data.ego("City:Vantaa", 1, on=ON)) == {"City:Vantaa", "Network:Eurocities", "Network:Nordic"}


@pytest.mark.parametrize(
    ("options", "node_id", "advice"),
    [
        ({"ego": "Vantaa"}, "Vantaa", "did you mean City:Vantaa?"),
        ({"ego": "City:vantaa"}, "City:vantaa", "did you mean City:Vantaa?"),
        ({"ego": "eurocites"}, "eurocites", "did you mean Network:Eurocities?"),
        ({"ego": "Qqq"}, "Qqq", "ids look like City:vantaa;"),
        ({"include_cities": "City:Vanta", "ego": "City:Vantaa"}, "City:Vanta", "did you mean City:Vantaa?"),
        ({"exclude_cities": ["City:Malmo"]}, "City:Malmo", "did you mean City:Malmö?"),
        ({"include_networks": ["Network:Nordc"]}, "Network:Nordc", "did you mean Network:Nordic?"),
        ({"exclude_networks": ["Baltic"]}, "Baltic", "did you mean Network:Baltic?"),
    ],
)
def test_similar_ids_for_an_unknown_id(
    data: citygraph.Collaborations, options: dict[str, Any], node_id: str, advice: str
) -> None:
    for method in (data.two_mode, data.projection, data.hypergraph, data.dataframe, data.select):
        with pytest.raises(UnknownId) as raised:
            method(on=ON, **options)
        assert str(raised.value) == f"no node has the id '{node_id}'; {advice} `search` finds ids by any name"
    with pytest.raises(UnknownId, match="no node has the id"):
        data.series([2020], **options)


def test_search(data: citygraph.Collaborations) -> None:
    assert data.search("vanta") == {"City:Vantaa": "Vantaa"}
    assert list(data.search("Nordic Cities")) == ["Network:Nordic"]
    assert data.search("qqq") == {}


def test_a_table_has_no_filters_of_the_model(data: citygraph.Collaborations) -> None:
    with pytest.raises(AnalysisError, match="cities_where and networks_where need a server or a database"):
        data.two_mode(cities_where={"country": {"eq": "FI"}})


@pytest.mark.parametrize("option", [{"theme": "Theme:x"}, {"network_kind": "local"}])
def test_a_table_has_no_themes_and_kinds(data: citygraph.Collaborations, option: dict[str, Any]) -> None:
    with pytest.raises(BadArgument, match=r"the table roster\.csv has neither themes nor kinds of networks"):
        data.two_mode(on=ON, **option)


def test_columns_of_a_day_without_ties(data: citygraph.Collaborations) -> None:
    table = data.dataframe("cities", measures=["degree", "closeness"], on="1900-01-01")
    assert (len(table), list(table.columns)) == (
        0,
        ["name", "ties", "degree", "degree_raw", "degree_rank", "closeness", "closeness_raw", "closeness_rank"],
    )


def test_tables(data: citygraph.Collaborations) -> None:
    table = data.dataframe(on=ON)
    assert list(table.columns[:6]) == ["city", "city_id", "country", "network", "network_id", "layer"]
    assert sorted(zip(table["city"], table["network"], table["from"], strict=True)) == [
        ("Malmö", "Baltic", "2010-01-01"),
        ("Malmö", "Nordic", "2010-01-01"),
        ("Vantaa", "Eurocities", "2015-01-01"),
        ("Vantaa", "Nordic", "2020-01-01"),
    ]
    cities = data.dataframe("cities", measures=["degree", "betweenness"], on=ON)
    assert cities.loc["City:Vantaa", ["name", "country", "ties", "degree"]].tolist() == ["Vantaa", "FI", 2, 2 / 3]
    assert cities["degree_rank"].tolist() == [1, 1]
    raw = data.dataframe("cities", measures=["degree", "betweenness"], normalisation="none", on=ON)
    assert cities[["degree_raw", "betweenness_raw"]].values.tolist() == raw[["degree", "betweenness"]].values.tolist()
    assert "degree_raw" not in raw.columns
    assert "strength_raw" not in data.dataframe("cities", measures="strength", on=ON).columns
    assert data.dataframe("networks", on=ON)["ties"].to_dict() == {
        "Network:Baltic": 1,
        "Network:Eurocities": 1,
        "Network:Nordic": 2,
    }
    assert list(data.dataframe(on=ON, countries=["DK"]).columns[:2]) == ["city", "city_id"]


def test_series(data: citygraph.Collaborations) -> None:
    series = data.series([2009, 2012, "2019-06-01", date(2024, 6, 1)])
    assert series.to_dict("list") == {
        "cities": [0, 2, 3, 2],
        "networks": [0, 3, 3, 3],
        "ties": [0, 3, 4, 4],
        "in_force": [0, 3, 4, 4],
        "attested_earlier": [0, 0, 0, 0],
        "lower_bound": [False] * 4,
    }
    assert series.index.tolist() == [pd.Timestamp(day) for day in ("2009-12-31", "2012-12-31", "2019-06-01", ON)]
    assert data.series(["2024-06-01", "2012", "2019-06-01", 2009, "2012", 2012]).equals(series)
    degrees = data.series([2012, 2024], "degree", side="networks", countries=["SE"])
    assert degrees.to_dict("list") == {"Network:Baltic": [1.0, 1.0], "Network:Nordic": [1.0, 1.0]}


def test_measures_in_a_projection(data: citygraph.Collaborations) -> None:
    networks = data.dataframe("networks", measures=["strength"], projection="networks", weight="jaccard", on=ON)
    expected = data.projection("networks", weight="jaccard", on=ON).degree(weight="weight")
    assert networks["strength"].to_dict() == pytest.approx(dict(expected))
    assert networks["ties"].to_dict() == {"Network:Baltic": 1, "Network:Eurocities": 1, "Network:Nordic": 2}
    # A tie of a known grade weighs 2, as does one of an unknown grade.
    graded = data.dataframe("cities", measures=["strength"], weight="grade", on=ON)
    assert graded["strength"].to_dict() == {"City:Malmö": 4.0, "City:Vantaa": 4.0}
    series = data.series([2024], "strength", projection="networks", weight="jaccard")
    assert series.iloc[0].to_dict() == pytest.approx(networks["strength"].to_dict())
    for options, message in (
        ({"weight": "jaccard"}, "weight: without a projection, ties are weighted only by count or grade"),
        ({"least_shared": 2}, "least_shared: 2 does not fit"),
        ({"projection": "networks"}, "the projection on the networks has no cities"),
    ):
        with pytest.raises(BadArgument, match=message):
            data.dataframe("cities", on=ON, **options)  # type: ignore[arg-type]
    for options in ({"projection": "cities"}, {"weight": "grade"}, {"least_shared": 5}):
        with pytest.raises(BadArgument, match="the ties of a projection"):
            data.dataframe("ties", on=ON, **options)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="measures: ties have no centrality"):
        data.dataframe("ties", measures=["degree"], on=ON)
    for options in ({"projection": "cities"}, {"weight": "grade"}, {"least_shared": 5}, {"side": "networks"}):
        with pytest.raises(BadArgument, match="side, projection, weight and least_shared need a measure"):
            data.series([2024], **options)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="the projection on the networks has no cities"):
        data.series([2024], "strength", side="cities", projection="networks")


def test_lifetimes(data: citygraph.Collaborations) -> None:
    table = data.lifetimes(on=ON)
    # Of five ties, one ended after ten years; two are then still followed, and two are censored before.
    assert table.reset_index().to_dict("list") == {
        "age": [3652],
        "at_risk": [3],
        "ended": [1],
        "survival": [pytest.approx(2 / 3)],
        "low": [pytest.approx(0.0541, abs=1e-4)],
        "high": [pytest.approx(0.9452, abs=1e-4)],
    }
    counts = {"ties": 5, "ended": 1, "without_beginning": 0, "without_end": 0}
    assert table.attrs.items() >= (counts | {"on": ON, "lower_bound": False}).items()
    assert "median" not in table.attrs
    finnish = data.lifetimes(on=ON, countries="FI", include_networks="Network:Eurocities")
    assert (finnish.attrs["ties"], finnish["at_risk"].tolist()) == (2, [1])
    assert list(data.lifetimes(on="1900-01-01").columns) == ["at_risk", "ended", "survival", "low", "high"]
    with pytest.raises(AnalysisError, match="the same nodes on every date"):
        data.lifetimes(on=ON, min_degree=2)
    with pytest.raises(UnknownId):
        data.lifetimes(on=ON, include_cities="City:Nowhere")


def test_dynamic_two_mode(data: citygraph.Collaborations, tmp_path: Path) -> None:
    graph = data.dynamic_two_mode("2018-01-01", date(2022, 12, 31), countries="FI")
    nx.write_gexf(graph, tmp_path / "period.gexf")
    read = nx.read_gexf(tmp_path / "period.gexf")
    assert {tuple(sorted(ends)): spells for *ends, spells in read.edges(data="spells")} == {
        ("City:Espoo", "Network:Eurocities"): [("2018-01-01", "2019-12-31")],
        ("City:Vantaa", "Network:Eurocities"): [("2018-01-01", "2022-12-31")],
        ("City:Vantaa", "Network:Nordic"): [("2020-01-01", "2022-12-31")],
    }
    assert read.nodes["Network:Nordic"]["spells"] == [("2020-01-01", "2022-12-31")]
    assert (graph.graph["first"], graph.graph["last"], graph.graph["subset"]) == (
        "2018-01-01",
        "2022-12-31",
        "layers: NETWORK; countries: FI",
    )
    assert "on" not in graph.graph
    with pytest.raises(BadArgument, match="first: 2022-01-01 is later than last: 2021-01-01"):
        data.dynamic_two_mode("2022-01-01", "2021-01-01")


def test_graphs_and_tables_state_what_they_count(seed_files: citygraph.Collaborations) -> None:
    data = seed_files
    nordic: dict[str, Any] = {"include_networks": ["Network:nordic-safe-cities"], "standings": ["in_force"]}
    stated = {
        "revision": data.snapshot.revision,
        "data": data.snapshot.digest,
        "subset": "layers: NETWORK; standings: IN_FORCE; only networks: Network:nordic-safe-cities",
        "standings": "IN_FORCE",
        "credit": str(credit_line("")),
    }
    for on, lower_bound in (("2023-11-27", False), ("2023-11-26", True)):
        expected = stated | {"on": on, "lower_bound": lower_bound, "ties_in_force": 3 if lower_bound else 21}
        assert data.two_mode(on, **nordic).graph == expected | {"mode": "two-mode"}
        assert data.projection(on=on, **nordic).graph.items() >= expected.items()
        assert data.dataframe(on=on, **nordic).attrs == expected
        weighing = {"projection": "none", "weight": "COUNT", "least_shared": 1}
        measured = weighing | {"measures": "DEGREE", "normalisation": "NETWORKX"}
        assert data.dataframe("cities", measures=["degree"], on=on, **nordic).attrs == expected | measured
    series = data.series(["2023-11-26", "2023-11-27"], **nordic)
    assert series["lower_bound"].tolist() == [True, False]
    assert series.attrs == stated | {"lower_bound": True, "ties_in_force": 21, "dates": "2023-11-26, 2023-11-27"}
    assert data.series(["2023-11-27"], "degree", **nordic).attrs == stated | measured | {
        "lower_bound": False,
        "ties_in_force": 21,
        "dates": "2023-11-27",
        "side": "CITIES",
    }
    assert data.two_mode("2023-11-27").graph["standings"] == "IN_FORCE, ATTESTED_EARLIER"


def test_where_the_record_stops(seed_files: citygraph.Collaborations) -> None:
    days = ["2016-06-01", "2023-11-27", "2030-12-31", "2045-12-31"]
    counts = [seed_files.select(day).standing_counts for day in days]
    expected = [[found[Standing.IN_FORCE], found[Standing.ATTESTED_EARLIER]] for found in counts]
    assert all(earlier > 0 for _, earlier in expected[:3])
    series, turnover = seed_files.series(days), seed_files.turnover(days)
    assert series[["in_force", "attested_earlier"]].values.tolist() == expected
    assert series["ties"].tolist() == [sum(found) for found in expected]
    assert turnover[["in_force", "attested_earlier"]].values.tolist() == expected[1:]
    most = dict(zip(("ties_in_force", "ties_attested_earlier"), map(max, zip(*expected, strict=True)), strict=True))
    assert series.attrs.items() >= most.items()
    assert turnover.attrs.items() >= most.items()
    of_day = {"ties_in_force": expected[1][0], "ties_attested_earlier": expected[1][1]}
    for attributes in (
        seed_files.two_mode(days[1]).graph,
        seed_files.projection(on=days[1]).graph,
        seed_files.overlaps(on=days[1]).attrs,
        seed_files.neighbours("City:vantaa", on=days[1]).attrs,
    ):
        assert attributes.items() >= of_day.items()
    every = seed_files.turnover(days, standings=[standing.word for standing in Standing])  # type: ignore[misc]
    assert every[[standing.word for standing in Standing]].sum(axis=1).tolist() == every["ties"].tolist()
    assert "ties_in_force" not in seed_files.dynamic_two_mode(days[0], days[1]).graph


def test_lifetimes_do_not_depend_on_standings(data: citygraph.Collaborations) -> None:
    assert "standings" not in data.lifetimes(on=ON).attrs
    with pytest.raises(BadArgument, match="standings: lifetimes include ties of any standing"):
        data.lifetimes(on=ON, standings=["in_force"])


def test_shared_nodes(data: citygraph.Collaborations) -> None:
    overlaps = data.overlaps("cities", shares=True, on=ON)
    assert overlaps[["first", "second", "shares", "shares_ids"]].values.tolist() == [
        ["Malmö", "Vantaa", ["Nordic"], ["Network:Nordic"]]
    ]
    neighbours = data.neighbours("Network:Nordic", shares=True, on=ON)
    assert neighbours[["shares", "shares_ids"]].values.tolist() == [
        [["Malmö"], ["City:Malmö"]],
        [["Vantaa"], ["City:Vantaa"]],
    ]
    assert list(data.neighbours("City:Vantaa", shares=True, least_shared=2, on=ON).columns[-2:]) == [
        "shares",
        "shares_ids",
    ]
    assert "shares" not in data.overlaps(on=ON)


CHOICES: dict[str, Any] = {"weight": "grade", "least_shared": 2}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda data: data.projection("networks", on=ON, **CHOICES).graph,
            {"projection": "NETWORKS", "weight": "GRADE", "least_shared": 2, "inferred_grades": 3},
        ),
        (
            lambda data: data.neighbours("City:Vantaa", weight="jaccard", least_shared=2, on=ON).attrs,
            {"node": "City:Vantaa", "projection": "CITIES", "weight": "JACCARD", "least_shared": 2},
        ),
        (
            lambda data: data.dataframe("cities", measures="strength", normalisation="none", weight="grade").attrs,
            {
                "projection": "none",
                "weight": "GRADE",
                "measures": "STRENGTH",
                "normalisation": "NONE",
                "inferred_grades": 3,
            },
        ),
        (
            lambda data: data.communities("brim", trials=4, seed=7, resolution=1.0, on=ON).attrs,
            {"projection": "none", "communities": "BRIM", "community_trials": 4, "seed": 7, "resolution": 1.0},
        ),
        (
            lambda data: data.series([2012, 2024], "strength", projection="cities", **CHOICES).attrs,
            {
                "dates": "2012-12-31, 2024-12-31",
                "projection": "CITIES",
                "weight": "GRADE",
                "least_shared": 2,
                "measures": "STRENGTH",
                "normalisation": "NETWORKX",
                "inferred_grades": 3,
            },
        ),
        (
            lambda data: data.overlaps(null_model="fdsm", trials=20, seed=3, on=ON).attrs,
            {"projection": "NETWORKS", "null_model": "FDSM", "trials": 20, "seed": 3, "tests": 3, "trials_needed": 59},
        ),
        (lambda data: data.overlaps("cities", on=ON).attrs, {"projection": "CITIES", "null_model": "none"}),
        (lambda data: data.turnover([2012, 2024]).attrs, {"dates": "2012-12-31, 2024-12-31"}),
        (
            lambda data: data.ego("City:Vantaa", 1, on=ON).graph,
            {"subset": "layers: NETWORK; within: 1 hop of City:Vantaa"},
        ),
    ],
)
def test_results_state_the_arguments_that_change_them(
    data: citygraph.Collaborations, call: Callable[[citygraph.Collaborations], dict[str, Any]], expected: dict[str, Any]
) -> None:
    stated = call(data)
    assert {name: stated.get(name) for name in expected} == expected
    assert stated["origin"] == "the table roster.csv"
    assert stated["lower_bound"] is False
    assert "as_known_on" not in stated
    assert ("inferred_grades" in stated) is ("inferred_grades" in expected)


def test_dates_in_the_future_are_marked(data: citygraph.Collaborations) -> None:
    today = date.today()
    future = date(today.year + 3, 1, 1)
    for attributes in (
        data.two_mode(future).graph,
        data.projection(on=future).graph,
        data.dynamic_two_mode("2020-01-01", future).graph,
        data.dataframe(on=future).attrs,
        data.series([2020, future.year]).attrs,
        data.turnover([2020, future.year]).attrs,
        data.lifetimes(future).attrs,
        data.hypergraph(future)["metadata"],
    ):
        assert attributes["as_known_on"] == today.isoformat()


def test_neighbours_are_sorted_by_weight(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "city,network,grade,host\nA,x,full,yes\nB,x,observer,\nC,x,full,yes\nA,y,,\nB,y,,\nA,z,,\nB,q,,\n",
        encoding="utf-8",
    )
    data = citygraph.open(tmp_path / "roster.csv")
    assert data.neighbours("City:A")[["name", "shared"]].values.tolist() == [["B", 2], ["C", 1]]
    # A and C are hosts of x (4 each), which B only observes (1); A and B also share y (2).
    graded = data.neighbours("City:A", weight="grade")
    assert graded[["name", "grade"]].values.tolist() == [["C", 4.0], ["B", 3.0]]
    projected = data.projection(weight="grade")
    assert graded["grade"].to_dict() == {node: projected.edges["City:A", node]["weight"] for node in graded.index}
    assert "grade" not in data.neighbours("City:A", weight="cosine").columns
    with pytest.raises(BadArgument, match="weight: 'size' is not known"):
        data.neighbours("City:A", weight="size")  # type: ignore[arg-type]


def test_overlaps(data: citygraph.Collaborations) -> None:
    table = data.overlaps(on=ON)
    assert table[["first", "second_id", "shared", "jaccard", "lower_bound"]].values.tolist() == [
        ["Baltic", "Network:Nordic", 1, 0.5, False],
        ["Eurocities", "Network:Nordic", 1, 0.5, False],
    ]
    assert list(data.overlaps("cities", on=ON)["first_id"]) == ["City:Malmö"]
    assert (len(data.overlaps(on=ON, least_shared=2)), len(data.overlaps(on=ON, countries="SE"))) == (0, 1)
    tested = data.overlaps(null_model="sdsm", on=ON)
    two_mode = data.select(ON)
    expected = {
        (row.first.id, row.second.id): (row.p, row.adjusted, row.is_upper_bound, True)
        for row in significance(two_mode, NetworkSide.COLLABORATIONS, NullModel.SDSM).rows()
    }
    columns = ["p", "p_adjusted", "p_upper_bound", "p_conditional"]
    found = {(row["first_id"], row["second_id"]): tuple(row[columns]) for _, row in tested.iterrows()}
    assert found == expected
    # As in the report of the same table.
    report = overlap_report(data.snapshot, date.fromisoformat(ON), Subset(), null_model=NullModel.SDSM)
    keys = [column.key for column in report.tables[0].columns]
    assert [row[keys.index("p")] for row in report.tables[0].rows] == list(tested["p"])
    assert [row[keys.index("p_conditional")] for row in report.tables[0].rows] == list(tested["p_conditional"])
    assert set(columns).isdisjoint(table.columns)
    with pytest.raises(BadArgument, match="null_model: 'poisson' is not known"):
        data.overlaps(null_model="poisson")  # type: ignore[arg-type]
    with pytest.raises(AnalysisError, match="trials: 0 is less than 1"):
        data.overlaps(null_model="fdsm", trials=0)


def test_turnover(data: citygraph.Collaborations) -> None:
    table = data.turnover([2012, "2019-12-31", 2024])
    assert table.index.tolist() == [pd.Timestamp("2019-12-31"), pd.Timestamp("2024-12-31")]
    assert table.drop(columns="since").to_dict("list") == {
        "ties_before": [3, 4],
        "ties": [4, 4],
        "in_force": [4, 4],
        "attested_earlier": [0, 0],
        "joined": [1, 1],
        "first_shown": [0, 0],
        "left": [0, 1],
        "lapsed": [0, 0],
        "growth": [pytest.approx(1 / 3), 0.0],
        "churn": [0.0, 0.25],
        "lower_bound": [False, False],
        "networks_gained": [[], []],
        "networks_lost": [[], []],
    }
    assert data.turnover([2008, 2012])["networks_gained"].tolist() == [
        ["Network:Baltic", "Network:Eurocities", "Network:Nordic"]
    ]
    # Eurocities had members before Vantaa joined it in 2015.
    gained = data.turnover([2008, 2012, 2016], include_cities="City:Vantaa")["networks_gained"]
    assert gained.tolist() == [[], ["Network:Eurocities"]]
    assert list(data.turnover([2012]).columns) == list(table.columns)
    with pytest.raises(AnalysisError, match="growth and churn need the same nodes on every date"):
        data.turnover([2012, 2024], min_degree=2)
    with pytest.raises(UnknownId):
        data.turnover([2012, 2024], include_cities="City:Nowhere")


def test_robustness_rank_bounds_and_summary(
    data: citygraph.Collaborations, seed_files: citygraph.Collaborations
) -> None:
    table = data.robustness(ON)
    assert table[["name", "cities", "isolated", "components", "largest", "disconnected"]].values.tolist() == [
        ["Nordic", 2, 0, 2, 1, 1.0],
        ["Baltic", 1, 0, 1, 2, 0.0],
        ["Eurocities", 1, 0, 1, 2, 0.0],
    ]
    assert data.rank_bounds(ON).loc["Network:Nordic"].tolist() == ["Nordic", "Network", 2, 1, 1]
    partial = seed_files.rank_bounds("2023-11-27")
    assert (partial["best"] < partial["worst"]).any()
    assert partial.attrs["lower_bound"] is True
    assert data.summary(on=ON).density == 4 / 6
    assert data.summary(projection="networks", least_shared=2, on=ON).ties == 0


def test_one_measure_may_be_a_text(data: citygraph.Collaborations) -> None:
    one = data.dataframe("cities", measures="degree", on=ON)
    assert one.equals(data.dataframe("cities", measures=["degree"], on=ON))
    with pytest.raises(BadArgument, match="measures: 'size' is not known"):
        data.dataframe("cities", measures="size", on=ON)  # type: ignore[arg-type]


def test_an_unknown_table_names_the_known_ones(data: citygraph.Collaborations) -> None:
    with pytest.raises(BadArgument) as raised:
        data.dataframe("both", on=ON)  # type: ignore[arg-type]
    assert str(raised.value).startswith("of: 'both' is not known; give 'ties', 'cities' or 'networks';")


SPELLS = {
    frozenset(("City:Espoo", "Network:Eurocities")): "2018-01-01/2020-01-01",
    frozenset(("City:Vantaa", "Network:Eurocities")): "2018-01-01/2023-01-01",
    frozenset(("City:Vantaa", "Network:Nordic")): "2020-01-01/2023-01-01",
}


def test_files_of_a_period(data: citygraph.Collaborations, tmp_path: Path) -> None:
    period = data.dynamic_two_mode("2018-01-01", "2022-12-31", countries="FI")
    for name in ("a.graphml", "a.gexf", "a.net", "a.edges.csv", "a.hif.json"):
        citygraph.write_graph(period, tmp_path / name)
        assert "layers: NETWORK; countries: FI" in (tmp_path / name).read_text(encoding="utf-8")
    graphml = nx.read_graphml(tmp_path / "a.graphml")
    assert {frozenset(ends): spells for *ends, spells in graphml.edges(data="periods")} == SPELLS
    assert graphml.nodes["Network:Nordic"]["periods"] == "2020-01-01/2023-01-01"
    assert (graphml.graph["first"], graphml.graph["last"], graphml.graph["lower_bound"]) == (
        "2018-01-01",
        "2022-12-31",
        False,
    )
    gexf = nx.read_gexf(tmp_path / "a.gexf")
    assert gexf.edges["City:Espoo", "Network:Eurocities"]["spells"] == [("2018-01-01", "2019-12-31")]
    edges = pd.read_csv(tmp_path / "a.edges.csv")
    ends = zip(edges["source"], edges["target"], strict=True)
    assert dict(zip(map(frozenset, ends), edges["periods"], strict=True)) == SPELLS
    incidences = json.loads((tmp_path / "a.hif.json").read_text(encoding="utf-8"))["incidences"]
    assert {frozenset((one["node"], one["edge"])): one["attrs"]["periods"] for one in incidences} == SPELLS
    assert period.edges["City:Espoo", "Network:Eurocities"]["spells"] == [("2018-01-01", "2019-12-31")]


@pytest.mark.filterwarnings("ignore:(Node|Edge) attribute .* is not processed")
@pytest.mark.parametrize(
    "graph_of",
    [
        lambda data: data.two_mode(on=ON),
        lambda data: data.ego("City:Oulu", on=ON),
        lambda data: data.projection(on=ON),
        lambda data: data.projection("networks", weight="grade", on=ON),
        lambda data: data.dynamic_two_mode("2008-01-01", "2022-12-31"),
    ],
    ids=["two_mode", "ego", "cities", "networks", "dynamic"],
)
def test_networkx_writes_all_graphs(
    tmp_path: Path, graph_of: Callable[[citygraph.Collaborations], "nx.Graph[str]"]
) -> None:
    (tmp_path / "roster.csv").write_text(
        "city,network,from,until,grade,host\n"
        "Oulu,Les Villes d'Europe,2010,2012,,\nOulu,Les Villes d'Europe,2020,,full,yes\n"
        "L'Aquila,Les Villes d'Europe,,,,\nOulu,Nordic,2015,,,\nL'Aquila,Nordic,,,,\n",
        encoding="utf-8",
    )
    graph = graph_of(citygraph.open(tmp_path / "roster.csv"))
    assert graph.size() > 0

    nx.write_gexf(graph, tmp_path / "a.gexf")
    assert set(map(frozenset, nx.read_gexf(tmp_path / "a.gexf").edges)) == set(map(frozenset, graph.edges))
    nx.write_pajek(graph, str(tmp_path / "a.net"))
    assert f"*vertices {len(graph)}" in (tmp_path / "a.net").read_text(encoding="utf-8")
    text = json.dumps(nx.node_link_data(graph, edges="edges"))
    read = nx.node_link_graph(json.loads(text), edges="edges")
    assert json.dumps(nx.node_link_data(read, edges="edges")) == text
    if "first" in graph.graph:
        # GraphML has no lists. `write_graph` writes these graphs.
        with pytest.raises(TypeError, match="GraphML does not support type <class 'list'>"):
            nx.write_graphml(graph, tmp_path / "a.graphml")
    else:
        nx.write_graphml(graph, tmp_path / "a.graphml")
        read = nx.read_graphml(tmp_path / "a.graphml")
        assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
        assert nx.utils.edges_equal(list(read.edges(data=True)), list(graph.edges(data=True)))


def test_files_of_a_projection(data: citygraph.Collaborations, tmp_path: Path) -> None:
    projection = data.projection("networks", weight="jaccard", on=ON)
    for name in ("a.graphml", "a.gexf", "A.NET", "a.edges.csv"):
        citygraph.write_graph(projection, str(tmp_path / name))
    assert nx.read_graphml(tmp_path / "a.graphml").graph.items() >= projection.graph.items()
    for name in ("a.gexf", "A.NET", "a.edges.csv"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert [
            part for part in ("weight JACCARD;", "; projection NETWORKS; least_shared 1;") if part not in text
        ] == []
    with pytest.raises(AnalysisError, match="a projection is not a hypergraph") as raised:
        citygraph.write_graph(projection, tmp_path / "a.hif.json")
    assert raised.value.hint == "write the two-mode network, or use gexf or graphml"
    with pytest.raises(BadArgument, match=r"path: 'a\.png' has no known extension"):
        citygraph.write_graph(projection, tmp_path / "a.png")
    with pytest.raises(AnalysisError, match="could not be written: No such file or directory"):
        citygraph.write_graph(projection, tmp_path / "no" / "a.gexf")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["A.NET", "a.edges.csv", "a.gexf", "a.graphml"]


def test_search_in_all_languages(seed_files: citygraph.Collaborations) -> None:
    assert next(iter(seed_files.search("Köpenhamn").items())) == ("City:copenhagen", "Köpenhamn")
    assert next(iter(seed_files.search("Kööpenhamina"))) == "City:copenhagen"
    assert next(iter(seed_files.search("NSC"))) == "Network:nordic-safe-cities"
    assert [seed_files.search("turk", 1, language=language) for language in ("fi", "sv", "en")] == [
        {"City:turku": "Turku"}
    ] * 3
    assert len(seed_files.search("city", 3)) == 3
    with pytest.raises(BadArgument, match="text: 1 letter or digit is too short"):
        seed_files.search("å")
    with pytest.raises(BadArgument, match="language: 'de' is not known"):
        seed_files.search("turku", language="de")  # type: ignore[arg-type]


def test_an_empty_network_is_complete_only_in_a_table(
    seed_files: citygraph.Collaborations, data: citygraph.Collaborations
) -> None:
    for found, lower_bound in ((seed_files, True), (data, False)):
        graph = found.two_mode("1800-01-01")
        assert (len(graph), graph.graph["lower_bound"]) == (0, lower_bound)


def test_normalisation(data: citygraph.Collaborations) -> None:
    cities = data.dataframe("cities", measures=["degree"], normalisation="none", on=ON)
    assert cities["degree"].tolist() == [2, 2]
    with pytest.raises(BadArgument, match="normalisation"):
        data.dataframe("cities", normalisation="raw", on=ON)  # type: ignore[arg-type]


def test_hypergraph(data: citygraph.Collaborations) -> None:
    found = data.hypergraph(on=ON)
    assert {edge["edge"] for edge in found["edges"]} == {"Network:Baltic", "Network:Eurocities", "Network:Nordic"}
    assert {(one["edge"], one["node"]) for one in found["incidences"]} >= {("Network:Nordic", "City:Malmö")}
    assert json.loads(json.dumps(found)) == found
    read = xgi.from_hif_dict(found)
    assert {edge: set(read.edges.members(edge)) for edge in read.edges} == {
        "Network:Baltic": {"City:Malmö"},
        "Network:Eurocities": {"City:Vantaa"},
        "Network:Nordic": {"City:Malmö", "City:Vantaa"},
    }
    assert read.nodes["City:Vantaa"]["country"] == "FI"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on": "yesterday"}, "on: 'yesterday' is not a date"),
        ({"layers": ["clubs"]}, "layers: 'clubs' is not known"),
        (
            {"min_degre": 2},
            "this method has no keyword min_degre; beside its own keywords, it takes those of a subset: layers, ",
        ),
        ({"network_kind": "club"}, "network_kind: 'club' is not known"),
        ({"bounding_box": (1, 2)}, "bounding_box: \\(1, 2\\) is not south, west, north, east"),
    ],
)
def test_invalid_options(data: citygraph.Collaborations, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        data.two_mode(**options)
    with pytest.raises(BadArgument, match="projection: 'towns' is not known"):
        data.projection("towns")  # type: ignore[arg-type]


def test_an_error_shows_its_hint(data: citygraph.Collaborations) -> None:
    with pytest.raises(BadArgument) as raised:
        data.communities("walktrap", on=ON)  # type: ignore[arg-type]
    assert str(raised.value) == ("method: 'walktrap' is not known; give one of louvain, leiden, brim, brim_leiden")


def test_dates_and_times_of_other_libraries(data: citygraph.Collaborations) -> None:
    time = datetime(2024, 6, 1, 23, 59)
    assert data.projection(on=time).graph["on"] == data.two_mode(time).graph["on"] == ON
    assert list(data.series([np.int64(2015)]).index) == [datetime(2015, 12, 31)]  # type: ignore[list-item]
    for year in (0, 2022.5, np.datetime64("2022-01-01")):
        with pytest.raises(BadArgument, match=r"dates: .* is not a year"):
            data.series([year])  # type: ignore[list-item]
    with pytest.raises(BadArgument, match="on: 2022 is not a date"):
        data.two_mode(2022)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="weight: None is not known"):
        data.projection(weight=None)  # type: ignore[arg-type]


def test_options_are_the_fields_of_a_subset() -> None:
    assert set(citygraph.SubsetOptions.__annotations__) == set(Subset.__dataclass_fields__)


def test_help_states_the_meaning_of_words_and_keywords() -> None:
    weights = pydoc.render_doc(ProjectionWeight)
    assert "- jaccard: Jaccard index: |A ∩ B| / |A ∪ B|." in weights
    options = pydoc.render_doc(citygraph.SubsetOptions)
    assert "- min_degree: Only cities with at least this many ties" in options
    assert "Possible: network, working_group, project, twinning." in options
    assert "- radius: Hops from the ego" in options


def test_fees_are_numbers_with_a_currency(seed_files: citygraph.Collaborations) -> None:
    ties = seed_files.dataframe(on="2023-11-27")
    stated = ties[ties["fee"].notna()]
    assert len(stated) > 0
    assert ties["fee"].dtype == np.float64
    assert set(stated["fee_currency"]) <= {"EUR", "SEK", "NOK", "DKK"}
    for fee, currency, text in zip(stated["fee"], stated["fee_currency"], stated["fees"], strict=True):
        assert f"{fee:.2f} {currency} a year" in text
