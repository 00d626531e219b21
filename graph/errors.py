"""Every error the product raises on purpose.

    CitygraphError
    ├── SeedError          a file of facts is faulty                (exit code 3)
    ├── StoreError         the database could not do what was asked (exit code 4)
    │   ├── StoreUnavailable   it does not answer
    │   │   └── GraphLoading       a bulk load fills it and is not done
    │   ├── StoreTimeout       a statement was ended at its time limit
    │   ├── StoreLocked        another process owns the data folder
    │   ├── StoreDenied        it refused the user name or password
    │   ├── StoreBusy          too many statements are in flight
    │   ├── SchemaNewer        a later version of the program prepared it
    │   ├── SchemaOlder        it has to be migrated first
    │   └── GraphChanged       the graph was changed between two statements that belong together
    ├── QueryError         a client's question cannot be answered   (exit code 5)
    │   ├── UnknownId          no node has the id
    │   ├── BadArgument        an argument's value makes no sense
    │   ├── BadCursor          a cursor is damaged or belongs to another connection
    │   └── LimitExceeded      the question is larger than the limits allow
    ├── AnalysisError      a network measure cannot be computed     (exit code 6)
    │   └── AnalysisBusy       too many analyses wait for their turn
    └── ConfigurationError a setting is wrong                       (exit code 2)

Each class has a `code`, which clients may rely on, and each error a `hint` that says what to do.
"""

from dataclasses import dataclass
from typing import ClassVar


class CitygraphError(Exception):
    """The root: `message` says what is wrong, `hint` how to mend it."""

    code: ClassVar[str] = "INTERNAL"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in a file of facts: where it stands, what is wrong, how to mend it. `line` counts from 1."""

    file: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.hint})"


class SeedError(CitygraphError):
    """Files of facts are faulty. `faults` holds what was found, in file and line order; `outcome` what became of it."""

    code = "SEED_INVALID"
    exit_code = 3

    def __init__(
        self,
        faults: list[Fault],
        *,
        outcome: str = "nothing was loaded",
        hint: str = "mend the places named and run `citygraph check` again",
    ) -> None:
        self.faults = sorted(faults)
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} found; {outcome}", hint=hint)


class StoreError(CitygraphError):
    """A statement failed in the database. `statement` is the statement's name, where one ran."""

    code = "STORE_FAILED"
    exit_code = 4

    def __init__(self, message: str, *, hint: str = "", statement: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.statement = statement


class StoreUnavailable(StoreError):
    """The database does not answer."""

    code = "STORE_UNAVAILABLE"


class GraphLoading(StoreUnavailable):
    """A bulk load fills the database; until it is done, nothing of the graph is shown."""


class StoreTimeout(StoreError):
    """A statement was ended, in the database too, because it ran past its time limit."""

    code = "STORE_TIMEOUT"


class StoreLocked(StoreError):
    """Another process owns the embedded database's folder and cannot be joined."""

    code = "STORE_LOCKED"


class StoreDenied(StoreError):
    """The database refused the user name or the password."""

    code = "STORE_DENIED"


class StoreBusy(StoreError):
    """More statements wait for the database than the limit allows."""

    code = "STORE_BUSY"


class SchemaNewer(StoreError):
    """The database's schema is of a later version than this program knows."""

    code = "SCHEMA_NEWER"


class SchemaOlder(StoreError):
    """The database's schema is of an earlier version; `citygraph migrate` brings it up."""

    code = "SCHEMA_OLDER"


class GraphChanged(StoreError):
    """The graph was changed between two statements that belong together, so that their answers do not fit."""

    code = "GRAPH_CHANGED"


class QueryError(CitygraphError):
    """A client's question cannot be answered as it was put."""

    code = "QUERY_INVALID"
    exit_code = 5


class UnknownId(QueryError):
    """No node has the id that a question names."""

    code = "UNKNOWN_ID"


class BadArgument(QueryError):
    """An argument is invalid, alone or in combination with another."""

    code = "BAD_ARGUMENT"


class BadCursor(QueryError):
    """A cursor is damaged, or belongs to another connection or order."""

    code = "BAD_CURSOR"


class LimitExceeded(QueryError):
    """The question is larger than the limits allow; the message gives the limit and what was asked."""

    code = "LIMIT_EXCEEDED"


class AnalysisError(CitygraphError):
    """A network measure cannot be computed on the network given."""

    code = "ANALYSIS_FAILED"
    exit_code = 6


class AnalysisBusy(AnalysisError):
    """More analyses wait for their turn than the limit allows."""

    code = "ANALYSIS_BUSY"


class ConfigurationError(CitygraphError):
    """A setting is missing, malformed or contradicts another."""

    code = "CONFIGURATION_INVALID"
    exit_code = 2
