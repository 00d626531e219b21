"""Benchmark the analyses against pure NetworkX and against other graph engines called directly.

    .venv/bin/python -m bench.analysis              one minute; NetworkX time extrapolated from a sample of source nodes
    .venv/bin/python -m bench.analysis --full       NetworkX on all source nodes: about ten minutes more

A seeded generator creates the graph: 6 000 cities × 600 networks with 25 000 ties and skewed degree distributions.
`rustworkx` and `igraph` are measured too if they are installed. The main figure is CPU time, which depends little on
other load on the machine; wall-clock time is printed beside it.
"""

import importlib
import random
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import networkx as nx
import numpy as np

from api.pages.report import report_page
from graph.analysis import (
    Node,
    Snapshot,
    Subset,
    TwoMode,
    centrality,
    communities,
    overlaps,
    project,
    significance,
    summarize,
)
from graph.analysis.snapshot import TieColumns
from graph.analysis.sparse import IntArray
from graph.analysis.two_mode import TieFacts
from graph.reports import centrality_report, overlap_report
from graph.vocabulary import (
    CentralityMeasure,
    CollaborationMode,
    CommunityMethod,
    NetworkSide,
    NullModel,
    ProjectionWeight,
)

T = TypeVar("T")
CITIES, NETWORKS, TIES = 6_000, 600, 25_000


def snapshot(cities: int, networks: int, ties: int, seed: int = 1) -> Snapshot:
    """Generate a snapshot in which a few cities and networks have far more ties than the other nodes."""
    rng = np.random.default_rng(seed)
    of_city, of_network = (weights / weights.sum() for weights in (rng.pareto(1.6, n) + 1 for n in (cities, networks)))
    pairs: IntArray = np.zeros(0, dtype=np.int64)
    while len(pairs) < ties:
        drawn = rng.choice(cities, ties, p=of_city) * networks + rng.choice(networks, ties, p=of_network)
        pairs = np.unique(np.concatenate((pairs, drawn)))
    pairs = np.sort(rng.choice(pairs, ties, replace=False))
    day, forever = date(2020, 1, 1).toordinal(), date.max.toordinal() + 1
    unknown = np.full(ties, None, dtype=np.object_)
    return Snapshot(
        revision=1,
        digest="",
        cities=tuple(Node(f"City:{place:05}", f"City {place}", "City", "FI") for place in range(cities)),
        collaborations=tuple(Node(f"Network:{place:05}", f"Network {place}", "Network") for place in range(networks)),
        ties=TieColumns(
            pairs // networks,
            pairs % networks,
            np.full(ties, day),
            np.full(ties, day),
            np.full(ties, forever),
            np.full(ties, forever),
            np.full(ties, forever),
            np.zeros(ties, dtype=np.bool_),
            TieFacts(
                np.full(ties, "MEMBER", dtype=np.object_),
                unknown,
                np.zeros(ties, dtype=np.bool_),
                np.zeros(ties, dtype=np.bool_),
                np.full(ties, day),
                np.full(ties, day),
                np.full(ties, day),
                np.full(ties, forever),
                unknown,
                unknown,
                unknown,
            ),
        ),
        roster_on={f"Network:{place:05}": ON for place in range(networks)},
        themes=frozenset(),
        addresses={},
        narrower={},
        close_matches={},
        successions=frozenset(),
    )


ON = date(2024, 6, 1)


def measured(name: str, work: Callable[[], T]) -> tuple[float, T]:
    """Call `work`, print its CPU time, and return the CPU time in seconds and the result."""
    clock, processor = time.perf_counter(), time.process_time()
    value = work()
    spent = time.process_time() - processor
    print(f"  {name:56} {spent:9.3f} s  ({time.perf_counter() - clock:.3f} s on the clock)", flush=True)
    return spent, value


def pure(two_mode: TwoMode, sources: int) -> tuple[float, float]:
    """Measure betweenness and closeness of NetworkX, and extrapolate from `sources` nodes to all nodes."""
    shape = two_mode.to_networkx()
    drawn = random.Random(1).sample(sorted(shape), sources)
    between, _ = measured(
        f"NetworkX betweenness from {sources} nodes", lambda: nx.betweenness_centrality(shape, k=sources, seed=1)
    )
    close, _ = measured(
        f"NetworkX closeness of {sources} nodes", lambda: [nx.closeness_centrality(shape, node) for node in drawn]
    )
    return between * len(shape) / sources, close * len(shape) / sources


