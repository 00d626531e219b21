"""Read and clear the graph of a store, and make seed data."""

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


def many_cities(count: int, name: str = "City") -> str:
    """Return seed data with enough cities for several batches."""
    items = (f"  - {{id: City:c{n:04}, name: {name} {n}, country: FI, sources: *s}}\n" for n in range(count))
    source = 'x-s: &s [{document: Document:d, quote: "q"}]\ndocuments: [{id: Document:d, name: D}]\ncities:\n'
    return source + "".join(items)
