"""Define GraphQL fields whose values a network analysis computes for the rows in the result of a question.

A question is a named query. One run of the analysis computes the values for all rows of the result.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from api.graphql.context import Context
from api.graphql.fields import DerivedField, ResolveInfo
from api.graphql.questions.arguments import capitalised, graphql_arguments, read_arguments
from graph import registry
from graph.questions.declaration import Analysis

__all__ = ["AnalysedRows", "AnalysisField"]


@dataclass(slots=True)
class AnalysedRows:
    """The arguments and the result rows of a question (a named query), as input of a network analysis.

    The analysis computes a value for each row. `places` is a dict from `id(row)` (Python's object identity) to the
    index of the row in `rows`.
    """

    arguments: object
    rows: Sequence[object]
    places: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {id(row): place for place, row in enumerate(self.rows)}


class AnalysisField(DerivedField):
    """A GraphQL field of the rows in the result of a question (a named query).

    The values of the field are computed by a network analysis.
    """

    def __init__(self, analysis: Analysis, question: str, annotation: object) -> None:
        super().__init__(annotation, analysis.description)
        self.init = self.repr = self.compare = False
        self.analysis, self.question = analysis, question
        self.arguments = graphql_arguments(analysis.arguments, capitalised(analysis.name))

    async def resolve_analysis(self, source: object, info: ResolveInfo, **given: object) -> object:
        """Return the value of the field for the row `source`.

        The first call starts the analysis, which computes the values for all rows. Later calls use the same run.
        """
        context, root = cast("Context", info.context), str(info.path.as_list()[0])
        arguments = read_arguments(self.analysis.arguments, given, context)
        analysed = cast("AnalysedRows", context.question_arguments[root])
        tasks, key = context.shared_tasks, (root, self.analysis.name, arguments)
        if key not in tasks:
            compute = registry.ANALYSES[self.question, self.analysis.name]
            tasks[key] = asyncio.ensure_future(
                compute(
                    context.analysis_runner,
                    context.reader,
                    analysed.arguments,
                    analysed.rows,
                    arguments,  # type: ignore[arg-type]
                )
            )
        return (await tasks[key])[analysed.places[id(source)]]
