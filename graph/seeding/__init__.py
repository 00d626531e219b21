"""Files of facts into the graph and back: read, check, load, export."""

from graph.seeding.bulk import bulk_load
from graph.seeding.check import check
from graph.seeding.export import Exported, export, exported_lines
from graph.seeding.facts import Facts
from graph.seeding.jsonl_files import FORMAT_VERSION
from graph.seeding.progress import Progress, silent
from graph.seeding.read import read
from graph.seeding.write import Loaded, load

__all__ = [
    "FORMAT_VERSION",
    "Exported",
    "Facts",
    "Loaded",
    "Progress",
    "bulk_load",
    "check",
    "export",
    "exported_lines",
    "load",
    "read",
    "silent",
]
