"""Reports on the seeds: contents, output formats and comparison."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow.parquet as pq
import pytest
from icalendar import Calendar

from graph.analysis import Node, SnapshotReader, Subset, TwoMode, significance, summarize
from graph.analysis import centrality as compute_centrality
from graph.analysis.roster import read_roster
from graph.errors import AnalysisError, UnknownId
from graph.questions import (
    cost_per_network,
    duplicate_activity,
    follow_ups_due,
    leave_impact,
    peer_cities,
    renewals_due,
    reports_due,
    theme_coverage,
)
from graph.reports import (
    FORMATS,
    MEASURES,
    Format,
    Report,
    centrality_report,
    difference,
    expect_format,
    load_names,
    overlap_report,
    question_report,
    render,
)
from graph.reports.formats import report_formats
from graph.reports.formats.cell_text import number_text
from graph.reports.layout import MAX_DRAWN_NODES, draw, positions
from graph.reports.report import Provenance
from graph.store import Store
from graph.tables import Column, Kind, Lines, Table
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CommunityMethod,
    NetworkSide,
    NullModel,
    ProjectionWeight,
    Standing,
)

ON = date(2023, 11, 27)
NSC = "Network:nordic-safe-cities"
GUIDELINES = "Programme:vantaa-international-guidelines-2025-2026"


async def centrality(store: Store) -> Report:
    """Return a report with a time series. Its GEXF file is that of a report without one."""
    snapshot = await SnapshotReader(store).current()
    dates, command = [date(year, 12, 31) for year in (2015, 2023)], "citygraph report centrality"
    return centrality_report(snapshot, ON, Subset(), dates=dates, seed=7, command=command)


async def overlap(store: Store) -> Report:
    return overlap_report(await SnapshotReader(store).current(), ON, Subset(), null_model=NullModel.HYPERGEOMETRIC)


async def cost(store: Store, first: int = 2020, last: int = 2025, city: str = "City:vantaa") -> Report:
    arguments = cost_per_network.Arguments(city=city, from_=first, until=last)
    return await question_report(store, cost_per_network.QUESTION, arguments)


async def duplicates(store: Store) -> Report:
    return await question_report(store, duplicate_activity.QUESTION, duplicate_activity.QUESTION.examples[0])


async def renewals(store: Store) -> Report:
    return await question_report(store, renewals_due.QUESTION, renewals_due.QUESTION.examples[0])


async def follow_ups(store: Store) -> Report:
    return await question_report(store, follow_ups_due.QUESTION, follow_ups_due.QUESTION.examples[0])


async def reports_of_contacts(store: Store) -> Report:
    return await question_report(store, reports_due.QUESTION, reports_due.QUESTION.examples[0])


async def coverage(store: Store) -> Report:
    arguments = theme_coverage.Arguments(city="City:vantaa", on=date(2025, 12, 1), programme=GUIDELINES)
    return await question_report(store, theme_coverage.QUESTION, arguments)


async def peers(store: Store) -> Report:
    return await question_report(store, peer_cities.QUESTION, peer_cities.QUESTION.examples[0])


async def leaving(store: Store) -> Report:
    return await question_report(store, leave_impact.QUESTION, leave_impact.QUESTION.examples[0])


REPORTS: dict[str, Callable[[Store], Awaitable[Report]]] = {
    function.__name__: function
    for function in (
        centrality,
        overlap,
        cost,
        duplicates,
        renewals,
        follow_ups,
        reports_of_contacts,
        coverage,
        peers,
        leaving,
    )
}

_reports: dict[tuple[str, int], Report] = {}


async def report_of(store: Store, kind: str) -> Report:
    """Return a report, which is computed once for each revision of the graph."""
    key = kind, await store.revision()
    if key not in _reports:
        _reports[key] = await REPORTS[kind](store)
    return _reports[key]


def formats(report: Report) -> tuple[Format, ...]:
    found = report_formats(has_network=report.network is not None, has_calendar=report.calendar is not None)
    return tuple(form for form in found if form is not Format.HTML)


def rows(report: Report, table: str | None = None) -> list[dict[str, str]]:
    found = list(csv.DictReader(io.StringIO(render(report, Format.CSV, table=table).decode())))
    assert [row.pop("provenance") for row in found][1:] == [""] * (len(found) - 1)
    return [row for row in found if any(row.values())]


# --- Contents --------------------------------------------------------------------------------


async def test_centrality_of_the_cities(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "centrality")
    first = rows(report)[0]
    assert (first["node"], first["node_id"], first["mode"], first["country"]) == (
        "Helsinki",
        "City:helsinki",
        "City",
        "FI",
    )
    assert (first["ties"], first["degree_rank"], first["lower_bound"]) == ("19", "1", "true")
    (nsc,) = [row for row in rows(report, "networks") if row["node_id"] == NSC]
    assert (nsc["mode"], nsc["ties"], nsc["lower_bound"]) == ("Network", "21", "false")
    assert {row["measure"] for row in rows(report, "measures")} == {"DEGREE", "BETWEENNESS", "CLOSENESS", "HARMONIC"}
    assert {row["day"] for row in rows(report, "over_time")} == {"2015-12-31", "2023-12-31"}
    assert NSC not in {row["node_id"] for row in rows(report, "over_time") if row["day"] == "2015-12-31"}


async def test_ranks_by_ties_are_named_so(seeded_store: Store) -> None:
    columns = [column.key for column in (await report_of(seeded_store, "centrality")).tables[0].columns]
    assert columns[-3:] == ["ties_best_rank", "ties_worst_rank", "lower_bound"]


@pytest.mark.slow
async def test_methods_of_communities(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    for method, name in zip(CommunityMethod, ("Louvain", "Leiden", "BRIM", "BRIM"), strict=True):
        report = centrality_report(snapshot, ON, Subset(), community_method=method, networks=False)
        assert ("communities", method.name) in report.parameters
        (table,) = [table for table in report.tables if table.key == "communities"]
        assert table.note.startswith(name)
        assert "Barber's two-mode modularity 0." in table.note
        assert ("Two-mode modularity ranged from" in table.note) == method.is_two_mode
    overlaps = overlap_report(snapshot, ON, Subset(), community_method=CommunityMethod.LEIDEN, networks=False)
    (table,) = [table for table in overlaps.tables if table.key == "communities"]
    assert table.note.startswith("Leiden")


async def test_overlap_of_eccar_and_nordic_safe_cities(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "overlap")
    (pair,) = [row for row in rows(report) if (row["first_id"], row["second_id"]) == ("Network:eccar", NSC)]
    assert (pair["shared"], pair["shares"], pair["lower_bound"]) == ("1", "Stockholm", "true")
    assert (pair["p_upper_bound"], pair["p_conditional"]) == ("false", "true")


async def test_overlap_warns_about_too_few_trials(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    tests = significance(snapshot.two_mode(ON), NetworkSide.COLLABORATIONS).tests
    report = overlap_report(snapshot, ON, Subset(), null_model=NullModel.FDSM, trials=10)
    assert (
        "Too few trials: with 10, the smallest p value is 1/11, and the corrected p value of a single pair cannot "
        f"reach 0.05. Use at least {20 * tests - 1} trials."
    ) in report.notes
    count = len(rows(report))
    assert (
        f"Conditional: {count} of {count} p values depend on an incomplete roster and hold only for the recorded "
        "members. Members may be recorded because they are in the other network: check the sources of both networks "
        "before you cite a pair."
    ) in report.notes


def test_bounds_are_marked() -> None:
    columns = (
        Column("p", "p", Kind.NUMBER, bounded=True, bound_by="tiny", bound_sign="<"),
        Column("tiny", "Tiny", Kind.FLAG),
    )
    table = Table("pairs", "Pairs", columns, ((1e-15, True), (0.5, False)), ("p",))
    report = Report("overlap", "", "", (), (table,), Provenance(1, "", "", None, {}, ""))
    text = render(report, Format.MD).decode()
    assert "| \\< 1e-15 | yes |\n| 0.5 | no |" in text


@pytest.mark.slow
async def test_overlap_of_one_city_and_of_cities(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    vantaa = overlap_report(snapshot, ON, Subset(), city="City:vantaa")
    assert [(r["first_id"], r["second_id"]) for r in rows(vantaa)] == [
        ("Network:eurocities", NSC),
        ("Network:covenant-of-mayors", "Network:eurocities"),
        ("Network:covenant-of-mayors", NSC),
    ]
    cities = overlap_report(snapshot, ON, Subset(), projection=NetworkSide.CITIES, city="City:vantaa")
    assert all("City:vantaa" in (r["first_id"], r["second_id"]) for r in rows(cities))
    assert rows(cities)[0]["shares"] == "Covenant of Mayors; Eurocities; Nordic Safe Cities"
    with pytest.raises(AnalysisError, match="has no tie"):
        overlap_report(snapshot, ON, Subset(), city="City:atlantis")


@pytest.mark.slow
async def test_overlap_of_one_network_and_of_many_shared_nodes(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    whole = overlap_report(snapshot, ON, Subset(), networks=False)
    pairs = {(row["first_id"], row["second_id"]): int(row["shared"].lstrip("≥ ")) for row in rows(whole)}
    found = overlap_report(snapshot, ON, Subset(), network=NSC, least_shared=3)
    assert {(row["first_id"], row["second_id"]) for row in rows(found)} == {
        pair for pair, shared in pairs.items() if NSC in pair and shared >= 3
    }
    assert ("network", NSC) in found.parameters
    assert ("shared at least", "3") in found.parameters
    assert found.network is not None
    assert {frozenset(tie) for tie in found.network.edges} == {
        frozenset(pair) for pair, shared in pairs.items() if shared >= 3
    }
    cities = overlap_report(snapshot, ON, Subset(), projection=NetworkSide.CITIES, network=NSC, networks=False)
    members = set(snapshot.two_mode(ON).to_networkx()[NSC])
    assert rows(cities)
    assert all({row["first_id"], row["second_id"]} <= members for row in rows(cities))
    with pytest.raises(AnalysisError, match="has no tie") as raised:
        overlap_report(snapshot, ON, Subset(), network="Network:nordic-save-cities")
    assert f"similar ids: {NSC}, " in raised.value.hint


async def test_p_values_of_a_subset_are_conditional(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    two = Subset(include_networks=("Network:eurocities", "Network:covenant-of-mayors"))
    report = overlap_report(snapshot, ON, two, null_model=NullModel.HYPERGEOMETRIC, networks=False)
    cities = len(snapshot.two_mode(ON, two).cities)
    assert any(
        note.startswith(
            f"Conditional: the p values hold only for the networks of the subset and the {cities} cities with"
        )
        for note in report.notes
    )
    assert {row["p_conditional"] for row in rows(report)} == {"true"}
    countries = Subset(countries=("FI",))
    whole = overlap_report(snapshot, ON, countries, null_model=NullModel.HYPERGEOMETRIC, networks=False)
    assert not any("networks of the subset" in note for note in whole.notes)


async def test_overlap_of_hyperedges(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "overlap")
    graph = (await SnapshotReader(seeded_store).current()).two_mode(ON).to_networkx()
    found = {row["network_id"]: row for row in rows(report, "hyperedges")}
    assert {network: int(row["cities"].lstrip("≥ ")) for network, row in found.items()} == {
        node: degree for node, degree in graph.degree if not node.startswith("City:")
    }
    (vantaa,) = (row for row in rows(report, "egonets") if row["city_id"] == "City:vantaa")
    peers = {city for network in graph["City:vantaa"] for city in graph[network]}
    assert int(vantaa["cities"].lstrip("≥ ")) == len(peers)
    assert float(vantaa["overlapness"]) == pytest.approx(
        sum(len(graph[network]) for network in graph["City:vantaa"]) / len(peers)
    )


async def test_cost_sources_and_unknown_fees(seeded_store: Store) -> None:
    report = await cost(seeded_store)
    years = [row for row in rows(report, "years") if row["network_id"] == NSC]
    assert [(row["year"], row["fee"], row["currency"]) for row in years] == [
        ("2020", "", ""),
        ("2021", "", ""),
        *((str(year), "10000.00", "EUR") for year in range(2022, 2026)),
    ]
    assert years[-1]["decision_id"] == "Decision:vantaa-kh-2023-11-27-15"
    assert years[-1]["budget_line"] == "104060300"
    assert "p. 1, perustelut: “vuosina 2024–2025 jäsenyys maksaa 10 000 euroa vuodessa" in years[-1]["sources"]
    assert rows(report, "totals") == [{"currency": "EUR", "total": "40000.00", "lower_bound": "true"}]
    with pytest.raises(UnknownId):
        await cost(seeded_store, city="City:atlantis")


async def test_duplicates(seeded_store: Store) -> None:
    report = await duplicates(seeded_store)
    (pair,) = (row for row in rows(report) if row["two_id"] == NSC)
    assert (pair["one_id"], pair["score"], pair["strength"]) == ("Network:eurocities", "7.0", "STRONG")
    assert "Social affairs Forum" in pair["parts"]
    assert (pair["same_unit"], pair["cost_one"], pair["cost_two"]) == ("", "", "10000.00 EUR")
    assert pair["sources"]
    assert [(row["fee"], row["currency"], row["pairs"]) for row in rows(report, "collaborations")][:3] == [
        ("", "", "3"),
        ("", "", "1"),
        ("10000.00", "EUR", "1"),
    ]
    missing = {(row["unknown"], row["kind"]): row["count"] for row in rows(report, "missing")}
    assert missing["THEMES", "TWINNING"] == "14"
    assert report.parameters == (("city", "City:vantaa"), ("on", "2025-03-01"))
    example = replace(duplicate_activity.QUESTION.examples[0], include_applied=True)
    with_applied = await question_report(seeded_store, duplicate_activity.QUESTION, example)
    assert with_applied.parameters[-1] == ("include_applied", "yes")


async def test_renewals_and_calendar(seeded_store: Store) -> None:
    report = await renewals(seeded_store)
    (term,) = rows(report)
    assert (term["decide_by"], term["network_id"], term["reason"]) == ("2025-12-31", NSC, "REVIEW_DUE")
    assert (term["last_day"], term["overdue"], term["later_decisions"]) == ("2025-12-31", "false", "")
    without_term = rows(report, "without_term")
    assert "Network:eurocities" in {row["network_id"] for row in without_term}
    assert rows(report, "without_end") == []
    assert report.summary == (
        "Terms to decide on: 1, of them overdue: 0. Memberships without a recorded term: "
        f"{len(without_term)}; whose term has no known end: 0."
    )
    assert "vuonna 2025 arvioitavaksi" in term["sources"].split(";")[0]
    (event,) = Calendar.from_ical(render(report, Format.ICS)).events
    assert (event.DTSTART, event.uid) == (
        date(2025, 12, 31),
        "membershipterm-vantaa-nordic-safe-cities-2024-2025@citygraph",
    )
    assert "vuonna 2025 arvioitavaksi" in event["description"]


async def test_follow_ups_and_projects_without_a_known_end(seeded_store: Store) -> None:
    report = await follow_ups(seeded_store)
    without_end = rows(report, "without_end")
    assert "Project:vantaa-smile" in {row["project_id"] for row in without_end}
    assert report.summary == (
        f"Follow-ups due: {len(rows(report))}. Projects whose end no source states: {len(without_end)}."
    )


async def test_days_of_sources_have_the_precision_of_the_source(seeded_store: Store) -> None:
    """A source of a year shows the year. The date of a report and the end of a decided term are exact."""
    projects = await follow_ups(seeded_store)
    shown = {row["project_id"]: row["attested_on"] for row in rows(projects, "without_end")}
    grow = "Project:grow-leave-no-neighbourhood-behind"
    assert (shown[grow], shown["Project:vantaa-smile"]) == ("2022", "2024-05-30")
    index = [row[0].id for row in projects.tables[1].rows].index(grow)
    assert json.loads(render(projects, Format.JSON))["tables"]["without_end"]["rows"][index]["attested_on"] == "2022"
    parquet = pq.read_table(io.BytesIO(render(projects, Format.PARQUET, table="without_end")))
    assert parquet["attested_on"][index].as_py() == date(2022, 12, 31)
    things = {
        (row["thing_id"], row["standing"]): row["shown_on"] for row in rows(await coverage(seeded_store), "things")
    }
    assert things[grow, "ATTESTED_EARLIER"] == "2022"
    assert things["WorkingGroup:eurocities-roma-inclusion", "ATTESTED_EARLIER"] == "2013"
    assert things["Network:eurocities", "IN_FORCE"] == "2025-12-01"
    arguments = renewals_due.Arguments(city="City:vantaa", by=date(2026, 12, 1), on=date(2026, 11, 30))
    (term,) = rows(await question_report(seeded_store, renewals_due.QUESTION, arguments))
    assert (term["standing"], term["shown_on"]) == ("ATTESTED_EARLIER", "2025-12-31")
    async with seeded_store.reading() as reader:
        names = await load_names(reader, ["Membership:helsinki-metrex-2", "Membership:gava-airport-regions-council"])
    assert {node_id: day.isoformat() for node_id, day in names.attested.items()} == {
        "Membership:helsinki-metrex-2": "2019-09-30",  # a decision of this date
        "Membership:gava-airport-regions-council": "2019-08",
    }


async def test_reports_and_networks_without_a_contact(seeded_store: Store) -> None:
    report = await reports_of_contacts(seeded_store)
    networks = rows(report)
    without_contact = rows(report, "without_contact")
    assert {(row["last_year"], row["reporting_since"], row["reporting_unit_id"]) for row in networks} == {
        ("", "2021", "Unit:vantaa-sectors")
    }
    assert NSC not in {row["network_id"] for row in without_contact}
    assert report.summary == (
        f"Networks without a report recorded in the last year: {len(networks)}. Without any report recorded: "
        f"{len(networks)}, of them with a source that says that the city reports: {len(networks)}. Networks without a "
        f"recorded contact: {len(without_contact)}."
    )


async def test_coverage_gaps(seeded_store: Store) -> None:
    report = await coverage(seeded_store)
    themes = {row["theme_id"]: row for row in rows(report)}
    assert len(themes) == 8
    assert (themes["Theme:vantaa-overall-safety"]["gap"], themes["Theme:vantaa-overall-safety"]["networks"]) == (
        "false",
        "1",
    )
    things = rows(report, "things")
    assert ("Theme:vantaa-overall-safety", NSC) in {(row["theme_id"], row["thing_id"]) for row in things}
    assert report.title.startswith("Theme coverage of Vantaa on 2025-12-01: ")
    assert len(report.title) > len("Theme coverage of Vantaa on 2025-12-01: ")
    gaps = Counter(row["gap"] for row in themes.values())
    assert report.summary == f"Themes: 8. Gaps: {gaps['true']}. Unknown whether gaps: {gaps['']}."
    assert report.network is not None
    assert report.network.edges["Theme:vantaa-overall-safety", NSC]["match"] == "EXACT"
    unfollowed = Counter(row["theme_id"] for row in rows(report, "unfollowed"))
    assert {theme: int(row["unfollowed"]) for theme, row in themes.items() if row["unfollowed"] != "0"} == unfollowed


async def test_peers_and_what_shows_them(seeded_store: Store) -> None:
    report = await peers(seeded_store)
    by_city = {row["city_id"]: row for row in rows(report)}
    assert (by_city["City:oslo"]["shared"], by_city["City:oslo"]["editorial_only"]) == ("1", "true")
    oslo = [row for row in rows(report, "evidence") if row["city_id"] == "City:oslo"]
    assert [(row["collaboration_id"], row["theme_id"], row["match"], row["basis"]) for row in oslo] == [
        (NSC, "Theme:vantaa-overall-safety", "EXACT", "EDITORIAL"),
        (NSC, "Theme:nsc-safer-cities", "CLOSE_MATCH", "EDITORIAL"),
    ]
    assert oslo[0]["peer_proofs_ids"] == "Membership:oslo-nordic-safe-cities"
    legend = {(row["column"], row["code"]): row["meaning"] for row in rows(report, "legend")}
    assert legend["Match", "EXACT"] == "It is the requested theme. A link to it can still be EDITORIAL."
    assert {code for column, code in legend if column == "Basis"} == {"EDITORIAL"}


async def test_leaving_a_network(seeded_store: Store) -> None:
    report = await leaving(seeded_store)
    cities = Counter(row["lost"] for row in rows(report))
    assert sum(cities.values()) == 20
    assert {row["basis"] for row in rows(report, "themes")} == {"STATED", "EDITORIAL"}
    assert [(row["fee"], row["currency"], row["counted"]) for row in rows(report, "fees")] == [
        ("10000.00", "EUR", "true")
    ]
    assert report.summary.startswith(f"Cities lost: at least {cities['true']}. Themes lost: ")
    assert {row["unknown"] for row in rows(report, "missing")} >= {"THEMES", "ROSTER"}


# --- Formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REPORTS)
async def test_json_and_markdown_contain_all_tables(seeded_store: Store, kind: str) -> None:
    report = await report_of(seeded_store, kind)
    document = json.loads(render(report, Format.JSON))
    assert {key: len(table["rows"]) for key, table in document["tables"].items()} == {
        table.key: len(table.rows) for table in report.tables
    }
    assert document["provenance"]["data"] == report.provenance.digest
    text = render(report, Format.MD).decode()
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        *(f"## {table.title}" for table in report.tables),
        "## Reproduce this report",
    ]


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow if kind == "centrality" else ()) for kind in REPORTS]
)
async def test_every_file_states_revision_date_standings_and_credit(seeded_store: Store, kind: str) -> None:
    report = await report_of(seeded_store, kind)
    provenance = report.provenance
    assert provenance.revision > 0
    standings = () if kind == "follow_ups" else ("IN_FORCE", "ATTESTED_EARLIER")  # projects that ended are due
    assert provenance.standings == standings
    assert "GeoNames (geonames.org), CC BY 4.0" in provenance.credit
    stated = (str(provenance.revision), provenance.asked, *standings, "under CC BY 4.0")
    for form in formats(report):
        file = render(report, form)
        if form is Format.PARQUET:
            text = str(pq.read_table(io.BytesIO(file)).schema.metadata)
        elif form is Format.ICS:
            text = str(Calendar.from_ical(file)["DESCRIPTION"])
        else:
            text = file.decode().replace("\\", "")
        assert [part for part in stated if part not in text] == [], form


def graded_reports(folder: Path) -> list[Report]:
    """Return reports on a table in which two of three ties have no recorded grade."""
    (folder / "roster.csv").write_text(
        "city,network,grade\nVantaa,Nordic,observer\nOulu,Nordic,\nOulu,Baltic,\n", encoding="utf-8"
    )
    snapshot, weight = read_roster(folder / "roster.csv"), ProjectionWeight.GRADE
    normalisation = CentralityNormalisation.NONE
    more: dict[str, Any] = {"weight": weight, "resolution": 2.0, "community_trials": 3, "seed": 5}
    return [
        centrality_report(snapshot, ON, Subset(), normalisation=normalisation, **more),
        centrality_report(snapshot, ON, Subset(), projection=NetworkSide.CITIES, **more),
        overlap_report(
            snapshot, ON, Subset(), projection=NetworkSide.CITIES, null_model=NullModel.FDSM, trials=40, **more
        ),
    ]


def test_every_file_states_choices_and_limits(tmp_path: Path) -> None:
    for report, choices in zip(
        graded_reports(tmp_path),
        (
            {"projection": "none", "normalisation": "NONE"},
            {"projection": "CITIES", "normalisation": "NETWORKX"},
            {"projection": "CITIES", "null_model": "FDSM", "trials": "40"},
        ),
        strict=True,
    ):
        expected = choices | {
            "weight": "GRADE",
            "least_shared": "1",
            "resolution": "2.0",
            "community_trials": "3",
            "seed": "5",
            "lower_bound": "false",
            "inferred_grades": "2",
        }
        for form in (*formats(report), *([Format.HIF] if choices["projection"] == "none" else [])):
            if form in (Format.HTML, Format.MD):  # state them as parameters and notes
                continue
            file = render(report, form)
            if form is Format.PARQUET:
                metadata = pq.read_table(io.BytesIO(file)).schema.metadata
                found = {name: metadata[f"citygraph.{name}".encode()].decode() for name in expected}
            elif form is Format.JSON:
                stated = json.loads(file)["provenance"]
                found = {name: str(stated[name]).replace("False", "false") for name in expected}
            elif form is Format.HIF:
                stated = json.loads(file)["metadata"]
                found = {name: str(stated[name]).replace("False", "false") for name in expected}
            elif form is Format.GRAPHML:
                stated = nx.read_graphml(io.BytesIO(file)).graph
                found = {name: str(stated[name]).replace("False", "false") for name in expected}
            else:
                found = {name: value for name, value in expected.items() if f"; {name} {value};" in file.decode()}
            assert found == expected, form
        assert "2 of 3 ties have no recorded grade, and count as full memberships." in report.notes


@pytest.mark.parametrize("kind", REPORTS)
async def test_the_columns_of_a_table_have_different_headings(seeded_store: Store, kind: str) -> None:
    for table in (await report_of(seeded_store, kind)).tables:
        titles = [str(column.title) for column in table.columns]
        assert len(titles) == len(set(titles)), (table.key, titles)


def test_a_date_in_the_future_is_marked(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("city,network\nVantaa,Nordic\nOulu,Nordic\n", encoding="utf-8")
    snapshot, today = read_roster(tmp_path / "roster.csv"), date.today()
    future = date(today.year + 2, 12, 31)
    note = f"{future} is in the future: days after {today} are as known on {today}, and later changes are not in the "
    for report, is_future in (
        (centrality_report(snapshot, future, Subset()), True),
        (overlap_report(snapshot, future, Subset()), True),
        (centrality_report(snapshot, today, Subset(), dates=[future]), True),
        (overlap_report(snapshot, today, Subset(), dates=[today]), False),
    ):
        assert (f"{note}result." in report.notes) is is_future
        assert report.provenance.attributes().get("as_known_on") == (today.isoformat() if is_future else None)


def test_without_a_null_model_the_report_says_how_to_get_p_values(tmp_path: Path) -> None:
    note = "No p values: give a null model, such as --null-model sdsm, to test the overlaps."
    *_, tested = graded_reports(tmp_path)
    untested = overlap_report(read_roster(tmp_path / "roster.csv"), ON, Subset())
    assert (note in untested.notes, note in tested.notes) == (True, False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", REPORTS)
async def test_output_is_reproducible(seeded_store: Store, kind: str) -> None:
    first, second = await report_of(seeded_store, kind), await REPORTS[kind](seeded_store)
    for form in formats(first):
        if form is not Format.ICS:  # contains the time of writing
            assert render(first, form) == render(second, form), form


TIE = {"standing": "IN_FORCE", "status": "MEMBER"}
"""Vantaa's membership in Nordic Safe Cities."""
PROVENANCE = (
    "revision {0.revision}; on 2023-11-27; standings IN_FORCE, ATTESTED_EARLIER; subset layers: NETWORK; "
    "projection none; weight COUNT; least_shared 1; measures DEGREE, BETWEENNESS, CLOSENESS, HARMONIC; "
    "normalisation NETWORKX; communities LOUVAIN; resolution 1.0; community_trials 10; dates 2015-12-31, 2023-12-31; "
    "seed 7; lower_bound true; ties_in_force 152; ties_attested_earlier 314; data {0.digest}; command {0.command}; "
    "credit {0.credit}"
)


