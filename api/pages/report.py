"""Render reports as HTML pages in the reader's language.

A report page contains everything that it needs in one file.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10
from string import Formatter
from typing import Any, Final, cast

from babel.numbers import format_decimal
from markupsafe import Markup, escape

from api.pages.language import Reader, reader_of
from api.pages.rendering import Notes, asset, environment_of
from api.pages.values import Day, Label, Money, Text
from api.translations.catalogue import Language
from graph.iso_date import PartialDate, parse_iso_date
from graph.reports import Format, Report, render
from graph.reports.formats.cell_text import bound_sign, provenance_rows
from graph.reports.report import Drawing, MapPlace
from graph.reports.svg import plot_svg
from graph.tables import Cell, Code, Column, Kind, Message, Named, Quote, Table
from graph.tables import Money as Amount
from graph.vocabulary import Vocabulary

__all__ = ["MAX_ROWS", "render_files", "report_page"]

MAX_ROWS: Final = 1000
"""Maximum number of table rows that a page shows, and maximum number of cities on the map of a page.

With larger numbers, browsers become slow.
"""
_MIN_DRAWN_NODES: Final = 3
_EMPHASISED: Final = 12
"""Number of emphasised cities in the drawing of a two-mode network. Their labels are placed before all other labels."""
_DRAWING_HEIGHT: Final = 0.64
"""Height of a drawing, as a share of its width."""
_SMALLEST: Final = 1e-5
"""The smallest absolute value that is written without a power of ten."""
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNGROUPED: Final = 10_000
"""The smallest number that is written with thousands separators. Smaller numbers are written without.

The limit is larger than any year, so that years have no separators.
"""
_SPOT: Final = 2.5, 9.0
"""Radii, in pixels, of the circles that represent the smallest and the largest city on the map."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_PLACEHOLDER: Final = re.compile(r"\{\w*[^}]*\}")
_FIXED: Final = re.compile(r"\.(\d)f")


def render_files(
    report: Report, forms: Sequence[Format], language: Language, *, table: str | None = None
) -> dict[Format, bytes]:
    """Write a report in several file formats. Return the content of each file by its format.

    HTML is written in `language`. `table` is the key of the table that is written as CSV or Parquet, or None for the
    first table. Raises AnalysisError if the report does not support a format or does not contain the table.
    """
    return {
        form: report_page(report, language) if form is Format.HTML else render(report, form, table=table)
        for form in forms
    }


def report_page(report: Report, language: Language) -> bytes:
    """Render a report as an HTML page.

    The page contains the report's parameters, notes, tables, pictures and sources, and the data needed to reproduce it.
    """
    words = Words(reader_of(language), report.names)
    tables = [_TableView(table, words) for table in report.tables]
    tables = [table for table in tables if table.columns]
    drawn = report.drawing is not None and len(report.drawing.places) >= _MIN_DRAWN_NODES
    style, scripts = _assets("style.css", "report.css"), _assets("report.js", *(("graph.js",) if drawn else ()))
    loads = f"default-src 'none'; style-src {_csp_hash(style)}; script-src {_csp_hash(scripts)}"
    page = (
        environment_of(language)
        .get_template("report.html")
        .render(
            report=report,
            words=words,
            title=words.title,
            html=words.html,
            html_title=words.html_title,
            is_two_mode=bool(report.drawing and {place.mode for place in report.drawing.places} >= {"City", "Network"}),
            tables=tables,
            leading=min(report.leading_tables, len(tables)),
            address=_Rows(tables),
            notes=Notes(),
            drawing=_drawing_rows(report.drawing, words) if drawn and report.drawing else None,
            emphasised=_emphasised(report.drawing) if report.drawing else [],
            cities=_map_cities(report.places, words),
            plots=[(plot, Markup(plot_svg(plot, words))) for plot in report.plots],
            provenance=[
                (name, words.standings(report.provenance.standings) if name == "Standings" else text)
                for name, text in provenance_rows(report)
                if name not in _PARAMETERS
            ],
            max_rows=MAX_ROWS,
            policy=f"{loads}; base-uri 'none'; form-action 'none'",
            style=Markup(style),
            scripts=Markup(scripts),
        )
    )
    return page.lstrip().encode()


