"""The answers that the source documents fix, asked over HTTP: what a reader of the documents would check first.

Every date is given, so that the answers do not change with the day on which the tests run.
"""

from tests.api.conftest import Ask

NORDIC_SAFE_CITIES = {
    "Aalborg": "DK", "Arendal": "NO", "Bodø": "NO", "Bærum": "NO", "Copenhagen": "DK", "Fredrikstad": "NO",
    "Gothenburg": "SE", "Haugesund": "NO", "Helsinki": "FI", "Kristiansand": "NO", "Larvik": "NO", "Malmö": "SE",
    "Odense": "DK", "Oslo": "NO", "Reykjavik": "IS", "Sarpsborg": "NO", "Skien": "NO", "Stavanger": "NO",
    "Stockholm": "SE", "Tromsø": "NO", "Vantaa": "FI",
}  # fmt: skip


async def test_nordic_safe_cities(ask: Ask) -> None:
    data = await ask("""{ network(id: "Network:nordic-safe-cities") {
      name founded { date precision } memberCount rosterComplete rosterAttestedOn
      before: membersComplete(on: "2023-11-26") then: membersComplete(on: "2023-11-27")
      after: membersComplete(on: "2023-11-28")
      seat { name country }
      members(on: "2023-11-27", first: 50) {
        totalCount edges { standing node { name country } membership { sources { document { id } } } }
      }
      funders { edges { validFrom { date } validUntil { date } node { ... on Organisation { id } }
        provenance { sources { quote } } } }
    } }""")
    network = data["network"]
    assert (network["name"], network["founded"]["date"], network["founded"]["precision"]) == (
        "Nordic Safe Cities",
        "2016-01-01",
        "YEAR",
    )
    assert (network["memberCount"], network["rosterComplete"], network["rosterAttestedOn"]) == (21, True, "2023-11-27")
    assert (network["before"], network["then"], network["after"]) == (False, True, False)
    assert network["seat"] == {"name": "Copenhagen", "country": "DK"}
    edges = network["members"]["edges"]
    assert network["members"]["totalCount"] == 21
    assert {edge["node"]["name"]: edge["node"]["country"] for edge in edges} == NORDIC_SAFE_CITIES
    assert all(edge["membership"]["sources"] for edge in edges)
    (funding,) = network["funders"]["edges"]
    assert (funding["validFrom"]["date"], funding["validUntil"]["date"]) == ("2016-01-01", "2020-01-01")
    assert funding["node"] == {"id": "Organisation:nordic-council-of-ministers"}
    assert funding["provenance"]["sources"]


async def test_cost_of_nordic_safe_cities(ask: Ask) -> None:
    data = await ask("""{ costPerNetwork(city: "City:vantaa", from: 2020, until: 2025) { networks {
      network { id } totals { amount currency } unknownYears
      years { year fee { amount currency } budgetLine decision { id date { date } section } sources { quote } }
    } } }""")
    networks = {network["network"]["id"]: network for network in data["costPerNetwork"]["networks"]}
    cost = networks["Network:nordic-safe-cities"]
    ten_thousand = {"amount": "10000.00", "currency": "EUR"}
    first, second, third = (
        {"id": "Decision:vantaa-kh-2020-02-24", "date": {"date": "2020-02-24"}, "section": None},
        {"id": "Decision:vantaa-kh-2021-11-01", "date": {"date": "2021-11-01"}, "section": None},
        {"id": "Decision:vantaa-kh-2023-11-27-15", "date": {"date": "2023-11-27"}, "section": "15"},
    )
    assert [(year["year"], year["fee"], year["decision"], year["budgetLine"]) for year in cost["years"]] == [
        (2020, None, first, None),
        (2021, None, first, None),
        (2022, ten_thousand, second, None),
        (2023, ten_thousand, second, None),
        (2024, ten_thousand, third, "104060300"),
        (2025, ten_thousand, third, "104060300"),
    ]
    assert cost["totals"] == [{"amount": "40000.00", "currency": "EUR"}]
    assert cost["unknownYears"] == [2020, 2021]
    assert all(year["sources"] for year in cost["years"])
    same = "Jäsenmaksu on ollut sama kahden edellisen vuoden aikana."
    assert [same in {source["quote"] for source in year["sources"]} for year in cost["years"]][2:4] == [True, True]


