"""Nodes fetched by id: the form of their values, and related nodes at any depth."""

from datetime import date

import pytest_asyncio

from graph import model
from graph.model import BASIS, CITATIONS, Language
from graph.store import Store
from graph.traversal import compile_fetch
from graph.traversal.date_text import date_text
from graph.traversal.selection import (
    EdgeNode,
    Fetch,
    Nodes,
    PropertyItem,
    Provenance,
    Reference,
    Relationships,
    RelationshipsOfEnd,
    SubField,
    Typename,
)
from tests.questions.graph_builder import OPEN, SmallGraph, period
from tests.traversal.builders import (
    any_label,
    edge_prop,
    edges,
    fetch,
    fetch_one,
    items,
    nested,
    node,
    nodes,
    prop,
    reference,
    run,
    to_list,
    to_one,
)


@pytest_asyncio.fixture
async def graph(store: Store) -> Store:
    """Vantaa in a network, with a fee, decisions and sources."""
    small = SmallGraph()
    small.node("City:vantaa", "Vantaa", nameSv="Vanda", country="FI", population=250_000, latitude=60.25)
    small.node("City:kauniainen", nameEn=None, nameFi="Kauniainen", country="FI")
    small.network("safe", roster_on="2023-11-27")
    small.node("Network:empty", "Empty", kind="LOCAL")
    small.member("vantaa", "safe", period("2016-04-01", OPEN) | {"validFromPrecision": "MONTH"})
    small.node(
        "MembershipTerm:a",
        annualFee=1_000_000,
        annualFeeCurrency="EUR",
        totalFee=0,
        totalFeeCurrency="ISK",
        **period("2024-01-01", "2026-01-01"),
    )
    small.relate("MembershipTerm:a", "UNDER", "Membership:vantaa-safe")
    small.node("Unit:board", kind="BOARD")
    small.node("Organisation:council", kind="GOVERNMENT", country="FI")
    small.node("Decision:a", outcome="APPROVED", decidedPoints=["join", "pay"], date=date(2016, 4, 1))
    small.node("Decision:b", outcome="TABLED")
    small.relate("Decision:a", "BY", "Unit:board", basis="STATED", sources=["Citation:whole"])
    small.relate("Decision:b", "BY", "Organisation:council")
    small.relate("Decision:a", "ABOUT", "Network:safe")
    small.relate("Decision:a", "ABOUT", "Membership:vantaa-safe")
    small.relate("Decision:a", "ABOUT", "MembershipTerm:a")
    small.node("Programme:plan", kind="STRATEGY")
    small.relate("Decision:a", "RESTS_ON", "Decision:b")
    small.relate("Decision:a", "RESTS_ON", "Programme:plan")
    small.relate("Programme:plan", "RESTS_ON", "Decision:b")
    for position, slug in ((2, "a"), (1, "b"), (None, "c"), (1, "d")):
        small.node(f"Requirement:{slug}", kind="OBLIGATION", position=position)
        small.relate("Network:safe", "REQUIRES", f"Requirement:{slug}")
    small.cites("Network:safe", "whole")
    small.cites("Network:safe", "founded", "founded")
    small.cites("Network:safe", "kind", "kind")
    small.cites("City:vantaa", "whole")
    small.node("WorkingGroup:youth", nameEn=None, nameSort=None, nameFolded=None)
    small.relate(
        "City:vantaa",
        "PARTICIPATES_IN",
        "WorkingGroup:youth",
        role="CHAIR",
        unit="Unit:board",
        sources=["Citation:whole", "Citation:gone", "Citation:founded"],
        basis="STATED",
        **period("2020-01-01"),
    )
    small.relate("City:kauniainen", "PARTICIPATES_IN", "WorkingGroup:youth", basis="IMPLIED", **period("2020-01-01"))
    await small.replace_all(store)
    return store


async def test_texts_numbers_and_missing_values(graph: Store) -> None:
    assert await fetch_one(graph, "City:vantaa", "id", "country", "population", "latitude", "wikidata") == {
        "id": "City:vantaa",
        "country": "FI",
        "population": 250_000,
        "latitude": 60.25,
        "wikidata": None,
        "__label": "City",
    }


