"""The Cypher of selections equals the files in `golden/`. `pytest --update-golden` rewrites them."""

from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph import model
from graph.model import BASIS, CITATIONS, ID, Language, Property
from graph.standing import COUNTED
from graph.store import Store
from graph.traversal import Compiled, InvalidStoredValue, compile_connection, compile_fetch
from graph.traversal.cursors import encode, fingerprint
from graph.traversal.ordering import SortTerm, sort_terms
from graph.traversal.selection import (
    Aggregate,
    AllOf,
    AnyOf,
    ByCount,
    ByCurrency,
    ByDistance,
    ByProperty,
    ByStanding,
    Compare,
    Condition,
    Connection,
    Cursor,
    EdgeNode,
    Fetch,
    GroupCondition,
    GroupItem,
    GroupKey,
    GroupKeyNode,
    GroupKeys,
    GroupKeyValue,
    GroupList,
    GroupMeasure,
    GroupNodes,
    GroupOrder,
    Groups,
    Measure,
    Near,
    NodeItem,
    Nodes,
    Not,
    Order,
    Overlap,
    Page,
    PageInfo,
    PageInfoItem,
    PropertyItem,
    PropertyKey,
    Provenance,
    RecordAggregate,
    Reference,
    Related,
    RelatedKey,
    Relationships,
    RelationshipsOfEnd,
    StandingOn,
    SubField,
    Summary,
    SummarySources,
    SummaryValue,
    ThroughNode,
    TotalCount,
    Typename,
    YearRange,
)
from tests.traversal.builders import (
    PAGE_INFO,
    TEN,
    any_label,
    edge_prop,
    edges,
    end,
    nested,
    node,
    nodes,
    order_by,
    page_nodes,
    prop,
    reference,
    root,
    run,
    to_list,
    to_one,
)

GOLDEN = Path(__file__).parent / "golden"
ON = date(2023, 11, 27)
BY_NAME = (order_by("City", "name"),)


def cursor(
    connection: str,
    order: tuple[Order, ...],
    values: list[object],
    *ids: str,
    where: Condition | None = None,
    edge_where: Condition | None = None,
    on: date | None = None,
) -> str:
    restrictions = (where, edge_where, on, False, COUNTED, False, None)
    return encode(fingerprint(connection, sort_terms(order), restrictions), values, ids)


def fetch_one(node_id: str, *selected: str | NodeItem) -> Compiled[list[dict[str, dict[str, object]]]]:
    return compile_fetch([Fetch((node_id,), nodes(node_id.partition(":")[0], *selected))])


def members(**arguments: object) -> Connection:
    selected = (edges(Cursor("cursor"), StandingOn("standing"), node(nodes("City", "name"))), PAGE_INFO)
    return nested("Network", "members", *selected, on=ON, order=BY_NAME, **arguments)  # pyright: ignore


SOURCES = nodes("Citation", "quote", to_one("Citation", "document", nodes("Document", "name", "url")))
WHY = Provenance("provenance", (PropertyItem("basis", BASIS), Reference("sources", CITATIONS, SOURCES)))
BUDGET = order_by("Project", "budget", "DESC")
BY_EDGE = (
    ByStanding(),
    ByProperty(prop("Membership", "grade"), record="membership"),
    ByProperty(prop("Membership", "validFrom"), "DESC", "membership"),
)
PRESENT_MEMBERS = AllOf(
    (
        Compare(prop("Membership", "status"), "eq", "MEMBER"),
        Not(Compare(prop("Membership", "attestedOn"), "lt", date(2015, 1, 1))),
    )
)
LARGEST = (order_by("City", "population", "DESC"), order_by("City", "name"))
SINCE = order_by("Membership", "validFrom", "DESC")
MOST_MEMBERS = ByCount(end("Network", "members"), "DESC", ON)
FINNISH = Compare(prop("City", "country"), "eq", "FI")
NEAR = Near(60.17, 24.94, 50)
LARGE = Compare(prop("City", "population"), "gte", 100_000)
TOWNS = AllOf(
    (
        Compare(prop("City", "population"), "gte", 10_000),
        AllOf((Compare(prop("City", "country"), "in", ("FI", "SE", "FI")),)),
    )
)
IN_ECCAR = Related(end("City", "networks"), "some", Compare(ID, "eq", "Network:eccar"), ON)
WITH_ESPOO = Related(end("Network", "members"), "some", Compare(ID, "in", ("City:espoo", "City:oulu")), ON)
SHARES_A_NETWORK = Related(end("City", "networks"), "some", WITH_ESPOO, ON)

