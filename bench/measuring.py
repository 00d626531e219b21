"""Measure servers in alternating rounds and print the results as a table."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.client import Asked, Measured, drive
from bench.processes import Started, Usage, usage

__all__ = ["HEAD", "Series", "in_turn", "is_steady", "line", "ratio", "table"]

_WINDOW_S: Final = 1.0
_LAST: Final = 8
"""Number of measurement windows compared to decide whether CPU time is still falling."""
_TOLERANCE: Final = 0.05


@dataclass(slots=True)
class Series:
    """The measured rounds of a server for one question, with the CPU time of the server and of the database."""

    name: str
    server: Started
    asked: Sequence[Asked]
    rounds: list[Measured] = field(default_factory=list[Measured])
    own_cpu: float | None = 0.0
    base_cpu: float | None = 0.0
    cpu_of_turns: list[float] = field(default_factory=list[float])
    peak: Usage | None = None

    def warm(self, base: int | None, longest: int = 60) -> None:
        """Send requests until the CPU time per request stops falling, for at most `longest` windows.

        The CPU time is the sum over server and database. A server with a JIT compiler, such as Node, becomes faster for
        about twenty seconds.
        """
        windows: list[float] = []
        while len(windows) < longest and not is_steady(windows):
            before = _total(self.server.pid, base)
            requests = len(drive(self.server.port, self.asked, _WINDOW_S).latencies)
            windows.append((_total(self.server.pid, base) - before) / requests)

    def run(self, seconds: float, base: int | None) -> None:
        before, base_before, all_before = usage(self.server.pid), usage(base), _total(self.server.pid, base)
        measured = drive(self.server.port, self.asked, seconds)
        self.peak, base_after = usage(self.server.pid), usage(base)
        self.own_cpu = _more(self.own_cpu, before, self.peak)
        self.base_cpu = _more(self.base_cpu, base_before, base_after)
        self.cpu_of_turns.append(_total(self.server.pid, base) - all_before)
        self.rounds.append(measured)

    @property
    def requests(self) -> int:
        return sum(len(run.latencies) for run in self.rounds)

    @property
    def errors(self) -> int:
        return sum(run.errors for run in self.rounds)

    @property
    def cpu_ms(self) -> float | None:
        """Return CPU milliseconds per request of the server and of the database; None if unknown."""
        if self.own_cpu is None or self.base_cpu is None:
            return None
        return 1000 * (self.own_cpu + self.base_cpu) / self.requests

    def middle(self, read: Callable[[Measured], float]) -> float:
        return statistics.median(map(read, self.rounds))


def _more(sum_: float | None, before: Usage | None, after: Usage | None) -> float | None:
    return None if sum_ is None or before is None or after is None else sum_ + after.cpu_s - before.cpu_s


def _total(*processes: int | None) -> float:
    """Return the total CPU seconds so far of the processes that can be observed."""
    return sum(found.cpu_s for process in processes if (found := usage(process)))


def is_steady(windows: Sequence[float]) -> bool:
    """Return whether the minimum of the last windows is hardly less than the minimum before them.

    Minima ignore the CPU time that other processes add.
    """
    before, last = windows[:-_LAST], windows[-_LAST:]
    return bool(before) and min(last) > (1 - _TOLERANCE) * min(before)


def in_turn(all_series: Sequence[Series], rounds: int, seconds: float, base: int | None) -> None:
    """Warm up all series, then measure them alternately: A B A B …"""
    for series in all_series:
        series.warm(base)
    for _ in range(rounds):
        for series in all_series:
            series.run(seconds, base)


def ratio(one: Series, other: Series) -> str:
    """Return the median, minimum and maximum over all rounds of the ratio of requests per second."""
    ratios = [mine.per_second / yours.per_second for mine, yours in zip(one.rounds, other.rounds, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


# --- Tables ---------------------------------------------------------------------------------------

HEAD: Final = (
    *("question", "server", "requests/s", "ours ÷ it (spread)", "p50 ms", "p99 ms", "errors", "bytes"),
    *("server CPU ms", "database CPU ms", "server MiB"),
)


def line(question: str, series: Series, ours: Series | None = None) -> list[str]:
    """Return the cells of a table row, with the ratio to `ours` if given. CPU time is per request."""

    def each_request(cpu: float | None) -> str:
        return "–" if cpu is None else f"{1000 * cpu / series.requests:.2f}"

    return [
        question,
        series.name,
        f"{series.middle(lambda run: run.per_second):.0f}",
        ratio(ours, series) if ours else "",
        f"{series.middle(lambda run: run.percentile(0.5)):.1f}",
        f"{series.middle(lambda run: run.percentile(0.99)):.1f}",
        str(series.errors),
        f"{sum(run.size for run in series.rounds) / series.requests:.0f}",
        each_request(series.own_cpu),
        each_request(series.base_cpu),
        "–" if series.peak is None else f"{series.peak.peak_mib:.0f}",
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are also aligned in a terminal."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(map(str.ljust, cells, widths)) + " |" for cells in lines)
