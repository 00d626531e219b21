"""Read seed files (the data to load), validate them, load them into the database, and export the graph."""

from graph.seeding.bulk_load import bulk_load
from graph.seeding.export import ExportResult, export, export_lines
from graph.seeding.jsonl_format import FORMAT_VERSION
from graph.seeding.load import LoadResult, load
from graph.seeding.read import read
from graph.seeding.records import Dataset
from graph.seeding.validate import check
from graph.seeding.verify import verify

__all__ = [
    "FORMAT_VERSION",
    "Dataset",
    "ExportResult",
    "LoadResult",
    "bulk_load",
    "check",
    "export",
    "export_lines",
    "load",
    "read",
    "verify",
]
