"""Baseline servers that give upper bounds for any GraphQL server, each on a free port:

    python -m bench.limits statement    Starlette; the lookup's compiled statement through the bare driver
    python -m bench.limits constant     Starlette; a constant answer
    python -m bench.limits socket       a constant answer to any data, for the maximum rate of the load generator

`statement` reads PEER_URI, PEER_USER, PEER_PASSWORD and PEER_DATABASE.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, LiteralString, cast

import orjson
import uvicorn
from neo4j import AsyncDriver, AsyncGraphDatabase
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.model import ID, label
from graph.traversal import compile_fetch
from graph.traversal.selection import Fetch, Nodes, PropertyItem

LOOKED_UP: Final = ("name", "country", "population", "populationYear", "latitude", "longitude", "wikidata")
"""Properties of a city that the lookup requests besides the id."""

_CONSTANT: Final = b'{"data":{"city":{"id":"City:n0000000","name":"Alderbridge 0","country":"FI"}}}'
_WHOLE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_CONSTANT),
    _CONSTANT,
)


def statement_app() -> Starlette:
    """Return an application that responds with the statement's row unchanged."""
    city = label("City")
    leaves = (PropertyItem("id", ID), *(PropertyItem(name, city.property(name)) for name in LOOKED_UP))
    compiled = compile_fetch([Fetch(("City:any",), Nodes({"City": leaves}))])
    [ids] = [name for name, value in compiled.parameters.items() if value == ["City:any"]]
    text = cast("LiteralString", compiled.statement.text)
    database = os.environ["PEER_DATABASE"]

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncGenerator[None]:
        auth = (os.environ["PEER_USER"], os.environ["PEER_PASSWORD"])
        opened = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType]
            os.environ["PEER_URI"], auth=auth
        )
        async with opened as driver:
            app.state.driver = driver
            yield

    async def answer(request: Request) -> Response:
        variables = orjson.loads(await request.body())["variables"]
        driver: AsyncDriver = request.app.state.driver
        opened = driver.session(database=database)  # pyright: ignore[reportUnknownMemberType]
        async with opened as session:
            result = await session.run(text, {**compiled.parameters, ids: [variables["id"]]})
            row = await result.single(strict=True)
        return Response(orjson.dumps(row["answer"]), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=life)


def constant_app() -> Starlette:
    async def answer(request: Request) -> Response:
        await request.body()
        return Response(_CONSTANT, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


class Constant(asyncio.Protocol):
    """A protocol that sends a constant response to every received block of data."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(_WHOLE)


def listening() -> socket.socket:
    """Return a socket that listens on a free loopback port.

    The protocol argument is explicit, because asyncio sets TCP_NODELAY only on sockets that are declared as TCP.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.bind(("127.0.0.1", 0))
    taken.listen(128)
    return taken


def print_address(taken: socket.socket) -> None:
    print(f"127.0.0.1:{taken.getsockname()[1]}", flush=True)


async def bare_socket() -> None:
    taken = listening()
    server = await asyncio.get_running_loop().create_server(Constant, sock=taken)
    print_address(taken)
    await server.serve_forever()


def main() -> None:
    if sys.argv[1] == "socket":
        asyncio.run(bare_socket())
        return
    taken = listening()
    app = statement_app() if sys.argv[1] == "statement" else constant_app()
    config = uvicorn.Config(app, access_log=False, log_level="error", loop="asyncio")
    print_address(taken)
    uvicorn.Server(config).run(sockets=[taken])


if __name__ == "__main__":
    main()
