"""Questions (named queries) about the graph.

Each question is a folder with a declaration and usually a Cypher statement. An answer contains numbers, texts and node
ids, but no nodes. If a client selects fields of these nodes, a separate traversal statement reads them.
"""
