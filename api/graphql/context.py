"""What the fields of one operation share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from api.graphql.selection import PageLimits
from graph.store import Reading

SlotPath = tuple[str, ...]
"""A place in an operation: the response keys from the root to a field, without the indexes of lists."""


@dataclass(slots=True)
class Context:
    """One operation's view of the product. `reading` is its one read transaction, begun at the first statement."""

    reading: Reading
    request_id: str
    today: date
    pages: PageLimits
    fetched: dict[SlotPath, Mapping[str, object]] = field(default_factory=dict[SlotPath, Mapping[str, object]])
