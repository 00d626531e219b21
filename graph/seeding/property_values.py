"""Parse the raw values of properties into stored columns. An invalid value is recorded as a problem."""

from collections.abc import Iterable, Iterator

from graph.iso_codes import InvalidValue
from graph.model import Kind, Language, Property
from graph.seeding.ids import check_id_format, label_name
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar
from graph.seeding.records import Columns, Dataset, SourceLocation, did_you_mean
from graph.seeding.values import parse_value

__all__ = ["get_entry", "is_empty", "list_items", "parse_properties", "parse_property"]


def parse_properties(
    properties: Iterable[Property], raw: Raw, dataset: Dataset, only: tuple[str, ...] | None = None
) -> Columns:
    """Parse the properties in a mapping, and return their stored columns. For an invalid value, add a problem.

    The property `sources` is skipped, because the caller parses it. If `only` is not None, only the properties with
    these names are parsed.
    """
    columns: Columns = {}
    for property_ in properties:
        if (only is None or property_.name in only) and property_.name != "sources":
            columns.update(parse_property(property_, get_entry(raw, property_.name), dataset))
    return columns


def parse_property(property_: Property, raw: Raw, dataset: Dataset) -> Columns:
    """Parse the raw value of a property, and return its stored columns.

    If the value is invalid, add a problem and return an empty dict.
    """
    if isinstance(raw, RawNull):
        return {}
    try:
        if property_.many:
            return {property_.name: [str(_parse_single(property_, item)[property_.name]) for item in list_items(raw)]}
        if property_.kind is Kind.LOCALISED:
            return dict(_parse_localised(property_, raw, dataset))
        return _parse_single(property_, raw)
    except _InvalidValueAt as error:
        dataset.add_problem(error.location, error.message, error.hint)
        return {}


class _InvalidValueAt(InvalidValue):
    """Raised if a value is invalid. It contains the location of the value in the file."""

    def __init__(self, location: SourceLocation, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.location = location


def _parse_single(property_: Property, raw: Raw) -> Columns:
    if not isinstance(raw, RawScalar):
        shape = "a list" if isinstance(raw, RawList) else "a mapping" if isinstance(raw, RawMapping) else "empty"
        raise _InvalidValueAt(raw.location, f"`{property_.name}` is {shape}", "write one value")
    try:
        columns = parse_value(property_, raw.text if property_.kind is Kind.STRING else raw.text.strip())
    except InvalidValue as error:
        raise _InvalidValueAt(raw.location, error.message, error.hint) from None
    if property_.kind is Kind.REF:
        target = str(columns[property_.name])
        if check_id_format(target) is not None or label_name(target) != property_.target:
            message = f"`{property_.name}` cannot refer to `{target}`"
            raise _InvalidValueAt(raw.location, message, f"write `{property_.target}:…`")
    return columns


def _parse_localised(property_: Property, raw: Raw, dataset: Dataset) -> Iterator[tuple[str, str]]:
    if not isinstance(raw, RawMapping):
        yield property_.columns[0], _parse_text(property_, raw)
        return
    columns = dict(zip((language.name.lower() for language in Language), property_.columns, strict=True))
    for key, value in raw.entries:
        if key.text not in columns:
            message = f"`{key.text}` is not a language of `{property_.name}`"
            dataset.add_problem(key.location, message, did_you_mean(key.text, columns))
        elif not isinstance(value, RawNull):
            try:
                yield columns[key.text], _parse_text(property_, value)
            except _InvalidValueAt as error:
                dataset.add_problem(error.location, error.message, error.hint)


def _parse_text(property_: Property, raw: Raw) -> str:
    if not isinstance(raw, RawScalar):
        hint = "write a text, or one for each language: `{en: …, sv: …, fi: …}`"
        raise _InvalidValueAt(raw.location, f"`{property_.name}` is not a text", hint)
    try:
        return str(parse_value(property_, raw.text)[property_.name])
    except InvalidValue as error:
        raise _InvalidValueAt(raw.location, error.message, error.hint) from None


def is_empty(raw: Raw) -> bool:
    """Return whether a raw value is absent or an empty list."""
    return isinstance(raw, RawNull) or (isinstance(raw, RawList) and not raw.items)


def list_items(raw: Raw) -> tuple[Raw, ...]:
    """Return the items of a raw list as a tuple.

    A single value is returned as a tuple of one item, and an absent value as an empty tuple.
    """
    match raw:
        case RawNull():
            return ()
        case RawList():
            return raw.items
        case _:
            return (raw,)


def get_entry(raw: Raw, name: str) -> Raw:
    """Return the value of the key `name` in a mapping. If `raw` is not a mapping or has no such key, return RawNull."""
    if isinstance(raw, RawMapping):
        for key, value in raw.entries:
            if key.text == name:
                return value
    return RawNull(raw.location)
