"""Convert the values of a GraphQL response to objects that templates print in the reader's language.

The schema determines the class of each object. Jinja prints such an object with the object's method `__html__`. A
template therefore cannot print a raw enum value, ISO date or amount by mistake.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, cast

from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import format_currency
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from markupsafe import escape

from api.pages.language import Reader
from api.translations.catalogue import LANGUAGES
from graph.iso_date import KNOWN_CHARACTERS, likely_precision
from graph.model import LABELS, RELATIONSHIPS

__all__ = ["Day", "Label", "Money", "Period", "Plan", "Text", "convert", "english_dates", "plan_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """An enum value.

    It is equal to the name of the value, but a template prints its display name in the reader's language. It is not a
    `str`, so that filters and slices in templates never work on the name of the value by mistake.
    """

    code: str
    text: str

    @classmethod
    @cache
    def of(cls, enumeration: str, code: str, reader: Reader) -> "Label":
        return cls(code, reader.label(enumeration, code))

    def __eq__(self, other: object) -> bool:
        return self.code == (other.code if isinstance(other, Label) else other)

    def __lt__(self, other: "Label") -> bool:
        return self.code < other.code

    def __hash__(self) -> int:
        return hash(self.code)

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return str(escape(self.text))


class Day(date):
    """A date that is printed in the format of the reader's language.

    If only its month or year is known, only these are printed. `precision` is then MONTH or YEAR.
    """

    reader: Reader
    precision: str

    @classmethod
    def of(cls, day: date, reader: Reader, precision: str | None = None) -> "Day":
        made = cls(day.year, day.month, day.day)
        made.reader = reader
        made.precision = precision or "DAY"
        return made

    def __str__(self) -> str:
        match self.precision:
            case "YEAR":
                return str(self.year)
            case "MONTH":
                return format_skeleton("yMMMM", self, locale=self.reader.locale)
            case _:
                return format_date(self, _DAY.get(self.reader.language, "medium"), self.reader.locale)

    def __html__(self) -> str:
        known = self.isoformat()[: KNOWN_CHARACTERS.get(self.precision)]
        return f'<time datetime="{known}">{escape(str(self))}</time>'


_DAY: Final = {"sv": "d.M.y"}
"""Formats of dates that replace those of the CLDR, by language.

In Finland, dates in Swedish have the same format as in Finnish.
"""


@dataclass(frozen=True, slots=True)
class Period:
    """The start or the end of a period: a partial date (a day, a month or a year), or a bound that has no date.

    If there is no date, `bound` is OPEN (not set) or UNKNOWN. If `is_end` is true, `date` is an exclusive end: the day
    after the last day of the period. In this case, the last day of the period is printed instead of `date`, or its
    month or year if no more is known.
    """

    date: Day | None
    precision: str | None
    bound: str
    reader: Reader
    is_end: bool = False

    def __str__(self) -> str:
        if self.date is None:
            return self.reader.label("DateBound", self.bound)
        return str(_last_day(self.date) if self.is_end else self.date)

    @property
    def last_day(self) -> "Period":
        """The last day of a period of which this object is the end."""
        return self if self.date is None else replace(self, date=_last_day(self.date), is_end=False)

    @property
    def next_day(self) -> "Period":
        """The first day after a period of which this object is the end."""
        return replace(self, is_end=False)


def _last_day(end: Day) -> Day:
    return Day.of(end - timedelta(days=1), end.reader, end.precision)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. If the amount is a whole number, it is printed without decimal places."""

    amount: Decimal
    currency: str
    reader: Reader

    def __str__(self) -> str:
        whole = self.amount == self.amount.to_integral_value()
        return format_currency(
            self.amount,
            self.currency,
            locale=self.reader.locale,
            currency_digits=not whole,
            decimal_quantization=True,
            format=_WHOLE[self.reader.language] if whole else None,
        )

    def __html__(self) -> str:
        return str(escape(str(self)))


_WHOLE: Final = {"fi": "#,##0\xa0¤", "sv": "#,##0\xa0¤", "en": "¤#,##0"}
"""The formats of amounts that are printed without decimal places, by language."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its language. If this is not the reader's language, the HTML states the language.

    The HTML contains the text as `typeset` returns it: "§" and its number are never on different lines, and dates in
    English texts have the English format.
    """

    text: str
    language: str
    reader: Reader

    def __str__(self) -> str:
        return self.text

    @property
    def typeset(self) -> str:
        text = self.text.replace("§ ", "§\N{NO-BREAK SPACE}")
        return english_dates(text) if self.language == "en" else text

    def __html__(self) -> str:
        text = _TIED_WORD.sub(r'<span class="tied">\1</span>', str(escape(self.typeset)))
        if self.language == self.reader.language:
            return f"<bdi>{text}</bdi>"
        return f'<bdi lang="{self.language}">{text}</bdi>'


