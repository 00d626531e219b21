"""What tells at a server's start that its own files are in the database already, without reading them as facts.

The stamp is made of the files and of the program that reads them. The database keeps it with the revision and the
number of nodes that the load left; it counts for as long as these have not changed.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import graph
from graph.seeding.current_graph import Run
from graph.store import Statement

__all__ = ["find_loaded", "fingerprint", "record_loaded"]

_PROGRAM: Final = Path(graph.__file__).parent
_PARTS: Final = ("model.py", "vocabulary.py", "folding.py", "seeding")


def fingerprint(paths: Sequence[Path]) -> str | None:
    """The stamp of files and folders; equal where every file has the same name and content, for the same program.

    None where a file cannot be read.
    """
    try:
        return _digest(paths)
    except OSError:
        return None


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for root in (*paths, *(_PROGRAM / each for each in _PARTS)):
        for file in sorted(each for each in (root.rglob("*") if root.is_dir() else [root]) if each.is_file()):
            if file.suffix != ".pyc":
                content = file.read_bytes()
                digest.update(f"{file.relative_to(root.parent)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


async def find_loaded(run: Run, wanted: str) -> tuple[int, int] | None:
    """How many nodes and relationships the files state, where the database holds them as they are; else None."""
    rows = await run(_FOUND, {"stamp": wanted})
    return (cast("int", rows[0]["nodes"]), cast("int", rows[0]["relationships"])) if rows else None


async def record_loaded(run: Run, made: str, nodes: int, relationships: int, *, raised: bool) -> None:
    """Notes, in the transaction of a load that raises the revision or not, that the files are in the database."""
    parameters = {"stamp": made, "nodes": nodes, "relationships": relationships, "raised": int(raised)}
    await run(_NOTE, parameters)


_FOUND: Final = Statement.of_text(
    "seeding/found-base",
    """MATCH (m:CitygraphMeta {id: 'meta'})
WHERE m.baseStamp = $stamp AND m.baseRevision = m.revision
CALL () { MATCH (n) RETURN count(n) AS total }
WITH m, total
WHERE m.baseTotal = total
RETURN m.baseNodes AS nodes, m.baseRelationships AS relationships""",
)
_NOTE: Final = Statement.of_text(
    "seeding/note-base",
    """CALL () { MATCH (n) RETURN count(n) AS total }
MATCH (m:CitygraphMeta {id: 'meta'})
SET m.baseStamp = $stamp, m.baseRevision = m.revision + $raised, m.baseTotal = total,
    m.baseNodes = $nodes, m.baseRelationships = $relationships""",
)
