"""The database of the graph: the only room that speaks Bolt."""

from graph.store.bolt import Reading, Store, Writing
from graph.store.settings import StoreSettings
from graph.store.statement import Statement

__all__ = ["Reading", "Statement", "Store", "StoreSettings", "Writing"]
