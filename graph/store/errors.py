"""Translate errors of the Neo4j driver into StoreErrors.

The error of the driver becomes the `__cause__` of the StoreError. It is logged, but not shown to clients.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

from neo4j.exceptions import (
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    CypherSyntaxError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.errors import EmbeddedLost, GraphLoading, StoreBusy, StoreDenied, StoreError, StoreTimeout, StoreUnavailable

_GRACE_S: Final = 1.0
"""Time, in seconds, between the statement timeout and the moment at which this program gives up waiting.

In this time, the database can report that it has stopped the statement.
"""

_TIMED_OUT: Final = frozenset(
    {
        "Neo.ClientError.Transaction.TransactionTimedOut",
        "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    }
)


@contextmanager
def translate_errors(statement: str) -> Generator[None]:
    """Run the body of the context, and raise each driver error from the body as a StoreError.

    `statement` is the name of the statement.
    """
    try:
        yield
    except (DriverError, Neo4jError) as error:
        raise _to_store_error(error, statement) from error


@asynccontextmanager
async def timeout(limit_s: float, statement: str) -> AsyncGenerator[None]:
    """Cancel the body of the context after `limit_s` + `_GRACE_S` seconds, and raise StoreTimeout.

    Normally the database stops the statement earlier, when `limit_s` has passed. Cancelling the body also closes the
    connection. `statement` is the name of the statement, for the error message.
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

    Returns False if the connection was lost during a commit, because the database may have committed the transaction.
    """
    cause = error.__cause__
    if isinstance(error, EmbeddedLost):
        return isinstance(cause, (DriverError, Neo4jError)) and not isinstance(cause, IncompleteCommit)
    return isinstance(cause, (DriverError, Neo4jError)) and cause.is_retryable()


def is_temporary(error: StoreError) -> bool:
    """Return whether the database may become available again without a change to the program, settings or graph."""
    if isinstance(error, GraphLoading):
        return False
    return isinstance(error, StoreUnavailable | StoreTimeout | StoreBusy) or is_retryable(error)


def is_constraint_violation(error: StoreError) -> bool:
    """Return whether the error is a violation of a uniqueness constraint.

    If another writer has created the same node concurrently, a retry may succeed.
    """
    return isinstance(error.__cause__, ConstraintError)


def _timed_out(statement: str) -> StoreTimeout:
    return StoreTimeout(
        f"'{statement}' exceeded its time limit and was cancelled",
        hint="read or write less in one statement, or raise CITYGRAPH_STATEMENT_TIMEOUT_S",
        statement=statement,
    )


@dataclass(frozen=True, slots=True)
class _Cause:
    """A common cause of driver errors, and the StoreError into which these errors are translated.

    `pattern` matches the code or the text of the driver error. `error`, `message` and `hint` are the class, the message
    and the hint of the StoreError.
    """

    pattern: re.Pattern[str]
    error: type[StoreError]
    message: str
    hint: str


def _cause(pattern: str, error: type[StoreError], message: str, hint: str) -> _Cause:
    return _Cause(re.compile(pattern, re.IGNORECASE), error, message, hint)


_CAUSES: Final = (
    _cause(
        "no space left on device|disk quota exceeded|file too large",
        StoreError,
        "the disk of the database is full",
        "free space on the disk of the database, and try again",
    ),
    _cause(
        "OutOfMemory|Java heap space|GC overhead limit|heap budget exceeded",
        StoreError,
        "the database ran out of memory",
        "read or write less in one statement, or give the database more memory: CITYGRAPH_HEAP_MB for the embedded "
        "database, server.memory.heap.max_size and dbms.memory.transaction.total.max on Neo4j",
    ),
    _cause(
        "DatabaseUnavailable",
        StoreUnavailable,
        "the database is starting, or it is stopped",
        "wait until it is online; SHOW DATABASES on the database server shows its state",
    ),
    _cause(
        "DatabaseNotFound",
        StoreError,
        "the database server has no database of this name",
        "check CITYGRAPH_DATABASE_NAME",
    ),
    _cause(
        "AuthenticationRateLimit",
        StoreDenied,
        "the database refuses logins for a while, after several wrong passwords",
        "correct CITYGRAPH_DATABASE_USER and CITYGRAPH_DATABASE_PASSWORD, and try again in a few seconds",
    ),
    _cause(
        "CredentialsExpired",
        StoreDenied,
        "the database requires a new password for this user",
        "change it with ALTER CURRENT USER SET PASSWORD, and set CITYGRAPH_DATABASE_PASSWORD",
    ),
    _cause(
        r"Security\.(Unauthorized|AuthorizationFailed|TokenExpired)",
        StoreDenied,
        "the database refused the user name or password",
        "check CITYGRAPH_DATABASE_USER and CITYGRAPH_DATABASE_PASSWORD",
    ),
    _cause(
        r"Neo\.ClientError\.Security\.",
        StoreDenied,
        "the database user is not permitted to run the statement",
        "grant the user of CITYGRAPH_DATABASE_USER the right to read, write and change the schema of the database",
    ),
    _cause(
        "looks like HTTP",
        StoreUnavailable,
        "the address of the database leads to a web server",
        "use the Bolt port of the database, usually 7687, in CITYGRAPH_DATABASE_URI",
    ),
    _cause(
        "SSLError|CertificateError",
        StoreUnavailable,
        "the encrypted connection to the database failed",
        "check the certificate of the database; use bolt:// or neo4j:// without encryption, and +ssc for a certificate "
        "that no authority has signed",
    ),
)


def _to_store_error(error: DriverError | Neo4jError, statement: str) -> StoreError:
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    if code in _TIMED_OUT:
        return _timed_out(statement)
    # The messages of constraint and syntax errors quote data, which can contain text that matches a pattern.
    text = "" if isinstance(error, ConstraintError | CypherSyntaxError) else f"{code} {error}"
    for cause in _CAUSES:
        if cause.pattern.search(text):
            return cause.error(cause.message, hint=cause.hint, statement=statement)
    match error:
        case ConnectionAcquisitionTimeoutError():
            return StoreBusy(
                "no connection to the database became free in time", hint="try again in a moment", statement=statement
            )
        case ServiceUnavailable() | SessionExpired():
            return StoreUnavailable(
                "the database does not answer", hint="check that it runs and is reachable", statement=statement
            )
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
                f"'{statement}' failed in the database ({code or type(error).__name__})",
                hint="see the log for what the database said",
                statement=statement,
            )
