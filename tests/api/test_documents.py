"""Run the README's example, the queries of getting-started.md and the queries that GraphiQL opens with."""

import json
import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from api.graphql import graphiql
from tests.api.conftest import Ask

ROOT = Path(__file__).parent.parent.parent


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


async def test_the_example_of_the_readme(ask: Ask) -> None:
    (query,), (answer,) = blocks("README.md", "graphql"), blocks("README.md", "json")
    assert await ask(query) == json.loads(answer)


@pytest.mark.parametrize("query", blocks("docs/getting-started.md", "graphql"))
async def test_the_queries_of_getting_started(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not has_content(value)} == set()


def has_content(value: object) -> bool:
    """Return whether a value is non-empty; a page is empty if it has no nodes."""
    if isinstance(value, dict) and (pages := [value[name] for name in ("nodes", "edges") if name in value]):
        return all(pages)
    return bool(value)


def initial_queries() -> list[str]:
    document = parse((Path(graphiql.__file__).parent / "queries.graphql").read_text(encoding="utf-8"))
    return [print_ast(node) for node in document.definitions if isinstance(node, OperationDefinitionNode)]


@pytest.mark.parametrize("query", initial_queries())
async def test_the_initial_queries_of_graphiql(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not has_content(value)} == set()
