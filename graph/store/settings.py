"""How to reach the database and how much may be asked of it at once."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of a `Store`; times in seconds, memory in MiB.

    Without a `uri` the embedded database in `data_dir` is used: `user`, `password` and `database` are then its own
    and ignored here. `heap_mb` and `page_ram_mb` bound its memory; the first embedded database that a process starts
    decides them for that process.

    `max_in_flight` counts the statements that hold a connection; `max_waiting` those that wait
    for their turn, each no longer than `acquisition_timeout_s`. Beyond either, `StoreBusy`. `planning_wait_s` is how
    long one may wait while Neo4j plans a statement that it has not seen before; beyond it, `StoreBusy` too.
    """

    uri: str | None = None
    user: str = "neo4j"
    password: str | None = field(default=None, repr=False)
    database: str = "neo4j"
    data_dir: Path = Path("data")
    heap_mb: int = 1024
    page_ram_mb: int = 256
    statement_timeout_s: float = 4.0
    pool_size: int = 40
    acquisition_timeout_s: float = 4.0
    retry_s: float = 8.0
    liveness_check_s: float = 45.0
    planning_wait_s: float = 8.0
    max_in_flight: int = 32
    max_waiting: int = 256