@pytest.mark.parametrize("form", [pytest.param(Format.GEXF, marks=pytest.mark.slow), Format.GRAPHML])
async def test_networkx_reads_the_network(seeded_store: Store, form: Format) -> None:
    report = await report_of(seeded_store, "centrality")
    read = {Format.GEXF: nx.read_gexf, Format.GRAPHML: nx.read_graphml}[form]
    network = read(io.BytesIO(render(report, form)))
    assert report.network is not None
    assert (network.number_of_nodes(), network.number_of_edges()) == (len(report.network), report.network.size())
    helsinki, nsc = network.nodes["City:helsinki"], network.nodes[NSC]
    assert (helsinki["name"], helsinki["mode"], helsinki["country"]) == ("Helsinki", "City", "FI")
    assert round(float(helsinki["latitude"])) == 60
    assert (helsinki["degree"], helsinki["ties"]) == (pytest.approx(19 / 23), 19)
    assert (nsc["mode"], nsc["members_complete"]) == ("Network", True)
    assert (helsinki["bipartite"], helsinki["type"], nsc["bipartite"], nsc["type"]) == (0, False, 1, True)
    tie = network.edges["City:vantaa", NSC]
    assert {name: tie[name] for name in TIE} == TIE
    assert "id" not in {name for _, data in report.network.nodes(data=True) for name in data}
    assert {data["community"] for _, data in network.nodes(data=True)} >= {1, 2}
    if form is Format.GEXF:
        assert {"position", "color", "size"} <= set(helsinki["viz"])
        assert "lastmodifieddate" not in render(report, form).decode()
        stated = f"{PROVENANCE.format(report.provenance)}; contains the ties of this date, with their spells"
        assert f"<description>{stated}</description>" in render(report, form).decode()
    else:
        assert (network.graph["revision"], network.graph["on"]) == (report.provenance.revision, "2023-11-27")
        assert network.graph["standings"] == "IN_FORCE, ATTESTED_EARLIER"
        assert 0 <= helsinki["x"] <= 1000


