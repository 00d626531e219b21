"""Generate `docs/centrality-measures.md`, the reference of all centrality measures."""

import re
from collections.abc import Iterable
from typing import Final

from graph.analysis.measures import SCALED, UNSCALED, definition, definitions
from graph.errors import AnalysisError
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NullModel, ProjectionWeight

__all__ = ["centrality_measures_page"]

_PAGE: Final = """\
# Measures of centrality

<!-- Written by `make docs` from graph/analysis/measures.py; edit that file. -->

The measures computed by `citygraph report centrality`, the GraphQL field `centrality` and `graph.analysis.centrality`.
Every result contains its measure, normalisation, formula and references.

A is the adjacency matrix, w(i, j) the weight of a tie, s(i) the sum of the weights of a node, d(i, j) the distance in
hops and k(i) the degree. In a two-mode network, n is the size of a node's own mode (cities or collaborations) and m
that of the other mode. All its ties have weight 1. In a projection, N is the number of nodes.

## Normalisations

{normalisations}

Both two-mode normalisations divide by the largest value that is possible in a mode of that size.

- **Betweenness** differs slightly. Borgatti and Everett have one formula for the larger mode and one for the smaller
  mode; NetworkX has one formula for both. In Davis's Southern women network, Evelyn has 0.0972 (divided by 442) and
  0.0966 (divided by 445); event E8 has 0.2460 (divided by 448) and 0.2438 (divided by 452).
- **Degree** is the same in both.
- **Closeness** is the same in both. It is computed within the largest component, as if the component were the whole
  network, and is null for all other nodes: distances in a small component are short, so its nodes would have higher
  values than the most central nodes of the network. If several components have the largest number of nodes, each is
  computed by itself. No normalised value exceeds 1. In a connected network, the values equal those of NetworkX.
  `HARMONIC` compares the nodes of all components.
- **Eigenvector** values differ by a constant factor in each mode.

## Formulas

{measures}

The files and tables of `citygraph report centrality`, and `dataframe` in Python, contain the raw value beside the
normalised one: {raw}. The HTML page shows the normalised value only. With the normalisation `NONE`, the value itself is
raw, and there are no such columns.

{unscaled} are not normalised: their value is the raw value. `EIGENVECTOR` has no raw value, because an eigenvector is
determined only up to a factor.

## Two-mode networks

{two_mode}

## Projections

Weight of a tie between two nodes with the neighbour sets A and B:

{weights}

{projections}

## Significance of an overlap

The p value is P(X ≥ shared) under a null model, corrected for all pairs (Benjamini and Hochberg 1995,
[10.1111/j.2517-6161.1995.tb02031.x](https://doi.org/10.1111/j.2517-6161.1995.tb02031.x)).

{null_models}

## References

{references}
"""

_BIBLIOGRAPHY: Final = {
    "10.1016/0378-8733(78)90021-7": "Freeman 1978, Centrality in social networks: conceptual clarification",
    "10.1016/S0378-8733(96)00301-2": "Borgatti and Everett 1997, Network analysis of 2-mode data",
    "10.4135/9781446294413.n28": "Borgatti and Halgin 2011, Analyzing affiliation networks",
    "10.1080/0022250X.1972.9989806": "Bonacich 1972, Factoring and weighting approaches to status scores",
    "10.25080/TCWV9851": "Hagberg, Schult and Swart 2008, Exploring network structure using NetworkX",
    "10.1073/pnas.0400087101": "Barrat et al. 2004, The architecture of complex weighted networks",
    "10.2307/3033543": "Freeman 1977, A set of measures of centrality based on betweenness",
    "10.1080/15427951.2013.865686": "Boldi and Vigna 2014, Axioms for centrality",
    "10.1016/S0169-7552(98)00110-X": "Brin and Page 1998, The anatomy of a large-scale hypertextual Web search engine",
    "10.1145/324133.324140": "Kleinberg 1999, Authoritative sources in a hyperlinked environment",
    "10.1016/0378-8733(83)90028-X": "Seidman 1983, Network structure and minimum degree",
    "10.1086/421787": "Burt 2004, Structural holes and good ideas",
    "10.4159/9780674029095": "Burt 1992, Structural holes",
}
"""Author, year and title of the cited publications, by DOI."""


def centrality_measures_page() -> str:
    """Return the reference of all centrality measures, in Markdown.

    Raises KeyError if a definition cites a DOI that is not in `_BIBLIOGRAPHY`.
    """
    entries = [*definitions(two_mode=True), *definitions(two_mode=False)]
    used = {doi for entry in entries for doi in (entry.reference, entry.scale_reference)}
    return _PAGE.format(
        normalisations=_table(
            ("Normalisation", "Description"),
            ((_code(normalisation), normalisation.description) for normalisation in CentralityNormalisation),
        ),
        measures=_table(
            ("Measure", "Meaning", "Formula of the raw value", "Reference"), map(_formula, CentralityMeasure)
        ),
        raw=", ".join(f"`{measure.name.lower()}_raw`" for measure in CentralityMeasure if measure in SCALED),
        unscaled=", ".join(_code(measure) for measure in CentralityMeasure if measure in UNSCALED),
        two_mode=_scales(two_mode=True),
        weights=_table(("Weight", "Definition"), ((_code(weight), weight.description) for weight in ProjectionWeight)),
        projections=_scales(two_mode=False),
        null_models=_table(("Null model", "Constraint"), ((_code(model), model.description) for model in NullModel)),
        references="\n".join(
            f"- {_BIBLIOGRAPHY[doi]}: {_link(doi)}" for doi in sorted(used, key=lambda doi: _BIBLIOGRAPHY[doi])
        ),
    )


def _formula(measure: CentralityMeasure) -> tuple[str, ...]:
    entry = next(entry for entry in definitions(two_mode=True) if entry.measure is measure)
    return _code(measure), measure.description, entry.formula, _link(entry.reference)


def _scales(*, two_mode: bool) -> str:
    """Return a Markdown table of the normalisation formulas.

    It has a row for each measure and a column for each normalisation.
    """
    normalisations = [
        normalisation
        for normalisation in CentralityNormalisation
        if two_mode or normalisation is not CentralityNormalisation.BORGATTI_EVERETT
    ]
    rows = (
        (_code(measure), *(_scale(measure, normalisation, two_mode=two_mode) for normalisation in normalisations))
        for measure in CentralityMeasure
    )
    return _table(("Measure", *(normalisation.name for normalisation in normalisations)), rows)


def _scale(measure: CentralityMeasure, normalisation: CentralityNormalisation, *, two_mode: bool) -> str:
    try:
        entry = definition(measure, normalisation, two_mode=two_mode)
    except AnalysisError:
        return "–"
    return "the raw value" if entry.scale == "none" else f"{entry.scale} ({_citation(entry.scale_reference)})"


def _citation(doi: str) -> str:
    return re.split(r"(?<=\d{4}), ", _BIBLIOGRAPHY[doi])[0]


def _link(doi: str) -> str:
    return f"[{doi}](<https://doi.org/{doi}>)"


def _code(term: CentralityMeasure | CentralityNormalisation | ProjectionWeight | NullModel) -> str:
    return f"`{term.name}`"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
