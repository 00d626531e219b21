"""Pre-join check: the gains, costs and replaceable memberships of joining a network.

`graph.questions.city_collaborations` defines the peers and themes that a city already has. For each present membership,
the check counts the members that the two networks share, without the city itself. It also computes the losses if the
city joined the network and dropped that membership. The suggested membership to drop is chosen among those that share
members or themes with the network. It is the one that loses the fewest peers and themes in total, then the one with the
most shared members, then the one with the smallest id.

The yearly fee is the fee that a source states for the city in the calendar year of the date, in a term of a membership
that the city holds or has applied for. If there is none, the network's fee rules are applied to the city's population.
The fee is null if no rule applies, if applicable rules give different fees, or if a rule depends on an unknown
population.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from babel.numbers import get_currency_precision

from graph.questions.city_collaborations import Collaboration, CollaborationSet, MatchingThemes
from graph.questions.cost_per_network import CostMembership, YearCost, cost_of_year
from graph.questions.declaration import Amount
from graph.questions.enums import StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["JoinCheck", "JoinOverlap", "RuleFee", "join_check"]


class JoinOverlap(TypedRow, frozen=True):
    """A present membership compared with the network.

    `members` are the cities in both networks, without the city itself. `jaccard` and `overlap_coefficient` compare the
    two networks without the city; the coefficients are null if one has no other members. `themes` are those of its
    themes that the network matches. `peers_lost` and `themes_lost` are those that neither the network nor another
    collaboration would provide if this membership were dropped. `dependents` are its working groups and projects that
    the city takes part in.
    """

    network: str
    standing: StandingName
    memberships: tuple[str, ...]
    members: tuple[str, ...]
    jaccard: float | None
    overlap_coefficient: float | None
    themes: tuple[str, ...]
    peers_lost: tuple[str, ...]
    themes_lost: tuple[str, ...]
    dependents: tuple[str, ...]
    lower_bound: bool


class RuleFee(TypedRow, frozen=True):
    """The result of a fee rule for the city.

    `applies` is null if it depends on an unknown population. `fee` is then null, as it is if the rule states no fee.
    """

    rule: str
    category: str | None
    applies: bool | None
    fee: Amount | None
    stated_as_of: str | None
    citations: tuple[str, ...]


class JoinCheck(TypedRow, frozen=True):
    """The gains and costs of joining a network.

    `standing` is that of the city's own membership on the date, null if the city is not a member. `members` counts the
    network's other cities. `peers_gained` and `themes_gained` are those that no collaboration outside the network
    provides on the date. `overlaps` are the present memberships, the one that shares most first. `instead` is the
    network that could be dropped. `stated` are the fees stated for the city itself in the year. `rules` are the results
    of the rules that apply or may apply.
    """

    network: str
    standing: StandingName | None
    members: int
    roster_complete: bool
    peers_gained: tuple[str, ...]
    themes_gained: tuple[str, ...]
    overlaps: tuple[JoinOverlap, ...]
    instead: str | None
    population: int | None
    population_year: int | None
    stated: tuple[YearCost, ...]
    rules: tuple[RuleFee, ...]
    yearly_fee: Amount | None


# --- Rows of the statement ------------------------------------------------------------------------


class _Rule(TypedRow, frozen=True):
    id: str
    category: str | None
    population_from: int | None
    population_up_to: int | None
    annual_fee: int | None
    currency: str | None
    per_inhabitant: str | None
    per_inhabitant_currency: str | None
    least: int | None
    least_currency: str | None
    most: int | None
    most_currency: str | None
    stated_as_of: str | None
    citations: tuple[str, ...]


class _Answer(TypedRow, frozen=True):
    city_known: bool
    network_known: bool
    population: int | None
    population_year: int | None
    collaborations: tuple[Collaboration, ...]
    members: tuple[str, ...]
    themes: tuple[str, ...]
    roster_complete: bool
    memberships: tuple[CostMembership, ...]
    rules: tuple[_Rule, ...]
    answers: tuple[MatchingThemes, ...]


_JOINS: Final = Statement.from_file(__file__, _Answer)


async def join_check(reading: Reader, *, city: str, network: str, on: date) -> JoinCheck:
    """Return the effects for the city of joining the network on a date.

    For a city that is already a member, the effects are computed as if it were not one. Raises UnknownId and
    BadArgument.
    """
    check_label("city", city, "City")
    check_label("network", network, "Network")
    (answer,) = await reading.run(_JOINS, {"city": city, "network": network, "on": on})
    check_exists((city, answer.city_known), (network, answer.network_known))
    reach = CollaborationSet(answer.collaborations, answer.answers)
    membership = reach.get(network)
    # A membership is shown with its working groups and projects; joining brings none of them.
    rest = reach.without(network)
    overlaps = _overlaps(rest, answer)
    cost = cost_of_year(answer.memberships, on.year)
    stated = tuple(each for each in cost.years if each.fee is not None) if cost else ()
    rules = tuple(fee for each in answer.rules if (fee := _fee(each, answer.population)) is not None)
    return JoinCheck(
        network=network,
        standing=membership.standing if membership else None,
        members=len(answer.members),
        roster_complete=answer.roster_complete,
        peers_gained=rest.new_peers(answer.members),
        themes_gained=rest.new_themes(answer.themes),
        overlaps=overlaps,
        instead=_instead(overlaps),
        population=answer.population,
        population_year=answer.population_year,
        stated=stated,
        rules=rules,
        yearly_fee=_agreed([each.fee for each in stated] or [each.fee for each in rules]),
    )


def _overlaps(rest: CollaborationSet, answer: _Answer) -> tuple[JoinOverlap, ...]:
    members = set(answer.members)
    joined = Collaboration("", "NETWORK", "", "IN_FORCE", (), answer.members, answer.themes, answer.roster_complete)
    alone = CollaborationSet((joined,), answer.answers)
    rows: list[JoinOverlap] = []
    for each in rest.collaborations:
        if each.kind != "NETWORK":
            continue
        own, others = rest.of(each.id), rest.without(each.id)
        shared, either = members & set(each.peers), members | set(each.peers)
        smaller = min(len(members), len(each.peers))
        kept = CollaborationSet((*others.collaborations, joined), answer.answers)
        rows.append(
            JoinOverlap(
                network=each.id,
                standing=each.standing,
                memberships=each.citations,
                members=tuple(sorted(shared)),
                jaccard=len(shared) / len(either) if smaller else None,
                overlap_coefficient=len(shared) / smaller if smaller else None,
                themes=tuple(sorted(own.themes - set(alone.new_themes(own.themes)))),
                peers_lost=kept.new_peers(own.peers),
                themes_lost=kept.new_themes(own.themes),
                dependents=tuple(one.id for one in own.collaborations if one.id != each.id),
                lower_bound=not (answer.roster_complete and each.roster_complete),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-len(row.members), -(row.jaccard or 0.0), row.network)))


def _instead(overlaps: Iterable[JoinOverlap]) -> str | None:
    alike = [each for each in overlaps if each.members or each.themes]
    lost = sorted((len(each.peers_lost) + len(each.themes_lost), -len(each.members), each.network) for each in alike)
    return lost[0][2] if lost else None


# --- Fees -----------------------------------------------------------------------------------------


def _fee(rule: _Rule, population: int | None) -> RuleFee | None:
    """Return the result of a fee rule, or None if the rule does not apply."""
    applies = _applies(rule, population)
    if applies is False:
        return None
    fee = _rule_amount(rule, population) if applies else None
    return RuleFee(rule.id, rule.category, applies, fee, rule.stated_as_of, rule.citations)


def _applies(rule: _Rule, population: int | None) -> bool | None:
    least, most = rule.population_from, rule.population_up_to
    if least is None and most is None:
        return True
    if population is None:
        return None
    return (least is None or least <= population) and (most is None or population <= most)


def _rule_amount(rule: _Rule, population: int | None) -> Amount | None:
    if rule.annual_fee is not None and rule.currency is not None:
        return Amount(rule.currency, rule.annual_fee)
    currency = rule.per_inhabitant_currency
    if rule.per_inhabitant is None or currency is None or population is None:
        return None
    exact = (Decimal(rule.per_inhabitant) * population).scaleb(get_currency_precision(currency))
    minor = int(exact.to_integral_value(ROUND_HALF_UP))
    if rule.least is not None and rule.least_currency == currency:
        minor = max(minor, rule.least)
    if rule.most is not None and rule.most_currency == currency:
        minor = min(minor, rule.most)
    return Amount(currency, minor)


def _agreed(fees: list[Amount | None]) -> Amount | None:
    """Return the fee if all rules give the same one. Return None if they differ or there are none."""
    different = set(fees)
    return different.pop() if len(different) == 1 else None