async def test_result_has_the_keys_of_the_selection_in_order(graph: Store) -> None:
    population, country = prop("City", "population"), prop("City", "country")
    selected = (
        PropertyItem("z", population),
        Typename("kind"),
        PropertyItem("a", country),
        PropertyItem("again", population),
    )
    assert list((await fetch_one(graph, "City:vantaa", *selected)).items()) == [
        ("z", 250_000),
        ("kind", "City"),
        ("a", "FI"),
        ("again", 250_000),
        ("__label", "City"),
    ]


async def test_names_fall_back_to_english_swedish_finnish(graph: Store) -> None:
    name = prop("City", "name")
    selected = nodes(
        "City",
        PropertyItem("plain", name),
        PropertyItem("sv", name, Language.SV),
        PropertyItem("fi", name, Language.FI),
        PropertyItem("said", name, Language.FI, tagged=True),
    )
    result = await fetch(graph, selected, "City:vantaa", "City:kauniainen")
    assert result == {
        "City:vantaa": {
            "plain": "Vantaa",
            "sv": "Vanda",
            "fi": "Vantaa",
            "said": {"text": "Vantaa", "language": "EN"},
            "__label": "City",
        },
        "City:kauniainen": {
            "plain": "Kauniainen",
            "sv": "Kauniainen",
            "fi": "Kauniainen",
            "said": {"text": "Kauniainen", "language": "FI"},
            "__label": "City",
        },
    }


async def test_missing_name_is_null(graph: Store) -> None:
    name = prop("WorkingGroup", "name")
    selected = (PropertyItem("name", name), PropertyItem("said", name, tagged=True))
    assert await fetch_one(graph, "WorkingGroup:youth", *selected) == {
        "name": None,
        "said": None,
        "__label": "WorkingGroup",
    }


async def test_dates_with_bound_and_precision(graph: Store) -> None:
    valid_from, valid_until = prop("Membership", "validFrom"), prop("Membership", "validUntil")
    selected = (PropertyItem("from", valid_from), PropertyItem("until", valid_until))
    assert await fetch_one(graph, "Membership:vantaa-safe", *selected) == {
        "from": {"date": "2016-04-01", "precision": "MONTH", "bound": "DATE"},
        "until": {"date": None, "precision": None, "bound": "OPEN", "is_end": True},
        "__label": "Membership",
    }
    fetch = Fetch(
        ("Membership:vantaa-safe", "Decision:a", "Decision:b"),
        any_label(
            nodes(
                "Membership",
                PropertyItem(
                    "from",
                    valid_from,
                    subfields=(
                        SubField("suomeksi", "text", Language.FI),
                        SubField("en", "text"),
                        SubField("day", "date"),
                    ),
                ),
                PropertyItem("until", valid_until, subfields=(SubField("text", "text", Language.SV),), required=True),
            ),
            nodes(
                "Decision",
                PropertyItem(
                    "date",
                    prop("Decision", "date"),
                    subfields=(
                        Typename("type", "PartialDate"),
                        SubField("precision", "precision"),
                        SubField("bound", "bound"),
                    ),
                ),
            ),
        ),
    )
    compiled = compile_fetch([fetch])
    (result,) = compiled.to_response(await graph.read(compiled.statement, compiled.parameters))
    assert result == {
        "Membership:vantaa-safe": {
            "from": {"suomeksi": "huhtikuu 2016", "en": "April 2016", "day": "2016-04-01"},
            "until": {"text": "tills vidare"},
        },
        "Decision:a": {"date": {"type": "PartialDate", "precision": None, "bound": "DATE"}},
        "Decision:b": {"date": None},
    }


