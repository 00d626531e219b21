"""Show progress bars on standard error. Nothing is shown if standard error is not a terminal."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class ProgressBar:
    """A progress bar on the terminal, which is removed when the context exits.

    Implements `graph.progress.Progress`.
    """

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def begin(self, what: str, total: int | None) -> None:
        """Start a step that consists of `total` parts. If `total` is None, the number of parts is unknown."""
        self.end()
        if self._shown:
            self._bars.start()
            self._task = self._bars.add_task(what[:1].upper() + what[1:], total=total)

    def advance(self, count: int) -> None:
        """Add `count` finished parts to the current step."""
        if self._task is not None:
            self._bars.advance(self._task, count)

    def end(self) -> None:
        """Finish the current step and remove its bar."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def stop(self) -> None:
        """Remove the bar from the terminal. When the next step begins, the bar is shown again."""
        self.end()
        if self._shown:
            self._bars.stop()
