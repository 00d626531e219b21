"""Render the templates of pages with Jinja.

A null value is shown as "unknown" in the reader's language, so that readers do not mistake it for zero or an empty
list.
"""

import hashlib
import marshal
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from types import CodeType
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from api.pages.filters import filters, unknown
from api.pages.language import reader_of
from api.pages.page import FOLDER, START, label_of
from api.pages.table_files import csv_file, workbook
from api.pages.values import Day, Label, Plan, convert
from api.translations.catalogue import LANGUAGES, Language
from graph.questions.cost_per_network import YEARS

__all__ = [
    "Address",
    "Asset",
    "Publisher",
    "asset",
    "compile_templates",
    "compiled_templates",
    "environment_of",
    "render_error",
    "render_page",
    "title_of",
]

_PASSED_ON: Final = ("city", "on", "language")
"""The URL parameters that every link from one page to another keeps."""


class Address:
    """The URL of the requested page.

    The methods build URLs of other pages, which keep the city, the date and the language. `origin` is the scheme and
    the host of the request.
    """

    def __init__(self, page: str, path: str, parameters: Mapping[str, str], origin: str = "") -> None:
        self.origin = origin
        self.page = page
        self.path = f"/{path.lstrip('/')}"  # browsers read two slashes as the start of a host name
        self.parameters = parameters
        self._passed_on = {name: parameters[name] for name in _PASSED_ON if parameters.get(name)}
        self._query = _address("", self._passed_on)
        self._of_nodes: dict[str, str] = {}

    def to(self, page: str, **parameters: object) -> str:
        """Return the URL of the page `page`. Parameters whose value is None are omitted."""
        path = "/" if page == START else f"/{page}"
        return _address(path, {**self._passed_on, **parameters}) if parameters else path + self._query

    def with_(self, suffix: str = "", **parameters: object) -> str:
        """Return the URL of this page with some parameters replaced by the ones in `parameters`.

        `suffix` can select another format, such as `.csv`.
        """
        return _address(self.path + suffix, {**self.parameters, **parameters})

    def of_node(self, node: Mapping[str, str]) -> str:
        """Return the URL of the page that describes a node. Pages link to the same node many times."""
        node_id = node["id"]
        if node_id not in self._of_nodes:
            label, _, slug = node_id.partition(":")
            is_network = label == "Network"
            url = self.to("network", network=slug) if is_network else self.to(f"id/{label}/{quote(slug)}")
            self._of_nodes[node_id] = url
        return self._of_nodes[node_id]


def _address(path: str, parameters: Mapping[str, object]) -> str:
    given = {name: _short(name, _plain(value)) for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(given, safe=':,')}" if given else path


def _plain(value: object) -> str:
    return value.code if isinstance(value, Label) else str(value)


def _short(name: str, value: str) -> str:
    """Shorten the ids in the value of a URL parameter.

    For example, `City:vantaa` becomes `vantaa` in the parameter `city`. The label is removed from an id if the name of
    the parameter implies the label. `name` is the name of the parameter. Several ids are separated by commas.
    """
    return ",".join(part.removeprefix(f"{label_of(name)}:") for part in value.split(","))


@dataclass(frozen=True, slots=True)
class Publisher:
    """The organisation that publishes the pages. Its contact is an email address or the URL of a form."""

    name: str | None
    contact: str | None

    @property
    def href(self) -> str | None:
        """The URL of a link to the contact. If there is no contact, None."""
        return f"mailto:{self.contact}" if self.contact and "//" not in self.contact else self.contact


class Notes:
    """The sources that a page cites, numbered in the order in which the page first refers to them.

    The page ends with a list of these sources. Sources that the page quotes in its text are omitted from the list.
    """

    def __init__(self) -> None:
        self._citations: dict[str, Mapping[str, Any]] = {}
        self._quoted: set[str] = set()

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the number and the citation of each source that the page lists at its end."""
        for number, citation in enumerate(self._citations.values(), start=1):
            if citation["id"] not in self._quoted:
                yield number, citation

    def __bool__(self) -> bool:
        return len(self._citations) > len(self._quoted)

    def number(self, citation: Mapping[str, Any]) -> int:
        """Return the number under which the page lists a citation. Numbers start at 1.

        If the citation has no number yet, it gets the next number.
        """
        self._citations.setdefault(citation["id"], citation)
        return list(self._citations).index(citation["id"]) + 1

    def quote(self, citation: Mapping[str, Any]) -> int:
        """Mark a citation as quoted in the text of the page, and return its reference number.

        The list of sources at the end of the page omits quoted citations.
        """
        self._quoted.add(citation["id"])
        return self.number(citation)


class _TemplateCode(BytecodeCache):
    """The compiled code of templates, which is the same in all languages. Compilation takes seconds.

    Code is found by the name of its template and the checksum of the template's source.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.found.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.found[bucket.key, bucket.checksum] = bucket.code


_CODE: Final = _TemplateCode()
_DICT_ATTRIBUTES: Final = frozenset(dir(dict))


class _Environment(Environment):
    """An environment in which `row.name` finds the key of a dict without trying the attribute first.

    Templates read thousands of keys, and a failed attempt is slow. Methods of dicts still come first.
    """

    def getattr(self, obj: object, attribute: str) -> Any:
        if type(obj) is dict and attribute not in _DICT_ATTRIBUTES and attribute in obj:
            return cast("dict[str, object]", obj)[attribute]
        return super().getattr(obj, attribute)


