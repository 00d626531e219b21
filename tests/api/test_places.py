"""Places: cities near a point or in a part of a map, and their locations."""

from typing import Any

import pytest

from tests.api.conftest import Ask

HELSINKI = "latitude: 60.16952, longitude: 24.93545"


async def ids(ask: Ask, where: str) -> list[str]:
    data = await ask(f"{{ cities(where: {where}, orderBy: [{{field: ID}}], first: 100) {{ nodes {{ id }} }} }}")
    return [node["id"] for node in data["cities"]["nodes"]]


async def test_location(ask: Ask) -> None:
    data = await ask("""{ city(id: "City:helsinki") {
      latitude longitude location { type coordinates } place: location { __typename at: coordinates } } }""")
    assert data["city"] == {
        "latitude": 60.16952,
        "longitude": 24.93545,
        "location": {"type": "Point", "coordinates": [24.93545, 60.16952]},
        "place": {"__typename": "GeoPoint", "at": [24.93545, 60.16952]},
    }


async def test_near(ask: Ask) -> None:
    expected = ["City:espoo", "City:helsinki", "City:kauniainen", "City:vantaa"]
    near = f"{{near: {{{HELSINKI}, kilometres: 20}}}}"
    assert set(await ids(ask, near)) <= set(expected)
    assert {"City:espoo", "City:helsinki", "City:vantaa"} <= set(await ids(ask, near))
    assert await ids(ask, f"{{near: {{{HELSINKI}, kilometres: 0}}}}") == ["City:helsinki"]
    assert "City:tallinn" not in await ids(ask, f"{{near: {{{HELSINKI}, kilometres: 80}}}}")
    assert "City:tallinn" in await ids(ask, f"{{near: {{{HELSINKI}, kilometres: 85}}}}")


