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
    ("field", "arguments", "both"),
    [
        ("renewalsDue", 'city: "City:vantaa", by: "2026-01-01", first: 1, before: "x"', ("first", "before")),
        ("renewalsDue", 'city: "City:vantaa", by: "2026-01-01", last: 1, after: "x"', ("after", "last")),
        ("reportsDue", 'city: "City:vantaa", after: "x", before: "x"', ("after", "before")),
        ("cities", "first: 1, last: 1", ("first", "last")),
    ],
)
async def test_arguments_of_both_directions(errors: Ask, field: str, arguments: str, both: tuple[str, str]) -> None:
    (error,) = await errors(f"{{ {field}({arguments}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == "BAD_ARGUMENT"
    assert error["message"] == f"`{both[0]}` and `{both[1]}` are both given"
    assert error["extensions"]["hint"] == "page forward with first and after, or backward with last and before"


@pytest.mark.parametrize(
    ("field", "arguments"),
    [("search", 'text: "city", '), ("cities", "")],
    ids=["of a question", "of nodes"],
)
async def test_a_cursor_alone_gives_the_default_page(ask: Ask, field: str, arguments: str) -> None:
    """After it or before it."""
    query = "{ %s(%s) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }"

    async def page(of_page: str) -> tuple[list[str], dict[str, bool]]:
        found = (await ask(query % (field, f"{arguments}{of_page}")))[field]
        return [edge["cursor"] for edge in found["edges"]], found["pageInfo"]

    cursors, _ = await page("first: 60")
    assert len(cursors) == 60
    after, _ = await page(f'after: "{cursors[4]}"')
    assert after == cursors[5:55]
    before, position = await page(f'before: "{cursors[55]}"')
    assert before == cursors[5:55]
    assert position == {"hasNextPage": True, "hasPreviousPage": True}


async def test_error_message_shortens_a_long_argument(errors: Ask) -> None:
    (error,) = await errors(
        "query ($d: Date!) { cities { nodes { networks(on: $d) { totalCount } } } }", d="x" * 50_000
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(error["message"]) == 1_000
    assert error["message"].endswith("xxx…")
