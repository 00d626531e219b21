"""Check how pages show citations: their place, their order, and records of Wikidata."""

from typing import Any

import httpx
import pytest

from api.pages.citations import in_document_order, is_reference, locator, wikidata_items
from api.pages.language import reader_of
from api.pages.rendering import Notes
from graph.store import Store
from tests.pages.html_page import HtmlPage

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
    assert locator(section, reader_of(language)) == expected


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
    assert "Kaupunginhallitus 27.11.2023 § 15" not in page.everything
    assert "§ 15, punkt a" in page.text
    targets = {link for link in page.links() if link.startswith("#note-")}
    assert {link.removeprefix("#") for link in targets} <= set(page.attributes("id"))


async def test_a_record_of_wikidata_is_a_link(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = HtmlPage((await browser.get(f"/projects?{CITY}&language=fi")).text)
    assert any(link.startswith("https://www.wikidata.org/wiki/Q") for link in page.links())
    assert "relations.tsv" not in page.text
