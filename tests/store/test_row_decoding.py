from datetime import date
from typing import Literal, NewType

import pytest
from neo4j.time import Date

from graph.errors import StoreError
from graph.store.statement import TypedRow, dict_decoder, row_decoder

CityId = NewType("CityId", str)


class Peer(TypedRow, frozen=True):
    id: CityId
    since: date | None


class Row(TypedRow, frozen=True):
    id: CityId
    count: int
    share: float
    complete: bool | None
    on: date
    status: Literal["MEMBER", "APPLIED"]
    names: list[str]
    years: tuple[int, ...]
    peers: list[Peer]
    totals: dict[str, int]
    anything: object


def values(**others: object) -> dict[str, object]:
    """Columns as the driver returns them."""
    columns: dict[str, object] = {
        "id": "City:a",
        "count": 2,
        "share": 0.5,
        "complete": None,
        "on": "2024-02-29",
        "status": "MEMBER",
        "names": ["a", "b"],
        "years": [2022, 2023],
        "peers": [{"id": "City:b", "since": "2020-01-01"}, {"id": "City:c", "since": None}],
        "totals": {"EUR": 1000},
        "anything": {"x": [1, None]},
    }
    return columns | others


ROW = Row(
    id=CityId("City:a"),
    count=2,
    share=0.5,
    complete=None,
    on=date(2024, 2, 29),
    status="MEMBER",
    names=["a", "b"],
    years=(2022, 2023),
    peers=[Peer(CityId("City:b"), date(2020, 1, 1)), Peer(CityId("City:c"), None)],
    totals={"EUR": 1000},
    anything={"x": [1, None]},
)
decode = row_decoder("peers/all", Row)


def test_a_row_becomes_an_instance_of_its_class() -> None:
    made = decode(values())
    assert made == ROW
    assert type(made.on) is date


def test_a_whole_number_may_stand_where_a_float_is_meant() -> None:
    share = decode(values(share=1)).share
    assert share == 1.0
    assert type(share) is float


@pytest.mark.parametrize(
    ("column", "value", "mismatch"),
    [
        ("id", None, "Expected `str`, got `null` - at `$.id`"),
        ("count", 2.0, "Expected `int`, got `float` - at `$.count`"),
        ("count", True, "Expected `int`, got `bool` - at `$.count`"),
        ("complete", 1, "Expected `bool | null`, got `int` - at `$.complete`"),
        ("on", "2024-02-30", "Invalid RFC3339 encoded date - at `$.on`"),
        ("on", 20240229, "Expected `date`, got `int` - at `$.on`"),
        ("on", Date(2024, 2, 29), "Expected `date`, got `Date` - at `$.on`"),
        ("status", "LEFT", "Invalid enum value 'LEFT' - at `$.status`"),
        ("names", ["a", 1], "Expected `str`, got `int` - at `$.names[1]`"),
        ("names", "ab", "Expected `array`, got `str` - at `$.names`"),
        ("totals", {"EUR": None}, "Expected `int`, got `null` - at `$.totals[...]`"),
        ("peers", [{"id": 3, "since": None}], "Expected `str`, got `int` - at `$.peers[0].id`"),
        ("peers", [{"id": "City:b"}], "Object missing required field `since` - at `$.peers[0]`"),
        (
            "peers",
            [{"id": "City:b", "since": None, "until": None}],
            "Object contains unknown field `until` - at `$.peers[0]`",
        ),
        ("other", 1, "Object contains unknown field `other`"),
    ],
)
def test_a_mismatch_is_an_error_that_names_statement_and_path(column: str, value: object, mismatch: str) -> None:
    with pytest.raises(StoreError) as raised:
        decode(values(**{column: value}))
    assert raised.value.message == f"a row of 'peers/all' does not fit: {mismatch}"
    assert raised.value.statement == "peers/all"


def test_a_missing_column_is_an_error() -> None:
    columns = values()
    del columns["count"]
    with pytest.raises(StoreError, match="Object missing required field `count`"):
        decode(columns)


def test_plain_rows_hold_dates_of_python() -> None:
    rows = dict_decoder("t")({"a": {"b": [Date(2024, 2, 29), {"c": None}]}, "d": 1.5})
    assert rows == {"a": {"b": [date(2024, 2, 29), {"c": None}]}, "d": 1.5}
    with pytest.raises(StoreError, match=r"'t' does not fit: Expected JSON-like values and dates, got `object`"):
        dict_decoder("t")({"a": {"b": [object()]}})
