"""A selection of nodes and relationships, compiled into one Cypher statement."""

from graph.traversal.compile import Breach, Compiled, compile_connection, compile_fetch, labels_of

__all__ = ["Breach", "Compiled", "compile_connection", "compile_fetch", "labels_of"]
