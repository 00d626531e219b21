"""Print expected errors of a command, with their hints, to standard error, and map them to exit codes."""

import logging
import sys
from typing import Final

from graph.errors import CitygraphError, SeedError, StoreError

__all__ = ["print_error"]

_log: Final = logging.getLogger("citygraph.cli")


def print_error(error: CitygraphError) -> int:
    """Print an error to standard error and return its exit code. Problems in seed files are printed first.

    What the database said of a failed statement is logged, because the message does not contain it.
    """
    if isinstance(error, SeedError):
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    if type(error) is StoreError and error.__cause__ is not None:
        _log.error("the database said of '%s': %s", error.statement, error.__cause__)
    hint = f"  Hint: {error.hint}.\n" if error.hint else ""
    sys.stderr.write(f"citygraph: {error.message}\n{hint}")
    return error.exit_code
