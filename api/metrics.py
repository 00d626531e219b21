"""Metrics for Prometheus: what became of operations, how long statements took, how answers were found."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

__all__ = ["Metrics"]

_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Upper bounds of the histograms' buckets, in seconds."""


class _PendingStatement:
    """A statement under way that waits, until the store sends it."""

    def __init__(self) -> None:
        self.at: float | None = None


_waiting: Final[ContextVar[_PendingStatement | None]] = ContextVar("waiting_statement", default=None)


class Metrics:
    """What one process counts. `worker` is told with each value where there are several processes."""

    def __init__(self, worker: int | None = None) -> None:
        self._worker = worker
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._operations = Counter(
            "citygraph_operations",
            "Operations answered: ok, partial (data with errors), refused, or left by the client; with the first code.",
            ["outcome", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "citygraph_operation_seconds",
            "Time from a request's arrival until its answer was ready.",
            ["outcome"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._statements = Histogram(
            "citygraph_statement_seconds",
            "Time of a statement of an operation in the database, its rows read.",
            ["statement"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._sent = Counter(
            "citygraph_statements_sent",
            "Statements sent to the database, those of analyses and repeated ones included.",
            ["statement"],
            registry=registry,
        )
        self._in_flight = Gauge(
            "citygraph_statements_in_flight", "Statements of operations that the database works on.", registry=registry
        )
        self._queued = Gauge(
            "citygraph_statements_waiting",
            "Statements of operations that wait for a place or a connection.",
            registry=registry,
        )

    def reads(
        self, kind: type[CounterMetricFamily] | type[GaugeMetricFamily], name: str, told: str, read: Callable[[], float]
    ) -> None:
        """Adds a value that is read when it is asked for."""
        self._registry.register(_CallbackCollector(lambda: kind(name, told, value=read())))

    def gauge(self, name: str, told: str, read: Callable[[], float]) -> None:
        """Adds a value that goes up and down, read when it is asked for."""
        self.reads(GaugeMetricFamily, name, told, read)

    def counter(self, name: str, told: str, read: Callable[[], float]) -> None:
        """Adds a value that only rises, read when it is asked for."""
        self.reads(CounterMetricFamily, name, told, read)

    def observe_operation(self, outcome: str, code: str, seconds: float) -> None:
        """Counts an operation. `code` is that of its first error, or empty."""
        self._operations.labels(outcome, code).inc()
        self._seconds.labels(outcome).observe(seconds)

    @contextmanager
    def statement(self, name: str, _text: str) -> Generator[None]:
        """Counts a statement as waiting until it is sent, as in flight until it ends, and takes the time of that."""
        observe_statement = _PendingStatement()
        token = _waiting.set(observe_statement)
        self._queued.inc()
        try:
            yield
        finally:
            _waiting.reset(token)
            if observe_statement.at is None:
                self._queued.dec()
            else:
                self._in_flight.dec()
                self._statements.labels(name).observe(time.perf_counter() - observe_statement.at)

    def observe_statement(self, name: str, _text: str) -> None:
        """Takes note of a statement that is sent: an observer of the store, called in the task that asked for it."""
        self._sent.labels(name).inc()
        waiting = _waiting.get()
        if waiting is not None and waiting.at is None:
            waiting.at = time.perf_counter()
            self._queued.dec()
            self._in_flight.inc()

    def render(self, accept: str) -> tuple[bytes, str]:
        """All values in the form that the header Accept asks for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self), media_type  # pyright: ignore[reportArgumentType]  (it only collects)

    def collect(self) -> Iterator[Metric]:
        """The values, each with the worker's number."""
        for metric in self._registry.collect():
            if self._worker is not None:
                label = {"worker": str(self._worker)}
                metric.samples = [each._replace(labels={**each.labels, **label}) for each in metric.samples]
            yield metric


class _CallbackCollector(Collector):
    def __init__(self, read: Callable[[], Metric]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        yield self._read()