@cache
def environment_of(language: Language) -> Environment:
    """Return the Jinja environment that renders templates in a language."""
    reader = reader_of(language)
    nothing = unknown(reader)
    environment = _Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=lambda name: name is None or name.endswith((".html", ".docx")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        bytecode_cache=_CODE,
        finalize=lambda value: nothing if value is None else value,  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(reader.translations, newstyle=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    environment.globals.update(reader=reader, label=reader.label, unknown=nothing)  # pyright: ignore[reportUnknownMemberType]
    environment.filters.update(filters(reader))  # pyright: ignore[reportUnknownMemberType]
    return environment


# --- Pages ---


def render_page(
    template: str,
    plan: Plan,
    address: Address,
    publisher: Publisher,
    language: Language,
    on: date,
    variables: Mapping[str, object],
    data: Mapping[str, Any],
    failed: Mapping[str, str],
) -> bytes:
    """Render a page with a template. The suffix of the template is the format of the page.

    `data` is the data of the GraphQL response, and `plan` states how its values are converted for the template. `on` is
    the requested date. `failed` is a dict from the response key of each root field that failed to its error code.
    """
    suffix = template.rpartition(".")[2]
    converted = convert(data, plan, reader_of(language))
    text = (
        environment_of(language)
        .get_template(template)
        .render(
            address=address,
            publisher=publisher,
            notes=Notes(),
            data=converted,
            place=converted.get("city"),
            failed=failed,
            on=Day.of(on, reader_of(language)),
            today=Day.of(date.today(), reader_of(language)),
            variables=variables,
            **_layout(language),
        )
    )
    return _ENCODERS[suffix](text, language, address.origin) if suffix in _ENCODERS else text.encode()


def compile_templates(language: Language, compiled: bytes | None = None) -> None:
    """Compile the templates of all pages in a language.

    Without code that was compiled before, this takes seconds, so a caller on the event loop must run it in a thread.
    `compiled` is the code that another process has compiled (`compiled_templates`).
    """
    if compiled is not None:
        _CODE.found.update(marshal.loads(compiled))
    import_module("icalendar.parser")  # imported late by `_encode_calendar`
    _menu(language)
    environment = environment_of(language)
    for path in (*FOLDER.rglob("*.html"), *FOLDER.glob("*/template.*")):
        environment.get_template(path.relative_to(FOLDER).as_posix())


def compiled_templates() -> bytes:
    """Return the code of all templates that this process has compiled, for another process."""
    return marshal.dumps(_CODE.found)


def render_error(address: Address, language: Language, status: int, code: str, wrong: Mapping[str, object]) -> bytes:
    """Render the page that shows an error.

    `wrong` contains the URL parameters that cause the error (`api.pages.page.InvalidParameter.values`).
    """
    template = environment_of(language).get_template("error.html")
    return template.render(
        address=address, notes=Notes(), place=None, status=status, code=code, wrong=wrong, **_layout(language)
    ).encode()


def _layout(language: Language) -> dict[str, object]:
    return {"menu_groups": _menu(language), "languages": LANGUAGES, "asset": asset, "allowed_years": YEARS}


@cache
def _menu(language: Language) -> dict[int, list[tuple[str, str]]]:
    """Return the pages of the menu in groups, as a dict from the number of a group to a list of (name, title) pairs.

    If a page is in the menu, its template sets the variable `menu` to a number. The pages are sorted by this number.
    The group of a page is this number divided by 100 and rounded down. For example, the page with the number 203 is
    in group 2.
    """
    templates = {path.parent.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*/template.html")}
    places = [(int(place[1]), name) for name, text in templates.items() if (place := _MENU_PLACE.search(text))]
    menu: dict[int, list[tuple[str, str]]] = {}
    for place, name in sorted(places):
        menu.setdefault(place // 100, []).append((name, title_of(name, language)))
    return menu


@cache
def title_of(page: str, language: Language) -> Markup:
    """Return the title of a page. The title does not depend on the data that the page shows."""
    template = environment_of(language).get_template(f"{page}/template.html")
    return Markup("".join(template.blocks["title"](template.new_context())))


_MENU_PLACE: Final = re.compile(r"^{% set menu = (\d+) %}$", re.MULTILINE)


def _encode_calendar(text: str, _language: Language, _origin: str) -> bytes:
    """Encode the text of an iCalendar file. Long lines are divided (folded), as RFC 5545 requires."""
    from icalendar.parser import Contentline  # imported late: it is slow, and only this format needs it

    lines = [Contentline(line.strip()).to_ical() for line in text.splitlines() if line.strip()]
    return b"\r\n".join(lines) + b"\r\n"


def _encode_word(text: str, language: Language, origin: str) -> bytes:
    """Convert the HTML of a page to a Word document."""
    from api.pages.word_document import word_document  # imported late: it is slow, and only this format needs it

    return word_document(text, LANGUAGES[language], origin)


_ENCODERS: Final[Mapping[str, Callable[[str, Language, str], bytes]]] = {
    "csv": lambda text, language, _origin: csv_file(text, language),
    "docx": _encode_word,
    "ics": _encode_calendar,
    "xlsx": lambda text, _language, _origin: workbook(text),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file that pages load, such as a style sheet. `tag` is a hash of the file's content."""

    name: str
    content: bytes
    tag: str

    def __str__(self) -> str:
        return f"/assets/{self.tag}/{self.name}"


@cache
def _assets() -> dict[str, Asset]:
    files = {path.name: path.read_bytes() for path in (FOLDER / "assets").iterdir()}
    return {
        name: Asset(name, content, hashlib.blake2b(content, digest_size=8).hexdigest())
        for name, content in files.items()
    }


def asset(name: str) -> Asset | None:
    """Return the static file with this name, or None if there is no such file."""
    return _assets().get(name)
