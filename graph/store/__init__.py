"""Client of the graph database. This is the only package that imports the Neo4j driver."""

from graph.store import driver_import as driver_import

# isort: split  (before all other imports of the driver)
from graph.store.checksums import Checksums
from graph.store.database import retry_if_lost
from graph.store.degrees import Degree, Degrees
from graph.store.errors import is_temporary
from graph.store.integrity import accept_contents, check_contents, check_counts
from graph.store.settings import StoreSettings
from graph.store.statement import Statement, TypedRow
from graph.store.store import PlanningReader, Reader, Store, WriteTransaction

__all__ = [
    "Checksums",
    "Degree",
    "Degrees",
    "PlanningReader",
    "Reader",
    "Statement",
    "Store",
    "StoreSettings",
    "TypedRow",
    "WriteTransaction",
    "accept_contents",
    "check_contents",
    "check_counts",
    "is_temporary",
    "retry_if_lost",
]
