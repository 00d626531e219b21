"""What is probably wrong stops a load until the file acknowledges it, and unused acknowledgements are reported."""

import pytest

from graph.model import LABELS, RELATIONSHIPS, Kind
from graph.seeding import check, read
from graph.seeding.currencies import to_euros
from graph.seeding.personal_names import find_names
from tests.seeding.conftest import Write
from tests.seeding.test_validate import find_problems, item

# --- Names of persons ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("esittelijänä Matti Meikäläinen", ["Matti Meikäläinen"]),
        ("Kaupunginjohtaja Ritva Viljanen esitti", ["Ritva Viljanen"]),
        ("Lisätietoja: Anna-Maija Nieminen", ["Anna-Maija Nieminen"]),
        ("MATTI VIRTANEN", ["MATTI VIRTANEN"]),
        ("signed by Johan af Ugglas and Ursula von der Leyen", ["Johan af Ugglas", "Ursula von der Leyen"]),
        ("ordförande Åsa Öberg-Ek", ["Åsa Öberg-Ek"]),
        ("John F. Kennedy", ["John F. Kennedy"]),
        ("Virtanen, Matti", ["Virtanen, Matti"]),
        ("J. R. Smith (chair)", ["J. R. Smith"]),
        ("mayor Qwert Zuiop", ["Qwert Zuiop"]),
        ("Mayor of Greater Manchester", []),
        ("Eurocities Annual Conference, Nordic Safe Cities", []),
        ("Helsinki, Espoo, Vantaa", []),
        ("Urban Initiative, Grant Agreement, May Day", []),
        ("kaupunginhallitus 27.11.2023 § 15 A. Päätös", []),
        ("A. Yleistä, 1 B. Talous", []),
        ("puheenjohtaja A. Virtanen", ["A. Virtanen"]),
        ("the chair (A. Virtanen)", ["A. Virtanen"]),
        ("vuonna 2023 Matti", []),
    ],
)
def test_find_names(text: str, names: list[str]) -> None:
    assert list(find_names(text)) == names


NAMED = "`{0}` may contain the name of a person: `Matti Virtanen`"
DELETE = "(delete the name of a person; if it is not one, add `acknowledges: {Matti Virtanen: not a person}`)"


@pytest.mark.parametrize(
    ("text", "line", "property_"),
    [
        (item("units", "Unit:a", "name: Office of Matti Virtanen\nkind: OFFICE"), 3, "name"),
        (item("cities", "City:a", "name: Aa\ncountry: FI\nnote: says Matti Virtanen"), 5, "note"),
        (
            item(
                "decisions", "Decision:a", "name: A\noutcome: APPROVED\nbody: Unit:office\nreasoning: [Matti Virtanen]"
            ),
            6,
            "reasoning",
        ),
        (item("documents", "Document:a", "name: Letter of Matti Virtanen", ""), 3, "name"),
        (item("citations", "Citation:a", "document: Document:minutes\nquote: says Matti Virtanen", ""), 4, "quote"),
        (
            item(
                "cities",
                "City:a",
                "name: Aa\ncountry: FI",
                "    sources: [{document: Document:minutes, quote: Matti Virtanen}]\n",
            ),
            5,
            "quote",
        ),
        (
            item(
                "units", "Unit:a", "name: Aa\nkind: ROLE\ncoordinates: {to: Network:safe-cities, role: Matti Virtanen}"
            ),
            5,
            "role",
        ),
    ],
)
def test_name_is_acknowledged_as_not_a_person_only(
    write: Write, base: str, text: str, line: int, property_: str
) -> None:
    assert find_problems(write, base, text) == [f"a.yaml:{line}: warning: {NAMED.format(property_)} {DELETE}"]
    for reason, expected in (
        ("not a person", []),
        (
            "the mayor agreed",
            [
                f"a.yaml:{line}: `acknowledges` says of `Matti Virtanen`: `the mayor agreed` "
                f"(write `not a person`; if it is a person, delete the name from `{property_}`)"
            ],
        ),
    ):
        acknowledgement = f"acknowledges: {{Matti Virtanen: {reason}}}"
        if "Matti Virtanen}" in text:
            acknowledged = text.replace("Matti Virtanen}", f"Matti Virtanen, {acknowledgement}}}")
            assert find_problems(write, base, acknowledged) == expected
        else:
            acknowledged = f"{text.rstrip(chr(10))}\n    {acknowledgement}\n"
            assert [found.split(":", 2)[2] for found in find_problems(write, base, acknowledged)] == [
                found.split(":", 2)[2] for found in expected
            ]


