"""The analysts' fields: centrality, significance, joining and leaving, asked over HTTP."""

from datetime import date

import httpx
import pytest
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.analysis import AnalysisLimits, AnalysisRunner, SnapshotReader, Subset, centrality_on
from graph.analysis.projection import successions
from graph.store import Store
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CollaborationMode,
    NetworkSide,
    ProjectionWeight,
    Standing,
)
from tests.api.conftest import Ask
from tests.questions.graph_builder import SmallGraph
from tests.questions.helpers import SINCE_2020

DAY = "2023-11-27"


async def test_centrality_is_that_of_the_analysis(ask: Ask, seeded_store: Store) -> None:
    data = await ask(
        f"""{{
          centrality(measure: BETWEENNESS, normalisation: BORGATTI_EVERETT, on: "{DAY}", side: CITIES, first: 5) {{
            totalCount lowerBound reason
            definition {{ measure normalisation formula scale reference scaleReference }}
            nodes {{ node {{ id name }} value rank }}
          }}
        }}"""
    )
    found = data["centrality"]
    snapshot = await SnapshotReader(seeded_store).current()
    expected = centrality_on(
        snapshot, date.fromisoformat(DAY), CentralityMeasure.BETWEENNESS, CentralityNormalisation.BORGATTI_EVERETT
    )
    ranking = expected.ranking("City")
    assert found["nodes"] == [
        {"node": {"id": score.node.id, "name": score.node.name}, "value": score.value, "rank": score.rank}
        for score in ranking[:5]
    ]
    assert found["totalCount"] == len(ranking)
    assert found["lowerBound"] is True
    assert found["reason"] is None
    assert found["definition"]["reference"] == "10.2307/3033543"
    assert found["definition"]["scaleReference"] == "10.1016/S0378-8733(96)00301-2"
    assert "2 (n − 1)(m − 1)" in found["definition"]["scale"]


async def test_pages_and_a_projection(ask: Ask, seeded_store: Store) -> None:
    query = f"""query ($after: String) {{
      centrality(
        measure: STRENGTH, normalisation: NONE, on: "{DAY}", projection: CITIES, weight: NEWMAN,
        first: 40, after: $after,
        subset: {{
          layers: [NETWORK, WORKING_GROUP, PROJECT, TWINNING], countries: ["FI", "SE", "NO", "DK", "IS"]
        }}
      ) {{ pageInfo {{ hasNextPage endCursor }} totalCount edges {{ cursor node {{ node {{ id }} value rank }} }} }}
    }}"""
    rows: list[tuple[str, float]] = []
    after = None
    while True:
        page = (await ask(query, after=after))["centrality"]
        rows += [(edge["node"]["node"]["id"], edge["node"]["value"]) for edge in page["edges"]]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    snapshot = await SnapshotReader(seeded_store).current()
    expected = centrality_on(
        snapshot,
        date.fromisoformat(DAY),
        CentralityMeasure.STRENGTH,
        CentralityNormalisation.NONE,
        Subset(layers=tuple(CollaborationMode), countries=("FI", "SE", "NO", "DK", "IS")),
        projection=NetworkSide.CITIES,
        weight=ProjectionWeight.NEWMAN,
    )
    assert page["totalCount"] == len(rows) == len(expected.scores)
    assert rows == [(score.node.id, score.value) for score in expected.ranking()]


async def test_a_weight_of_a_projection_needs_one(errors: Ask) -> None:
    for field in ("centrality(measure: DEGREE, weight: JACCARD)", "communities(weight: JACCARD)"):
        [error] = await errors(f"{{ {field} {{ totalCount }} }}")
        assert error["message"] == "weight: without a projection, ties are weighted only by count or grade"


