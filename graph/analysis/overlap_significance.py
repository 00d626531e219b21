"""Compute p values of overlaps, for the field `significance` of two named queries.

The named queries are `overlapping_memberships` and `overlaps`.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from sys import getsizeof
from typing import Final

import numpy as np
from msgspec.structs import replace

from graph.analysis.overlaps_question import is_requested
from graph.analysis.runner import AnalysisRunner
from graph.analysis.significance import significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, FloatArray, IntArray, bools, floats, ints
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
    pairs = [(row.network, row.other, row.shared) for row in rows if row.level == "CITIES"]
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
    pairs = [(min(row.node, row.other), max(row.node, row.other), row.shared) for row in rows]
    return await _compute(
        runner, snapshot, pairs, arguments.on, own_arguments, subset, arguments.projection, arguments.node
    )


async def _compute(
    runner: AnalysisRunner,
    snapshot: Snapshot,
    pairs: Sequence[tuple[str, str, int]],
    on: date,
    arguments: SignificanceArguments,
    subset: Subset,
    side: NetworkSide,
    node: str | None = None,
) -> Sequence[Significance]:
    """Return the significance (p values) of each pair of cities or of collaborations. `side` states which.

    A pair is given by the ids of its nodes, in alphabetical order, and its number of shared nodes. The result for all
    pairs is cached, so that all pages of an answer share one computation. If a pair is not in the snapshot, or shares
    another number of nodes there, the graph has changed since the pair was found, and GraphChanged is raised.
    """
    _check(arguments)
    if not pairs:
        return ()
    tested = await runner.run_cached(_test_pairs, snapshot, on, arguments, subset, side, node)
    return tested.find(pairs)


def _check(arguments: SignificanceArguments) -> None:
    if not 1 <= arguments.trials <= _MAX_TRIALS:
        raise BadArgument(f"trials: {arguments.trials} is out of range", hint=f"give a number from 1 to {_MAX_TRIALS}")


@dataclass(frozen=True, slots=True)
class _TestedPairs:
    """The significance of many pairs, as arrays with one entry per pair. See `graph.analysis.significance`.

    `ids` contains the ids of all nodes, sorted. `keys` is sorted. The key of a pair is the index of its first node in
    `ids`, multiplied by the number of nodes, plus the index of its second node. `about` is a template for the results
    of `find`. For each pair, `find` replaces the p values and the flags in this template. The other values in the
    template are the same for all pairs.
    """

    about: Significance
    ids: tuple[str, ...]
    keys: IntArray
    shared: IntArray
    p: FloatArray
    adjusted: FloatArray
    is_upper_bound: BoolArray
    conditional: BoolArray

    @property
    def nbytes(self) -> int:
        """The memory of this result in bytes, which the cache of results needs to limit its size."""
        columns = self.keys, self.shared, self.p, self.adjusted, self.is_upper_bound, self.conditional
        return sum(column.nbytes for column in columns) + sum(map(getsizeof, self.ids))

    def find(self, pairs: Sequence[tuple[str, str, int]]) -> list[Significance]:
        """Return the significance of each pair.

        Each item of `pairs` consists of the ids of two nodes and the number of nodes that they share. Raises
        GraphChanged if the arrays do not contain the pair, or contain it with a different number of shared nodes.
        """
        size = len(self.ids)
        keys = np.array([self._place(one) * size + self._place(other) for one, other, _ in pairs], dtype=np.int64)
        places = np.searchsorted(self.keys, keys)
        if (places == len(self.keys)).any():
            raise _changed()
        if (self.keys[places] != keys).any() or ints(self.shared[places]) != [shared for *_, shared in pairs]:
            raise _changed()
        columns = (
            floats(self.p[places]),
            floats(self.adjusted[places]),
            bools(self.is_upper_bound[places]),
            bools(self.conditional[places]),
        )
        return [
            replace(self.about, p=p, adjusted=adjusted, upper_bound=is_upper_bound, conditional=is_conditional)
            for p, adjusted, is_upper_bound, is_conditional in zip(*columns, strict=True)
        ]

    def _place(self, node: str) -> int:
        place = bisect_left(self.ids, node)
        if place == len(self.ids) or self.ids[place] != node:
            raise _changed()
        return place


def _changed() -> GraphChanged:
    return GraphChanged("the graph changed while it was read", hint="retry when the load has finished")


def _test_pairs(
    snapshot: Snapshot,
    on: date,
    arguments: SignificanceArguments,
    subset: Subset,
    side: NetworkSide,
    node: str | None,
) -> _TestedPairs:
    """Compute the significance of all pairs of cities or of collaborations. `side` states which.

    The p values are corrected for multiple testing. The number of tests is the number of all pairs. If `node` is not
    None, the result contains only the pairs that the named query `overlaps` returns for this node, because all pairs of
    a large subset would need too much memory in the server.
    """
    two_mode = snapshot.two_mode(on, subset)
    result = significance(two_mode, side, arguments.null_model, seed=arguments.seed, trials=arguments.trials)
    pairs = result.pairs
    selected = np.flatnonzero(is_requested(two_mode, side, node, pairs))
    return _TestedPairs(
        Significance(
            arguments.null_model.name,
            1.0,
            1.0,
            False,
            False,
            result.tests,
            result.universe,
            result.seed,
            result.trials,
            result.trials_needed,
        ),
        tuple(one.id for one in result.nodes),
        pairs.first[selected] * len(result.nodes) + pairs.second[selected],
        pairs.count[selected],
        result.p[selected],
        result.adjusted[selected],
        result.is_upper_bound[selected],
        result.conditional[selected] | snapshot.is_conditional(subset),
    )
