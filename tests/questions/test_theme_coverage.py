"""Theme coverage: what addresses each theme, how, and where there is a gap."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Paged
from graph.questions.ask import ask as ask_question
from graph.questions.enums import ThemeHit
from graph.questions.missing_data import MissingData
from graph.questions.theme_coverage import QUESTION, Arguments, CoverageHit, ThemeCoverage, UnfollowedInitiative
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, ON, SINCE_2020, ask


async def coverage(
    store: Store, *, scheme: str | None = None, programme: str | None = None, on: date = ON
) -> Paged[ThemeCoverage]:
    arguments = Arguments(city="City:vantaa", on=on, scheme=scheme, programme=programme)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, ALL))


def hit(kind: str, node: str, standing: str | None, theme: str = "safety", match: str = "EXACT") -> CoverageHit:
    shown_on = {"IN_FORCE": ON, "ATTESTED_EARLIER": date(2023, 11, 27)}.get(standing or "")
    return CoverageHit(kind, node, standing, shown_on, (ThemeHit(f"Theme:{theme}", match, "STATED"),))  # type: ignore[arg-type]


async def test_all_kinds(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("eight", "work", "safety", "climate", "rail")
    graph.node("Unit:office", kind="OFFICE")
    graph.relate("Unit:office", "OF", "City:vantaa")
    graph.node("Unit:elsewhere", kind="OFFICE")
    graph.relate("Unit:elsewhere", "OF", "City:oslo")

    def addressing(node: str, theme: str = "safety", **columns: object) -> str:
        graph.node(node, **columns)
        graph.relate(node, "ADDRESSES", f"Theme:{theme}")
        return node

    graph.network("safe", "safety")
    graph.member("vantaa", "safe", period("2020-01-01", attested="2023-11-27"))
    graph.network("applied", "safety")
    graph.member("vantaa", "applied", SINCE_2020, "APPLIED")
    graph.network("of-oslo", "safety")
    graph.member("oslo", "of-oslo", SINCE_2020)
    graph.relate("City:vantaa", "PARTICIPATES_IN", addressing("WorkingGroup:youth"), **SINCE_2020)
    graph.relate("City:vantaa", "PARTNER_IN", addressing("Project:grow", **SINCE_2020))
    graph.relate("City:vantaa", "PARTNER_IN", addressing("Project:ended", **period("2020-01-01", "2024-06-01")))
    graph.relate("Unit:office", "FOLLOWS", addressing("EuInitiative:followed"))
    graph.relate("Unit:elsewhere", "FOLLOWS", addressing("EuInitiative:followed-elsewhere"))
    graph.relate("Unit:office", "FOLLOWS", addressing("EuInitiative:over", **period("2020-01-01", "2023-01-01")))
    graph.relate("Unit:office", "FOLLOWS", addressing("EuInitiative:ends-today", **period("2020-01-01", "2024-06-01")))
    addressing("EuInitiative:ends-today-too", **period("2020-01-01", "2024-06-01"))
    addressing("EuInitiative:not-yet", **period("2024-06-02", OPEN))
    addressing("EuInitiative:today", **period("2024-06-01", "2024-06-02"))
    addressing("EuInitiative:work", "work")
    graph.relate("City:vantaa", "TOOK_PART_IN", addressing("Activity:camp", **period("2023-11-08", "2023-11-10")))
    graph.relate("City:vantaa", "ORGANISED", "Activity:camp")
    graph.relate("Unit:office", "ORGANISED", addressing("Activity:visit", **period("2024-06-01", "2024-06-02")))
    graph.relate("City:vantaa", "ORGANISED", addressing("Activity:planned", **period("2024-06-02", "2024-06-03")))
    graph.twins("vantaa", "oslo", SINCE_2020, "climate")
    await graph.write(empty_store)

    found = await coverage(empty_store, scheme="ThemeScheme:eight")

    assert found.rows == (
        ThemeCoverage(
            (1, "work", "Theme:work"),
            "Theme:work",
            (),
            (UnfollowedInitiative("EuInitiative:work", (ThemeHit("Theme:work", "EXACT", "STATED"),)),),
            True,
            0,
        ),
        ThemeCoverage(
            (2, "safety", "Theme:safety"),
            "Theme:safety",
            (
                hit("ACTIVITY", "Activity:camp", None),
                hit("ACTIVITY", "Activity:visit", None),
                hit("EU_INITIATIVE", "EuInitiative:followed", None),
                hit("NETWORK", "Network:safe", "ATTESTED_EARLIER"),
                hit("PROJECT", "Project:grow", "IN_FORCE"),
                hit("WORKING_GROUP", "WorkingGroup:youth", "IN_FORCE"),
            ),
            (
                UnfollowedInitiative("EuInitiative:followed-elsewhere", (ThemeHit("Theme:safety", "EXACT", "STATED"),)),
                UnfollowedInitiative("EuInitiative:today", (ThemeHit("Theme:safety", "EXACT", "STATED"),)),
            ),
            False,
            0,
        ),
        ThemeCoverage((3, "climate", "Theme:climate"), "Theme:climate", (), (), True, 0),
        ThemeCoverage((4, "rail", "Theme:rail"), "Theme:rail", (), (), True, 0),
    )
    assert found.about.missing == ()
    safety = found.rows[1]
    assert (safety.networks, safety.working_groups, safety.projects) == (1, 1, 1)
    assert (safety.eu_initiatives, safety.activities) == (1, 2)


async def test_an_idea_is_no_running_project(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    for slug, stage in (("idea", "IDEA"), ("undated-idea", "IDEA"), ("running", "IMPLEMENTATION")):
        columns = period(None) if slug.startswith("undated") else SINCE_2020
        graph.relate(graph.node(f"Project:{slug}", stage=stage, **columns), "ADDRESSES", "Theme:safety")
        graph.relate("City:vantaa", "PARTNER_IN", f"Project:{slug}")
    await graph.write(empty_store)

    found = await coverage(empty_store, scheme="ThemeScheme:own")

    assert found.rows[0].hits == (hit("PROJECT", "Project:running", "IN_FORCE"),)
    assert found.about.missing == ()


async def test_narrower_themes_and_close_matches(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety", "youth")
    graph.themes("other", "hate")
    graph.relate("Theme:youth", "BROADER", "Theme:safety")
    graph.relate("Theme:hate", "CLOSE_MATCH", "Theme:youth")
    graph.network("a", "youth", "hate")
    graph.member("vantaa", "a", SINCE_2020)
    await graph.write(empty_store)

    wide, narrow = (await coverage(empty_store, scheme="ThemeScheme:own")).rows

    assert wide.hits[0].themes == (
        ThemeHit("Theme:youth", "NARROWER", "STATED"),
        ThemeHit("Theme:hate", "CLOSE_MATCH", "STATED"),
    )
    assert narrow.hits[0].themes == (
        ThemeHit("Theme:youth", "EXACT", "STATED"),
        ThemeHit("Theme:hate", "CLOSE_MATCH", "STATED"),
    )
    (other,) = (await coverage(empty_store, scheme="ThemeScheme:other")).rows
    assert other.hits[0].themes == (
        ThemeHit("Theme:hate", "EXACT", "STATED"),
        ThemeHit("Theme:youth", "CLOSE_MATCH", "STATED"),
    )


async def test_the_themes_of_a_programme(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("lead", "homes", "schools")
    graph.themes("other", "trade")
    graph.themes("nothing")
    for programme in ("with-scheme", "without", "empty"):
        graph.node(f"Programme:{programme}", kind="STRATEGY")
    graph.relate("ThemeScheme:lead", "OF", "Programme:with-scheme")
    for programme in ("with-scheme", "without"):
        graph.relate(f"Programme:{programme}", "ADDRESSES", "Theme:trade")
    graph.network("a", "schools")
    graph.member("vantaa", "a", SINCE_2020)
    await graph.write(empty_store)

    of_scheme = await coverage(empty_store, programme="Programme:with-scheme")
    assert [(row.theme, row.gap) for row in of_scheme.rows] == [("Theme:homes", True), ("Theme:schools", False)]
    without = await coverage(empty_store, programme="Programme:without")
    assert [(row.theme, row.gap) for row in without.rows] == [("Theme:trade", True)]
    for arguments, kind, node in (
        ({"programme": "Programme:empty"}, "PROGRAMME", "Programme:empty"),
        ({"scheme": "ThemeScheme:nothing"}, "THEME_SCHEME", "ThemeScheme:nothing"),
    ):
        found = await coverage(empty_store, **arguments)
        assert (found.rows, found.about.missing[0]) == ((), MissingData("THEMES", kind, (node,)))  # type: ignore[arg-type]


async def test_missing_data(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    graph.themes("own", "safety", "climate", "rail")
    graph.node("Unit:office", kind="OFFICE")
    graph.relate("Unit:office", "OF", "City:vantaa")
    graph.network("safe", "safety")
    graph.member("vantaa", "safe", SINCE_2020)
    # Last shown more than fifteen years before, and only applied for.
    graph.network("long-ago", "climate")
    graph.member("vantaa", "long-ago", period("2000-01-01", attested="2005-01-01"))
    graph.network("applied", "rail")
    graph.member("vantaa", "applied", SINCE_2020, "APPLIED")
    graph.network("later", "safety")
    graph.member("vantaa", "later", period(None, attested="2025-01-01"))
    for slug in ("themeless", "another"):
        graph.network(slug)
        graph.member("vantaa", slug, SINCE_2020)
    graph.relate("City:vantaa", "PARTNER_IN", graph.node("Project:p", **SINCE_2020))
    graph.relate("Unit:office", "FOLLOWS", graph.node("EuInitiative:i"))
    graph.relate("City:vantaa", "TOOK_PART_IN", graph.node("Activity:a", **period("2023-01-01", "2023-01-02")))
    graph.twins("vantaa", "oslo", SINCE_2020)
    await graph.write(empty_store)

    found = await coverage(empty_store, scheme="ThemeScheme:own")

    assert found.about.missing == (
        MissingData("ATTESTATION", "NETWORK", ("Network:long-ago",)),
        MissingData("BEGINNING", "NETWORK", ("Network:later",)),
        MissingData("THEMES", "ACTIVITY", ("Activity:a",)),
        MissingData("THEMES", "EU_INITIATIVE", ("EuInitiative:i",)),
        MissingData("THEMES", "NETWORK", ("Network:another", "Network:themeless")),
        MissingData("THEMES", "PROJECT", ("Project:p",)),
    )
    # Five have no themes. Climate may be addressed by a membership shown long ago.
    assert [(row.theme, row.gap, row.unseen) for row in found.rows] == [
        ("Theme:safety", False, 6),
        ("Theme:climate", None, 6),
        ("Theme:rail", True, 5),
    ]


async def test_no_gap_is_stated_without_any_theme(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    await graph.write(empty_store)
    (alone,) = (await coverage(empty_store, scheme="ThemeScheme:own")).rows
    assert (alone.gap, alone.unseen) == (None, 0)


async def test_invalid_arguments(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    graph.node("Programme:p", kind="STRATEGY")
    await graph.write(empty_store)

    async def refused(error: type[Exception], match: str, **arguments: str) -> None:
        async with empty_store.reading() as reader:
            with pytest.raises(error, match=match):
                await ask_question(reader, QUESTION, Arguments(**{"city": "City:vantaa", **arguments}, on=ON), ALL)

    await refused(BadArgument, "0 of `scheme` and `programme` are given")
    await refused(
        BadArgument, "2 of `scheme` and `programme` are given", scheme="ThemeScheme:own", programme="Programme:p"
    )
    await refused(UnknownId, "'City:nowhere'", city="City:nowhere", scheme="ThemeScheme:own")
    await refused(UnknownId, "'ThemeScheme:none'", scheme="ThemeScheme:none")
    await refused(UnknownId, "'Programme:none'", programme="Programme:none")
    await refused(BadArgument, "scheme", scheme="Programme:p")
    await refused(BadArgument, "programme", programme="ThemeScheme:own")
