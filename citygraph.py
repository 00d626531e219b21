"""Analyse networks of cities in Python.

    import citygraph

    graph = citygraph.open("data/").two_mode(on="2023-11-27")  # a networkx.Graph

The argument of `open` can be the address of a server (`http://…/graphql`), a database (`data/`), an export
(`export.jsonl`), seed files (`seeds/`), a table of memberships (`roster.csv`) or a pandas DataFrame.
"""

from graph.access import Collaborations, SubsetOptions, write_graph
from graph.access import open_source as open
from graph.errors import CitygraphError, SeedError

__all__ = ["CitygraphError", "Collaborations", "SeedError", "SubsetOptions", "open", "write_graph"]
