"""Cost per network: the costs that sources state for each year, and the fees that are unknown."""

from typing import Annotated, Final

import strawberry

from api.graphql.questions.base import CityId, Info, money, resolve_nodes, selected_field_names
from api.graphql.questions.node_fields import computed_field, node_field
from api.graphql.scalars import Money
from graph.questions.cost_per_network import Amount, cost_per_network
from graph.questions.cost_per_network import CostPerNetwork as Costs


def money_of(amount: Amount | None) -> Money | None:
    return money(amount.minor, amount.currency) if amount else None


def moneys_of(amounts: tuple[Amount, ...]) -> list[Money | None]:
    return [money_of(each) for each in amounts]


@strawberry.type(description="The fee that a term gives to a calendar year; in full, without proration.")
class YearCost:
    year: int = strawberry.field(description="The calendar year.")
    fee = computed_field(
        Money | None, lambda row: money_of(row.fee), description="The fee; null where no source states it."
    )
    euro = computed_field(
        Money | None,
        lambda row: money_of(row.euro),
        description="The value in euro, where a source states one beside another currency.",
    )
    euro_rate: str | None = strawberry.field(
        description="What the euro value rests on: the rate's date, or 'as stated'."
    )
    budget_line: str | None = strawberry.field(description="The line of the city's budget that pays it.")
    membership = node_field("Membership", id_attribute="membership", description="The membership.")
    term = node_field("MembershipTerm", id_attribute="term", description="The term.")
    decision = node_field(
        "Decision | None", id_attribute="decision", description="The decision that made the term, where known."
    )
    sources = node_field(
        "list[Citation]",
        id_attribute="citations",
        description="The places that support it, those that state the fee first.",
    )


@strawberry.type(description="The cost of the last year asked about, divided.")
class CostPer:
    divisor: int = strawberry.field(description="How many there are.")
    cost = computed_field(
        Money | None,
        lambda row: money_of(row.cost),
        description="The cost for each, rounded half up; null where there are none, or where that year's cost is "
        "unknown or in several currencies.",
    )


@strawberry.type(description="What a network costs a city over the years asked about.")
class NetworkCost:
    network = node_field("Network", id_attribute="network", description="The network.")
    memberships = node_field(
        "list[Membership]", id_attribute="memberships", description="The city's memberships in those years."
    )
    years: list[YearCost] = strawberry.field(description="The fee of each year and term, earliest first.")
    totals = computed_field(
        list[Money],
        lambda row: moneys_of(row.totals),
        description="The sum of the known fees in each currency; it leaves `unknownYears` out.",
    )
    unknown_years: list[int] = strawberry.field(
        description="Years of membership whose fee no source states. They are not zero."
    )
    last_year = computed_field(
        Money | None,
        lambda row: money_of(row.last_year),
        description="The cost of the last year asked about; null where unknown or in several currencies.",
    )
    peers: int = strawberry.field(description="How many other cities are recorded in it on the last day.")
    roster_complete: bool = strawberry.field(description="Whether these are all, on that day.")
    per_unique_peer: CostPer = strawberry.field(
        description="For each city that the city meets through no other collaboration."
    )
    per_theme: CostPer = strawberry.field(description="For each theme that the network addresses.")
    per_working_group: CostPer = strawberry.field(description="For each working group the city takes part in.")


@strawberry.type(description="What the networks of a city cost, by network.")
class CostPerNetwork:
    networks: list[NetworkCost] = strawberry.field(description="The networks, by name.")
    totals = computed_field(
        list[Money],
        lambda row: moneys_of(row.totals),
        description="The sum of the known fees of all networks in each currency.",
    )
    incomplete: bool = strawberry.field(
        description="Whether some year's fee is unknown, so that the totals are less than the whole."
    )


_REACH: Final = frozenset({"peers", "rosterComplete", "perUniquePeer"})


async def _cost_per_network(
    info: Info,
    city: CityId,
    from_: Annotated[int, strawberry.argument(name="from", description="The first calendar year.")],
    until: Annotated[int, strawberry.argument(description="The last calendar year; it counts too.")],
) -> CostPerNetwork:
    chosen = selected_field_names(info, "NetworkCost")
    found: Costs = await cost_per_network(
        info.context.reader,
        city=city,
        from_year=from_,
        until_year=until,
        with_citations="sources" in selected_field_names(info, "YearCost"),
        with_reach=not _REACH.isdisjoint(chosen),
        with_unique="perUniquePeer" in chosen,
    )
    return await resolve_nodes(info, found)  # pyright: ignore[reportReturnType]  (its fields read the row)


FIELD = strawberry.field(
    resolver=_cost_per_network,
    name="costPerNetwork",
    description="What each network costs a city, for every calendar year touched: the full fee, with its decision, "
    "budget line and sources, and the years whose fee no source states.",
)