async def test_projections_have_weights(seeded_store: Store) -> None:
    network = nx.read_gexf(io.BytesIO(render(await report_of(seeded_store, "overlap"), Format.GEXF)))
    assert network.edges["Network:eccar", NSC]["weight"] == 1.0


def roster_report(folder: Path) -> Report:
    """Return a report on a table: Oulu left and joined again, and a name contains an apostrophe."""
    (folder / "roster.csv").write_text(
        "city,network,from,until\nOulu,Les Villes d'Europe,2010,2012\nOulu,Les Villes d'Europe,2020,\n"
        "L'Aquila,Les Villes d'Europe,,\nOulu,Nordic,2015,\n",
        encoding="utf-8",
    )
    return centrality_report(read_roster(folder / "roster.csv"), ON, Subset(), command="citygraph report centrality")


def test_gexf_has_the_periods_of_ties(tmp_path: Path) -> None:
    file = render(roster_report(tmp_path), Format.GEXF)
    assert b'mode="dynamic"' in file
    assert b'timeformat="date"' in file
    assert b"; contains the ties of this date, with their spells</description>" in file
    network = nx.read_gexf(io.BytesIO(file))
    spells = {tuple(sorted(ends)): data.get("spells") for *ends, data in network.edges(data=True)}
    assert spells == {
        # The reader of NetworkX reads an open end as this text.
        ("City:Oulu", "Network:Les Villes d'Europe"): [("2010-01-01", "2012-12-31"), ("2020-01-01", "None")],
        ("City:Oulu", "Network:Nordic"): [("2015-01-01", "None")],
        ("City:L'Aquila", "Network:Les Villes d'Europe"): None,
    }


