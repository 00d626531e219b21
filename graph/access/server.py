"""Read a graph from a server over HTTP.

The server provides the export of the graph, and finds the ids of the nodes that match a filter.
"""

import gzip
import json
import zlib
from datetime import date
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from graph.analysis.subset import Matches
from graph.analysis.subset_filters import Filter
from graph.errors import AnalysisError, BadArgument, GraphChanged
from graph.model import label as model_label
from graph.traversal.where import explicit_filter, parse_filter

__all__ = ["Server"]

_TIMEOUT_S: Final = 600.0
_PAGE: Final = 500


class Server:
    """A Citygraph server from which a graph is read over HTTP.

    `url` is its address, which may end in /graphql or /export.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        path = parts.path.rstrip("/").removesuffix("/graphql").removesuffix("/export")
        self.export_address, self._graphql_address = (
            urlunsplit((parts.scheme, parts.netloc, f"{path}/{name}", "", "")) for name in ("export", "graphql")
        )
        self._version: str | None = None

    def export(self) -> bytes:
        """Download the export of the graph and return its content, which is in the JSON Lines format.

        Raises AnalysisError.
        """
        headers = {"Accept-Encoding": "gzip", "Accept": "application/x-ndjson"}
        content, self._version = _read(Request(self.export_address, headers=headers))
        return content

    def find(self, label: str, where: Filter, on: date) -> Matches:
        """Return the ids of the nodes that have a label and that match a filter as of the date `on`.

        If a condition depends on a date but states none, `on` is added to the condition before the filter is sent,
        because otherwise the server would use the current date. Raises AnalysisError,
        BadArgument or GraphChanged.
        """
        parse_filter(label, where, on)
        explicit = explicit_filter(label, where, on)
        query = (
            f"query ($where: {label}Where, $after: String) {{ found: {model_label(label).plural}(where: $where, "
            f"first: {_PAGE}, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ id }} }} }}"
        )
        ids: list[str] = []
        after: object = None
        while True:
            page = self._ask(query, {"where": explicit, "after": after})
            ids += (node["id"] for node in page["nodes"])
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        headers = {"Accept-Encoding": "gzip"}
        _, version = _read(Request(self.export_address, method="HEAD", headers=headers))
        if version != self._version:
            raise GraphChanged("the graph has changed since it was opened", hint="call `citygraph.open` again")
        return Matches(json.dumps(explicit, ensure_ascii=False), frozenset(ids))

    def _ask(self, query: str, variables: dict[str, object]) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        content, _ = _read(Request(self._graphql_address, body, {"Content-Type": "application/json"}))
        answer = json.loads(content)
        if "errors" in answer:
            error = answer["errors"][0]
            raise BadArgument(str(error["message"]), hint=str(error.get("extensions", {}).get("hint", "")))
        return cast("dict[str, Any]", answer["data"]["found"])


def _read(request: Request) -> tuple[bytes, str | None]:
    """Send a request, and return the content and the ETag of the response. Raises AnalysisError."""
    address = request.full_url
    try:
        with cast("HTTPResponse", urlopen(request, timeout=_TIMEOUT_S)) as response:
            content = response.read()
            if response.headers.get("Content-Encoding") == "gzip" and content:
                content = gzip.decompress(content)
            return content, response.headers.get("ETag")
    except HTTPError as error:
        error.close()  # it is the response
        raise AnalysisError(f"{address} answered {error.code} {error.reason}", hint=_hint(error.code)) from None
    except (URLError, HTTPException, OSError, EOFError, zlib.error) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise AnalysisError(
            f"the graph could not be read from {address}: {reason}",
            hint="check the address and that the server runs, then try again",
        ) from None


def _hint(status: int) -> str:
    match status:
        case 400 | 422:
            return "the server is of another version, or the filter is invalid"
        case 404:
            return "check the address; a server whose CITYGRAPH_MAX_EXPORTS is 0 offers no export"
        case 503:
            return "the server is busy with other exports or its database does not respond; try again later"
        case _:
            return "see the log of the server"
