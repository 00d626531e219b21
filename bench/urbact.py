"""Compare figures computed from URBACT's cities × projects, 2000–2019, with the published figures.

    .venv/bin/python -m bench.urbact FOLDER

FOLDER contains `URBACT_Membership_GNidCorr_complete_V2.csv` (P. Gourdon, github.com/pgourdongeo) and the published
figures as `expected_published.json`. This repository does not include the data, because they have no licence. Prints
computed and published figures side by side. The exit code is 1 if any figure differs.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from graph.analysis import Centrality, Node, TwoMode, centrality, summarize
from graph.vocabulary import CentralityMeasure, NetworkSide

MEMBERSHIPS = "URBACT_Membership_GNidCorr_complete_V2.csv"
PHASES = {"2000-2006": range(2000, 2007), "2007-2013": range(2007, 2014), "2014-2020": range(2014, 2021)}
MEASURES = {
    "degree": CentralityMeasure.DEGREE,
    "betweenness": CentralityMeasure.BETWEENNESS,
    "closeness": CentralityMeasure.CLOSENESS,
    "eigenvector": CentralityMeasure.EIGENVECTOR,
}

Row = dict[str, str]


def rows(folder: Path) -> list[Row]:
    with (folder / MEMBERSHIPS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def degrees(text: str) -> float | None:
    return None if text == "NA" else float(text.replace(",", "."))


def two_mode(chosen: list[Row]) -> TwoMode:
    """Return the two-mode network of the rows, with one city per GeoNames id and one project per code."""
    cities = {
        row["geonameId"]: Node(
            row["geonameId"],
            row["asciiName"],
            "City",
            row["Country"],
            degrees(row["lat_GN"]),
            degrees(row["lng_GN"]),
        )
        for row in chosen
    }
    projects = {
        row["Code_Network"]: Node(row["Code_Network"], row["Network"], "Project", members_complete=True)
        for row in chosen
    }
    ties = ((row["geonameId"], row["Code_Network"]) for row in chosen)
    return TwoMode.from_ties(ties, cities=cities.values(), collaborations=projects.values())


def figures(network: TwoMode) -> dict[str, float]:
    """Compute the published figures, rounded as in the publication."""
    shape = summarize(network)
    assert shape.density is not None
    assert shape.diameter is not None
    cities, projects = shape.degrees[NetworkSide.CITIES], shape.degrees[NetworkSide.COLLABORATIONS]
    return {
        "links": shape.ties,
        "cities": len(network.cities),
        "projects": len(network.collaborations),
        "density": round(shape.density, 3),
        "diameter": shape.diameter,
        "components": len(shape.components),
        "mean_city_degree": round(cities.mean, 3),
        "median_city_degree": cities.median,
        "mean_project_degree": round(projects.mean, 3),
        "median_project_degree": projects.median,
    }


def ranks(found: Centrality) -> dict[str, int | None]:
    """Return the rank of each city by name. For cities with the same name, return the best rank."""
    return {score.node.name: score.rank for score in reversed(found.ranking("City"))}


def compared(folder: Path) -> Iterator[tuple[str, object, object]]:
    """Return the name, published value and computed value of every figure."""
    published = json.loads((folder / "expected_published.json").read_text(encoding="utf-8"))["published"]
    every = rows(folder)
    projects_of = Counter(city for city, _ in {(row["geonameId"], row["Code_Network"]) for row in every})
    parts = {
        "emnw": (published["emnw"], every),
        "em2nw": (published["em2nw"], [row for row in every if projects_of[row["geonameId"]] > 1]),
        **{
            phase: (published["phases"][phase], [row for row in every if int(row["Start"]) in years])
            for phase, years in PHASES.items()
        },
    }
    for name, (expected, chosen) in parts.items():
        found = figures(two_mode(chosen))
        for figure, value in expected.items():
            yield f"{name} {figure}", value, found[figure]
    network = two_mode(every)
    for figure, measure in MEASURES.items():
        found_ranks = ranks(centrality(network, measure))
        for city, expected in published["rank_clock_min_ties_full_graph"].items():
            yield f"rank of {city} by {figure}", expected[figure], found_ranks.get(city)


def main(folder: Path) -> int:
    differing = 0
    for name, expected, found in compared(folder):
        same = expected == found
        differing += not same
        print(f"{name:40} {expected!s:>8} {found!s:>8} {'' if same else '  differs'}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
