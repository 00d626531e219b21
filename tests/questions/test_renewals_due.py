"""Renewals due: days to decide by, newest terms, what followed them, and memberships without a known day."""

from datetime import date
from typing import Any

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.renewals_due import QUESTION, Arguments, Renewal, Renewals, RenewalSource, RunningMembership
from graph.standing import COUNTED
from graph.store import Store
from graph.vocabulary import Standing
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, SINCE_2020, ask


async def due(
    store: Store, by: str, on: str = "2025-06-01", *, since: str | None = None, page: Page = ALL, **switches: Any
) -> Paged[Renewal]:
    arguments = Arguments(
        city="City:vantaa",
        from_=date.fromisoformat(since) if since else None,
        by=date.fromisoformat(by),
        on=date.fromisoformat(on),
        **switches,
    )
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def slugs(found: Paged[Renewal]) -> list[str]:
    return [row.term.removeprefix("MembershipTerm:") for row in found.rows]


def with_terms(
    graph: SmallGraph,
    network: str,
    *terms: tuple[str, dict[str, object]],
    status: str = "MEMBER",
    lasts: dict[str, object] = SINCE_2020,
) -> None:
    graph.network(network)
    graph.member("vantaa", network, lasts, status)
    for slug, columns in terms:
        graph.node(f"MembershipTerm:{slug}", **columns)
        graph.relate(f"MembershipTerm:{slug}", "UNDER", f"Membership:vantaa-{network}")


def decision(graph: SmallGraph, slug: str, day: str | None, membership: str, outcome: str = "APPROVED") -> str:
    node_id = graph.node(f"Decision:{slug}", date=date.fromisoformat(day) if day else None, outcome=outcome)
    graph.relate(node_id, "ABOUT", f"Membership:vantaa-{membership}")
    return node_id


def review(begins: str, until: str, said_in: str = "REASONING") -> dict[str, object]:
    return {
        "reviewFrom": date.fromisoformat(begins),
        "reviewUntil": date.fromisoformat(until),
        "reviewSaidIn": said_in,
    }


REVIEW_IN_2025 = review("2025-01-01", "2026-01-01")


