"""Renewals due: terms that end or are to be reviewed by a day."""

from datetime import date
from typing import Annotated

import strawberry

from api.graphql.questions.base import After, Before, CityId, First, Info, Last, page_arguments, paged_connection
from api.graphql.questions.node_fields import node_field
from api.graphql.relay import RowConnection
from api.graphql.scalars import enum_of
from graph.questions.enums import RenewalReason
from graph.questions.renewals_due import renewals_due
from graph.vocabulary import SaidIn


@strawberry.type(description="A place in a document that supports the term.")
class RenewalSource:
    citation = node_field("Citation", id_attribute="citation", description="The place.")
    quote: str = strawberry.field(description="The sentence, in the document's language.")
    supports: list[str] = strawberry.field(
        description="The properties of the term that it supports; empty where it supports the term as a whole."
    )


@strawberry.type(description="A membership term that is due and that no later term follows.")
class Renewal:
    due: date = strawberry.field(description="The first day after the term, or after the time for its review.")
    reasons: list[str] = strawberry.field(
        graphql_type=list[enum_of(RenewalReason)],  # type: ignore[misc]
        description="Why it is due.",
    )
    period_ends: date | None = strawberry.field(
        description="The first day after the term; null where it does not end by the day asked about."
    )
    review_from: date | None = strawberry.field(description="The first day of the time in which to review it.")
    review_until: date | None = strawberry.field(
        description="The first day after that time; null where no review is due by the day asked about."
    )
    review_said_in: str | None = strawberry.field(
        graphql_type=enum_of(SaidIn) | None, description="Where in the decision's text the review is asked for."
    )
    term = node_field("MembershipTerm", id_attribute="term", description="The term.")
    membership = node_field("Membership", id_attribute="membership", description="The membership.")
    network = node_field("Network", id_attribute="network", description="The network.")
    sources: list[RenewalSource] = strawberry.field(
        description="The sentences that say so: of the review first, then of the end."
    )


async def _renewals_due(
    info: Info,
    city: CityId,
    by: Annotated[date, strawberry.argument(description="The day by which it is due; that day counts.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[Renewal]:
    page = page_arguments(info, first, after, last, before)
    return await paged_connection(info, await renewals_due(info.context.reader, city=city, by=by, page=page))


FIELD = strawberry.field(
    resolver=_renewals_due,
    name="renewalsDue",
    description="Terms of a city's memberships that end, or are to be reviewed, by a day and have no successor; "
    "earliest first.",
)
