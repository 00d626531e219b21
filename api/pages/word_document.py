"""Convert a page to a Word document in A4 format.

The document contains the headings, lists and tables of the page's `main` element. The list of sources at the end of the
page is not copied. Instead, each source is printed as a footnote at the first reference to it, and later references
repeat the number of the footnote. The document ends with the first paragraph of the page's `footer`. The date in this
paragraph is also the creation date in the document's properties. Elements that are useful only on a screen are omitted:
forms, navigation, and elements of the classes `actions` and `screen`. The same page always gives exactly the same file.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final, cast

from babel import Locale
from docx import Document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement  # pyright: ignore[reportUnknownVariableType]  (its types are partial)
from docx.package import Package
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.table import Table
from docx.table import _Cell as Cell  # pyright: ignore[reportPrivateUsage]  (no public name)
from docx.text.paragraph import Paragraph

from graph.reports.plain_text import one_line, printable

__all__ = ["word_document"]

_VOID: Final = frozenset({"br", "input", "link", "meta", "rect", "path"})
_SKIPPED: Final = frozenset({"form", "nav", "script", "style", "svg"})
_SKIPPED_CLASSES: Final = frozenset({"actions", "screen", "notes"})
_INLINE: Final = frozenset({"a", "b", "bdi", "br", "em", "span", "strong", "time"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3"})
_NOTE: Final = "#note-"
_FOOTNOTES: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_SEPARATORS: Final = (("separator", -1), ("continuationSeparator", 0))
_INK: Final = RGBColor(0x1A, 0x20, 0x27)
_SOFT: Final = RGBColor(0x55, 0x60, 0x6C)
_LINE: Final = "BFC6CE"
"""Colour of the lines of tables, in RGB."""
_BORDERS: Final = ("w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV")
_SPACES: Final = re.compile(r"[ \n\t]+")
_ENGLISH_QUOTES: Final = ("“", "”")
_QUOTES: Final = {"fi": ("”", "”"), "sv": ("”", "”")}
_TAB: Final = "\t"
_LONGEST_TITLE: Final = 255
"""Maximum number of characters of the title in the properties of a Word document."""
_LONGEST_TERM: Final = 24
"""Maximum number of characters of a term that has its description on the same line."""
_TEXT_WIDTH_MM: Final = 166
_MOST_ROWS_TOGETHER: Final = 12
"""Maximum number of rows of a table that is not divided between two pages."""
_NARROWEST_COLUMN: Final = 14
_WIDEST_COLUMN: Final = 40
"""Maximum number of characters that the width of a table column takes into account.

The columns divide the width of the page in proportion to the number of characters of their longest texts. A larger
number is replaced by this maximum, and a number smaller than `_NARROWEST_COLUMN` by `_NARROWEST_COLUMN`.
"""
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
_AUTHOR: Final = "Citygraph"
_TIED_HYPHEN: Final = re.compile(r"(?<= )-(?=\w)")
"""A hyphen at the beginning of a word, as in "Nordic Safe Cities -verkosto".

