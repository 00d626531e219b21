"""The Cypher of selections, pinned in `golden/`; `pytest --update-golden` writes it anew.

A change there is a change of what the databases are asked: read it as such.
"""

from datetime import date
from pathlib import Path

import pytest

from graph import model
from graph.model import BASIS, CITATIONS, ID, Language
from graph.store import Store
from graph.traversal import Compiled, compile_connection, compile_fetch
from graph.traversal.cursors import encode, fingerprint
from graph.traversal.ordering import sort_terms
from graph.traversal.selection import (
    AllOf,
    AnyOf,
    ByCount,
    Compare,
    Cursor,
    EdgeNode,
    Fetch,
    NodeItem,
    Nodes,
    Not,
    Order,
    Page,
    PageInfo,
    PageInfoItem,
    PropertyItem,
    Provenance,
    Reference,
    Related,
    Relationships,
    RelationshipsOfEnd,
    StandingOn,
    SubField,
    ThroughNode,
    TotalCount,
    Typename,
)
from tests.traversal.builders import (
    PAGE_INFO,
    answer_of,
    by,
    edge_prop,
    edges,
    either,
    end,
    node,
    nodes,
    page_nodes,
    prop,
    referred,
    related,
    root,
    to_list,
    to_one,
)

GOLDEN = Path(__file__).parent / "golden"
ON = date(2023, 11, 27)
BY_NAME = (by("City", "name"),)


def cursor(connection: str, order: tuple[Order, ...], values: list[object], *ids: str) -> str:
    return encode(fingerprint(connection, sort_terms(order)), values, ids)


def one(node_id: str, *taken: str | NodeItem) -> Compiled[list[dict[str, dict[str, object]]]]:
    return compile_fetch([Fetch((node_id,), nodes(node_id.partition(":")[0], *taken))])


def members(**arguments: object) -> NodeItem:
    taken = (edges(Cursor("cursor"), StandingOn("standing"), node(nodes("City", "name"))), PAGE_INFO)
    return related("Network", "members", *taken, on=ON, order=BY_NAME, **arguments)  # pyright: ignore


SOURCES = nodes("Citation", "quote", to_one("Citation", "document", nodes("Document", "name", "url")))
WHY = Provenance("provenance", (PropertyItem("basis", BASIS), Reference("sources", CITATIONS, SOURCES)))
BUDGET = by("Project", "budget", "DESC")
LARGEST = (by("City", "population", "DESC"), by("City", "name"))
SINCE = by("Membership", "validFrom", "DESC")
MOST_MEMBERS = ByCount(end("Network", "members"), "DESC", ON)
FINNISH = Compare(prop("City", "country"), "eq", "FI")
LARGE = Compare(prop("City", "population"), "gte", 100_000)