_TIED_WORD: Final = re.compile(r"(?<= )(-\w+)")
"""A word that begins with a hyphen, as in "Nordic Safe Cities -verkosto". A line must not break after such a hyphen."""


_DATE: Final = re.compile(
    r"(?<![\d.-])(?:(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>(?:19|20)\d\d)|(?P<iso>(?:19|20)\d\d-\d\d-\d\d))(?![\d-])"
)
"""A date in a text, in the Finnish format or in the ISO format."""


@lru_cache(maxsize=4_096)
def english_dates(text: str) -> str:
    """Convert all dates in an English text to the English date format, and return the new text."""
    return _DATE.sub(_english_date, text)


def _english_date(found: re.Match[str]) -> str:
    with suppress(ValueError):
        iso = found["iso"]
        day = date.fromisoformat(iso) if iso else date(int(found["y"]), int(found["m"]), int(found["d"]))
        return format_date(day, "d MMM y", "en_GB")
    return found[0]


# --- Conversion ---

_ENDS: Final = frozenset(of.name for holder in (*LABELS, *RELATIONSHIPS) for of in holder.properties if of.is_end)
"""The fields that contain the exclusive end of a period: the day after the last day."""

Converter = Callable[[Any, Reader], object]


@dataclass(frozen=True, slots=True)
class Leaf:
    """The conversion of a value that is printed as a whole, such as a date, an enum value or an amount of money.

    `type_name` is the name of the value's GraphQL type. If `is_end` is true, the value is the exclusive end of a
    period, and the last day is printed. A Leaf contains no functions, so that it can be sent to the process that
    renders pages.
    """

    type_name: str
    is_enum: bool = False
    is_end: bool = False

    def convert(self, value: Any, reader: Reader) -> object:
        if self.is_enum:
            return Label.of(self.type_name, value, reader)
        converted = _CONVERTERS[self.type_name](value, reader)
        if self.is_end:
            return (
                replace(converted, is_end=True) if isinstance(converted, Period) else _last_day(cast("Day", converted))
            )
        return converted


Plan = Mapping[str, "Leaf | Plan"]
"""The conversions of the values in an object of a response, by response key.

A value without a conversion is unchanged.
"""


