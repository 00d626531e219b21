"""Settings of the database connection and its concurrency limits."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of a `Store`. Times are in seconds, and memory is in MiB.

    The database:

    - `uri`: the address of a Neo4j server. If it is None, the store uses the embedded database in `data_dir` and
      ignores `user`, `password` and `database`.
    - `heap_mb`, `page_ram_mb`: the limits of the memory of the embedded database. They have an effect only in the
      process that starts the database.
    - `start_timeout_s`: the time limit for the start of the embedded database.
    - `statement_timeout_s`: the time limit of a statement.

    Connections:

    - `pool_size`: the maximum number of connections.
    - `liveness_check_s`: a connection that has been idle for this time is tested before it is used.
    - `retry_s`: a failed write is retried for up to this time.

    Concurrency (the store raises StoreBusy if too many statements wait, or if a wait takes too long):

    - `max_in_flight`: the maximum number of statements that use a connection concurrently.
    - `max_waiting`: the maximum number of statements that wait for a connection.
    - `max_expensive`: the maximum number of expensive statements of clients that run concurrently. A separate limit of
      the same size applies to the expensive statements of the server's own pages.
    - `max_expensive_waiting`: the maximum number of statements that wait for each of these two limits.
    - `acquisition_timeout_s`: the maximum time that a statement waits because one of these limits is reached.
    - `planning_wait_s`: the time limit for the wait until Neo4j has planned a new statement.
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
