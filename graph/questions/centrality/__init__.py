"""Declare the question (named query) on the centrality of cities and collaborations.

`graph.analysis.centrality_question` computes the result.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import ON, MemberOf, Ranking, Ref
from graph.questions.subset import LEAST_SHARED, PROJECTION, SUBSET, WHOLE_GRAPH
from graph.store import TypedRow
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    NetworkSide,
    ProjectionWeight,
)

__all__ = ["QUESTION", "Arguments", "CentralityDefinition", "CentralityScore", "CentralityScores"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    measure: Annotated[CentralityMeasure, "The measure."]
    normalisation: Annotated[
        CentralityNormalisation, "Normalisation of the values; not every measure supports every normalisation."
    ] = CentralityNormalisation.NETWORKX
    on: ON
    projection: PROJECTION = None
    weight: Annotated[
        ProjectionWeight, "Weights of the ties, for measures that use weights; without a projection, only GRADE."
    ] = ProjectionWeight.COUNT
    least_shared: LEAST_SHARED = 1
    side: Annotated[
        NetworkSide | None, "Return only the nodes of this side. The measure is computed for all nodes."
    ] = None
    subset: SUBSET = WHOLE_GRAPH


class CentralityDefinition(TypedRow, frozen=True):
    """Definition of a centrality measure, with its references."""

    measure: Annotated[str, MemberOf(CentralityMeasure), "The measure."]
    normalisation: Annotated[str, MemberOf(CentralityNormalisation), "Normalisation of the values."]
    formula: Annotated[str, "The formula of the raw value."]
    scale: Annotated[str, "How the raw value is normalised."]
    reference: Annotated[str, "DOI of the formula."]
    scale_reference: Annotated[str, "DOI of the scale."]


class CentralityScores(TypedRow, frozen=True):
    """Nodes ranked by a centrality measure, the largest value first."""

    definition: Annotated[CentralityDefinition, "Definition of the values."]
    lower_bound: Annotated[bool, "Whether a roster is incomplete, so that there may be more ties than are recorded."]
    reason: Annotated[str | None, "Reason for null or missing values; null if there are none."]


class CentralityScore(TypedRow, frozen=True):
    """Value of a centrality measure for a node."""

    sort_key: SortKey
    node: Annotated[str, Ref("Entity"), "The city, network, working group or project."]
    value: Annotated[float | None, "Value; null if the measure is not defined for the node."]
    rank: Annotated[
        int | None, "Rank among the nodes of the same side. The largest value has rank 1; equal values share a rank."
    ]


QUESTION: Final = Ranking(
    module=__name__,
    description="Centrality of cities and collaborations in the two-mode network of a day, or in a projection of "
    "it. The answer contains the formula and the normalisation.",
    arguments=Arguments,
    row=CentralityScore,
    about=CentralityScores,
    sort_key=(int, str, str),
    examples=(Arguments(measure=CentralityMeasure.BETWEENNESS, on=date(2023, 11, 27)),),
)
