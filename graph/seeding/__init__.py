"""Files of facts into the graph and back: read, check, load, export."""

from graph.seeding.bulk_load import bulk_load
from graph.seeding.export import Exported, export, exported_lines
from graph.seeding.jsonl_format import FORMAT_VERSION
from graph.seeding.load import LoadResult, load
from graph.seeding.progress import Progress, no_progress
from graph.seeding.read import read
from graph.seeding.records import Dataset
from graph.seeding.validate import check

__all__ = [
    "FORMAT_VERSION",
    "Dataset",
    "Exported",
    "LoadResult",
    "Progress",
    "bulk_load",
    "check",
    "export",
    "exported_lines",
    "load",
    "no_progress",
    "read",
]
