"""Leave impact: what a city would lose and save by leaving a network, and what depends on the membership."""

import strawberry

from api.graphql.questions.base import CityId, Info, On, resolve_nodes
from api.graphql.questions.join_check import NetworkId, money_of
from api.graphql.questions.node_fields import computed_field, node_field
from api.graphql.questions.row_types import row_type
from api.graphql.scalars import Money, enum_of
from graph.questions.cost_per_network import YearCost
from graph.questions.enums import CollaborationKind
from graph.questions.leave_impact import leave_impact
from graph.vocabulary import Standing


@strawberry.type(description="A working group or a project of the network that the city takes part in.")
class Dependent:
    collaboration = node_field("Entity", id_attribute="collaboration", description="The working group or project.")
    kind: str = strawberry.field(graphql_type=enum_of(CollaborationKind), description="What kind it is.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How the city's part in it stands.")
    proofs = node_field(
        "list[Named]", id_attribute="proofs", description="The places that support that the city takes part."
    )


@strawberry.type(description="What a city would lose and save by leaving a network on a day.")
class LeaveImpact:
    network = node_field("Network", id_attribute="network", description="The network.")
    standing: str | None = strawberry.field(
        graphql_type=enum_of(Standing) | None,
        description="How the city's membership stands; null where it is no member, and then there is nothing to lose.",
    )
    memberships = node_field(
        "list[Membership]", id_attribute="memberships", description="The city's memberships on the day."
    )
    peers = node_field(
        "list[City]",
        id_attribute="peers",
        description="Cities that the city meets only through the network, its working groups and its projects.",
    )
    peer_count = computed_field(int, lambda row: len(row.peers), description="How many these are.")
    peers_kept = node_field(
        "list[City]", id_attribute="peers_kept", description="Cities of the network that it meets elsewhere too."
    )
    themes = node_field(
        "list[Theme]",
        id_attribute="themes",
        description="Themes to which nothing else of the city's answers, no narrower theme or close match either.",
    )
    themes_kept = node_field(
        "list[Theme]", id_attribute="themes_kept", description="Themes of the network that something else keeps."
    )
    years: list[YearCost] = strawberry.field(
        graphql_type=list[row_type(YearCost)], description="The fees stated for the calendar year of the day."
    )
    totals = computed_field(
        list[Money],
        lambda row: [money_of(total) for total in row.totals],
        description="What leaving saves in a year: the sum of the known fees in each currency.",
    )
    cost_unknown: bool = strawberry.field(description="Whether a fee of that year is stated by no source.")
    dependents: list[Dependent] = strawberry.field(
        description="The network's working groups and projects that the city takes part in, which hang on it."
    )
    lower_bound: bool = strawberry.field(
        description="Whether a roster is partial: then more cities may be lost or kept than are recorded."
    )


async def _leave_impact(info: Info, city: CityId, network: NetworkId, on: On = None) -> LeaveImpact:
    day = on or info.context.today
    found = await leave_impact(info.context.reader, city=city, network=network, on=day)
    return await resolve_nodes(info, found)  # pyright: ignore[reportReturnType]  (its fields read the row)


FIELD = strawberry.field(
    resolver=_leave_impact,
    name="leaveImpact",
    description="Before a city leaves a network: the peers and themes that only this network gives, the cost saved, "
    "and the working groups and projects that hang on it.",
)
