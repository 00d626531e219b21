"""Amounts in withdrawn currencies are of years in which these existed."""

import pytest

from graph.seeding import check, read
from tests.seeding.conftest import Write
from tests.seeding.test_validate import item


@pytest.mark.parametrize(
    ("amount", "dates", "message"),
    [
        ("1500 HRK", "validFrom: 2022\nvalidUntil: 2024", None),
        ("1500 HRK", "validFrom: 2023-06", None),
        ("1500 HRK", "validFrom: 2024", "HRK for 2024, but HRK existed in 1994–2023"),
        ("1500 FIM", "attestedOn: 2001-12-31", None),
        (
            "1500 FIM",
            "attestedFrom: 2003-01-01\nattestedOn: 2005-01-01",
            "FIM for 2003–2005, but FIM existed in 1963–2002",
        ),
        ("1500 FIM", "validFrom: 1950\nvalidUntil: 1962", "FIM for 1950–1962, but FIM existed in 1963–2002"),
        ("1500 DEM", "validFrom: 2004", "DEM for 2004, but DEM existed in 1948–2002"),
        ("1500 BGN", "validFrom: 2024", None),
        # Nothing says when.
        ("1500 FIM", "validFrom: UNKNOWN", None),
        # A later source may state an older fee in euros.
        ("1500 EUR", "validFrom: 1990\nvalidUntil: 1995", None),
    ],
)
def test_years_of_a_currency(write: Write, base: str, amount: str, dates: str, message: str | None) -> None:
    rule = item("feeRules", "FeeRule:a", f"network: Network:safe-cities\nannualFee: {amount}\n{dates}")
    assert [str(problem) for problem in check(read(write({"base.yaml": base, "a.yaml": rule})))] == (
        [f"a.yaml:4: `FeeRule:a` has `annualFee` in {message} (correct the currency or the dates)"] if message else []
    )


def test_years_of_funding(write: Write, base: str) -> None:
    funding = "funders: {to: Organisation:a, amount: 5 DEM, validFrom: 2010}"
    text = item("networks", "Network:a", f"name: Aa\nkind: CITY_NETWORK\n{funding}") + item(
        "organisations", "Organisation:a", "name: Bb\nkind: GOVERNMENT"
    )
    assert [str(problem) for problem in check(read(write({"base.yaml": base, "a.yaml": text})))] == [
        "a.yaml:5: `Network:a` FUNDED_BY `Organisation:a` has `amount` in DEM for 2010, but DEM existed in 1948–2002 "
        "(correct the currency or the dates)"
    ]


def test_per_inhabitant(write: Write, base: str) -> None:
    fee = "network: Network:safe-cities\nperInhabitant: 0.05\nperInhabitantCurrency: FIM\nvalidFrom: 2010"
    assert [
        str(problem)
        for problem in check(read(write({"base.yaml": base, "a.yaml": item("feeRules", "FeeRule:a", fee)})))
    ] == [
        "a.yaml:4: `FeeRule:a` has `perInhabitant` in FIM for 2010, but FIM existed in 1963–2002 "
        "(correct the currency or the dates)"
    ]
