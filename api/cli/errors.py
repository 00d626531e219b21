"""Print the errors of commands to standard error, with hints."""

import logging
import sys
from typing import Final

from graph.errors import CitygraphError, SeedError, StoreError

__all__ = ["print_error"]

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
    hint = f"  Hint: {error.hint}.\n" if error.hint else ""
    sys.stderr.write(f"citygraph: {error.message}\n{hint}")
    return error.exit_code
