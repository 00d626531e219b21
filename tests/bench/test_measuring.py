"""Warming ends when CPU time for a request has stopped falling, whatever other processes add to it now and then."""

from bench.measuring import is_steady


def test_too_few_windows_are_not_steady() -> None:
    assert not is_steady([])
    assert not is_steady([1.0] * 8)


def test_equal_windows_are_steady() -> None:
    assert is_steady([1.0] * 9)


def test_falling_windows_are_not_steady() -> None:
    falling = [0.9**number for number in range(30)]
    assert not any(is_steady(falling[:count]) for count in range(30))


def test_a_slow_fall_counts_where_it_adds_up() -> None:
    falling = [0.99**number for number in range(30)]
    assert not is_steady(falling)


def test_a_busy_machine_adds_to_some_windows() -> None:
    assert is_steady([2.0, 1.0, 1.3, 1.0, 1.6, 1.2, 0.98, 1.0, 1.4, 1.1])
