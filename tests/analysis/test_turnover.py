"""Growth, churn and lifetimes of ties."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from graph.analysis import Node, Snapshot, Subset
from graph.analysis.snapshot import TieColumns
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.analysis.turnover import AgeOfEnd, Turnover, YearOfLife, lifetimes, survival_at, turnover
from graph.analysis.two_mode import TieFacts
from graph.vocabulary import Standing

Tie = tuple[str, str, str | None, str, str, str | None]
"""City, network, beginning, first day shown, day after the last day shown, end; None if unknown."""


def snapshot(ties: Sequence[Tie], *, complete_on: date | None = None, countries: str = "FI") -> Snapshot:
    cities, networks = sorted({tie[0] for tie in ties}), sorted({tie[1] for tie in ties})

    def days(column: int, unknown: date) -> np.ndarray:
        values = (date.fromisoformat(str(tie[column])) if tie[column] else unknown for tie in ties)
        return np.array([day.toordinal() for day in values], dtype=np.int64)

    shown_until = days(4, date.min)
    return Snapshot(
        revision=1,
        digest="",
        cities=tuple(Node(city, city, "City", countries) for city in cities),
        collaborations=tuple(Node(network, network, "Network") for network in networks),
        ties=TieColumns(
            np.array([cities.index(tie[0]) for tie in ties], dtype=np.int64),
            np.array([networks.index(tie[1]) for tie in ties], dtype=np.int64),
            days(2, date.min),
            days(3, date.min),
            shown_until,
            shown_until + 15 * 365,
            days(5, date.max),
            np.zeros(len(ties), dtype=np.bool_),
            TieFacts(
                np.full(len(ties), "MEMBER", dtype=np.object_),
                np.full(len(ties), None, dtype=np.object_),
                *(np.zeros(len(ties), dtype=np.bool_) for _ in ("founder", "host")),
                days(2, date.min),
                days(2, date.min),
                days(3, date.min),
                days(5, date.max),
                *(np.full(len(ties), None, dtype=np.object_) for _ in ("spells", "fees", "sources")),
            ),
        ),
        roster_on=dict.fromkeys(networks, complete_on) if complete_on else {},
        themes=frozenset(),
        addresses={},
        narrower={},
        close_matches={},
        successions=frozenset(),
    )


ALL = Subset()

TIES: tuple[Tie, ...] = (
    ("a", "x", "2000-01-01", "2000-01-01", "2020-06-01", None),
    ("b", "x", "2012-01-01", "2012-01-01", "2020-06-01", None),
    ("c", "x", None, "2012-06-01", "2020-06-01", None),
    ("d", "x", "2001-01-01", "2001-01-01", "2012-01-01", "2012-01-01"),
    ("e", "x", "1990-01-01", "1990-01-01", "1997-01-01", None),
    ("a", "y", "2013-01-01", "2013-01-01", "2020-06-01", None),
    ("a", "z", "2005-01-01", "2005-01-01", "2011-01-01", "2011-01-01"),
)


def test_ties_that_do_not_count_have_not_ended() -> None:
    # Only ties that a source covers on the date count; the tie is shown until 2015 and may go on.
    ties = snapshot([("a", "x", "2010-01-01", "2010-01-01", "2015-01-01", None)])
    [change] = turnover(ties, [date(2014, 1, 1), date(2016, 1, 1)], Subset(standings=(Standing.IN_FORCE,)))
    assert (change.ties_before, change.ties, change.left, change.lapsed, change.churn) == (1, 0, 0, 1, 0.0)
    # A tie that counts only once it is attested earlier has begun before.
    standings = (Standing.ATTESTED_EARLIER,)
    [change] = turnover(ties, [date(2014, 1, 1), date(2016, 1, 1)], Subset(standings=standings))
    assert (change.joined, change.first_shown, change.left, change.lapsed) == (0, 1, 0, 0)


def test_turnover_counts_what_sources_state() -> None:
    found = turnover(snapshot(TIES), [date(2014, 1, 1), date(2010, 1, 1)], ALL)
    # c is first shown in 2012, but may be a member since any time; e is not shown for fifteen years.
    assert found == [
        Turnover(
            since=date(2010, 1, 1),
            on=date(2014, 1, 1),
            ties_before=4,
            ties=4,
            standings={Standing.IN_FORCE: 4, Standing.ATTESTED_EARLIER: 0},
            joined=2,
            first_shown=1,
            left=2,
            lapsed=1,
            networks_gained=(Node("y", "y", "Network"),),
            networks_lost=(Node("z", "z", "Network"),),
            is_partial=True,
        )
    ]
    assert (found[0].growth, found[0].churn, found[0].lower_bound) == (0.0, 0.5, True)
    assert turnover(snapshot(TIES), [date(2014, 1, 1)], ALL) == []


def test_growth_counts_known_changes_only() -> None:
    ties: tuple[Tie, ...] = (
        ("a", "x", "2000-01-01", "2000-01-01", "2020-06-01", None),
        ("b", "x", "2001-01-01", "2001-01-01", "2020-06-01", None),
        ("c", "x", None, "2012-06-01", "2020-06-01", None),
        ("d", "x", None, "2013-06-01", "2020-06-01", None),
        ("e", "x", "2013-01-01", "2013-01-01", "2020-06-01", None),
    )
    [change] = turnover(snapshot(ties), [date(2010, 1, 1), date(2014, 1, 1)], ALL)
    assert (change.ties_before, change.ties, change.joined, change.first_shown) == (2, 5, 1, 2)
    assert (change.growth, change.churn, change.lower_bound) == (0.5, 0.0, True)
    # Without ties that are only first shown, and with complete rosters, nothing is left out.
    known = replace(change, first_shown=0, is_partial=False)
    assert not known.lower_bound
    assert replace(known, lapsed=1).lower_bound


def test_turnover_from_nothing() -> None:
    (found,) = turnover(snapshot(TIES), [date(1980, 1, 1), date(1991, 1, 1)], ALL)
    assert (found.ties_before, found.ties, found.joined, found.growth, found.churn) == (0, 1, 1, None, None)
    # c may be a member of x already.
    assert found.networks_gained == ()
    (none,) = turnover(snapshot(TIES), [date(2010, 1, 1), date(2014, 1, 1)], Subset(countries=("SE",)))
    assert (none.ties_before, none.ties, none.networks_gained, none.networks_lost) == (0, 0, (), ())


def test_lifetimes_of_a_few_ties() -> None:
    ties: tuple[Tie, ...] = (
        ("a", "x", "2000-01-01", "2000-01-01", "2001-01-01", "2001-07-01"),
        ("b", "x", "2000-01-01", "2000-01-01", "2000-07-01", None),
        ("c", "x", "2000-01-01", "2000-01-01", "2003-01-01", "2010-01-01"),
        ("d", "x", None, "2000-01-01", "2003-01-01", "2003-01-01"),
        ("e", "x", "2004-01-01", "2004-01-01", "2005-01-01", None),
    )
    found = lifetimes(snapshot(ties), date(2003, 1, 1), ALL)
    # b is censored after half a year, and c on the date, before its end. The age of a is one year and a half.
    assert [(row.year, row.at_risk, row.ended, row.censored, row.survival) for row in found.years] == [
        (0, 3, 0, 1, 1.0),
        (1, 2, 1, 0, 0.5),
        (2, 1, 0, 0, 0.5),
        (3, 1, 0, 1, 0.5),
    ]
    assert (found.ties, found.ended, found.without_beginning, found.lower_bound) == (3, 1, 1, True)
    [age] = found.ages
    assert age == AgeOfEnd(547, at_risk=2, ended=1, survival=0.5, interval=found.years[1].interval)
    assert found.median == pytest.approx(547 / 365.25)
    assert not lifetimes(snapshot(ties, complete_on=date(2003, 1, 1)), date(2003, 1, 1), ALL).lower_bound
    assert not lifetimes(replace(snapshot(ties), rosters_complete=True), date(2003, 1, 1), ALL).lower_bound
    assert lifetimes(snapshot(ties), date(1999, 1, 1), ALL).years == ()


def test_only_stated_beginnings_and_ends_give_a_length() -> None:
    def row(city: str, fact: str, begins: int | None, ends: int | None = None, **more: Any) -> TieRow:
        possible = date(begins or 1990, 1, 1)  # the founding of the network
        until = date(ends or 2005, 1, 1)
        values: dict[str, Any] = {"status": "MEMBER", "stands_until": date(ends or 9999, 1, 1) if ends else date.max}
        return TieRow(
            city,
            "Network:x",
            fact,
            possible,
            date(begins or 2000, 1, 1),
            until,
            date.max,
            **(values | more),
            begins_stated=begins is not None,
            ends_stated=ends is not None,
        )

    rows = [
        row("City:a", "Membership:1", 2000, 2004),
        row("City:a", "Membership:2", 2004, 2006),  # goes on: one spell of six years
        row("City:b", "Membership:3", None, 2004),  # only shown from 2000; it can have begun in 1990
        row("City:c", "Membership:4", 2001, status="LEFT", stands_until=date(2005, 1, 1)),  # left on an unknown day
        row("City:d", "Membership:5", 2002, stands_until=date(2008, 1, 1)),  # the network ended
        row("City:e", "Membership:6", 2003),
    ]
    built = build_snapshot(
        1,
        cities=[CityRow(f"City:{slug}", slug) for slug in "abcde"],
        collaborations=[CollaborationRow("Network:x", "x")],
        ties=rows,
    )
    found = lifetimes(built, date(2010, 1, 1), ALL)
    assert (found.ties, found.ended, found.without_beginning, found.without_end) == (4, 2, 1, 1)
    # a ends after 2192 days and d after 2191; c is censored after four years, e after two.
    assert [
        (life.year, life.at_risk, life.ended, life.censored) for life in found.years if life.ended + life.censored
    ] == [
        (2, 4, 0, 1),
        (4, 3, 0, 1),
        (5, 2, 1, 0),
        (6, 1, 1, 0),
    ]


def test_no_interval_before_the_first_end_and_after_the_last() -> None:
    ties: tuple[Tie, ...] = (("a", "x", "2000-01-01", "2000-01-01", "2001-07-01", "2001-07-01"),)
    found = lifetimes(snapshot(ties), date(2003, 1, 1), ALL)
    assert found.years == (YearOfLife(0, 1, 0, 0, 1.0, None), YearOfLife(1, 1, 1, 0, 0.0, None))


samples = st.lists(st.tuples(st.integers(1, 4000), st.booleans()), min_size=2, max_size=40)


@settings(max_examples=100, deadline=None)
@given(samples)
def test_the_product_limit_estimate_is_that_of_scipy(sample: list[tuple[int, bool]]) -> None:
    ages = np.array([age for age, _ in sample], dtype=np.int64)
    has_ended = np.array([ended for _, ended in sample], dtype=np.bool_)
    if not has_ended.any():
        return
    ends, survival, greenwood = survival_at(ages, has_ended)
    expected = ecdf(CensoredData.right_censored(ages, ~has_ended)).sf
    assert survival == pytest.approx(expected.evaluate(ends))
    is_last = survival == 0
    # The interval is not defined where nothing or everything survives.
    with warnings.catch_warnings(action="ignore"):
        interval = expected.confidence_interval(method="log-log")
    found = lifetimes(
        snapshot(
            [
                (
                    str(number),
                    "x",
                    "2000-01-01",
                    "2000-01-01",
                    (day := date.fromordinal(date(2000, 1, 1).toordinal() + age).isoformat()),
                    day if ended else None,
                )
                for number, (age, ended) in enumerate(sample)
            ]
        ),
        date(2020, 1, 1),
        ALL,
    )
    for row in found.years:
        end = (row.year + 1) * 365.25
        if row.interval is not None and not is_last[ends < end].any():
            last = float(ends[ends < end].max())
            assert row.interval == pytest.approx(
                (float(interval.low.evaluate(last)), float(interval.high.evaluate(last)))
            )
    assert np.isinf(greenwood[is_last]).all()
