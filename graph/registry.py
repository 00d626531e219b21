"""Registry of all named queries (`graph.questions`), with the functions that compute and render their answers.

A named query, also called question, is a predefined analytical query on the graph. The registry imports the named
queries, the analyses and the reports. These packages must not import the registry. The GraphQL schema,
`docs/questions.md`, `citygraph report` and the tests are derived from the registry.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, cast

import graph.questions
from graph.analysis import AnalysisRunner
from graph.analysis.centrality_question import compute_scores
from graph.analysis.communities_question import compute_communities
from graph.analysis.join_suggestions import suggest_networks
from graph.analysis.overlap_pairs import compute_pairs
from graph.analysis.overlap_significance import memberships_significance, overlaps_significance
from graph.analysis.overlaps_question import compute_overlaps
from graph.analysis.portfolio_question import solve_portfolio
from graph.analysis.subset_size import SubsetCounts
from graph.analysis.two_mode_network_question import compute_network
from graph.analysis.work import (
    centrality_work,
    communities_work,
    overlaps_work,
    portfolio_work,
    significance_work,
    two_mode_work,
)
from graph.errors import UnknownId, unknown_id
from graph.pagination import Page, Paged, slice_page
from graph.questions.ask import ask, scope_of
from graph.questions.declaration import Listing, Question, Ranking, Single, ids_in, nested_arguments
from graph.reports import Report, question_report
from graph.reports.formats import Format, report_formats
from graph.search import NameIndexReader, find_hits, nearest_ids
from graph.store import Degrees, Reader, Store

__all__ = [
    "ANALYSES",
    "ANALYSES_WORK",
    "COMPUTATIONS",
    "PARAMETERS",
    "QUESTIONS",
    "SEARCHES",
    "SINGLES",
    "SOLUTIONS",
    "WORK",
    "answer",
    "formats_of",
    "report",
]


def _discover() -> Mapping[str, Question[Any, Any]]:
    found: dict[str, Question[Any, Any]] = {}
    for module in iter_modules(graph.questions.__path__):
        if module.ispkg:
            folder = import_module(f"graph.questions.{module.name}")
            if hasattr(folder, "QUESTION"):
                found[module.name] = cast("Question[Any, Any]", folder.QUESTION)
    return found


QUESTIONS: Final = _discover()
"""All named queries, in alphabetical order. The key of a query is its name, which is the name of its folder."""


COMPUTATIONS: Final[Mapping[str, Callable[[AnalysisRunner, Reader, Any], Awaitable[tuple[object, Sequence[Any]]]]]] = {
    "centrality": compute_scores,
    "communities": compute_communities,
    "overlaps": compute_overlaps,
}
"""The functions that answer a named query with a list of rows, computed from the analysis snapshot.

The snapshot is a copy of the graph in memory. The keys are the names of the named queries. These have no Cypher
statement. A function accepts the runner of analyses, a reader of the database and the arguments of the query. It uses
the reader to find the nodes that match the filters in the arguments. It returns two values: data about the complete
answer (the value of `Paged.about`), and all rows in order.
"""

SINGLES: Final[Mapping[str, Callable[[AnalysisRunner, Reader, Any], Awaitable[object]]]] = {
    "two_mode_network": compute_network
}
"""The functions that answer a named query with a single row, computed from the analysis snapshot.

The snapshot is a copy of the graph in memory. The keys are the names of the named queries. These queries have no Cypher
statement. A function accepts the runner of analyses, a reader of the database and the arguments of the query. It uses
the reader to find the nodes that match the filters in the arguments. It returns the row.
"""

SEARCHES: Final[Mapping[str, Callable[[NameIndexReader, Any], Awaitable[Sequence[Any]]]]] = {"search": find_hits}
"""The functions that answer a named query with a list of rows, computed from the index of node names.

The keys are the names of the named queries. These queries have no Cypher statement. A function accepts a reader of the
index and the arguments of the query, and returns all rows in order.
"""

PARAMETERS: Final[Mapping[str, Callable[[AnalysisRunner, Any], Awaitable[Mapping[str, object]]]]] = {
    "overlapping_memberships": compute_pairs
}
"""The functions that compute Cypher parameters for named queries from the analysis snapshot.

The snapshot is a copy of the graph in memory. The keys are the names of the queries. A function accepts the arguments
of the query. It computes the part of the answer for which Cypher is too slow on a large graph.
"""

ANALYSES: Final[
    Mapping[tuple[str, str], Callable[[AnalysisRunner, Reader, Any, Sequence[Any], Any], Awaitable[Sequence[object]]]]
] = {
    ("overlapping_memberships", "significance"): memberships_significance,
    ("overlaps", "significance"): overlaps_significance,
}
"""The functions that compute the values of one field for all rows of an answer.

The keys are pairs of the name of the named query and the name of the field. A function accepts a reader of the
database, the arguments of the named query, the rows and the arguments of the field. It returns a value or None for each
row.
"""


SOLUTIONS: Final[Mapping[str, Callable[[AnalysisRunner, Any, Any], Awaitable[object]]]] = {
    "join_suggestions": suggest_networks,
    "network_portfolio": solve_portfolio,
}
"""The functions that answer a named query by an analysis that starts from the result of a Cypher statement.

