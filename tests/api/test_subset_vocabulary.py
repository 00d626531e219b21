"""One vocabulary: a subset has the same arguments in Python, on the command line and in GraphQL."""

from dataclasses import fields, replace
from datetime import date
from typing import Any, get_type_hints

import pytest
import typer
from graphql import GraphQLInputObjectType
from strawberry.utils.str_converters import to_camel_case
from typer.testing import CliRunner

import citygraph
from api.cli.subset_options import subset_values, with_subset_options
from api.graphql.schema import schema
from graph.analysis import Subset
from graph.questions.declaration import arguments_of
from graph.questions.subset import WHOLE_GRAPH, BoundingBox, SubsetArguments
from graph.registry import QUESTIONS
from graph.vocabulary import CollaborationMode, NetworkKind, Standing, Vocabulary

DECLARED = [argument.name for argument in arguments_of(SubsetArguments)]
CORE = schema._schema
CHOSEN = SubsetArguments(
    layers=(CollaborationMode.NETWORK, CollaborationMode.TWINNING),
    standings=(Standing.IN_FORCE,),
    include_applied=True,
    countries=("FI", "SE"),
    bounding_box=BoundingBox(55.0, 4.5, 71.0, 32.0),
    cities_where={"population": {"gte": 100_000}},
    networks_where={"name": {"contains": "city's"}},
    theme="Theme:housing",
    network_kind=NetworkKind.CITY_NETWORK,
    include_cities=("City:a", "City:b"),
    exclude_cities=("City:c",),
    include_networks=("Network:a", "Twinning:b"),
    exclude_networks=("Network:c",),
    min_degree=2,
    ego="City:a",
    radius=3,
    largest_component=True,
    isolates=True,
)
"""A value that is not the default, for each argument."""


def test_every_argument_is_chosen() -> None:
    assert [name for name in DECLARED if getattr(CHOSEN, name) == getattr(WHOLE_GRAPH, name)] == []


def test_names_in_python_and_of_analyses() -> None:
    assert list(get_type_hints(citygraph.SubsetOptions)) == [*DECLARED[:14], *DECLARED[16:], *DECLARED[14:16]]
    assert [field.name for field in fields(Subset)] == DECLARED


def test_names_in_graphql() -> None:
    """Every question that an analysis of the two-mode network answers has one argument `subset` of one type."""
    subset = CORE.type_map["Subset"]
    assert isinstance(subset, GraphQLInputObjectType)
    assert list(subset.fields) == [to_camel_case(name) for name in DECLARED]
    assert CORE.query_type
    taking = {
        name: field.args["subset"].type for name, field in CORE.query_type.fields.items() if "subset" in field.args
    }
    assert taking == dict.fromkeys(map(to_camel_case, TAKING), subset)


TAKING = [
    name
    for name, question in QUESTIONS.items()
    if any(argument.nested for argument in arguments_of(question.arguments))
]


@pytest.mark.parametrize(
    "subset",
    [
        WHOLE_GRAPH,
        CHOSEN,
        replace(WHOLE_GRAPH, ego="City:a"),
        replace(WHOLE_GRAPH, bounding_box=BoundingBox(-20.0, 170.0, 0.0, -170.0)),
    ],
)
def test_options_reproduce_a_subset(subset: SubsetArguments) -> None:
    parsed: list[SubsetArguments] = []

    @with_subset_options
    def command(on: str = "", subset: SubsetArguments = WHOLE_GRAPH) -> None:
        parsed.append(subset)

    app = typer.Typer()
    app.command()(command)
    words: list[str] = []
    for name, value in subset_values(date(2024, 6, 1), subset):
        if value is not False:
            words += [f"--{name}"] if value is True else [f"--{name}", _word(value)]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.output, parsed) == (0, "", [subset])


def _word(value: Any) -> str:
    return value.name.lower().replace("_", "-") if isinstance(value, Vocabulary) else str(value)
