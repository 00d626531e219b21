"""Check the dossiers of the board pack, on the page and as a Word document."""

import io
import re
from datetime import UTC, date, datetime

import httpx
import pytest
from babel.numbers import format_decimal
from docx import Document

from api.translations.catalogue import LANGUAGES
from graph.store import Store
from tests.pages.conftest import Ask
from tests.pages.html_page import HtmlPage

ADDRESS = "city=vantaa&on=2025-06-01&from=2020&until=2025&network=nordic-safe-cities&network=covenant-of-mayors"
HEADINGS = {
    "fi": ["Päätösaineisto: Vantaa", "Kaupunginjohtajien ilmastosopimus (Covenant of Mayors)", "Nordic Safe Cities"],
    "sv": ["Beslutsunderlag: Vanda", "Borgmästaravtalet (Covenant of Mayors)", "Nordic Safe Cities"],
    "en": ["Board pack: Vantaa", "Covenant of Mayors", "Nordic Safe Cities"],
}
NAMES = {"fi": "paatosaineisto", "sv": "beslutsunderlag", "en": "board-pack"}
FOOTNOTE = re.compile(r'<w:footnote w:id="(\d+)">(.*?)</w:footnote>')


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


async def document(browser: httpx.AsyncClient, address: str) -> bytes:
    response = await browser.get(f"/board-pack.docx?{address}")
    assert response.status_code == 200
    name = next(name for language, name in NAMES.items() if f"language={language}" in address)
    [day] = re.findall(r"on=([\d-]+)", address)
    assert response.headers["content-disposition"] == f'attachment; filename="{name}-vantaa-{day}.docx"'
    return response.content


