"""The answers that the source documents fix, from the real facts."""

from datetime import date

import pytest

from graph.pagination import Page
from graph.questions import (
    cost_per_network,
    data_gaps,
    duplicate_activity,
    follow_ups_due,
    join_check,
    overlapping_memberships,
    peer_cities,
    renewals_due,
    reports_due,
    shortest_path,
    theme_coverage,
)
from graph.questions.ask import ask as ask_question
from graph.questions.cost_per_network import CostPerNetwork
from graph.questions.declaration import Amount
from graph.search import NameIndexReader
from graph.store import Statement, Store
from tests.questions.helpers import ALL, ask

ON = date(2023, 11, 27)
NSC = "Network:nordic-safe-cities"
ECCAR = "Network:eccar"
WHO = "Network:who-european-healthy-cities"
NAMED = (
    *("aalborg", "arendal", "baerum", "bodo", "copenhagen", "fredrikstad", "gothenburg", "haugesund", "helsinki"),
    *("kristiansand", "larvik", "malmo", "odense", "oslo", "reykjavik", "sarpsborg", "skien", "stavanger"),
    *("stockholm", "tromso"),
)


async def test_peers_of_vantaa_in_overall_safety(seeded_store: Store) -> None:
    found = await ask(
        seeded_store,
        lambda reader: ask_question(reader, peer_cities.QUESTION, peer_cities.QUESTION.examples[0], ALL),
    )

    assert len(NAMED) == 20
    assert {row.city for row in found.rows} >= {f"City:{name}" for name in NAMED}
    for row in found.rows:
        through = {evidence.collaboration: evidence for evidence in row.evidence}
        if row.city.removeprefix("City:") in NAMED:
            assert (through[NSC].members, through[NSC].members_complete) == (21, True)
            assert through[NSC].peer_proofs == (f"Membership:{row.city.removeprefix('City:')}-nordic-safe-cities",)
    by_nsc_alone = [row for row in found.rows if [evidence.collaboration for evidence in row.evidence] == [NSC]]
    assert {(row.shared, row.rarity) for row in by_nsc_alone} == {(1, 0.05)}


async def test_three_questions_agree_on_what_two_networks_share(seeded_store: Store) -> None:
    # By pair of networks: the number of shared themes, and of other shared cities.
    on, city = date(2026, 11, 29), "City:vantaa"
    overlaps = await ask(
        seeded_store,
        lambda reader: ask_question(
            reader, overlapping_memberships.QUESTION, overlapping_memberships.Arguments(city=city, on=on), ALL
        ),
    )
    expected = {
        (row.network, row.other): (row.shared_themes, row.shared - 1) for row in overlaps.rows if row.level == "CITIES"
    }
    assert expected["Network:covenant-of-mayors", "Network:eurocities"][0] == 1
    duplicates = await ask(
        seeded_store,
        lambda reader: ask_question(
            reader, duplicate_activity.QUESTION, duplicate_activity.Arguments(city=city, on=on), ALL
        ),
    )
    networks = [row for row in duplicates.rows if row.one.kind == row.two.kind == "NETWORK"]
    assert {
        (row.one.collaboration, row.two.collaboration): (row.shared_themes, row.peer_count) for row in networks
    } == {pair: shared for pair, shared in expected.items() if shared[0]}
    for network in {network for pair in expected for network in pair}:
        arguments = join_check.Arguments(city=city, network=network, on=on)
        check = await ask(
            seeded_store, lambda reader, asked=arguments: ask_question(reader, join_check.QUESTION, asked)
        )
        for row in check.overlaps:
            one, two = sorted((network, row.network))
            assert (row.shared_themes, row.shared) == expected.get((one, two), (0, 0))


async def test_nordic_safe_cities_and_eccar(seeded_store: Store) -> None:
    async def pair(*, include_applied: bool) -> tuple[list[str], bool, bool]:
        arguments = overlapping_memberships.Arguments(on=ON, include_applied=include_applied)
        found = await ask(
            seeded_store,
            lambda reader: ask_question(reader, overlapping_memberships.QUESTION, arguments, Page(first=1000)),
        )
        (row,) = [row for row in found.rows if (row.network, row.other) == (ECCAR, NSC)]
        assert row.lower_bound
        return [evidence.member for evidence in row.evidence], row.members_complete, row.other_members_complete

    assert await pair(include_applied=False) == (["City:stockholm"], False, True)
    assert await pair(include_applied=True) == (["City:helsinki", "City:stockholm"], False, True)


