"""Connection: how two nodes are joined by collaborations."""

from typing import Annotated

import strawberry

from api.graphql.answers import Info, On, complete
from api.graphql.scalars import enum_of
from api.graphql.slots import part, slot
from graph.questions.chains import connection
from graph.vocabulary import Standing


@strawberry.type(description="That a participant takes part in a collaboration.")
class ChainLink:
    collaboration = slot("Entity", ids="collaboration", description="The network, working group, project or twinning.")
    participant = slot("Entity", ids="participant", description="The city, group of cities or organisation.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How its part in it stands.")
    proofs = slot(
        "list[Named]",
        ids="proofs",
        description="What shows that it takes part: memberships, twinnings, or citations.",
    )


@strawberry.type(description="A shortest chain of collaborations between two nodes.")
class CollaborationChain:
    chain = slot(
        "list[Entity]",
        ids="chain",
        description="From one end to the other, participants and collaborations in turn; empty where nothing joins.",
    )
    length = part(
        int | None,
        lambda row: len(row.chain) // 2 if row.chain else None,
        description="How many collaborations a chain between two cities runs through; null where nothing joins them.",
    )
    links: list[ChainLink] = strawberry.field(description="One for each two neighbours in the chain, in its order.")


async def _connection(
    info: Info,
    from_: Annotated[
        strawberry.ID,
        strawberry.argument(
            name="from", description="Id of a city, or of anything that takes part or is taken part in."
        ),
    ],
    to: Annotated[strawberry.ID, strawberry.argument(description="Id of the other end.")],
    on: On = None,
) -> CollaborationChain:
    day = on or info.context.today
    found = await connection(info.context.reading, from_id=from_, to_id=to, on=day)
    return await complete(info, found)  # pyright: ignore[reportReturnType]  (its fields read the row)


FIELD = strawberry.field(
    resolver=_connection,
    name="connection",
    description="A shortest chain of collaborations between two cities (or other nodes) on a day, through at most six; "
    "among equals the one with the smallest sequence of ids.",
)
