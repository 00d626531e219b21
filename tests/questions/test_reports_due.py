"""Reports due: which cities have reported, when, and which had to."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.reports_due import QUESTION, Arguments, NetworkWithoutContact, ReportDue
from graph.store import Store
from tests.questions.graph_builder import SmallGraph, period
from tests.questions.helpers import ALL, ON, SINCE_2020, ask


async def due(store: Store, on: date = ON, *, page: Page = ALL) -> Paged[ReportDue]:
    arguments = Arguments(city="City:vantaa", on=on)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def with_networks(*slugs: str) -> SmallGraph:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    for unit, city in (("office", "vantaa"), ("board", "vantaa"), ("elsewhere", "oslo")):
        graph.node(f"Unit:{unit}", kind="OFFICE")
        graph.relate(f"Unit:{unit}", "OF", f"City:{city}")
    for slug in slugs:
        graph.network(slug)
        graph.member("vantaa", slug, SINCE_2020)
    return graph


def report(graph: SmallGraph, slug: str, network: str, year: int, on: date | None, unit: str = "office") -> None:
    graph.node(f"Report:{slug}", year=year, reportedOn=on)
    graph.relate(f"Report:{slug}", "ON", f"Network:{network}")
    graph.relate(f"Report:{slug}", "BY", f"Unit:{unit}")


async def test_dated_reports(empty_store: Store) -> None:
    graph = with_networks("a-old", "b-new", "c-none", "d-elsewhere", "e-later")
    for unit in ("office", "board"):
        graph.relate(f"Unit:{unit}", "CONTACT_FOR", "Network:a-old")
    graph.relate("Unit:elsewhere", "CONTACT_FOR", "Network:c-none")
    report(graph, "a1", "a-old", 2021, date(2022, 3, 1))
    report(graph, "a2", "a-old", 2022, date(2023, 6, 1), "board")
    report(graph, "b", "b-new", 2022, date(2023, 6, 2))
    report(graph, "d", "d-elsewhere", 2023, date(2024, 1, 1), "elsewhere")
    report(graph, "e", "e-later", 2024, date(2024, 6, 2))
    await graph.write(empty_store)

    def row(slug: str, **columns: object) -> ReportDue:
        values: dict[str, object] = {
            "sort_key": (slug.replace("-", " "), f"Network:{slug}"),
            "network": f"Network:{slug}",
            "standing": "IN_FORCE",
            "shown_on": ON,
            "memberships": (f"Membership:vantaa-{slug}",),
            "contacts": (),
            "last_report": None,
            "last_year": None,
            "last_reported_on": None,
            "reporting_since": None,
            "reporting_unit": None,
            "reporting_sources": (),
        }
        return ReportDue(**(values | columns))  # type: ignore[arg-type]

    found = await due(empty_store)
    assert found.rows == (
        row(
            "a-old",
            contacts=("Unit:board", "Unit:office"),
            last_report="Report:a2",
            last_year=2022,
            last_reported_on=date(2023, 6, 1),
        ),
        row("c-none"),
        row("d-elsewhere"),
        row("e-later"),
    )
    assert [row.contact_known for row in found.rows] == [True, False, False, False]
    # Without a contact, whether a report is due or not.
    assert found.about.without_contact == tuple(
        NetworkWithoutContact(f"Network:{slug}", "IN_FORCE", ON)
        for slug in ("b-new", "c-none", "d-elsewhere", "e-later")
    )


async def test_units_said_to_report(empty_store: Store) -> None:
    graph = with_networks("a", "b", "c-reported")
    for unit, city, since in (
        ("sectors", "vantaa", 2021),
        ("contact", "vantaa", 2020),
        ("later", "vantaa", 2025),
        ("oslo-sectors", "oslo", 2010),
    ):
        graph.node(f"Unit:{unit}", kind="SECTOR", reportsSince=since)
        graph.relate(f"Unit:{unit}", "OF", f"City:{city}")
    # Those of a contact are about its own networks only.
    graph.relate("Unit:contact", "CONTACT_FOR", "Network:b")
    graph.cites("Unit:sectors", "since", "reportsSince")
    graph.cites("Unit:sectors", "kind", "kind")
    graph.cites("Unit:contact", "whole")
    report(graph, "old", "b", 2020, date(2021, 2, 1))
    report(graph, "new", "c-reported", 2023, date(2024, 2, 1))
    await graph.write(empty_store)

    def said(found: Paged[ReportDue]) -> list[tuple[object, ...]]:
        return [
            (row.network, row.last_report, row.reporting_since, row.reporting_unit, row.reporting_sources)
            for row in found.rows
        ]

    assert said(await due(empty_store)) == [
        ("Network:a", None, 2021, "Unit:sectors", ("Citation:since",)),
        ("Network:b", "Report:old", 2020, "Unit:contact", ("Citation:whole",)),
    ]
    assert [row.network for row in (await due(empty_store)).about.without_contact] == [
        "Network:a",
        "Network:c-reported",
    ]
    # Before the year, the source does not say that they report.
    assert said(await due(empty_store, date(2020, 12, 31))) == [
        ("Network:a", None, None, None, ()),
        ("Network:b", None, 2020, "Unit:contact", ("Citation:whole",)),
        ("Network:c-reported", None, None, None, ()),
    ]


async def test_reports_of_which_only_the_year_is_known(empty_store: Store) -> None:
    graph = with_networks("a", "b", "c", "d")
    for slug, year in (("a", 2022), ("b", 2023), ("c", 2024), ("d", 2025)):
        report(graph, slug, slug, year, None)
    await graph.write(empty_store)

    # On 1 June 2024: the report on 2022 is too old, that on 2025 cannot have been given.
    assert [(row.network, row.last_year) for row in (await due(empty_store)).rows] == [
        ("Network:a", 2022),
        ("Network:d", None),
    ]
    # On the last day of 2024, that on 2023 is a year old.
    assert [(row.network, row.last_year) for row in (await due(empty_store, date(2024, 12, 31))).rows] == [
        ("Network:a", 2022),
        ("Network:b", 2023),
        ("Network:d", None),
    ]


async def test_only_networks_of_the_day(empty_store: Store) -> None:
    graph = with_networks("now")
    for slug, columns, status in (
        ("applied", SINCE_2020, "APPLIED"),
        ("left", period("2020-01-01", "2024-06-01"), "LEFT"),
        ("attested", period("2020-01-01", attested="2021-01-01"), "MEMBER"),
    ):
        graph.network(slug)
        graph.member("vantaa", slug, columns, status)
    await graph.write(empty_store)

    assert [(row.network, row.standing) for row in (await due(empty_store)).rows] == [
        ("Network:attested", "ATTESTED_EARLIER"),
        ("Network:now", "IN_FORCE"),
    ]


async def test_leap_days_pages_and_refusals(empty_store: Store) -> None:
    graph = with_networks("a", "b", "c")
    report(graph, "a", "a", 2023, date(2023, 2, 28))
    report(graph, "b", "b", 2023, date(2023, 3, 1))
    await graph.write(empty_store)

    assert [row.network for row in (await due(empty_store, date(2024, 2, 29))).rows] == ["Network:a", "Network:c"]
    page = await due(empty_store, page=Page(last=1))
    assert ([row.network for row in page.rows], page.total, page.has_previous) == (["Network:c"], 3, True)
    async with empty_store.reading() as reading:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reading, QUESTION, Arguments(city="City:nowhere", on=ON), ALL)
        with pytest.raises(BadArgument):
            await ask_question(reading, QUESTION, Arguments(city="Network:a", on=ON), ALL)
