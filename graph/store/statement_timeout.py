"""Raise the statement timeout of the embedded database temporarily, for long statements.

The engine has one timeout for all statements, and reads it only when a statement starts. The timeout is therefore
raised before a long statement starts, and restored immediately after the start. Other statements that start in these
few milliseconds also get the longer timeout. The timeout can be changed only over HTTP.
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
    """The statement timeout of an embedded database. The timeout can be changed while the database runs.

    The argument `endpoint` must have a `control` address, through which the timeout is changed.
    """

    def __init__(self, endpoint: DatabaseEndpoint) -> None:
        self._endpoint = endpoint
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def raised(self, limit_s: float) -> AsyncGenerator[None]:
        """Set the timeout to `limit_s` seconds, and restore the usual timeout when the context exits.

        Only one caller at a time can change the timeout, and other callers wait. Raises StoreUnavailable if the timeout
        cannot be changed.
        """
        async with self._turn:  # not held for long: the body only starts a statement
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
