"""Find the cheapest set of networks with which a city covers given themes and a given number of peers.

A portfolio is a set of networks of the city. A peer is another city that the city meets through a network. A portfolio
must cover all themes, and at least the given number of peers. It does not matter which peers it covers.

If a fee is unknown, only a lower bound of the cost is known: the sum of the known fees. In this module, the cost of a
network or portfolio is this lower bound.

The problem is a weighted set cover, which is NP-hard. It is solved exactly, as a mixed-integer linear programme. Peers
that are met through the same networks share one variable. The module also computes the Pareto front: the cheapest
portfolios for growing numbers of peers.

There are five objectives, in this order: lowest cost, fewest unknown costs, most peers, fewest networks, and the
networks with the smallest indexes. Each objective decides only among the portfolios that are optimal for the objectives
before it. Consecutive objectives are merged into one weighted sum if that sum has few possible values. If it has many,
the solver might not tell two values apart, because they differ by less than its tolerance. Every solution is checked in
integer arithmetic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, gcd
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix, ints, minimize_binary
from graph.errors import AnalysisError

__all__ = ["Portfolio", "PortfolioProblem", "PortfolioSolution", "solve"]

_LARGEST_OBJECTIVE: Final = 1 << 16
"""Maximum number of different values of a weighted sum that combines several objectives.

The number is limited because the solver is inexact: it accepts a value as an integer if the value differs from an
integer by at most 1e-6.
"""


@dataclass(frozen=True)
class PortfolioProblem:
    """The problem of choosing among the networks of a city. Each network has a number, counted from 0.

    - `costs`: a lower bound of the cost of each network (the sum of its known fees), in minor units of the currency.
    - `unknown`: for each network, whether a fee is unknown. The cost may then be larger than the lower bound.
    - `themes`: for each theme to cover, the networks that cover it.
    - `peers`: pairs of a set of networks and a number. The number is how many peers (other cities) the city meets
      through exactly these networks.
    - `peers_needed`: the number of peers to cover.
    - `budget`: the largest allowed sum of the `costs` of the chosen networks, or None for no limit.
    - `points`: the maximum number of points of the Pareto front, or 0 for no front.
    """

    costs: tuple[int, ...]
    unknown: tuple[bool, ...]
    themes: tuple[frozenset[int], ...]
    peers: tuple[tuple[frozenset[int], int], ...]
    peers_needed: int
    budget: int | None
    points: int

    @cached_property
    def all_peers(self) -> int:
        """The number of peers (other cities) that the city meets through all its networks together."""
        return sum(number for _, number in self.peers)

    def portfolio(self, networks: Sequence[int]) -> "Portfolio":
        """Return the portfolio that consists of these networks. Compute its cost, unknown costs and peers."""
        chosen = frozenset(networks)
        return Portfolio(
            tuple(sorted(chosen)),
            sum(self.costs[network] for network in chosen),
            sum(self.unknown[network] for network in chosen),
            sum(number for networks, number in self.peers if not chosen.isdisjoint(networks)),
        )


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A set of networks.

    - `networks`: the numbers of the networks, in ascending order.
    - `cost`: the cost of all networks together, in minor units of the currency. It is a lower bound if a fee is
      unknown.
    - `unknown`: the number of networks for which only a lower bound of the cost is known.
    - `peers`: the number of peers (other cities) that are met through the networks.
    """

    networks: tuple[int, ...]
    cost: int
    unknown: int
    peers: int


@dataclass(frozen=True, slots=True)
class PortfolioSolution:
    """The solution of a portfolio problem. A portfolio is a set of networks. A peer is another city in these networks.

    Costs are lower bounds, as in `Portfolio.cost`.

    - `best`: the cheapest portfolio, or None if its cost exceeds the budget.
    - `cheapest`: the cheapest portfolio, even if its cost exceeds the budget.
    - `known`: the best portfolio among those that are within the budget and whose costs are all known, or None if there
      is no such portfolio.
    - `alternatives`: a dict with a key for each network of `best` that has an unknown cost. The value is the cost of
      the cheapest portfolio within the budget without that network, or None if there is no such portfolio.
    - `front`: the Pareto front of cost and peers, the cheapest portfolio first. It is empty if no points were
      requested.
    - `step`: each point of `front` has at least `step` more peers than the point before. The difference can be smaller
      only for the last point.
    """

    best: Portfolio | None
    cheapest: Portfolio
    known: Portfolio | None
    alternatives: dict[int, int | None]
    front: tuple[Portfolio, ...]
    step: int


