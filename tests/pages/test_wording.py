"""Check what pages say of decisions, fees, dates and quotes, and the names of their files."""

import io
import re
from typing import Any

import httpx
import pytest
from docx import Document

from api.graphql.schema import schema
from api.pages.language import reader_of
from api.pages.page import load_pages
from api.pages.rendering import environment_of
from api.pages.values import Text, convert
from api.translations.catalogue import Language
from graph.store import Store
from tests.pages.html_page import HtmlPage

CITY = "city=vantaa&on=2026-06-01"
SAFE = f"/network?{CITY}&network=nordic-safe-cities"
DECISION = f"/id/Decision/vantaa-kh-2023-11-27-15?{CITY}"


async def text_of(browser: httpx.AsyncClient, address: str, language: str = "en") -> str:
    response = await browser.get(f"{address}&language={language}")
    assert response.status_code == 200
    return HtmlPage(response.text).text.replace("\xa0", " ")


async def test_a_decision_is_quoted_before_it_is_summarised(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = await text_of(browser, DECISION, "fi")
    quote = text.index("a) liittyä Nordic Safe Cities -verkoston jäseneksi vuosiksi 2024–2025")
    summary = text.index("Palvelun tekijöiden tiivistelmä englanniksi")
    assert quote < summary < text.index("a) To join Nordic Safe Cities as a member for 2024–2025.")
    assert "Päättäjä Vantaan kaupunginhallitus" in text


async def test_a_document_lists_its_quotes(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await browser.get(f"/id/Document/vantaa-2023-11-27-nordic-safe-cities?{CITY}&language=fi")
    text = HtmlPage(page.text).text
    assert re.search(r"Hyväksyttiin esitys\. \d+\. Lainaus , § 15, Päätös, s\. 2", text)
    assert text.count(". Lainaus , ") == int(text.split("Lainaukset ")[1].split()[0])


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fi",
            "Voimassa alku ja loppu eivät ole tiedossa perustuu vanhempaan lähteeseen päätetyn kauden loppu 31.12.2025 "
            "viimeisin lähde 27.11.2023",
        ),
        (
            "sv",
            "I kraft början och slut okända enligt äldre källa den beslutade perioden slutar 31.12.2025 "
            "senaste källa 27.11.2023",
        ),
        (
            "en",
            "In force beginning and end unknown from an older source decided until 31 Dec 2025 "
            "latest source 27 Nov 2023",
        ),
    ],
)
async def test_a_membership_says_how_far_its_newest_decision_reaches(
    browser: httpx.AsyncClient, seeded_store: Store, language: str, expected: str
) -> None:
    assert expected in await text_of(browser, SAFE, language)


async def test_fees_are_decided_or_none(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = await text_of(browser, SAFE)
    assert "until 31 Dec 2019 no membership fee" in text
    assert "Year Decided fee 2022 €10,000" in text
    assert "Year Fee 2022 unknown" in await text_of(browser, f"/network?{CITY}&network=covenant-of-mayors")
    cost = await text_of(browser, f"/cost?{CITY}&until=2025")
    assert "€769 (13)" in cost
    assert (
        "Overall safety Nordic Safe Cities interpretation by the editors of this service, not in a source "
        "€40,000 share €4,000 €10,000 share €1,000 €10,000 share €1,000 €10,000 share €1,000" in cost
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fi",
            ["toukokuusta 2023", "vuodesta 2023", "27.8.2001 alkaen", "toukokuun 2023 loppuun", "vuoden 2023 loppuun"],
        ),
        ("sv", ["från maj 2023", "från 2023", "från 27.8.2001", "till utgången av maj 2023", "till utgången av 2023"]),
        ("en", ["since May 2023", "since 2023", "since 27 Aug 2001", "until May 2023", "until 2023"]),
    ],
)
def test_open_periods_are_inflected(language: Any, expected: list[str]) -> None:
    environment = environment_of(language)
    page = load_pages(schema._schema)["renewals"]  # pyright: ignore[reportPrivateUsage]
    dates = [
        ("2023-05-01", "MONTH"),
        ("2023-01-01", "YEAR"),
        ("2001-08-27", "DAY"),
        ("2023-06-01", "MONTH"),
        ("2024-01-01", "YEAR"),
    ]
    macros: Any = environment.get_template("macros.html").make_module()
    unknown = {"date": None, "precision": None, "bound": "UNKNOWN"}
    shown: list[str] = []
    for index, (day, precision) in enumerate(dates):
        known = {"date": day, "precision": precision, "bound": "DATE"}
        term = {"validFrom": known, "validUntil": unknown} if index < 3 else {"validFrom": unknown, "validUntil": known}
        data = {"renewalsDue": {"nodes": [{"term": term}]}}
        converted = convert(data, page.plan, reader_of(language))["renewalsDue"]["nodes"][0]["term"]
        html = macros.period(converted["validFrom"], converted["validUntil"])
        shown.append(HtmlPage(html).text)
    assert shown == expected


