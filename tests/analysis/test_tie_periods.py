"""The beginning, end and spells of ties: only stated days are `from` and `until`, and overlapping periods are one."""

import io
from datetime import date
from pathlib import Path

import networkx as nx

from graph.analysis import Subset
from graph.analysis.roster import read_roster
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.reports import Format, centrality_report, render
from graph.vocabulary import Standing

ON = date(2023, 11, 27)
FOUNDED, SHOWN, END = date(2016, 1, 1), date(2020, 5, 1), date(2024, 3, 1)
NEVER = date.max

PERIODS = {
    "stated": (SHOWN, SHOWN, ON, NEVER, NEVER, True, False),
    "founded": (FOUNDED, SHOWN, ON, NEVER, NEVER, False, False),
    "unknown": (date.min, SHOWN, ON, NEVER, NEVER, False, False),
    "ended": (FOUNDED, SHOWN, END, NEVER, END, False, True),
    "network-ended": (SHOWN, SHOWN, END, NEVER, END, True, False),
}
FACTS = {
    "stated": {"from": "2020-05-01"},
    "founded": {"earliest_from": "2016-01-01", "attested_from": "2020-05-01", "periods": "2020-05-01/"},
    "unknown": {"attested_from": "2020-05-01", "periods": "2020-05-01/"},
    "ended": {
        "earliest_from": "2016-01-01",
        "attested_from": "2020-05-01",
        "until": "2024-03-01",
        "periods": "2020-05-01/2024-03-01",
    },
    "network-ended": {"from": "2020-05-01", "periods": "2020-05-01/2024-03-01"},
}


def test_a_day_that_no_source_states_is_not_exported_as_stated() -> None:
    snapshot = build_snapshot(
        1,
        cities=[CityRow(f"City:{name}") for name in PERIODS],
        collaborations=[CollaborationRow("Network:x")],
        ties=[TieRow(f"City:{name}", "Network:x", None, *period) for name, period in PERIODS.items()],
    )
    edges = snapshot.two_mode(ON).to_networkx().edges(data=True)
    standing = {"standing", "layer"}
    assert {
        city.removeprefix("City:"): {name: value for name, value in data.items() if name not in standing}
        for city, _, data in edges
    } == FACTS
    file = render(centrality_report(snapshot, ON, Subset(), command="citygraph report centrality"), Format.GEXF)
    network = nx.read_gexf(io.BytesIO(file))
    spells = {city: network.edges[f"City:{city}", "Network:x"]["spells"] for city in PERIODS}
    # The reader of NetworkX reads an open end as this text.
    assert spells == {
        "stated": [("2020-05-01", "None")],
        "founded": [("2020-05-01", "None")],
        "unknown": [("2020-05-01", "None")],
        "ended": [("2020-05-01", "2024-02-29")],
        "network-ended": [("2020-05-01", "2024-02-29")],
    }


def test_a_tie_shown_only_after_its_end_has_no_spell() -> None:
    """A source of 2025 shows members of a network that ended in 2024."""
    late = (date.min, date(2025, 1, 1), END, NEVER, END, False, True)
    ties = [
        TieRow("City:late", "Network:x", None, *late, status="MEMBER"),
        TieRow("City:applied", "Network:x", None, *late, status="APPLIED"),
        TieRow("City:ended", "Network:x", None, *PERIODS["ended"], status="MEMBER"),
        TieRow("City:ended", "Network:x", None, *late, status="MEMBER"),
    ]
    snapshot = build_snapshot(
        1,
        cities=[CityRow(f"City:{name}") for name in ("late", "applied", "ended")],
        collaborations=[CollaborationRow("Network:x")],
        ties=ties,
    )
    subset = Subset(standings=tuple(Standing), include_applied=True)
    edges = snapshot.two_mode(ON, subset).to_networkx().edges(data="periods")
    assert {city: spells for city, _, spells in edges} == {
        "City:late": None,
        "City:applied": None,
        "City:ended": "2020-05-01/2024-03-01",
    }
    file = render(centrality_report(snapshot, ON, subset, command="citygraph report centrality"), Format.GEXF)
    assert {city: spells for city, _, spells in nx.read_gexf(io.BytesIO(file)).edges(data="spells")} == {
        "City:late": None,
        "City:applied": None,
        "City:ended": [("2020-05-01", "2024-02-29")],
    }


def test_overlapping_periods_of_a_pair_are_one(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "city,network,from,until,status,grade\n"
        "Oulu,X,1991,2004,left,observer\nOulu,X,2005,,member,full\n"
        "Turku,X,1991,2004,,\nTurku,X,2005,,,\n"
        "Espoo,X,1991,2003,,\nEspoo,X,2005,,,\n"
        "Vaasa,X,,2010,,\nVaasa,X,2005,2030,,\n"
        "Pori,X,2005,2030,,\nPori,X,2010,2012,,\n",
        encoding="utf-8",
    )
    tie = {"standing": "IN_FORCE", "layer": "Network"}
    snapshot = read_roster(tmp_path / "roster.csv")
    assert {city: data for city, _, data in snapshot.two_mode(ON).to_networkx().edges(data=True)} == {
        "City:Oulu": tie | {"status": "MEMBER", "grade": "FULL", "from": "1991-01-01"},
        "City:Turku": tie | {"from": "1991-01-01"},
        "City:Espoo": tie | {"from": "2005-01-01", "periods": "1991-01-01/2004-01-01 2005-01-01/"},
        "City:Vaasa": tie | {"until": "2031-01-01"},
        "City:Pori": tie | {"from": "2005-01-01", "until": "2031-01-01"},
    }
    before = snapshot.two_mode(date(2000, 1, 1)).to_networkx().edges["City:Oulu", "Network:X"]
    assert before == tie | {"status": "LEFT", "grade": "OBSERVER", "from": "1991-01-01"}
