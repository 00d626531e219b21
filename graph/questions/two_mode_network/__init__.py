"""The two-mode network of cities and networks: each city is tied to the networks that it is a member of.

The network can contain other kinds of collaborations in place of networks. `graph.analysis.two_mode_network_question`
computes the answer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.questions.declaration import ON, Ref, Single
from graph.questions.subset import SUBSET, WHOLE_GRAPH, SubsetArguments
from graph.store import TypedRow

__all__ = ["QUESTION", "Arguments", "TwoModeNetwork", "TwoModeNode"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    on: ON
    most: Annotated[int, "How many nodes are returned at most, from 1 to 2000."] = 2000
    subset: SUBSET = WHOLE_GRAPH


class TwoModeNode(TypedRow, frozen=True):
    """A city or a network in the two-mode network."""

    node: Annotated[str, Ref("Entity"), "The city or network."]
    degree: Annotated[int, "Number of its ties, including ties to nodes that are not returned."]
    distance: Annotated[int | None, "Number of ties from the ego; null without one."]
    neighbours: Annotated[tuple[int, ...], "The nodes it is tied to, as positions in `nodes`, counted from 0."]
    x: Annotated[float, "Horizontal position in a drawing, from the left; the longer side of the drawing is 1."]
    y: Annotated[float, "Vertical position in a drawing, from the top."]


class TwoModeNetwork(TypedRow, frozen=True):
    """The two-mode network of cities and networks on a day, or a part of this network."""

    nodes: Annotated[
        tuple[TwoModeNode, ...],
        "Networks, then cities, those with the most ties first; of a neighbourhood the nearest.",
    ]
    cities: Annotated[int, "Number of cities, including cities that are not returned."]
    networks: Annotated[int, "Number of networks, including networks that are not returned."]
    ties: Annotated[int, "Number of ties, including ties that are not returned."]
    lower_bound: Annotated[bool, "Whether a roster is partial: there may be more ties than are recorded."]


QUESTION: Final = Single(
    module=__name__,
    description="The two-mode network of a day, in which a city is tied to the networks it is a member of: all of it, "
    "or a subset, such as the neighbourhood of a city or network. Each node has a place in a drawing. If there are "
    "more nodes than are asked for, those with the most ties are returned, networks before cities, but at most half of "
    "them networks if there are enough cities; of a neighbourhood the nearest.",
    leaves_out="Cities and networks without a tie on the day, except the ego and, on request, isolates.",
    arguments=Arguments,
    row=TwoModeNetwork,
    examples=(
        Arguments(subset=SubsetArguments(ego="City:vantaa"), on=date(2023, 11, 27)),
        Arguments(on=date(2023, 11, 27)),
        Arguments(on=date(2023, 11, 27), most=30),
    ),
)