def solve(problem: PortfolioProblem) -> PortfolioSolution:
    """Find the cheapest portfolio that covers the themes and the needed number of peers. Also find the Pareto front.

    A portfolio is a set of networks. A peer is another city that the city meets through a network. Among portfolios of
    equal cost, the best has the fewest unknown costs, then the most peers, the fewest networks and the smallest network
    numbers. Raises AnalysisError if all networks together do not cover the themes and the needed number of peers, or if
    the solver fails.
    """
    programme = _Programme(problem)
    needed, budget = problem.peers_needed, problem.budget
    cheapest = programme.minimize(needed)
    if cheapest is None:
        raise AnalysisError("the networks do not cover all themes and peers", hint="ask for fewer")
    # A larger cost is never better: if the cheapest portfolio is within the budget, it is the best one.
    best = cheapest if budget is None or cheapest.cost <= budget else None
    unknown = [network for network, is_unknown in enumerate(problem.unknown) if is_unknown]
    known = programme.minimize(needed, budget=budget, without=unknown)
    alternatives: dict[int, int | None] = {}
    for network in best.networks if best else ():
        if problem.unknown[network]:
            other = programme.minimize(needed, budget=budget, without=(network,))
            alternatives[network] = other and other.cost
    front, step = _front(programme) if problem.points else ((), 1)
    return PortfolioSolution(best, cheapest, known, alternatives, front, step)


def _front(programme: "_Programme") -> tuple[tuple[Portfolio, ...], int]:
    """Return the points of the Pareto front of cost and peers, the cheapest first. Also return `step`.

    A point is the cheapest portfolio (set of networks) with a certain number of peers (other cities that are met). Each
    point has at least `step` more peers than the point before. The difference can be smaller only for the last point,
    which has all peers. If `step` is greater than 1, points between the returned points are missing.
    """
    most, limit = programme.problem.all_peers, programme.problem.points
    point = programme.minimize(0)
    points: list[Portfolio] = []
    step = 1
    while point is not None:
        if not points:
            step = max(1, ceil((most - point.peers) / (limit - 1)))
        points.append(point)
        if point.peers == most:
            break
        point = programme.minimize(min(point.peers + step, most))
    return tuple(points), step


