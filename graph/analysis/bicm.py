"""The bipartite configuration model: the chance of each tie, given every node's number of ties on average.

Saracco et al. 2015, doi:10.1038/srep10595. Nodes with as many ties are alike, so the model is fitted to the degrees
that occur and how often; by Newton's method (as Vallarano et al. 2021, doi:10.1038/s41598-021-94118-5).
"""

from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray
from graph.errors import AnalysisError

__all__ = ["tie_probabilities"]

_MAX_ITERATIONS: Final = 300
_TOLERANCE: Final = 1e-10
_ACCEPTABLE_ERROR: Final = 1e-6


def tie_probabilities(
    row_degrees: IntArray, row_counts: IntArray, column_degrees: IntArray, column_counts: IntArray
) -> FloatArray:
    """The chance of a tie between a row and a column of these degrees, of which there are `rows` and `columns` each.

    A degree of zero or of all gives chances of 0 or 1. Raises AnalysisError where the fit fails.
    """
    probabilities = np.zeros((len(row_degrees), len(column_degrees)))
    free_rows, free_columns = np.ones(len(row_counts), dtype=np.bool_), np.ones(len(column_counts), dtype=np.bool_)
    target_row_degrees, target_column_degrees = row_degrees.astype(np.int64), column_degrees.astype(np.int64)
    # What is certain is set and taken away, which may make more certain.
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
    """Chances 1 / (1 + exp(a + b)) whose sums are the degrees; a and b minimise a convex function."""
    total = float(row_degrees @ row_counts)
    a = -np.log(row_degrees / np.sqrt(total))
    b = -np.log(column_degrees / np.sqrt(total))
    targets = np.concatenate((row_degrees * row_counts, column_degrees * column_counts)).astype(np.float64)
    weights = np.outer(row_counts, column_counts).astype(np.float64)
    probabilities = _logistic(a, b)
    for _ in range(_MAX_ITERATIONS):
        expected_ties = weights * probabilities
        gradient = np.concatenate((expected_ties.sum(axis=1), expected_ties.sum(axis=0))) - targets
        if np.abs(gradient / np.concatenate((row_counts, column_counts))).max() < _TOLERANCE:
            return probabilities
        variances = expected_ties * (1.0 - probabilities)
        hessian = np.block([[np.diag(variances.sum(axis=1)), variances], [variances.T, np.diag(variances.sum(axis=0))]])
        # Adding to every a what is taken from every b changes nothing: the smallest of all solutions is taken.
        step = np.asarray(np.linalg.lstsq(hessian, gradient, rcond=None)[0], dtype=np.float64)
        a, b = _line_search(a, b, step, gradient, targets, weights)
        probabilities = _logistic(a, b)
    expected_ties = weights * probabilities
    gradient = np.concatenate((expected_ties.sum(axis=1), expected_ties.sum(axis=0))) - targets
    if np.abs(gradient / np.concatenate((row_counts, column_counts))).max() > _ACCEPTABLE_ERROR:
        raise AnalysisError(
            "the stochastic degree sequence model could not be fitted to these degrees",
            hint="take HYPERGEOMETRIC or FDSM",
        )
    return probabilities


def _line_search(
    a: FloatArray, b: FloatArray, step: FloatArray, gradient: FloatArray, targets: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The step, halved until it lowers the function."""

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
    return 1.0 / (1.0 + np.exp(np.clip(a[:, None] + b[None, :], -700, 700)))
