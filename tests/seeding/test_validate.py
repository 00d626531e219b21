"""Every rule of the graph is checked: invalid data is reported with its location and a hint."""

import pytest

from graph.seeding import check, read
from tests.seeding.conftest import Write

S = '    sources: [{document: Document:minutes, quote: "sanottu"}]\n'
THEMES = f"""\
themeSchemes:
  - id: ThemeScheme:one
    name: One
{S}  - id: ThemeScheme:two
    name: Two
{S}themes:
"""


PROGRAMME = "name: A\nkind: STRATEGY\nvalidFrom: 2020\nvalidUntil: OPEN\n"


def theme(slug: str, scheme: str, roles: str = "") -> str:
    return f"  - id: Theme:{slug}\n    name: {slug}\n    scheme: ThemeScheme:{scheme}\n{roles}{S}"


def item(collection: str, node_id: str, properties: str, sources: str = S) -> str:
    lines = "".join(f"    {line}\n" for line in properties.split("\n"))
    return f"{collection}:\n  - id: {node_id}\n{lines}{sources}"


def find_problems(write: Write, base: str, text: str) -> list[str]:
    return [str(problem) for problem in check(read(write({"base.yaml": base, "a.yaml": text})))]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # --- Unknown names
        (
            item("cities", "City:a", "name: A\ncountry: FI\npopulaton: 3"),
            "a.yaml:5: `populaton` is neither a property nor a role of City (did you mean `population`?)",
        ),
        (
            item("cities", "City:a", "name: {en: A, se: A}\ncountry: FI"),
            "a.yaml:3: `se` is not a language of `name` (one of `…`)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFICE"),
            "a.yaml:4: `OFICE` is not a value of `kind` (did you mean `OFFICE`?)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: [OFFICE]"),
            "a.yaml:4: `kind` is a list (write one value)",
        ),
        (
            item("units", "Unit:a", "name: [A]\nkind: OFFICE"),
            "a.yaml:3: `name` is not a text (write a text, or one for each language: `{en: …, sv: …, fi: …}`)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: {to: City:vantaa, basys: STATED}"),
            "a.yaml:5: `basys` is not a property of `city` of a Unit (did you mean `basis`?)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", '    sources: [{document: Document:minutes, qoute: "x"}]'),
            "a.yaml:5: `qoute` is not a part of a source (did you mean `quote`?)\n"
            "a.yaml:5: the source has no quote (add `quote:` with the source's words)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", "    sources: [{to: Citation:x, supports: [contry]}]"),
            "a.yaml:5: `supports` names `contry`, which is not a property or role of City (did you mean `country`?)\n"
            "a.yaml:5: there is no `Citation:x` (add it, or correct the id)",
        ),
        # --- What is required
        (
            item("cities", "City:a", "name: {fi: A}"),
            "a.yaml:2: `City:a` has no `country` "
            "(add `country:` — ISO 3166-1 alpha-2 code of the country; XK for Kosovo.)",
        ),
        (
            item("cities", "City:a", "country: FI"),
            "a.yaml:2: `City:a` has no `name` (add `name:` — Name; in English by default.)",
        ),
        (
            item("goals", "Goal:a", "name: A"),
            "a.yaml:2: `Goal:a` has no `programme` (add `programme: Programme:…`)",
        ),
        (
            item("citations", "Citation:a", "quote: sanottu", ""),
            "a.yaml:2: `Citation:a` has no `document` (add `document: Document:…`)",
        ),
        (
            item("citations", "Citation:a", "document: Document:minutes", ""),
            "a.yaml:2: `Citation:a` has no `quote` "
            "(add `quote:` — Quote in the document's language, or a summary: see `wording`.)",
        ),
        # --- Sources
        (
            item("cities", "City:a", "name: A\ncountry: FI", ""),
            "a.yaml:2: `City:a` has no source (add `sources:` with the document and a quote)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", "    sources: []\n"),
            "a.yaml:2: `City:a` has no source (add `sources:` with the document and a quote)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: City:vantaa", ""),
            "a.yaml:2: `Unit:a` has no source (add `sources:` with the document and a quote)\n"
            "a.yaml:5: `Unit:a` OF `City:vantaa` has no source "
            "(add `sources:` to it, or to the item that contains it)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", "    sources: [Document:minutes]\n"),
            "a.yaml:5: `Document:minutes` is not a citation "
            "(write a `Citation:…`, or `{document: Document:…, page: …, quote: …}`)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", '    sources: [{document: minutes, quote: "x"}]\n'),
            "a.yaml:5: `minutes` is not a document (write label, colon and name, such as `City:vantaa`)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", '    sources: [{page: 3, quote: "x"}]\n'),
            "a.yaml:5: the source has no document (add `document: Document:…`)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI", '    sources: [{to: Citation:x, quote: "x"}]\n'),
            "a.yaml:5: the source is both named by `to` and written out (delete `to`, or everything else)",
        ),
        (
            item(
                "units",
                "Unit:a",
                "name: A\nkind: OFFICE\n"
                "city: {to: City:vantaa, sources: [{document: Document:minutes, quote: x, supports: [name]}]}",
            ),
            "a.yaml:5: `supports` is not allowed in a source of a relationship "
            "(a relationship's sources support all of it; write `basis` beside `to`)",
        ),
        (
            item(
                "cities",
                "City:a",
                "name: A\ncountry: FI",
                "    sources:\n"
                "      - {document: Document:minutes, quote: x, supports: [name]}\n"
                "      - {document: Document:minutes, quote: x, supports: [country], basis: EDITORIAL}\n",
            ),
            "a.yaml:7: `Citation:minutes-741b51df` is given twice as a source, first at a.yaml:6, with another basis "
            "(delete one of the two)",
        ),
        # --- References
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: City:vanta"),
            "a.yaml:5: there is no `City:vanta` (did you mean `City:vantaa`?)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: Vantaa"),
            "a.yaml:5: `Vantaa` is not an id (write label, colon and name, such as `City:vantaa`)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: Network:safe-cities"),
            "a.yaml:5: `city` of a Unit cannot lead to `Network:safe-cities` (write `City:…`)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: {basis: STATED}"),
            "a.yaml:5: `city` does not name a node (write `City:…`, alone or after `to:`)",
        ),
        (
            item(
                "projects",
                "Project:a",
                "name: A\nvalidUntil: OPEN\nvalidFrom: 2020\npartners: {to: City:vantaa, unit: Unit:offic}",
            ),
            "a.yaml:6: there is no `Unit:offic`, which `unit` names (did you mean `Unit:office`?)",
        ),
        (
            item(
                "projects",
                "Project:a",
                "name: A\nvalidUntil: OPEN\nvalidFrom: 2020\npartners: {to: City:vantaa, unit: City:vantaa}",
            ),
            "a.yaml:6: `unit` cannot refer to `City:vantaa` (write `Unit:…`)",
        ),
        # --- How many
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\ncity: [City:vantaa, City:tromso]"),
            "a.yaml:5: `Unit:a` has 2 nodes as `city`: `City:vantaa` (a.yaml:5), `City:tromso` (a.yaml:5) "
            "(keep one of them)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI\nmemberships: [Membership:vantaa-safe-cities]"),
            "base.yaml:29: `Membership:vantaa-safe-cities` has 2 nodes as `city`: "
            "`City:vantaa` (base.yaml:29), `City:a` (a.yaml:5) (keep one of them)\n"
            "base.yaml:29: `Membership:vantaa-safe-cities` has several holders: `City:vantaa`, `City:a` "
            "(keep one of them)",
        ),
        (
            item(
                "memberships",
                "Membership:a",
                "status: MEMBER\nvalidFrom: 2020\nvalidUntil: OPEN\nnetwork: Network:safe-cities",
            ),
            "a.yaml:2: `Membership:a` has no holder (add `city:`, `cityGroup:` or `organisation:`)",
        ),
        (
            item("twinnings", "Twinning:a", "validFrom: 1980\nvalidUntil: OPEN\ncities: [City:vantaa, City:vantaa]"),
            "a.yaml:5: `City:vantaa` is written twice in `cities`, first at a.yaml:5 "
            "(delete one; two nodes can have one relationship of a type)\n"
            "a.yaml:5: `Twinning:a` joins one city (a twinning joins two different cities)",
        ),
        # --- Stated twice
        (
            item("cities", "City:vantaa", "name: Vantaa\ncountry: FI"),
            "a.yaml:2: `City:vantaa` is written twice, first at base.yaml:8 (delete one of the two)",
        ),
        (
            item("cities", "City:a", "name: A\ncountry: FI\nprojects: [{to: Project:a, role: PARTNER}]")
            + item(
                "projects",
                "Project:a",
                "name: A\nvalidFrom: 2020\nvalidUntil: OPEN\npartners: [{to: City:a, role: LEAD_PARTNER}]",
            ),
            "a.yaml:12: `City:a` PARTNER_IN `Project:a` is written twice, and its `role` contradicts a.yaml:5 "
            "(two nodes can have one relationship of a type; delete one of the two)",
        ),
        # --- Themes and chains
        (
            THEMES + theme("a", "one", "    broader: Theme:b\n") + theme("b", "two"),
            "a.yaml:12: `Theme:a` (in `ThemeScheme:one`) has a broader theme in another scheme, "
            "`Theme:b` (in `ThemeScheme:two`) "
            "(`broader` is for themes of one scheme; between schemes use `closeMatches`)",
        ),
        (
            THEMES + theme("a", "one", "    closeMatches: [Theme:b]\n") + theme("b", "one"),
            "a.yaml:12: `Theme:a` and `Theme:b` match within one scheme, `ThemeScheme:one` "
            "(`closeMatches` is for themes of other schemes; within one use `broader`)",
        ),
        (
            THEMES
            + theme("a", "one", "    broader: Theme:b\n")
            + theme("b", "one", "    broader: Theme:c\n")
            + theme("c", "one", "    broader: Theme:a\n"),
            "a.yaml:22: themes are broader than themselves: Theme:a → Theme:b → Theme:c → Theme:a "
            "(delete one relationship of the cycle (a.yaml:12, a.yaml:17, a.yaml:22))",
        ),
        (
            THEMES + theme("a", "one", "    broader: Theme:a\n"),
            "a.yaml:12: themes are broader than themselves: Theme:a → Theme:a "
            "(delete one relationship of the cycle (a.yaml:12))",
        ),
        (
            THEMES + theme("a", "one", "    closeMatches: Theme:a\n"),
            "a.yaml:12: `Theme:a` CLOSE_MATCH itself (a relationship needs two different nodes)\n"
            "a.yaml:12: `Theme:a` and `Theme:a` match within one scheme, `ThemeScheme:one` "
            "(`closeMatches` is for themes of other schemes; within one use `broader`)",
        ),
        (
            item("units", "Unit:a", "name: A\nkind: OFFICE\npartOf: Unit:b")
            + item("units", "Unit:b", "name: B\nkind: OFFICE\npartOf: Unit:a").replace("units:\n", ""),
            "a.yaml:10: parts are parts of themselves: Unit:a → Unit:b → Unit:a "
            "(delete one relationship of the cycle (a.yaml:5, a.yaml:10))",
        ),
        (
            item("programmes", "Programme:a", PROGRAMME + "predecessor: Programme:b\nrestsOn: Programme:b")
            + item("programmes", "Programme:b", PROGRAMME + "predecessor: Programme:a\nrestsOn: Programme:a").replace(
                "programmes:\n", ""
            ),
            "a.yaml:15: successors succeed themselves: Programme:a → Programme:b → Programme:a "
            "(delete one relationship of the cycle (a.yaml:7, a.yaml:15))\n"
            "a.yaml:16: foundations rest on themselves: Programme:a → Programme:b → Programme:a "
            "(delete one relationship of the cycle (a.yaml:8, a.yaml:16))",
        ),
        # --- Memberships
        (
            item(
                "memberships",
                "Membership:a",
                "city: City:tromso\nnetwork: Network:safe-cities\nstatus: LEFT\nvalidFrom: 2010\nvalidUntil: OPEN",
            ),
            "a.yaml:7: `Membership:a` has the status LEFT, but `validUntil` is OPEN "
            "(write the first day after it, or UNKNOWN; or correct `status`)",
        ),
        # --- Numbers
        (
            item("cities", "City:a", "name: A\ncountry: FI\npopulation: 3"),
            "a.yaml:5: `City:a` has a population without its year (add `populationYear:`)",
        ),
        (
            item(
                "feeRules",
                "FeeRule:a",
                "network: Network:safe-cities\nattestedOn: 2024-01-01\npopulationFrom: 300\npopulationUpTo: 200",
            ),
            "a.yaml:6: `FeeRule:a` has `populationUpTo` (200) before `populationFrom` (300) (exchange the two)",
        ),
        *(
            (
                item(
                    "membershipTerms",
                    "MembershipTerm:a",
                    "membership: Membership:vantaa-safe-cities\nvalidFrom: 2023-11-27\nvalidUntil: 2025-11-27\n"
                    + years,
                ),
                problem,
            )
            for years, problem in (
                (
                    "firstYearCharged: 2022",
                    "a.yaml:6: `MembershipTerm:a` has `firstYearCharged` (2022) outside its period "
                    "(give a calendar year in which the term has a day)",
                ),
                (
                    "lastYearCharged: 2026",
                    "a.yaml:6: `MembershipTerm:a` has `lastYearCharged` (2026) outside its period "
                    "(give a calendar year in which the term has a day)",
                ),
                (
                    "firstYearCharged: 2025\nlastYearCharged: 2024",
                    "a.yaml:7: `MembershipTerm:a` has `lastYearCharged` (2024) before `firstYearCharged` (2025) "
                    "(exchange the two)",
                ),
            )
        ),
    ],
    ids=lambda value: value.split(": ", 1)[1].split(" (")[0][:60] if value.startswith(("a.yaml:", "base")) else "",
)
def test_problem_of_an_item(write: Write, base: str, text: str, problem: str) -> None:
    expected = problem.replace("one of `…`", "one of en, fi, sv") if "`se`" in problem else problem
    assert "\n".join(find_problems(write, base, text)) == expected


