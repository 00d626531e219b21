"""Generate a graph of any size in the project's model, as an export for `load` and `load --bulk`.

    .venv/bin/python -m bench.generated 20 graph.jsonl         about 20 000 nodes

The same scale always gives the same file. Degrees are heavy-tailed, as in real networks of cities: a few networks have
hundreds of members, most have a dozen; a few cities belong to dozens of networks, most to one or two. Degrees are
bounded, so that the response for a typical city does not grow with the graph. Names, themes and fees are invented.
The derived columns of an export are those that a load computes.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

import orjson

from graph.model import SCHEMA_VERSION
from graph.seeding.derived_columns import OWNER_COLUMN, derive_rows
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION, parse_node, parse_relationship
from graph.seeding.records import Dataset, SourceLocation

__all__ = ["COUNTRIES", "EUROPE", "Graph", "Shape", "generate", "generate_shape", "write"]

Columns = dict[str, object]

_SEED: Final = 20_240_601
_SMALLEST, _LARGEST = 5, 600
"""Number of members of a network."""
_SIZE_TAIL, _OPENNESS_TAIL = 1.15, 1.6
"""Exponents of the Pareto distributions of members of networks and of the openness of cities."""
_TOP_THEMES, _NARROWER = 8, 4
COUNTRIES: Final = ("FI", "SE", "DE", "FR", "ES", "IT", "PL", "NL", "DK", "EE", "PT", "BE")
_ROOTS: Final = ("Alder", "Birch", "Cliff", "Dale", "Elm", "Ford", "Glen", "Haven", "Isle", "Lake", "Mill", "North")
_ENDS: Final = ("bridge", "burg", "by", "field", "ham", "mouth", "port", "stad", "ton", "vik", "wick", "ås")
_FEES: Final = (0, 50_000, 120_000, 250_000, 500_000, 1_000_000, 1_750_000)
_ATTESTED_ON: Final = "2024-06-01"
"""The last day that sources show of most memberships, and the day of complete rosters."""
_ATTESTED_SHARE: Final = 0.75
"""The share of current memberships that a source shows on that day. Others are attested only when they begin."""
_NAME_COLUMNS: Final = frozenset({"id", "nameSort", "nameSortSv", "nameSortFi", "nameFolded", OWNER_COLUMN})
"""Stored columns that are not in an export."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The numbers of nodes of a graph. `sizes` are the numbers of members of the networks, in any order."""

    seed: int
    cities: int
    sizes: tuple[int, ...]
    groups: int
    projects: int
    twinnings: int
    units: int
    decisions: int
    citations: int
    documents: int
    openness_most: float = 30.0
    """How many times as likely as the least open city the most open one is to be a member of a network."""

    @property
    def networks(self) -> int:
        return len(self.sizes)


EUROPE: Final = Shape(
    seed=_SEED,
    cities=12_000,
    # The largest network of municipalities, and 59 whose sizes fall like those of a power law.
    sizes=(9_600, *(8 + round(984 / place**0.9) for place in range(1, 60))),
    groups=150,
    projects=600,
    twinnings=8_000,
    units=1_500,
    decisions=2_000,
    citations=4_000,
    documents=400,
    openness_most=150.0,
)
"""A graph of the size of Europe."""


