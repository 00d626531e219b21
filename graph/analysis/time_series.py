"""Analyses of a snapshot on a day, and change over time: the same work on each of several days."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.measures import Measure, Normalisation
from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Weight, project
from graph.analysis.significance import NullModel, significance
from graph.analysis.snapshot import CollaborationMode, Snapshot
from graph.analysis.two_mode import Side, TwoMode

__all__ = [
    "Observation",
    "PairSignificance",
    "TwoModeFilter",
    "centrality_on",
    "centrality_over_time",
    "chances_on",
    "over_time",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TwoModeFilter:
    """What of the graph makes up a two-mode network; see `Snapshot.two_mode`."""

    modes: Collection[CollaborationMode] = (CollaborationMode.NETWORK,)
    countries: Collection[str] | None = None
    theme: str | None = None
    network_kind: str | None = None
    include_applied: bool = False
    isolates: bool = False

    def apply(self, snapshot: Snapshot, on: date) -> TwoMode:
        """The two-mode network of a day."""
        return snapshot.two_mode(
            on,
            self.modes,
            countries=self.countries,
            theme=self.theme,
            network_kind=self.network_kind,
            include_applied=self.include_applied,
            isolates=self.isolates,
        )


def centrality_on(
    snapshot: Snapshot,
    on: date,
    measure: Measure,
    normalisation: Normalisation = Normalisation.NETWORKX,
    cut: TwoModeFilter = TwoModeFilter(),
    *,
    side: Side | None = None,
    weight: Weight = Weight.COUNT,
    tell: ProgressCallback = no_progress_callback,
) -> Centrality:
    """A measure on a day: of the two-mode network, or of its projection on `side`. Raises AnalysisError."""
    two_mode = cut.apply(snapshot, on)
    return centrality(two_mode if side is None else project(two_mode, side, weight), measure, normalisation, tell=tell)


@dataclass(frozen=True, slots=True)
class PairSignificance:
    """Of some pairs, in the order asked: (p, adjusted p), both null where unknown. The rest as of `Significance`."""

    pairs: tuple[tuple[float | None, float | None], ...]
    tests: int
    universe: int
    seed: int | None
    trials: int | None


def chances_on(
    snapshot: Snapshot,
    on: date,
    side: Side,
    chance: NullModel,
    pairs: tuple[tuple[str, str], ...],
    cut: TwoModeFilter = TwoModeFilter(),
    *,
    seed: int = 0,
    trials: int = 1000,
    tell: ProgressCallback = no_progress_callback,
) -> PairSignificance:
    """How likely chance alone gives these pairs of ids, on a day, as much in common; corrected for all pairs.

    A pair that has nothing in common, or is not in the network, is unknown. Raises AnalysisError.
    """
    found = significance(cut.apply(snapshot, on), side, chance, seed=seed, trials=trials, tell=tell)
    wanted = set(pairs)
    known = {ends: (row.p, row.adjusted) for row in found.rows() if (ends := (row.one.id, row.other.id)) in wanted}
    rows = tuple(known.get(pair, (None, None)) for pair in pairs)
    return PairSignificance(rows, found.tests, found.universe, found.seed, found.trials)


@dataclass(frozen=True, slots=True)
class Observation(Generic[T]):
    """What came out on a day."""

    on: date
    value: T


def over_time(
    snapshot: Snapshot,
    days: Iterable[date],
    work: Callable[[TwoMode], T],
    cut: TwoModeFilter = TwoModeFilter(),
    *,
    tell: ProgressCallback = no_progress_callback,
) -> list[Observation[T]]:
    """What `work` makes of the network of each day, in the order of `days`."""
    wanted = list(days)
    moments: list[Observation[T]] = []
    for on in wanted:
        moments.append(Observation(on, work(cut.apply(snapshot, on))))
        tell(len(moments), len(wanted))
    return moments


def centrality_over_time(
    snapshot: Snapshot,
    days: Iterable[date],
    measure: Measure,
    normalisation: Normalisation = Normalisation.NETWORKX,
    cut: TwoModeFilter = TwoModeFilter(),
    *,
    side: Side | None = None,
    weight: Weight = Weight.COUNT,
    tell: ProgressCallback = no_progress_callback,
) -> list[Observation[Centrality]]:
    """`centrality_on` each day, in the order of `days`. Raises AnalysisError."""
    wanted = list(days)
    moments: list[Observation[Centrality]] = []
    for on in wanted:
        found = centrality_on(snapshot, on, measure, normalisation, cut, side=side, weight=weight)
        moments.append(Observation(on, found))
        tell(len(moments), len(wanted))
    return moments
