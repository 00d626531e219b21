"""Shortest path: how collaborations connect two nodes."""

from typing import Annotated

import strawberry

from api.graphql.questions.base import Info, On, resolve_nodes
from api.graphql.questions.node_fields import computed_field, node_field
from api.graphql.scalars import enum_of
from graph.questions.shortest_path import shortest_path
from graph.vocabulary import Standing


@strawberry.type(description="That a participant takes part in a collaboration.")
class PathStep:
    collaboration = node_field(
        "Entity", id_attribute="collaboration", description="The network, working group, project or twinning."
    )
    participant = node_field(
        "Entity", id_attribute="participant", description="The city, group of cities or organisation."
    )
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How its part in it stands.")
    proofs = node_field(
        "list[Named]",
        id_attribute="proofs",
        description="What shows that it takes part: memberships, twinnings, or citations.",
    )


@strawberry.type(description="A shortest chain of collaborations between two nodes.")
class ShortestPath:
    chain = node_field(
        "list[Entity]",
        id_attribute="chain",
        description="From one end to the other, participants and collaborations in turn; empty where nothing joins.",
    )
    length = computed_field(
        int | None,
        lambda row: len(row.chain) // 2 if row.chain else None,
        description="How many collaborations a chain between two cities runs through; null where nothing joins them.",
    )
    steps: list[PathStep] = strawberry.field(description="One for each two neighbours in the chain, in its order.")


async def _shortest_path(
    info: Info,
    from_: Annotated[
        strawberry.ID,
        strawberry.argument(
            name="from", description="Id of a city, or of anything that takes part or is taken part in."
        ),
    ],
    to: Annotated[strawberry.ID, strawberry.argument(description="Id of the other end.")],
    on: On = None,
) -> ShortestPath:
    day = on or info.context.today
    found = await shortest_path(info.context.reader, from_id=from_, to_id=to, on=day)
    return await resolve_nodes(info, found)  # pyright: ignore[reportReturnType]  (its fields read the row)


FIELD = strawberry.field(
    resolver=_shortest_path,
    name="shortestPath",
    description="A shortest chain of collaborations between two cities (or other nodes) on a day, through at most six; "
    "among equals the one with the smallest sequence of ids.",
)
