"""Place the nodes of a two-mode network on a plane, for drawings of up to some thousand nodes.

A force-directed layout of all nodes takes seconds. Therefore only the networks attract and repel each other
(Fruchterman and Reingold 1991, doi:10.1002/spe.4380211102). A city in a single network is then placed around this
network, and a city in several networks is placed between them. Finally, overlapping nodes are moved apart.
"""

from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray, close_pairs

__all__ = ["two_mode_positions"]

_GOLDEN_ANGLE: Final = np.pi * (3 - np.sqrt(5))
_CITY, _NETWORK = 1.0, 2.0
"""Radii of nodes. All lengths in this module are multiples of the radius of a city, which is 1."""
_SPACE: Final = 1.15
"""Minimum distance between the centres of two nodes, as a multiple of the sum of their radii."""
_PAIRS_MOST: Final = 4_000_000
"""Maximum number of pairs of nodes that repel each other, in all iterations of the force-directed layout together."""
_ITERATIONS: Final = 30, 300
"""Minimum and maximum number of iterations of the force-directed layout."""
_SPREADING: Final = 40
"""Number of iterations in which `_push_apart` moves overlapping nodes."""
_PAIRS_OUTDATED: Final = 5
"""`_push_apart` searches for pairs of close nodes again after this number of iterations."""


def two_mode_positions(city_index: IntArray, network_index: IntArray, cities: int, networks: int) -> FloatArray:
    """Return the coordinates x and y of each node, the cities first. The longer side of the drawing has the length 1.

    Tie i joins city `city_index[i]` and network `network_index[i]`. The same ties in the same order give the same
    positions. Positions are rounded, because further digits depend on the processor.
    """
    if cities + networks == 0:
        return np.zeros((0, 2))
    ties = np.zeros((cities, networks))
    ties[city_index, network_index] = 1.0
    degrees = ties.sum(axis=1)
    alone = ties[degrees == 1].sum(axis=0)  # the cities that surround each network
    radii = _NETWORK + _SPACE * _CITY * 2 * np.sqrt(alone)
    hubs = _push_apart(_force_layout(ties, radii), radii)
    positions = np.concatenate((_city_positions(ties, hubs), hubs))
    sizes = np.concatenate((np.full(cities, _CITY), np.full(networks, _NETWORK)))
    return _fit(_push_apart(positions, sizes))


def _force_layout(ties: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the positions of the networks.

    All networks repel each other. Networks that share cities also attract each other.

    `ties` is a matrix with a row for each city, a column for each network, and 1 for a tie. `radii` contains, for each
    network, the radius of the circle that the network and the cities around it need.
    """
    count = len(radii)
    if count < 2:
        return np.zeros((count, 2))
    positions = _spiral(np.arange(count)) * float(2 * radii.mean())
    members = np.maximum(ties.sum(axis=0), 1.0)
    pull = (ties.T @ ties) / np.sqrt(np.outer(members, members))  # Ochiai's coefficient
    np.fill_diagonal(pull, 0.0)
    least, most = _ITERATIONS
    iterations = int(np.clip(_PAIRS_MOST // count**2, least, most))
    length = float(2.5 * np.sqrt((radii**2).mean()))  # the distance at which a full pull equals the push
    for iteration in range(iterations):
        across = positions[:, None, 0] - positions[None, :, 0]
        down = positions[:, None, 1] - positions[None, :, 1]
        distance = np.sqrt(across**2 + down**2) + 1e-9
        force = (length / distance) ** 2 - pull * distance / length
        np.fill_diagonal(force, 0.0)
        step = np.stack(((force * across).sum(axis=1), (force * down).sum(axis=1)), axis=1)
        step -= 0.05 * positions  # towards the middle, so that components stay together
        longest = length * (1 - iteration / iterations) + 1e-9
        norm = np.sqrt((step**2).sum(axis=1, keepdims=True)) + 1e-9
        positions = positions + step / norm * np.minimum(norm, longest)
    return positions


def _city_positions(ties: FloatArray, hubs: FloatArray) -> FloatArray:
    """Return the position of each city: the mean position of its networks.

    Cities with exactly the same networks are placed next to each other around this position. `hubs` are the positions
    of the networks.
    """
    cities, networks = ties.shape
    degrees = ties.sum(axis=1)
    positions = (ties @ hubs) / np.maximum(degrees, 1.0)[:, None] if networks else np.zeros((cities, 2))
    if not cities:
        return positions
    _, group = np.unique(ties, axis=0, return_inverse=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.empty(cities, dtype=np.int64)
    rank[order] = np.arange(cities) - np.repeat(starts, np.diff(starts, append=cities))
    inner = np.where(degrees == 1, (_NETWORK / _CITY) ** 2, 0.0)  # leave space for the network itself
    return positions + _spiral(rank + inner) * (_SPACE * 2 * _CITY)


def _spiral(ranks: FloatArray | IntArray) -> FloatArray:
    """Return points on a spiral around the origin. The points fill a disc evenly, about one unit apart.

    `ranks` are the numbers of the points along the spiral. The smallest number is nearest to the origin.
    """
    radius, angle = np.sqrt(ranks + 0.25) * 0.95, ranks * _GOLDEN_ANGLE
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)


def _push_apart(positions: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the positions of discs after overlapping discs have been moved apart. Smaller discs move further."""
    widest = float(2 * _SPACE * radii.max(initial=0.0)) + _CITY
    firsts = seconds = np.zeros(0, dtype=np.int64)
    for iteration in range(_SPREADING):
        if iteration % _PAIRS_OUTDATED == 0:
            firsts, seconds = close_pairs(positions, widest)
        one, two = firsts, seconds
        between = positions[one] - positions[two]
        distance = np.sqrt((between**2).sum(axis=1))
        least = _SPACE * (radii[one] + radii[two])
        overlaps = distance < least - 1e-3
        if not overlaps.any():
            continue
        one, two, between, distance = one[overlaps], two[overlaps], between[overlaps], distance[overlaps]
        together = distance < 1e-6  # push coincident nodes apart, every pair in its own direction
        between[together] = np.stack((np.cos(one[together] + 1.0), np.sin(one[together] + 1.0)), axis=1)
        distance = np.maximum(distance, 1.0 * together)
        areas = radii[one] ** 2, radii[two] ** 2
        move = between / np.maximum(distance, 1e-6)[:, None] * (least[overlaps] - distance * ~together)[:, None] * 0.5
        total = (areas[0] + areas[1])[:, None]
        positions = positions + _sums(one, move * areas[1][:, None] / total, len(positions))
        positions = positions - _sums(two, move * areas[0][:, None] / total, len(positions))
    return positions


def _sums(index: IntArray, steps: FloatArray, count: int) -> FloatArray:
    """Return, for each node from 0 to `count` − 1, the sum of those rows (x, y) of `steps` that belong to the node.

    Row i of `steps` belongs to the node `index[i]`.
    """
    return np.stack([np.bincount(index, steps[:, axis], count) for axis in (0, 1)], axis=1).astype(np.float64)


def _fit(positions: FloatArray) -> FloatArray:
    """Turn the drawing so that its longer side is horizontal, and scale it to a width of 1."""
    centred = positions - positions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(2)])  # LAPACK libraries differ in the sign
    turned = centred @ (axes * signs)[:, ::-1]
    turned -= turned.min(axis=0)
    if turned[:, 1].max() > turned[:, 0].max():
        turned = turned[:, ::-1]
    scaled: FloatArray = turned / max(float(turned.max()), 1e-9)
    return np.round(scaled, 4)
