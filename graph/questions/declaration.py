"""Declarations of questions (named queries) as plain data.

GraphQL fields, documentation, reports and tests are derived from these declarations.

A question is a folder of `graph/questions/` with a `query.cypher` and, in its `__init__.py`:

- `Arguments`, a frozen keyword-only dataclass. Its fields are the statement's parameters.
- a `TypedRow` class for the rows of the answer, and another for each kind of map in a row. Statements return dates as
  text.
- `QUESTION`, a `Ranking`, `Listing` or `Single`.

A line `@include name` in a statement is replaced by the file `graph/questions/fragments/name.cypher`, which several
statements share. Calls such as `is_counted(…)` and `basis_of(…)` are replaced by the expressions of
`graph.cypher_functions`.

The folder name is the question's name everywhere: `renewals_due` is the statement `renewals_due`, the GraphQL field
`renewalsDue` and the report `renewals-due`. The description of a field is written only in its annotation:

    ended: Annotated[date, "The first day after the project."]
    project: Annotated[str, Ref("Project"), "The project."]

The first line of a class's docstring is the description of its type. A field without an `Annotated` annotation, such as
`sort_key`, is not public. A field whose annotation has markers but no description is not public either, but it can be a
column of the report. A method decorated with `computed` declares a field that is computed from a row.
"""

import dataclasses
import re
import sys
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from msgspec import defstruct

from graph.cypher_functions import expand
from graph.money import to_main_units
from graph.pagination import SortKeyTypes, append_page
from graph.questions.report_declaration import QuestionReport, ReportColumn
from graph.standing import STANDINGS_TEXT, YEAR_STANDINGS_TEXT
from graph.store import Statement, TypedRow
from graph.tables import Money
from graph.vocabulary import Standing, Vocabulary

__all__ = [
    "CITY",
    "INCLUDE_APPLIED",
    "NETWORK",
    "ON",
    "STANDINGS",
    "YEAR_STANDINGS",
    "Amount",
    "Analysis",
    "Argument",
    "Computed",
    "Id",
    "Listing",
    "MemberOf",
    "OneOf",
    "Question",
    "Ranking",
    "Ref",
    "RowField",
    "Selected",
    "Single",
    "Where",
    "arguments_of",
    "computed",
    "description_of",
    "fields_of",
    "ids_in",
    "nested_arguments",
    "selectable",
]

T = TypeVar("T")
Arguments = TypeVar("Arguments")
Row = TypeVar("Row")


_ANNOTATED: Any = Annotated


# --- Markers in annotations -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Id:
    """Marks an argument that is the id of a node with one of the labels `labels`.

    The statement must return a boolean column `<argument>_known`, which states whether a node has the id. If the
    argument is optional and null, the column is true. If the argument is a list of ids, the column is a list of
    booleans.
    """

    labels: tuple[str, ...]

    def __init__(self, *labels: str) -> None:
        object.__setattr__(self, "labels", labels)


