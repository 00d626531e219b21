"""Search the names of nodes in memory.

    names = NameIndexReader(store)
    index = await names.current()
    hits = index.search("helsnki")
    hits[0].node, hits[0].name

`NameIndexReader` reads the names and builds the index again after a change of the graph. `NameIndex` finds the nodes.
"""

from graph.search.name_index import Hits, NameIndex, NameRow
from graph.search.name_index_reader import NameIndexReader
from graph.search.search_question import find_hits

__all__ = ["Hits", "NameIndex", "NameIndexReader", "NameRow", "find_hits"]
