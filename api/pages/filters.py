"""Define the Jinja filters that the templates of pages use.

Some filters format values for the language of the reader. Others prepare tables and maps for pages, or escape texts for
iCalendar files.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, cast
from urllib.parse import urlsplit

from babel.dates import format_date, format_interval
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from api.pages.citations import in_document_order, is_reference, locator, naming_first, supporting, wikidata_items
from api.pages.city_map import city_map
from api.pages.drawing import doubtful_ties, draw_network
from api.pages.language import Reader
from api.pages.matrix import matrix_of
from api.pages.table_files import table_row
from api.pages.timeline import timeline_of
from api.pages.values import Day, Money, Period, Text, english_dates
from graph.folding import fold, fold_for_sorting

__all__ = ["filters", "stacked", "unknown"]


def unknown(reader: Reader) -> Markup:
    """Return the HTML text that a page shows in place of an unknown value."""
    return Markup('<span class="unknown">{}</span>').format(reader.label("DateBound", "UNKNOWN"))


def filters(reader: Reader) -> Mapping[str, Callable[..., object]]:
    """Return the Jinja filters by name. They format values in the language of the reader."""

    def number(value: float | None, digits: int | None = None) -> str | Markup:
        pattern = None if digits is None else "#,##0." + "0" * digits
        return unknown(reader) if value is None else format_decimal(value, pattern, locale=reader.locale)

    def percent(value: float | None) -> str | Markup:
        return unknown(reader) if value is None else format_percent(value, locale=reader.locale)

    def listed(values: Iterable[object]) -> Markup:
        """Join values into one text in the reader's language, such as "a, b and c"."""
        return Markup(format_list([str(escape(value)) for value in values], locale=reader.locale))

    def day(text: str) -> Day:
        return Day.of(date.fromisoformat(text), reader)

    def interval(first: Period, last: Period) -> str:
        """Format a period, given its first and last day.

        If the period consists of whole calendar years, only the years are written.
        """
        begins, ends = first.date, last.date
        whole = str(first) if str(first) == str(last) else _joined(str(first), str(last))
        if begins is None or ends is None or "MONTH" in (first.precision, last.precision):
            return whole
        if (begins.month, begins.day, ends.month, ends.day) == (1, 1, 12, 31):
            return str(begins.year) if begins.year == ends.year else f"{begins.year}–{ends.year}"
        if begins == ends or "YEAR" in (first.precision, last.precision):
            return whole
        if reader.language == "sv":  # as Finnish does; see `Day`
            text = f"{begins.day}" if begins.month == ends.month else f"{begins.day}.{begins.month}"
            return f"{text}–{last}" if begins.year == ends.year else whole
        return format_interval(begins, ends, "yMd" if reader.language == "fi" else "yMMMd", locale=reader.locale)

    def in_network(name: Text) -> Text:
        """Return the name of a network for a sentence such as "cities in the network".

        In Finnish, "-verkostossa" ("in the network") is added to the name, as in "Nordic Safe Cities -verkostossa". The
        name itself is not inflected, because it may be foreign. If the name is a single word, there is no space before
        the hyphen, as in "Eurocities-verkostossa". In other languages, the name is returned unchanged.
        """
        if reader.language != "fi":
            return name
        if name.text.endswith("-verkosto"):
            return replace(name, text=f"{name.text}ssa")
        return replace(name, text=f"{name.text}{' ' if ' ' in name.text else ''}-verkostossa")

    def month(day: date) -> str:
        return format_date(day, "LLLL", reader.locale)

    def by_name(rows: Iterable[dict[str, Any]], path: str = "") -> list[dict[str, Any]]:
        """Sort rows by the localised name of a node that each row contains.

        `path` leads from the row to the node. If it is empty, the row itself is the node.
        """
        return sorted(rows, key=lambda row: name_order(reader, _at(row, path)))

    def country(code: str) -> str:
        return cast("dict[str, str]", reader.locale.territories).get(code, code)

    def groupby_country(rows: Iterable[dict[str, Any]], path: str = "") -> list[tuple[str, list[dict[str, Any]]]]:
        """Group rows by the country of a node that each row contains. The groups are sorted by the name of the country.

        `path` leads from the row to the node.
        """
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            groups.setdefault(country(_at(row, path)["country"]), []).append(row)
        return sorted(groups.items(), key=lambda group: name_order(reader, {"localisedName": group[0]}))

    def groupby_each(rows: Iterable[dict[str, Any]], path: str) -> list[tuple[Any, list[dict[str, Any]]]]:
        return group_by_each(rows, path, lambda node: name_order(reader, node))

    return {
        "by_name": by_name,
        "city_map": city_map,
        "costs_by_budget_line": costs_by_budget_line,
        "country": country,
        "day": day,
        "doubtful_ties": doubtful_ties,
        "draw_network": draw_network,
        "english_dates": english_dates,
        "groupby_country": groupby_country,
        "groupby_each": groupby_each,
        "having_fee": having_fee,
        "host": host,
        "ids": ids,
        "in_document_order": in_document_order,
        "is_reference": is_reference,
        "in_network": in_network,
        "interval": interval,
        "ics": calendar_text,
        "listed": listed,
        "locator": partial(locator, reader=reader),
        "matrix": matrix_of,
        "month": month,
        "most_cited": most_cited,
        "naming_first": naming_first,
        "number": number,
        "own_first": own_first,
        "percent": percent,
        "row": table_row,
        "sum_money": sum_money,
        "supporting": supporting,
        "theme_provenance": theme_provenance,
        "timeline": timeline_of,
        "stacked": stacked,
        "theme_shares": theme_shares,
        "whole": whole,
        "wikidata_items": wikidata_items,
        "yearly_fees": yearly_fees,
    }


