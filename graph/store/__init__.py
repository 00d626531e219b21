"""Access to the graph database: the only package that imports the Neo4j driver."""

from graph.store.degrees import Degree, Degrees
from graph.store.errors import is_temporary
from graph.store.settings import StoreSettings
from graph.store.statement import Statement, TypedRow
from graph.store.store import Reader, Store, WriteTransaction

__all__ = [
    "Degree",
    "Degrees",
    "Reader",
    "Statement",
    "Store",
    "StoreSettings",
    "TypedRow",
    "WriteTransaction",
    "is_temporary",
]
