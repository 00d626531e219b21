"""Check the places of terms and decisions on the axis of years."""

from datetime import date
from typing import Any

import httpx
import pytest

from api.pages.language import reader_of
from api.pages.timeline import timeline_of
from api.pages.values import Day, Period
from graph.store import Store
from tests.pages.html_page import HtmlPage

READER = reader_of("en")


def day(text: str | None) -> Period:
    found = None if text is None else Day.of(date.fromisoformat(text), READER)
    return Period(found, "DAY", "UNKNOWN" if text is None else "DATE", READER)


def membership(terms: list[tuple[str | None, str | None]], *decided: str | None) -> dict[str, Any]:
    decisions = [{"id": f"Decision:{place}", "date": day(text)} for place, text in enumerate(decided)]
    decision = decisions[0] if decisions else None
    spans = [{"validFrom": day(begins), "validUntil": day(end), "decision": decision} for begins, end in terms]
    return {"terms": {"nodes": spans}, "decisions": {"nodes": decisions}}


def test_terms_and_decisions_are_placed_by_their_days() -> None:
    found = timeline_of(membership([("2024-01-01", "2026-01-01")], "2023-11-27"), date(2026, 7, 2))
    assert found is not None
    assert (found.width, found.now) == (24 + 4 * 64, 12 + 3 * 64 + 31.8)
    assert found.years == ((12, 2023), (76, 2024), (140, 2025), (204, 2026))
    assert [(bar.x, bar.width, bar.is_open) for bar in found.bars] == [(76, 128, False)]
    assert [point.x for point in found.points] == [12 + 57.7]


def test_a_term_without_a_known_end_reaches_the_end_of_the_axis() -> None:
    terms: list[tuple[str | None, str | None]] = [("2025-01-01", None), (None, "2024-01-01"), (None, None)]
    found = timeline_of(membership(terms, None), date(2025, 1, 1))
    assert found is not None
    assert found.width == 24 + 3 * 64
    assert [(bar.x, bar.width, bar.is_open) for bar in found.bars] == [(140, 64, True), (12, 64, True)]


def test_labels_of_many_years_do_not_overlap() -> None:
    found = timeline_of(membership([("1950-01-01", None)]), date(2026, 1, 1))
    assert found is not None
    assert found.width == 24 + 77 * 16
    assert [year for _, year in found.years][:3] == [1950, 1953, 1956]
    assert max(x for x, _ in found.years) + 32 <= found.width


@pytest.mark.parametrize("terms", [[], [(None, None)]])
def test_without_dates_there_is_no_timeline(terms: list[tuple[str | None, str | None]]) -> None:
    assert timeline_of(membership(terms, None), date(2026, 1, 1)) is None


async def test_the_page_of_a_network_has_a_timeline(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    address = "/network?city=vantaa&network=nordic-safe-cities&on=2025-06-01&language=en"
    text = HtmlPage((await browser.get(address)).text).text.replace("\xa0", " ")
    assert "Terms 2024–2025 2022–2023 2020–2021 " in text
    assert "until 31 Dec 2019 Decisions 24 Feb 2020: Vantaa City Board 24 Feb 2020: " in text
