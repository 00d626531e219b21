"""The name of a network on a day, from its former names."""

from datetime import date

import pytest

from graph.model import NAME
from graph.traversal.selection import NameItem, PropertyItem
from graph.traversal.value_readers import name_reader
from graph.vocabulary import Language

FORMER = [
    "2010-01-01 1994-01-01 EN First",
    "2010-01-01 1994-01-01 FI Eka",
    "2016-01-01 0001-01-01 EN Second",
]


@pytest.mark.parametrize(
    ("day", "language", "name"),
    [
        (date(1993, 12, 31), Language.EN, "Second"),
        (date(1994, 1, 1), Language.EN, "First"),
        (date(2009, 12, 31), Language.FI, "Eka"),
        (date(2009, 12, 31), Language.SV, "First"),
        (date(2010, 1, 1), Language.FI, "Second"),
        (date(2015, 12, 31), None, "Second"),
        (date(2016, 1, 1), Language.EN, "Present"),
    ],
)
def test_name_on_a_day(day: date, language: Language | None, name: str) -> None:
    read = name_reader(NameItem("name", PropertyItem("name", NAME, language), day), 1, lambda row: row[0])
    assert read(["Present", FORMER]) == name


def test_network_without_former_names() -> None:
    read = name_reader(NameItem("name", PropertyItem("name", NAME), date(2020, 1, 1)), 1, lambda row: row[0])
    assert read(["Present", None]) == "Present"
