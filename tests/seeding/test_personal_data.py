"""E-mail addresses and telephone numbers are found; dates, pages, sections and amounts are not taken for them."""

import pytest

from graph.iso_codes import InvalidValue
from graph.seeding.personal_data import reject_contact_details


@pytest.mark.parametrize(
    "text",
    [
        "besloten in de vergadering van 05-11-2013",
        "looptijd 06-12-2017–31-12-2018",
        "05-11-13 – 06-12-14",
        "05/11/2013-06/12/2013, 2013-11-05 2014-12-06",
        "05 11 2013 - 06 12 2013",
        "kokous 09 30-11 45",
        "kasvu +30 000 000 euroa",
        "+46 000 000 kr",
        "§ 012 2023 001",
        "§ 044 2013 003",
        "budget line 020 110 0000",
        "pp. 0123-0145, s. 012 – 0145",
        "1 04 060300, 1 39 06, 0100 200 300",
        "00 12 345 678",
        "vuosien vaihde 2023–2024",
        "puhelin 2023-2024",
        "Telakka 2030 000",
        "mobile 5-11-2013",
        "ISBN 0-12-345678-9",
        "HEL 2013-003456, VD/8412/02.05.01.03/2023",
    ],
)
def test_no_contact_details(text: str) -> None:
    reject_contact_details("quote", text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("p. +358 9 655 783", "+358 9 655 783"),
        ("+358 (0)40 123 4567", "+358 (0)40 123 4567"),
        ("+46 8 508 290 00", "+46 8 508 290 00"),
        ("00358 9 655 783", "00358 9 655 783"),
        ("+47 22 18 21 10", "+47 22 18 21 10"),
        ("040 123 4567", "040 123 4567"),
        ("050-123 4567", "050-123 4567"),
        ("0400 123 456", "0400 123 456"),
        ("070-123 45 67", "070-123 45 67"),
        ("(09) 8392 2148", "(09) 8392 2148"),
        ("p. 09 8392 2148", "09 8392 2148"),
        ("puh. 040 123 4567", "040 123 4567"),
        ("Tel: 22 18 21 10", "22 18 21 10"),
        ("Telefon 08-508 290 00", "08-508 290 00"),
        ("GSM (020) 110 0000", "(020) 110 0000"),
        ("05-11-2013, puh. 8392 2148", "8392 2148"),
    ],
)
def test_telephone_number(text: str, number: str) -> None:
    with pytest.raises(InvalidValue) as error:
        reject_contact_details("quote", text)
    assert error.value.message == f"`quote` contains a telephone number: `{number}`"
    assert error.value.hint == "delete it; the graph contains no personal data"
