"""The seeds as analysts open them."""

from pathlib import Path

import pytest

import citygraph

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="session")
def seed_files() -> citygraph.Collaborations:
    """Return the seeds, read from their files once, because that takes seconds."""
    return citygraph.open(SEEDS)
