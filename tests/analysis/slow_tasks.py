"""Work for the process of analyses, in a module that is quick to import."""

import time

import numpy as np


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


def spin() -> int:
    """Never releases Python's lock for long, and never ends."""
    count = 0
    while True:
        count += 1


def allocate(megabytes: int) -> int:
    return int(np.ones(megabytes << 17).sum())


def fail() -> None:
    raise ZeroDivisionError
