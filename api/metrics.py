"""Collect Prometheus metrics of operations, statements and caches."""

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
"""Upper bounds, in seconds, of the buckets of all histograms."""


class _PendingStatement:
    """A statement that an operation has requested, and that has not finished.

    `sent_at` is the time at which the store sent the statement, or None if it has not been sent yet.
    """

    def __init__(self) -> None:
        self.sent_at: float | None = None


_waiting: Final[ContextVar[_PendingStatement | None]] = ContextVar("waiting_statement", default=None)


class Metrics:
    """The Prometheus metrics of one process. If `worker` is not None, every metric has the label `worker`."""

    def __init__(self, worker: int | None = None) -> None:
        self._worker = worker
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._operations = Counter(
            "citygraph_operations",
            "Operations by outcome (ok, partial, rejected, disconnected) and by the code of the first error.",
            ["outcome", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "citygraph_operation_seconds",
            "Time from the arrival of a request to its response.",
            ["outcome"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._statements = Histogram(
            "citygraph_statement_seconds",
            "Time of an operation's statement in the database, including reading its rows.",
            ["statement"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._sent = Counter(
            "citygraph_statements_sent",
            "Statements sent to the database, including those of analyses and retries.",
            ["statement"],
            registry=registry,
        )
        self._in_flight = Gauge(
            "citygraph_statements_in_flight",
            "Statements of operations that the database is running.",
            registry=registry,
        )
        self._queued = Gauge(
            "citygraph_statements_waiting",
            "Statements of operations that wait for admission or a connection.",
            registry=registry,
        )

    def _register(
        self,
        kind: type[CounterMetricFamily] | type[GaugeMetricFamily],
        name: str,
        description: str,
        read: Callable[[], float],
    ) -> None:
        """Register a metric. At every scrape, the function `read` is called to get the value of the metric."""
        self._registry.register(_CallbackCollector(lambda: kind(name, description, value=read())))

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Register a gauge. At every scrape, the function `read` is called to get the value of the gauge."""
        self._register(GaugeMetricFamily, name, description, read)

    def counter(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Register a counter. At every scrape, the function `read` is called to get the value of the counter."""
        self._register(CounterMetricFamily, name, description, read)

    def observe_operation(self, outcome: str, code: str, seconds: float) -> None:
        """Record the outcome and the duration of an operation.

        `code` is the code of its first error, or an empty string.
        """
        self._operations.labels(outcome, code).inc()
        self._seconds.labels(outcome).observe(seconds)

    @contextmanager
    def statement(self, name: str, _text: str) -> Generator[None]:
        """Measure the statement that the `with` block requests.

        The statement is counted as waiting until the store sends it, and then as running until the block ends. The time
        from sending to the end of the block is recorded.
        """
        pending = _PendingStatement()
        token = _waiting.set(pending)
        self._queued.inc()
        try:
            yield
        finally:
            _waiting.reset(token)
            if pending.sent_at is None:
                self._queued.dec()
            else:
                self._in_flight.dec()
                self._statements.labels(name).observe(time.perf_counter() - pending.sent_at)

    def observe_statement(self, name: str, _text: str) -> None:
        """Add a statement to the number of sent statements.

        The store must call this method in the task that requested the statement.
        """
        self._sent.labels(name).inc()
        pending = _waiting.get()
        if pending is not None and pending.sent_at is None:
            pending.sent_at = time.perf_counter()
            self._queued.dec()
            self._in_flight.inc()

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the text of all metrics, and its media type. The `Accept` header selects the format."""
        encode, media_type = choose_encoder(accept)
        return encode(self), media_type  # pyright: ignore[reportArgumentType]  (the encoder calls only `collect`)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics. If this process is a worker, the metrics have the label `worker`."""
        for metric in self._registry.collect():
            if self._worker is not None:
                label = {"worker": str(self._worker)}
                metric.samples = [sample._replace(labels={**sample.labels, **label}) for sample in metric.samples]
            yield metric


class _CallbackCollector(Collector):
    def __init__(self, read: Callable[[], Metric]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        yield self._read()
