"""What a document may say of a selection, and how many statements it costs."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from graph.store import Statement, Store
from tests.api.conftest import Ask
from tests.statements import observed_statements

SHARES_A_NETWORK = {"networks": {"some": {"members": {"some": {"id": {"in": ["City:espoo", "City:oulu"]}}}}}}


@pytest.fixture
def sent(seeded_store: Store) -> Iterator[list[str]]:
    """The names of the statements that reach the driver."""
    with observed_statements(seeded_store) as names:
        yield names


async def test_one_statement_for_aggregates_and_groups_at_every_level(ask: Ask, sent: list[str]) -> None:
    data = await ask("""{ networks(first: 3) { aggregate { count } groupBy(keys: [THEME], first: 2) {
      nodes { keys { node { name } } aggregate { count } nodes(first: 1) { members { aggregate { count } } } } }
      nodes { members { groupBy(keys: [COUNTRY]) { nodes { keys { value } nodes(first: 2) {
        feeYears(from: 2020, until: 2025) { aggregate { fee { byCurrency { sum } sources { quote } } }
          groupBy(keys: [YEAR]) { nodes { aggregate { count } } } } } } } } } } }""")
    assert data["networks"]["groupBy"]["nodes"]
    assert sent == ["traversal/networks"]


async def test_one_statement_for_a_root_field_whatever_its_depth(ask: Ask, sent: list[str]) -> None:
    data = await ask("""{ city(id: "City:vantaa") { networks(on: "2023-11-27",
      where: {id: {eq: "Network:nordic-safe-cities"}}) { edges { standing
      membership { terms(first: 5) { nodes { annualFee { amount } decision { body { ... on Unit { name city { name
        twins(first: 5) { nodes { name networks { totalCount } } } } } } sources { document { name } } } } } }
      node { name members(first: 2) { nodes { name memberships { nodes { network { name } } } } } } } } } }""")
    assert [edge["node"]["name"] for edge in data["city"]["networks"]["edges"]] == ["Nordic Safe Cities"]
    assert sent == ["traversal/fetch"]


async def test_two_statements_for_a_question_whatever_is_selected_in_it(ask: Ask, sent: list[str]) -> None:
    await ask("""{ peerCities(city: "City:vantaa", theme: "Theme:vantaa-overall-safety", on: "2023-11-27") {
      nodes { city { name networks { nodes { name members { totalCount } } } }
        evidence { collaboration { name sources { quote } } proofs { name } themes { theme { name } } } } } }""")
    assert sent == ["peer_cities", "traversal/fetch"]


async def test_one_statement_for_a_question_of_figures(ask: Ask, sent: list[str]) -> None:
    await ask('{ overlappingMemberships(on: "2023-11-27") { totalCount } }')
    sent.clear()
    await ask('{ overlappingMemberships(on: "2023-11-27") { totalCount nodes { shared jaccard } } }')
    assert sent == ["overlapping_memberships"]  # the pairs come from the snapshot of the revision


async def test_a_question_works_out_what_is_selected_wherever_it_stands(ask: Ask) -> None:
    data = await ask("""query ($yes: Boolean = true, $no: Boolean = false) {
      whole: overlappingMemberships(on: "2023-11-27", first: 100) {
        nodes { evidence { member { id } } themes { match } } }
      edges: overlappingMemberships(on: "2023-11-27", first: 100) {
        edges { node { ...Proof ... on Overlap { met: themes { match } } } } }
      some: overlappingMemberships(on: "2023-11-27", first: 100) { edges { node { shared } }
        nodes { evidence @include(if: $yes) { member { id } } themes @skip(if: $no) { match } } }
      none: overlappingMemberships(on: "2023-11-27", first: 100) {
        nodes { shared evidence @skip(if: $yes) { standing } } }
    } fragment Proof on Overlap { proof: evidence { member { id } } }""")
    whole = data["whole"]["nodes"]
    assert all(overlap["evidence"] for overlap in whole)
    assert any(overlap["themes"] for overlap in whole)
    assert [
        {"evidence": edge["node"]["proof"], "themes": edge["node"]["met"]} for edge in data["edges"]["edges"]
    ] == whole
    assert data["some"]["nodes"] == whole
    assert data["none"]["nodes"] == [{"shared": len(overlap["evidence"])} for overlap in whole]


OVERLAPS = 'overlappingMemberships(on: "2023-11-27", first: 2) { nodes { %s } }'
PEERS = """peerCities(city: "City:vantaa", theme: "Theme:vantaa-overall-safety", on: "2023-11-27") { nodes { %s } }"""
COSTS = 'costPerNetwork(city: "City:vantaa", from: 2020, until: 2025) { networks { %s } }'


@pytest.mark.parametrize(
    ("question", "selected", "wanted"),
    [
        (OVERLAPS, "shared", set[str]()),
        (OVERLAPS, "shared evidence { standing }", {"with_evidence"}),
        (OVERLAPS, "t: themes { match }", {"with_themes"}),
        (PEERS, "shared rarity", set[str]()),
        (PEERS, "evidence { kind themes { match } }", {"with_evidence"}),
        (PEERS, "evidence { p: proofs { id } }", {"with_evidence", "with_proofs"}),
        (PEERS, "... on PeerCity { evidence { peerProofs { name } } }", {"with_evidence", "with_proofs"}),
        (COSTS, "years { fee { amount } term { sources { quote } } } perTheme { cost { amount } }", set[str]()),
        (COSTS, "years { s: sources { quote } }", {"with_sources"}),
        (COSTS, "peers", {"with_reach"}),
        (COSTS, "membersComplete", {"with_reach"}),
        (COSTS, "perUniquePeer { divisor }", {"with_reach", "with_unique"}),
    ],
)
async def test_question_computes_only_selected_parts(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, question: str, selected: str, wanted: set[str]
) -> None:
    asked: list[Mapping[str, object]] = []
    read = Store.read

    async def noting(store: Store, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> Any:
        if not statement.name.startswith(("traversal/", "store/")):
            asked.append(parameters or {})
        return await read(store, statement, parameters)

    monkeypatch.setattr(Store, "read", noting)
    await ask(f"{{ {question % selected} }}")
    optional = ("with_evidence", "with_proofs", "with_themes", "with_sources", "with_reach", "with_unique")
    assert [{name for name in optional if parameters.get(name)} for parameters in asked] == [wanted]


async def test_one_statement_for_each_root_field(ask: Ask, sent: list[str]) -> None:
    await ask("""{ a: city(id: "City:vantaa") { name } b: city(id: "City:helsinki") { name } cities { totalCount }
      nodes(ids: ["City:oslo", "Network:eccar", "Theme:eccar-awareness-of-racism"]) { id } }""")
    assert sorted(sent) == ["traversal/cities", "traversal/fetch", "traversal/fetch", "traversal/fetch"]


async def test_aliases_with_different_arguments(ask: Ask) -> None:
    data = await ask("""{ network(id: "Network:nordic-safe-cities") {
      finnish: members(on: "2023-11-27", where: {country: {eq: "FI"}}) { nodes { name } }
      danish: members(on: "2023-11-27", where: {country: {eq: "DK"}}) { nodes { suomeksi: name(language: FI) name } }
      before: members(on: "2015-12-31") { totalCount }
    } }""")
    network = data["network"]
    assert [node["name"] for node in network["finnish"]["nodes"]] == ["Helsinki", "Vantaa"]
    assert {"suomeksi": "Kööpenhamina", "name": "Copenhagen"} in network["danish"]["nodes"]
    assert network["before"] == {"totalCount": 0}


async def test_fragments_are_merged_and_directives_heeded(ask: Ask) -> None:
    query = """query($more: Boolean!, $less: Boolean = false) {
      node(id: "City:vantaa") { __typename ...Short ... on City @include(if: $more) { country } ...Long }
    }
    fragment Short on Entity { id name @skip(if: $more) }
    fragment Long on City { ... @include(if: $less) { population } twins(first: 1) { totalCount } twins(first: 1) {
      nodes { id } } }"""
    short = {"__typename": "City", "id": "City:vantaa"}
    twins = {"twins": {"totalCount": 14, "nodes": [{"id": "City:askim"}]}}
    assert await ask(query, more=False) == {"node": {**short, "name": "Vantaa", **twins}}
    assert await ask(query, more=True) == {"node": {**short, "country": "FI", **twins}}


async def test_keys_come_in_the_order_of_the_document(ask: Ask) -> None:
    data = await ask('{ city(id: "City:vantaa") { name twins { totalCount nodes { id } } country id } }')
    assert list(data["city"]) == ["name", "twins", "country", "id"]


async def test_nodes_in_the_order_asked(ask: Ask) -> None:
    data = await ask('{ nodes(ids: ["Network:eccar", "City:oslo", "Network:eccar"]) { id } }')
    eccar = {"id": "Network:eccar"}
    assert data == {"nodes": [eccar, {"id": "City:oslo"}, eccar]}


async def test_pages_forward_and_backward(ask: Ask) -> None:
    query = """query($first: Int, $after: String, $last: Int, $before: String) { network(id: "Network:eccar") {
      members(on: "2013-04-29", orderBy: [{field: COUNTRY, direction: DESC}, {field: NAME}],
        first: $first, after: $after, last: $last, before: $before) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**window: object) -> dict[str, object]:
        return (await ask(query, **window))["network"]["members"]

    whole = [node["name"] for node in (await page(first=50))["nodes"]]
    forward: list[str] = []
    after = None
    while True:
        found = await page(first=5, after=after)
        forward += [node["name"] for node in found["nodes"]]
        assert found["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert forward == whole
    assert len(whole) == 20
    last = await page(last=5)
    earlier = await page(last=5, before=last["pageInfo"]["startCursor"])
    assert [node["name"] for node in earlier["nodes"] + last["nodes"]] == whole[10:]
    assert earlier["pageInfo"]["hasPreviousPage"]
    assert earlier["pageInfo"]["hasNextPage"]


async def test_conditions_on_related_nodes(ask: Ask) -> None:
    data = await ask("""{
      both: cities(first: 50, where: {networks: {some: {id: {eq: "Network:eccar"}}, none: {}, on: "2013-04-29"}}) {
        totalCount }
      eccar: cities(first: 50, where: {country: {in: ["SE", "NO"]},
        networks: {some: {id: {eq: "Network:eccar"}}, on: "2013-04-29"}}) { nodes { name } }
      dear: membershipTerms(where: {annualFee: {gte: "10000", currency: "EUR"}, membership: {city: {id: {eq:
        "City:vantaa"}}}}, orderBy: [{field: VALID_FROM}]) {
        nodes { validFrom { date } annualFee { amount currency } } }
      unfollowed: euInitiatives(where: {followers: {none: {}}, not: {parts: {some: {}}}}) { totalCount }
      named: cities(where: {or: [{name: {eq: "kööpenhamina"}}, {name: {startsWith: "goteb"}}]}) { nodes { name } }
    }""")
    assert data["both"] == {"totalCount": 0}
    assert data["eccar"]["nodes"] == [{"name": "Botkyrka"}, {"name": "Stockholm"}]
    assert [term["validFrom"]["date"] for term in data["dear"]["nodes"]] == ["2022-01-01", "2024-01-01"]
    assert data["unfollowed"]["totalCount"] > 0
    assert [city["name"] for city in data["named"]["nodes"]] == ["Copenhagen", "Gothenburg"]


async def test_orders_by_counts(ask: Ask) -> None:
    data = await ask("""{ networks(first: 2, orderBy: [{field: MEMBERS_COUNT, direction: DESC}]) {
      nodes { members { totalCount } } pageInfo { endCursor } } }""")
    counts = [network["members"]["totalCount"] for network in data["networks"]["nodes"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] >= 21


async def test_orders_by_dates_and_amounts(ask: Ask) -> None:
    data = await ask("""{
      dates: programmes(first: 2, where: {adopted: {isNull: false}}, orderBy: [{field: ADOPTED}]) {
        nodes { adopted { date precision } } }
      amounts: membershipTerms(first: 2, where: {annualFee: {gte: "0", currency: "EUR"}},
        orderBy: [{field: ANNUAL_FEE, direction: DESC}]) {
        nodes { annualFee { amount currency } } } }""")
    dates = [node["adopted"]["date"] for node in data["dates"]["nodes"]]
    assert dates == sorted(dates)
    fees = [node["annualFee"] for node in data["amounts"]["nodes"]]
    assert [fee["currency"] for fee in fees] == ["EUR", "EUR"]
    assert float(fees[0]["amount"]) >= float(fees[1]["amount"])


async def test_search_among_some_types(ask: Ask) -> None:
    data = await ask("""{
      search(text: "nordic s", types: [NETWORK], first: 1) {
        totalCount edges { cursor node {
          node { id name(language: FI) } match name nameProperty languages highlights { start length } } } }
      none: search(text: "nordic", types: [CITY, FUNDING_PROGRAMME]) { totalCount } }""")
    (edge,) = data["search"]["edges"]
    assert edge["node"] == {
        "node": {"id": "Network:nordic-safe-cities", "name": "Nordic Safe Cities"},
        "match": "PREFIX",
        "name": "Nordic Safe Cities",
        "nameProperty": "NAME",
        "languages": ["EN", "SV", "FI"],
        "highlights": [{"start": 0, "length": 8}],
    }
    assert data["search"]["totalCount"] == 2
    page = """query ($after: String) {
      search(text: "nordic s", types: [NETWORK], first: 1, after: $after) { nodes { node { id } } } }"""
    rest = (await ask(page, after=edge["cursor"]))["search"]
    assert rest["nodes"] == [{"node": {"id": "Network:nordic-smart-city-network"}}]
    assert data["none"] == {"totalCount": 0}


async def test_search_for_a_blank_text(errors: Ask) -> None:
    (error,) = await errors('{ search(text: " ") { totalCount } }')
    assert error["message"] == "text: a blank text finds nothing"
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["extensions"]["hint"] == "give at least 2 letters or digits, and at most 200 characters"


async def test_relationships_of_single_nodes_and_short_lists(ask: Ask, sent: list[str]) -> None:
    data = await ask("""{ network(id: "Network:nordic-safe-cities") { seat { name }
      relationships(fields: ["seat", "themeSchemes"]) { __typename field node { __typename name }
        again: node { id } provenance { __typename basis note sources { quote } } } all: relationships { field } } }""")
    assert sent == ["traversal/fetch"]
    seat, *schemes = data["network"]["relationships"]
    quotes = [source["quote"] for source in seat["provenance"].pop("sources")]
    assert any("Kööpenhaminassa" in quote for quote in quotes)
    assert seat == {
        "__typename": "Relationship",
        "field": "seat",
        "node": {"__typename": "City", **data["network"]["seat"]},
        "again": {"id": "City:copenhagen"},
        "provenance": {"__typename": "Provenance", "basis": "STATED", "note": None},
    }
    assert {relationship["field"] for relationship in schemes} == {"themeSchemes"}
    fields = {relationship["field"] for relationship in data["network"]["all"]}
    assert {"seat", "themeSchemes"} <= fields
    assert fields <= {"parent", "seat", "feeRules", "requirements", "districts", "city", "themeSchemes"}


async def test_provenance_on_edges(ask: Ask) -> None:
    data = await ask("""{ network(id: "Network:nordic-safe-cities") {
        workingGroups(first: 1) { edges { provenance { basis sources { id } } } }
        memberships(first: 1, where: {city: {id: {eq: "City:vantaa"}}}) {
          edges { standing provenance { basis sources { quote } } } } }
      cities(first: 1) { edges { node { id } provenance { basis } } } }""")
    (edge,) = data["network"]["memberships"]["edges"]
    assert edge["standing"] is None
    assert edge["provenance"]["sources"]
    assert data["cities"]["edges"][0]["provenance"] is None


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ('{ city(id: "Network:eccar") { id } }', "BAD_ARGUMENT", "'Network:eccar' is an id of type Network, not City"),
        ("{ cities(first: -1) { totalCount } }", "BAD_ARGUMENT", "first is -1"),
        ("{ cities(first: 1000000) { totalCount } }", "LIMIT_EXCEEDED", "1000000"),
        ("{ cities(first: 1, last: 1) { totalCount } }", "BAD_ARGUMENT", "`first` and `last` are both given"),
        ('{ cities(last: 1, after: "x") { totalCount } }', "BAD_ARGUMENT", "`after` and `last` are both given"),
        ('{ cities(first: 1, after: "rubbish") { totalCount } }', "BAD_CURSOR", "cursor"),
        ('{ peerCities(city: "City:none", theme: "Theme:none") { totalCount } }', "UNKNOWN_ID", "City:none"),
        ('{ costPerNetwork(city: "City:vantaa", from: 2025, until: 2020) { incomplete } }', "BAD_ARGUMENT", "2020"),
        ('{ themeCoverage(city: "City:vantaa", of: {}) { nodes { gap } } }', None, "ThemeCoverageOf"),
        ('{ renewalsDue(city: "City:vantaa", by: "27.11.2023") { totalCount } }', None, "is not a date"),
        ('{ membershipTerms(where: {annualFee: {gte: "1"}}) { totalCount } }', "BAD_ARGUMENT", "currency"),
        (
            '{ network(id: "Network:eccar") { relationships(fields: ["themes"]) { field } } }',
            "BAD_ARGUMENT",
            "'themes', which is a connection of Network",
        ),
        (
            '{ city(id: "City:vantaa") { relationships(fields: ["members"]) { field } } }',
            "BAD_ARGUMENT",
            "'members', which is not a single node",
        ),
        (
            '{ membershipTerms(where: {annualFee: {gte: "1.001", currency: "EUR"}}) { totalCount } }',
            "BAD_ARGUMENT",
            "decimal places",
        ),
        (
            '{ membershipTerms(where: {annualFee: {gte: "1000000000000000", currency: "EUR"}}) { totalCount } }',
            "BAD_ARGUMENT",
            "more than 15 digits",
        ),
        (
            '{ membershipTerms(where: {annualFee: {in: ["1e999999"], currency: "EUR"}}) { totalCount } }',
            None,
            "'1e999999' is not a decimal number",
        ),
        (
            '{ membershipTerms(where: {annualFee: {gte: "1", currency: "EURO"}}) { totalCount } }',
            "BAD_ARGUMENT",
            "EURO",
        ),
    ],
)
async def test_invalid_selection_gives_an_error(errors: Ask, query: str, code: str | None, says: str) -> None:
    (error,) = await errors(query)
    assert says in error["message"]
    assert error["extensions"]["hint"]
    if code is not None:
        assert error["extensions"]["code"] == code


async def test_a_cursor_of_another_connection_is_refused(ask: Ask, errors: Ask) -> None:
    data = await ask("{ networks(first: 1) { pageInfo { endCursor } } }")
    cursor = data["networks"]["pageInfo"]["endCursor"]
    (error,) = await errors("query($c: String) { cities(first: 1, after: $c) { totalCount } }", c=cursor)
    assert error["extensions"]["code"] == "BAD_CURSOR"


async def test_a_cursor_is_a_position_in_the_same_connection_of_any_node(ask: Ask) -> None:
    query = """query ($network: ID!, $size: Int = 500, $after: String) { network(id: $network) {
        members(on: "2023-11-27", orderBy: {field: ID}, first: $size, after: $after) {
            nodes { id } pageInfo { endCursor } } } }"""
    page = (await ask(query, network="Network:nordic-safe-cities", size=3))["network"]["members"]
    last, cursor = page["nodes"][-1], page["pageInfo"]["endCursor"]
    members = (await ask(query, network="Network:eurocities"))["network"]["members"]["nodes"]
    rest = (await ask(query, network="Network:eurocities", after=cursor))["network"]["members"]["nodes"]
    assert 0 < len(rest) < len(members)
    assert rest == members[-len(rest) :]
    assert members[-len(rest) - 1]["id"] <= last["id"] < rest[0]["id"]


async def test_sources_of_one_property(ask: Ask) -> None:
    data = await ask("""{ membershipTerm(id: "MembershipTerm:vantaa-nordic-safe-cities-2024-2025") {
      fee: sources(supporting: "annualFee") { quote } all: sources { quote } } }""")
    fee = [source["quote"] for source in data["membershipTerm"]["fee"]]
    assert fee == ["vuosina 2024–2025 jäsenyys maksaa 10 000 euroa vuodessa, yhteensä 20 000 euroa kyseisiltä vuosista"]
    assert len(data["membershipTerm"]["all"]) > 1


async def test_citations_with_the_properties_that_they_support(ask: Ask, sent: list[str]) -> None:
    data = await ask("""{ membershipTerm(id: "MembershipTerm:vantaa-nordic-safe-cities-2024-2025") {
      fee: sources(supporting: "annualFee") { id } sources { id }
      support { __typename fields: supports basis citation { id } } } }""")
    term = data["membershipTerm"]
    assert len(sent) == 1
    assert [support["citation"] for support in term["support"]] == term["sources"]
    kinds = {(support["__typename"], support["basis"]) for support in term["support"]}
    assert kinds == {("SupportingCitation", "STATED")}
    of_fee = [support["citation"] for support in term["support"] if {"annualFee"} & {*support["fields"]}]
    assert of_fee == term["fee"]
    assert len(of_fee) < len(term["support"])


async def test_sources_of_an_unknown_property(errors: Ask) -> None:
    (error,) = await errors("""{ membershipTerm(id: "MembershipTerm:vantaa-nordic-safe-cities-2024-2025") {
      sources(supporting: "anualFee") { quote } } }""")
    assert error["message"] == "`supporting` is `anualFee`, which is not a field of MembershipTerm"
    assert error["extensions"]["hint"].startswith("Did you mean 'annualFee'")


@pytest.mark.parametrize(
    ("node", "supporting", "hint"),
    [
        ("Membership:vantaa-eurocities", "VALID_FROM", "Did you mean 'validFrom'"),
        ("Membership:vantaa-eurocities", "population", "use a field of the node, such as `name`"),
        ("City:vantaa", "annualFee", "use a field of the node, such as `name`"),
    ],
)
async def test_sources_of_a_property_of_another_type(errors: Ask, node: str, supporting: str, hint: str) -> None:
    label = node.partition(":")[0]
    selected = f'{{ node(id: "{node}") {{ ... on %s {{ sources(supporting: "{supporting}") {{ id }} }} }} }}'
    (error,) = await errors(selected % label)
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == f"`supporting` is `{supporting}`, which is not a field of {label}"
    assert error["extensions"]["hint"].startswith(hint)


async def test_sources_of_a_property_on_an_interface(ask: Ask, errors: Ask) -> None:
    """Some of the types of the interface have the property."""
    query = """query ($supporting: String) { nodes(ids: ["City:vantaa", "Membership:vantaa-nordic-safe-cities"]) {
      ... on Entity { sources(supporting: $supporting) { id } } } }"""
    data = await ask(query, supporting="attestedFrom")
    assert [node["sources"] for node in data["nodes"]] == [[], [{"id": "Citation:vantaa-nsc-member-before-2020"}]]
    (error,) = await errors(query, supporting="anualFee")
    assert error["message"] == "`supporting` is `anualFee`, which is not a field of Entity"


async def test_sources_of_an_unknown_beginning_are_those_of_the_first_attested_day(ask: Ask) -> None:
    data = await ask("""{ membership(id: "Membership:vantaa-nordic-safe-cities") {
        validFrom { bound } attestedFrom sources(supporting: "validFrom") { id } } }""")
    assert data["membership"] == {
        "validFrom": {"bound": "UNKNOWN"},
        "attestedFrom": "2019-12-31",
        "sources": [{"id": "Citation:vantaa-nsc-member-before-2020"}],
    }


async def test_the_last_day_of_a_period_as_text(ask: Ask) -> None:
    data = await ask("""{ membershipTerm(id: "MembershipTerm:vantaa-nordic-safe-cities-2024-2025") {
      validUntil { text last: text(language: FI, lastDay: true) } name } }""")
    assert data["membershipTerm"]["validUntil"] == {"text": "1 January 2026", "last": "31. joulukuuta 2025"}


async def test_the_last_day_beside_a_fragment(ask: Ask) -> None:
    """Fields of related nodes are shaped in another way than those of one node."""
    data = await ask("""{ nodes(ids: ["MembershipTerm:vantaa-nordic-safe-cities-2024-2025"]) {
      ... on MembershipTerm { validUntil { text(lastDay: true) } } } }""")
    assert data["nodes"] == [{"validUntil": {"text": "31 December 2025"}}]


@pytest.mark.parametrize("root", ["membership(id: $id)", "nodes(ids: [$id])"])
async def test_the_last_day_of_a_beginning_is_the_beginning(ask: Ask, root: str) -> None:
    """A fragment on PartialDate can be shared by beginnings and ends."""
    query = f"""query ($id: ID!) {{ found: {root} {{ ... on Membership {{
      validFrom {{ ...day }} validUntil {{ ...day }} network {{ founded {{ ...day }} }} }} }} }}
      fragment day on PartialDate {{ text(lastDay: true) plain: text }}"""
    data = await ask(query, id="Membership:helsinki-nordic-safe-cities")
    found = data["found"][0] if isinstance(data["found"], list) else data["found"]
    assert found["validFrom"] == found["network"]["founded"] == {"text": "2016", "plain": "2016"}


async def test_leaving_and_coming_back(ask: Ask) -> None:
    data = await ask("""{ city(id: "City:helsinki") {
      in2010: networks(on: "2010-01-01", where: {id: {eq: "Network:metrex"}}) { edges { membership { id } } }
      in2017: networks(on: "2017-01-01", where: {id: {eq: "Network:metrex"}}) { edges { membership { id } } }
      in2020: networks(on: "2020-01-01", where: {id: {eq: "Network:metrex"}}) { edges { membership { id } } }
    } }""")
    lives = {key: [edge["membership"]["id"] for edge in value["edges"]] for key, value in data["city"].items()}
    assert lives == {
        "in2010": ["Membership:helsinki-metrex"],
        "in2017": [],
        "in2020": ["Membership:helsinki-metrex-2"],
    }


async def test_the_name_of_a_network_on_a_day(ask: Ask) -> None:
    data = await ask("""{ network(id: "Network:airport-regions-council") {
      name in1994: name(on: "1994-01-01") inFinnish: name(language: FI, on: "1994-01-01") later: name(on: "2019-08-31")
      formerNames { name validFrom { date precision } validUntil { bound } }
      members(first: 1) { nodes { networks(where: {id: {eq: "Network:airport-regions-council"}}) {
        nodes { name(on: "1994-01-01") } } } } } }""")
    present, former = "Airport Regions Council (ARC)", "Airport Regions Conference"
    nested = data["network"].pop("members")
    assert data["network"] == {
        "name": present,
        "in1994": former,
        "inFinnish": former,
        "later": present,
        "formerNames": [
            {
                "name": former,
                "validFrom": {"date": "1994-01-01", "precision": "YEAR"},
                "validUntil": {"bound": "UNKNOWN"},
            }
        ],
    }
    assert nested["nodes"][0]["networks"]["nodes"] == [{"name": former}]


async def test_a_programme_by_its_short_name(ask: Ask) -> None:
    data = await ask("""{ search(text: "MEK", first: 1) { nodes { match node { id } } } }""")
    assert data["search"]["nodes"] == [
        {"match": "EXACT", "node": {"id": "Programme:vantaa-positive-discrimination-2023-2025"}}
    ]


async def test_programmes_by_status_on_a_day(ask: Ask) -> None:
    data = await ask("""{
      tabled: programmes(where: {status: {eq: TABLED, on: "2022-10-10"}}) { nodes { id status(on: "2022-10-10") } }
      dayBefore: programmes(where: {status: {eq: TABLED, on: "2022-10-09"}}) { totalCount }
      inForce: programmes(where: {status: {in: [IN_FORCE], on: "2025-12-01"}}) { nodes { id } }
      others: programmes(where: {not: {status: {in: [IN_FORCE], on: "2025-12-01"}}}) { totalCount }
      all: programmes { totalCount }
      lapsed: programme(id: "Programme:vantaa-city-strategy") { status(on: "2037-10-11") }
      lapses: programmes(where: {status: {in: [IN_FORCE], on: "2037-10-11"}}) { nodes { id } }
      ended: programmes(where: {status: {eq: ENDED, on: "2011-01-01"}}) { nodes { id status(on: "2010-12-31") } } }""")
    assert [programme["id"] for programme in data["tabled"]["nodes"]] == [
        "Programme:vantaa-positive-discrimination-2023-2025",
        "Programme:vantaa-socially-sustainable-strategy-programme",
    ]
    assert {programme["status"] for programme in data["tabled"]["nodes"]} == {"TABLED"}
    assert data["dayBefore"]["totalCount"] == 0
    in_force = [programme["id"] for programme in data["inForce"]["nodes"]]
    assert in_force == [
        "Programme:helsinki-global-responsibility-strategy-2012",
        "Programme:helsinki-local-safety-planning-principles",
        "Programme:vantaa-city-strategy",
        "Programme:vantaa-international-guidelines-2025-2026",
    ]
    assert (data["lapsed"]["status"], data["lapses"]["nodes"]) == (None, [])
    assert data["others"]["totalCount"] == data["all"]["totalCount"] - len(in_force)
    assert data["ended"]["nodes"] == [{"id": "Programme:helsinki-safety-strategy-2", "status": "IN_FORCE"}]


async def test_eu_initiatives_by_status_on_a_day(ask: Ask) -> None:
    data = await ask("""{
      proposed: euInitiatives(where: {status: {eq: PROPOSED, on: "2025-12-01"}}) {
        nodes { id status(on: "2025-12-01") statuses { status attestedOn sources { id } } } }
      before: euInitiatives(where: {status: {eq: PROPOSED, on: "2025-11-23"}}) { totalCount } }""")
    proposed = data["proposed"]["nodes"]
    assert [(initiative["id"], initiative["status"]) for initiative in proposed] == [
        ("EuInitiative:multiannual-financial-framework-2028-2034", "PROPOSED"),
        ("EuInitiative:national-and-regional-plans", "PROPOSED"),
    ]
    assert [status["attestedOn"] for status in proposed[0]["statuses"]] == ["2025-12-09"]
    assert data["before"]["totalCount"] == 0


async def test_conditions_on_paths_below_groups(ask: Ask) -> None:
    """Their nodes are computed once, and are known below groups, key nodes and fee years."""
    whole = await ask(
        """query ($shares: CityWhere) {
          cities(first: 500, where: $shares) { totalCount }
          network(id: "Network:eurocities") { members(where: $shares) { totalCount } }
        }""",
        shares=SHARES_A_NETWORK,
    )
    total, members = whole["cities"]["totalCount"], whole["network"]["members"]
    assert 0 < members["totalCount"] < total
    data = await ask(
        """query ($shares: CityWhere) {
          cities(where: $shares) {
            groupBy(keys: [COUNTRY], first: 500) { nodes { aggregate { count } } }
          }
          city(id: "City:vantaa") {
            networks {
              groupBy(keys: [KIND]) { nodes { nodes(first: 50) { id members(where: $shares) { totalCount } } } }
            }
            feeYears(from: 2020, until: 2024) {
              groupBy(keys: [NETWORK]) {
                nodes { keys { node { ... on Network { id members(where: $shares) { totalCount } } } } }
              }
            }
          }
        }""",
        shares=SHARES_A_NETWORK,
    )
    assert sum(group["aggregate"]["count"] for group in data["cities"]["groupBy"]["nodes"]) == total
    kinds = data["city"]["networks"]["groupBy"]["nodes"]
    years = data["city"]["feeYears"]["groupBy"]["nodes"]
    listed = [node for kind in kinds for node in kind["nodes"]]
    charged = [key["node"] for year in years for key in year["keys"]]
    for networks in (listed, charged):
        assert [node["members"] for node in networks if node["id"] == "Network:eurocities"] == [members]