async def test_a_subset(ask: Ask, seeded_store: Store) -> None:
    found = await ask(
        f"""{{
          centrality(
            measure: DEGREE, normalisation: NONE, on: "{DAY}", side: CITIES, first: 500,
            subset: {{
              minDegree: 2, excludeNetworks: ["Network:eurocities"], ego: "City:vantaa", largestComponent: true
            }}
          ) {{ nodes {{ node {{ id }} value }} }}
        }}"""
    )
    subset = Subset(min_degree=2, exclude_networks=("Network:eurocities",), ego="City:vantaa", largest_component=True)
    graph = (await SnapshotReader(seeded_store).current()).two_mode(date.fromisoformat(DAY), subset).to_networkx()
    assert {row["node"]["id"]: row["value"] for row in found["centrality"]["nodes"]} == {
        node: degree for node, degree in graph.degree if node.startswith("City:")
    }
    assert len(graph) > 2


async def test_filters_of_the_model(ask: Ask, seeded_store: Store) -> None:
    """The filters are those of `cities` and `networks`, with the day of the question where they state none."""
    found = await ask(
        f"""query ($cities: CityWhere!) {{
          centrality(
            measure: DEGREE, normalisation: NONE, on: "{DAY}", first: 500,
            subset: {{
              citiesWhere: $cities, networksWhere: {{kind: {{in: [CITY_NETWORK]}}, id: {{in: ["Network:eurocities"]}}}}
            }}
          ) {{ nodes {{ node {{ id }} value }} }}
          network(id: "Network:eurocities") {{
            members(on: "{DAY}", where: $cities, first: 500) {{ nodes {{ id }} }}
          }}
        }}""",
        cities={"networks": {"none": {"id": {"eq": "Network:nordic-safe-cities"}}, "on": DAY}},
    )
    degrees = {row["node"]["id"]: row["value"] for row in found["centrality"]["nodes"]}
    cities = {row["id"] for row in found["network"]["members"]["nodes"]}
    assert degrees == {"Network:eurocities": len(cities), **dict.fromkeys(cities, 1)}
    assert len(cities) > 2


async def test_standings_of_centrality(ask: Ask, seeded_store: Store) -> None:
    found = await ask(
        f"""{{
          centrality(
            measure: DEGREE, normalisation: NONE, on: "{DAY}", side: COLLABORATIONS, first: 500,
            subset: {{standings: [IN_FORCE]}}
          ) {{ nodes {{ node {{ id }} value }} }}
        }}"""
    )
    snapshot = await SnapshotReader(seeded_store).current()
    graph = snapshot.two_mode(date.fromisoformat(DAY), Subset(standings=(Standing.IN_FORCE,))).to_networkx()
    assert {row["node"]["id"]: row["value"] for row in found["centrality"]["nodes"]} == {
        node: degree for node, degree in graph.degree if not node.startswith("City:")
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("measure: HITS, normalisation: BORGATTI_EVERETT", "ANALYSIS_FAILED"),
        ('measure: DEGREE, subset: {theme: "Theme:none"}', "UNKNOWN_ID"),
        ('measure: DEGREE, subset: {theme: "City:vantaa"}', "BAD_ARGUMENT"),
        ('measure: DEGREE, subset: {citiesWhere: {country: {eq: "Finland"}}}', "BAD_ARGUMENT"),
        ("measure: DEGREE, subset: {networksWhere: {members: {}}}", "BAD_ARGUMENT"),
        ("measure: DEGREE, leastShared: 2", "BAD_ARGUMENT"),
        ("measure: DEGREE, leastShared: 0, projection: CITIES", "BAD_ARGUMENT"),
        ('measure: DEGREE, after: "nonsense"', "BAD_CURSOR"),
        ('measure: DEGREE, subset: {ego: "City:none"}', "UNKNOWN_ID"),
        ('measure: DEGREE, subset: {excludeNetworks: ["Network:none"]}', "UNKNOWN_ID"),
        ("measure: DEGREE, subset: {radius: 0}", "BAD_ARGUMENT"),
    ],
)
async def test_invalid_arguments(errors: Ask, arguments: str, code: str) -> None:
    (error,) = await errors(f"{{ centrality({arguments}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == code
    assert error["extensions"]["hint"]


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("centrality(measure: BETWEENNESS, normalisation: BORGATTI_EVERETT, projection: CITIES)", "NONE, NETWORKX"),
        ("centrality(measure: EIGENVECTOR, normalisation: NONE)", "NETWORKX, BORGATTI_EVERETT"),
    ],
)
async def test_hints_spell_enum_values_as_the_schema_does(errors: Ask, field: str, hint: str) -> None:
    (error,) = await errors(f"{{ {field} {{ totalCount }} }}")
    assert error["extensions"]["hint"] == f"use one of {hint}"


