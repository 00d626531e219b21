"""Compute the answer to the named query `graph.questions.network_portfolio` with `graph.analysis.portfolio`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import ceil

from graph.analysis.portfolio import Portfolio, PortfolioProblem, PortfolioSolution, solve
from graph.analysis.runner import AnalysisRunner
from graph.money import to_minor_units
from graph.questions.city_collaborations import Collaboration, CollaborationSet
from graph.questions.cost_per_network import NetworkCost, cost_of_year
from graph.questions.declaration import Amount
from graph.questions.fee_rules import RuleFee, agreed_fee, rule_fees
from graph.questions.missing_data import DataGapName, MissingData, MissingKindName
from graph.questions.network_portfolio import (
    Arguments,
    CostInterval,
    NetworkMemberships,
    NetworkPortfolio,
    PortfolioColumns,
    PortfolioNetwork,
    PortfolioPoint,
)

__all__ = ["solve_portfolio"]


async def solve_portfolio(runner: AnalysisRunner, arguments: Arguments, columns: PortfolioColumns) -> NetworkPortfolio:
    """Return the cheapest set of a city's networks that covers the requested themes and peers. Raises AnalysisError.

    `columns` is the result row of the Cypher statement of `graph.questions.network_portfolio`.
    """
    return await runner.run(_solve, arguments, columns)


def _solve(arguments: Arguments, columns: PortfolioColumns) -> NetworkPortfolio:
    choice = _Choice(arguments, columns)
    return choice.answer(solve(choice.problem))


@dataclass(frozen=True)
class _Fee:
    """The fee of a network for the calendar year that contains the requested date.

    - `least`: the sum of the known fees in the requested currency, in minor units.
    - `is_unknown`: whether the fee may be larger than `least`.
    - `has_other_currency`: whether a fee is in another currency.
    - `cost`: the fees of the year as clients see them, or None if no membership can have been in force in the year.
    - `rules`: the fees under the fee rules of the network. Empty if a source states the fee of the city.
    - `is_from_rule`: whether the fee is the one on which all of `rules` agree.
    """

    least: int
    is_unknown: bool
    has_other_currency: bool
    cost: NetworkCost | None
    rules: tuple[RuleFee, ...]
    is_from_rule: bool


class _Choice:
    """The problem of choosing the networks that a city keeps. The class also converts the solution to the answer."""

    def __init__(self, arguments: Arguments, columns: PortfolioColumns) -> None:
        self.arguments, self.columns = arguments, columns
        self.all = CollaborationSet(columns.collaborations, columns.answers)
        self.networks = tuple(sorted(part.id for part in columns.collaborations if part.kind == "NETWORK"))
        self.own = {network: self.all.of(network) for network in self.networks}
        self.elsewhere = self._with(())
        rows = {row.network: row for row in columns.networks}
        self.fees = {network: self._fee(rows.get(network)) for network in self.networks}
        asked = arguments.themes
        given = tuple(addressed.theme for addressed in self.all.themes) if asked is None else tuple(sorted({*asked}))
        self.themes = tuple(theme for theme in given if self.all.matches(theme))
        self.unmatched = tuple(theme for theme in given if not self.all.matches(theme))
        # The share is the decimal number that was given, not its binary approximation.
        self.peers_needed = ceil(Fraction(str(arguments.peer_share)) * len(self.all.peers))

    @cached_property
    def problem(self) -> PortfolioProblem:
        numbers: Counter[frozenset[int]] = Counter()
        for peer in self.all.peers - self.elsewhere.peers:
            met = (place for place, network in enumerate(self.networks) if peer in self.own[network].peers)
            numbers[frozenset(met)] += 1
        themes = {
            frozenset(place for place, network in enumerate(self.networks) if self.own[network].matches(theme))
            for theme in self.themes
            if not self.elsewhere.matches(theme)
        }
        budget = self.arguments.budget
        fees = [self.fees[network] for network in self.networks]
        return PortfolioProblem(
            costs=tuple(fee.least for fee in fees),
            unknown=tuple(fee.is_unknown for fee in fees),
            themes=tuple(sorted(themes, key=sorted)),
            peers=tuple(sorted(numbers.items(), key=lambda item: sorted(item[0]))),
            peers_needed=max(0, self.peers_needed - len(self.elsewhere.peers)),
            budget=None if budget is None else self._minor(budget),
            points=self.arguments.points,
        )

    def answer(self, solution: PortfolioSolution) -> NetworkPortfolio:
        best = solution.best
        chosen = [self.networks[place] for place in best.networks] if best else []
        dropped = [network for network in self.networks if network not in chosen] if best else []
        portfolio = self._with(chosen)
        break_evens = {
            self.networks[place]: None if other is None or best is None else other - best.cost + fee.least
            for place, other in solution.alternatives.items()
            for fee in (self.fees[self.networks[place]],)
        }
        return NetworkPortfolio(
            feasible=best is not None,
            portfolio=best and self._point(best),
            chosen=tuple(self._network(network, portfolio, break_evens.get(network)) for network in chosen),
            dropped=tuple(self._network(network, portfolio, None) for network in dropped),
            least_cost=self._amount(solution.cheapest.cost),
            known=solution.known and self._point(solution.known),
            themes=self.themes,
            unmatched=self.unmatched,
            peers=len(self.all.peers),
            peers_needed=self.peers_needed,
            peers_elsewhere=len(self.elsewhere.peers),
            front=tuple(map(self._point, solution.front)),
            front_step=solution.step,
            other_currencies=tuple(network for network in self.networks if self.fees[network].has_other_currency),
            lower_bound=self._is_lower_bound(self.all.collaborations),
            missing=self._missing(),
        )

    def _with(self, networks: Iterable[str]) -> CollaborationSet:
        """Return the collaborations that remain if the city keeps only `networks` and leaves all its other networks.

        Collaborations that belong to no network of the city, such as projects, always remain.
        """
        left = set(self.networks).difference(networks)
        return CollaborationSet(
            (part for part in self.all.collaborations if part.network_id not in left), self.columns.answers
        )

    def _fee(self, row: NetworkMemberships | None) -> _Fee:
        """Return the fee that sources state for the city.

        If sources state no fee, return the fee under the fee rules of the network.
        """
        currency = self.arguments.currency
        cost = cost_of_year(row.memberships, self.arguments.on.year, self.arguments) if row else None
        counted = [year for year in cost.years if year.counted] if cost else []
        if cost and any(year.fee is not None for year in counted):
            least = sum(total.minor for total in cost.totals if total.currency == currency)
            has_other = any(total.currency != currency for total in cost.totals)
            is_unknown = has_other or any(year.fee is None for year in counted)
            return _Fee(least, is_unknown, has_other, cost, (), False)
        rules = rule_fees(row.rules, self.columns.population) if row else ()
        fee = agreed_fee(rule.fee for rule in rules)
        if fee is None:
            return _Fee(0, True, False, cost, rules, False)
        if fee.currency != currency:
            return _Fee(0, True, True, cost, rules, True)
        return _Fee(fee.minor, False, False, cost, rules, True)

    def _network(self, network: str, portfolio: CollaborationSet, break_even: int | None) -> PortfolioNetwork:
        membership = self.all.get(network)
        assert membership is not None
        fee, own, rest = self.fees[network], self.own[network], portfolio.without(network)
        return PortfolioNetwork(
            network=network,
            standing=membership.standing,
            shown_on=membership.shown_on,
            memberships=membership.citations,
            cost=self._interval(fee.least, is_known=not fee.is_unknown),
            years=fee.cost.years if fee.cost else (),
            from_rule=fee.is_from_rule,
            rules=fee.rules,
            depends_on_fee=break_even is not None,
            break_even=None if break_even is None else self._amount(break_even),
            peers=rest.new_peers(own.peers),
            themes=rest.new_themes(own.themes),
            dependents=tuple(part.id for part in own.collaborations if part.id != network),
            members_complete=not self._is_lower_bound(own.collaborations),
        )

    def _point(self, portfolio: Portfolio) -> PortfolioPoint:
        peers, present = portfolio.peers + len(self.elsewhere.peers), len(self.all.peers)
        networks = tuple(self.networks[place] for place in portfolio.networks)
        within: bool | None = None
        if self.problem.budget is not None:
            within = False if portfolio.cost > self.problem.budget else (None if portfolio.unknown else True)
        return PortfolioPoint(
            networks=networks,
            cost=self._interval(portfolio.cost, is_known=portfolio.unknown == 0),
            unknown_fees=portfolio.unknown,
            rule_fees=sum(self.fees[network].is_from_rule for network in networks),
            peers=peers,
            share=peers / present if present else 1.0,
            within_budget=within,
            lower_bound=self._is_lower_bound(self._with(networks).collaborations),
        )

    def _missing(self) -> tuple[MissingData, ...]:
        """Return which data, such as the fee of a network, are missing and could change the choice of networks."""
        found: dict[tuple[DataGapName, MissingKindName], tuple[str, ...]] = {
            (row.unknown, row.kind): row.nodes for row in self.columns.missing
        }
        unstated = tuple(
            network
            for network, fee in self.fees.items()
            if not fee.is_from_rule and (fee.cost is None or fee.cost.unknown_years)
        )
        if unstated:
            found["FEE", "NETWORK"] = unstated
        return tuple(MissingData(unknown, kind, nodes) for (unknown, kind), nodes in sorted(found.items()))

    def _interval(self, least: int, *, is_known: bool) -> CostInterval:
        amount = self._amount(least)
        return CostInterval(amount, amount if is_known else None)

    def _amount(self, minor: int) -> Amount:
        return Amount(self.arguments.currency, minor)

    def _minor(self, units: int) -> int:
        return int(to_minor_units(Decimal(units), self.arguments.currency))

    @staticmethod
    def _is_lower_bound(collaborations: Iterable[Collaboration]) -> bool:
        return not all(part.members_complete for part in collaborations)