@dataclass(frozen=True, slots=True)
class Where:
    """Marks an argument that filters the nodes of a label. `graph.traversal.where` defines the form of its value."""

    label: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks an argument that belongs to a group of alternatives. A caller must give exactly one argument of the group.

    Each argument of the group is declared as optional and is marked with a `OneOf` of the same name. In the API, the
    group is one argument, which is called `name`.
    """

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Today:
    """Marks a date argument. The API and the command line set an omitted date to today."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a field that contains ids of nodes. `type` is the GraphQL type of the nodes: a label, `Entity` or `Named`.

    The value of the field is an id, null, or a tuple of ids. Clients receive the nodes with these ids.
    """

    type: str


@dataclass(frozen=True, slots=True)
class MemberOf:
    """Marks a field that contains the name of a vocabulary member, such as "IN_FORCE", or a tuple of such names."""

    vocabulary: type[Vocabulary]


@dataclass(frozen=True, slots=True)
class Selected:
    """Marks a field that the statement computes only if the boolean statement parameters in `parameters` are true.

    `ask` sets these parameters to true if the client selects the field. It also sets them to true if no selection is
    passed to `ask`.
    """

    parameters: tuple[str, ...]

    def __init__(self, *parameters: str) -> None:
        object.__setattr__(self, "parameters", parameters)


class Amount(TypedRow, frozen=True):
    """An amount of money as stored, in minor units of an ISO 4217 currency. Clients receive it as `Money`."""

    currency: str
    minor: int

    @property
    def money(self) -> Money:
        """The amount in the main unit of the currency."""
        return Money.of(to_main_units(self.minor, self.currency), self.currency)


CITY = Annotated[str, Id("City"), "Id of the city, such as City:vantaa."]
NETWORK = Annotated[str, Id("Network"), "Id of the network, such as Network:eurocities."]
ON = Annotated[date, Today(), "The requested day; default today."]
INCLUDE_APPLIED = Annotated[bool, "Include memberships that are only applied for."]
STANDINGS = Annotated[tuple[Standing, ...], STANDINGS_TEXT]
YEAR_STANDINGS = Annotated[tuple[Standing, ...], YEAR_STANDINGS_TEXT]


class Computed(Generic[T]):
    """A property of a row class that is also a public field or a report column. The decorator `computed` creates it."""

    def __init__(self, read: Callable[[Any], T], metadata: tuple[object, ...]) -> None:
        self.read = read
        self.metadata = metadata

    @overload
    def __get__(self, row: None, owner: type) -> "Computed[T]": ...
    @overload
    def __get__(self, row: object, owner: type) -> T: ...
    def __get__(self, row: object, owner: type) -> "Computed[T] | T":
        return self if row is None else self.read(row)


def computed(*metadata: object) -> Callable[[Callable[[Any], T]], Computed[T]]:
    """Return a decorator that converts a method of a row to a computed field.

    `metadata` has the form of the metadata of `Annotated`: the markers, followed by the description.
    """
    return lambda read: Computed(read, metadata)


# --- Questions ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A field of a question's rows that has its own arguments, such as `significance`.

    The value of the field is an instance of `row`, or null. The values are computed only if a client selects the field.
    The values for all rows of the answer are computed by one call.
    """

    name: str
    description: str
    arguments: type[Any]
    row: type[Any]


@dataclass(frozen=True, kw_only=True)
class Question(ABC, Generic[Arguments, Row]):
    """The declaration of a question (named query). `module` is the `__name__` of its folder.

    - `parameters`: a function that computes statement parameters from the question's arguments. These are added to the
      arguments, or replace arguments of the same name. The function raises BadArgument if the arguments contradict each
      other or are out of range.
    - `columns`: the `TypedRow` class that declares the columns of the statement. It is needed only if these columns
      differ from the default columns of the subclass.
    - `compute`: a function that converts the arguments and a row of the statement to the answer. It is needed only if
      the statement does not return the answer itself. If `graph.registry.SOLUTIONS` has a function for the question,
      that function then converts the result of `compute` to the answer.
    - `leaves_out`: a description, for the documentation, of what the answer does not contain.
    - `examples`: arguments for tests on the seed data. Each example must have an answer. In the answer to the first
      example, every field must have a value.
    - `analyses`: row fields that are computed from the analysis snapshot, a copy of the graph in memory.

    A question without a `query.cypher` is computed in memory, from the analysis snapshot or the index of names.
    `graph.registry` contains the functions that compute these questions and the fields in `analyses`.
    """

    module: str
    description: str
    arguments: type[Arguments]
    row: type[Row]
    examples: tuple[Arguments, ...]
    leaves_out: str = ""
    parameters: Callable[[Arguments], Mapping[str, object]] | None = None
    columns: type[Any] | None = None
    compute: Callable[[Arguments, Any], Any] | None = None
    analyses: tuple[Analysis, ...] = ()
    report: QuestionReport | None = None
    statement: "Statement[Any] | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        path = self.folder / "query.cypher"
        if path.exists():
            columns = self._columns()
            text = expand(_include_fragments(self._text(columns)))
            object.__setattr__(self, "statement", Statement.of_rows(self.name, text, columns))

    @property
    def name(self) -> str:
        """The name of the question, which is the name of its folder."""
        return self.module.rpartition(".")[2]

    @property
    def folder(self) -> Path:
        """The path of the question's folder."""
        return Path(cast("str", sys.modules[self.module].__file__)).parent

    def _text(self, columns: type[Any]) -> str:
        return (self.folder / "query.cypher").read_text(encoding="utf-8")

    def _columns(self) -> type[Any]:
        if self.columns is not None:
            return self.columns
        known = [(argument.known_column, bool) for argument in arguments_of(self.arguments) if argument.id]
        return defstruct(f"{self.name}_columns", [*known, *self._answer_columns()], bases=(TypedRow,), frozen=True)

    @abstractmethod
    def _answer_columns(self) -> list[tuple[str, Any]]: ...


