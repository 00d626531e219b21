"""YAML into raw values with their lines. Every scalar stays text: the model says what it means, never YAML.

So `NO` is Norway, `2016-04` a month and `0100` four digits. Nothing is constructed, so no tag can run anything;
anchors, aliases and merge keys work, and what they expand to is bounded.
"""

from collections.abc import Iterable
from typing import Final, cast

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from graph.errors import Fault
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar, UnreadableFile
from graph.seeding.records import SourceLocation

__all__ = ["MAX_DEPTH", "MAX_VALUES", "documents"]

MAX_VALUES: Final = 1_000_000
"""How many values a file may hold once its aliases are expanded."""

MAX_DEPTH: Final = 32
"""How deep lists and mappings may stand in each other."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


def documents(text: str, file: str, faults: list[Fault]) -> list[Raw]:
    """The documents of a YAML file. A key that stands twice goes to `faults`; raises FileFault for broken YAML."""
    parser = YAML(typ="safe", pure=True)
    builder = _Builder(file, faults)
    try:
        for event in cast("Iterable[yaml.Event]", parser.parse(text)):  # pyright: ignore[reportUnknownMemberType]
            builder.take(event)
    except MarkedYAMLError as error:
        mark = _attribute(error, "problem_mark") or _attribute(error, "context_mark")
        line = cast("int", _attribute(mark, "line") or 0) + 1
        problem = _attribute(error, "problem") or _attribute(error, "context") or "unreadable"
        raise UnreadableFile(
            SourceLocation(file, line),
            f"not YAML: {problem}",
            "look for an indent, a colon or a quote that does not match, here or just above",
        ) from None
    except YAMLError as error:
        position = cast("int", _attribute(error, "position") or 0)
        raise UnreadableFile(
            SourceLocation(file, text.count("\n", 0, position) + 1),
            "a character that YAML does not allow",
            "delete the invisible character; copying from a document often brings one along",
        ) from None
    return builder.documents


class _Builder:
    """Makes values of events, without recursion: neither depth nor aliases can exhaust anything."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.documents: list[Raw] = []
        self._file = file
        self._faults = faults
        self._open: list[tuple[SourceLocation, str | None, bool, list[Raw]]] = []
        self._anchors: dict[str, Raw] = {}
        self._weights: dict[int, int] = {}  # by id(): the values are kept alive by `_kept`
        self._kept: list[Raw] = []

    def take(self, event: yaml.Event) -> None:
        place = SourceLocation(self._file, _line(event))
        match event:
            case yaml.DocumentStartEvent():
                self._anchors.clear()
            case yaml.ScalarEvent():
                self._add(self._scalar(event, place), _anchor(event))
            case yaml.AliasEvent():
                self._add(self._alias(_anchor(event) or "", place), None)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_tag(event, place)
                if len(self._open) >= MAX_DEPTH:
                    raise UnreadableFile(
                        place, f"values stand more than {MAX_DEPTH} levels deep", "facts need five levels at most"
                    )
                self._open.append((place, _anchor(event), isinstance(event, yaml.MappingStartEvent), []))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                start, anchor, is_mapping, children = self._open.pop()
                value = self._mapping(start, children) if is_mapping else RawList(tuple(children), start)
                self._add(self._weighed(value, children), anchor)
            case _:
                pass

    def _add(self, value: Raw, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = value
        if self._open:
            self._open[-1][3].append(value)
        else:
            self.documents.append(value)

    def _scalar(self, event: yaml.ScalarEvent, place: SourceLocation) -> Raw:
        self._refuse_tag(event, place)
        value = cast("str", _attribute(event, "value"))
        plain = _attribute(event, "style") in (None, "")
        return RawNull(place) if plain and value in _NULLS else RawScalar(value, place)

    def _alias(self, name: str, place: SourceLocation) -> Raw:
        if any(anchor == name for _, anchor, _, _ in self._open):
            raise UnreadableFile(place, f"the anchor `{name}` holds itself", "write the value out")
        if name not in self._anchors:
            raise UnreadableFile(place, f"no anchor `&{name}` stands above this alias", "define it before it is used")
        return self._anchors[name]

    def _weighed(self, value: Raw, children: list[Raw]) -> Raw:
        weight = 1 + sum(self._weights.get(id(each), 1) for each in children)
        if weight > MAX_VALUES:
            raise UnreadableFile(
                value.place,
                f"its aliases expand to more than {MAX_VALUES} values",
                "write fewer aliases of aliases, or split the file",
            )
        self._weights[id(value)] = weight
        self._kept.append(value)
        return value

    def _mapping(self, place: SourceLocation, children: list[Raw]) -> RawMapping:
        own: dict[str, tuple[RawScalar, Raw]] = {}
        merged: dict[str, tuple[RawScalar, Raw]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, RawScalar):
                self._fault(key.place, "a key that is not a word", "write a property's name before the colon")
            elif key.text == "<<":
                for each in self._merge(value):
                    merged.setdefault(each[0].text, each)
            elif key.text in own:
                first = own[key.text][0].place.line
                self._fault(key.place, f"the key `{key.text}` stands twice, first in line {first}", "keep one of them")
            else:
                own[key.text] = (key, value)
        return RawMapping(tuple({**merged, **own}.values()), place)

    def _merge(self, value: Raw) -> Iterable[tuple[RawScalar, Raw]]:
        for each in value.items if isinstance(value, RawList) else (value,):
            if isinstance(each, RawMapping):
                yield from each.entries
            else:
                self._fault(each.place, "`<<` takes in something that is not a mapping", "give it an alias of one")

    def _refuse_tag(self, event: yaml.Event, place: SourceLocation) -> None:
        tag = _attribute(event, "tag")
        if tag is not None and str(tag) not in ("!", "tag:yaml.org,2002:str"):
            self._fault(place, f"the tag `{tag}` has no meaning here", "leave it out")

    def _fault(self, place: SourceLocation, message: str, hint: str) -> None:
        self._faults.append(Fault(place.file, place.line, message, hint))


def _line(event: yaml.Event) -> int:
    return cast("int", _attribute(_attribute(event, "start_mark"), "line")) + 1


def _anchor(event: yaml.Event) -> str | None:
    return cast("str | None", _attribute(event, "anchor"))


def _attribute(of: object, name: str) -> object:
    """An attribute that the library does not type; None where it is absent."""
    return getattr(of, name, None)