def name_order(reader: Reader, node: Mapping[str, Any]) -> str:
    """Return a sort key that sorts nodes by their localised name, in the order of the reader's alphabet."""
    name = str(node["localisedName"])
    return fold(name) if reader.language == "en" else fold_for_sorting(name)


def _at(row: Mapping[str, Any], path: str) -> Any:
    found: Any = row
    for key in path.split(".") if path else ():
        found = found[key]
    return found


def own_first(schemes: Iterable[dict[str, Any]], city: str) -> list[dict[str, Any]]:
    """Sort theme schemes. The schemes of the city's own programmes come first. `city` is the id of the city."""

    def is_of_another(scheme: dict[str, Any]) -> bool:
        programme = scheme["programme"]
        return programme is None or programme["city"] is None or programme["city"]["id"] != city

    return sorted(schemes, key=is_of_another)


def group_by_each(
    rows: Iterable[dict[str, Any]], path: str, order: Callable[[dict[str, Any]], str]
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Group rows by the nodes in a list that each row contains. A row is in one group for each node in its list.

    `path` leads from the row to the list. The groups are sorted by `order`. Rows whose list is empty are in the last
    group, whose key is None.
    """
    groups: dict[str, tuple[Any, list[dict[str, Any]]]] = {}
    without: list[dict[str, Any]] = []
    for row in rows:
        found = _at(row, path)
        for node in found:
            groups.setdefault(node["id"], (node, []))[1].append(row)
        if not found:
            without.append(row)
    ordered = sorted(groups.values(), key=lambda group: order(group[0]))
    return [*ordered, (None, without)] if without else ordered


def _joined(first: str, last: str) -> str:
    """Join two texts with a dash. The dash has spaces around it, except if both texts are single words."""
    return f"{first}–{last}" if len(f"{first}{last}".split()) == 1 else f"{first} – {last}"


def sum_money(lists: Iterable[list[Money]]) -> list[Money]:
    """Return the sum of all amounts in each currency. The sums are sorted by currency code."""
    sums: dict[str, Money] = {}
    for money in (money for amounts in lists for money in amounts):
        known = sums.get(money.currency)
        sums[money.currency] = money if known is None else replace(money, amount=known.amount + money.amount)
    return [sums[currency] for currency in sorted(sums)]


def whole(money: Money | None) -> Money | None:
    """Round an amount of 10 currency units or more to whole units.

    Smaller amounts and None are returned unchanged. Templates use this filter for fees that have been divided, for
    example by a number of members, and for which cents would suggest false precision.
    """
    return money if money is None or money.amount < 10 else replace(money, amount=money.amount.quantize(Decimal(1)))


def yearly_fees(costs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the years for which the total fee is known, the earliest first, each with its total.

    A year is omitted if one of its fees is unknown. `costs` are the costs of a network. The result contains one dict
    for each year. The key `fees` of this dict is the total: one amount for each currency. The key `sources` contains
    the first source of each fee in the total.
    """
    years: dict[int, list[Mapping[str, Any]]] = {}
    for cost in costs:
        for entry in cost["years"]:
            if entry["counted"] and entry["fee"] and entry["year"] not in cost["unknownYears"]:
                years.setdefault(entry["year"], []).append(entry)
    return [
        {
            "year": year,
            "fees": sum_money([entry["fee"]] for entry in entries),
            "sources": [citation for entry in entries for citation in entry["sources"][:1]],
        }
        for year, entries in sorted(years.items())
    ]


def theme_provenance(node: Mapping[str, Any], theme: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the provenance of the link from a node to a theme, or None if the two are not linked directly.

    The query of the page must select the links of the node. It does so by the fragment `themeLinks` or `closeThemes`.
    """
    links = node["themes"]["edges"] if node["__typename"] == "Network" else node.get("themeLinks", ())
    return next((link["provenance"] for link in links if link["node"]["id"] == theme["id"]), None)


def stacked(table: Markup) -> Markup:
    """Add to each cell of an HTML table the heading of its column.

    On narrow screens, the style sheet shows each row as a block, with these headings above the cells.
    """
    head, end, body = str(table).partition("</thead>")  # methods of Markup escape their arguments
    headings = [Markup(heading.replace("<br>", " ")).striptags() for heading in _HEADING.findall(head)]
    column = 0

    def labelled(tag: re.Match[str]) -> str:
        nonlocal column
        name, attributes = tag.groups()
        if name == "tr":
            column = 0
            return tag[0]
        label = "" if name == "th" else f' data-label="{escape("".join(headings[column : column + 1]))}"'
        span = _SPAN.search(attributes)
        column += int(span[1]) if span else 1
        return f"<{name}{label}{attributes}>"

    return Markup(head.replace("<table", '<table class="stacked"', 1) + end + _ROW_OR_CELL.sub(labelled, body))


_HEADING: Final = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_ROW_OR_CELL: Final = re.compile(r"<(tr|th|td)\b([^>]*)>")
_SPAN: Final = re.compile(r'colspan="(\d+)"')


def theme_shares(costs: Iterable[Mapping[str, Any]], year: int | None = None) -> list[Money]:
    """Return the part of the known fees that belongs to one theme, as one amount for each currency.

    `costs` are the costs of the networks with this theme. The fee of a network is divided evenly among the themes of
    the network. If `year` is None, the fees of all years are included. The result is empty if none of the networks has
    another theme, because the part is then equal to the total.
    """
    fees = [
        (entry["fee"], len(cost["network"]["themes"]["nodes"]))
        for cost in costs
        for entry in cost["years"]
        if entry["counted"] and entry["fee"] and entry["fee"].amount and year in (None, entry["year"])
    ]
    if all(themes <= 1 for _, themes in fees):
        return []
    return sum_money([replace(fee, amount=fee.amount / themes)] for fee, themes in fees)


def having_fee(costs: Iterable[dict[str, Any]], year: int | None = None) -> list[dict[str, Any]]:
    """Return the costs that contain a known fee for the calendar year `year`. If `year` is None, any year suffices.

    Only fees that are included in the totals are considered.
    """
    return [
        cost
        for cost in costs
        if any(entry["counted"] and entry["fee"] and year in (None, entry["year"]) for entry in cost["years"])
    ]


def costs_by_budget_line(costs: Iterable[dict[str, Any]]) -> list[tuple[str | None, list[dict[str, Any]]]]:
    """Split the yearly costs of networks into groups, one for each budget line. The groups are sorted by budget line.

    Years without a known fee or budget line are in the last group, whose key is None.
    """
    lines: dict[str | None, list[dict[str, Any]]] = {}
    for cost in costs:
        years: dict[str | None, list[Mapping[str, Any]]] = {}
        for entry in cost["years"]:
            years.setdefault(entry["budgetLine"] if entry["fee"] else None, []).append(entry)
        for line, entries in years.items():
            fees = [entry["fee"] for entry in entries if entry["counted"] and entry["fee"]]
            part = {
                **cost,
                "years": entries,
                "unknownYears": [] if line else cost["unknownYears"],
                "totals": sum_money([[fee for fee in fees if fee.amount]]),
            }
            lines.setdefault(line, []).append(part)
    return sorted(lines.items(), key=lambda item: (item[0] is None, item[0] or ""))


def ids(nodes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of the nodes as a set."""
    return frozenset(node["id"] for node in nodes)


def most_cited(citations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each citation once. The citations that occur most often in `citations` come first."""
    given = list(citations)
    found = {citation["id"]: citation for citation in given}
    counts = Counter(citation["id"] for citation in given)
    return [found[citation] for citation, _ in counts.most_common()]


def host(url: str) -> str | None:
    """Return the host of an HTTP URL, without a leading `www.`. If the text is not an HTTP URL, return None."""
    parts = urlsplit(url)
    return parts.hostname.removeprefix("www.") if parts.hostname and parts.scheme in ("http", "https") else None


def calendar_text(text: object) -> str:
    """Escape a text for use as the value of a property in an iCalendar file (RFC 5545, 3.3.11)."""
    plain = str(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(plain.split())
