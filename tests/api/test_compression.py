"""Large answers are compressed for clients that take it."""

import gzip

import httpx
import pytest

from tests.api.stub_server import Graph, toy

LONG = "n" * 3000


async def asked(client: httpx.AsyncClient, encoding: str | None, method: str = "GET", **headers: str) -> httpx.Response:
    """The answer to a large question, its body as it was sent."""
    request = client.build_request(
        method, "/graphql", params={"query": f'{{ hello(name: "{LONG}") }}'}, headers=headers
    )
    del request.headers["accept-encoding"]
    if encoding is not None:
        request.headers["accept-encoding"] = encoding
    response = await client.send(request, stream=True)
    response.extensions["raw"] = b"".join([each async for each in response.aiter_raw()])
    return response


@pytest.mark.parametrize("encoding", ["gzip", "br, GZIP;q=0.1", "*", "deflate, gzip;q=1.0"])
async def test_who_takes_it_gets_it_and_its_tag_is_another(encoding: str) -> None:
    async with toy(graph=Graph(), compress_bytes=1000) as served:
        plain = await asked(served.client, None)
        assert "content-encoding" not in plain.headers
        packed = await asked(served.client, encoding)
        assert packed.headers["content-encoding"] == "gzip"
        raw = packed.extensions["raw"]
        assert gzip.decompress(raw) == plain.extensions["raw"]
        assert int(packed.headers["content-length"]) == len(raw) < 200
        assert plain.headers["vary"] == packed.headers["vary"] == "Accept, Accept-Encoding"
        tags = plain.headers["etag"], packed.headers["etag"]
        assert tags[1] == tags[0][:-1] + '-gzip"'
        for mine, other, encoded in ((tags[0], tags[1], None), (tags[1], tags[0], encoding)):
            same = await asked(served.client, encoded, **{"If-None-Match": mine})
            assert (same.status_code, same.headers["etag"], same.headers["vary"]) == (
                304,
                mine,
                "Accept, Accept-Encoding",
            )
            assert (await asked(served.client, encoded, **{"If-None-Match": other})).status_code == 200
        head = await asked(served.client, encoding, "HEAD")
        for name in ("content-length", "etag", "content-encoding", "vary"):
            assert head.headers[name] == packed.headers[name]


@pytest.mark.parametrize("encoding", ["identity", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", ""])
async def test_who_does_not_take_it_gets_it_plain(encoding: str) -> None:
    async with toy(graph=Graph(), compress_bytes=1000) as served:
        answer = await asked(served.client, encoding)
        assert "content-encoding" not in answer.headers
        assert answer.extensions["raw"].startswith(b'{"data":')


async def test_small_answers_and_errors_are_sent_as_they_are() -> None:
    async with toy(graph=Graph(), compress_bytes=1000) as served:
        for query in ("{ hello }", "{ nope }"):
            answer = await served.ask(query)
            assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept")


async def test_it_can_be_turned_off_and_works_without_kept_answers() -> None:
    async with toy(graph=Graph(), compress_bytes=0) as served:
        assert (await asked(served.client, "gzip")).headers["vary"] == "Accept"
    async with toy(response_cache_bytes=0, compress_bytes=1000) as served:
        answer = await asked(served.client, "gzip")
        assert (answer.headers["content-encoding"], "etag" in answer.headers) == ("gzip", False)
        assert LONG in gzip.decompress(answer.extensions["raw"]).decode()


async def test_very_large_answers_are_compressed_beside_the_event_loop() -> None:
    async with toy(compress_bytes=1000) as served:
        many = "hello " * 30_000
        answer = await served.ask("query ($n: String!) { hello(name: $n) }", variables={"n": many})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.json()["data"] == {"hello": "hello " + many}
