"""Every cause of a failure has its error class, a message that names the cause, and a hint."""

from pathlib import Path

import pytest
from neo4j.exceptions import (
    ConnectionAcquisitionTimeoutError,
    DriverError,
    Neo4jError,
    ResultFailedError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.errors import StoreBusy, StoreDenied, StoreError, StoreLocked, StoreTimeout, StoreUnavailable
from graph.store.embedded import _not_started
from graph.store.errors import is_temporary, translate_errors

NEEDLE = "SecretText"


def server_error(code: str, text: str = NEEDLE) -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code=code, message=text)


@pytest.mark.parametrize(
    ("raised", "error", "message", "hint"),
    [
        (ServiceUnavailable(NEEDLE), StoreUnavailable, "the database does not answer", "check that it runs"),
        (SessionExpired(NEEDLE), StoreUnavailable, "the database does not answer", "check that it runs"),
        (
            ServiceUnavailable("Cannot to connect to Bolt service (looks like HTTP)"),
            StoreUnavailable,
            "the address of the database leads to a web server",
            "use the Bolt port",
        ),
        (
            ServiceUnavailable("[SSLError] Connection Failed."),
            StoreUnavailable,
            "the encrypted connection to the database failed",
            "check the certificate",
        ),
        (
            server_error("Neo.TransientError.General.DatabaseUnavailable"),
            StoreUnavailable,
            "the database is starting, or it is stopped",
            "wait until it is online",
        ),
        (
            server_error("Neo.ClientError.Database.DatabaseNotFound"),
            StoreError,
            "the database server has no database of this name",
            "check CITYGRAPH_DATABASE_NAME",
        ),
        (
            server_error("Neo.ClientError.Security.Unauthorized"),
            StoreDenied,
            "the database refused the user name or password",
            "check CITYGRAPH_DATABASE_USER and CITYGRAPH_DATABASE_PASSWORD",
        ),
        (
            server_error("Neo.ClientError.Security.AuthenticationRateLimit"),
            StoreDenied,
            "the database refuses logins for a while, after several wrong passwords",
            "correct CITYGRAPH_DATABASE_USER",
        ),
        (
            server_error("Neo.ClientError.Security.CredentialsExpired"),
            StoreDenied,
            "the database requires a new password for this user",
            "change it with ALTER CURRENT USER",
        ),
        (
            server_error("Neo.ClientError.Security.Forbidden"),
            StoreDenied,
            "the database user is not permitted to run the statement",
            "grant the user",
        ),
        (
            server_error("Neo.DatabaseError.Transaction.TransactionCommitFailed", "x: No space left on device"),
            StoreError,
            "the disk of the database is full",
            "free space",
        ),
        (
            server_error("Neo.TransientError.General.OutOfMemoryError"),
            StoreError,
            "the database ran out of memory",
            "read or write less in one statement, or give the database more memory: CITYGRAPH_HEAP_MB",
        ),
        (
            server_error("Neo.DatabaseError.General.UnknownError", "java.lang.OutOfMemoryError: Java heap space"),
            StoreError,
            "the database ran out of memory",
            "read or write less",
        ),
        (
            server_error(
                "Neo.TransientError.Transaction.DeadlockDetected", "Query heap budget exceeded: the ORDER BY …"
            ),
            StoreError,
            "the database ran out of memory",
            "read or write less",
        ),
        (
            server_error("Neo.ClientError.Transaction.TransactionTimedOut"),
            StoreTimeout,
            "'a' exceeded its time limit and was cancelled",
            "read or write less in one statement, or raise CITYGRAPH_STATEMENT_TIMEOUT_S",
        ),
        (
            ConnectionAcquisitionTimeoutError(NEEDLE),
            StoreBusy,
            "no connection to the database became free in time",
            "try again",
        ),
        (
            server_error("Neo.ClientError.Schema.ConstraintValidationFailed", "'Java heap space' already exists"),
            StoreError,
            "'a' would make a second node with the same id",
            "use MERGE",
        ),
        (server_error("Neo.ClientError.Statement.SyntaxError"), StoreError, "'a' is not valid Cypher", "see the log"),
        (
            server_error("Neo.ClientError.Statement.ArithmeticError"),
            StoreError,
            "'a' failed in the database (Neo.ClientError.Statement.ArithmeticError)",
            "see the log",
        ),
        (ResultFailedError(None, NEEDLE), StoreError, "'a' failed in the database (ResultFailedError)", "see the log"),
    ],
)
def test_cause_of_a_driver_error(
    raised: DriverError | Neo4jError, error: type[StoreError], message: str, hint: str
) -> None:
    with pytest.raises(StoreError) as found, translate_errors("a"):
        raise raised
    translated = found.value
    assert (type(translated), translated.message, translated.statement) == (error, message, "a")
    assert translated.hint.startswith(hint)
    assert NEEDLE not in translated.message + translated.hint
    assert translated.__cause__ is raised


@pytest.mark.parametrize(
    ("code", "temporary"),
    [
        ("Neo.TransientError.General.DatabaseUnavailable", True),
        ("Neo.TransientError.Transaction.DeadlockDetected", True),
        ("Neo.ClientError.Security.Unauthorized", False),
        ("Neo.ClientError.Database.DatabaseNotFound", False),
    ],
)
def test_start_up_waits_only_for_temporary_causes(code: str, temporary: bool) -> None:
    with pytest.raises(StoreError) as found, translate_errors("a"):
        raise server_error(code)
    assert is_temporary(found.value) is temporary


@pytest.mark.parametrize(
    ("failure", "error", "reason", "hint"),
    [
        ("Cannot open: locked by another process", StoreLocked, None, "end that process"),
        ("IOException: No space left on device", StoreUnavailable, "its disk is full", "free space on the disk"),
        (
            "FileNotFoundException: x (Permission denied)",
            StoreUnavailable,
            "a file cannot be written",
            "check the permissions",
        ),
        ("Java heap space", StoreUnavailable, "it ran out of memory", "set CITYGRAPH_HEAP_MB"),
        (
            "it did not respond within 60 s",
            StoreUnavailable,
            "it did not respond within 60 s",
            "set CITYGRAPH_DATABASE_WAIT_S",
        ),
        (NEEDLE, StoreUnavailable, "see the log for the cause", "see also the logs in /d/log"),
    ],
)
def test_cause_of_a_failed_start(
    caplog: pytest.LogCaptureFixture, failure: str, error: type[StoreError], reason: str | None, hint: str
) -> None:
    translated = _not_started(Path("/d"), failure)
    assert type(translated) is error
    assert translated.hint.startswith(hint)
    if reason is not None:
        assert translated.message == f"the embedded database in /d did not start: {reason}"
        assert [record.getMessage() for record in caplog.records] == [f"the embedded database did not start: {failure}"]
