"""Tasks for the tests of AnalysisRunner, in a module that imports quickly."""

import os
from dataclasses import dataclass
from itertools import count
from signal import pause

import numpy as np

from graph.analysis.snapshot import Snapshot
from graph.progress import ProgressCallback

_calls = count(1)


def rest() -> str:
    return "rested"


def count_call(_snapshot: object, _note: str) -> int:
    """Return how often this process has called the function."""
    return next(_calls)


def digest_of(snapshot: Snapshot, _note: str) -> str:
    return snapshot.digest


def spin(on_progress: ProgressCallback) -> int:
    """Report progress once, then loop forever."""
    on_progress(0, 1)
    count = 0
    while True:
        count += 1


def allocate(megabytes: int) -> int:
    return int(np.ones(megabytes << 17).sum())


def close_output() -> None:
    """Close all files but the standard ones, then wait forever."""
    os.closerange(3, 1000)
    pause()


def fail() -> None:
    raise ZeroDivisionError


@dataclass(frozen=True)
class MeasuredCount:
    """A number that states a memory of its own."""

    number: int
    nbytes: int


def count_measured(_snapshot: object, nbytes: int) -> MeasuredCount:
    """Return how often this process has called the function, as a result that states its memory."""
    return MeasuredCount(next(_calls), nbytes)
