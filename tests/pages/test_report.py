"""Reports as HTML: language, escapes, pictures, and no request to another host."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser

import networkx as nx
import pytest

from api.pages.language import reader_of
from api.pages.report import report_page
from api.translations.catalogue import LANGUAGES, Language
from graph.analysis import SnapshotReader, Subset
from graph.iso_date import partial_date
from graph.reports import Report, centrality_report, load_names, node_ids
from graph.reports.formats.cell_text import cell_text
from graph.reports.layout import draw
from graph.reports.report import MapPlace, Provenance
from graph.store import Store
from graph.tables import Bars, Column, Kind, Message, Money, Named, Quote, Table, join, message
from tests.reports.test_reports import ON, REPORTS, report_of

PROVENANCE = Provenance(1, "", "", None, {}, "citygraph report")
VOID = frozenset({"meta", "input"})


class Page(HTMLParser):
    """The ids, resources, open tags and texts of a page. `shown` are the texts outside style, script and code."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.policy = ""
        self.language: str | None = None
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.shown: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        if "id" in attributes:
            self.ids.append(str(attributes["id"]))
        if tag == "a" and attributes["href"]:
            self.links.append(attributes["href"])
        if tag == "html":
            self.language = attributes["lang"]
        self.loaded += [f"{tag} {name}" for name in ("src", "srcset", "data", "style") if name in attributes]
        self.loaded += [f"{tag} {name}" for name in attributes if name.startswith("on")]
        if tag in ("link", "iframe", "base", "object", "img"):
            self.loaded.append(tag)
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(attributes["content"])
        self.shown += [str(attributes[name]) for name in ("title", "aria-label") if name in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if not {"style", "script", "code"} & set(self.open):
            self.shown.append(data)


def plain(page: Page) -> str:
    """Return what readers see of a page, apart from code."""
    return " ".join(" ".join(page.shown).split())


def table(columns: tuple[Column, ...], *rows: tuple[object, ...]) -> Report:
    tables = (Table("rows", "Rows", columns, rows, ("first",)),)  # pyright: ignore[reportArgumentType]
    return Report("cost", "Rows", "", (), tables, PROVENANCE)


def cells(report: Report, language: Language) -> list[str]:
    found = re.findall(r"<td[^>]*>(.*?)</td>", report_page(report, language).decode(), re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]*>", "", cell)).split()) for cell in found]


async def named(store: Store, report: Report) -> Report:
    async with store.reading() as reading:
        return replace(report, names=(await load_names(reading, node_ids(report))).names)


# --- The page ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REPORTS)
async def test_a_page_contains_all_it_needs(seeded_store: Store, kind: str) -> None:
    report = await named(seeded_store, await report_of(seeded_store, kind))
    for language in LANGUAGES:
        page = report_page(report, language)
        read = Page(page)
        assert (read.language, read.loaded, read.open) == (language, [], [])
        assert len(read.ids) == len(set(read.ids))
        assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
        assert read.policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in read.policy
        assert not re.search(rb"@import|url\(", page)
        assert report.provenance.digest in read.texts
        standings = [reader_of(language).label("Standing", code) for code in report.provenance.standings]
        assert ", ".join(standings) in read.texts or not standings


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow if kind == "centrality" else ()) for kind in REPORTS]
)
async def test_readers_see_no_codes_ids_and_iso_dates(seeded_store: Store, kind: str) -> None:
    report = await named(seeded_store, await report_of(seeded_store, kind))
    for language in LANGUAGES:
        text = plain(Page(report_page(report, language)))
        assert not re.findall(r"\b[A-Z]{3,}_[A-Z]+\b|\b(?:City|Network|Theme|Membership|Decision|Unit):[a-z]", text)
        assert not re.findall(r"\b[12]\d{3}-[01]\d-[0-3]\d\b|\d[eE][+-]\d", text)


async def test_the_page_is_in_the_readers_language(seeded_store: Store) -> None:
    report = await named(seeded_store, await REPORTS["cost"](seeded_store))
    texts = {language: Page(report_page(report, language)) for language in LANGUAGES}
    titles = {language: plain(page).split(" · ")[0] for language, page in texts.items()}
    assert titles == {
        "fi": "Verkostojen maksut: Vantaa, 2020–2025",
        "sv": "Nätverkens avgifter: Vanda, 2020–2025",
        "en": "What networks cost Vantaa, 2020–2025",
    }
    fees = {"fi": "10 000 €", "sv": "10 000 €", "en": "€10,000"}
    for language, fee in fees.items():
        assert fee in plain(texts[language])
    assert "perustuu vanhempaan lähteeseen" in plain(texts["fi"])
    assert "vuosina 2024–2025 jäsenyys maksaa" in plain(texts["sv"])


