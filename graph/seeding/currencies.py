"""Check that amounts in withdrawn currencies belong to years in which the currency was in use."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from graph.iso_codes import currency_years, names_by_code
from graph.model import Kind, Property
from graph.money import to_main_units
from graph.seeding.periods import Period, has_period, node_period, relationship_period
from graph.seeding.records import Dataset

__all__ = ["check_currencies", "to_euros"]

_UNITS_PER_EURO: Final = {
    "SEK": 10,
    "NOK": 10,
    "DKK": 7.5,
    "ISK": 150,
    "FIM": 6,
    "DEM": 2,
    "ATS": 14,
    "NLG": 2,
    "FRF": 6.5,
    "BEF": 40,
    "ITL": 2000,
    "ESP": 166,
    "PTE": 200,
    "GRD": 340,
    "PLN": 4,
    "CZK": 25,
    "HUF": 350,
    "RON": 5,
    "BGN": 2,
    "HRK": 7.5,
    "EEK": 16,
    "LTL": 3.5,
    "RSD": 117,
    "UAH": 40,
    "RUB": 80,
    "TRY": 40,
    "JPY": 150,
    "KRW": 1500,
    "CNY": 8,
    "INR": 90,
}
"""Approximate exchange rates, in units of the currency per euro.

They are accurate enough only for comparing orders of magnitude. For a currency that is missing here, the rate is 1.
"""


def to_euros(value: object, currency: str) -> float:
    """Return the approximate value, in euros, of an amount in a currency.

    `value` is an int in minor units, such as cents, or a text with a decimal number in main units.
    """
    amount = to_main_units(value, currency) if isinstance(value, int) else Decimal(str(value))
    return float(amount) / _UNITS_PER_EURO.get(currency, 1)


def check_currencies(dataset: Dataset) -> None:
    """Add a problem for every amount in a withdrawn currency if the currency was not in use in the amount's period.

    The period of an amount is the period of the node or relationship that has the amount. For example, the period of a
    fee is the period of the membership term.
    """
    for node in dataset.nodes.values():
        _check_amounts(node.label.properties, node_period(node), dataset)
    for relationship in dataset.relationships.values():
        if has_period(relationship.definition):
            _check_amounts(relationship.definition.properties, relationship_period(relationship), dataset)


def _check_amounts(properties: Iterable[Property], period: Period, dataset: Dataset) -> None:
    days = [day for name in ("validFrom", "attestedFrom", "attestedOn", "validUntil") if (day := period.get_date(name))]
    for property_ in properties if days else ():
        if property_.kind not in (Kind.MONEY, Kind.DECIMAL):
            continue
        currency = period.columns.get(f"{property_.name}Currency")
        withdrawn = _withdrawn_years(str(currency))
        first, last = min(days).year, max(days).year
        if withdrawn is not None and (first > withdrawn[1] or last < withdrawn[0]):
            message = (
                f"{period.subject} has `{property_.name}` in {currency} for {_span(first, last)}, "
                f"but {currency} existed in {_span(*withdrawn)}"
            )
            dataset.add_problem(period.location_of(property_.name), message, "correct the currency or the dates")


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _withdrawn_years(code: str) -> tuple[int, int] | None:
    """Return the first and the last year in which a withdrawn currency was in use. Returns None for any other currency.

    A currency is treated as not withdrawn if the last year of its use is unknown.
    """
    first, last = currency_years().get(code, (0, None))
    return None if last is None or code in names_by_code("currencies", "alpha_3") else (first, last)
