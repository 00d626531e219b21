"""Check the page of schema changes, and the schema that the server sends."""

import re
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from api.graphql.http.schema_document import schema_document
from api.graphql.schema import sdl
from api.graphql.schema_changes import RELEASES, schema_changes_page

OLD = "type Query { city: City } type City { inhabitants: Int kind: Kind } enum Kind { LARGE }"
NEW = "type Query { city: City } type City { population: Int kind: Kind } enum Kind { LARGE SMALL }"


def test_schema_without_a_release(tmp_path: Path) -> None:
    assert schema_changes_page(tmp_path).endswith("\nNothing is released yet.\n")


def test_every_release_has_its_schema() -> None:
    changelog = (RELEASES.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d+\.\d+\.\d+) – \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert released
    assert {path.stem for path in RELEASES.iterdir()} == set(released)


def test_changes_between_releases(tmp_path: Path) -> None:
    for version, text in (("0.9.0", OLD), ("0.10.0", NEW), ("0.11.0", sdl())):
        (tmp_path / f"{version}.graphql").write_text(text, encoding="utf-8")
    page = schema_changes_page(tmp_path)
    assert page.endswith(
        "\n## 0.10.0, since 0.9.0\n"
        "\n### Breaking\n\n- Field City.inhabitants was removed.\n"
        "\n### Dangerous\n\n- Enum value Kind.SMALL was added.\n"
        "\n### Additions\n\n- Field City.population was added.\n"
    )
    assert "\n## Unreleased, since 0.11.0\n\nNo changes.\n\n## 0.11.0, since 0.10.0\n\n### Breaking\n\n" in page


async def test_the_server_sends_the_schema() -> None:
    app = Starlette(routes=[Route("/schema.graphql", schema_document, methods=["GET"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        response = await client.get("/schema.graphql")
        assert response.text == sdl()
        assert response.headers["content-type"] == "application/graphql; charset=utf-8"
        assert response.headers["content-encoding"] == "gzip"
        again = await client.get("/schema.graphql", headers={"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        plain = await client.get("/schema.graphql", headers={"Accept-Encoding": "identity"})
        assert plain.content == sdl().encode()
        assert plain.headers["etag"] != response.headers["etag"]
        assert (await client.head("/schema.graphql")).headers["etag"] == response.headers["etag"]