def convert(value: Any, plan: Plan, reader: Reader) -> Any:
    """Convert the values in a GraphQL response to objects for templates.

    `value` is an object, or a list of objects, of the response. `plan` is a dict from response key to the
    conversion of the value.
    """
    if isinstance(value, list):
        return [convert(item, plan, reader) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    converted = cast("dict[str, Any]", value).copy()
    for key, part in plan.items():
        found = converted.get(key)
        if found is not None:
            converted[key] = _apply(found, part, reader) if isinstance(part, Leaf) else convert(found, part, reader)
    for name, proofs in _ATTESTED.items():
        if isinstance(plan.get(name), Leaf) and converted.get(name) is not None:  # aggregates contain objects
            citations: list[Mapping[str, Any]] = converted.get(proofs) or converted.get("sources") or []
            citations = [source.get("citation", source) for source in citations]  # of a renewal
            converted[name] = _as_known(converted[name], citations, reader)
    if isinstance(plan.get("shownOn"), Leaf) and converted.get("shownOn") is not None:
        converted["shownOn"] = _shown_on(converted, reader)
    return converted


def _shown_on(row: Mapping[str, Any], reader: Reader) -> Day:
    """Return the day on which sources show a collaboration, with the precision in which it is known.

    `row` describes a gap (see the page `gaps`), or one of the two collaborations of a possible duplicate. If the day is
    later than the last source of the membership, it is the end of a decided term, and therefore exact.
    """
    day: Day = row["shownOn"]
    holders: list[Mapping[str, Any]] = [row.get("node") or {}, *(row.get("proofs") or ())]
    attested: list[Day] = [found["attestedOn"] for found in holders if found.get("attestedOn") is not None]
    if attested and row.get("unknown") != "BEGINNING":
        latest = max(attested)
        if day >= latest:
            return latest if day == latest else day
    return _as_known(day, [], reader)


_ATTESTED: Final = {
    "attestedOn": "latest",
    "attestedFrom": "earliest",
    "attestedAfter": "latest",
    "rosterAttestedOn": "rostered",
}
"""A dict from each field that contains an attested day (a day on which a source shows the fact) to a response key.

This key leads to the citations of the source.
"""


def _as_known(day: Day, citations: list[Mapping[str, Any]], reader: Reader) -> Day:
    """Return the day on which a source shows a fact, with the precision in which this day is known.

    The API has no precision for these days. If a source gives only a year or month, the seeds contain the first or last
    day of the year or month. Such a first or last day is treated as exact only if a cited document has this date, or if
    a quote contains it. Otherwise, only its month or year is treated as known.
    """
    precision = likely_precision(day)
    if precision == "DAY" or any(_states_day(citation, day) for citation in citations):
        return day
    return Day.of(day, reader, precision)


def _states_day(citation: Mapping[str, Any], day: date) -> bool:
    document = citation["document"].get("date") if "document" in citation else None
    if document is not None and document.date == day and document.precision == "DAY":
        return True
    names = "|".join(_month_names(day.month))
    stated = rf"(?<!\d){day.day}(?:st|nd|rd|th)?\.? ?(?:(?:{names})|0?{day.month}\.)"
    return re.search(stated, citation["quote"].lower()) is not None


@cache
def _month_names(month: int) -> tuple[str, ...]:
    """Return the first four letters of the names of a month in all languages, in lower case."""
    return tuple(get_month_names("wide", locale=locale)[month][:4].lower() for locale in LANGUAGES.values())


def _apply(value: Any, leaf: Leaf, reader: Reader) -> object:
    if isinstance(value, list):
        return [_apply(item, leaf, reader) for item in cast("list[Any]", value)]
    return leaf.convert(value, reader)


def plan_of(schema: GraphQLSchema, document: DocumentNode) -> Plan:
    """Return the plan with which `convert` converts the response of an operation.

    `document` is the GraphQL document of the operation. It must contain exactly one operation.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    assert schema.query_type is not None
    plan: dict[str, Any] = {}
    _collect(schema, schema.query_type, operation.selection_set, fragments, plan)
    return _pruned(plan)


def _pruned(plan: dict[str, Any]) -> Plan:
    parts = {key: part if isinstance(part, Leaf) else _pruned(part) for key, part in plan.items()}
    return {key: part for key, part in parts.items() if part}


def _collect(
    schema: GraphQLSchema,
    parent: Any,
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    plan: dict[str, Any],
) -> None:
    for selection in selections.selections:
        match selection:
            case FieldNode():
                name = selection.name.value
                if name.startswith("__"):
                    continue
                key = selection.alias.value if selection.alias else name
                named = cast("Any", get_named_type(parent.fields[name].type))
                if (leaf := _leaf(named, is_end=name in _ENDS)) is not None:
                    plan[key] = leaf
                elif selection.selection_set is not None:
                    _collect(schema, named, selection.selection_set, fragments, plan.setdefault(key, {}))
            case InlineFragmentNode():
                condition = selection.type_condition
                inner = schema.type_map[condition.name.value] if condition else parent
                _collect(schema, inner, selection.selection_set, fragments, plan)
            case FragmentSpreadNode():
                fragment = fragments[selection.name.value]
                inner = schema.type_map[fragment.type_condition.name.value]
                _collect(schema, inner, fragment.selection_set, fragments, plan)
            case _:
                raise AssertionError(selection)


def _leaf(named: Any, *, is_end: bool) -> Leaf | None:
    name = cast("str", named.name)
    if isinstance(named, GraphQLEnumType):
        return Leaf(name, is_enum=True)
    is_printed = name in ("Date", "Decimal") or (isinstance(named, GraphQLObjectType) and name in _CONVERTERS)
    return Leaf(name, is_end=is_end) if is_printed else None


def _day(value: str, reader: Reader) -> Day:
    return Day.of(date.fromisoformat(value), reader)


def _partial_date(value: dict[str, str | None], reader: Reader) -> Period:
    day = value["date"]
    known = None if day is None else Day.of(date.fromisoformat(day), reader, value["precision"])
    return Period(known, value["precision"], value["bound"] or "", reader)


_CONVERTERS: Final[Mapping[str, Converter]] = {
    "Date": _day,
    "Decimal": lambda value, _reader: Decimal(value),
    "LocalisedText": lambda value, reader: Text(value["text"], value["language"].lower(), reader),
    "Money": lambda value, reader: Money(Decimal(value["amount"]), value["currency"], reader),
    "PartialDate": _partial_date,
}
"""For each GraphQL type whose values are printed as a whole, the function that converts a value.

The keys are type names.
"""
