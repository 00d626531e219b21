"""Two databases that are asked the same, and whose answers are compared value by value."""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import TypeVar, cast

import msgspec

from graph.store import Store

T = TypeVar("T")

NEAR = 1e-9
"""How far two floats may lie from each other, of their size; sums depend on the order of what is added."""


@dataclass(frozen=True)
class Both:
    embedded: Store
    neo4j: Store
    counted: Counter[str] = field(default_factory=Counter)
    """How many answers were compared and in how many places they differed, and what else a test counts."""

    async def each(self, question: Callable[[Store], Awaitable[T]]) -> tuple[T, T]:
        """The answers of the embedded database and of Neo4j."""
        return await asyncio.gather(question(self.embedded), question(self.neo4j))

    async def ask(self, question: Callable[[Store], Awaitable[T]]) -> T:
        """The answer, which is the same from both."""
        embedded, neo4j = await self.each(question)
        found = [f"{place}: embedded {one!r}, neo4j {other!r}" for place, one, other in differences(embedded, neo4j)]
        self.counted.update(answers=1, differences=len(found))
        assert not found, "\n".join(found[:10])
        return embedded


def _plain(answer: object) -> object:
    """The fields of an answer with fields, by name."""
    if isinstance(answer, msgspec.Struct):
        return msgspec.structs.asdict(answer)
    return asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else answer


def differences(one: object, other: object, place: str = "answer") -> Iterator[tuple[str, object, object]]:
    """Where two answers differ: the place, and what stands there in each."""
    one, other = _plain(one), _plain(other)
    if type(one) is not type(other):
        yield place, one, other
    elif isinstance(one, dict):
        yield from _of_maps(cast("dict[str, object]", one), cast("dict[str, object]", other), place)
    elif isinstance(one, list | tuple):
        several, others = cast("list[object]", one), cast("list[object]", other)
        if len(several) != len(others):
            yield f"{place}.length", several, others
        else:
            for index, (item, its) in enumerate(zip(several, others, strict=True)):
                yield from differences(item, its, f"{place}[{index}]")
    elif isinstance(one, float):
        if not math.isclose(one, cast("float", other), rel_tol=NEAR, abs_tol=NEAR):
            yield place, one, other
    elif one != other:
        yield place, one, other


def _of_maps(one: dict[str, object], other: dict[str, object], place: str) -> Iterator[tuple[str, object, object]]:
    if list(one) != list(other):
        yield f"{place}.keys", list(one), list(other)
        return
    for key, value in one.items():
        yield from differences(value, other[key], f"{place}.{key}")
