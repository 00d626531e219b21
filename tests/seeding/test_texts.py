"""A text is a text: placeholders, formulas, control characters and wrongly decoded letters are reported."""

import pytest

from graph.iso_codes import InvalidValue
from graph.model import label
from graph.seeding import check, read
from graph.seeding.texts import normalise_text
from tests.seeding.conftest import Write

NO_VALUE = "leave it out if it is not known"


@pytest.mark.parametrize(
    "text",
    (
        *("NULL", "null", "#N/A", "N/A", "n/a", "#REF!", "#NAME?", "#DIV/0!", "#######", "NaN", "nan", "undefined"),
        *("-", "–", "—", "?", "???", "...", ".", "_", "TBD", "Unknown", "<NA>"),
    ),
)
def test_placeholder(text: str) -> None:
    with pytest.raises(InvalidValue) as error:
        normalise_text("name", text)
    assert (error.value.message, error.value.hint) == (f"`name` is `{text}`, which stands for no value", NO_VALUE)


@pytest.mark.parametrize("text", ["Y", "Å", "Nan", "None", "Nullarbor", "#MeToo", "C40", "100 %", "A=B", "§ 15"])
def test_short_and_strange_names_are_not_placeholders(text: str) -> None:
    assert normalise_text("name", text) == text


@pytest.mark.parametrize("text", ["–", "?", "*", "+"])
def test_sign_may_be_a_quote(text: str) -> None:
    assert normalise_text("quote", text, multiline=True) == text


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("=VLOOKUP(A1)", "`name` is a formula: `=VLOOKUP(A1)`", "write the value that it gives"),
        ("=A1", "`name` is a formula: `=A1`", "write the value that it gives"),
        (
            "9.2E+01",
            "`name` is `9.2E+01`, a number that a spreadsheet has shortened",
            "format the column as text in the spreadsheet, and write all digits",
        ),
        (
            "1,0406E+08",
            "`name` is `1,0406E+08`, a number that a spreadsheet has shortened",
            "format the column as text in the spreadsheet, and write all digits",
        ),
        (
            "GÃ¶teborg",
            "`name` has wrong letters: `GÃ¶teborg`",
            "did you mean `Göteborg`? The text was read in another encoding than UTF-8",
        ),
        (
            "JyvÃ¤skylÃ¤ â€“ Tampere",
            "`name` has wrong letters: `JyvÃ¤skylÃ¤ â€“ Tampere`",
            "did you mean `Jyväskylä – Tampere`? The text was read in another encoding than UTF-8",
        ),
        (
            "Hel\ufffdsinki",
            "`name` contains U+FFFD, which stands for a character that was lost",
            "write the character that the source has",
        ),
        (
            "A\uffff",
            "`name` contains U+FFFF, which is not a character",
            "replace it; symbols of a document's own font have no meaning elsewhere",
        ),
        (
            "\uf0b7 A",
            "`name` contains U+F0B7, which is not a character",
            "replace it; symbols of a document's own font have no meaning elsewhere",
        ),
        (
            "A\x1bB",
            "`name` contains an invisible control character",
            "delete it; text copied from a document often contains one",
        ),
        ("City of\nExample", "`name` has a line break", "write it on one line"),
        ("City of\u2028Example", "`name` has a line break", "write it on one line"),
        ("City\tExample", "`name` has a tab", "write it on one line"),
        ("\u200b\ufeff", "`name` is empty", "write the text, or leave the property out"),
    ],
)
def test_invalid_texts(text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidValue) as error:
        normalise_text("name", text)
    assert (error.value.message, error.value.hint) == (message, hint)


def test_texts_of_several_lines() -> None:
    city, citation = label("City"), label("Citation")
    multiline = {of.name for of in (*city.properties, *citation.properties) if of.multiline}
    assert multiline == {"note", "quote"}
    assert normalise_text("quote", "a\r\n\tb", multiline=True) == "a\n\tb"


def test_every_format_is_checked(write: Write) -> None:
    header = '{"format":"citygraph","version":1,"schema":1,"revision":3}\n'
    export = header + '{"label":"City","id":"City:c","properties":{"nameEn":"A\\nB","otherNames":["-"],"note":"=A1"}}\n'
    files = {
        "cities.csv": "id,name,otherNames\nCity:a,NULL,b;#N/A\n",
        "b.yaml": 'cities:\n- {id: City:b, name: {en: "A\\nB", fi: "-"}, lau: 9.2E+01}\n',
        "c.jsonl": export + '{"end":{"nodes":1,"relationships":0}}\n',
    }
    assert [
        str(problem).partition(" (")[0] for problem in check(read(write(files))) if " has no " not in str(problem)
    ] == [
        "b.yaml:2: `lau` is `9.2E+01`, a number that a spreadsheet has shortened",
        "b.yaml:2: `name` has a line break",
        "b.yaml:2: `name` is `-`, which stands for no value",
        "c.jsonl:2: `nameEn` has a line break",
        "c.jsonl:2: `note` is a formula: `=A1`",
        "c.jsonl:2: `otherNames` is `-`, which stands for no value",
        "cities.csv:2: `name` is `NULL`, which stands for no value",
        "cities.csv:2: `otherNames` is `#N/A`, which stands for no value",
    ]
