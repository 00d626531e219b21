"""Write a graph that `Collaborations` returned to a file for another program, with its provenance."""

from pathlib import Path
from typing import Final, cast

from graph.analysis.dynamic_graph import Spell, spells_text
from graph.analysis.two_mode import Graph
from graph.draft_file import draft_file
from graph.errors import BadArgument
from graph.reports.formats import NETWORK_FORMATS, Format, network_file
from graph.reports.projection_file import unwritable
from graph.reports.report import Stated

__all__ = ["write_graph"]

_EXTENSIONS: Final = {form.extension: form for form in NETWORK_FORMATS}


def write_graph(graph: Graph, path: str | Path) -> None:
    """Write a graph that a method of `Collaborations` returned to a file, with the provenance that the graph contains.

    The extension selects the format: `.graphml`, `.gexf` (Gephi), `.net` (Pajek), `.edges.csv` (an edge list) or
    `.hif.json` (a hypergraph, from a two-mode network). GEXF contains the spells of ties and nodes as dates. The other
    formats contain them as the text `periods`, such as "2010-01-01/2014-01-01", whose second day is the first day after
    the spell. An existing file is replaced only when the new file is complete. Raises BadArgument and AnalysisError.
    """
    target = Path(path)
    form = next((form for extension, form in _EXTENSIONS.items() if target.name.lower().endswith(extension)), None)
    if form is None:
        raise BadArgument(f"path: {target.name!r} has no known extension", hint=f"use {', '.join(_EXTENSIONS)}")
    stated = cast("dict[str, Stated]", dict(graph.graph))
    content = network_file(graph if form is Format.GEXF else _with_text_spells(graph), form, stated)
    try:
        with draft_file(target) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise unwritable(target, error) from None


def _with_text_spells(graph: Graph) -> Graph:
    """Return the graph in a form for formats that cannot contain lists.

    If it is the graph of a period (`dynamic_two_mode`), the result is a copy. In the copy, the text `periods` replaces
    the list `spells` of each node and tie. Any other graph is returned unchanged.
    """
    if "first" not in graph.graph:
        return graph
    copy = graph.copy()
    for attributes in (*(data for _, data in copy.nodes(data=True)), *(data for _, _, data in copy.edges(data=True))):
        if isinstance(spells := attributes.get("spells"), list):
            del attributes["spells"]
            attributes["periods"] = spells_text(cast("list[Spell]", spells))
    return copy