def test_dates_as_text() -> None:
    shown = [
        (date_text("2023-11-27", "DAY", "DATE", language), date_text("2023-01-01", "YEAR", "DATE", language))
        for language in (Language.EN, Language.SV, Language.FI)
    ]
    assert shown == [("27 November 2023", "2023"), ("27 november 2023", "2023"), ("27. marraskuuta 2023", "2023")]
    assert date_text("2023-11-27", None, "DATE") == "27 November 2023"
    ends = (("2026-01-01", "DAY"), ("2026-01-01", "MONTH"), ("2026-01-01", "YEAR"))
    assert [date_text(*end, "DATE", is_end=True, last_day=True) for end in ends] == [
        "31 December 2025",
        "December 2025",
        "2025",
    ]
    assert date_text("2016-01-01", "YEAR", "DATE", last_day=True) == "2016"
    assert date_text(None, None, "OPEN", is_end=True, last_day=True) == "until further notice"
    assert [date_text(None, None, "UNKNOWN", language) for language in Language] == ["unknown", "okänt", "ei tiedossa"]


async def test_relationships_of_single_nodes_and_short_lists(graph: Store) -> None:
    def selected(label: str, role: str, *targets: str) -> RelationshipsOfEnd:
        node = EdgeNode("node", Nodes({target: items(target, "id") for target in targets}))
        basis = PropertyItem("basis", BASIS)
        sources = Reference("sources", CITATIONS, nodes("Citation", "id"))
        return RelationshipsOfEnd(
            model.association(label, role), (Typename("field", role), node, Provenance("why", (basis, sources)))
        )

    ends = (
        selected("Decision", "body", "Organisation", "Unit"),
        selected("Decision", "restsOn", "Decision", "Programme"),
    )
    result = await fetch(
        graph,
        nodes("Decision", Relationships("relationships", (*ends, selected("Decision", "implementedBy", "Unit")))),
        "Decision:a",
        "Decision:b",
    )

    def row(field: str, node_id: str) -> dict[str, object]:
        node = {"id": node_id, "__label": node_id.partition(":")[0]}
        return {
            "field": field,
            "node": node,
            "why": {"basis": "STATED", "sources": [{"id": "Citation:whole", "__label": "Citation"}]},
        }

    assert result["Decision:a"]["relationships"] == [
        row("body", "Unit:board"),
        {**row("restsOn", "Decision:b"), "why": {"basis": "STATED", "sources": []}},
        {**row("restsOn", "Programme:plan"), "why": {"basis": "STATED", "sources": []}},
    ]
    assert result["Decision:b"]["relationships"] == [
        {**row("body", "Organisation:council"), "why": {"basis": "STATED", "sources": []}}
    ]


async def test_money_has_the_decimals_of_its_currency(graph: Store) -> None:
    assert await fetch_one(graph, "MembershipTerm:a", "annualFee", "totalFee", "annualFeeEuro") == {
        "annualFee": {"amount": "10000.00", "currency": "EUR"},
        "totalFee": {"amount": "0", "currency": "ISK"},
        "annualFeeEuro": None,
        "__label": "MembershipTerm",
    }


async def test_missing_list_is_empty(graph: Store) -> None:
    assert (await fetch_one(graph, "Decision:a", "decidedPoints", "date"))["decidedPoints"] == ["join", "pay"]
    assert (await fetch_one(graph, "Decision:b", "decidedPoints"))["decidedPoints"] == []


async def test_unknown_ids_and_labels_are_left_out(graph: Store) -> None:
    assert await fetch(graph, nodes("City", "id"), "City:atlantis", "Nothing:x", "no id") == {}


async def test_several_fetches_run_in_one_statement(graph: Store) -> None:
    both = any_label(nodes("City", "id"), nodes("Network", "kind"))
    compiled = compile_fetch(
        [
            Fetch(("Network:safe", "City:vantaa", "City:vantaa"), both),
            Fetch((), both),
            Fetch(("City:vantaa",), nodes("City", "country")),
        ]
    )
    assert await run(graph, compiled) == [
        {
            "City:vantaa": {"id": "City:vantaa", "__label": "City"},
            "Network:safe": {"kind": "CITY_NETWORK", "__label": "Network"},
        },
        {},
        {"City:vantaa": {"country": "FI", "__label": "City"}},
    ]


async def test_fetch_without_ids(graph: Store) -> None:
    assert await run(graph, compile_fetch([])) == []