@pytest.mark.parametrize("label", ["cities", "networks", "projects"])
def test_proper_names_of_other_labels_are_not_searched(write: Write, base: str, label: str) -> None:
    node_id = {"cities": "City", "networks": "Network", "projects": "Project"}[label]
    needed = {"cities": "country: FI", "networks": "kind: CITY_NETWORK", "projects": "validFrom: 2020"}[label]
    assert find_problems(write, base, item(label, f"{node_id}:a", f"name: Matti Virtanen\n{needed}")) == []


# --- Amounts --------------------------------------------------------------------------------------------


def fee(amount: str, more: str = "") -> str:
    return item("feeRules", "FeeRule:a", f"network: Network:safe-cities\nannualFee: {amount}{more}")


@pytest.mark.parametrize(
    ("amount", "euros"),
    [
        ("240000 EUR", None),
        ("240000.01 EUR", "240 000"),
        ("60000000 EUR", "60 000 000"),
        ("2400000 SEK", None),
        ("3000000 SEK", "300 000"),
        ("400000000 ITL", None),
        ("299999 XXX", "300 000"),
    ],
)
def test_implausible_amount(write: Write, base: str, amount: str, euros: str | None) -> None:
    problem = (
        f"a.yaml:4: warning: `annualFee` is about {euros} EUR, more than 10 times the largest known (24 000 EUR) "
        "(correct it; if it is right, add `acknowledges: {annualFee: …}` with the reason)"
    )
    assert find_problems(write, base, fee(amount)) == ([problem] if euros else [])
    acknowledged = fee(amount, "\nacknowledges: {annualFee: of the whole region}")
    unused = "a.yaml:5: `acknowledges` names `annualFee`, about which there is no warning here (delete it)"
    assert find_problems(write, base, acknowledged) == ([] if euros else [unused])


def test_amount_needs_a_reason(write: Write, base: str) -> None:
    assert find_problems(write, base, fee("60000000 EUR", "\nacknowledges: {annualFee: }")) == [
        "a.yaml:5: `acknowledges` gives no reason for `annualFee` (write why the amount is right)"
    ]
    assert find_problems(write, base, fee("5 EUR", "\nacknowledges: [annualFee]")) == [
        "a.yaml:5: `acknowledges` is not a mapping (write `acknowledges: {Robert Schuman: not a person}`)"
    ]


def test_amount_of_a_relationship(write: Write, base: str) -> None:
    funders = "funders: {to: Organisation:a, amount: 60000000 EUR, validFrom: 2020REST}"
    organisation = item("organisations", "Organisation:a", "name: Ministry\nkind: GOVERNMENT")
    network = item("networks", "Network:a", f"name: Aa\nkind: CITY_NETWORK\n{funders}")
    assert find_problems(write, base, organisation + network.replace("REST", "")) == [
        "a.yaml:10: warning: `amount` is about 60 000 000 EUR, more than 10 times the largest known (5 300 000 EUR) "
        "(correct it; if it is right, add `acknowledges: {amount: …}` with the reason)"
    ]
    assert (
        find_problems(write, base, organisation + network.replace("REST", ", acknowledges: {amount: as stated}")) == []
    )


def test_acknowledgements_in_csv(write: Write, base: str) -> None:
    header = "id,network,annualFee,note,sources,acknowledges.annualFee,acknowledges.Robert Schuman\n"
    source = "Citation:c"
    rows = (
        f"FeeRule:a,Network:safe-cities,300000 EUR,the Robert Schuman building,{source},all of it,not a person\n"
        f"FeeRule:b,Network:safe-cities,5 EUR,a note,{source},,\n"
    )
    citations = 'citations: [{id: Citation:c, document: Document:minutes, quote: "q"}]\n'
    files: dict[str, str | bytes] = {"base.yaml": base, "c.yaml": citations, "feeRules.csv": header + rows}
    assert [str(problem) for problem in check(read(write(files)))] == []


def test_every_amount_has_a_largest_known() -> None:
    owners = (*LABELS, *RELATIONSHIPS)
    amounts = [of for owner in owners for of in owner.properties if of.kind in (Kind.MONEY, Kind.DECIMAL)]
    assert len(amounts) > 10
    assert [of.name for of in amounts if of.largest_known is None] == []


def test_to_euros() -> None:
    assert (to_euros(100_000, "EUR"), to_euros(100_000, "ITL"), to_euros("0.05", "SEK")) == (1000.0, 50.0, 0.005)