ANNUAL_FEE = prop("MembershipTerm", "annualFee")
FEES = Aggregate(
    "aggregate",
    (
        TotalCount("count"),
        Summary(
            "annualFee",
            ANNUAL_FEE,
            (
                ByCurrency("byCurrency", (SummaryValue("sum", "sum"), SummaryValue("currency", "currency"))),
                SummaryValue("unknown", "unknown"),
                SummarySources("sources", 5, nodes("Citation", "quote")),
            ),
        ),
    ),
)
BUDGET_SHARE = edge_prop("City", "projects", "budget")
CITED_BUDGET = Summary("budget", BUDGET_SHARE, (SummarySources("sources", 5, nodes("Citation", "quote")),))
CITED_FEE = Summary("fee", model.FEE_YEAR.property("fee"), (SummarySources("sources", 5, nodes("Citation", "quote")),))
FEE_CITY, FEE_UNIT = (
    next(grouping for grouping in model.groupings("FeeYear") if grouping.name == name) for name in ("city", "unit")
)
UNIT = next(grouping for grouping in model.groupings("MembershipTerm") if grouping.name == "unit")
LARGEST_SUM = GroupOrder(GroupMeasure(Measure(False, ANNUAL_FEE), "EUR"), "DESC")


UNIT_BY_MONTH = (
    RelatedKey("UNIT", UNIT),
    PropertyKey("VALID_FROM_MONTH", prop("MembershipTerm", "validFrom"), "MONTH"),
)


def group_cursor(values: list[object], *keys: str) -> str:
    terms = (SortTerm("sum of  annualFee EUR", "integer", descending=True),)
    restrictions = (
        None,
        None,
        None,
        False,
        COUNTED,
        False,
        None,
        (GroupCondition(GroupMeasure(), "gte", 2),),
        UNIT_BY_MONTH,
    )
    return encode(fingerprint("MembershipTerm by UNIT,VALID_FROM_MONTH", terms, restrictions), values, keys)


def summary(of: Property) -> Summary:
    return Summary(of.name, of, (SummaryValue("unknown", "unknown"),))


def groups(*keys: GroupKey, items: tuple[GroupItem, ...], page: Page = TEN, **arguments: Any) -> Groups:
    parts = (GroupList("nodes", items), TotalCount("totalCount"), PAGE_INFO, Overlap("overlap"))
    return Groups("groupBy", parts, keys, page, **arguments)


