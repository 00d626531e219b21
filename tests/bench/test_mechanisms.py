"""Every mechanism that the bench switches off is still there under the name that the bench knows."""

import pytest

from bench.mechanisms import MECHANISMS


@pytest.mark.parametrize("name", MECHANISMS)
def test_what_a_switch_replaces_exists(name: str) -> None:
    replaced: list[tuple[object, str]] = []
    MECHANISMS[name].off(lambda owner, attribute, _value: replaced.append((owner, attribute)))
    assert all(hasattr(owner, attribute) for owner, attribute in replaced)
    assert replaced or MECHANISMS[name].without
