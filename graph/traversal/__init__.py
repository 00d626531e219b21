"""A selection of nodes and relationships, compiled into one Cypher statement."""

from graph.traversal.compile import Compiled, compile_connection, compile_fetch

__all__ = ["Compiled", "compile_connection", "compile_fetch"]
