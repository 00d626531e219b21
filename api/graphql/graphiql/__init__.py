"""Serve GraphiQL, a query editor for browsers, from local files without a CDN."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.graphql.http.response import is_not_modified

FOLDER: Final = Path(__file__).parent
BUILT: Final = FOLDER / "built"
QUERIES: Final = FOLDER / "queries.graphql"
"""The file of example queries. A comment above each query describes its audience and purpose."""

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
"""The Content-Security-Policy of the page. It allows scripts, styles, images and requests only from this server."""

_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"


def routes(path: str) -> list[BaseRoute]:
    """Return the routes of the assets that the GraphiQL page at `path` loads."""
    return [Route(f"{path}/assets/{{name}}", _asset, methods=["GET"])]


def page() -> Response:
    """Return the response with the GraphiQL page.

    The headers of the response make clients revalidate a cached page before every use.
    """
    content, _ = _read_file(BUILT / "index.html")
    headers = {**_SECURITY_HEADERS, "Cache-Control": _REVALIDATE, "Vary": "Accept"}
    return Response(content, headers=headers, media_type="text/html")


async def _asset(request: Request) -> Response:
    """Return the response with an asset of the GraphiQL page.

    Clients may cache the asset for a year without revalidation. The file of example queries is different: clients must
    revalidate it before every use.
    """
    path = assets().get(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    content, etag = _read_file(path)
    headers = {
        **_SECURITY_HEADERS,
        "Cache-Control": _REVALIDATE if path == QUERIES else _IMMUTABLE,
        "ETag": etag,
    }
    if is_not_modified(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_media_type(path))


@cache
def assets() -> dict[str, Path]:
    """Return a dict from file name to path, which contains all assets."""
    return {path.name: path for path in (*BUILT.iterdir(), QUERIES) if path.name != "index.html"}


@cache
def _read_file(path: Path) -> tuple[bytes, str]:
    """Return the content and the ETag of a file. A file is read once per process."""
    content = path.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _media_type(path: Path) -> str:
    types = {".js": "text/javascript", ".graphql": "text/plain", ".woff2": "font/woff2"}
    return types.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
