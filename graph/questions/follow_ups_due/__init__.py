"""Projects of a city that ended less than two years ago and have no follow-up recorded since their end."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import CITY, ON, MemberOf, Ranking, Ref
from graph.store import TypedRow
from graph.vocabulary import PartnerRole

__all__ = ["QUESTION", "Arguments", "FollowUp"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON


class FollowUp(TypedRow, frozen=True):
    """A project of a city that has ended and has no follow-up recorded since its end."""

    sort_key: SortKey
    project: Annotated[str, Ref("Project"), "The project."]
    ended: Annotated[date, "The first day after the project."]
    until: Annotated[date, "The first day after the two years in which its results are followed."]
    followed_up_on: Annotated[date | None, "The last follow-up recorded, where one came before the end."]
    role: Annotated[str | None, MemberOf(PartnerRole), "The city's role in it."]
    sources: Annotated[tuple[str, ...], Ref("Citation"), "The places that show the city's partnership."]


QUESTION: Final = Ranking(
    module=__name__,
    description="Projects of a city that ended less than two years before the day and have no follow-up recorded; "
    "those whose two years end first come first.",
    leaves_out="Projects whose end no source states.",
    arguments=Arguments,
    row=FollowUp,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", on=date(2024, 1, 1)),),
)
