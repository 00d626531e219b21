"""Reading YAML, CSV and JSONL: the records they give, and the problems of invalid files."""

from datetime import date
from pathlib import Path

import pytest

from graph.seeding import check, read
from graph.seeding.citations import citation_id
from graph.seeding.yaml_format import MAX_DEPTH, MAX_VALUES
from tests.seeding.conftest import Write

MINUTES = "Citation:minutes-" + citation_id("Document:minutes", "3", None, "kaupunki on verkoston jäsen")[-8:]


def test_base_data_is_valid(write: Write, base: str) -> None:
    dataset = read(write({"base.yaml": base}))
    assert check(dataset) == []
    assert sorted(dataset.nodes) == [
        MINUTES,
        "City:tromso",
        "City:vantaa",
        "Document:minutes",
        "Membership:vantaa-safe-cities",
        "Network:safe-cities",
        "Unit:office",
    ]


def test_yaml_item(write: Write, base: str) -> None:
    dataset = read(write({"base.yaml": base}))
    membership = dataset.nodes["Membership:vantaa-safe-cities"]
    assert membership.columns == {
        "status": "MEMBER",
        "basis": "STATED",
        "validFrom": date(2020, 1, 1),
        "validFromPrecision": "YEAR",
        "validFromBound": "DATE",
        "validUntilBound": "OPEN",
    }
    assert str(membership.location) == "base.yaml:28"
    assert str(membership.location_of("validFrom")) == "base.yaml:32"


def test_relationship_inherits_sources_and_basis(write: Write, base: str) -> None:
    extra = """
memberships:
  - id: Membership:tromso-safe-cities
    basis: IMPLIED
    status: MEMBER
    validUntil: OPEN
    attestedFrom: 2021-01-01
    city: City:tromso
    network: {to: Network:safe-cities, basis: STATED, note: As the list says., sources: [Citation:list]}
    sources:
      - {document: Document:minutes, quote: "in force since", supports: [attestedFrom]}
      - {document: Document:minutes, quote: "Tromsø", basis: STATED}
citations:
  - {id: Citation:list, document: Document:minutes, quote: "Tromsø, Vantaa"}
"""
    dataset = read(write({"base.yaml": base, "more.yaml": extra}))
    assert check(dataset) == []
    dated, whole = (citation_id("Document:minutes", None, None, quote) for quote in ("in force since", "Tromsø"))
    under = "Membership:tromso-safe-cities"
    assert dataset.relationships["HOLDS", "City:tromso", under].columns == {"basis": "IMPLIED", "sources": [whole]}
    assert dataset.relationships["IN", under, "Network:safe-cities"].columns == {
        "basis": "STATED",
        "note": "As the list says.",
        "sources": ["Citation:list"],
    }
    assert dataset.relationships["CITES", under, dated].columns == {"supports": ["attestedFrom"], "basis": "IMPLIED"}
    assert dataset.relationships["CITES", under, whole].columns == {"supports": [], "basis": "STATED"}


def test_yaml_merge_keys_and_scalars(write: Write) -> None:
    text = """
x-defaults: &defaults {kind: LOCAL, nonProfit: true}
networks:
  - <<: *defaults
    id: Network:one
    nonProfit: false
    name: {en: "no", sv: null, fi: 0100}
    statedMemberCount: 1e3
    memberCount: null
"""
    dataset = read(write({"a.yaml": text}))
    assert dataset.problems == []
    assert dataset.nodes["Network:one"].columns == {
        "basis": "STATED",
        "kind": "LOCAL",
        "nameEn": "no",
        "nameFi": "0100",
        "nonProfit": False,
        "otherNames": [],
        "statedMemberCount": "1e3",
    }


