"""Compare the read times of contiguous records and of records that a later SET has split.

    .venv/bin/python -m bench.pieces --scale 20        one minute

Two embedded databases contain the same generated graph. The first database is written as a load writes it. The second
is written by statements that create nodes and then set properties. Both run the same reads alternately.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from bench.bulk import batches
from bench.generated import generate, write
from bench.questions import subjects
from graph.questions import cost_per_network
from graph.questions.ask import ask
from graph.seeding.bulk_reader import Position, read_chunk
from graph.seeding.insert_statements import Row, create_nodes, create_relationships
from graph.store import Statement, Store, StoreSettings, WriteTransaction

_LIMIT_S: Final = 30
_CITIES: Final = 16

_COUNTRY: Final = Statement.of_text(
    "bench/country", "MATCH (n:City) WHERE n.country = $country RETURN max(n.nameSort) AS last, count(*) AS count"
)
_ALL: Final = Statement.of_text("bench/all", "MATCH (n:City) WHERE n.population >= 0 RETURN count(*) AS count")

Asked = Callable[[Store], Awaitable[object]]
NewNodes = Callable[[str, Sequence[Row]], Statement[dict[str, object]]]
NewLinks = Callable[[str, str, str, Sequence[Row]], Statement[dict[str, object]]]


def set_nodes(label: str, _: Sequence[Row]) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"bench/set-{label}",
        f"UNWIND $rows AS row\nCREATE (n:{label} {{id: row.properties.id}})\nSET n = row.properties",
    )


def set_links(source: str, type_: str, target: str, _: Sequence[Row]) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"bench/set-{source}-{type_}-{target}",
        f"UNWIND $rows AS row\nMATCH (a:{source} {{id: row.source}})\nMATCH (b:{target} {{id: row.target}})\n"
        f"CREATE (a)-[r:{type_}]->(b)\nSET r = row.properties",
    )


async def load(store: Store, file: Path, nodes: NewNodes, links: NewLinks) -> None:
    """Load a complete export, one chunk of lines per transaction."""
    await store.prepare()
    position, ended = Position(""), False
    while not ended:
        chunk = read_chunk(file, position)
        ready = [(nodes(kind, batch), batch) for kind, rows in chunk.nodes.items() for batch in batches(rows)]
        ready += [(links(*ends, batch), batch) for ends, rows in chunk.relationships.items() for batch in batches(rows)]

        async def work(
            writing: WriteTransaction, ready: list[tuple[Statement[dict[str, object]], Sequence[Row]]] = ready
        ) -> None:
            for statement, batch in ready:
                await writing.run(statement, {"rows": batch})
            await writing.mark_changed(None)

        await store.write(work, timeout_s=600)
        position, ended = chunk.end, chunk.is_last


async def questions(store: Store) -> dict[str, Asked]:
    cities = (await subjects(store)).cities[:_CITIES]

    async def costs(store: Store) -> object:
        found: list[object] = []
        for city in cities:
            arguments = cost_per_network.Arguments(city=city, from_=2019, until=2024)
            async with store.reading() as reader:
                found.append(await ask(reader, cost_per_network.QUESTION, arguments))
        return found

    return {
        "cities of a country, from the index": lambda store: store.read(_COUNTRY, {"country": "DE"}),
        "all cities": lambda store: store.read(_ALL),
        f"costs of {len(cities)} cities' networks": costs,
    }


async def measure(file: Path, folder: Path, rounds: int) -> None:
    whole, pieces = (
        StoreSettings(data_dir=folder / name, statement_timeout_s=_LIMIT_S) for name in ("whole", "pieces")
    )
    async with Store.open(whole) as one, Store.open(pieces) as other:
        await load(one, file, create_nodes, create_relationships)
        await load(other, file, set_nodes, set_links)
        for name, asked in (await questions(one)).items():
            if await asked(one) != await asked(other):
                raise SystemExit(f"{name}: the answers differ")
            ratios: list[float] = []
            for number in range(-rounds, rounds):
                mine, theirs = await _seconds(asked, one), await _seconds(asked, other)
                if number >= 0:  # earlier rounds are warm-up, because a new database gets faster
                    ratios.append(theirs / mine)
            print(f"{name}: set later takes {median(ratios):.2f} times as long ({min(ratios):.2f}–{max(ratios):.2f})")


async def _seconds(asked: Asked, store: Store) -> float:
    begun = time.perf_counter()
    await asked(store)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Reads of records in one piece, beside reads of records in two.")
    parser.add_argument("--scale", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygraph-bench-") as folder:
        write(generate(options.scale), file := Path(folder) / "graph.jsonl")
        asyncio.run(measure(file, Path(folder), options.rounds))


if __name__ == "__main__":
    main()
