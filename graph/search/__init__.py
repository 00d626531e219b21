"""Search for node names in memory.

    names = NameIndexReader(store)
    index = await names.current()
    hits = index.search("helsnki")
    hits[0].node, hits[0].name

`NameIndexReader` reads the names from the database and builds a `NameIndex` from them. After a change of the graph, it
builds a new one. The `NameIndex` finds the nodes whose names match a search text.
"""

from graph.search.name_index import Hits, NameIndex, NameRow
from graph.search.name_index_reader import NameIndexReader
from graph.search.nearest_ids import nearest_ids
from graph.search.search_question import check_text, find_hits

__all__ = ["Hits", "NameIndex", "NameIndexReader", "NameRow", "check_text", "find_hits", "nearest_ids"]