def agreement(two_mode: TwoMode) -> None:
    """Compare the values of NetworkX with the values of `graph.analysis`."""
    shape, cities = two_mode.to_networkx(), [city.id for city in two_mode.cities]
    component = shape.subgraph(max(nx.connected_components(shape), key=len))
    for measure, function, graph in (
        (CentralityMeasure.BETWEENNESS, nx.bipartite.betweenness_centrality, shape),
        (CentralityMeasure.CLOSENESS, nx.bipartite.closeness_centrality, component),
    ):
        ours, theirs = centrality(two_mode, measure), function(graph, [city for city in cities if city in graph])
        worst = max(abs(score.value - theirs[score.node.id]) for score in ours.scores if score.value is not None)
        print(f"  {measure.name.lower()} of {len(shape)} nodes differs from NetworkX by at most {worst:.1e}")


def others(two_mode: TwoMode) -> None:
    """Measure the other installed graph engines, called directly with the same ties."""
    ends = [(city, len(two_mode.cities) + other) for city, other, _ in two_mode.iter_ties()]
    for name in ("rustworkx", "igraph"):
        try:
            engine: Any = importlib.import_module(name)
        except ModuleNotFoundError:
            print(f"  {name} is not installed")
            continue
        if name == "rustworkx":
            shape = engine.PyGraph(multigraph=False)
            shape.add_nodes_from(range(len(two_mode.nodes)))
            shape.add_edges_from_no_data(ends)
            measured("rustworkx betweenness", lambda: engine.betweenness_centrality(shape, normalized=False))  # noqa: B023
            measured("rustworkx closeness", lambda: engine.closeness_centrality(shape))  # noqa: B023
        else:
            shape = engine.Graph(len(two_mode.nodes), ends)
            measured("igraph betweenness", shape.betweenness)  # pyright: ignore
            measured("igraph closeness", shape.closeness)  # pyright: ignore


def main(*, full: bool) -> None:
    print(f"{CITIES} cities × {NETWORKS} networks, {TIES} ties")
    held = snapshot(CITIES, NETWORKS, TIES)
    modes = (CollaborationMode.NETWORK,)
    _, two_mode = measured(
        "two-mode network of a day, from the snapshot", lambda: held.two_mode(ON, Subset(layers=modes))
    )
    measured("as a networkx.Graph", two_mode.to_networkx)
    ours = {
        measure: measured(measure.name.lower(), lambda: centrality(two_mode, measure))[0]  # noqa: B023
        for measure in CentralityMeasure
    }
    measured("structure", lambda: summarize(two_mode))
    for method in CommunityMethod:
        measured(
            f"communities, {method.name}, one seed",
            lambda: communities(two_mode, method=method, trials=1),  # noqa: B023
        )

    print("overlap, from the snapshot")
    measured(
        "all pairs of networks", lambda: overlaps(held.two_mode(ON, Subset(layers=modes)), NetworkSide.COLLABORATIONS)
    )
    measured("all pairs of cities", lambda: overlaps(held.two_mode(ON, Subset(layers=modes)), NetworkSide.CITIES))
    for null_model in (NullModel.HYPERGEOMETRIC, NullModel.SDSM, NullModel.SDSM_APPROXIMATE):
        measured(
            f"{null_model.name} of networks",
            lambda: significance(two_mode, NetworkSide.COLLABORATIONS, null_model),  # noqa: B023
        )
    measured(
        "FDSM of networks, 10 trials",
        lambda: significance(two_mode, NetworkSide.COLLABORATIONS, NullModel.FDSM, trials=10),
    )

    _, projection = measured(
        "projection on the networks, Newman",
        lambda: project(two_mode, NetworkSide.COLLABORATIONS, ProjectionWeight.NEWMAN),
    )
    print(f"its measures ({len(projection.nodes)} nodes, {projection.tie_count} ties)")
    for measure in CentralityMeasure:
        measured(measure.name.lower(), lambda: centrality(projection, measure))  # noqa: B023

    print("full reports as pages, from the snapshot")
    null_model = NullModel.SDSM
    measured(
        "centrality: four measures, communities, drawing",
        lambda: report_page(centrality_report(held, ON, Subset()), "en"),
    )
    measured(
        "overlap, with p values",
        lambda: report_page(overlap_report(held, ON, Subset(), null_model=null_model), "en"),
    )

    print("other engines, called directly")
    others(two_mode)
    print("pure NetworkX")
    between, close = pure(two_mode, len(two_mode.nodes) if full else 200)
    for measure, theirs in ((CentralityMeasure.BETWEENNESS, between), (CentralityMeasure.CLOSENESS, close)):
        spent = ours[measure]
        print(f"  {measure.name.lower()}: NetworkX {theirs:.0f} s, here {spent:.2f} s: {theirs / spent:.0f} times")
    agreement(snapshot(CITIES // 10, NETWORKS // 10, TIES // 10).two_mode(ON))


if __name__ == "__main__":
    main(full="--full" in sys.argv)
