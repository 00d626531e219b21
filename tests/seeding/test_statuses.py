"""The status of programmes on a day, from their decisions and their periods."""

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