async def test_the_menu_is_grouped(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = await text_of(browser, f"/city?{CITY}")
    assert "Memberships Overview Networks Membership fees Renewals Board pack Cooperation Projects and groups" in text
    assert "Analysis and data Overlap Duplicates Peers Comparison Graph Unknown facts" in text


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/renewals.ics?city=vantaa&language=fi", "jasenyyksien-jatkaminen-vantaa.ics"),
        ("/networks.xlsx?city=vantaa&on=2025-06-01&language=sv", "natverk-vantaa-2025-06-01.xlsx"),
        ("/networks.csv?city=vantaa&on=2025-06-01&language=en", "networks-vantaa-2025-06-01.csv"),
    ],
)
async def test_files_are_named_in_the_readers_language(
    browser: httpx.AsyncClient, seeded_store: Store, address: str, name: str
) -> None:
    response = await browser.get(address)
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_the_word_document_links_and_sets_remarks_apart(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = f"/board-pack.docx?{CITY}&network=nordic-safe-cities&language=fi"
    word = Document(io.BytesIO((await browser.get(address)).content))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert any("kohtaamispaikkoja (palvelun tekijöiden tulkinta, ei lähteessä)" in text for text in texts)
    links = {link.text: link.address for paragraph in word.paragraphs for link in paragraph.hyperlinks}
    assert links["Nordic Safe Cities"].startswith("http://citygraph.test/network?")
    decision = links["Vantaan kaupunginhallitus 27.11.2023 §\xa015: Nordic Safe Cities -jäsenyys 2024–2025"]
    assert decision.startswith("http://citygraph.test/id/Decision/vantaa-kh-2023-11-27-15?")
    total = word.tables[0].rows[-1]
    assert [total.cells[index].text for index in (0, 2)] == ["Yhteensä\nyllä olevien maksujen summa", ""]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("City Board 27.11.2023 § 15: membership", "en", "City Board 27 Nov 2023 §\xa015: membership"),
        ("Board 31.2.2023, version 1.2.2023.4", "en", "Board 31.2.2023, version 1 Feb 2023.4"),
        ("Kaupunginhallitus 27.11.2023 § 15", "fi", "Kaupunginhallitus 27.11.2023 §\xa015"),
        ("Sept 1.9.2023", "en", "Sept 1 Sept 2023"),
        ("twinned 2001-08-27; 13 towns", "en", "twinned 27 Aug 2001; 13 towns"),
        ("2001-08-27-1 and 2001-13-01", "en", "2001-08-27-1 and 2001-13-01"),
    ],
)
def test_names_are_typeset_in_their_language(text: str, language: Language, expected: str) -> None:
    assert Text(text, language, reader_of(language)).__html__() == f"<bdi>{expected}</bdi>"


async def test_a_note_in_english_says_so(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = f"/id/Theme/nsc-safer-cities?{CITY}&language=fi"
    page = HtmlPage((await browser.get(address)).text)
    note = "Both mean a city that is safe in every respect; no text matches them."
    assert f'<bdi lang="en">{note}</bdi> <span class="note">(englanniksi)</span>' in page.source


async def test_the_menu_can_be_folded_without_javascript(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = (await browser.get(f"/city?{CITY}&language=fi")).text
    menu = page.partition('<nav class="menu"')[2].partition("</nav>")[0]
    assert "<details>" in menu and "<summary>Valikko</summary>" in menu
