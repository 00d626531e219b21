"""Renewals due: terms that end or are to be reviewed by a day."""

from datetime import date
from typing import Annotated

import strawberry

from api.graphql.answers import After, CityId, First, Info, connection, page_of
from api.graphql.relay import AnswerConnection
from api.graphql.scalars import enum_of
from api.graphql.slots import slot
from graph.questions.renewals import renewals_due
from graph.questions.terms import RenewalReason
from graph.vocabulary import SaidIn


@strawberry.type(description="A place in a document that supports the term.")
class RenewalSource:
    citation = slot("Citation", ids="citation", description="The place.")
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
    term = slot("MembershipTerm", ids="term", description="The term.")
    membership = slot("Membership", ids="membership", description="The membership.")
    network = slot("Network", ids="network", description="The network.")
    sources: list[RenewalSource] = strawberry.field(
        description="The sentences that say so: of the review first, then of the end."
    )


async def _renewals_due(
    info: Info,
    city: CityId,
    before: Annotated[date, strawberry.argument(description="The day by which it is due; that day counts.")],
    first: First = None,
    after: After = None,
    last: Annotated[
        int | None, strawberry.argument(description="How many edges at most, up to the end or to `beforeCursor`.")
    ] = None,
    before_cursor: Annotated[
        str | None,
        strawberry.argument(description="The cursor before which to end (`before` elsewhere; here that is the day)."),
    ] = None,
) -> AnswerConnection[Renewal]:
    page = page_of(info, first, after, last, before_cursor, named="beforeCursor")
    return await connection(info, await renewals_due(info.context.reading, city=city, before=before, page=page))


FIELD = strawberry.field(
    resolver=_renewals_due,
    name="renewalsDue",
    description="Terms of a city's memberships that end, or are to be reviewed, by a day and have no successor; "
    "earliest first.",
)
