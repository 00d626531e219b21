"""Questions about the graph. Each question is a folder with a declaration and usually a Cypher statement.

Answers contain figures and node ids. A separate traversal statement fetches the nodes with these ids.
"""
