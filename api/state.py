"""Define the state that all requests of one process share."""

from dataclasses import dataclass

from api.metrics import Metrics
from api.settings import Settings
from api.tracing import Tracing
from graph.analysis import AnalysisLimits, AnalysisRunner, SubsetCounts
from graph.search import NameIndexReader
from graph.store import Degrees, Store


@dataclass(slots=True)
class AppState:
    """State that all requests of one process share.

    During start-up and shutdown, `store` is None. `degrees` contains the counts of nodes and relationships, from which
    the costs of operations are estimated. `degrees` is None until the counts have been read from the database.
    """

    settings: Settings
    store: Store | None
    analysis_runner: AnalysisRunner | None = None
    names: NameIndexReader | None = None
    metrics: Metrics | None = None
    tracing: Tracing | None = None
    degrees: Degrees | None = None

    def get_analysis_runner(self, store: Store) -> AnalysisRunner:
        """Return the object that runs network analyses. It is created at the first call."""
        if self.analysis_runner is None:
            settings = self.settings
            limits = AnalysisLimits(
                time_s=settings.analysis_timeout_s,
                memory_mb=settings.analysis_memory_mb,
                concurrency=settings.max_analyses,
            )
            self.analysis_runner = AnalysisRunner(store, limits)
        return self.analysis_runner

    @property
    def subset_counts(self) -> SubsetCounts | None:
        """Return an object that counts the nodes and ties in the part of the graph (the subset) that an analysis reads.

        The object counts in a snapshot of the graph. If no current snapshot has been read, return None. An older
        snapshot is not used, because the graph may have become many times larger since then.
        """
        counts = None if self.analysis_runner is None else self.analysis_runner.subset_counts()
        is_current = counts is not None and self.degrees is not None and counts.revision == self.degrees.revision
        return counts if is_current else None

    def get_name_index(self, store: Store) -> NameIndexReader:
        """Return the reader of the search index of names. It is created at the first call."""
        if self.names is None:
            self.names = NameIndexReader(store)
        return self.names

    async def close(self) -> None:
        """Stop the analysis processes, and discard the search index of names."""
        if self.names is not None:
            await self.names.close()
            self.names = None
        if self.analysis_runner is not None:
            await self.analysis_runner.close()
            self.analysis_runner = None
