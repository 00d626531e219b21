"""Check the pages of single nodes: all facts with their sources, last days, and the languages of texts."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any, cast

import httpx
import pytest
from babel.dates import format_date
from graphql import GraphQLObjectType, get_named_type

from api.graphql.schema import schema
from api.pages.language import reader_of
from graph import model
from graph.model import Association, Kind, Label, Property
from graph.store import Store
from tests.pages.conftest import Ask

TYPES = schema._schema.type_map
LABELS = [label for label in model.LABELS if label.name not in ("Citation", "Report")]
"""The labels without citations, which have a page of another kind, and reports, of which the seeds contain none."""
ON = "2026-06-01"
FI = reader_of("fi")
_CODES = ("country", "language", "section", "category", "euroRate")
"""Properties whose values are shown as other words."""
_PARTS = {"PartialDate": "{ date precision }", "Money": "{ amount currency }"}
_OWN_PLACE = ("name", "note", "basis", "decidedPoints", "reasoning", "quote")
_FACT = re.compile(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", re.DOTALL)


def field_type(owner: str, name: str) -> str:
    return cast("str", get_named_type(cast("GraphQLObjectType", TYPES[owner]).fields[name].type).name)


def properties(label: Label) -> Iterator[Property]:
    fields = cast("GraphQLObjectType", TYPES[label.name]).fields
    return (of for of in label.properties if of.name in fields and of.name not in _OWN_PLACE)


def associations(label: Label) -> Iterator[Association]:
    return (end for end in model.associations(label.name) if end.name not in ("sources", "citations"))


def edge_type(label: Label, end: Association) -> str | None:
    connection = field_type(label.name, end.name)
    return field_type(connection, "edges") if connection.endswith("Connection") else None


def selection(owner: str, of: Property) -> str:
    type_ = field_type(owner, of.name)
    language = "(language: FI)" if of.kind is Kind.LOCALISED else ""
    return f"{of.name}{language} {_PARTS.get(type_, '{ id }' if type_ in ('Unit',) else '')}"


def query(label: Label) -> str:
    """Return an operation for all that the API returns about nodes with a label."""
    parts = [selection(label.name, of) for of in properties(label)]
    for end in associations(label):
        edge = edge_type(label, end)
        if edge is None:
            parts.append(f"{end.name} {{ id }}")
            continue
        known = [selection(edge, of) for of in end.relationship.properties if of.name != "basis"]
        on = f', on: "{ON}"' if end.periodic else ""
        parts.append(f"{end.name}(first: 50{on}) {{ edges {{ node {{ id }} {' '.join(known)} }} }}")
    support = "support { supports }" if label.sourced else ""
    return f"{{ nodes: {label.plural}(first: 40) {{ nodes {{ id {' '.join(parts)} {support} }} }} }}"


def shown(of: Property, value: Any, enum: str = "") -> str:
    """Return the text by which a Finnish page shows a value, or a part of this text."""
    match of.kind:
        case Kind.VOCABULARY:
            return FI.label(enum, value)
        case Kind.DATE:
            day = date.fromisoformat(value) - timedelta(days=of.is_end)
            is_whole_day = 1 not in (day.day, (day + timedelta(days=1)).day)  # otherwise perhaps a month or a year
            return format_date(day, "d.M.y", "fi") if is_whole_day else str(day.year)
        case Kind.PARTIAL_DATE | Kind.BOUND:
            day = date.fromisoformat(value["date"]) - timedelta(days=of.is_end)
            return format_date(day, "d.M.y", "fi") if value["precision"] == "DAY" else str(day.year)
        case Kind.MONEY:
            return (
                f"{int(float(value['amount'])):,}".replace(",", "\N{NO-BREAK SPACE}") if float(value["amount"]) else ""
            )
        case Kind.STRING | Kind.LOCALISED if of.name not in _CODES:
            return " ".join((value[0] if of.many else value).split())
        case _:
            return ""


def is_known(value: Any) -> bool:
    return value not in (None, [], "") and not (isinstance(value, dict) and value.get("date", "") is None)


def facts_of(node: dict[str, Any]) -> int:
    return sum(is_known(value) and value != {"edges": []} for value in node.values())


async def page_of(browser: httpx.AsyncClient, node: str, language: str = "fi") -> str:
    response = await browser.get(f"/id/{node.replace(':', '/')}?on={ON}&language={language}")
    assert response.status_code == 200, node
    return response.text


def address_of(node: str) -> str:
    label, _, slug = node.partition(":")
    return f"network={slug}" if label == "Network" else f"/id/{label}/{slug}?"


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.name)
async def test_every_fact_is_on_the_page_of_its_node(
    browser: httpx.AsyncClient, ask: Ask, seeded_store: Store, label: Label
) -> None:
    """Of each label, check the node about which most is recorded."""
    node = max((await ask(query(label)))["nodes"]["nodes"], key=facts_of)
    source = await page_of(browser, node["id"])
    facts = dict(_FACT.findall(source))
    supported = {field for row in node.get("support", ()) for field in row["supports"]}
    is_supported_as_a_whole = any(not row["supports"] for row in node.get("support", ()))
    for of in properties(label):
        value = node[of.name]
        if not is_known(value):
            continue
        fact = facts[FI.label("field", of.name)]
        text = shown(of, value, field_type(label.name, of.name))
        assert text in " ".join(unescape(re.sub("<[^>]+>", "", fact)).split(" ")).replace(
            "§\N{NO-BREAK SPACE}", "§ "
        ), of
        if label.sourced and (of.name in supported or is_supported_as_a_whole):
            assert 'class="refs"' in fact, of
    for end in associations(label):
        edge = edge_type(label, end)
        if edge is None:
            related = node[end.name] if isinstance(node[end.name], list) else [node[end.name]]
            place = facts.get(FI.label("field", end.name), "")
            assert all(address_of(other["id"]) in place for other in related if other), end.name
            continue
        _, _, section = source.partition(f'<h2 id="{end.name}">')
        section = section.partition("</section>")[0]
        for found in node[end.name]["edges"]:
            items = [item for item in section.split("<li>") if address_of(found["node"]["id"]) in unescape(item)]
            assert items, (end.name, found)
            for of in end.relationship.properties:
                value = found.get(of.name)
                if is_known(value) and of.kind is Kind.REF:
                    assert any(address_of(value["id"]) in item for item in items), (end.name, found)
                elif is_known(value) and of.name != "supports":
                    text = shown(of, value, field_type(edge, of.name))
                    text = text[-4:] if of.kind is Kind.BOUND else text  # whole years are shown without days
                    assert any(text in unescape(item) for item in items), (end.name, of.name, found)
            if end.relationship.sourced:
                assert all('class="refs"' in item for item in items), (end.name, found)


@pytest.mark.parametrize(
    ("node", "field", "last"),
    [
        (
            "MembershipTerm:vantaa-nordic-safe-cities-2024-2025",
            "validUntil",
            ("31.12.2025", "31.12.2025", "31 Dec 2025"),
        ),
        (
            "MembershipTerm:vantaa-nordic-safe-cities-2024-2025",
            "reviewUntil",
            ("31.12.2025", "31.12.2025", "31 Dec 2025"),
        ),
        ("Activity:nordic-safe-cities-camp-2023", "validUntil", ("9.11.2023", "9.11.2023", "9 Nov 2023")),
        ("FundingProgramme:urban-ii", "validUntil", ("2006", "2006", "2006")),
    ],
)
async def test_the_end_of_a_period_is_its_last_day(
    browser: httpx.AsyncClient, seeded_store: Store, node: str, field: str, last: tuple[str, ...]
) -> None:
    for language, text in zip(("fi", "sv", "en"), last, strict=True):
        facts = dict(_FACT.findall(await page_of(browser, node, language)))
        fact = facts[reader_of(cast("Any", language)).label("field", field)]
        assert re.sub("<[^>]+>", "", fact.partition('<span class="refs"')[0]).strip() == text


@pytest.mark.parametrize(
    ("node", "language", "markup"),
    [
        ("Document:vantaa-international-guidelines-2025-2026", "fi", '<bdi lang="en">City of Vantaa</bdi>'),
        ("Document:vantaa-international-guidelines-2025-2026", "sv", '<bdi lang="en">City of Vantaa</bdi>'),
        ("Network:eurocities", "fi", '<bdi lang="en">more than 200 cities from 38 countries</bdi>'),
        ("Measure:vantaa-guidelines-eu-1-2", "sv", '<dd><bdi lang="fi">'),
        ("Measure:vantaa-guidelines-eu-1-2", "en", ', <span lang="fi">EU-vaikuttaminen</span>, measure'),
        ("Project:vantaa-light-rail", "fi", "osuus budjetista 541\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000"),
        ("WorkingGroup:eurocities-unnamed-chaired-by-vantaa", "fi", "puheenjohtajisto"),
    ],
)
async def test_a_text_is_marked_with_its_language(
    browser: httpx.AsyncClient, seeded_store: Store, node: str, language: str, markup: str
) -> None:
    source = await page_of(browser, node, language)
    assert markup in source


@pytest.mark.parametrize(("language", "title"), [("fi", "jäsenyys"), ("sv", "medlemskap"), ("en", "membership")])
async def test_a_citation_shows_its_quote_and_its_document(
    browser: httpx.AsyncClient, seeded_store: Store, language: str, title: str
) -> None:
    source = await page_of(browser, "Citation:vantaa-nsc-fee-2024-2025", language)
    assert re.search(r'<blockquote lang="fi">[^<]*10 000 euroa', source.replace("\N{NO-BREAK SPACE}", " "))
    facts = dict(_FACT.findall(source))
    document = facts[reader_of(cast("Any", language)).label("field", "document")]
    assert "/id/Document/vantaa-2023-11-27-nordic-safe-cities?" in document
    assert title in document
