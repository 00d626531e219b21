"""What the fields of one operation share."""

from asyncio import Task
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.graphql.selection import PageLimits
from graph.analysis import Analyst
from graph.store import Reading

SlotPath = tuple[str, ...]
"""A place in an operation: the response keys from the root to a field, without the indexes of lists."""


@dataclass(slots=True)
class Context:
    """One operation's view of the product. `reading` is its one read transaction, begun at the first statement.

    `asked` keeps, by the root field's response key, what an answer's rows need to know of the question; `shared` what
    these rows work out together.
    """

    reading: Reading
    request_id: str
    today: date
    pages: PageLimits
    analyst: Analyst
    asked: dict[str, object] = field(default_factory=dict[str, object])
    shared: dict[object, Task[Any]] = field(default_factory=dict[object, Task[Any]])
    fetched: dict[SlotPath, Mapping[str, object]] = field(default_factory=dict[SlotPath, Mapping[str, object]])