SELECTIONS: dict[str, Compiled[object]] = {
    "node_by_id": fetch_one("City:vantaa", "id", "name", "country", Typename("__typename")),
    "names_in_languages": fetch_one(
        "City:vantaa",
        PropertyItem("fi", prop("City", "name"), Language.FI),
        PropertyItem("en", prop("City", "name"), Language.EN),
        PropertyItem("said", prop("City", "name"), Language.SV, tagged=True),
    ),
    "money_and_bounds": fetch_one(
        "MembershipTerm:a",
        "annualFee",
        "validFrom",
        PropertyItem("until", prop("MembershipTerm", "validUntil"), subfields=(SubField("date", "date"),)),
    ),
    "provenance": fetch_one(
        "Network:eccar",
        to_one("Network", "seat", nodes("City", "name")),
        Relationships(
            "relationships",
            (
                RelationshipsOfEnd(model.association("Network", "seat"), (EdgeNode("node", nodes("City", "id")), WHY)),
                RelationshipsOfEnd(model.association("Network", "requirements"), (Typename("field", "x"), WHY)),
                RelationshipsOfEnd(model.association("Network", "districts"), (Typename("field", "x"),)),
            ),
        ),
        nested("Network", "themes", edges(node(nodes("Theme", "name")), WHY)),
    ),
    "provenance_at_the_root": compile_connection(root("City", edges(node(nodes("City", "name")), WHY))),
    "nodes_of_two_labels": compile_fetch(
        [
            Fetch(
                ("Network:eccar", "City:vantaa", "City:oslo"),
                any_label(nodes("City", "name"), nodes("Network", "kind")),
            )
        ]
    ),
    "one_to_one_to_one": fetch_one(
        "MembershipTerm:a",
        to_one(
            "MembershipTerm",
            "membership",
            nodes("Membership", to_one("Membership", "network", nodes("Network", "name"))),
        ),
        to_one("MembershipTerm", "decision", nodes("Decision", "date")),
    ),
    "ordered_list": fetch_one(
        "Network:eccar", to_list("Network", "requirements", nodes("Requirement", "kind", "name"))
    ),
    "sources": fetch_one(
        "Network:eccar",
        to_list("Network", "sources", SOURCES),
        to_list("Network", "sources", SOURCES, "ofFounded", supporting="founded"),
    ),
    "sources_of_the_beginning": fetch_one(
        "Membership:vantaa-eurocities", to_list("Membership", "sources", SOURCES, supporting="validFrom")
    ),
    "list_of_several_labels": fetch_one(
        "Decision:a",
        to_list(
            "Decision",
            "about",
            any_label(
                nodes("Network", "name", nested("Network", "memberships", TotalCount("n"))),
                nodes("MembershipTerm", "annualFee"),
                nodes("Programme", "kind", to_one("Programme", "city", nodes("City", "name"))),
            ),
        ),
    ),
    "one_of_two_labels": fetch_one(
        "Decision:a", to_one("Decision", "body", any_label(nodes("Unit", "kind"), nodes("Organisation", "country")))
    ),
    "part_of_some_labels": fetch_one(
        "City:vantaa", to_list("City", "partOf", any_label(nodes("CityGroup", "name"), nodes("Organisation", "kind")))
    ),
    "all_that_a_citation_supports": fetch_one(
        "Citation:a",
        nested("Citation", "supports", edges(node(any_label(nodes("City", "name"), nodes("Theme", "id"))))),
    ),
    "members_on_a_day": fetch_one("Network:eccar", members()),
    "members_applied_and_their_memberships": fetch_one(
        "Network:eccar",
        nested(
            "Network",
            "members",
            edges(node(nodes("City", "name")), ThroughNode("membership", nodes("Membership", "status", "validFrom"))),
            TotalCount("totalCount"),
            on=ON,
            include_applied=True,
        ),
    ),
    "members_after": fetch_one(
        "Network:eccar",
        members(
            page=Page(first=5, after=cursor("Network.members", BY_NAME, ["oslo"], "City:oslo", "Membership:m", on=ON))
        ),
    ),
    "members_before": fetch_one(
        "Network:eccar",
        members(
            page=Page(last=5, before=cursor("Network.members", BY_NAME, ["oslo"], "City:oslo", "Membership:m", on=ON))
        ),
    ),
    "members_by_edges_after": fetch_one(
        "Network:eccar",
        replace(
            members(
                page=Page(
                    first=5,
                    after=cursor(
                        "Network.members",
                        BY_EDGE,
                        [0, 5, None],
                        "City:oslo",
                        "Membership:m",
                        edge_where=PRESENT_MEMBERS,
                        on=ON,
                    ),
                ),
            ),
            order=BY_EDGE,
            edge_where=PRESENT_MEMBERS,
        ),
    ),
    "twin_towns": fetch_one("City:vantaa", nested("City", "twins", page_nodes("City", "name"), on=ON)),
    "edges_of_a_relationship": fetch_one(
        "City:vantaa",
        nested(
            "City",
            "workingGroups",
            edges(
                PropertyItem("role", edge_prop("City", "workingGroups", "role")),
                StandingOn("standing"),
                reference("City", "workingGroups", "unit", nodes("Unit", "name")),
                reference("City", "workingGroups", "sources", SOURCES),
                node(nodes("WorkingGroup", "name")),
            ),
            on=ON,
        ),
    ),
    "edges_of_a_relationship_by_role": fetch_one(
        "City:vantaa",
        replace(
            nested(
                "City",
                "workingGroups",
                TotalCount("totalCount"),
                page_nodes("WorkingGroup", "name"),
                order=(ByProperty(edge_prop("City", "workingGroups", "role"), record="participation"),),
                on=ON,
            ),
            edge_where=Compare(BASIS, "eq", "STATED"),
        ),
    ),
    "root_by_name": compile_connection(
        root("City", page_nodes("City", "name"), TotalCount("totalCount"), PAGE_INFO, order=BY_NAME)
    ),
    "root_count_only": compile_connection(root("City", TotalCount("totalCount"), where=FINNISH)),
    "root_count_of_all": compile_connection(root("City", TotalCount("totalCount"))),
    "root_of_some_ids": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            TotalCount("totalCount"),
            where=Compare(ID, "in", ("City:vantaa", "City:oslo")),
        )
    ),
    "root_by_count_after": compile_connection(
        root(
            "Network",
            edges(Cursor("cursor"), node(nodes("Network", "name"))),
            order=(MOST_MEMBERS, order_by("Network", "name")),
            page=Page(
                first=3, after=cursor("Network", (MOST_MEMBERS, order_by("Network", "name")), [21, "a"], "Network:a")
            ),
        )
    ),
    "root_by_date_after_nothing_known": compile_connection(
        root(
            "Membership",
            page_nodes("Membership", "status"),
            order=(SINCE,),
            page=Page(first=3, after=cursor("Membership", (SINCE,), [None], "Membership:m")),
        )
    ),
    "root_of_a_country_by_name_after": compile_connection(
        root(
            "City",
            page_nodes("City", "name", to_list("City", "partOf", nodes("CityGroup", "name"))),
            TotalCount("totalCount"),
            where=AllOf((LARGE, FINNISH)),
            order=BY_NAME,
            page=Page(first=3, after=cursor("City", BY_NAME, ["espoo"], "City:espoo", where=AllOf((LARGE, FINNISH)))),
        )
    ),
    "root_of_some_countries_after": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            TotalCount("totalCount"),
            where=TOWNS,
            order=LARGEST,
            page=Page(first=3, after=cursor("City", LARGEST, [20_000, "vantaa"], "City:vantaa", where=TOWNS)),
        )
    ),
    "root_of_some_countries": compile_connection(
        root(
            "City",
            page_nodes("City", "name", "population"),
            where=AllOf((LARGE, Compare(prop("City", "country"), "in", ("FI", "SE", "FI")))),
            order=LARGEST,
        )
    ),
    "root_by_name_after": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            order=BY_NAME,
            page=Page(first=3, after=cursor("City", BY_NAME, ["vantaa"], "City:vantaa")),
        )
    ),
    "root_by_distance_after": compile_connection(
        root(
            "City",
            edges(Cursor("cursor"), node(nodes("City", "name"))),
            where=AllOf((FINNISH, NEAR)),
            order=(ByDistance(),),
            page=Page(
                first=3, after=cursor("City", (ByDistance(),), [1e-7], "City:vantaa", where=AllOf((FINNISH, NEAR)))
            ),
        )
    ),
    "root_by_money": compile_connection(root("Project", page_nodes("Project", "budget"), order=(BUDGET,))),
    "root_between_cursors": compile_connection(
        root(
            "City",
            PageInfo("pageInfo", (PageInfoItem("next", "hasNextPage"), PageInfoItem("previous", "hasPreviousPage"))),
            page=Page(first=3, after=cursor("City", (), [], "City:a"), before=cursor("City", (), [], "City:z")),
        )
    ),
    "conditions": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            where=AllOf(
                (
                    Compare(prop("City", "name"), "contains", "Bærum"),
                    Not(AnyOf((FINNISH, Compare(prop("City", "wikidata"), "isNull", True)))),
                    Related(end("City", "networks"), "some", Compare(prop("Network", "kind"), "in", ("LOCAL",)), ON),
                    Related(end("City", "units"), "every", Compare(prop("Unit", "kind"), "eq", "BOARD")),
                    Related(end("City", "projects"), "none", None),
                )
            ),
        )
    ),
    "conditions_on_paths": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            TotalCount("totalCount"),
            where=AllOf((Not(SHARES_A_NETWORK), Related(end("City", "twins"), "every", IN_ECCAR, ON), LARGE)),
            order=BY_NAME,
        )
    ),
    "condition_on_a_path_in_two_levels": fetch_one(
        "City:vantaa",
        nested(
            "City",
            "networks",
            edges(node(nodes("Network", nested("Network", "members", TotalCount("n"), where=SHARES_A_NETWORK)))),
            where=Related(end("Network", "members"), "some", AllOf((FINNISH, SHARES_A_NETWORK)), ON),
            on=ON,
        ),
    ),
    "aggregate_of_members": fetch_one(
        "Network:eccar",
        nested(
            "Network",
            "members",
            Aggregate(
                "aggregate",
                (
                    summary(prop("City", "population")),
                    RecordAggregate("membership", "membership", (summary(prop("Membership", "validUntil")),)),
                    RecordAggregate("partnership", "partnership", (summary(BUDGET_SHARE),)),
                ),
            ),
            on=ON,
        ),
    ),
    "aggregate_of_money_and_its_sources": compile_connection(root("MembershipTerm", FEES)),
    "aggregate_of_partnerships": fetch_one(
        "City:vantaa",
        nested(
            "City",
            "projects",
            Aggregate("aggregate", (RecordAggregate("partnership", "partnership", (CITED_BUDGET,)),)),
            on=ON,
        ),
    ),
    "groups_of_fee_years": fetch_one(
        "City:vantaa",
        Connection(
            "feeYears",
            (
                groups(
                    PropertyKey("YEAR", model.FEE_YEAR.property("year")),
                    RelatedKey("UNIT", FEE_UNIT),
                    items=(
                        GroupKeys("keys", (GroupKeyValue("value", "value"),)),
                        Aggregate("aggregate", (TotalCount("count"), CITED_FEE)),
                        GroupNodes("nodes", 2, nodes("MembershipTerm", "id")),
                    ),
                ),
            ),
            TEN,
            YearRange(2023, 2024, "City"),
        ),
    ),
    "groups_of_fee_years_of_a_network": fetch_one(
        "Network:eccar",
        Connection(
            "feeYears",
            (
                groups(
                    RelatedKey("CITY", FEE_CITY),
                    items=(
                        GroupKeys("keys", (GroupKeyValue("value", "value"),)),
                        Aggregate("aggregate", (TotalCount("count"),)),
                    ),
                ),
            ),
            TEN,
            YearRange(2023, 2024, "Network"),
        ),
    ),
    "groups_by_country": fetch_one(
        "Network:eccar",
        nested(
            "Network",
            "members",
            groups(
                PropertyKey("COUNTRY", prop("City", "country")),
                items=(
                    GroupKeys("keys", (GroupKeyValue("value", "value"),)),
                    Aggregate("aggregate", (TotalCount("n"),)),
                ),
            ),
            on=ON,
        ),
    ),
    "groups_by_overlapping_nodes_after": compile_connection(
        root(
            "MembershipTerm",
            groups(
                *UNIT_BY_MONTH,
                items=(
                    GroupKeys("keys", (GroupKeyNode("node", nodes("Unit", "name")),)),
                    Aggregate("aggregate", FEES.items),
                    GroupNodes("nodes", 2, nodes("MembershipTerm", "id")),
                ),
                page=Page(first=3, after=group_cursor([500_00], "Unit:a", "2023-01")),
                having=(GroupCondition(GroupMeasure(), "gte", 2),),
                order=(LARGEST_SUM,),
            ),
            order=(order_by("MembershipTerm", "validFrom"),),
        )
    ),
    "three_levels": compile_connection(
        root(
            "Network",
            page_nodes(
                "Network",
                "name",
                nested(
                    "Network",
                    "members",
                    edges(
                        node(
                            nodes(
                                "City",
                                "name",
                                nested("City", "networks", page_nodes("Network", "name"), on=ON),
                                nested("City", "twins", TotalCount("totalCount"), on=ON),
                            )
                        ),
                        ThroughNode(
                            "membership",
                            nodes(
                                "Membership", nested("Membership", "terms", page_nodes("MembershipTerm", "annualFee"))
                            ),
                        ),
                    ),
                    where=LARGE,
                    order=BY_NAME,
                    on=ON,
                ),
            ),
            order=(order_by("Network", "name"),),
        )
    ),
}


