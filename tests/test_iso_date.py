"""A date is written as year, month and day, wherever it is read."""

from datetime import date

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from api.cli.report_options import parse_bound, parse_date
from api.graphql.scalars import DATE
from graph.errors import BadArgument
from graph.iso_date import parse_iso_date

OTHER_FORMS = [
    "2026-W01-1",
    "2026-W01",
    "2026W011",
    "20260101",
    "2026-001",
    "2026-1-1",
    "2026-01-01T00:00",
    "٢٠٢٦-٠١-٠١",
]


@given(st.dates())
def test_iso_date(day: date) -> None:
    assert parse_iso_date(day.isoformat()) == day


@pytest.mark.parametrize("text", [*OTHER_FORMS, "2026-02-30", " 2026-01-01", ""])
def test_other_forms_are_invalid(text: str) -> None:
    with pytest.raises(ValueError):
        parse_iso_date(text)
    assert DATE.parse_value is not None
    with pytest.raises(BadArgument, match="is not a date"):
        DATE.parse_value(text)
    for parse in (parse_date, parse_bound):
        with pytest.raises(typer.BadParameter):
            parse(text)
