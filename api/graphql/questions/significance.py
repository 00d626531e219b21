"""GraphQL field `significance`: p values of the overlap of two networks under a null model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Final, cast

import strawberry

from api.graphql.questions.base import Info
from api.graphql.scalars import derived_enum
from graph.analysis import NullModel, PairSignificance, TwoModeFilter, compute_pair_significance
from graph.errors import BadArgument
from graph.questions.overlapping_memberships import Overlap
from graph.vocabulary import NetworkSide

_MAX_TRIALS: Final = 10_000
_NULL_MODEL: Final = derived_enum(
    "NullModel", {model.name: model.description for model in NullModel}, (NullModel.__doc__ or "").strip()
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Arguments of the parent question, and the index of each pair among its city-level pairs."""

    on: date
    include_applied: bool
    places: dict[tuple[str, str], int]


@strawberry.type(description="P value of a network overlap under a null model.")
class Significance:
    null_model: str = strawberry.field(graphql_type=_NULL_MODEL, description="The null model.")
    p: float | None = strawberry.field(
        description="P(X ≥ shared) under the null model; null if a roster is partial: of the two networks, for SDSM "
        "and FDSM of any network."
    )
    adjusted: float | None = strawberry.field(
        description="p corrected for all tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)."
    )
    tests: int = strawberry.field(description="Number of pairs with a known p, including pairs without overlap.")
    universe: int = strawberry.field(description="Number of cities that are in any network.")
    seed: int | None = strawberry.field(description="Random seed; null if nothing is sampled.")
    trials: int | None = strawberry.field(description="Number of samples; null if nothing is sampled.")


def remember(info: Info, rows: Sequence[Overlap], on: date, *, include_applied: bool) -> None:
    """Store the pairs and arguments of a page, so that one analysis computes the p values of all pairs."""
    pairs = [(row.network, row.other) for row in rows if row.level == "CITIES"]
    places = {pair: place for place, pair in enumerate(pairs)}
    info.context.question_arguments[_root(info)] = _Asked(on, include_applied, places)


async def significance(
    root: strawberry.Parent[Any],
    info: Info,
    null_model: Annotated[
        Enum, strawberry.argument(graphql_type=_NULL_MODEL, description="The null model.")
    ] = _NULL_MODEL["HYPERGEOMETRIC"],
    trials: Annotated[int, strawberry.argument(description="Number of FDSM samples, from 1 to 10 000.")] = 1000,
    seed: Annotated[int, strawberry.argument(description="Random seed of FDSM.")] = 0,
) -> Significance | None:
    """Return the p value of one pair. One analysis computes all pairs of the page."""
    if not 1 <= trials <= _MAX_TRIALS:
        raise BadArgument(f"trials: {trials} is out of range", hint=f"give a number from 1 to {_MAX_TRIALS}")
    asked = cast("_Asked", info.context.question_arguments[_root(info)])
    place = asked.places.get((root.network, root.other))
    if place is None:
        return None
    shared, key = info.context.shared_tasks, (_root(info), null_model.name, trials, seed)
    if key not in shared:
        shared[key] = asyncio.create_task(_run_significance(info, asked, NullModel[null_model.name], trials, seed))
    found = cast("PairSignificance", await shared[key])
    p, adjusted = found.pairs[place]
    return Significance(
        null_model=null_model.name,
        p=p,
        adjusted=adjusted,
        tests=found.tests,
        universe=found.universe,
        seed=found.seed,
        trials=found.trials,
    )


async def _run_significance(
    info: Info, asked: _Asked, null_model: NullModel, trials: int, seed: int
) -> PairSignificance:
    analyst = info.context.analyst
    return await analyst.run_cached(
        compute_pair_significance,
        await analyst.snapshot(),
        asked.on,
        NetworkSide.COLLABORATIONS,
        null_model,
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
    description="P value of the overlap; null for local networks, whose members are units.",
)
