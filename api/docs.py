"""Writes the documents that the code knows best: `python -m api.docs`; with `--check`, fails where one differs."""

import sys
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from api.graphql.questions.page import questions_page
from api.graphql.reference import errors_page
from api.settings import Group, Settings, Unit, value_hint, variable
from graph.analysis.docs import centrality_measures_page

_SETTINGS: Final = """# Settings

Written by `make docs` from `api/settings.py`; `make check` fails where the two differ.

Settings are environment variables. An empty variable counts as absent. A wrong value, and a variable that begins
with `CITYGRAPH_` and is none of these, end the program with exit code 2 and a sentence that names the variable.
`citygraph serve` takes `--host`, `--port` and `--seeds` in place of their variables.
"""


def settings_page() -> str:
    """The page on all settings, in Markdown: a table for each group."""
    parts = [_SETTINGS]
    for group in Group:
        parts.append(f"\n## {group.value}\n\n| Variable | Value | Unit | Default | Meaning |\n|---|---|---|---|---|\n")
        parts.extend(_row(name, field) for name, field in Settings.model_fields.items() if group in field.metadata)
    return "".join(parts)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/settings.md": settings_page,
    "docs/errors.md": errors_page,
    "docs/centrality-measures.md": centrality_measures_page,
    "docs/questions.md": questions_page,
}
"""Each page's path in the repository, and what writes it."""


def _row(name: str, field: FieldInfo) -> str:
    unit = next((each.text for each in field.metadata if isinstance(each, Unit)), "")
    meaning = " ".join((field.description or "").split())
    cells = (f"`{variable(name)}`", value_hint(field), unit, _default(field), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(field: FieldInfo) -> str:
    value: object = field.default
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    return f"`{value}`"


def main(arguments: list[str]) -> int:
    """Write the pages below the current folder, or compare them; the exit code."""
    stale = 0
    for name, write in PAGES.items():
        page, path = write(), Path(name)
        if path.exists() and path.read_text(encoding="utf-8") == page:
            continue
        if "--check" in arguments:
            stale = 1
            sys.stderr.write(f"{name} differs from what the code says; run `make docs`\n")
        else:
            path.write_text(page, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
