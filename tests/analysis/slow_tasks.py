"""Work for the process of analyses, in a module that is quick to import."""

import time

import numpy as np


def sleeping(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


def spinning() -> int:
    """Never releases Python's lock for long, and never ends."""
    count = 0
    while True:
        count += 1


def hoarding(megabytes: int) -> int:
    return int(np.ones(megabytes << 17).sum())


def faulty() -> None:
    raise ZeroDivisionError
