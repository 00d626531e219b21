"""The API is read-only and holds no personal data.

The documents behind the seeds name officials; the seeds name their posts only. So that the test does not itself hold
the names, it knows a mark of each surname's first four letters: twelve bits of a hash, which many beginnings share and
Finnish and Swedish inflection leaves alone. A word of a new seed may bear such a mark by chance, one in a thousand: it
is then listed below as nobody's name.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from api.graphql.schema import schema
from graph.folding import fold
from graph.store import Statement, Store

ROOT = Path(__file__).parents[2]
CORE = schema._schema
MARKS = {"637", "4f5", "922", "63f"}
NOBODY = {"SEKUM", "SETRG"}  # UN/LOCODE of Kumla and Trelleborg
"""Words that bear a mark and are nobody's name."""

ADDRESS = re.compile(r"[\w.+-]+\s*(?:@|\(a\)|\[at\]|\(at\))\s*[\w-]+\.\w+")
TELEPHONE = re.compile(r"(?:\+\d{2,3}[\s-]?\d|\bpuh(?:elin)?\b|\btel(?:ephone)?\b[.:]?\s*\d)", re.IGNORECASE)
PERSONAL = re.compile(r"person(?!s? ?days?)|email|phone|birth|given_?name|sur_?name|(first|last)name|contactname", re.I)

NODES = Statement.of_text("test/nodes", "MATCH (n) RETURN properties(n) AS held")
RELATIONSHIPS = Statement.of_text("test/relationships", "MATCH ()-[r]->() RETURN properties(r) AS held")


def mark(word: str) -> str:
    return hashlib.sha256(f"citygraph {fold(word)[:4]}".encode()).hexdigest()[:3]


def personal_items(text: str) -> list[str]:
    """What in a text may be somebody's name, address or number."""
    words = {word for word in re.findall(r"[^\W\d_]{4,}", text) if word[0].isupper()}
    names = [word for word in words if mark(word) in MARKS and word not in NOBODY]
    return sorted(names) + ADDRESS.findall(text) + [match.group() for match in TELEPHONE.finditer(text)]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def test_marks_find_names_whatever_their_case_accents_and_endings() -> None:
    marked = mark("Lindström")
    assert {mark(word) for word in ("LINDSTRÖM", "lindstrom", "Lindströmin", "Lindströms")} == {marked}
    assert personal_items("posti: etu.suku(a)esimerkki.fi") == ["etu.suku(a)esimerkki.fi"]
    assert personal_items("x@y.fi, puhelin 310 36027") == ["x@y.fi", "puhelin"]


FILES = sorted(path for path in (ROOT / "seeds").rglob("*") if path.suffix in (".yaml", ".csv", ".md", ".jsonl"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_seed_has_personal_data(path: Path) -> None:
    assert personal_items(path.read_text(encoding="utf-8")) == []


@pytest.mark.slow
async def test_database_has_no_personal_data(seeded_store: Store) -> None:
    """Every field of a query comes from these values: other tests compare the two."""
    held = [*await seeded_store.read(NODES), *await seeded_store.read(RELATIONSHIPS)]
    assert len(held) > 1_000
    assert [found for row in held for text in texts(row) for found in personal_items(text)] == []


def test_no_type_or_field_is_meant_for_persons() -> None:
    names: list[str] = []
    for name, of in CORE.type_map.items():
        names.append(name)
        if isinstance(of, GraphQLObjectType | GraphQLInterfaceType):
            names += [f"{name}.{field}" for field in of.fields]
        elif isinstance(of, GraphQLEnumType):
            names += [f"{name}.{value}" for value in of.values]
    assert [name for name in names if PERSONAL.search(name)] == []


def test_only_queries_exist() -> None:
    assert (CORE.mutation_type, CORE.subscription_type) == (None, None)
