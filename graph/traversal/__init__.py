"""Compile a selection of nodes and relationships into one Cypher statement.

A selection states which properties and related nodes a client has selected in a GraphQL document.
"""

from graph.traversal.compile import (
    Compiled,
    InvalidStoredValue,
    compile_connection,
    compile_fetch,
    compile_ids,
    labels_of,
)

__all__ = ["Compiled", "InvalidStoredValue", "compile_connection", "compile_fetch", "compile_ids", "labels_of"]
