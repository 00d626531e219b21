"""Tables of memberships: cells, identities of cities, dates, and the place of each error."""

from datetime import date
from pathlib import Path

import pytest

from graph.analysis import Snapshot, Subset
from graph.analysis.roster import read_roster
from graph.errors import SeedError

ON = date(2024, 6, 1)
EARLIER = date(2012, 6, 1)


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
                "(delete it, or name it one of latitude, longitude, population, population_year)"
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
        (
            "city,network,country\nOulu,A,Finland\n",
            ["2: column 3: `country` is not an ISO 3166-1 country code: 'Finland'"],
        ),
        ("city,network,grade\nOulu,A,gold\n", ["2: column 3: `grade` is not known: 'gold' (write one of observer"]),
        ("city,network,founder\nOulu,A,perhaps\n", ["2: column 3: `founder` is neither yes nor no: 'perhaps' (write"]),
        (
            "city,network,latitude,longitude\nOulu,A,91,25\nEspoo,A,60,\nTurku,A,,22\n",
            [
                "2: column 3: `latitude` is not a number of degrees: '91'",
                "3: column 4: `longitude` is empty, and `latitude` is not (write both, or neither)",
                "4: column 3: `latitude` is empty, and `longitude` is not",
            ],
        ),
        ("city,network,latitude\nOulu,A,65\n", ["1: there is a column `latitude`, but no column `longitude` (add it"]),
        (
            "city,network,population,population_year\nOulu,A,,2024\nEspoo,A,3,20244\n",
            [
                "2: column 3: `population` is empty, and `population_year` is not",
                "3: column 4: `population_year` is not a whole number: '20244'",
            ],
        ),
        ("city,network,population\nOulu,A,many\n", ["2: column 3: `population` is not a whole number: 'many'"]),
        ("city,network,population\nOulu,A," + 5_000 * "9", ["2: column 3: `population` is not a whole number: '999"]),
        (
            "city,network,population,population_year\nOulu,A,0,2020\nEspoo,A,3,0000\n",
            [
                "2: column 3: `population` is 0 (leave the cell empty if the number is unknown)",
                "3: column 4: `population_year` is 0",
            ],
        ),
        (
            "city,network,from,until,status\nOulu,A,2010,,Left\nEspoo,A,,2020,left\nTurku,A,,,leaving_decided\n",
            ["2: column 5: `status` is left, but the row has no `until` (give `until`, or delete the row)"],
        ),
        ("city,network,status\nOulu,A,left\n", ["2: column 3: `status` is left, but the row has no `until`"]),
        (
            "Unnamed: 0,city,network\n0,Oulu,A\n",
            ["1: column 1: `unnamed: 0` is not a known column (delete it; it is the index of a DataFrame"],
        ),
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


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "city,network\nVantaa,Eurocities\nVANTAA,Nordic\nvan taa,EURO CITIES\nVantaa,Nordic\n",
            [
                "3: column 1: `city` differs only by case or spaces from 'Vantaa' on line 2: 'VANTAA' (write the",
                "4: column 1: `city` differs only by case or spaces from 'Vantaa' on line 2: 'van taa'",
                "4: column 2: `network` differs only by case or spaces from 'Eurocities' on line 2: 'EURO CITIES'",
            ],
        ),
        (
            "city,network,country\nCity:vantaa,A,FI\nCity:vantaa,B,SE\n",
            ["3: column 3: `country` differs: City:vantaa is in FI (line 2) and SE (line 3) (write one country"],
        ),
        (
            "city,network,country\nValencia,A,ES\nValencia,B,\nValencia,A,VE\n",
            ["3: column 3: `country` is empty, and Valencia is in ES (line 2) and VE (line 4) (give the country)"],
        ),
        (
            "city,network,latitude,longitude,population,population_year\n"
            "Oulu,A,65,25,200000,2020\nOulu,B,65,25.0,,\nOulu,C,65,26,200001,2021\nOulu,D,1,1,1,1\n",
            [
                "4: column 3: `latitude` differs: coordinates of Oulu 65.0, 26.0 here, 65.0, 25.0 on line 2 (write one",
                "4: column 5: `population` differs: population of Oulu 200001 here, 200000 on line 2",
                "4: column 6: `population_year` differs: year of the population of Oulu 2021 here, 2020 on line 2",
            ],
        ),
        (
            "city,network,from,until,grade\nOulu,A,2010,2019,full\nOulu,A,2015,,observer\n"
            "Espoo,A,2015,,full\nEspoo,A,2010,2019,\n",
            [
                "3: column 5: `grade` differs from that of line 2, a row of the same membership that overlaps this one "
                "(let one row end where the other begins",
                "5: column 5: `grade` differs from that of line 4",
            ],
        ),
    ],
)
def test_rows_that_contradict_each_other(tmp_path: Path, text: str, problems: list[str]) -> None:
    test_errors_name_the_line_and_the_column(tmp_path, text, problems)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (  # invalid cells, and contradictions between valid rows and with rows that have other invalid cells
            "city,network,country,from,population,grade\n"
            "Oulu,A,FI,2010,200000,full\nOulu,A,FI,2015,,observer\nOULU,B,FI,soon,,\nOulu,C,FI,2010,200001,gold\n"
            "oulu,A,Finland,2010,,\n,A,SE,2010,,\n",
            [
                "3: column 6: `grade` differs from that of line 2",
                "4: column 1: `city` differs only by case or spaces from 'Oulu' on line 2: 'OULU'",
                "4: column 4: `from` is not a date: 'soon'",
                "5: column 5: `population` differs: population of Oulu 200001 here, 200000 on line 2",
                "5: column 6: `grade` is not known: 'gold'",
                "6: column 3: `country` is not an ISO 3166-1 country code: 'Finland'",
                "7: column 1: `city` is empty",
            ],
        ),
        (  # the header, and cells; no contradictions, because `contry` and `frm` would tell the rows apart
            "city,network,contry,frm,until,latitude\nOulu,A,FI,2010,soon,91\nOULU,A,SE,2010,,\nOulu,A,FI,2012,,\n",
            [
                "1: column 3: `contry` is not a known column (did you mean `country`?)",
                "1: column 4: `frm` is not a known column",
                "1: there is a column `latitude`, but no column `longitude`",
                "2: column 5: `until` is not a date: 'soon'",
                "2: column 6: `latitude` is not a number of degrees: '91'",
            ],
        ),
        (
            "city,network,grade,grade\nOulu,A,full,full\n,A,full,x\n",
            [
                "1: column 3: there are two columns `grade`",
                "1: column 4: there are two columns `grade`",
                "3: column 1: `city` is empty",
            ],
        ),
        (  # a wrong place contradicts nothing
            "city,network,latitude,longitude\nOulu,A,65,25\nOulu,B,65,250\n",
            ["3: column 4: `longitude` is not a number of degrees: '250'"],
        ),
        (
            'city,network,from\nOulu,A,soon\nOULU,B,\n"Espoo,A,\n',
            [
                "2: column 3: `from` is not a date: 'soon'",
                "3: column 1: `city` differs only by case or spaces",
                "4: not CSV: unexpected end of data",
            ],
        ),
    ],
)
def test_all_problems_are_reported_at_once(tmp_path: Path, text: str, problems: list[str]) -> None:
    test_errors_name_the_line_and_the_column(tmp_path, text, problems)


