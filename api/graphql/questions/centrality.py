"""Centrality of the nodes of a two-mode network, or of a projection of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final, cast

import strawberry

from api.graphql.questions.base import (
    After,
    Before,
    First,
    IncludeApplied,
    Info,
    Last,
    On,
    page_arguments,
    resolve_nodes,
)
from api.graphql.questions.node_fields import node_field
from api.graphql.relay import RowConnection, RowPage
from api.graphql.scalars import derived_enum, enum_of
from graph.analysis import Score, TwoModeFilter, centrality_on
from graph.pagination import Paged, slice_page
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CollaborationMode,
    NetworkKind,
    NetworkSide,
    ProjectionWeight,
    Vocabulary,
)

_QUESTION: Final = "centrality"
_KEY: Final = (int, str, str)
_LAST: Final = 2**62
"""Rank that sorts nodes without a value last."""


def _enum(name: str, vocabulary: type[Vocabulary]) -> type[Enum]:
    return derived_enum(name, {each.name: each.description for each in vocabulary}, (vocabulary.__doc__ or "").strip())


_MEASURE = _enum("CentralityMeasure", CentralityMeasure)
_NORMALISATION = _enum("CentralityNormalisation", CentralityNormalisation)
_SIDE = _enum("NetworkSide", NetworkSide)
_WEIGHT = _enum("ProjectionWeight", ProjectionWeight)


@strawberry.type(description="A measure: what its values are, and where that is published.")
class CentralityDefinition:
    measure: str = strawberry.field(graphql_type=_MEASURE, description="The measure.")
    normalisation: str = strawberry.field(graphql_type=_NORMALISATION, description="How its values are scaled.")
    formula: str = strawberry.field(description="The formula of the raw value.")
    scale: str = strawberry.field(description="What the raw value is divided by or scaled to.")
    reference: str = strawberry.field(description="DOI of the formula.")
    scale_reference: str = strawberry.field(description="DOI of the scale.")


@strawberry.type(description="A node and its value.")
class CentralityScore:
    node = node_field("Entity", id_attribute="node", description="The city, network, working group or project.")
    value: float | None = strawberry.field(description="The value; null where the measure is not defined for it.")
    rank: int | None = strawberry.field(
        description="Its place among the nodes of its side, 1 being the largest value; equal values share one."
    )


@strawberry.type(description="The nodes of a network by a measure, the largest value first.")
class CentralityScoreConnection(RowConnection[CentralityScore]):
    definition: CentralityDefinition = strawberry.field(description="What the values are.")
    lower_bound: bool = strawberry.field(
        description="Whether a roster is partial, so that the network may have more ties than are recorded."
    )
    reason: str | None = strawberry.field(description="Why values are null, or there are none; null where neither is.")


@dataclass(frozen=True, slots=True)
class _Row:
    sort_key: tuple[int, str, str]
    node: str
    value: float | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class _Definition:
    measure: str
    normalisation: str
    formula: str
    scale: str
    reference: str
    scale_reference: str


def _row(score: Score) -> _Row:
    node = score.node
    return _Row((score.rank or _LAST, node.name, node.id), node.id, score.value, score.rank)


async def _centrality(
    info: Info,
    measure: Annotated[Enum, strawberry.argument(graphql_type=_MEASURE, description="The measure.")],
    normalisation: Annotated[
        Enum,
        strawberry.argument(
            graphql_type=_NORMALISATION, description="How values are scaled; not every measure has every one."
        ),
    ] = _NORMALISATION["NETWORKX"],
    on: On = None,
    collaborations: Annotated[
        list[Enum] | None,
        strawberry.argument(
            graphql_type=list[enum_of(CollaborationMode)] | None,  # type: ignore[misc]
            description="What stands on the other side from the cities; default networks.",
        ),
    ] = None,
    projection: Annotated[
        Enum | None,
        strawberry.argument(
            graphql_type=_SIDE | None,
            description="Measure the projection on this side: its nodes, tied where they share something on the other. "
            "Null: the two-mode network itself.",
        ),
    ] = None,
    weight: Annotated[
        Enum,
        strawberry.argument(
            graphql_type=_WEIGHT, description="The weights of a projection's ties, for the measures that count them."
        ),
    ] = _WEIGHT["COUNT"],
    side: Annotated[
        Enum | None,
        strawberry.argument(
            graphql_type=_SIDE | None, description="Answer with the nodes of this side only; the measure is of all."
        ),
    ] = None,
    countries: Annotated[
        list[str] | None, strawberry.argument(description="Only cities of these countries (ISO 3166-1 alpha-2).")
    ] = None,
    theme: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only what addresses this theme; narrower themes and close matches count."),
    ] = None,
    network_kind: Annotated[
        Enum | None,
        strawberry.argument(graphql_type=enum_of(NetworkKind) | None, description="Only networks of this kind."),
    ] = None,
    include_applied: IncludeApplied = False,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> CentralityScoreConnection:
    page = page_arguments(info, first, after, last, before)
    analyst = info.context.analyst
    found = await analyst.run_cached(
        centrality_on,
        await analyst.snapshot(),
        on or info.context.today,
        CentralityMeasure[measure.name],
        CentralityNormalisation[normalisation.name],
        TwoModeFilter(
            modes=tuple(CollaborationMode[each.name] for each in collaborations or (CollaborationMode.NETWORK,)),
            countries=None if countries is None else tuple(countries),
            theme=theme,
            network_kind=network_kind.name if network_kind else None,
            include_applied=include_applied,
        ),
        side=NetworkSide[projection.name] if projection else None,
        weight=ProjectionWeight[weight.name],
    )
    of_cities = None if side is None else side.name == NetworkSide.CITIES.name
    shown = (each for each in found.scores if of_cities is None or (each.node.mode == "City") is of_cities)
    rows = sorted(map(_row, shown), key=lambda row: row.sort_key)
    defined = found.definition
    definition = _Definition(
        defined.measure.name,
        defined.normalisation.name,
        defined.formula,
        defined.scale,
        defined.reference,
        defined.scale_reference,
    )
    paged = slice_page(_QUESTION, _KEY, rows, page)
    scores = _Scores(paged, definition, lower_bound=found.lower_bound, reason=found.reason)
    return await resolve_nodes(info, cast("CentralityScoreConnection", scores))


class _Scores(RowPage):
    """A page of scores with the attributes of `CentralityScoreConnection`."""

    def __init__(self, found: Paged[_Row], definition: _Definition, *, lower_bound: bool, reason: str | None) -> None:
        super().__init__(found)
        self.definition, self.lower_bound, self.reason = definition, lower_bound, reason


FIELD = strawberry.field(
    resolver=_centrality,
    name="centrality",
    description="How central cities and what they take part in are, in the two-mode network of a day or a projection "
    "of it; the formula and the normalisation are named in the answer.",
)
