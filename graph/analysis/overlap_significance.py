"""Compute the field `significance` of the named query `overlapping_memberships`: p values of overlaps."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from graph.analysis.runner import AnalysisRunner
from graph.analysis.significance import significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.errors import BadArgument
from graph.questions.overlapping_memberships import Arguments, Overlap, Significance, SignificanceArguments
from graph.vocabulary import NetworkSide, Standing

__all__ = ["overlap_significance"]

_MAX_TRIALS: Final = 10_000


async def overlap_significance(
    runner: AnalysisRunner, arguments: Arguments, rows: Sequence[Overlap], own_arguments: SignificanceArguments
) -> list[Significance | None]:
    """Return the significance, that is, the p values, of each overlap in `rows`.

    The significance is None for an overlap of local networks, because local networks have no cities. `arguments` are
    the arguments of the named query `overlapping_memberships`. `own_arguments` are the arguments of the query's field
    `significance`. Raises BadArgument, StoreError and AnalysisError.
    """
    if not 1 <= own_arguments.trials <= _MAX_TRIALS:
        raise BadArgument(
            f"trials: {own_arguments.trials} is out of range", hint=f"give a number from 1 to {_MAX_TRIALS}"
        )
    pairs = tuple((row.network, row.other) for row in rows if row.level == "CITIES")
    if not pairs:
        return [None] * len(rows)
    snapshot = await runner.snapshot()
    computed = iter(
        await runner.run_cached(
            _pair_significance,
            snapshot,
            pairs,
            arguments.on,
            own_arguments,
            include_applied=arguments.include_applied,
            standings=arguments.standings,
        )
    )
    return [next(computed) if row.level == "CITIES" else None for row in rows]


def _pair_significance(
    snapshot: Snapshot,
    pairs: tuple[tuple[str, str], ...],
    on: date,
    arguments: SignificanceArguments,
    *,
    include_applied: bool,
    standings: tuple[Standing, ...],
) -> tuple[Significance, ...]:
    """Return the significance (p values) of each pair of networks, which are given by their ids.

    The p values are corrected for multiple testing. The number of tests is the number of all pairs of networks.
    """
    null_model, seed, trials = arguments.null_model, arguments.seed, arguments.trials
    result = significance(
        snapshot.two_mode(on, Subset(include_applied=include_applied, standings=standings)),
        NetworkSide.COLLABORATIONS,
        null_model,
        seed=seed,
        trials=trials,
    )
    by_pair = {(row.first.id, row.second.id): row for row in result.rows()}
    return tuple(
        Significance(
            null_model.name,
            row.p,
            row.adjusted,
            row.is_upper_bound,
            row.conditional,
            result.tests,
            result.universe,
            result.seed,
            result.trials,
            result.trials_needed,
        )
        for row in map(by_pair.__getitem__, pairs)
    )
