"""GraphiQL, the page to explore the graph with: served from files beside this module, without the internet."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

HERE: Final = Path(__file__).parent
BUILT: Final = HERE / "built"
QUERIES: Final = HERE / "queries.graphql"
"""The queries that the page offers, each with a comment that says who asks it and what it answers."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the page: it runs, shows and asks nothing but what this server serves."""

_SECURE: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_CHECKED: Final = "no-cache"


def routes(path: str) -> list[BaseRoute]:
    """The routes of what the page at `path` loads."""
    return [Route(f"{path}/assets/{{name}}", _asset, methods=["GET"])]


def page() -> Response:
    """The page itself."""
    content, _ = _file(BUILT / "index.html")
    headers = {**_SECURE, "Cache-Control": _CHECKED, "Vary": "Accept"}
    return Response(content, headers=headers, media_type="text/html")


async def _asset(request: Request) -> Response:
    """A file that the page loads. The names of built ones hold a hash of their content, so they never change."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    content, tag = _file(found)
    headers = {
        **_SECURE,
        "Cache-Control": _CHECKED if found == QUERIES else _FOREVER,
        "ETag": tag,
    }
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_media_type(found))


@cache
def assets() -> dict[str, Path]:
    """The files that the page may load, by name."""
    return {each.name: each for each in (*BUILT.iterdir(), QUERIES) if each.name != "index.html"}


@cache
def _file(path: Path) -> tuple[bytes, str]:
    """A file's content and its entity tag; read once a process."""
    content = path.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _media_type(path: Path) -> str:
    known = {".js": "text/javascript", ".graphql": "text/plain", ".woff2": "font/woff2"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
