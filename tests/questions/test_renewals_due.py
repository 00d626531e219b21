"""Renewals due: ends and reviews, successors, and the sentence that says so."""

from datetime import date

import pytest

from graph.errors import BadArgument, UnknownId
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.renewals_due import QUESTION, Arguments, Renewal, RenewalSource
from graph.store import Store
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.questions.helpers import ALL, SINCE_2020, ask


async def due(store: Store, before: str, *, page: Page = ALL) -> Paged[Renewal]:
    arguments = Arguments(city="City:vantaa", by=date.fromisoformat(before))
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


def with_terms(graph: SmallGraph, network: str, *terms: tuple[str, dict[str, object]], status: str = "MEMBER") -> None:
    graph.network(network)
    graph.member("vantaa", network, SINCE_2020, status)
    for slug, columns in terms:
        graph.node(f"MembershipTerm:{slug}", **columns)
        graph.relate(f"MembershipTerm:{slug}", "UNDER", f"Membership:vantaa-{network}")


REVIEW_IN_2025 = {"reviewFrom": date(2025, 1, 1), "reviewUntil": date(2026, 1, 1), "reviewSaidIn": "REASONING"}


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

    assert (await due(empty_store, "2026-01-01")).rows == (
        Renewal(
            sort_key=("2026-01-01", "MembershipTerm:2024"),
            term="MembershipTerm:2024",
            membership="Membership:vantaa-nsc",
            network="Network:nsc",
            due=date(2026, 1, 1),
            period_ends=date(2026, 1, 1),
            review_from=date(2025, 1, 1),
            review_until=date(2026, 1, 1),
            review_said_in="REASONING",
            sources=(
                RenewalSource("Citation:c-review", "tuodaan vuonna 2025 arvioitavaksi", ("reviewFrom", "reviewUntil")),
                RenewalSource("Citation:b-period", "vuosiksi 2024–2025", ("validFrom", "validUntil")),
                RenewalSource("Citation:a-fee", "10 000 euroa", ("annualFee",)),
            ),
        ),
    )
    assert (await due(empty_store, "2026-01-01")).rows[0].reasons == ("PERIOD_ENDS", "REVIEW_DUE")
    assert (await due(empty_store, "2025-12-31")).rows == ()


async def test_the_reason_and_the_earlier_day(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    with_terms(graph, "ends", ("ends", period("2024-01-01", "2025-07-01")))
    with_terms(graph, "review", ("review", period("2024-01-01", OPEN) | REVIEW_IN_2025))
    later_review = {"reviewFrom": date(2025, 1, 1), "reviewUntil": date(2025, 2, 1), "reviewSaidIn": "DECIDED_POINTS"}
    with_terms(graph, "both", ("both", period("2024-01-01", "2025-12-01") | later_review))
    with_terms(graph, "reviewed-later", ("later", period("2024-01-01", "2025-03-01") | REVIEW_IN_2025))
    with_terms(graph, "left", ("left", period("2024-01-01", "2025-01-01")), status="LEFT")
    with_terms(graph, "applied", ("applied", period("2024-01-01", "2025-01-01")), status="APPLIED")
    with_terms(graph, "leaving", ("leaving", period("2024-01-01", "2025-01-01")), status="LEAVING_DECIDED")
    with_terms(graph, "unknown", ("unknown", period("2024-01-01", attested="2024-05-01")))
    await graph.write(empty_store)

    found = await due(empty_store, "2026-01-01")

    assert [(row.term.removeprefix("MembershipTerm:"), row.due.isoformat(), row.reasons) for row in found.rows] == [
        ("leaving", "2025-01-01", ("PERIOD_ENDS",)),
        ("both", "2025-02-01", ("PERIOD_ENDS", "REVIEW_DUE")),
        ("later", "2025-03-01", ("PERIOD_ENDS", "REVIEW_DUE")),
        ("ends", "2025-07-01", ("PERIOD_ENDS",)),
        ("review", "2026-01-01", ("REVIEW_DUE",)),
    ]
    # A review that is not due by then is not told, nor an end.
    until_march = await due(empty_store, "2025-03-01")
    assert [(row.period_ends, row.review_from, row.review_until, row.review_said_in) for row in until_march.rows] == [
        (date(2025, 1, 1), None, None, None),
        (None, date(2025, 1, 1), date(2025, 2, 1), "DECIDED_POINTS"),
        (date(2025, 3, 1), None, None, None),
    ]


async def test_successors(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    ended = period("2023-01-01", "2025-01-01")
    with_terms(graph, "followed", ("a", ended), ("a-next", period("2025-01-01", OPEN)))
    with_terms(graph, "after-a-gap", ("b", ended), ("b-next", period("2025-06-01", OPEN)))
    with_terms(graph, "shown-later", ("c", ended), ("c-next", period(None, attested="2025-03-01")))
    with_terms(graph, "preceded", ("d-before", period("2021-01-01", "2023-01-01")), ("d", ended))
    with_terms(
        graph, "open", ("e", period("2023-01-01", OPEN) | REVIEW_IN_2025), ("e-next", period("2024-01-01", OPEN))
    )
    # A successor in another life of the membership is none.
    with_terms(graph, "other-life", ("f", ended))
    graph.member("vantaa", "other-life", period("2025-01-01", OPEN), suffix="-2")
    graph.node("MembershipTerm:f-next", **period("2025-01-01", OPEN))
    graph.relate("MembershipTerm:f-next", "UNDER", "Membership:vantaa-other-life-2")
    await graph.write(empty_store)

    found = await due(empty_store, "2026-01-01")

    assert [row.term for row in found.rows] == ["MembershipTerm:d", "MembershipTerm:f"]


async def test_pages_and_refusals(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    for network in ("x", "y", "z"):
        with_terms(graph, network, (network, period("2023-01-01", "2025-01-01")))
    await graph.write(empty_store)

    first = await due(empty_store, "2025-01-01", page=Page(first=2))
    rest = await due(empty_store, "2025-01-01", page=Page(first=2, after=first.cursors[-1]))
    assert [row.term for row in (*first.rows, *rest.rows)] == [f"MembershipTerm:{each}" for each in "xyz"]
    assert (first.total, first.has_next, rest.has_next, rest.has_previous) == (3, True, False, True)
    async with empty_store.reading() as reading:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reading, QUESTION, Arguments(city="City:nowhere", by=date(2026, 1, 1)), ALL)
        with pytest.raises(BadArgument):
            await ask_question(reading, QUESTION, Arguments(city="Network:x", by=date(2026, 1, 1)), ALL)
