"""What one process shares between its requests."""

from dataclasses import dataclass

from api.metrics import Metrics
from api.settings import Settings
from api.tracing import Tracing
from graph.analysis import AnalysisLimits, AnalysisRunner
from graph.store import Store


@dataclass(slots=True)
class AppState:
    """`store` is None while the process starts and after it has begun to stop; `analyst` is made when first needed.

    `metrics` and `tracing` are there where the settings turn them on.
    """

    settings: Settings
    store: Store | None
    analyst: AnalysisRunner | None = None
    metrics: Metrics | None = None
    tracing: Tracing | None = None

    def get_analysis_runner(self, store: Store) -> AnalysisRunner:
        """The one that runs the analyses of all requests."""
        if self.analyst is None:
            settings = self.settings
            limits = AnalysisLimits(
                time_s=settings.analysis_timeout_s,
                memory_mb=settings.analysis_memory_mb,
                concurrency=settings.max_analyses,
            )
            self.analyst = AnalysisRunner(store, limits)
        return self.analyst

    async def close(self) -> None:
        """End what requests have left running for the next one."""
        if self.analyst is not None:
            await self.analyst.close()
            self.analyst = None
