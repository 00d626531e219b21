"""Files of facts into the graph and back: read, check, load, export."""

from graph.seeding.bulk import bulk_load
from graph.seeding.check import check
from graph.seeding.export import Exported, export
from graph.seeding.facts import Facts
from graph.seeding.progress import Progress, silent
from graph.seeding.read import read
from graph.seeding.write import Loaded, load

__all__ = ["Exported", "Facts", "Loaded", "Progress", "bulk_load", "check", "export", "load", "read", "silent"]
