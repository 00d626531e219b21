"""Load pages from their folders, and read the variables of a page's operation from a request.

A page is a folder with `query.graphql` and `template.html`. The path of its URL is the folder's name, except that the
path of `start` is `/`. The query parameters of the URL are the variables of the operation. The variables in `PROVIDED`
have default values. The ids of a list are separated by commas.

Another template, such as `template.csv`, renders the page in another format, at the same path with the suffix `.csv`.
The operation can use the fragments in `fragments.graphql`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, cast

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

__all__ = ["FOLDER", "PROVIDED", "START", "InvalidParameter", "Page", "label_of", "load_pages"]

FOLDER: Final = Path(__file__).parent
_DOCUMENT: Final = "query.graphql"
_FRAGMENTS: Final = "fragments.graphql"
"""The file with the fragments that several pages use."""
_TEMPLATE: Final = "template"
START: Final = "start"


class InvalidParameter(Exception):
    """A parameter of a URL is missing or invalid. `args` contains the name of the parameter."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its GraphQL operation, and the suffixes of its templates.

    `subjects` are the response keys of the root fields that return a single node. If the value of such a field is null,
    an error page is shown instead. `connections` is a dict from each variable that is the argument `after` of a
    connection to the response keys that lead to the connection.
    """

    name: str
    document: str
    variables: Mapping[str, VariableDefinitionNode]
    plan: Plan
    subjects: frozenset[str]
    connections: Mapping[str, tuple[str, ...]]
    suffixes: tuple[str, ...]

    def route(self, suffix: str) -> str:
        """Return the URL path of the page in a format. The path contains the id if `id` is a variable."""
        path = "/" if self.name == START else f"/{self.name}"
        path = f"{path}/{{label}}/{{slug}}" if "id" in self.variables else path
        return path if suffix == "html" else f"{path}.{suffix}"

    def template(self, suffix: str) -> str:
        """Return the path of the template for a format, relative to the folder of all pages."""
        return f"{self.name}/{_TEMPLATE}.{suffix}"

    def read_variables(self, parameters: Mapping[str, str], on: date, language: str) -> dict[str, object]:
        """Return the variables of the operation. Raises InvalidParameter if a required parameter is missing.

        `on` is the requested day, and `language` is the language of the page, such as "fi".
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
                raise InvalidParameter(name)
        return variables


def _value(name: str, given: str, declared: TypeNode) -> object:
    """Convert a parameter to the declared type of its variable.

    An invalid value is returned as text. The execution of the operation rejects this text later.
    """
    match print_ast(declared).rstrip("!"):
        case "ID":
            return _id(name, given)
        case "[ID!]":
            return [_id(name, part) for part in given.split(",") if part]
        case "Int":
            with suppress(ValueError):
                return int(given)
            return given
        case "Boolean":
            return given != "false"
        case _:
            return given


def _id(name: str, given: str) -> str:
    return given if ":" in given else f"{label_of(name)}:{given}"


def label_of(parameter: str) -> str:
    """Return the label in the name of a parameter, for example `City` for `city` and for `otherCity`."""
    name = parameter.removeprefix("other")
    return f"{name[0].upper()}{name[1:]}"


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February, or the last year of the calendar
        return min(day, date.max - timedelta(days=365)) + timedelta(days=365)


_NODE: Final = "node"
_ALL: Final = "all"
_NEAR: Final = {"radius": "2"}
"""Parameters that are added to those of the URL if the page has the variable `node` and the URL contains `city`.

The variable `node` is then the city, so that the page shows the networks of the city and their members. Nothing is
added if the URL contains `node` or `all`."""

_GIVEN: Final = "has"
"""Prefix of boolean variables that are true if a parameter is given. `hasTheme` is true if `theme` is given."""

PROVIDED: Final[Mapping[str, Callable[[date, str], object]]] = {
    "language": lambda _on, language: language.upper(),
    "on": lambda on, _language: on.isoformat(),
    "year": lambda on, _language: on.year,
    "lastYear": lambda on, _language: on.year - 1,
    "by": lambda on, _language: _year_later(on).isoformat(),
    "from": lambda on, _language: on.year - 4,
    "until": lambda on, _language: on.year,
}
"""Variables with default values: the reader's language, the requested day (by default today), and dates and years
computed from this day."""


def load_pages(schema: GraphQLSchema, folder: Path = FOLDER) -> dict[str, Page]:
    """Load the pages in a folder, and return them as a dict from name to page."""
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
    """Yield the variables that are the argument `after` of a field, with the response keys that lead to the field."""
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
