"""What changes: statuses on a day, former names and ends of networks."""

from datetime import date
from pathlib import Path

import pytest

from graph.seeding.derived_columns import derive_rows
from graph.seeding.read import read

SOURCE = "x-s: &s [{document: Document:d, quote: q}]\ndocuments: [{id: Document:d, name: D}]\n"


def changes(tmp_path: Path, programme: str, *decisions: str) -> object:
    items = "".join(
        f"  - {{id: Decision:d{number}, name: D, {text}, body: Unit:u, about: [Programme:p], sources: *s}}\n"
        for number, text in enumerate(decisions)
    )
    (tmp_path / "a.yaml").write_text(
        f"{SOURCE}units: [{{id: Unit:u, name: U, kind: BOARD, sources: *s}}]\n"
        f"programmes: [{{id: Programme:p, name: P, kind: STRATEGY, sources: *s, {programme}}}]\n"
        + (f"decisions:\n{items}" if items else "")
    )
    nodes, _ = derive_rows(read([tmp_path]))
    return nodes["Programme:p"].get("statusChanges")


YEARS = "validFrom: 2023-01-01, validUntil: 2026-01-01"
UNKNOWN = "validFrom: UNKNOWN, validUntil: UNKNOWN"
TABLED, APPROVED, REJECTED = (f"date: 2022-10-10, outcome: {outcome}" for outcome in ("TABLED", "APPROVED", "REJECTED"))


@pytest.mark.parametrize(
    ("programme", "decisions", "expected"),
    [
        (UNKNOWN, (), None),
        (YEARS, (), ["2023-01-01 IN_FORCE", "2026-01-01 ENDED"]),
        (YEARS, (TABLED,), ["2022-10-10 TABLED", "2037-10-10"]),
        (YEARS, (REJECTED,), ["2022-10-10 ENDED"]),
        (YEARS, (APPROVED,), ["2022-10-10 PROPOSED", "2023-01-01 IN_FORCE", "2026-01-01 ENDED"]),
        (
            YEARS,
            (TABLED, "date: 2022-11-07, outcome: APPROVED"),
            ["2022-10-10 TABLED", "2022-11-07 PROPOSED", "2023-01-01 IN_FORCE", "2026-01-01 ENDED"],
        ),
        (
            f"{YEARS}, attestedOn: 2024-05-01",
            (TABLED,),
            ["2022-10-10 TABLED", "2024-05-01 IN_FORCE", "2026-01-01 ENDED"],
        ),
        (UNKNOWN, (APPROVED,), ["2022-10-10 IN_FORCE", "2037-10-10"]),
        (f"{UNKNOWN}, adopted: 2011-06-22", (), ["2011-06-22 IN_FORCE", "2026-06-22"]),
        (f"{UNKNOWN}, attestedOn: 2022-10-10", (), ["2022-10-10 IN_FORCE", "2037-10-11"]),
        (YEARS, ("outcome: TABLED",), ["2023-01-01 IN_FORCE", "2026-01-01 ENDED"]),
    ],
)
def test_changes_of_a_programme(
    tmp_path: Path, programme: str, decisions: tuple[str, ...], expected: list[str] | None
) -> None:
    assert changes(tmp_path, programme, *decisions) == expected


def rows(tmp_path: Path, text: str) -> dict[str, dict[str, object]]:
    (tmp_path / "a.yaml").write_text(SOURCE + text)
    dataset = read([tmp_path])
    assert dataset.problems == []
    nodes, _ = derive_rows(dataset)
    return {node_id: dict(row) for node_id, row in nodes.items()}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), None),
        (("PROPOSED, attestedOn: 2025-11-24",), ["2025-11-24 PROPOSED", "2040-11-25"]),
        (
            ("PROPOSED, validFrom: 2024-02-01, validUntil: UNKNOWN", "ADOPTED, validFrom: 2025-03"),
            ["2024-02-01 PROPOSED", "2025-03-01 ADOPTED", "2040-03-02"],
        ),
        (
            ("ADOPTED, validFrom: 2025-03-01", "IN_FORCE, validFrom: 2026-01-01, validUntil: 2028-01-01"),
            ["2025-03-01 ADOPTED", "2026-01-01 IN_FORCE", "2028-01-01"],
        ),
    ],
)
def test_changes_of_an_initiative(tmp_path: Path, statuses: tuple[str, ...], expected: list[str] | None) -> None:
    items = "".join(
        f"  - {{id: InitiativeStatus:s{number}, initiative: EuInitiative:e, status: {text}, sources: *s}}\n"
        for number, text in enumerate(statuses)
    )
    text = "euInitiatives: [{id: EuInitiative:e, name: E, sources: *s}]\n"
    nodes = rows(tmp_path, text + (f"initiativeStatuses:\n{items}" if items else ""))
    assert nodes["EuInitiative:e"].get("statusChanges") == expected


