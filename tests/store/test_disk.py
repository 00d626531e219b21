"""A write that fails because the disk is full says so."""

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.store import Statement, Store, WriteTransaction
from graph.store.disk import explain_failure

FAILURE = StoreError("'a' failed in the database", hint="see the log", statement="a")
INVALID = Statement.of_text("test/invalid", "CREATE (n:City")


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow further, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_cause_is_the_disk(tmp_path: Path) -> None:
    with file_size_limit(1 << 20):
        error = explain_failure(FAILURE, tmp_path)
    assert error.message == f"'a' failed in the database: file too large in the data folder {tmp_path}"
    assert error.hint == "free space on its disk, or set CITYGRAPH_DATA_DIR to another folder, and try again"
    assert error.statement == "a"


def test_cause_is_in_the_log_of_the_engine(tmp_path: Path) -> None:
    """A transaction that is rolled back frees its space again."""
    log = tmp_path / "log" / "engine.0.log"
    log.parent.mkdir()
    log.write_text("x" * 100_000 + "\njava.io.IOException: No space left on device\n")
    error = explain_failure(FAILURE, tmp_path)
    assert error.message == f"'a' failed in the database: no space left on device in the data folder {tmp_path}"
    os.utime(log, (0, 0))  # an earlier failure
    assert explain_failure(FAILURE, tmp_path) is FAILURE


def test_cause_is_not_the_disk(tmp_path: Path) -> None:
    assert explain_failure(FAILURE, tmp_path) is FAILURE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.only_on("embedded")
async def test_failed_write(empty_store: Store) -> None:
    async def work(transaction: WriteTransaction) -> None:
        await transaction.run(INVALID)

    with pytest.raises(StoreError, match="'test/invalid' is not valid Cypher"):
        await empty_store.write(work)
    tempfile.gettempdir()  # finding it writes a file, which the limit would prevent
    with file_size_limit(1 << 20), pytest.raises(StoreError, match="file too large in the data folder") as error:
        await empty_store.write(work)
    assert error.value.statement == "test/invalid"
    assert error.value.__cause__ is not None
