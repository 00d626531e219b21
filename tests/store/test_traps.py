"""What the statements of this product rely on, and what went wrong once: each a test, so that an upgrade shows.

`SAME` holds on both databases. The tests after it pin behaviour of the embedded database that the code works around;
where one of them fails after an upgrade, the workaround may go.
"""

from datetime import date

import pytest
import pytest_asyncio

from graph.errors import StoreError
from graph.store import Statement, Store, WriteTransaction

DAY = date(2024, 2, 29)

GRAPH = Statement.of_text(
    "test/graph",
    """
    UNWIND $cities AS row CREATE (c:City) SET c = row
    WITH count(*) AS ignored
    MATCH (a:City {id: 'City:a'}) MATCH (b:City {id: 'City:b'}) MATCH (c:City {id: 'City:c'})
    CREATE (a)-[:PART_OF {rank: 2, since: $day}]->(g:CityGroup {id: 'CityGroup:g'}), (b)-[:PART_OF {rank: 1}]->(g),
           (a)-[:PART_OF {rank: 1}]->(:Organisation {id: 'Organisation:o'})
    """,
)
CITIES = [
    {"id": "City:a", "day": DAY, "population": 3, "tags": ["x", "y"], "days": [DAY], "none": None, "empty": []},
    {"id": "City:b", "day": None, "population": 1, "tags": None, "days": None, "none": None, "empty": None},
    {"id": "City:c", "day": date(2020, 1, 1), "population": None, "tags": [], "days": [], "none": None, "empty": []},
]

