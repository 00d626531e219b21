"""The question `overlaps`: pairs of cities or networks in a subset, over GraphQL."""

import pickle
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from graph.analysis import AnalysisRunner, SnapshotReader, Subset, overlaps, overlaps_question, significance
from graph.analysis.overlap_significance import overlaps_significance
from graph.analysis.overlaps_question import compute_overlaps
from graph.analysis.runner import RESULTS_BYTES
from graph.errors import AnalysisError, GraphChanged
from graph.questions.overlaps import Arguments
from graph.questions.significance import SignificanceArguments
from graph.store import Reader, Store
from graph.vocabulary import NetworkSide, NullModel
from tests.api.conftest import Ask

ON = date(2023, 11, 27)
ROW = "node { id } other { id } shared jaccard overlapCoefficient cosine newman lowerBound"


async def test_pairs_of_networks_in_the_whole_graph_are_overlapping_memberships(ask: Ask) -> None:
    data = await ask(f"""{{
      overlaps(on: "{ON}", first: 500) {{ totalCount lowerBound reason nodes {{ {ROW} }} }}
      overlappingMemberships(on: "{ON}", level: CITIES, first: 500) {{
        totalCount nodes {{ node: network {{ id }} other {{ id }} shared jaccard overlapCoefficient newman lowerBound }}
      }}
    }}""")
    found, expected = data["overlaps"], data["overlappingMemberships"]
    assert (found["totalCount"], found["lowerBound"], found["reason"]) == (expected["totalCount"], True, None)
    assert [{**row, "newman": round(row["newman"], 12)} for row in found["nodes"]] == [
        {**row, "cosine": pair["cosine"]} for row, pair in zip(expected["nodes"], found["nodes"], strict=True)
    ]


@pytest.mark.parametrize("projection", NetworkSide)
async def test_pairs_in_a_subset_are_those_of_the_analysis(
    ask: Ask, seeded_store: Store, projection: NetworkSide
) -> None:
    subset = Subset(countries=("FI", "SE"), min_degree=2)
    two_mode = (await SnapshotReader(seeded_store).current()).two_mode(ON, subset)
    rows = sorted(
        (row for row in overlaps(two_mode, projection).rows() if row.shared >= 2),
        key=lambda row: (-row.shared, -row.jaccard, row.first.id, row.second.id),
    )
    data = await ask(f"""{{
      overlaps(
        on: "{ON}", projection: {projection.name}, leastShared: 2, first: 500,
        subset: {{countries: ["SE", "FI"], minDegree: 2}}
      ) {{ totalCount nodes {{ {ROW} }} }}
    }}""")
    found = data["overlaps"]
    assert found["totalCount"] == len(rows) > 10
    assert found["nodes"] == [
        {
            "node": {"id": row.first.id},
            "other": {"id": row.second.id},
            "shared": row.shared,
            "jaccard": row.jaccard,
            "overlapCoefficient": row.overlap,
            "cosine": row.cosine,
            "newman": row.newman,
            "lowerBound": row.lower_bound,
        }
        for row in rows[:500]
    ]


async def test_pairs_of_one_node_and_pages(ask: Ask) -> None:
    rows: list[dict[str, Any]] = []
    after, total = "null", 0
    while after:
        data = await ask(f"""{{
          overlaps(on: "{ON}", projection: CITIES, node: "City:vantaa", first: 50, after: {after}) {{
            totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {ROW} }}
          }}
        }}""")
        page = data["overlaps"]
        rows += page["nodes"]
        total = page["totalCount"]
        after = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""
    assert {row["node"]["id"] for row in rows} == {"City:vantaa"}
    others = [row["other"]["id"] for row in rows]
    assert len(others) == len(set(others)) == total > 50
    keys = [(-row["shared"], -row["jaccard"], row["other"]["id"]) for row in rows]
    assert keys == sorted(keys)


