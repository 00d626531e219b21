"""The queries of the README, getting-started.md, the examples and GraphiQL are valid and return data."""

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


async def test_readme_example(ask: Ask) -> None:
    (query,), (answer,) = blocks("README.md", "graphql"), blocks("README.md", "json")
    assert await ask(query) == json.loads(answer)


@pytest.mark.parametrize("query", blocks("docs/getting-started.md", "graphql"))
async def test_getting_started_queries(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not has_data(value)} == set()


EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/examples").glob("*.graphql")}


@pytest.mark.parametrize("name", ["city", "network", "overlap", "peers", "renewals", "search"])
async def test_examples(ask: Ask, name: str) -> None:
    data = await ask(EXAMPLES[name])
    assert {key for key, value in data.items() if not has_data(value)} == set()


def has_data(value: object) -> bool:
    """Return whether a value is not empty. A connection without nodes is empty."""
    if isinstance(value, dict) and (pages := [value[key] for key in ("nodes", "edges") if key in value]):
        return all(pages)
    return bool(value)


def graphiql_queries() -> list[str]:
    document = parse((Path(graphiql.__file__).parent / "queries.graphql").read_text(encoding="utf-8"))
    return [print_ast(node) for node in document.definitions if isinstance(node, OperationDefinitionNode)]


@pytest.mark.parametrize("query", graphiql_queries())
async def test_graphiql_queries(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not has_data(value)} == set()
