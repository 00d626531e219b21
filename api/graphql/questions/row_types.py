"""Derive the GraphQL types for the result rows of questions (named queries) from the row dataclasses."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import cast

import strawberry

from api.graphql.fields import DerivedField
from api.graphql.questions.analysis_field import AnalysisField
from api.graphql.questions.node_fields import ComputedField, NodeField
from api.graphql.scalars import Money, enum_of
from graph.money import to_main_units
from graph.questions.declaration import Amount, Analysis, RowField, description_of, fields_of

__all__ = ["PlainField", "annotation", "money", "row_fields", "row_type"]


def money(minor: int | None, currency: str | None) -> Money | None:
    """Convert an amount in minor units, such as cents, to Money.

    If the amount or the currency is unknown, return None.
    """
    if minor is None or currency is None:
        return None
    return Money(amount=to_main_units(minor, currency), currency=currency)


class PlainField(DerivedField):
    """A GraphQL field that returns an attribute of the row unchanged."""

    def __init__(self, annotation: object, description: str) -> None:
        super().__init__(annotation, description)
        self.init = self.repr = self.compare = False


@cache
def row_type(row: type, analyses: tuple[Analysis, ...] = (), question: str = "") -> type:
    """Return the GraphQL type for the result rows that the dataclass `row` declares.

    The type has an additional field for each analysis in `analyses`. These analyses belong to the question (named
    query) whose name is `question`. Each row dataclass must have a unique name.
    """
    fields = row_fields(row)
    for analysis in analyses:
        fields[analysis.name] = AnalysisField(analysis, question, row_type(analysis.row) | None)
    return strawberry.type(type(row.__name__, (), fields), name=row.__name__, description=description_of(row))


def row_fields(row: type) -> dict[str, DerivedField]:
    """Return the GraphQL fields for the public fields of a row dataclass, as a dict from name to field.

    A field of the dataclass is public if it has a description.
    """
    return {field.name: _field(field) for field in fields_of(row) if field.description}


def _field(field: RowField) -> DerivedField:
    if field.ref is not None:
        return NodeField(cast("str", annotation(field.ref.type, field)), ids=field.name, description=field.description)
    if field.value_type is Amount:
        return ComputedField(annotation(Money, field), _read_money(field), field.description)
    base = (
        enum_of(field.vocabulary)
        if field.vocabulary
        else row_type(field.value_type)
        if field.nested
        else field.value_type
    )
    return PlainField(annotation(base, field), field.description)


def annotation(base: type | str, field: RowField) -> object:
    """Return the type annotation of a field of a row. `base` is the annotation of a single value.

    If the field has several values, the result is a list type. If the field is optional, the result also allows None.
    If `base` is the name of a type, the result is a string.
    """
    if isinstance(base, str):
        whole = f"list[{base}]" if field.many else base
        return f"{whole} | None" if field.optional else whole
    whole = cast("type", list[base]) if field.many else base  # type: ignore[valid-type]
    return whole | None if field.optional else whole


def _read_money(field: RowField) -> Callable[[object], object]:
    read = attrgetter(field.name)

    def one(row: object) -> Money | None:
        amount = cast("Amount | None", read(row))
        return None if amount is None else money(amount.minor, amount.currency)

    def several(row: object) -> list[Money | None]:
        return [money(amount.minor, amount.currency) for amount in cast("tuple[Amount, ...]", read(row))]

    return several if field.many else one
