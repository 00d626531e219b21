"""One thing is one node: duplicates of nodes, twinnings and memberships are reported, and so are unsupported fees."""

import pytest

from graph.seeding import check, read
from tests.seeding.conftest import Write
from tests.seeding.test_validate import item

HINT = "(delete one of the two; if they are different things, add `distinctFrom: {0}`)"


def problems(write: Write, base: str, *files: str) -> list[str]:
    named = {f"{letter}.yaml": text for letter, text in zip("abc", files, strict=False)}
    return [str(problem) for problem in check(read(write({"base.yaml": base, **named})))]


def city(slug: str, name: str, properties: str = "", country: str = "FI") -> str:
    return item(
        "cities", f"City:{slug}", f"name: {name}\ncountry: {country}" + (f"\n{properties}" if properties else "")
    )


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ("wikidata: Q1", "wikidata: Q1", "`wikidata` (Q1)"),
        ("geonames: '1'", "geonames: '1'", "`geonames` (1)"),
        ("unlocode: FIAAA", "unlocode: FIAAA", "`unlocode` (FIAAA)"),
        ("lau: '091'", "lau: '091'", "`lau` (091)"),
        ("wikidata: Q1\nlau: '091'", "wikidata: Q1\nlau: '091'", "`wikidata` (Q1) and `lau` (091)"),
        ("wikidata: Q1", "wikidata: Q2", None),
        ("wikidata: Q1\ndistinctFrom: City:b", "wikidata: Q1", None),
        ("wikidata: Q1", "wikidata: Q1\ndistinctFrom: City:a", None),
    ],
)
def test_identifier(write: Write, base: str, first: str, second: str, problem: str | None) -> None:
    found = problems(write, base, city("a", "Aa", first), city("b", "Bb", second))
    described = f"b.yaml:5: `City:b` has the same {problem} as `City:a` (a.yaml:2) {HINT.format('City:a')}"
    assert found == ([described] if problem else [])


def test_lau_codes_are_unique_within_a_country(write: Write, base: str) -> None:
    assert problems(write, base, city("a", "Aa", "lau: '1'"), city("b", "Bb", "lau: '1'", country="SE")) == []


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("Espoo", "ESPOO", "ESPOO"),
        ("{en: Espoo, sv: Esbo}", "Esbo", "Esbo"),
        ("{fi: Jyväskylä}", "Jyvaskyla", "Jyvaskyla"),
        ("Espoo\notherNames: [Esbo]", "Esbo", "Esbo"),
        ("L’Aquila", "L'Aquila", "L'Aquila"),
        ("Espoo", "Esbo", None),
    ],
)
def test_name_in_one_country(write: Write, base: str, first: str, second: str, shared: str | None) -> None:
    found = problems(write, base, city("a", first), city("b", second))
    described = f"b.yaml:3: `City:b` has the same `name` ({shared}) as `City:a` (a.yaml:2) {HINT.format('City:a')}"
    assert found == ([described] if shared else [])
    assert problems(write, base, city("a", first), city("b", second, country="SE")) == []
    assert problems(write, base, city("a", first), city("b", second, "distinctFrom: [City:a]")) == []


def test_third_node_is_compared_with_the_first_that_is_not_stated_distinct(write: Write, base: str) -> None:
    first, second = city("a", "Aa"), city("b", "Aa", "distinctFrom: City:a")
    assert problems(write, base, first, second, city("c", "Aa", "distinctFrom: City:a")) == [
        f"c.yaml:3: `City:c` has the same `name` (Aa) as `City:b` (b.yaml:2) {HINT.format('City:b')}"
    ]
    assert problems(write, base, first, second, city("c", "Aa", "distinctFrom: [City:a, City:b]")) == []


def test_networks_and_organisations(write: Write, base: str) -> None:
    network = item("networks", "Network:second", "name: SAFE CITIES\nkind: CITY_NETWORK")
    assert problems(write, base, network) == [
        "base.yaml:18: `Network:safe-cities` has the same `name` (Safe Cities) as `Network:second` (a.yaml:2) "
        + HINT.format("Network:second")
    ]
    organisations = [
        item("organisations", f"Organisation:{slug}", f"name: Ministry\nkind: GOVERNMENT{country}")
        for slug, country in (("a", "\ncountry: FI"), ("b", "\ncountry: SE"), ("c", ""))
    ]
    assert problems(write, base, *organisations[:2]) == []
    # An unknown country may be the same.
    assert problems(write, base, *organisations) == [
        "c.yaml:3: `Organisation:c` has the same `name` (Ministry) as `Organisation:a` (a.yaml:2) "
        + HINT.format("Organisation:a")
    ]


