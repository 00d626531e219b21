"""Networks on which a city's units have not reported for a year.

A report without a date counts as delivered on the last day of its reporting year, or on the requested date if that is
in the reporting year. These are the latest possible dates, so a missing date never makes a report look older than it
is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, MemberOf, Ranking, Ref, computed
from graph.questions.enums import StandingName
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "ReportDue"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class ReportDue(TypedRow, frozen=True):
    """A network without a report recorded in the twelve months up to the requested day."""

    sort_key: SortKey
    network: Annotated[str, Ref("Network"), "The network."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the membership."]
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The city's memberships in it."]
    contacts: Annotated[tuple[str, ...], Ref("Unit"), "The city's units that are contacts for it."]
    last_report: Annotated[str | None, Ref("Report"), "The latest report by the day, if any."]
    last_year: Annotated[int | None, "The year that report is on."]
    last_reported_on: Annotated[date | None, "The day it was given, where known."]

    @computed("Whether a contact for it is recorded.")
    def contact_known(self) -> bool:
        return bool(self.contacts)


def _parameters(arguments: Arguments) -> dict[str, object]:
    return {"year_ago": _year_before(arguments.on)}


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=max(day.year - 1, 1), day=28 if is_leap_day else day.day)


QUESTION: Final = Ranking(
    module=__name__,
    description="Networks a city is a member of on the day and on which none of its units has reported for a year, "
    "by name.",
    leaves_out="Memberships only applied for, and the city's local networks.",
    arguments=Arguments,
    row=ReportDue,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", on=date(2024, 12, 31)),),
    parameters=_parameters,
)