async def test_networks_that_share_several_cities(ask: Ask, seeded_store: Store) -> None:
    data = await ask(
        f"""{{
          centrality(
            measure: DEGREE, normalisation: NONE, on: "{DAY}", projection: COLLABORATIONS, leastShared: 3, first: 100
          ) {{ nodes {{ node {{ id }} value }} }}
        }}"""
    )
    two_mode = (await SnapshotReader(seeded_store).current()).two_mode(date.fromisoformat(DAY))
    graph = two_mode.to_networkx()
    networks = [node.id for node in two_mode.collaborations]
    expected = {
        one: sum(len(set(graph[one]) & set(graph[other])) >= 3 for other in networks if other != one)
        for one in networks
    }
    found = {row["node"]["id"]: row["value"] for row in data["centrality"]["nodes"]}
    assert found == expected
    assert max(found.values()) > 0


@pytest.mark.slow
async def test_too_many_analyses_give_a_retryable_error(seeded_store: Store) -> None:
    state = AppState(Settings(request_timeout_s=120, analysis_timeout_s=60), seeded_store)
    state.analysis_runner = AnalysisRunner(seeded_store, AnalysisLimits(max_waiting=0))
    transport = httpx.ASGITransport(app=Starlette(routes=routes(state)))
    query = "{ one: centrality(measure: DEGREE) { totalCount } other: centrality(measure: K_CORE) { totalCount } }"
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as client:
        response = await client.post("/graphql", json={"query": query})
        again = await client.post("/graphql", json={"query": "{ centrality(measure: K_CORE) { totalCount } }"})
    await state.close()
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "ANALYSIS_BUSY"
    assert error["message"] == "too many analyses: 0 are already waiting"
    assert response.headers["Retry-After"] == "1"
    assert "errors" not in again.json()
    assert "Retry-After" not in again.headers


async def test_an_empty_network_says_why(ask: Ask) -> None:
    found = await ask('{ centrality(measure: DEGREE, on: "1900-01-01") { totalCount reason nodes { rank } } }')
    assert found["centrality"] == {"totalCount": 0, "reason": "the network has no nodes", "nodes": []}


async def test_significance_of_overlaps(ask: Ask, seeded_store: Store) -> None:
    two_mode = (await SnapshotReader(seeded_store).current()).two_mode(date.fromisoformat(DAY))
    cities, networks = len(two_mode.cities), len(two_mode.collaborations)
    pairs = networks * (networks - 1) // 2 - len(successions(two_mode, NetworkSide.COLLABORATIONS))
    data = await ask(
        f"""{{
          overlappingMemberships(on: "{DAY}", first: 500) {{
            nodes {{
              level membersComplete otherMembersComplete
              significance {{ nullModel p adjusted conditional upperBound tests universe trials trialsNeeded }}
              sampled: significance(nullModel: FDSM, trials: 10, seed: 3) {{ nullModel p seed trials trialsNeeded }}
            }}
          }}
        }}"""
    )
    rows = data["overlappingMemberships"]["nodes"]
    assert {row["level"] for row in rows} == {"CITIES", "UNITS"}
    for row in rows:
        if row["level"] == "UNITS":
            assert row["significance"] is None
            continue
        # Only one roster is complete on that day, so every p value is conditional.
        assert not (row["membersComplete"] and row["otherMembersComplete"])
        found, sampled = row["significance"], row["sampled"]
        assert 0 < found["p"] <= found["adjusted"] <= 1
        assert (found["conditional"], found["upperBound"]) == (True, False)
        assert (found["nullModel"], found["tests"], found["universe"]) == ("SDSM", pairs, cities)
        assert (found["trials"], found["trialsNeeded"]) == (None, None)
        assert (sampled["nullModel"], sampled["seed"], sampled["trials"]) == ("FDSM", 3, 10)
        assert sampled["trialsNeeded"] == 20 * found["tests"] - 1