async def test_a_term_that_ends_and_is_to_be_reviewed(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    with_terms(
        graph,
        "nsc",
        ("2020", period("2020-01-01", "2022-01-01")),
        ("2022", period("2022-01-01", "2024-01-01")),
        ("2024", period("2024-01-01", "2026-01-01") | REVIEW_IN_2025),
    )
    graph.cites("MembershipTerm:2024", "a-fee", "annualFee", quote="10 000 euroa")
    graph.cites("MembershipTerm:2024", "b-period", "validFrom", "validUntil", quote="vuosiksi 2024–2025")
    graph.cites(
        "MembershipTerm:2024", "c-review", "reviewFrom", "reviewUntil", quote="tuodaan vuonna 2025 arvioitavaksi"
    )
    await graph.write(empty_store)

    def renewal(on: str = "2025-06-01", *, overdue: bool) -> Renewal:
        return Renewal(
            sort_key=("2025-12-31", "MembershipTerm:2024"),
            decide_by=date(2025, 12, 31),
            last_day=date(2025, 12, 31),
            overdue=overdue,
            reason="REVIEW_DUE",
            review_from=date(2025, 1, 1),
            review_said_in="REASONING",
            network="Network:nsc",
            term="MembershipTerm:2024",
            membership="Membership:vantaa-nsc",
            status="MEMBER",
            standing="IN_FORCE",
            shown_on=date.fromisoformat(on),
            later_decisions=(),
            attested_after=date(2099, 12, 31),
            sources=(
                RenewalSource("Citation:c-review", "tuodaan vuonna 2025 arvioitavaksi", ("reviewFrom", "reviewUntil")),
                RenewalSource("Citation:b-period", "vuosiksi 2024–2025", ("validFrom", "validUntil")),
                RenewalSource("Citation:a-fee", "10 000 euroa", ("annualFee",)),
            ),
        )

    # It is to be decided on in 2025, on the last day of the year at the latest.
    found = await due(empty_store, "2025-12-31", "2025-12-31")
    assert found.rows == (renewal("2025-12-31", overdue=False),)
    assert found.about == Renewals(overdue_count=0, without_term=(), without_end=())
    assert (await due(empty_store, "2025-12-30")).rows == ()
    assert (await due(empty_store, "2026-12-31", since="2025-12-31")).rows == (renewal(overdue=False),)
    assert (await due(empty_store, "2026-12-31", since="2026-01-01")).rows == ()
    # What is overdue is listed, whatever the first day asked about.
    late = await due(empty_store, "2026-12-31", "2026-11-30", since="2026-11-30")
    assert late.rows == (renewal("2026-11-30", overdue=True),)
    # Eleven months later, it is overdue.
    found = await due(empty_store, "2026-12-31", "2026-11-30")
    assert found.rows == (renewal("2026-11-30", overdue=True),)
    assert found.about == Renewals(overdue_count=1, without_term=(), without_end=())


async def test_the_day_to_decide_by_and_what_ends_on_it(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    with_terms(graph, "ends", ("ends", period("2024-01-01", "2025-07-01")))
    with_terms(graph, "ends-in-a-year", ("ends-in-2025", period("2024-01-01", "2025")))
    with_terms(graph, "review", ("review", period("2024-01-01", OPEN) | REVIEW_IN_2025))
    with_terms(
        graph,
        "both",
        ("both", period("2024-01-01", "2025-12-01") | review("2025-01-01", "2025-02-01", "DECIDED_POINTS")),
    )
    with_terms(graph, "leaving", ("leaving", period("2024-01-01", "2025-01-01")), status="LEAVING_DECIDED")
    await graph.write(empty_store)

    found = await due(empty_store, "2025-12-31")

    assert [(row.decide_by, row.last_day, row.reason, row.overdue) for row in found.rows] == [
        (date(2024, 12, 31), date(2024, 12, 31), "PERIOD_ENDS", True),
        (date(2025, 1, 31), date(2025, 11, 30), "REVIEW_DUE", True),
        (date(2025, 6, 30), date(2025, 6, 30), "PERIOD_ENDS", False),
        (date(2025, 12, 31), date(2025, 12, 31), "PERIOD_ENDS", False),
        (date(2025, 12, 31), None, "REVIEW_DUE", False),
    ]
    assert slugs(found) == ["leaving", "both", "ends", "ends-in-2025", "review"]
    assert found.about.overdue_count == 2
    assert [(row.status, row.review_said_in) for row in found.rows][:2] == [
        ("LEAVING_DECIDED", None),
        ("MEMBER", "DECIDED_POINTS"),
    ]


async def test_only_the_newest_term(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    ended = period("2023-01-01", "2025-01-01")
    with_terms(graph, "followed", ("a", ended), ("a-next", period("2025-01-01", "2026-01-01")))
    with_terms(graph, "after-a-gap", ("b", ended), ("b-next", period("2025-06-01", OPEN)))
    with_terms(graph, "shown-later", ("c", ended), ("c-next", period(None, attested="2025-03-01")))
    with_terms(graph, "preceded", ("d-before", period("2021-01-01", "2023-01-01")), ("d", ended))
    with_terms(graph, "undated", ("e", ended), ("e-undated", period(None)))
    # A later term that was only proposed does not follow.
    with_terms(graph, "tabled", ("f", ended), ("f-tabled", period("2025-01-01", "2026-01-01")))
    graph.relate(
        "MembershipTerm:f-tabled", "DECIDED_BY", decision(graph, "tabled", "2024-12-01", "tabled", outcome="TABLED")
    )
    await graph.write(empty_store)

    found = await due(empty_store, "2025-12-31")

    assert slugs(found) == ["d", "e", "f", "a-next"]
    assert [row.later_decisions for row in found.rows] == [(), (), ("Decision:tabled",), ()]
    assert found.about == Renewals(
        overdue_count=3,
        without_term=(),
        without_end=tuple(
            RunningMembership(
                f"Membership:vantaa-{slug}", f"Network:{slug}", "MEMBER", "IN_FORCE", date(2025, 6, 1), term
            )
            for slug, term in (("after-a-gap", "MembershipTerm:b-next"), ("shown-later", "MembershipTerm:c-next"))
        ),
    )


async def test_later_decisions(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    with_terms(
        graph,
        "nsc",
        ("term", period("2024-01-01", "2025-01-01")),
        lasts=period("2020-01-01", attested="2025-03-01"),
    )
    graph.relate("MembershipTerm:term", "DECIDED_BY", decision(graph, "term", "2023-11-27", "nsc"))
    decision(graph, "before", "2023-11-26", "nsc")
    decision(graph, "undated", None, "nsc")
    decision(graph, "b-next", "2025-02-01", "nsc", outcome="TABLED")
    decision(graph, "a-last", "2025-05-31", "nsc", outcome="REJECTED")
    await graph.write(empty_store)

    (row,) = (await due(empty_store, "2025-12-31", "2025-05-31")).rows
    assert (row.later_decisions, row.attested_after) == (("Decision:b-next", "Decision:a-last"), date(2025, 3, 1))
    (row,) = (await due(empty_store, "2025-12-31", "2025-05-30")).rows
    assert row.later_decisions == ("Decision:b-next",)


async def test_only_memberships_of_the_day(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    term = period("2024-01-01", "2025-01-01")
    with_terms(graph, "left", ("left", term), status="LEFT", lasts=period("2020-01-01", "2025-01-01"))
    with_terms(
        graph,
        "left-sometime",
        ("left-sometime", term),
        status="LEFT",
        lasts=period("2020-01-01", attested="2025-03-01"),
    )
    with_terms(graph, "ends-later", ("ends-later", term), lasts=period("2020-01-01", "2025-06-02"))
    with_terms(graph, "ends-today", ("ends-today", term), lasts=period("2020-01-01", "2025-06-01"))
    with_terms(graph, "applied", ("applied", term), status="APPLIED")
    with_terms(graph, "earlier", ("earlier", term), lasts=period("2020-01-01", attested="2021-01-01"))
    with_terms(
        graph, "long", ("long", period("2004-01-01", "2005-01-01")), lasts=period("2000-01-01", attested="2001-01-01")
    )
    await graph.write(empty_store)

    found = await due(empty_store, "2025-12-31")

    assert [(row.term, row.standing) for row in found.rows] == [
        ("MembershipTerm:earlier", "ATTESTED_EARLIER"),
        ("MembershipTerm:ends-later", "IN_FORCE"),
    ]
    applied = await due(empty_store, "2025-12-31", include_applied=True)
    assert (applied.rows[0].term, applied.rows[0].status) == ("MembershipTerm:applied", "APPLIED")
    long_unattested = await due(empty_store, "2025-12-31", standings=(*COUNTED, Standing.LONG_UNATTESTED))
    assert slugs(long_unattested) == ["long", "earlier", "ends-later"]


async def test_memberships_without_a_day_to_decide_by(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa", "oslo")
    with_terms(graph, "b-none")
    with_terms(graph, "a-none", lasts=period("2020-01-01", attested="2021-01-01"), status="LEAVING_DECIDED")
    with_terms(graph, "open", ("open", period("2024-01-01", OPEN)))
    with_terms(graph, "unknown", ("unknown", period("2024-01-01")))
    with_terms(graph, "left", status="LEFT", lasts=period("2020-01-01", "2024-01-01"))
    with_terms(graph, "applied", status="APPLIED")
    graph.network("of-oslo")
    graph.member("oslo", "of-oslo", SINCE_2020)
    await graph.write(empty_store)

    found = await due(empty_store, "2025-12-31")

    def running(slug: str, term: str | None, status: str = "MEMBER", standing: Any = "IN_FORCE") -> RunningMembership:
        shown_on = date(2025, 6, 1) if standing == "IN_FORCE" else date(2021, 1, 1)
        return RunningMembership(f"Membership:vantaa-{slug}", f"Network:{slug}", status, standing, shown_on, term)

    assert (found.rows, found.total) == ((), 0)
    assert found.about == Renewals(
        overdue_count=0,
        without_term=(running("a-none", None, "LEAVING_DECIDED", "ATTESTED_EARLIER"), running("b-none", None)),
        without_end=(running("open", "MembershipTerm:open"), running("unknown", "MembershipTerm:unknown")),
    )


async def test_pages_and_refusals(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for network in ("x", "y", "z"):
        with_terms(graph, network, (network, period("2023-01-01", "2025-01-01")))
    with_terms(graph, "none")
    await graph.write(empty_store)

    first = await due(empty_store, "2025-01-01", page=Page(first=2))
    rest = await due(empty_store, "2025-01-01", page=Page(first=2, after=first.cursors[-1]))
    assert slugs(first) + slugs(rest) == ["x", "y", "z"]
    assert (first.total, first.has_next, rest.has_next, rest.has_previous) == (3, True, False, True)
    assert first.about == rest.about
    # The overdue terms of all pages are counted.
    assert first.about.overdue_count == 3
    assert [row.membership for row in rest.about.without_term] == ["Membership:vantaa-none"]
    today = date(2025, 6, 1)
    async with empty_store.reading() as reading:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reading, QUESTION, Arguments(city="City:nowhere", by=today, on=today), ALL)
        with pytest.raises(BadArgument):
            await ask_question(reading, QUESTION, Arguments(city="Network:x", by=today, on=today), ALL)
    with pytest.raises(BadArgument) as raised:
        await due(empty_store, "2024-12-31", since="2025-01-01")
    assert raised.value.message == "by: 2024-12-31 comes before from: 2025-01-01"