def test_foreign_names_state_their_language() -> None:
    nodes = tuple(Named(f"City:{place}", name) for place, name in enumerate(("Turku", "Oslo", "Atlantis")))
    names = {"City:0": {"en": "Turku", "sv": "Åbo"}, "City:1": {"en": "Oslo"}}
    report = replace(table((Column("first", "p", Kind.NODES),), (nodes,)), names=names)
    cell = re.search(r"<td[^>]*>(.*?)</td>", report_page(report, "sv").decode())
    assert cell is not None
    assert cell[1] == '<bdi>Åbo</bdi>; <bdi lang="en">Oslo</bdi>; <bdi>Atlantis</bdi>'


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", ["29 020,50 €", "29 020", "0,3077", "1 × 10⁻⁹", "2 024", "31.12.2025", "kyllä", "ei tiedossa"]),
        ("sv", ["29 020,50 €", "29 020", "0,3077", "1 × 10⁻⁹", "2 024", "31.12.2025", "ja", "okänd"]),
        ("en", ["€29,020.50", "29,020", "0.3077", "1 × 10⁻⁹", "2,024", "31 Dec 2025", "yes", "unknown"]),
    ],
)
def test_values_have_the_format_of_the_language(language: Language, expected: list[str]) -> None:
    kinds = (Kind.AMOUNT, Kind.NUMBER, Kind.NUMBER, Kind.NUMBER, Kind.INTEGER, Kind.DATE, Kind.FLAG, Kind.TEXT)
    columns = tuple(Column(f"c{place}", "p", kind) for place, kind in enumerate(kinds))
    money = Money.of(Decimal("29020.50"), "EUR")
    row = (money, 29020.4, 4 / 13, 1e-9, 2024, date(2025, 12, 31), True, None)
    expected = [text.replace("2 024", "2024").replace("2,024", "2024") for text in expected]
    assert cells(table(columns, row), language) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.00012345, ["0,0001234", "0.0001234"]),
        (0.0000234567, ["0,00002346", "0.00002346"]),
        (-0.0000234567, ["-0,00002346", "-0.00002346"]),
        (2.34567e-7, ["2,346 × 10⁻⁷", "2.346 × 10⁻⁷"]),
        (-2.34567e-17, ["-2,346 × 10⁻¹⁷", "-2.346 × 10⁻¹⁷"]),
        (9.99996e-6, ["1 × 10⁻⁵", "1 × 10⁻⁵"]),
        (0.0, ["0", "0"]),
        (-0.0, ["0", "0"]),
    ],
)
def test_small_numbers_have_significant_digits(value: float, expected: list[str]) -> None:
    report = table((Column("score", "p", Kind.NUMBER),), (value,))
    assert [cells(report, "fi")[0], cells(report, "en")[0]] == expected
    assert cells(report, "sv") == expected[:1]


def test_messages() -> None:
    helsinki = Named("City:helsinki", "Helsinki")
    text = join(" ", (message("{count} tie", "{count} ties", count=2), message("Centrality on {on}", on=ON), helsinki))
    assert text == "2 ties Centrality on 2023-11-27 Helsinki"
    report = replace(table((Column("first", "p", Kind.TEXT),)), summary=text)
    report = replace(report, names={"City:helsinki": {"sv": "Helsingfors"}})
    summary = re.search(r'<p class="lead">(.*?)</p>', report_page(report, "fi").decode())
    assert summary is not None
    assert summary[1] == (
        '2 yhteyttä Keskeisyys <time datetime="2023-11-27">27.11.2023</time> <bdi lang="sv">Helsingfors</bdi>'
    )
    assert Message.of("NETWORK", "{value}", value=helsinki) == "NETWORK"


def test_technical_columns_are_for_machines() -> None:
    columns = (Column("first", "p", Kind.TEXT), Column("second", "p", Kind.TEXT, is_technical=True))
    assert cells(table(columns, ("shown", "hidden")), "en") == ["shown"]


def test_bounds_are_marked() -> None:
    columns = (
        Column("p", "p", Kind.NUMBER, bounded=True, bound_by="tiny", bound_sign="<"),
        Column("tiny", "Tiny", Kind.FLAG),
    )
    assert cells(table(columns, (0.2, True), (1e-15, True), (0.5, False)), "en")[::2] == ["< 0.2", "< 1 × 10⁻¹⁵", "0.5"]


# --- Pictures ---------------------------------------------------------------------------------


