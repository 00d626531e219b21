"""Connection: how two nodes are joined by collaborations, most often two cities.

Networks, working groups, projects and twinnings count as in `graph.questions.peers`; their participants are cities,
and of networks also the groups of cities and the organisations that hold memberships. A chain runs through at most six
collaborations between participants.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from graph.questions.arguments import expect_label, expect_nodes
from graph.questions.terms import StandingName
from graph.store import Reading, Statement

__all__ = ["Connection", "Link", "connection"]

_ENDS: Final = ("City", "CityGroup", "Organisation", "Network", "WorkingGroup", "Project", "Twinning")


@dataclass(frozen=True, slots=True)
class Link:
    """That a participant takes part in a collaboration; `proofs` are as in peer cities."""

    collaboration: str
    participant: str
    standing: StandingName
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """Ids from one end to the other, participants and collaborations in turn; empty where nothing joins the ends.

    `links` has one entry for each two neighbours in the chain, in its order.
    """

    chain: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    from_known: bool
    to_known: bool
    chain: tuple[str, ...]
    links: tuple[Link, ...]


_CONNECTION: Final = Statement.file(__file__, "chains/connection.cypher", _Answer)


async def connection(reading: Reading, *, from_id: str, to_id: str, on: date) -> Connection:
    """A shortest chain on the day; among equals the one with the smallest sequence of ids.

    Raises UnknownId and BadArgument.
    """
    expect_label("from", from_id, *_ENDS)
    expect_label("to", to_id, *_ENDS)
    (answer,) = await reading.run(_CONNECTION, {"from": from_id, "to": to_id, "on": on})
    expect_nodes((from_id, answer.from_known), (to_id, answer.to_known))
    return Connection(answer.chain, answer.links)
