"""Compression of large responses for clients that accept it."""

import gzip

import httpx
import pytest

from tests.api.stub_server import StubGraph, stub_server

LONG = "n" * 3000


async def get_long(
    client: httpx.AsyncClient, encoding: str | None, method: str = "GET", **headers: str
) -> httpx.Response:
    """Return a large response, with its undecoded body in `extensions["raw"]`."""
    request = client.build_request(
        method, "/graphql", params={"query": f'{{ hello(name: "{LONG}") }}'}, headers=headers
    )
    del request.headers["accept-encoding"]
    if encoding is not None:
        request.headers["accept-encoding"] = encoding
    response = await client.send(request, stream=True)
    response.extensions["raw"] = b"".join([chunk async for chunk in response.aiter_raw()])
    return response


@pytest.mark.parametrize("encoding", ["gzip", "br, GZIP;q=0.1", "*", "deflate, gzip;q=1.0"])
async def test_gzip_response_has_its_own_etag(encoding: str) -> None:
    async with stub_server(graph=StubGraph(), compress_bytes=1000) as server:
        plain = await get_long(server.client, None)
        assert "content-encoding" not in plain.headers
        compressed = await get_long(server.client, encoding)
        assert compressed.headers["content-encoding"] == "gzip"
        raw = compressed.extensions["raw"]
        assert gzip.decompress(raw) == plain.extensions["raw"]
        assert int(compressed.headers["content-length"]) == len(raw) < 200
        assert plain.headers["vary"] == compressed.headers["vary"] == "Accept, Accept-Encoding"
        tags = plain.headers["etag"], compressed.headers["etag"]
        assert tags[1] == tags[0][:-1] + '-gzip"'
        for mine, other, encoded in ((tags[0], tags[1], None), (tags[1], tags[0], encoding)):
            same = await get_long(server.client, encoded, **{"If-None-Match": mine})
            assert (same.status_code, same.headers["etag"], same.headers["vary"]) == (
                304,
                mine,
                "Accept, Accept-Encoding",
            )
            assert (await get_long(server.client, encoded, **{"If-None-Match": other})).status_code == 200
        head = await get_long(server.client, encoding, "HEAD")
        for name in ("content-length", "etag", "content-encoding", "vary"):
            assert head.headers[name] == compressed.headers[name]


@pytest.mark.parametrize("encoding", ["identity", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", ""])
async def test_gzip_requires_accept_encoding(encoding: str) -> None:
    async with stub_server(graph=StubGraph(), compress_bytes=1000) as server:
        response = await get_long(server.client, encoding)
        assert "content-encoding" not in response.headers
        assert response.extensions["raw"].startswith(b'{"data":')


async def test_small_responses_and_errors_are_not_compressed() -> None:
    async with stub_server(graph=StubGraph(), compress_bytes=1000) as server:
        for query in ("{ hello }", "{ nope }"):
            response = await server.ask(query)
            assert ("content-encoding" in response.headers, response.headers["vary"]) == (False, "Accept")


async def test_compression_settings() -> None:
    async with stub_server(graph=StubGraph(), compress_bytes=0) as server:
        assert (await get_long(server.client, "gzip")).headers["vary"] == "Accept"
    async with stub_server(response_cache_bytes=0, compress_bytes=1000) as server:
        response = await get_long(server.client, "gzip")
        assert (response.headers["content-encoding"], "etag" in response.headers) == ("gzip", False)
        assert LONG in gzip.decompress(response.extensions["raw"]).decode()


async def test_very_large_response_is_compressed_in_a_thread() -> None:
    async with stub_server(compress_bytes=1000) as server:
        many = "hello " * 30_000
        response = await server.ask("query ($n: String!) { hello(name: $n) }", variables={"n": many})
        assert response.headers["content-encoding"] == "gzip"
        assert response.json()["data"] == {"hello": "hello " + many}
