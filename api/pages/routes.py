"""Serve the pages to browsers.

The GraphQL operation of a page is executed in this process, with the same schema, limits and cache as operations of
clients. Only the limit on the cost does not apply. The reason is that the cost grows with the graph, and a person who
opens a page cannot reduce it. Expensive operations of pages wait in a separate queue
(`api.graphql.http.view.Lane.OWN`).
"""

import asyncio
import hashlib
import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import date
from functools import cache
from http import HTTPStatus
from typing import Any, Final, ParamSpec, cast

import orjson
import structlog
from graphql import print_ast
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.graphql.errors import CODES_BY_NAME, RETRY_AFTER_S, FormattedError, RequestError, store_code
from api.graphql.execution.operations import InvalidOperation
from api.graphql.execution.turns import Client, LoopTurns, Turns
from api.graphql.http.request import GraphQLRequest
from api.graphql.http.response import is_not_modified
from api.graphql.http.view import Answer, GraphQLView
from api.graphql.schema import schema
from api.pages.language import choose_language
from api.pages.page import InvalidParameter, Page, load_pages
from api.pages.rendering import (
    Address,
    Publisher,
    asset,
    compile_templates,
    compiled_templates,
    render_error,
    render_page,
    title_of,
)
from api.settings import Settings
from api.startup import freeze_gc
from api.translations.catalogue import LANGUAGES, Language
from graph.analysis import AnalysisLimits, AnalysisRunner
from graph.errors import AnalysisError, AnalysisTimeout, StoreError, UnknownId
from graph.model import LABELS
from graph.store import PlanningReader, Store

__all__ = [
    "POLICY",
    "LoopRenderer",
    "ProcessRenderer",
    "Renderers",
    "error_page",
    "plan_pages",
    "prepare_pages",
    "routes",
]

_log: Final = structlog.stdlib.get_logger(__name__)

POLICY: Final = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""The Content-Security-Policy of pages.

Pages load files only from this server, and contain no inline scripts or styles.
"""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language",
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES: Final = {
    "html": "text/html",
    "csv": "text/csv",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "ics": "text/calendar",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
_SLOW_SUFFIXES: Final = ("docx", "xlsx")
_DATA_SUFFIXES: Final = ("csv", "ics", "xlsx")
"""Formats that are read by programs. A file in such a format is sent only if it is complete.

For example, a calendar program would delete the events that are missing in an incomplete file.
"""
_LARGE_BYTES: Final = 65_536
"""Largest size, in bytes of JSON, of the data with which a page is rendered on the event loop.

