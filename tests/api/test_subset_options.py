"""Each option of a subset changes an answer of each analysis that accepts it, in Python, reports and GraphQL.

An option that cannot change an answer, because the answer contains only ties, for example, is refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from strawberry.utils.str_converters import to_camel_case
from typer.testing import CliRunner

from api.cli.main import app
from graph.access import Collaborations, SubsetOptions
from graph.analysis import AnalysisRunner, SnapshotReader
from graph.analysis.subset import Matches
from graph.analysis.subset_filters import find_matches
from graph.errors import BadArgument, CitygraphError
from graph.questions.declaration import arguments_of
from graph.questions.subset import SubsetArguments
from graph.registry import QUESTIONS
from graph.reports import Report, centrality_report, overlap_report
from graph.search import NameIndexReader
from graph.store import Store
from tests.api.conftest import ask_with, open_client
from tests.questions.graph_builder import SmallGraph, period

ON: Final = date(2024, 6, 1)
DATES: Final = [2019, 2023]

OPTIONS: Final[Mapping[str, Any]] = {
    "layers": ["network", "working_group"],
    "standings": ["in_force"],
    "include_applied": True,
    "countries": ["FI"],
    "bounding_box": (59, 20, 61, 30),
    "cities_where": {"population": {"gte": 100_000}},
    "networks_where": {"id": {"in": ["Network:two"]}},
    "theme": "Theme:safety",
    "network_kind": "local",
    "include_cities": ["City:a", "City:b"],
    "exclude_cities": ["City:b"],
    "include_networks": ["Network:one"],
    "exclude_networks": ["Network:one"],
    "min_degree": 2,
    "ego": "City:b",
    "radius": 1,
    "largest_component": True,
    "isolates": True,
}
"""A value for each option with which the answers about the graph below differ from those without it."""
EGO: Final = {"ego": OPTIONS["ego"]}
"""The option that `radius` needs, except in the method `ego`."""

OTHER_NODES: Final = "need the same nodes on every date"
NO_ISOLATES: Final = "isolates: nodes without ties do not change"
REFUSED: Final = {
    **{("turnover", option): OTHER_NODES for option in ("min_degree", "ego", "radius", "largest_component")},
    **{("lifetimes", option): OTHER_NODES for option in ("min_degree", "ego", "radius", "largest_component")},
    ("lifetimes", "standings"): "standings: lifetimes include ties of any standing",
    ("turnover", "isolates"): f"{NO_ISOLATES} growth and churn",
    ("lifetimes", "isolates"): f"{NO_ISOLATES} lifetimes",
    ("write_projection", "isolates"): f"{NO_ISOLATES} the ties of a projection",
    ("overlaps", "isolates"): f"{NO_ISOLATES} overlaps without a null model",
    ("table of ties", "isolates"): f"{NO_ISOLATES} a table of ties",
    ("ego", "ego"): "multiple values for keyword argument 'ego'",
    ("ego", "largest_component"): "largest_component: an ego network is connected",
}
"""The options that an analysis refuses, with the error."""


@pytest_asyncio.fixture
async def small(store: Store) -> Store:
    """Write a graph with two components, doubtful and former memberships, an application, and nodes without ties."""
    graph = SmallGraph()
    graph.themes("scheme", "safety")
    for slug, country, latitude, longitude, population in (
        ("a", "FI", 60.2, 25.0, 300_000),
        ("b", "FI", 65.0, 25.5, 200_000),
        ("c", "SE", 59.3, 18.1, 90_000),
        ("d", "SE", 59.9, 23.0, 80_000),
        ("e", "FI", 60.1, 24.0, 70_000),
        ("f", "FI", 60.5, 22.0, 60_000),
        ("g", "NO", 60.4, 25.3, 150_000),
        ("h", "NO", 69.6, 19.0, 50_000),
    ):
        place = {"country": country, "latitude": latitude, "longitude": longitude}
        graph.node(f"City:{slug}", population=population, **place)
    graph.network("one", "safety")
    graph.network("two")
    graph.network("three", kind="LOCAL")
    graph.network("four")
    graph.network("five")
    for city, network, begins in (
        ("a", "one", "2012-01-01"),
        ("b", "one", "2013-01-01"),
        ("a", "two", "2014-01-01"),
        ("b", "two", "2020-01-01"),
        ("c", "two", "2015-01-01"),
        ("b", "three", "2016-01-01"),
        ("c", "three", "2022-01-01"),
        ("g", "four", "2017-01-01"),
        ("h", "four", "2018-01-01"),
    ):
        graph.member(city, network, period(begins, "OPEN"))
    graph.member("c", "one", period("2018-01-01", attested="2021-01-01"))
    graph.member("d", "one", period("2010-01-01", "2022-01-01"))
    graph.member("g", "three", period("2011-01-01", "2018-01-01"))
    graph.member("h", "two", period("2011-01-01", "2018-01-01"))
    graph.member("e", "one", period("2019-01-01", "OPEN"), status="APPLIED")
    graph.node("WorkingGroup:group")
    graph.relate("WorkingGroup:group", "PART_OF", "Network:one")
    for city in ("a", "b", "g"):
        graph.relate(f"City:{city}", "PARTICIPATES_IN", "WorkingGroup:group", **period("2015-01-01", "OPEN"))
    await graph.replace_all(store)
    return store


@pytest_asyncio.fixture
async def data(small: Store) -> Collaborations:
    snapshot = await SnapshotReader(small).current()
    async with small.reading() as reader:
        found = {
            label: await find_matches(reader, label, OPTIONS[option], ON)
            for label, option in (("City", "cities_where"), ("Network", "networks_where"))
        }

    def find(label: str, _where: object, _day: date) -> Matches:
        return found[label]

    return Collaborations(snapshot, find)


def answers(ask: Callable[[str], object], *nodes: str) -> list[object]:
    """Return the answers about several nodes. An error counts as an answer: the node has no tie, for example."""
    found: list[object] = []
    for node in nodes:
        try:
            found.append(ask(node))
        except CitygraphError as error:
            found.append(str(error))
    return found


def _written(data: Collaborations, path: Path, options: Mapping[str, Any]) -> object:
    """Return the rows of a file of a projection without their provenance, which states the options."""
    data.write_projection(path / "pairs.csv", on=ON, **options)
    return [line.split(",")[:4] for line in (path / "pairs.csv").read_text(encoding="utf-8").splitlines()]


def _lifetimes(data: Collaborations, options: Mapping[str, Any]) -> object:
    table = data.lifetimes(ON, **options)
    return table.to_csv(), [table.attrs[name] for name in ("ties", "ended", "without_beginning")]


def _graph(graph: Any) -> object:
    return sorted(map(str, graph.nodes(data=True))), sorted(map(str, graph.edges(data=True)))


def _report(report: Report) -> object:
    return report.tables, report.notes, report.network


NODES: Final = ("City:a", "City:f", "City:g")

ANALYSES: Final[Mapping[str, Callable[[Collaborations, Path, Mapping[str, Any]], object]]] = {
    "select": lambda data, _, options: [data.select(ON, **options).nodes, data.select(ON, **options).tie_count],
    "two_mode": lambda data, _, options: _graph(data.two_mode(ON, **options)),
    "projection": lambda data, _, options: _graph(data.projection(on=ON, **options)),
    "write_projection": _written,
    "neighbours": lambda data, _, options: answers(
        lambda node: data.neighbours(node, on=ON, **options).to_csv(), *NODES
    ),
    "overlaps": lambda data, _, options: data.overlaps("cities", on=ON, **options).to_csv(),
    "p values": lambda data, _, options: data.overlaps(null_model="hypergeometric", on=ON, **options).to_csv(),
    "robustness": lambda data, _, options: data.robustness(ON, **options).to_csv(),
    "rank_bounds": lambda data, _, options: data.rank_bounds(ON, **options).to_csv(),
    "summary": lambda data, _, options: str(data.summary(on=ON, **options)),
    "turnover": lambda data, _, options: data.turnover(DATES, **options).to_csv(),
    "lifetimes": lambda data, _, options: _lifetimes(data, options),
    "ego": lambda data, _, options: [_graph(data.ego(node, on=ON, **options)) for node in NODES],
    "hypergraph": lambda data, _, options: [data.hypergraph(ON, **options)[key] for key in ("nodes", "edges")],
    "table of ties": lambda data, _, options: data.dataframe(on=ON, **options).to_csv(),
    "table of cities": lambda data, _, options: data.dataframe("cities", measures="degree", on=ON, **options).to_csv(),
    "communities": lambda data, _, options: data.communities(trials=1, on=ON, **options).to_csv(),
    "series": lambda data, _, options: data.series(DATES, **options).to_csv(),
    "dynamic_two_mode": lambda data, _, options: _graph(data.dynamic_two_mode("2019-01-01", ON, **options)),
    "report centrality": lambda data, _, options: _report(
        centrality_report(data.snapshot, ON, data._subset(SubsetOptions(**options), ON), dates=[ON])
    ),
    "report overlap": lambda data, _, options: _report(
        overlap_report(data.snapshot, ON, data._subset(SubsetOptions(**options), ON))
    ),
}
WITHOUT_SUBSET: Final = {"search"}
OTHER_NAMES: Final = {"dataframe", "snapshot"}


def test_every_option_has_a_value() -> None:
    assert list(OPTIONS) == [argument.name for argument in arguments_of(SubsetArguments)]


def test_every_method_is_an_analysis() -> None:
    methods = {name for name in vars(Collaborations) if not name.startswith("_")}
    assert methods - WITHOUT_SUBSET - OTHER_NAMES <= set(ANALYSES)


@pytest.mark.parametrize("analysis", ANALYSES)
async def test_options_in_python_and_reports(data: Collaborations, tmp_path: Path, analysis: str) -> None:
    ask = ANALYSES[analysis]
    usual = ask(data, tmp_path, {})
    for option, value in OPTIONS.items():
        is_radius = option == "radius" and analysis != "ego"
        options = (EGO if is_radius else {}) | {option: value}
        if (error := REFUSED.get((analysis, option))) is not None:
            with pytest.raises((CitygraphError, TypeError), match=re.escape(error)):
                ask(data, tmp_path, options)
        else:
            without = ask(data, tmp_path, EGO) if is_radius else usual
            assert ask(data, tmp_path, options) != without, option


def test_a_file_of_ties_has_no_isolates(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("city,network\na,one\n", encoding="utf-8")
    words = ["report", "projection", "--roster", str(roster), "--isolates", "--output", str(tmp_path / "pairs.csv")]
    with pytest.raises(BadArgument, match=REFUSED["write_projection", "isolates"]):
        CliRunner().invoke(app, words, catch_exceptions=False)


QUERIES: Final = {
    "centrality": "nodes { node { id } value } totalCount",
    "communities": "nodes { node { id } community }",
    "overlaps": "nodes { node { id } other { id } jaccard significance { p tests } }",
    "twoModeNetwork": "nodes { node { id } degree distance } cities networks ties",
}
ARGUMENTS: Final = {"centrality": "measure: DEGREE, normalisation: NONE, "}


def test_every_question_with_a_subset_is_queried() -> None:
    taking = [
        to_camel_case(name)
        for name, question in QUESTIONS.items()
        if any(argument.nested for argument in arguments_of(question.arguments))
    ]
    assert sorted(taking) == sorted(QUERIES)


def _input(option: str, value: Any) -> object:
    match option:
        case "layers" | "standings":
            return [word.upper() for word in value]
        case "network_kind":
            return value.upper()
        case "bounding_box":
            return dict(zip(("south", "west", "north", "east"), value, strict=True))
        case _:
            return value


@pytest.mark.parametrize("question", QUERIES)
async def test_options_in_graphql(small: Store, runner: AnalysisRunner, names: NameIndexReader, question: str) -> None:
    arguments = f'{ARGUMENTS.get(question, "")}on: "{ON}", subset: $subset'
    query = f"query ($subset: Subset!) {{ {question}({arguments}) {{ {QUERIES[question]} }} }}"
    async with open_client(small, runner, names) as client:
        ask = ask_with(client)
        usual, near = await ask(query, subset={}), await ask(query, subset=EGO)
        for option, value in OPTIONS.items():
            is_radius = option == "radius"
            subset = (EGO if is_radius else {}) | {to_camel_case(option): _input(option, value)}
            assert await ask(query, subset=subset) != (near if is_radius else usual), option