def test_csv_rows(write: Write, base: str) -> None:
    table = (
        "\ufeffid,name.en,name.fi,country,latitude,twinnings,sources,note\r\n"
        f'City:oslo,Oslo,,NO,59.91,,{MINUTES},"A note,\r\nof two lines"\r\n'
        "\r\n"
        f"City:bodo,Bodø,Bodø,NO,,,{MINUTES} ; {MINUTES},\r\n"
    )
    dataset = read(write({"base.yaml": base, "cities.nordic.csv": table}))
    assert check(dataset) == []
    assert dataset.nodes["City:oslo"].columns == {
        "basis": "STATED",
        "country": "NO",
        "latitude": 59.91,
        "nameEn": "Oslo",
        "otherNames": [],
        "note": "A note,\nof two lines",
    }
    assert dataset.nodes["City:bodo"].columns["nameFi"] == "Bodø"
    assert str(dataset.nodes["City:bodo"].location) == "cities.nordic.csv:5"


def test_csv_sources_of_single_properties(write: Write, base: str) -> None:
    table = (
        "id,name.en,country,population,populationYear,sources.country,sources.population,sources.populationYear\n"
        f"City:oslo,Oslo,NO,700000,2023,{MINUTES},Citation:other,{MINUTES};Citation:other\n"
    )
    other = "citations:\n  - {id: Citation:other, document: Document:minutes, quote: Oslossa on 700 000 asukasta}\n"
    dataset = read(write({"base.yaml": base, "other.yaml": other, "cities.csv": table}))
    assert check(dataset) == []
    assert {
        cites.target: cites.columns["supports"]
        for cites in dataset.relationships.values()
        if cites.source == "City:oslo"
    } == {
        MINUTES: ["country", "populationYear"],
        "Citation:other": ["population", "populationYear"],
    }


def test_csv_sources_of_an_unknown_property(write: Write) -> None:
    (problem, *_) = read(write({"cities.csv": "id,sources.populatoin\nCity:turku,Citation:a\n"})).problems
    message = "`supports` names `populatoin`, which is not a property or role of City"
    assert str(problem) == f"cities.csv:2: {message} (did you mean `population`?)"


INVISIBLE_YAML = """\
cities:
- id: "City:co\\u00adburg"
  na\u200bme: "Co\\xADburg"
  country: "\\uFEFFDE"
  otherNames: ["Kaupungin\u00adhallitus"]
  note: "Me\u0301thode,\\Ltwo\u00a0lines"
feeRules:
- {id: FeeRule:a, annualFee: "2500\u00a0EUR", validFrom: "2024\u201101-01", attestedOn: "\u00a02024-01-01\u200b"}
"""
INVISIBLE_CSV = """\
id,name\u200b,country,otherNames,note
\u200bCity:co\u00adburg,Co\u00adburg,\u00a0DE,Kaupungin\u00adhallitus;\u200b,"Me\u0301thode,\u2028two\u00a0lines"
"""


def test_texts_are_cleaned(write: Write) -> None:
    city = {
        "basis": "STATED",
        "country": "DE",
        "nameEn": "Coburg",
        "note": "Méthode,\ntwo lines",
        "otherNames": ["Kaupunginhallitus"],
    }
    dataset = read(write({"a.yaml": INVISIBLE_YAML}))
    assert [str(problem) for problem in dataset.problems] == [
        "a.yaml:8: `2024\u201101-01` is not a date (write 2016, 2016-04 or 2016-04-03, OPEN or UNKNOWN)"
    ]
    assert dataset.nodes["City:coburg"].columns == city
    fee = dataset.nodes["FeeRule:a"].columns
    assert {name: fee[name] for name in ("annualFee", "attestedOn")} == {
        "annualFee": 250_000,
        "attestedOn": date(2024, 1, 1),
    }
    dataset = read(write({"cities.csv": INVISIBLE_CSV}))
    assert dataset.problems == []
    assert dataset.nodes["City:coburg"].columns == city


def test_folder_is_read_with_its_subfolders(write: Write, base: str) -> None:
    write({"seeds/a/base.yaml": base, "seeds/README.md": "# read me", "seeds/.hidden.yaml": "x", "seeds/b.yml": ""})
    assert check(read([Path("seeds"), Path("seeds/a/base.yaml")])) == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_separated_as_the_spreadsheet_does(write: Write, base: str, separator: str) -> None:
    row = ["City:bodo", '"Bodø; Budejju, or so"', "NO", f'"{MINUTES};{MINUTES}"', '"Budejju;Bådåddjo"']
    header = ["id", "name.en", "country", "sources", "otherNames"]
    table = "\ufeff" + "".join(separator.join(cells) + "\r\n" for cells in (header, row))
    dataset = read(write({"base.yaml": base, "cities.csv": table}))
    assert check(dataset) == []
    assert dataset.nodes["City:bodo"].columns == {
        "basis": "STATED",
        "country": "NO",
        "nameEn": "Bodø; Budejju, or so",
        "otherNames": ["Budejju", "Bådåddjo"],
    }


