"""Load pages from their folders, and read the variables of a page's GraphQL operation from a request.

A page is a folder with `query.graphql` and `template.html`. The path of its URL is the name of the folder, but the page
`start` has the path `/`. The query parameters of the URL become the variables of the operation. The variables in
`PROVIDED` have default values. In a list of ids, the ids are separated by commas.

A folder can contain templates for other formats. For example, `template.csv` renders the page as CSV, and its path has
the suffix `.csv`. The operation can use the fragments in `fragments.graphql`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypeVar, cast

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
    print_ast,
    separate_operations,
)

from api.pages.values import Plan, plan_of
from graph.questions.cost_per_network import YEARS

__all__ = ["FOLDER", "PROVIDED", "START", "InvalidParameter", "Page", "label_of", "load_pages"]

FOLDER: Final = Path(__file__).parent
_DOCUMENT: Final = "query.graphql"
_FRAGMENTS: Final = "fragments.graphql"
"""The file with the GraphQL fragments that several pages use."""
_TEMPLATE: Final = "template"
START: Final = "start"
_YEARS: Final = ("from", "until", "year", "lastYear")
"""The variables that are calendar years."""

T = TypeVar("T")


class InvalidParameter(Exception):
    """An error for a URL parameter that is missing or invalid.

    `values` contains the values of the parameters that the reader must correct, by name: one parameter, or two years of
    which the first is later than the last. If a parameter is missing, its value is None.
    """

    def __init__(self, **values: object) -> None:
        self.values = values


@dataclass(frozen=True, slots=True)
class Page:
    """A page, with its GraphQL operation and the suffixes of its templates.

    `subjects` contains the response keys of the root fields that return a single node. If such a node is null, an error
    page is shown instead. `connections` describes the lists (GraphQL connections) that can continue on a further page.
    It is a dict. Its key is the variable that the operation passes as the argument `after` of the connection. Its value
    is the sequence of response keys that leads to the connection.
    """

    name: str
    document: str
    variables: Mapping[str, VariableDefinitionNode]
    plan: Plan
    subjects: frozenset[str]
    connections: Mapping[str, tuple[str, ...]]
    suffixes: tuple[str, ...]

    def route(self, suffix: str) -> str:
        """Return the URL path of the page in a format.

        If `id` is a variable of the page, the path contains placeholders for the two parts of the id.
        """
        path = "/" if self.name == START else f"/{self.name}"
        path = f"{path}/{{label}}/{{slug}}" if "id" in self.variables else path
        return path if suffix == "html" else f"{path}.{suffix}"

    def template(self, suffix: str) -> str:
        """Return the path of the template for a format, relative to the folder that contains all pages."""
        return f"{self.name}/{_TEMPLATE}.{suffix}"

    def read_variables(self, parameters: Mapping[str, str], on: date, language: str) -> dict[str, object]:
        """Return the values of the operation's variables.

        Raises InvalidParameter if a required parameter is missing, if the value of a parameter has the wrong type, or
        if the years of a pair are in the wrong order. `on` is the requested date. `language` is the language of the
        page, such as "fi".
        """
        variables: dict[str, object] = {}
        if (
            _NODE in self.variables
            and parameters.get("city")
            and not parameters.get(_NODE)
            and not parameters.get(_ALL)
        ):
            parameters = {**_NEAR, **parameters, _NODE: _id("city", parameters["city"])}
        for name, definition in self.variables.items():
            given = parameters.get(name, "").strip()
            if given and name not in ("language", "on"):
                variables[name] = _value(name, given, definition.type)
            elif name in PROVIDED:
                variables[name] = PROVIDED[name](on, language)
            elif name.startswith(_GIVEN):
                named = name.removeprefix(_GIVEN)
                variables[name] = bool(parameters.get(named[0].lower() + named[1:], "").strip())
            elif isinstance(definition.type, NonNullTypeNode) and definition.default_value is None:
                raise InvalidParameter(**{name: None})
        _check_years(variables, parameters, on)
        return variables


def _check_years(variables: Mapping[str, object], parameters: Mapping[str, str], on: date) -> None:
    years = {name: year for name in _YEARS if isinstance(year := variables.get(name), int)}
    outside = {name: year for name, year in years.items() if year not in YEARS}
    if outside and not any(parameters.get(name) for name in outside):  # derived from the requested date
        raise InvalidParameter(on=on)
    first, last = years.get("from"), years.get("until")
    if first is not None and last is not None and (outside or first > last):
        raise InvalidParameter(**{"from": first, "until": last})
    if outside:
        raise InvalidParameter(**outside)


def _value(name: str, given: str, declared: TypeNode) -> object:
    """Convert the value of a URL parameter to the type that the operation declares for its variable.

    Raises InvalidParameter if a number or a date cannot be read. Any other invalid value is returned unchanged, because
    the execution of the operation will reject it.
    """
    match print_ast(declared).rstrip("!"):
        case "ID":
            return _id(name, given)
        case "[ID!]":
            return [_id(name, part) for part in given.split(",") if part]
        case "Int":
            return _read(int, name, given)
        case "Date":
            return _read(date.fromisoformat, name, given).isoformat()
        case "Boolean":
            return given != "false"
        case _:
            return given


def _read(read: Callable[[str], T], name: str, given: str) -> T:
    try:
        return read(given)
    except ValueError:
        raise InvalidParameter(**{name: given}) from None


def _id(name: str, given: str) -> str:
    return given if ":" in given else f"{label_of(name)}:{given}"


def label_of(parameter: str) -> str:
    """Return the label that the name of a URL parameter implies.

    For example, return `City` for `city` and for `otherCity`. The name is not checked, because URLs may contain
    parameters that the page does not use. If the name is empty or `other`, return an empty string.
    """
    name = parameter.removeprefix("other")
    return f"{name[:1].upper()}{name[1:]}"


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February, or the last year of the calendar
        return min(day, date.max - timedelta(days=365)) + timedelta(days=365)


_NODE: Final = "node"
_ALL: Final = "all"
_NEAR: Final = {"radius": "2"}
"""Parameters that are added to the URL if it contains `city` and the page has the variable `node`.

