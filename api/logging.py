"""Configure structured logs on standard error. They are JSON objects, one per line, or coloured text on a terminal.

Log events from `structlog` and from the standard library's `logging` have the same format. An event that is logged
while a request is handled contains `request_id`. The client receives this id in the header `X-Request-ID`.
"""

import logging
import sys
from contextvars import ContextVar
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from api.settings import LogFormat, LogLevel

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the HTTP request that is being handled. Outside a request, it is None."""


def configure_logging(
    level: LogLevel,
    form: LogFormat,
    *,
    production: bool = False,
    worker: int | None = None,
    stream: TextIO | None = None,
) -> None:
    """Configure structlog and the standard library's logging for this process.

    If `worker` is not None, every log event contains it. The default of `stream` is standard error.
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
    # The store logs its errors with their cause. The driver would also log every lost connection as an error.
    logging.getLogger("neo4j").setLevel(logging.NOTSET if level is LogLevel.DEBUG else logging.CRITICAL)
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
