"""Shortest chain of collaborations between two nodes, usually two cities.

Networks, working groups, projects and twinnings count as in `graph.questions.peer_cities`. Their participants are
cities. Participants of networks are also the groups of cities and the organisations that hold memberships. A chain
contains at most six collaborations.
"""

from datetime import date
from typing import Final

from graph.questions.enums import StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["PathStep", "ShortestPath", "shortest_path"]

_ENDS: Final = ("City", "CityGroup", "Organisation", "Network", "WorkingGroup", "Project", "Twinning")


class PathStep(TypedRow, frozen=True):
    """The participation of a participant in a collaboration.

    `proofs` are defined as in `graph.questions.peer_cities`.
    """

    collaboration: str
    participant: str
    standing: StandingName
    proofs: tuple[str, ...]


class ShortestPath(TypedRow, frozen=True):
    """A chain of ids that alternates between participants and collaborations, empty if there is none.

    `steps` has one entry for each pair of neighbours in the chain, in the same order.
    """

    chain: tuple[str, ...]
    steps: tuple[PathStep, ...]


class _Answer(TypedRow, frozen=True):
    from_known: bool
    to_known: bool
    chain: tuple[str, ...]
    steps: tuple[PathStep, ...]


_SHORTEST_PATH: Final = Statement.from_file(__file__, _Answer)


async def shortest_path(reading: Reader, *, from_id: str, to_id: str, on: date) -> ShortestPath:
    """Return a shortest chain on the date. Of equally short chains, return the smallest sequence of ids.

    Raises UnknownId and BadArgument.
    """
    check_label("from", from_id, *_ENDS)
    check_label("to", to_id, *_ENDS)
    (answer,) = await reading.run(_SHORTEST_PATH, {"from": from_id, "to": to_id, "on": on})
    check_exists((from_id, answer.from_known), (to_id, answer.to_known))
    return ShortestPath(answer.chain, answer.steps)
