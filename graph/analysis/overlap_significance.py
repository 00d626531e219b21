"""Compute p values of overlaps, for the field `significance` of two named queries.

The named queries are `overlapping_memberships` and `overlaps`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from graph.analysis.runner import AnalysisRunner
from graph.analysis.significance import significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.errors import BadArgument, GraphChanged
from graph.questions import overlapping_memberships, overlaps
from graph.questions.significance import Significance, SignificanceArguments
from graph.store import Reader
from graph.vocabulary import NetworkSide

__all__ = ["memberships_significance", "overlaps_significance"]

_MAX_TRIALS: Final = 10_000


async def memberships_significance(
    runner: AnalysisRunner,
    _reader: Reader,
    arguments: overlapping_memberships.Arguments,
    rows: Sequence[overlapping_memberships.Overlap],
    own_arguments: SignificanceArguments,
) -> list[Significance | None]:
    """Return the significance, that is, the p values, of each overlap in `rows`.

    The significance is None for an overlap of local networks, because local networks have no cities. `arguments` are
    the arguments of the named query `overlapping_memberships`. `own_arguments` are the arguments of the query's field
    `significance`. Raises BadArgument, StoreError and AnalysisError.
    """
    pairs = tuple((row.network, row.other) for row in rows if row.level == "CITIES")
    if not pairs:
        _check(own_arguments)
        return [None] * len(rows)
    subset = Subset(include_applied=arguments.include_applied, standings=arguments.standings)
    snapshot, side = await runner.snapshot(), NetworkSide.COLLABORATIONS
    computed = iter(await _compute(runner, snapshot, pairs, arguments.on, own_arguments, subset, side))
    return [next(computed) if row.level == "CITIES" else None for row in rows]


async def overlaps_significance(
    runner: AnalysisRunner,
    reader: Reader,
    arguments: overlaps.Arguments,
    rows: Sequence[overlaps.NodeOverlap],
    own_arguments: SignificanceArguments,
) -> Sequence[Significance]:
    """Return the significance (p values) of each overlap in `rows`, which are the answer to the named query `overlaps`.

    `arguments` are the arguments of the named query. `own_arguments` are the arguments of the query's field
    `significance`. Raises QueryError, StoreError and AnalysisError.
    """
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
    pairs = tuple((min(row.node, row.other), max(row.node, row.other)) for row in rows)
    return await _compute(runner, snapshot, pairs, arguments.on, own_arguments, subset, arguments.projection)


async def _compute(
    runner: AnalysisRunner,
    snapshot: Snapshot,
    pairs: tuple[tuple[str, str], ...],
    on: date,
    arguments: SignificanceArguments,
    subset: Subset,
    side: NetworkSide,
) -> Sequence[Significance]:
    _check(arguments)
    return await runner.run_cached(_pair_significance, snapshot, pairs, on, arguments, subset, side)


def _check(arguments: SignificanceArguments) -> None:
    if not 1 <= arguments.trials <= _MAX_TRIALS:
        raise BadArgument(f"trials: {arguments.trials} is out of range", hint=f"give a number from 1 to {_MAX_TRIALS}")


def _pair_significance(
    snapshot: Snapshot,
    pairs: tuple[tuple[str, str], ...],
    on: date,
    arguments: SignificanceArguments,
    subset: Subset,
    side: NetworkSide,
) -> tuple[Significance, ...]:
    """Return the significance (p values) of each pair of cities or of collaborations. `side` states which.

    The pairs are given by their ids. The p values are corrected for multiple testing. The number of tests is the number
    of all pairs. Raises GraphChanged if a pair has no overlap in the snapshot, because the graph has then changed since
    the pair was found.
    """
    null_model, seed, trials = arguments.null_model, arguments.seed, arguments.trials
    result = significance(snapshot.two_mode(on, subset), side, null_model, seed=seed, trials=trials)
    by_pair = {(row.first.id, row.second.id): row for row in result.rows()}
    if any(pair not in by_pair for pair in pairs):
        raise GraphChanged("the graph changed while it was read", hint="retry when the load has finished")
    return tuple(
        Significance(
            null_model.name,
            row.p,
            row.adjusted,
            row.is_upper_bound,
            row.conditional or subset.is_chosen_by_ties,
            result.tests,
            result.universe,
            result.seed,
            result.trials,
            result.trials_needed,
        )
        for row in map(by_pair.__getitem__, pairs)
    )
