"""Every question, found by its folder, with what computes and renders it.

This is the one place above the questions, the analyses and the reports. Whatever offers questions reads it: the
GraphQL schema, `docs/questions.md`, `citygraph report` and the tests.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, cast

import graph.questions
from graph.questions.declaration import Question
from graph.reports.formats import Format, report_formats

__all__ = ["QUESTIONS", "formats_of"]


def _discover() -> Mapping[str, Question[Any, Any]]:
    found: dict[str, Question[Any, Any]] = {}
    for module in iter_modules(graph.questions.__path__):
        if module.ispkg:
            folder = import_module(f"graph.questions.{module.name}")
            if hasattr(folder, "QUESTION"):
                found[module.name] = cast("Question[Any, Any]", folder.QUESTION)
    return found


QUESTIONS: Final = _discover()
"""The questions by the names of their folders, in their alphabetical order."""


def formats_of(question: Question[Any, Any]) -> tuple[Format, ...]:
    """Return the formats of a question's report; none where it has no report."""
    report = question.report
    if report is None:
        return ()
    return report_formats(has_network=report.network is not None, has_calendar=report.calendar is not None)
