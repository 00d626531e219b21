"""A report as a plain value: tables, charts, a network, and what it takes to make it again.

`graph.reports.formats` writes it.
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from graph.analysis.two_mode import Graph
from graph.tables import CalendarEntry, Plot, Table

__all__ = ["Drawing", "Link", "Place", "Provenance", "Report", "digest_of", "versions"]


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A node where it is drawn, both coordinates from 0 to 1, `size` from 0 to 1; `rounded` cities, others squares."""

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
    """A tie between two places, by their numbers; `strength` from 0 to 1."""

    one: int
    other: int
    strength: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a network; `note` says what is drawn and what was left out."""

    title: str
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    note: str


# --- The report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """What it takes to make the report again. `digest` is the SHA-256 of the data that it was made from."""

    revision: int
    digest: str
    asked: str
    seed: int | None
    versions: Mapping[str, str]
    command: str


@dataclass(frozen=True)
class Report:
    """One report. `network` is the whole network, with what was found as attributes; `drawing` what can be drawn."""

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


def versions() -> dict[str, str]:
    """The versions that figures depend on."""
    packages = {name: version(name) for name in ("citygraph", "networkx", "numpy", "scipy")}
    return packages | {"python": platform.python_version()}


def digest_of(parameters: Sequence[tuple[str, str]], tables: Iterable[Table]) -> str:
    """The SHA-256 of what a question was asked and answered."""
    digest = hashlib.sha256(repr(tuple(parameters)).encode())
    for table in tables:
        digest.update(repr((table.key, table.rows)).encode())
    return digest.hexdigest()