async def test_node_without_items_has_its_label(graph: Store) -> None:
    assert await fetch(graph, Nodes({}), "City:vantaa") == {"City:vantaa": {"__label": "City"}}


async def test_single_related_node_or_null(graph: Store) -> None:
    membership = to_one(
        "MembershipTerm",
        "membership",
        nodes(
            "Membership",
            "id",
            to_one("Membership", "network", nodes("Network", "id")),
            to_one("Membership", "organisation", nodes("Organisation", "id")),
        ),
    )
    assert await fetch_one(
        graph,
        "MembershipTerm:a",
        membership,
        to_one(
            "MembershipTerm", "decision", nodes("Decision", "id", to_list("Decision", "about", nodes("Network", "id")))
        ),
    ) == {
        "membership": {
            "id": "Membership:vantaa-safe",
            "network": {"id": "Network:safe", "__label": "Network"},
            "organisation": None,
            "__label": "Membership",
        },
        "decision": None,
        "__label": "MembershipTerm",
    }


async def test_list_is_sorted_by_its_declared_order_then_by_id(graph: Store) -> None:
    result = await fetch_one(
        graph, "Network:safe", to_list("Network", "requirements", nodes("Requirement", "id", "position"))
    )
    assert result["requirements"] == [
        {"id": "Requirement:b", "position": 1, "__label": "Requirement"},
        {"id": "Requirement:d", "position": 1, "__label": "Requirement"},
        {"id": "Requirement:a", "position": 2, "__label": "Requirement"},
        {"id": "Requirement:c", "position": None, "__label": "Requirement"},
    ]
    assert (await fetch_one(graph, "Network:empty", to_list("Network", "requirements", nodes("Requirement", "id"))))[
        "requirements"
    ] == []


async def test_citations_that_support_a_property_or_the_whole_fact(graph: Store) -> None:
    citation = nodes("Citation", "id")
    result = await fetch_one(
        graph,
        "Network:safe",
        to_list("Network", "sources", citation),
        to_list("Network", "sources", citation, "ofFounded", supporting="founded"),
        to_list("Network", "sources", citation, "ofName", supporting="name"),
    )
    whole, founded, kind = ({"id": f"Citation:{slug}", "__label": "Citation"} for slug in ("whole", "founded", "kind"))
    assert result == {
        "sources": [founded, kind, whole],
        "ofFounded": [founded, whole],
        "ofName": [whole],
        "__label": "Network",
    }


async def test_citations_of_an_unknown_beginning_are_those_of_the_first_attested_day(empty_store: Store) -> None:
    graph = SmallGraph()
    graph.cities("a")
    attested = {"attestedFrom": date(2019, 12, 31)}
    for network, columns in (("known", period("2016-04-01", OPEN)), ("unknown", period(None) | attested)):
        graph.network(network)
        membership = graph.member("a", network, columns)
        for name in ("validFrom", "attestedFrom", "attestedOn"):
            graph.cites(membership, f"{network}-{name}", name)
    await graph.write(empty_store)
    sources = to_list("Membership", "sources", nodes("Citation", "id"), supporting="validFrom")
    known, unknown = [await fetch_one(empty_store, f"Membership:a-{name}", sources) for name in ("known", "unknown")]
    assert [citation["id"] for citation in known["sources"]] == ["Citation:known-validFrom"]
    assert [citation["id"] for citation in unknown["sources"]] == [
        "Citation:unknown-attestedFrom",
        "Citation:unknown-validFrom",
    ]


async def test_list_of_several_labels_keeps_its_order(graph: Store) -> None:
    about = any_label(
        nodes("Network", "kind", to_list("Network", "requirements", nodes("Requirement", "id"))),
        nodes("Membership", "id", to_one("Membership", "network", nodes("Network", "id"))),
        nodes("MembershipTerm", Typename("is")),
    )
    result = await fetch_one(graph, "Decision:a", to_list("Decision", "about", about))
    assert result["about"] == [
        {
            "id": "Membership:vantaa-safe",
            "network": {"id": "Network:safe", "__label": "Network"},
            "__label": "Membership",
        },
        {"is": "MembershipTerm", "__label": "MembershipTerm"},
        {
            "kind": "CITY_NETWORK",
            "requirements": [{"id": f"Requirement:{slug}", "__label": "Requirement"} for slug in "bdac"],
            "__label": "Network",
        },
    ]


