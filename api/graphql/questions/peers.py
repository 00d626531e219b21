"""Peer cities per theme."""

from datetime import date
from typing import Annotated

import strawberry

from api.graphql.answers import (
    After,
    Before,
    CityId,
    First,
    IncludeApplied,
    Info,
    Last,
    On,
    chosen_of,
    connection,
    page_of,
)
from api.graphql.relay import AnswerConnection
from api.graphql.scalars import enum_of
from api.graphql.slots import slot
from graph.questions.peers import peer_cities
from graph.questions.terms import CollaborationKind, ThemeMatch
from graph.vocabulary import Standing


@strawberry.type(description="A theme that answers to the one asked for.")
class ThemeHit:
    theme = slot("Theme", ids="theme", description="The theme.")
    match: str = strawberry.field(graphql_type=enum_of(ThemeMatch), description="How it answers.")


@strawberry.type(description="A collaboration that both cities take part in on the day.")
class PeerEvidence:
    collaboration = slot(
        "Entity", ids="collaboration", description="The network, working group, project or twinning shared."
    )
    kind: str = strawberry.field(graphql_type=enum_of(CollaborationKind), description="What kind it is.")
    themes: list[ThemeHit] = strawberry.field(description="Those of its themes that answer to the one asked for.")
    members: int = strawberry.field(description="How many cities are recorded in it on the day.")
    roster_complete: bool = strawberry.field(description="Whether a source shows that these are all, on that day.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the city's part in it stands.")
    proofs = slot(
        "list[Named]",
        ids="proofs",
        description="What shows that the city takes part: memberships, twinnings, or citations.",
    )
    peer_standing: str = strawberry.field(
        graphql_type=enum_of(Standing), description="How the peer's part in it stands."
    )
    peer_proofs = slot("list[Named]", ids="peer_proofs", description="What shows that the peer takes part.")


@strawberry.type(description="A city that shares collaborations on a theme.")
class PeerCity:
    city = slot("City", ids="city", description="The peer.")
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
) -> AnswerConnection[PeerCity]:
    day: date = on or info.context.today
    page = page_of(info, first, after, last, before)
    found = await peer_cities(
        info.context.reading,
        city=city,
        theme=theme,
        on=day,
        page=page,
        include_applied=include_applied,
        with_evidence="evidence" in chosen_of(info, "PeerCity"),
        with_proofs=not {"proofs", "peerProofs"}.isdisjoint(chosen_of(info, "PeerEvidence")),
    )
    return await connection(info, found)


FIELD = strawberry.field(
    resolver=_peer_cities,
    name="peerCities",
    description="Cities that share with a city, on a day, a collaboration that addresses a theme; narrower themes and "
    "close matches count. Most shared first, then the rarest, then by name.",
)
