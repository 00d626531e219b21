"""Compute the answer to the question `graph.questions.centrality` from the analysis snapshot."""

from typing import Final

from graph.analysis.measures import Definition
from graph.analysis.runner import AnalysisRunner
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import with_filters
from graph.analysis.time_series import centrality_on
from graph.errors import BadArgument
from graph.questions.centrality import Arguments, CentralityDefinition, CentralityScore, CentralityScores
from graph.store import Reader
from graph.vocabulary import CollaborationMode, NetworkSide, Standing

__all__ = ["compute_scores"]

_LAST: Final = 2**62
"""Rank of nodes without a value, which sorts them last."""


async def compute_scores(
    runner: AnalysisRunner, reader: Reader, arguments: Arguments
) -> tuple[CentralityScores, tuple[CentralityScore, ...]]:
    """Return the definition of the measure and the sorted scores. Raises QueryError, StoreError and AnalysisError."""
    if arguments.least_shared < 1 or (arguments.least_shared > 1 and arguments.projection is None):
        raise BadArgument(
            f"leastShared: {arguments.least_shared} does not fit",
            hint="give 1 or more, and more than 1 only with a projection",
        )
    kind, side = arguments.network_kind, arguments.side
    snapshot, subset = await with_filters(
        runner.snapshot,
        reader,
        arguments.on,
        Subset(
            layers=arguments.collaborations or (CollaborationMode.NETWORK,),
            standings=tuple(standing for standing in Standing if standing in arguments.standings),
            countries=arguments.countries,
            theme=arguments.theme,
            network_kind=kind and kind.name,
            include_applied=arguments.include_applied,
            include_cities=arguments.include_cities or (),
            exclude_cities=arguments.exclude_cities or (),
            include_networks=arguments.include_networks or (),
            exclude_networks=arguments.exclude_networks or (),
            min_degree=arguments.min_degree,
            ego=arguments.ego,
            radius=arguments.radius,
            largest_component=arguments.largest_component,
        ),
        cities_where=arguments.cities_where,
        networks_where=arguments.networks_where,
    )
    found = await runner.run_cached(
        centrality_on,
        snapshot,
        arguments.on,
        arguments.measure,
        arguments.normalisation,
        subset,
        side=arguments.projection,
        weight=arguments.weight,
        least_shared=arguments.least_shared,
    )
    rows = tuple(
        CentralityScore((score.rank or _LAST, score.node.name, score.node.id), score.node.id, score.value, score.rank)
        for score in found.ranking()
        if side is None or (score.node.mode == "City") is (side is NetworkSide.CITIES)
    )
    return CentralityScores(_definition(found.definition), found.lower_bound, found.reason), rows


def _definition(found: Definition) -> CentralityDefinition:
    return CentralityDefinition(
        found.measure.name,
        found.normalisation.name,
        found.formula,
        found.scale,
        found.reference,
        found.scale_reference,
    )