def test_other_labels_may_share_names(write: Write, base: str) -> None:
    unit = item("units", "Unit:a", "name: Office\nkind: OFFICE")
    organisation = item("organisations", "Organisation:a", "name: Vantaa\nkind: REGIONAL\ncountry: FI")
    assert problems(write, base, unit, organisation) == []


def twinning(slug: str, cities: str, period: str) -> str:
    return item("twinnings", f"Twinning:{slug}", f"cities: {cities}\n{period}")


@pytest.mark.parametrize(
    ("first", "second", "is_twice"),
    [
        ("validFrom: 1955", "validFrom: 1956", True),
        ("validFrom: 1955\nvalidUntil: OPEN", "attestedOn: 1990-01-01", True),
        ("validFrom: UNKNOWN", "validFrom: 1956", True),
        ("validFrom: 1955\nvalidUntil: 1990", "validFrom: 1989", True),
        ("validFrom: 1955\nvalidUntil: 1990", "validFrom: UNKNOWN", True),
        ("validFrom: 1955\nvalidUntil: 1990-01-01", "validFrom: 1990-01-01", False),
        # It may have ended and begun again within 1990.
        ("validFrom: 1955\nvalidUntil: 1990-03", "validFrom: 1990", False),
        ("validFrom: 1990", "validFrom: 1955\nvalidUntil: 1980", False),
    ],
)
def test_pair_is_twinned_once_at_a_time(write: Write, base: str, first: str, second: str, is_twice: bool) -> None:
    one = twinning("a", "[City:vantaa, City:tromso]", first)
    found = problems(write, base, one, twinning("b", "[City:tromso, City:vantaa]", second))
    problem = (
        "b.yaml:3: `Twinning:b` twins `City:tromso` and `City:vantaa`, which `Twinning:a` (a.yaml:2) twins at the same "
        "time (delete one of the two; if the earlier one has ended, write its `validUntil`)"
    )
    assert found == ([problem] if is_twice else [])


@pytest.mark.parametrize(
    ("first", "overlap"),
    [
        ("status: MEMBER\nattestedOn: 2019-01-01", "2020-01-01"),
        ("status: MEMBER\nvalidFrom: 2019", "2020-01-01"),
        ("status: LEFT\nattestedOn: 2019-01-01", None),
        ("status: LEAVING_DECIDED\nattestedOn: 2019-01-01", None),
    ],
)
def test_membership_without_an_end_goes_on(write: Write, base: str, first: str, overlap: str | None) -> None:
    roles = "city: City:tromso\nnetwork: Network:safe-cities\n"
    one = item("memberships", "Membership:a", roles + first)
    found = problems(
        write, base, one, item("memberships", "Membership:b", f"{roles}status: MEMBER\nattestedOn: 2020-01-01")
    )
    problem = (
        f"b.yaml:2: two memberships of `City:tromso` in `Network:safe-cities` overlap on {overlap}: "
        "`Membership:a` (a.yaml:2) and `Membership:b` (b.yaml:2) (end the first before the second begins)"
    )
    assert found == ([problem] if overlap else [])


FEE = "network: Network:safe-cities\nperInhabitant: 0.05\nminimumFee: 5 EUR"


@pytest.mark.parametrize(
    ("sources", "unsupported"),
    [
        ("[*m]", []),
        ("[{to: Citation:c, supports: [minimumFee, perInhabitant]}]", []),
        ("[{to: Citation:c, supports: [minimumFee]}, {to: Citation:d}]", []),
        ("[{to: Citation:c, supports: [minimumFee]}]", [(4, "perInhabitant")]),
        ("[{to: Citation:c, supports: [category]}]", [(4, "perInhabitant"), (5, "minimumFee")]),
    ],
)
def test_amount_has_a_source_that_supports_it(
    write: Write, base: str, sources: str, unsupported: list[tuple[int, str]]
) -> None:
    rule = item("feeRules", "FeeRule:a", FEE, f"    sources: {sources}\n") + (
        "citations:\n"
        '  - {id: Citation:c, document: Document:minutes, quote: "maksu on"}\n'
        '  - {id: Citation:d, document: Document:minutes, quote: "maksu on nyt"}\n'
    )
    rule = rule.replace("*m", '{document: Document:minutes, quote: "maksu"}')
    assert problems(write, base, rule) == [
        f"a.yaml:{line}: no source of `FeeRule:a` supports its `{name}` "
        f"(add `{name}` to the `supports` of the source that states it, or add that source)"
        for line, name in unsupported
    ]
