"""Questions about the graph: one folder for each, with its declaration and its statement.

Answers contain figures and node ids. A traversal fetches the nodes behind the ids.
"""