def test_rows_that_may_be_mistakes(tmp_path: Path) -> None:
    snapshot = read(
        tmp_path,
        "city,network,country,from,until,source\n"
        "Oulu,A,FI,2010,2019,a\nOulu,A,FI,2010,2019,b\nOulu,A,FI,2015,,\nValencia,A,ES,,,\nValencia,A,VE,,,\n",
    )
    assert [str(warning).removeprefix(f"{tmp_path / 'roster.csv'}:") for warning in snapshot.warnings] == [
        "3: column 1: `city` repeats the membership of line 2; the two rows count as one (delete one of the rows)",
        "4: column 1: `city` overlaps the membership of line 2; the two rows count as one "
        "(write one row with the whole period, if it is one membership)",
        "6: column 3: `country` Valencia is in ES (line 5) and VE (line 6), which count as 2 cities "
        "(correct the country if they are one city)",
    ]
    assert snapshot.two_mode(ON).tie_count == 3


def warnings_of(folder: Path, text: str) -> list[str]:
    warnings = read(folder, text).warnings
    return [str(warning).removeprefix(f"{folder / 'roster.csv'}:").partition(" (")[0] for warning in warnings]


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ("Malmö", "Malmo", "only by accents or punctuation"),
        ("Cordoba", "Córdoba", "only by accents or punctuation"),
        ("New York", "New-York", "only by accents or punctuation"),
        ("Neustadt/Hessen", "Neustadt - Hessen", "only by accents or punctuation"),
        ("Helsinki", "Helsinky", "by one letter"),
        ("Eurocities", "Eurocites", "by one letter"),
        ("Eurocities", "Eurocitties", "by one letter"),
        ("Munchen", "München", "only by accents or punctuation"),
        ("München", "Muenchen", "by one letter"),
        ("Göteborg", "Götebrog", "by one letter"),
        ("City:helsinki", "Helsínki", "only by accents or punctuation"),
    ],
)
def test_names_that_may_be_spelled_differently(tmp_path: Path, first: str, second: str, difference: str) -> None:
    text = f"differs {difference} from {first.removeprefix('City:')!r} on line 2: {second!r}"
    for country, other in (("FI", "FI"), ("FI", ""), ("", "")):
        rows = f"city,network,country\n{first},A,{country}\n{second},A,{other}\n{second},B,{other}\n"
        assert warnings_of(tmp_path, rows) == [f"3: column 1: `city` {text}"]
    assert warnings_of(tmp_path, f"city,network,country\n{first},A,FI\n{second},A,SE\n") == []
    if not first.startswith("City:"):
        rows = f"city,network,country\nA,{first},FI\nB,{second},SE\n"
        assert warnings_of(tmp_path, rows) == [f"3: column 2: `network` {text}"]


