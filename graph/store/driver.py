"""Create the Neo4j driver from the settings. Work around two defects of the driver: a socket leak and slow reads."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from neo4j import AsyncDriver, AsyncGraphDatabase, NotificationMinimumSeverity
from neo4j import exceptions as driver_errors
from neo4j._async.io._bolt._bolt_socket import AsyncBoltSocket  # pyright: ignore[reportPrivateUsage]

from graph.errors import ConfigurationError
from graph.store.lock import DatabaseEndpoint
from graph.store.settings import StoreSettings

_log: Final = logging.getLogger("citygraph.store")

_CLOSE_LIMIT_S: Final = 10.0
"""Time limit, in seconds, for closing a driver.

Closing takes milliseconds, unless the network drops packets without an error.
"""
_SCHEMES: Final = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})


@asynccontextmanager
async def open_driver(endpoint: DatabaseEndpoint, settings: StoreSettings) -> AsyncGenerator[AsyncDriver]:
    """Open a driver for the endpoint, and close the driver when the context exits.

    The driver connects to the database on first use. Raises ConfigurationError if the URI is invalid.
    """
    if urlsplit(endpoint.uri).scheme not in _SCHEMES:
        raise _invalid_uri(endpoint)
    try:
        driver = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType]
            endpoint.uri,
            auth=(endpoint.user, endpoint.password),
            max_connection_pool_size=settings.pool_size,
            connection_acquisition_timeout=settings.acquisition_timeout_s,
            connection_timeout=settings.acquisition_timeout_s,
            max_transaction_retry_time=settings.retry_s,
            liveness_check_timeout=settings.liveness_check_s,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            user_agent="citygraph",
        )
    except (driver_errors.ConfigurationError, ValueError) as error:
        raise _invalid_uri(endpoint) from error
    try:
        yield driver
    finally:
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await driver.close()
        except TimeoutError:
            _log.warning("connections to the database were not closed within %g s", _CLOSE_LIMIT_S)


_connect: Final[Any] = AsyncBoltSocket._connect_secure  # pyright: ignore


async def _connected(*args: object, **options: object) -> AsyncBoltSocket:
    """Connect a socket. If the calling task is cancelled, close the socket as soon as the connection is established.

    This function replaces a function of the driver, which leaks the socket if the calling task is cancelled.
    """
    connecting = asyncio.ensure_future(_connect(*args, **options))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise


def _close(connecting: asyncio.Future[AsyncBoltSocket]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


AsyncBoltSocket._connect_secure = _connected  # pyright: ignore


async def _receive(socket: Any, buffer: memoryview, size: int) -> int:
    """Read up to `size` bytes into the buffer, and return the number of bytes read.

    This function replaces a function of the driver, which starts a task and a timer for every read. The driver reads
    twice for each row from Neo4j. The tasks and timers took more time than all other work for the row. If `size` bytes
    have already arrived, this function starts neither a task nor a timer.
    """
    reader = socket._reader
    has_arrived = len(reader._buffer) >= size
    received: bytes = await (reader.read(size) if has_arrived else socket._wait_for_read(reader.read, size))
    buffer[: len(received)] = received
    return len(received)


AsyncBoltSocket.recv_into = _receive  # pyright: ignore


def _invalid_uri(endpoint: DatabaseEndpoint) -> ConfigurationError:
    return ConfigurationError(
        f"'{endpoint.uri}' is not the address of a database",
        hint="use bolt://host:7687, neo4j://host:7687 or their encrypted forms (bolt+s, neo4j+s)",
    )