async def test_the_cost_of_nordic_safe_cities(seeded_store: Store) -> None:
    arguments = cost_per_network.Arguments(city="City:vantaa", from_=2020, until=2025)
    found = await ask(seeded_store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))

    (nsc,) = [cost for cost in found.networks if cost.network == NSC]
    yearly = Amount("EUR", 1_000_000)
    assert [(row.year, row.fee, row.decision) for row in nsc.years] == [
        (2020, None, "Decision:vantaa-kh-2020-02-24"),
        (2021, None, "Decision:vantaa-kh-2020-02-24"),
        (2022, yearly, "Decision:vantaa-kh-2021-11-01"),
        (2023, yearly, "Decision:vantaa-kh-2021-11-01"),
        (2024, yearly, "Decision:vantaa-kh-2023-11-27-15"),
        (2025, yearly, "Decision:vantaa-kh-2023-11-27-15"),
    ]
    assert {row.budget_line for row in nsc.years if row.year >= 2024} == {"104060300"}
    assert all(row.sources for row in nsc.years)
    assert (nsc.totals, nsc.unknown_years) == ((Amount("EUR", 4_000_000),), (2020, 2021))


async def test_costs_of_helsinki(seeded_store: Store) -> None:
    arguments = cost_per_network.Arguments(city="City:helsinki", from_=2012, until=2025)
    found = await ask(seeded_store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))
    costs = {cost.network: cost for cost in found.networks}

    # Applied for, never shown to be a member: the money granted is listed, and no total counts it.
    eccar = costs[ECCAR]
    assert [(row.year, row.fee, row.status) for row in eccar.years if row.fee] == [
        (2013, Amount("EUR", 150_000), "APPLIED")
    ]
    assert (eccar.totals, {2012, 2014} <= set(eccar.unattested_years)) == ((), True)
    metrex = costs["Network:metrex"]
    assert len(metrex.memberships) == 2
    assert {2016, 2017, 2018}.isdisjoint(metrex.unknown_years)
    assert {2015, 2019} <= set(metrex.unknown_years)
    assert [(year.year, year.fee, year.euro) for year in costs[NSC].years if year.fee] == [
        *((year, Amount("DKK", 0), None) for year in range(2016, 2020)),
        (2023, Amount("DKK", 7_500_000), Amount("EUR", 1_000_000)),
    ]
    assert costs[NSC].totals == (Amount("DKK", 7_500_000),)


async def costs_of(store: Store, city: str, first: int, last: int, **switches: bool) -> CostPerNetwork:
    arguments = cost_per_network.Arguments(city=city, from_=first, until=last, **switches)
    return await ask(store, lambda reader: ask_question(reader, cost_per_network.QUESTION, arguments))


async def test_years_that_no_source_covers_are_not_free(seeded_store: Store) -> None:
    eurocities, regions = "Network:eurocities", "Network:airport-regions-council"
    found = await costs_of(seeded_store, "City:helsinki", 2025, 2026)
    costs = {cost.network: cost for cost in found.networks}
    assert found.incomplete
    for network in (NSC, eurocities, "Network:metrex", "Network:urban20", "Network:education-cities", WHO, ECCAR):
        assert costs[network].unattested_years == (2025, 2026), network
    assert {row.standing for row in costs[eurocities].years} == {"ATTESTED_EARLIER"}

    vantaa = await costs_of(seeded_store, "City:vantaa", 2026, 2026)
    assert vantaa.incomplete
    assert vantaa.totals == ()
    assert {(cost.network, cost.unattested_years) for cost in vantaa.networks} >= {
        (network, (2026,)) for network in (NSC, eurocities, regions)
    }

    # The beginning of the memberships is unknown. Nothing was charged in 2019, the first year that a source covers.
    before = await costs_of(seeded_store, "City:vantaa", 2016, 2019)
    costs = {cost.network: cost for cost in before.networks}
    assert (before.incomplete, before.totals) == (True, ())
    assert (costs[NSC].unknown_years, costs[NSC].unattested_years) == ((2016, 2017, 2018), (2016, 2017, 2018))
    assert [(row.year, row.standing, row.fee and row.fee.minor) for row in costs[NSC].years] == [
        *((year, "ATTESTED_LATER", None) for year in (2016, 2017, 2018)),
        (2019, "IN_FORCE", 0),
    ]
    assert costs[regions].unattested_years == (2016, 2017, 2018, 2019)
    # Sources show Vantaa in Eurocities in 2013 and in 2025. The fees are unknown.
    assert (costs[eurocities].unknown_years, costs[eurocities].unattested_years) == ((2016, 2017, 2018, 2019), ())


