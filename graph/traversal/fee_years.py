"""Match the fee years of a city or network, which are the calendar years of memberships with their fees.

A term is a decided period of a membership with its fee. Every row is a calendar year in which a term is charged. The
hidden columns `chargedFrom` and `chargedUntil` of the term define these years. Only memberships that count are matched.
A membership counts if its standing in the year (whether sources show it in force) is in the argument `standings`. If
its status is APPLIED, it counts only with `includeApplied`. The fee years of a network are those of all cities that are
known to be or have been its members.

If no term of a city's memberships in a network is charged in a year, the year has one row without a fee. That row is
for the membership with the strongest standing, such as IN_FORCE. The totals of the question `cost_per_network` count
the same rows.
"""

from collections.abc import Sequence
from datetime import date

from graph.standing import indexes_of, standing_in, standing_name
from graph.traversal.cypher_writer import CypherWriter
from graph.traversal.patterns import Match
from graph.traversal.selection import YearRange
from graph.vocabulary import Standing

__all__ = ["FEE_COLUMNS", "match_fee_years"]

FEE_COLUMNS = ("annualFee", "totalFee")
"""The properties of a term from which the fee of a year is read. The total fee counts if it is for a single year."""


def match_fee_years(
    writer: CypherWriter, years: YearRange, start: str, *, include_applied: bool, standings: Sequence[Standing]
) -> Match:
    """Write the lines that match the fee years (calendar years of memberships, with their fees) of a city or network.

    `start` is the Cypher variable of the city or network. In the returned match, `node` is a map with the values of the
    row (`graph.model.FEE_YEAR`), and `between` is the membership. `cited` is the membership term (a decided period)
    with the fee, or null for a year without a fee.
    """
    membership, other, year, term = (writer.name(prefix) for prefix in ("m", "w", "y", "t"))
    standing, rows, charged, row = (writer.name(prefix) for prefix in ("k", "l", "l", "v"))
    if years.owner == "City":
        writer.line(f"MATCH ({start})-[:HOLDS]->({membership}:Membership)-[:IN]->({other}:Network)")
    else:
        writer.line(f"MATCH ({start})<-[:IN]-({membership}:Membership)<-[:HOLDS]-({other}:City)")
    is_applied = "" if include_applied else f" AND {membership}.status <> 'APPLIED'"
    writer.line(f"WHERE {membership}.shownFrom IS NOT NULL{is_applied}")
    writer.line(f"UNWIND {writer.parameter(_days(years))} AS {year}")
    writer.project(f"{membership}, {other}, {year}")
    possible = f"{membership}.possibleFrom < {year}.after AND {year}.first < {membership}.standsUntil"
    writer.line(f"WHERE {possible}")
    best = standing_in(membership, f"{year}.first", f"{year}.after")
    writer.project(f"{membership}, {other}, {year}, {best} AS {standing}")
    writer.line(f"WHERE {standing} IN {writer.parameter(indexes_of(standings))}")
    writer.line(f"OPTIONAL MATCH ({membership})<-[:UNDER]-({term}:MembershipTerm)")
    writer.line(f"WHERE {term}.chargedFrom <= {year}.year AND {year}.year <= {term}.chargedUntil")
    writer.project(f"{other}, {year}.year AS {year}, {membership}, {term}, {standing}")
    writer.line(f"ORDER BY {standing}, {membership}.shownFrom, {membership}.id")
    writer.project(f"{other}, {year}, collect([{membership}, {term}, {standing}]) AS {rows}")
    writer.project(f"{year}, {rows}, [{row} IN {rows} WHERE {row}[1] IS NOT NULL] AS {charged}")
    writer.line(f"UNWIND CASE WHEN size({charged}) > 0 THEN {charged} ELSE {rows}[0..1] END AS {row}")
    writer.project(f"{year}, {row}[0] AS {membership}, {row}[1] AS {term}, {row}[2] AS {standing}")
    annual, total = (f"{term}.{column}" for column in FEE_COLUMNS)
    is_annual, is_total = f"{annual} IS NOT NULL", f"{term}.chargedFrom = {term}.chargedUntil"
    values = {
        "year": year,
        "fee": f"CASE WHEN {is_annual} THEN {annual} WHEN {is_total} THEN {total} END",
        "feeCurrency": f"CASE WHEN {is_annual} THEN {annual}Currency WHEN {is_total} THEN {total}Currency END",
        "budgetLine": f"{term}.budgetLine",
        "status": f"{membership}.status",
        "standing": standing_name(standing),
    }
    node = writer.name("n")
    columns = ", ".join(f"{name}: {value}" for name, value in values.items())
    writer.project(f"{membership}, {term}, {{{columns}}} AS {node}")
    return Match("", node, None, membership, cited=term)


def _days(years: YearRange) -> list[dict[str, object]]:
    """Return a dict for each year: the `year`, its first day `first`, and the first day of the next year `after`."""
    return [
        {"year": year, "first": date(year, 1, 1), "after": date(year + 1, 1, 1)}
        for year in range(years.first, years.last + 1)
    ]