SAME: list[tuple[str, str, list[list[object]]]] = [
    (
        "nulls in SET n = row are not stored",
        "MATCH (n:City {id: 'City:b'}) RETURN keys(n) = ['id', 'population'] OR keys(n) = ['population', 'id'] AS x",
        [[True]],
    ),
    (
        "dates and lists of dates come back",
        "MATCH (n:City {id: 'City:a'}) "
        "RETURN n.day AS a, n.days AS b, properties(n).day AS c, n.tags AS d, n.empty AS e",
        [[DAY, [DAY], DAY, ["x", "y"], []]],
    ),
    (
        "a date as text is ISO",
        "MATCH (n:City) RETURN toString(n.day) AS x ORDER BY n.id",
        [["2024-02-29"], [None], ["2020-01-01"]],
    ),
    (
        "dates compare, with null as unknown",
        "MATCH (n:City) RETURN n.day < $day AS a, n.day IS NULL OR $day < n.day AS b ORDER BY n.id",
        [[False, False], [None, True], [True, False]],
    ),
    (
        "ascending, nulls are last",
        "MATCH (n:City) RETURN n.id AS x ORDER BY n.day, n.id",
        [["City:c"], ["City:a"], ["City:b"]],
    ),
    (
        "descending, nulls are first",
        "MATCH (n:City) RETURN n.id AS x ORDER BY n.day DESC",
        [["City:b"], ["City:a"], ["City:c"]],
    ),
    (
        "descending with nulls last",
        "MATCH (n:City) RETURN n.id AS x ORDER BY n.day IS NULL, n.day DESC, n.id",
        [["City:a"], ["City:c"], ["City:b"]],
    ),
    (
        "an order and a limit before collect",
        "MATCH (n:City) WITH n ORDER BY n.population IS NULL, n.population, n.id LIMIT 2 RETURN collect(n.id) AS x",
        [[["City:b", "City:a"]]],
    ),
    (
        "text is ordered by code point",
        "UNWIND ['b', 'Å', 'a', 'B'] AS t WITH t ORDER BY t RETURN collect(t) AS x",
        [[["B", "a", "b", "Å"]]],
    ),
    (
        "SET n = {…} removes what it does not name, and nulls",
        "MATCH (n:City {id: 'City:a'}) WITH n { .* } AS before, n "
        "CALL (n) { SET n = {id: n.id, population: null, day: $day} RETURN properties(n) AS after } RETURN after AS x",
        [[{"id": "City:a", "day": DAY}]],
    ),
    (
        "a subquery with order and limit, for each row",
        "MATCH (n:City) CALL (n) { MATCH (n)-[r:PART_OF]->(g) WITH r, g ORDER BY r.rank, g.id LIMIT 1 "
        "RETURN collect({rank: r.rank, id: g.id}) AS groups } RETURN n.id AS id, groups ORDER BY id",
        [
            ["City:a", [{"rank": 1, "id": "Organisation:o"}]],
            ["City:b", [{"rank": 1, "id": "CityGroup:g"}]],
            ["City:c", []],
        ],
    ),
    (
        "two subqueries in sequence",
        "MATCH (n:City) WHERE n.id IN $ids "
        "CALL (n) { MATCH (n)-[:PART_OF]->(g:CityGroup) RETURN collect(g.id) AS groups } "
        "CALL (n) { MATCH (n)-[:PART_OF]->(o:Organisation) RETURN collect(o.id) AS others, count(o) AS total } "
        "RETURN n.id AS id, groups, others, total ORDER BY id",
        [["City:a", ["CityGroup:g"], ["Organisation:o"], 1], ["City:b", ["CityGroup:g"], [], 0]],
    ),
    (
        "a subquery in a subquery",
        "MATCH (g:CityGroup) CALL (g) { MATCH (g)<-[:PART_OF]-(n:City) "
        "CALL (n) { MATCH (n)-[r:PART_OF]->(x) WITH x ORDER BY x.id RETURN collect(x.id) AS all } "
        "WITH n, all ORDER BY n.id RETURN collect({id: n.id, all: all}) AS cities } RETURN g.id AS id, cities",
        [
            [
                "CityGroup:g",
                [{"id": "City:a", "all": ["CityGroup:g", "Organisation:o"]}, {"id": "City:b", "all": ["CityGroup:g"]}],
            ]
        ],
    ),
    (
        "COLLECT, COUNT and EXISTS",
        "MATCH (n:City) RETURN COLLECT { MATCH (n)-[r:PART_OF]->(g) RETURN {id: g.id} ORDER BY r.rank LIMIT 1 } AS a, "
        "COUNT { (n)-[:PART_OF]->() } AS b, EXISTS { MATCH (n)-[:PART_OF]->(:Organisation) } AS c ORDER BY n.id",
        [[[{"id": "Organisation:o"}], 2, True], [[{"id": "CityGroup:g"}], 1, False], [[], 0, False]],
    ),
    (
        "ids of several labels, one subquery each",
        "UNWIND $ids AS id CALL (id) { MATCH (n:City {id: id}) RETURN 'City' AS label, n.id AS found "
        "UNION ALL MATCH (n:CityGroup {id: id}) RETURN 'CityGroup' AS label, n.id AS found } "
        "RETURN label, found ORDER BY found",
        [["City", "City:a"], ["City", "City:b"], ["CityGroup", "CityGroup:g"]],
    ),
    ("labels and types that do not exist", "MATCH (n:Nowhere)-[:NEVER]->(m) RETURN n.id AS x", []),
    ("a null parameter", "MATCH (n:City) WHERE $nothing IS NULL OR n.day = $nothing RETURN count(n) AS x", [[3]]),
    (
        "aggregates of nothing",
        "UNWIND [] AS y RETURN sum(y) AS a, count(y) AS b, collect(y) AS c, max(y) AS d, avg(y) AS e",
        [[0, 0, [], None, None]],
    ),
    ("whole numbers divide to whole numbers", "RETURN 7 / 2 AS a, 7.0 / 2 AS b, 1 = 1.0 AS c", [[3, 3.5, True]]),
    (
        "a shortest path",
        "MATCH p = shortestPath((a:City {id: 'City:b'})-[:PART_OF*..4]-(o:Organisation {id: 'Organisation:o'})) "
        "RETURN [n IN nodes(p) | n.id] AS x",
        [[["City:b", "CityGroup:g", "City:a", "Organisation:o"]]],
    ),
    (
        "months are added to a date",
        "RETURN date('2024-01-31') + duration('P1M') AS a, duration.between(date('2020-01-01'), $day).months AS b",
        [[DAY, 49]],
    ),
    (
        "the maximum of dates and a parameter that `date` converts",
        "UNWIND [date('2019-12-31'), date($day)] AS d RETURN max(d) AS x",
        [[DAY]],
    ),
]


@pytest_asyncio.fixture
async def small_graph(empty_store: Store) -> Store:
    await empty_store.write(lambda writing: writing.run(GRAPH, {"cities": CITIES, "day": DAY}))
    return empty_store


