"""Questions about the graph. Each question is a folder with a declaration and usually a Cypher statement.

Answers contain numbers, texts and node ids, but no nodes. A separate traversal statement reads the nodes with these ids
if a client selects them.
"""