async def test_bounding_box(ask: Ask) -> None:
    box = "{south: 59, west: 24, north: 60.2, east: 25}"
    found = await ids(ask, f"{{boundingBox: {box}}}")
    assert {"City:helsinki", "City:tallinn"} <= set(found)
    assert "City:stockholm" not in found
    across = await ids(ask, "{boundingBox: {south: 59, west: 24.9, north: 60.2, east: 19}}")
    assert "City:helsinki" in across
    assert "City:stockholm" in across
    assert "City:tallinn" not in across
    outside = await ids(ask, f'{{not: {{boundingBox: {box}}}, country: {{eq: "FI"}}}}')
    assert "City:helsinki" not in outside
    assert "City:vantaa" in outside


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{near: {latitude: 91, longitude: 0, kilometres: 1}}", "`near` has a latitude of 91 degrees"),
        ("{near: {latitude: 0, longitude: -181, kilometres: 1}}", "`near` has a longitude of -181 degrees"),
        ("{near: {latitude: 0, longitude: 0, kilometres: -1}}", "`near` has a distance of -1 km"),
        ("{boundingBox: {south: -91, west: 0, north: 0, east: 0}}", "`boundingBox` has a latitude of -91 degrees"),
        ("{boundingBox: {south: 0, west: 0, north: 0, east: 181}}", "`boundingBox` has a longitude of 181 degrees"),
        (
            "{boundingBox: {south: 2, west: 0, north: 1, east: 0}}",
            "`boundingBox` has its southern edge at 2, north of its northern edge at 1",
        ),
    ],
)
async def test_impossible_places(errors: Ask, where: str, message: str) -> None:
    (error,) = await errors(f"{{ cities(where: {where}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == message


async def test_distance(ask: Ask, errors: Ask) -> None:
    """`near` finds exactly the cities within the distance."""
    query = """query ($latitude: Float!, $longitude: Float!, $kilometres: Float!) {
        cities(first: 500, where: {near: {latitude: $latitude, longitude: $longitude, kilometres: $kilometres}}) {
            nodes { id distance(latitude: $latitude, longitude: $longitude) } } }"""
    point = {"latitude": 60.29414, "longitude": 25.04099}
    far = (await ask(query, **point, kilometres=500))["cities"]["nodes"]
    distances = {node["id"]: node["distance"] for node in far}
    assert max(distances.values()) <= 500
    assert distances["City:helsinki"] == pytest.approx(15.3, abs=1)
    near = (await ask(query, **point, kilometres=distances["City:helsinki"] + 0.001))["cities"]["nodes"]
    assert {node["id"] for node in near} == {
        city for city, distance in distances.items() if distance <= distances["City:helsinki"]
    }
    (error,) = await errors('{ city(id: "City:vantaa") { distance(latitude: 91, longitude: 0) } }')
    assert (error["message"], error["path"]) == ("`distance` has a latitude of 91 degrees", ["city", "distance"])


def distances(page: dict[str, Any]) -> list[float]:
    return [node["distance"] for node in page["nodes"]]


async def test_order_by_distance(ask: Ask) -> None:
    query = f"""query ($direction: OrderDirection!, $first: Int, $after: String, $last: Int, $before: String) {{
        cities(
          where: {{country: {{eq: "FI"}}, near: {{{HELSINKI}, kilometres: 60}}}}
          orderBy: {{field: DISTANCE, direction: $direction}}
          first: $first, after: $after, last: $last, before: $before
        ) {{
          nodes {{ id distance({HELSINKI}) }}
          pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"""
    near = (await ask(query, direction="ASC"))["cities"]
    assert near["nodes"][0] == {"id": "City:helsinki", "distance": 0}
    assert len(near["nodes"]) > 4
    assert distances(near) == sorted(distances(near))
    assert (await ask(query, direction="DESC"))["cities"]["nodes"] == near["nodes"][::-1]

    forward, after = [], None
    for _ in near["nodes"]:
        page = (await ask(query, direction="ASC", first=1, after=after))["cities"]
        forward += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    assert forward == near["nodes"]
    assert not page["pageInfo"]["hasNextPage"]

    backward, before = [], None
    for _ in near["nodes"]:
        page = (await ask(query, direction="ASC", last=1, before=before))["cities"]
        backward += page["nodes"]
        before = page["pageInfo"]["startCursor"]
    assert backward == near["nodes"][::-1]
    assert not page["pageInfo"]["hasPreviousPage"]


async def test_several_radii_around_one_point(ask: Ask) -> None:
    """A saved filter and one of the page can be around the same point; the distance is measured from it."""
    query = """query ($where: CityWhere!) { cities(where: $where, orderBy: {field: DISTANCE}) { nodes { id } } }"""
    point = {"latitude": 60.1699, "longitude": 24.9384}
    narrow, wide = ({"near": {**point, "kilometres": kilometres}} for kilometres in (60, 600))
    expected = (await ask(query, where=narrow))["cities"]["nodes"]
    assert len(expected) > 4
    for where in ({**wide, "and": [narrow]}, {"and": [narrow, wide]}):
        assert (await ask(query, where=where))["cities"]["nodes"] == expected


async def test_order_of_members_by_distance(ask: Ask) -> None:
    query = f"""query ($after: String) {{ network(id: "Network:eurocities") {{
        members(
          where: {{and: [{{near: {{{HELSINKI}, kilometres: 1000}}}}]}}
          orderBy: [{{field: DISTANCE}}]
          first: 3, after: $after
        ) {{ nodes {{ id distance({HELSINKI}) }} pageInfo {{ endCursor }} }} }} }}"""
    first = (await ask(query))["network"]["members"]
    assert first["nodes"][0]["id"] == "City:helsinki"
    second = (await ask(query, after=first["pageInfo"]["endCursor"]))["network"]["members"]
    found = distances(first) + distances(second)
    assert found == sorted(found)
    assert len({node["id"] for node in first["nodes"] + second["nodes"]}) == 6


@pytest.mark.parametrize(
    "where",
    [
        "{}",
        f"{{or: [{{near: {{{HELSINKI}, kilometres: 1}}}}]}}",
        f"{{not: {{near: {{{HELSINKI}, kilometres: 1}}}}}}",
        f"{{near: {{{HELSINKI}, kilometres: 1}}, and: {{near: {{latitude: 0, longitude: 0, kilometres: 1}}}}}}",
    ],
)
async def test_distance_from_nowhere(errors: Ask, where: str) -> None:
    (error,) = await errors(f"{{ cities(where: {where}, orderBy: {{field: DISTANCE}}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == "DISTANCE cannot sort `City` without a point from which to measure"
