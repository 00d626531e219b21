"""Read YAML files as raw values with line numbers.

All scalars are read as texts, because the model determines their types. For example, `NO` is the country code of
Norway, `2016-04` is a month, and `0100` is a text of four digits. Tags are rejected. Anchors, aliases and merge keys
are supported, but the number of values that they expand to is limited. The parser is libyaml, the C parser of PyYAML.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Final

import yaml
from yaml.composer import ComposerError
from yaml.cyaml import CBaseLoader  # resolves no types; fails to import where PyYAML was built without libyaml
from yaml.reader import ReaderError

from graph.errors import SeedProblem
from graph.folding import clean
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar, UnreadableFile
from graph.seeding.records import SourceLocation

__all__ = ["MAX_DEPTH", "MAX_VALUES", "documents"]

MAX_VALUES: Final = 1_000_000
"""Maximum number of values in a document. A value is counted again for every alias that refers to it."""

MAX_DEPTH: Final = 32
"""Maximum nesting depth of lists and mappings in the file. The depth does not include the values of aliases."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TAGS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


def documents(text: str, file: str, problems: list[SeedProblem]) -> list[Raw]:
    """Return the raw values of the documents in a YAML file.

    Adds a problem for every duplicate key and every tag. Raises UnreadableFile if the YAML is invalid or exceeds a
    limit.
    """
    try:
        return [_Builder(file, problems).build(node) for node in yaml.compose_all(text, CBaseLoader)]
    except yaml.MarkedYAMLError as error:
        context, problem = (error.context or "").strip(), error.problem or "unreadable"
        if error.context_mark is not None:
            context += f" (line {error.context_mark.line + 1})"
        mark = error.problem_mark or error.context_mark
        last_line = text.rstrip().count("\n") + 1  # libyaml reports a missing end on the line after the last line
        raise UnreadableFile(
            SourceLocation(file, min(mark.line + 1, last_line) if mark else 1),
            f"not YAML: {context}, {problem}" if context else f"not YAML: {problem}",
            "define each anchor once, above its aliases"
            if isinstance(error, ComposerError)
            else "look for an indent, a colon or a quote that does not match, here or just above",
        ) from None
    except ReaderError as error:
        # libyaml counts bytes.
        raise UnreadableFile(
            SourceLocation(file, text.encode().count(b"\n", 0, error.position) + 1),
            "a character that YAML does not allow",
            "delete the invisible character; text copied from a document often contains one",
        ) from None


class _Builder:
    """A builder of the raw values of a document.

    An alias refers to the same value as its anchor, so aliases take no memory.
    """

    def __init__(self, file: str, problems: list[SeedProblem]) -> None:
        self._file = file
        self._problems = problems
        self._built: dict[yaml.Node, tuple[Raw, int] | None] = {}  # (value, number of values), None while being built

    def build(self, node: yaml.Node) -> Raw:
        value, _ = self._value(node, 0)
        return value

    def _value(self, node: yaml.Node, depth: int) -> tuple[Raw, int]:
        location = SourceLocation(self._file, node.start_mark.line + 1)
        if node in self._built:
            built = self._built[node]
            if built is None:
                raise UnreadableFile(location, "the value contains itself through an alias", "write the value out")
            return built
        self._built[node] = None
        if node.tag not in _TAGS:
            self._add_problem(location, f"the tag `{node.tag}` has no meaning here", "leave it out")
        if isinstance(node, yaml.ScalarNode):
            is_null = not node.style and node.value in _NULLS
            built = RawNull(location) if is_null else RawScalar(clean(node.value), location), 1
        else:
            built = self._collection(node, location, depth)
        self._built[node] = built
        return built

    def _collection(self, node: yaml.Node, location: SourceLocation, depth: int) -> tuple[Raw, int]:
        if depth == MAX_DEPTH:
            raise UnreadableFile(
                location, f"values are nested more than {MAX_DEPTH} levels deep", "no item needs more than five levels"
            )
        if isinstance(node, yaml.SequenceNode):
            built = [self._value(item, depth + 1) for item in node.value]
            value: Raw = RawList(tuple(item for item, _ in built), location)
        else:
            entries = [(self._value(key, depth + 1), self._value(item, depth + 1)) for key, item in node.value]
            built = [*chain(*entries)]
            value = self._mapping([(key, item) for (key, _), (item, _) in entries], location)
        size = 1 + sum(size for _, size in built)
        if size > MAX_VALUES:
            raise UnreadableFile(
                location,
                f"its aliases expand to more than {MAX_VALUES} values",
                "write fewer aliases of aliases, or split the file",
            )
        return value, size

    def _mapping(self, entries: list[tuple[Raw, Raw]], location: SourceLocation) -> RawMapping:
        own: dict[str, tuple[RawScalar, Raw]] = {}
        merged: dict[str, tuple[RawScalar, Raw]] = {}
        for key, value in entries:
            if not isinstance(key, RawScalar):
                self._add_problem(
                    key.location, "the key is not a single value", "write the name of a property before the colon"
                )
            elif key.text == "<<":
                for entry in self._merge(value):
                    merged.setdefault(entry[0].text, entry)
            elif key.text in own:
                first = own[key.text][0].location.line
                self._add_problem(
                    key.location, f"the key `{key.text}` is written twice, first in line {first}", "delete one of them"
                )
            else:
                own[key.text] = (key, value)
        return RawMapping(tuple({**merged, **own}.values()), location)

    def _merge(self, value: Raw) -> Iterable[tuple[RawScalar, Raw]]:
        for item in value.items if isinstance(value, RawList) else (value,):
            if isinstance(item, RawMapping):
                yield from item.entries
            else:
                self._add_problem(item.location, "the value of `<<` is not a mapping", "write an alias of a mapping")

    def _add_problem(self, location: SourceLocation, message: str, hint: str) -> None:
        self._problems.append(SeedProblem(location.file, location.line, message, hint))
