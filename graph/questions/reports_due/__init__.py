"""A city's networks on which no unit of the city has delivered a report in the last year, according to the records.

A report may have been delivered without being recorded. If a source states that a unit of the city reports on the
network, the row contains the first year of these reports.

A report without a date is treated as delivered on the last day of its reporting year, or on the requested date if that
date is in the reporting year. These are the latest possible dates, so a report without a date never seems older than it
is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import Paged, SortKey
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, MemberOf, Ranking, Ref, computed
from graph.questions.enums import SHOWN_ON, StandingName
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import NodeNames, message
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "NetworkWithoutContact", "ReportDue", "ReportsDue"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class NetworkWithoutContact(TypedRow, frozen=True):
    """A network of a city for which no unit of the city is recorded as a contact."""

    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    standing: Annotated[
        StandingName, MemberOf(Standing), ReportColumn("Standing"), "Standing of the city's membership."
    ]
    shown_on: SHOWN_ON


class ReportsDue(TypedRow, frozen=True):
    """Networks without a recent report, and networks without a recorded contact."""

    without_contact: Annotated[
        tuple[NetworkWithoutContact, ...],
        "Networks of the city on the day for which none of its units is recorded as a contact, by name, "
        "whether or not a report is due.",
    ]


class ReportDue(TypedRow, frozen=True):
    """A network for which no report is recorded in the twelve months up to the requested day."""

    sort_key: SortKey
    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing"), "Standing of the membership."]
    shown_on: SHOWN_ON
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The city's memberships in the network."]
    contacts: Annotated[
        tuple[str, ...],
        Ref("Unit"),
        ReportColumn("Contacts", absent="none recorded"),
        "Units of the city that are contacts for the network.",
    ]
    last_report: Annotated[
        str | None,
        Ref("Report"),
        "Latest report recorded by the day; null if none is recorded. An unrecorded report may have been given.",
    ]
    last_year: Annotated[
        int | None, ReportColumn("Last report on", "year", "none recorded"), "Year that the latest report covers."
    ]
    last_reported_on: Annotated[
        date | None, ReportColumn("Given on", absent="–"), "Day on which the latest report was given; null if unknown."
    ]
    reporting_since: Annotated[
        int | None,
        ReportColumn("Said to report since", absent="not said"),
        "Year from which `reportingUnit` reports, as a source states; null if no source states it.",
    ]
    reporting_unit: Annotated[
        str | None,
        Ref("Unit"),
        ReportColumn("Reporting unit", absent="not said"),
        "Unit of the city that reports on this network, or on the city's networks in general, as a source states.",
    ]
    reporting_sources: Annotated[
        tuple[str, ...],
        Ref("Citation"),
        ReportColumn("Sources", absent="none"),
        "Citations for `reportingSince` and `reportingUnit`.",
    ]

    @computed("Whether a contact for the network is recorded.")
    def contact_known(self) -> bool:
        return bool(self.contacts)


def _parameters(arguments: Arguments) -> dict[str, object]:
    return {"year_ago": _year_before(arguments.on)}


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=max(day.year - 1, 1), day=28 if is_leap_day else day.day)


def _without_contact(found: Paged[ReportDue]) -> tuple[NetworkWithoutContact, ...]:
    return found.about.without_contact


def _summary(found: Paged[ReportDue], _names: NodeNames) -> str:
    unrecorded = [row for row in found.rows if row.last_report is None]
    said = sum(row.reporting_since is not None for row in unrecorded)
    return message(
        "Networks without a report recorded in the last year: {networks}. Without any report recorded: {unrecorded}, "
        "of them with a source that says that the city reports: {said}. Networks without a recorded contact: "
        "{without_contact}.",
        networks=found.total,
        unrecorded=len(unrecorded),
        said=said,
        without_contact=len(_without_contact(found)),
    )


QUESTION: Final = Ranking(
    module=__name__,
    description="Networks that a city is a member of and about which no report of its units in the last year is "
    "recorded, by name. An unrecorded report may have been given: see `reportingSince`. Networks "
    "without a recorded contact are listed separately.",
    leaves_out="Memberships only applied for, and the city's local networks.",
    arguments=Arguments,
    row=ReportDue,
    about=ReportsDue,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", on=date(2024, 12, 31)),),
    parameters=_parameters,
    report=QuestionReport(
        title="Reports of {city} on its networks, due on {on}",
        summary=_summary,
        asked="{on}",
        notes=("A report that is not recorded may have been given.",),
        tables=(
            ReportTable(
                key="networks",
                title="Networks without a report recorded in the last year",
                identity=("network",),
            ),
            ReportTable(
                key="without_contact",
                title="Networks without a recorded contact",
                note="Whether a report is due or not.",
                identity=("network",),
                row=NetworkWithoutContact,
                rows=_without_contact,
            ),
        ),
    ),
)
