"""Compute the answer to the named query `centrality` (`graph.questions.centrality`).

The answer is computed from the analysis snapshot, a copy of the graph in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, overload

from graph.analysis.measures import Definition
from graph.analysis.projection import check_least_shared, check_weight
from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.analysis.time_series import centrality_on
from graph.questions.centrality import Arguments, CentralityDefinition, CentralityScore, CentralityScores
from graph.store import Reader
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NetworkSide, ProjectionWeight

__all__ = ["compute_scores"]

_LAST: Final = 2**62
"""The number that is used as the rank of nodes without a value, so that these nodes are sorted last."""


@dataclass(frozen=True, slots=True)
class RankedScores(Sequence[CentralityScore]):
    """The definition of a centrality measure (`about`) and the scores of all nodes, sorted by rank, name and id.

    A large result is sent between processes and cached. Therefore the scores are stored as columns of plain values, and
    a `CentralityScore` is created only when it is accessed.
    """

    about: CentralityScores
    ids: list[str]
    names: list[str]
    values: list[float | None]
    ranks: list[int | None]

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> CentralityScore: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[CentralityScore]: ...
    def __getitem__(self, place: int | slice) -> CentralityScore | Sequence[CentralityScore]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        node, rank = self.ids[place], self.ranks[place]
        return CentralityScore((rank or _LAST, self.names[place], node), node, self.values[place], rank)


async def compute_scores(
    runner: AnalysisRunner, reader: Reader, arguments: Arguments
) -> tuple[CentralityScores, Sequence[CentralityScore]]:
    """Return the definition of the measure, and the sorted scores. Raises QueryError, StoreError and AnalysisError."""
    check_least_shared("leastShared", arguments.least_shared, arguments.projection)
    check_weight(arguments.weight, arguments.projection)
    side = arguments.side
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
    ranked = await runner.run_cached(
        _rank,
        snapshot,
        arguments.on,
        arguments.measure,
        arguments.normalisation,
        subset,
        side,
        arguments.projection,
        arguments.weight,
        arguments.least_shared,
    )
    return ranked.about, ranked


def _rank(
    snapshot: Snapshot,
    on: date,
    measure: CentralityMeasure,
    normalisation: CentralityNormalisation,
    subset: Subset,
    side: NetworkSide | None,
    projection: NetworkSide | None,
    weight: ProjectionWeight,
    least_shared: int,
) -> RankedScores:
    """Compute a centrality measure on a date, and rank the cities, the collaborations, or both.

    `side` states which of them are ranked. None means both.
    """
    found = centrality_on(
        snapshot, on, measure, normalisation, subset, projection=projection, weight=weight, least_shared=least_shared
    )
    scores = [
        score
        for score in found.ranking()
        if side is None or (score.node.mode == "City") is (side is NetworkSide.CITIES)
    ]
    return RankedScores(
        CentralityScores(_definition(found.definition), found.lower_bound, found.reason),
        [score.node.id for score in scores],
        [score.node.name for score in scores],
        [score.value for score in scores],
        [score.rank for score in scores],
    )


def _definition(found: Definition) -> CentralityDefinition:
    return CentralityDefinition(
        found.measure.name,
        found.normalisation.name,
        found.formula,
        found.scale,
        found.reference,
        found.scale_reference,
    )
