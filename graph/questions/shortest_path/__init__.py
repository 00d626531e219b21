"""Connection: how two nodes are joined by collaborations, most often two cities.

Networks, working groups, projects and twinnings count as in `graph.questions.peer_cities`; their participants are
cities, and of networks also the groups of cities and the organisations that hold memberships. A chain runs through at
most six collaborations between participants.
"""

from datetime import date
from typing import Final

from graph.questions.enums import StandingName
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["PathStep", "ShortestPath", "shortest_path"]

_ENDS: Final = ("City", "CityGroup", "Organisation", "Network", "WorkingGroup", "Project", "Twinning")


class PathStep(TypedRow, frozen=True):
    """That a participant takes part in a collaboration; `proofs` are as in peer cities."""

    collaboration: str
    participant: str
    standing: StandingName
    proofs: tuple[str, ...]


class ShortestPath(TypedRow, frozen=True):
    """Ids from one end to the other, participants and collaborations in turn; empty where nothing joins the ends.

    `steps` has one entry for each two neighbours in the chain, in its order.
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
    """A shortest chain on the day; among equals the one with the smallest sequence of ids.

    Raises UnknownId and BadArgument.
    """
    check_label("from", from_id, *_ENDS)
    check_label("to", to_id, *_ENDS)
    (answer,) = await reading.run(_SHORTEST_PATH, {"from": from_id, "to": to_id, "on": on})
    check_exists((from_id, answer.from_known), (to_id, answer.to_known))
    return ShortestPath(answer.chain, answer.steps)