async def test_joining_and_leaving(ask: Ask) -> None:
    data = await ask(
        f"""{{
          joinCheck(city: "City:helsinki", network: "Network:eccar", on: "2013-05-01") {{
            network {{ id }} standing membersComplete yearlyFee {{ amount currency }}
            stated {{ year fee {{ amount }} decision {{ id }} }}
          }}
          leaveImpact(city: "City:vantaa", network: "Network:nordic-safe-cities", on: "{DAY}") {{
            standing totals {{ amount currency }} costUnknown peerCount peers {{ id }} peersKept {{ id }}
            memberships {{ id }}
          }}
        }}"""
    )
    assert data["joinCheck"] == {
        "network": {"id": "Network:eccar"},
        "standing": None,
        "membersComplete": False,
        "yearlyFee": {"amount": "1500.00", "currency": "EUR"},
        "stated": [
            {"year": 2013, "fee": {"amount": "1500.00"}, "decision": {"id": "Decision:helsinki-kh-2013-04-29-522"}}
        ],
    }
    leave = data["leaveImpact"]
    assert leave["totals"] == [{"amount": "10000.00", "currency": "EUR"}]
    assert not leave["costUnknown"]
    assert leave["memberships"] == [{"id": "Membership:vantaa-nordic-safe-cities"}]
    assert leave["peerCount"] == len(leave["peers"])
    assert len(leave["peers"]) + len(leave["peersKept"]) == 20


async def test_significance_where_rosters_are_complete(empty_store: Store, runner: AnalysisRunner) -> None:
    graph = SmallGraph()
    graph.cities(*"abcdef")
    for network, members in (("x", "abcd"), ("y", "bcd"), ("z", "ef")):
        graph.network(network, roster_on="2024-06-01")
        for city in members:
            graph.member(city, network, SINCE_2020)
    await graph.write(empty_store)
    state = AppState(Settings(request_timeout_s=120), empty_store, runner)
    transport = httpx.ASGITransport(app=Starlette(routes=routes(state)))
    query = """{ overlappingMemberships(on: "2024-06-01") { nodes { network { id } other { id }
      significance(nullModel: HYPERGEOMETRIC) { p adjusted tests universe } } } }"""
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as client:
        body = (await client.post("/graphql", json={"query": query})).json()
    # Three of the six cities, all among four: 4/20. Of three pairs with a p, two share nothing.
    assert body["data"]["overlappingMemberships"]["nodes"] == [
        {
            "network": {"id": "Network:x"},
            "other": {"id": "Network:y"},
            "significance": {
                "p": pytest.approx(0.2),
                "adjusted": pytest.approx(0.6),
                "tests": 3,
                "universe": 6,
            },
        }
    ]


@pytest.mark.slow
async def test_twin_towns_are_lower_bounds(ask: Ask) -> None:
    """No source states all twin towns of a city, although both towns of each pair are known."""
    data = await ask(
        f"""{{
          centrality(measure: DEGREE, on: "{DAY}", subset: {{ layers: [TWINNING] }}) {{ totalCount lowerBound }}
          communities(on: "{DAY}", subset: {{ layers: [TWINNING] }}) {{ lowerBound }}
        }}"""
    )
    assert data["centrality"]["totalCount"] > 0
    assert data["centrality"]["lowerBound"] is True
    assert data["communities"]["lowerBound"] is True
