"""How an expected error ends a command: what is wrong and what to do, on standard error, and an exit code."""

import sys

from graph.errors import CitygraphError, SeedError

__all__ = ["print_error"]


def print_error(error: CitygraphError) -> int:
    """Print an error, after the problems of files if there are any, and return its exit code."""
    if isinstance(error, SeedError):
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    hint = f"  Hint: {error.hint}.\n" if error.hint else ""
    sys.stderr.write(f"citygraph: {error.message}\n{hint}")
    return error.exit_code
