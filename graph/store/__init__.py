"""The database of the graph: the only room that speaks Bolt."""

from graph.store.hydration import TypedRow
from graph.store.settings import StoreSettings
from graph.store.statement import Statement
from graph.store.store import Reader, Store, WriteTransaction

__all__ = ["Reader", "Statement", "Store", "StoreSettings", "TypedRow", "WriteTransaction"]
