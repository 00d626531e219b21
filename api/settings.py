"""Read settings from environment variables.

The name of the variable is the name of the setting with a prefix. For example, `CITYGRAPH_PORT` sets `port`. An empty
variable is treated as if it were not set. `docs/settings.md` is generated from this module.
"""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from types import NoneType
from typing import Annotated, Self, get_args
from urllib.parse import urlsplit

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.errors import ConfigurationError
from graph.store import StoreSettings

PREFIX = "CITYGRAPH_"
_FOREIGN = f"{PREFIX}TEST_"  # variables that only the test suite reads
_LANE_SHARE = 4
"""Divisor for the length of the two queues (lanes) of expensive statements.

In each of the two queues, at most `max_operations // _LANE_SHARE` operations may wait. The rest of `max_operations` is
reserved for operations whose statements do not wait in these queues.
"""
_EMAIL = re.compile(r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+")
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True, slots=True)
class ValueHint:
    """A description of the values that are valid for a setting.

    Error messages contain the description after the words "must be". `docs/settings.md` contains it in the column
    "Value".
    """

    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a numeric setting."""

    text: str


class Group(StrEnum):
    """The groups of settings. `docs/settings.md` has one table for each group."""

    DATABASE = "Database"
    EMBEDDED = "Embedded database"
    SERVER = "Server"
    PAGES = "Web pages"
    LIMITS = "Limits on one request"
    STATEMENTS = "Limits on database statements"
    ANALYSES = "Limits on analyses"
    MONITORING = "Metrics, traces and debugging"
    LOGS = "Logs and mode"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    AUTO = "AUTO"
    JSON = "JSON"
    CONSOLE = "CONSOLE"


def _capitals(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username is not None or parts.port == 0:
        raise ValueError
    return value


def _parse_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(entry.strip().rstrip("/") for entry in value.split(",") if entry.strip())


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for origin in value:
        parts = urlsplit(origin)
        if origin != "*" and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query):
            raise ValueError
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for network in value:
        ip_network(network, strict=False)
    return value


def _contact(value: str) -> str:
    parts = urlsplit(value)
    if not _EMAIL.fullmatch(value) and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError
    return value


Bytes = Unit("bytes")
Seconds = Unit("seconds")
Mebibytes = Unit("MiB")


class Settings(BaseSettings):
    """The settings of one process. Create them with `Settings.load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    database_uri: Annotated[
        str | None,
        AfterValidator(lambda value: None if value is None else _address(value)),
        ValueHint("an address such as bolt://localhost:7687 or neo4j+s://db.example.org, without a user name in it"),
        Group.DATABASE,
    ] = None
    """Address of a Neo4j database. If unset, the embedded database is used, and started unless it already runs."""

    database_user: Annotated[str, Field(min_length=1), Group.DATABASE] = "neo4j"
    """User name for Neo4j. Ignored by the embedded database."""

    database_password: Annotated[SecretStr | None, Group.DATABASE] = None
    """Password for Neo4j. The embedded database generates a password at each start."""

    database_name: Annotated[str, Field(min_length=1), Group.DATABASE] = "neo4j"
    """Name of the database on the Neo4j server. Ignored by the embedded database."""

    database_wait_s: Annotated[float, Ge(1), Le(3_600), Seconds, Group.DATABASE] = 60
    """Maximum time that `citygraph serve` waits for its database at start-up. It is also the maximum time that any
    command waits for the embedded database to start."""

    data_dir: Annotated[Path, Group.EMBEDDED] = Path("data")
    """Folder of the embedded database. The folder is created if it does not exist."""

    heap_mb: Annotated[int, Ge(256), Le(65_536), Mebibytes, Group.EMBEDDED] = 1024
    """Maximum heap size of the embedded database."""

    page_ram_mb: Annotated[int, Ge(64), Le(65_536), Mebibytes, Group.EMBEDDED] = 256
    """Maximum size of the embedded database's page cache, which is part of the heap."""

    host: Annotated[
        str, Field(min_length=1), ValueHint("a host name or an IP address of this machine"), Group.SERVER
    ] = "127.0.0.1"
    """Address to listen on. The default can be reached only from this machine. With 0.0.0.0, the server listens on
    every network interface."""

    port: Annotated[int, Ge(0), Le(65_535), Group.SERVER] = 8000
    """TCP port to listen on. With 0, the system chooses a free port."""

    seeds: Annotated[Path, Group.SERVER] = Path("seeds")
    """Folder of seed files that `citygraph serve` loads at start-up. Facts that the database already contains are not
    written again."""

    cors_origins: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_parse_list),
        AfterValidator(_origins),
        ValueHint("origins such as https://city.example.org, separated by commas, or *"),
        Group.SERVER,
    ] = ()
    """Origins whose web pages may call the API (CORS), without credentials. `*` allows all origins. If empty, browsers
    allow only pages from the origin of the server."""

    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_parse_list),
        AfterValidator(_networks),
        ValueHint("IP addresses or networks such as 10.0.0.0/8, separated by commas"),
        Group.SERVER,
    ] = ()
    """Reverse proxies that may state the address of the client in `X-Forwarded-For`. For connections from other
    addresses, the header is ignored."""

    graphiql: Annotated[bool, Group.SERVER] = True
    """Serve GraphiQL, an interactive query editor, to browsers at /graphql."""

    compress_bytes: Annotated[int, Ge(0), Le(1_073_741_824), Bytes, Group.SERVER] = 4_096
    """Minimum size of a response that is compressed if the client accepts gzip. 0 disables compression."""

    publisher_name: Annotated[str | None, ValueHint("a name such as City of Vantaa"), Group.PAGES] = None
    """Name of the organisation that publishes the web pages. The accessibility statement shows it."""

    publisher_contact: Annotated[
        str | None,
        AfterValidator(lambda value: None if value is None else _contact(value)),
        ValueHint("an email address, or the http(s) address of a form"),
        Group.PAGES,
    ] = None
    """Address for feedback on accessibility. If unset, the accessibility statement says that there is no contact."""

    workers: Annotated[int, Ge(1), Le(64), Unit("processes"), Group.SERVER] = 1
    """Number of worker processes. Each worker has separate limits, connection pools and caches."""

    keep_alive_s: Annotated[int, Ge(1), Le(300), Seconds, Group.SERVER] = 20
    """Time after which a connection is closed if the client sends no request, does not complete the request headers, or
    does not read the response."""

    max_connections: Annotated[int, Ge(1), Le(100_000), Unit("connections"), Group.SERVER] = 800
    """Maximum number of open client connections. If a client opens a further connection, the connection that has been
    idle longest is closed. Each connection needs a file descriptor (`ulimit -n`)."""

    shutdown_s: Annotated[int, Ge(0), Le(60), Seconds, Group.SERVER] = 4
    """Time that running requests have to finish when the server stops."""

    max_operations: Annotated[int, Ge(1), Le(10_000), Unit("operations"), Group.SERVER] = 200
    """Maximum number of concurrent operations. Further requests are refused with 503. Operations with expensive
    statements wait in two queues: one for clients, and one for the server's own pages. Up to a quarter of the
    maximum may wait in each queue.
    """

    max_exports: Annotated[int, Ge(0), Le(100), Unit("exports"), Group.SERVER] = 2
    """Maximum number of concurrent exports at /export. Further requests are refused with 503. Each export uses one
    database connection. 0 disables /export."""

    export_timeout_s: Annotated[float, Ge(1), Le(86_400), Seconds, Group.SERVER] = 600
    """Time limit of an export, including the transfer. When it is reached, the connection is closed."""

    request_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.LIMITS] = 15
    """Time limit of a request, including reading its body."""

    max_request_bytes: Annotated[int, Ge(1_024), Le(16_777_216), Bytes, Group.LIMITS] = 262_144
    """Maximum size of a request body."""

    persisted_query_bytes: Annotated[int, Ge(0), Le(1_073_741_824), Bytes, Group.SERVER] = 8_388_608
    """Memory for automatic persisted queries, that is, documents that clients identify by hash. 0 disables them."""

    trusted_documents: Annotated[Path | None, Group.SERVER] = None
    """JSON file that maps ids to the documents that clients may execute. All other documents are refused. If unset, all
    documents are allowed."""

    response_cache_bytes: Annotated[int, Ge(0), Le(8_589_934_592), Bytes, Group.SERVER] = 33_554_432
    """Memory for cached responses. A response is cached until the graph changes. 0 disables the cache."""

    max_tokens: Annotated[int, Ge(100), Le(100_000), Unit("tokens"), Group.LIMITS] = 5_000
    """Maximum length of a GraphQL document."""

    max_depth: Annotated[int, Ge(5), Le(50), Unit("levels"), Group.LIMITS] = 20
    """Maximum nesting depth of fields, with fragments expanded."""

    max_aliases: Annotated[int, Ge(1), Le(10_000), Unit("aliases"), Group.LIMITS] = 100
    """Maximum number of aliases, with fragments expanded."""

    max_root_fields: Annotated[int, Ge(1), Le(1_000), Unit("fields"), Group.LIMITS] = 20
    """Maximum number of root fields of an operation, with fragments expanded."""

    max_page_size: Annotated[int, Ge(1), Le(10_000), Unit("items"), Group.LIMITS] = 500
    """Maximum value of `first` and `last`."""

    default_page_size: Annotated[int, Ge(1), Le(10_000), Unit("items"), Group.LIMITS] = 50
    """Page size if neither `first` nor `last` is given."""

    max_cost: Annotated[int, Ge(100), Le(100_000_000), Unit("points"), Group.LIMITS] = 500_000
    """Maximum estimated cost of an operation. The cost is about one point for each value in the response if all pages
    are full, and one point for each node or relationship that the database reads for conditions, lists and questions.
    An analysis adds about one point for each 20 µs of its work."""

    statement_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.STATEMENTS] = 4
    """Time limit of a read statement. When it is reached, the database cancels the statement."""

    max_statements_in_flight: Annotated[int, Ge(1), Le(1_000), Unit("statements"), Group.STATEMENTS] = 32
    """Maximum number of concurrent statements in the database."""

    max_statements_waiting: Annotated[int, Ge(0), Le(100_000), Unit("statements"), Group.STATEMENTS] = 256
    """Maximum number of statements that wait to be sent to the database. A request that would exceed this maximum is
    refused immediately.
    """

    expensive_cost: Annotated[int, Ge(1), Le(100_000_000), Unit("points"), Group.STATEMENTS] = 2_000
    """Estimated cost from which an operation is treated as expensive. The statements of expensive operations wait in a
    separate queue, so that cheap operations never wait for them.
    """

    max_expensive_statements: Annotated[int, Ge(1), Le(1_000), Unit("statements"), Group.STATEMENTS] = 2
    """Maximum number of concurrent statements of expensive operations. It applies separately to operations of clients
    and to those of pages. Set it to about the number of the database's processor cores, divided by the number of
    workers."""

    client_database_share: Annotated[float, Ge(0.001), Le(1_000), Unit("seconds per second"), Group.STATEMENTS] = 2
    """Database time that one client address may use per second, on average. Time for analyses, searches, the
    preparation of documents and the rendering of pages is included. If a client has used more, its operations and
    pages wait in the queues of expensive statements and analyses. Users behind one proxy or NAT share an address:
    see `trusted_proxies`.
    """

    client_database_burst_s: Annotated[float, Ge(0.1), Le(3_600), Seconds, Group.STATEMENTS] = 20
    """Database time that one client address may use in a burst before `client_database_share` limits it."""

    client_refusals: Annotated[int, Ge(1), Le(1_000_000), Unit("requests per 10 seconds"), Group.LIMITS] = 100
    """Maximum number of requests of one client address that are refused as invalid or too large before the address is
    restricted. The server then accepts from this address only documents that it has already validated, and refuses all
    other documents with the status 429. Users behind one proxy or NAT share an address: see `trusted_proxies`.
    """

    pool_size: Annotated[int, Ge(1), Le(1_000), Unit("connections"), Group.STATEMENTS] = 40
    """Maximum number of database connections."""

    acquisition_timeout_s: Annotated[float, Ge(0.1), Le(60), Seconds, Group.STATEMENTS] = 4
    """Maximum time to wait for a free database connection."""

    retry_s: Annotated[float, Ge(0), Le(60), Seconds, Group.STATEMENTS] = 8
    """Time during which a transaction is repeated after a transient error of the database."""

    liveness_check_s: Annotated[float, Ge(0), Le(3_600), Seconds, Group.STATEMENTS] = 45
    """Idle time after which a database connection is tested before it is used again."""

    analysis_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.ANALYSES] = 12
    """Time limit of an analysis, such as `centrality`. The time limit of the request applies in addition."""

    analysis_memory_mb: Annotated[int, Ge(512), Le(65_536), Mebibytes, Group.ANALYSES] = 2048
    """Maximum memory of an analysis process, and of each of the two processes that render pages: one renders large
    pages, and one renders documents and workbooks."""

    max_analyses: Annotated[int, Ge(1), Le(64), Unit("analyses"), Group.ANALYSES] = 1
    """Maximum number of concurrent analyses. It applies separately to analyses of clients and to those of pages. Each
    analysis runs in a separate process. Up to sixteen further analyses of clients wait in one queue, and up to
    sixteen analyses of pages wait in another queue.
    """

    metrics: Annotated[bool, Group.MONITORING] = False
    """Serve Prometheus metrics at /metrics, without authentication."""

    tracing: Annotated[bool, Group.MONITORING] = False
    """Send OpenTelemetry spans of requests, operations and statements. OpenTelemetry's environment variables (`OTEL_…`)
    set the destination. Requires the extra `citygraph[tracing]`."""

    debug_token: Annotated[
        SecretStr | None, Field(min_length=16), ValueHint("a string of at least 16 characters"), Group.MONITORING
    ] = None
    """Token for debug reports. A request with this token can ask for timings, statements and query plans. If unset,
    debug reports are disabled."""

    log_level: Annotated[LogLevel, BeforeValidator(_capitals), Group.LOGS] = LogLevel.INFO
    """Minimum severity of the events that are logged."""

    log_format: Annotated[LogFormat, BeforeValidator(_capitals), Group.LOGS] = LogFormat.AUTO
    """Format of the logs. AUTO selects JSON in production. Elsewhere, it selects CONSOLE if the logs go to a terminal,
    and otherwise JSON.
    """

    production: Annotated[bool, Group.LOGS] = False
    """Production mode. A database address is required, the default log format is JSON, and errors contain no
    suggestions from the schema."""

    @model_validator(mode="after")
    def _validate_together(self) -> Self:
        """Raise ValueError if two settings contradict each other."""
        for small, large in (
            ("default_page_size", "max_page_size"),
            ("page_ram_mb", "heap_mb"),
            ("statement_timeout_s", "request_timeout_s"),
        ):
            if getattr(self, small) > getattr(self, large):
                raise ValueError(
                    f"{variable(small)} is {getattr(self, small)}, but must be at most {variable(large)}, "
                    f"which is {getattr(self, large)}"
                )
        if self.max_exports >= self.max_statements_in_flight:
            raise ValueError(
                f"{variable('max_exports')} is {self.max_exports}, but must be less than "
                f"{variable('max_statements_in_flight')}, which is {self.max_statements_in_flight}"
            )
        if self.production and self.database_uri is None:
            raise ValueError(f"{variable('production')} is on, but {variable('database_uri')} is not set")
        return self

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the settings from environment variables. Values in `given` take precedence over the variables.

        Raises ConfigurationError.
        """
        unknown = _unknown_variable_error()
        if unknown:
            raise ConfigurationError(unknown, hint="docs/settings.md lists the settings")
        try:
            return cls.model_validate({}) if not given else cls(**given)  # pyright: ignore[reportArgumentType]
        except ValidationError as error:
            sentences = "; ".join(_sentence(entry) for entry in error.errors(include_url=False, include_context=False))
            raise ConfigurationError(sentences, hint="docs/settings.md lists the settings") from None

    def store(self) -> StoreSettings:
        """Return the subset of the settings that `graph.store` needs."""
        return StoreSettings(
            uri=self.database_uri,
            user=self.database_user,
            password=self.database_password.get_secret_value() if self.database_password else None,
            database=self.database_name,
            data_dir=self.data_dir,
            heap_mb=self.heap_mb,
            page_ram_mb=self.page_ram_mb,
            start_timeout_s=self.database_wait_s,
            statement_timeout_s=self.statement_timeout_s,
            pool_size=self.pool_size,
            acquisition_timeout_s=self.acquisition_timeout_s,
            retry_s=self.retry_s,
            liveness_check_s=self.liveness_check_s,
            max_in_flight=self.max_statements_in_flight,
            max_waiting=self.max_statements_waiting,
            max_expensive=self.max_expensive_statements,
            max_expensive_waiting=self.max_expensive_waiting,
        )

    @property
    def max_expensive_waiting(self) -> int:
        """The maximum number of operations that wait in each of the two queues of expensive statements."""
        return max(1, self.max_operations // _LANE_SHARE)


def variable(name: str) -> str:
    """Return the name of the environment variable that sets a setting."""
    return PREFIX + name.upper()


def value_hint(field: FieldInfo) -> str:
    """Return a description of the valid values of a setting."""
    for entry in field.metadata:
        if isinstance(entry, ValueHint):
            return entry.text
    types = [type_ for type_ in get_args(field.annotation) if type_ is not NoneType] or [field.annotation]
    kind = types[0]
    if kind is bool:
        return "true or false"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(member.value for member in kind)
    if kind is int or kind is float:
        lowest = next((entry.ge for entry in field.metadata if isinstance(entry, Ge)), None)
        highest = next((entry.le for entry in field.metadata if isinstance(entry, Le)), None)
        return f"{'an integer' if kind is int else 'a number'} from {lowest} to {highest}"
    if kind is Path:
        return "a path"
    return "a string"


def _sentence(error: ErrorDetails) -> str:
    """Convert an error from Pydantic to an error message for the operator.

    The message contains the name of the environment variable. It also contains the value, unless the setting is secret.
    """
    if not error["loc"]:
        return error["msg"].removeprefix("Value error, ")
    name = str(error["loc"][0])
    field = Settings.model_fields[name]
    secret = SecretStr in get_args(field.annotation)
    value = "" if secret else f"is {_quote(error['input'])}, but "
    return f"{variable(name)} {value}must be {value_hint(field)}"


def _quote(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    text = re.sub(r"//[^/]*@", "//…@", text)  # hide the password in a database address
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


def _unknown_variable_error() -> str | None:
    """Return an error message if the environment contains a variable for a setting that does not exist.

    Only variables with the prefix `CITYGRAPH_` are checked. If all of them are valid, return None.
    """
    known = {variable(name) for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(_FOREIGN) and name not in known:
            near = get_close_matches(name, known, n=1)
            return f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "")
    return None