The line must not be broken after such a hyphen.
"""


# --- The page -------------------------------------------------------------------------------------


@dataclass
class Element:
    """An HTML element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: "list[Element | str]" = field(default_factory=list["Element | str"])

    @property
    def classes(self) -> frozenset[str]:
        """The CSS classes of the element."""
        return frozenset(self.attributes.get("class", "").split())

    @property
    def is_shown(self) -> bool:
        """True if the element is copied to the Word document."""
        return self.tag not in _SKIPPED and not self.classes & _SKIPPED_CLASSES

    def elements(self) -> "Iterator[Element]":
        """Yield all elements inside this element, on all levels, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()

    def texts(self) -> Iterator[str]:
        """Yield all texts inside this element, on all levels, in the order of the page."""
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child.texts()

    def all(self, *tags: str) -> "list[Element]":
        """Return all elements with one of these tags inside this element, in the order of the page."""
        return [element for element in self.elements() if element.tag in tags]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


# --- The document ---------------------------------------------------------------------------------


def word_document(page: str, locale: str, origin: str) -> bytes:
    """Convert an HTML page to a Word document (.docx). `locale` is the locale of the reader, such as `fi_FI`.

    `origin` is the scheme and the host of the server. It is put in front of links to other pages, so that they work in
    the document.
    """
    parser = _Parser()
    parser.feed(page)
    parser.close()
    [main] = parser.root.all("main")
    notes = {
        item.attributes["id"]: item for item in main.all("li") if item.attributes.get("id", "").startswith("note-")
    }
    writer = _Writer(notes, Locale.parse(locale), origin)
    writer.write_blocks(main)
    closing = parser.root.all("footer")[0].all("p")[0]
    writer.write_blocks(Element("footer", children=[closing]))
    [day] = closing.all("time")
    return writer.save(one_line("".join(main.all("h1")[0].texts())), day)


@dataclass(frozen=True)
class _Look:
    """The style of a text. `language` is the language of the text, or None if it is the language of the document."""

    bold: bool = False
    soft: bool = False
    italic: bool = False
    language: str | None = None
    link: bool = False

    def inside(self, element: Element) -> "_Look":
        classes = element.classes
        return _Look(
            self.bold or element.tag in ("b", "strong", "th") or "warn" in classes,
            self.soft or bool({"note", "least", "count"} & classes),
            self.italic or "unknown" in classes,
            element.attributes.get("lang", self.language),
            self.link or element.attributes.get("href", "").startswith("/"),
        )


class _Writer:
    def __init__(self, notes: dict[str, Element], locale: Locale, origin: str) -> None:
        self.origin = origin
        self._word: Word = Document()
        self._notes = notes
        self._numbers: dict[str, int] = {}
        _set_styles(self._word, f"{locale.language}-{locale.territory}")
        self._dossiers = 0
        self.quotes = _QUOTES.get(locale.language, _ENGLISH_QUOTES)

    def write_blocks(self, parent: Element) -> None:
        for child in parent.children:
            if isinstance(child, str):
                if child.strip():
                    self._write(self._word.add_paragraph(), Element("p", children=[child]))
            elif child.is_shown:
                self._write_block(child)

    def _write_block(self, element: Element) -> None:
        match element.tag:
            case tag if tag in _HEADINGS:
                self._write(self._word.add_heading(level=int(element.tag[1])), element)
            case "p":
                self._write(self._word.add_paragraph(style="Lead" if "lead" in element.classes else None), element)
            case "li":
                self._write(self._word.add_paragraph(style="List Bullet"), element)
            case "ol":
                self._write_numbered(element)
            case "dl":
                self._write_facts(element)
            case "table":
                self._write_table(element)
            case tag if tag in _INLINE:
                self._write(self._word.add_paragraph(), Element("p", children=[element]))
            case _:
                if "dossier" in element.classes:
                    self._dossiers += 1
                    if self._dossiers > 1:
                        self._word.add_page_break()
                self.write_blocks(element)

    def _write_numbered(self, numbered: Element) -> None:
        """Write a numbered list. Word itself would continue the numbers of the previous list."""
        for number, item in enumerate(numbered.all("li"), start=1):
            paragraph = self._word.add_paragraph(style="Numbered")
            self._write(paragraph, Element("li", children=[f"{number}.", _TAB, *item.children]))

    def _write_facts(self, facts: Element) -> None:
        """Write a description list. Each term is written together with its descriptions as one paragraph."""
        paragraph: Paragraph | None = None
        is_kept_together = "sign" in facts.classes
        for element in facts.all("dt", "dd"):
            if element.tag == "dt" or paragraph is None:
                if paragraph is not None and is_kept_together:
                    paragraph.paragraph_format.keep_with_next = True
                paragraph = self._word.add_paragraph(style="Facts")
            if element.tag == "dt":
                is_long = len("".join(element.texts()).strip()) > _LONGEST_TERM
                space = Element("br") if is_long else _TAB  # a new line begins at the indentation
                self._write(paragraph, Element("dt", children=[Element("b", children=[*element.children]), space]))
            else:
                self._write(paragraph, element)

    def _write_table(self, element: Element) -> None:
        rows = [row.all("th", "td") for row in element.all("tr")]
        width = max(sum(int(cell.attributes.get("colspan", 1)) for cell in row) for row in rows)
        table = self._word.add_table(len(rows), width, style="Table Grid")
        is_kept_together = len(rows) <= _MOST_ROWS_TOGETHER
        for row, table_row in zip(rows, table.rows, strict=True):
            place = 0
            cells: Sequence[Cell] = table_row.cells  # `table.cell` would read the whole table for every cell
            for cell in row:
                span = int(cell.attributes.get("colspan", 1))
                written = cells[place]
                if span > 1:
                    written = written.merge(cells[place + span - 1])
                paragraph = written.paragraphs[0]
                cast("Any", paragraph)._p.style = "Cell"  # by its id; a search by name takes most of the time
                if is_kept_together and row is not rows[-1]:
                    paragraph.paragraph_format.keep_with_next = True
                if "n" in cell.classes:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                self._write(paragraph, cell)
                place += span
        _set_widths(table, rows, width)
        if element.all("thead"):
            cast("Any", table.rows[0])._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        self._word.add_paragraph(style="Cell")

    def _write(self, paragraph: Paragraph, element: Element) -> None:
        """Write the text inside an element to a paragraph. A sequence of spaces is written as a single space."""
        _Line(self, paragraph, is_heading=element.tag in _HEADINGS).write(element, _Look().inside(element))

    def refer(self, paragraph: Paragraph, target: str) -> None:
        """Write a reference to a source. `target` is the HTML id of the source on the page.

        At the first reference, the source becomes a footnote. Later references repeat the number of this footnote.
        """
        number = self._numbers.get(target)
        if number is not None:
            repeated = _element("w:fldSimple", {"w:instr": f" NOTEREF _Note{number} \\h "})
            run = paragraph.add_run(str(number))
            run.font.superscript = True
            repeated.append(cast("Any", run)._r)
            paragraph._p.append(repeated)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
            return
        number = self._numbers[target] = len(self._numbers) + 1
        reference = _element("w:r")
        reference.append(_reference_style())
        reference.append(_element("w:footnoteReference", {"w:id": str(number)}))
        name = {"w:id": str(number), "w:name": f"_Note{number}"}
        for part in (_element("w:bookmarkStart", name), reference, _element("w:bookmarkEnd", {"w:id": str(number)})):
            paragraph._p.append(part)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]

    def save(self, title: str, day: Element) -> bytes:
        """Return the document with its footnotes as a .docx file.

        `title` is the main heading of the page. `day` is the HTML element `time` that contains the requested date.
        """
        properties = self._word.core_properties
        properties.title = title[:_LONGEST_TITLE]
        properties.author = properties.last_modified_by = _AUTHOR
        properties.created = properties.modified = datetime.fromisoformat(day.attributes["datetime"])
        properties.comments = ""
        self._add_footnotes()
        self._add_page_footer(f"{title} · {''.join(day.texts())}")
        package = cast("Any", self._word.part.package)
        for relation in [key for key, found in package.rels.items() if found.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
            del package.rels[relation]  # a picture of another document, from the template
        saved = io.BytesIO()
        self._word.save(saved)
        return _fixed(saved)

    def _add_page_footer(self, text: str) -> None:
        """Write a text, the page number and the total number of pages at the bottom of every page."""
        footer = self._word.sections[0].footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        footer.add_run(f"{text} · ").font.size = Pt(8.5)
        body = cast("Any", footer)._p
        body.append(_element("w:fldSimple", {"w:instr": " PAGE "}))
        footer.add_run(" / ").font.size = Pt(8.5)
        body.append(_element("w:fldSimple", {"w:instr": " NUMPAGES "}))

    def _add_footnotes(self) -> None:
        root = _element("w:footnotes")
        for kind, number in _SEPARATORS:
            line = _element("w:r")
            line.append(_element(f"w:{kind}"))
            root.append(_footnote(number, [line], {"w:type": kind}))
        for target, number in self._numbers.items():
            mark = _element("w:r")
            mark.append(_reference_style())
            mark.append(_element("w:footnoteRef"))
            paragraph = self._word.add_paragraph()
            paragraph.add_run(" ")
            self._write(paragraph, self._notes[target])
            body = cast("Any", paragraph)._p
            body.getparent().remove(body)
            root.append(_footnote(number, [mark, *body.iter(qn("w:r"))], {}))
        part = XmlPart(PackURI("/word/footnotes.xml"), _FOOTNOTES, root, cast("Package", self._word.part.package))
        self._word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


class _Line:
    """A writer that adds texts to a paragraph. As in a browser, a sequence of spaces becomes a single space."""

    def __init__(self, writer: _Writer, paragraph: Paragraph, *, is_heading: bool) -> None:
        self._writer = writer
        self._is_heading = is_heading
        self._paragraph = paragraph
        self._needs_space = False
        self._last = ""
        """The kind of the last item on the line: `text` or `reference`.

        At the start of a line, it is an empty string.
        """

    def write(self, element: Element, look: _Look) -> None:
        for child in element.children:
            if isinstance(child, str):
                self._write_text(child, look)
            elif child.tag == "br":
                self._paragraph.add_run().add_break()
                self._last, self._needs_space = "", False
            elif (target := child.attributes.get("href", "")).startswith(_NOTE):
                self._refer(target.removeprefix("#"))
            elif child.is_shown:
                self._write_child(element, child, look.inside(child))

    def _refer(self, target: str) -> None:
        if self._last == "reference":
            self._paragraph.add_run(", ").font.superscript = True
        self._writer.refer(self._paragraph, target)
        self._last, self._needs_space = "reference", False

    def _write_child(self, parent: Element, child: Element, look: _Look) -> None:
        address = child.attributes.get("href", "")
        is_remark = "tag" in child.classes or ("note" in child.classes and parent.tag == "dd")
        if parent.tag == "li" and "note" in child.classes and self._last:
            self._write_text(" – ", look)  # on screen, the two texts are at opposite ends of the line
        if address.startswith("http"):
            self._write_text(address, look)
        elif address.startswith("/"):
            self._write_link(child, look, self._writer.origin + address)
        elif is_remark and self._last:
            self._write_text(" (", look)  # on screen, a style distinguishes the remark
            self._last = ""
            self.write(child, look)
            self._needs_space = False
            self._write_text(")", look)
        elif child.tag == "blockquote":
            opening, closing = self._writer.quotes
            self.write(Element("q", children=[f"{opening}{''.join(child.texts())}{closing} "]), look)
        else:
            self.write(child, look)

    def _write_link(self, child: Element, look: _Look, address: str) -> None:
        body = cast("Any", self._paragraph)._p
        start = len(body)
        self.write(child, look)
        target = cast("Any", self._paragraph.part).relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = _element("w:hyperlink", {"r:id": target})
        link.extend(body[start:])
        body.append(link)

    def _write_text(self, text: str, look: _Look) -> None:
        words = [word for word in _SPACES.split(printable(text)) if word]
        if text == _TAB:
            self._paragraph.add_run(_TAB)
            self._last, self._needs_space = "", False
        elif not words:
            self._needs_space = self._needs_space or bool(text)
        else:
            space = " " if self._last and (self._needs_space or _SPACES.match(text)) else ""
            first, *rest = _TIED_HYPHEN.split(space + " ".join(words))
            run = self._paragraph.add_run(first)
            for part in rest:
                cast("Any", run)._r.append(_element("w:noBreakHyphen"))
                run.add_text(part)
            run.bold, run.italic = look.bold or None, look.italic or None
            run.underline = (look.link and not self._is_heading) or None
            if look.soft:
                run.font.color.rgb = _SOFT
            if look.language:
                cast("Any", run)._r.get_or_add_rPr().append(_element("w:lang", {"w:val": look.language}))
            self._last, self._needs_space = "text", bool(_SPACES.match(text[-1]))


def _set_widths(table: Table, rows: list[list[Element]], count: int) -> None:
    """Divide the width of the page among the columns of a table, in proportion to the longest text in each column."""
    longest = [_NARROWEST_COLUMN] * count
    for row in rows:
        if len(row) == count:  # no cell spans several columns
            texts = [" ".join("".join(cell.texts()).split()) for cell in row]
            longest = [min(max(most, len(text)), _WIDEST_COLUMN) for most, text in zip(longest, texts, strict=True)]
    widths = [Mm(round(_TEXT_WIDTH_MM * letters / sum(longest), 1)) for letters in longest]
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(cast("Any", row)._tr.tc_lst, widths, strict=False):
            if cell.grid_span == 1:
                cell.width = width


# --- XML ------------------------------------------------------------------------------------------


def _element(tag: str, attributes: dict[str, str] | None = None) -> Any:
    element = cast("Any", OxmlElement(tag))
    for name, value in (attributes or {}).items():
        element.set(qn(name), value)
    return element


def _reference_style() -> Any:
    properties = _element("w:rPr")
    properties.append(_element("w:rStyle", {"w:val": "FootnoteReference"}))
    return properties


def _footnote(number: int, runs: list[Any], attributes: dict[str, str]) -> Any:
    footnote = _element("w:footnote", {**attributes, "w:id": str(number)})
    paragraph = _element("w:p")
    style = _element("w:pPr")
    style.append(_element("w:pStyle", {"w:val": "FootnoteText"}))
    paragraph.append(style)
    paragraph.extend(runs)
    footnote.append(paragraph)
    return footnote


def _set_styles(word: Word, language: str) -> None:
    """Set the page size, the margins, the fonts and the styles of a document.

    Styles for footnotes are added, because the default template has none.
    """
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    styles = cast("Any", word.styles)
    for tag in styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), language)
    normal = cast("ParagraphStyle", styles["Normal"])
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after = Pt(4)
    for level, size in ((1, 20), (2, 15), (3, 11.5)):
        heading = cast("ParagraphStyle", styles[f"Heading {level}"])
        heading.font.size, heading.font.color.rgb, heading.font.name = Pt(size), _INK, "Calibri"
        fonts = cast("Any", heading.element).rPr.rFonts
        for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{name}"), None)
    facts = cast("ParagraphStyle", styles.add_style("Facts", WD_STYLE_TYPE.PARAGRAPH))
    facts.base_style = normal
    facts.paragraph_format.left_indent, facts.paragraph_format.first_line_indent = Mm(55), Mm(-55)
    cast("Any", facts.paragraph_format.tab_stops).add_tab_stop(Mm(55))
    numbered = cast("ParagraphStyle", styles.add_style("Numbered", WD_STYLE_TYPE.PARAGRAPH))
    numbered.base_style = normal
    numbered.paragraph_format.left_indent, numbered.paragraph_format.first_line_indent = Mm(7), Mm(-7)
    lead = cast("ParagraphStyle", styles.add_style("Lead", WD_STYLE_TYPE.PARAGRAPH))
    lead.base_style, lead.font.color.rgb, lead.paragraph_format.space_after = normal, _SOFT, Pt(10)
    for border in styles["Table Grid"].element.iter(*map(qn, _BORDERS)):
        border.set(qn("w:color"), _LINE)
    cell = cast("ParagraphStyle", styles.add_style("Cell", WD_STYLE_TYPE.PARAGRAPH))
    cell.base_style, cell.font.size, cell.paragraph_format.space_after = normal, Pt(9.5), Pt(2)
    note = cast("ParagraphStyle", styles.add_style("FootnoteText", WD_STYLE_TYPE.PARAGRAPH))
    note.base_style, note.font.size, note.paragraph_format.space_after = normal, Pt(8.5), Pt(1)
    mark = cast("CharacterStyle", styles.add_style("FootnoteReference", WD_STYLE_TYPE.CHARACTER))
    mark.font.superscript = True


def _fixed(saved: io.BytesIO) -> bytes:
    """Return a copy of a .docx file (a zip file). The time of every entry in the copy is `_ZIP_DATE`.

    The copy therefore does not depend on the time at which the file was saved.
    """
    fixed = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
