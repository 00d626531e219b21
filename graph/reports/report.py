"""Data classes of a report: tables, charts, a network and the data needed to reproduce the report.

`graph.reports.formats` writes reports to files.
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from graph.analysis.two_mode import Graph
from graph.reports.plain_text import one_line, printable
from graph.tables import CalendarEntry, Plot, Table

__all__ = ["Drawing", "Link", "Place", "Provenance", "Report", "digest_of", "versions"]


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A node in a drawing, with its position.

    The coordinates and `size` are from 0 to 1. If `rounded` is true, the node is a city and is drawn as a circle. Other
    nodes are drawn as squares. Nodes with the same `group` have the same colour.
    """

    id: str
    name: str
    x: float
    y: float
    size: float
    group: int
    rounded: bool
    description: str


@dataclass(frozen=True, slots=True)
class Link:
    """A tie in a drawing. `one` and `other` are the indices of its two nodes. `strength` is from 0 to 1."""

    one: int
    other: int
    strength: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of a network. `note` describes the drawing and the nodes that are omitted."""

    title: str
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    note: str


# --- The report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """The data needed to reproduce a report.

    `digest` is the SHA-256 of the report's data. For a network analysis, `standings` are the standings that count, and
    `subset` is the part of the graph that was analysed. `origin` names the table that was read in place of the graph.
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

    `network` is the complete network, with the results as attributes. `drawing` may contain only a part of it. A page
    shows the `leading_tables` before the plots.
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