@dataclass(frozen=True, kw_only=True)
class Ranking(Question[Arguments, Row]):
    """A question whose answer is a paginated list of rows.

    - Each row has a `sort_key`. The field `sort_key` of the declaration contains the types of its values. The last
      value is an id.
    - The file `query.cypher` ends in `RETURN <argument>_known …, ranked`. `<argument>_known` is true if a node has the
      id that the argument contains. `ranked` is the list of all rows in order. `graph.pagination.append_page` appends
      the text that selects the page.
    - If the file `details.cypher` exists, it is appended to the statement. It receives the rows of the page as `rows`.
    - The complete statement returns the columns `<argument>_known`, `about`, `total`, `offset` and `rows`. `total` is
      the number of all rows, and `offset` the number of rows before the page. The function `compute` returns the rows
      of the page.
    - `about` is a `TypedRow` with facts about the whole ranking, or None. Clients receive its fields with each page.
    """

    sort_key: SortKeyTypes
    about: type[Any] | None = None

    def _answer_columns(self) -> list[tuple[str, Any]]:
        about = [] if self.about is None else [("about", self.about)]
        return [*about, ("total", int), ("offset", int), ("rows", tuple[self.row, ...])]

    def _text(self, columns: type[Any]) -> str:
        carried = [name for name in columns.__struct_fields__ if name not in ("total", "offset", "rows")]
        details = self.folder / "details.cypher"
        rest = details.read_text(encoding="utf-8") if details.exists() else ""
        return append_page(super()._text(columns), carried, rest)


@dataclass(frozen=True, kw_only=True)
class Listing(Question[Arguments, Row]):
    """A question whose answer is a list of rows.

    The statement returns the list in the column `rows`. For each argument that is an id, the statement also returns a
    column `<argument>_known`: whether a node has this id.
    """

    def _answer_columns(self) -> list[tuple[str, Any]]:
        return [("rows", tuple[self.row, ...])]


@dataclass(frozen=True, kw_only=True)
class Single(Question[Arguments, Row]):
    """A question whose answer is one row.

    The statement returns the row in the column `row`. For each argument that is an id, the statement also returns a
    column `<argument>_known`: whether a node has this id.
    """

    def _answer_columns(self) -> list[tuple[str, Any]]:
        return [("row", self.row)]


_INCLUDE: Final = re.compile(r"^( *)@include (\w+)\n", re.MULTILINE)
_FRAGMENTS: Final = Path(__file__).parent / "fragments"


def _include_fragments(text: str) -> str:
    """Replace each line `@include name` by the content of `fragments/name.cypher`.

    Such lines in the inserted content are replaced too.
    """

    def fragment(line: re.Match[str]) -> str:
        text = (_FRAGMENTS / f"{line[2]}.cypher").read_text(encoding="utf-8")
        return indent(_include_fragments(text), line[1])

    return _INCLUDE.sub(fragment, text)


