"""Measure the index of names: the time to build it, its memory, and the time of a search.

    .venv/bin/python -m bench.search                     100,000 names
    .venv/bin/python -m bench.search --names 1000000

The names are invented: cities in three languages, networks, and documents with long titles. The searches are what search
boxes send: names while they are typed, names with typing errors, words in another order, parts of words. No database is
involved. A search runs on the event loop, so its time is also the time for which it blocks other requests. The build
runs in a thread; its row shows how long other tasks had to wait for the event loop meanwhile.
"""

import argparse
import asyncio
import gc
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Final

from bench.measuring import table
from graph.folding import fold
from graph.search import NameIndex, NameRow

_SEED: Final = 20_240_601
_SEARCHES: Final = 400
_FIRST: Final = 10
_CONSONANTS: Final = "bdfghjklmnprstvå"
_VOWELS: Final = ("a", "e", "i", "o", "u", "y", "ä", "ö", "aa", "ie", "ou")
_ENDS: Final = ("", "", "n", "s", "burg", "ham", "stad", "la", "nen", "vik", "ås", "by")
_NETWORK_WORDS: Final = (
    "Cities",
    "Network",
    "European",
    "Union",
    "Healthy",
    "Safe",
    "Baltic",
    "Nordic",
    "Climate",
    "Ports",
)
_DOCUMENT_WORDS: Final = ("City Board", "minutes of", "decision on", "membership in", "annual report of", "budget for")


class _Names:
    """Invented names. The same seed gives the same names."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._places = [self._word() for _ in range(20_000)]

    def rows(self) -> Iterator[NameRow]:
        for number in count():
            match number % 10:
                case 0:
                    yield self._row("Network", number, [self._network()], [self._abbreviation()])
                case 1 | 2 | 3 | 4:
                    place = self._random.choice(self._places)
                    yield self._row("City", number, [place, place + self._random.choice(_ENDS), self._word()])
                case _:
                    yield self._row("Document", number, [self._title(), self._title()])

    def _word(self) -> str:
        choose, length = self._random.choice, self._random.randint(2, 3)
        syllables = (choose(_CONSONANTS) + choose(_VOWELS) + choose(("", "", "l", "n", "r")) for _ in range(length))
        return ("".join(syllables) + choose(_ENDS)).capitalize()

    def _network(self) -> str:
        words = self._random.sample(_NETWORK_WORDS, self._random.randint(2, 4))
        return " ".join([*words, self._random.choice(self._places)])

    def _abbreviation(self) -> str:
        return "".join(self._random.choices("ABCEILNRSTU", k=4))

    def _title(self) -> str:
        places = self._random.sample(self._places, 3)
        words = self._random.sample(_DOCUMENT_WORDS, 2)
        return f"{places[0]} {words[0]} {places[1]} {words[1]} {places[2]} {self._random.randint(1990, 2026)}"

    def _row(self, label: str, number: int, names: list[str], others: list[str] | None = None) -> NameRow:
        english, swedish, finnish = (*names, None, None)[:3]
        relationships = self._random.randint(1, 60) if label != "Document" else 0
        slug = f"{label}:n{number:07d}"
        return NameRow(slug, fold(names[0]), english, swedish, finnish, tuple(others or ()), (), relationships)


def _count(row: NameRow) -> int:
    names = {row.name_en, row.name_sv, row.name_fi, *row.other_names} - {None}
    return len(names)


def _make(names: int, random: Random) -> list[NameRow]:
    rows: list[NameRow] = []
    made = 0
    for row in _Names(random).rows():
        rows.append(row)
        made += _count(row)
        if made >= names:
            return rows
    raise AssertionError


def _searches(rows: list[NameRow], random: Random) -> dict[str, list[str]]:
    """Return texts to search for, by a few words about them."""

    def names(label: str) -> Iterator[str]:
        while True:
            row = random.choice(rows)
            if row.id.startswith(label) and row.name_en:
                yield row.name_en

    def misspelt(name: str) -> str:
        place = random.randrange(1, max(2, len(name) - 2))
        return random.choice(
            (
                name[:place] + name[place + 1 :],
                name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :],
                name[:place] + random.choice("aeinst") + name[place:],
            )
        )

    def some(texts: Iterator[str]) -> list[str]:
        return list(islice((text for text in texts if len(fold(text)) > 1), _SEARCHES))

    return {
        "two letters": some(name[:2] for name in names("City")),
        "three letters": some(name[:3] for name in names("City")),
        "a name of a city": some(names("City")),
        "a name of a network": some(names("Network")),
        "its words in another order, the last unfinished": some(
            " ".join(random.sample(name.split(), len(name.split())))[:-2] for name in names("Network")
        ),
        "a title of a document": some(names("Document")),
        "a city with a typing error": some(misspelt(name) for name in names("City")),
        "a network with a typing error": some(misspelt(name) for name in names("Network")),
        "part of a word": some(name[2:6] for name in names("City")),
        "200 characters": some(" ".join(islice(names("City"), 30))[:200] for _ in count()),
    }


def _resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 2**20


async def _build(rows: list[NameRow]) -> tuple[NameIndex, float, float]:
    """Return the index, the seconds of the build, and the longest delay of another task in milliseconds."""
    longest = 0.0
    begun = time.perf_counter()
    build = asyncio.create_task(asyncio.to_thread(NameIndex, rows))
    while not build.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before - 0.001)
    return await build, time.perf_counter() - begun, 1000 * longest


def main(names: int) -> None:
    random = Random(_SEED)
    rows = _make(names, random)
    before = _resident_mb()
    index, seconds, delay = asyncio.run(_build(rows))
    print(f"{len(index)} names of {len(rows)} nodes")
    print(f"build: {seconds:.2f} s, {_resident_mb() - before:.0f} MB; other tasks waited up to {delay:.0f} ms\n")
    lines: list[list[str]] = []
    times: list[float] = []
    for words, texts in _searches(rows, random).items():
        spent: list[float] = []
        found: list[int] = []
        cpu = time.process_time()
        for text in texts:
            begun = time.perf_counter()
            hits = index.search(text)
            hits[:_FIRST]
            spent.append(1000 * (time.perf_counter() - begun))
            found.append(len(hits))
        times += spent
        cpu_ms = 1000 * (time.process_time() - cpu) / len(texts)
        lines.append([words, str(round(median(found))), *_percentiles(spent), f"{cpu_ms:.1f}"])
    lines.append(["all", "", *_percentiles(times), ""])
    print(table(["search", "hits", "p50 ms", "p95 ms", "longest", "CPU ms"], lines))


def _percentiles(spent: list[float]) -> list[str]:
    return [f"{value:.1f}" for value in (median(spent), quantiles(spent, n=20)[-1], max(spent))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the index of names.")
    parser.add_argument("--names", type=int, default=100_000)
    main(parser.parse_args().names)
