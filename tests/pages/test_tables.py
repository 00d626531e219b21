"""Check that the figures in tables and lists on pages equal what the GraphQL API returns to another query."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

import httpx
import pytest
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal
from graphql import GraphQLObjectType, get_named_type

from api.graphql.schema import schema
from api.pages.language import reader_of
from api.pages.values import Text
from graph.store import Store
from tests.pages.conftest import Ask
from tests.pages.html_page import HtmlPage
from tests.questions.graph_builder import SmallGraph, period

FI = reader_of("fi")
UNKNOWN = FI.label("DateBound", "UNKNOWN")
EACH_CITY = pytest.mark.parametrize("city", ["vantaa", "helsinki"])
EACH_DAY = pytest.mark.parametrize(
    "on",
    ["2025-06-01", *(pytest.param(day, marks=pytest.mark.slow) for day in ("2013-06-01", "2026-11-30"))],
)

DATE = "{ date precision bound }"
PERIOD = f"validFrom {DATE} validUntil {DATE}"
MONEY = "{ amount currency }"
NAME = "name: localisedName(language: FI) { text language }"

Row = list[str]


def t(text: str) -> str:
    """Return the Finnish translation of a text of the pages."""
    return cast("str", FI.translations.gettext(text))


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("&nbsp;", " ").split())


async def page_of(browser: httpx.AsyncClient, address: str) -> HtmlPage:
    response = await browser.get(f"{address}&language=fi")
    assert response.status_code == 200
    return HtmlPage(response.text.replace("\xa0", " ").replace("&nbsp;", " "))


def name_of(node: dict[str, Any]) -> str:
    return plain(HtmlPage(Text(node["name"]["text"], node["name"]["language"], FI).__html__()).text)


def names(nodes: Iterable[dict[str, Any]], none: str = UNKNOWN) -> str:
    return " ".join(map(name_of, nodes)) or none


def label(enum: str, code: str | None) -> str:
    return FI.label(enum, code) if code else UNKNOWN


def standing(code: str | None) -> str:
    """Return the mark of a standing. Only what is not plainly in force has one."""
    return "" if code in ("IN_FORCE", None) else f" {label('Standing', code)}"


def money(value: dict[str, str] | None) -> str:
    if value is None:
        return UNKNOWN
    places = "" if float(value["amount"]).is_integer() else ".00"
    return plain(format_currency(value["amount"], value["currency"], f"#,##0{places} ¤", "fi", currency_digits=False))


def fee(value: dict[str, str] | None) -> str:
    return t("no membership fee") if value and not float(value["amount"]) else money(value)


def day(text: str) -> str:
    return format_date(date.fromisoformat(text), "d.M.y", "fi")


def shows_day(text: str, iso: str) -> bool:
    """Tell whether a text contains a day, or the month or year of which it is the first or last day.

    The days of sources have no precision; see `api.pages.values`.
    """
    found = date.fromisoformat(iso)
    precisions = ["DAY"]
    if 1 in (found.day, (found + timedelta(days=1)).day):
        precisions.append("MONTH")
    if iso[5:] in ("01-01", "12-31"):
        precisions.append("YEAR")
    return any(partial({"date": iso, "precision": precision}) in text for precision in precisions)


def partial(value: dict[str, str] | None, *, is_end: bool = False) -> str:
    """Return the known part of a date or, of the end of a period, of its last day."""
    if value is None or value["date"] is None:
        return UNKNOWN
    found = date.fromisoformat(value["date"]) - timedelta(days=is_end)
    match value["precision"]:
        case "YEAR":
            return str(found.year)
        case "MONTH":
            return format_skeleton("yMMMM", found, locale="fi")
        case _:
            return format_date(found, "d.M.y", "fi")


def states_period(text: str, node: dict[str, Any]) -> bool:
    """Tell whether a text names the years of both ends of a period, and its last day unless that ends a year."""
    begins, ends = (node[name]["date"] for name in ("validFrom", "validUntil"))
    if begins is None and ends is None:
        return text.startswith(t("beginning and end unknown"))
    last = date.fromisoformat(ends) - timedelta(days=1) if ends else None
    years = {begins[:4]} if begins else set[str]()
    if last is not None:
        years |= {str(last.year)}
    is_day = last is not None and node["validUntil"]["precision"] == "DAY" and (last.month, last.day) != (12, 31)
    return all(year in text for year in years) and (not is_day or format_date(last, "d.M.y", "fi") in text)


def count_of(page: HtmlPage, heading: str) -> int | None:
    """Return the number beside a heading. If there is no such heading, return None."""
    found = [re.fullmatch(rf"{re.escape(heading)} (\d[\d ]*)(,? \D.*)?", text) for text in page.sections]
    return next((int(match[1].replace(" ", "")) for match in found if match), None)


def rows_of(page: HtmlPage, heading: str, columns: int) -> list[Row]:
    """Return the rows under a heading with a number of columns, without the heads of the columns."""
    found = [rows for text, rows in page.sections.items() if re.fullmatch(rf"{re.escape(heading)}( \d.*)?", text)]
    return [row for rows in found for row in rows if len(row) == columns][columns > 1 :]


@EACH_CITY
@EACH_DAY
async def test_renewals(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    query = f"""query ($city: ID!, $on: Date!) {{ renewalsDue(city: $city, on: $on, by: "2030-12-31", first: 500) {{
      totalCount overdueCount
      nodes {{ decideBy lastDay overdue reason network {{ {NAME} }}
        term {{ {PERIOD} annualFee {MONEY} decision {{ {NAME} }} }} laterDecisions {{ {NAME} }} }}
      withoutTerm {{ network {{ {NAME} }} }} withoutEnd {{ network {{ {NAME} }} }} }} }}"""
    due = (await ask(query, city=f"City:{city}", on=on))["renewalsDue"]
    page = await page_of(browser, f"/renewals?city={city}&on={on}&by=2030-12-31")
    for heading, is_overdue, count in (
        (t("Overdue"), True, due["overdueCount"]),
        (t("Coming"), False, due["totalCount"] - due["overdueCount"]),
    ):
        assert (count_of(page, heading) or 0) == count
        rows = rows_of(page, heading, 6)
        expected = [renewal for renewal in due["nodes"] if renewal["overdue"] is is_overdue]
        for row, renewal in zip(rows, expected, strict=True):
            term = renewal["term"]
            assert row[0].startswith(name_of(renewal["network"]))
            assert row[1] == day(renewal["decideBy"]) + (f" {t('overdue')}" if is_overdue else "")
            assert renewal["lastDay"] is None or day(renewal["lastDay"]) in row[2]
            assert states_period(row[3], term)
            assert row[4] == (
                t("no membership fee")
                if float((term["annualFee"] or {}).get("amount", 1)) == 0
                else money(term["annualFee"])
            )
            later = "".join(f" {t('later:')} {name_of(decision)}" for decision in renewal["laterDecisions"])
            assert row[5] == (name_of(term["decision"]) if term["decision"] else UNKNOWN) + later
    without = [row["network"] for row in (*due["withoutTerm"], *due["withoutEnd"])]
    assert (count_of(page, t("No known end")) or 0) == len(without)
    shown = rows_of(page, t("No known end"), 1)
    assert len(shown) == len(without)
    assert all(any(text.startswith(name_of(network)) for [text] in shown) for network in without)


@EACH_CITY
@EACH_DAY
async def test_gaps(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    query = f"""query ($city: ID!, $on: Date!) {{ dataGaps(city: $city, on: $on) {{
      unknown shownOn node {{ __typename {NAME} }} }} }}"""
    gaps = (await ask(query, city=f"City:{city}", on=on))["dataGaps"]
    page = await page_of(browser, f"/gaps?city={city}&on={on}")
    kinds = {gap["unknown"] for gap in gaps}
    assert len(kinds) > 3
    for kind in kinds:
        expected = [gap for gap in gaps if gap["unknown"] == kind]
        heading = label("DataGapKind", kind) + (f" {on[:4]}" if kind == "FEE" else "")
        assert count_of(page, heading) == len(expected)
        shown = sorted(text for [text] in rows_of(page, heading, 1))
        starts = sorted(f"{name_of(gap['node'])} {label('type', gap['node']['__typename'])}" for gap in expected)
        assert [text[: len(start)] for text, start in zip(shown, starts, strict=True)] == starts
        for gap in expected if kind != "COUNT" else ():
            mine = [text for text in shown if text.startswith(name_of(gap["node"]))]
            assert gap["shownOn"] is None or any(shows_day(text, gap["shownOn"]) for text in mine), (gap, mine)


@EACH_CITY
async def test_themes(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str) -> None:
    schemes = (await ask("{ themeSchemes { nodes { id } } }"))["themeSchemes"]["nodes"]
    query = f"""query ($city: ID!, $scheme: ID!) {{
      themeCoverage(city: $city, of: {{ scheme: $scheme }}, on: "2025-06-01", first: 500) {{ totalCount nodes {{
        gap unseen theme {{ {NAME} }} hits {{ kind standing node {{ {NAME} }} }}
        unfollowed {{ initiative {{ {NAME} }} }} }}
        missing {{ kind unknown count }} }} }}"""
    for scheme in schemes:
        answer = (await ask(query, city=f"City:{city}", scheme=scheme["id"]))["themeCoverage"]
        address = f"/themes?city={city}&on=2025-06-01&themeScheme={scheme['id']}"
        page = await page_of(browser, address)
        rows = rows_of(page, t("Themes"), 3)
        assert len(rows) == answer["totalCount"]
        for (theme, covered, unfollowed), expected in zip(rows, answer["nodes"], strict=True):
            assert theme == f"{name_of(expected['theme'])} {t('Peers')}"
            for hit in expected["hits"]:
                assert (
                    f"{name_of(hit['node'])} {label('CoverageKind', hit['kind'])}{standing(hit['standing'])}" in covered
                )
            if not expected["hits"]:
                assert covered.startswith(t("gap") if expected["gap"] else UNKNOWN)
            assert (f"{expected['unseen']} muuta" in covered) == bool(expected["unseen"]), covered
            assert unfollowed == names((found["initiative"] for found in expected["unfollowed"]), "–")
        hits = [row for row in rows_of(page, t("Themes"), 1) if row[0]]
        assert len(hits) == sum(len(row["hits"]) for row in answer["nodes"])
        missing = [text for [text] in rows_of(page, t("Gaps in the data"), 1)]
        assert missing == [
            f"{label('MissingKind', row['kind'])}: {label('DataGapKind', row['unknown'])} – {row['count']}"
            for row in answer["missing"]
        ]


@EACH_CITY
@EACH_DAY
async def test_projects_groups_and_twin_towns(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str
) -> None:
    query = f"""query ($city: ID!, $on: Date!) {{
      followUpsDue(city: $city, on: $on, first: 500) {{ nodes {{ until project {{ {NAME} }} }} }}
      city(id: $city) {{
        projects(on: $on, first: 500) {{ totalCount edges {{ role standing budget {MONEY} node {{
          {NAME} stage {PERIOD} budget {MONEY} network {{ {NAME} }} themes {{ {NAME} }} }} }} }}
        workingGroups(on: $on, first: 500) {{ totalCount edges {{ role standing unit {{ {NAME} }} node {{
          {NAME} network {{ {NAME} }} themes {{ {NAME} }} }} }} }}
        twins(on: $on, first: 500) {{ totalCount edges {{ standing twinning {{ {PERIOD} attestedOn }}
          node {{ {NAME} country }} }} }}
        statedTotals {{ kind count statedFor {DATE} }} }} }}"""
    data = await ask(query, city=f"City:{city}", on=on)
    page = await page_of(browser, f"/projects?city={city}&on={on}")
    due = [f"{name_of(row['project'])} ennen {day(row['until'])}" for row in data["followUpsDue"]["nodes"]]
    assert [text for [text] in rows_of(page, t("Follow-ups due"), 1)] == due
    place = data["city"]
    for heading, field in (
        (t("Projects"), "projects"),
        (t("Working groups"), "workingGroups"),
        (t("Twin towns"), "twins"),
    ):
        assert count_of(page, heading) == place[field]["totalCount"] == len(place[field]["edges"])

    def edges(field: str) -> list[Any]:
        return sorted(place[field]["edges"], key=lambda edge: name_of(edge["node"]))

    for row, edge in zip(sorted(rows_of(page, t("Projects"), 5)), edges("projects"), strict=True):
        node = edge["node"]
        network = f" {name_of(node['network'])}" if node["network"] else ""
        assert row[:2] == [name_of(node) + network, label("PartnerRole", edge["role"]) + standing(edge["standing"])]
        assert row[2].startswith(stage := label("ProjectStage", node["stage"]))
        assert states_period(row[2].removeprefix(stage).lstrip(), node)
        share = t("our share %(amount)s") % {"amount": money(edge["budget"])}
        assert row[3] == (f"{money(node['budget'])} {share}" if node["budget"] or edge["budget"] else UNKNOWN)
        assert row[4] == names(node["themes"])
    for row, edge in zip(sorted(rows_of(page, t("Working groups"), 5)), edges("workingGroups"), strict=True):
        node = edge["node"]
        assert row == [
            name_of(node),
            name_of(node["network"]),
            label("GroupRole", edge["role"]) + standing(edge["standing"]),
            name_of(edge["unit"]) if edge["unit"] else UNKNOWN,
            names(node["themes"]),
        ]
    shown = sorted(rows_of(page, t("Twin towns"), 4))[:200]
    for row, edge in zip(shown, edges("twins"), strict=True):
        assert row[:2] == [name_of(edge["node"]), FI.locale.territories[edge["node"]["country"]]]
        assert states_period(row[2], edge["twinning"])
        assert row[2].endswith(standing(edge["standing"]))
        attested = edge["twinning"]["attestedOn"]
        assert shows_day(row[3], attested) if attested else row[3] == UNKNOWN
    stated = [total for total in place["statedTotals"] if total["kind"] == "TWIN_TOWNS"]
    for total in stated:
        assert f"{total['count']} ({partial(total['statedFor'])})" in plain(page.text)


@EACH_CITY
async def test_funding(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str) -> None:
    query = f"""{{ fundingProgrammes(first: 100) {{ nodes {{ {NAME} {PERIOD} budget {MONEY}
      themes {{ {NAME} }} partOf {{ {NAME} }}
      fundedProjects(first: 20) {{ edges {{ amount {MONEY} node {{ {NAME} stage
        partners(first: 20) {{ nodes {{ id }} }} }} }} }}
      fundedNetworks(first: 5) {{ edges {{ amount {MONEY} node {{ {NAME}
        memberships(first: 200) {{ nodes {{ city {{ id }} }} }} }} }} }} }} }} }}"""
    programmes = (await ask(query))["fundingProgrammes"]["nodes"]
    expected: list[tuple[Row, Any]] = []
    for programme in programmes:
        projects = [
            edge
            for edge in programme["fundedProjects"]["edges"]
            if f"City:{city}" in [partner["id"] for partner in edge["node"]["partners"]["nodes"]]
        ]
        networks = [
            edge
            for edge in programme["fundedNetworks"]["edges"]
            if {"id": f"City:{city}"} in [membership["city"] for membership in edge["node"]["memberships"]["nodes"]]
        ]
        if projects or networks:
            whole = f" {name_of(programme['partOf'])}" if programme["partOf"] else ""
            row = [name_of(programme) + whole, money(programme["budget"]), funded(projects), funded(networks)]
            expected.append(([*row, names(programme["themes"])], programme))
    page = await page_of(browser, f"/funding?city={city}&on=2025-06-01")
    assert count_of(page, t("Funding programmes")) == len(expected)
    shown = sorted(rows_of(page, t("Funding programmes"), 6))
    for row, (cells, programme) in zip(shown, sorted(expected, key=first_cell), strict=True):
        assert [row[0], *row[2:]] == cells
        assert states_period(row[1], programme)


def funded(edges: list[Any]) -> str:
    shown = [
        name_of(edge["node"])
        + (f" {label('ProjectStage', edge['node']['stage'])}" if edge["node"].get("stage") else "")
        + (f" , {money(edge['amount'])}" if edge["amount"] else "")
        for edge in sorted(edges, key=lambda edge: name_of(edge["node"]))
    ]
    return " ".join(shown) or UNKNOWN


def first_cell(row: tuple[Row, Any]) -> str:
    return row[0][0]


async def test_budgets_of_programmes(browser: httpx.AsyncClient, empty_store: Store) -> None:
    """The seeds contain no budget of a funding programme. The amounts of the projects and programmes differ."""
    graph = SmallGraph()
    graph.cities("one", "two")
    for slug, budget, currency, amount in (
        ("alpha", 125_000_000, "EUR", 4_000_000),
        ("beta", 1_000_050, "SEK", None),
        ("gamma", None, None, 70_000),
    ):
        programme = graph.node(
            f"FundingProgramme:{slug}", budget=budget, budgetCurrency=currency, **period("2020-01-01")
        )
        whole = {"budget": 9_900, "budgetCurrency": "EUR"}
        project = graph.node(f"Project:{slug}-project", **whole, **period("2021-01-01"))
        graph.relate("City:one", "PARTNER_IN", project, **period("2021-01-01"))
        given = {"amount": amount, "amountCurrency": "EUR"} if amount else {}
        graph.relate(project, "FUNDED_BY", programme, **given)
    await graph.write(empty_store)
    page = await page_of(browser, "/funding?city=one&on=2025-06-01")
    assert [[row[0], *row[2:4]] for row in rows_of(page, t("Funding programmes"), 6)] == [
        ["Alpha", "1 250 000 €", "Alpha project , 40 000 €"],
        ["Beta", "10 000,50 SEK", "Beta project"],
        ["Gamma", UNKNOWN, "Gamma project , 700 €"],
    ]
    assert count_of(await page_of(browser, "/funding?city=two&on=2025-06-01"), t("Funding programmes")) == 0


async def test_statuses_of_initiatives(browser: httpx.AsyncClient, empty_store: Store) -> None:
    """Initiatives have different statuses on a day, and each has different statuses on different days."""
    graph = SmallGraph()
    graph.cities("one")
    for slug, statuses in (
        ("alpha", (("PROPOSED", "2019-03-01"), ("ADOPTED", "2021-03-01"), ("IN_FORCE", "2023-03-01"))),
        ("beta", (("PROPOSED", "2021-05-01"), ("ADOPTED", "2024-03-01"))),
        ("gamma", ()),
    ):
        initiative = graph.node(f"EuInitiative:{slug}", **period("2019-03-01"))
        for name, begins in statuses:
            status = graph.node(f"InitiativeStatus:{slug}-{name.lower()}", status=name, **period(begins))
            graph.relate(status, "OF", initiative)
    await graph.write(empty_store)
    for on, alpha, beta in (
        ("2018-06-01", None, None),
        ("2020-06-01", "PROPOSED", None),
        ("2022-06-01", "ADOPTED", "PROPOSED"),
        ("2025-06-01", "IN_FORCE", "ADOPTED"),
    ):
        page = await page_of(browser, f"/initiatives?city=one&on={on}")
        assert [row[:2] for row in rows_of(page, t("EU initiatives"), 6)] == [
            [name, label("EuInitiativeStatus", status)]
            for name, status in (("Alpha", alpha), ("Beta", beta), ("Gamma", None))
        ]


@EACH_CITY
@EACH_DAY
async def test_eu_initiatives(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    query = f"""query ($on: Date!) {{ euInitiatives(first: 500) {{ totalCount nodes {{
      {NAME} status(on: $on) {PERIOD} themes {{ {NAME} }} followers {{ nodes {{ {NAME} city {{ id }} }} }}
      measures {{ nodes {{ {NAME} goal {{ programme {{ city {{ id }} }} }} }} }} }} }} }}"""
    initiatives = (await ask(query, on=on))["euInitiatives"]
    page = await page_of(browser, f"/initiatives?city={city}&on={on}")
    assert count_of(page, t("EU initiatives")) == initiatives["totalCount"]
    mine = {"id": f"City:{city}"}
    shown = sorted(rows_of(page, t("EU initiatives"), 6))
    for row, node in zip(shown, sorted(initiatives["nodes"], key=name_of), strict=True):
        followers = [unit for unit in node["followers"]["nodes"] if unit["city"] == mine]
        measures = [found for found in node["measures"]["nodes"] if found["goal"]["programme"]["city"] == mine]
        assert row[:2] == [name_of(node), label("EuInitiativeStatus", node["status"])]
        assert states_period(row[2], node)
        assert row[3:] == [names(node["themes"]), names(followers), names(measures)]


@EACH_CITY
async def test_measures(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str) -> None:
    query = f"""{{ measures(first: 500) {{ nodes {{ {NAME} status reported reportedOn {DATE}
      goal {{ id {NAME} programme {{ {NAME} city {{ id }} }} }} units {{ {NAME} }} organisations {{ {NAME} }}
      networks {{ {NAME} }} euInitiatives {{ {NAME} }} }} }} }}"""
    everything = (await ask(query))["measures"]["nodes"]
    measures = [found for found in everything if found["goal"]["programme"]["city"] == {"id": f"City:{city}"}]
    page = await page_of(browser, f"/measures?city={city}&on=2025-06-01")
    assert count_of(page, t("Measures of programmes")) == len(measures)
    goals = {measure["goal"]["id"]: name_of(measure["goal"]) for measure in measures}
    for goal, heading in goals.items():
        expected = [
            [
                name_of(measure),
                label("MeasureStatus", measure["status"]) + reported(measure),
                names(measure["units"] + measure["organisations"]),
                names(measure["networks"] + measure["euInitiatives"], "–"),
            ]
            for measure in measures
            if measure["goal"]["id"] == goal
        ]
        assert sorted(page.sections[heading][1:]) == sorted(expected)


def reported(measure: dict[str, Any]) -> str:
    if not measure["reported"]:
        return ""
    known = f" ({partial(measure['reportedOn'])})" if measure["reportedOn"] else ""
    return f" {plain(measure['reported'])}{known}"


REPEATED = {"City": {"networks", "twins", "membershipTerms"}, "Network": {"members", "membershipTerms"}}
"""Lists that the page of a node leaves out, because its memberships and twinnings lead to the same nodes."""


@pytest.mark.parametrize(
    "node", ["City:vantaa", "City:helsinki", "Network:eurocities", "WorkingGroup:eurocities-roma-inclusion"]
)
async def test_the_lists_of_a_node_have_their_counts(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, node: str
) -> None:
    on = "2025-06-01"
    type_ = cast("GraphQLObjectType", schema._schema.type_map[node.partition(":")[0]])
    fields = {
        name: f'(on: "{on}")' if "on" in field.args and "default today" in (field.args["on"].description or "") else ""
        for name, field in type_.fields.items()
        if get_named_type(field.type).name.endswith("Connection") and name not in REPEATED.get(type_.name, ())
    }
    selected = " ".join(f"{name}{arguments} {{ totalCount }}" for name, arguments in fields.items())
    [found] = (await ask(f'{{ nodes(ids: ["{node}"]) {{ ... on {type_.name} {{ {selected} }} }} }}'))["nodes"]
    page = await page_of(browser, f"/id/{node.replace(':', '/')}?on={on}")
    counts = re.findall(r'<h2 id="(\w+)">.*?<span class="count">([\d ]+)</span>', page.source)
    expected = {name: connection["totalCount"] for name, connection in found.items() if connection["totalCount"]}
    assert {name: int(count.replace(" ", "")) for name, count in counts} == expected
    for name, count in expected.items():
        section = page.source.partition(f'<h2 id="{name}">')[2].partition("</section>")[0]
        assert section.count("<li>") == min(count, 50), name
        assert count <= 50 or f"{format_decimal(count - 50, locale='fi')} muuta" in section.replace("\xa0", " ")


@EACH_CITY
@EACH_DAY
async def test_networks(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    query = f"""query ($city: ID!, $on: Date!, $year: Int!) {{
      city(id: $city) {{ networks(on: $on, includeApplied: true, first: 500) {{ totalCount edges {{ standing
        node {{ {NAME} contacts {{ nodes {{ {NAME} city {{ id }} }} }} }} membership {{ status {PERIOD} }} }} }} }}
      costPerNetwork(city: $city, from: $year, until: $year, includeApplied: true) {{ networks {{
        network {{ {NAME} }} unknownYears totals {MONEY} }} }} }}"""
    data = await ask(query, city=f"City:{city}", on=on, year=int(on[:4]))
    networks = data["city"]["networks"]
    costs = {name_of(cost["network"]): cost for cost in data["costPerNetwork"]["networks"]}
    page = await page_of(browser, f"/networks?city={city}&on={on}")
    rows = sorted(rows_of(page, t("Networks"), 6))
    for row, edge in zip(rows, sorted(networks["edges"], key=lambda edge: name_of(edge["node"])), strict=True):
        assert row[0] == (name := name_of(edge["node"]))
        assert row[1] == (total(costs[name]["totals"], costs[name]["unknownYears"]) if name in costs else UNKNOWN)
        assert row[3].startswith(label("MembershipStatus", edge["membership"]["status"]))
        assert standing(edge["standing"]) in row[3]
        assert states_period(row[4], edge["membership"])
        units = [unit for unit in edge["node"]["contacts"]["nodes"] if unit["city"] == {"id": f"City:{city}"}]
        assert sorted(row[5]) == sorted(names(units))
    assert len(rows) == networks["totalCount"]


def total(amounts: list[dict[str, str]], is_incomplete: object) -> str:
    paid = " + ".join(money(amount) for amount in amounts if float(amount["amount"]))
    if not paid:
        return UNKNOWN if is_incomplete else t("no fees")
    return f"{t('at least')} {paid}" if is_incomplete else paid


def at_least(count: int, is_lower_bound: object) -> str:
    if not count and is_lower_bound:
        return UNKNOWN
    return f"{t('at least')} {count}" if is_lower_bound else f"{count}"


@pytest.mark.slow
@EACH_CITY
@EACH_DAY
async def test_each_network(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    """Compare fees, members, overlaps and what leaving loses, for each network of the city on the day."""
    query = f"""query ($city: ID!, $network: ID!, $on: Date!, $from: Int!, $until: Int!) {{
      network(id: $network) {{ members(on: $on, includeApplied: true, first: 500) {{ totalCount nodes {{ {NAME} }} }} }}
      costPerNetwork(city: $city, from: $from, until: $until, includeApplied: true) {{ networks {{ network {{ id }}
        years {{ year counted standing fee {MONEY} }} }} }}
      leaveImpact(city: $city, network: $network, on: $on) {{
        standing lowerBound peers {{ id }} peersKept {{ id }} themes {{ theme {{ {NAME} }} }}
        dependents {{ kind standing collaboration {{ {NAME} }} }} }}
      joinCheck(city: $city, network: $network, on: $on) {{ overlaps {{
        shared sharedThemes lowerBound network {{ {NAME} }} }} }} }}"""
    networks = await ask(
        "query ($city: ID!, $on: Date!) { city(id: $city) { networks(on: $on) { nodes { id } } } }",
        city=f"City:{city}",
        on=on,
    )
    until = int(on[:4])
    for node in networks["city"]["networks"]["nodes"]:
        years = {"from": until - 4, "until": until}
        data = await ask(query, city=f"City:{city}", network=node["id"], on=on, **years)
        page = await page_of(browser, f"/network?city={city}&on={on}&network={node['id']}")
        costs = [cost["years"] for cost in data["costPerNetwork"]["networks"] if cost["network"]["id"] == node["id"]]
        shown = [row for row in page.sections.get(t("Fees by year"), []) if row[0].isdigit()]
        assert shown == [
            [
                str(entry["year"]),
                fee(entry["fee"]) + (standing(entry["standing"]) if entry["fee"] and entry["counted"] else ""),
            ]
            for cost in costs
            for entry in cost
        ]
        members = data["network"]["members"]
        assert (count_of(page, t("Members")) or 0) == members["totalCount"]
        assert [member for member in members["nodes"] if name_of(member) not in page.text] == []
        impact = data["leaveImpact"]
        text = page.text
        for title, count in (
            ("Cities met only here", at_least(len(impact["peers"]), impact["lowerBound"])),
            ("Cities met elsewhere too", str(len(impact["peersKept"]))),
        ):
            assert impact["standing"] is None or re.search(rf"{re.escape(t(title))} {count}\b", text), (title, count)
        section = text.partition(t("What leaving would lose and save"))[2].partition(t("About the network"))[0]
        for lost in impact["themes"]:
            assert name_of(lost["theme"]) in section
        for part in impact["dependents"]:
            assert f"{name_of(part['collaboration'])} {label('CollaborationKind', part['kind'])}" in section
        overlaps = {row[0] for row in page.sections.get(t("Overlap with our other networks"), [])}
        expected = [pair for pair in data["joinCheck"]["overlaps"] if pair["shared"] or pair["sharedThemes"]]
        assert len(overlaps) == len(expected)
        for pair in expected:
            [found] = [row for row in overlaps if row.startswith(name_of(pair["network"]))]
            if pair["shared"]:
                assert (f"{t('at least')} {pair['shared']} " in found) == pair["lowerBound"]
                assert f" {pair['shared']} " in found
            else:
                assert t("no other shared cities known") in found
            if pair["sharedThemes"]:
                assert f", {pair['sharedThemes']} " in found
            else:
                assert t("shared themes unknown" if pair["sharedThemes"] is None else "no shared themes") in found


@EACH_CITY
@EACH_DAY
async def test_overlap(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    query = f"""query ($city: ID!, $on: Date!) {{ overlappingMemberships(city: $city, on: $on, first: 500) {{ nodes {{
      level shared lowerBound members otherMembers network {{ {NAME} }} other {{ {NAME} }} }} }} }}"""
    pairs = (await ask(query, city=f"City:{city}", on=on))["overlappingMemberships"]["nodes"]
    page = await page_of(browser, f"/overlap?city={city}&on={on}")
    head, *rows = [row for row in page.sections[t("Overlap")] if len(row) > 1] or [[]]
    assert len(head) == len(rows) + bool(head)
    order = [row[0] for row in rows]
    cells: dict[tuple[str, str], str] = {}
    for row in rows:
        cells |= {(row[0], other): cell for other, cell in zip(order, row[1:], strict=True)}

    def place(node: dict[str, Any]) -> str:
        [found] = [title for title in order if re.match(rf"\d+\. {re.escape(name_of(node))}( |$)", title)]
        return found

    compared = set[tuple[str, str]]()
    for pair in pairs:
        count = pair["shared"] - (pair["level"] == "CITIES")
        one, two = place(pair["network"]), place(pair["other"])
        expected = {0: f"? {UNKNOWN}"}.get(count, f"≥ {t('at least')} {count}") if pair["lowerBound"] else str(count)
        assert cells[one, two] == cells[two, one] == expected
        compared |= {(one, two), (two, one)}
    others = {cell for ends, cell in cells.items() if ends not in compared and ends[0] != ends[1]}
    assert others <= {f"– {t('not compared')}", f"? {UNKNOWN}"}


@EACH_CITY
@EACH_DAY
async def test_duplicates(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, city: str, on: str) -> None:
    side = f"{{ kind collaboration {{ {NAME} }} fees {{ fee {MONEY} }} units {{ {NAME} }} }}"
    query = f"""query ($city: ID!, $on: Date!) {{ duplicateActivity(city: $city, on: $on, first: 20) {{ nodes {{
      strength peerCount sameUnit one {side} two {side} }} }} }}"""
    pairs = (await ask(query, city=f"City:{city}", on=on))["duplicateActivity"]["nodes"]
    page = await page_of(browser, f"/duplicates?city={city}&on={on}")
    units = {
        True: "The same unit takes part in both.",
        False: "Different units take part.",
        None: "It is not known whether the same unit takes part in both.",
    }
    sections = page.source.split('<section class="pair"')[1:]
    for source, pair in zip(sections, pairs, strict=True):
        text = HtmlPage(f'<section class="pair"{source.partition("</section>")[0]}</section>').text
        sides = [pair["one"], pair["two"]]
        title = f" {t('and')} ".join(name_of(side["collaboration"]) for side in sides)
        assert f"{title} {label('DuplicateStrength', pair['strength'])}" in text
        for side in sides:
            paid = [fee(found["fee"]) for found in side["fees"]] if side["kind"] == "NETWORK" else []
            assert [amount for amount in (*paid, *map(name_of, side["units"])) if amount not in text] == []
        assert t(units[pair["sameUnit"]]) in text
        peers = text.partition(t("Other shared cities"))[2]
        count = f"{pair['peerCount']}: " if pair["peerCount"] else t("none known")
        assert peers.removeprefix(f" {t('at least')}").lstrip().startswith(count)
