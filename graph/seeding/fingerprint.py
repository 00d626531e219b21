"""Compute and store a fingerprint of a server's seed files, so that unchanged files are not loaded again at start-up.

The fingerprint is a hash of the seed files and of the code that reads them. After a load, the database stores the
fingerprint together with the revision and the number of nodes. The stored fingerprint is valid as long as the revision
and the number of nodes have not changed since the load.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import graph
from graph.seeding.current_graph import RunStatement
from graph.store import Statement

__all__ = ["PROGRAM_FILES", "compute_fingerprint", "find_loaded", "record_loaded"]

_PACKAGE: Final = Path(graph.__file__).parent
PROGRAM_FILES: Final = (
    *(
        "folding.py",
        "formats.py",
        "iso_codes.py",
        "iso_date.py",
        "model.py",
        "money.py",
        "standing.py",
        "vocabulary.py",
    ),
    "seeding",
)
"""The code that reads seed files: files and folders in the package `graph`. The fingerprint includes their contents."""


def compute_fingerprint(paths: Sequence[Path]) -> str | None:
    """Return a SHA-256 of the seed files and of PROGRAM_FILES, or None if a file cannot be read.

    The hash includes the names and the contents of the files.
    """
    try:
        return _digest(paths)
    except OSError:
        return None


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for root in (*paths, *(_PACKAGE / name for name in PROGRAM_FILES)):
        for file in sorted(path for path in (root.rglob("*") if root.is_dir() else [root]) if path.is_file()):
            if file.suffix != ".pyc":
                content = file.read_bytes()
                digest.update(os.fsencode(file.relative_to(root.parent)) + b"\0%d\0" % len(content) + content)
    return digest.hexdigest()


async def find_loaded(run: RunStatement, fingerprint: str) -> tuple[int, int] | None:
    """Return the numbers of nodes and relationships in the seed files if the files are already loaded.

    Otherwise return None. `fingerprint` is the fingerprint of the current seed files.
    """
    rows = await run(_FIND_LOADED, {"fingerprint": fingerprint})
    return (cast("int", rows[0]["nodes"]), cast("int", rows[0]["relationships"])) if rows else None


async def record_loaded(
    run: RunStatement, fingerprint: str, nodes: int, relationships: int, *, increments_revision: bool
) -> None:
    """Store the fingerprint of the loaded files, together with the numbers of nodes and relationships in the files.

    The callback `run` runs a statement in a transaction. `increments_revision` is true if this transaction also
    increments the revision of the graph.
    """
    parameters = {
        "fingerprint": fingerprint,
        "nodes": nodes,
        "relationships": relationships,
        "increment": int(increments_revision),
    }
    await run(_RECORD_LOADED, parameters)


_FIND_LOADED: Final = Statement.of_text(
    "seeding/find-loaded",
    """MATCH (m:CitygraphMeta {id: 'meta'})
WHERE m.baseFingerprint = $fingerprint AND m.baseRevision = m.revision
CALL () { MATCH (n) RETURN count(n) AS total }
WITH m, total
WHERE m.baseTotal = total
RETURN m.baseNodes AS nodes, m.baseRelationships AS relationships""",
)
_RECORD_LOADED: Final = Statement.of_text(
    "seeding/record-loaded",
    """CALL () { MATCH (n) RETURN count(n) AS total }
MATCH (m:CitygraphMeta {id: 'meta'})
SET m.baseFingerprint = $fingerprint, m.baseRevision = m.revision + $increment, m.baseTotal = total,
    m.baseNodes = $nodes, m.baseRelationships = $relationships""",
)
