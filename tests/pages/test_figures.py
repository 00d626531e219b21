"""Check that the figures on pages are those of the GraphQL API, and that a reader can follow them to their source."""

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import openpyxl
import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from icalendar import Calendar
from markupsafe import Markup

from api.pages.filters import filters, stacked
from api.pages.language import reader_of
from api.pages.table_files import csv_file, table_row, workbook
from api.pages.values import Text
from api.translations.catalogue import LANGUAGES, Language
from graph.store import Store
from tests.pages.conftest import Ask
from tests.pages.html_page import HtmlPage
from tests.questions.graph_builder import OPEN, SmallGraph, period

VANTAA = "City:vantaa"
ON = "2025-06-01"


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


async def page_of(browser: httpx.AsyncClient, address: str) -> HtmlPage:
    response = await browser.get(f"{address}&on={ON}&language=fi")
    assert response.status_code == 200
    return HtmlPage(response.text)


async def test_fees_equal_those_of_the_api(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($city: ID!) { costPerNetwork(city: $city, from: 2020, until: 2025) {
      incomplete totals { amount currency }
      networks { network { name(language: FI) } unknownYears years { year counted fee { amount } budgetLine } } } }"""
    cost = (await ask(query, city=VANTAA))["costPerNetwork"]
    assert (cost["totals"], cost["incomplete"]) == ([{"amount": "40000.00", "currency": "EUR"}], True)
    page = await page_of(browser, "/cost?city=vantaa&from=2020&until=2025")
    text = plain(page.text)
    assert "vähintään 40 000 €" in text
    counted = {
        (network["network"]["name"], entry["year"])
        for network in cost["networks"]
        for entry in network["years"]
        if entry["counted"]
    }
    known = {
        (network["network"]["name"], entry["year"])
        for network in cost["networks"]
        for entry in network["years"]
        if entry["counted"] and entry["fee"]
    }
    assert f"{len(counted)} maksua, joista tiedossa {len(known)}" in text
    for network in cost["networks"]:
        assert network["network"]["name"] in text
        for entry in network["years"]:
            if entry["fee"]:
                assert plain(f"{format_decimal(entry['fee']['amount'], locale='fi')} €") in text
                assert entry["budgetLine"] is None or entry["budgetLine"] in text


async def test_a_fee_leads_to_its_quote_and_to_the_decision(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get("/cost?city=vantaa&from=2024&until=2024&language=fi")
    page = HtmlPage(response.text)
    number = re.search(r'10\s000\s€.*?href="#note-(\d+)"', response.text.replace("&nbsp;", " "), re.S)
    assert number
    note = plain(response.text.partition(f'<li id="note-{number[1]}">')[2].partition("</li>")[0])
    assert "10 000 euroa" in note
    assert "Vantaan kaupunginhallitus 27.11.2023 § 15" in note
    assert any(link.startswith("/id/Decision/vantaa-kh-2023-11-27-15") for link in page.links())


async def test_the_overview_equals_the_api(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($city: ID!, $on: Date!) {
      city(id: $city) { population networks(on: $on) { totalCount nodes { name(language: FI) } } }
      year: costPerNetwork(city: $city, from: 2025, until: 2025) { feeCount knownFeeCount }
      last: costPerNetwork(city: $city, from: 2024, until: 2024) { feeCount knownFeeCount }
      renewalsDue(city: $city, on: $on, by: "2026-06-01") { totalCount nodes { lastDay } }
      dataGaps(city: $city, on: $on) { unknown }
      duplicateActivity(city: $city, on: $on) { totalCount } }"""
    data = await ask(query, city=VANTAA, on=ON)
    text = plain((await page_of(browser, "/city?city=vantaa")).text)
    assert plain(f"{format_decimal(data['city']['population'], locale='fi')} asukasta") in text
    assert f"Jäsenyydet {data['city']['networks']['totalCount']}" in text
    for network in data["city"]["networks"]["nodes"]:
        assert network["name"] in text
    for key in ("year", "last"):
        assert f"{data[key]['feeCount']} maksua, joista tiedossa {data[key]['knownFeeCount']}" in text
    assert f"Jäsenyyksien jatkaminen {data['renewalsDue']['totalCount']}" in text
    for renewal in data["renewalsDue"]["nodes"]:
        day = format_date(date.fromisoformat(renewal["lastDay"]), "medium", "fi")
        assert f"Kausi päättyy {day} ." in text
    assert f"Mitä ei tiedetä {len(data['dataGaps'])}" in text
    assert f"Mahdolliset päällekkäisyydet {data['duplicateActivity']['totalCount']}" in text


async def test_the_overview_switches_between_years(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/city?city=vantaa")
    this_year = date.today().year
    days = [f"{year}-12-31" for year in range(this_year - 4, this_year)]
    links = [link for link in page.links() if link.startswith("/city?city=vantaa") and link.endswith("&language=fi")]
    assert [link for link in links if any(f"on={day}" in link for day in days)] == [
        f"/city?city=vantaa&on={day}&language=fi" for day in days
    ]
    assert "/city?city=vantaa&language=fi" in links


async def test_renewals_are_a_calendar(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get("/renewals.ics?city=vantaa&on=2026-11-29&language=fi")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    assert calendar["X-WR-CALNAME"] == "Vantaa – Jäsenyyksien jatkaminen"
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].dt == date(2026, 11, 30)  # the next Monday
    assert event["SUMMARY"] == "Nordic Safe Cities: päätöstä jäsenyyden jatkamisesta ei ole lähteissä"
    assert event["DESCRIPTION"] == (
        "Kausi päättyi 31.12.2025. Jatkoa piti arvioida vuonna 2025. Päätöstä ei ole lähteissä. "
        "”Kaupunginhallitukselle tuodaan vuonna 2025 arvioitavaksi, jatketaanko jäsenyyttä vuodesta 2026 eteenpäin.” "
        "Vantaan kaupunginhallitus 27.11.2023 § 15: Nordic Safe Cities -verkoston jäsenyys"
    )
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(hours=9)]
    before = await browser.get("/renewals.ics?city=vantaa&on=2025-06-01&language=fi")
    [coming] = Calendar.from_ical(before.content).walk("VEVENT")
    assert (coming["UID"], coming["DTSTART"].dt) == (event["UID"], date(2025, 12, 31))
    assert coming["SUMMARY"] == "Nordic Safe Cities: päätös jäsenyyden jatkamisesta (viimeistään)"
    assert [alarm["TRIGGER"].dt for alarm in coming.walk("VALARM")] == [timedelta(days=-30), timedelta(days=-7)]
    assert event["URL"] == "http://citygraph.test/network?city=vantaa&language=fi&network=nordic-safe-cities"
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


async def test_a_calendar_has_all_renewals(browser: httpx.AsyncClient, empty_store: Store) -> None:
    """The calendar has those of all pages; the page has those of its part, and leads to the next."""
    graph = SmallGraph()
    graph.cities("vantaa")
    for number in range(411):
        graph.network(f"n-{number:03}")
        membership = graph.member("vantaa", f"n-{number:03}", period("2020-01-01", OPEN))
        end = f"{2020 + number // 400}-{1 + number % 12:02}-02"
        graph.relate(graph.node(f"MembershipTerm:t-{number:03}", **period("2020-01-01", end)), "UNDER", membership)
    await graph.write(empty_store)
    response = await browser.get("/renewals.ics?city=vantaa&on=2020-01-01&by=2022-01-01")
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert sorted(event["UID"] for event in events) == [
        f"MembershipTerm-t-{number:03}@citygraph" for number in range(411)
    ]
    shown, address = 0, "/renewals?city=vantaa&on=2020-01-01&by=2022-01-01"
    for part in (200, 200, 11):
        page = HtmlPage((await browser.get(address)).text)
        assert "Coming 411" in page.text
        links = page.links()
        assert len([link for link in links if link.startswith("/network?")]) == part
        assert "/renewals.ics?city=vantaa&on=2020-01-01&by=2022-01-01" in links
        shown += part
        address = next((found["href"] for _, found in page.elements if found.get("rel") == "next"), "")
    assert (shown, address) == (411, "")
    today = HtmlPage((await browser.get("/renewals?city=vantaa&by=2200-01-01")).text)
    [following] = [found["href"] for _, found in today.elements if found.get("rel") == "next"]
    [day] = parse_qs(urlsplit(following).query)["on"]  # a cursor is valid only on its day
    assert date.fromisoformat(day) in (date.today(), date.today() - timedelta(days=1))


@pytest.mark.parametrize(
    ("wording", "kind", "words"),
    [
        ("VERBATIM", "TEXT", "“It ends on 2025-12-31, or later.”"),
        ("SUMMARY", "TEXT", "Summary by the editors: It ends on 31 Dec 2025, or later."),
        ("VERBATIM", "DATA_SET", "Row of the data: It ends on 2025-12-31, or later."),
    ],
)
async def test_a_calendar_quotes_only_the_words_of_a_text(
    browser: httpx.AsyncClient, empty_store: Store, wording: str, kind: str, words: str
) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("n")
    membership = graph.member("vantaa", "n", period("2020-01-01", OPEN))
    term = graph.node("MembershipTerm:t", **period("2024-01-01", "2026-01-01"))
    graph.relate(term, "UNDER", membership)
    citation = graph.node("Citation:c", quote="It ends on 2025-12-31, or later.", wording=wording)
    graph.relate(citation, "FROM", graph.node("Document:d", kind=kind))
    graph.cites(term, "c", "validUntil")
    await graph.write(empty_store)
    response = await browser.get(f"/renewals.ics?city=vantaa&on={ON}&language=en")
    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["DESCRIPTION"] == f"The term ends on 31 Dec 2025. {words} D"


async def test_a_calendar_subscribes_to_the_renewals(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    for language in LANGUAGES:
        page = HtmlPage((await browser.get(f"/renewals?city=vantaa&on={ON}&language={language}")).text)
        [field] = [found for tag, found in page.elements if tag == "input" and found.get("id") == "subscribe"]
        assert "readonly" in field
        address = field["value"]
        assert address == f"http://citygraph.test/renewals.ics?city=vantaa&language={language}"
        first = await browser.get(address)
        again = await browser.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert first.headers["content-language"] == language
    days = [f"/renewals.ics?city=vantaa&on={on}&by=2026-06-01&language=fi" for on in (ON, "2025-06-02")]
    calendars = [Calendar.from_ical((await browser.get(day)).content) for day in days]
    uids = [[str(event["UID"]) for event in calendar.walk("VEVENT")] for calendar in calendars]
    assert uids[0] == uids[1] == ["MembershipTerm-vantaa-nordic-safe-cities-2024-2025@citygraph"]


async def test_the_table_has_the_format_of_the_readers_spreadsheet(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    response = await browser.get(f"/networks.csv?city=vantaa&on={ON}&language=fi")
    header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    [row] = [dict(zip(header, row, strict=True)) for row in rows if row[0] == "Nordic Safe Cities"]
    assert row["Maksu 2025"] == "10000,00"
    assert row["Päätettävä viimeistään"] == "31.12.2025"
    assert row["Lähteet"] == "Vantaan kaupunginhallitus 27.11.2023 § 15: Nordic Safe Cities -verkoston jäsenyys"
    assert [cells[2] for cells in rows if cells[0] == "Eurocities"] == ["voimassa"]


async def test_the_networks_are_a_table(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get(f"/networks.csv?city=vantaa&on={ON}&language=en")
    assert response.headers["content-disposition"] == 'attachment; filename="networks-vantaa-2025-06-01.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert header[:3] == ["Network", "Status", "In force"]
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    safe = found["Nordic Safe Cities"]
    assert (safe["Fee 2025"], safe["Currency"], safe["Decide by"]) == ("10000.00", "EUR", "2025-12-31")
    assert (found["Eurocities"]["Fee 2025"], found["Eurocities"]["Fee known"]) == ("", "no")


async def test_the_networks_are_a_workbook(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = f"/networks.xlsx?city=vantaa&on={ON}&language=en"
    response = await browser.get(address)
    assert response.headers["content-disposition"] == 'attachment; filename="networks-vantaa-2025-06-01.xlsx"'
    assert (await browser.get(address)).content == response.content
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    safe = found["Nordic Safe Cities"]
    assert (safe["Fee 2025"], safe["Currency"], safe["Decide by"]) == (10_000, "EUR", datetime(2025, 12, 31))
    assert (found["Eurocities"]["Fee 2025"], found["Eurocities"]["Fee known"]) == (None, "no")
    assert len(rows) == len((await browser.get(f"/networks.csv?city=vantaa&on={ON}")).text.splitlines()) - 1


def test_a_cell_never_is_a_formula() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.test")', "http://x.test", "a\n=b"]
    rows = "\n".join(table_row(row) for row in (["Text", "Number", "Day"], *([text, -1, None] for text in texts)))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(rows))).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == [" ".join(text.split()) for text in texts]
    assert {(cell.data_type, cell.hyperlink) for cell in cells} == {("s", None)}
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {-1}
    fields = [row[0] for row in csv.reader(io.StringIO(csv_file(rows, "en").decode("utf-8-sig")))][1:]
    assert fields[:5] == [f"'{text}" for text in texts[:5]]
    assert fields[5:] == ["http://x.test", "a =b"]


async def test_two_cities_are_compared(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($city: ID!, $on: Date!) {
      city(id: $city) { name(language: FI) networks(on: $on, first: 200) { nodes {
        id name(language: FI) themes(first: 100) { nodes { id name(language: FI) } }
        members(on: $on, first: 500) { nodes { id name(language: FI) } } } } }
      costPerNetwork(city: $city, from: 2021, until: 2025) { networks {
        network { name(language: FI) } years { year fee { amount currency } } } } }"""
    one, two = [await ask(query, city=city, on=ON) for city in (VANTAA, "City:helsinki")]
    page = await page_of(browser, "/compare?city=vantaa&otherCity=helsinki")
    text = plain(page.text)

    def nodes(data: Any, field: str) -> dict[str, str]:
        return {
            node["id"]: node["name"]
            for network in data["city"]["networks"]["nodes"]
            for node in network[field]["nodes"]
        }

    networks = [{node["id"]: node["name"] for node in data["city"]["networks"]["nodes"]} for data in (one, two)]
    shared = networks[0].keys() & networks[1].keys()
    assert f"Yhteiset verkostot {len(shared)} " in text
    cities = ["City:helsinki", "City:vantaa"]
    compared = [networks, *([nodes(data, field) for data in (one, two)] for field in ("themes", "members"))]
    for own, other in compared:
        for name, first, second in (("Vantaa", own, other), ("Helsinki", other, own)):
            only = [title for node, title in first.items() if node not in second and node not in cities]
            assert f"Vain {name} {len(only)} " in text
            assert [title for title in only if title not in text] == []
    fees = [
        {
            row["network"]["name"]: {year["year"]: year["fee"] for year in row["years"] if year["fee"]}
            for row in data["costPerNetwork"]["networks"]
        }
        for data in (one, two)
    ]
    pairs = [(fees[0][name], fees[1][name]) for name in fees[0].keys() & fees[1].keys() if fees[0][name]]
    newest = [(max(first.keys() & second.keys()), first, second) for first, second in pairs if first.keys() & second]
    assert newest
    for year in range(2021, 2026):
        same = [first[year] == second[year] for found, first, second in newest if found == year]
        assert text.count(f"sama maksu ({year})") == same.count(True)
        assert text.count(f"eri maksu ({year})") == same.count(False)


async def test_a_comparison_relates_what_only_one_city_has(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = plain((await page_of(browser, "/compare?city=vantaa&otherCity=helsinki")).text)
    theme = "Ratikan ja ratikkakaupungin toteuttaminen"
    assert f"{theme} Vantaa : oma teema, jota kaupungin verkostot eivät käsittele" in text
    assert " Vain Helsinki 160 Carbon Neutral Cities Alliance (CNCA) 12 Boston " in text
    assert "World Cities Culture Forum 29 Abu Dhabi " in text


async def test_a_comparison_relates_a_network_with_its_successor(
    browser: httpx.AsyncClient, empty_store: Store
) -> None:
    graph = SmallGraph()
    for network, city in (("old", "one"), ("new", "two")):
        graph.node(f"City:{city}", country="FI")
        graph.network(network)
        graph.member(city, network, period("2020-01-01", OPEN))
    graph.relate("Network:new", "SUCCEEDS", "Network:old")
    await graph.write(empty_store)
    text = plain((await page_of(browser, "/compare?city=one&otherCity=two")).text)
    assert "Old seuraaja: New" in text
    assert "New edeltäjä: Old" in text


async def test_the_fee_of_a_year_is_the_sum_of_its_known_terms(browser: httpx.AsyncClient, empty_store: Store) -> None:
    """A year with an unknown fee is passed over, and the fees of two terms are summed."""
    graph = SmallGraph()
    graph.network("n")
    for city, terms in (
        ("one", (("2022", 1500), ("2023", 1000), ("2023", 500), ("2024", 700), ("2024", None))),
        ("two", (("2023", 1500),)),
    ):
        graph.node(f"City:{city}", country="FI")
        membership = graph.member(city, "n", {**period("2020-01-01", OPEN), "basis": "STATED"})
        for number, (year, fee) in enumerate(terms):
            money = {"annualFee": fee * 100, "annualFeeCurrency": "EUR"} if fee else {}
            columns = period(f"{year}-01-01", f"{int(year) + 1}-01-01")
            graph.relate(graph.node(f"MembershipTerm:{city}-{number}", **columns, **money), "UNDER", membership)
    await graph.write(empty_store)
    text = plain((await page_of(browser, "/compare?city=one&otherCity=two")).text)
    assert "N sama maksu (2023) jäsen 1 500 € (2023) jäsen 1 500 € (2023)" in text
    text = plain((await page_of(browser, "/network?city=one&network=n")).text)
    assert "Vuoden 2025 maksua ei ole lähteissä. Maksu oli 1 500 € vuodessa (2022–2023)." in text


async def test_membership_attested_only_later_is_marked(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = plain((await page_of(browser, "/network?city=vantaa&network=airport-regions-council")).text)
    membership = text.partition("Tila jäsen ")[2].partition("Vastuuyksiköt")[0]
    for mark in ("lähde vasta myöhemmältä ajalta", "päätelty lähteestä"):
        assert membership.count(mark) == 1
    assert "Alue- ja paikallisviranomaisia" in text.partition("Jäsenyytemme")[0]
    assert "no source names Vantaa itself as a member" in text
    overview = plain((await page_of(browser, "/city?city=vantaa")).text)
    uncounted = overview.partition("Ei mukana luvussa valittuna päivänä: ")[2].partition("Jäsenmaksut")[0]
    doubt = "jäsenyys epävarma: mikään lähde ei nimeä kaupunkia jäseneksi"
    assert re.fullmatch(rf"Airport Regions Council \(ARC\) [\d ]+{doubt} lähde vasta myöhemmältä ajalta ", uncounted)
    assert overview.count(doubt) == 1


async def test_cities_of_working_groups_are_counted_apart(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = plain((await page_of(browser, "/network?city=vantaa&network=eurocities")).text)
    counts = [int(count) for count in re.findall(r", niistä (\d+):n jäsenyydestä ei ole tietoa", text)]
    assert counts == [6, 1]
    cost = (await page_of(browser, "/cost?city=vantaa&from=2025&until=2025")).text
    assert "Mukana ovat myös verkoston työryhmien ja projektien kaupungit." in cost


async def test_a_pair_of_duplicates_shows_its_latest_evidence(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    query = """query ($city: ID!, $on: Date!) { duplicateActivity(city: $city, on: $on, first: 50) { nodes {
      one { kind collaboration { id } } two { kind collaboration { id } } } } }"""
    pairs = (await ask(query, city=VANTAA, on=ON))["duplicateActivity"]["nodes"]
    assert not [pair for pair in pairs if pair["one"]["kind"] == pair["two"]["kind"] == "WORKING_GROUP"]
    text = plain((await page_of(browser, "/duplicates?city=vantaa")).text)
    first = text.partition(" Eurocities ja Nordic Safe Cities merkittävä ")[2]
    assert first.startswith("yhteinen teema on palvelun tekijöiden tulkinta ")
    assert "Viimeisin lähde 9.12.2025 " in first
    assert "Yhteiset teemat Segregaation ehkäisy palvelun tekijöiden tulkinta, ei lähteessä " in first
    assert " Muut yhteiset kaupungit vähintään 6: Göteborg " in first
    assert "Ei tiedetä, hoitaako molempia sama yksikkö." in first
    assert "Samaan asiaan liittyvät GROW – Leave no neighbourhood behind , Sosiaalisten kysymysten " in first
    assert "Pisteet" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/duplicates?city=vantaa",
        "/overlap?city=vantaa",
        "/themes?city=vantaa&themeScheme=vantaa-strategic-themes",
        "/peers?city=vantaa&theme=vantaa-segregation",
        "/network?city=vantaa&network=eurocities",
    ],
)
async def test_a_theme_shows_its_source_and_the_reason_of_the_editors(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, address: str
) -> None:
    query = """{ network(id: "Network:eurocities") { themes(where: { id: { eq: "Theme:vantaa-segregation" } }) {
      edges { provenance { basis note sources { quote } } } } } }"""
    [edge] = (await ask(query))["network"]["themes"]["edges"]
    provenance = edge["provenance"]
    assert provenance["basis"] == "EDITORIAL"
    page = await page_of(browser, address)
    before, _, after = page.text.partition(provenance["note"])
    assert before.endswith("Palvelun tekijöiden perustelu (englanniksi): ")
    assert provenance["sources"][0]["quote"] in after


async def test_a_pair_of_themes_of_two_schemes_shows_why_they_match(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    query = """{ theme(id: "Theme:eurocities-environment") { relationships(fields: ["closeMatches"]) {
      node { id } provenance { note } } } }"""
    links = (await ask(query))["theme"]["relationships"]
    [note] = [link["provenance"]["note"] for link in links if link["node"]["id"] == "Theme:vantaa-carbon-neutrality"]
    for address in ("/duplicates?city=vantaa", "/overlap?city=vantaa"):
        assert f"Palvelun tekijöiden perustelu (englanniksi): {note}" in (await page_of(browser, address)).text


async def test_a_shared_city_leads_to_both_memberships(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/overlap?city=vantaa")
    for membership in ("stockholm-eurocities", "stockholm-nordic-safe-cities"):
        assert any(link.startswith(f"/id/Membership/{membership}?") for link in page.links())


async def test_a_network_shows_our_seats_in_its_working_groups(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    query = """query ($on: Date!) { city(id: "City:vantaa") { workingGroups(on: $on) {
      edges { role node { name(language: FI) network { id } } provenance { sources { quote } } } } } }"""
    edges = (await ask(query, on="2026-11-29"))["city"]["workingGroups"]["edges"]
    seats = [edge for edge in edges if edge["node"]["network"]["id"] == "Network:eurocities"]
    assert "CHAIRING_TEAM" in [seat["role"] for seat in seats]
    response = await browser.get("/network?city=vantaa&network=eurocities&on=2026-11-29&language=fi")
    text = HtmlPage(response.text).text
    section = text.partition("Paikkamme työryhmissä")[2]
    for seat in seats:
        assert seat["node"]["name"] in section
        assert seat["provenance"]["sources"][0]["quote"] in section
    assert "puheenjohtajisto" in section.partition("Eroamisen")[0]
    assert "Paikkamme" not in (await page_of(browser, "/network?city=vantaa&network=covenant-of-mayors")).text


async def test_a_renewal_states_the_last_day_to_decide(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get("/renewals?city=vantaa&on=2026-11-29&language=fi")
    text = HtmlPage(response.text).text
    assert "Myöhässä 1" in text
    assert "Nordic Safe Cities 31.12.2025 myöhässä " in text
    coming = (await page_of(browser, "/renewals?city=vantaa")).text
    assert "Nordic Safe Cities 31.12.2025 Kausi päättyy" in coming


async def test_the_start_page_counts_the_networks_of_the_day(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    query = """query ($on: Date!) { cities(where: { units: { some: {} } }) {
      nodes { name(language: EN) networks(on: $on) { totalCount } } } }"""
    for on in ("2005-01-01", ON):
        text = HtmlPage((await browser.get(f"/?on={on}&language=en")).text).text
        for city in (await ask(query, on=on))["cities"]["nodes"]:
            count = city["networks"]["totalCount"]
            assert re.search(rf"{city['name']} \w+ · {count} networks?\b", text), (on, city)


async def test_the_fees_have_totals_by_year_and_by_budget_line(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    page = await page_of(browser, "/cost?city=vantaa&from=2023&until=2024")
    text = plain(page.text)
    assert "Kaikki verkostot vähintään 20 000 € vähintään 10 000 € vähintään 10 000 €" in text
    lines = text.partition("Maksut menokohdan mukaan")[2]
    assert "104060300 Nordic Safe Cities" in lines
    figures = [link for link in page.links() if link.startswith("#fees")]
    assert "#fees-nordic-safe-cities" in figures
    assert all(f'id="{figure[1:]}"' in page.source for figure in figures)


async def test_past_projects_of_a_funding_programme_are_marked(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = plain((await page_of(browser, "/funding?city=vantaa")).text)
    assert "Projektimme, myös päättyneet" in text
    assert "Urban II Helsinki–Vantaa päättynyt , 5 300 000 €" in text


async def test_networks_are_filtered_and_sorted(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    async def names(parameters: str) -> list[str]:
        response = await browser.get(f"/networks.csv?city=helsinki&on={ON}&language=en{parameters}")
        return [row[0] for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))][1:]

    everything = await names("")
    assert len(everything) > 10
    assert everything == sorted(everything, key=str.casefold)
    unknown, known = await names("&fee=unknown"), await names("&fee=known")
    assert unknown
    assert sorted([*unknown, *known]) == sorted(everything)
    by_fee = await names("&sort=fee")
    assert set(by_fee[: len(known)]) >= set(known)


async def test_themes_are_chosen_by_scheme(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    """A reader finds a theme in the groups of the filter, the city's own schemes first, and on the page of themes."""
    own = "Vantaan strategisesti tärkeät teemat"
    filtered = await page_of(browser, "/networks?city=vantaa")
    assert own in filtered.attributes("label")[:2]
    assert "Nordic Safe Cities -verkoston tavoitteet" in filtered.attributes("label")[2:]
    choice = await page_of(browser, "/themes?city=vantaa")
    (link,) = {link for link in choice.links() if link.endswith("#Theme-vantaa-overall-safety")}
    page = await browser.get(link)
    assert "Theme-vantaa-overall-safety" in HtmlPage(page.text).attributes("id")


async def test_an_unknown_fact_says_what_its_day_is(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = (await page_of(browser, "/gaps?city=vantaa")).text
    assert "Vaikuttaa sivuihin: Jäsenmaksut , Päällekkäinen työ " in text
    assert "Romanien osallisuus Työryhmä viimeisin lähde 2013 " in text
    assert "Vantaan ystävyyskaupungit toukokuussa 2023 Lähteessä mainittu kokonaismäärä Lähteessä mainittu " in text
    later = HtmlPage((await browser.get("/gaps?city=vantaa&on=2026-11-30&language=fi")).text).text
    assert "Nordic Safe Cities Jäsenyys päätetyn kauden loppu 31.12.2025 , viimeisin lähde 27.11.2023 " in later
    earlier = HtmlPage((await browser.get("/gaps?city=vantaa&on=2012-01-01&language=fi")).text).text
    assert "alkamispäivä " in earlier
    assert re.search(r"Eurocities Jäsenyys ensimmäinen lähde [\d.]+ ", earlier)


async def test_members_that_older_sources_show_say_when(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = (await page_of(browser, "/network?city=vantaa&network=eurocities")).text
    assert re.search(r"Alankomaat Amsterdam jäsenyys epävarma viimeisin lähde 2021 \d+ Eindhoven ", text)


async def test_peers_equal_those_of_the_api(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($city: ID!) { peerCities(city: $city, theme: "Theme:vantaa-overall-safety", on: "2023-11-27") {
      totalCount nodes { city { name(language: FI) } } } }"""
    peers = (await ask(query, city=VANTAA))["peerCities"]
    response = await browser.get("/peers?city=vantaa&theme=vantaa-overall-safety&on=2023-11-27&language=fi")
    text = HtmlPage(response.text).text
    assert f"{peers['totalCount']} vertaiskaupunkia" in text
    assert [peer["city"]["name"] for peer in peers["nodes"] if peer["city"]["name"] not in text] == []


async def test_a_known_fee_outside_the_total_is_not_no_fee(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/cost?city=helsinki&from=2019&until=2019")
    text = plain(page.text)
    assert "suluissa olevat maksut (6 000 $) eivät sisälly summaan" in text
    assert "5 600 € (lähteen mukaan)" in text


async def test_an_unknown_fee_of_an_application_makes_the_fees_of_a_theme_incomplete(
    browser: httpx.AsyncClient, empty_store: Store
) -> None:
    graph = SmallGraph()
    graph.node("City:one", country="FI")
    graph.themes("s", "both", "unknown")
    graph.network("paid", "both")
    graph.network("applied", "both", "unknown")
    since = {**period("2024-01-01", "2025-01-01"), "basis": "STATED"}
    paid = graph.member("one", "paid", since)
    money = {"annualFee": 1_000_000, "annualFeeCurrency": "EUR"}
    graph.relate(graph.node("MembershipTerm:paid", **period("2024-01-01", "2025-01-01"), **money), "UNDER", paid)
    graph.member("one", "applied", since, status="APPLIED")
    await graph.write(empty_store)
    page = HtmlPage((await browser.get("/cost?city=one&from=2024&until=2025&language=en")).text)
    themes = page.text.partition("Fees by theme")[2].partition("Fees by budget line")[0]
    no_member = "– not a member"
    assert f"Both Applied Paid at least €10,000 at least €10,000 {no_member}" in themes
    assert f"Unknown Applied unknown ? unknown {no_member}" in themes


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("fi", ["Łódź", "Lund", "Ålborg", "Äänekoski", "Øster"]),
        ("en", ["Äänekoski", "Ålborg", "Łódź", "Lund", "Øster"]),
    ],
)
def test_names_are_in_the_order_of_the_alphabet(language: Language, ordered: list[str]) -> None:
    nodes = [{"localisedName": name} for name in reversed(ordered)]
    by_name = filters(reader_of(language))["by_name"]
    assert [node["localisedName"] for node in cast("list[dict[str, str]]", by_name(nodes))] == ordered


@pytest.mark.slow
async def test_a_page_states_what_it_leaves_out(browser: httpx.AsyncClient, empty_store: Store) -> None:
    graph, since = SmallGraph(), {**period("2020-01-01", OPEN), "basis": "STATED"}
    many = [f"c-{number:03}" for number in range(501)]
    for city in ("vantaa", "espoo", *many):
        graph.node(f"City:{city}", country="FI")
    for number in range(33):
        graph.network(f"n-{number:02}")
        for city in ("vantaa", "espoo"):
            graph.member(city, f"n-{number:02}", since)
    graph.network("big")
    graph.network("small")
    for city in many:
        graph.member(city, "big", since)
    graph.member("vantaa", "big", since)
    graph.member("espoo", "small", since)
    graph.member(many[0], "small", since)
    for city in many[:201]:
        graph.twins("vantaa", city, since)
    await graph.write(empty_store)
    texts = {
        address: HtmlPage((await browser.get(f"/{address}")).text).text
        for address in (
            "city?city=vantaa",
            "projects?city=vantaa",
            "overlap?city=vantaa",
            "compare?city=vantaa&otherCity=espoo",
            "board-pack?city=vantaa&network=n-00",
        )
    }
    assert "101 more" in texts["city?city=vantaa"]
    assert "1 more" in texts["projects?city=vantaa"]
    for page in ("overlap?city=vantaa", "board-pack?city=vantaa&network=n-00"):
        assert "Only the pairs that share most are shown." in texts[page]
    assert " … " in texts["overlap?city=vantaa"]
    compared = texts["compare?city=vantaa&otherCity=espoo"]
    left_out = (
        "Networks with more than 500 members are left out here, so the other city may meet a listed city in one of"
    )
    assert f"{left_out} them: Big Only Vantaa 0 " in compared
    assert "Big Only Vantaa 0 none known Only Espoo 1 Small 1 C 000 " in compared


async def test_stated_numbers_of_twin_towns_stand_beside_the_list(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    text = plain((await page_of(browser, "/projects?city=vantaa")).text)
    stated = text.partition("Lähteissä mainittu ystävyyskaupunkien määrä: ")[2]
    assert re.match(r"9 \(toukokuu 2023\) \d+ \d+ , 13 \(joulukuu 2018\) \d+ \. ", stated)


@pytest.mark.parametrize(
    ("city", "expected"),
    [
        ("vantaa", r"14 kirjattu Lähteissä mainittu ystävyyskaupunkien määrä: 9 \(toukokuu 2023\) \d+ \d+ , 13 "),
        ("oslo", r"\d+ kirjattu Mikään lähde ei kerro, että luettelo olisi täydellinen\. "),
    ],
)
async def test_the_overview_states_the_number_of_twin_towns(
    browser: httpx.AsyncClient, seeded_store: Store, city: str, expected: str
) -> None:
    text = plain((await page_of(browser, f"/city?city={city}")).text)
    assert re.search(f"Ystävyyskaupungit {expected}", text)


async def test_the_themes_of_the_overview_have_sources(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/city?city=vantaa")
    themes = page.source[page.source.index('id="themes"') : page.source.index('id="peers"')]
    for row in re.findall(r'<a href="/peers[^"]*theme=[^"]*">.*?(?:<br>|</span></li>)', themes, re.DOTALL):
        assert 'href="#note-' in row


async def test_the_shares_of_all_themes_add_up_to_the_fees(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/cost?city=vantaa&from=2022&until=2025")
    themes = page.source[page.source.index("Maksut teemoittain") : page.source.index("Maksut menokohdan mukaan")]
    totals = re.findall(r'data-label="Yhteensä"[^>]*>(.*?)</td>', themes, re.DOTALL)
    shares = [re.search(r"osuus ([\d\s]+)", plain(HtmlPage(cell).text)) for cell in totals]
    assert [share[1].replace(" ", "") for share in shares if share] == ["4000"] * 10
    assert "40 000 €" in plain(HtmlPage(totals[0]).text)


async def test_measures_show_what_was_reported(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = plain((await page_of(browser, "/measures?city=vantaa")).text)
    assert "Ohjelmien toimenpiteet " in text
    assert re.search(r"tehty Osallistumista on vahvistettu\. Vantaan edustaja valittu .* puheenjohtajistoon\. ", text)


def test_the_cells_of_a_table_have_the_headings_of_their_columns() -> None:
    table = Markup(
        '<table><thead><tr><th scope="col">A</th><th scope="col">B &amp;<br>C</th><th scope="col">D</th></tr></thead>'
        '<tr><th scope="row">1</th><td class="n">2</td><td>3</td></tr><tr><td colspan="2">4</td><td>5</td></tr></table>'
    )
    rows = stacked(table).partition("</thead>")[2]
    assert re.findall(r'data-label="([^"]*)"[^>]*>(\d)', rows) == [
        ("B &amp; C", "2"), ("D", "3"), ("A", "4"), ("D", "5"),
    ]  # fmt: skip
    assert '<table class="stacked">' in stacked(table)


async def test_each_fact_of_a_network_has_its_own_source(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await page_of(browser, "/network?city=vantaa&network=nordic-safe-cities")
    quotes = dict(re.findall(r'<li id="note-(\d+)"[^>]*>\s*(.*?)</li>', page.source, re.DOTALL))
    about = page.source[page.source.index('id="about"') : page.source.index('id="members"')]
    for heading, quote in (
        ("Kotipaikka", "jonka sihteeristö sijaitsee Kööpenhaminassa"),
        ("Perustettu", "vuonna 2016 perustetussa"),
        ("Jäsenyyden ehdot", "Jäsenyyteen tulee sitoutua kahdeksi vuodeksi"),
    ):
        fact = about.partition(f"<dt>{heading}</dt>")[2].partition("</dd>")[0]
        assert any(quote in quotes[number] for number in re.findall("#note-(\\d+)", fact)), heading
    lead = page.source.partition('<p class="lead">')[2].partition("</p>")[0]
    assert "Kööpenhamina" not in lead


async def test_members_of_a_network_are_marked_as_doubtful(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask
) -> None:
    query = """query ($on: Date!) { network(id: "Network:eurocities") {
      members(on: $on, first: 500, includeApplied: true, edgeWhere: { doubtful: { eq: true } }) {
        nodes { name(language: FI) } } } }"""
    data = await ask(query, on=ON)
    names = [city["name"] for city in data["network"]["members"]["nodes"]]
    page = await page_of(browser, "/network?city=vantaa&network=eurocities")
    text = plain(HtmlPage(page.source).text).partition(" Jäsenet ")[2]
    assert len(names) > 5 and f", joista {len(names)} on epävarmoja" in text
    assert [name for name in names if f"{name} jäsenyys epävarma" not in text] == []


async def test_the_overview_counts_doubtful_memberships(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    for page in ("city", "networks"):
        text = HtmlPage((await browser.get(f"/{page}?city=vantaa&on=2026-11-30&language=fi")).text).text
        assert re.search("(Jäsenyydet 4|4 verkostoa), joista 1 on epävarma", text)


async def test_an_unknown_overlap_is_not_zero(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = HtmlPage((await browser.get(f"/overlap?city=helsinki&on={ON}&language=en")).text)
    matrix = page.source[page.source.index('<table class="matrix">') : page.source.index("</table>")]
    cells = [HtmlPage(f"<tr>{cell}</tr>").text for cell in re.findall("<td class=.*?</td>", matrix, re.DOTALL)]
    assert {"? unknown", "– not compared"} <= set(cells)
    assert any(re.fullmatch("≥ at least [1-9][0-9]*", cell) for cell in cells)
    assert [cell for cell in cells if re.search(r"\b0\b", cell)] == []
    assert not re.search(r'shade-\d">(<a[^>]*>)?<span class="unknown"', matrix)


async def test_pages_count_shared_themes_alike(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    """`joinCheck`, which a network's page shows, and `overlappingMemberships` agree on every pair of networks."""
    overlaps = await ask(
        """query ($on: Date!) { overlappingMemberships(city: "City:vantaa", level: CITIES, on: $on) {
          nodes { sharedThemes network { id } other { id } } } }""",
        on=ON,
    )
    pairs = overlaps["overlappingMemberships"]["nodes"]
    counts = {frozenset((pair["network"]["id"], pair["other"]["id"])): pair["sharedThemes"] for pair in pairs}
    check = """query ($on: Date!, $network: ID!) { joinCheck(city: "City:vantaa", network: $network, on: $on) {
      overlaps { sharedThemes network { id } } } }"""
    networks = sorted({network for pair in counts for network in pair})
    found: dict[frozenset[str], int | None] = {}
    for network in networks:
        answer = await ask(check, on=ON, network=network)
        for overlap in answer["joinCheck"]["overlaps"]:
            found[frozenset((network, overlap["network"]["id"]))] = overlap["sharedThemes"]
    assert found == counts and len(counts) > 2
    text = HtmlPage((await browser.get(f"/overlap?city=vantaa&on={ON}&language=en")).text).text
    page = HtmlPage(
        (await browser.get(f"/network?city=vantaa&network=nordic-safe-cities&on={ON}&language=en")).text
    ).text
    assert "no shared themes" in text and "no shared themes" in page


async def test_a_table_keeps_the_doubt_about_a_membership(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get("/networks.csv?city=vantaa&on=2026-11-30&language=en")
    header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    doubt = "membership doubtful: no source names the city as a member"
    assert [name for name, row in found.items() if row["Doubt"] == doubt] == ["Airport Regions Council (ARC)"]
    safe = found["Nordic Safe Cities"]
    latest = ("Latest known fee", "Currency of the latest known fee", "Year of the latest known fee")
    assert (safe["Overdue"], safe["Contact unit"]) == ("yes", "Safety manager, Vantaa")
    assert safe["Continuation"] == (
        "The term ended on 31 Dec 2025. A continuation was to be assessed in 2025. "
        "The sources contain no decision on it."
    )
    covenant = found["Covenant of Mayors"]
    unknown = ("Begins", "Ends", "Contact unit", "Overdue", "Continuation")
    assert {covenant[column] for column in unknown} == {"unknown"}
    assert (safe["Fee 2026"], *(safe[column] for column in latest)) == ("", "10000.00", "EUR", "2025")
    assert "https://archive.urbact.eu/vantaa" in found["Eurocities"]["Addresses of the sources"].split()


@pytest.mark.parametrize(
    "page",
    [
        "cost?",
        "renewals?",
        "compare?otherCity=helsinki&",
        "networks?",
        "city?",
        "overlap?",
        "duplicates?",
        "gaps?",
        "peers?theme=Theme:vantaa-logistic-location&",
        "themes?themeScheme=ThemeScheme:vantaa-strategic-themes&",
        "network?network=eurocities&",
        "board-pack?network=eurocities&",
    ],
)
async def test_every_list_of_memberships_marks_a_doubtful_one(
    browser: httpx.AsyncClient, seeded_store: Store, page: str
) -> None:
    text = HtmlPage((await browser.get(f"/{page}city=vantaa&on=2026-11-30&language=en")).text).text
    name, doubt = r"Airport Regions Council \(ARC\)", "membership doubtful: no source names the city as a member"
    assert re.search(rf"{name}[^()]{{0,120}} {doubt}", text)


@pytest.mark.parametrize(
    "page",
    ["networks?", "compare?otherCity=helsinki&", "network?network=eurocities&", "board-pack?network=eurocities&"],
)
async def test_a_grade_that_no_source_states_is_marked(
    browser: httpx.AsyncClient, seeded_store: Store, page: str
) -> None:
    """Helsinki's membership itself is stated."""
    text = HtmlPage((await browser.get(f"/{page}city=helsinki&on=2026-11-30&language=en")).text).text
    assert "full member implied by the source" in text


async def test_a_project_shows_the_citys_share_of_its_budget(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = HtmlPage((await browser.get("/projects?city=vantaa&on=2025-12-01&language=en")).text).text
    assert "€750,000,000 our share €541,000,000" in text


async def test_a_fee_of_a_year_without_a_source_of_the_membership_says_so(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    address = "/network?city=helsinki&network=world-cities-culture-forum&on=2026-11-30&language=en"
    text = HtmlPage((await browser.get(address)).text).text
    assert re.search(r"2022 €8,500 \d+ 2023 €8,500 \d+ from an older source", text)


async def test_a_search_without_a_hit_gives_advice_and_hits_keep_the_city(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    none = HtmlPage((await browser.get("/?text=qqqqqq&language=en")).text)
    assert "Try fewer words" in none.text
    found = HtmlPage((await browser.get("/?text=eurocities&city=vantaa&language=en")).text)
    assert "Try fewer words" not in found.text
    assert "/network?city=vantaa&language=en&network=eurocities" in found.links()


async def test_applied_memberships_are_counted_apart(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    text = HtmlPage((await browser.get("/networks?city=helsinki&on=2026-11-30&language=en")).text).text
    assert "20 networks, of which 1 is only applied for. Other pages do not count it." in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nordic Safe Cities", "Nordic Safe Cities -verkostossa"),
        ("Eurocities", "Eurocities-verkostossa"),
        ("Healthy Cities -verkosto", "Healthy Cities -verkostossa"),
    ],
)
def test_the_name_of_a_network_in_a_finnish_sentence(name: str, expected: str) -> None:
    reader = reader_of("fi")
    assert str(filters(reader)["in_network"](Text(name, "en", reader))) == expected