def test_a_table_over_time_needs_dates(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="this report has no table 'lifetimes'") as raised:
        render(roster_report(tmp_path), Format.CSV, table="lifetimes")
    assert raised.value.hint == (
        "give a series of dates for this table (--from and --until), or take one of cities, networks, communities, "
        "summary, articulation_points, bridges, robustness, ties, measures"
    )


def test_ties_in_tables(tmp_path: Path) -> None:
    report = roster_report(tmp_path)
    document = json.loads(render(report, Format.JSON))
    ties = {(row["city"]["name"], row["collaboration"]["name"]): row for row in document["tables"]["ties"]["rows"]}
    assert set(ties) == {("Oulu", "Les Villes d'Europe"), ("Oulu", "Nordic"), ("L'Aquila", "Les Villes d'Europe")}
    file = pq.read_table(io.BytesIO(render(report, Format.PARQUET, table="ties")))
    rows = {(row["city"], row["collaboration"]): row for row in file.to_pylist()}
    assert set(rows) == set(ties)
    returned = rows["Oulu", "Les Villes d'Europe"]
    assert (returned["standing"], returned["from"]) == ("IN_FORCE", date(2020, 1, 1))
    assert returned["periods"] == "2010-01-01/2013-01-01 2020-01-01/"


def test_names_with_apostrophes_in_pajek(tmp_path: Path) -> None:
    network = nx.read_pajek(io.BytesIO(render(roster_report(tmp_path), Format.PAJEK)))
    assert set(network) == {"Oulu", "L'Aquila", "Les Villes d'Europe", "Nordic"}
    assert network.graph["name"].startswith("origin the table roster.csv; revision 0; on 2023-11-27; ")