def paragraphs(content: bytes) -> list[str]:
    word = Document(io.BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return [plain(text) for text in (*(paragraph.text for paragraph in word.paragraphs), *cells)]


@pytest.mark.slow
async def test_the_figures_equal_those_of_the_api(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($city: ID!, $network: ID!, $on: Date!) {
      costPerNetwork(city: $city, from: 2020, until: 2025) {
        networks { network { id } totals { amount } years { year fee { amount } } perTheme { divisor cost { amount } } }
      }
      leaveImpact(city: $city, network: $network, on: $on) {
        totals { amount } peers { name(language: FI) } peersKeptCount themes { theme { name(language: FI) } } }
      renewalsDue(city: $city, on: $on, by: "2026-06-01") { nodes { decideBy network { id } } }
      network(id: $network) { members(on: $on) { totalCount } } }"""
    safe = "Network:nordic-safe-cities"
    data = await ask(query, city="City:vantaa", network=safe, on="2025-06-01")
    response = await browser.get(f"/board-pack?{ADDRESS}&language=fi")
    page = plain(HtmlPage(response.text).text)
    word = "\n".join(paragraphs(await document(browser, f"{ADDRESS}&language=fi")))
    [cost] = [cost for cost in data["costPerNetwork"]["networks"] if cost["network"]["id"] == safe]
    [renewal] = [row for row in data["renewalsDue"]["nodes"] if row["network"]["id"] == safe]
    impact = data["leaveImpact"]
    assert (cost["totals"], impact["totals"]) == ([{"amount": "40000.00"}], [{"amount": "10000.00"}])
    money = [cost["totals"][0], cost["perTheme"]["cost"], *(year["fee"] for year in cost["years"] if year["fee"])]
    expected = [plain(f"{format_decimal(amount['amount'], locale='fi')} €") for amount in money]
    expected.append(f"arvioida vuonna {date.fromisoformat(renewal['decideBy']).year}")
    expected += [city["name"] for city in impact["peers"]]
    expected += [addressed["theme"]["name"] for addressed in impact["themes"]]
    assert len(expected) > 25
    assert [text for text in expected if text not in page] == []
    assert [text for text in expected if text not in word] == []
    assert f"vähintään {len(impact['peers'])}: " in page
    assert f"vähintään {len(impact['peers'])}: " in word
    for label, count in (
        ("Kaupungit, joiden kanssa meillä on muutakin yhteistyötä", impact["peersKeptCount"]),
        ("Jäsenet", data["network"]["members"]["totalCount"]),
    ):
        assert f"{label} {count} " in page
        assert any(text.startswith(f"{label} {count}") for text in word.splitlines())


@pytest.mark.parametrize(
    "language", ["fi", *(pytest.param(language, marks=pytest.mark.slow) for language in ("sv", "en"))]
)
async def test_the_document_is_in_the_readers_language(
    browser: httpx.AsyncClient, seeded_store: Store, language: str
) -> None:
    content = await document(browser, f"{ADDRESS}&language={language}")
    assert await document(browser, f"{ADDRESS}&language={language}") == content
    word = Document(io.BytesIO(content))
    headings = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name in ("Heading 1", "Heading 2")]  # pyright: ignore[reportOptionalMemberAccess]
    assert headings == HEADINGS[language]
    assert (word.core_properties.title, word.core_properties.author) == (HEADINGS[language][0], "Citygraph")
    assert word.core_properties.created == datetime(2025, 6, 1, tzinfo=UTC)
    footer = word.sections[0].footer.paragraphs[0].text
    assert footer.startswith(f"{HEADINGS[language][0]} · ")
    assert not [part for part in word.part.package.iter_parts() if "thumbnail" in part.partname]
    assert f'w:val="{LANGUAGES[language].replace("_", "-")}"' in word.styles.element.xml


async def test_every_figure_has_a_footnote_that_quotes_its_source(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    word = Document(io.BytesIO(await document(browser, f"{ADDRESS}&language=fi")))
    [part] = [part for part in word.part.package.iter_parts() if part.partname == "/word/footnotes.xml"]
    notes = dict(FOOTNOTE.findall(part.blob.decode()))
    body = word.element.xml
    referred = re.findall(r'<w:footnoteReference w:id="(\d+)"', body)
    assert referred == [str(number) for number in range(1, len(notes) + 1)] == list(notes)
    assert set(re.findall(r"NOTEREF _Note(\d+) ", body)) <= notes.keys()
    texts = [re.sub(r"<[^>]+>", "", note) for note in notes.values()]
    assert all(re.match(" ”.+” .+", text) for text in texts)
    assert any(
        "10 000 euroa" in plain(text) and "Vantaan kaupunginhallitus 27.11.2023 § 15" in plain(text) for text in texts
    )
    [safe] = word.tables
    for row in safe.rows[1:-1]:
        fee = row.cells[1]
        is_known = "€" in fee.text
        cited = re.search("footnoteReference|NOTEREF", fee._tc.xml)
        assert not is_known or cited, fee.text


async def test_a_dossier_says_what_a_board_needs_to_decide(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    written = paragraphs(await document(browser, "city=vantaa&on=2026-11-29&from=2022&until=2026&language=fi"))
    text = "\n".join(re.sub(r"(, )+(?=\n| –|$)| ,(?= )", "", line) for line in written)
    expected = [
        "Pohjoismaiset kaupungit, jotka vahvistavat yhdessä turvallisuuttaan, vähentävät vihapuhetta ja polarisaatiota",
        "Asia: jatketaanko jäsenyyttä Nordic Safe Cities -verkostossa 1.1.2026 alkaen. "
        "Maksu oli 10 000 € vuodessa (2022–2025).",
        "Kausi päättyi 31.12.2025. Jatkoa piti arvioida vuonna 2025. Päätöstä ei ole lähteissä.",
        "Säästö vuoden 2026 maksusta Vuoden 2026 maksua ei ole lähteissä. Maksu oli 10 000 € vuodessa (2022–2025).",
        "Kausi 2024–2025 Vantaan kaupunginhallitus 27.11.2023",
        "Sitoumus 10 000 € vuodessa, 20 000 € koko kaudelta",
        "Maksu / teema 1 000 € (vuoden 2025 maksu jaettuna verkoston teemojen määrällä: 10)",
        "– konferenssi, 8.–9.11.2023; järjestäjät: Vantaa ja Nordic Safe Cities",
        "– yhteinen selvitys, 2020; järjestäjät: Vantaa ja Nordic Safe Cities",
        "Hyöty vuoden 2023 jälkeen: lähteissä ei ole tietoa.",
        "Sosiaalisesti kestävä Vantaa -strategiateeman suunnitelma eli Myönteisen erityiskohtelun toimintaohjelma; "
        "mainitsee verkoston",
        "Eurocities (merkittävä) (yhteinen teema on palvelun tekijöiden tulkinta) – Segregaation ehkäisy",
        "Eurocities – vähintään 6 muuta yhteistä kaupunkia",
        "Jäsenet 21, (Jäsenluettelon ajankohta: 27.11.2023; muutoksia sen jälkeen ei tiedetä.)",
        "Luonnos: ”Päätetään, että jäsenyyttä Nordic Safe Cities -verkostossa ei jatketa ____________ jälkeen.”",
        f"Kokouspäivä {'_' * 40}",
        "Jos tietoa ei löydy lähteistä, kohdassa lukee ”ei tiedossa”.",
        "Jatkamista selvitetään, ja asia tuodaan uudelleen käsiteltäväksi.",
        f"Esittelijä {'_' * 40}",
        f"Päätösehdotus {'_' * 40}",
        "1. Jäsenyyttä jatketaan. Luonnos:",
        "3. Jatkamista selvitetään, ja asia tuodaan",
    ]
    assert [line for line in expected if line not in text] == []
    gaps = written[written.index("Mitä ei tiedetä") + 1 :][:3]
    assert gaps == [
        "Vuoden 2026 maksu.",
        "Onko jäsenyys voimassa vuoden 2025 jälkeen.",
        "Jäsenluettelon ajankohta: 27.11.2023; muutoksia sen jälkeen ei tiedetä.",
    ]
    assert "strategisesti tärkeiden teemojen" not in text


async def test_a_dossier_marks_what_is_not_stated(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = "city=vantaa&on=2026-11-29&from=2022&until=2026&network=eurocities&language=fi"
    written = "\n".join(paragraphs(await document(browser, address)))
    assert "tekevät yhteistyötä foorumeissa ja työryhmissä." in written
    assert re.search(r"^Jäsenyys jäsen \(päätelty lähteestä\), täysjäsen \(päätelty lähteestä\)", written, re.M)
    unknown = "jäsenyydestä ei ole tietoa tältä päivältä"
    assert f"vähintään 98, niistä 6:n {unknown}; ne ovat mukana työryhmissä tai projekteissa: Aarhus, " in written
    assert f", niistä 1:n {unknown}; se on mukana työryhmässä tai projektissa" in written
    assert "Päätöstä ei ole lähteissä" not in written
    english = "\n".join(paragraphs(await document(browser, address.replace("language=fi", "language=en"))))
    assert "in forums and working groups.\n" in english


async def test_a_dossier_shows_what_the_city_reported_and_the_conditions_of_membership(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    address = "/board-pack?city=vantaa&on=2026-11-29&network={}&language=fi"
    eurocities = plain(HtmlPage((await browser.get(address.format("eurocities"))).text).text)
    for text in (
        "Osallistumista on vahvistettu. Vantaan edustaja valittu ensimmäistä kertaa verkoston työryhmän "
        "puheenjohtajistoon.",
        "raportoitu 2025: Kukin toimiala vahvistaa osallistumistaan Eurocities-verkoston toimintaan",
        "Toteutettu aktiivisesti vuonna 2025.",
        "Hyöty vuoden 2025 jälkeen: lähteissä ei ole tietoa.",
    ):
        assert text in eurocities
    safe = plain(HtmlPage((await browser.get(address.format("nordic-safe-cities"))).text).text)
    assert re.search(r"Jäsenyyden ehdot Pohjoismaisia kaupunkeja.* Kahden vuoden sitoutuminen \d+ Jäsenyys", safe)
    assert "Jäsenyyteen tulee sitoutua kahdeksi vuodeksi" in safe
    before = plain(HtmlPage((await browser.get(address.format("eurocities").replace("2026", "2024"))).text).text)
    assert "Osallistumista on vahvistettu." not in before.partition(" Lähteet ")[0]


async def test_a_dossier_lists_a_doubtful_membership_first_among_the_unknown(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    address = "city=vantaa&on=2026-11-29&network=airport-regions-council&language=fi"
    unknown = "Onko kaupunki jäsen: mikään lähde ei nimeä sitä jäseneksi."
    assert f"Mitä ei tiedetä {unknown} " in HtmlPage((await browser.get(f"/board-pack?{address}")).text).text
    assert unknown in paragraphs(await document(browser, address))


async def test_the_renewals_due_are_chosen_unless_networks_are(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = "/board-pack?city=vantaa&on=2025-06-01&language=en"
    due = HtmlPage((await browser.get(address)).text)
    checked = [found["value"] for tag, found in due.elements if tag == "input" and "checked" in found]
    assert checked == ["Network:nordic-safe-cities"]
    other = HtmlPage((await browser.get(f"{address}&network=Network:eurocities")).text)
    checked = [found["value"] for tag, found in other.elements if tag == "input" and "checked" in found]
    assert checked == ["Network:eurocities"]
    assert any("network=eurocities" in link and ".docx" in link for link in other.links())


@pytest.mark.slow
async def test_the_latest_fee_is_older_than_the_chosen_years(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = "/board-pack?city=helsinki&on=2026-11-30&network=who-european-healthy-cities&language=fi"
    text = plain(HtmlPage((await browser.get(address)).text).text)
    assert "jatketaanko jäsenyyttä WHO:n European Healthy Cities -verkostossa 1.1.2021 alkaen" in text
    assert "Maksu oli 6 000 $ (2020)." in text
    assert "Sitoumus 6 000 $ vuonna 2020" in text
    assert "Maksua ei ole lähteissä." not in text


async def test_what_is_not_known_is_written_as_sentences(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = "/board-pack?city=helsinki&on=2026-11-30&network=education-cities&language=fi"
    text = plain(HtmlPage((await browser.get(address)).text).text)
    for sentence in (
        "Lähteistä ei käy ilmi, mihin asti jäsenyydestä on päätetty tai milloin se on arvioitava.",
        "Vastuuyksikkö ei ole tiedossa.",
        "Ei ole tiedossa, milloin jäsenyys päättyy tai on päättynyt. Viimeisin lähde: 29.4.2013",
        "Eroamisesta on päätetty. Lähteistä ei selviä, milloin jäsenyys päättyy tai on päättynyt.",
    ):
        assert sentence in text


async def test_the_word_document_keeps_together_what_belongs_together(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    word = Document(io.BytesIO(await document(browser, f"{ADDRESS}&language=fi")))
    long = [paragraph.text for paragraph in word.paragraphs if paragraph.text.startswith("Työryhmät ja projektit")]
    assert long and all(re.match(r"[^\t\n]+\n[^\t\n]+", text) for text in long)  # a tab would indent the line twice
    for row in word.tables[0].rows[:-1]:
        assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in row.cells)
    assert not word.tables[0].rows[-1].cells[0].paragraphs[0].paragraph_format.keep_with_next
    headings = [part for part in word.paragraphs if part.style is not None and "Heading" in (part.style.name or "")]
    assert any("<w:hyperlink" in part._p.xml for part in headings)
    assert not any("<w:u " in part._p.xml for part in headings)


async def test_the_columns_of_a_table_are_as_wide_as_their_texts(
    browser: httpx.AsyncClient, seeded_store: Store
) -> None:
    address = "/board-pack.docx?city=vantaa&on=2026-11-30&network=nordic-safe-cities&language=fi"
    table = Document(io.BytesIO((await browser.get(address)).content)).tables[0]
    year, fee, decision, line = [column.width.mm for column in table.columns if column.width]
    assert decision > 2 * max(year, fee, line) and min(year, fee, line) > 25
    assert abs(year + fee + decision + line - 166) < 1
    assert [cell.width.mm for cell in table.rows[1].cells if cell.width] == [year, fee, decision, line]
