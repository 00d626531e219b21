"""Evaluate `joinSuggestions`: hide known memberships one at a time, and count how often each is suggested again.

    .venv/bin/python -m bench.suggestions                             seeds and Europe, 500 memberships each at most
    .venv/bin/python -m bench.suggestions --only seeds --most 10000   all memberships of the seeds

A membership is hidden if its city has another one: without any, only the sizes of networks differ. All networks that
the city is not in then compete, with the hidden one among them. The hit rate at 5 or 10 is the share of hidden networks
among the first 5 or 10. The baselines rank by the number of members (popularity), and by the number of shared networks
summed over the members (common neighbours). Europe's graph (`bench.generated.EUROPE`) has memberships without any
preference but popularity, so that no method can find more in it than popularity does.

Unlike the question, the evaluation counts peers of networks only.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from bench.database import EUROPE_NAME, SEEDS, filled
from bench.measuring import table
from graph.analysis import Snapshot, SnapshotReader, TwoMode
from graph.analysis.join_suggestions import Candidate, candidates_in, mean_of_parts, shares
from graph.analysis.sparse import FloatArray

_DAYS: Final = {SEEDS: date(2023, 11, 27), EUROPE_NAME: date(2024, 6, 1)}
_FIRST: Final = (5, 10)
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Hidden:
    """A two-mode network without a membership: the city, its networks, the candidates, and the hidden network."""

    candidates: Sequence[Candidate]
    peers: frozenset[str]
    themes: frozenset[str]
    common: Sequence[float]
    network: str


class Evaluation:
    """The ranks of hidden memberships by several methods."""

    def __init__(self, snapshot: Snapshot, on: date) -> None:
        self.snapshot = snapshot
        self.two_mode = snapshot.two_mode(on)
        self.matching = {theme: snapshot.matching_themes(theme) for theme in snapshot.themes}
        self.methods: dict[str, Callable[[Hidden], Sequence[float]]] = {
            "popularity": lambda hidden: [len(row.members) for row in hidden.candidates],
            "common neighbours": lambda hidden: hidden.common,
            "score of joinSuggestions": lambda hidden: mean_of_parts(self.parts(hidden)),
            "- its themes only": lambda hidden: list(self.parts(hidden)[0]),
            "- its peers only": lambda hidden: list(self.parts(hidden)[1]),
            "- its similarity only": lambda hidden: list(self.parts(hidden)[2]),
            "- its country only": lambda hidden: list(self.parts(hidden)[3]),
        }

    def hits(self, most: int) -> dict[str, list[float]]:
        """Return the hit rate at 5 and 10 of each method, for at most so many memberships, drawn at random."""
        degrees = self.two_mode.biadjacency.row_counts
        ties = [tie for tie in range(self.two_mode.tie_count) if degrees[self.two_mode.city_index[tie]] > 1]
        if len(ties) > most:
            ties = sorted(Random(_SEED).sample(ties, most))
        ranks: dict[str, list[int]] = {name: [] for name in self.methods}
        for tie in ties:
            hidden = self.hide(tie)
            ids = [row.network for row in hidden.candidates]
            if hidden.network not in ids:
                continue  # the city is in its predecessor or successor too
            place = ids.index(hidden.network)
            for name, method in self.methods.items():
                values = method(hidden)
                order = sorted(range(len(ids)), key=lambda other, values=values: (-values[other], ids[other]))
                ranks[name].append(order.index(place) + 1)
        print(
            f"{len(ties)} of {self.two_mode.tie_count} memberships hidden, {len(self.two_mode.collaborations)} networks"
        )
        return {
            name: [np.mean([rank <= first for rank in found]).item() for first in _FIRST]
            for name, found in ranks.items()
        }

    def hide(self, tie: int) -> Hidden:
        """Return the network without a tie. A network that has lost its only member stays a candidate."""
        whole = self.two_mode
        is_left = np.arange(whole.tie_count) != tie
        left: TwoMode = replace(
            whole,
            city_index=whole.city_index[is_left],
            collaboration_index=whole.collaboration_index[is_left],
            standing=whole.standing[is_left],
            facts=None,
        )
        city, network = int(whole.city_index[tie]), whole.collaborations[whole.collaboration_index[tie]]
        node = whole.cities[city]
        candidates = candidates_in(left, node.id, node.country)
        own = left.biadjacency.rows_to_dense(city, city + 1)[0]
        shared = left.biadjacency.dot(own)
        peers = frozenset(whole.cities[place].id for place in np.flatnonzero(shared))
        themes = frozenset(
            theme
            for place in np.flatnonzero(own)
            for theme in self.snapshot.addresses.get(whole.collaborations[place].id, ())
        )
        shared[city] = 0
        common = left.biadjacency.transpose.dot(shared)
        places = {collaboration.id: place for place, collaboration in enumerate(whole.collaborations)}
        return Hidden(candidates, peers, themes, [float(common[places[row.network]]) for row in candidates], network.id)

    def parts(self, hidden: Hidden) -> tuple[FloatArray, ...]:
        """Return the parts of the score, in the order of `ScoreParts`."""
        themes = [
            sum(
                self.matching[theme].isdisjoint(hidden.themes) for theme in self.snapshot.addresses.get(row.network, ())
            )
            for row in hidden.candidates
        ]
        return (
            shares(themes),
            shares([len(set(row.members) - hidden.peers) for row in hidden.candidates]),
            shares([row.similarity for row in hidden.candidates]),
            shares([len(row.same_country) for row in hidden.candidates]),
        )


async def read_snapshot(graph: str) -> Snapshot:
    with tempfile.TemporaryDirectory(prefix="citygraph-bench-") as folder:
        async with filled(graph, Path(folder)) as (store, _):
            return await SnapshotReader(store).current()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(_DAYS))
    parser.add_argument("--most", type=int, default=500)
    options = parser.parse_args()
    for graph, on in _DAYS.items():
        if options.only in (None, graph):
            print(f"\n{graph}, {on.isoformat()}")
            found = Evaluation(asyncio.run(read_snapshot(graph)), on).hits(options.most)
            rows = [[name, *(f"{rate:.3f}" for rate in rates)] for name, rates in found.items()]
            print(table(["ranked by", *(f"hit rate at {first}" for first in _FIRST)], rows))


if __name__ == "__main__":
    main()
