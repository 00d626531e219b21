"""Python's clients against a running server: gql, sgqlc and ariadne-codegen. `check.py URL FOLDER`.

FOLDER holds the server's schema as `schema.graphql` and takes what the clients generate.
"""

import asyncio
import importlib
import json
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport
from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

HERE = Path(__file__).parent
NETWORK = "Network:nordic-safe-cities"
MEMBERS = 21


def tool(name: str, *arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / name), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


async def with_gql(url: str) -> None:
    """Documents checked against the schema it fetches, by threads and by asyncio, and an error's code."""
    source = (HERE / "queries.graphql").read_text(encoding="utf-8")
    query = gql(source.split("\n\n")[0])
    query.variable_values = {"network": NETWORK, "first": 50}
    with Client(transport=HTTPXTransport(url=url), fetch_schema_from_transport=True) as session:
        assert session.execute(query)["network"]["members"]["totalCount"] == MEMBERS
    async with Client(transport=HTTPXAsyncTransport(url=url)) as asynchronous:
        assert len((await asynchronous.execute(query))["network"]["members"]["edges"]) == MEMBERS
        try:
            await asynchronous.execute(gql('{ cities(after: "x") { totalCount } }'))
            raise AssertionError("a damaged cursor was taken")
        except TransportQueryError as error:
            assert error.errors is not None
            assert error.errors[0]["extensions"]["code"] == "BAD_CURSOR"


def with_sgqlc(url: str, folder: Path) -> None:
    """Types generated from the schema, an operation composed in Python, and one generated from a document."""
    introspection = folder / "introspection.json"
    tool("python", "-m", "sgqlc.introspection", url, str(introspection), folder=folder)
    tool("sgqlc-codegen", "schema", str(introspection), "sgqlc_schema.py", folder=folder)
    types = importlib.import_module("sgqlc_schema")
    operation = Operation(types.Query)
    members = operation.network(id=NETWORK).members(first=50)
    members.nodes.name()
    members.total_count()
    answer = operation + HTTPEndpoint(url)(operation)
    assert len(answer.network.members.nodes) == answer.network.members.total_count == MEMBERS
    (folder / "costs.graphql").write_text((HERE / "queries.graphql").read_text(encoding="utf-8").split("\n\n")[1])
    tool(
        "sgqlc-codegen",
        "operation",
        "--schema",
        str(introspection),
        "sgqlc_schema",
        "sgqlc_operations.py",
        "costs.graphql",
        folder=folder,
    )
    costs = importlib.import_module("sgqlc_operations").Operations.query.costs
    answer = costs + HTTPEndpoint(url)(costs, {"city": "City:vantaa", "begin": 2023, "end": 2024})
    assert [total.amount for total in answer.cost_per_network.totals] == ["20000.00"]


async def with_ariadne(url: str, folder: Path) -> None:
    """A typed client generated from documents, which mypy finds no fault with, and run."""
    for name in ("pyproject.toml", "queries.graphql"):
        shutil.copy(HERE / name, folder)
    tool("ariadne-codegen", folder=folder)
    tool("mypy", "--strict", "generated", folder=folder)
    generated = importlib.import_module("generated")
    async with generated.Citygraph(url=url) as client:
        first = (await client.members(NETWORK, 8)).network.members
        second = (await client.members(NETWORK, 50, first.page_info.end_cursor)).network.members
        ids = [edge.node.id for edge in first.edges + second.edges]
        assert len(set(ids)) == len(ids) == first.total_count == MEMBERS
        (total,) = (await client.costs("City:vantaa", 2023, 2024)).cost_per_network.totals
        assert total.amount == Decimal("20000.00")
        renewals = (await client.renewals("City:vantaa", date(2026, 1, 1))).renewals_due
        assert renewals.total_count and all(isinstance(renewal.decide_by, date) for renewal in renewals.nodes)
        try:
            await client.members(NETWORK, 1_000)
            raise AssertionError("a page over the limit was served")
        except generated.GraphQLClientError as error:
            assert "first 1000 is over the limit of 500" in json.dumps(str(error))


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    sys.path.insert(0, str(folder))
    asyncio.run(with_gql(url))
    with_sgqlc(url, folder)
    asyncio.run(with_ariadne(url, folder))
    sys.stdout.write(
        "gql (sync, async), sgqlc (schema, operations), ariadne-codegen (mypy --strict): typed, run, error codes\n"
    )


if __name__ == "__main__":
    main()
