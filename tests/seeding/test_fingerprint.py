import re
from pathlib import Path

import graph.seeding
from graph.seeding.fingerprint import PROGRAM_FILES

NOT_ABOUT_READING = {"child_processes", "draft_file", "errors", "pagination", "progress", "store"}


def test_the_fingerprint_covers_every_module_that_reads_seed_files() -> None:
    """A module that it left out could change without the seeds of a server being read again."""
    seeding = Path(graph.seeding.__file__).parent
    imports = re.compile(r"^from graph\.(\w+)", re.MULTILINE)
    todo, used = list(seeding.rglob("*.py")), {"seeding"}
    while todo:
        for name in set(imports.findall(todo.pop().read_text(encoding="utf-8"))) - used - NOT_ABOUT_READING:
            used.add(name)
            todo.append(seeding.parent / f"{name}.py")
    assert used == {name.removesuffix(".py") for name in PROGRAM_FILES}
