"""Follow-ups due: projects in the two years after their end."""

from datetime import date

import strawberry

from api.graphql.answers import After, Before, CityId, First, Info, Last, On, connection, page_of
from api.graphql.relay import AnswerConnection
from api.graphql.scalars import enum_of
from api.graphql.slots import slot
from graph.questions.follow_ups import follow_ups_due
from graph.vocabulary import PartnerRole


@strawberry.type(description="A project of a city that has ended and has no follow-up recorded since.")
class FollowUp:
    project = slot("Project", ids="project", description="The project.")
    ended: date = strawberry.field(description="The first day after the project.")
    until: date = strawberry.field(description="The first day after the two years in which its results are followed.")
    followed_up_on: date | None = strawberry.field(
        description="The last follow-up recorded, where one came before the end."
    )
    role: str | None = strawberry.field(graphql_type=enum_of(PartnerRole) | None, description="The city's role in it.")
    sources = slot("list[Citation]", ids="proofs", description="The places that show the city's partnership.")


async def _follow_ups_due(
    info: Info,
    city: CityId,
    on: On = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> AnswerConnection[FollowUp]:
    page = page_of(info, first, after, last, before)
    day = on or info.context.today
    return await connection(info, await follow_ups_due(info.context.reading, city=city, on=day, page=page))


FIELD = strawberry.field(
    resolver=_follow_ups_due,
    name="followUpsDue",
    description="Projects of a city that ended less than two years before the day and have no follow-up recorded; "
    "those whose two years end first come first.",
)
