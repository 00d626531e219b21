"""Follow-ups due: projects in the two years after their end."""

from datetime import date

import strawberry

from api.graphql.questions.base import After, Before, CityId, First, Info, Last, On, page_arguments, paged_connection
from api.graphql.questions.node_fields import node_field
from api.graphql.relay import RowConnection
from api.graphql.scalars import enum_of
from graph.questions.follow_ups_due import follow_ups_due
from graph.vocabulary import PartnerRole


@strawberry.type(description="A project of a city that has ended and has no follow-up recorded since.")
class FollowUp:
    project = node_field("Project", id_attribute="project", description="The project.")
    ended: date = strawberry.field(description="The first day after the project.")
    until: date = strawberry.field(description="The first day after the two years in which its results are followed.")
    followed_up_on: date | None = strawberry.field(
        description="The last follow-up recorded, where one came before the end."
    )
    role: str | None = strawberry.field(graphql_type=enum_of(PartnerRole) | None, description="The city's role in it.")
    sources = node_field(
        "list[Citation]", id_attribute="proofs", description="The places that show the city's partnership."
    )


async def _follow_ups_due(
    info: Info,
    city: CityId,
    on: On = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[FollowUp]:
    page = page_arguments(info, first, after, last, before)
    day = on or info.context.today
    return await paged_connection(info, await follow_ups_due(info.context.reader, city=city, on=day, page=page))


FIELD = strawberry.field(
    resolver=_follow_ups_due,
    name="followUpsDue",
    description="Projects of a city that ended less than two years before the day and have no follow-up recorded; "
    "those whose two years end first come first.",
)
