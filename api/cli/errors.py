"""Print the errors and warnings of commands to standard error, with hints."""

import logging
import sys
from collections.abc import Iterable
from typing import Final

from api.cli.option_values import option_value
from graph.errors import CitygraphError, SeedError, SeedProblem, StoreError
from graph.tables import respelled

__all__ = ["print_error", "print_warnings"]

_log: Final = logging.getLogger("citygraph.cli")


def print_error(error: CitygraphError) -> int:
    """Print an error and its hint to standard error. Returns the exit code.

    Problems in seed files are printed before the error. If a statement failed in the database, the message of `error`
    does not contain the reason that the database gave. This reason is written to the log.
    """
    if isinstance(error, SeedError):
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    if type(error) is StoreError and error.__cause__ is not None:
        _log.error("the statement '%s' failed: %s", error.statement, error.__cause__)
    hint = f"  Hint: {respelled(error.hint, option_value)}.\n" if error.hint else ""
    sys.stderr.write(f"citygraph: {error.message}\n{hint}")
    return error.exit_code


def print_warnings(warnings: Iterable[SeedProblem]) -> None:
    """Print warnings about the lines of a file to standard error."""
    sys.stderr.write("".join(f"warning: {warning}\n" for warning in warnings))
