"""Pairs of networks and the members they share.

The standing of a membership on a date states whether sources show the membership in force on the date, or only earlier
or later. A membership is included if its standing is in the argument `standings`. Memberships with the status APPLIED
are included only with `includeApplied`. Three measures are computed for two networks with member sets A and B on the
date:

- the Jaccard index, |A ∩ B| / |A ∪ B|
- the overlap coefficient, |A ∩ B| / min(|A|, |B|)
- Newman's weight, the sum over the shared members of 1/(k − 1), where k is the number of networks that the member is in
  on the date (Newman 2001, doi:10.1103/PhysRevE.64.016132)

A network is never compared with its successors, because they are the same network, renamed or merged.

For networks whose members are cities, the pairs are computed from the analysis snapshot, a copy of the graph in memory
(`graph.analysis.overlap_pairs`). These pairs are passed to the statement as a parameter. Without this parameter, the
statement computes the pairs itself, which is suitable only for small graphs.

The local networks of a city are compared in the same way. Their members are units and organisations. The participation
of these members has no dates and no standing, and is included on every date.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from graph.pagination import SortKey
from graph.questions.declaration import (
    INCLUDE_APPLIED,
    ON,
    STANDINGS,
    Analysis,
    Id,
    MemberOf,
    Ranking,
    Ref,
    Selected,
    computed,
)
from graph.questions.enums import OverlapLevel, SharedTheme, StandingName, count_shared
from graph.questions.significance import Significance, SignificanceArguments
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "Overlap", "SharedMember"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: Annotated[
        str | None, Id("City"), "Only pairs of networks that both include this city, and pairs of its local networks."
    ] = None
    network: Annotated[
        str | None,
        Id("Network"),
        "Only pairs that include this network. It is `network` or `other` of a row, depending on the ids.",
    ] = None
    with_: Annotated[str | None, Id("Network"), "Only pairs that include this network too."] = None
    level: Annotated[OverlapLevel | None, "Only pairs of networks with this kind of members."] = None
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class SharedMember(TypedRow, frozen=True):
    """A member of both networks."""

    member: Annotated[str, Ref("Entity"), "The city or, in local networks, the unit or organisation."]
    standing: Annotated[
        StandingName | None,
        MemberOf(Standing),
        "IN_FORCE only if it is IN_FORCE in both networks; null for units and organisations, whose "
        "participation has no dates.",
    ]
    proofs: Annotated[
        tuple[str, ...], Ref("Named"), "Memberships in both networks; citations for a unit or an organisation."
    ]


class Overlap(TypedRow, frozen=True):
    """Overlap of two networks on the requested day."""

    sort_key: SortKey
    level: Annotated[Literal["CITIES", "UNITS"], MemberOf(OverlapLevel), "Kind of members of the two networks."]
    network: Annotated[str, Ref("Network"), "The network with the smaller id."]
    other: Annotated[str, Ref("Network"), "The other network."]
    shared: Annotated[
        int, "Number of members of both networks, the asking city included: |A ∩ B|. `joinCheck` leaves it out."
    ]
    jaccard: Annotated[float, "Jaccard index, |A ∩ B| / |A ∪ B|, from 0 to 1."]
    overlap_coefficient: Annotated[
        float, "Overlap coefficient (Szymkiewicz–Simpson), |A ∩ B| / min(|A|, |B|), from 0 to 1."
    ]
    newman: Annotated[
        float,
        "Newman's weight: the sum over the shared members of 1 / (k − 1), where k is the number of "
        "networks that the member is in (Newman 2001, doi:10.1103/PhysRevE.64.016132).",
    ]
    members: Annotated[int, "Number of recorded members of `network`: |A|."]
    other_members: Annotated[int, "Number of recorded members of `other`: |B|."]
    members_complete: Annotated[
        bool,
        "Whether `members` counts all members on the requested day. True only if that is the `rosterAttestedOn` of "
        "`network`.",
    ]
    other_members_complete: Annotated[
        bool,
        "Whether `otherMembers` counts all members on the requested day. True only if that is the `rosterAttestedOn` "
        "of `other`.",
    ]
    evidence: Annotated[tuple[SharedMember, ...], Selected("with_evidence"), "Members of both networks, with evidence."]
    themes: Annotated[tuple[SharedTheme, ...], Selected("with_themes"), "Themes that both networks address."]
    themes_known: bool

    @computed(
        Selected("with_themes"),
        "Number of shared themes, counted in the network with fewer matching themes; null if the themes of either "
        "network are unknown.",
    )
    def shared_themes(self) -> int | None:
        return count_shared(self.themes) if self.themes_known else None

    @computed(
        Selected("with_themes"),
        "Whether themes are shared and every one of them has the basis EDITORIAL.",
    )
    def editorial_only(self) -> bool:
        return bool(self.themes) and all(shared.basis == "EDITORIAL" for shared in self.themes)

    @computed(
        "Whether a roster is incomplete. Then `shared` is a lower bound if the memberships attested earlier are still "
        "in force, and the ratios may differ."
    )
    def lower_bound(self) -> bool:
        return not (self.members_complete and self.other_members_complete)


QUESTION: Final = Ranking(
    module=__name__,
    description="Pairs of networks that share at least one member on a day, by number of shared members, then by "
    "Jaccard index, then by id. A network and its successors are not paired.",
    leaves_out="Pairs of a network and its successor, which are one network renamed or merged. Memberships that no "
    "source shows in force on any day. Members that are not cities, except in local networks.",
    arguments=Arguments,
    row=Overlap,
    sort_key=(int, float, str, str),
    parameters=lambda arguments: {"pairs": None, "second": arguments.with_},
    examples=(
        Arguments(on=date(2023, 11, 27)),
        Arguments(city="City:vantaa", on=date(2023, 11, 27)),
        Arguments(network="Network:eccar", on=date(2023, 11, 27)),
        Arguments(network="Network:nordic-safe-cities", with_="Network:eccar", on=date(2023, 11, 27)),
    ),
    analyses=(
        Analysis(
            name="significance",
            description="P value of the overlap; null for local networks, whose members are units.",
            arguments=SignificanceArguments,
            row=Significance,
        ),
    ),
)
