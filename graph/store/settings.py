"""Settings of the database connection and its concurrency limits."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of a `Store`. Times are in seconds, and memory is in MiB.

    If `uri` is None, the store uses the embedded database in `data_dir` and ignores `user`, `password` and `database`.
    `heap_mb` and `page_ram_mb` limit the memory of the embedded database. These two limits have an effect only in the
    process that starts the database. `start_timeout_s` limits the start of the embedded database.

    `pool_size` is the maximum number of connections. A connection that has been idle for `liveness_check_s` is tested
    before it is used. A failed write is retried for up to `retry_s`.

    `max_in_flight` is the maximum number of statements that use a connection concurrently. `max_expensive` is the
    maximum number of expensive statements of clients that run concurrently. A separate limit of the same size applies
    to the expensive statements of the GraphQL documents of the server's own pages. `max_expensive_waiting` is the
    maximum number of statements that wait for each of these two limits. `max_waiting` is the maximum number of
    statements that wait for a connection. `acquisition_timeout_s` limits the time that a statement waits.
    `planning_wait_s` limits the wait until Neo4j has planned a new statement. The store raises StoreBusy if too many
    statements wait or a wait takes too long.
    """

    uri: str | None = None
    user: str = "neo4j"
    password: str | None = field(default=None, repr=False)
    database: str = "neo4j"
    data_dir: Path = Path("data")
    heap_mb: int = 1024
    page_ram_mb: int = 256
    start_timeout_s: float = 60.0
    statement_timeout_s: float = 4.0
    pool_size: int = 40
    acquisition_timeout_s: float = 4.0
    retry_s: float = 8.0
    liveness_check_s: float = 45.0
    planning_wait_s: float = 12.0
    max_in_flight: int = 32
    max_waiting: int = 256
    max_expensive: int = 2
    max_expensive_waiting: int = 50
