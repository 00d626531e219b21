"""The exceptions of the application.

    CitygraphError
    ├── SeedError          seed files are invalid                   (exit code 3)
    ├── StoreError         a database operation failed              (exit code 4)
    │   ├── StoreUnavailable   the database does not respond
    │   │   ├── EmbeddedLost       the embedded database or its owner has stopped
    │   │   └── GraphLoading       a bulk load is not finished
    │   ├── StoreTimeout       a statement exceeded its time limit
    │   ├── StoreLocked        another process uses the data folder
    │   ├── StoreDenied        the user name or password is wrong
    │   ├── StoreBusy          too many statements are waiting
    │   ├── StoreDamaged       the graph differs from the graph that was last written
    │   ├── SchemaNewer        the database schema is newer than the program
    │   ├── SchemaOlder        the database schema must be migrated first
    │   └── GraphChanged       the graph changed between two related statements
    ├── QueryError         a query cannot be answered               (exit code 5)
    │   ├── UnknownId          no node has the id
    │   ├── BadArgument        the value of an argument is invalid
    │   ├── BadCursor          a cursor is damaged or belongs to another connection
    │   └── LimitExceeded      the query exceeds a limit
    ├── AnalysisError      an analysis failed                       (exit code 6)
    │   ├── AnalysisBusy       too many analyses are waiting
    │   └── AnalysisTimeout    an analysis exceeded its time limit
    └── ConfigurationError a setting is invalid                     (exit code 2)

The `code` of a class is stable, so clients can rely on it. The `hint` of an error states what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

_SHOWN: Final = 80
"""Maximum length of an id that an error message quotes, in characters."""
_SHOWN_PROBLEMS: Final = 5
"""Maximum number of problems that the text of a SeedError or of a warning lists."""


class CitygraphError(Exception):
    """The base class of all exceptions. `message` states the problem, and `hint` states what to do.

    `str()` returns the message and the hint, because a traceback in a notebook shows nothing else.
    """

    code: ClassVar[str] = "INTERNAL"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True, order=True)
class SeedProblem:
    """A problem in a seed file, with a hint on how to correct the problem. Line numbers start at 1."""

    file: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.hint})"


def problems_text(message: str, problems: Sequence[SeedProblem], attribute: str) -> str:
    """Return a message followed by the first problems, each on a line.

    If there are more problems, the last line names `attribute`, the Python attribute that contains all problems.
    """
    shown = [str(problem) for problem in problems[:_SHOWN_PROBLEMS]]
    if more := len(problems) - len(shown):
        shown.append(f"and {more} more; `{attribute}` has all of them")
    return "\n  ".join([message, *shown])


class SeedError(CitygraphError):
    """Seed files are invalid.

    `problems` is sorted by file and line. `outcome` is the result of the load, such as "nothing was loaded". `str()`
    returns the message and the first problems.
    """

    code = "SEED_INVALID"
    exit_code = 3

    def __init__(
        self,
        problems: list[SeedProblem],
        *,
        outcome: str = "nothing was loaded",
        hint: str = "correct the lines named and run `citygraph check` again",
    ) -> None:
        self.problems = sorted(problems)
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} found; {outcome}", hint=hint)

    def __str__(self) -> str:
        return problems_text(self.message, self.problems, "error.problems")


class StoreError(CitygraphError):
    """A database operation failed. `statement` is the name of the failed statement, or None."""

    code = "STORE_FAILED"
    exit_code = 4

    def __init__(self, message: str, *, hint: str = "", statement: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.statement = statement


class StoreUnavailable(StoreError):
    """The database does not respond."""

    code = "STORE_UNAVAILABLE"


class EmbeddedLost(StoreUnavailable):
    """The embedded database has stopped, or the process that runs it has exited."""


class GraphLoading(StoreUnavailable):
    """A bulk load is not finished. The graph cannot be read before the load is finished."""


class StoreTimeout(StoreError):
    """A statement exceeded its time limit and was cancelled."""

    code = "STORE_TIMEOUT"


class StoreLocked(StoreError):
    """Another process uses the folder of the embedded database and does not accept connections."""

    code = "STORE_LOCKED"


class StoreDenied(StoreError):
    """The database rejected the user name or the password."""

    code = "STORE_DENIED"


class StoreBusy(StoreError):
    """Too many statements wait for the database, or a statement waited too long."""

    code = "STORE_BUSY"


class StoreDamaged(StoreError):
    """The graph in the database differs from the graph that was last written. The message contains the differences."""

    code = "STORE_DAMAGED"


class SchemaNewer(StoreError):
    """The database schema has a later version than the program supports."""

    code = "SCHEMA_NEWER"


class SchemaOlder(StoreError):
    """The database schema has an older version than the program. `citygraph migrate` upgrades the schema."""

    code = "SCHEMA_OLDER"


class GraphChanged(StoreError):
    """The graph changed between two statements that belong together, so their results may be inconsistent."""

    code = "GRAPH_CHANGED"


class QueryError(CitygraphError):
    """A client's query cannot be answered."""

    code = "QUERY_INVALID"
    exit_code = 5


class UnknownId(QueryError):
    """No node has the id given in a query."""

    code = "UNKNOWN_ID"


def unknown_id(node_id: str, nearest: Sequence[str] = ()) -> UnknownId:
    """Return the error for an id that no node has. The hint of the error suggests the similar ids in `nearest`."""
    hint = f"did you mean {' or '.join(nearest)}? " if nearest else "ids look like City:vantaa; "
    shown = node_id if len(node_id) <= _SHOWN else f"{node_id[: _SHOWN - 1]}…"
    return UnknownId(f"no node has the id '{shown}'", hint=f"{hint}`search` finds ids by any name")


class BadArgument(QueryError):
    """The value of an argument is invalid, or contradicts another argument."""

    code = "BAD_ARGUMENT"


class BadCursor(QueryError):
    """A cursor is damaged, or was issued for another field or for other arguments."""

    code = "BAD_CURSOR"


class LimitExceeded(QueryError):
    """A query exceeds a limit. The message contains the limit and the requested value."""

    code = "LIMIT_EXCEEDED"


class AnalysisError(CitygraphError):
    """An analysis failed, for example because a measure is not defined for the network."""

    code = "ANALYSIS_FAILED"
    exit_code = 6


class AnalysisBusy(AnalysisError):
    """Too many analyses are waiting."""

    code = "ANALYSIS_BUSY"


class AnalysisTimeout(AnalysisError):
    """An analysis exceeded its time limit."""


class ConfigurationError(CitygraphError):
    """A setting is missing or invalid, or contradicts another setting."""

    code = "CONFIGURATION_INVALID"
    exit_code = 2
