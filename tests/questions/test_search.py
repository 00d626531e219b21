"""Search: nodes by their names, page by page."""

import pytest

from graph.analysis import AnalysisRunner
from graph.errors import BadArgument, BadCursor
from graph.pagination import Page, Paged
from graph.questions.search import QUESTION, Arguments, Highlight, SearchedType, SearchHit
from graph.registry import answer
from graph.search import NameIndexReader
from graph.store import Store
from graph.vocabulary import Language
from tests.questions.graph_builder import SmallGraph
from tests.questions.helpers import ALL, SINCE_2020


async def search(store: Store, text: str, *types: str, page: Page = ALL) -> Paged[SearchHit]:
    arguments = Arguments(text=text, types=tuple(SearchedType[name] for name in types) if types else None)
    return await answered(store, arguments, page)


async def answered(store: Store, arguments: Arguments, page: Page) -> Paged[SearchHit]:
    async with store.reading() as reader:
        paged = await answer(
            QUESTION, arguments, page, reader=reader, runner=AnalysisRunner(store), names=NameIndexReader(store)
        )
    assert isinstance(paged, Paged)
    return paged


async def ids(store: Store, text: str, *types: str) -> list[str]:
    return [row.node for row in (await search(store, text, *types)).rows]


async def test_rows(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.node("Network:prefix", "Safety first", kind="CITY_NETWORK")
    graph.node("City:whole", "Safe", nameSv="Säker", otherNames=["Säfe"], country="FI")
    graph.relate("Network:prefix", "SEATED_IN", "City:whole")
    graph.node("Theme:whole", "SAFE")
    graph.node("Network:none", "Eurocities", kind="CITY_NETWORK")
    await graph.write(empty_store)

    assert (await search(empty_store, " Säfe ")).rows == (
        SearchHit((0, -1, "safe", "City:whole"), "City:whole", "EXACT", "Safe", "NAME", ("EN",), (Highlight(0, 4),)),
        SearchHit((256, 0, "safe", "Theme:whole"), "Theme:whole", "EXACT", "SAFE", "NAME", ("EN",), (Highlight(0, 4),)),
        SearchHit(
            (768, -1, "safety first", "Network:prefix"),
            "Network:prefix",
            "PREFIX",
            "Safety first",
            "NAME",
            ("EN",),
            (Highlight(0, 4),),
        ),
    )


async def test_name_in_the_language(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.node("City:turku", "Safe Turku", nameSv="Safe Åbo", nameFi="Safe Turku", country="FI")
    await graph.write(empty_store)

    names = [
        [(row.name, row.languages) for row in (await answered(empty_store, arguments, ALL)).rows]
        for arguments in (
            Arguments(text="safe"),
            *(Arguments(text="safe", language=language) for language in Language),
        )
    ]
    of_turku, of_abo = [("Safe Turku", ("EN", "FI"))], [("Safe Åbo", ("SV",))]
    assert names == [of_turku, of_turku, of_abo, of_turku]


async def test_former_names(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.network("arc")
    graph.node("NetworkName:arc", "Airport Regions Conference")
    graph.relate("NetworkName:arc", "OF", "Network:arc")
    await graph.write(empty_store)

    (row,) = (await search(empty_store, "regions conf")).rows
    assert (row.node, row.name, row.name_property) == ("Network:arc", "Airport Regions Conference", "FORMER_NAME")


async def test_only_labels_that_are_searched(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("vantaa")
    graph.network("of-vantaa")
    graph.member("vantaa", "of-vantaa", SINCE_2020)
    graph.node("Citation:vantaa", quote="…")
    graph.node("Unit:vantaa-board", kind="BOARD")
    await graph.write(empty_store)

    assert await ids(empty_store, "vantaa") == ["City:vantaa", "Network:of-vantaa", "Unit:vantaa-board"]
    assert await ids(empty_store, "vantaa", "NETWORK", "CITY") == ["City:vantaa", "Network:of-vantaa"]
    assert (await answered(empty_store, Arguments(text="vantaa", types=()), ALL)).rows == ()


async def test_pages(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities(*(f"city-{letter}" for letter in "abcde"))
    await graph.write(empty_store)

    first = await search(empty_store, "city", page=Page(first=3))
    rest = await search(empty_store, "city", page=Page(first=3, after=first.cursors[-1]))
    assert [row.node for row in (*first.rows, *rest.rows)] == [f"City:city-{letter}" for letter in "abcde"]
    assert (first.total, first.has_next, rest.has_next) == (5, True, False)
    back = await search(empty_store, "city", page=Page(last=2, before=rest.cursors[0]))
    assert (back.rows, back.has_previous, back.has_next) == (first.rows[1:], True, True)
    with pytest.raises(BadCursor):
        await search(empty_store, "city", page=Page(first=3, after=first.cursors[0][:-2]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "text: a blank text finds nothing"),
        (" \u200b", "text: a blank text finds nothing"),
        ("\u0301\u0301", "text: a blank text finds nothing"),
        ("a", "text: 1 letter or digit is too short to search for"),
        (" ä ", "text: 1 letter or digit is too short to search for"),
        ("v-", "text: 1 letter or digit is too short to search for"),
        ("x" * 201, "text: 201 characters are too many to search for"),
        ("§ (–)", "text: '§ (–)' has no letter or digit to search for"),
    ],
)
async def test_unsuitable_texts(store: Store, text: str, message: str) -> None:
    with pytest.raises(BadArgument) as raised:
        await search(store, text)
    assert raised.value.message == message
    assert raised.value.hint == "give at least 2 letters or digits, and at most 200 characters"
