"""Errors of invalid arguments, beside those in test_traversal.py."""

import pytest

from tests.api.conftest import Ask


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ cities(where: {latitude: {gt: 1e400}}) { totalCount } }", {}),
        ("{ cities(where: {latitude: {in: [60.2, -1e999]}}) { totalCount } }", {}),
        ("{ networks(where: {members: {some: {longitude: {lte: 1e309}}}}) { totalCount } }", {}),
        ("query ($f: Float = 1e400) { cities(where: {latitude: {eq: $f}}) { totalCount } }", {}),
    ],
)
async def test_a_number_that_no_float_holds_is_refused(errors: Ask, query: str, variables: dict[str, object]) -> None:
    (error,) = await errors(query, **variables)
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["extensions"]["hint"] == "use a smaller number"
    assert error["message"].endswith("itude` compares a number that is out of range for Float")


@pytest.mark.parametrize(
    ("field", "arguments", "cursor"),
    [
        ("renewalsDue", 'city: "City:vantaa", by: "2026-01-01", first: 1, before: "x"', "before"),
        ("renewalsDue", 'city: "City:vantaa", by: "2026-01-01", last: 1, after: "x"', "before"),
        ("reportsDue", 'city: "City:vantaa", first: 1, before: "x"', "before"),
    ],
)
async def test_the_cursor_is_named_as_the_field_names_it(errors: Ask, field: str, arguments: str, cursor: str) -> None:
    (error,) = await errors(f"{{ {field}({arguments}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == f"`after` requires `first`, and `{cursor}` requires `last`"
    assert error["extensions"]["hint"] == f"page forward with first and after, backward with last and {cursor}"


async def test_error_message_shortens_a_long_argument(errors: Ask) -> None:
    (error,) = await errors(
        "query ($d: Date!) { cities { nodes { networks(on: $d) { totalCount } } } }", d="x" * 50_000
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(error["message"]) == 1_000
    assert error["message"].endswith("xxx…")
