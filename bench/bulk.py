"""Compare a bulk load with the bare driver, which sends the same batches, and measure the memory of the load.

    .venv/bin/python -m bench.bulk                            100 000 relationships, on a temporary embedded database
    .venv/bin/python -m bench.bulk --relationships 1000000    a few minutes
    .venv/bin/python neo4j-server/run.py --temporary -- .venv/bin/python -m bench.bulk        the same on Neo4j

The export is generated. It contains cities, networks, and memberships with three relationships, one of them to a
citation. Both loads start with an empty database. The time to prepare the rows for the bare driver is not counted. CPU
time is more reliable than wall-clock time on a busy machine. The memory is that of the loading process only, without
the database and the reader process. It is measured after each tenth of the load, with the peak.
"""

import argparse
import asyncio
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import LiteralString, cast

import orjson
from neo4j import AsyncGraphDatabase

from graph.model import SCHEMA_VERSION
from graph.seeding import bulk_load
from graph.seeding.bulk_reader import Position, read_chunk
from graph.seeding.insert_statements import Row, create_nodes, create_relationships
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.store.lock import DatabaseEndpoint, read_published

BATCH = 2000
CITIES = 1000
COUNT = Statement.of_text("bench/count", "MATCH ()-[r]->() RETURN count(r) AS count")
CLEAR = (
    Statement.of_text("bench/clear-links", "MATCH ()-[r]->() WITH r LIMIT 10000 DELETE r RETURN count(*) AS gone"),
    Statement.of_text(
        "bench/clear-nodes", "MATCH (n) WHERE NOT n:CitygraphMeta WITH n LIMIT 10000 DELETE n RETURN count(*) AS gone"
    ),
)