async def test_single_related_node_of_several_labels(graph: Store) -> None:
    body = to_one("Decision", "body", any_label(nodes("Unit", "kind"), nodes("Organisation", "country")))
    assert (await fetch_one(graph, "Decision:a", body))["body"] == {"kind": "BOARD", "__label": "Unit"}
    assert (await fetch_one(graph, "Decision:b", body))["body"] == {"country": "FI", "__label": "Organisation"}


async def test_relationships_of_one_type_differ_by_label(graph: Store) -> None:
    rests = to_list("Decision", "restsOn", any_label(nodes("Programme", "id"), nodes("Decision", "id")))
    assert (await fetch_one(graph, "Decision:a", rests))["restsOn"] == [
        {"id": "Decision:b", "__label": "Decision"},
        {"id": "Programme:plan", "__label": "Programme"},
    ]
    result = await fetch_one(
        graph,
        "Decision:b",
        nested("Decision", "foundationOf", edges(node(nodes("Decision", "id")))),
        nested("Decision", "supportedProgrammes", edges(node(nodes("Programme", "id")))),
    )
    assert result == {
        "foundationOf": {"edges": [{"node": {"id": "Decision:a", "__label": "Decision"}}]},
        "supportedProgrammes": {"edges": [{"node": {"id": "Programme:plan", "__label": "Programme"}}]},
        "__label": "Decision",
    }


async def test_citation_supports_nodes_of_any_label(graph: Store) -> None:
    selected = any_label(nodes("City", "country"), nodes("Network", "kind"))
    result = await fetch_one(graph, "Citation:whole", nested("Citation", "supports", edges(node(selected))))
    assert result["supports"] == {
        "edges": [
            {"node": {"country": "FI", "__label": "City"}},
            {"node": {"kind": "CITY_NETWORK", "__label": "Network"}},
        ]
    }


async def test_edge_has_the_properties_of_the_relationship(graph: Store) -> None:
    role = PropertyItem("role", edge_prop("City", "workingGroups", "role"))
    since = PropertyItem("from", edge_prop("City", "workingGroups", "validFrom"))
    unit = reference(
        "City", "workingGroups", "unit", nodes("Unit", "id", to_one("Unit", "partOf", nodes("Unit", "id")))
    )
    sources = reference("City", "workingGroups", "sources", nodes("Citation", "id"))
    groups = nested("City", "workingGroups", edges(Typename("is", "Edge"), role, unit, since, sources))
    assert (await fetch_one(graph, "City:vantaa", groups))["workingGroups"] == {
        "edges": [
            {
                "is": "Edge",
                "role": "CHAIR",
                "unit": {"id": "Unit:board", "partOf": None, "__label": "Unit"},
                "from": {"date": "2020-01-01", "precision": None, "bound": "DATE"},
                "sources": [
                    {"id": "Citation:founded", "__label": "Citation"},
                    {"id": "Citation:whole", "__label": "Citation"},
                ],
            }
        ]
    }
    assert (await fetch_one(graph, "City:kauniainen", groups))["workingGroups"] == {
        "edges": [
            {
                "is": "Edge",
                "role": None,
                "unit": None,
                "from": {"date": "2020-01-01", "precision": None, "bound": "DATE"},
                "sources": [],
            }
        ]
    }


async def test_related_node_with_different_fields_under_two_keys(graph: Store) -> None:
    result = await fetch_one(
        graph,
        "Membership:vantaa-safe",
        to_one("Membership", "network", nodes("Network", "id"), "a"),
        to_one("Membership", "network", nodes("Network", "kind", Typename("is")), "b"),
    )
    assert result == {
        "a": {"id": "Network:safe", "__label": "Network"},
        "b": {"kind": "CITY_NETWORK", "is": "Network", "__label": "Network"},
        "__label": "Membership",
    }
