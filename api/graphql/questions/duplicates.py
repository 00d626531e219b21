"""Duplicate activity: pairs of a city's collaborations that do the same work."""

import strawberry

from api.graphql.answers import After, Before, CityId, First, IncludeApplied, Info, Last, On, connection, money, page_of
from api.graphql.questions.overlaps import SharedTheme
from api.graphql.relay import AnswerConnection
from api.graphql.scalars import Money, enum_of
from api.graphql.slots import part, slot
from graph.questions.duplicates import duplicate_activity
from graph.questions.terms import CollaborationKind, DuplicateStrength
from graph.vocabulary import Standing


@strawberry.type(description="The yearly fee of a membership term.")
class StatedFee:
    term = slot("MembershipTerm", ids="term", description="The term.")
    fee = part(
        Money | None,
        lambda row: money(row.amount, row.currency),
        description="The fee for the year; null where no source states it.",
    )
    sources = slot("list[Citation]", ids="citations", description="The places that support the term.")


@strawberry.type(description="One of two collaborations that do the same work.")
class DuplicateSide:
    collaboration = slot("Entity", ids="collaboration", description="The network, working group, project or twinning.")
    kind: str = strawberry.field(graphql_type=enum_of(CollaborationKind), description="What kind it is.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the city's part in it stands.")
    proofs = slot("list[Named]", ids="proofs", description="What shows that the city takes part.")
    units = slot("list[Unit]", ids="units", description="The city's units in it; empty where unknown.")
    fees: list[StatedFee] = strawberry.field(
        description="The fees of the terms that touch the year of the day; empty where the cost is unknown."
    )
    sources = slot("list[Citation]", ids="citations", description="The places that support that the city takes part.")


@strawberry.type(description="Two collaborations of a city that share at least one theme.")
class Duplicate:
    score: float = strawberry.field(
        description="Shared themes × (1 + shared peers) × (1 + ½ if the same unit); an unknown unit counts as another."
    )
    strength: str = strawberry.field(
        graphql_type=enum_of(DuplicateStrength), description="WEAK where only a theme is shared."
    )
    one: DuplicateSide = strawberry.field(description="The collaboration with the smaller id.")
    two: DuplicateSide = strawberry.field(description="The other collaboration.")
    shared_themes: int = strawberry.field(description="How many themes are shared.")
    themes: list[SharedTheme] = strawberry.field(description="The themes that meet.")
    peers = slot("list[City]", ids="peers", description="The other cities that take part in both.")
    peer_count = part(int, lambda row: len(row.peers), description="How many other cities take part in both.")
    same_unit: bool | None = strawberry.field(
        description="Whether the same unit takes part in both; null where a unit is unknown."
    )
    units = slot("list[Unit]", ids="units", description="The units that take part in both.")
    nested: bool = strawberry.field(
        description="Whether one is a working group or a project of the other, so that overlap is in its nature."
    )


async def _duplicate_activity(
    info: Info,
    city: CityId,
    on: On = None,
    include_applied: IncludeApplied = False,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> AnswerConnection[Duplicate]:
    day = on or info.context.today
    page = page_of(info, first, after, last, before)
    found = await duplicate_activity(
        info.context.reading, city=city, on=day, page=page, include_applied=include_applied
    )
    return await connection(info, found)


FIELD = strawberry.field(
    resolver=_duplicate_activity,
    name="duplicateActivity",
    description="Pairs of a city's collaborations on a day that share at least one theme, by score, then by id.",
)
