"""Centrality of cities and collaborations, computed in `graph.analysis.centrality_question`."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import INCLUDE_APPLIED, ON, Id, MemberOf, Ranking, Ref
from graph.store import TypedRow
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CollaborationMode,
    NetworkKind,
    NetworkSide,
    ProjectionWeight,
)

__all__ = ["QUESTION", "Arguments", "CentralityDefinition", "CentralityScore", "CentralityScores"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    measure: Annotated[CentralityMeasure, "The measure."]
    normalisation: Annotated[CentralityNormalisation, "How values are scaled; not every measure has every one."] = (
        CentralityNormalisation.NETWORKX
    )
    on: ON
    collaborations: Annotated[
        tuple[CollaborationMode, ...] | None,
        "Labels of the collaborations, the other side of the two-mode network; default networks.",
    ] = None
    projection: Annotated[
        NetworkSide | None,
        "Measure the projection on this side: its nodes, tied where they share something on the other. Null: the "
        "two-mode network itself.",
    ] = None
    weight: Annotated[ProjectionWeight, "The weights of a projection's ties, for the measures that count them."] = (
        ProjectionWeight.COUNT
    )
    side: Annotated[NetworkSide | None, "Answer with the nodes of this side only; the measure is of all."] = None
    countries: Annotated[tuple[str, ...] | None, "Only cities of these countries (ISO 3166-1 alpha-2)."] = None
    theme: Annotated[
        str | None, Id("Theme"), "Only what addresses this theme; narrower themes and close matches count."
    ] = None
    network_kind: Annotated[NetworkKind | None, "Only networks of this kind."] = None
    include_applied: INCLUDE_APPLIED = False


class CentralityDefinition(TypedRow, frozen=True):
    """Definition of a centrality measure, with its references."""

    measure: Annotated[str, MemberOf(CentralityMeasure), "The measure."]
    normalisation: Annotated[str, MemberOf(CentralityNormalisation), "How its values are scaled."]
    formula: Annotated[str, "The formula of the raw value."]
    scale: Annotated[str, "What the raw value is divided by or scaled to."]
    reference: Annotated[str, "DOI of the formula."]
    scale_reference: Annotated[str, "DOI of the scale."]


class CentralityScores(TypedRow, frozen=True):
    """Nodes ranked by a centrality measure, the largest value first."""

    definition: Annotated[CentralityDefinition, "What the values are."]
    lower_bound: Annotated[
        bool, "Whether a roster is partial, so that the network may have more ties than are recorded."
    ]
    reason: Annotated[str | None, "Why values are null, or there are none; null where neither is."]


class CentralityScore(TypedRow, frozen=True):
    """Value of a centrality measure for a node."""

    sort_key: SortKey
    node: Annotated[str, Ref("Entity"), "The city, network, working group or project."]
    value: Annotated[float | None, "The value; null where the measure is not defined for it."]
    rank: Annotated[
        int | None, "Its place among the nodes of its side, 1 being the largest value; equal values share one."
    ]


QUESTION: Final = Ranking(
    module=__name__,
    description="How central cities and what they take part in are, in the two-mode network of a day or a projection "
    "of it; the formula and the normalisation are named in the answer.",
    arguments=Arguments,
    row=CentralityScore,
    about=CentralityScores,
    sort_key=(int, str, str),
    examples=(Arguments(measure=CentralityMeasure.BETWEENNESS, on=date(2023, 11, 27)),),
)
