"""Data gaps: what is unknown of which node, and the questions that it may change."""

from datetime import date

import pytest
from strawberry.utils.str_converters import to_camel_case

from graph.errors import UnknownId
from graph.pagination import Page
from graph.questions.ask import ask as ask_question
from graph.questions.cost_per_network import QUESTION as COST_PER_NETWORK
from graph.questions.cost_per_network import Arguments as CostArguments
from graph.questions.data_gaps import QUESTION, Arguments, DataGap
from graph.questions.duplicate_activity import QUESTION as DUPLICATE_ACTIVITY
from graph.questions.duplicate_activity import Arguments as DuplicateArguments
from graph.registry import QUESTIONS
from graph.store import Store
from tests.questions.graph_builder import SmallGraph, period
from tests.questions.helpers import ON, SINCE_2020, ask

ANALYSES = ("centrality", "communities", "overlaps", "twoModeNetwork")
FEES = ("costPerNetwork", "duplicateActivity", "joinCheck", "leaveImpact", "leaveImpacts", "networkPortfolio")
TWIN_THEMES = tuple(sorted(({*FEES} - {"costPerNetwork"}) | {"joinSuggestions", "peerCities"}))
GROUP_THEMES = tuple(sorted((*TWIN_THEMES, *ANALYSES, "themeCoverage")))
NETWORK_THEMES = tuple(sorted((*GROUP_THEMES, "costPerNetwork", "overlappingMemberships")))
PEERS = tuple(sorted((*FEES, *ANALYSES, "joinSuggestions", "peerCities", "shortestPath")))
GROUPS = tuple(sorted((*PEERS, "themeCoverage")))
PROJECTS = tuple(sorted((*GROUPS, "followUpsDue")))
ROSTERS = tuple(sorted((*PEERS, "overlappingMemberships")))
MEMBERSHIPS = tuple(sorted((*GROUPS, "overlappingMemberships", "renewalsDue", "reportsDue")))


async def gaps(store: Store, *, on: date = ON) -> tuple[DataGap, ...]:
    arguments = Arguments(city="City:vantaa", on=on)
    return await ask(store, lambda reader: ask_question(reader, QUESTION, arguments))


def gap(
    unknown: str, node: str, field: str, questions: tuple[str, ...], of: str | None = None, **more: object
) -> DataGap:
    given = {"standing": "IN_FORCE" if of else None, "shown_on": None, **more}
    return DataGap(unknown=unknown, node=node, field=field, collaboration=of, questions=questions, **given)  # type: ignore[arg-type]


def complete(graph: SmallGraph) -> None:
    """A city of known population with a network of which everything is known."""
    graph.node("City:vantaa", population=242_819, populationYear=2022)
    graph.cities("oslo")
    graph.themes("own", "safety")
    graph.node("Unit:office", kind="OFFICE")
    graph.relate("Unit:office", "OF", "City:vantaa")
    graph.network("known", "safety", roster_on="2024-06-01")
    graph.member("vantaa", "known", SINCE_2020)
    graph.relate("Unit:office", "CONTACT_FOR", "Network:known")
    term(graph, "known", 1000, "2024-01-01", "2026-01-01")


def term(graph: SmallGraph, network: str, fee: int | None, begins: str, until: str) -> None:
    currency = None if fee is None else "EUR"
    node = graph.node(f"MembershipTerm:{network}", annualFee=fee, annualFeeCurrency=currency, **period(begins, until))
    graph.relate(node, "UNDER", f"Membership:vantaa-{network}")