async def test_centrality_has_tables_a_picture_and_a_map(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    report = await named(seeded_store, centrality_report(snapshot, ON, Subset()))
    text = report_page(report, "fi").decode()
    page = Page(text.encode())
    assert {"table-cities", "table-networks", "graph", "map"} <= set(page.ids)
    assert report.drawing is not None
    drawn = [place for place in report.drawing.places if place.mode == "Network"]
    assert len(drawn) == len(snapshot.two_mode(ON).collaborations)
    assert text.count('<rect class="network"') == len(drawn) + 1  # and one in the legend
    assert f"Kuvassa on {len(drawn)}/{len(drawn)} verkostoa" in plain(page)
    located = [place for place in report.places if place.location is not None]
    assert text.count('<circle class="spot sized"') == len(located)
    assert "Natural Earth" in plain(page)
    assert f"<title>Helsinki: {report.places[0].value:.4g}".replace(".", ",") in text


def test_a_map_shows_the_cities_with_the_largest_values() -> None:
    places = tuple(MapPlace(f"City:{n}", f"City {n}", (20 + n / 1000, 60.0), 2000.0 - n) for n in range(1500))
    report = replace(table((Column("first", "p", Kind.TEXT),)), places=places, map_title="Map")
    text = report_page(report, "en").decode()
    assert text.count('<circle class="spot sized"') == 1000
    assert "Shown are the 1000 of 1500 cities with the largest values." in text


# --- Escapes ----------------------------------------------------------------------------------

HOSTILE_NAMES = ("<script>alert(1)</script>", "\"quoted\" & 'single'", "מועצת <b>העיר</b>", "\u202eevil")


def _hostile_names() -> Iterator[tuple[Named, str]]:
    for number, name in enumerate(HOSTILE_NAMES):
        yield Named(f"City:{number}", name), name


def test_only_words_of_the_document_are_a_quote() -> None:
    quotes = (
        Quote("Citation:1", "Minutes", None, None, "said", None),
        Quote("Citation:2", "Web page", None, None, "summed up", None, wording="SUMMARY"),
        Quote("Citation:3", "Data", None, None, "1;2", None, document_kind="DATA_SET"),
    )
    sources = Table("sources", "Sources", (Column("s", "S", Kind.SOURCES),), ((quotes,),), ("s",))
    report = Report(kind="cost", title="T", summary="", parameters=(), tables=(sources,), provenance=PROVENANCE)
    text = report_page(report, "en").decode()
    assert re.findall("<blockquote[^>]*>(.*?)</blockquote>", text) == ["said"]
    assert re.findall(r'<p class="summary">(.*?)</p>', text) == [
        'Summary by the editors: <span lang="en">summed up</span>',
        "Row of the data: <span>1;2</span>",
    ]
    assert [cell_text((quote,), sources.columns[0]) for quote in quotes] == [
        "Minutes: “said”",
        "Web page: summed up",
        "Data: 1;2",
    ]


def test_names_with_markup_display_as_text() -> None:
    nodes = tuple(node for node, _ in _hostile_names())
    columns = (Column("node", "<th>", Kind.NODE, '"note"'), Column("nodes", "Nodes", Kind.NODES))
    rows = Table("nodes", "<h2>", columns, tuple((node, nodes) for node in nodes), ("node",), "<note>")
    quote = Quote("Citation:1", "<document>", "1", None, '"<quote>"', "javascript:alert(1)")
    sources = Table("sources", "Sources", (Column("s", "S", Kind.SOURCES),), (((quote,),),), ("s",))
    network = nx.Graph([(node.id, "Network:x") for node in nodes])
    nx.set_node_attributes(network, {node.id: node.name for node in nodes}, "name")
    report = Report(
        kind="centrality",
        title=HOSTILE_NAMES[0],
        summary=join(" ", nodes),
        parameters=(("city", HOSTILE_NAMES[2]),),
        tables=(rows, sources),
        provenance=replace(PROVENANCE, command=HOSTILE_NAMES[0]),
        notes=HOSTILE_NAMES,
        plots=(Bars(HOSTILE_NAMES[0], "", HOSTILE_NAMES, ((HOSTILE_NAMES[1], (1.0,) * 4),), HOSTILE_NAMES[0]),),
        drawing=draw(network, HOSTILE_NAMES[0], communities={}, scores={}, seed=0),
        places=tuple(MapPlace(node.id, node.name, (25.0, 60.0), 1.0) for node in nodes),
        names={"City:0": {"en": HOSTILE_NAMES[0]}},
    )
    text = report_page(report, "en")
    page = Page(text)
    assert (page.loaded, page.open) == ([], [])
    assert not {"document", "quote", "note", "b"} & set(page.tags)
    assert page.tags.count("script") == 1
    assert b"javascript:" not in text
    assert set(HOSTILE_NAMES) <= set(page.texts)


@pytest.mark.parametrize(("language", "month"), [("en", "August 2019"), ("fi", "elokuu 2019"), ("sv", "augusti 2019")])
def test_a_date_shows_what_is_known_of_it(language: Language, month: str) -> None:
    days = (date(2022, 12, 31), date(2019, 8, 31), date(2019, 8, 30))
    columns = (Column("first", "Latest source", Kind.DATE),)
    page = report_page(table(columns, *((partial_date(day),) for day in days)), language).decode()
    assert '<time datetime="2022">2022</time>' in page
    assert f'<time datetime="2019-08">{month}</time>' in page
    assert '<time datetime="2019-08-30">' in page