async def test_a_fee_for_subsequent_years(seeded_store: Store) -> None:
    found = await costs_of(seeded_store, "City:helsinki", 2018, 2020)
    (forum,) = [cost for cost in found.networks if cost.network == "Network:world-cities-culture-forum"]
    assert [(row.year, row.fee) for row in forum.years] == [
        (2018, Amount("EUR", 1_750_000)),
        (2019, Amount("EUR", 850_000)),
        (2020, Amount("EUR", 850_000)),
    ]
    assert (forum.unknown_years, found.incomplete) == ((), True)


async def test_money_granted_for_an_application(seeded_store: Store) -> None:
    dollars = Amount("USD", 600_000)
    found = await costs_of(seeded_store, "City:helsinki", 2019, 2020)
    (who,) = [cost for cost in found.networks if cost.network == WHO]
    assert [(row.year, row.fee, row.status, row.counted, row.budget_line) for row in who.years] == [
        (2019, dollars, "APPLIED", False, "1 30 01"),
        (2020, dollars, "MEMBER", True, "1 30 01"),
    ]
    assert (who.totals, who.unknown_years) == ((dollars,), ())
    assert dollars in found.totals
    counted = await costs_of(seeded_store, "City:helsinki", 2019, 2020, include_applied=True)
    assert Amount("USD", 1_200_000) in counted.totals


@pytest.mark.parametrize(("on", "overdue"), [(date(2025, 12, 31), False), (date(2026, 11, 30), True)])
async def test_the_renewal_of_vantaa_in_nordic_safe_cities(seeded_store: Store, on: date, *, overdue: bool) -> None:
    arguments = renewals_due.Arguments(city="City:vantaa", by=date(2025, 12, 31), on=on)
    found = await ask(seeded_store, lambda reader: ask_question(reader, renewals_due.QUESTION, arguments, ALL))

    (row,) = found.rows
    assert (row.term, row.network) == ("MembershipTerm:vantaa-nordic-safe-cities-2024-2025", NSC)
    assert (row.last_day, row.decide_by, row.overdue) == (date(2025, 12, 31), date(2025, 12, 31), overdue)
    assert (row.reason, row.review_from, row.review_said_in) == ("REVIEW_DUE", date(2025, 1, 1), "REASONING")
    assert (row.later_decisions, row.attested_after) == ((), None)
    assert "vuonna 2025 arvioitavaksi" in row.sources[0].quote
    # Eurocities and the Airport Regions Council have no recorded term.
    assert {"Network:airport-regions-council", "Network:eurocities"} <= {
        membership.network for membership in found.about.without_term
    }


async def test_no_renewal_of_an_ended_membership(seeded_store: Store) -> None:
    arguments = renewals_due.Arguments(city="City:helsinki", by=date(2026, 11, 30), on=date(2026, 11, 30))
    found = await ask(seeded_store, lambda reader: ask_question(reader, renewals_due.QUESTION, arguments, ALL))

    listed = [row.membership for row in found.rows]
    listed += [row.membership for row in (*found.about.without_term, *found.about.without_end)]
    assert len(listed) == len(set(listed)) > 10
    assert "Membership:helsinki-metrex" not in listed


async def test_vantaa_is_said_to_report(seeded_store: Store) -> None:
    arguments = reports_due.Arguments(city="City:vantaa", on=date(2025, 12, 1))
    found = await ask(seeded_store, lambda reader: ask_question(reader, reports_due.QUESTION, arguments, ALL))

    assert {
        (row.last_report, row.reporting_since, row.reporting_unit, row.reporting_sources) for row in found.rows
    } == {(None, 2021, "Unit:vantaa-sectors", ("Citation:vantaa-guidelines-sectors-report",))}
    # Only for Nordic Safe Cities does a source imply the contact.
    networks = [row.network for row in found.rows]
    assert NSC in networks
    assert [row.network for row in found.about.without_contact] == [name for name in networks if name != NSC]


