"""Follow-ups due: the two years after a project's end."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.follow_ups_due import QUESTION, Arguments, FollowUp, ProjectWithoutEnd
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, ask


async def due(store: Store, on: str, *, page: Page = ALL) -> Paged[FollowUp]:
    arguments = Arguments(city="City:vantaa", on=date.fromisoformat(on))
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def project(graph: SmallGraph, slug: str, columns: dict[str, object], city: str = "vantaa") -> None:
    graph.node(f"Project:{slug}", **columns)
    graph.relate(f"City:{city}", "PARTNER_IN", f"Project:{slug}", role="PARTNER", sources=[f"Citation:{slug}"])


async def test_from_the_end_for_two_years(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    ended = period("2020-01-01", "2024-02-29")
    project(graph, "due", ended)
    project(graph, "followed-before-its-end", ended | {"followedUpOn": date(2024, 2, 28)})
    project(graph, "followed-up", ended | {"followedUpOn": date(2024, 2, 29)})
    project(graph, "of-oslo", ended, city="oslo")
    project(graph, "running", period("2020-01-01", OPEN))
    project(graph, "unknown", period("2020-01-01"))
    project(graph, "long-ago", period("2010-01-01", "2022-02-28"))
    await graph.write(empty_store)

    def row(slug: str, followed_up_on: date | None) -> FollowUp:
        return FollowUp(
            sort_key=("2026-02-28", f"Project:{slug}"),
            project=f"Project:{slug}",
            ended=date(2024, 2, 29),
            until=date(2026, 2, 28),
            followed_up_on=followed_up_on,
            role="PARTNER",
            sources=(f"Citation:{slug}",),
        )

    both = (row("due", None), row("followed-before-its-end", date(2024, 2, 28)))
    assert (await due(empty_store, "2024-02-29")).rows == both
    assert (await due(empty_store, "2026-02-27")).rows == both
    assert (await due(empty_store, "2026-02-28")).rows == ()
    assert [follow_up.project for follow_up in (await due(empty_store, "2024-02-27")).rows] == ["Project:long-ago"]
    assert (await due(empty_store, "2024-02-28")).rows == ()


async def test_projects_without_a_known_end(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    project(graph, "undated", {})
    project(graph, "ended", period("2020-01-01") | {"stage": "ENDED", "followedUpOn": date(2023, 1, 1)})
    project(graph, "attested", period("2020-01-01", attested="2021-06-30") | {"stage": "IMPLEMENTATION"})
    project(graph, "begins-later", period("2024-06-02"))
    project(graph, "known", period("2020-01-01", "2030-01-01"))
    project(graph, "no-end-is-set", period("2020-01-01", OPEN))
    project(graph, "of-oslo", period("2020-01-01"), city="oslo")
    await graph.write(empty_store)

    def row(slug: str, **columns: object) -> ProjectWithoutEnd:
        values: dict[str, object] = {
            "project": f"Project:{slug}",
            "stage": None,
            "attested_on": None,
            "followed_up_on": None,
            "role": "PARTNER",
            "sources": (f"Citation:{slug}",),
        }
        return ProjectWithoutEnd(**(values | columns))  # type: ignore[arg-type]

    found = await due(empty_store, "2024-06-01")
    assert (found.rows, found.total) == ((), 0)
    assert found.about.without_end == (
        row("attested", stage="IMPLEMENTATION", attested_on=date(2021, 6, 30)),
        row("ended", stage="ENDED", followed_up_on=date(2023, 1, 1)),
        row("undated"),
    )


async def test_the_order_the_pages_and_the_refusals(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    project(graph, "a", period("2020-01-01", "2024-03-01"))
    project(graph, "b", period("2020-01-01", "2024-01-01"))
    project(graph, "c", period("2020-01-01", "2024-01-01"))
    await graph.write(empty_store)

    first = await due(empty_store, "2024-06-01", page=Page(first=2))
    rest = await due(empty_store, "2024-06-01", page=Page(first=2, after=first.cursors[-1]))
    assert [row.project for row in (*first.rows, *rest.rows)] == ["Project:b", "Project:c", "Project:a"]
    assert (first.total, first.has_next, rest.has_next) == (3, True, False)
    async with empty_store.reading() as reading:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reading, QUESTION, Arguments(city="City:nowhere", on=date(2024, 6, 1)), ALL)
        with pytest.raises(BadArgument):
            await ask_question(reading, QUESTION, Arguments(city="Project:a", on=date(2024, 6, 1)), ALL)
