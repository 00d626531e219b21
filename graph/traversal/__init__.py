"""Compile a selection of nodes and relationships into one Cypher statement."""

from graph.traversal.compile import (
    Compiled,
    InvalidStoredValue,
    compile_connection,
    compile_fetch,
    compile_ids,
    labels_of,
)

__all__ = ["Compiled", "InvalidStoredValue", "compile_connection", "compile_fetch", "compile_ids", "labels_of"]
