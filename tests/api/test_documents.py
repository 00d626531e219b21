"""What the documents show is what happens: the README's example, the tour's queries, those that GraphiQL opens with."""

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


@pytest.mark.parametrize("query", blocks("docs/tour.md", "graphql"))
async def test_the_queries_of_the_tour(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not says_something(value)} == set()


def says_something(value: object) -> bool:
    """Whether an answer has anything to show: a page of none has not."""
    if isinstance(value, dict) and (pages := [value[each] for each in ("nodes", "edges") if each in value]):
        return all(pages)
    return bool(value)


def ready_queries() -> list[str]:
    document = parse((Path(graphiql.__file__).parent / "queries.graphql").read_text(encoding="utf-8"))
    return [print_ast(each) for each in document.definitions if isinstance(each, OperationDefinitionNode)]


@pytest.mark.parametrize("query", ready_queries())
async def test_the_ready_queries_of_graphiql(ask: Ask, query: str) -> None:
    data = await ask(query)
    assert {key for key, value in data.items() if not says_something(value)} == set()