def test_each_name_is_compared_with_earlier_names(tmp_path: Path) -> None:
    rows = "city,network\nHelsinki,Eurocities\nHelsinky,Euro-cities\nHelsink,Eurocites\nHelsínki,Eurocities\n"
    assert warnings_of(tmp_path, rows) == [
        "3: column 1: `city` differs by one letter from 'Helsinki' on line 2: 'Helsinky'",
        "3: column 2: `network` differs only by accents or punctuation from 'Eurocities' on line 2: 'Euro-cities'",
        "4: column 1: `city` differs by one letter from 'Helsinki' on line 2: 'Helsink'",
        "4: column 2: `network` differs by one letter from 'Eurocities' on line 2: 'Eurocites'",
        "5: column 1: `city` differs by one letter from 'Helsinky' on line 3: 'Helsínki'",
        "5: column 1: `city` differs only by accents or punctuation from 'Helsinki' on line 2: 'Helsínki'",
    ]


def test_names_with_equal_coordinates(tmp_path: Path) -> None:
    rows = (
        "city,network,country,latitude,longitude\nTurku,A,FI,60.45,22.27\nÅbo,A,FI,60.45,22.27\nÅbo,B,FI,,\n"
        "Malmö,A,SE,55.6,13\nMalmo,A,SE,55.6,13\nOulu,A,FI,65,25\n"
    )
    assert warnings_of(tmp_path, rows) == [
        "3: column 4: `latitude` equals that of 'Turku' on line 2, as does the longitude, but the name is 'Åbo'",
        "6: column 1: `city` differs only by accents or punctuation from 'Malmö' on line 5: 'Malmo'",
    ]


def test_names_that_are_alike_but_different(tmp_path: Path) -> None:
    rows = (
        "city,network\nOslo,URBACT II\nOsla,URBACT III\nTurku,URBACT IV\nTarku,Interreg 2014\nVaasa,Interreg 2015\n"
        "Viipuri,???\nWiipuru,!!!\n"
    )
    assert warnings_of(tmp_path, rows) == []


def test_rows_that_are_different_on_purpose(tmp_path: Path) -> None:
    snapshot = read(
        tmp_path,
        "city,network,country,from,until,status,grade,population,population_year\n"
        "Oulu,A,FI,2010,2014,,observer,200000,2020\nOulu,A,FI,2015,,,full,200000,\n"  # a change of the grade
        "Oulu,B,FI,2010,,applied,,,\nOulu,B,FI,2012,,member,,,\n"  # an application and the membership
        "Castro Verde,A,PT,,,,,,\nCastroverde,A,ES,,,,,,\n"  # two cities
        "Espoo,A,FI,2010,2012,,,,\nEspoo,A,FI,2020,,,,,\n",  # left and joined again
    )
    assert snapshot.warnings == ()
    oulu = next(city for city in snapshot.cities if city.name == "Oulu")
    assert (oulu.population, oulu.population_year) == (200_000, 2020)
    grades = {on: snapshot.two_mode(on).to_networkx().edges["City:Oulu", "Network:A"]["grade"] for on in (ON, EARLIER)}
    assert grades == {ON: "FULL", EARLIER: "OBSERVER"}
