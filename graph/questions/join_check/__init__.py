"""Pre-join check: gains and costs of joining a network, and a present membership that the city could then drop.

- Gains: the peers and themes that the network adds to those that the city already has
  (`graph.questions.city_collaborations`). A peer is another city that takes part in the same collaboration.
- Overlaps: the checked network is compared with each network that the city is a member of. The city itself is not
  counted among the shared members. Each comparison contains the loss: the peers and themes that the city would lose if
  it joined the checked network and left the compared network.
- Membership to drop: the answer suggests that the city leave the network with the smallest loss, that is, with the
  smallest number of lost peers and themes in total. Only networks that share members or themes with the checked network
  are considered. If several networks have the same loss, the network with the most shared members is suggested, then
  the network with the smallest id. A network whose loss is unknown is not suggested. The loss is unknown if the themes
  or the other members of one of the two networks are not recorded.
- Yearly fee: the fee for the calendar year of the requested date. If the city is a member or has applied, a source may
  state this fee in a term of the membership (a period that a decision fixes). Otherwise the fee is computed from the
  network's fee rules and the city's population. The fee is null if no rule applies, if the applicable rules give
  different fees, or if a rule needs a population that is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.questions.city_collaborations import Collaboration, CollaborationSet, MatchingThemes
from graph.questions.cost_per_network import CostMembership, YearCost, cost_of_year
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    NETWORK,
    ON,
    STANDINGS,
    Amount,
    MemberOf,
    Ref,
    Selected,
    Single,
    computed,
)
from graph.questions.enums import SHOWN_ON, SHOWN_ON_OR_NULL, AddressedTheme, StandingName
from graph.questions.fee_rules import FeeRule, RuleFee, agreed_fee, rule_fees
from graph.questions.missing_data import DataGapName, MissingData, MissingKindName
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "JoinCheck", "JoinOverlap"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    network: NETWORK
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class JoinOverlap(TypedRow, frozen=True):
    """Comparison of the checked network with a network that the city is already a member of."""

    network: Annotated[str, Ref("Network"), "The network that the city is a member of."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the city's membership in this network."]
    shown_on: SHOWN_ON
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The city's memberships in this network."]
    members: Annotated[tuple[str, ...], Ref("City"), "The cities in both networks, without the city itself."]
    jaccard: Annotated[
        float | None,
        "Jaccard index of the two networks without the city, |A ∩ B| / |A ∪ B|; null if either network has "
        "no other members.",
    ]
    overlap_coefficient: Annotated[
        float | None, "Overlap coefficient without the city, |A ∩ B| / min(|A|, |B|); null if `jaccard` is null."
    ]
    themes: Annotated[
        tuple[AddressedTheme, ...],
        "Themes of this network, its working groups and its projects that the checked network matches.",
    ]
    shared_themes: Annotated[
        int | None,
        "Number of themes that the two networks share, counted in the network with fewer matching themes, as in "
        "`overlappingMemberships` and `duplicateActivity`; null if the themes of either network are unknown.",
    ]
    peers_lost: Annotated[
        tuple[str, ...],
        Ref("City"),
        "Cities that the city would no longer meet if it joined the network and dropped this membership.",
    ]
    themes_lost: Annotated[
        tuple[AddressedTheme, ...] | None,
        "Themes that no collaboration of the city would match any more; null if the themes of either "
        "network are unknown.",
    ]
    dependents: Annotated[
        tuple[str, ...], Ref("Entity"), "Working groups and projects of this network that the city takes part in."
    ]
    lower_bound: Annotated[bool, "Whether a roster is incomplete, so that more cities may be in both networks."]

    @computed("Number of other cities in both networks: |A ∩ B|.")
    def shared(self) -> int:
        return len(self.members)


class JoinCheck(TypedRow, frozen=True):
    """Gains and costs of joining a network for a city, on the requested day."""

    network: Annotated[str, Ref("Network"), "The network."]
    standing: Annotated[
        StandingName | None,
        MemberOf(Standing),
        "Standing of the city's own membership; null if the city is not a member. A member is checked like "
        "a non-member.",
    ]
    shown_on: SHOWN_ON_OR_NULL
    members: Annotated[int, "Number of other cities recorded in the network."]
    members_complete: Annotated[
        bool,
        "Whether a source shows that these are all other members on the requested day. True only if that is the "
        "`rosterAttestedOn` of the network.",
    ]
    peers_gained: Annotated[
        tuple[str, ...], Ref("City"), "Cities of the network that the city meets through no other collaboration."
    ]
    themes_gained: Annotated[
        tuple[AddressedTheme, ...] | None,
        "Themes of the network that no other collaboration of the city matches, including narrower themes "
        "and close matches; null if the network's themes are unknown.",
    ]
    overlaps: Annotated[
        tuple[JoinOverlap, ...],
        "Comparisons with the city's other networks; those that share most members come first.",
    ]
    instead: Annotated[
        str | None,
        Ref("Network"),
        "Network that the city could leave instead: of those that share members or themes with the checked "
        "network, the one with the smallest loss of peers and themes. Null if the themes or members are "
        "unknown.",
    ]
    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about the network and the city's collaborations.",
    ]
    population: Annotated[int | None, "Number of inhabitants of the city; null if unknown."]
    population_year: Annotated[int | None, "Year of the number of inhabitants."]
    stated: Annotated[
        tuple[YearCost, ...], "Fees that sources state for the city itself in the year of the day, applied for or paid."
    ]
    rules: Annotated[tuple[RuleFee, ...], "Fee rules of the network that apply to the city, or may apply."]
    yearly_fee: Annotated[
        Amount | None,
        "Yearly fee: the fee stated for the city, otherwise the fee on which all applicable rules agree. "
        "Null if they differ or no fee is known.",
    ]

    @computed("Number of `peersGained`.")
    def peers_gained_count(self) -> int:
        return len(self.peers_gained)


# --- Rows of the statement ------------------------------------------------------------------------


class _Columns(TypedRow, frozen=True):
    city_known: bool
    network_known: bool
    population: int | None
    population_year: int | None
    collaborations: tuple[Collaboration, ...]
    members: tuple[str, ...]
    themes: tuple[AddressedTheme, ...]
    members_complete: bool
    memberships: tuple[CostMembership, ...]
    missing: tuple[MissingData, ...]
    rules: tuple[FeeRule, ...]
    answers: tuple[MatchingThemes, ...]


# --- Effects --------------------------------------------------------------------------------------


def _compute(arguments: Arguments, columns: _Columns) -> JoinCheck:
    network = arguments.network
    reach = CollaborationSet(columns.collaborations, columns.answers)
    membership = reach.get(network)
    # If the city is already a member, its participation in the network is ignored.
    rest = reach.without(network)
    overlaps = _overlaps(rest, columns)
    cost = cost_of_year(columns.memberships, arguments.on.year, arguments)
    stated = tuple(row for row in cost.years if row.fee is not None) if cost else ()
    rules = rule_fees(columns.rules, columns.population)
    return JoinCheck(
        network=network,
        standing=membership.standing if membership else None,
        shown_on=membership.shown_on if membership else None,
        members=len(columns.members),
        members_complete=columns.members_complete,
        peers_gained=rest.new_peers(columns.members),
        themes_gained=rest.new_themes(columns.themes) if columns.themes else None,
        overlaps=overlaps,
        instead=_instead(overlaps),
        missing=_missing(network, columns),
        population=columns.population,
        population_year=columns.population_year,
        stated=stated,
        rules=rules,
        yearly_fee=agreed_fee(row.fee for row in stated or rules),
    )


def _overlaps(rest: CollaborationSet, columns: _Columns) -> tuple[JoinOverlap, ...]:
    members = set(columns.members)
    joined = Collaboration(
        "", "NETWORK", "", "IN_FORCE", date.max, (), columns.members, columns.themes, columns.members_complete
    )
    alone = CollaborationSet((joined,), columns.answers)
    rows: list[JoinOverlap] = []
    for network in (part for part in rest.collaborations if part.kind == "NETWORK"):
        own, others = rest.of(network.id), rest.without(network.id)
        shared, either = members.intersection(network.peers), members.union(network.peers)
        smaller = min(len(members), len(network.peers))
        themes_known = bool(network.themes and columns.themes)
        kept = CollaborationSet((*others.collaborations, joined), columns.answers)
        rows.append(
            JoinOverlap(
                network=network.id,
                standing=network.standing,
                shown_on=network.shown_on,
                memberships=network.citations,
                members=tuple(sorted(shared)),
                jaccard=len(shared) / len(either) if smaller else None,
                overlap_coefficient=len(shared) / smaller if smaller else None,
                themes=alone.matched_themes(own.themes),
                shared_themes=alone.count_shared_themes(CollaborationSet((network,), columns.answers))
                if themes_known
                else None,
                peers_lost=kept.new_peers(own.peers),
                themes_lost=kept.new_themes(own.themes) if themes_known else None,
                dependents=tuple(part.id for part in own.collaborations if part.id != network.id),
                lower_bound=not (columns.members_complete and network.members_complete),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.shared, -(row.jaccard or 0.0), row.network)))


def _instead(overlaps: Iterable[JoinOverlap]) -> str | None:
    """Return the id of the network that the city could leave with the smallest loss of peers (other cities) and themes.

    Returns None if no network meets all conditions:

    - The network shares members or themes with the checked network.
    - The loss is known.
    - Both networks have members other than the city. If one of them has none, `jaccard` is None.
    """
    lost = sorted(
        (len(row.peers_lost) + len(row.themes_lost), -row.shared, row.network)
        for row in overlaps
        if row.themes_lost is not None and row.jaccard is not None and (row.members or row.themes)
    )
    return lost[0][2] if lost else None


def _missing(network: str, columns: _Columns) -> tuple[MissingData, ...]:
    """Return rows that state which data is missing for the city's collaborations and for the checked network."""
    nodes: dict[tuple[DataGapName, MissingKindName], set[str]] = {
        (row.unknown, row.kind): set(row.nodes) for row in columns.missing
    }
    if not columns.themes:
        nodes.setdefault(("THEMES", "NETWORK"), set()).add(network)
    if not columns.members_complete:
        nodes.setdefault(("ROSTER", "NETWORK"), set()).add(network)
    return tuple(MissingData(unknown, kind, tuple(sorted(ids))) for (unknown, kind), ids in sorted(nodes.items()))


QUESTION: Final = Single(
    module=__name__,
    description="Before a city joins a network: the overlap with each present membership, the peers and themes gained, "
    "the yearly fee if known, and the membership that could be dropped instead.",
    leaves_out="Memberships only applied for (but for their terms), and what no source shows in force on any day.",
    arguments=Arguments,
    row=JoinCheck,
    examples=(Arguments(city="City:helsinki", network="Network:nordic-safe-cities", on=date(2023, 11, 27)),),
    columns=_Columns,
    compute=_compute,
)