def test_hypergraph_file_states_its_provenance(tmp_path: Path) -> None:
    document = json.loads(render(roster_report(tmp_path), Format.HIF))
    metadata = document["metadata"]
    assert (metadata["on"], metadata["subset"]) == ("2023-11-27", "layers: NETWORK")
    assert metadata["origin"] == "the table roster.csv"
    assert {node["node"]: node["attrs"]["ties"] for node in document["nodes"]} == {"City:L'Aquila": 1, "City:Oulu": 2}


async def test_pajek_network(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "centrality")
    network = nx.read_pajek(io.BytesIO(render(report, Format.PAJEK)))
    assert report.network is not None
    assert (len(network), network.number_of_edges()) == (len(report.network), report.network.size())
    assert network.nodes["Helsinki"]["node"] == "City:helsinki"
    assert network.graph["name"] == PROVENANCE.format(report.provenance)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (999.96, "1000"), (9_999.6, "10000"), (12_345.6, "12346"), (2e6, "2000000")],
)
def test_numbers_keep_the_digits_before_the_point(value: float, text: str) -> None:
    assert number_text(value) == text


async def test_edge_list(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "centrality")
    assert report.network is not None
    rows = list(csv.DictReader(io.StringIO(render(report, Format.EDGES).decode())))
    ties = {(source, target): data for source, target, data in report.network.edges(data=True)}
    assert [(row["source"], row["target"]) for row in rows] == list(ties)
    assert [row["standing"] for row in rows] == [data["standing"] for data in ties.values()]
    assert [row["provenance"] for row in rows] == [report.provenance.text()] + [""] * (len(rows) - 1)