NETWORKS = """cities: [{id: City:c, name: C, country: FI, sources: *s}]
networks:
  - {id: Network:n, name: New Name, kind: CITY_NETWORK, ended: ENDED, sources: *s}
  - {id: Network:m, name: Other, kind: CITY_NETWORK, predecessors: [{to: Network:n, validFrom: 2024-05}], sources: *s}
networkNames:
  - {id: NetworkName:n-old, name: {en: Öld Name, fi: Vanha nimi}, network: Network:n, validUntil: 2015,
     sources: *s}
memberships:
  - {id: Membership:c-n, city: City:c, network: Network:n, status: MEMBER, validFrom: 2020-01-01,
     attestedOn: 2023-01-01, sources: *s}
"""


def test_former_names_are_among_the_names_of_the_network(tmp_path: Path) -> None:
    nodes = rows(tmp_path, NETWORKS.replace("ENDED", "2024"))
    assert nodes["Network:n"]["nameSort"] == "new name"
    assert nodes["Network:n"]["nameFolded"] == "new name\nold name\nvanha nimi"


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ("validUntil: 2015", "2016-01-01 0001-01-01"),
        ("validFrom: 2003-05-01, validUntil: 2015-03-01", "2015-03-01 2003-05-01"),
        # No end is known: the name is certain until the last day that a source covers.
        ("validFrom: 1994, validUntil: UNKNOWN", "1994-01-02 1994-01-01"),
        ("validUntil: UNKNOWN, attestedOn: 2010-06-30", "2010-07-01 0001-01-01"),
        ("validUntil: UNKNOWN", "0001-01-01 0001-01-01"),
    ],
)
def test_the_days_of_former_names(tmp_path: Path, dates: str, days: str) -> None:
    nodes = rows(tmp_path, NETWORKS.replace("ended: ENDED, ", "").replace("validUntil: 2015", dates))
    assert nodes["Network:n"]["formerNames"] == [f"{days} EN Öld Name", f"{days} FI Vanha nimi"]


@pytest.mark.parametrize(
    ("ended", "stands_until"),
    [("2024-05-15", date(2024, 5, 15)), ("2024-05", date(2024, 6, 1)), ("2024", date(2025, 1, 1))],
)
def test_memberships_end_with_the_network(tmp_path: Path, ended: str, stands_until: date) -> None:
    nodes = rows(tmp_path, NETWORKS.replace("ENDED", ended))
    assert nodes["Membership:c-n"]["standsUntil"] == stands_until
    assert nodes["Membership:c-n"]["shownUntil"] == date(2023, 1, 2)


@pytest.mark.parametrize(
    ("dates", "possible_from"),
    [
        ("validFrom: UNKNOWN, attestedOn: 2023-01-01", date(2016, 1, 1)),
        ("validFrom: UNKNOWN, attestedOn: 2015-05-01", date(2015, 5, 1)),
        ("validFrom: 2020-01-01, attestedOn: 2023-01-01", date(2020, 1, 1)),
    ],
)
def test_no_membership_before_its_network_was_founded(tmp_path: Path, dates: str, possible_from: date) -> None:
    text = NETWORKS.replace("ended: ENDED", "founded: 2016").replace(
        "validFrom: 2020-01-01,\n     attestedOn: 2023-01-01", dates
    )
    assert rows(tmp_path, text)["Membership:c-n"]["possibleFrom"] == possible_from
