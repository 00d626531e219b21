"""Search: names in any language, folded, in the order of how well they answer."""

import pytest

from graph.errors import BadArgument, BadCursor
from graph.pagination import Page, Paged
from graph.questions.ask import ask as ask_question
from graph.questions.search import QUESTION, Arguments, SearchedType, SearchHit
from graph.store import Store
from tests.questions.graph_builder import SmallGraph
from tests.questions.helpers import ALL, SINCE_2020, ask


async def found(store: Store, text: str, *types: str, page: Page = ALL) -> Paged[SearchHit]:
    arguments = Arguments(text=text, types=tuple(SearchedType[name] for name in types) if types else None)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments, page))


async def ids(store: Store, text: str, *types: str) -> list[str]:
    return [row.node for row in (await found(store, text, *types)).rows]


async def test_the_order_of_matches(empty_store: Store) -> None:
    graph = SmallGraph()
    for slug, name in (
        ("inside", "Unsafeness"),
        ("word", "Nordic Safe Cities"),
        ("hyphen", "Fail-Safe"),
        ("prefix", "Safety first"),
        ("whole-z", "Safe"),
    ):
        graph.node(f"Network:{slug}", name, kind="CITY_NETWORK")
    graph.node("Theme:whole", "SAFE")
    graph.node("Network:none", "Eurocities", kind="CITY_NETWORK")
    await graph.write(empty_store)

    assert (await found(empty_store, " Säfe ")).rows == (
        SearchHit((0, "safe", "Network:whole-z"), "Network:whole-z", "EXACT"),
        SearchHit((0, "safe", "Theme:whole"), "Theme:whole", "EXACT"),
        SearchHit((1, "safety first", "Network:prefix"), "Network:prefix", "PREFIX"),
        SearchHit((2, "fail-safe", "Network:hyphen"), "Network:hyphen", "WORD_PREFIX"),
        SearchHit((2, "nordic safe cities", "Network:word"), "Network:word", "WORD_PREFIX"),
        SearchHit((3, "unsafeness", "Network:inside"), "Network:inside", "INSIDE"),
    )


async def test_every_language_and_no_letter_in_the_way(empty_store: Store) -> None:
    graph = SmallGraph()
    names = "copenhagen\nkobenhavn\nkoopenhamina\nkopenhamn"
    graph.node("City:copenhagen", "Copenhagen", nameFolded=names, nameSort="copenhagen")
    graph.node("City:bodo", "Bodø")
    graph.node("City:baerum", "Bærum")
    await graph.write(empty_store)

    for text in ("Kööpenhamina", "KØBENHAVN", "köpenhamn", "copenhagen"):
        (row,) = (await found(empty_store, text)).rows
        assert (row.node, row.match) == ("City:copenhagen", "EXACT")
    assert await ids(empty_store, "hamn") == ["City:copenhagen"]
    assert await ids(empty_store, "bodo") == await ids(empty_store, "BODØ") == ["City:bodo"]
    assert await ids(empty_store, "Bærum") == ["City:baerum"]
    # A match does not run from one name into the next.
    assert await ids(empty_store, "kobenhavn koopenhamina") == []


async def test_only_labels_that_are_searched(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("of-vantaa")
    graph.member("vantaa", "of-vantaa", SINCE_2020)
    graph.node("Citation:vantaa", quote="…")
    graph.node("Unit:vantaa-board", kind="BOARD")
    await graph.write(empty_store)

    assert await ids(empty_store, "vantaa") == ["City:vantaa", "Unit:vantaa-board", "Network:of-vantaa"]
    assert await ids(empty_store, "vantaa", "NETWORK", "CITY") == ["City:vantaa", "Network:of-vantaa"]
    async with empty_store.reading() as reader:
        assert (await ask_question(reader, QUESTION, Arguments(text="vantaa", types=()), ALL)).rows == ()


async def test_pages(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities(*(f"city-{letter}" for letter in "abcde"))
    await graph.write(empty_store)

    first = await found(empty_store, "city", page=Page(first=3))
    rest = await found(empty_store, "city", page=Page(first=3, after=first.cursors[-1]))
    assert [row.node for row in (*first.rows, *rest.rows)] == [f"City:city-{letter}" for letter in "abcde"]
    assert (first.total, first.has_next, rest.has_next) == (5, True, False)
    with pytest.raises(BadCursor):
        async with empty_store.reading() as reader:
            await ask_question(reader, QUESTION, Arguments(text="city"), Page(first=3, after=first.cursors[0][:-2]))


async def test_what_makes_no_sense(empty_store: Store) -> None:
    async with empty_store.reading() as reader:
        for text in ("", " ", "a", " ä ", "\u0301\u0301", "x" * 201):
            with pytest.raises(BadArgument, match="text"):
                await ask_question(reader, QUESTION, Arguments(text=text), ALL)
