"""Build the snapshot for analyses from an export or seed files, without a database.

The snapshot contains the cities, collaborations and ties that analyses read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, TypeVar, cast

from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, FeeRow, TieRow, build_snapshot
from graph.search import NameIndex, NameRow
from graph.seeding.derived_columns import NodeRows, RelationshipRows
from graph.seeding.records import Columns

__all__ = ["build_file_snapshot", "file_name_index"]

T = TypeVar("T")

_LABELS: Final = ("Network", "WorkingGroup", "Project", "Twinning")
_SEARCHED: Final = ("City", *_LABELS[:3])
"""Labels of the nodes whose names are searched. Twinnings are not searched, because they have no names of their own."""
_TIES: Final = {"PARTICIPATES_IN": False, "PARTNER_IN": False, "JOINS": True}
"""A dict whose keys are the types of direct relationships between a city and a collaboration.

The value is True if the city is the target of the relationship, and False if the city is the source.
"""
_PERIOD: Final = ("possibleFrom", "shownFrom", "shownUntil", "lapsesOn", "standsUntil")


def build_file_snapshot(nodes: NodeRows, relationships: RelationshipRows, revision: int) -> Snapshot:
    """Build the snapshot from the nodes and relationships of an export or of seed files.

    The result is equal to the snapshot that would be read from a database with the same nodes and relationships.
    """
    pairs: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for type_, source, target in relationships:
        pairs[type_, _label(source), _label(target)].append((source, target))
    cited = [pair for label in ("Membership", "Twinning") for pair in pairs["CITES", label, "Citation"]]
    addressing = (pair for label in _LABELS[:3] for pair in pairs["ADDRESSES", label, "Theme"])
    return build_snapshot(
        revision,
        cities=[_city(row) for node_id, row in nodes.items() if _label(node_id) == "City"],
        collaborations=[_collaboration(row) for node_id, row in nodes.items() if _label(node_id) in _LABELS],
        ties=[*_memberships(nodes, pairs), *_ties(nodes, relationships)],
        fees=_fees(nodes, pairs["UNDER", "MembershipTerm", "Membership"]),
        sources=cited,
        themes=[node_id for node_id in nodes if _label(node_id) == "Theme"],
        addresses=list(addressing),
        broader=pairs["BROADER", "Theme", "Theme"],
        close_matches=pairs["CLOSE_MATCH", "Theme", "Theme"],
        successions=_all_predecessors(pairs["SUCCEEDS", "Network", "Network"]),
    )


def file_name_index(nodes: NodeRows, relationships: RelationshipRows) -> NameIndex:
    """Build the index of the names of cities and collaborations from the nodes of an export or of seed files."""
    counts = Counter(end for _, *ends in relationships for end in ends)
    return NameIndex(
        [
            NameRow(
                node_id,
                cast("str", row["nameSort"]),
                *_names(row)[1:],
                tuple(cast("list[str]", row.get("otherNames") or ())),
                tuple(cast("list[str]", row.get("formerNames") or ())),
                counts[node_id] if _label(node_id) in ("City", "Network") else 0,
            )
            for node_id, row in nodes.items()
            if _label(node_id) in _SEARCHED and "nameSort" in row
        ]
    )


def _label(node_id: str) -> str:
    return node_id.partition(":")[0]


def _get(row: Columns, name: str, kind: type[T]) -> T | None:
    value = row.get(name)
    assert value is None or isinstance(value, kind), (name, value)
    return value


def _names(row: Columns) -> tuple[str, str | None, str | None, str | None]:
    return cast("str", row["id"]), _get(row, "nameEn", str), _get(row, "nameSv", str), _get(row, "nameFi", str)


def _city(row: Columns) -> CityRow:
    place = _get(row, "country", str), _get(row, "latitude", float), _get(row, "longitude", float)
    return CityRow(*_names(row), *place, _get(row, "population", int), _get(row, "populationYear", int))


def _collaboration(row: Columns) -> CollaborationRow:
    label = _label(cast("str", row["id"]))
    if label == "Twinning":
        return CollaborationRow(*_names(row), roster_complete=True)
    if label == "Project":
        return CollaborationRow(*_names(row), roster_complete=_get(row, "partnersComplete", bool) or False)
    roster_on = cast("date | None", row.get("rosterAttestedOn"))
    is_complete = roster_on is not None and (_get(row, "rosterComplete", bool) or False)
    return CollaborationRow(*_names(row), _get(row, "kind", str), is_complete, roster_on)


def _memberships(nodes: NodeRows, pairs: Mapping[tuple[str, str, str], list[tuple[str, str]]]) -> Iterator[TieRow]:
    cities = {membership: city for city, membership in pairs["HOLDS", "City", "Membership"]}
    for membership, network in pairs["IN", "Membership", "Network"]:
        row = nodes[membership]
        if membership in cities and "shownFrom" in row:
            status, grade = _get(row, "status", str), _get(row, "grade", str)
            founder, host = (_get(row, name, bool) or False for name in ("founder", "host"))
            ends = cities[membership], network, membership
            yield TieRow(*ends, *_period(row), *_stated(row), status, grade, founder=founder, host=host)


def _ties(nodes: NodeRows, relationships: RelationshipRows) -> Iterator[TieRow]:
    for (type_, source, target), row in relationships.items():
        if type_ in _TIES and "shownFrom" in row:
            if _TIES[type_]:
                yield TieRow(target, source, source, *_period(row), *_stated(nodes[source]))
            else:
                sources = tuple(cast("list[str]", row.get("sources") or ()))
                stated = _stated(nodes[target] if type_ == "PARTNER_IN" else row)
                yield TieRow(source, target, None, *_period(row), *stated, sources=sources)


def _period(row: Columns) -> "tuple[date, date, date, date, date]":
    return cast("tuple[date, date, date, date, date]", tuple(row[name] for name in _PERIOD))


def _stated(row: Columns) -> tuple[bool, bool]:
    """Return two values: whether a source states the first day of a period, and whether a source states its end.

    `row` contains the stored properties of a node or relationship that has a period.
    """
    return "validFrom" in row or "since" in row, "validUntil" in row


def _fees(nodes: NodeRows, terms: list[tuple[str, str]]) -> Iterator[FeeRow]:
    for term, membership in terms:
        row = nodes[term]
        years = _get(row, "chargedFrom", int), _get(row, "chargedUntil", int)
        annual, total = _get(row, "annualFee", int), _get(row, "totalFee", int)
        if years[0] is not None and years[1] is not None and (annual is not None or total is not None):
            currencies = _get(row, "annualFeeCurrency", str), _get(row, "totalFeeCurrency", str)
            yield FeeRow(membership, years[0], years[1], annual, currencies[0], total, currencies[1])


def _all_predecessors(successions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return every pair of a network and one of its direct or indirect predecessors.

    An indirect predecessor is a predecessor of a predecessor. `successions` contains only pairs of a network and a
    direct predecessor. All networks are given as ids.
    """
    direct: dict[str, set[str]] = defaultdict(set)
    for network, predecessor in successions:
        direct[network].add(predecessor)
    found: list[tuple[str, str]] = []
    for network in list(direct):
        earlier, queue = set[str](), [network]
        while queue:
            new = direct.get(queue.pop(), set[str]()) - earlier
            earlier |= new
            queue.extend(new)
        found += [(network, predecessor) for predecessor in earlier]
    return found
