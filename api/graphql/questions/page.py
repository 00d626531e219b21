"""Generator of the reference page of all questions."""

from collections.abc import Iterator
from typing import Any, Final, cast

from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from api.graphql.schema import schema
from graph.questions.declaration import Question, Ranking, arguments_of, description_of, fields_of
from graph.registry import QUESTIONS, formats_of
from graph.reports import report_name

_HEAD: Final = """# Questions

Written by `make docs` from the declarations in `graph/questions/`; `make check` fails where the two differ.

Each question is one written statement; what the client selects of the nodes in the answer is fetched by one more.
`centrality` is computed from a snapshot of the graph instead. Dates are days; a question about a day counts what a
source shows in force on it or before, and says which. `schema.graphql` has every type in full.
"""


def questions_page() -> str:
    """Return the page in Markdown: the arguments, results and omissions of every question."""
    return _HEAD + "".join(part for question in QUESTIONS.values() for part in _question(question))


def _question(question: Question[Any, Any]) -> Iterator[str]:
    name = to_camel_case(question.name)
    query = cast("GraphQLObjectType", schema._schema.query_type)  # pyright: ignore[reportPrivateUsage]
    field = query.fields[name]
    yield f"\n## `{name}`\n\n{question.description}\n"
    if question.leaves_out:
        yield f"\nLeaves out: {question.leaves_out[0].lower()}{question.leaves_out[1:]}\n"
    yield from _arguments(question.arguments, field)
    if isinstance(question, Ranking) and question.about is not None:
        yield from _fields(question.about, set(), f"{question.row.__name__}Connection")
    yield from _fields(question.row, set())
    for analysis in question.analyses:
        yield f"\nArguments of `{analysis.name}`:\n"
        row = cast("GraphQLObjectType", schema._schema.type_map[question.row.__name__])  # pyright: ignore[reportPrivateUsage]
        yield from _arguments(analysis.arguments, row.fields[to_camel_case(analysis.name)])
        yield from _fields(analysis.row, set())
    if isinstance(question, Ranking):
        yield "\nThe answer comes in pages: `first` and `after`, or `last` and `before`.\n"
    if question.report is not None:
        formats = ", ".join(formats_of(question))
        yield f"\nReport: `citygraph report {report_name(question)}` ({formats}).\n"


def _arguments(arguments: type, field: Any) -> Iterator[str]:
    yield "\n| Argument | Type | Meaning |\n|---|---|---|\n"
    for argument in arguments_of(arguments):
        public = to_camel_case(argument.public_name)
        yield _cells(f"`{public}`", f"`{field.args[public].type}`", argument.description)


def _fields(row: type, written: set[type], name: str = "") -> Iterator[str]:
    """Yield a table of the fields of a row type, then the tables of nested row types.

    `name` is the type's name in the schema if it is not that of the row.
    """
    if row in written:
        return
    written.add(row)
    type_name = name or row.__name__
    made = cast("GraphQLObjectType", schema._schema.type_map[type_name])  # pyright: ignore[reportPrivateUsage]
    yield f"\n`{type_name}`: {description_of(row)}\n\n| Field | Type | Meaning |\n|---|---|---|\n"
    for field_name, field in made.fields.items():
        named = cast("object", get_named_type(field.type))  # pyright: ignore[reportUnknownArgumentType]
        members = f" {', '.join(named.values)}." if isinstance(named, GraphQLEnumType) else ""
        yield _cells(f"`{field_name}`", f"`{field.type}`", f"{field.description}{members}")
    for field in fields_of(row):
        if field.nested:
            yield from _fields(field.value_type, written)


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
