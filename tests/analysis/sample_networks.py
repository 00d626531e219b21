"""Small networks with known results."""

from itertools import product

import networkx as nx

from graph.analysis import Centrality, TwoMode


def davis() -> TwoMode:
    """Return Davis's Southern women (Davis, Gardner and Gardner 1941): 18 women and 14 events."""
    graph = davis_graph()
    return TwoMode.from_ties(graph.edges, cities=graph.graph["top"], collaborations=graph.graph["bottom"])


def davis_graph() -> nx.Graph:
    return nx.davis_southern_women_graph()


def two_mode_from_rows(*rows: str) -> TwoMode:
    """Return the network of a 0/1 matrix, with rows "1", "2", … and columns "a", "b", …."""
    names = [(str(number), row) for number, row in enumerate(rows, start=1)]
    ties = [(name, column) for name, row in names for column, bit in zip("abcdefgh", row, strict=False) if bit == "1"]
    return TwoMode.from_ties(ties, cities=[name for name, _ in names], collaborations="abcdefgh"[: len(rows[0])])


def enumerate_same_degrees(*rows: str) -> list[tuple[str, ...]]:
    """Return all 0/1 matrices with the same row and column sums."""
    width = len(rows[0])
    by_row = [
        ["".join(bits) for bits in product("01", repeat=width) if bits.count("1") == row.count("1")] for row in rows
    ]
    column_sums = [sum(int(row[column]) for row in rows) for column in range(width)]
    return [
        matrix
        for matrix in product(*by_row)
        if [sum(int(row[column]) for row in matrix) for column in range(width)] == column_sums
    ]


def values(result: Centrality) -> dict[str, float | None]:
    return {score.node.id.split()[0]: score.value for score in result.scores}


def rounded_values(result: Centrality, *names: str, digits: int = 3) -> tuple[float, ...]:
    by_name = values(result)
    return tuple(round(value, digits) for name in names if (value := by_name[name]) is not None)