def test_networkx_reads_pajek_labels_with_apostrophes() -> None:
    graph = TwoMode.from_ties(
        [("City:a", "Network:x")],
        cities=[Node("City:a", "L'Aquila", "City")],
        collaborations=[Node("Network:x", 'Cities of "l\'eau"', "Network")],
    ).to_networkx()
    report = Report("centrality", "", "", (), (), Provenance(1, "", "", None, {}, "it's"), network=graph)
    network = nx.read_pajek(io.BytesIO(render(report, Format.PAJEK)))
    assert list(network.edges()) == [("L'Aquila", "Cities of 'l'eau'")]


async def test_all_articulation_points_and_bridges_are_listed(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "centrality")
    assert report.network is not None
    points = {row["node_id"] for row in rows(report, "articulation_points")}
    assert points == set(nx.articulation_points(report.network))
    bridges = {frozenset((row["first_id"], row["second_id"])) for row in rows(report, "bridges")}
    assert bridges == set(map(frozenset, nx.bridges(report.network)))
    summary = {row["statistic"]: row["value"] for row in rows(report, "summary")}
    assert (float(summary["articulation points"]), float(summary["bridges"])) == (len(points), len(bridges))


async def test_unsupported_formats_are_rejected(seeded_store: Store) -> None:
    for kind, form in (("cost", Format.GEXF), ("centrality", Format.ICS), ("renewals", Format.PAJEK)):
        report = await report_of(seeded_store, kind)
        with pytest.raises(AnalysisError, match=f"a {report.kind} report cannot be written as {form}") as caught:
            render(report, form)
        assert all(form in caught.value.hint for form in formats(report))
    with pytest.raises(AnalysisError, match="no table 'none'"):
        render(await cost(seeded_store), Format.CSV, table="none")