def render(compiled: Compiled[object]) -> str:
    """Return the statement with the values of its parameters."""
    parameters = "".join(f"// ${name} = {value!r}\n" for name, value in compiled.parameters.items())
    return f"{compiled.statement.text}\n{parameters}"


@pytest.mark.parametrize("name", SELECTIONS)
def test_statement_equals_the_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    golden, text = GOLDEN / f"{name}.cypher", render(SELECTIONS[name])
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_a_selection() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == SELECTIONS.keys()


async def test_database_accepts_every_statement(empty_store: Store) -> None:
    for compiled in SELECTIONS.values():
        assert await run(empty_store, compiled) is not None


@pytest.mark.parametrize("name", SELECTIONS)
async def test_shaping_rows_leaves_them_unchanged(seeded_store: Store, name: str) -> None:
    """Batched reads may share rows."""
    compiled = SELECTIONS[name]
    rows = await seeded_store.read(compiled.statement, compiled.parameters)
    before = deepcopy(rows)
    first = compiled.to_values(rows)
    with suppress(InvalidStoredValue):  # some selections need data that is not in the seeds
        compiled.to_response(rows)
    assert rows == before
    assert compiled.to_values(rows) == first


# --- The canonical text ---------------------------------------------------------------------------


def compile_city(*selected: str | NodeItem) -> tuple[str, dict[str, object]]:
    compiled = fetch_one("Network:eccar", *selected)
    return compiled.statement.text, compiled.parameters


