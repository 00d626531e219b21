"""How memberships and their grades are known."""

from pathlib import Path

import pytest

from graph.seeding.derived_columns import derive_rows
from graph.seeding.read import read

HEAD = """documents: [{id: Document:d, name: D}]
citations:
  - {id: Citation:one, document: Document:d, quote: one}
  - {id: Citation:two, document: Document:d, quote: two}
cities: [{id: City:c, name: C, country: FI, sources: Citation:one}]
networks: [{id: Network:n, name: N, kind: CITY_NETWORK, sources: Citation:one}]
"""
STATED, IMPLIED, EDITORIAL = "STATED", "IMPLIED", "EDITORIAL"


def computed(tmp_path: Path, membership: str) -> dict[str, object]:
    item = f"id: Membership:c-n, city: City:c, network: Network:n, status: MEMBER, {membership}"
    (tmp_path / "a.yaml").write_text(f"{HEAD}memberships: [{{{item}}}]\n")
    nodes, _ = derive_rows(read([tmp_path]))
    row = nodes["Membership:c-n"]
    return {name: row[name] for name in ("doubtful", "gradeBasis") if name in row}


def source(citation: str, basis: str | None = None, *supports: str) -> str:
    more = f", basis: {basis}" if basis else ""
    return f"{{to: Citation:{citation}, supports: [{', '.join(supports)}]{more}}}"


@pytest.mark.parametrize(
    ("membership", "is_doubtful"),
    [
        ("sources: Citation:one", False),
        ("basis: IMPLIED, sources: Citation:one", True),
        ("basis: EDITORIAL, sources: Citation:one", True),
        ("basis: DERIVED, sources: Citation:one", True),
        (f"sources: [{source('one', IMPLIED, 'status')}]", False),
        (f"basis: IMPLIED, sources: [Citation:one, {source('two', STATED, 'status')}]", False),
        (f"basis: IMPLIED, sources: [Citation:one, {source('two', EDITORIAL, 'status')}]", True),
    ],
)
def test_a_membership_is_doubtful_if_nothing_states_it(tmp_path: Path, membership: str, is_doubtful: bool) -> None:
    assert computed(tmp_path, membership) == ({"doubtful": True} if is_doubtful else {})


@pytest.mark.parametrize(
    ("membership", "basis"),
    [
        ("sources: Citation:one", STATED),
        (f"sources: [Citation:one, {source('two', IMPLIED, 'grade')}]", IMPLIED),
        (f"sources: [{source('one', EDITORIAL, 'grade')}, {source('two', IMPLIED, 'status', 'grade')}]", IMPLIED),
        (f"basis: IMPLIED, sources: [{source('one', STATED, 'status')}, {source('two', None, 'grade')}]", IMPLIED),
        (f"sources: [{source('one', None, 'status')}]", STATED),
    ],
)
def test_the_basis_of_a_grade_is_that_of_its_best_citation(tmp_path: Path, membership: str, basis: str) -> None:
    assert computed(tmp_path, f"grade: FULL, {membership}") == {"gradeBasis": basis}
