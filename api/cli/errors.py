"""Print expected errors of a command, with their hints, to standard error, and map them to exit codes."""

import sys

from graph.errors import CitygraphError, SeedError

__all__ = ["print_error"]


def print_error(error: CitygraphError) -> int:
    """Print an error to standard error and return its exit code. Problems in seed files are printed first."""
    if isinstance(error, SeedError):
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    hint = f"  Hint: {error.hint}.\n" if error.hint else ""
    sys.stderr.write(f"citygraph: {error.message}\n{hint}")
    return error.exit_code
