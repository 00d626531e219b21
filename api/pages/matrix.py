"""Order the rows of a matrix of overlaps, so that networks with many common members are next to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Matrix", "matrix_of"]

Pair = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix that shows the overlap of each pair of networks.

    `networks` contains the networks in the order of the rows, which is also the order of the columns. `pairs` is a dict
    from a pair of network ids to the overlap of these two networks. It contains every pair of ids in both orders.
    """

    networks: list[Mapping[str, Any]]
    pairs: dict[tuple[str, str], Pair]


def matrix_of(pairs: Sequence[Pair]) -> Matrix:
    """Return the matrix for pairs of networks.

    Each pair is a dict with the keys `network`, `other`, `level`, `shared` and `jaccard`.

    The networks are ordered so that similar networks are adjacent. The first network of the list belongs to the pair
    with the largest Jaccard index. In each step, one of the remaining networks is added at the beginning or at the end
    of the list: the network that has the largest Jaccard index with the adjacent network. If two networks of cities
    share a single city, their Jaccard index is treated as 0.
    """
    by_ids: dict[tuple[str, str], Pair] = {}
    nodes: dict[str, Mapping[str, Any]] = {}
    for pair in pairs:
        one, two = pair["network"], pair["other"]
        by_ids[one["id"], two["id"]] = by_ids[two["id"], one["id"]] = pair
        nodes[one["id"]], nodes[two["id"]] = one, two

    def shared(one: str, two: str) -> float:
        pair = by_ids.get((one, two))
        if pair is None or pair["shared"] <= (pair["level"] == "CITIES"):
            return 0.0
        return pair["jaccard"]

    remaining = sorted(nodes)
    order = [max(remaining, key=lambda node: max(shared(node, other) for other in nodes))] if remaining else []
    while len(order) < len(nodes):
        rest = [node for node in remaining if node not in order]
        first = max(rest, key=lambda node: shared(order[0], node))
        last = max(rest, key=lambda node: shared(order[-1], node))
        if shared(order[0], first) > shared(order[-1], last):
            order.insert(0, first)
        else:
            order.append(last)
    return Matrix([nodes[node] for node in order], by_ids)
