"""Synchronous access to a graph for analyses in Python: `open_source` reads it, `Collaborations` derives networks."""

from graph.access.collaborations import Collaborations, SubsetOptions
from graph.access.sources import open_source

__all__ = ["Collaborations", "SubsetOptions", "open_source"]