class _Programme:
    """A mixed-integer linear programme for a portfolio problem, that is, for the choice of a set of networks.

    The programme has a variable for each network, followed by a variable for each entry of `PortfolioProblem.peers`.
    """

    def __init__(self, problem: PortfolioProblem) -> None:
        self.problem = problem
        self.networks = len(problem.costs)
        self.size = self.networks + len(problem.peers)
        self.numbers = np.array([0] * self.networks + [number for _, number in problem.peers], dtype=np.int64)
        self.costs = self._of_networks(problem.costs)
        self.covers = self._cover_entries()
        self.objectives = tuple(self._merged_objectives())

    def minimize(
        self, peers_needed: int, *, budget: int | None = None, without: Sequence[int] = ()
    ) -> Portfolio | None:
        """Return the cheapest set of networks that covers the themes and at least `peers_needed` peers (other cities).

        Among sets of equal cost, the remaining objectives decide. The networks in `without` are excluded. Returns None
        if no set of networks within the budget covers the themes and peers.
        """
        if self.networks == 0:
            return self.problem.portfolio(()) if peers_needed == 0 and not self.problem.themes else None
        rows: list[IntArray] = []
        lower = list(self.covers[1])
        if peers_needed:
            rows.append(self.numbers)
            lower.append(peers_needed)
        if budget is not None:
            rows.append(-self.costs)
            lower.append(-budget)
        largest = np.ones(self.size)
        largest[list(without)] = 0
        found: Portfolio | None = None
        for objective in self.objectives:
            values = minimize_binary(
                objective.astype(np.float64),
                self._matrix(rows),
                np.array(lower, dtype=np.float64),
                largest,
                binary=self.networks,
            )
            if values is None:
                if found is not None:
                    raise AnalysisError("the solver lost a solution that it had found", hint="report this as an error")
                return None
            found = self._checked(values, peers_needed, budget, without)
            rows.append(-objective)
            # All values are integers, so half a unit excludes the next larger value despite rounding errors.
            lower.append(-self._value(objective, found) - 0.5)
        return found

    def _cover_entries(self) -> tuple[list[tuple[int, int, int]], list[float]]:
        """Return the constraints that state which networks cover each theme and each peer (other city).

        The result consists of the entries of the constraint matrix, as (row, variable, value), and the lower bound of
        each row.
        """
        entries = [(row, network, 1) for row, networks in enumerate(self.problem.themes) for network in networks]
        lower = [1.0] * len(self.problem.themes) + [0.0] * len(self.problem.peers)
        for place, (networks, _) in enumerate(self.problem.peers):
            row = len(self.problem.themes) + place
            entries += [(row, network, 1) for network in networks]
            entries.append((row, self.networks + place, -1))
        return entries, lower

    def _matrix(self, rows: Sequence[IntArray]) -> SparseMatrix:
        """Return the constraint matrix.

        Its first rows are the constraints that `_cover_entries` returns. The constraints in `rows` follow.
        """
        entries, lower = self.covers
        number = len(lower) + len(rows)
        entries = entries + [
            (len(lower) + place, column, int(row[column]))
            for place, row in enumerate(rows)
            for column in ints(np.flatnonzero(row).astype(np.int64))
        ]
        columns = np.array(entries, dtype=np.int64).reshape(len(entries), 3)
        shape = number, self.size
        return SparseMatrix.from_entries(columns[:, 0], columns[:, 1], columns[:, 2].astype(np.float64), shape)

    def _merged_objectives(self) -> Iterator[IntArray]:
        """Yield the objective functions, in the order in which they are minimised.

        An objective function is an array with a coefficient for each variable. The objectives are, in order: cost,
        unknown costs, peers, number of networks, network numbers. Consecutive objectives are merged into a weighted
        sum. The optimum of the sum is the same as if these objectives were minimised one after another. The sum has at
        most `_LARGEST_OBJECTIVE` different values.
        """
        divisor = gcd(*self.problem.costs) or 1
        objectives = [
            (self.costs // divisor, sum(self.problem.costs) // divisor),
            (self._of_networks(self.problem.unknown), sum(self.problem.unknown)),
            (-self.numbers, self.problem.all_peers),
            (self._of_networks([1] * self.networks), self.networks),
        ]
        identity = np.eye(self.networks, self.size, dtype=np.int64)
        objectives += [(-identity[network], 1) for network in range(self.networks)]
        merged, values = objectives[0][0], objectives[0][1] + 1
        for objective, span in objectives[1:]:
            if values * (span + 1) > _LARGEST_OBJECTIVE:
                yield merged
                merged, values = objective, span + 1
            else:
                merged, values = merged * (span + 1) + objective, values * (span + 1)
        yield merged

    def _of_networks(self, values: Sequence[int]) -> IntArray:
        return np.array([*values, *[0] * (self.size - self.networks)], dtype=np.int64)

    def _checked(self, values: FloatArray, peers_needed: int, budget: int | None, without: Sequence[int]) -> Portfolio:
        """Return the portfolio that consists of the networks whose variables are 1. A portfolio is a set of networks.

        Raises AnalysisError if the portfolio violates a constraint.
        """
        found = self.problem.portfolio(ints(np.flatnonzero(np.rint(values[: self.networks])).astype(np.int64)))
        chosen = frozenset(found.networks)
        if (
            any(chosen.isdisjoint(networks) for networks in self.problem.themes)
            or found.peers < peers_needed
            or (budget is not None and found.cost > budget)
            or not chosen.isdisjoint(without)
        ):
            raise AnalysisError("the solver violated a constraint", hint="report this as an error")
        return found

    def _value(self, objective: IntArray, found: Portfolio) -> int:
        chosen = frozenset(found.networks)
        covered = [not chosen.isdisjoint(networks) for networks, _ in self.problem.peers]
        values = [network in chosen for network in range(self.networks)] + covered
        return int(objective @ np.array(values, dtype=np.int64))