# --- Reading declarations -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a question (named query), as the dataclass of the question's arguments declares it.

    `value_type` is the type of a single value. For example, it is `str` if the annotation is `tuple[str, ...] | None`.
    """

    name: str
    value_type: type
    optional: bool
    many: bool
    description: str
    default: object
    id: Id | None
    one_of: OneOf | None
    where: Where | None
    is_today: bool

    @property
    def public_name(self) -> str:
        """The name in the API. For example, it is `from` for `from_`, whose underscore avoids a Python keyword."""
        return self.name.rstrip("_")

    @property
    def known_column(self) -> str:
        """The name of the statement's column `<argument>_known`, which states whether a node has the argument's id."""
        return f"{self.public_name}_known"

    @property
    def required(self) -> bool:
        """Whether callers must pass the argument."""
        return self.default is dataclasses.MISSING and not self.is_today

    @property
    def nested(self) -> bool:
        """Whether the argument is a dataclass with arguments of its own, such as a subset."""
        return dataclasses.is_dataclass(self.value_type)


@dataclass(frozen=True, slots=True)
class RowField:
    """A field of the result rows of a question. Clients can select the field if it has a description.

    `value_type` is the type of a single value. For example, it is `str` if the annotation is `tuple[str, ...] | None`.
    """

    name: str
    value_type: type
    optional: bool
    many: bool
    description: str
    is_computed: bool
    ref: Ref | None
    vocabulary: type[Vocabulary] | None
    selected: tuple[str, ...]
    column: ReportColumn | None

    @property
    def nested(self) -> bool:
        """Whether the values of the field are rows with fields of their own."""
        return issubclass(self.value_type, TypedRow) and self.value_type is not Amount


@cache
def arguments_of(arguments: type) -> tuple[Argument, ...]:
    """Return the arguments that a dataclass declares. Raises TypeError if a field is not annotated with `Annotated`."""
    hints = get_type_hints(arguments, include_extras=True)
    found: list[Argument] = []
    for argument in dataclasses.fields(arguments):
        if (read := _annotation(hints[argument.name])) is None:
            raise TypeError(f"{arguments.__qualname__}.{argument.name} has no description")
        kind, optional, many, markers = read
        found.append(
            Argument(
                name=argument.name,
                value_type=kind,
                optional=optional,
                many=many,
                description=_one(markers, str) or "",
                default=cast("object", argument.default),
                id=_one(markers, Id),
                one_of=_one(markers, OneOf),
                where=_one(markers, Where),
                is_today=_one(markers, Today) is not None,
            )
        )
    return tuple(found)


def ids_in(arguments: object, argument: Argument) -> tuple[str, ...]:
    """Return the ids that `argument` contains. The result is empty if the argument is null or does not contain ids."""
    value = cast("str | tuple[str, ...] | None", getattr(arguments, argument.name))
    if argument.id is None or value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def nested_arguments(arguments: object) -> Iterator[tuple[object, Argument]]:
    """Yield every argument as a pair: the dataclass instance that contains the argument's value, and the argument.

    Usually the instance is `arguments` itself. An argument whose value is a dataclass, such as a subset, is not
    yielded. Instead, the arguments of that dataclass are yielded, each in a pair with the instance of that dataclass.
    If the value is null, nothing is yielded for the argument.
    """
    for argument in arguments_of(type(arguments)):
        if not argument.nested:
            yield arguments, argument
        elif (value := getattr(arguments, argument.name)) is not None:
            yield from nested_arguments(value)


@cache
def fields_of(row: type[TypedRow]) -> tuple[RowField, ...]:
    """Return the annotated fields of a row class, followed by its computed fields."""
    hints = get_type_hints(row, include_extras=True)
    annotated = [(name, hints[name], False) for name in row.__struct_fields__]
    for name, value in vars(row).items():
        if isinstance(value, Computed):
            made = cast("Computed[object]", value)
            result = get_type_hints(made.read)["return"]
            annotated.append((name, _ANNOTATED[(result, *made.metadata)], True))
    found: list[RowField] = []
    for name, hint, is_computed in annotated:
        if (annotation := _annotation(hint)) is None:
            continue
        kind, optional, many, markers = annotation
        member, selected = _one(markers, MemberOf), _one(markers, Selected)
        found.append(
            RowField(
                name=name,
                value_type=kind,
                optional=optional,
                many=many,
                description=_one(markers, str) or "",
                is_computed=is_computed,
                ref=_one(markers, Ref),
                vocabulary=member.vocabulary if member else None,
                selected=selected.parameters if selected else (),
                column=_one(markers, ReportColumn),
            )
        )
    return tuple(found)


def description_of(row: type) -> str:
    """Return the description of a row class, which is the first line of its docstring."""
    return (row.__doc__ or "").strip().partition("\n")[0]


@cache
def selectable(row: type) -> frozenset[str]:
    """Return the names of the statement parameters that the `Selected` markers of a row class contain.

    The markers of the row classes that are nested in this class are included.
    """
    fields = fields_of(row)
    own = {name for field in fields for name in field.selected}
    return frozenset(own.union(*(selectable(field.value_type) for field in fields if field.nested)))


def _annotation(hint: object) -> tuple[type, bool, bool, Sequence[object]] | None:
    """Parse the type hint `Annotated[type, marker, …]`. Return None if the hint is not an `Annotated`.

    Returns four values:

    - the type of a single value, for example `str` for a `Literal` and for `tuple[str, ...] | None`
    - whether the value can be None
    - whether the value is a tuple
    - the metadata: the markers and the description
    """
    if get_origin(hint) is not Annotated:
        return None
    inner, *markers = get_args(hint)
    optional = False
    if get_origin(inner) in (Union, types.UnionType):
        present = [option for option in get_args(inner) if option is not type(None)]
        optional = len(present) < len(get_args(inner))
        if len(present) != 1:
            raise TypeError(f"a field cannot be {inner!r}: give one type, or one type and None")
        (inner,) = present
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    if get_origin(inner) is Literal:
        inner = str
    return get_origin(inner) or inner, optional, many, markers


def _one(markers: Sequence[object], kind: type[T]) -> T | None:
    """Return the last marker that is an instance of the class `kind`, or None if there is no such marker.

    A field's annotation can contain an alias such as `CITY`. A marker of the field then overrides a marker of the
    alias, because it comes later.
    """
    return next((marker for marker in reversed(markers) if isinstance(marker, kind)), None)
