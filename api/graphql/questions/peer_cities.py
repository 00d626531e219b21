"""Peer cities per theme."""

from datetime import date
from typing import Annotated

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
    page_arguments,
    paged_connection,
    selected_field_names,
)
from api.graphql.questions.node_fields import node_field
from api.graphql.questions.row_types import row_type
from api.graphql.relay import RowConnection
from api.graphql.scalars import enum_of
from graph.questions.enums import CollaborationKind, ThemeHit
from graph.questions.peer_cities import peer_cities
from graph.vocabulary import Standing


@strawberry.type(description="A collaboration that both cities take part in on the day.")
class PeerEvidence:
    collaboration = node_field(
        "Entity", id_attribute="collaboration", description="The network, working group, project or twinning shared."
    )
    kind: str = strawberry.field(graphql_type=enum_of(CollaborationKind), description="What kind it is.")
    themes: list[ThemeHit] = strawberry.field(
        graphql_type=list[row_type(ThemeHit)], description="Those of its themes that answer to the one asked for."
    )
    members: int = strawberry.field(description="How many cities are recorded in it on the day.")
    roster_complete: bool = strawberry.field(description="Whether a source shows that these are all, on that day.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the city's part in it stands.")
    proofs = node_field(
        "list[Named]",
        id_attribute="proofs",
        description="What shows that the city takes part: memberships, twinnings, or citations.",
    )
    peer_standing: str = strawberry.field(
        graphql_type=enum_of(Standing), description="How the peer's part in it stands."
    )
    peer_proofs = node_field(
        "list[Named]", id_attribute="peer_proofs", description="What shows that the peer takes part."
    )


@strawberry.type(description="A city that shares collaborations on a theme.")
class PeerCity:
    city = node_field("City", id_attribute="city", description="The peer.")
    shared: int = strawberry.field(description="How many collaborations are shared.")
    rarity: float = strawberry.field(
        description="Sum over the shared collaborations of 1 / (members − 1): the fewer take part, the more it says "
        "(Newman 2001, doi:10.1103/PhysRevE.64.016132)."
    )
    lower_bound: bool = strawberry.field(
        description="Whether a partial roster lies behind it: there may be more members than are recorded."
    )
    evidence: list[PeerEvidence] = strawberry.field(description="The shared collaborations, each with its proof.")


async def _peer_cities(
    info: Info,
    city: CityId,
    theme: Annotated[strawberry.ID, strawberry.argument(description="Id of a theme of any scheme.")],
    on: On = None,
    include_applied: IncludeApplied = False,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> RowConnection[PeerCity]:
    day: date = on or info.context.today
    page = page_arguments(info, first, after, last, before)
    found = await peer_cities(
        info.context.reader,
        city=city,
        theme=theme,
        on=day,
        page=page,
        include_applied=include_applied,
        with_evidence="evidence" in selected_field_names(info, "PeerCity"),
        with_proofs=not {"proofs", "peerProofs"}.isdisjoint(selected_field_names(info, "PeerEvidence")),
    )
    return await paged_connection(info, found)


FIELD = strawberry.field(
    resolver=_peer_cities,
    name="peerCities",
    description="Cities that share with a city, on a day, a collaboration that addresses a theme; narrower themes and "
    "close matches count. Most shared first, then the rarest, then by name.",
)
