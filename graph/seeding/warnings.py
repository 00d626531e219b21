"""Warnings about values that are probably wrong. A warning stops the load unless the seed file acknowledges it.

An item of a seed file uses the key `acknowledges` to acknowledge the warnings about its values. A source or
relationship that is written as a mapping can have this key, too. The value of `acknowledges` is a mapping. Each of its
keys is the property, or the possible name of a person, that caused the warning. The value is the reason why the value
of the property is correct, or "not a person":

    acknowledges: {annualFee: the fee of all 27 members}
    acknowledges: {Robert Schuman: not a person}
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graph.model import Kind, Property
from graph.seeding.currencies import to_euros
from graph.seeding.personal_names import find_names
from graph.seeding.property_values import get_entry
from graph.seeding.raw_values import Raw, RawMapping, RawNull, RawScalar
from graph.seeding.records import Columns, Dataset, SourceLocation

__all__ = ["ACKNOWLEDGES", "Warned", "acknowledge", "find_warnings"]

ACKNOWLEDGES: Final = "acknowledges"
_NOT_A_PERSON: Final = "not a person"
_FACTOR: Final = 10
_NAMING: Final = frozenset({"name", "otherNames"})
_NAMED_AFTER_PERSONS: Final = frozenset({"Unit", "Document"})
"""Labels of the nodes whose names are searched for names of persons.

The names of other nodes are not searched, because many of them, such as names of networks, look like names of persons.
"""


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about a value.

    `subject` is the key under which a seed file acknowledges the warning. It is the name of the property, or the text
    that may be the name of a person.
    """

    subject: str
    property: Property
    location: SourceLocation
    message: str


def find_warnings(
    label: str, properties: Iterable[Property], columns: Columns, locations: Mapping[str, SourceLocation]
) -> Iterator[Warned]:
    """Yield the warnings about the values of a node or relationship.

    `label` is the label of the node, or an empty text for a relationship.
    """
    for property_ in properties:
        location = locations.get(property_.name)
        if location is None:
            continue
        if property_.largest_known is not None and property_.columns[0] in columns:
            yield from _implausible_amount(property_, columns, location)
        is_text = property_.kind in (Kind.STRING, Kind.LOCALISED)
        if is_text and (property_.name not in _NAMING or label in _NAMED_AFTER_PERSONS):
            for text in _texts(property_, columns):
                for name in find_names(text):
                    message = f"`{property_.name}` may contain the name of a person: `{name}`"
                    yield Warned(name, property_, location, message)


def acknowledge(warnings: Iterable[Warned], raw: Raw, dataset: Dataset) -> None:
    """Add a problem for every warning that the seed file does not acknowledge, and for every unused acknowledgement.

    `raw` is the item, source or relationship that contains the values with the warnings. Its key `acknowledges`
    contains the acknowledgements. A problem is also added for an acknowledgement without a valid reason.
    """
    reasons = get_entry(raw, ACKNOWLEDGES)
    if not isinstance(reasons, RawMapping | RawNull):
        hint = f"write `{ACKNOWLEDGES}: {{Robert Schuman: {_NOT_A_PERSON}}}`"
        dataset.add_problem(reasons.location, f"`{ACKNOWLEDGES}` is not a mapping", hint)
        return
    by_subject = {key.text: (key, value) for key, value in reasons.entries} if isinstance(reasons, RawMapping) else {}
    used: set[str] = set()
    for warned in warnings:
        if warned.subject in by_subject:
            used.add(warned.subject)
            _check_reason(warned, by_subject[warned.subject][1], dataset)
        else:
            dataset.add_problem(warned.location, f"warning: {warned.message}", _hint(warned))
    for subject, (key, _) in by_subject.items():
        if subject not in used:
            message = f"`{ACKNOWLEDGES}` names `{subject}`, about which there is no warning here"
            dataset.add_problem(key.location, message, "delete it")


def _check_reason(warned: Warned, raw: Raw, dataset: Dataset) -> None:
    reason = raw.text.strip() if isinstance(raw, RawScalar) else ""
    if _is_amount(warned) and not reason:
        message = f"`{ACKNOWLEDGES}` gives no reason for `{warned.subject}`"
        dataset.add_problem(raw.location, message, "write why the amount is right")
    elif not _is_amount(warned) and reason != _NOT_A_PERSON:
        message = f"`{ACKNOWLEDGES}` says of `{warned.subject}`: `{reason}`"
        hint = f"write `{_NOT_A_PERSON}`; if it is a person, delete the name from `{warned.property.name}`"
        dataset.add_problem(raw.location, message, hint)


def _is_amount(warned: Warned) -> bool:
    return warned.subject == warned.property.name


def _hint(warned: Warned) -> str:
    if _is_amount(warned):
        return f"correct it; if it is right, add `{ACKNOWLEDGES}: {{{warned.subject}: …}}` with the reason"
    acknowledgement = f"`{ACKNOWLEDGES}: {{{warned.subject}: {_NOT_A_PERSON}}}`"
    return f"delete the name of a person; if it is not one, add {acknowledgement}"


def _implausible_amount(property_: Property, columns: Columns, location: SourceLocation) -> Iterator[Warned]:
    assert property_.largest_known is not None
    currency = columns.get(f"{property_.name}Currency")
    euros = to_euros(columns[property_.columns[0]], str(currency)) if currency is not None else 0
    if euros > _FACTOR * property_.largest_known:
        message = (
            f"`{property_.name}` is about {_rounded(euros)} EUR, "
            f"more than {_FACTOR} times the largest known ({_rounded(property_.largest_known)} EUR)"
        )
        yield Warned(property_.name, property_, location, message)


def _rounded(number: float) -> str:
    return f"{float(f'{number:.3g}'):,.15g}".replace(",", " ")


def _texts(property_: Property, columns: Columns) -> Iterator[str]:
    for column in property_.columns:
        value = columns.get(column, [])
        yield from value if isinstance(value, list) else [str(value)]