async def test_pairs_that_share_a_node(ask: Ask) -> None:
    query = f"""{{
      overlaps(on: "{ON}", node: "City:vantaa") {{ nodes {{ node {{ id }} other {{ id }} }} }}
      overlappingMemberships(on: "{ON}", city: "City:vantaa", level: CITIES) {{
        nodes {{ node: network {{ id }} other {{ id }} }}
      }}
    }}"""
    data = await ask(query)
    assert data["overlaps"]["nodes"] == data["overlappingMemberships"]["nodes"] != []


async def test_the_largest_answer_fits_into_the_cache(seeded_store: Store) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    found = overlaps_question._rank(snapshot, ON, Subset(), NetworkSide.CITIES, None, 1)
    per_pair = found.pairs.nbytes / len(found)
    assert overlaps_question._MAX_PAIRS * per_pair < RESULTS_BYTES
    assert found.nbytes < len(pickle.dumps(found)) * 1.1


async def test_significance_in_a_subset(ask: Ask, seeded_store: Store) -> None:
    two_mode = (await SnapshotReader(seeded_store).current()).two_mode(ON, Subset(min_degree=3))
    expected = significance(two_mode, NetworkSide.CITIES, NullModel.SDSM)
    by_pair = {frozenset((row.first.id, row.second.id)): row for row in expected.rows()}
    data = await ask(f"""{{
      overlaps(on: "{ON}", projection: CITIES, node: "City:vantaa", subset: {{minDegree: 3}}) {{
        nodes {{
          node {{ id }} other {{ id }}
          significance {{ nullModel p adjusted conditional tests universe trials }}
        }}
      }}
    }}""")
    assert len(data["overlaps"]["nodes"]) > 5
    for row in data["overlaps"]["nodes"]:
        tested = by_pair[frozenset((row["node"]["id"], row["other"]["id"]))]
        assert row["significance"] == {
            "nullModel": "SDSM",
            "p": tested.p,
            "adjusted": tested.adjusted,
            "conditional": True,
            "tests": expected.tests,
            "universe": expected.universe,
            "trials": None,
        }


async def test_pages_share_one_computation_of_their_significance(seeded_store: Store, runner: AnalysisRunner) -> None:
    runs: list[float] = []
    counted = runner.using(runs.append, is_own=False)
    arguments = Arguments(on=ON, projection=NetworkSide.CITIES, node="City:vantaa")
    tests = SignificanceArguments(null_model=NullModel.HYPERGEOMETRIC)
    rows = list((await compute_overlaps(counted, Reader(seeded_store), arguments))[1])
    runs.clear()
    assert await overlaps_significance(counted, Reader(seeded_store), arguments, [], tests) == ()
    assert runs == []
    found = [
        one
        for page in (rows[:20], rows[20:])
        for one in await overlaps_significance(counted, Reader(seeded_store), arguments, page, tests)
    ]
    assert len(runs) == 1
    two_mode = (await SnapshotReader(seeded_store).current()).two_mode(ON)
    result = significance(two_mode, NetworkSide.CITIES, NullModel.HYPERGEOMETRIC)
    by_pair = {frozenset((row.first.id, row.second.id)): row for row in result.rows()}
    expected = [by_pair[frozenset((row.node, row.other))] for row in rows]
    assert [(one.p, one.adjusted, one.upper_bound, one.conditional) for one in found] == [
        (row.p, row.adjusted, row.is_upper_bound, row.conditional) for row in expected
    ]


async def test_significance_of_pairs_of_another_revision(seeded_store: Store, runner: AnalysisRunner) -> None:
    arguments = Arguments(on=ON, node="City:vantaa")
    row = (await compute_overlaps(runner, Reader(seeded_store), arguments))[1][0]
    for changed in (
        replace(row, shared=row.shared + 1),
        replace(row, other="Network:a"),
        replace(row, other="Network:zz"),
        replace(row, other=row.node),
    ):
        with pytest.raises(GraphChanged, match="the graph changed while it was read"):
            await overlaps_significance(runner, Reader(seeded_store), arguments, [changed], SignificanceArguments())


