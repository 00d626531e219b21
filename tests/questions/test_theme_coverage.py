"""Theme coverage: what addresses each theme, how, and where there is a gap."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.questions.ask import ask as ask_question
from graph.questions.enums import ThemeHit
from graph.questions.theme_coverage import QUESTION, Arguments, CoverageHit, ThemeCoverage, UnfollowedInitiative
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, ask


async def coverage(
    store: Store, *, scheme: str | None = None, programme: str | None = None, on: date = ON
) -> tuple[ThemeCoverage, ...]:
    arguments = Arguments(city="City:vantaa", on=on, scheme=scheme, programme=programme)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments))


def hit(kind: str, node: str, standing: str | None, theme: str = "safety", match: str = "EXACT") -> CoverageHit:
    return CoverageHit(kind, node, standing, (ThemeHit(f"Theme:{theme}", match),))  # type: ignore[arg-type]


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

    assert found == (
        ThemeCoverage(
            "Theme:work", (), (UnfollowedInitiative("EuInitiative:work", (ThemeHit("Theme:work", "EXACT"),)),)
        ),
        ThemeCoverage(
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
                UnfollowedInitiative("EuInitiative:followed-elsewhere", (ThemeHit("Theme:safety", "EXACT"),)),
                UnfollowedInitiative("EuInitiative:today", (ThemeHit("Theme:safety", "EXACT"),)),
            ),
        ),
        ThemeCoverage("Theme:climate", (), ()),
        ThemeCoverage("Theme:rail", (), ()),
    )
    assert [row.gap for row in found] == [True, False, True, True]
    safety = found[1]
    assert (safety.networks, safety.working_groups, safety.projects) == (1, 1, 1)
    assert (safety.eu_initiatives, safety.activities) == (1, 2)


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

    wide, narrow = await coverage(empty_store, scheme="ThemeScheme:own")

    assert wide.hits[0].themes == (ThemeHit("Theme:youth", "NARROWER"), ThemeHit("Theme:hate", "CLOSE_MATCH"))
    assert narrow.hits[0].themes == (ThemeHit("Theme:youth", "EXACT"), ThemeHit("Theme:hate", "CLOSE_MATCH"))
    (other,) = await coverage(empty_store, scheme="ThemeScheme:other")
    assert other.hits[0].themes == (ThemeHit("Theme:hate", "EXACT"), ThemeHit("Theme:youth", "CLOSE_MATCH"))


async def test_the_themes_of_a_programme(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("lead", "homes", "schools")
    graph.themes("other", "trade")
    for programme in ("with-scheme", "without", "empty"):
        graph.node(f"Programme:{programme}", kind="STRATEGY")
    graph.relate("ThemeScheme:lead", "OF", "Programme:with-scheme")
    for programme in ("with-scheme", "without"):
        graph.relate(f"Programme:{programme}", "ADDRESSES", "Theme:trade")
    graph.network("a", "schools")
    graph.member("vantaa", "a", SINCE_2020)
    await graph.write(empty_store)

    of_scheme = await coverage(empty_store, programme="Programme:with-scheme")
    assert [(row.theme, row.gap) for row in of_scheme] == [("Theme:homes", True), ("Theme:schools", False)]
    without = await coverage(empty_store, programme="Programme:without")
    assert [(row.theme, row.gap) for row in without] == [("Theme:trade", True)]
    assert await coverage(empty_store, programme="Programme:empty") == ()


async def test_what_makes_no_sense(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.themes("own", "safety")
    graph.node("Programme:p", kind="STRATEGY")
    await graph.write(empty_store)

    async def refused(error: type[Exception], match: str, **arguments: str) -> None:
        async with empty_store.reading() as reader:
            with pytest.raises(error, match=match):
                await ask_question(reader, QUESTION, Arguments(**{"city": "City:vantaa", **arguments}, on=ON))

    await refused(BadArgument, "a scheme or of a programme")
    await refused(BadArgument, "a scheme or of a programme", scheme="ThemeScheme:own", programme="Programme:p")
    await refused(UnknownId, "'City:nowhere'", city="City:nowhere", scheme="ThemeScheme:own")
    await refused(UnknownId, "'ThemeScheme:none'", scheme="ThemeScheme:none")
    await refused(UnknownId, "'Programme:none'", programme="Programme:none")
    await refused(BadArgument, "scheme", scheme="Programme:p")
    await refused(BadArgument, "programme", programme="ThemeScheme:own")
