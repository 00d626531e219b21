"""Check that days are shown with the precision in which sources give them."""

import io
from datetime import date
from typing import Any

import httpx
import openpyxl
import pytest

from api.pages.language import reader_of
from api.pages.table_files import csv_file, table_row, workbook
from api.pages.values import Day, Leaf, convert
from api.translations.catalogue import Language
from graph.store import Store
from tests.pages.html_page import HtmlPage

CITY = "city=vantaa&on=2026-06-01"
DOCUMENT = {"document": {"date": {"date": "2022-01-01", "precision": "YEAR", "bound": "DATE"}}}
PLAN: Any = {
    "attestedOn": Leaf("Date"),
    "latest": {"document": {"date": Leaf("PartialDate")}},
}


def shown(day: str, *proofs: dict[str, Any], language: Language = "fi") -> str:
    converted = convert({"attestedOn": day, "latest": list(proofs)}, PLAN, reader_of(language))
    return str(converted["attestedOn"])


def of_day(day: str) -> dict[str, Any]:
    return {"quote": "", "document": {"date": {"date": day, "precision": "DAY", "bound": "DATE"}}}


@pytest.mark.parametrize(
    ("day", "proofs", "expected"),
    [
        ("2021-01-01", [], "2021"),
        ("2022-12-31", [{"quote": "in 2022", **DOCUMENT}], "2022"),
        ("2022-12-31", [{"quote": "on 31 December 2022", **DOCUMENT}], "31.12.2022"),
        ("2019-12-31", [of_day("2019-12-31")], "31.12.2019"),
        ("2019-08-31", [{"quote": "In August 2019, these are the members", **DOCUMENT}], "elokuu 2019"),
        ("2025-05-01", [{"quote": "1. Antwerp, Belgium; on 28 April 2022", **DOCUMENT}], "toukokuu 2025"),
        ("2020-10-01", [{"quote": "launched on 1 October at the conference", **DOCUMENT}], "1.10.2020"),
        ("2019-09-30", [{"quote": "Kaupunginhallitus 30.9.2019 § 660", **DOCUMENT}], "30.9.2019"),
        ("2019-09-30", [{"quote": "syyskuun 30. päivänä, 30. syyskuuta", **DOCUMENT}], "30.9.2019"),
        ("2023-11-27", [], "27.11.2023"),
    ],
)
def test_a_day_of_a_source_is_as_precise_as_its_source(day: str, proofs: list[dict[str, Any]], expected: str) -> None:
    assert shown(day, *proofs) == expected


def test_the_precision_is_in_each_language_and_in_the_markup() -> None:
    assert [shown("2019-08-31", language=language) for language in ("fi", "sv", "en")] == [
        "elokuu 2019", "augusti 2019", "August 2019",
    ]  # fmt: skip
    day = Day.of(date(2019, 8, 31), reader_of("fi"), "MONTH")
    assert day.__html__() == '<time datetime="2019-08">elokuu 2019</time>'
    assert Day.of(day, reader_of("fi"), "YEAR").__html__() == '<time datetime="2019">2019</time>'


def test_the_day_of_a_gap_is_as_precise_as_that_of_its_node() -> None:
    gap = {"shownOn": "2021-12-31", "node": {"attestedOn": "2021-12-31"}}
    decided = {"shownOn": "2025-12-31", "node": {"attestedOn": "2021-12-31"}}
    group = {"shownOn": "2013-12-31", "node": {}}
    begins = {"shownOn": "2021-01-01", "unknown": "BEGINNING", "node": {"attestedOn": "2021-01-01"}}
    side = {"shownOn": "2019-08-31", "proofs": [{}, {"attestedOn": "2019-08-31"}]}
    plan: Any = {"shownOn": Leaf("Date"), "node": {"attestedOn": Leaf("Date")}, "proofs": {"attestedOn": Leaf("Date")}}
    rows = (gap, decided, group, begins, side)
    days = [str(convert(row, plan, reader_of("fi"))["shownOn"]) for row in rows]
    assert days == ["2021", "31.12.2025", "2013", "2021", "elokuu 2019"]


async def test_no_page_shows_the_day_of_a_source_that_gives_only_a_year(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    """Seeds contain the last day of the year or month, if a source gives no day."""
    gaps = HtmlPage((await browser.get(f"/gaps?{CITY}&language=fi")).text).text
    assert "Romanien osallisuus Työryhmä viimeisin lähde 2013 " in gaps
    roster = convert({"rosterAttestedOn": "2019-08-31"}, {"rosterAttestedOn": Leaf("Date")}, reader_of("fi"))
    assert str(roster["rosterAttestedOn"]) == "elokuu 2019"


def test_a_table_contains_only_the_known_part_of_a_date() -> None:
    reader = reader_of("fi")
    days = [Day.of(date(2021, 1, 1), reader, precision) for precision in ("DAY", "MONTH", "YEAR")]
    rows = "\n".join((table_row(["a", "b", "c"]), table_row(days)))
    assert csv_file(rows, "fi").decode("utf-8-sig").splitlines()[1] == "1.1.2021;tammikuu 2021;2021"
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(rows))).worksheets[0]
    assert [cell.value for cell in sheet[2]][1:] == ["tammikuu 2021", "2021"]


async def test_members_of_eurocities_are_shown_by_a_source_of_a_year(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    page = HtmlPage((await browser.get(f"/network?{CITY}&network=eurocities&language=fi")).text)
    members = page.source.partition('id="members"')[2]
    assert 'viimeisin lähde <time datetime="2021">2021</time>' in members
    assert "1.1.2021" not in page.text


async def test_the_end_of_a_year_that_still_runs_is_not_stated_as_known(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    today = Day.of(date.today(), reader_of("fi"))
    next_year = today.year + 1
    text = HtmlPage((await browser.get(f"/cost?city=vantaa&from=2020&until={next_year}&language=fi")).text).text
    assert f"vuoden {next_year} lopun tilanteesta sen mukaan, mitä {today} tiedetään." in text
    past = HtmlPage((await browser.get("/cost?city=vantaa&from=2020&until=2024&language=fi")).text).text
    assert "Lukumäärät on laskettu vuoden 2024 lopun tilanteesta." in past


async def test_a_page_of_a_future_day_says_so(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    today = Day.of(date.today(), reader_of("fi"))
    page = await browser.get(f"/gaps?city=vantaa&on={today.year + 1}-05-01&language=fi")
    sentence = f"1.5.{today.year + 1} on tulevaisuudessa: sivu näyttää, mitä siitä tiedetään {today} ."
    assert sentence in HtmlPage(page.text).text
