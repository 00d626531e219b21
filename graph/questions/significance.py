"""Declare the field `significance` of two questions (named queries): the p value of an overlap.

`graph.analysis.overlap_significance` computes the value.
"""

from dataclasses import dataclass
from typing import Annotated

from graph.questions.declaration import MemberOf
from graph.store import TypedRow
from graph.vocabulary import NullModel

__all__ = ["Significance", "SignificanceArguments"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SignificanceArguments:
    null_model: Annotated[NullModel, "The null model."] = NullModel.SDSM
    trials: Annotated[int, "Number of FDSM samples, from 1 to 10 000."] = 1000
    seed: Annotated[int, "Random seed of FDSM."] = 0


class Significance(TypedRow, frozen=True):
    """P value of an overlap under a null model."""

    null_model: Annotated[str, MemberOf(NullModel), "The null model."]
    p: Annotated[float, "P(X ≥ shared) under the null model."]
    adjusted: Annotated[
        float,
        "p corrected for all tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x).",
    ]
    upper_bound: Annotated[bool, "Whether p is too small to compute. Then `p` and `adjusted` are upper bounds."]
    conditional: Annotated[
        bool,
        "Whether p holds only for the recorded members, because a roster is incomplete (of the two networks or, for "
        "SDSM and FDSM, of any network), or only for the networks of the subset. Members may be recorded because they "
        "are in the other network: check the sources of both.",
    ]
    tests: Annotated[int, "Number of pairs, including pairs without overlap."]
    universe: Annotated[int, "Number of nodes that can be shared: of networks, their cities."]
    seed: Annotated[int | None, "Random seed; null if nothing is sampled."]
    trials: Annotated[int | None, "Number of samples; null if nothing is sampled."]
    trials_needed: Annotated[
        int | None, "Least trials with which one pair can reach 0.05 after correction; null if there are enough."
    ]
