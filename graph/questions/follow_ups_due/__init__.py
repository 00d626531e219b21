"""A city's projects that ended less than two years ago, and that have no recorded follow-up since then."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import Paged, SortKey
from graph.questions.declaration import CITY, ON, MemberOf, Ranking, Ref
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.store import TypedRow
from graph.tables import NodeNames, message
from graph.vocabulary import PartnerRole, ProjectStage

__all__ = ["QUESTION", "Arguments", "FollowUp", "FollowUps", "ProjectWithoutEnd"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON


class ProjectWithoutEnd(TypedRow, frozen=True):
    """A city's project that may have begun by the requested day, and whose end is unknown."""

    project: Annotated[str, Ref("Project"), ReportColumn("Project"), "The project."]
    stage: Annotated[str | None, MemberOf(ProjectStage), ReportColumn("Stage"), "Stage of the project."]
    attested_on: Annotated[
        date | None,
        ReportColumn("Latest source", is_attested=True),
        "Last day on which a source shows the project; null if unknown.",
    ]
    followed_up_on: Annotated[
        date | None, ReportColumn("Followed up on", absent="none recorded"), "Last recorded follow-up."
    ]
    role: Annotated[str | None, MemberOf(PartnerRole), ReportColumn("Role"), "Role of the city in the project."]
    sources: Annotated[
        tuple[str, ...],
        Ref("Citation"),
        ReportColumn("Sources", absent="none"),
        "Citations for the city's partnership.",
    ]


class FollowUps(TypedRow, frozen=True):
    """The projects that are due for a follow-up, and the projects for which it is unknown whether they are due."""

    without_end: Annotated[
        tuple[ProjectWithoutEnd, ...],
        "Projects whose end no source states, by name. A follow-up may be due for them too.",
    ]


class FollowUp(TypedRow, frozen=True):
    """An ended project of a city. No follow-up since the end of the project is recorded."""

    sort_key: SortKey
    project: Annotated[str, Ref("Project"), ReportColumn("Project"), "The project."]
    ended: Annotated[date, ReportColumn("Ended", "first day after it"), "The first day after the project."]
    until: Annotated[
        date,
        ReportColumn("Followed until", "first day after the two years"),
        "First day after the two years in which the results of the project are followed.",
    ]
    followed_up_on: Annotated[
        date | None,
        ReportColumn("Followed up on", "before its end", "none recorded"),
        "Last recorded follow-up, if it was before the end.",
    ]
    role: Annotated[str | None, MemberOf(PartnerRole), ReportColumn("Role"), "Role of the city in the project."]
    sources: Annotated[
        tuple[str, ...],
        Ref("Citation"),
        ReportColumn("Sources", absent="none"),
        "Citations for the city's partnership.",
    ]


def _without_end(found: Paged[FollowUp]) -> tuple[ProjectWithoutEnd, ...]:
    return found.about.without_end


def _summary(found: Paged[FollowUp], _names: NodeNames) -> str:
    return message(
        "Follow-ups due: {due}. Projects whose end no source states: {without_end}.",
        due=found.total,
        without_end=len(_without_end(found)),
    )


QUESTION: Final = Ranking(
    module=__name__,
    description="Projects of a city that ended less than two years before the day and have no follow-up recorded; "
    "those whose two years end first come first. Projects whose end is unknown are listed separately.",
    leaves_out="Projects that run without a set end.",
    arguments=Arguments,
    row=FollowUp,
    about=FollowUps,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", on=date(2024, 1, 1)),),
    report=QuestionReport(
        title="Follow-ups of {city} due on {on}",
        summary=_summary,
        asked="{on}",
        notes=("A follow-up of a project without a known end may be due all the same.",),
        tables=(
            ReportTable(
                key="projects",
                title="Projects to follow up",
                note="Those whose two years end first come first.",
                identity=("project",),
            ),
            ReportTable(
                key="without_end",
                title="Projects whose end no source states",
                identity=("project",),
                row=ProjectWithoutEnd,
                rows=_without_end,
            ),
        ),
    ),
)