# --- Periods ----------------------------------------------------------------------------------------


def network(properties: str) -> str:
    return item("workingGroups", "WorkingGroup:a", f"network: Network:safe-cities\n{properties}")


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ("validFrom: 2024-01-01\nvalidUntil: 2026-01-01", None),
        ("validFrom: 2024\nvalidUntil: OPEN", None),
        ("attestedOn: 2024-01-01", None),
        ("validUntil: OPEN\nattestedFrom: 2020-01-01", None),
        ("validFrom: 2019\nvalidUntil: 2021\nattestedOn: 2021-06-01", None),
        (
            "validFrom: 2024-01-01\nvalidUntil: 2024-01-01",
            "5: `WorkingGroup:a` ends (2024-01-01) no later than it begins (2024-01-01) "
            "(`validUntil` is the first day after the period)",
        ),
        (
            "validFrom: 2016\nvalidUntil: 2016",
            "5: `WorkingGroup:a` ends (2016-01-01) no later than it begins (2016-01-01) "
            "(`validUntil` is the first day after the period; for a period to the end of 2016, write 2017-01-01)",
        ),
        ("validFrom: 2016-03\nvalidUntil: 2016", None),
        (
            "validFrom: 2016-12-31\nvalidUntil: 2016",
            "5: `WorkingGroup:a` ends (2016-01-01) no later than it begins "
            "(2016-12-31) (`validUntil` is the first day after the period; "
            "for a period to the end of 2016, write 2017-01-01)",
        ),
        # A working group may have no dates.
        ("validUntil: OPEN", None),
        ("validFrom: 2020", None),
        (
            "attestedFrom: 2024-01-02\nattestedOn: 2024-01-01",
            "4: `WorkingGroup:a` has `attestedFrom` (2024-01-02) after `attestedOn` (2024-01-01) "
            "(exchange the two dates)",
        ),
        (
            "validFrom: 2024-01-01\nattestedOn: 2023-11-27",
            "5: `WorkingGroup:a` has `attestedOn` (2023-11-27) before it begins (2024-01-01) "
            "(`attestedOn` must be a day within the period; correct it, or delete it)",
        ),
        (
            "validFrom: 2020\nvalidUntil: 2024-01-01\nattestedOn: 2024-01-01",
            "6: `WorkingGroup:a` has `attestedOn` (2024-01-01) after it has ended (2024-01-01) "
            "(`attestedOn` must be a day within the period; correct it, or delete it)",
        ),
        # An invalid date is not reported as missing as well.
        (
            "validFrom: soon\nvalidUntil: OPEN",
            "4: `soon` is not a date (write 2016, 2016-04 or 2016-04-03, OPEN or UNKNOWN)",
        ),
        (
            "participants: {to: City:vantaa, validFrom: 2024-02, validUntil: 2024-01-01}\nattestedOn: 2024-01-01",
            "4: `City:vantaa` PARTICIPATES_IN `WorkingGroup:a` ends (2024-01-01) no later than it begins (2024-02-01) "
            "(`validUntil` is the first day after the period)",
        ),
        ("participants: {to: City:vantaa, role: MEMBER}", None),
    ],
)
def test_period(write: Write, base: str, properties: str, problem: str | None) -> None:
    assert find_problems(write, base, network(properties)) == ([f"a.yaml:{problem}"] if problem else [])


