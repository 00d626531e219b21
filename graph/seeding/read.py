"""Files of facts into facts: YAML, CSV and exported JSONL, whole folders too."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from graph.seeding.csv_files import rows
from graph.seeding.facts import Facts, Place
from graph.seeding.interpret import collection, list_columns, take_collection
from graph.seeding.jsonl_files import take_lines
from graph.seeding.progress import Progress, silent
from graph.seeding.raw import Blank, FileFault, Mapping, decoded
from graph.seeding.yaml_files import documents

__all__ = ["read"]

_YAML: Final = (".yaml", ".yml")
_SUFFIXES: Final = (*_YAML, ".csv", ".jsonl")
_BESIDE: Final = (".md", ".txt")  # what may lie beside the facts in a folder
_SCRATCH: Final = "x-"  # collections of this name hold anchors only


def read(paths: Sequence[Path], progress: Progress = silent) -> Facts:
    """All facts of the files and, in the order of their names, of the files in the folders.

    What cannot be read is in the answer's `faults`; nothing is raised for a faulty file.
    """
    facts = Facts()
    files = list(dict.fromkeys(_files(paths, facts)))
    if not files and not facts.faults:
        for path in paths:
            facts.fault(Place(str(path), 1), "the folder holds no facts", f"facts end in {', '.join(_SUFFIXES)}")
    progress.begin("reading", len(files))
    for each in files:
        try:
            _read_file(each, facts)
        except FileFault as problem:
            facts.faults.append(problem.fault)
        progress.advance(1)
    progress.end()
    return facts


def _files(paths: Sequence[Path], facts: Facts) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for each in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in each.relative_to(path).parts)
                if each.is_file() and not hidden and each.suffix.lower() not in _BESIDE and _readable(each, facts):
                    yield each
        elif not path.exists():
            facts.fault(Place(str(path), 1), "there is no such file or folder", "look at the path's spelling")
        elif _readable(path, facts):
            yield path


def _readable(path: Path, facts: Facts) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return True
    hint = "save a spreadsheet as 'CSV UTF-8'; facts end in " + ", ".join(_SUFFIXES)
    facts.fault(Place(str(path), 1), "the file is of no kind that holds facts", hint)
    return False


def _read_file(path: Path, facts: Facts) -> None:
    file = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise FileFault(Place(file, 1), f"the file cannot be read: {reason}", "look at its permissions") from None
    text = decoded(content, file)
    match path.suffix.lower():
        case ".csv":
            name = path.name.split(".")[0]
            kind = collection(name, Place(file, 1), facts)
            if kind is not None:
                take_collection(kind, rows(text, file, list_columns(kind)), facts)
        case ".jsonl":
            _read_export(text, file, facts)
        case _:
            _read_yaml(text, file, facts)


def _read_export(text: str, file: str, facts: Facts) -> None:
    """A whole export or nothing: what half of one lacks is not told fact by fact."""
    whole = Facts(faults=facts.faults)
    take_lines(text, file, whole)
    for item in whole.items.values():
        facts.add_item(item)
    for link in whole.links.values():
        facts.add_link(link)


def _read_yaml(text: str, file: str, facts: Facts) -> None:
    for document in documents(text, file, facts.faults):
        if isinstance(document, Blank):
            continue
        if not isinstance(document, Mapping):
            hint = "begin with a collection, such as `cities:`, and its items below"
            facts.fault(document.place, "the file does not begin with a collection", hint)
            continue
        for key, value in document.entries:
            if key.text.startswith(_SCRATCH):
                continue
            kind = collection(key.text, key.place, facts)
            if kind is not None:
                take_collection(kind, value, facts)
