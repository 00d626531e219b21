"""The network of a period: its spells give the network of each of its days, and follow the rules of GEXF."""

import io
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import Snapshot, Subset
from graph.analysis.dynamic_graph import Spell, dynamic_graph
from graph.analysis.roster import read_roster
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.errors import AnalysisError
from graph.reports import Format, Report, centrality_report, render
from graph.vocabulary import Standing

START = date(2020, 1, 1)
NAMESPACE = "{http://www.gexf.net/1.2draft}"

offsets = st.integers(0, 40)
rows = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), *(offsets,) * 5, st.sampled_from(["MEMBER", "APPLIED"])),
    max_size=6,
)


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def snapshot(ties: list[tuple[str, str, int, int, int, int, int, str]]) -> Snapshot:
    return build_snapshot(
        1,
        cities=[CityRow("City:a"), CityRow("City:b")],
        collaborations=[CollaborationRow("Network:x"), CollaborationRow("Network:y")],
        ties=[
            TieRow(
                city=f"City:{city}",
                collaboration=f"Network:{network}",
                fact=None,
                possible_from=day(possible_from),
                shown_from=day(shown_from),
                shown_until=day(shown_until),
                lapses_on=day(lapses_on),
                stands_until=day(stands_until),
                begins_stated=True,
                ends_stated=True,
                status=status,
            )
            for city, network, possible_from, shown_from, shown_until, lapses_on, stands_until, status in ties
        ],
    )


def lasts(spells: list[Spell], on: date) -> bool:
    return sum((first or "") <= on.isoformat() <= (last or "9999") for first, last in spells) == 1


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(rows, offsets, offsets, st.sets(st.sampled_from(Standing)), st.booleans())
def test_spells_give_the_network_of_each_day(
    ties: list[tuple[str, str, int, int, int, int, int, str]],
    one: int,
    other: int,
    standings: set[Standing],
    include_applied: bool,
) -> None:
    first, last = day(min(one, other)), day(max(one, other))
    built, subset = snapshot(ties), Subset(standings=tuple(standings), include_applied=include_applied)
    graph = dynamic_graph(built.two_mode_between(first, last, subset), first, last)
    for offset in range(-1, 43):
        on = day(offset)
        expected = built.two_mode(on, subset).to_networkx() if first <= on <= last else nx.Graph()
        ends = {frozenset(ends) for *ends, data in graph.edges(data=True) if lasts(data["spells"], on)}
        assert ends == set(map(frozenset, expected.edges))
        assert {node for node, data in graph.nodes(data=True) if lasts(data["spells"], on)} == set(expected)
    for city, network, data in graph.edges(data=True):
        closing = date.fromisoformat(str(data["spells"][-1][1]))
        assert data["standing"] == built.two_mode(closing, subset).to_networkx().edges[city, network]["standing"]


def report(folder: Path, on: date = date(2024, 6, 1)) -> Report:
    (folder / "roster.csv").write_text(
        "city,network,from,until\nOulu,A,2010,2012\nOulu,A,2020,\nTurku,A,2013,2016\nTurku,B,2015-06-01,2016-03-10\n"
        "Vaasa,B,1990,2001\nPori,B,2016,\n",
        encoding="utf-8",
    )
    dates = [date(year, 12, 31) for year in (2011, 2015, 2021)]
    period = dates[0], dates[-1]
    return centrality_report(read_roster(folder / "roster.csv"), on, Subset(), dates=dates, period=period, command="c")


def test_a_report_over_time_writes_the_network_of_the_period(tmp_path: Path) -> None:
    file = render(report(tmp_path), Format.GEXF)
    network = nx.read_gexf(io.BytesIO(file))
    assert {tuple(sorted(ends)): data["spells"] for *ends, data in network.edges(data=True)} == {
        ("City:Oulu", "Network:A"): [("2011-12-31", "2012-12-31"), ("2020-01-01", "2021-12-31")],
        ("City:Turku", "Network:A"): [("2013-01-01", "2016-12-31")],
        ("City:Turku", "Network:B"): [("2015-06-01", "2016-03-09")],
        ("City:Pori", "Network:B"): [("2016-01-01", "2021-12-31")],
    }
    spells = {node: data["spells"] for node, data in network.nodes(data=True)}
    assert spells["Network:A"] == [("2011-12-31", "2016-12-31"), ("2020-01-01", "2021-12-31")]
    assert spells["Network:B"] == [("2015-06-01", "2021-12-31")]
    # Turku has no tie on the date of the report, so no measure and no community.
    oulu, turku = network.nodes["City:Oulu"], network.nodes["City:Turku"]
    assert [("community" in node, "degree" in node) for node in (oulu, turku)] == [(True, True), (False, False)]
    assert (oulu["ties"], turku["ties"]) == (1, 2)
    assert turku["viz"]["color"] != oulu["viz"]["color"]
    assert b"contains the nodes and ties of all days from 2011-12-31 to 2021-12-31, with their spells" in file
    # The other formats have the ties of the date.
    assert "City:Turku" not in nx.read_graphml(io.BytesIO(render(report(tmp_path), Format.GRAPHML)))


def test_spells_follow_the_rules_of_gexf(tmp_path: Path) -> None:
    """Gephi refuses overlapping spells, and a tie lasts only while both of its nodes do."""
    root = ElementTree.fromstring(render(report(tmp_path), Format.GEXF))
    graph = root.find(f"{NAMESPACE}graph")
    assert graph is not None
    assert (graph.get("mode"), graph.get("timeformat")) == ("dynamic", "date")
    periods: dict[str | None, list[tuple[date, date]]] = {}
    elements = [*graph.iter(f"{NAMESPACE}node"), *graph.iter(f"{NAMESPACE}edge")]
    for element in elements:
        own = [
            (date.fromisoformat(spell.attrib["start"]), date.fromisoformat(spell.attrib["end"]))
            for spell in element.iter(f"{NAMESPACE}spell")
        ]
        assert own
        assert all(start <= end for start, end in own)
        assert all(end < start for (_, end), (start, _) in pairwise(own))
        for node in (element.get("source"), element.get("target")) if element.tag.endswith("edge") else ():
            assert all(any(begin <= start and end <= stop for begin, stop in periods[node]) for start, end in own)
        if element.tag.endswith("node"):
            periods[element.get("id")] = own


def test_a_period_with_too_many_ties_names_the_format_to_leave_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network of the date has two ties, that of the period four."""
    monkeypatch.setattr("graph.reports.network_tables._MAX_EXPORT_TIES", 3)
    with pytest.raises(AnalysisError) as raised:
        report(tmp_path)
    assert raised.value.message == (
        "the network of the days from 2011-12-31 to 2021-12-31 has 4 ties; the limit for gexf is 3"
    )
    assert raised.value.hint == "leave out gexf, choose a shorter period, or filter by country, theme or kind"


def test_filters_by_ties_apply_to_the_period(tmp_path: Path) -> None:
    report(tmp_path)
    built = read_roster(tmp_path / "roster.csv")
    first, last = date(2012, 1, 1), date(2016, 12, 31)
    found = dynamic_graph(built.two_mode_between(first, last, Subset(min_degree=2)), first, last)
    assert set(found) == {"City:Turku", "Network:A", "Network:B"}
    empty = built.two_mode_between(date(1980, 1, 1), date(1981, 1, 1))
    assert (empty.nodes, empty.reason) == ((), "no source shows a tie in the period")
