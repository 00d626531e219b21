"""What `citygraph serve` does besides serving: warnings at start-up."""

import os

import pytest
import structlog.testing

from api.cli.serve import warn_if_root


@pytest.mark.parametrize(("user", "count"), [(0, 1), (1000, 0)])
def test_root_is_warned(monkeypatch: pytest.MonkeyPatch, user: int, count: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with structlog.testing.capture_logs() as events:
        warn_if_root()
    warning = {
        "event": "the server runs as root",
        "hint": "run it as a user without privileges that owns the data folder",
        "log_level": "warning",
    }
    assert events == [warning] * count
