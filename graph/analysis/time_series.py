"""Analyse a snapshot on one date or on several dates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.projection import Projection, project
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import WHOLE, Subset
from graph.analysis.two_mode import TwoMode
from graph.progress import ProgressCallback, no_progress
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    NetworkSide,
    ProjectionWeight,
)

__all__ = [
    "Observation",
    "centrality_on",
    "over_time",
    "weigh",
]

T = TypeVar("T")


def centrality_on(
    snapshot: Snapshot,
    on: date,
    measure: CentralityMeasure,
    normalisation: CentralityNormalisation = CentralityNormalisation.NETWORKX,
    subset: Subset = WHOLE,
    *,
    projection: NetworkSide | None = None,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    least_shared: int = 1,
    on_progress: ProgressCallback = no_progress,
) -> Centrality:
    """Compute a centrality measure on a date, in the two-mode network or in its projection.

    `projection` states whether the network is projected on the cities or on the collaborations. None selects the
    two-mode network. In a projection, two nodes are tied if they share at least `least_shared` neighbours. Raises
    AnalysisError.
    """
    two_mode = snapshot.two_mode(on, subset)
    graph = weigh(two_mode, projection, weight, least_shared=least_shared)
    return centrality(graph, measure, normalisation, on_progress=on_progress)


def weigh(
    two_mode: TwoMode, projection: NetworkSide | None, weight: ProjectionWeight, *, least_shared: int = 1
) -> TwoMode | Projection:
    """Return the projection of a two-mode network, or the two-mode network itself with the weights of its ties.

    `projection` states whether the network is projected on the cities or on the collaborations. If `projection` is
    None, the two-mode network is returned. The ties of the two-mode network have different weights only if `weight` is
    GRADE. In a projection, two nodes are tied if they share at least `least_shared` neighbours, and `weight` selects
    the formula of the tie weights. Raises AnalysisError.
    """
    if projection is None:
        return replace(two_mode, is_graded=weight is ProjectionWeight.GRADE)
    return project(two_mode, projection, weight, least_shared=least_shared)


@dataclass(frozen=True, slots=True)
class Observation(Generic[T]):
    """The value of a time series on a date."""

    on: date
    value: T


def over_time(
    snapshot: Snapshot,
    dates: Iterable[date],
    compute: Callable[[TwoMode], T],
    subset: Subset = WHOLE,
    *,
    on_progress: ProgressCallback = no_progress,
) -> list[Observation[T]]:
    """Apply `compute` to the two-mode network of each date.

    Returns one observation (date and value) for each date, in the order of `dates`.
    """
    dates = list(dates)
    observations: list[Observation[T]] = []
    for on in dates:
        observations.append(Observation(on, compute(snapshot.two_mode(on, subset))))
        on_progress(len(observations), len(dates))
    return observations
