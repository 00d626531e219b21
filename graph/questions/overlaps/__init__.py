"""Declare the question (named query) on overlaps: pairs of cities, or of collaborations, that have nodes in common.

Only a subset of the graph is read. Pairs are sorted by their number of shared nodes, then by Jaccard index, then by id.
`graph.analysis.projection` gives the formulas of the weights, and `graph.analysis.overlaps_question` computes the
result. `overlapping_memberships` compares networks in the whole graph, with evidence and themes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import ON, Analysis, Id, Ranking, Ref
from graph.questions.significance import Significance, SignificanceArguments
from graph.questions.subset import LEAST_SHARED, SUBSET, WHOLE_GRAPH, SubsetArguments
from graph.store import TypedRow
from graph.vocabulary import CollaborationMode, NetworkSide

__all__ = ["QUESTION", "Arguments", "NodeOverlap", "NodeOverlaps"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    projection: Annotated[NetworkSide, "Compare pairs of cities, or of collaborations."] = NetworkSide.COLLABORATIONS
    node: Annotated[
        str | None,
        Id("City", *(mode.label for mode in CollaborationMode)),
        "Only pairs that contain or share this city or collaboration.",
    ] = None
    on: ON
    least_shared: LEAST_SHARED = 1
    subset: SUBSET = WHOLE_GRAPH


class NodeOverlaps(TypedRow, frozen=True):
    """Pairs of nodes. Pairs that share the most nodes come first."""

    lower_bound: Annotated[bool, "Whether a roster is incomplete: ties may be missing."]
    reason: Annotated[str | None, "Reason why there are no pairs; null if there are some."]


class NodeOverlap(TypedRow, frozen=True):
    """Overlap of two cities or of two collaborations. A and B are the sets of nodes to which the two are tied."""

    sort_key: SortKey
    node: Annotated[str, Ref("Entity"), "The node asked for, or that with the smaller id."]
    other: Annotated[str, Ref("Entity"), "The other node."]
    shared: Annotated[int, "Number of nodes that both are tied to: |A ∩ B|."]
    jaccard: Annotated[float, "Jaccard index, |A ∩ B| / |A ∪ B|, from 0 to 1."]
    overlap_coefficient: Annotated[float, "Overlap coefficient, |A ∩ B| / min(|A|, |B|), from 0 to 1."]
    cosine: Annotated[float, "Cosine similarity, |A ∩ B| / √(|A| |B|), from 0 to 1."]
    newman: Annotated[float, "Newman's weight: Σ 1 / (k − 1) over the shared nodes, with k ties."]
    lower_bound: Annotated[
        bool,
        "Whether a roster is incomplete. Then `shared` is a lower bound if the ties attested earlier are still in "
        "force.",
    ]


QUESTION: Final = Ranking(
    module=__name__,
    description="Pairs of cities or of collaborations that share ties in a subset.",
    leaves_out="Pairs of a network and its successor.",
    arguments=Arguments,
    row=NodeOverlap,
    about=NodeOverlaps,
    sort_key=(int, float, str, str),
    examples=(
        Arguments(on=date(2023, 11, 27)),
        Arguments(
            projection=NetworkSide.CITIES,
            node="City:vantaa",
            least_shared=2,
            subset=SubsetArguments(countries=("FI", "SE", "NO", "DK")),
            on=date(2023, 11, 27),
        ),
        Arguments(node="City:vantaa", subset=SubsetArguments(min_degree=2), on=date(2023, 11, 27)),
    ),
    analyses=(
        Analysis(
            name="significance",
            description="P value of the overlap among the pairs of the subset.",
            arguments=SignificanceArguments,
            row=Significance,
        ),
    ),
)