async def test_projects_of_vantaa_without_a_known_end(seeded_store: Store) -> None:
    arguments = follow_ups_due.Arguments(city="City:vantaa", on=date(2025, 12, 1))
    found = await ask(seeded_store, lambda reader: ask_question(reader, follow_ups_due.QUESTION, arguments, ALL))

    assert found.rows == ()
    assert [(row.project, row.stage, row.attested_on) for row in found.about.without_end] == [
        ("Project:grow-leave-no-neighbourhood-behind", None, date(2022, 12, 31)),
        ("Project:vantaa-smile", None, date(2024, 5, 30)),
        ("Project:place-based-governance-segregation", "IDEA", None),
        ("Project:urbact-udiex-alep", "ENDED", None),
        ("Project:vantaa-light-rail", "IMPLEMENTATION", date(2025, 11, 17)),
    ]


async def test_the_follow_up_of_gsip(seeded_store: Store) -> None:
    arguments = follow_ups_due.Arguments(city="City:vantaa", on=date(2024, 7, 31))
    found = await ask(seeded_store, lambda reader: ask_question(reader, follow_ups_due.QUESTION, arguments, ALL))

    assert [(row.project, row.ended) for row in found.rows] == [("Project:gsip-vantaa", date(2022, 8, 1))]
    # Its partners are known to include no other city.
    gaps = await ask(
        seeded_store,
        lambda reader: ask_question(
            reader, data_gaps.QUESTION, data_gaps.Arguments(city="City:vantaa", on=date(2022, 7, 31))
        ),
    )
    assert [gap.unknown for gap in gaps if gap.node == "Project:gsip-vantaa"] == ["UNIT"]


async def test_the_eight_themes_of_the_guidelines(seeded_store: Store) -> None:
    arguments = theme_coverage.Arguments(
        city="City:vantaa",
        on=date(2025, 12, 1),
        programme="Programme:vantaa-international-guidelines-2025-2026",
    )
    found = await ask(seeded_store, lambda reader: ask_question(reader, theme_coverage.QUESTION, arguments, ALL))

    assert found.total == 8
    (safety,) = [row for row in found.rows if row.theme == "Theme:vantaa-overall-safety"]
    assert NSC in [hit.node for hit in safety.hits]


async def test_a_working_group_counts_for_its_participants_only(seeded_store: Store) -> None:
    arguments = theme_coverage.Arguments(
        city="City:vantaa", on=date(2025, 12, 1), scheme="ThemeScheme:vantaa-strategic-themes"
    )
    found = await ask(seeded_store, lambda reader: ask_question(reader, theme_coverage.QUESTION, arguments, ALL))
    rows = {row.theme.removeprefix("Theme:vantaa-"): row for row in found.rows}

    # Eurocities has a group on employment, but no source shows Vantaa in it.
    assert (rows["employment"].hits, rows["employment"].gap) == ((), True)
    # What Helsinki says of its own part in Eurocities is nothing that Vantaa does.
    assert (rows["competence"].hits, rows["competence"].gap) == ((), True)
    assert {theme for theme, row in rows.items() if row.gap is False} == {
        *("logistic-location", "integration", "carbon-neutrality", "light-rail", "segregation", "overall-safety")
    }


async def test_peers_for_six_of_the_eight_themes(seeded_store: Store) -> None:
    themes = await column(
        seeded_store,
        "MATCH (t:Theme)-[:IN_SCHEME]->(:ThemeScheme {id: 'ThemeScheme:vantaa-strategic-themes'}) RETURN t.id AS id",
    )
    assert len(themes) == 8
    without = set[str]()
    for theme in themes:
        arguments = peer_cities.Arguments(city="City:vantaa", theme=theme, on=date(2025, 12, 1))
        found = await ask(
            seeded_store,
            lambda reader, of=arguments: ask_question(reader, peer_cities.QUESTION, of, Page(first=1)),
        )
        assert all(evidence.proofs and evidence.peer_proofs for row in found.rows for evidence in row.evidence)
        without |= {theme} if found.total == 0 else set()
    assert without == {"Theme:vantaa-employment", "Theme:vantaa-competence"}


@pytest.mark.parametrize(
    ("city", "pair"),
    [
        ("City:vantaa", ("Network:eurocities", NSC)),
        ("City:helsinki", ("Network:circular-cities-declaration", "Network:eu-cities-mission")),
    ],
)
async def test_duplicate_activity(seeded_store: Store, city: str, pair: tuple[str, str]) -> None:
    arguments = duplicate_activity.Arguments(city=city, on=date(2025, 12, 1))
    found = await ask(seeded_store, lambda reader: ask_question(reader, duplicate_activity.QUESTION, arguments, ALL))

    pairs = {(row.one.collaboration, row.two.collaboration): row for row in found.rows}
    assert (pairs[pair].strength, len(pairs[pair].peers) > 0) == ("STRONG", True)
    for row in found.rows:
        assert row.one.sources
        assert row.two.sources
        assert row.themes
        assert row.strength == "WEAK" or row.peers or row.same_unit


