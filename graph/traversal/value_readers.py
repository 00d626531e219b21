"""Create functions that read properties from result rows and convert them to JSON values."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import isfinite
from operator import itemgetter
from typing import Final, cast

from graph.model import MAX_INT, Kind
from graph.money import to_main_units
from graph.traversal.date_text import date_text
from graph.traversal.plan import Column, columns_of, language_fallbacks
from graph.traversal.predicates import distance_km
from graph.traversal.selection import (
    DistanceItem,
    LocationItem,
    NameItem,
    PropertyItem,
    RosterItem,
    StatusItem,
    SubField,
    Typename,
)
from graph.vocabulary import DateBound, DatePrecision, Vocabulary

__all__ = [
    "InvalidStoredValue",
    "distance_reader",
    "location_reader",
    "name_reader",
    "roster_reader",
    "status_reader",
    "strict_location_reader",
    "strict_reader",
    "value_reader",
]

RowReader = Callable[[Sequence[object]], object]

_PARTIAL_DATES: Final = (Kind.PARTIAL_DATE, Kind.BOUND)


class InvalidStoredValue(Exception):
    """Raised if a stored value violates the model, so that the response cannot be built directly from the row."""


def strict_reader(item: PropertyItem, column_index: Callable[[Column], int]) -> RowReader:
    """Return a function that reads a property from a row.

    The returned function raises InvalidStoredValue if the value is invalid.
    """
    read = value_reader(item, column_index)
    if item.subfields:
        return _subfields_reader(item, read)
    is_valid = _validator(item)
    if item.property.many:
        return _checked_list(read, is_valid)
    return _checked(read, is_valid, item.required)


def _validator(item: PropertyItem) -> Callable[[object], bool]:
    """Return a function that tests whether a value of the property is valid. The value must not be null."""
    if item.property.vocabulary is not None:
        return _member_names(item.property.vocabulary).__contains__
    match item.property.kind:
        case Kind.INT:
            return lambda value: type(value) is int and -MAX_INT <= value <= MAX_INT
        case Kind.FLOAT:
            return lambda value: type(value) is float and isfinite(value)
        case Kind.BOOLEAN:
            return lambda value: type(value) is bool
        case _:
            return lambda value: type(value) is str


@cache
def _member_names(vocabulary: type[Vocabulary]) -> frozenset[object]:
    return frozenset(member.name for member in vocabulary)


def _checked(read: RowReader, is_valid: Callable[[object], bool], required: bool) -> RowReader:
    def read_checked(row: Sequence[object]) -> object:
        value = read(row)
        if required if value is None else not is_valid(value):
            raise InvalidStoredValue
        return value

    return read_checked


def _checked_list(read: RowReader, is_valid: Callable[[object], bool]) -> RowReader:
    def read_checked(row: Sequence[object]) -> object:
        values = cast("Sequence[object]", read(row))
        if not all(map(is_valid, values)):
            raise InvalidStoredValue
        return values

    return read_checked


def _subfields_reader(item: PropertyItem, read: RowReader) -> RowReader:
    is_date = item.property.kind in _PARTIAL_DATES
    fields = tuple((field.key, _subfield_reader(field, is_date=is_date)) for field in item.subfields)

    def read_subfields(row: Sequence[object]) -> object:
        value = cast("Mapping[str, object] | None", read(row))
        if value is None:
            if item.required:
                raise InvalidStoredValue
            return None
        if is_date and not _is_valid_date(**value):
            raise InvalidStoredValue
        try:
            return {key: read_field(value) for key, read_field in fields}
        except ValueError as error:  # raised by `date_text` for an invalid date
            raise InvalidStoredValue from error

    return read_subfields


def _subfield_reader(field: SubField | Typename, *, is_date: bool) -> Callable[[Mapping[str, object]], object]:
    if isinstance(field, Typename):
        return lambda _: field.value
    if is_date and field.name == "text":
        return lambda value: date_text(
            **cast("Mapping[str, str]", value), language=field.language, last_day=field.last_day
        )
    return itemgetter(field.name)


def _is_valid_date(date: object, precision: object, bound: object, is_end: object = False) -> bool:
    return (
        (date is None or type(date) is str)
        and (precision is None or precision in _member_names(DatePrecision))
        and bound in _member_names(DateBound)
    )


def value_reader(item: PropertyItem, column_index: Callable[[Column], int]) -> RowReader:
    """Return a function that reads a property from a row. `column_index` returns the index of a column in the row."""
    indexes = tuple(column_index(column) for column in columns_of(item))
    kind = item.property.kind
    if item.property.many:
        return _list_reader(indexes[0])
    if kind is Kind.MONEY:
        return _money_reader(*indexes)
    if kind in _PARTIAL_DATES:
        by_column = dict(zip(columns_of(item), indexes, strict=True))
        precision, bound = (by_column.get(Column((f"{item.property.name}{part}",))) for part in ("Precision", "Bound"))
        return _partial_date_reader(indexes[0], precision, bound, is_end=item.property.is_end)
    if kind is Kind.LOCALISED and item.tagged:
        return _tagged_text_reader(
            tuple(zip(indexes, (language.name for language in language_fallbacks(item)), strict=True))
        )
    return itemgetter(indexes[0])


def status_reader(item: StatusItem, index: int) -> RowReader:
    """Return a function that reads, from a row, the status that a node had on a day.

    `index` is the index of the stored status changes in the row. The returned function raises InvalidStoredValue if the
    vocabulary does not contain the status.
    """
    day, names = item.on.isoformat(), _member_names(item.vocabulary)

    def read(row: Sequence[object]) -> str | None:
        changes = cast("Sequence[str] | None", row[index]) or ()
        latest = next((change for change in reversed(changes) if change[: len(day)] <= day), "")
        name = latest[len(day) + 1 :]
        if name and name not in names:
            raise InvalidStoredValue
        return name or None

    return read


def roster_reader(item: RosterItem, complete: int, attested_on: int) -> RowReader:
    """Return a function that reads from a row whether a source lists all members of a network on a day.

    `complete` and `attested_on` are the indexes of the columns in the row.
    """
    day = item.on.isoformat()
    return lambda row: row[complete] is True and row[attested_on] == day


def name_reader(item: NameItem, index: int, read_current: RowReader) -> RowReader:
    """Return a function that reads, from a row, the name that a network had on a day.

    `index` is the index of the former names in the row. If no former name was in use on the day, `read_current` reads
    the current name.
    """
    day, languages = item.on.isoformat(), [language.name for language in language_fallbacks(item.name)]

    def read(row: Sequence[object]) -> object:
        entries = (entry.split(" ", 3) for entry in cast("Sequence[str] | None", row[index]) or ())
        in_force = [entry for entry in entries if entry[1] <= day < entry[0]]
        if not in_force:
            return read_current(row)
        first = [entry for entry in in_force if entry[:2] == in_force[0][:2]]
        return min(first, key=lambda entry: languages.index(entry[2]))[3]

    return read


def location_reader(longitude: int, latitude: int) -> Callable[[Sequence[object]], dict[str, object] | None]:
    """Return a function that reads a location from a row.

    `longitude` and `latitude` are the indexes of the two coordinates in the row.
    """

    def read(row: Sequence[object]) -> dict[str, object] | None:
        coordinates = [row[longitude], row[latitude]]
        return None if None in coordinates else {"type": "Point", "coordinates": coordinates}

    return read


def distance_reader(item: DistanceItem, longitude: int, latitude: int) -> RowReader:
    """Return a function that reads the coordinates of a node from a row, and computes its distance from a point."""

    def read(row: Sequence[object]) -> float | None:
        east, north = cast("float | None", row[longitude]), cast("float | None", row[latitude])
        return None if east is None or north is None else distance_km(item.latitude, item.longitude, north, east)

    return read


def strict_location_reader(item: LocationItem, longitude: int, latitude: int) -> RowReader:
    """Return a function that reads the selected parts of a location from a row.

    The returned function raises InvalidStoredValue if a coordinate is not a finite number.
    """
    read_location = location_reader(longitude, latitude)
    fields = tuple((field.key, _subfield_reader(field, is_date=False)) for field in item.subfields)

    def read(row: Sequence[object]) -> dict[str, object] | None:
        location = read_location(row)
        if location is None:
            return None
        if not all(type(number) is float and isfinite(number) for number in (row[longitude], row[latitude])):
            raise InvalidStoredValue
        return {key: read_field(location) for key, read_field in fields}

    return read


def _list_reader(index: int) -> RowReader:
    return lambda row: row[index] or []


def _money_reader(amount: int, currency: int) -> RowReader:
    def read(row: Sequence[object]) -> dict[str, str] | None:
        if row[amount] is None:
            return None
        code = cast("str", row[currency])
        return {"amount": format(to_main_units(cast("int", row[amount]), code), "f"), "currency": code}

    return read


def _partial_date_reader(date: int, precision: int | None, bound: int | None, *, is_end: bool) -> RowReader:
    """Return a function that reads a partial date, or the end of a period, from a row.

    The first three arguments are the indexes of the columns in the row. If no date is stored, a partial date is null.
    The end of a period is then a dict in which `date` is null, and `bound` is the stored bound, such as OPEN. If no
    bound is stored either, `bound` is UNKNOWN.
    """

    mark = {"is_end": True} if is_end else {}

    def read(row: Sequence[object]) -> dict[str, object] | None:
        day = row[date]
        if day is None and bound is None:
            return None
        kind = None if bound is None else row[bound]
        default = "UNKNOWN" if day is None else "DATE"
        return {
            "date": day,
            "precision": None if precision is None else row[precision],
            "bound": kind or default,
            **mark,
        }

    return read


def _tagged_text_reader(texts: tuple[tuple[int, str], ...]) -> RowReader:
    def read(row: Sequence[object]) -> dict[str, object] | None:
        return next(
            ({"text": row[index], "language": language} for index, language in texts if row[index] is not None), None
        )

    return read
