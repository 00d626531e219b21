"""Data classes of a report: tables, charts, a network and the data needed to reproduce the report.

`graph.reports.formats` writes reports to files.
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from graph.analysis.two_mode import Graph
from graph.reports.plain_text import one_line, printable
from graph.tables import CalendarEntry, Plot, Table

__all__ = ["Drawing", "MapPlace", "Place", "Provenance", "Report", "digest_of", "versions"]


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A node in a drawing, with its position.

    `mode` is the label of the node. The coordinates and `size` are from 0 to 1. `neighbours` are the indices of the
    nodes to which a tie is drawn, and `ties` is the number of all ties of the node.
    """

    id: str
    name: str
    mode: str
    country: str | None
    x: float
    y: float
    size: float
    ties: int
    neighbours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of a network. `note` describes the drawing and the nodes that are omitted."""

    title: str
    places: tuple[Place, ...]
    note: str


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A city on a map, with the value of a measure.

    `location` is longitude and latitude in degrees, or None if unknown.
    """

    id: str
    name: str
    location: tuple[float, float] | None
    value: float


# --- The report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """The data needed to reproduce a report.

    `digest` is the SHA-256 of the report's data, and `revision` the revision of the graph. `asked` is the date or dates
    of the report or, for a comparison of two reports, their graph revisions. `seed` is None if no random numbers are
    used. `versions` is a dict from package to version. `command` is the command line that writes the report again. For
    a network analysis, `standings` contains the standings with which a tie counts, such as IN_FORCE, and `subset`
    describes the part of the graph that was analysed. `origin` names the table that was read in place of the graph.
    """

    revision: int
    digest: str
    asked: str
    seed: int | None
    versions: Mapping[str, str]
    command: str
    standings: tuple[str, ...] = ()
    subset: str = ""
    origin: str = ""

    def attributes(self) -> dict[str, str | int]:
        """Return the provenance as the attributes of a file. Empty values are omitted."""
        attributes: dict[str, str | int] = {
            "origin": printable(self.origin),
            "revision": self.revision,
            "date": self.asked,
            "standings": ", ".join(self.standings),
            "subset": printable(self.subset),
            "data": self.digest,
            "command": printable(self.command),
        }
        return {name: value for name, value in attributes.items() if value != ""}

    def text(self) -> str:
        """Return the provenance on one line."""
        return one_line("; ".join(f"{name} {value}" for name, value in self.attributes().items()))


@dataclass(frozen=True)
class Report:
    """A report of an analysis or a question.

    `network` is the complete network, with the results as attributes. `drawing` may contain only a part of the network.
    `leading_tables` is the number of tables that a page shows before the plots. `places` are the cities to show on a
    map, the largest value first. `names` is a dict from node id to the names of the node by language.
    """

    kind: str
    title: str
    summary: str
    parameters: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    drawing: Drawing | None = None
    network: "Graph | None" = None
    calendar: tuple[CalendarEntry, ...] | None = None
    leading_tables: int = 1
    map_title: str = ""
    places: tuple[MapPlace, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], repr=False)


def versions() -> dict[str, str]:
    """Return a dict from name to version, for Python and for the packages that affect the results."""
    packages = {name: version(name) for name in ("citygraph", "networkx", "numpy", "scipy")}
    return packages | {"python": platform.python_version()}


def digest_of(parameters: Sequence[tuple[str, str]], tables: Iterable[Table]) -> str:
    """Return the SHA-256 of the parameters and the table rows."""
    digest = hashlib.sha256(repr(tuple(parameters)).encode())
    for table in tables:
        digest.update(repr((table.key, table.rows)).encode())
    return digest.hexdigest()
