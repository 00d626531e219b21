"""Check how pages show citations: their place, their order, and records of Wikidata."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from api.pages.citations import in_document_order, is_reference, locator, naming_first, wikidata_items
from api.pages.language import reader_of
from api.pages.rendering import Notes
from api.pages.values import Day, Money, Period
from graph.store import Store
from tests.pages.html_page import HtmlPage

FINNISH = reader_of("fi")
CITY = "city=vantaa&on=2026-06-01"
DECISION = f"/id/Decision/vantaa-kh-2023-11-27-15?{CITY}"


@pytest.mark.parametrize(
    ("section", "language", "expected"),
    [
        ("§ 15, kohta a", "en", "§ 15, point a"),
        ("§ 522, perustelut", "sv", "§ 522, motivering"),
        ("§ 15, further information", "fi", "§ 15, lisätiedot"),
        ("punkt 3", "fi", "kohta 3"),
        ("§ 15, Päätös", "fi", "§ 15, Päätös"),
        ("§ 15, Päätös", "sv", "§ 15, Beslut"),
        (
            "3 Paikallisen turvallisuussuunnittelun lähtökohdat",
            "en",
            "3 Paikallisen turvallisuussuunnittelun lähtökohdat",
        ),
    ],
)
def test_the_words_of_a_section_are_translated(section: str, language: Any, expected: str) -> None:
    assert locator(section, "fi", reader_of(language)).striptags() == expected


def test_the_words_of_a_document_are_marked_with_its_language() -> None:
    section = "EU-vaikuttaminen, toimenpide 2, § 15"
    marked = '<span lang="fi">EU-vaikuttaminen</span>, measure 2, § 15'
    assert locator(section, "fi", reader_of("en")) == marked
    assert locator(section, "fi", reader_of("fi")) == section
    assert locator(section, None, reader_of("en")) == "EU-vaikuttaminen, measure 2, § 15"


def test_quotes_are_in_the_order_of_the_document() -> None:
    places = [("2", "§ 15, päätös"), ("10", None), ("2", "§ 15, kohta b"), ("2", "perustelut"), ("1–2", "perustelut"),
              ("2", "§ 15, kohta a"), ("2", "§ 15"), (None, None)]  # fmt: skip
    ordered = in_document_order([{"page": page, "section": section} for page, section in places])
    assert [(row["page"], row["section"]) for row in ordered] == [
        (None, None), ("1–2", "perustelut"), ("2", "perustelut"), ("2", "§ 15, kohta a"), ("2", "§ 15, kohta b"),
        ("2", "§ 15, päätös"), ("2", "§ 15"), ("10", None),
    ]  # fmt: skip


def test_a_quote_that_only_names_minutes_is_a_reference() -> None:
    assert is_reference("Kaupunginhallitus 27.11.2023 § 15")
    assert not is_reference("Kaupunginhallitus 27.11.2023 § 15 päätti jatkaa")
    assert not is_reference("turvallisuuspäällikkö")


@pytest.mark.parametrize(
    ("quote", "items"),
    [
        ("Q1757 Helsinki", [("Q1757", "Helsinki")]),
        ("Q1757 Q1085", [("Q1757", "Q1757"), ("Q1085", "Q1085")]),
        ("Q1 El Prat de Llobregat", [("Q1", "El Prat de Llobregat")]),
        ("Q is a letter", []),
        ("See Q1757", []),
    ],
)
def test_records_of_wikidata_are_recognised(quote: str, items: list[tuple[str, str]]) -> None:
    assert wikidata_items(quote) == items


def test_a_citation_that_a_page_quotes_is_no_note() -> None:
    notes = Notes()
    one, two = {"id": "Citation:one"}, {"id": "Citation:two"}
    assert (notes.quote(one), notes.number(one), bool(notes)) == (1, 1, False)
    assert (notes.number(two), list(notes), bool(notes)) == (2, [(2, two)], True)


async def test_a_decision_quotes_its_minutes_once(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = HtmlPage((await browser.get(f"{DECISION}&language=sv")).text)
    quotes = [
        "Jäsenyyteen tulee sitoutua kahdeksi vuodeksi",
        "a) liittyä Nordic Safe Cities -verkoston jäseneksi vuosiksi 2024–2025",
        "b) maksaa osallistumisesta",
        "Hyväksyttiin esitys.",
    ]
    places = [page.text.index(quote) for quote in quotes]
    assert places == sorted(places)
    assert [page.text.count(quote) for quote in quotes] == [1, 1, 1, 1]
    quoted = page.source.partition('id="quotes"')[2].partition("</section>")[0]
    assert "Kaupunginhallitus 27.11.2023 § 15<" not in quoted
    assert "§ 15, punkt a" in page.text
    targets = {link for link in page.links() if link.startswith("#note-")}
    assert {link.removeprefix("#") for link in targets} <= set(page.attributes("id"))


async def test_a_record_of_wikidata_is_a_link(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = HtmlPage((await browser.get(f"/projects?{CITY}&language=fi")).text)
    assert any(link.startswith("https://www.wikidata.org/wiki/Q") for link in page.links())
    assert "relations.tsv" not in page.text


def cited(quote: str, section: str = "", day: str | None = None) -> dict[str, Any]:
    period = day and Period(Day.of(date.fromisoformat(day), FINNISH), "DAY", "DATE", FINNISH)
    return {"quote": quote, "section": section, "document": {"kind": "TEXT", "date": period}}


def called(finnish: str, english: str) -> dict[str, Any]:
    return {"localisedName": finnish, "fiName": finnish, "svName": "", "enName": english}


@pytest.mark.parametrize(
    ("about", "quotes", "first"),
    [
        ([called("Turku", "Turku")], ["The city signed", "Turun kaupunki on jäsen"], 1),
        ([called("Turku", "Turku")], ["The city signed", "turvallisuus ensin"], 0),
        ([called("Helsinki", "Helsinki")], ["Kaupunki on jäsen", "Helsingin kaupunki on jäsen"], 1),
        ([called("Lahti", "Lahti")], ["Kaupunki on jäsen", "Lahden kaupunki"], 1),
        ([called("Krakova", "Krakow")], ["Members met in Oslo", "Krakow is a member"], 1),
        ([called("Oslo", "Oslo"), called("Eurocities", "Eurocities")], ["Oslo took part", "Eurocities: Oslo"], 1),
        (
            [called("Vantaan kaupunginhallitus", "Vantaa City Board")],
            ["Vantaan toiminta on aktiivista", "Kaupunginhallitus 27.11.2023 § 15"],
            1,
        ),
        ([Money(Decimal(10_000), "EUR", FINNISH)], ["yhteensä 20 000 euroa", "maksaa 10 000 euroa vuodessa"], 1),
        ([Money(Decimal(100), "EUR", FINNISH)], ["maksaa 1 100 euroa", "maksaa 100,00 euroa"], 1),
    ],
)
def test_quotes_that_name_the_subject_come_first(about: list[Any], quotes: list[str], first: int) -> None:
    assert naming_first(map(cited, quotes), about)[0]["quote"] == quotes[first]


def test_among_quotes_that_name_the_city_minutes_and_the_latest_come_first() -> None:
    oslo = called("Oslo", "Oslo")
    rows = [cited("Oslo 1", day="2020-01-01"), cited("Oslo 2", day="2021-01-01"), cited("Oslo 3"),
            cited("Oslo 4", "§ 15", "2019-01-01"), cited("no name", "§ 1", "2026-01-01")]  # fmt: skip
    assert [row["quote"] for row in naming_first(rows, [oslo])] == ["Oslo 4", "Oslo 2", "Oslo 1", "Oslo 3", "no name"]
    assert naming_first(rows, [None]) == rows


def first_quote(page: HtmlPage, *after: str) -> str:
    """Return the quote to which the first reference after the texts leads. The texts follow each other on the page."""
    place = 0
    for text in after:
        place = page.source.index(text, place)
    number = re.search(r'#note-(\d+)"', page.source[place:])
    assert number
    note = page.source.partition(f'id="note-{number[1]}"')[2]
    return " ".join(note.partition("<blockquote")[2].partition(">")[2].partition("<")[0].split())


@pytest.mark.parametrize("network", ["covenant-of-mayors", "eurocities", "nordic-safe-cities"])
async def test_the_first_quote_of_a_membership_names_the_city(
    browser: httpx.AsyncClient, seeded_store: Store, network: str
) -> None:
    page = HtmlPage((await browser.get(f"/network?{CITY}&network={network}&language=fi")).text)
    assert "Vantaa" in first_quote(page, 'id="ours"')
    page = HtmlPage((await browser.get(f"/city?{CITY}&language=fi")).text)
    assert "Vantaa" in first_quote(page, f"network={network}")


@pytest.mark.parametrize(("city", "named"), [("lontoo", "London"), ("krakova", "Krak"), ("leeds", "Leeds")])
async def test_the_quote_of_a_member_names_it_in_any_language(
    browser: httpx.AsyncClient, seeded_store: Store, city: str, named: str
) -> None:
    page = HtmlPage((await browser.get(f"/network?{CITY}&network=eurocities&language=fi")).text)
    assert named in first_quote(page, 'id="members"', f"<bdi>{city.capitalize()}</bdi>")


async def test_the_quote_of_who_decided_names_the_board(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = HtmlPage((await browser.get(f"{DECISION}&language=fi")).text)
    assert first_quote(page, "<dt>Päättäjä</dt>") == "Kaupunginhallitus 27.11.2023 § 15"