@pytest.mark.parametrize("label", ["City", "Network", "Theme", "Unit", "Measure", "Goal"])
async def test_names_in_three_languages(seeded_store: Store, label: str) -> None:
    unnamed = "n.nameEn IS NULL OR n.nameFi IS NULL OR n.nameSv IS NULL"
    assert await column(seeded_store, f"MATCH (n:{label}) WHERE {unnamed} RETURN n.id AS id") == []


@pytest.mark.parametrize(
    ("label", "without"), [("Network", []), ("WorkingGroup", ["WorkingGroup:eurocities-unnamed-chaired-by-vantaa"])]
)
async def test_themes_of_networks_and_groups(seeded_store: Store, label: str, without: list[str]) -> None:
    """Every theme that no text states has a reason."""
    unthemed = f"MATCH (n:{label}) WHERE NOT EXISTS {{ (n)-[:ADDRESSES]->(:Theme) }} RETURN n.id AS id"
    assert await column(seeded_store, unthemed) == without
    unexplained = (
        f"MATCH (n:{label})-[a:ADDRESSES]->(:Theme) WHERE a.basis <> 'STATED' AND a.note IS NULL RETURN n.id AS id"
    )
    assert await column(seeded_store, unexplained) == []


async def test_cities_without_inhabitants_and_programmes_without_a_status(seeded_store: Store) -> None:
    """No source gives them."""
    assert await column(seeded_store, "MATCH (c:City) WHERE c.population IS NULL RETURN c.id AS id") == [
        *("City:taizhou", "City:ullanger")
    ]
    assert await column(seeded_store, "MATCH (p:Programme) WHERE p.statusChanges IS NULL RETURN p.id AS id") == [
        *("Programme:helsinki-district-safety-plans", "Programme:helsinki-readiness-guideline"),
        "Programme:vantaa-safety-plan",
    ]


async def column(store: Store, text: str) -> list[str]:
    """The column `id` of a statement, sorted."""
    return sorted(str(row["id"]) for row in await store.read(Statement.of_text("test/column", text)))


async def test_from_vantaa_to_reykjavik(seeded_store: Store) -> None:
    arguments = shortest_path.Arguments(from_="City:vantaa", to="City:reykjavik", on=ON)
    found = await ask(seeded_store, lambda reader: ask_question(reader, shortest_path.QUESTION, arguments))

    assert found.chain == ("City:vantaa", NSC, "City:reykjavik")


@pytest.mark.parametrize(
    ("text", "node", "match"),
    [
        ("Kööpenhamina", "City:copenhagen", "EXACT"),
        ("Köpenhamn", "City:copenhagen", "EXACT"),
        ("København", "City:copenhagen", "EXACT"),
        ("Copenhagen", "City:copenhagen", "EXACT"),
        ("hels", "City:helsinki", "PREFIX"),
        ("helsnki", "City:helsinki", "SIMILAR"),
        ("eurocites", "Network:eurocities", "SIMILAR"),
        ("cities education", "Network:education-cities", "WORD_PREFIX"),
        ("Union of Baltic Cities", "Network:union-of-the-baltic-cities", "WORD_PREFIX"),
        ("Nordic Lightrail association", "Network:nordic-light-rail-association", "EXACT"),
        ("Healthy Cities (WHO)", "Network:who-european-healthy-cities", "WORD_PREFIX"),
        ("arc", "Network:airport-regions-council", "EXACT"),
        ("NSC", "Network:nordic-safe-cities", "INITIALS"),
        ("mek", "Programme:vantaa-positive-discrimination-2023-2025", "EXACT"),
    ],
)
async def test_names_that_clients_type(seeded_store: Store, text: str, node: str, match: str) -> None:
    index = await NameIndexReader(seeded_store).current()
    first = index.search(text)[0]
    assert (first.node, first.match) == (node, match)


async def test_all_documents_are_found_by_name(seeded_store: Store) -> None:
    index = await NameIndexReader(seeded_store).current()
    statement = Statement.of_text(
        "test/documents", "MATCH (d:Document) RETURN d.id AS id, d.nameSort AS name ORDER BY id"
    )
    documents = await seeded_store.read(statement)
    assert len(documents) > 100
    for row in documents:
        hits = index.search(str(row["name"])[:200], ["Document"])
        assert row["id"] in [hit.node for hit in hits], row