STRAY = (
    *(
        "base.yaml~",
        "~$members.xlsx",
        "~WRL0001.tmp",
        ".~lock.a.csv#",
        "#a.yaml#",
        ".a.yaml.swp",
        "a.yaml.bak",
        "a.csv.orig",
    ),
    *("Thumbs.db", "sub/ehthumbs.db", "desktop.ini", "Icon\r", "__MACOSX/._a.yaml", "@eaDir/a.yaml", ".git/config"),
    *("README.md", "notes.TXT", ".DS_Store", "a.yaml.part", "a.csv.crdownload"),
)


def test_stray_files_in_a_folder_are_ignored(write: Write, base: str) -> None:
    write({"seeds/base.yaml": base, **{f"seeds/{name}": "x" for name in STRAY}})
    dataset = read([Path("seeds")])
    assert check(dataset) == []
    assert len(dataset.nodes) == 7


@pytest.mark.parametrize("name", ["cities.xlsx", "b.ods", "scan.pdf", "data.json", "cities"])
def test_file_that_may_be_meant_as_a_seed_file_is_reported(write: Write, base: str, name: str) -> None:
    write({"seeds/base.yaml": base, f"seeds/{name}": "x"})
    assert [str(problem) for problem in read([Path("seeds")]).problems] == [
        f"seeds/{name}:1: the file is not a seed file "
        "(save a spreadsheet as 'CSV UTF-8'; seed files end in .yaml, .yml, .csv, .jsonl)"
    ]


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        (
            {"a.yaml": "cities:\n  - id: City:a\n    country: FI\n    country: NO\n"},
            "a.yaml:4: the key `country` is written twice, first in line 3 (delete one of them)",
        ),
        (
            {"a.yaml": "cities:\n  - id: City:a\n   name: A\n"},
            "a.yaml:3: not YAML: while parsing a block collection (line 2), did not find expected '-' indicator "
            "(look for an indent, a colon or a quote that does not match, here or just above)",
        ),
        (
            {"a.yaml": 'cities:\n  - {id: City:a, name: "A\x00"}\n'},
            "a.yaml:2: a character that YAML does not allow "
            "(delete the invisible character; text copied from a document often contains one)",
        ),
        (
            {"a.yaml": "x-a: &a [*a]\n"},
            "a.yaml:1: the value contains itself through an alias (write the value out)",
        ),
        (
            {"a.yaml": "cities: *none\n"},
            "a.yaml:1: not YAML: found undefined alias (define each anchor once, above its aliases)",
        ),
        (
            {"a.yaml": "x-a: &a 1\nx-b: &a 2\n"},
            "a.yaml:2: not YAML: found duplicate anchor; first occurrence (line 1), second occurrence "
            "(define each anchor once, above its aliases)",
        ),
        (
            {"a.yaml": 'cities:\n  - {id: City:å, name: "A\x01"}\n'},
            "a.yaml:2: a character that YAML does not allow "
            "(delete the invisible character; text copied from a document often contains one)",
        ),
        (
            {"a.yaml": "x-a: " + "[" * 40 + "]" * 40},
            f"a.yaml:1: values are nested more than {MAX_DEPTH} levels deep (no item needs more than five levels)",
        ),
        (
            {"a.yaml": "- " * 100_000},
            "a.yaml:1: not YAML: while increasing block level (line 1), exceeded maximum nesting depth "
            "(look for an indent, a colon or a quote that does not match, here or just above)",
        ),
        (
            {"a.yaml": "cities: !!python/object/apply:os.system [echo]\n"},
            "a.yaml:1: the item of `cities` has no properties (write `- id: City:…`)\n"
            "a.yaml:1: the tag `tag:yaml.org,2002:python/object/apply:os.system` has no meaning here (leave it out)",
        ),
        (
            {"a.yaml": "citys:\n  - id: City:a\n"},
            "a.yaml:1: `citys` is not a collection (did you mean `cities`?)",
        ),
        (
            {"a.yaml": "cities: City:a\n"},
            "a.yaml:1: `cities` is not a list (begin each item with a hyphen: `- id: …`)",
        ),
        (
            {"a.yaml": "- City:a\n"},
            "a.yaml:1: the file does not begin with a collection "
            "(begin with a collection, such as `cities:`, and write its items below)",
        ),
        (
            {"a.yaml": "cities:\n  - name: A\n"},
            "a.yaml:2: the item of `cities` has no id (begin it with `id: City:…`)",
        ),
        (
            {"a.yaml": "cities:\n  - id: [City:a]\n"},
            "a.yaml:2: the id is not a single value (write `City:…`)",
        ),
        (
            {"a.yaml": "cities:\n  - id: City:Åbo\n"},
            "a.yaml:2: `City:Åbo` is not an id of a City "
            "(after the colon: lower-case letters a to z, digits and single hyphens, such as `City:vantaa`)",
        ),
        (
            {"a.yaml": "cities:\n  - id: Network:a\n"},
            "a.yaml:2: `Network:a` is not an id of a City (ids in `cities` begin with `City:`)",
        ),
        (
            # The other problems of the item are reported too.
            {"a.yaml": "cities:\n  - id: Cty:a\n    country: XX\n"},
            "a.yaml:2: `Cty:a` is not an id of a City (did you mean `City`?)\n"
            "a.yaml:3: `XX` is not an ISO 3166-1 country code (write two capitals, such as FI, SE, NO, DK, IS)",
        ),
        (
            {"a.yaml": "x-a: {? [a] : b}\n"},
            "a.yaml:1: the key is not a single value (write the name of a property before the colon)",
        ),
        (
            {"a.yaml": "cities:\n  - <<: word\n    id: Cty\n"},
            "a.yaml:2: the value of `<<` is not a mapping (write an alias of a mapping)\n"
            "a.yaml:3: `Cty` is not an id of a City (write label, colon and name, such as `City:vantaa`)",
        ),
        (
            {"cities.csv": "id,name.en\nCity:turku,Åbo\n".encode("latin-1")},
            "cities.csv:2: the file is not in UTF-8: byte 0xC5 at position 22 "
            "(save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8'))",
        ),
        (
            {"cities.csv": "id,country\nCity:turku,FI,SE\n"},
            "cities.csv:2: the row has 3 cells, but there are 2 columns "
            "(put text that contains a comma, or what separates the columns, in quotation marks)",
        ),
        (
            {"cities.csv": 'id,note\nCity:turku,"open\n'},
            "cities.csv:2: not CSV: unexpected end of data (look for a quotation mark that is not closed)",
        ),
        (
            {"cities.csv": ""},
            "cities.csv:1: the file is empty (the first line must name the columns; one of them is `id`)",
        ),
        ({"cities.csv": "id,\n"}, "cities.csv:1: a column has no name (name it, or delete it)"),
        ({"cities.csv": "id,id\n"}, "cities.csv:1: there are two columns `id` (delete one of them)"),
        (
            {"cities.csv": "id,name,name.fi\n"},
            "cities.csv:1: both `name` and `name.fi` are columns (write `name.en` for English)",
        ),
        (
            {"citiess.nordic.csv": "id\n"},
            "citiess.nordic.csv:1: `citiess` is not a collection (did you mean `cities`?)",
        ),
        (
            {"cities.xlsx": b"PK"},
            "cities.xlsx:1: the file is not a seed file "
            "(save a spreadsheet as 'CSV UTF-8'; seed files end in .yaml, .yml, .csv, .jsonl)",
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value.split(": ", 1)[1].split(" (")[0][:50],
)
def test_problems_of_a_file(write: Write, files: dict[str, str | bytes], problems: str) -> None:
    assert "\n".join(str(problem) for problem in sorted(read(write(files)).problems)) == problems


