"""Structured logs on standard error: one JSON object a line, or coloured lines on a terminal.

Every room logs through `structlog.get_logger()` or the standard library's `logging`; both come out alike. While a
request is served, each of its events carries `request_id`, which the client sees in the header `X-Request-ID`.
"""

import logging
import random
import sys
from contextvars import ContextVar
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from api.settings import LogFormat, LogLevel

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the request being served; None outside of one."""


def new_request_id() -> str:
    """An id that tells a request from others. It keeps no secret, and so needs no random numbers of the system's."""
    return f"{random.getrandbits(128):032x}"


def configure_logging(
    level: LogLevel,
    form: LogFormat,
    *,
    production: bool = False,
    worker: int | None = None,
    stream: TextIO | None = None,
) -> None:
    """Set up structlog and the standard library's logging for this process; `stream` is standard error by default.

    Each event carries `worker`, the process's number, where there are several.
    """
    target = stream or sys.stderr
    plain = form is LogFormat.CONSOLE or (form is LogFormat.AUTO and target.isatty() and not production)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_request_id,
        *([] if worker is None else [_with_worker(worker)]),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if plain
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=level.value, handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _with_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        event.setdefault("request_id", current)
    return event


def _with_worker(number: int) -> Processor:
    def processor(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("worker", number)
        return event

    return processor
