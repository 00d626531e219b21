"""The embedded database's limit on the time of statements, for the moments when one of them needs more.

The engine has one limit for all statements and takes it when a statement begins. So the limit is raised only while a
long statement begins and lowered right after; other statements that begin in those few milliseconds get the long
limit too. It can be set over HTTP only.
"""

import asyncio
import base64
import http.client
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlsplit

from graph.errors import StoreUnavailable
from graph.store.lock import DatabaseEndpoint

_HTTP_TIMEOUT_S: Final = 10.0


class StatementTimeout:
    """The limit at an endpoint that has a `control` address."""

    def __init__(self, endpoint: DatabaseEndpoint) -> None:
        self._endpoint = endpoint
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def raised(self, limit_s: float) -> AsyncGenerator[None]:
        """A longer limit for the statements that begin inside, one caller at a time. Raises StoreUnavailable."""
        async with self._turn:
            await asyncio.to_thread(self._set, limit_s)
            try:
                yield
            finally:
                await asyncio.shield(asyncio.to_thread(self._set, self._endpoint.statement_timeout_s))

    def _set(self, limit_s: float) -> None:
        address = urlsplit(self._endpoint.control or "")
        login = base64.b64encode(f"{self._endpoint.user}:{self._endpoint.password}".encode()).decode()
        command = f"ALTER DATABASE `arcadedb.command.timeout` {max(1, round(limit_s * 1000))}"
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_HTTP_TIMEOUT_S)
        try:
            connection.request(
                "POST",
                f"/api/v1/command/{quote(self._endpoint.database)}",
                json.dumps({"language": "sql", "command": command}),
                {"Authorization": f"Basic {login}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise StoreUnavailable("the embedded database refused a longer statement limit")
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailable("the embedded database does not answer", hint="start it again") from error
        finally:
            connection.close()
