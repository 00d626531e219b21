"""Optimal portfolio: the cheapest memberships with which a city keeps its themes and peers.

A portfolio is a set of networks that the city is a member of on the date. A network includes its working groups and
projects. The city also keeps all its collaborations outside these networks, such as twinnings (see
`graph.questions.city_collaborations`). A portfolio must meet two conditions:

- Themes: for every requested theme, the city keeps a collaboration that addresses the theme, a narrower theme or a
  close match.
- Peers: the city still meets the requested share of its present peers. A peer is another city in one of the city's
  collaborations.

The cost of a network is the fee that sources state for the calendar year of the date, as in `costPerNetwork`. If no
source states the fee of the city, the cost is the fee on which the applicable fee rules of the network agree, as in
`joinCheck`. Currencies are not converted. A fee is unknown if neither a source nor the rules give it, or if it is in
another currency. The cost of a portfolio is an interval. The lower bound of the interval is the sum of the known fees.
If all fees are known, the upper bound is the same sum. If a fee is unknown, there is no upper bound.

The chosen portfolio has the smallest lower bound. If several portfolios have the same lower bound, the chosen one has
the fewest unknown fees, then the most peers, the fewest networks and the smallest ids. If the lower bound exceeds the
budget, no portfolio is chosen. The answer also contains:

- `leastCost`: the smallest lower bound, whatever the budget. No portfolio can cost less.
- `known`: the cheapest portfolio within the budget that has no unknown fees. If this portfolio exists, the city never
  needs to pay more than the cost of this portfolio.
- `breakEven`: for each chosen network with an unknown fee, a limit of this fee. If the fee is above the limit, another
  portfolio has a smaller lower bound. All other fees are assumed to be as recorded. `breakEven` is null if every
  portfolio contains the network, because the choice then does not depend on the fee. `breakEven` is also null for a
  network that is not chosen, because a larger fee cannot make the network part of the choice.
- `front`: the best trade-offs between cost and peers (the Pareto front). A portfolio is on the front if no other
  portfolio keeps as many peers at a lower cost, or more peers at the same cost. Costs are compared by the lower bound,
  then by the number of unknown fees. All portfolios of the front meet the condition on themes, but they can exceed the
  budget.

`graph.analysis.portfolio` solves the problem exactly, as a mixed-integer linear programme.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final

from graph.errors import BadArgument
from graph.iso_codes import find_closest, names_by_code
from graph.questions.city_collaborations import Collaboration, MatchingThemes
from graph.questions.cost_per_network import CostMembership, YearCost
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    ON,
    STANDINGS,
    Amount,
    Id,
    MemberOf,
    Ref,
    Selected,
    Single,
    computed,
)
from graph.questions.enums import EDITORIAL_NOTE, SHOWN_ON, AddressedTheme, StandingName
from graph.questions.fee_rules import FeeRule, RuleFee
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Lines, NodeNames, Plot, join, message
from graph.vocabulary import Standing

__all__ = [
    "QUESTION",
    "Arguments",
    "CostInterval",
    "NetworkMemberships",
    "NetworkPortfolio",
    "PortfolioColumns",
    "PortfolioNetwork",
    "PortfolioPoint",
]

_MAX_POINTS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    themes: Annotated[
        tuple[str, ...] | None,
        Id("Theme"),
        "The themes to keep; default all themes of the city's collaborations. Narrower themes and close matches count.",
    ] = None
    peer_share: Annotated[float, "The least share of the present peers to keep, from 0 to 1."] = 1.0
    budget: Annotated[int | None, "The most to pay in a year, in whole units of the currency; null: no limit."] = None
    currency: Annotated[str, "The currency of the costs and the budget (ISO 4217)."] = "EUR"
    points: Annotated[int, "The most portfolios in `front`, from 2 to 100; 0 for none."] = 20
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class CostInterval(TypedRow, frozen=True):
    """A yearly cost between two bounds."""

    least: Annotated[Amount, "The sum of the known fees."]
    most: Annotated[Amount | None, "The sum of all fees; null if a fee is unknown."]


class PortfolioNetwork(TypedRow, frozen=True):
    """A network of the city, with the peers and themes that the city has only through this network."""

    network: Annotated[str, Ref("Network"), "The network."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the city's membership."]
    shown_on: SHOWN_ON
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The memberships themselves."]
    cost: Annotated[CostInterval, "The fee for the calendar year of the day."]
    years: Annotated[tuple[YearCost, ...], "The fees of that year, in all currencies, with their sources."]
    from_rule: Annotated[
        bool, "Whether the fee is that of the network's fee rules, because no source states the fee of the city."
    ]
    rules: Annotated[
        tuple[RuleFee, ...], "Fee rules that apply to the city, or may apply; empty if a source states its fee."
    ]
    depends_on_fee: Annotated[
        bool, "Whether the choice depends on its unknown fee: another portfolio is better if it exceeds `breakEven`."
    ]
    break_even: Annotated[
        Amount | None,
        "The fee above which another portfolio has a smaller least cost; null if the fee is known, if the network is "
        "not chosen, or if every portfolio contains it.",
    ]
    peers: Annotated[
        tuple[str, ...],
        Ref("City"),
        "Cities that the city meets only through it; of a network that is not chosen, those that the city loses.",
    ]
    themes: Annotated[
        tuple[AddressedTheme, ...],
        "Themes that only it matches; of a network that is not chosen, those that the city loses.",
    ]
    dependents: Annotated[
        tuple[str, ...], Ref("Entity"), "Its working groups and projects that the city takes part in."
    ]
    members_complete: Annotated[bool, "Whether all its members on the day are recorded."]

    @computed("Number of `peers`.")
    def peers_count(self) -> int:
        return len(self.peers)


class PortfolioPoint(TypedRow, frozen=True):
    """A portfolio (set of networks), with its cost and the number of peers that the city still meets."""

    networks: Annotated[tuple[str, ...], Ref("Network"), ReportColumn("Networks", absent="none"), "The networks."]
    cost: Annotated[CostInterval, "The fees for the calendar year of the day."]
    unknown_fees: Annotated[int, ReportColumn("Unknown fees", "of these networks"), "How many fees are unknown."]
    rule_fees: Annotated[
        int,
        ReportColumn("Fees from rules", "of these networks"),
        "How many fees are those of fee rules, because no source states the fee of the city.",
    ]
    peers: Annotated[
        int, ReportColumn("Peers kept", bounded=True), "How many of the present peers the city still meets."
    ]
    share: Annotated[float, ReportColumn("Share kept"), "The share of the present peers; 1 if there are none."]
    within_budget: Annotated[
        bool | None,
        ReportColumn("Within the budget", absent="unknown fees, or no budget"),
        "Whether the cost is within the budget; null without a budget, or if unknown fees may exceed it.",
    ]

    lower_bound: bool


class NetworkPortfolio(TypedRow, frozen=True):
    """The cheapest memberships with which the city keeps its themes and peers."""

    feasible: Annotated[bool, "Whether a portfolio exists. Without one, the budget is less than `leastCost`."]
    portfolio: Annotated[PortfolioPoint | None, "The chosen portfolio; null if there is none."]
    chosen: Annotated[tuple[PortfolioNetwork, ...], "The networks to keep, by id. Empty if there is no portfolio."]
    dropped: Annotated[tuple[PortfolioNetwork, ...], "The other networks, by id. Empty if there is no portfolio."]
    least_cost: Annotated[Amount, "The least cost that keeps the themes and peers, whatever the budget."]
    known: Annotated[
        PortfolioPoint | None, "The cheapest portfolio whose fees are all known; null if there is none in the budget."
    ]
    themes: Annotated[tuple[str, ...], Ref("Theme"), "The themes that are kept."]
    unmatched: Annotated[
        tuple[str, ...], Ref("Theme"), "The themes asked for that no present collaboration matches. They are not kept."
    ]
    peers: Annotated[int, "How many peers the city has now."]
    peers_needed: Annotated[int, "How many of them must be kept."]
    peers_elsewhere: Annotated[int, "How many of them the city meets in collaborations outside these networks."]
    front: Annotated[tuple[PortfolioPoint, ...], "The cheapest portfolio for each number of peers (Pareto front)."]
    front_step: Annotated[int, "Least step in peers in `front`, but the last; 1 if none is left out."]
    other_currencies: Annotated[
        tuple[str, ...], Ref("Network"), "The networks with fees in other currencies. Their cost has no upper limit."
    ]
    lower_bound: Annotated[bool, "Whether a roster is partial: then more peers may be met than are recorded."]
    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about the city's collaborations, and unknown fees.",
    ]


# --- Columns of the statement ---------------------------------------------------------------------


class NetworkMemberships(TypedRow, frozen=True):
    network: str
    memberships: tuple[CostMembership, ...]
    rules: tuple[FeeRule, ...]


class PortfolioColumns(TypedRow, frozen=True):
    city_known: bool
    population: int | None
    themes_known: tuple[bool, ...]
    collaborations: tuple[Collaboration, ...]
    networks: tuple[NetworkMemberships, ...]
    missing: tuple[MissingData, ...]
    answers: tuple[MatchingThemes, ...]


def _columns(_arguments: Arguments, columns: PortfolioColumns) -> PortfolioColumns:
    return columns


def _parameters(arguments: Arguments) -> dict[str, object]:
    """Check the arguments. Raises BadArgument if an argument is invalid.

    Returns an empty dict, because the statement needs no parameters in addition to the arguments.
    """
    if not 0 <= arguments.peer_share <= 1:
        raise BadArgument(f"peerShare: {arguments.peer_share:g} is no share", hint="give a number from 0 to 1")
    if arguments.budget is not None and arguments.budget < 0:
        raise BadArgument(f"budget: {arguments.budget} is negative", hint="give 0 or more, or no budget")
    if arguments.points and not 2 <= arguments.points <= _MAX_POINTS:
        raise BadArgument(f"points: {arguments.points} is out of range", hint=f"give 0, or 2 to {_MAX_POINTS}")
    names = names_by_code("currencies", "alpha_3")
    if arguments.currency not in names:
        suggestion = find_closest(arguments.currency, names)
        raise BadArgument(
            f"currency: '{arguments.currency}' is not an ISO 4217 currency",
            hint=f"did you mean {suggestion}?" if suggestion else "write three capitals, such as EUR, SEK, NOK, DKK",
        )
    return {}


# --- Report ---------------------------------------------------------------------------------------


class _NetworkRow(TypedRow, frozen=True):
    network: Annotated[str, Ref("Network"), ReportColumn("Network")]
    least: Annotated[Amount, ReportColumn("Fee for the year", bounded=True, bound_by="fee_unknown")]
    currency: Annotated[str, ReportColumn("Currency", is_technical=True)]
    fee_unknown: Annotated[bool, ReportColumn("Fee unknown", "or a part of it")]
    from_rule: Annotated[bool, ReportColumn("Fee from a rule", "no source states the fee of the city")]
    break_even: Annotated[
        Amount | None, ReportColumn("Break-even fee", "above it, another choice is better", absent="–")
    ]
    peers: Annotated[int, ReportColumn("Peers", bounded=True)]
    cities: Annotated[tuple[str, ...], Ref("City"), ReportColumn("Which", absent="none")]
    themes: Annotated[tuple[str, ...], Ref("Theme"), ReportColumn("Themes", absent="none")]
    dependents: Annotated[
        tuple[str, ...], Ref("Entity"), ReportColumn("Working groups and projects", absent="none recorded")
    ]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing", "of the membership")]
    shown_on: SHOWN_ON
    memberships: Annotated[tuple[str, ...], Ref("Membership"), ReportColumn("Memberships")]
    sources: Annotated[tuple[str, ...], Ref("Citation"), ReportColumn("Sources of the fee", absent="none")]
    lower_bound: Annotated[bool, ReportColumn("Partial roster", "there may be more peers than are recorded")]


class _PointRow(PortfolioPoint, frozen=True):
    lower_bound: Annotated[bool, ReportColumn("Partial roster", "there may be more peers than are recorded")]

    @computed(ReportColumn("Cost", "in a year", bounded=True, bound_by="has_unknown"))
    def least(self) -> Amount:
        return self.cost.least

    @computed(ReportColumn("Currency", is_technical=True))
    def currency(self) -> str:
        return self.cost.least.currency

    @computed(ReportColumn("At least", "a fee is unknown"))
    def has_unknown(self) -> bool:
        return self.unknown_fees > 0


def _network_rows(networks: Sequence[PortfolioNetwork]) -> Iterator[_NetworkRow]:
    for row in networks:
        yield _NetworkRow(
            network=row.network,
            least=row.cost.least,
            currency=row.cost.least.currency,
            fee_unknown=row.cost.most is None,
            from_rule=row.from_rule,
            break_even=row.break_even,
            peers=len(row.peers),
            cities=row.peers,
            themes=tuple(addressed.theme for addressed in row.themes),
            dependents=row.dependents,
            standing=row.standing,
            shown_on=row.shown_on,
            memberships=row.memberships,
            sources=_fee_sources(row),
            lower_bound=not row.members_complete,
        )


def _fee_sources(row: PortfolioNetwork) -> tuple[str, ...]:
    facts = row.rules if row.from_rule else row.years
    return tuple(dict.fromkeys(source for fact in facts for source in fact.sources))


def _point_rows(found: NetworkPortfolio) -> Iterator[_PointRow]:
    for point in found.front:
        yield _PointRow(**{name: getattr(point, name) for name in PortfolioPoint.__struct_fields__})


def _missing(found: NetworkPortfolio) -> tuple[MissingData, ...]:
    return found.missing


def _interval(cost: CostInterval) -> object:
    return message("at least {amount}", amount=cost.least.money) if cost.most is None else cost.least.money


def _summary(found: NetworkPortfolio, names: NodeNames) -> str:
    peers = message("at least {amount}", amount=found.peers) if found.lower_bound else found.peers
    if found.portfolio is None:
        return message(
            "No choice of networks within the budget keeps the themes and {needed} of {peers} peers. The least known "
            "cost of a choice that keeps them is {cost}.",
            needed=found.peers_needed,
            peers=peers,
            cost=found.least_cost.money,
        )
    point = found.portfolio
    sentences = [
        message(
            "Networks to keep: {kept} of {all}. Cost in the year: {cost}. Peers kept: {peers_kept} of {peers}. "
            "Themes kept: {themes}.",
            kept=len(found.chosen),
            all=len(found.chosen) + len(found.dropped),
            cost=_interval(point.cost),
            peers_kept=point.peers,
            peers=peers,
            themes=len(found.themes),
        )
    ]
    if point.unknown_fees and point.within_budget is None:
        sentences.append(message("With its unknown fees, the cost may exceed a budget."))
    if depends := tuple(names.named(row.network) for row in found.chosen if row.depends_on_fee):
        sentences.append(message("The choice depends on the unknown fee of: {networks}.", networks=depends))
    return join(" ", sentences)


def _notes(found: NetworkPortfolio) -> Sequence[str]:
    notes = [
        message(
            "A network counts with its working groups and projects. All other collaborations of the city are kept."
        ),
        message(
            "Fees are whole yearly fees as stated. An unknown fee is not zero: a cost that contains one says at least."
        ),
        message("Of equal costs, the fewest unknown fees, the most peers and the fewest networks are chosen."),
    ]
    if any(row.from_rule for row in (*found.chosen, *found.dropped)):
        notes.append(
            message(
                "If no source states what the city pays, the fee is the one that the fee rules of the network give for "
                "its number of inhabitants."
            )
        )
    if found.other_currencies:
        notes.append(message("No currency is converted: fees in other currencies count as unknown."))
    if found.front_step > 1:
        notes.append(
            message(
                "What it costs to keep more peers is shown in steps of at least {step} peers; the last step can be "
                "smaller.",
                step=found.front_step,
            )
        )
    return [*notes, EDITORIAL_NOTE]


def _plots(found: NetworkPortfolio, _names: NodeNames) -> Sequence[Plot]:
    if not found.front:
        return ()
    currency = found.least_cost.currency
    costs = tuple(float(point.cost.least.money) for point in found.front)
    unknown = tuple(float(point.unknown_fees) for point in found.front)
    labels = tuple(str(point.peers) for point in found.front)
    note = message(
        "From left to right: the number of peers kept, each at the least known cost. Every choice keeps the themes."
    )
    return (
        Lines("Known cost of keeping peers", currency, labels, ((message("least known cost"), costs),), note),
        Lines("Unknown fees among these", "fees", labels, ((message("networks whose fee is unknown"), unknown),), note),
    )


QUESTION: Final = Single(
    module=__name__,
    description="Which memberships of a city keep its themes and a share of its peers at the least yearly cost, within "
    "a budget, and what it costs to keep more or fewer peers.",
    leaves_out="Networks that the city is not a member of, memberships held by a body the city is part of, and what no "
    "source shows in force on any day.",
    arguments=Arguments,
    row=NetworkPortfolio,
    examples=(
        Arguments(city="City:vantaa", peer_share=0.9, budget=20_000, on=date(2023, 11, 27)),
        Arguments(city="City:vantaa", themes=("Theme:vantaa-overall-safety",), peer_share=0.5, on=date(2023, 11, 27)),
    ),
    parameters=_parameters,
    columns=PortfolioColumns,
    compute=_columns,
    report=QuestionReport(
        title="Memberships that keep the themes and peers of {city} at the least cost, {on}",
        summary=_summary,
        asked="{on}",
        notes=_notes,
        tables=(
            ReportTable(
                key="chosen",
                title="Networks to keep",
                note="Peers and themes are those that only the network provides.",
                identity=("network",),
                row=_NetworkRow,
                rows=lambda found: _network_rows(found.chosen),
            ),
            ReportTable(
                key="dropped",
                title="Networks to leave",
                note="Peers and themes are those that the city loses by leaving the network.",
                identity=("network",),
                row=_NetworkRow,
                rows=lambda found: _network_rows(found.dropped),
            ),
            ReportTable(
                key="front",
                title="What it costs to keep more peers",
                note="Each row is the cheapest choice of networks that keeps every theme and this number of peers: the "
                "least known cost, then the fewest unknown fees. Choices that cost more without keeping more peers are "
                "left out. Economists call such rows a Pareto front.",
                identity=("peers",),
                columns=(
                    "peers",
                    "share",
                    "least",
                    "currency",
                    "has_unknown",
                    "unknown_fees",
                    "rule_fees",
                    "within_budget",
                ),
                row=_PointRow,
                rows=_point_rows,
            ),
            replace(MISSING_TABLE, rows=_missing),
        ),
        plots=_plots,
    ),
)