@dataclass(slots=True)
class Graph:
    """A generated graph: nodes by id, and relationship properties, without sources, by (type, from, to)."""

    nodes: dict[str, Columns] = field(default_factory=dict[str, Columns])
    links: dict[tuple[str, str, str], Columns] = field(default_factory=dict[tuple[str, str, str], Columns])

    def lines(self) -> Iterator[bytes]:
        """Yield the export: header, nodes sorted by label and id, relationships by type and ends, final line."""
        header: Columns = {"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": 1}
        yield _line(header)
        nodes, relationships = self._stored()
        for node_id in sorted(nodes, key=lambda node_id: (node_id.partition(":")[0], node_id)):
            yield _line({"label": node_id.partition(":")[0], "id": node_id, "properties": nodes[node_id]})
        for type_, source, target in sorted(relationships):
            ends = {"from": source, "to": target, "under": source}
            yield _line({"type": type_, **ends, "properties": relationships[type_, source, target]})
        yield _line({"end": {"nodes": len(self.nodes), "relationships": len(self.links)}})

    def _stored(self) -> tuple[dict[str, Columns], dict[tuple[str, str, str], Columns]]:
        """Return the columns of nodes and relationships with those that a load derives."""
        dataset, location = Dataset(), SourceLocation("generated", 1)
        for node_id, columns in self.nodes.items():
            entry = {"label": node_id.partition(":")[0], "id": node_id, "properties": columns}
            parse_node(entry, location, dataset)
        for (type_, source, target), columns in self.links.items():
            entry = {"type": type_, "from": source, "to": target, "under": source, "properties": columns}
            parse_relationship(entry, location, dataset)
        assert not dataset.problems, dataset.problems[:3]
        nodes, relationships = derive_rows(dataset)
        return {node_id: _exported(row) for node_id, row in nodes.items()}, {
            (type_, source, target): _exported(row) for (type_, source, target), row in relationships.items()
        }


def write(graph: Graph, file: Path) -> int:
    """Write a graph to a file and return its number of nodes."""
    with file.open("wb") as out:
        out.writelines(graph.lines())
    return len(graph.nodes)