async def test_parquet_types_and_provenance(seeded_store: Store) -> None:
    report = await cost(seeded_store)
    table = pq.read_table(io.BytesIO(render(report, Format.PARQUET, table="years")))
    types = {field.name: str(field.type) for field in table.schema}
    assert [types[name] for name in ("network", "network_id", "year", "fee", "sources")] == [
        "string",
        "string",
        "int64",
        "decimal128(38, 2)",
        "list<element: string>",
    ]
    fees = [(row["year"], row["fee"]) for row in table.to_pylist() if row["network_id"] == NSC]
    assert fees == [(2020, None), (2021, None), *((year, Decimal("10000.00")) for year in range(2022, 2026))]
    assert table.schema.metadata[b"citygraph.data"] == report.provenance.digest.encode()
    assert table.schema.metadata[b"citygraph.standings"] == b"IN_FORCE, ATTESTED_EARLIER"
    nodes = pq.read_table(io.BytesIO(render(await report_of(seeded_store, "centrality"), Format.PARQUET)))
    assert nodes.slice(0, 1).select(["node", "node_id", "ties", "degree", "lower_bound"]).to_pylist() == [
        {
            "node": "Helsinki",
            "node_id": "City:helsinki",
            "ties": 19,
            "degree": pytest.approx(19 / 23),
            "lower_bound": True,
        }
    ]


def test_parquet_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(AnalysisError, match="parquet needs pyarrow") as caught:
        expect_format("centrality", Format.PARQUET, FORMATS["centrality"])
    assert caught.value.hint == "pip install 'citygraph[parquet]'"


# --- Time series -----------------------------------------------------------------------------


async def test_centrality_over_time(seeded_store: Store) -> None:
    report = await report_of(seeded_store, "centrality")
    helsinki = [row for row in rows(report, "over_time") if row["node_id"] == "City:helsinki"]
    snapshot = await SnapshotReader(seeded_store).current()
    assert [row["day"] for row in helsinki] == ["2015-12-31", "2023-12-31"]
    for row in helsinki:
        two_mode = snapshot.two_mode(date.fromisoformat(row["day"]))
        for measure in MEASURES:
            scores = {score.node.id: score for score in compute_centrality(two_mode, measure).scores}
            expected = scores["City:helsinki"]
            key = measure.name.lower()
            assert (float(row[key]), int(row[f"{key}_rank"])) == (expected.value, expected.rank)
    summaries = rows(report, "summary_over_time")
    last = summarize(snapshot.two_mode(date(2023, 12, 31)))
    assert [row["day"] for row in summaries] == ["2015-12-31", "2023-12-31"]
    assert (
        int(summaries[1]["nodes"]),
        int(summaries[1]["ties"]),
        float(summaries[1]["density"]),
        int(summaries[1]["diameter"]),
    ) == (
        last.nodes,
        last.ties,
        last.density,
        last.diameter,
    )
    standings = snapshot.two_mode(date(2023, 12, 31)).standing_counts
    for row in (summaries[1], rows(report, "turnover")[0]):
        assert {standing: int(row[standing.word]) for standing in standings} == standings
    assert standings[Standing.ATTESTED_EARLIER] > 0
    titles = [plot.title for plot in report.plots if isinstance(plot, Lines)]
    assert titles == [
        *(f"{measure.name.capitalize()} over time" for measure in MEASURES),
        "Network size over time",
        "Ties joined and left",
        "Share of ties that survive",
    ]
    (change,) = rows(report, "turnover")
    before, after = (len(snapshot.two_mode(date(year, 12, 31)).city_index) for year in (2015, 2023))
    assert (int(change["ties_before"]), int(change["ties"])) == (before, after)
    counts = {name: int(change[name]) for name in ("joined", "first_shown", "left", "lapsed")}
    assert before + counts["joined"] + counts["first_shown"] - counts["left"] - counts["lapsed"] == after
    assert counts["first_shown"] > 0
    assert change["lower_bound"] == "true"
    assert float(change["growth"]) == (counts["joined"] - counts["left"]) / before
    years = [int(row["year"]) for row in rows(report, "lifetimes")]
    assert years == list(range(1, len(years) + 1))


