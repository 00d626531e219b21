"""How a question is declared: plain data, from which its field, page of documentation, report and tests are derived.

A question is a folder of `graph/questions/` with a `query.cypher` and, in its `__init__.py`:

- `Arguments`, a frozen keyword-only dataclass. Its fields are the statement's parameters.
- a `TypedRow` for a row of the answer, and one for each kind of map within a row. Statements return dates as text.
- `QUESTION`, a `Ranking`, `Listing` or `Single`.

The name of the folder names the question everywhere: `renewals_due` is the statement `renewals_due`, the GraphQL field
`renewalsDue` and the report `renewals-due`. Fields are annotated with their description, which stands nowhere else:

    ended: Annotated[date, "The first day after the project."]
    project: Annotated[str, Ref("Project"), "The project."]

The first line of a class's docstring describes its type. A field without annotation, such as `sort_key`, is not
public. Fields computed from a row are properties decorated with `computed`.
"""

import dataclasses
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import (
    Annotated,
    Any,
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

from graph.pagination import SortKeyTypes, append_page
from graph.questions.report_declaration import QuestionReport, ReportColumn
from graph.store import Statement, TypedRow
from graph.vocabulary import Vocabulary

__all__ = [
    "CITY",
    "INCLUDE_APPLIED",
    "NETWORK",
    "ON",
    "Amount",
    "Analysis",
    "Argument",
    "Id",
    "Listing",
    "MemberOf",
    "Question",
    "Ranking",
    "Ref",
    "RowField",
    "Selected",
    "Single",
    "arguments_of",
    "computed",
    "description_of",
    "fields_of",
    "selectable",
]

T = TypeVar("T")
Arguments = TypeVar("Arguments")
Row = TypeVar("Row")


_ANNOTATED: Any = Annotated


# --- Markers in annotations -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Id:
    """An argument is the id of a node with one of these labels. The statement answers whether it exists.

    Its column is `<argument>_known`; that of an optional argument is true where the argument is null.
    """

    labels: tuple[str, ...]

    def __init__(self, *labels: str) -> None:
        object.__setattr__(self, "labels", labels)


@dataclass(frozen=True, slots=True)
class Today:
    """An argument is a day that callers outside this package may leave out; it is then today."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A field holds an id, an id or null, or ids of nodes of this GraphQL type: a label, `Entity` or `Named`.

    Clients see the nodes.
    """

    type: str


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A field holds the name of a member of the vocabulary, or several."""

    vocabulary: type[Vocabulary]


@dataclass(frozen=True, slots=True)
class Selected:
    """These boolean parameters of the statement are true only where a client selects the field.

    They are true for callers that do not say what they select.
    """

    parameters: tuple[str, ...]

    def __init__(self, *parameters: str) -> None:
        object.__setattr__(self, "parameters", parameters)


class Amount(TypedRow, frozen=True):
    """Money as stored: minor units of a currency (ISO 4217). Clients see `Money`."""

    currency: str
    minor: int


CITY = Annotated[str, Id("City"), "Id of the city, such as City:vantaa."]
NETWORK = Annotated[str, Id("Network"), "Id of the network, such as Network:eurocities."]
ON = Annotated[date, Today(), "The day asked about; default today."]
INCLUDE_APPLIED = Annotated[bool, "Also what was applied for and not shown to be granted."]


class Computed(Generic[T]):
    """A public property of a row, made by `computed`."""

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
    """Make a method of a row a public property; takes what an annotation does: markers, and the description last."""
    return lambda read: Computed(read, metadata)


# --- Questions ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A field of a question's rows with arguments of its own, such as `significance`: a `row`, or null, for each row.

    It is computed only where a client selects it, for all rows of the answer together.
    """

    name: str
    description: str
    arguments: type[Any]
    row: type[Any]


@dataclass(frozen=True, kw_only=True)
class Question(Generic[Arguments, Row]):
    """A question. `module` is the `__name__` of its folder.

    `parameters` makes the statement's parameters of the arguments, where they are not the same; it raises BadArgument.
    `columns` is the `TypedRow` of the statement's columns where they are more than the usual ones (see the subclasses).
    `compute` makes the answer of the arguments and the row of columns, where the statement's rows are not the answer.
    `examples` are asked by tests over the seeds, and must have an answer. The first one shows every field.
    `analyses` are fields of its rows that are computed from the analysis snapshot.
    A question without a `query.cypher` is computed from that snapshot as a whole. `graph.registry` binds what computes.
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
            object.__setattr__(self, "statement", Statement.of_rows(self.name, self._text(columns), columns))

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.module.rpartition(".")[2]

    @property
    def folder(self) -> Path:
        """The question's folder."""
        return Path(cast("str", sys.modules[self.module].__file__)).parent

    def _text(self, columns: type[Any]) -> str:
        return (self.folder / "query.cypher").read_text(encoding="utf-8")

    def _columns(self) -> type[Any]:
        if self.columns is not None:
            return self.columns
        known = [(argument.known_column, bool) for argument in arguments_of(self.arguments) if argument.id]
        return defstruct(f"{self.name}_columns", [*known, *self._answer_columns()], bases=(TypedRow,), frozen=True)

    def _answer_columns(self) -> list[tuple[str, Any]]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Ranking(Question[Arguments, Row]):
    """A question that answers page by page; its rows have a `sort_key` of the given types, the last one an id.

    The statement ends in `RETURN <argument>_known …, ranked`: all rows in order. The page is cut by text that is
    appended to it (`graph.pagination.append_page`); `details.cypher`, if there is one, goes on from `rows`, the page.
    Columns: `<argument>_known`, `total`, `offset`, `rows`. `compute` returns the rows of the page.
    `about` is a dataclass of what a computed ranking says of itself as a whole; clients see it beside the page.
    """

    sort_key: SortKeyTypes
    about: type[Any] | None = None

    def _answer_columns(self) -> list[tuple[str, Any]]:
        return [("total", int), ("offset", int), ("rows", tuple[self.row, ...])]

    def _text(self, columns: type[Any]) -> str:
        carried = [name for name in columns.__struct_fields__ if name not in ("total", "offset", "rows")]
        details = self.folder / "details.cypher"
        rest = details.read_text(encoding="utf-8") if details.exists() else ""
        return append_page(super()._text(columns), carried, rest)


@dataclass(frozen=True, kw_only=True)
class Listing(Question[Arguments, Row]):
    """A question that answers with a list of rows. Columns: `<argument>_known`, `rows`."""

    def _answer_columns(self) -> list[tuple[str, Any]]:
        return [("rows", tuple[self.row, ...])]


@dataclass(frozen=True, kw_only=True)
class Single(Question[Arguments, Row]):
    """A question that answers with one row. Columns: `<argument>_known`, `row`."""

    def _answer_columns(self) -> list[tuple[str, Any]]:
        return [("row", self.row)]


# --- Reading declarations -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a question: its type without null and tuple, and what its annotation says."""

    name: str
    value_type: type
    optional: bool
    many: bool
    description: str
    default: object
    id: Id | None
    is_today: bool

    @property
    def public_name(self) -> str:
        """Its name without the underscore that sets a Python keyword apart (`from_`)."""
        return self.name.rstrip("_")

    @property
    def known_column(self) -> str:
        """The column that says whether the node exists."""
        return f"{self.public_name}_known"

    @property
    def required(self) -> bool:
        """Whether every caller gives it."""
        return self.default is dataclasses.MISSING and not self.is_today


@dataclass(frozen=True, slots=True)
class RowField:
    """A public field of a row: its type without null and tuple, and what its annotation says."""

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
        """Whether its values are rows themselves."""
        return issubclass(self.value_type, TypedRow) and self.value_type is not Amount


@cache
def arguments_of(arguments: type) -> tuple[Argument, ...]:
    """Return the fields of a dataclass of arguments. Raises TypeError for one that is not described."""
    hints = get_type_hints(arguments, include_extras=True)
    found: list[Argument] = []
    for each in dataclasses.fields(arguments):
        if (read := _annotation(hints[each.name])) is None:
            raise TypeError(f"{arguments.__qualname__}.{each.name} has no description")
        kind, optional, many, markers = read
        found.append(
            Argument(
                name=each.name,
                value_type=kind,
                optional=optional,
                many=many,
                description=_one(markers, str) or "",
                default=cast("object", each.default),
                id=_one(markers, Id),
                is_today=_one(markers, Today) is not None,
            )
        )
    return tuple(found)


@cache
def fields_of(row: type[TypedRow]) -> tuple[RowField, ...]:
    """Return the public fields of a row: those with a description, then the computed ones."""
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
    """Return the description of a row's type: the first line of its docstring."""
    return (row.__doc__ or "").strip().partition("\n")[0]


@cache
def selectable(row: type) -> frozenset[str]:
    """Return the statement's parameters that depend on what a client selects, of a row and the rows within."""
    own = {name for each in fields_of(row) for name in each.selected}
    return frozenset(own.union(*(selectable(each.value_type) for each in fields_of(row) if each.nested)))


def _annotation(hint: object) -> tuple[type, bool, bool, Sequence[object]] | None:
    """Read `Annotated[type, ..., "Description."]`; None where there is no description."""
    if get_origin(hint) is not Annotated:
        return None
    inner, *markers = get_args(hint)
    optional = False
    if get_origin(inner) in (Union, types.UnionType):
        present = [each for each in get_args(inner) if each is not type(None)]
        optional = len(present) < len(get_args(inner))
        if len(present) != 1:
            raise TypeError(f"a field cannot be {inner!r}: give one type, or one type and None")
        (inner,) = present
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    if get_origin(inner) is Literal:
        inner = str
    return inner, optional, many, markers


def _one(markers: Sequence[object], kind: type[T]) -> T | None:
    """The last marker of this kind, so that an annotation can override that of the alias it wraps."""
    return next((each for each in reversed(markers) if isinstance(each, kind)), None)
