"""Files of facts into facts: YAML, CSV and exported JSONL, whole folders too."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from graph.seeding.csv_format import rows
from graph.seeding.jsonl_format import parse_lines
from graph.seeding.parse import collection, list_columns, parse_collection
from graph.seeding.progress import Progress, no_progress
from graph.seeding.raw_values import RawMapping, RawNull, UnreadableFile, decode_utf8
from graph.seeding.records import Dataset, SourceLocation
from graph.seeding.yaml_format import documents

__all__ = ["read"]

_YAML: Final = (".yaml", ".yml")
_SUFFIXES: Final = (*_YAML, ".csv", ".jsonl")
_BESIDE: Final = (".md", ".txt")  # what may lie beside the facts in a folder
_SCRATCH: Final = "x-"  # collections of this name hold anchors only


def read(paths: Sequence[Path], progress: Progress = no_progress) -> Dataset:
    """All facts of the files and, in the order of their names, of the files in the folders.

    What cannot be read is in the answer's `faults`; nothing is raised for a faulty file.
    """
    facts = Dataset()
    files = list(dict.fromkeys(_files(paths, facts)))
    if not files and not facts.errors:
        for path in paths:
            facts.add_error(
                SourceLocation(str(path), 1), "the folder holds no facts", f"facts end in {', '.join(_SUFFIXES)}"
            )
    progress.begin("reading", len(files))
    for each in files:
        try:
            _read_file(each, facts)
        except UnreadableFile as problem:
            facts.errors.append(problem.fault)
        progress.advance(1)
    progress.end()
    return facts


def _files(paths: Sequence[Path], facts: Dataset) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for each in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in each.relative_to(path).parts)
                if each.is_file() and not hidden and each.suffix.lower() not in _BESIDE and _readable(each, facts):
                    yield each
        elif not path.exists():
            facts.add_error(
                SourceLocation(str(path), 1), "there is no such file or folder", "look at the path's spelling"
            )
        elif _readable(path, facts):
            yield path


def _readable(path: Path, facts: Dataset) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return True
    hint = "save a spreadsheet as 'CSV UTF-8'; facts end in " + ", ".join(_SUFFIXES)
    facts.add_error(SourceLocation(str(path), 1), "the file is of no kind that holds facts", hint)
    return False


def _read_file(path: Path, facts: Dataset) -> None:
    file = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise UnreadableFile(
            SourceLocation(file, 1), f"the file cannot be read: {reason}", "look at its permissions"
        ) from None
    text = decode_utf8(content, file)
    match path.suffix.lower():
        case ".csv":
            name = path.name.split(".")[0]
            kind = collection(name, SourceLocation(file, 1), facts)
            if kind is not None:
                parse_collection(kind, rows(text, file, list_columns(kind)), facts)
        case ".jsonl":
            _read_export(text, file, facts)
        case _:
            _read_yaml(text, file, facts)


def _read_export(text: str, file: str, facts: Dataset) -> None:
    """A whole export or nothing: what half of one lacks is not told fact by fact."""
    whole = Dataset(errors=facts.errors)
    parse_lines(text, file, whole)
    for item in whole.items.values():
        facts.add_item(item)
    for link in whole.links.values():
        facts.add_link(link)


def _read_yaml(text: str, file: str, facts: Dataset) -> None:
    for document in documents(text, file, facts.errors):
        if isinstance(document, RawNull):
            continue
        if not isinstance(document, RawMapping):
            hint = "begin with a collection, such as `cities:`, and its items below"
            facts.add_error(document.place, "the file does not begin with a collection", hint)
            continue
        for key, value in document.entries:
            if key.text.startswith(_SCRATCH):
                continue
            kind = collection(key.text, key.place, facts)
            if kind is not None:
                parse_collection(kind, value, facts)