async def test_peers_of_vantaa_on_overall_safety(ask: Ask) -> None:
    data = await ask("""{ peerCities(city: "City:vantaa", theme: "Theme:vantaa-overall-safety", on: "2023-11-27",
      first: 50) { totalCount nodes { city { name } shared rarity evidence { collaboration { id } } } } }""")
    peers = data["peerCities"]["nodes"]
    assert data["peerCities"]["totalCount"] == 20
    assert [peer["city"]["name"] for peer in peers] == [
        "Aalborg", "Arendal", "Bærum", "Bodø", "Copenhagen", "Fredrikstad", "Gothenburg", "Haugesund", "Helsinki",
        "Kristiansand", "Larvik", "Malmö", "Odense", "Oslo", "Reykjavik", "Sarpsborg", "Skien", "Stavanger",
        "Stockholm", "Tromsø",
    ]  # fmt: skip
    assert {(peer["shared"], peer["rarity"]) for peer in peers} == {(1, 0.05)}
    assert {tuple(one["collaboration"]["id"] for one in peer["evidence"]) for peer in peers} == {
        ("Network:nordic-safe-cities",)
    }


async def test_overlap_of_nordic_safe_cities_and_eccar(ask: Ask) -> None:
    query = """query($applied: Boolean!) { overlappingMemberships(on: "2023-11-27", includeApplied: $applied,
      first: 200) { nodes { network { id } other { id rosterComplete statedMemberCount } lowerBound
      evidence { member { name } } } } }"""
    for applied, cities in ((False, ["Stockholm"]), (True, ["Helsinki", "Stockholm"])):
        data = await ask(query, applied=applied)
        (pair,) = [
            overlap
            for overlap in data["overlappingMemberships"]["nodes"]
            if (overlap["network"]["id"], overlap["other"]["id"]) == ("Network:eccar", "Network:nordic-safe-cities")
        ]
        assert sorted(evidence["member"]["name"] for evidence in pair["evidence"]) == cities
        assert pair["lowerBound"]
    data = await ask("""{ network(id: "Network:eccar") { rosterComplete statedMemberCount
      members(on: "2013-04-29") { totalCount } } }""")
    assert data["network"] == {
        "rosterComplete": False,
        "statedMemberCount": "reilut sata",
        "members": {"totalCount": 20},
    }


async def test_helsinki_and_eccar(ask: Ask) -> None:
    data = await ask("""{
      membership(id: "Membership:helsinki-eccar") {
        status
        terms { nodes { annualFee { amount currency } budgetLine
          decision { date { date } section caseNumber restsOn { id ... on Programme { adopted { date } } } } } }
      }
      network(id: "Network:eccar") {
        requirements { kind position } themes { totalCount }
        themeSchemes { themes { totalCount } } parent { id }
      }
      education: membership(id: "Membership:helsinki-education-cities") { status validUntil { date bound text } }
    }""")
    assert data["membership"]["status"] == "APPLIED"
    (term,) = data["membership"]["terms"]["nodes"]
    assert term["annualFee"] == {"amount": "1500.00", "currency": "EUR"}
    assert term["budgetLine"] == "1 39 06"
    decision = term["decision"]
    assert (decision["date"]["date"], decision["section"]) == ("2013-04-29", "522")
    assert decision["caseNumber"].startswith("HEL 2013-004409")
    assert {"date": "2012-09-26"} in [node.get("adopted") for node in decision["restsOn"]]
    steps = [
        requirement["position"]
        for requirement in data["network"]["requirements"]
        if requirement["kind"] == "ADMISSION_STEP"
    ]
    assert steps == [1, 2]
    assert data["network"]["themeSchemes"] == [{"themes": {"totalCount": 10}}]
    assert data["network"]["parent"] == {"id": "Organisation:unesco"}
    unknown = {"date": None, "bound": "UNKNOWN", "text": "unknown"}
    assert data["education"] == {"status": "LEAVING_DECIDED", "validUntil": unknown}


async def test_renewals_of_vantaa(ask: Ask) -> None:
    data = await ask("""{ renewalsDue(city: "City:vantaa", by: "2025-12-31", on: "2026-11-01") { nodes {
      network { id } term { validFrom { date } validUntil { date } } reason lastDay decideBy overdue
      reviewFrom reviewSaidIn laterDecisions { id } attestedAfter sources { quote }
    } } }""")
    (renewal,) = data["renewalsDue"]["nodes"]
    quotes = [source.pop("quote") for source in renewal.pop("sources")]
    assert renewal == {
        "network": {"id": "Network:nordic-safe-cities"},
        "term": {"validFrom": {"date": "2024-01-01"}, "validUntil": {"date": "2026-01-01"}},
        "reason": "REVIEW_DUE",
        "lastDay": "2025-12-31",
        "decideBy": "2025-12-31",
        "overdue": True,
        "reviewFrom": "2025-01-01",
        "reviewSaidIn": "REASONING",
        "laterDecisions": [],
        "attestedAfter": None,
    }
    assert quotes[0].startswith("Kaupunginhallitukselle tuodaan vuonna 2025 arvioitavaksi")


