"""Names composed of those of other nodes."""

from pathlib import Path

import pytest

from graph.seeding.derived_columns import derive_rows
from graph.seeding.read import read

SEEDS = """x-s: &s [{document: Document:d, quote: q}]
documents: [{id: Document:d, name: D}]
cities: [{id: City:c, name: Vantaa, country: FI, sources: *s}]
networks: [{id: Network:n, name: NSC, kind: CITY_NETWORK, sources: *s}]
memberships: [{id: Membership:m, city: City:c, network: Network:n, status: MEMBER, sources: *s}]
"""


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("validFrom: 2024-01-01, validUntil: 2026-01-01", "Vantaa – NSC, 2024–2025"),
        ("validFrom: 2024-01-01, validUntil: 2025-01-01", "Vantaa – NSC, 2024"),
        ("validFrom: 2024, validUntil: 2025", "Vantaa – NSC, 2024–2025"),
        ("validFrom: 2024-01-01, validUntil: OPEN", "Vantaa – NSC, 2024–"),
        ("validFrom: UNKNOWN, validUntil: 2025-06", "Vantaa – NSC, –2025"),
        ("validFrom: UNKNOWN, validUntil: UNKNOWN", "Vantaa – NSC"),
    ],
)
def test_a_membership_term_has_its_years_in_its_name(tmp_path: Path, period: str, name: str) -> None:
    term = f"membershipTerms: [{{id: MembershipTerm:t, membership: Membership:m, {period}, sources: *s}}]\n"
    (tmp_path / "a.yaml").write_text(SEEDS + term)
    nodes, _ = derive_rows(read([tmp_path]))
    assert nodes["MembershipTerm:t"]["nameEn"] == name
    assert nodes["Membership:m"]["nameEn"] == "Vantaa – NSC"
