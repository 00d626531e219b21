"""Analyse a graph in Python without coroutines.

`open_source` reads a graph from any source. The class `Collaborations` derives networks and tables from the graph.
"""

from graph.access.collaborations import Collaborations
from graph.access.graph_file import write_graph
from graph.access.options import SubsetOptions
from graph.access.sources import open_source

__all__ = ["Collaborations", "SubsetOptions", "open_source", "write_graph"]
