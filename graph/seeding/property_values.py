"""The values of properties: raw texts, lists and mappings into stored columns, each fault at its place."""

from collections.abc import Iterable, Iterator

from graph.model import Kind, Language, Property
from graph.seeding.ids import well_formed
from graph.seeding.iso_codes import InvalidValue
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar
from graph.seeding.records import Columns, Dataset, SourceLocation, did_you_mean
from graph.seeding.values import columns_of, text_of

__all__ = ["each_of", "entry_of", "is_empty", "property_columns", "values_of"]


def property_columns(
    properties: Iterable[Property], raw: Raw, facts: Dataset, only: tuple[str, ...] | None = None
) -> Columns:
    """The columns of the properties that a mapping states, apart from lists of citations."""
    columns: Columns = {}
    for each in properties:
        if (only is None or each.name in only) and each.name != "sources":
            columns.update(values_of(each, entry_of(raw, each.name), facts))
    return columns


def values_of(property_: Property, raw: Raw, facts: Dataset) -> Columns:
    """The columns of one property's value; empty, and a fault, where it makes no sense."""
    if isinstance(raw, RawNull):
        return {}
    try:
        if property_.many:
            return {property_.name: [str(_single(property_, each)[property_.name]) for each in each_of(raw)]}
        if property_.kind is Kind.LOCALISED:
            return dict(_localised(property_, raw, facts))
        return _single(property_, raw)
    except _InvalidAt as wrong:
        facts.add_error(wrong.place, wrong.message, wrong.hint)
        return {}


class _InvalidAt(InvalidValue):
    def __init__(self, place: SourceLocation, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.place = place


def _single(property_: Property, raw: Raw) -> Columns:
    if not isinstance(raw, RawScalar):
        shape = "a list" if isinstance(raw, RawList) else "a mapping" if isinstance(raw, RawMapping) else "empty"
        raise _InvalidAt(raw.place, f"`{property_.name}` is {shape}", "write one value")
    try:
        columns = columns_of(property_, raw.text if property_.kind is Kind.STRING else raw.text.strip())
    except InvalidValue as wrong:
        raise _InvalidAt(raw.place, wrong.message, wrong.hint) from None
    if property_.kind is Kind.REF:
        target = str(columns[property_.name])
        if well_formed(target) is not None or target.partition(":")[0] != property_.target:
            message = f"`{property_.name}` does not lead to `{target}`"
            raise _InvalidAt(raw.place, message, f"write `{property_.target}:…`")
    return columns


def _localised(property_: Property, raw: Raw, facts: Dataset) -> Iterator[tuple[str, str]]:
    languages = {each.name.lower(): column for each, column in zip(Language, property_.columns, strict=True)}
    if not isinstance(raw, RawMapping):
        yield property_.columns[0], _text_at(property_, raw)
        return
    for key, value in raw.entries:
        if key.text not in languages:
            message = f"`{key.text}` is not a language of `{property_.name}`"
            facts.add_error(key.place, message, did_you_mean(key.text, languages))
        elif not isinstance(value, RawNull):
            try:
                yield languages[key.text], _text_at(property_, value)
            except _InvalidAt as wrong:
                facts.add_error(wrong.place, wrong.message, wrong.hint)


def _text_at(property_: Property, raw: Raw) -> str:
    if not isinstance(raw, RawScalar):
        hint = "write a text, or one for each language: `{en: …, sv: …, fi: …}`"
        raise _InvalidAt(raw.place, f"`{property_.name}` is not a text", hint)
    try:
        return text_of(property_.name, raw.text)
    except InvalidValue as wrong:
        raise _InvalidAt(raw.place, wrong.message, wrong.hint) from None


def is_empty(raw: Raw) -> bool:
    """Whether nothing is stated: no value, or a list of none."""
    return isinstance(raw, RawNull) or (isinstance(raw, RawList) and not raw.items)


def each_of(raw: Raw) -> tuple[Raw, ...]:
    """The values of a list; a value alone is a list of one."""
    match raw:
        case RawNull():
            return ()
        case RawList():
            return raw.items
        case _:
            return (raw,)


def entry_of(raw: Raw, name: str) -> Raw:
    """What a mapping has under a key; blank where it has nothing."""
    if isinstance(raw, RawMapping):
        for key, value in raw.entries:
            if key.text == name:
                return value
    return RawNull(raw.place)
