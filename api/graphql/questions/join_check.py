"""Pre-join check: benefits and costs of a network for a city, and the memberships it could replace."""

from typing import Annotated

import strawberry

from api.graphql.questions.base import CityId, Info, On, money, resolve_nodes
from api.graphql.questions.node_fields import computed_field, node_field
from api.graphql.questions.row_types import row_type
from api.graphql.scalars import Money, enum_of
from graph.questions.cost_per_network import YearCost
from graph.questions.declaration import Amount
from graph.questions.join_check import join_check
from graph.vocabulary import Standing

NetworkId = Annotated[
    strawberry.ID, strawberry.argument(name="network", description="Id of the network, such as Network:eurocities.")
]


def money_of(amount: Amount | None) -> Money | None:
    return money(amount.minor, amount.currency) if amount else None


@strawberry.type(description="A present membership beside the network that might be joined.")
class JoinOverlap:
    network = node_field("Network", id_attribute="network", description="The network that the city is a member of.")
    standing: str = strawberry.field(graphql_type=enum_of(Standing), description="How that membership stands.")
    memberships = node_field("list[Membership]", id_attribute="memberships", description="The memberships themselves.")
    members = node_field(
        "list[City]", id_attribute="members", description="The cities in both networks, but for the city itself."
    )
    shared = computed_field(
        int, lambda row: len(row.members), description="How many other cities are in both: |A ∩ B|."
    )
    jaccard: float | None = strawberry.field(
        description="Jaccard index of the two networks without the city, |A ∩ B| / |A ∪ B|; null where one of them has "
        "no other members."
    )
    overlap_coefficient: float | None = strawberry.field(
        description="Overlap coefficient without the city, |A ∩ B| / min(|A|, |B|); null as `jaccard`."
    )
    themes = node_field("list[Theme]", id_attribute="themes", description="Its themes that the network answers to.")
    peers_lost = node_field(
        "list[City]",
        id_attribute="peers_lost",
        description="Cities that the city would no longer meet if it joined the network and dropped this membership.",
    )
    themes_lost = node_field(
        "list[Theme]", id_attribute="themes_lost", description="Themes that nothing would answer to any more, likewise."
    )
    dependents = node_field(
        "list[Entity]",
        id_attribute="dependents",
        description="Its working groups and projects that the city takes part in.",
    )
    lower_bound: bool = strawberry.field(
        description="Whether a roster of the two is partial: then more cities may be in both."
    )


@strawberry.type(description="What a fee rule of the network gives for the city.")
class RuleFee:
    rule = node_field("FeeRule", id_attribute="rule", description="The rule.")
    category: str | None = strawberry.field(description="The category of members it is for, in the source's words.")
    applies: bool | None = strawberry.field(
        description="Whether it applies to the city's number of inhabitants; null where that is unknown."
    )
    fee = computed_field(
        Money | None,
        lambda row: money_of(row.fee),
        description="The fee for a year; for each inhabitant, within the least and the most that is charged, rounded "
        "half up. Null where the rule states none or the number of inhabitants is unknown.",
    )
    stated_as_of: str | None = strawberry.field(description="The time the source gives the rule for, in its words.")
    sources = node_field("list[Citation]", id_attribute="citations", description="The places that support the rule.")


@strawberry.type(description="What joining a network would give a city, on a day, and what it would cost.")
class JoinCheck:
    network = node_field("Network", id_attribute="network", description="The network.")
    standing: str | None = strawberry.field(
        graphql_type=enum_of(Standing) | None,
        description="How the city's own membership stands; null where it is no member. A member is checked as if it "
        "were none.",
    )
    members: int = strawberry.field(description="How many other cities are recorded in the network.")
    roster_complete: bool = strawberry.field(description="Whether a source shows that these are all, on that day.")
    peers_gained = node_field(
        "list[City]", id_attribute="peers_gained", description="Its cities that the city meets through nothing else."
    )
    peers_gained_count = computed_field(int, lambda row: len(row.peers_gained), description="How many these are.")
    themes_gained = node_field(
        "list[Theme]",
        id_attribute="themes_gained",
        description="Its themes to which nothing else of the city's answers, no narrower theme or close match either.",
    )
    overlaps: list[JoinOverlap] = strawberry.field(
        description="The city's present memberships, those that share most with the network first."
    )
    instead = node_field(
        "Network | None",
        id_attribute="instead",
        description="The membership that could be dropped instead: of those that share members or themes with the "
        "network, the one that loses the fewest peers and themes together.",
    )
    population: int | None = strawberry.field(description="The city's number of inhabitants; null where unknown.")
    population_year: int | None = strawberry.field(description="The year that number is of.")
    stated: list[YearCost] = strawberry.field(
        graphql_type=list[row_type(YearCost)],
        description="The fees stated for the city itself in the year of the day, applied for or paid.",
    )
    rules: list[RuleFee] = strawberry.field(description="The network's fee rules that apply to the city, or may.")
    yearly_fee = computed_field(
        Money | None,
        lambda row: money_of(row.yearly_fee),
        description="The fee for the year: what is stated for the city, else what the rules that apply agree on; null "
        "where they do not, or none is known.",
    )


async def _join_check(info: Info, city: CityId, network: NetworkId, on: On = None) -> JoinCheck:
    day = on or info.context.today
    found = await join_check(info.context.reader, city=city, network=network, on=day)
    return await resolve_nodes(info, found)  # pyright: ignore[reportReturnType]  (its fields read the row)


FIELD = strawberry.field(
    resolver=_join_check,
    name="joinCheck",
    description="Before a city joins a network: the overlap with each present membership, the peers and themes gained, "
    "the yearly fee if known, and the membership that could be dropped instead.",
)
