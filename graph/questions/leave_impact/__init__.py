"""Impact of leaving a network: peers and themes lost, fees saved and dependent activities.

Only the network provides a peer or a theme if, on the date, no collaboration of the city outside the network, its
working groups and its projects provides it: see `graph.questions.city_collaborations`. The saving is the fee that
sources state for the calendar year of the date, as in `graph.questions.cost_per_network`.
"""

from datetime import date
from typing import Final

from graph.questions.city_collaborations import Collaboration, CollaborationSet, MatchingThemes
from graph.questions.cost_per_network import CostMembership, YearCost, cost_of_year
from graph.questions.declaration import Amount
from graph.questions.enums import CollaborationName, StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["Dependent", "LeaveImpact", "leave_impact"]


class Dependent(TypedRow, frozen=True):
    """A working group or project of the network that the city takes part in.

    `proofs` are ids of citations.
    """

    collaboration: str
    kind: CollaborationName
    standing: StandingName
    proofs: tuple[str, ...]


class LeaveImpact(TypedRow, frozen=True):
    """The losses and savings of leaving a network.

    `standing` is null if the city is not a member on the date; nothing is lost then. `peers` and `themes` are those
    that only the network provides. `peers_kept` and `themes_kept` are those that another collaboration also provides.
    `years` are the fees of the calendar year of the date, and `totals` their sums. `cost_unknown` is true if a fee of
    that year is not stated. `lower_bound` is true if the network's roster is incomplete. More peers may then be lost,
    and more may be retained.
    """

    network: str
    standing: StandingName | None
    memberships: tuple[str, ...]
    peers: tuple[str, ...]
    peers_kept: tuple[str, ...]
    themes: tuple[str, ...]
    themes_kept: tuple[str, ...]
    years: tuple[YearCost, ...]
    totals: tuple[Amount, ...]
    cost_unknown: bool
    dependents: tuple[Dependent, ...]
    lower_bound: bool


class _Answer(TypedRow, frozen=True):
    city_known: bool
    network_known: bool
    collaborations: tuple[Collaboration, ...]
    memberships: tuple[CostMembership, ...]
    answers: tuple[MatchingThemes, ...]


_LEAVES: Final = Statement.from_file(__file__, _Answer)


async def leave_impact(reading: Reader, *, city: str, network: str, on: date) -> LeaveImpact:
    """Return the effects for the city of leaving the network on a date. Raises UnknownId and BadArgument."""
    check_label("city", city, "City")
    check_label("network", network, "Network")
    (answer,) = await reading.run(_LEAVES, {"city": city, "network": network, "on": on})
    check_exists((city, answer.city_known), (network, answer.network_known))
    reach = CollaborationSet(answer.collaborations, answer.answers)
    membership = next((each for each in answer.collaborations if each.id == network), None)
    own, rest = (reach.of(network) if membership else CollaborationSet((), answer.answers)), reach.without(network)
    cost = cost_of_year(answer.memberships, on.year) if membership else None
    peers, themes = rest.new_peers(own.peers), rest.new_themes(own.themes)
    return LeaveImpact(
        network=network,
        standing=membership.standing if membership else None,
        memberships=membership.citations if membership else (),
        peers=peers,
        peers_kept=tuple(sorted(own.peers - set(peers))),
        themes=themes,
        themes_kept=tuple(sorted(own.themes - set(themes))),
        years=cost.years if cost else (),
        totals=cost.totals if cost else (),
        cost_unknown=membership is not None and (cost is None or bool(cost.unknown_years)),
        dependents=tuple(
            Dependent(each.id, each.kind, each.standing, each.citations)
            for each in own.collaborations
            if each.id != network
        ),
        lower_bound=bool(membership) and not all(each.roster_complete for each in own.collaborations),
    )