def membership(slug: str, start: str, end: str) -> str:
    status = "MEMBER" if end == "OPEN" else "LEFT"
    return (
        f"  - id: Membership:{slug}\n    city: City:tromso\n    network: Network:safe-cities\n"
        f"    status: {status}\n    validFrom: {start}\n    validUntil: {end}\n{S}"
    )


def term(slug: str, start: str, end: str) -> str:
    return (
        f"  - id: MembershipTerm:{slug}\n    membership: Membership:a\n"
        f"    validFrom: {start}\n    validUntil: {end}\n{S}"
    )


@pytest.mark.parametrize(
    ("first", "second", "overlaps"),
    [
        (("2020-01-01", "2022-01-01"), ("2022-01-01", "2024-01-01"), None),
        (("2020-01-01", "2022-01-02"), ("2022-01-01", "2024-01-01"), "2022-01-01"),
        (("2020-01-01", "OPEN"), ("2022-01-01", "2024-01-01"), "2022-01-01"),
        (("2020-01-01", "2022"), ("2022", "2024-01-01"), None),
        # It may have ended and come back within 2022.
        (("2020-01-01", "2022-07"), ("2022", "2024-01-01"), None),
        (("2020-01-01", "2023-02"), ("2022", "2024-01-01"), "2022-12-31"),
    ],
)
def test_memberships_and_terms_must_not_overlap(
    write: Write, base: str, first: tuple[str, str], second: tuple[str, str], overlaps: str | None
) -> None:
    memberships = "memberships:\n" + membership("a", *first) + membership("b", *second)
    assert find_problems(write, base, memberships) == (
        [
            "a.yaml:13: two memberships of `City:tromso` in `Network:safe-cities` overlap on "
            f"{overlaps}: `Membership:a` (a.yaml:2) and `Membership:b` (a.yaml:9) "
            "(end the first before the second begins)"
        ]
        if overlaps
        else []
    )
    terms = "memberships:\n" + membership("a", "2019", "OPEN") + "membershipTerms:\n" + term("a", *first)
    assert find_problems(write, base, terms + term("b", *second)) == (
        [
            f"a.yaml:17: two terms of `Membership:a` overlap on {overlaps}: `MembershipTerm:a` (a.yaml:10) and "
            "`MembershipTerm:b` (a.yaml:15) (end the first before the second begins)"
        ]
        if overlaps
        else []
    )