_PARAMETERS: Final = ("Date", "Subset")
"""Names of provenance rows that the page omits, because the list of the report's parameters contains the same data."""


def _assets(*names: str) -> str:
    found = [asset(name) for name in names]
    return "\n".join(file.content.decode() for file in found if file)


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# --- Texts ---


@dataclass(frozen=True, slots=True)
class _Filled:
    """A text that is composed of several values, and that can be printed as plain text or as HTML."""

    parts: tuple[object, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    def __html__(self) -> str:
        return "".join(escape(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Words:
    """A converter of the values in a report to texts in the reader's language.

    `names` maps the id of each node to the names of the node by language.
    """

    reader: Reader
    names: Mapping[str, Mapping[str, str]]

    def text(self, value: object) -> str:
        """Convert a value to a text in the reader's language, without markup."""
        return str(self.value(value))

    def html(self, value: object) -> Markup:
        """Convert a value to HTML in the reader's language.

        If the value is a name in another language, the HTML states this language.
        """
        return escape(self.value(value))

    def title(self, text: str) -> str:
        """Translate a heading into the reader's language. The result is a text without markup."""
        return str(self.value(text)) if isinstance(text, Message) else self._translate(text)

    def standings(self, codes: Iterable[str]) -> str:
        """Return the names of standings in the reader's language."""
        return ", ".join(self.reader.label("Standing", code) for code in codes)

    def html_title(self, text: str) -> Markup:
        """Translate a heading into the reader's language. The result is HTML.

        If the heading contains names in another language, the HTML states this language.
        """
        return self.html(text) if isinstance(text, Message) else escape(self._translate(text))

    def language(self, value: object) -> str | None:
        """Return the language of a name, or None if it is the reader's language.

        If `value` is not a name, return None, too.
        """
        if isinstance(value, Message) and len(value.values) == 1:
            value = next(iter(value.values.values()))
        name = self.value(value) if isinstance(value, Named) else None
        return name.language if isinstance(name, Text) and name.language != self.reader.language else None

    def value(self, value: object) -> object:
        """Convert a value to an object whose text and HTML are in the reader's language."""
        match value:
            case Message():
                return _Filled(tuple(self._fill(value)))
            case Named():
                return self.name(value.id, value.name)
            case Vocabulary():
                return Label.of(type(value).__name__, value.name, self.reader)
            case Code():
                return self.code(value.of, value.code)
            case bool():
                return self._translate("yes" if value else "no")
            case Amount():
                return Money(Decimal(value), value.currency, self.reader)
            case PartialDate():
                return Day.of(value, self.reader, value.precision)
            case date():
                return Day.of(value, self.reader)
            case int() | float():
                return self.number(value)
            case tuple():
                return _Filled(tuple(self._separated(cast("tuple[object, ...]", value))))
            case _:
                return value

    def name(self, node_id: str, name: str) -> object:
        """Return the name of the node with the id `node_id`, in the reader's language.

        If the node has no name in this language, its first name in another language is returned. If the report contains
        no names of the node, the argument `name` is returned.
        """
        names = self.names.get(node_id)
        if names:
            language = self.reader.language if self.reader.language in names else next(iter(names))
            return Text(names[language], language, self.reader)
        return _Isolated(name)

    def code(self, of: str, code: str) -> object:
        if of == "country":
            return cast("dict[str, str]", self.reader.locale.territories).get(code, code)
        return Label.of(of, code, self.reader)

    def number(self, value: float) -> str:
        """Format a number with four significant digits. Digits before the decimal point are never rounded.

        A number that is closer to zero than `_SMALLEST` is written with a power of ten, such as 2.345 × 10⁻⁷.
        """
        size = abs(value)
        if 0 < size < _SMALLEST:
            digits, exponent = f"{value:.3e}".split("e")
            times = self.reader.locale.number_symbols["latn"]["superscriptingExponent"]
            return "\N{NO-BREAK SPACE}".join(
                (self._decimal(float(digits), 3), times, f"10{str(int(exponent)).translate(_SUPERSCRIPT)}")
            )
        if value == int(value) or size >= 1000:
            return self._decimal(round(value), 0)
        return self._decimal(value, 3 - floor(log10(size)))

    def _decimal(self, value: float, digits: int, least: int = 0) -> str:
        pattern = f"#,##0.{'0' * least}{'#' * (digits - least)}" if digits else "#,##0"
        return format_decimal(value, pattern, locale=self.reader.locale, group_separator=abs(value) >= _UNGROUPED)

    def _translate(self, text: str) -> str:
        return self.reader.translations.gettext(text) if _LETTER.search(_PLACEHOLDER.sub("", text)) else text

    def _fill(self, message: Message) -> Iterator[object]:
        if message.plural:
            count = cast("int", message.values["count"])
            template = self.reader.translations.ngettext(message.template, message.plural, count)
        else:
            template = self._translate(message.template)
        if not message.values:
            yield template
            return
        for literal, field, specification, _ in Formatter().parse(template):
            yield literal
            if field is not None:
                value = message.values[field]
                fixed = _FIXED.fullmatch(specification or "")
                digits = int(fixed[1]) if fixed else 0
                yield self._decimal(cast("float", value), digits, digits) if fixed else self.value(value)

    def _separated(self, values: tuple[object, ...]) -> Iterator[object]:
        for place, value in enumerate(values):
            if place:
                yield ", "
            yield self.value(value)


class _Isolated(str):
    """A name whose language is unknown.

    Its HTML isolates the direction of writing, so that a right-to-left name does not rearrange the text around it.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(Markup("<bdi>{}</bdi>").format("".join(self)))


# --- Tables ---


@dataclass(frozen=True, slots=True)
class _CellView:
    """A cell of a table, as the page shows it.

    - `html`: the text of the cell. It is empty if the cell contains several values.
    - `names`, `quotes`: the values of the cell, if it contains several values.
    - `value`: the exact value by which a script in the page sorts the rows, or None if rows are sorted by the text.
    - `sign`: `≥` or `<` if the number in the cell is only a lower or upper bound, otherwise empty.
    """

    column: Column
    is_unknown: bool
    html: Markup
    value: str | None
    sign: str
    names: tuple[Markup, ...]
    quotes: tuple[Mapping[str, Any], ...]

    @property
    def is_named(self) -> bool:
        return self.column.kind in (Kind.NODE, Kind.NODES, Kind.SOURCES)


class _TableView:
    """The columns and rows of a report's table that the page shows. Technical columns are not shown."""

    def __init__(self, table: Table, words: Words) -> None:
        self.table = table
        self.words = words
        self.id = f"table-{table.key.replace('_', '-')}"
        self.shown = [place for place, column in enumerate(table.columns) if not column.is_technical]
        self.columns = [table.columns[place] for place in self.shown]

    @property
    def is_headed(self) -> bool:
        """True if the first column contains names of nodes, which are the headings of the rows."""
        return self.columns[0].kind is Kind.NODE

    @property
    def nodes(self) -> list[str]:
        """The node ids in the first column of the shown rows.

        If this column does not identify the rows, the list is empty.
        """
        rows = self.table.rows[:MAX_ROWS] if self.table.identity == (self.columns[0].key,) else ()
        return [cell.id for row in rows if isinstance(cell := row[self.shown[0]], Named)]

    @property
    def notes(self) -> list[Column]:
        return [column for column in self.columns if column.note]

    def rows(self) -> Iterator[list[_CellView]]:
        for row in self.table.rows[:MAX_ROWS]:
            yield [self._cell(self.table.columns[place], row[place], row) for place in self.shown]

    def _cell(self, column: Column, cell: Cell, row: tuple[Cell, ...]) -> _CellView:
        sign = "" if cell is None else bound_sign(self.table, column, row)
        parts = cast("tuple[object, ...]", cell) if isinstance(cell, tuple) else ()
        quotes = tuple(self._quote(part) for part in parts if isinstance(part, Quote))
        names = () if quotes else tuple(self.words.html(self._coded(column, part)) for part in parts)
        shown = self.words.title(column.absent) if cell is None else self.words.html(self._coded(column, cell))
        shown = Markup() if parts else escape(shown)
        value = cell.isoformat() if isinstance(cell, date) else str(cell) if column.kind.numeric else None
        return _CellView(column, cell is None, shown, value, sign, names, quotes)

    def _coded(self, column: Column, cell: object) -> object:
        if not isinstance(cell, str) or isinstance(cell, Message):
            return cell
        if column.code_of:
            return Code(column.code_of, cell)
        try:
            return parse_iso_date(cell)
        except ValueError:
            return cell

    def _quote(self, quote: Quote) -> Mapping[str, Any]:
        """Convert a quote to a dict that looks like a citation in a GraphQL response.

        The templates for citations expect this form.
        """
        document = {
            "id": quote.document_id,
            "localisedName": self.words.name(quote.document_id, quote.document),
            "kind": quote.document_kind,
            "language": quote.language,
            "url": quote.url,
        }
        return {
            "id": quote.id,
            "quote": quote.quote,
            "wording": quote.wording,
            "page": quote.page,
            "section": quote.section,
            "document": document,
        }


class _Rows:
    """Links within the report page. The link of a node leads to the first row of this node in the tables of the page.

    Templates of pages usually use an `Address`, whose links lead to other pages. For a report, they use this class
    instead.
    """

    def __init__(self, tables: Sequence[_TableView]) -> None:
        self._ids: dict[str, str] = {}
        for table in tables:
            for place, node_id in enumerate(table.nodes):
                self._ids.setdefault(node_id, f"{table.id}-{place}")

    def of_node(self, node: Mapping[str, str]) -> str:
        """Return the link to the first row of a node. If the page shows no row of the node, return an empty text."""
        anchor = self._ids.get(node["id"])
        return f"#{anchor}" if anchor else ""


# --- Pictures ---


def _drawing_rows(drawing: Drawing, words: Words) -> list[dict[str, object]]:
    """Convert the nodes of a drawing to dicts, because the Jinja filter `draw_network` expects this form."""
    return [
        {
            "node": {
                "__typename": place.mode,
                "id": place.id,
                "localisedName": words.name(place.id, place.name),
                "country": place.country,
            },
            "x": place.x,
            "y": place.y * _DRAWING_HEIGHT,
            "size": place.size,
            "degree": place.ties,
            "neighbours": place.neighbours,
        }
        for place in drawing.places
    ]


def _emphasised(drawing: Drawing) -> list[str]:
    """Return the ids of the largest cities in the drawing of a two-mode network. Their labels are placed first.

    If all nodes of the drawing are cities, the list is empty.
    """
    cities = [place for place in drawing.places if place.mode == "City"]
    is_two_mode = len(cities) < len(drawing.places)
    return [
        place.id for place in sorted(cities, key=lambda place: (-place.size, place.id))[: _EMPHASISED * is_two_mode]
    ]


def _map_cities(places: Sequence[MapPlace], words: Words) -> list[dict[str, object]]:
    """Convert the cities on the map of a report to dicts, because the Jinja filter `city_map` expects this form.

    Each dict also contains the radius of the city's circle. The area of the circle is proportional to the city's value,
    but the radius is never less than the smallest radius in `_SPOT`.
    """
    largest = max((place.value for place in places), default=0.0) or 1.0
    smallest_radius, largest_radius = _SPOT
    return [
        {
            "__typename": "City",
            "id": place.id,
            "localisedName": words.name(place.id, place.name),
            "location": None if place.location is None else {"coordinates": place.location},
            "value": words.text(place.value),
            "radius": round(max(largest_radius * max(place.value / largest, 0.0) ** 0.5, smallest_radius), 1),
        }
        for place in places[:MAX_ROWS]
    ]
