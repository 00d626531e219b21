"""Duplicate activity: pairs of a city's collaborations that do the same work."""

import strawberry

from api.graphql.questions.base import (
    After,
    Before,
    CityId,
    First,
    IncludeApplied,
    Info,
    Last,
    On,
    money,
    page_arguments,
    paged_connection,
)
from api.graphql.questions.node_fields import computed_field, node_field
from api.graphql.questions.row_types import row_type
from api.graphql.relay import RowConnection
from api.graphql.scalars import Money, enum_of
from graph.questions.duplicate_activity import duplicate_activity
from graph.questions.enums import CollaborationKind, DuplicateStrength, SharedTheme
from graph.vocabulary import Standing


@strawberry.type(description="The yearly fee of a membership term.")
class StatedFee:
    term = node_field("MembershipTerm", id_attribute="term", description="The term.")
    fee = computed_field(
        Money | None,
        lambda row: money(row.amount, row.currency),
        description="The fee for the year; null where no source states it.",
    )
    sources = node_field("list[Citation]", id_attribute="citations", description="The places that support the term.")


@strawberry.type(description="One of two collaborations that do the same work.")
class DuplicateSide:
    collaboration = node_field(
        "Entity", id_attribute="collaboration", description="The network, working group, project or twinning."
    )
    kind: str = strawberry.field(graphql_type=enum_of(CollaborationKind), description="What kind it is.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the city's part in it stands.")
    proofs = node_field("list[Named]", id_attribute="proofs", description="What shows that the city takes part.")
    units = node_field("list[Unit]", id_attribute="units", description="The city's units in it; empty where unknown.")
    fees: list[StatedFee] = strawberry.field(
        description="The fees of the terms that touch the year of the day; empty where the cost is unknown."
    )
    sources = node_field(
        "list[Citation]", id_attribute="citations", description="The places that support that the city takes part."
    )


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
    themes: list[SharedTheme] = strawberry.field(
        graphql_type=list[row_type(SharedTheme)], description="The themes that meet."
    )
    peers = node_field("list[City]", id_attribute="peers", description="The other cities that take part in both.")
    peer_count = computed_field(int, lambda row: len(row.peers), description="How many other cities take part in both.")
    same_unit: bool | None = strawberry.field(
        description="Whether the same unit takes part in both; null where a unit is unknown."
    )
    units = node_field("list[Unit]", id_attribute="units", description="The units that take part in both.")
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
) -> RowConnection[Duplicate]:
    day = on or info.context.today
    page = page_arguments(info, first, after, last, before)
    found = await duplicate_activity(info.context.reader, city=city, on=day, page=page, include_applied=include_applied)
    return await paged_connection(info, found)


FIELD = strawberry.field(
    resolver=_duplicate_activity,
    name="duplicateActivity",
    description="Pairs of a city's collaborations on a day that share at least one theme, by score, then by id.",
)
