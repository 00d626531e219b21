"""Translate errors of the Neo4j driver into StoreErrors. `__cause__` is the driver's error, for logs only."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    CypherSyntaxError,
    DriverError,
    Forbidden,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.errors import EmbeddedLost, GraphLoading, StoreBusy, StoreDenied, StoreError, StoreTimeout, StoreUnavailable

_GRACE_S: Final = 1.0
"""Time in seconds, after the statement timeout, in which the database may report that it stopped the statement."""

_TIMED_OUT: Final = frozenset(
    {
        "Neo.ClientError.Transaction.TransactionTimedOut",
        "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    }
)


@contextmanager
def translate_errors(statement: str) -> Generator[None]:
    """Translate driver errors raised in the context into StoreErrors. `statement` is the name of the statement."""
    try:
        yield
    except (DriverError, Neo4jError) as error:
        raise _to_store_error(error, statement) from error


@asynccontextmanager
async def timeout(limit_s: float, statement: str) -> AsyncGenerator[None]:
    """Cancel the body of the context after `limit_s` + `_GRACE_S` seconds, and raise StoreTimeout.

    Normally the database stops the statement earlier, at its own statement timeout. Cancelling closes the connection.
    """
    limit = asyncio.timeout(limit_s + _GRACE_S)
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise _timed_out(statement) from None
        raise


def is_retryable(error: StoreError) -> bool:
    """Return whether a retry may succeed, for example after a lost connection or a write conflict.

    A commit without a reply is not retried, because the database may have applied it.
    """
    cause = error.__cause__
    if isinstance(error, EmbeddedLost):
        return isinstance(cause, (DriverError, Neo4jError)) and not isinstance(cause, IncompleteCommit)
    return isinstance(cause, (DriverError, Neo4jError)) and cause.is_retryable()


def is_temporary(error: StoreError) -> bool:
    """Return whether the database may become available without a change to the program, its settings or the graph."""
    if isinstance(error, GraphLoading):
        return False
    return isinstance(error, StoreUnavailable | StoreTimeout | StoreBusy) or is_retryable(error)


def is_constraint_violation(error: StoreError) -> bool:
    """Return whether the error is a violated uniqueness constraint.

    A retry may succeed if another writer created the same node concurrently.
    """
    return isinstance(error.__cause__, ConstraintError)


def _timed_out(statement: str) -> StoreTimeout:
    return StoreTimeout(
        f"'{statement}' ran past its time limit and was ended", hint="ask for less at once", statement=statement
    )


def _unavailable(statement: str) -> StoreUnavailable:
    return StoreUnavailable(
        "the database does not answer", hint="check that it runs and is reachable", statement=statement
    )


def _to_store_error(error: DriverError | Neo4jError, statement: str) -> StoreError:
    match error:
        case AuthError() | Forbidden():
            return StoreDenied(
                "the database refused the user name or password",
                hint="check the database user and password in the settings",
                statement=statement,
            )
        case ConnectionAcquisitionTimeoutError():
            return StoreBusy(
                "no connection to the database became free in time", hint="ask again in a moment", statement=statement
            )
        case ServiceUnavailable() | SessionExpired():
            return _unavailable(statement)
        case Neo4jError() if error.code in _TIMED_OUT:
            return _timed_out(statement)
        case ConstraintError():
            return StoreError(
                f"'{statement}' would make a second node with the same id",
                hint="use MERGE on the id, or another id",
                statement=statement,
            )
        case CypherSyntaxError():
            return StoreError(
                f"'{statement}' is not valid Cypher", hint="see the log for what the database said", statement=statement
            )
        case _:
            return StoreError(
                f"'{statement}' failed in the database", hint="see the log for what it said", statement=statement
            )
