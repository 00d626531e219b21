"""Read a page as a browser does: its elements, its links and the text that a reader sees."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from api.pages.rendering import environment_of

_VOID = {"meta", "link", "input", "br", "rect", "path", "circle"}
_HEADINGS = {"h1", "h2", "h3"}
_LINES = {"tr", "li"}
_CELLS = {"td", "th", "li"}


@dataclass
class HtmlPage(HTMLParser):
    """A page. `texts` are the texts by element: outside quotes and outside texts of the graph, which are `bdi`.

    `names` are those of them that name nodes in lists of choices and in drawings, which have no `bdi`. `marked` are
    those of them that are marked as texts in another language.

    `sections` are the rows of tables and lists by the heading above them: the texts of the cells of a row, or the text
    of an item of a list as the only cell. The numbers of sources are left out.
    """

    source: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)
    everything: list[str] = field(default_factory=list)
    sections: dict[str, list[list[str]]] = field(default_factory=lambda: {"": []})

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._languages: list[str] = []
        self._is_node = False
        self._heading = ""
        self._lines: list[list[str]] = []
        self._cells: list[tuple[list[str], int]] = []
        self._refs = 0
        self.feed(self.source)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in _VOID:
            self._open.append(tag)
            self._languages.append(attributes.get("lang") or (self._languages or [""])[-1])
        if tag in ("option", "text"):
            self._is_node = tag == "text" or ":" in attributes.get("value", "")  # as ids of nodes have
        if tag in _LINES:
            self._lines.append([])
            self.sections[self._heading].append(self._lines[-1])
        if tag in _CELLS:
            self._cells.append((self._lines[-1], len(self._lines[-1])))
            self._lines[-1].append("")
        if tag in _HEADINGS:
            self._heading = ""
        if ("class", "refs") in attrs:
            self._refs = len(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open and self._open.pop() == tag, f"</{tag}> in {self._open}"
            self._languages.pop()
        if tag in _CELLS:
            self._cells.pop()
        if tag in _LINES:
            self._lines.pop()
        if tag in _HEADINGS:
            self.sections.setdefault(self._heading, [])
        if len(self._open) < self._refs:
            self._refs = 0

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.everything.append(text)
            if not self._refs:
                if _HEADINGS & set(self._open):
                    self._heading = f"{self._heading} {text}".lstrip()
                for row, cell in self._cells:
                    row[cell] = f"{row[cell]} {text}".lstrip()
            if not {"bdi", "blockquote", "title"} & set(self._open):
                self.texts.append(text)
                if {"option", "text"} & set(self._open) and self._is_node:
                    self.names.add(text)
                if self._languages and self._languages[-1] != self._languages[0]:
                    self.marked.add(text)

    @property
    def text(self) -> str:
        """All that a reader sees, with single spaces."""
        return " ".join(self.everything)

    @property
    def spoken(self) -> list[str]:
        """The texts in attributes, which a screen reader says."""
        return [text for name in ("aria-label", "placeholder", "title", "alt") for text in self.attributes(name)]

    def attributes(self, name: str) -> list[str]:
        """Return the values of an attribute of all elements."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def links(self) -> list[str]:
        """Return the addresses that the links of the page lead to."""
        return [attributes["href"] for tag, attributes in self.elements if tag == "a" and "href" in attributes]


def compiled_templates() -> bytes:
    """Return the names of the templates that this process has compiled in Finnish."""
    cache = environment_of("fi").cache
    assert cache is not None
    return " ".join(sorted(name for _, name in cache)).encode()
