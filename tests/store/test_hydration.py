from dataclasses import dataclass
from datetime import date
from typing import Literal, NewType

import pytest
from neo4j.time import Date

from graph.errors import StoreError
from graph.store.hydration import dict_decoder, row_decoder

CityId = NewType("CityId", str)


@dataclass(frozen=True)
class Peer:
    id: CityId
    since: date | None


@dataclass(frozen=True)
class Row:
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
    """Columns as the driver gives them; made anew, since the hydrator may take them apart."""
    columns: dict[str, object] = {
        "id": "City:a",
        "count": 2,
        "share": 0.5,
        "complete": None,
        "on": Date(2024, 2, 29),
        "status": "MEMBER",
        "names": ["a", "b"],
        "years": [2022, 2023],
        "peers": [{"id": "City:b", "since": Date(2020, 1, 1)}, {"id": "City:c", "since": None}],
        "totals": {"EUR": 1000},
        "anything": {"x": [Date(2021, 1, 1), None]},
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
    anything={"x": [date(2021, 1, 1), None]},
)
hydrate = row_decoder("peers/all", Row)


def test_a_row_becomes_an_instance_of_its_dataclass() -> None:
    made = hydrate(values())
    assert made == ROW
    assert type(made.on) is date


def test_a_date_may_come_as_its_text() -> None:
    made = hydrate(values(on="2024-02-29"))
    assert made == ROW
    assert type(made.on) is date


def test_a_whole_number_may_stand_where_a_float_is_meant() -> None:
    share = hydrate(values(share=1)).share
    assert share == 1.0
    assert type(share) is float


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("id", None, "column 'id' of 'peers/all' should be str, but is NoneType"),
        ("count", 2.0, "column 'count' of 'peers/all' should be int, but is float"),
        ("count", True, "column 'count' of 'peers/all' should be int, but is bool"),
        ("complete", 1, "column 'complete' of 'peers/all' should be bool or null, but is int"),
        ("on", "2024-02-30", "column 'on' of 'peers/all' should be date, but is str"),
        ("on", 20240229, "column 'on' of 'peers/all' should be date, but is int"),
        ("status", "LEFT", "column 'status' of 'peers/all' should be one of 'MEMBER', 'APPLIED', but is str"),
        ("names", ["a", 1], "column 'names[1]' of 'peers/all' should be str, but is int"),
        ("names", "ab", "column 'names' of 'peers/all' should be list, but is str"),
        ("totals", {"EUR": None}, "column 'totals.EUR' of 'peers/all' should be int, but is NoneType"),
        ("peers", [{"id": 3, "since": None}], "column 'peers[0].id' of 'peers/all' should be str, but is int"),
        ("peers", [{"id": "City:b"}], "column 'peers[0]' of 'peers/all' should be a map of id, since, but is dict"),
        (
            "anything",
            [object()],
            "column 'anything[0]' of 'peers/all' should be a JSON-like value or a date, but is obj",
        ),
    ],
)
def test_a_wrong_type_is_an_error_that_names_statement_and_column(column: str, value: object, said: str) -> None:
    with pytest.raises(StoreError) as raised:
        hydrate(values(**{column: value}))
    assert raised.value.message.startswith(said)
    assert raised.value.statement == "peers/all"


def test_missing_and_unknown_columns_are_errors() -> None:
    columns = values(extra=1)
    del columns["count"]
    with pytest.raises(StoreError, match=r"missing: count; unknown: extra"):
        hydrate(columns)


def test_an_annotation_that_rows_cannot_have_fails_at_once() -> None:
    @dataclass
    class Odd:
        when: complex

    with pytest.raises(TypeError, match="complex"):
        row_decoder("odd", Odd)


def test_plain_rows_hold_dates_of_python() -> None:
    rows = dict_decoder("t")({"a": {"b": [Date(2024, 2, 29), {"c": None}]}, "d": 1.5})
    assert rows == {"a": {"b": [date(2024, 2, 29), {"c": None}]}, "d": 1.5}
    with pytest.raises(StoreError, match=r"column 'a.b\[0\]' of 't'"):
        dict_decoder("t")({"a": {"b": [object()]}})
