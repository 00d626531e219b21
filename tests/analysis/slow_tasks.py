"""Tasks for the tests of AnalysisRunner, in a module that imports quickly."""

from itertools import count

import numpy as np

from graph.progress import ProgressCallback

_calls = count(1)


def rest() -> str:
    return "rested"


def count_call(_snapshot: object, _note: str) -> int:
    """Return how often this process has called the function."""
    return next(_calls)


def spin(on_progress: ProgressCallback) -> int:
    """Report progress once, then loop forever."""
    on_progress(0, 1)
    count = 0
    while True:
        count += 1


def allocate(megabytes: int) -> int:
    return int(np.ones(megabytes << 17).sum())


def fail() -> None:
    raise ZeroDivisionError
