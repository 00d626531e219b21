"""Read and clear the graph of a store, and find child processes."""

from pathlib import Path

from graph.seeding.current_graph import CurrentGraph, read_current_graph
from graph.store import Checksums, Statement, Store, WriteTransaction

CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")


async def read_graph(store: Store) -> CurrentGraph:
    async with store.reading() as reading:
        return await read_current_graph(reading.run)


async def clear(store: Store) -> None:
    async def delete(transaction: WriteTransaction) -> None:
        await transaction.run(CLEAR)
        await transaction.set_checksums(Checksums())

    await store.write(delete)


def child_processes(parent: int) -> list[int]:
    """Return the ids of the processes that a process has started, such as the embedded database."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _parent_of(pid) == parent]


def _parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None  # it has ended


def many_cities(count: int, name: str = "City") -> str:
    """Return seed data with enough cities for several batches."""
    items = (f"  - {{id: City:c{n:04}, name: {name} {n}, country: FI, sources: *s}}\n" for n in range(count))
    source = 'x-s: &s [{document: Document:d, quote: "q"}]\ndocuments: [{id: Document:d, name: D}]\ncities:\n'
    return source + "".join(items)
