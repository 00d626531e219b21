"""Values parse into exact stored columns; invalid ones raise an error with a suggestion."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.iso_codes import InvalidValue
from graph.model import Kind, Property, label
from graph.seeding.values import parse_value
from graph.vocabulary import Basis

FEE = Property("annualFee", Kind.MONEY, "")
UNTIL = Property("validUntil", Kind.BOUND, "")
FROM = Property("validFrom", Kind.BOUND, "")
FOUNDED = Property("founded", Kind.PARTIAL_DATE, "")
DAY = Property("attestedOn", Kind.DATE, "")
COUNT = Property("memberCount", Kind.INT, "")
YEAR = Property("populationYear", Kind.INT, "")
LATITUDE = Property("latitude", Kind.FLOAT, "")
LONGITUDE = Property("longitude", Kind.FLOAT, "")
EXACT = Property("perInhabitant", Kind.DECIMAL, "")
FLAG = Property("rosterComplete", Kind.BOOLEAN, "")
SITE = Property("website", Kind.URL, "")
BASIS = Property("basis", Kind.VOCABULARY, "", vocabulary=Basis)
COUNTRY = label("City").property("country")
LANGUAGE = label("Document").property("language")
WIKIDATA = label("City").property("wikidata")
UNLOCODE = label("City").property("unlocode")
NOTE = Property("note", Kind.STRING, "")


@pytest.mark.parametrize(
    ("property_", "text", "columns"),
    [
        (FEE, "10000 EUR", {"annualFee": 1_000_000, "annualFeeCurrency": "EUR"}),
        (FEE, "0 EUR", {"annualFee": 0, "annualFeeCurrency": "EUR"}),
        (FEE, "0.29 EUR", {"annualFee": 29, "annualFeeCurrency": "EUR"}),
        (FEE, "1500.5 SEK", {"annualFee": 150_050, "annualFeeCurrency": "SEK"}),
        (FEE, "90071992547409.93 EUR", {"annualFee": 9_007_199_254_740_993, "annualFeeCurrency": "EUR"}),
        (FEE, "5000 JPY", {"annualFee": 5000, "annualFeeCurrency": "JPY"}),
        (FEE, "5000 ISK", {"annualFee": 5000, "annualFeeCurrency": "ISK"}),
        (FEE, "1.234 KWD", {"annualFee": 1234, "annualFeeCurrency": "KWD"}),
        (UNTIL, "OPEN", {"validUntilBound": "OPEN"}),
        (UNTIL, "UNKNOWN", {"validUntilBound": "UNKNOWN"}),
        (
            UNTIL,
            "2016-04",
            {"validUntil": date(2016, 4, 1), "validUntilPrecision": "MONTH", "validUntilBound": "DATE"},
        ),
        (FOUNDED, "2016", {"founded": date(2016, 1, 1), "foundedPrecision": "YEAR"}),
        (FOUNDED, "2016-04-03", {"founded": date(2016, 4, 3), "foundedPrecision": "DAY"}),
        (DAY, "2024-02-29", {"attestedOn": date(2024, 2, 29)}),
        (COUNT, "21", {"memberCount": 21}),
        (COUNT, "2147483647", {"memberCount": 2_147_483_647}),
        (LATITUDE, "-90", {"latitude": -90.0}),
        (LONGITUDE, "25.0378", {"longitude": 25.0378}),
        (EXACT, "0.050", {"perInhabitant": "0.050"}),
        (FLAG, "false", {"rosterComplete": False}),
        (SITE, "https://example.org/a?b=c#d", {"website": "https://example.org/a?b=c#d"}),
        (BASIS, "IMPLIED", {"basis": "IMPLIED"}),
        (FEE, "1500 HRK", {"annualFee": 150_000, "annualFeeCurrency": "HRK"}),
        (FEE, "1500 BGN", {"annualFee": 150_000, "annualFeeCurrency": "BGN"}),
        (FEE, "1500.50 FIM", {"annualFee": 150_050, "annualFeeCurrency": "FIM"}),
        (FEE, "1500 DEM", {"annualFee": 150_000, "annualFeeCurrency": "DEM"}),
        (FEE, "1500 ITL", {"annualFee": 1500, "annualFeeCurrency": "ITL"}),
        (COUNTRY, "NO", {"country": "NO"}),
        (COUNTRY, "XK", {"country": "XK"}),
        (UNLOCODE, "XKPRN", {"unlocode": "XKPRN"}),
        (WIKIDATA, "Q1757", {"wikidata": "Q1757"}),
        (UNLOCODE, "FIVAN", {"unlocode": "FIVAN"}),
        (NOTE, "  A\u030arhus ", {"note": "Århus"}),
        # Not telephone numbers: a budget line, a register number, an amount, a year's span, a law.
        (NOTE, "104060300", {"note": "104060300"}),
        (NOTE, "1 39 06", {"note": "1 39 06"}),
        (NOTE, "HEL 2013-003456, VD/8412/02.05.01.03/2023", {"note": "HEL 2013-003456, VD/8412/02.05.01.03/2023"}),
        (NOTE, "10 000 + 12 000 euroa 2011–2014", {"note": "10 000 + 12 000 euroa 2011–2014"}),
        (NOTE, ">130+40 partners, 140+45 (c. 2018-19)", {"note": ">130+40 partners, 140+45 (c. 2018-19)"}),
        (NOTE, "FI02012566, 27.11.2023 § 15", {"note": "FI02012566, 27.11.2023 § 15"}),
    ],
)
def test_valid_value(property_: Property, text: str, columns: dict[str, object]) -> None:
    assert parse_value(property_, text) == columns
    assert [type(value) for value in parse_value(property_, text).values()] == [
        type(value) for value in columns.values()
    ]


@pytest.mark.parametrize(
    ("property_", "text", "message", "hint"),
    [
        (FEE, "10000", "`10000` is not an amount of money", "digits, a space and the currency's code"),
        (FEE, "10 000 EUR", "`10 000 EUR` is not an amount of money", "write `10000 EUR`"),
        (FEE, "10.000,00 EUR", "`10.000,00 EUR` is not an amount of money", "such as `10000 EUR`"),
        (FEE, "10,50 EUR", "`10,50 EUR` is not an amount of money", "write `10.50 EUR`"),
        (FEE, "1e4 EUR", "`1e4 EUR` is not an amount of money", "such as `10000 EUR`"),
        (FEE, "-5 EUR", "`-5 EUR` is negative", "0 means free of charge"),
        (FEE, "10.005 EUR", "`10.005 EUR` has too many decimals", "EUR has 2 decimals"),
        (FEE, "10.5 JPY", "`10.5 JPY` has too many decimals", "JPY has no decimals"),
        (FEE, "10000 SKE", "`SKE` is not an ISO 4217 currency", "did you mean `SEK`?"),
        (FEE, "10000 Euro", "`Euro` is not an ISO 4217 currency", "did you mean `EUR`?"),
        (FEE, "10000 mk", "`mk` is not an ISO 4217 currency", "did you mean `FIM`?"),
        (FEE, "10000 €", "`€` is not an ISO 4217 currency", "did you mean `EUR`?"),
        (FEE, "10000 QQQ", "`QQQ` is not an ISO 4217 currency", "write three capitals, such as EUR"),
        (
            FEE,
            "999999999999999999 EUR",
            "`999999999999999999 EUR` is more than can be stored",
            "check the number of digits",
        ),
        (FROM, "OPEN", "`validFrom` is OPEN", "write a date or UNKNOWN"),
        (UNTIL, "open", "`open` is not a date", "write 2016, 2016-04 or 2016-04-03, OPEN or UNKNOWN"),
        (UNTIL, "2016-13", "`2016-13` is not a month of the calendar", "01 to 12"),
        (FOUNDED, "27.11.2023", "`27.11.2023` is not a date", "write `2023-11-27`"),
        (FOUNDED, "0016", "the year 16 is out of range", "four digits"),
        (DAY, "2023-02-29", "`2023-02-29` is not a date of the calendar", "check the month and the day"),
        (DAY, "2026-W01-1", "`2026-W01-1` is not a date", "write year, month and day"),
        (DAY, "٢٠٢٦-٠١-٠١", "`٢٠٢٦-٠١-٠١` is not a date", "write year, month and day"),
        (COUNT, "٢٠", "`٢٠` is not a whole number", "digits only"),
        (EXACT, "٠.٠٥", "`٠.٠٥` is not a decimal number", "digits with a decimal point"),
        (DAY, "2023-11", "`2023-11` is not a date", "write year, month and day"),
        (COUNT, "21.0", "`21.0` is not a whole number", "digits only"),
        (COUNT, "a good hundred", "`a good hundred` is not a whole number", "digits only"),
        (COUNT, "-1", "`memberCount` is -1", "write zero or a positive number"),
        (COUNT, "2147483648", "`memberCount` is 2147483648", "write a number up to 2147483647, or leave it out"),
        (COUNT, "9" * 30, f"`memberCount` is {'9' * 30}", "write a number up to 2147483647, or leave it out"),
        (YEAR, "23", "`23` is not a year", "four digits"),
        (LATITUDE, "90.1", "`latitude` is 90.1", "write a number between -90 and 90"),
        (LONGITUDE, "-181", "`longitude` is -181", "write a number between -180 and 180"),
        (LATITUDE, "60,29", "`60,29` is not a number", "a point, not a comma"),
        (LATITUDE, "nan", "`nan` is not a number", "digits"),
        (EXACT, "0,05", "`0,05` is not a decimal number", "a point, not a comma"),
        (EXACT, "-0.05", "`-0.05` is negative", "zero or more"),
        (FLAG, "yes", "`yes` is neither true nor false", "write true or false"),
        (SITE, "www.example.org", "`www.example.org` is not a web address", "begin with https://"),
        (SITE, "javascript:alert(1)", "`javascript:alert(1)` is not a web address", "begin with https://"),
        (SITE, "https://a b.org", "`https://a b.org` is not a web address", "leave out spaces"),
        (
            SITE,
            "https://me@example.org",
            "`https://me@example.org` contains a user name",
            "delete everything between :// and @",
        ),
        (SITE, "http://[1", "`http://[1` is not a web address", "from the browser"),
        (BASIS, "IMPLYED", "`IMPLYED` is not a value of `basis`", "did you mean `IMPLIED`?"),
        (BASIS, "stated", "`stated` is not a value of `basis`", "did you mean `STATED`?"),
        (COUNTRY, "FIN", "`FIN` is not an ISO 3166-1 country code", "did you mean `FI` (Finland)?"),
        (COUNTRY, "Norwai", "`Norwai` is not an ISO 3166-1 country code", "did you mean `NO` (Norway)?"),
        (COUNTRY, "XKX", "`XKX` is not an ISO 3166-1 country code", "did you mean `XK` (Kosovo)?"),
        (COUNTRY, "Kosovo", "`Kosovo` is not an ISO 3166-1 country code", "did you mean `XK` (Kosovo)?"),
        (COUNTRY, "UK", "`UK` is not an ISO 3166-1 country code", "did you mean `GB` (United Kingdom)?"),
        (COUNTRY, "XX", "`XX` is not an ISO 3166-1 country code", "write two capitals"),
        (LANGUAGE, "Finnish", "`Finnish` is not an ISO 639-1 language code", "did you mean `fi` (Finnish)?"),
        (WIKIDATA, "1757", "`1757` is not a Wikidata item", "the letter Q and digits"),
        (UNLOCODE, "FI VAN", "`FI VAN` is not a UN/LOCODE", "without a space"),
        (
            NOTE,
            "ask etunimi.sukunimi[at]vantaa.fi",
            "`note` contains an e-mail address",
            "the graph contains no personal data",
        ),
        (
            NOTE,
            "hallintokeskus@hel.fi",
            "`note` contains an e-mail address: `hallintokeskus@hel.fi`",
            "no personal data",
        ),
        (NOTE, "Etunimi.Sukunimi", "`note` contains an e-mail address: `Etunimi.Sukunimi`", "no personal data"),
        (NOTE, "p. +358 9 655 783", "`note` contains a telephone number: `+358 9 655 783`", "delete it"),
        (NOTE, "puh. 040 123 4567", "`note` contains a telephone number: `040 123 4567`", "delete it"),
        (NOTE, "(09) 8392 2148", "`note` contains a telephone number: `(09) 8392 2148`", "delete it"),
        (NOTE, "bell\a", "`note` contains an invisible control character", "delete it"),
        (NOTE, " ", "`note` is empty", "leave the property out"),
        (NOTE, "x" * 20_001, "`note` has 20001 characters", "quote the decisive sentence"),
    ],
)
def test_invalid_value(property_: Property, text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidValue) as wrong:
        parse_value(property_, text)
    assert wrong.value.message.startswith(message)
    assert hint in wrong.value.hint


@given(st.integers(0, 10**15), st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]))
def test_money_is_exact(minor: int, currency: tuple[str, int]) -> None:
    code, precision = currency
    digits = str(minor).rjust(precision + 1, "0")
    text = f"{digits[:-precision]}.{digits[-precision:]}" if precision else digits
    assert parse_value(FEE, f"{text} {code}") == {"annualFee": minor, "annualFeeCurrency": code}
