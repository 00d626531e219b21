"""Read a page as a browser does: its elements, its links and the text that a reader sees."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from api.pages.rendering import environment_of

_VOID = {"meta", "link", "input", "br", "rect", "path", "circle"}


@dataclass
class HtmlPage(HTMLParser):
    """A page. `texts` are the texts by element: outside quotes and outside texts of the graph, which are `bdi`."""

    source: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.source)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open and self._open.pop() == tag, f"</{tag}> in {self._open}"

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.everything.append(text)
            if not {"bdi", "blockquote", "title"} & set(self._open):
                self.texts.append(text)

    @property
    def text(self) -> str:
        """All that a reader sees, with single spaces."""
        return " ".join(self.everything)

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