@pytest.mark.parametrize(
    ("membership_period", "term_period", "problem"),
    [
        (("2020-01-01", "2024-01-01"), ("2020-01-01", "2024-01-01"), None),
        (("2020-06-01", "OPEN"), ("2020", "2021-01-01"), None),
        (("2020", "2024"), ("2020-01-01", "2024-12-31"), None),
        (("2020-01-01", "2024-01-01"), ("2021-01-01", "UNKNOWN"), "unknown"),
        (
            ("2020-06-01", "OPEN"),
            ("2020-01-01", "2021-01-01"),
            "12: `MembershipTerm:a` begins (2020-01-01) before its membership `Membership:a` (a.yaml:2), 2020-06-01 "
            "(correct one of the two dates)",
        ),
        (
            ("2020-01-01", "2024-01-01"),
            ("2023-01-01", "2025-01-01"),
            "13: `MembershipTerm:a` ends (2025-01-01) after its membership `Membership:a` (a.yaml:2), 2024-01-01 "
            "(correct one of the two dates)",
        ),
    ],
)
def test_term_must_be_within_its_membership(
    write: Write, base: str, membership_period: tuple[str, str], term_period: tuple[str, str], problem: str | None
) -> None:
    text = "memberships:\n" + membership("a", *membership_period) + "membershipTerms:\n" + term("a", *term_period)
    if problem == "unknown":
        text += "    attestedOn: 2022-05-05\n"
        problem = None
    assert find_problems(write, base, text) == ([f"a.yaml:{problem}"] if problem else [])


