"""Bipartite configuration model (BiCM): tie probabilities that preserve the observed degree of every node on average.

Source: Saracco et al. 2015, doi:10.1038/srep10595. Nodes of equal degree share one parameter, so the model is fitted to
the distinct degrees and their frequencies. The solver is Newton's method, as in Vallarano et al. 2021,
doi:10.1038/s41598-021-94118-5.
"""

from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray
from graph.errors import AnalysisError
from graph.tables import hint_naming
from graph.vocabulary import NullModel

__all__ = ["tie_probabilities"]

_MAX_ITERATIONS: Final = 300
"""Maximum number of Newton steps."""
_TOLERANCE: Final = 1e-10
"""The fit stops when the expected degree of every node differs from its observed degree by at most this number."""
_ACCEPTABLE_ERROR: Final = 1e-6
"""Largest difference between expected and observed degree that is accepted after `_MAX_ITERATIONS` steps."""


def tie_probabilities(
    row_degrees: IntArray, row_counts: IntArray, column_degrees: IntArray, column_counts: IntArray
) -> FloatArray:
    """Return a matrix of tie probabilities, with one row and one column for every distinct degree.

    `row_degrees` and `column_degrees` contain the distinct degrees of the row nodes and of the column nodes.
    `row_counts` and `column_counts` contain the number of nodes with each degree. A node of degree zero has only ties
    of probability 0. A node that is tied to all nodes of the opposite side has only ties of probability 1. Raises
    AnalysisError if the fit does not converge.
    """
    probabilities = np.zeros((len(row_degrees), len(column_degrees)))
    free_rows, free_columns = np.ones(len(row_counts), dtype=np.bool_), np.ones(len(column_counts), dtype=np.bool_)
    target_row_degrees, target_column_degrees = row_degrees.astype(np.int64), column_degrees.astype(np.int64)
    # Repeat, because removing nodes of zero or full degree can give other nodes zero or full degree.
    while True:
        width, height = int(column_counts[free_columns].sum()), int(row_counts[free_rows].sum())
        full, empty = free_rows & (target_row_degrees == width), free_rows & (target_row_degrees == 0)
        if (full | empty).any():
            probabilities[np.ix_(full, free_columns)] = 1.0
            target_column_degrees = target_column_degrees - int(row_counts[full].sum()) * free_columns
            free_rows &= ~(full | empty)
            continue
        full, empty = free_columns & (target_column_degrees == height), free_columns & (target_column_degrees == 0)
        if not (full | empty).any():
            break
        probabilities[np.ix_(free_rows, full)] = 1.0
        target_row_degrees = target_row_degrees - int(column_counts[full].sum()) * free_rows
        free_columns &= ~(full | empty)
    if free_rows.any():
        fitted = _fit(
            target_row_degrees[free_rows],
            row_counts[free_rows],
            target_column_degrees[free_columns],
            column_counts[free_columns],
        )
        probabilities[np.ix_(free_rows, free_columns)] = fitted
    return probabilities


def _fit(row_degrees: IntArray, row_counts: IntArray, column_degrees: IntArray, column_counts: IntArray) -> FloatArray:
    """Return tie probabilities 1 / (1 + exp(a + b)) that are fitted to the degrees.

    `a` contains a parameter for each distinct row degree, and `b` for each distinct column degree. The fit minimises a
    convex function of these parameters. Raises AnalysisError if the fit does not converge.
    """
    total = float(row_degrees @ row_counts)
    a = -np.log(row_degrees / np.sqrt(total))
    b = -np.log(column_degrees / np.sqrt(total))
    targets = np.concatenate((row_degrees * row_counts, column_degrees * column_counts)).astype(np.float64)
    weights = np.outer(row_counts, column_counts).astype(np.float64)
    probabilities, error = _logistic(a, b), np.inf
    for _ in range(_MAX_ITERATIONS):
        expected_ties = weights * probabilities
        gradient = np.concatenate((expected_ties.sum(axis=1), expected_ties.sum(axis=0))) - targets
        error = np.abs(gradient / np.concatenate((row_counts, column_counts))).max()
        if error < _TOLERANCE:
            break
        variances = expected_ties * (1.0 - probabilities)
        hessian = np.block([[np.diag(variances.sum(axis=1)), variances], [variances.T, np.diag(variances.sum(axis=0))]])
        # The Hessian is singular, because a + c and b - c give the same probabilities. Use the smallest solution.
        step = np.asarray(np.linalg.lstsq(hessian, gradient, rcond=None)[0], dtype=np.float64)
        a, b = _line_search(a, b, step, targets, weights)
        probabilities = _logistic(a, b)
    if error > _ACCEPTABLE_ERROR:
        raise AnalysisError(
            "the stochastic degree sequence model did not converge for these degrees",
            hint=hint_naming("use {one} or {other}", one=NullModel.HYPERGEOMETRIC, other=NullModel.FDSM),
        )
    return probabilities


def _line_search(
    a: FloatArray, b: FloatArray, step: FloatArray, targets: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the row parameters `a` and the column parameters `b` after a Newton step.

    The step is halved until the objective function does not increase. If the function increases even after the smallest
    step, `a` and `b` are returned unchanged.
    """

    def objective(a: FloatArray, b: FloatArray) -> float:
        exponents = a[:, None] + b[None, :]
        return float(targets @ np.concatenate((a, b)) + (weights * np.logaddexp(0.0, -exponents)).sum())

    current, size = objective(a, b), 1.0
    while size > 1e-8:
        new_a, new_b = a + size * step[: len(a)], b + size * step[len(a) :]
        if objective(new_a, new_b) <= current + 1e-12 * abs(current):
            return new_a, new_b
        size /= 2
    return a, b


def _logistic(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(a + b)) for each pair of a row parameter and a column parameter."""
    return 1.0 / (1.0 + np.exp(np.clip(a[:, None] + b[None, :], -700, 700)))
