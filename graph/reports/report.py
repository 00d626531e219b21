"""Data classes of a report: tables, charts, a network and the data needed to reproduce the report.

`graph.reports.formats` writes reports to files.
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from typing import cast

from graph.analysis.two_mode import Graph
from graph.reports.plain_text import one_line, printable
from graph.tables import CalendarEntry, Message, Plot, Table, join, message
from graph.vocabulary import NetworkSide, Vocabulary

__all__ = [
    "Drawing",
    "MapPlace",
    "Place",
    "Provenance",
    "Report",
    "Stated",
    "as_stated",
    "credit_line",
    "digest_of",
    "provenance_text",
    "stated_text",
    "versions",
]

Stated = str | int | float | bool
"""A value that every file format can contain as metadata."""


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A node in a drawing, with its coordinates.

    - `mode`: the label of the node, such as City.
    - `x`, `y`: the coordinates of the node, from 0 to 1, as shares of the width and the height of the drawing.
    - `size`: the score of the node, such as its centrality, divided by the largest score of all nodes.
    - `neighbours`: the nodes to which a tie is drawn, as indices into `Drawing.places`.
    - `ties`: the number of all ties of the node, including those that are not drawn.
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
    """A drawing of a network. `note` states how many of the nodes and ties of the network are drawn."""

    title: str
    places: tuple[Place, ...]
    note: str


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A city on a map, with a number (`value`), such as the centrality of the city.

    `location` is (longitude, latitude) in degrees, or None if unknown.
    """

    id: str
    name: str
    location: tuple[float, float] | None
    value: float


# --- The report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """The data needed to reproduce a report, a table or a network. Every file of a report contains these data.

    - `revision`: the revision of the graph.
    - `digest`: the SHA-256 of the report's data.
    - `asked`: the date or dates of the report. A report that compares two other reports has their graph revisions
      instead.
    - `seed`: the seed of random numbers, or None if no random numbers are used.
    - `versions`: a dict from package to version.
    - `command`: the command line that writes the report again.
    - `standings`: the standings that a tie or another fact must have to be included, such as IN_FORCE.
    - `subset`: for a network analysis, a description of the part of the graph that was analysed.
    - `origin`: the name of the table that was read in place of the graph, or an empty text.
    - `choices`: the arguments that change the result, such as the weight of a projection, by name.
    - `limits`: what limits the result, such as incomplete lists of members, by name.
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
    choices: Mapping[str, Stated] = field(default_factory=dict[str, Stated])
    limits: Mapping[str, Stated] = field(default_factory=dict[str, Stated])

    @property
    def credit(self) -> Message:
        return credit_line(self.origin)

    def attributes(self) -> dict[str, Stated]:
        """Return the provenance as names and values, for the metadata of a file. Empty values are omitted."""
        attributes: dict[str, Stated | None] = {
            "origin": self.origin,
            "revision": self.revision,
            "on": self.asked,
            "standings": ", ".join(self.standings),
            "subset": self.subset,
            **self.choices,
            "seed": self.seed,
            **self.limits,
            "data": self.digest,
            "command": self.command,
            "credit": str(self.credit),
        }
        return {
            name: printable(value) if isinstance(value, str) else value
            for name, value in attributes.items()
            if value not in ("", None)
        }

    def text(self) -> str:
        """Return the provenance as one line of text, for file formats that cannot contain metadata."""
        return provenance_text(self.attributes())


def provenance_text(attributes: Mapping[str, Stated]) -> str:
    """Return the attributes of a provenance as one line of text."""
    return one_line("; ".join(f"{name} {stated_text(value)}" for name, value in attributes.items()))


def stated_text(value: Stated) -> str:
    """Return a value of a provenance as text. A truth value becomes "true" or "false"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_stated(**choices: object) -> dict[str, Stated]:
    """Return the arguments of an analysis as texts and numbers, for `Provenance.choices`.

    A member of an enum is replaced by its name. The items of a list or tuple are joined to one text, with commas
    between them. Other objects, such as dates, are converted to texts. An argument that is None is omitted, because the
    analysis does not use it.
    """
    return {name: _stated(value) for name, value in choices.items() if value is not None}


def _stated(value: object) -> Stated:
    match value:
        case NetworkSide():
            return value.word.upper()
        case Vocabulary():
            return value.name
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(str(_stated(part)) for part in cast("Sequence[object]", value))
        case str() | int() | float():
            return value
        case _:
            return str(value)


@dataclass(frozen=True)
class Report:
    """A report of a network analysis or a named query.

    - `network`: the complete network. The results of the analysis are attributes of its nodes.
    - `dynamic_network`: the network of the period of a time series (see `graph.analysis.dynamic_graph`). A node that is
      also in `network` has the results of the analysis as attributes.
    - `drawing`: a drawing of the network or of a part of it.
    - `leading_tables`: the number of tables that a page shows before the plots.
    - `places`: the cities to show on a map, in descending order of their values.
    - `names`: a dict from node id to the names of the node by language.
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
    dynamic_network: "Graph | None" = None
    calendar: tuple[CalendarEntry, ...] | None = None
    leading_tables: int = 1
    map_title: str = ""
    places: tuple[MapPlace, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], repr=False)


def credit_line(origin: str) -> Message:
    """Return how to cite data of Citygraph, and the licences of the data.

    If the data is a table of memberships, `origin` is the name of the table, and no licence is stated.
    """
    cited = message("Citygraph {version}", version=version("citygraph"))
    if origin:
        return cited
    licences = message(
        "facts from the cited sources, under their terms; seeds of Citygraph under CC BY 4.0, contain data from "
        "GeoNames (geonames.org), CC BY 4.0"
    )
    return join("; ", (cited, licences))


def versions() -> dict[str, str]:
    """Return a dict from package to version, for Python and the packages that affect the results of a report."""
    packages = {name: version(name) for name in ("citygraph", "networkx", "numpy", "scipy")}
    return packages | {"python": platform.python_version()}


def digest_of(parameters: Sequence[tuple[str, str]], tables: Iterable[Table]) -> str:
    """Return the SHA-256 of a report's parameters and table rows, to detect whether two reports have the same data."""
    digest = hashlib.sha256(repr(tuple(parameters)).encode())
    for table in tables:
        digest.update(repr((table.key, table.rows)).encode())
    return digest.hexdigest()