@pytest.mark.parametrize(
    ("collection", "node_id", "properties"),
    [
        ("memberships", "Membership:a", "city: City:vantaa\nnetwork: Network:safe-cities\nstatus: APPLIED"),
        ("membershipTerms", "MembershipTerm:a", "membership: Membership:vantaa-safe-cities"),
        ("twinnings", "Twinning:a", "cities: [City:vantaa, City:tromso]"),
    ],
)
def test_some_labels_need_a_date(write: Write, base: str, collection: str, node_id: str, properties: str) -> None:
    problem = (
        f"a.yaml:2: `{node_id}` has no date from which to show it "
        "(add `validFrom`, `attestedFrom` or `attestedOn`; if no source gives a date, `validFrom: UNKNOWN`)"
    )
    for end in ("OPEN", "UNKNOWN", "2030-01-01"):
        assert find_problems(write, base, item(collection, node_id, f"{properties}\nvalidUntil: {end}")) == [problem]
        for date_ in ("attestedFrom: 2010-01-01", "validFrom: UNKNOWN"):
            dated = f"{properties}\nvalidUntil: {end}\n{date_}"
            assert problem not in find_problems(write, base, item(collection, node_id, dated))


# --- Both ends --------------------------------------------------------------------------------------


def test_relationship_written_at_both_ends_is_merged(write: Write, base: str) -> None:
    text = item("cities", "City:a", "name: A\ncountry: FI\nprojects: [{to: Project:a, role: PARTNER}]") + item(
        "projects",
        "Project:a",
        "name: A\nvalidFrom: 2020\nvalidUntil: OPEN\n"
        "partners: [{to: City:a, budget: 5 EUR, sources: [{document: Document:minutes, quote: budjetti}]}]",
    )
    dataset = read(write({"base.yaml": base, "a.yaml": text}))
    assert check(dataset) == []
    relationship = dataset.relationships["PARTNER_IN", "City:a", "Project:a"]
    citations = [node.id for node in dataset.nodes.values() if node.columns.get("quote") == "budjetti"]
    assert relationship.owner_id == "City:a"
    assert relationship.columns == {
        "role": "PARTNER",
        "budget": 500,
        "budgetCurrency": "EUR",
        "basis": "STATED",
        "sources": citations,
    }


def test_problems_of_all_files_are_reported(write: Write, base: str) -> None:
    files: dict[str, str | bytes] = {
        "base.yaml": base,
        "b.yaml": "cities: [{id: City:b, country: XX}]",
        "cities.csv": "id,name\nCity:ä,A\n".encode("latin-1"),
        "a.yaml": "cities: [{id: City:b}, {id: a}",
    }
    assert [(problem.file, problem.line, problem.message) for problem in check(read(write(files)))] == [
        ("a.yaml", 1, "not YAML: while parsing a flow sequence (line 1), did not find expected ',' or ']'"),
        ("b.yaml", 1, "`City:b` has no `name`"),
        ("b.yaml", 1, "`City:b` has no source"),
        ("b.yaml", 1, "`XX` is not an ISO 3166-1 country code"),
        ("cities.csv", 2, "the file is not in UTF-8: byte 0xE4 at position 13"),
    ]