async def test_complete_data_has_no_gaps(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    graph.network("left")
    graph.member("vantaa", "left", period("2010-01-01", "2024-06-01"), "LEFT")
    await graph.write(empty_store)
    assert await gaps(empty_store) == ()


async def test_all_of_a_network(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    graph.network("bare", roster_on="2023-11-27")
    graph.member("vantaa", "bare", period("2020-01-01", attested="2023-12-31"))
    await graph.write(empty_store)

    earlier = {"of": "Network:bare", "standing": "ATTESTED_EARLIER"}
    membership = "Membership:vantaa-bare"
    assert await gaps(empty_store) == (
        gap("FEE", membership, "terms", FEES, **earlier),
        gap("TERM", membership, "terms", ("renewalsDue",), **earlier),
        gap("ATTESTATION", membership, "attestedOn", MEMBERSHIPS, shown_on=date(2023, 12, 31), **earlier),
        gap("THEMES", "Network:bare", "themes", NETWORK_THEMES, **earlier),
        gap("ROSTER", "Network:bare", "rosterComplete", ROSTERS, shown_on=date(2023, 11, 27), **earlier),
        gap("UNIT", "Network:bare", "contacts", ("duplicateActivity", "reportsDue"), **earlier),
    )


async def test_a_doubtful_membership_comes_first(empty_store: Store) -> None:
    """A membership is doubtful if neither it nor a citation of it is STATED. An application has only its outcome."""
    graph = SmallGraph()
    complete(graph)
    term(graph, "known", None, "2024-01-01", "2026-01-01")
    bases = (("doubted", "IMPLIED", "MEMBER"), ("inferred", "EDITORIAL", "MEMBER"), ("applied", "IMPLIED", "APPLIED"))
    for slug, basis, status in (*bases, ("named", "IMPLIED", "MEMBER")):
        graph.network(slug, "safety", roster_on="2024-06-01")
        graph.relate("Unit:office", "CONTACT_FOR", f"Network:{slug}")
        member = graph.member("vantaa", slug, {**SINCE_2020, "basis": basis}, status)
        term(graph, slug, 1000, "2024-01-01", "2026-01-01")
        graph.cites(member, "taken-for-granted", basis="IMPLIED")
    graph.cites("Membership:vantaa-named", "names-the-city", basis="STATED")
    await graph.write(empty_store)

    assert await gaps(empty_store) == (
        gap("MEMBERSHIP", "Membership:vantaa-doubted", "status", MEMBERSHIPS, "Network:doubted"),
        gap("MEMBERSHIP", "Membership:vantaa-inferred", "status", MEMBERSHIPS, "Network:inferred"),
        gap("FEE", "Membership:vantaa-known", "terms", FEES, "Network:known"),
        gap("OUTCOME", "Membership:vantaa-applied", "status", MEMBERSHIPS, "Network:applied"),
    )


async def test_doubtful_memberships_of_the_seeds(seeded_store: Store) -> None:
    async with seeded_store.reading() as reader:
        found = await ask_question(reader, QUESTION, Arguments(city="City:vantaa", on=date(2026, 11, 1)))
    council = "Membership:vantaa-airport-regions-council"
    network = "Network:airport-regions-council"
    assert found[0] == gap("MEMBERSHIP", council, "status", MEMBERSHIPS, network, standing="ATTESTED_EARLIER")
    # Vantaa's own documents only take this membership for granted, but a newspaper states it.
    assert [row.node for row in found if row.unknown == "MEMBERSHIP"] == [council]


async def test_a_fee_is_known_where_the_cost_is(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    terms = (
        ("stated", 1000, "2024-01-01", "2026-01-01"),
        ("free", 0, "2024-01-01", "2025-01-01"),
        ("no-fee", None, "2024-01-01", "2025-01-01"),
        ("other-year", 1000, "2022-01-01", "2024-01-01"),
    )
    for slug, fee, begins, until in terms:
        graph.network(slug, "safety", roster_on="2024-06-01")
        graph.member("vantaa", slug, SINCE_2020)
        term(graph, slug, fee, begins, until)
    await graph.write(empty_store)

    unknown = [row.node for row in await gaps(empty_store) if row.unknown == "FEE"]

    assert unknown == ["Membership:vantaa-no-fee", "Membership:vantaa-other-year"]
    async with empty_store.reading() as reader:
        costs = await ask_question(reader, COST_PER_NETWORK, CostArguments(city="City:vantaa", from_=2024, until=2024))
    assert [cost.network for cost in costs.networks if cost.incomplete] == ["Network:no-fee", "Network:other-year"]


@pytest.mark.parametrize(
    ("newest", "decided", "is_gap"),
    [
        (period("2024-01-01", "2026-01-01"), "APPROVED", False),
        (period("2024-01-01"), "APPROVED", True),
        (period("2024-01-01", "OPEN"), "APPROVED", False),
        (period("2024-01-01") | {"reviewUntil": date(2025, 1, 1)}, "APPROVED", False),
        (period("2024-01-01"), "REJECTED", False),
    ],
    ids=["end", "no-end", "open", "review", "rejected"],
)
async def test_the_newest_term_has_no_end(
    empty_store: Store, newest: dict[str, object], decided: str, is_gap: bool
) -> None:
    """As in `renewalsDue`, an earlier term does not say when a membership is to be renewed."""
    graph = SmallGraph()
    complete(graph)
    later = graph.node("MembershipTerm:later", **newest)
    graph.relate(later, "UNDER", "Membership:vantaa-known")
    graph.relate(later, "DECIDED_BY", graph.node("Decision:later", outcome=decided))
    await graph.write(empty_store)

    found = [(row.node, row.field) for row in await gaps(empty_store) if row.unknown == "TERM"]
    assert found == ([("Membership:vantaa-known", "terms")] if is_gap else [])


async def test_ends_beginnings_and_what_was_applied_for(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    memberships = (
        ("applied", SINCE_2020, "APPLIED"),
        ("later", period(None, attested="2025-01-01"), "MEMBER"),
        ("leaving", period("2010-01-01", attested="2023-12-31"), "LEAVING_DECIDED"),
        ("leaves-then", period("2010-01-01", "2025-01-01"), "LEAVING_DECIDED"),
        ("long-ago", period("2000-01-01", attested="2005-01-01"), "MEMBER"),
        ("undated", period(None), "MEMBER"),
    )
    for slug, columns, status in memberships:
        graph.network(slug, "safety", roster_on="2024-06-01")
        graph.member("vantaa", slug, columns, status)
    await graph.write(empty_store)

    found = [row for row in await gaps(empty_store) if row.unknown in ("OUTCOME", "BEGINNING", "END", "ATTESTATION")]

    def of(slug: str, unknown: str, field: str, **more: object) -> DataGap:
        return gap(unknown, f"Membership:vantaa-{slug}", field, MEMBERSHIPS, f"Network:{slug}", **more)

    assert found == [
        of("leaving", "END", "validUntil", standing="ATTESTED_EARLIER", shown_on=date(2023, 12, 31)),
        of("applied", "OUTCOME", "status"),
        of("later", "BEGINNING", "validFrom", standing="ATTESTED_LATER", shown_on=date(2025, 1, 1)),
        of("long-ago", "ATTESTATION", "attestedOn", standing="LONG_UNATTESTED", shown_on=date(2005, 1, 1)),
        of("undated", "ATTESTATION", "attestedOn", standing=None),
    ]
    assert [row.node for row in await gaps(empty_store) if row.unknown == "FEE"] == [
        "Membership:vantaa-later",
        "Membership:vantaa-leaves-then",
        "Membership:vantaa-leaving",
        "Membership:vantaa-long-ago",
        "Membership:vantaa-undated",
    ]


async def test_groups_projects_twins_and_the_rest(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    graph.node("City:vantaa")
    graph.relate("City:vantaa", "PARTICIPATES_IN", graph.node("WorkingGroup:g"), **SINCE_2020)
    graph.node("Project:p", **period("2023-01-01", attested="2023-12-31"))
    graph.relate("City:vantaa", "PARTNER_IN", "Project:p", unit="Unit:office")
    graph.relate("City:oslo", "PARTNER_IN", "Project:p")
    graph.twins("vantaa", "oslo", SINCE_2020)
    graph.relate("Unit:office", "FOLLOWS", graph.node("EuInitiative:i"))
    graph.relate("City:vantaa", "TOOK_PART_IN", graph.node("Activity:a", **period("2023-01-01", "2023-01-02")))
    await graph.write(empty_store)

    earlier = {"of": "Project:p", "standing": "ATTESTED_EARLIER"}
    group = "WorkingGroup:g"
    assert await gaps(empty_store) == (
        gap("END", "Project:p", "validUntil", PROJECTS, shown_on=date(2023, 12, 31), **earlier),
        gap("ROSTER", group, "rosterComplete", PEERS, group),
        gap("ROSTER", "Project:p", "partnersComplete", PEERS, **earlier),
        gap("THEMES", group, "themes", GROUP_THEMES, group),
        gap("THEMES", "Project:p", "themes", GROUP_THEMES, **earlier),
        gap("THEMES", "Twinning:oslo-vantaa", "themes", TWIN_THEMES, "Twinning:oslo-vantaa"),
        gap("THEMES", "Activity:a", "themes", ("themeCoverage",)),
        gap("THEMES", "EuInitiative:i", "themes", ("themeCoverage",)),
        gap("UNIT", group, "unit", ("duplicateActivity",), group),
        gap("POPULATION", "City:vantaa", "population", ("joinCheck",)),
    )


def stated(graph: SmallGraph, slug: str, kind: str, count: int | None, on: str) -> None:
    total = graph.node(f"StatedTotal:{slug}", kind=kind, count=count, statedFor=date.fromisoformat(on))
    graph.relate(total, "COUNTS_OF", "City:vantaa")


@pytest.mark.parametrize(
    ("totals", "unexplained"),
    [
        ([("m", "MEMBERSHIPS", 1, "2024-06-01"), ("t", "TWIN_TOWNS", 0, "2020-01-01")], []),
        ([("m", "MEMBERSHIPS", 92, "2018-01-01")], [("m", MEMBERSHIPS, date(2018, 1, 1))]),
        ([("t", "TWIN_TOWNS", 9, "2023-05-01")], [("t", PEERS, date(2023, 5, 1))]),
        ([("old", "MEMBERSHIPS", 92, "2018-01-01"), ("new", "MEMBERSHIPS", 1, "2024-01-01")], []),
        ([("m", "MEMBERSHIPS", 92, "2024-06-02"), ("t", "TWIN_TOWNS", None, "2024-01-01")], []),
    ],
    ids=["same-number", "fewer-memberships", "fewer-twin-towns", "latest-counts", "later-and-unknown"],
)
async def test_numbers_that_sources_state(
    empty_store: Store,
    totals: list[tuple[str, str, int | None, str]],
    unexplained: list[tuple[str, tuple[str, ...], date]],
) -> None:
    graph = SmallGraph()
    complete(graph)
    graph.network("applied", "safety")
    graph.member("vantaa", "applied", SINCE_2020, "APPLIED")
    for total in totals:
        stated(graph, *total)
    await graph.write(empty_store)
    assert [row for row in await gaps(empty_store) if row.unknown != "OUTCOME"] == [
        gap("COUNT", f"StatedTotal:{slug}", "count", questions, shown_on=on) for slug, questions, on in unexplained
    ]


async def test_rosters_of_projects(empty_store: Store) -> None:
    graph = SmallGraph()
    complete(graph)
    running = period("2023-01-01", "2025-01-01")
    for slug, columns in (
        ("alone", {"partnersComplete": True, **running}),
        ("unknown", running),
        ("idea", {"stage": "IDEA", **running}),
        ("undated-idea", {"stage": "IDEA", **period(None)}),
    ):
        graph.relate(graph.node(f"Project:{slug}", **columns), "ADDRESSES", "Theme:safety")
        graph.relate("City:vantaa", "PARTNER_IN", f"Project:{slug}", unit="Unit:office")
    await graph.write(empty_store)

    assert await gaps(empty_store) == (gap("ROSTER", "Project:unknown", "partnersComplete", PEERS, "Project:unknown"),)


@pytest.mark.parametrize("city", ["City:helsinki", "City:vantaa", "City:espoo", "City:lahti"])
@pytest.mark.parametrize("on", [ON, date(2010, 6, 1), date(2026, 11, 1)])
async def test_missing_data_of_other_questions_are_gaps(seeded_store: Store, city: str, on: date) -> None:
    async with seeded_store.reading() as reader:
        found = await ask_question(reader, QUESTION, Arguments(city=city, on=on))
        duplicates = await ask_question(reader, DUPLICATE_ACTIVITY, DuplicateArguments(city=city, on=on), Page(first=1))
    missing = {(row.unknown, node) for row in duplicates.about.missing for node in row.nodes}
    assert missing
    assert missing <= {(gap.unknown, gap.collaboration) for gap in found}


async def test_every_question_may_be_affected(seeded_store: Store) -> None:
    registered = {to_camel_case(name) for name in QUESTIONS}
    found = {(row.unknown, question) for row in await gaps(seeded_store) for question in row.questions}
    assert {question for _, question in found} <= registered
    # Names are found whatever is unknown of the nodes.
    assert {*MEMBERSHIPS, *PROJECTS, *NETWORK_THEMES} == registered - {"dataGaps", "search"}


async def test_an_unknown_city(empty_store: Store) -> None:
    async with empty_store.reading() as reader:
        with pytest.raises(UnknownId, match="'City:nowhere'"):
            await ask_question(reader, QUESTION, Arguments(city="City:nowhere", on=ON))