async def test_top_pairs_over_time(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    dates = [date(1900, 1, 1), date(2015, 12, 31), ON]
    report = overlap_report(snapshot, ON, Subset(), dates=dates)
    pair = ("Network:eurocities", NSC)
    pair_rows = [row for row in rows(report, "over_time") if (row["first_id"], row["second_id"]) == pair]
    assert [(row["day"], row["shared"]) for row in pair_rows] == [("2023-11-27", "7")]
    (lines,) = [plot for plot in report.plots if isinstance(plot, Lines)]
    assert lines.labels == ("1900-01-01", "2015-12-31", "2023-11-27")
    series = dict(lines.series)
    top = rows(report)[0]
    assert series[f"{top['first']} – {top['second']}"][-1] == float(top["shared"]) > 7
    assert "Eurocities – Nordic Safe Cities" not in series


# --- Large, disconnected and empty networks -------------------------------------------------------------


def test_components_do_not_overlap() -> None:
    parts = [[(f"{part}{city}", f"{part}-hub") for city in range(size)] for part, size in (("a", 12), ("b", 3))]
    network = TwoMode.from_ties([tie for part in parts for tie in part], cities=["z"]).to_networkx()
    places = positions(network, {}, seed=3)
    assert places == positions(network, {}, seed=3)

    def box(part: str) -> tuple[float, float, float, float]:
        xs, ys = zip(*(place for node, place in places.items() if node.startswith(part)), strict=True)
        return min(xs), max(xs), min(ys), max(ys)

    large, small, single = box("a"), box("b"), box("z")
    assert large[:2] != single[:2]
    for left, right in ((large, small), (small, single)):
        assert left[1] < right[0] or right[1] < left[0] or left[3] < right[2] or right[3] < left[2]
    # Areas follow the number of nodes, and no component shrinks to a point.
    assert (large[1] - large[0]) * (large[3] - large[2]) > (small[1] - small[0]) * (small[3] - small[2]) > 0.01


def test_large_network_is_drawn_in_part() -> None:
    ties = [(f"City:c{n:04}", f"Network:n{m:02}") for n in range(900) for m in range(60) if (n * 7 + m * 13) % 11 == 0]
    network = TwoMode.from_ties(ties).to_networkx()
    drawing = draw(network, "large", communities={}, scores=dict(network.degree), seed=0)
    assert len(drawing.places) == MAX_DRAWN_NODES
    modes = Counter(place.id.partition(":")[0] for place in drawing.places)
    assert modes == {"Network": 60, "City": MAX_DRAWN_NODES - 60}
    assert drawing.note.startswith("Drawn are 60 of 60 networks and 160 of 900 cities, those with the highest scores.")
    assert sum(len(place.neighbours) for place in drawing.places) <= 2 * 3 * MAX_DRAWN_NODES
    layout = positions(network, {}, seed=0)
    assert len(layout) == 960
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in layout.values())


async def test_empty_network(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    for report in (
        centrality_report(snapshot, date(1900, 1, 1), Subset(), measures=[CentralityMeasure.DEGREE]),
        overlap_report(snapshot, date(1900, 1, 1), Subset()),
    ):
        assert report.notes[0].startswith("The network is empty: no source shows a tie")
        for form in formats(report):
            assert render(report, form)


# --- Comparison ------------------------------------------------------------------------


async def test_diff(seeded_store: Store) -> None:
    before = render(await cost(seeded_store, 2022, 2023), Format.JSON)
    after = render(await cost(seeded_store, 2023, 2024), Format.JSON)
    changes = rows(difference(before, after), "years")
    nsc = [(row["change"], row["row"]) for row in changes if row["row"].startswith("Nordic")]
    assert [change for change, _ in nsc] == ["removed", "added"]
    assert [row.split(" – ")[1] for _, row in nsc] == ["2022", "2024"]
    conditions = {row["parameter"]: row for row in rows(difference(before, after), "conditions")}
    assert (conditions["from"]["before"], conditions["from"]["after"], conditions["from"]["differs"]) == (
        "2022",
        "2023",
        "true",
    )
    assert (conditions["city"]["differs"], conditions["graph revision"]["differs"]) == ("false", "false")


async def test_diff_of_changed_values_and_of_equal_reports(seeded_store: Store) -> None:
    text = render(await cost(seeded_store), Format.JSON)
    same = difference(text, text, names=("a.json", "b.json"))
    assert same.summary == "a.json and b.json are equal."
    changed = difference(text, text.replace(b'"40000.00"', b'"50000.00"'))
    assert rows(changed, "totals") == [
        {"change": "changed", "row": "EUR", "column": "total", "before": "40000.00", "after": "50000.00"}
    ]
    for form in formats(changed):
        assert render(changed, form)


async def test_diff_rejects_other_kinds_and_invalid_files(seeded_store: Store) -> None:
    cost_json = render(await cost(seeded_store), Format.JSON)
    renewals_json = render(await renewals(seeded_store), Format.JSON)
    with pytest.raises(AnalysisError, match="A is a cost-per-network report and B a renewals-due report"):
        difference(cost_json, renewals_json)
    for damaged in (b"{", b"[]", b"{}"):
        with pytest.raises(AnalysisError, match="B is not a comparable report"):
            difference(cost_json, damaged)
