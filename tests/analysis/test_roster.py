"""Tables of memberships: cells, identities of cities, dates, and the place of each error."""

from datetime import date
from pathlib import Path

import pytest

from graph.analysis import Snapshot, Subset
from graph.analysis.roster import read_roster
from graph.errors import SeedError

ON = date(2024, 6, 1)


def read(folder: Path, text: str | bytes) -> Snapshot:
    file = folder / "roster.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_roster(file)


def test_a_table_with_all_columns(tmp_path: Path) -> None:
    snapshot = read(
        tmp_path,
        "\ufeffCity;Network;Country;From;Until;Status;Grade;Latitude;Longitude;Population;Source;\r\n"
        "Vantaa;Eurocities;fi;2015;;member;full;60,29;25.04;240000;https://example.org/a;\r\n"
        "Vantaa;Nordic Net;;2015-06;2019;left;;;;;;\r\n"
        "\r\n"
        "Malmö;Eurocities;SE;;;;;;;;;\r\n",
    )
    two_mode = snapshot.two_mode(ON)
    assert [node.id for node in two_mode.nodes] == ["City:Malmö", "City:Vantaa", "Network:Eurocities"]
    vantaa = two_mode.cities[1]
    assert (vantaa.name, vantaa.country, vantaa.latitude, vantaa.longitude) == ("Vantaa", "FI", 60.29, 25.04)
    assert vantaa.population == 240_000
    graph = two_mode.to_networkx()
    assert graph.edges["City:Vantaa", "Network:Eurocities"] == {
        "standing": "IN_FORCE",
        "layer": "Network",
        "status": "MEMBER",
        "grade": "FULL",
        "from": "2015-01-01",
        "sources": "https://example.org/a",
    }
    assert graph.edges["City:Malmö", "Network:Eurocities"] == {"standing": "IN_FORCE", "layer": "Network"}
    assert not two_mode.lower_bound
    (left,) = (
        data
        for _, _, data in snapshot.two_mode(date(2019, 12, 31)).to_networkx().edges("Network:Nordic Net", data=True)
    )
    assert (left["from"], left["until"]) == ("2015-06-01", "2020-01-01")
    assert snapshot.origin == "the table roster.csv"


def test_cities_of_the_same_name(tmp_path: Path) -> None:
    snapshot = read(
        tmp_path, "city,network,country\nValencia,A,ES\nValencia,A,VE\nValencia,B,ES\nTurku,A,\nTurku,B,FI\n"
    )
    assert [(city.id, city.country) for city in snapshot.cities] == [
        ("City:Turku", "FI"),
        ("City:Valencia (ES)", "ES"),
        ("City:Valencia (VE)", "VE"),
    ]
    assert snapshot.two_mode(ON, Subset(min_degree=2)).tie_count == 4


def test_ids_are_taken_as_they_are(tmp_path: Path) -> None:
    snapshot = read(tmp_path, "city\tnetwork\nCity:vantaa\tNetwork:eurocities\n")
    assert [node.id for node in snapshot.two_mode(ON).nodes] == ["City:vantaa", "Network:eurocities"]


def test_a_network_by_its_name_and_by_its_id(tmp_path: Path) -> None:
    for name in ("A", "URBACT"):
        snapshot = read(tmp_path, f"city,network\nOulu,Network:{name}\nEspoo,{name}\n")
        assert [(node.id, node.name) for node in snapshot.collaborations] == [(f"Network:{name}", name)]


def test_the_order_of_rows_has_no_influence(tmp_path: Path) -> None:
    one = read(tmp_path, "city,network\na,x\nb,x\na,y\n")
    other = read(tmp_path, "network,city\ny,a\nx,b\nx,a\n")
    assert one.digest == other.digest


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1: there is no column `city`, only an empty line"]),
        (
            "town,network\nVantaa,A\n",
            ["1: column 1: `town` is not a known column (delete it, or", "1: there is no column `city`, only town, n"],
        ),
        ("city,network,frm\n", ["1: column 3: `frm` is not a known column (did you mean `from`?)"]),
        (
            "city,network,joined,from,until,source,status,grade,founder,host,country\n",
            [
                "1: column 3: `joined` is not a known column "
                "(delete it, or name it one of latitude, longitude, population)"
            ],
        ),
        ("city,network\nOulu,A\nPorvoo,Borgå,B,C\n", ["3: column 3: 'B' is in no column (name the column"]),
        ("city,network,\nOulu,A,\nOulu,A,x\n", ["3: column 3: 'x' is in no column"]),
        ("city,network,untill\n", ["1: column 3: `untill` is not a known column (did you mean `until`?)"]),
        ("city,network,city\n", ["1: column 1: there are two columns `city`", "1: column 3: there are two columns"]),
        ("city,network\n", ["2: the table has no rows"]),
        ("city,network\nVantaa\n", ["2: column 2: `network` is empty"]),
        (
            "network,city,from,until\nA,Vantaa,2019-13,soon\nB,,2020,2019\n",
            [
                "2: column 3: `from` is not a date: '2019-13' (write 2024, 2024-06 or 2024-06-01)",
                "2: column 4: `until` is not a date: 'soon'",
                "3: column 2: `city` is empty",
                "3: column 4: `until` is not later than `from`",
            ],
        ),
        ("city,network,country\nOulu,A,Finland\n", ["2: column 3: `country` `FINLAND` is not an ISO 3166-1"]),
        ("city,network,grade\nOulu,A,gold\n", ["2: column 3: `grade` is not known: GOLD (write one of OBSERVER"]),
        ("city,network,founder\nOulu,A,perhaps\n", ["2: column 3: `founder` is neither yes nor no: 'perhaps' (write"]),
        ("city,network,latitude\nOulu,A,91\n", ["2: column 3: `latitude` is not a number of degrees: '91'"]),
        ("city,network,population\nOulu,A,many\n", ["2: column 3: `population` is not a whole number: 'many'"]),
        ("city,network,population\nOulu,A," + 5_000 * "9", ["2: column 3: `population` is not a whole number: '999"]),
        ('city,network\n"Oulu,A\n', ["2: not CSV: unexpected end of data"]),
        ("city,network\nMalm\xf6,A\n".encode("latin-1"), ["2: byte 5 is not UTF-8"]),
    ],
)
def test_errors_name_the_line_and_the_column(tmp_path: Path, text: str | bytes, problems: list[str]) -> None:
    with pytest.raises(SeedError) as raised:
        read(tmp_path, text)
    found = [str(problem).removeprefix(f"{tmp_path / 'roster.csv'}:") for problem in raised.value.problems]
    assert len(found) == len(problems)
    for message, expected in zip(found, problems, strict=True):
        assert message.startswith(expected)