def lines(relationships: int) -> Iterator[dict[str, object]]:
    """Yield the lines of an export with this number of relationships, three per membership, in export order."""
    memberships = relationships // 3
    networks = max(1, memberships // 100)
    header: dict[str, object] = {"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": 1}
    yield header
    named: dict[str, object] = {"basis": "STATED", "otherNames": []}
    for number in range(CITIES):
        yield node("Citation", number, {"quote": "so it is", "nameEn": "Report"})
    for number in range(CITIES):
        yield node("City", number, {**named, "nameEn": f"City {number}", "country": "FI"})
    yield node("Document", 0, {"nameEn": "Report"})
    for number in range(memberships):
        period = {"validFrom": "2020-01-01", "validFromPrecision": "YEAR", "validFromBound": "DATE"}
        stated = {"basis": "STATED", "status": "MEMBER", "nameEn": f"Membership {number}", "validUntilBound": "OPEN"}
        yield node("Membership", number, {**stated, **period})
    for number in range(networks):
        yield node("Network", number, {**named, "nameEn": f"Network {number}", "kind": "CITY_NETWORK"})
    nodes = 1 + 2 * CITIES + memberships + networks
    members = range(memberships)
    yield from (link("Membership", n, "CITES", "Citation", n % CITIES) for n in members)
    yield from (link("City", city, "HOLDS", "Membership", n) for city in range(CITIES) for n in members[city::CITIES])
    yield from (link("Membership", n, "IN", "Network", n % networks) for n in members)
    yield {"end": {"nodes": nodes, "relationships": 3 * memberships}}


def node(label: str, number: int, properties: dict[str, object]) -> dict[str, object]:
    return {"label": label, "id": f"{label}:n{number:07}", "properties": properties}


def link(source: str, number: int, type_: str, target: str, other: int) -> dict[str, object]:
    ends = {"from": f"{source}:n{number:07}", "to": f"{target}:n{other:07}"}
    stated = {"basis": "STATED", "sources": ["Citation:n0000000"]} if type_ != "CITES" else {"basis": "STATED"}
    return {"type": type_, **ends, "under": ends["from"], "properties": stated}


def written(relationships: int, folder: Path) -> tuple[Path, int]:
    """Write the export to a file. Return the path and the total number of nodes and relationships."""
    file, rows = folder / "graph.jsonl", -2  # without the first and last lines, which are not records
    with file.open("wb") as out:
        for line in lines(relationships):
            out.write(orjson.dumps(line, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
            rows += 1
    return file, rows


async def cleared(settings: StoreSettings) -> None:
    async with Store.open(settings) as store:
        for statement in CLEAR:

            async def work(writing: WriteTransaction, statement: Statement[dict[str, object]] = statement) -> object:
                return (await writing.run(statement))[0]["gone"]

            while await store.write(work, timeout_s=600):
                pass


async def bare(endpoint: DatabaseEndpoint, file: Path) -> tuple[float, float]:
    """Load the prepared rows through a separate driver. Return wall-clock and CPU seconds of this process."""
    seconds, cpu_s, position = 0.0, 0.0, Position("")
    driver = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType]
        endpoint.uri, auth=(endpoint.user, endpoint.password)
    )
    async with (
        driver,
        driver.session(database=endpoint.database) as session,  # pyright: ignore[reportUnknownMemberType]
    ):
        while True:
            chunk = read_chunk(file, position)
            ready = [
                (create_nodes(kind, rows).text, rows) for kind, all_ in chunk.nodes.items() for rows in batches(all_)
            ]
            ready += [
                (create_relationships(*ends, rows).text, rows)
                for ends, all_ in chunk.relationships.items()
                for rows in batches(all_)
            ]
            begun, processor = time.perf_counter(), time.process_time()
            transaction = await session.begin_transaction(timeout=600)
            for text, rows in ready:
                query = await transaction.run(cast("LiteralString", text), rows=rows)
                await query.consume()
            await transaction.commit()
            seconds += time.perf_counter() - begun
            cpu_s += time.process_time() - processor
            position = chunk.end
            if chunk.is_last:
                return seconds, cpu_s


def batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield batches of the same size as those of a bulk load."""
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


class Watched:
    """Record the memory of this process, in MiB, after each tenth of the rows."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self._total = self._done = 0

    def begin(self, what: str, total: int | None) -> None:
        self._total, self._done = total or 0, 0

    def advance(self, count: int) -> None:
        self._done += count
        while self._total and 10 * self._done >= (len(self.held) + 1) * self._total:
            self.held.append(f"{held_mib():.0f}")

    def end(self) -> None: ...


def held_mib() -> float:
    """Return the current memory of this process in MiB. Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@dataclass
class Turn:
    """Measurements of one load: seconds, CPU seconds of this process, and memory after each tenth of the rows."""

    seconds: float
    cpu_s: float
    held: list[str]


async def turn(settings: StoreSettings, file: Path, *, ours: bool) -> Turn:
    """Load the file into the database, which must be empty, and measure the load."""
    async with Store.open(settings) as store:
        await store.prepare()
        if (await store.read(COUNT))[0]["count"]:
            sys.exit("the database holds a graph; this bench wants an empty one")
        endpoint = read_published(settings.data_dir) if settings.uri is None else None
        if endpoint is None:
            endpoint = DatabaseEndpoint(settings.uri or "", settings.user, settings.password or "", settings.database)
        watched, begun, processor = Watched(), time.perf_counter(), time.process_time()
        if ours:
            await bulk_load(store, file, progress=watched)
            done = Turn(time.perf_counter() - begun, time.process_time() - processor, watched.held)
        else:
            done = Turn(*await bare(endpoint, file), [])
    return done


async def measure(settings: StoreSettings, file: Path, rounds: int, rows: int) -> None:
    """Measure both loads alternately. Swap the order in every round, because a new database gets faster over time."""
    turns: dict[bool, list[Turn]] = {True: [], False: []}
    for number in range(rounds):
        for ours in (False, True) if number % 2 else (True, False):
            # Each embedded load uses a new database and engine, because an emptied database is slower than a new one.
            folder = settings.data_dir / f"{number}-{ours}"
            engine = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = await turn(replace(settings, data_dir=folder), file, ours=ours)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            turns[ours].append(done)
            text = f"{'bulk load' if ours else 'bare driver'}: {done.seconds:.1f} s, {rows / done.seconds:.0f} rows/s"
            text += f", CPU here {done.cpu_s:.1f} s"
            if settings.uri is None:
                used = after.ru_utime + after.ru_stime - engine.ru_utime - engine.ru_stime
                text += f", of engine and reader {used:.1f} s, engine {after.ru_maxrss / 1024:.0f} MiB at most"
            print(text, flush=True)
            if done.held:
                print(f"  memory in MiB after each tenth: {' '.join(done.held)}", flush=True)
            if settings.uri:
                await cleared(settings)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratios = sorted(theirs.seconds / ours.seconds for ours, theirs in zip(turns[True], turns[False], strict=True))
    print(f"{memory:.0f} MiB at most; ratio {median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a bulk load is.")
    parser.add_argument("--relationships", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, rows = written(options.relationships, Path(folder))
        print(f"{rows} rows, nodes and relationships, in {file.stat().st_size / 2**20:.0f} MiB")
        settings = StoreSettings(data_dir=Path(folder) / "data", statement_timeout_s=30)
        if uri := os.environ.get("CITYGRAPH_TEST_DATABASE_URI"):
            password = os.environ.get("CITYGRAPH_TEST_DATABASE_PASSWORD")
            user = os.environ.get("CITYGRAPH_TEST_DATABASE_USER", "neo4j")
            settings = replace(settings, uri=uri, user=user, password=password)
        asyncio.run(measure(settings, file, options.rounds, rows))


if __name__ == "__main__":
    main()
