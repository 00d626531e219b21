"""Check that the relative links of the documents lead to files and headings that exist."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/*.ipynb", "seeds/*.md", "neo4j-server/*.md", "api/**/*.md")
    for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)")


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path, root: Path = ROOT) -> list[str]:
    """Return the links that leave `root` or lead to no file or heading."""
    broken: list[str] = []
    for link in LINK.findall(CODE_SPAN.sub("", prose(path))):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        inside = target.is_relative_to(root) and target.exists()
        if not inside or (parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(path: Path) -> None:
    assert broken_links(path) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "# Page\n[none](none.md) [here](#page) [nowhere](#other) `[code](x.md)` [web](https://a.example)\n"
    )
    assert broken_links(document, tmp_path) == ["none.md", "#other"]


def test_every_page_is_linked_from_the_readme_or_a_page_that_it_links() -> None:
    linked = {ROOT / "README.md"}
    for _ in range(2):
        for path in [path for path in linked if path.suffix == ".md"]:
            targets = (urlsplit(link).path for link in LINK.findall(prose(path)) if not urlsplit(link).scheme)
            linked |= {(path.parent / target).resolve() for target in targets if target}
    pages = {path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs") or path.parent == ROOT}
    assert pages - linked == {ROOT / "CHANGELOG.md"}
