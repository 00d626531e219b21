"""Whether the overlap of two networks is more than chance."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Final, cast

import strawberry

from api.graphql.questions.base import Info
from api.graphql.scalars import derived_enum
from graph.analysis import NullModel, PairSignificance, Side, TwoModeFilter, chances_on
from graph.errors import BadArgument
from graph.questions.overlapping_memberships import Overlap

_MOST_TRIALS: Final = 10_000
_MODEL: Final = derived_enum(
    "NullModel", {each.name: each.description for each in NullModel}, (NullModel.__doc__ or "").strip()
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an answer's pairs were asked for, and the place of each pair of cities' networks among them."""

    on: date
    include_applied: bool
    places: dict[tuple[str, str], int]


@strawberry.type(description="How likely chance alone makes two networks share as many members, or more.")
class Significance:
    model: str = strawberry.field(graphql_type=_MODEL, description="The null model.")
    p: float | None = strawberry.field(
        description="P(X ≥ shared) under the model; null where a roster that it rests on is partial: of the two "
        "networks, for SDSM and FDSM of any network."
    )
    adjusted: float | None = strawberry.field(
        description="p corrected for all tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)."
    )
    tests: int = strawberry.field(description="How many pairs of networks have a known p; pairs without overlap too.")
    universe: int = strawberry.field(description="How many cities are in any network: those members are drawn from.")
    seed: int | None = strawberry.field(description="Of the sampling; null where nothing is sampled.")
    trials: int | None = strawberry.field(description="How many samples; null where nothing is sampled.")


def remember(info: Info, rows: Sequence[Overlap], on: date, *, include_applied: bool) -> None:
    """Keep what an answer's pairs were asked for, for their significance."""
    pairs = [(row.network, row.other) for row in rows if row.level == "CITIES"]
    places = {pair: place for place, pair in enumerate(pairs)}
    info.context.question_arguments[_root(info)] = _Asked(on, include_applied, places)


async def significance(
    root: strawberry.Parent[Any],
    info: Info,
    model: Annotated[Enum, strawberry.argument(graphql_type=_MODEL, description="The null model.")] = _MODEL[
        "HYPERGEOMETRIC"
    ],
    trials: Annotated[int, strawberry.argument(description="How many samples FDSM takes, from 1 to 10 000.")] = 1000,
    seed: Annotated[int, strawberry.argument(description="Where FDSM's sampling begins.")] = 0,
) -> Significance | None:
    """The p values of a pair; those of all pairs of the answer are worked out at once."""
    if not 1 <= trials <= _MOST_TRIALS:
        raise BadArgument(f"trials: {trials} are not to be had", hint=f"give a number from 1 to {_MOST_TRIALS}")
    asked = cast("_Asked", info.context.question_arguments[_root(info)])
    place = asked.places.get((root.network, root.other))
    if place is None:
        return None
    shared, key = info.context.shared_tasks, (_root(info), model.name, trials, seed)
    if key not in shared:
        shared[key] = asyncio.create_task(_chances(info, asked, NullModel[model.name], trials, seed))
    found = cast("PairSignificance", await shared[key])
    p, adjusted = found.pairs[place]
    return Significance(
        model=model.name,
        p=p,
        adjusted=adjusted,
        tests=found.tests,
        universe=found.universe,
        seed=found.seed,
        trials=found.trials,
    )


async def _chances(info: Info, asked: _Asked, chance: NullModel, trials: int, seed: int) -> PairSignificance:
    analyst = info.context.analyst
    return await analyst.run_cached(
        chances_on,
        await analyst.snapshot(),
        asked.on,
        Side.COLLABORATIONS,
        chance,
        tuple(asked.places),
        TwoModeFilter(include_applied=asked.include_applied),
        seed=seed,
        trials=trials,
    )


def _root(info: Info) -> str:
    """The response key of the root field."""
    return str(cast("Any", info.path).as_list()[0])


FIELD: Final = strawberry.field(
    resolver=significance,
    name="significance",
    description="Whether they share more than chance would give; null for local networks, whose members are units.",
)
