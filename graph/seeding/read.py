"""Read seed files, and folders of seed files, as records. The formats are YAML, CSV and JSONL.

A record is a node or relationship with its stored columns and its location in a file. JSONL files are exports.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from graph.progress import Progress, no_progress
from graph.seeding.csv_format import parse_csv
from graph.seeding.jsonl_format import parse_lines
from graph.seeding.parse import find_collection, multi_value_columns, parse_collection
from graph.seeding.raw_values import RawMapping, RawNull, UnreadableFile, decode_utf8
from graph.seeding.records import Dataset, SourceLocation
from graph.seeding.yaml_format import documents

__all__ = ["read"]

_SUFFIXES: Final = (".yaml", ".yml", ".csv", ".jsonl")
_IGNORED: Final = (
    *(".*", "*.md", "*.txt"),  # hidden files, and documentation in a folder of seed files
    *("*~", "~*", "#*#", "*.bak", "*.orig", "*.rej", "*.swp", "*.tmp", "*.part", "*.crdownload"),  # editors, downloads
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin"),  # systems
)
"""Files and folders to ignore in a folder of seed files, as patterns for their names in lower case."""
_SCRATCH_PREFIX: Final = "x-"  # prefix of collections that only define YAML anchors


def read(paths: Sequence[Path], progress: Progress = no_progress) -> Dataset:
    """Read files and folders into one dataset. The files in a folder are read in alphabetical order.

    Invalid files do not raise an error. Their problems are in `Dataset.problems`.
    """
    dataset = Dataset()
    files = list(dict.fromkeys(_find_files(paths, dataset)))
    if not files and not dataset.problems:
        for path in paths:
            hint = f"seed files end in {', '.join(_SUFFIXES)}"
            dataset.add_problem(SourceLocation(str(path), 1), "the folder contains no seed files", hint)
    progress.begin("reading", len(files))
    for file in files:
        try:
            _read_file(file, dataset)
        except UnreadableFile as error:
            dataset.problems.append(error.problem)
        progress.advance(1)
    progress.end()
    return dataset


def _find_files(paths: Sequence[Path], dataset: Dataset) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and not _is_ignored(file.relative_to(path)) and _check_suffix(file, dataset):
                    yield file
        elif not path.exists():
            location = SourceLocation(str(path), 1)
            dataset.add_problem(location, "there is no such file or folder", "check the spelling of the path")
        elif _check_suffix(path, dataset):
            yield path


def _is_ignored(path: Path) -> bool:
    return any(fnmatchcase(part.lower(), pattern) for part in path.parts for pattern in _IGNORED)


def _check_suffix(path: Path, dataset: Dataset) -> bool:
    """Return whether the name of the file ends in the suffix of a supported format. If not, add a problem."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    hint = "save a spreadsheet as 'CSV UTF-8'; seed files end in " + ", ".join(_SUFFIXES)
    dataset.add_problem(SourceLocation(str(path), 1), "the file is not a seed file", hint)
    return False


def _read_file(path: Path, dataset: Dataset) -> None:
    file = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or 'unknown error'}"
        raise UnreadableFile(SourceLocation(file, 1), message, "check its permissions") from None
    text = decode_utf8(content, file)
    match path.suffix.lower():
        case ".csv":
            label = find_collection(path.name.split(".")[0], SourceLocation(file, 1), dataset)
            if label is not None:
                parse_collection(label, parse_csv(text, file, multi_value_columns(label)), dataset)
        case ".jsonl":
            _read_export(text, file, dataset)
        case _:
            _read_yaml(text, file, dataset)


def _read_export(text: str, file: str, dataset: Dataset) -> None:
    """Add an export to the dataset. If the export is incomplete, raise UnreadableFile and add nothing.

    In an incomplete export, nodes are missing. Without the error, every relationship to a missing node would be
    reported as a separate problem.
    """
    exported = Dataset(problems=dataset.problems)
    parse_lines(text, file, exported)
    for node in exported.nodes.values():
        dataset.add_node(node)
    for relationship in exported.relationships.values():
        dataset.add_relationship(relationship)


def _read_yaml(text: str, file: str, dataset: Dataset) -> None:
    for document in documents(text, file, dataset.problems):
        if isinstance(document, RawNull):
            continue
        if not isinstance(document, RawMapping):
            hint = "begin with a collection, such as `cities:`, and write its items below"
            dataset.add_problem(document.location, "the file does not begin with a collection", hint)
            continue
        for key, value in document.entries:
            if key.text.startswith(_SCRATCH_PREFIX):
                continue
            label = find_collection(key.text, key.location, dataset)
            if label is not None:
                parse_collection(label, value, dataset)
