"""The page on all questions, from their statements' own words."""

from pathlib import Path
from typing import Final, cast

from graphql import GraphQLObjectType

import graph.questions
from api.graphql.schema import schema

_HEAD: Final = """# Questions

Written by `make docs` from the statements in `graph/questions/`; `make check` fails where the two differ.

Each question is one written statement, named at its head; what the client selects of the nodes in the answer is
fetched by one more. Dates are days; a question about a day counts what a source shows in force on it or before, and
says which.
"""


def questions_page() -> str:
    """Every question: its root field, and what its statement takes, answers and leaves out, in Markdown."""
    query = cast("GraphQLObjectType", schema._schema.query_type)  # pyright: ignore[reportPrivateUsage]
    fields = {_snake(name): (name, field.description or "") for name, field in query.fields.items()}
    folder = Path(graph.questions.__file__).parent
    parts = [_HEAD]
    for path in sorted(folder.glob("*/*.cypher")):
        name, description = fields[path.parent.name]
        parts.append(f"\n## `{name}`\n\n{description}\n\n```text\n{_header(path)}\n```\n")
    return "".join(parts)


def _header(path: Path) -> str:
    """The comment at the head of a statement."""
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").removeprefix(" "))
    return "\n".join(lines).strip()


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
