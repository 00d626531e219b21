"""Every written statement is answered alike by both databases."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

import graph
from api.graphql.debug import DebugReport, ObservedReader
from graph.pagination import Page, Paged
from graph.questions import declaration
from graph.questions.ask import ask
from graph.questions.search import SearchHit
from graph.registry import QUESTIONS as DECLARED
from graph.search import NameIndexReader
from graph.seeding import export
from graph.store import Reader, Statement, Store
from graph.store.statement import strip_comments
from tests.parity.databases import Both
from tests.questions.examples import varied, varied_once
from tests.statements import observed_statements

pytestmark = pytest.mark.only_on("neo4j")

T = TypeVar("T")

GRAPH = Path(graph.__path__[0])
STATEMENTS = {path.relative_to(GRAPH).with_suffix("").as_posix(): path for path in sorted(GRAPH.rglob("*.cypher"))}
QUESTIONS = {
    path.parent.name
    for name, path in STATEMENTS.items()
    if name.startswith("questions/") and path.parent.name != "fragments"
}
COLUMNS = [name for name in STATEMENTS if not name.startswith("questions/")]


async def test_the_questions(both: Both) -> None:
    with observed_statements(both.neo4j) as sent:
        for declared in DECLARED.values():
            for arguments in varied_once(declared) if declared.statement else ():
                await answers(both, declared, arguments)
    both.counted["statements"] += len(set(sent))
    assert set(sent) == QUESTIONS


@pytest.mark.slow
async def test_the_questions_with_all_arguments(both: Both) -> None:
    for declared in DECLARED.values():
        for arguments in varied(declared) if declared.statement else ():
            await answers(both, declared, arguments)


async def test_no_question_reads_all_cities(both: Both) -> None:
    """Neo4j may choose to, in order to have their ids sorted, and joins them with what is read of each."""
    report = DebugReport(frozenset({"plans"}))
    async with both.neo4j.reading() as reading:
        reader = ObservedReader(reading, (), report)
        for declared in DECLARED.values():
            if declared.statement is not None:
                page = {"page": Page(first=1)} if isinstance(declared, declaration.Ranking) else {}
                await ask(reader, cast("Any", declared), declared.examples[0], **page)
    plans = cast("list[dict[str, Any]]", report.as_extension()["plans"])
    assert {plan["name"].split("/")[0] for plan in plans} == QUESTIONS
    scans = [(plan["name"], line) for plan in plans for line in plan["lines"] if "Scan" in line and "City" in line]
    assert scans == []


async def test_search(both: Both) -> None:
    async def hits(store: Store, text: str) -> tuple[SearchHit, ...]:
        return (await NameIndexReader(store).current()).search(text)[:500]

    for text in ("vantaa", "os", "safe cities", "eurocites", "lightrail", "kaupunginhallitus 2021"):
        assert await both.ask(partial(hits, text=text))


@pytest.mark.parametrize("name", COLUMNS)
async def test_the_columns_that_are_read_in_bulk(both: Both, name: str) -> None:
    """Their rows have no order, and the code that reads them sorts them."""
    statement = Statement.of_text(name, strip_comments(STATEMENTS[name].read_text(encoding="utf-8")))

    async def rows(store: Store) -> list[dict[str, object]]:
        return sorted(await store.read(statement), key=repr)

    assert await both.ask(rows)
    both.counted["statements"] += 1


async def test_the_whole_graph(both: Both, tmp_path: Path) -> None:
    async def lines(store: Store) -> list[str]:
        target = tmp_path / ("embedded" if store is both.embedded else "neo4j")
        await export(store, target)
        # The first line contains the revision, and the last one a digest of all lines.
        return target.read_text(encoding="utf-8").splitlines()[1:-1]

    assert len(await both.ask(lines)) > 1000


async def answers(both: Both, question: declaration.Question[Any, Any], arguments: object) -> None:
    """The answer to a declared question: pages of a ranking, the whole of others."""
    if isinstance(question, declaration.Ranking):

        async def ranking(reader: Reader, *, page: Page) -> Paged[object]:
            return await ask(reader, question, arguments, page)

        await pages(both, ranking)
    else:
        await ask_reader(both, lambda reader: ask(reader, question, arguments))


async def pages(both: Both, ranking: Callable[..., Awaitable[Paged[object]]]) -> None:
    """All of a ranking, and the pages after its first row and before its last."""
    whole = await ask_reader(both, partial(ranking, page=Page(first=500)))
    assert isinstance(whole, Paged)
    if whole.total > 1:
        first = await ask_reader(both, partial(ranking, page=Page(first=1)))
        await ask_reader(both, partial(ranking, page=Page(first=3, after=first.cursors[-1])))
        last = await ask_reader(both, partial(ranking, page=Page(last=1)))
        await ask_reader(both, partial(ranking, page=Page(last=2, before=last.cursors[0])))


async def ask_reader(both: Both, question: Callable[[Reader], Awaitable[T]]) -> T:
    async def answer(store: Store) -> T:
        async with store.reading() as reading:
            return await question(reading)

    return await both.ask(answer)
