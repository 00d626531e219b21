"""How a question's answer is completed with the nodes that the client selected."""

from typing import Annotated

import pytest

from api.graphql.questions.page import questions_page
from api.graphql.questions.row_types import row_fields
from api.graphql.schema import schema
from graph.questions.declaration import computed, fields_of
from graph.questions.report_declaration import ReportColumn
from graph.store import Statement, Store, TypedRow
from tests.api.conftest import Ask


async def test_node_deleted_between_the_statements_gives_an_error(
    errors: Ask, seeded_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a write had come in between: the question's statement names a node that the next one no longer finds."""
    read = type(seeded_store).read_batched

    async def after_a_write(store: Store, statement: Statement[object], *rest: object) -> object:
        rows = await read(store, statement, *rest)  # type: ignore[arg-type]
        return [{"answer": [[] for _ in rows[0]["answer"]]}] if statement.name == "traversal/fetch" else rows  # type: ignore[index,call-overload]

    monkeypatch.setattr(type(seeded_store), "read_batched", after_a_write)
    (error,) = await errors('{ search(text: "Vantaa City Board", first: 1) { nodes { node { id } } } }')
    assert error["extensions"]["code"] == "GRAPH_CHANGED"
    assert error["extensions"]["hint"] == "send the request again"


@pytest.mark.parametrize("city", ["City:vantaa", "City:helsinki"])
async def test_gaps_name_fields_of_their_nodes(ask: Ask, city: str) -> None:
    """`unit` and the dates of a working group are fields of the edge that links the city to the node."""
    query = 'query ($city: ID!) { dataGaps(city: $city, on: "2026-11-30") { unknown field node { __typename } } }'
    gaps = (await ask(query, city=city))["dataGaps"]
    edges = {"WorkingGroup": "WorkingGroupParticipationEdge", "Project": "ProjectPartnershipEdge"}
    types = schema._schema.type_map  # pyright: ignore[reportPrivateUsage]
    for gap in gaps:
        name = gap["node"]["__typename"]
        on_edge = gap["field"] == "unit" or (name == "WorkingGroup" and gap["unknown"] in ("BEGINNING", "ATTESTATION"))
        assert gap["field"] in types[edges[name] if on_edge else name].fields, gap  # type: ignore[attr-defined]
    assert {"FEE", "TERM", "UNIT", "ATTESTATION"} <= {gap["unknown"] for gap in gaps}


def test_the_page_of_questions_has_the_arguments_and_rows_of_analyses() -> None:
    page = questions_page()
    assert "\n| `trials` | `Int = 1000` | Number of FDSM samples, from 1 to 10 000. |\n" in page
    assert "\n`Significance`: P value of an overlap under a null model.\n" in page


@pytest.mark.parametrize(
    ("selected", "made"), [("nodes { shared }", 0), ("edges { node { shared } }", 2), ("pageInfo { endCursor }", 2)]
)
async def test_cursors_are_made_where_they_may_be_selected(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, selected: str, made: int
) -> None:
    keys: list[object] = []

    def cursor(_question: str, key: object) -> str:
        keys.append(key)
        return str(key)

    monkeypatch.setattr("graph.pagination.encode_cursor", cursor)
    await ask(f'{{ overlappingMemberships(on: "2023-11-27", first: 2) {{ totalCount {selected} }} }}')
    assert len(keys) == made


class Distance(TypedRow, frozen=True):
    """A distance."""

    metres: Annotated[int, ReportColumn("Metres"), "The distance in metres."]
    method: Annotated[str, ReportColumn("Method")]
    checked: bool

    @computed(ReportColumn("Unit"))
    def unit(self) -> str:
        return "m"


def test_a_column_without_description_is_not_public() -> None:
    assert [field.name for field in fields_of(Distance)] == ["metres", "method", "unit"]
    assert list(row_fields(Distance)) == ["metres"]


async def test_null_is_the_default_of_an_argument(ask: Ask) -> None:
    cost = "costPerNetwork(city: $city, from: 2019, until: 2019{}) {{ totals {{ amount currency }} }}"
    members = 'city(id: $city) {{ networks(on: "2019-06-01"{}) {{ totalCount }} }}'
    fields = (
        f"{name}: {text.format(given)}"
        for name, text, given in (
            ("omitted", cost, ""),
            ("null", cost, ", includeApplied: null, standings: null"),
            ("applied", cost, ", includeApplied: true"),
            ("members", members, ""),
            ("nullMembers", members, ", includeApplied: null, standings: null"),
            ("appliedMembers", members, ", includeApplied: true"),
        )
    )
    answer = await ask(f'query ($city: ID! = "City:helsinki") {{ {" ".join(fields)} }}')
    assert answer["null"] == answer["omitted"] != answer["applied"]
    assert answer["nullMembers"] == answer["members"] != answer["appliedMembers"]
