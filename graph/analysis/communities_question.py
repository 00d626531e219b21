"""Compute the answer to the named query `communities` (`graph.questions.communities`).

The answer is computed from the analysis snapshot, a copy of the graph in memory.
"""

from datetime import date
from typing import Final

from graph.analysis.communities import communities
from graph.analysis.community_profiles import community_name, community_profiles
from graph.analysis.projection import check_least_shared, check_weight
from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.analysis.time_series import weigh
from graph.errors import BadArgument
from graph.progress import ProgressCallback, no_progress
from graph.questions.communities import Arguments, Communities, Community, CommunityMember
from graph.store import Reader
from graph.vocabulary import CommunityMethod, NetworkSide, ProjectionWeight

__all__ = ["compute_communities"]

_MAX_TRIALS: Final = 100
_MAX_COMMUNITIES: Final = 500


async def compute_communities(
    runner: AnalysisRunner, reader: Reader, arguments: Arguments
) -> tuple[Communities, tuple[CommunityMember, ...]]:
    """Return data about all communities, and the members of the communities sorted by community, name and id.

    Raises QueryError, StoreError and AnalysisError.
    """
    if not 1 <= arguments.trials <= _MAX_TRIALS:
        raise BadArgument(f"trials: {arguments.trials} is out of range", hint=f"give a number from 1 to {_MAX_TRIALS}")
    check_least_shared("leastShared", arguments.least_shared, arguments.projection)
    check_weight(arguments.weight, arguments.projection)
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
    return await runner.run_cached(
        _communities,
        snapshot,
        arguments.on,
        subset,
        arguments.method,
        resolution=arguments.resolution,
        trials=arguments.trials,
        seed=arguments.seed,
        projection=arguments.projection,
        weight=arguments.weight,
        least_shared=arguments.least_shared,
    )


def _communities(
    snapshot: Snapshot,
    on: date,
    subset: Subset,
    method: CommunityMethod,
    *,
    resolution: float,
    trials: int,
    seed: int,
    projection: NetworkSide | None,
    weight: ProjectionWeight,
    least_shared: int,
    on_progress: ProgressCallback = no_progress,
) -> tuple[Communities, tuple[CommunityMember, ...]]:
    two_mode = snapshot.two_mode(on, subset)
    graph = weigh(two_mode, projection, weight, least_shared=least_shared)
    found = communities(graph, method=method, seed=seed, trials=trials, resolution=resolution, on_progress=on_progress)
    rows = [
        CommunityMember((number, node.name, node.id), node.id, number, found.node_stability.get(node.id))
        for number, nodes in enumerate(found.communities, start=1)
        for node in nodes
    ]
    profiles = community_profiles(two_mode, found)
    shown: list[Community] = []
    for number, (nodes, profile) in enumerate(zip(found.communities, profiles, strict=True), start=1):
        cities = sum(node.mode == "City" for node in nodes)
        name, typical = community_name(profile), tuple(node.id for node in profile.collaborations)
        others = len(nodes) - cities
        shown.append(Community(number, name and str(name), cities, others, typical, profile.countries))
    about = Communities(
        method.name,
        found.citation,
        found.seed,
        found.modularity,
        found.two_mode_modularity,
        found.stability and found.stability.modularity[0],
        found.stability and found.stability.agreement,
        len(shown),
        tuple(shown[:_MAX_COMMUNITIES]),
        found.lower_bound,
        two_mode.reason,
    )
    return about, tuple(sorted(rows, key=lambda row: row.sort_key))