The keys are the names of the named queries. A function accepts the runner of analyses, the arguments of the query and
the row that the Cypher statement returns. It returns the answer.
"""


WORK: Final[Mapping[str, Callable[[Degrees, Mapping[str, object], SubsetCounts | None], int]]] = {
    "centrality": centrality_work,
    "communities": communities_work,
    "join_suggestions": two_mode_work,
    "network_portfolio": portfolio_work,
    "overlaps": overlaps_work,
    "two_mode_network": two_mode_work,
}
"""The functions that estimate the work of the analysis for a named query before the analysis runs.

The keys are the names of the queries. A function accepts the following arguments:

- the numbers of nodes and relationships in the graph
- the arguments of the query by name
- a counter of the nodes and ties (edges) in a subset of the analysis snapshot, or None if no snapshot has been read yet

The work does not include the nodes and relationships that Cypher statements read. `graph.analysis.work` defines the
unit.
"""

ANALYSES_WORK: Final[
    Mapping[tuple[str, str], Callable[[Degrees, Mapping[str, object], Mapping[str, object], SubsetCounts | None], int]]
] = {
    ("overlapping_memberships", "significance"): significance_work,
    ("overlaps", "significance"): significance_work,
}
"""The functions that estimate the work of the analysis for one field of a named query before the analysis runs.

The keys are those of `ANALYSES`. A function accepts the following arguments:

- the numbers of nodes and relationships in the graph
- the arguments of the query by name
- the arguments of the field by name
- a counter of the nodes and ties (edges) in a subset of the analysis snapshot, or None if no snapshot has been read yet
"""


async def answer(
    question: Question[Any, Any],
    arguments: Any,
    page: Page | None = None,
    *,
    reader: Reader,
    runner: AnalysisRunner,
    names: NameIndexReader,
    selected: frozenset[str] | None = None,
) -> object:
    """Compute the answer to a named query.

    Depending on the query, the answer has one of three types: `Paged`, a tuple of rows, or a single row. `page` is
    required if the answer has pages. `names` reads the index of names, which the query `search` needs.

    An optional field is computed only if a boolean parameter of the Cypher statement is true. `selected` contains the
    names of the parameters that are true. If `selected` is None, all optional fields are computed.

    Raises QueryError, StoreError or AnalysisError. For an unknown id, the hint of the error contains the most similar
    ids.
    """
    try:
        return await _answer(question, arguments, page, reader, runner, names, selected)
    except UnknownId as error:
        raise await _suggest_ids(error, arguments, reader, names) from None


async def _answer(
    question: Question[Any, Any],
    arguments: Any,
    page: Page | None,
    reader: Reader,
    runner: AnalysisRunner,
    names: NameIndexReader,
    selected: frozenset[str] | None,
) -> object:
    match question:
        case Ranking() if question.statement is not None:
            assert page is not None
            compute = PARAMETERS.get(question.name)
            computed: Mapping[str, object] = {} if compute is None else await compute(runner, arguments)
            return await ask(reader, question, arguments, page, selected=selected, computed=computed)
        case Ranking():
            assert page is not None
            if question.name in SEARCHES:
                await names.current()  # the build of the index is not charged to a client
                async with reader.charge(question.name):
                    about, rows = None, await SEARCHES[question.name](names, arguments)
            else:
                about, rows = await COMPUTATIONS[question.name](runner, reader, arguments)
            paged: Paged[Any] = slice_page(scope_of(question, arguments), question.sort_key, rows, page, about)
            return paged
        case Single() if question.statement is None:
            return await SINGLES[question.name](runner, reader, arguments)
        case Listing() | Single():
            found: object = await ask(reader, cast("Any", question), arguments, selected=selected)
            solve = SOLUTIONS.get(question.name)
            return found if solve is None else await solve(runner, arguments, cast("Any", found))
        case _:
            raise TypeError(f"{question.name} is a question of an unknown class")


async def _suggest_ids(error: UnknownId, arguments: object, reader: Reader, names: NameIndexReader) -> UnknownId:
    """Return an error for the first unknown id in the arguments. If all ids in the arguments exist, return `error`.

    The hint of the returned error contains the existing ids that are most similar to the unknown id. This function runs
    one Cypher statement, and further statements if the names of the nodes must be read first.
    """
    declared = nested_arguments(arguments)
    labels = {node_id: of.id.labels for holder, of in declared if of.id for node_id in ids_in(holder, of)}
    for node_id, nearest in (await nearest_ids(reader, names, labels)).items():
        if node_id not in nearest:
            return unknown_id(node_id, nearest)
    return error


async def report(
    store: Store,
    question: Question[Any, Any],
    arguments: Any,
    *,
    seed: int = 0,
    networks: bool = True,
    command: str = "",
) -> Report:
    """Compute the answer to a named query with all its rows, and return the report of the answer.

    If `networks` is true, the report contains the network (graph) of the answer and a drawing of it. `seed` makes the
    layout of the drawing reproducible. The report shows `command`, the command line that creates the report. Raises
    QueryError, StoreError or AnalysisError.
    """
    async with AnalysisRunner(store) as runner:
        read = partial(answer, runner=runner, names=NameIndexReader(store))
        return await question_report(
            store, question, arguments, seed=seed, networks=networks, command=command, answer=read
        )


def formats_of(question: Question[Any, Any]) -> tuple[Format, ...]:
    """Return the file formats in which the report of a named query can be written.

    The result is an empty tuple if the query has no report.
    """
    report = question.report
    if report is None:
        return ()
    return report_formats(has_network=report.network is not None, has_calendar=report.calendar is not None)