def generate(scale: int) -> Graph:
    """Generate a graph of about 1 000 × `scale` nodes."""
    count = 14 * scale
    sizes = (round(_SMALLEST * (count / (place + 0.5)) ** (1 / _SIZE_TAIL)) for place in range(count))
    return generate_shape(
        Shape(
            seed=_SEED + scale,
            cities=160 * scale,
            # Quantiles of the distribution, so that every scale has the same mean.
            sizes=tuple(min(_LARGEST, 160 * scale // 3, size) for size in sizes),
            groups=24 * scale,
            projects=12 * scale,
            twinnings=8 * scale,
            units=16 * scale,
            decisions=24 * scale,
            citations=160 * scale,
            documents=6 * scale,
        )
    )


def generate_shape(shape: Shape) -> Graph:
    """Generate a graph with these numbers of nodes."""
    return _Maker(shape).made()


class _Maker:
    """A builder of the graph, one subject area at a time; later nodes can refer to earlier ones."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._random = Random(shape.seed)
        self._graph = Graph()
        self._members: dict[str, list[str]] = {}
        """Maps each network to its cities."""

    def made(self) -> Graph:
        self._sources()
        self._themes()
        self._cities()
        self._networks()
        self._decisions()
        self._memberships()
        self._together()
        self._twinnings()
        return self._graph

    # --- Nodes that other nodes refer to --------------------------------------------------------

    def _sources(self) -> None:
        for number in range(self._shape.documents):
            columns = {"language": "en", "date": f"{2015 + number % 10}-01-01", "datePrecision": "YEAR", "kind": "TEXT"}
            self._graph.nodes[_id("Document", number)] = {"nameEn": f"Minutes {number}", **columns}
        for number in range(self._shape.citations):
            document = number % self._shape.documents
            page = str(1 + number // self._shape.documents)
            name = f"Minutes {document}, p. {page}"
            quote = f"The council noted matter {number}."
            columns: Columns = {"page": page, "quote": quote, "wording": "VERBATIM", "nameEn": name}
            self._graph.nodes[_id("Citation", number)] = columns
            self._graph.links["FROM", _id("Citation", number), _id("Document", document)] = {}

    def _themes(self) -> None:
        self._node("ThemeScheme", 0, nameEn="Themes of collaboration")
        for number in range(_TOP_THEMES * (1 + _NARROWER)):
            theme = self._node("Theme", number, nameEn=f"Theme {number}", position=number + 1)
            self._link("IN_SCHEME", theme, _id("ThemeScheme", 0))
            if number >= _TOP_THEMES:
                self._link("BROADER", theme, _id("Theme", number % _TOP_THEMES))

    def _cities(self) -> None:
        for number in range(self._shape.cities):
            name = self._random.choice(_ROOTS) + self._random.choice(_ENDS)
            self._node(
                "City",
                number,
                nameEn=f"{name} {number}",
                otherNames=[],
                country=self._random.choice(COUNTRIES),
                population=min(4_000_000, round(8_000 * self._random.paretovariate(1.1))),
                populationYear=2023,
                latitude=round(self._random.uniform(36, 69), 4),
                longitude=round(self._random.uniform(-9, 30), 4),
                wikidata=f"Q{1_000_000 + number}",
            )

    def _networks(self) -> None:
        weights = list(accumulate(1 / (1 + rank) for rank in range(_TOP_THEMES * (1 + _NARROWER))))
        for number in range(self._shape.networks):
            network = self._node(
                "Network",
                number,
                nameEn=f"Network {number} of cities",
                otherNames=[],
                kind="CITY_NETWORK",
                descriptionEn=f"It brings cities together on {self._random.choice(_ROOTS).lower()} matters.",
                founded=f"{self._random.randint(1950, 2005)}-01-01",
                foundedPrecision="YEAR",
                rosterComplete=True,
                rosterAttestedOn=_ATTESTED_ON,
                website=f"https://network-{number}.example.org",
            )
            for theme in self._several(range(len(weights)), weights, self._random.randint(1, 4)):
                self._link("ADDRESSES", network, _id("Theme", theme))

    def _decisions(self) -> None:
        for number in range(self._shape.units):
            unit = self._node("Unit", number, nameEn=f"Board {number}", kind="BOARD")
            self._link("OF", unit, _id("City", number))
        for number in range(self._shape.decisions):
            day = date(self._random.randint(2010, 2023), self._random.randint(1, 12), self._random.randint(1, 28))
            dated = {"date": day.isoformat(), "datePrecision": "DAY", "section": str(1 + number % 200)}
            made = {"outcome": "APPROVED", "decidedPoints": ["The fee is paid."], "reasoning": []}
            decision = self._node("Decision", number, nameEn=f"Decision {number}", **dated, **made)
            self._link("BY", decision, _id("Unit", self._random.randrange(self._shape.units)))

    # --- Collaboration --------------------------------------------------------------------------

    def _memberships(self) -> None:
        cities = range(self._shape.cities)
        openness = [min(self._shape.openness_most, self._random.paretovariate(_OPENNESS_TAIL)) for _ in cities]
        weights = list(accumulate(openness))
        sizes = list(self._shape.sizes)
        self._random.shuffle(sizes)
        number = 0
        for network in range(self._shape.networks):
            for city in self._several(cities, weights, sizes[network]):
                self._membership(number, _id("City", city), _id("Network", network))
                number += 1

    def _membership(self, number: int, city: str, network: str) -> None:
        since = self._random.randint(2006, 2018)
        kind = self._random.random()
        columns: Columns = {"validFrom": f"{since}-01-01", "validFromPrecision": "YEAR", "validFromBound": "DATE"}
        until = None
        if kind < 0.1:
            until = since + self._random.randint(2, 5)
            columns |= {"validUntil": f"{until}-01-01", "validUntilPrecision": "DAY", "validUntilBound": "DATE"}
        else:
            columns |= {"validUntilBound": "OPEN"}
            if self._random.random() < _ATTESTED_SHARE:
                columns |= {"attestedOn": _ATTESTED_ON}
        status = "LEFT" if until else "APPLIED" if kind > 0.96 else "MEMBER"
        columns |= {"status": status, "grade": self._random.choice(("FULL", "ASSOCIATE", "PARTNER"))}
        columns |= {"votingRight": self._random.random() < 0.7}
        name = f"{self._graph.nodes[city]['nameEn']} – {self._graph.nodes[network]['nameEn']}"
        membership = self._node("Membership", number, nameEn=name, **columns)
        self._link("HOLDS", city, membership)
        self._link("IN", membership, network)
        if status == "MEMBER":
            self._members.setdefault(network, []).append(city)
        if status != "APPLIED":
            self._term(number, since + 1, until, name)

    def _term(self, number: int, since: int, until: int | None, name: str) -> None:
        """Add the term that starts in the second year; it ends with the membership if the city has left."""
        columns: Columns = {"validFrom": f"{since}-01-01", "validFromPrecision": "DAY", "validFromBound": "DATE"}
        if until is None:
            columns |= {"validUntilBound": "OPEN"}
        else:
            columns |= {"validUntil": f"{until}-01-01", "validUntilPrecision": "DAY", "validUntilBound": "DATE"}
        columns |= {"annualFee": self._random.choice(_FEES), "annualFeeCurrency": "EUR", "budgetLine": f"{number % 97}"}
        term = self._node("MembershipTerm", number, nameEn=name, **columns)
        self._link("UNDER", term, _id("Membership", number))
        if self._random.random() < 0.3:
            self._link("DECIDED_BY", term, _id("Decision", self._random.randrange(self._shape.decisions)))

    def _together(self) -> None:
        """Add working groups and projects, each among members of one network."""
        networks = sorted(network for network, members in self._members.items() if len(members) >= 4)
        running: Columns = {"validFrom": "2016-01-01", "validFromPrecision": "YEAR", "validFromBound": "DATE"}
        running |= {"validUntilBound": "OPEN"}
        for number in range(self._shape.groups):
            network = self._random.choice(networks)
            group = self._node("WorkingGroup", number, nameEn=f"Working group {number}", **running)
            self._link("PART_OF", group, network)
            self._link("ADDRESSES", group, _id("Theme", self._random.randrange(_TOP_THEMES * (1 + _NARROWER))))
            for city in self._some(network):
                self._link("PARTICIPATES_IN", city, group, role="MEMBER", **running)
        for number in range(self._shape.projects):
            network = self._random.choice(networks)
            columns = {**running, "budget": 10_000_000, "budgetCurrency": "EUR", "stage": "IMPLEMENTATION"}
            project = self._node("Project", number, nameEn=f"Project {number}", **columns)
            self._link("RUN_UNDER", project, network)
            self._link("ADDRESSES", project, _id("Theme", self._random.randrange(_TOP_THEMES * (1 + _NARROWER))))
            for city in self._some(network):
                self._link("PARTNER_IN", city, project, role="PARTNER")

    def _twinnings(self) -> None:
        for number in range(self._shape.twinnings):
            one, other = sorted(_id("City", number) for number in self._random.sample(range(self._shape.cities), 2))
            name = f"{self._graph.nodes[one]['nameEn']} – {self._graph.nodes[other]['nameEn']}"
            columns = {"validFrom": "1990-01-01", "validFromPrecision": "YEAR", "validFromBound": "DATE"}
            twinning = self._node("Twinning", number, nameEn=name, **columns, validUntilBound="OPEN")
            self._link("JOINS", twinning, one)
            self._link("JOINS", twinning, other)

    # --- Helpers --------------------------------------------------------------------------------

    def _node(self, label: str, number: int, **columns: object) -> str:
        node_id = _id(label, number)
        self._graph.nodes[node_id] = {"basis": "STATED", **columns}
        self._graph.links["CITES", node_id, self._citation()] = {"basis": "STATED", "supports": []}
        return node_id

    def _link(self, type_: str, source: str, target: str, **columns: object) -> None:
        self._graph.links[type_, source, target] = {"basis": "STATED", "sources": [self._citation()], **columns}

    def _citation(self) -> str:
        return _id("Citation", self._random.randrange(self._shape.citations))

    def _several(self, among: range, weights: list[float], count: int) -> list[int]:
        """Draw this many distinct indices with probability by weight, and return them in ascending order."""
        chosen: set[int] = set()
        while len(chosen) < count:
            chosen.update(self._random.choices(among, cum_weights=weights, k=count - len(chosen)))
        return sorted(chosen)

    def _some(self, network: str) -> list[str]:
        members = self._members[network]
        return self._random.sample(members, min(len(members), self._random.randint(3, 8)))


def _id(label: str, number: int) -> str:
    return f"{label}:n{number:07}"


def _exported(row: Mapping[str, object]) -> Columns:
    """Return the columns of a stored row that an export contains."""
    return {name: value for name, value in row.items() if name not in _NAME_COLUMNS}


def _line(entry: Columns) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    print(f"{write(generate(int(sys.argv[1])), Path(sys.argv[2]))} nodes")
