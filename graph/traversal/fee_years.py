"""Cypher for the fee years of a city or network. A fee year is a calendar year of a membership, with the year's fee.

A term is a period of membership fixed by a decision. The hidden columns `chargedFrom` and `chargedUntil` of a term
contain the first and last calendar year in which the fee of the term is charged. Each of these years has a row with the
fee of the term. If a city has memberships in a network in a year, but none of their terms is charged in that year,
there is a single row without a fee. This row belongs to the membership with the strongest standing in the year. A
standing states whether sources show a membership in force. The strongest standing is IN_FORCE.

Not all memberships have rows. A membership is preferred in a year if its standing in the year is in the argument
`standings`. If its status is APPLIED, `includeApplied` must also be true. If at least one membership of the city in the
network is preferred in a year, only preferred memberships have rows in that year. If none is preferred, the fee of that
year is treated as unknown. Rows with a fee are then omitted, and only rows without a fee remain. A membership that no
source shows in force on any day never has rows.

The fee years of a network are the fee years of the memberships of all cities in the network. The named query
`cost_per_network` sums the same fees, and treats the fees of the same years as unknown.
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
"""The properties of a membership term that state its fee. A term is a period of membership fixed by a decision.

`totalFee` is used only if the term is charged in a single year and has no `annualFee`.
"""


def match_fee_years(
    writer: CypherWriter, years: YearRange, start: str, *, include_applied: bool, standings: Sequence[Standing]
) -> Match:
    """Write the lines that match the fee years of a city or network. Return the variables as a `Match`.

    A fee year is a calendar year of a membership, with the fee of that year. `start` is the Cypher variable of the city
    or network. In the returned match, `node` is a map with the values of the row (`graph.model.FEE_YEAR`), and
    `between` is the membership. `cited` is the membership term with the fee, or null for a year without a fee.
    """
    membership, other, year, term = (writer.name(prefix) for prefix in ("m", "w", "y", "t"))
    standing, is_counted, rows, counted, charged, row = (
        writer.name(prefix) for prefix in ("k", "k", "l", "l", "l", "v")
    )
    if years.owner == "City":
        writer.line(f"MATCH ({start})-[:HOLDS]->({membership}:Membership)-[:IN]->({other}:Network)")
    else:
        writer.line(f"MATCH ({start})<-[:IN]-({membership}:Membership)<-[:HOLDS]-({other}:City)")
    writer.line(f"WHERE {membership}.shownFrom IS NOT NULL")
    writer.line(f"UNWIND {writer.parameter(_days(years))} AS {year}")
    writer.project(f"{membership}, {other}, {year}")
    possible = f"{membership}.possibleFrom < {year}.after AND {year}.first < {membership}.standsUntil"
    writer.line(f"WHERE {possible}")
    best = standing_in(membership, f"{year}.first", f"{year}.after")
    writer.project(f"{membership}, {other}, {year}, {best} AS {standing}")
    writer.line(f"OPTIONAL MATCH ({membership})<-[:UNDER]-({term}:MembershipTerm)")
    writer.line(f"WHERE {term}.chargedFrom <= {year}.year AND {year}.year <= {term}.chargedUntil")
    counts = f"{standing} IN {writer.parameter(indexes_of(standings))}"
    if not include_applied:
        counts += f" AND {membership}.status <> 'APPLIED'"
    writer.project(f"{other}, {year}.year AS {year}, {membership}, {term}, {standing}, {counts} AS {is_counted}")
    writer.line(f"ORDER BY {standing}, {membership}.shownFrom, {membership}.id")
    writer.project(f"{other}, {year}, collect([{membership}, {term}, {standing}, {is_counted}]) AS {rows}")
    writer.project(f"{year}, {rows}, [{row} IN {rows} WHERE {row}[3]] AS {counted}")
    writer.project(f"{year}, CASE WHEN size({counted}) > 0 THEN {counted} ELSE {rows} END AS {rows}")
    writer.project(f"{year}, {rows}, [{row} IN {rows} WHERE {row}[1] IS NOT NULL] AS {charged}")
    writer.line(f"UNWIND CASE WHEN size({charged}) > 0 THEN {charged} ELSE {rows}[0..1] END AS {row}")
    parts = zip((membership, term, standing, is_counted), range(4), strict=True)
    writer.project(f"{year}, {', '.join(f'{row}[{index}] AS {name}' for name, index in parts)}")
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
    writer.project(f"{membership}, {term}, {is_counted}, {{{columns}}} AS {node}")
    writer.line(f"WHERE {is_counted} OR {node}.fee IS NULL")
    return Match("", node, None, membership, cited=term)


def _days(years: YearRange) -> list[dict[str, object]]:
    """Return one dict for each year, with the keys `year`, `first` and `after`.

    `first` is the first day of the year, and `after` is the first day of the next year.
    """
    return [
        {"year": year, "first": date(year, 1, 1), "after": date(year + 1, 1, 1)}
        for year in range(years.first, years.last + 1)
    ]