@pytest.mark.parametrize(("text", "rows"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
async def test_both_databases_answer_alike(small_graph: Store, text: str, rows: list[list[object]]) -> None:
    parameters = {"day": DAY, "nothing": None, "ids": ["City:a", "City:b", "CityGroup:g", "City:nobody"]}
    answers: list[dict[str, object]] = []

    async def work(writing: WriteTransaction) -> None:
        answers[:] = await writing.run(Statement.of_text("test/same", text), parameters)

    await small_graph.write(work)
    assert [list(row.values()) for row in answers] == rows


async def test_relationships_merge_once_and_take_their_properties_whole(small_graph: Store) -> None:
    link = Statement.of_text(
        "test/link",
        "UNWIND $rows AS row MATCH (a:City {id: row.from}) MATCH (b:CityGroup {id: row.to}) "
        "MERGE (a)-[r:PART_OF]->(b) SET r = row.properties",
    )
    rows = [{"from": "City:a", "to": "CityGroup:g", "properties": {"note": "new", "since": None, "days": [DAY]}}]
    for _ in range(2):
        await small_graph.write(lambda writing: writing.run(link, {"rows": rows}))
    found = Statement.of_text(
        "test/found", "MATCH (:City {id: 'City:a'})-[r:PART_OF]->(:CityGroup) RETURN properties(r) AS properties"
    )
    assert await small_graph.read(found) == [{"properties": {"note": "new", "days": [DAY]}}]


async def test_an_id_deleted_may_be_made_anew_in_the_same_transaction(small_graph: Store) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(Statement.of_text("test/delete", "MATCH (n:City) DETACH DELETE n"))
        await writing.run(Statement.of_text("test/merge", "MERGE (n:City {id: 'City:a'}) SET n.population = 9"))

    await small_graph.write(work)
    found = Statement.of_text("test/found", "MATCH (n:City) RETURN n.id AS id, properties(n).population AS population")
    assert await small_graph.read(found) == [{"id": "City:a", "population": 9}]


async def test_nodes_never_leave_the_store(small_graph: Store) -> None:
    message = "'test/node' does not fit: Expected JSON-like values and dates, got `Node`"
    with pytest.raises(StoreError, match=message):
        await small_graph.read(Statement.of_text("test/node", "MATCH (n:City {id: 'City:a'}) RETURN n"))


@pytest.mark.only_on("embedded")
async def test_a_nested_map_with_subqueries_is_null_on_the_embedded_database(small_graph: Store) -> None:
    nested = Statement.of_text(
        "test/nested",
        "MATCH (n:City {id: 'City:a'}) RETURN n { .id, nested: { groups: [(n)-[r:PART_OF]->(g:CityGroup) | g { .id, "
        "cities: COLLECT { MATCH (g)<-[:PART_OF]-(m:City) RETURN m.id ORDER BY m.id } }] } } AS x",
    )
    assert await small_graph.read(nested) == [{"x": {"id": "City:a", "nested": None}}]


@pytest.mark.only_on("embedded")
async def test_element_ids_change_on_the_embedded_database(small_graph: Store) -> None:
    async def work(writing: WriteTransaction) -> set[object]:
        before = await writing.run(Statement.of_text("t", "MATCH (n:City {id: 'City:a'}) RETURN elementId(n) AS e"))
        after = await writing.run(
            Statement.of_text("t", "MATCH (n:City {id: 'City:a'}) SET n:Old RETURN elementId(n) AS e")
        )
        return {before[0]["e"], after[0]["e"]}

    assert len(await small_graph.write(work)) == 2


@pytest.mark.only_on("embedded")
async def test_a_write_sent_as_a_read_leaves_half_its_work_on_the_embedded_database(small_graph: Store) -> None:
    half = Statement.of_text("test/half", "CREATE (:CityGroup {id: 'CityGroup:new'}) CREATE (:City {id: 'City:a'})")
    with pytest.raises(StoreError, match="second node"):
        await small_graph.read(half)
    left = Statement.of_text("test/left", "MATCH (n:CityGroup {id: 'CityGroup:new'}) RETURN count(n) AS count")
    assert await small_graph.read(left) == [{"count": 1}]
    with pytest.raises(StoreError, match="second node"):
        await small_graph.write(
            lambda writing: writing.run(Statement.of_text("test/half", half.text.replace("new", "no")))
        )
    none = Statement.of_text("test/left", "MATCH (n:CityGroup {id: 'CityGroup:no'}) RETURN count(n) AS count")
    assert await small_graph.read(none) == [{"count": 0}]
