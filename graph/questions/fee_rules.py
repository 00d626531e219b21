"""The yearly fee of a city in a network, under the fee rules of the network.

A fee rule states what members of a certain size pay: a fixed fee or a fee per inhabitant. If no source states the fee
of the city itself, the fee is estimated. The estimate is the fee on which all applicable rules agree.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from graph.money import to_minor_units
from graph.questions.declaration import Amount, Ref
from graph.store import TypedRow

__all__ = ["FeeRule", "RuleFee", "agreed_fee", "rule_fees"]


class RuleFee(TypedRow, frozen=True):
    """Fee for the city under one of the network's fee rules."""

    rule: Annotated[str, Ref("FeeRule"), "The rule."]
    category: Annotated[str | None, "Category of members that the rule is for, in the source's words."]
    applies: Annotated[
        bool | None, "Whether the rule applies to the city's number of inhabitants; null if this number is unknown."
    ]
    fee: Annotated[
        Amount | None,
        "Yearly fee; null if the rule states none or the number of inhabitants is unknown. A fee per "
        "inhabitant is limited to the rule's minimum and maximum, and rounded half up.",
    ]
    stated_as_of: Annotated[str | None, "Time for which the source states the rule, in the source's words."]
    sources: Annotated[tuple[str, ...], Ref("Citation"), "Citations for the rule."]


class FeeRule(TypedRow, frozen=True):
    """A fee rule as the fragment `fee_rules` returns it."""

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
    sources: tuple[str, ...]


def rule_fees(rules: Iterable[FeeRule], population: int | None) -> tuple[RuleFee, ...]:
    """Return the fee for a city under each rule that applies to its number of inhabitants.

    If the number is unknown, the rules that may apply are included too, with an unknown fee.
    """
    return tuple(fee for rule in rules if (fee := _fee(rule, population)) is not None)


def agreed_fee(fees: Iterable[Amount | None]) -> Amount | None:
    """Return the fee if all `fees` are equal. Return None if they differ, if one is None, or if there are no fees."""
    different = set(fees)
    return different.pop() if len(different) == 1 else None


def _fee(rule: FeeRule, population: int | None) -> RuleFee | None:
    """Return the fee for the city under a fee rule, or None if the rule does not apply to the city."""
    applies = _applies(rule, population)
    if applies is False:
        return None
    fee = _rule_amount(rule, population) if applies else None
    return RuleFee(rule.id, rule.category, applies, fee, rule.stated_as_of, rule.sources)


def _applies(rule: FeeRule, population: int | None) -> bool | None:
    least, most = rule.population_from, rule.population_up_to
    if least is None and most is None:
        return True
    if population is None:
        return None
    return (least is None or least <= population) and (most is None or population <= most)


def _rule_amount(rule: FeeRule, population: int | None) -> Amount | None:
    if rule.annual_fee is not None and rule.currency is not None:
        return Amount(rule.currency, rule.annual_fee)
    currency = rule.per_inhabitant_currency
    if rule.per_inhabitant is None or currency is None or population is None:
        return None
    exact = to_minor_units(Decimal(rule.per_inhabitant) * population, currency)
    minor = int(exact.to_integral_value(ROUND_HALF_UP))
    if rule.least is not None and rule.least_currency == currency:
        minor = max(minor, rule.least)
    if rule.most is not None and rule.most_currency == currency:
        minor = min(minor, rule.most)
    return Amount(currency, minor)
