"""Definitions of the centrality measures: formulas, normalisations and references.

Notation: A is the adjacency matrix, w(i, j) the weight of a tie, s(i) the sum of the weights of a node's ties, d(i, j)
the distance in hops, and k(i) the degree. A two-mode network has two node sets: cities and collaborations. In a
two-mode network, n is the number of nodes in the node set of node i, and m the number of nodes in the opposite node
set. In a projection, N is the number of nodes.
"""

from dataclasses import dataclass
from typing import Final

from graph.errors import AnalysisError
from graph.tables import hint_naming
from graph.vocabulary import CentralityMeasure, CentralityNormalisation

__all__ = ["SCALED", "UNSCALED", "Definition", "definition", "definitions"]


@dataclass(frozen=True, slots=True)
class Definition:
    """Definition of a centrality measure with one normalisation.

    - `formula`: the formula of the value before normalisation.
    - `scale`: the formula of the normalisation.
    - `reference`: the DOI of the publication that defines `formula`.
    - `scale_reference`: the DOI of the publication that defines `scale`.
    """

    measure: CentralityMeasure
    normalisation: CentralityNormalisation
    formula: str
    scale: str
    reference: str
    scale_reference: str


_FREEMAN: Final = "10.1016/0378-8733(78)90021-7"
_BORGATTI_EVERETT: Final = "10.1016/S0378-8733(96)00301-2"
_HANDBOOK: Final = "10.4135/9781446294413.n28"
_BONACICH: Final = "10.1080/0022250X.1972.9989806"
_NETWORKX: Final = "10.25080/TCWV9851"

_FORMULAS: Final[dict[CentralityMeasure, tuple[str, str]]] = {
    CentralityMeasure.DEGREE: ("k(i) = number of j tied to i", _FREEMAN),
    CentralityMeasure.STRENGTH: ("s(i) = Σ_j w(i, j)", "10.1073/pnas.0400087101"),
    CentralityMeasure.BETWEENNESS: (
        "b(i) = Σ_{s<t; s,t≠i} (shortest paths between s and t through i) / (shortest paths between s and t)",
        "10.2307/3033543",
    ),
    CentralityMeasure.CLOSENESS: (
        "c(i) = 1 / Σ_j d(i, j), over the nodes reachable from i; null outside the largest component",
        _FREEMAN,
    ),
    CentralityMeasure.HARMONIC: ("h(i) = Σ_{j≠i} 1 / d(i, j), 0 for unreachable nodes", "10.1080/15427951.2013.865686"),
    CentralityMeasure.EIGENVECTOR: ("λ x(i) = Σ_j w(i, j) x(j), λ being the largest eigenvalue", _BONACICH),
    CentralityMeasure.PAGERANK: (
        "r(i) = 0.15 / N + 0.85 Σ_j r(j) w(i, j) / s(j), nodes without ties linking to all nodes; Σ r = 1",
        "10.1016/S0169-7552(98)00110-X",
    ),
    CentralityMeasure.HITS: (
        "h(city) = Σ a(j) and a(j) = Σ h(city), up to a factor; of a projection x = A² x; Σ = 1 in each mode",
        "10.1145/324133.324140",
    ),
    CentralityMeasure.K_CORE: ("the largest k for which i is in the k-core", "10.1016/0378-8733(83)90028-X"),
    CentralityMeasure.CONSTRAINT: (
        "c(i) = Σ_{j tied to i} (p(i, j) + Σ_{q≠i,j} p(i, q) p(q, j))², p(i, j) = w(i, j) / s(i)",
        "10.1086/421787",
    ),
    CentralityMeasure.EFFECTIVE_SIZE: (
        "e(i) = Σ_{j tied to i} (1 − Σ_{q≠i,j} p(i, q) m(j, q)), m(j, q) = w(j, q) / max_k w(j, k)",
        "10.4159/9780674029095",
    ),
}

