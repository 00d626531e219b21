"""The bipartite configuration model: the chance of each tie, given every node's number of ties on average.

Saracco et al. 2015, doi:10.1038/srep10595. Nodes with as many ties are alike, so the model is fitted to the degrees
that occur and how often; by Newton's method (as Vallarano et al. 2021, doi:10.1038/s41598-021-94118-5).
"""

from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray
from graph.errors import AnalysisError

__all__ = ["tie_probabilities"]

_STEPS: Final = 300
_EXACT: Final = 1e-10
_ENOUGH: Final = 1e-6


def tie_probabilities(row_degrees: IntArray, rows: IntArray, column_degrees: IntArray, columns: IntArray) -> FloatArray:
    """The chance of a tie between a row and a column of these degrees, of which there are `rows` and `columns` each.

    A degree of zero or of all gives chances of 0 or 1. Raises AnalysisError where the fit fails.
    """
    chances = np.zeros((len(row_degrees), len(column_degrees)))
    open_rows, open_columns = np.ones(len(rows), dtype=np.bool_), np.ones(len(columns), dtype=np.bool_)
    wanted_rows, wanted_columns = row_degrees.astype(np.int64), column_degrees.astype(np.int64)
    # What is certain is set and taken away, which may make more certain.
    while True:
        width, height = int(columns[open_columns].sum()), int(rows[open_rows].sum())
        full, bare = open_rows & (wanted_rows == width), open_rows & (wanted_rows == 0)
        if (full | bare).any():
            chances[np.ix_(full, open_columns)] = 1.0
            wanted_columns = wanted_columns - int(rows[full].sum()) * open_columns
            open_rows &= ~(full | bare)
            continue
        full, bare = open_columns & (wanted_columns == height), open_columns & (wanted_columns == 0)
        if not (full | bare).any():
            break
        chances[np.ix_(open_rows, full)] = 1.0
        wanted_rows = wanted_rows - int(columns[full].sum()) * open_rows
        open_columns &= ~(full | bare)
    if open_rows.any():
        fitted = _fitted(wanted_rows[open_rows], rows[open_rows], wanted_columns[open_columns], columns[open_columns])
        chances[np.ix_(open_rows, open_columns)] = fitted
    return chances


def _fitted(row_degrees: IntArray, rows: IntArray, column_degrees: IntArray, columns: IntArray) -> FloatArray:
    """Chances 1 / (1 + exp(a + b)) whose sums are the degrees; a and b minimise a convex function."""
    total = float(row_degrees @ rows)
    a = -np.log(row_degrees / np.sqrt(total))
    b = -np.log(column_degrees / np.sqrt(total))
    wanted = np.concatenate((row_degrees * rows, column_degrees * columns)).astype(np.float64)
    weights = np.outer(rows, columns).astype(np.float64)
    chances = _chances(a, b)
    for _ in range(_STEPS):
        ties = weights * chances
        miss = np.concatenate((ties.sum(axis=1), ties.sum(axis=0))) - wanted
        if np.abs(miss / np.concatenate((rows, columns))).max() < _EXACT:
            return chances
        spread = ties * (1.0 - chances)
        curvature = np.block([[np.diag(spread.sum(axis=1)), spread], [spread.T, np.diag(spread.sum(axis=0))]])
        # Adding to every a what is taken from every b changes nothing: the smallest of all solutions is taken.
        step = np.asarray(np.linalg.lstsq(curvature, miss, rcond=None)[0], dtype=np.float64)
        a, b = _stepped(a, b, step, miss, wanted, weights)
        chances = _chances(a, b)
    ties = weights * chances
    miss = np.concatenate((ties.sum(axis=1), ties.sum(axis=0))) - wanted
    if np.abs(miss / np.concatenate((rows, columns))).max() > _ENOUGH:
        raise AnalysisError(
            "the stochastic degree sequence model could not be fitted to these degrees",
            hint="take HYPERGEOMETRIC or FDSM",
        )
    return chances


def _stepped(
    a: FloatArray, b: FloatArray, step: FloatArray, miss: FloatArray, wanted: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The step, halved until it lowers the function."""

    def value(a: FloatArray, b: FloatArray) -> float:
        exponents = a[:, None] + b[None, :]
        return float(wanted @ np.concatenate((a, b)) + (weights * np.logaddexp(0.0, -exponents)).sum())

    now, size = value(a, b), 1.0
    while size > 1e-8:
        new_a, new_b = a + size * step[: len(a)], b + size * step[len(a) :]
        if value(new_a, new_b) <= now + 1e-12 * abs(now):
            return new_a, new_b
        size /= 2
    return a, b


def _chances(a: FloatArray, b: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + np.exp(np.clip(a[:, None] + b[None, :], -700, 700)))
