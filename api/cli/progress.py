"""Progress bars on a terminal, for people who wait; nothing where standard error is none."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class ProgressBar:
    """`graph.progress.Progress`, shown on standard error by rich while entered, and wiped off at the end."""

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
        """Start a step of `total` parts; None where nobody knows how many."""
        self.end()
        if self._shown:
            self._bars.start()
            self._task = self._bars.add_task(what[:1].upper() + what[1:], total=total)

    def advance(self, count: int) -> None:
        """`count` more parts of the step are done."""
        if self._task is not None:
            self._bars.advance(self._task, count)

    def end(self) -> None:
        """The step is done."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def stop(self) -> None:
        """Wipe everything off the terminal; a later step shows it again."""
        self.end()
        if self._shown:
            self._bars.stop()