The rendering of a page with more data would block the event loop for more than 30 ms.
"""
_COMPRESS_BYTES: Final = 1_024
_COMPRESS_LEVEL: Final = 4
"""Level of gzip. Level 9 takes 3.6 times as long for a page that is 3 % smaller."""
_MAX_WAITING: Final = 16
"""Maximum number of pages that wait for a renderer."""

P = ParamSpec("P")
_BAD_PARAMETER: Final = "BAD_USER_INPUT"
_OF_THE_ADDRESS: Final = (UnknownId.code, "BAD_ARGUMENT", _BAD_PARAMETER)
"""Codes of errors that are caused by a wrong URL. If one occurs, an error page replaces the whole page."""


class ProcessRenderer:
    """A renderer of one page at a time in a child process, with limits on time and memory.

    The process is started for the first page. The pages are not rendered in a thread, because a thread would slow down
    the event loop.
    """

    def __init__(self, settings: Settings) -> None:
        limits = AnalysisLimits(settings.analysis_timeout_s, settings.analysis_memory_mb, max_waiting=_MAX_WAITING)
        self._runner = AnalysisRunner(None, limits, ["api.pages.rendering"])
        self._turns, self._process = Turns(_MAX_WAITING + 1), asyncio.Semaphore(1)
        self._max_wait_s = settings.request_timeout_s

    async def warm_up(self) -> None:
        """Start the child process and load the templates there, so that the first page need not wait."""
        with suppress(RequestError):  # the first page tries again
            await self.render(Client(), _load_templates, compiled_templates())

    async def close(self) -> None:
        """Kill the child process."""
        await self._runner.close()

    async def render(
        self, client: Client, render: Callable[P, bytes], *arguments: P.args, **keywords: P.kwargs
    ) -> bytes:
        """Call `render` in the child process, and subtract the time from the client's budget of time.

        Raises RequestError if too many pages wait, if this page waits too long, or if `render` takes too long or too
        much memory. Raises ClientDisconnect if the client disconnects while the page waits.
        """
        runner = self._runner.using(client.charge, is_own=False)
        try:
            async with AsyncExitStack() as turn:
                async with asyncio.timeout(self._max_wait_s):
                    await turn.enter_async_context(self._turns.slot(client))
                    await turn.enter_async_context(self._process)
                if await client.has_left():
                    raise ClientDisconnect
                return await runner.run(render, *arguments, **keywords)
        except TimeoutError:
            message = f"other pages were rendered for {self._max_wait_s:g} s"
            raise RequestError("OVERLOADED", message, headers={"Retry-After": str(RETRY_AFTER_S)}) from None
        except AnalysisTimeout as error:
            raise RequestError("DEADLINE_EXCEEDED", error.message) from None
        except AnalysisError as error:  # the memory did not suffice, or the process was killed
            _log.error("page_not_rendered", reason=error.message, hint=error.hint)
            raise RequestError("INTERNAL", error.message) from None


class LoopRenderer:
    """A renderer of one page at a time on the event loop. Between two pages, the event loop serves other requests."""

    def __init__(self) -> None:
        self._turns = LoopTurns(_MAX_WAITING)

    async def render(
        self, client: Client, render: Callable[P, bytes], *arguments: P.args, **keywords: P.kwargs
    ) -> bytes:
        """Call `render` on the event loop, and subtract the time from the client's budget of time.

        Raises RequestError if too many pages wait.
        """
        async with self._turns.take(client):
            return render(*arguments, **keywords)


class Renderers:
    """The renderers of the pages of all endpoints.

    Small pages are rendered on the event loop, and large pages in a child process. Word documents and workbooks take
    seconds to render, so they have a second child process.
    """

    def __init__(self, settings: Settings) -> None:
        self._small = LoopRenderer()
        self._large, self._slow = ProcessRenderer(settings), ProcessRenderer(settings)

    def choose(self, suffix: str, size: int) -> LoopRenderer | ProcessRenderer:
        """Return the renderer for a page in a format. `size` is the size of the page's data as JSON, in bytes."""
        if suffix in _SLOW_SUFFIXES:
            return self._slow
        return self._large if size > _LARGE_BYTES else self._small

    async def warm_up(self) -> None:
        """Start the child process that renders large pages.

        The child process for documents and workbooks starts when it is first needed.
        """
        await self._large.warm_up()

    async def close(self) -> None:
        """Kill the child processes."""
        await self._large.close()
        await self._slow.close()


def _load_templates(compiled: bytes) -> bytes:
    for language in LANGUAGES:
        compile_templates(language, compiled)
    freeze_gc()
    return b""


def routes(view: GraphQLView, publisher: Publisher, renderers: Renderers) -> list[BaseRoute]:
    """Return the routes of all pages and of the static files that pages load."""
    compressed = [Middleware(GZipMiddleware, minimum_size=_COMPRESS_BYTES, compresslevel=_COMPRESS_LEVEL)]
    pages = load_pages(schema._schema)  # pyright: ignore[reportPrivateUsage]  (no public name)
    return [
        Route("/assets/{tag}/{name}", _send_asset, methods=["GET"], middleware=compressed),
        *(
            Route(
                page.route(suffix),
                PageEndpoint(view, page, suffix, publisher, renderers).respond,
                methods=["GET"],
                middleware=compressed,
            )
            for page in pages.values()
            for suffix in page.suffixes
        ),
    ]


def prepare_pages(view: GraphQLView) -> None:
    """Compile the templates of all pages and prepare their GraphQL documents, so that the first readers need not wait.

    This takes seconds, so a caller on the event loop must run it in a thread.
    """
    for language in LANGUAGES:
        compile_templates(language)
    for page in load_pages(schema._schema).values():  # pyright: ignore[reportPrivateUsage]  (no public name)
        view.prepare_own(page.document)