The page then shows the part of the network that is near the city: the variable `node` is the city, and the page shows
the city's networks and their members. Nothing is added if the URL itself contains `node` or `all`.
"""

_GIVEN: Final = "has"
"""Prefix of Boolean variables that are true if the URL contains a parameter.

For example, `hasTheme` is true if the URL contains `theme`.
"""

PROVIDED: Final[Mapping[str, Callable[[date, str], object]]] = {
    "language": lambda _on, language: language.upper(),
    "on": lambda on, _language: on.isoformat(),
    "year": lambda on, _language: on.year,
    "lastYear": lambda on, _language: on.year - 1,
    "by": lambda on, _language: _year_later(on).isoformat(),
    "from": lambda on, _language: on.year - 4,
    "until": lambda on, _language: on.year,
}
"""For each variable with a default value, the function that computes the default.

The function accepts the requested date and the reader's language. The default values are the language, the date, and
other dates and years that are derived from the date.
"""


@cache
def load_pages(schema: GraphQLSchema, folder: Path = FOLDER) -> Mapping[str, Page]:
    """Load all pages in a folder. Return them by name."""
    return {path.parent.name: _load(schema, path.parent) for path in sorted(folder.glob(f"*/{_DOCUMENT}"))}


def _load(schema: GraphQLSchema, folder: Path) -> Page:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (folder / _DOCUMENT, FOLDER / _FRAGMENTS))
    [document] = separate_operations(parse(text)).values()  # the operation with the fragments that it uses
    suffixes = tuple(path.suffix[1:] for path in sorted(folder.glob(f"{_TEMPLATE}.*")))
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    variables = {definition.variable.name.value: definition for definition in operation.variable_definitions or ()}
    plan = plan_of(schema, document)
    subjects = frozenset(_subjects(schema, operation))
    connections = dict(_connections(operation.selection_set))
    return Page(folder.name, print_ast(document), variables, plan, subjects, connections, suffixes)


def _subjects(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Iterator[str]:
    assert schema.query_type is not None
    nodes = (schema.type_map["Node"], *schema.get_possible_types(cast("GraphQLInterfaceType", schema.type_map["Node"])))
    for field in operation.selection_set.selections:
        if isinstance(field, FieldNode) and schema.query_type.fields[field.name.value].type in nodes:
            yield _response_key(field)


def _connections(selections: SelectionSetNode, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a pair for each field whose argument `after` is a variable.

    The pair contains the name of the variable, and the response keys that lead to the field.
    """
    for field in selections.selections:
        if isinstance(field, FieldNode):
            reached = (*path, _response_key(field))
            for argument in field.arguments or ():
                if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                    yield argument.value.name.value, reached
            if field.selection_set is not None:
                yield from _connections(field.selection_set, reached)


def _response_key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value