async def test_errors_and_empty_answers(
    ask: Ask, errors: Ask, monkeypatch: pytest.MonkeyPatch, seeded_store: Store
) -> None:
    [error] = await errors('{ overlaps(node: "City:vanta") { totalCount } }')
    assert (error["extensions"]["code"], "City:vantaa" in error["extensions"]["hint"]) == ("UNKNOWN_ID", True)
    [error] = await errors("{ overlaps(leastShared: 0) { totalCount } }")
    assert error["message"] == "leastShared: 0 does not fit"
    none = (await ask('{ overlaps(on: "1900-01-01") { totalCount reason } }'))["overlaps"]
    assert (none["totalCount"], none["reason"].startswith("no source shows a tie")) == (0, True)
    none = (await ask(f'{{ overlaps(on: "{ON}", leastShared: 10000) {{ totalCount reason }} }}'))["overlaps"]
    assert none == {"totalCount": 0, "reason": "no pair shares so many nodes in the subset"}
    monkeypatch.setattr(overlaps_question, "_MAX_PAIRS", 5)
    snapshot = await SnapshotReader(seeded_store).current()
    with pytest.raises(AnalysisError, match="pairs of cities share a node; the limit is 5"):
        overlaps_question._rank(snapshot, ON, Subset(), NetworkSide.CITIES, None, 1)
    assert len(overlaps_question._rank(snapshot, ON, Subset(), NetworkSide.CITIES, "City:vantaa", 1)) > 50


@pytest.mark.parametrize("projection", NetworkSide)
async def test_pairs_that_share_a_node_are_those_of_all_pairs(seeded_store: Store, projection: NetworkSide) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    two_mode = snapshot.two_mode(ON)
    ties = {(two_mode.cities[city].id, two_mode.collaborations[other].id) for city, other, _ in two_mode.iter_ties()}
    rows = list(overlaps_question._rank(snapshot, ON, Subset(), projection, None, 1))
    for node in ("City:vantaa", "Network:eurocities"):
        tied = {other for tie in ties if node in tie for other in tie if other != node}
        found = list(overlaps_question._rank(snapshot, ON, Subset(), projection, node, 1))
        if node.startswith("City:") is (projection is NetworkSide.CITIES):
            assert {frozenset((row.node, row.other)) for row in found} == {
                frozenset((row.node, row.other)) for row in rows if node in (row.node, row.other)
            }
        else:
            assert found == [row for row in rows if {row.node, row.other} <= tied] != []


async def test_pairs_that_share_a_node_are_limited_by_its_neighbours(
    monkeypatch: pytest.MonkeyPatch, seeded_store: Store
) -> None:
    snapshot = await SnapshotReader(seeded_store).current()
    arguments = snapshot, ON, Subset(), NetworkSide.COLLABORATIONS
    pairs = overlaps_question._rank(*arguments, "City:vantaa", 1)
    networks = {network for row in pairs for network in (row.node, row.other)}
    bound = len(networks) * (len(networks) - 1) // 2
    assert bound < len(overlaps_question._rank(*arguments, None, 1))
    monkeypatch.setattr(overlaps_question, "_MAX_PAIRS", bound)
    assert list(overlaps_question._rank(*arguments, "City:vantaa", 1)) == list(pairs)
    monkeypatch.setattr(overlaps_question, "_MAX_PAIRS", bound - 1)
    with pytest.raises(AnalysisError, match=f"up to {bound} pairs of collaborations"):
        overlaps_question._rank(*arguments, "City:vantaa", 1)


@pytest.mark.parametrize("projection", NetworkSide)
async def test_a_node_outside_the_subset_has_no_pairs(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, seeded_store: Store, projection: NetworkSide
) -> None:
    data = await ask(f"""{{
      overlaps(on: "{ON}", projection: {projection.name}, node: "City:vantaa", subset: {{countries: ["SE"]}}) {{
        totalCount reason
      }}
    }}""")
    assert data["overlaps"] == {"totalCount": 0, "reason": "the node has no tie in the subset on the day"}
    monkeypatch.setattr(overlaps_question, "_MAX_PAIRS", 0)  # no pairs are computed
    snapshot = await SnapshotReader(seeded_store).current()
    assert not len(overlaps_question._rank(snapshot, ON, Subset(countries=("SE",)), projection, "City:vantaa", 1))
