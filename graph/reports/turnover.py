"""Tables and plots of the growth, churn and lifetimes of ties."""

from collections.abc import Sequence
from datetime import date

from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.turnover import Lifetimes, Turnover, lifetimes, turnover
from graph.reports.network_tables import named_node, standing_columns
from graph.tables import Cell, Column, Kind, Lines, Plot, Table, join, message
from graph.vocabulary import Standing

__all__ = ["turnover_tables"]


def turnover_tables(
    snapshot: Snapshot, on: date, dates: Sequence[date], subset: Subset
) -> tuple[list[Table], list[Plot]]:
    """Return tables and plots that show how ties change, and how long they last.

    The changes are computed between each of `dates` and the next date. The tables of lifetimes include only ties that
    began on or before `on`, the date of the report.
    """
    changes = turnover(snapshot, dates, subset)
    lives = lifetimes(snapshot, on, subset)
    plots: list[Plot] = []
    if changes:
        labels = tuple(message("{on}", on=change.on) for change in changes)
        titles = {
            "joined": message("joined"),
            "first_shown": message("first shown"),
            "left": message("left"),
            "lapsed": message("lapsed"),
        }
        series = tuple(
            (title, tuple(float(getattr(change, field)) for change in changes)) for field, title in titles.items()
        )
        plots.append(Lines("Ties joined and left", "ties", labels, series, "Since the date before."))
    if lives.ended:
        survival = tuple(row.survival for row in lives.years)
        labels = tuple(str(row.year + 1) for row in lives.years)
        note = message("Kaplan–Meier estimate, by age in years.")
        plots.append(Lines("Share of ties that survive", "share", labels, ((message("survival"), survival),), note))
    return [_turnover_table(changes, subset), _lifetime_table(lives, on), _survival_table(lives)], plots


def _turnover_table(changes: Sequence[Turnover], subset: Subset) -> Table:
    columns = (
        Column("day", "Day", Kind.DATE),
        Column("since", "Since", Kind.DATE),
        Column("ties_before", "Ties before", Kind.INTEGER),
        Column("ties", "Ties", Kind.INTEGER),
        *standing_columns(standing for standing in Standing if standing in subset.standings),
        Column("joined", "Joined", Kind.INTEGER, "ties that began in between"),
        Column("first_shown", "First shown", Kind.INTEGER, "new ties whose beginning is unknown"),
        Column("left", "Left", Kind.INTEGER, "ties that ended in between"),
        Column("lapsed", "Lapsed", Kind.INTEGER, "ties not shown for long; their end is unknown"),
        Column("growth", "Growth", Kind.NUMBER, "(joined − left) / ties before", "not defined"),
        Column("churn", "Churn", Kind.NUMBER, "left / ties before", "not defined"),
        Column("lower_bound", "Lower bound", Kind.FLAG, "more ties may have joined or left"),
        Column(
            "networks_gained",
            "Collaborations gained",
            Kind.NODES,
            "no city of the subset was in them before; not their founding",
            "none",
        ),
        Column(
            "networks_lost",
            "Collaborations lost",
            Kind.NODES,
            "no city of the subset is in them any more; not their end",
            "none",
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    for change in changes:
        changed = change.joined, change.first_shown, change.left, change.lapsed
        counts = change.ties_before, change.ties, *change.standings.values(), *changed
        networks = (tuple(map(named_node, nodes)) or None for nodes in (change.networks_gained, change.networks_lost))
        rows.append((change.on, change.since, *counts, change.growth, change.churn, change.lower_bound, *networks))
    note = message(
        "All numbers count ties, such as memberships, not networks. Growth and churn count only ties that are known "
        "to have begun or ended. Ties whose beginning or end no source states are counted apart: first shown "
        "{first_shown}, lapsed {lapsed}. Some of them may have begun or ended in between, so joined and left are lower "
        "bounds. Growth and churn are not bounds, because the ties before are incomplete too.",
        first_shown=sum(change.first_shown for change in changes),
        lapsed=sum(change.lapsed for change in changes),
    )
    return Table("turnover", "Growth and churn", columns, tuple(rows), ("day",), note)


def _lifetime_table(lives: Lifetimes, on: date) -> Table:
    columns = (
        Column("year", "Year of age", Kind.INTEGER, "from 1"),
        Column("at_risk", "At risk", Kind.INTEGER, "when the year begins"),
        Column("ended", "Ended", Kind.INTEGER, "in the year"),
        Column("censored", "Censored", Kind.INTEGER, "last shown in the year; their end is unknown"),
        Column("survival", "Survival", Kind.NUMBER, "Kaplan–Meier, at the end of the year"),
        Column("low", "Low", Kind.NUMBER, "95 % confidence interval", "not defined"),
        Column("high", "High", Kind.NUMBER, "95 % confidence interval", "not defined"),
    )
    rows = tuple(
        (row.year + 1, row.at_risk, row.ended, row.censored, row.survival, *(row.interval or (None, None)))
        for row in lives.years
    )
    more = message("more than half survive")
    notes = [
        message("Observed until {on}, the date of the report.", on=on),
        message("Ties of any standing are included, also those that the report does not count."),
        message(
            "Ties whose beginning a source states: {ties}, of which {ended} ended. Left out, without a stated "
            "beginning: {without}; a first possible day, such as the founding of the network, is no beginning. Ended "
            "on an unknown day, and censored when last shown: {unknown}. Median lifetime: {median}.",
            ties=lives.ties,
            ended=lives.ended,
            without=lives.without_beginning,
            unknown=lives.without_end,
            median=more if lives.median is None else message("{years:.1f} years", years=lives.median),
        ),
    ]
    if lives.lower_bound:
        notes.append(message("Rosters are partial: ties that ended early are shown least."))
    return Table("lifetimes", "Lifetimes of ties", columns, rows, ("year",), join(" ", notes))


def _survival_table(lives: Lifetimes) -> Table:
    columns = (
        Column("age", "Age in days", Kind.INTEGER),
        Column("at_risk", "At risk", Kind.INTEGER, "at this age"),
        Column("ended", "Ended", Kind.INTEGER, "at this age"),
        Column("survival", "Survival", Kind.NUMBER, "Kaplan–Meier, after this age"),
        Column("low", "Low", Kind.NUMBER, "95 % confidence interval", "not defined"),
        Column("high", "High", Kind.NUMBER, "95 % confidence interval", "not defined"),
    )
    rows = tuple(
        (age.days, age.at_risk, age.ended, age.survival, *(age.interval or (None, None))) for age in lives.ages
    )
    note = message("A row multiplies the survival of the row before by 1 - ended / at risk.")
    return Table("survival", "Survival of ties", columns, rows, ("age",), note)