_RAW: Final = "none"
_TWO_MODE_SCALES: Final[dict[tuple[CentralityMeasure, CentralityNormalisation], tuple[str, str]]] = {
    (CentralityMeasure.DEGREE, CentralityNormalisation.NETWORKX): ("divided by m", _HANDBOOK),
    (CentralityMeasure.DEGREE, CentralityNormalisation.BORGATTI_EVERETT): ("divided by m", _BORGATTI_EVERETT),
    (CentralityMeasure.BETWEENNESS, CentralityNormalisation.NETWORKX): (
        "divided by ½ [m² (s + 1)² + m (s + 1)(2t − s − 1) − t (2s − t + 3)], s = (n − 1) div m, t = (n − 1) mod m",
        _HANDBOOK,
    ),
    (CentralityMeasure.BETWEENNESS, CentralityNormalisation.BORGATTI_EVERETT): (
        "with n the larger and m the smaller mode, divided by 2 (n − 1)(m − 1) in the larger one and by "
        "½ m (m − 1) + ½ (n − 1)(n − 2) + (n − 1)(m − 1) in the smaller one",
        _BORGATTI_EVERETT,
    ),
    (CentralityMeasure.CLOSENESS, CentralityNormalisation.NETWORKX): (
        "multiplied by m + 2 (n − 1), n and m being counted in the largest component",
        _HANDBOOK,
    ),
    (CentralityMeasure.CLOSENESS, CentralityNormalisation.BORGATTI_EVERETT): (
        "multiplied by m + 2 (n − 1), n and m being counted in the largest component",
        _BORGATTI_EVERETT,
    ),
    (CentralityMeasure.EIGENVECTOR, CentralityNormalisation.NETWORKX): (
        "Euclidean norm 1 over the nodes of both modes",
        _NETWORKX,
    ),
    (CentralityMeasure.EIGENVECTOR, CentralityNormalisation.BORGATTI_EVERETT): (
        "the largest value in each mode is 1 (dual eigenvectors)",
        _BORGATTI_EVERETT,
    ),
}
_ONE_MODE_SCALES: Final[dict[CentralityMeasure, str]] = {
    CentralityMeasure.DEGREE: "divided by N − 1",
    CentralityMeasure.BETWEENNESS: "divided by ½ (N − 1)(N − 2)",
    CentralityMeasure.CLOSENESS: "multiplied by the number of nodes reached",
    CentralityMeasure.EIGENVECTOR: "Euclidean norm 1",
}
SCALED: Final = frozenset({CentralityMeasure.BETWEENNESS, CentralityMeasure.CLOSENESS, CentralityMeasure.DEGREE})
"""Measures whose normalised value is computed from a raw value.

EIGENVECTOR also has normalised values, but no raw value, because an eigenvector is determined only up to a factor.
"""
UNSCALED: Final = frozenset(CentralityMeasure) - SCALED - {CentralityMeasure.EIGENVECTOR}
"""Measures that NetworkX does not normalise."""


def definition(measure: CentralityMeasure, normalisation: CentralityNormalisation, *, two_mode: bool) -> Definition:
    """Return the definition of a measure. Raises AnalysisError if the measure does not support the normalisation."""
    formula, reference = _FORMULAS[measure]
    scale = _scale(measure, normalisation, two_mode=two_mode)
    if scale is None:
        subject = "a two-mode network" if two_mode else "a projection"
        raise AnalysisError(
            f"{measure.word.replace('_', ' ')} in {subject} has no such normalisation",
            hint=hint_naming("use one of {options}", options=_normalisations(measure, two_mode=two_mode)),
        )
    text, scale_reference = scale
    return Definition(measure, normalisation, formula, text, reference, scale_reference or reference)


def definitions(*, two_mode: bool) -> tuple[Definition, ...]:
    """Return the definitions of all measures, each in every normalisation that it supports."""
    return tuple(
        definition(measure, normalisation, two_mode=two_mode)
        for measure in CentralityMeasure
        for normalisation in _normalisations(measure, two_mode=two_mode)
    )


def _normalisations(measure: CentralityMeasure, *, two_mode: bool) -> list[CentralityNormalisation]:
    return [
        normalisation
        for normalisation in CentralityNormalisation
        if _scale(measure, normalisation, two_mode=two_mode) is not None
    ]


def _scale(
    measure: CentralityMeasure, normalisation: CentralityNormalisation, *, two_mode: bool
) -> tuple[str, str] | None:
    if normalisation is CentralityNormalisation.NONE:
        return None if measure is CentralityMeasure.EIGENVECTOR else (_RAW, "")
    if two_mode and (measure, normalisation) in _TWO_MODE_SCALES:
        return _TWO_MODE_SCALES[measure, normalisation]
    if normalisation is CentralityNormalisation.BORGATTI_EVERETT:
        return None
    if measure in UNSCALED:
        return _RAW, _NETWORKX
    return None if two_mode else (_ONE_MODE_SCALES[measure], _NETWORKX)
