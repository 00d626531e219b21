"""The constraints and indexes of the database, derived from the model."""

from collections.abc import Iterator

from graph.model import LABELS
from graph.store.metadata import META
from graph.store.statement import Statement

__all__ = ["schema_statements"]


def schema_statements() -> Iterator[Statement[dict[str, object]]]:
    """Yield statements that create the constraints and indexes. The statements do nothing if these already exist."""
    for name in (*(label.name for label in LABELS), META):
        yield _definition(f"CREATE CONSTRAINT {name}_id IF NOT EXISTS FOR (n:{name}) REQUIRE n.id IS UNIQUE")
    for label in LABELS:
        if label.searched:
            yield _index(label.name, "nameSort")
        if label.has_period:
            yield _index(label.name, "validUntil")
        yield from (_index(label.name, indexed.columns[0]) for indexed in label.properties if indexed.indexed)


def _index(label: str, column: str) -> Statement[dict[str, object]]:
    return _definition(f"CREATE INDEX {label}_{column} IF NOT EXISTS FOR (n:{label}) ON (n.{column})")


def _definition(text: str) -> Statement[dict[str, object]]:
    return Statement.of_text("store/schema", text)
