"""A report as one HTML page that stands alone: nothing is loaded from anywhere, its policy forbids it."""

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Final

from graph.reports.formats.cell_text import cell_text, is_lower_bound, provenance_rows
from graph.reports.formats.csv import quote_location
from graph.reports.formats.svg import drawing_svg, plot_svg
from graph.reports.report import Cell, Column, Drawing, Kind, Named, Quote, Report, Table

__all__ = ["ROWS", "html_page"]

ROWS: Final = 1000
"""How many rows of a table the page shows; browsers slow down with more."""
_NAMES: Final = 4
_FEW: Final = 8
_WORTH_IT: Final = 3
_STYLE: Final = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_SCRIPT: Final = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


def html_page(report: Report) -> bytes:
    """The page: what was asked, the drawing, the tables, the plots, and what it takes to make it again."""
    loads = f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}"
    policy = escape(f"{loads}; base-uri 'none'; form-action 'none'")
    body = [_header(report)]
    if report.drawing is not None and len(report.drawing.places) >= _WORTH_IT:
        body.append(_drawing(report.drawing))
    first, *others = report.tables
    body.append(_table(first))
    body.append(_plots(report))
    body += map(_table, others)
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(report.title)}</title>\n<style>{_STYLE}</style></head>\n<body>{''.join(body)}</main>\n"
        f"{_footer(report)}\n<script>{_SCRIPT}</script></body></html>\n"
    ).encode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(report: Report) -> str:
    asked = "".join(f"<li><b>{escape(name)}</b> {escape(text)}</li>" for name, text in report.parameters)
    notes = "".join(f"<p>{escape(each)}</p>" for each in report.notes)
    return (
        f'<header><h1>{escape(report.title)}</h1><p class="summary">{escape(report.summary)}</p>'
        f'<ul class="parameters">{asked}</ul></header>\n<main>'
        + (f'<aside class="notes" aria-label="Read this first">{notes}</aside>' if notes else "")
    )


def _plots(report: Report) -> str:
    if not report.plots:
        return ""
    figures = "".join(
        f"<figure><figcaption>{escape(each.title)}</figcaption>{plot_svg(each)}"
        + (f'<p class="faint">{escape(each.note)}</p>' if each.note else "")
        + "</figure>"
        for each in report.plots
    )
    return f'<section><h2>Pictures</h2><div class="plots">{figures}</div></section>\n'


def _drawing(drawing: Drawing) -> str:
    grouped = any(each.group > 0 for each in drawing.places)
    keys = [
        text
        for there, text in (
            (any(each.rounded for each in drawing.places), '<span class="key"></span>cities'),
            (any(not each.rounded for each in drawing.places), '<span class="key square"></span>others'),
            (grouped, "colours: communities or kinds"),
        )
        if there
    ]
    return (
        f"<section><h2>{escape(drawing.title)}</h2>"
        f'<p class="faint">{escape(drawing.note)} {"; ".join(keys)}. Drag to move, turn the wheel to come nearer.</p>'
        '<div class="tools"><button type="button" id="nearer">Nearer</button>'
        '<button type="button" id="farther">Farther</button><button type="button" id="whole">Whole</button>'
        '<span id="told" class="faint" aria-live="polite">Point at a node to see its neighbours; click it for its row.'
        f'</span></div><div class="drawing">{drawing_svg(drawing)}</div></section>\n'
    )


def _table(table: Table) -> str:
    title = f"<h2>{escape(table.title)}</h2>"
    note = f'<p class="faint">{escape(table.note)}</p>' if table.note else ""
    if not table.rows:
        return f"<section>{title}{note}<p>Nothing is recorded.</p></section>\n"
    key = f"table-{table.key.replace('_', '-')}"
    shown = table.rows[:ROWS]
    cut = (
        f"<p><strong>The first {ROWS} of {len(table.rows)} rows.</strong> Formats csv, json and md have them all.</p>"
        if len(shown) < len(table.rows)
        else ""
    )
    heads = "".join(_head(each) for each in table.columns)
    rows = "".join(_row(table, each) for each in shown)
    tools = (
        f'<div class="tools"><input type="search" placeholder="Filter rows" data-filters="{key}" '
        f'aria-label="Filter the rows of {escape(table.title)}"><span class="faint" data-count></span></div>'
    )
    return (
        f"<section>{title}{note}{cut}{tools if len(shown) > _FEW else ''}"
        f'<div class="wide"><table id="{key}" data-sortable><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div></section>\n"
    )


def _head(column: Column) -> str:
    numeric = ' class="n"' if column.kind.numeric else ""
    note = f' title="{escape(column.note)}"' if column.note else ""
    return f'<th scope="col"{numeric}><button type="button"{note}>{escape(column.title)}</button></th>'


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    least = is_lower_bound(table, row)
    nodes = " ".join(cell.id for cell in row if isinstance(cell, Named))
    cells = "".join(_cell(cell, column, least=least) for cell, column in zip(row, table.columns, strict=True))
    return f'<tr data-nodes="{escape(nodes)}">{cells}</tr>\n' if nodes else f"<tr>{cells}</tr>\n"


def _cell(cell: Cell, column: Column, *, least: bool) -> str:
    kind = {Kind.NODE: "name", Kind.DATE: "day"}.get(column.kind, "n" if column.kind.numeric else "")
    marked = f' class="{kind}"' if kind else ""
    text = escape(cell_text(cell, column))
    if cell is None:
        return f'<td{marked} data-unknown><span class="unknown">{text}</span></td>'
    if column.kind.numeric:
        bound = (
            '<span class="least" title="at least: a roster or a fee is not known in full">≥</span> '
            if least and column.bounded
            else ""
        )
        return f'<td{marked} data-value="{cell}">{bound}{text}</td>'
    if isinstance(cell, bool):
        chip = column.key == "lower_bound" or column.key == "gap"
        return f'<td><span class="chip">{text}</span></td>' if cell and chip else f"<td>{text}</td>"
    if isinstance(cell, Named):
        return f'<td{marked} title="{escape(cell.id)}">{text}</td>'
    if isinstance(cell, tuple):
        return f"<td>{_several(cell, text)}</td>"
    return f"<td{marked}>{text}</td>"


def _several(cell: tuple[Named, ...] | tuple[str, ...] | tuple[Quote, ...], text: str) -> str:
    quotes = [each for each in cell if isinstance(each, Quote)]
    if quotes:
        told = f"{len(quotes)} source{'s' * (len(quotes) != 1)}"
        return f"<details><summary>{told}</summary>{''.join(map(_quote, quotes))}</details>"
    if len(cell) <= _NAMES or not isinstance(cell[0], Named):
        return text
    return f"<details><summary>{len(cell)} names</summary>{text}</details>"


def _quote(quote: Quote) -> str:
    place = escape(quote_location(quote))
    if quote.url and quote.url.startswith(("https://", "http://")):
        place = f'<a href="{escape(quote.url)}" rel="noreferrer">{place}</a>'
    return f"<blockquote>“{escape(quote.quote)}”<cite>{place}</cite></blockquote>"


def _footer(report: Report) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(text)}</code></dd>" for name, text in provenance_rows(report)
    )
    return f"<footer><h2>To make it again</h2><dl>{rows}</dl></footer>"
