"""Compute the answer to the question `graph.questions.centrality` from the analysis snapshot."""

from typing import Final

from graph.analysis.measures import Definition
from graph.analysis.projection import check_least_shared
from graph.analysis.runner import AnalysisRunner
from graph.analysis.subset_filters import read_subset
from graph.analysis.time_series import centrality_on
from graph.questions.centrality import Arguments, CentralityDefinition, CentralityScore, CentralityScores
from graph.store import Reader
from graph.vocabulary import NetworkSide

__all__ = ["compute_scores"]

_LAST: Final = 2**62
"""Rank of nodes without a value, which sorts them last."""


async def compute_scores(
    runner: AnalysisRunner, reader: Reader, arguments: Arguments
) -> tuple[CentralityScores, tuple[CentralityScore, ...]]:
    """Return the definition of the measure and the sorted scores. Raises QueryError, StoreError and AnalysisError."""
    check_least_shared("leastShared", arguments.least_shared, arguments.projection)
    side = arguments.side
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
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
