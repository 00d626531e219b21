"""Overlapping memberships: pairs of networks and the members they share."""

from typing import Annotated

import strawberry

from api.graphql.questions.base import (
    After,
    Before,
    First,
    IncludeApplied,
    Info,
    Last,
    On,
    page_arguments,
    paged_connection,
    selected_field_names,
)
from api.graphql.questions.node_fields import node_field
from api.graphql.questions.row_types import row_type
from api.graphql.questions.significance import FIELD as SIGNIFICANCE
from api.graphql.questions.significance import Significance, remember
from api.graphql.relay import RowConnection
from api.graphql.scalars import enum_of
from graph.questions.enums import OverlapLevel, SharedTheme
from graph.questions.overlapping_memberships import overlapping_memberships
from graph.vocabulary import Standing


@strawberry.type(description="A member of both networks.")
class SharedMember:
    member = node_field(
        "Entity", id_attribute="member", description="The city; of local networks the unit or organisation."
    )
    standing: str | None = strawberry.field(
        graphql_type=enum_of(Standing) | None,
        description="IN_FORCE only where it is so in both; null for units and organisations, whose part has no dates.",
    )
    proofs = node_field(
        "list[Named]",
        id_attribute="proofs",
        description="Its memberships in both; of a unit or an organisation the citations.",
    )


@strawberry.type(description="Two networks and what they share. Figures are of the day asked about.")
class Overlap:
    level: str = strawberry.field(graphql_type=enum_of(OverlapLevel), description="Whose networks they are.")
    network = node_field("Network", id_attribute="network", description="The network with the smaller id.")
    other = node_field("Network", id_attribute="other", description="The other network.")
    shared: int = strawberry.field(description="How many members are in both: |A ∩ B|.")
    jaccard: float = strawberry.field(description="Jaccard index, |A ∩ B| / |A ∪ B|, from 0 to 1.")
    overlap_coefficient: float = strawberry.field(
        description="Overlap coefficient (Szymkiewicz–Simpson), |A ∩ B| / min(|A|, |B|), from 0 to 1."
    )
    newman: float = strawberry.field(
        description="Newman's weight: the sum over the shared members of 1 / (k − 1), k being the number of networks "
        "the member is in (Newman 2001, doi:10.1103/PhysRevE.64.016132)."
    )
    members: int = strawberry.field(description="How many members of `network` are recorded: |A|.")
    other_members: int = strawberry.field(description="How many members of `other` are recorded: |B|.")
    roster_complete: bool = strawberry.field(description="Whether `members` are all, on that day.")
    other_roster_complete: bool = strawberry.field(description="Whether `otherMembers` are all, on that day.")
    lower_bound: bool = strawberry.field(
        description="Whether a roster is partial: then `shared` is the least it can be, and the ratios may differ."
    )
    evidence: list[SharedMember] = strawberry.field(description="The members in both, with their proof.")
    themes: list[SharedTheme] = strawberry.field(
        graphql_type=list[row_type(SharedTheme)], description="The themes that both address."
    )
    significance: Significance | None = SIGNIFICANCE


async def _overlapping_memberships(
    info: Info,
    city: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only the pairs this city belongs to both of, and its own local networks."),
    ] = None,
    on: On = None,
    include_applied: IncludeApplied = False,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[Overlap]:
    day = on or info.context.today
    page = page_arguments(info, first, after, last, before)
    chosen = selected_field_names(info, "Overlap")
    found = await overlapping_memberships(
        info.context.reader,
        city=city,
        on=day,
        page=page,
        include_applied=include_applied,
        with_evidence="evidence" in chosen,
        with_themes="themes" in chosen,
    )
    remember(info, found.rows, day, include_applied=include_applied)
    return await paged_connection(info, found)


FIELD = strawberry.field(
    resolver=_overlapping_memberships,
    name="overlappingMemberships",
    description="Pairs of networks that share at least one member on a day, by how many they share, then by Jaccard "
    "index, then by id.",
)
