"""Compute, from dated facts, the days on which the status of a node changes.

A change of status is stored as a text: the day and the new status, such as `2022-10-10 TABLED`. If the new status is
unknown, the text contains only the day. A date that is precise only to the month or year is treated as the first day of
that month or year. A status becomes unknown `LAPSE_YEARS` years after the last day that a source covers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import cast

from graph.seeding.periods import Coverage, add_years
from graph.seeding.records import Columns, Dataset, NodeRecord
from graph.standing import LAPSE_YEARS

__all__ = ["status_changes"]

_Decisions = list[tuple[date, str]]
"""The decisions about a programme, sorted by date. Each decision is a pair of a date and an outcome."""


def status_changes(dataset: Dataset, coverages: Mapping[str, Coverage]) -> dict[str, Columns]:
    """Return the status changes of all nodes that have a status, to be stored in the hidden column `statusChanges`.

    The result is a dict from node id to a dict with this column. Nodes whose status is unknown on all days are omitted.
    """
    decisions = _decisions_by_subject(dataset)
    changes: dict[str, list[str]] = {}
    for node in dataset.nodes.values():
        if node.label.name == "Programme":
            changes[node.id] = _programme_changes(node, coverages.get(node.id), sorted(decisions[node.id]))
    for initiative, statuses in _statuses_by_initiative(dataset, coverages).items():
        changes[initiative] = _initiative_changes(statuses)
    return {node_id: {"statusChanges": listed} for node_id, listed in changes.items() if listed}


def _changes(days: Iterable[date], status_on: Callable[[date], str]) -> list[str]:
    """Return the changes of a status. Each change is a text of a day and the new status, such as "2024-01-31 IN_FORCE".

    `days` contains all days on which the status can change. `status_on` is a function that returns the status on a day,
    or "" if it is unknown. If the new status is unknown, the text contains only the day.
    """
    changes: list[str] = []
    current = ""
    for day in sorted(set(days)):
        if (status := status_on(day)) != current:
            changes.append(f"{day.isoformat()} {status}".rstrip())
            current = status
    return changes


# --- Programmes -------------------------------------------------------------------------------------


def _decisions_by_subject(dataset: Dataset) -> Mapping[str, _Decisions]:
    found: dict[str, _Decisions] = defaultdict(list)
    for relationship in dataset.relationships.values():
        if relationship.definition.type == "ABOUT" and (decision := dataset.nodes.get(relationship.source)):
            day = decision.columns.get("date") or decision.columns.get("published")
            if isinstance(day, date):
                found[relationship.target].append((day, cast("str", decision.columns.get("outcome"))))
    return found


def _programme_changes(programme: NodeRecord, covered: Coverage | None, decisions: _Decisions) -> list[str]:
    """Return the changes of a programme's status. Each change is a text that contains the day and the new status.

    A programme that was tabled or rejected is not in force, even on days within its period. It is in force again after
    a later approval, or from a later day on which a source shows it in force. If the beginning of a programme is
    unknown, the programme is in force from the day of its approval.
    """
    columns = programme.columns
    begins = cast("date | None", columns.get("validFrom"))
    adopted = cast("date | None", columns.get("adopted"))
    decided = sorted([*decisions, *([(adopted, "APPROVED")] if adopted else [])])
    approvals = [day for day, outcome in decided if outcome == "APPROVED"]
    shown = [day for name in ("attestedFrom", "attestedOn") if isinstance(day := columns.get(name), date)]
    starts = [*([covered.shown_from] if covered else []), *([] if begins else approvals)]
    lapsing = [add_years(day, LAPSE_YEARS) for day in approvals]
    lapses = max([covered.lapses_on, *lapsing] if covered else lapsing, default=date.max)

    def status_on(day: date) -> str:
        last = max((decision for decision in decided if decision[0] <= day), default=None)
        if last is not None and last[1] != "APPROVED" and not any(last[0] < shown_on <= day for shown_on in shown):
            if last[1] == "REJECTED":
                return "ENDED"
            return "TABLED" if day < add_years(last[0], LAPSE_YEARS) else ""
        if covered is not None and covered.stands_until <= day:
            return "ENDED"
        if starts and min(starts) <= day:
            return "IN_FORCE" if day < lapses else ""
        return "PROPOSED" if last is not None else ""

    days = [*starts, *shown, lapses, *(day for day, _ in decided)]
    days += [add_years(day, LAPSE_YEARS) for day, outcome in decided if outcome == "TABLED"]
    if covered is not None:
        days.append(covered.stands_until)
    return _changes((day for day in days if day.year < date.max.year), status_on)


# --- EU initiatives ---------------------------------------------------------------------------------


def _statuses_by_initiative(
    dataset: Dataset, coverages: Mapping[str, Coverage]
) -> Mapping[str, list[tuple[Coverage, str]]]:
    found: dict[str, list[tuple[Coverage, str]]] = defaultdict(list)
    for relationship in dataset.relationships.values():
        status = dataset.nodes.get(relationship.source)
        if status is not None and status.label.name == "InitiativeStatus" and relationship.definition.type == "OF":
            covered = coverages.get(status.id)
            if covered is not None:
                found[relationship.target].append((covered, cast("str", status.columns.get("status"))))
    return found


def _initiative_changes(statuses: list[tuple[Coverage, str]]) -> list[str]:
    """Return the changes of an EU initiative's status. Each change is a text that contains the day and the new status.

    `statuses` contains pairs of a coverage and a recorded status. A coverage contains the days that sources cover. A
    recorded status begins on its first covered day. On each day, the recorded status that began most recently applies.
    If this recorded status has already ended, or if its sources are too old, the status is unknown.
    """

    def status_on(day: date) -> str:
        shown = [
            (covered.shown_from, min(covered.stands_until, covered.lapses_on), status)
            for covered, status in statuses
            if covered.shown_from <= day
        ]
        _, until, status = max(shown, default=(day, day, ""))
        return status if day < until else ""

    days = (day for covered, _ in statuses for day in (covered.shown_from, covered.stands_until, covered.lapses_on))
    return _changes((day for day in days if day.year < date.max.year), status_on)