def test_missing_and_empty_paths(write: Write) -> None:
    Path(write({"empty/README.md": ""})[0])
    assert [str(problem) for problem in read([Path("none.yaml"), Path("empty")]).problems] == [
        "none.yaml:1: there is no such file or folder (check the spelling of the path)"
    ]
    assert [str(problem) for problem in read([Path("empty")]).problems] == [
        "empty:1: the folder contains no seed files (seed files end in .yaml, .yml, .csv, .jsonl)"
    ]


def test_expansion_of_yaml_aliases_is_limited(write: Write) -> None:
    lines = ["x-0: &a0 [" + ", ".join(["x"] * 10) + "]"]
    lines += [f"x-{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 12)]
    assert [str(problem) for problem in read(write({"a.yaml": "\n".join(lines)})).problems] == [
        f"a.yaml:6: its aliases expand to more than {MAX_VALUES} values "
        "(write fewer aliases of aliases, or split the file)"
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["not json"], "a.jsonl:1: not JSON: "),
        (["[]"], "a.jsonl:1: the line is not a JSON object"),
        (['{"id": "City:a"}'], "a.jsonl:1: the file is not an export of a graph"),
        (
            ['{"format":"citygraph","version":9}'],
            "a.jsonl:1: the export has format version 9, but this program reads 1",
        ),
        (
            ['{"format":"citygraph","version":1,"schema":0}'],
            "a.jsonl:1: the export has schema version 0, but this program reads 1",
        ),
        ([..., '{"end":{"nodes":1,"relationships":0}}'], "a.jsonl:2: the file contains 0 nodes and 0 relationships"),
        ([...], "a.jsonl:1: the last line of the export is missing"),
        ([..., '{"end":{"nodes":0,"relationships":0}}', "{}"], "a.jsonl:3: there is text after the last line"),
        ([..., '{"label":"City","id":"Town:a","properties":{}}'], "a.jsonl:2: `Town:a` is not an id of a City"),
        ([..., '{"label":"City","id":"City:a"}'], "a.jsonl:2: the line has no properties"),
        (
            [..., '{"label":"City","id":"City:a","properties":{"population":"many"}}'],
            "a.jsonl:2: `population` has a value of another type: 'many'",
        ),
        (
            [..., '{"label":"City","id":"City:a","properties":{"population":2147483648}}'],
            "a.jsonl:2: `population` has a value of another type: 2147483648",
        ),
        (
            [..., '{"label":"City","id":"City:a","properties":{"population":true}}'],
            "a.jsonl:2: `population` has a value of another type: True",
        ),
        (
            [..., '{"label":"City","id":"City:a","properties":{"nameEs":"A"}}'],
            "a.jsonl:2: `nameEs` is not a column",
        ),
        (
            [..., '{"label":"City","id":"City:a","properties":{"note":"a@b.fi"}}'],
            "a.jsonl:2: `note` contains an e-mail address: `a@b.fi`",
        ),
        ([..., '{"type":"IN"}'], "a.jsonl:2: the line is neither a node nor a relationship"),
        (
            [..., '{"type":"IN","from":"City:a","to":"City:b","under":"City:a","properties":{}}'],
            "a.jsonl:2: `City:a` cannot have a relationship IN to `City:b`",
        ),
    ],
)
def test_problem_of_an_export(write: Write, lines: list[str], problem: str) -> None:
    header = '{"format":"citygraph","version":1,"schema":1,"revision":3}'
    text = "\n".join(header if line is ... else line for line in lines) + "\n"
    assert str(read(write({"a.jsonl": text})).problems[0]).startswith(problem)


def test_incomplete_export_is_one_problem(write: Write) -> None:
    header = '{"format":"citygraph","version":1,"schema":1,"revision":3}'
    node = '{"label":"City","id":"City:a","properties":{"nameEn":"A","country":"FI"}}'
    dataset = read(write({"a.jsonl": f"{header}\n{node}\n"}))
    assert [str(problem) for problem in check(dataset)] == [
        "a.jsonl:2: the last line of the export is missing (export the graph again; the file was changed or cut off)"
    ]
