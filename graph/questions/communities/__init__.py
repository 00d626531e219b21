"""Declare the question (named query) on communities of cities and collaborations.

`graph.analysis.communities_question` computes the result.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import ON, MemberOf, Ranking, Ref
from graph.questions.subset import LEAST_SHARED, PROJECTION, SUBSET, WHOLE_GRAPH, SubsetArguments
from graph.store import TypedRow
from graph.vocabulary import CommunityMethod, NetworkSide, ProjectionWeight

__all__ = ["QUESTION", "Arguments", "Communities", "Community", "CommunityMember"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    on: ON
    method: Annotated[CommunityMethod, "The method."] = CommunityMethod.LOUVAIN
    resolution: Annotated[float, "A higher value gives more and smaller communities."] = 1.0
    trials: Annotated[int, "Number of random seeds, from 1 to 100; the best partition is returned."] = 10
    seed: Annotated[int, "The first random seed."] = 0
    projection: PROJECTION = None
    weight: Annotated[ProjectionWeight, "Weights of the ties; without a projection, COUNT or GRADE."] = (
        ProjectionWeight.COUNT
    )
    least_shared: LEAST_SHARED = 1
    subset: SUBSET = WHOLE_GRAPH


class Community(TypedRow, frozen=True):
    """A community, and the networks and countries that are most typical of it."""

    number: Annotated[int, "Number of the community; the largest has number 1."]
    name: Annotated[str | None, "Its most typical networks, and the codes of its most typical countries."]
    cities: Annotated[int, "Number of its cities."]
    collaborations: Annotated[int, "Number of its networks and other collaborations."]
    typical_networks: Annotated[
        tuple[str, ...], Ref("Entity"), "Its most typical networks or other collaborations, at most three."
    ]
    typical_countries: Annotated[tuple[str, ...], "Its most typical countries, at most three (ISO 3166-1 alpha-2)."]


class Communities(TypedRow, frozen=True):
    """Nodes with their communities, the largest community first."""

    method: Annotated[str, MemberOf(CommunityMethod), "The method."]
    citation: Annotated[str, "The method with its source and, of a package, the version."]
    seed: Annotated[int, "The seed that gave this partition, the best one."]
    modularity: Annotated[
        float | None, "Modularity (Newman and Girvan 2004, doi:10.1103/PhysRevE.69.026113); null without ties."
    ]
    two_mode_modularity: Annotated[
        float | None,
        "Two-mode modularity (Barber 2007, doi:10.1103/PhysRevE.76.066102); null without ties, and in a projection.",
    ]
    least_modularity: Annotated[
        float | None, "Least modularity of all seeds, of the kind that the method maximises; null for one seed."
    ]
    agreement: Annotated[
        float | None,
        "Mean adjusted Rand index of the partitions of all seeds (Hubert and Arabie 1985, doi:10.1007/BF01908075): 1 "
        "if they are equal; null for one seed.",
    ]
    count: Annotated[int, "Number of communities."]
    profiles: Annotated[tuple[Community, ...], "The communities, the largest first, at most 500."]
    lower_bound: Annotated[bool, "Whether a roster is incomplete, so that there may be more ties than are recorded."]
    reason: Annotated[str | None, "Reason why there are no nodes; null if there are some."]


class CommunityMember(TypedRow, frozen=True):
    """A node and its community."""

    sort_key: SortKey
    node: Annotated[str, Ref("Entity"), "The city, network, working group or project."]
    community: Annotated[int, "Number of its community."]
    stability: Annotated[
        float | None,
        "From 0 to 1: how often the node and another member of its community are also in one community with another "
        "seed. Null for one seed, and for a node that is alone.",
    ]


QUESTION: Final = Ranking(
    module=__name__,
    description="Communities in the two-mode network of a day, or in a projection of it: the best partition of "
    "several random seeds, and how stable it is.",
    arguments=Arguments,
    row=CommunityMember,
    about=Communities,
    sort_key=(int, str, str),
    examples=(
        Arguments(on=date(2023, 11, 27)),
        Arguments(method=CommunityMethod.BRIM, on=date(2023, 11, 27)),
        Arguments(
            method=CommunityMethod.LEIDEN,
            projection=NetworkSide.COLLABORATIONS,
            weight=ProjectionWeight.NEWMAN,
            subset=SubsetArguments(min_degree=2),
            on=date(2023, 11, 27),
        ),
    ),
)