async def plan_pages(view: GraphQLView, store: Store) -> None:
    """Make Neo4j plan the statements of all pages before readers request them.

    The statements are planned one at a time and in random order, so that two workers rarely plan the same statement.
    The page of a node runs different statements for each label, so it is planned once for each label. If the database
    is the embedded one, the function does nothing.
    """
    if not store.plans_ahead:
        return
    pages = load_pages(schema._schema).values()  # pyright: ignore[reportPrivateUsage]  (no public name)
    planned = [(page, label.name) for page in pages for label in (LABELS if "id" in page.variables else LABELS[:1])]
    for page, label in random.sample(planned, len(planned)):
        required = {name: "none" for name, of in page.variables.items() if print_ast(of.type) in _ID_TYPES}
        variables = page.read_variables({"city": "none", **required, "id": f"{label}:none"}, date.today(), "fi")
        await view.plan_own(_request(page, variables), PlanningReader(store))


_ID_TYPES: Final = ("ID!", "[ID!]!")


class PageEndpoint:
    """The HTTP endpoint that serves one page in one format."""

    def __init__(self, view: GraphQLView, page: Page, suffix: str, publisher: Publisher, renderers: Renderers) -> None:
        self._view = view
        self._page = page
        self._suffix = suffix
        self._publisher = publisher
        self._renderers = renderers

    async def respond(self, request: Request) -> Response:
        """Return the response with the page or, if there is an error, with an error page.

        Raises ClientDisconnect if the client disconnects.
        """
        parameters, language = _parameters(request), _language(request)
        address = Address(self._page.name, request.url.path, parameters, str(request.base_url).rstrip("/"))
        if request.path_params:
            parameters = {**parameters, "id": "{label}:{slug}".format_map(request.path_params)}
        try:
            on = date.fromisoformat(parameters["on"]) if parameters.get("on") else date.today()
        except ValueError:
            return _error_response(address, language, _BAD_PARAMETER, wrong={"on": parameters["on"]})
        try:
            variables = self._page.read_variables(parameters, on, language)
            answer = await self._execute(variables, request)
        except InvalidParameter as error:
            return _error_response(address, language, _BAD_PARAMETER, wrong=error.values)
        except InvalidOperation as error:
            return _error_response(address, language, _code(error.errors[0]))
        except RequestError as error:
            return _error_response(address, language, error.code.name)
        except StoreError as error:
            return _error_response(address, language, store_code(error).name)
        failed = failed_fields(answer)
        code = page_error(answer, failed, self._page.subjects)
        if code is None and self._suffix in _DATA_SUFFIXES:
            code = next(iter(failed.values()), None)
        if code is not None:
            return _error_response(address, language, code)
        renderer = self._renderers.choose(self._suffix, answer.size)
        template, plan = self._page.template(self._suffix), self._page.plan
        try:
            body = await renderer.render(
                self._view.client_of(request),
                render_page,
                *(template, plan, address, self._publisher, language, on, variables, answer.data or {}, failed),
            )
        except RequestError as error:
            return _error_response(address, language, error.code.name)
        return self._response(request, body, language, on)

    async def _execute(self, variables: dict[str, object], request: Request) -> Answer:
        """Execute the GraphQL operation of the page, and return its data and errors.

        If the format is read by programs (`_DATA_SUFFIXES`), all pages of the lists are read: as long as a list has a
        next page, the operation is executed again for the next page. If one of these operations has errors, its result
        is returned, so that an error page is sent instead of the file.
        """
        answer = await self._view.execute(_request(self._page, variables), request)
        while self._suffix in _DATA_SUFFIXES and (cursors := _next_cursors(self._page, answer.data or {})):
            following = await self._view.execute(_request(self._page, {**variables, **cursors}), request)
            if answer.errors or following.errors:
                return following if following.errors else answer
            for name in cursors:
                path = self._page.connections[name]
                _append(_at(answer.data, path), _at(following.data, path))
            answer = replace(answer, size=answer.size + following.size)
        return answer

    def _response(self, request: Request, body: bytes, language: Language, on: date) -> Response:
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = {**_HEADERS, "Cache-Control": "no-cache", "ETag": tag, "Content-Language": language}
        if is_not_modified(request, tag):
            return Response(status_code=304, headers=headers)
        if self._suffix != "html":
            city = request.query_params.get("city", "").rpartition(":")[2]
            title = _slug(title_of(self._page.name, language))
            day = "" if self._suffix == "ics" else on.isoformat()  # a calendar is of no day
            name = "-".join(part for part in (title, city, day) if part.replace("-", "").isalnum())
            headers["Content-Disposition"] = f'attachment; filename="{name}.{self._suffix}"'
        return Response(body, headers=headers, media_type=_MEDIA_TYPES[self._suffix])


