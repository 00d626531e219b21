"""Each format's own reader reads back names with characters that are special in the format."""

import csv
import io
import json
from datetime import date

import networkx as nx
import pyarrow.parquet as pq
import pytest
from icalendar import Calendar
from markdown_it import MarkdownIt

from graph.reports import Format, Report, render
from graph.reports.plain_text import one_line, printable
from graph.reports.report import Provenance
from graph.tables import CalendarEntry, Column, Kind, Named, Table

NAMES = (
    "City of\nExample",
    "a\r\nb\u2028c\x85d",
    "L'Aquila",
    "'s-Hertogenbosch",
    'The "Hague"',
    "back\\slash\\",
    "U\uffff\x07\x1b",
    "semi;colon, comma",
    "<b>&amp; | *pipe* _x_ `code` [link](u) # ~~x~~",
    "*vertices 3",
    "=1+1",
    "Ålesund – Tromsø",
    "same",
    "same",
)
IDS = tuple(f"City:{number:02}" for number in range(len(NAMES)))


@pytest.fixture
def report() -> Report:
    network = nx.Graph([(node, "Network:x") for node in IDS])
    for node, name in zip(IDS, NAMES, strict=True):
        network.nodes[node].update(name=name, mode="City", note=name)
    network.nodes["Network:x"].update(name="X", mode="Network")
    nodes = tuple((Named(node, name), name) for node, name in zip(IDS, NAMES, strict=True))
    columns = (Column("node", "Node", Kind.NODE), Column("text", "Te|xt", Kind.TEXT))
    return Report(
        kind="centrality",
        title=NAMES[0],
        summary=NAMES[8],
        parameters=(("city", NAMES[4]),),
        tables=(Table("nodes", "Nodes", columns, nodes, ("node",)),),
        provenance=Provenance(1, "d", "2024-01-01", None, {}, "citygraph report `x` \\"),
        network=network,
        calendar=tuple(
            CalendarEntry(node, date(2024, 1, 1), name, name) for node, name in zip(IDS, NAMES, strict=True)
        ),
    )


def test_icalendar(report: Report) -> None:
    calendar = Calendar.from_ical(render(report, Format.ICS))
    assert str(calendar["X-WR-CALNAME"]) == "City of Example"
    events = {str(event["uid"]): event for event in calendar.events}
    assert [str(events[node]["summary"]) for node in IDS] == [one_line(name) for name in NAMES]
    assert [str(events[node]["description"]) for node in IDS] == [printable(name) for name in NAMES]


@pytest.mark.parametrize(("form", "read"), [(Format.GEXF, nx.read_gexf), (Format.GRAPHML, nx.read_graphml)])
def test_xml(report: Report, form: Format, read: object) -> None:
    assert callable(read)
    network = read(io.BytesIO(render(report, form)))
    for attribute in ("name", "note"):
        assert [network.nodes[node][attribute] for node in IDS] == [printable(name) for name in NAMES]


def test_pajek(report: Report) -> None:
    network = nx.read_pajek(io.BytesIO(render(report, Format.PAJEK)))
    labels = {data["node"]: label for label, data in network.nodes(data=True)}
    assert [labels[node] for node in IDS] == [
        "City of Example",
        "a b c d",
        "L'Aquila",
        "'s-Hertogenbosch",
        "The 'Hague'",
        "back/slash/",
        "U",
        "semi;colon, comma",
        "<b>&amp; | *pipe* _x_ `code` [link](u) # ~~x~~",
        "*vertices 3",
        "=1+1",
        "Ålesund – Tromsø",
        "same (City:12)",
        "same (City:13)",
    ]
    assert sorted(network.edges("X")) == sorted(("X", label) for label in labels.values() if label != "X")
    assert network.nodes["L'Aquila"]["mode"] == "City"


def test_markdown(report: Report) -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    inline = [token for token in parser.parse(render(report, Format.MD).decode()) if token.type == "inline"]
    # Adjacent text tokens are one text; anything else would be an element that the name has made.
    texts = [
        "".join(child.content for child in token.children or [])
        for token in inline
        if all(child.type in ("text", "text_special") for child in token.children or [])
    ]
    assert [text for text in texts if text in {one_line(name) for name in NAMES}] == [
        "City of Example",
        one_line(NAMES[8]),
        *(one_line(name) for name in NAMES for _ in range(2)),
    ]
    (code,) = [
        child.content
        for token in inline
        for child in token.children or []
        if child.type == "code_inline" and "`" in child.content
    ]
    assert code == "citygraph report `x` \\"


def test_tables(report: Report) -> None:
    rows = list(csv.reader(io.StringIO(render(report, Format.CSV).decode(), newline="")))
    stated = [report.provenance.text(), *[""] * (len(IDS) - 1)]
    assert rows == [["node", "node_id", "text", "provenance"], *map(list, zip(NAMES, IDS, NAMES, stated, strict=True))]
    assert "\n" not in stated[0]
    document = json.loads(render(report, Format.JSON))
    assert [row["node"]["name"] for row in document["tables"]["nodes"]["rows"]] == list(NAMES)
    table = pq.read_table(io.BytesIO(render(report, Format.PARQUET)))
    assert table["text"].to_pylist() == list(NAMES)