def compile_text(selected: Nodes) -> str:
    return compile_fetch([Fetch(("City:vantaa", "Network:eccar"), selected)]).statement.text


def memberships(key: str, *selected: str | NodeItem, size: int = 5) -> NodeItem:
    return nested("Network", "memberships", page_nodes("Membership", *selected), key=key, page=Page(first=size))


def test_keys_and_field_order_do_not_change_the_text() -> None:
    seat = to_one("Network", "seat", nodes("City", "name", "country"))
    same = to_one("Network", "seat", nodes("City", "country", "name", Typename("is")), "where")
    renamed = PropertyItem("nimi", prop("Network", "name"))
    assert compile_city("name", "kind", seat, memberships("a", "id", "status")) == compile_city(
        memberships("b", "status", "id"), same, "kind", renamed
    )
    assert compile_text(any_label(nodes("City", "id"), nodes("Network", "kind"))) == compile_text(
        any_label(nodes("Network", "kind"), nodes("City", "id"))
    )


def test_repeated_fields_are_read_once() -> None:
    once = compile_city("name", memberships("a", "status", "grade"))
    assert compile_city("name", "name", memberships("a", "status"), memberships("b", "grade")) == once
    assert (
        compile_city(memberships("a", "status", "grade"), PropertyItem("n", prop("Network", "name")), memberships("b"))
        == once
    )


def test_connections_with_different_arguments_are_separate_and_sorted() -> None:
    ten, five = memberships("ten", "id", size=10), memberships("five", "id", size=5)
    text, parameters = compile_city(ten, five)
    assert (text, parameters) == compile_city(five, ten)
    assert [value for value in parameters.values() if isinstance(value, int)] == [10, 5]
    assert text.count("LIMIT") == 2
    more = memberships("more", "id", "status", size=10)
    assert compile_city(more, five) == compile_city(five, more)


def test_values_are_parameters_and_do_not_change_the_text() -> None:
    def text(on: date, country: str, size: int, ids: tuple[str, ...]) -> str:
        condition = Compare(prop("City", "country"), "eq", country)
        selected = nested(
            "Network", "members", TotalCount("n"), page_nodes("City"), where=condition, on=on, page=Page(first=size)
        )
        return compile_fetch([Fetch(ids, nodes("Network", selected))]).statement.text

    assert text(ON, "FI", 5, ("Network:a",)) == text(date(1999, 1, 1), "' OR 1=1", 7, ("Network:b", "Network:'}"))
    assert "'" not in text(ON, "FI", 5, ("Network:a",)).replace("<> 'APPLIED'", "")
