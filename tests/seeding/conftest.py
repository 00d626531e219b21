"""Fixtures that write seed files into the working directory of a test."""

from collections.abc import Callable
from pathlib import Path

import pytest

BASE = """\
x-sources:
  - &minutes {document: Document:minutes, page: 3, quote: "kaupunki on verkoston jäsen"}
documents:
  - id: Document:minutes
    name: {en: Minutes, fi: Pöytäkirja}
    date: 2023-11-27
cities:
  - id: City:vantaa
    name: {en: Vantaa, sv: Vanda}
    country: FI
    sources: [*minutes]
  - id: City:tromso
    name: {en: Tromsø}
    country: NO
    sources: [*minutes]
networks:
  - id: Network:safe-cities
    name: {en: Safe Cities, fi: Turvalliset kaupungit}
    kind: CITY_NETWORK
    sources: [*minutes]
units:
  - id: Unit:office
    name: {en: Office}
    kind: OFFICE
    city: City:vantaa
    sources: [*minutes]
memberships:
  - id: Membership:vantaa-safe-cities
    city: City:vantaa
    network: Network:safe-cities
    status: MEMBER
    validFrom: 2020
    validUntil: OPEN
    sources: [*minutes]
"""
"""Valid seed data for others to refer to: two cities, a network, a unit, a membership and their source."""

Write = Callable[..., list[Path]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes files by name into the working directory and returns their paths."""
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, str | bytes]) -> list[Path]:
        for name, content in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return [Path(name) for name in files]

    return write


@pytest.fixture
def base() -> str:
    return BASE