async def test_positive_discrimination_programme(ask: Ask) -> None:
    data = await ask("""{
      decision(id: "Decision:vantaa-kh-2022-10-10-19") { date { date } section outcome about { id } sources { quote } }
      programme(id: "Programme:vantaa-positive-discrimination-2023-2025") {
        validFrom { date } validUntil { date } annualBudget { amount currency } totalBudget { amount currency }
        before: status(on: "2022-10-09") then: status(on: "2024-06-01") status
        themeSchemes { themes(where: {not: {broader: {}}}) { totalCount } }
        districts { edges { choice node { name } } }
        networks { nodes { id } }
      }
    }""")
    decision, programme = data["decision"], data["programme"]
    assert (decision["date"]["date"], decision["section"], decision["outcome"]) == ("2022-10-10", "19", "TABLED")
    assert {"id": "Programme:vantaa-positive-discrimination-2023-2025"} in decision["about"]
    assert (programme["validFrom"]["date"], programme["validUntil"]["date"]) == ("2023-01-01", "2026-01-01")
    assert (programme["before"], programme["then"], programme["status"]) == (None, "TABLED", "TABLED")
    assert programme["annualBudget"] == {"amount": "2000000.00", "currency": "EUR"}
    assert programme["totalBudget"] == {"amount": "6000000.00", "currency": "EUR"}
    assert programme["themeSchemes"] == [{"themes": {"totalCount": 4}}]
    assert {edge["node"]["name"]: edge["choice"] for edge in programme["districts"]["edges"]} == {
        "Hakunila": "CRITERIA",
        "Havukoski": "CRITERIA",
        "Länsimäki": "CRITERIA",
        "Mikkola": "CRITERIA",
        "Myyrmäki": "ADDED",
    }
    assert programme["networks"]["nodes"] == [{"id": "Network:nordic-safe-cities"}]


async def test_guidelines(ask: Ask) -> None:
    data = await ask("""{
      programme(id: "Programme:vantaa-international-guidelines-2025-2026") {
        themeSchemes { themes { totalCount } }
        goals { track(language: FI) }
        measures(first: 50) { totalCount nodes { status } }
      }
      euInitiatives(where: {followers: {none: {}}}, first: 50) { nodes { id name(language: FI) parts { id } } }
      workingGroups(where: {name: {contains: "unnamed"}}) { nodes {
        name fi: name(language: FI) network { id } participants { edges { role node { id } } }
      } }
    }""")
    programme = data["programme"]
    assert programme["themeSchemes"] == [{"themes": {"totalCount": 8}}]
    assert len({goal["track"] for goal in programme["goals"]}) == 3
    assert programme["measures"]["totalCount"] == 26
    assert [measure["status"] for measure in programme["measures"]["nodes"]].count(None) == 1
    assert data["workingGroups"]["nodes"] == [
        {
            "name": "Eurocities – unnamed working group",
            "fi": "Eurocities – nimetön työryhmä",
            "network": {"id": "Network:eurocities"},
            "participants": {"edges": [{"role": "CHAIRING_TEAM", "node": {"id": "City:vantaa"}}]},
        }
    ]
    framework = next(
        initiative for initiative in data["euInitiatives"]["nodes"] if "rahoituskehy" in initiative["name"]
    )
    assert framework["parts"]


async def test_doubtful_facts_are_in_the_graph(ask: Ask) -> None:
    data = await ask("""{
      eccar: membership(id: "Membership:saint-petersburg-eccar") { note status }
      eurocities: membership(id: "Membership:vantaa-eurocities") { basis doubtful gradeBasis }
      airports: membership(id: "Membership:vantaa-airport-regions-council") { basis doubtful gradeBasis }
      memberships(first: 5, where: {city: {id: {eq: "City:vantaa"}}, doubtful: {eq: true}}) { nodes { id } }
    }""")
    assert data["eccar"]["status"] == "MEMBER"
    assert "Pietari" in data["eccar"]["note"]
    assert data["eurocities"] == {"basis": "IMPLIED", "doubtful": None, "gradeBasis": "IMPLIED"}
    assert data["airports"] == {"basis": "IMPLIED", "doubtful": True, "gradeBasis": None}
    assert data["memberships"]["nodes"] == [{"id": "Membership:vantaa-airport-regions-council"}]


async def test_follow_up_dates_of_the_guidelines(ask: Ask) -> None:
    data = await ask("""{ programme(id: "Programme:vantaa-international-guidelines-2025-2026") {
      responsibleUnits { edges { followedUpOn { date precision } node { id } } } } }""")
    edges = data["programme"]["responsibleUnits"]["edges"]
    assert {edge["node"]["id"]: edge["followedUpOn"] for edge in edges} == {
        "Unit:vantaa-city-management-group": {"date": "2025-11-24", "precision": "DAY"},
        "Unit:vantaa-sector-management-groups": {"date": "2025-11-01", "precision": "MONTH"},
        "Unit:vantaa-sectors": None,
        "Unit:vantaa-vitality-and-employment-section": {"date": "2025-12-09", "precision": "DAY"},
    }