def _slug(title: str) -> str:
    """Convert a title to a part of a file name. It contains only letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def _request(page: Page, variables: dict[str, object]) -> GraphQLRequest:
    size = len(page.document) + len(orjson.dumps(variables))
    return GraphQLRequest(page.document, variables=variables, read_only=True, size=size, is_own=True)


def _next_cursors(page: Page, data: Mapping[str, Any]) -> dict[str, str]:
    """Return the cursors of the next pages of all connections that have a next page.

    The keys of the result are the variables of the operation to which the cursors must be assigned.
    """
    found = {name: _at(data, path) for name, path in page.connections.items()}
    return {name: at["pageInfo"]["endCursor"] for name, at in found.items() if at and at["pageInfo"]["hasNextPage"]}


def _at(data: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path of response keys. If a value on the path is null or missing, return None."""
    for key in path:
        data = data and data.get(key)
    return data


def _append(connection: dict[str, Any], following: Mapping[str, Any]) -> None:
    """Append the edges and nodes of the next page to a connection in the response."""
    connection["pageInfo"] = following["pageInfo"]
    for key in ("edges", "nodes"):
        if key in connection:
            connection[key] += following[key]


def failed_fields(answer: Answer) -> dict[str, str]:
    """Return a dict from response key to error code, with each root field that is null because of an error."""
    failed: dict[str, str] = {}
    for error in answer.errors:
        path = cast("list[str | int]", error.get("path") or [])
        if path and (answer.data is None or answer.data.get(str(path[0])) is None):
            failed.setdefault(str(path[0]), _code(error))
    return failed


def page_error(answer: Answer, failed: Mapping[str, str], subjects: frozenset[str]) -> str | None:
    """Return the code of the error that is shown in place of the page, or None if the page can be shown.

    An error is shown in place of the page if the URL is wrong, if a node in `subjects` does not exist or could not be
    read, or if the response contains no data.
    """
    codes = [_code(error) for error in answer.errors]
    if (wrong := next((code for code in codes if code in _OF_THE_ADDRESS), None)) is not None:
        return wrong
    data = answer.data or {}
    for key in subjects & data.keys():
        if data[key] is None:
            return failed.get(key, UnknownId.code)
    return codes[0] if codes and all(value is None for value in data.values()) else None


def _code(error: FormattedError) -> str:
    return cast("dict[str, str]", error["extensions"])["code"]


def error_page(request: Request, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response with the page that explains an error code, in the reader's language."""
    return _error_response(Address("", request.url.path, _parameters(request)), _language(request), code, headers)


def _parameters(request: Request) -> dict[str, str]:
    """Return the query parameters of the URL.

    If a parameter is repeated, as for checkboxes, its values are joined by commas.
    """
    given = request.query_params
    return {name: ",".join(given.getlist(name)) for name in given}


def _language(request: Request) -> Language:
    return choose_language(request.query_params.get("language"), request.headers.get("accept-language", ""))


def _error_response(
    address: Address,
    language: Language,
    code: str,
    headers: Mapping[str, str] | None = None,
    wrong: Mapping[str, object] | None = None,
) -> Response:
    status = HTTPStatus.NOT_FOUND if code == UnknownId.code else HTTPStatus(CODES_BY_NAME[code].status)
    sent = {**_HEADERS, "Cache-Control": "no-store", "Content-Language": language, **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        sent["Retry-After"] = str(RETRY_AFTER_S)
    return Response(render_error(address, language, status, code, wrong or {}), status, sent, "text/html")


@cache
def _asset_headers(suffix: str) -> dict[str, str]:
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    return {**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable", "Content-Type": types[suffix]}


async def _send_asset(request: Request) -> Response:
    """Return the response with a static file.

    Browsers may cache it permanently, because its URL contains a hash of its content.
    """
    found = asset(request.path_params["name"])
    if found is None or found.tag != request.path_params["tag"]:
        return error_page(request, "NOT_FOUND")
    return Response(found.content, headers=_asset_headers(found.name.rpartition(".")[2]))
