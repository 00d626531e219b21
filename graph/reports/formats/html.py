"""Render a report as one self-contained HTML page.

The content security policy of the page forbids the browser to load other resources.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from graph.reports.formats.cell_text import bound_sign, cell_text, provenance_rows
from graph.reports.formats.csv import quote_location
from graph.reports.formats.svg import drawing_svg, plot_svg
from graph.reports.report import Report
from graph.tables import Named

__all__ = ["MAX_ROWS", "html_page"]

MAX_ROWS: Final = 1000
"""Maximum number of rows shown of a table. With more rows, browsers become slow."""
_MIN_DRAWN_NODES: Final = 3
_FOLDER: Final = Path(__file__).parent
_STYLE: Final = (_FOLDER / "page.css").read_text(encoding="utf-8")
_SCRIPT: Final = (_FOLDER / "page.js").read_text(encoding="utf-8")


def html_page(report: Report) -> bytes:
    """Render the page: parameters, notes, drawing, tables, plots and the data needed to reproduce the report."""
    drawn = report.drawing is not None and len(report.drawing.places) >= _MIN_DRAWN_NODES
    loads = f"default-src 'none'; style-src {_csp_hash(_STYLE)}; script-src {_csp_hash(_SCRIPT)}"
    page = _ENVIRONMENT.get_template("page.html.jinja").render(
        report=report,
        drawing=report.drawing if drawn else None,
        provenance=provenance_rows(report),
        max_rows=MAX_ROWS,
        policy=f"{loads}; base-uri 'none'; form-action 'none'",
        style=_STYLE,
        script=_SCRIPT,
        bound_sign=bound_sign,
        cell_text=cell_text,
        drawing_svg=drawing_svg,
        plot_svg=plot_svg,
        quote_location=quote_location,
    )
    return page.encode()


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _is_node(value: object) -> bool:
    return isinstance(value, Named)


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.tests["node"] = _is_node
