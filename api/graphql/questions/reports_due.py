"""Reports due: networks on which a city's contacts have not reported for a year."""

from datetime import date

import strawberry

from api.graphql.questions.base import After, Before, CityId, First, Info, Last, On, page_arguments, paged_connection
from api.graphql.questions.node_fields import node_field
from api.graphql.relay import RowConnection
from api.graphql.scalars import enum_of
from graph.questions.reports_due import reports_due
from graph.vocabulary import Standing


@strawberry.type(description="A network on which no report of the year before the day is recorded.")
class ReportDue:
    network = node_field("Network", id_attribute="network", description="The network.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the membership stands.")
    memberships = node_field("list[Membership]", id_attribute="proofs", description="The city's memberships in it.")
    contact_known: bool = strawberry.field(description="Whether a contact for it is recorded.")
    contacts = node_field(
        "list[Unit]", id_attribute="contacts", description="The city's units that are contacts for it."
    )
    last_report = node_field(
        "Report | None", id_attribute="last_report", description="The latest report by the day, if any."
    )
    last_year: int | None = strawberry.field(description="The year that report is on.")
    last_reported_on: date | None = strawberry.field(description="The day it was given, where known.")


async def _reports_due(
    info: Info,
    city: CityId,
    on: On = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[ReportDue]:
    page = page_arguments(info, first, after, last, before)
    day = on or info.context.today
    return await paged_connection(info, await reports_due(info.context.reader, city=city, on=day, page=page))


FIELD = strawberry.field(
    resolver=_reports_due,
    name="reportsDue",
    description="Networks a city is a member of on the day and on which none of its units has reported for a year, "
    "by name.",
)