SELECTIONS: dict[str, Compiled[object]] = {
    "node_by_id": one("City:vantaa", "id", "name", "country", Typename("__typename")),
    "names_in_languages": one(
        "City:vantaa",
        PropertyItem("fi", prop("City", "name"), Language.FI),
        PropertyItem("en", prop("City", "name"), Language.EN),
        PropertyItem("said", prop("City", "name"), Language.SV, tagged=True),
    ),
    "money_and_bounds": one(
        "MembershipTerm:a",
        "annualFee",
        "validFrom",
        PropertyItem("until", prop("MembershipTerm", "validUntil"), subfields=(SubField("date", "date"),)),
    ),
    "provenance": one(
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
        related("Network", "themes", edges(node(nodes("Theme", "name")), WHY)),
    ),
    "provenance_at_the_root": compile_connection(root("City", edges(node(nodes("City", "name")), WHY))),
    "nodes_of_two_labels": compile_fetch(
        [Fetch(("Network:eccar", "City:vantaa", "City:oslo"), either(nodes("City", "name"), nodes("Network", "kind")))]
    ),
    "one_to_one_to_one": one(
        "MembershipTerm:a",
        to_one(
            "MembershipTerm",
            "membership",
            nodes("Membership", to_one("Membership", "network", nodes("Network", "name"))),
        ),
        to_one("MembershipTerm", "decision", nodes("Decision", "date")),
    ),
    "ordered_list": one("Network:eccar", to_list("Network", "requirements", nodes("Requirement", "kind", "name"))),
    "sources": one(
        "Network:eccar",
        to_list("Network", "sources", SOURCES),
        to_list("Network", "sources", SOURCES, "ofFounded", supporting="founded"),
    ),
    "list_of_several_labels": one(
        "Decision:a",
        to_list(
            "Decision",
            "about",
            either(
                nodes("Network", "name", related("Network", "memberships", TotalCount("n"))),
                nodes("MembershipTerm", "annualFee"),
                nodes("Programme", "kind", to_one("Programme", "city", nodes("City", "name"))),
            ),
        ),
    ),
    "one_of_two_labels": one(
        "Decision:a", to_one("Decision", "body", either(nodes("Unit", "kind"), nodes("Organisation", "country")))
    ),
    "part_of_some_labels": one(
        "City:vantaa", to_list("City", "partOf", either(nodes("CityGroup", "name"), nodes("Organisation", "kind")))
    ),
    "all_that_a_citation_supports": one(
        "Citation:a", related("Citation", "supports", edges(node(either(nodes("City", "name"), nodes("Theme", "id")))))
    ),
    "members_on_a_day": one("Network:eccar", members()),
    "members_applied_and_their_memberships": one(
        "Network:eccar",
        related(
            "Network",
            "members",
            edges(node(nodes("City", "name")), ThroughNode("membership", nodes("Membership", "status", "validFrom"))),
            TotalCount("totalCount"),
            on=ON,
            include_applied=True,
        ),
    ),
    "members_after": one(
        "Network:eccar",
        members(page=Page(first=5, after=cursor("Network.members", BY_NAME, ["oslo"], "City:oslo", "Membership:m"))),
    ),
    "members_before": one(
        "Network:eccar",
        members(page=Page(last=5, before=cursor("Network.members", BY_NAME, ["oslo"], "City:oslo", "Membership:m"))),
    ),
    "twin_towns": one("City:vantaa", related("City", "twins", page_nodes("City", "name"), on=ON)),
    "edges_of_a_relationship": one(
        "City:vantaa",
        related(
            "City",
            "workingGroups",
            edges(
                PropertyItem("role", edge_prop("City", "workingGroups", "role")),
                StandingOn("standing"),
                referred("City", "workingGroups", "unit", nodes("Unit", "name")),
                referred("City", "workingGroups", "sources", SOURCES),
                node(nodes("WorkingGroup", "name")),
            ),
            on=ON,
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
            order=(MOST_MEMBERS, by("Network", "name")),
            page=Page(first=3, after=cursor("Network", (MOST_MEMBERS, by("Network", "name")), [21, "a"], "Network:a")),
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
            page=Page(first=3, after=cursor("City", BY_NAME, ["espoo"], "City:espoo")),
        )
    ),
    "root_of_some_countries_after": compile_connection(
        root(
            "City",
            page_nodes("City", "name"),
            TotalCount("totalCount"),
            where=AllOf(
                (
                    Compare(prop("City", "population"), "gte", 10_000),
                    AllOf((Compare(prop("City", "country"), "in", ("FI", "SE", "FI")),)),
                )
            ),
            order=LARGEST,
            page=Page(first=3, after=cursor("City", LARGEST, [20_000, "vantaa"], "City:vantaa")),
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
    "three_levels": compile_connection(
        root(
            "Network",
            page_nodes(
                "Network",
                "name",
                related(
                    "Network",
                    "members",
                    edges(
                        node(
                            nodes(
                                "City",
                                "name",
                                related("City", "networks", page_nodes("Network", "name"), on=ON),
                                related("City", "twins", TotalCount("totalCount"), on=ON),
                            )
                        ),
                        ThroughNode(
                            "membership",
                            nodes(
                                "Membership", related("Membership", "terms", page_nodes("MembershipTerm", "annualFee"))
                            ),
                        ),
                    ),
                    where=LARGE,
                    order=BY_NAME,
                    on=ON,
                ),
            ),
            order=(by("Network", "name"),),
        )
    ),
}


def shown(compiled: Compiled[object]) -> str:
    """The text, what its parameters stand for, and what it is as a part of another where that is another text."""
    parameters = "".join(f"// ${name} = {value!r}\n" for name, value in compiled.parameters.items())
    part = f"\n// As a part:\n{compiled.statement.subquery_text}\n" if compiled.statement.subquery_text else ""
    return f"{compiled.statement.text}\n{parameters}{part}"


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_selection_is_asked_as_the_golden_file_says(name: str, request: pytest.FixtureRequest) -> None:
    golden, text = GOLDEN / f"{name}.cypher", shown(SELECTIONS[name])
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_its_selection() -> None:
    assert {each.stem for each in GOLDEN.iterdir()} == SELECTIONS.keys()


async def test_the_database_takes_every_statement(empty_store: Store) -> None:
    for compiled in SELECTIONS.values():
        assert await answer_of(empty_store, compiled) is not None


# --- The canonical text ---------------------------------------------------------------------------


def asked(*taken: str | NodeItem) -> tuple[str, dict[str, object]]:
    compiled = one("Network:eccar", *taken)
    return compiled.statement.text, compiled.parameters


def fetched(taken: Nodes) -> str:
    return compile_fetch([Fetch(("City:vantaa", "Network:eccar"), taken)]).statement.text


def memberships(key: str, *taken: str | NodeItem, size: int = 5) -> NodeItem:
    return related("Network", "memberships", page_nodes("Membership", *taken), key=key, page=Page(first=size))


def test_keys_and_the_order_of_fields_make_no_difference() -> None:
    seat = to_one("Network", "seat", nodes("City", "name", "country"))
    same = to_one("Network", "seat", nodes("City", "country", "name", Typename("is")), "where")
    renamed = PropertyItem("nimi", prop("Network", "name"))
    assert asked("name", "kind", seat, memberships("a", "id", "status")) == asked(
        memberships("b", "status", "id"), same, "kind", renamed
    )
    assert fetched(either(nodes("City", "id"), nodes("Network", "kind"))) == fetched(
        either(nodes("Network", "kind"), nodes("City", "id"))
    )


def test_what_is_asked_twice_is_found_once() -> None:
    once = asked("name", memberships("a", "status", "grade"))
    assert asked("name", "name", memberships("a", "status"), memberships("b", "grade")) == once
    assert (
        asked(memberships("a", "status", "grade"), PropertyItem("n", prop("Network", "name")), memberships("b")) == once
    )


def test_connections_with_other_arguments_are_found_separately_and_in_an_order_of_their_own() -> None:
    ten, five = memberships("ten", "id", size=10), memberships("five", "id", size=5)
    text, parameters = asked(ten, five)
    assert (text, parameters) == asked(five, ten)
    assert [each for each in parameters.values() if isinstance(each, int)] == [10, 5]
    assert text.count("LIMIT") == 2
    more = memberships("more", "id", "status", size=10)
    assert asked(more, five) == asked(five, more)


def test_values_are_parameters_and_do_not_change_the_text() -> None:
    def text(on: date, country: str, size: int, ids: tuple[str, ...]) -> str:
        condition = Compare(prop("City", "country"), "eq", country)
        taken = related(
            "Network", "members", TotalCount("n"), page_nodes("City"), where=condition, on=on, page=Page(first=size)
        )
        return compile_fetch([Fetch(ids, nodes("Network", taken))]).statement.text

    assert text(ON, "FI", 5, ("Network:a",)) == text(date(1999, 1, 1), "' OR 1=1", 7, ("Network:b", "Network:'}"))
    assert "'" not in text(ON, "FI", 5, ("Network:a",)).replace("<> 'APPLIED'", "")
