"""Every setting, with its type, its default and its unit, read from the environment.

A setting `port` is the variable `CITYGRAPH_PORT`. An empty variable counts as absent. `docs/settings.md` is printed
from this module, and a wrong value is told with the same words.
"""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
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
_FOREIGN = f"{PREFIX}TEST_"  # the test suite's own variables
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True, slots=True)
class ValueHint:
    """What a value must be, in words: it stands after "must be" in an error and under "Value" in the table."""

    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a number."""

    text: str


class Group(StrEnum):
    """The parts of the table in `docs/settings.md`."""

    DATABASE = "Database"
    EMBEDDED = "Embedded database"
    SERVER = "Server"
    LIMITS = "Limits on one request"
    STATEMENTS = "Limits on the database's work"
    ANALYSES = "Limits on analyses"
    WATCHING = "Metrics, traces and reports"
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
    return tuple(each.strip().rstrip("/") for each in value.split(",") if each.strip())


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        parts = urlsplit(each)
        if each != "*" and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query):
            raise ValueError
    return value


Bytes = Unit("bytes")
Seconds = Unit("seconds")
Mebibytes = Unit("MiB")


class Settings(BaseSettings):
    """The settings of one process. Raises ConfigurationError through `Settings.load`, which is the way to read them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    database_uri: Annotated[
        str | None,
        AfterValidator(lambda value: None if value is None else _address(value)),
        ValueHint("an address such as bolt://localhost:7687 or neo4j+s://db.example.org, without a user name in it"),
        Group.DATABASE,
    ] = None
    """Address of a Neo4j database. Absent: the embedded database is started, or joined where it runs already."""

    database_user: Annotated[str, Field(min_length=1), Group.DATABASE] = "neo4j"
    """User name at the database. The embedded database ignores it."""

    database_password: Annotated[SecretStr | None, Group.DATABASE] = None
    """Password at the database. The embedded database makes its own at each start."""

    database_name: Annotated[str, Field(min_length=1), Group.DATABASE] = "neo4j"
    """Name of the database on a Neo4j server. The embedded database ignores it."""

    data_dir: Annotated[Path, Group.EMBEDDED] = Path("data")
    """Folder of the embedded database; made where missing."""

    heap_mb: Annotated[int, Ge(256), Le(65_536), Mebibytes, Group.EMBEDDED] = 1024
    """Upper bound of the embedded database's heap."""

    page_ram_mb: Annotated[int, Ge(64), Le(65_536), Mebibytes, Group.EMBEDDED] = 256
    """Part of the heap that the embedded database may fill with pages of its files."""

    host: Annotated[
        str, Field(min_length=1), ValueHint("a host name or an IP address of this machine"), Group.SERVER
    ] = "127.0.0.1"
    """Address to listen on. The default is reached from this machine only; 0.0.0.0 is every interface."""

    port: Annotated[int, Ge(0), Le(65_535), Group.SERVER] = 8000
    """TCP port to listen on; 0 takes a free one."""

    seeds: Annotated[Path, Group.SERVER] = Path("seeds")
    """Folder of facts that `citygraph serve` loads at its start. Facts already in the graph are not written again."""

    cors_origins: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_parse_list),
        AfterValidator(_origins),
        ValueHint("origins such as https://city.example.org, separated by commas, or *"),
        Group.SERVER,
    ] = ()
    """Origins whose pages may call the API from a browser. None: pages of other origins are refused by the browser."""

    graphiql: Annotated[bool, Group.SERVER] = True
    """Serve GraphiQL, a page to explore the graph with, to browsers at /graphql."""

    compress_bytes: Annotated[int, Ge(0), Le(1_073_741_824), Bytes, Group.SERVER] = 4_096
    """From which size on answers are compressed for clients that take gzip; 0: none are."""

    workers: Annotated[int, Ge(1), Le(64), Unit("processes"), Group.SERVER] = 1
    """Number of processes that serve requests. Each has its own limits, pools, response cache and documents."""

    keep_alive_s: Annotated[int, Ge(1), Le(300), Seconds, Group.SERVER] = 20
    """How long a client may leave a connection idle, take to send the head of a request, or read nothing of a
    response."""

    max_connections: Annotated[int, Ge(1), Le(100_000), Unit("connections"), Group.SERVER] = 800
    """Limit on open client connections. Above it, the one that has waited longest for its client is closed. Each needs
    a file descriptor (`ulimit -n`)."""

    shutdown_s: Annotated[int, Ge(0), Le(60), Seconds, Group.SERVER] = 4
    """How long a stopping server waits for the requests in flight."""

    max_operations: Annotated[int, Ge(1), Le(10_000), Unit("operations"), Group.SERVER] = 128
    """How many operations may run at once; beyond, requests are refused at once with 503."""

    max_exports: Annotated[int, Ge(0), Le(100), Unit("exports"), Group.SERVER] = 2
    """How many exports of the whole graph each process sends at once from /export; beyond, they are refused with 503.
    Each holds a connection to the database. 0: none are served."""

    export_timeout_s: Annotated[float, Ge(1), Le(86_400), Seconds, Group.SERVER] = 600
    """How long an export may take, its taking by the client included; then it is cut."""

    request_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.LIMITS] = 15
    """How long one request may take in all, its reading included."""

    max_request_bytes: Annotated[int, Ge(1_024), Le(16_777_216), Bytes, Group.LIMITS] = 262_144
    """Size of a request's body."""

    persisted_query_bytes: Annotated[int, Ge(0), Le(1_073_741_824), Bytes, Group.SERVER] = 8_388_608
    """Memory for the documents that clients then name by their hash alone (automatic persisted queries); 0: none."""

    trusted_documents: Annotated[Path | None, Group.SERVER] = None
    """JSON file of the documents that may be carried out, by their ids; all others are refused. None: every document
    may be carried out."""

    response_cache_bytes: Annotated[int, Ge(0), Le(8_589_934_592), Bytes, Group.SERVER] = 33_554_432
    """Memory for answers, each kept until the graph changes; 0: none, and every question is worked out anew."""

    max_tokens: Annotated[int, Ge(100), Le(100_000), Unit("tokens"), Group.LIMITS] = 5_000
    """Length of a GraphQL document."""

    max_depth: Annotated[int, Ge(5), Le(50), Unit("levels"), Group.LIMITS] = 20
    """How deep fields may be nested, fragments resolved."""

    max_aliases: Annotated[int, Ge(1), Le(10_000), Unit("aliases"), Group.LIMITS] = 100
    """How many fields may carry an alias, fragments resolved."""

    max_root_fields: Annotated[int, Ge(1), Le(1_000), Unit("fields"), Group.LIMITS] = 20
    """How many fields an operation may ask at its root, fragments resolved."""

    max_page_size: Annotated[int, Ge(1), Le(10_000), Unit("items"), Group.LIMITS] = 500
    """The largest `first` or `last`."""

    default_page_size: Annotated[int, Ge(1), Le(10_000), Unit("items"), Group.LIMITS] = 50
    """The page where neither `first` nor `last` is given."""

    max_cost: Annotated[int, Ge(100), Le(100_000_000), Unit("points"), Group.LIMITS] = 500_000
    """Estimated cost of an operation: about one point for each value it can return, every page taken as full."""

    statement_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.STATEMENTS] = 4
    """Time limit of one read statement, after which the database ends it."""

    max_statements_in_flight: Annotated[int, Ge(1), Le(1_000), Unit("statements"), Group.STATEMENTS] = 32
    """How many statements may run in the database at once."""

    max_statements_waiting: Annotated[int, Ge(0), Le(100_000), Unit("statements"), Group.STATEMENTS] = 256
    """How many more may wait for their turn; beyond, requests are refused at once."""

    pool_size: Annotated[int, Ge(1), Le(1_000), Unit("connections"), Group.STATEMENTS] = 40
    """Connections to the database that are kept at most."""

    acquisition_timeout_s: Annotated[float, Ge(0.1), Le(60), Seconds, Group.STATEMENTS] = 4
    """How long a statement may wait for a connection."""

    retry_s: Annotated[float, Ge(0), Le(60), Seconds, Group.STATEMENTS] = 8
    """How long a transaction that met a passing fault is tried again."""

    liveness_check_s: Annotated[float, Ge(0), Le(3_600), Seconds, Group.STATEMENTS] = 45
    """Idle time after which a connection is tested before it is used."""

    analysis_timeout_s: Annotated[float, Ge(0.1), Le(600), Seconds, Group.ANALYSES] = 12
    """Time limit of one analysis, such as `centrality`, after which its process is ended. A request's own limit, too,
    ends what it asked for."""

    analysis_memory_mb: Annotated[int, Ge(512), Le(65_536), Mebibytes, Group.ANALYSES] = 2048
    """How much memory the process of analyses may take."""

    max_analyses: Annotated[int, Ge(1), Le(64), Unit("analyses"), Group.ANALYSES] = 1
    """How many analyses may run at once, each in a process of its own; sixteen more may wait."""

    metrics: Annotated[bool, Group.WATCHING] = False
    """Serve metrics for Prometheus at /metrics, to whoever reaches this address."""

    tracing: Annotated[bool, Group.WATCHING] = False
    """Send spans of requests, operations and statements by OpenTelemetry, whose own variables (`OTEL_…`) say where to;
    needs the extra `citygraph[tracing]`."""

    debug_token: Annotated[
        SecretStr | None, Field(min_length=16), ValueHint("a text of 16 characters or more"), Group.WATCHING
    ] = None
    """Who sends it may ask for timings and statements with an answer. None: nobody may."""

    log_level: Annotated[LogLevel, BeforeValidator(_capitals), Group.LOGS] = LogLevel.INFO
    """The least severe events that are logged."""

    log_format: Annotated[LogFormat, BeforeValidator(_capitals), Group.LOGS] = LogFormat.AUTO
    """Form of the logs on standard error. AUTO: CONSOLE on a terminal, JSON elsewhere and in production."""

    production: Annotated[bool, Group.LOGS] = False
    """Refuse what suits a workplace only: no database address (the embedded database) and CORS open to every origin.
    Log in JSON, and suggest no names of the schema in errors."""

    @model_validator(mode="after")
    def _validate_together(self) -> Self:
        """Settings that contradict each other."""
        for small, large in (
            ("default_page_size", "max_page_size"),
            ("page_ram_mb", "heap_mb"),
            ("statement_timeout_s", "request_timeout_s"),
        ):
            if getattr(self, small) > getattr(self, large):
                raise ValueError(
                    f"{variable(small)} is {getattr(self, small)}, more than {variable(large)}, {getattr(self, large)}"
                )
        if self.max_exports >= self.max_statements_in_flight:
            raise ValueError(
                f"{variable('max_exports')} is {self.max_exports}, not less than "
                f"{variable('max_statements_in_flight')}, {self.max_statements_in_flight}"
            )
        if self.production and self.database_uri is None:
            raise ValueError(f"{variable('production')} is on, but {variable('database_uri')} is not set")
        if self.production and "*" in self.cors_origins:
            raise ValueError(f"{variable('production')} is on, but {variable('cors_origins')} admits every origin")
        return self

    @classmethod
    def load(cls, **given: object) -> Self:
        """The environment's settings, with those `given` in their place. Raises ConfigurationError."""
        unknown = _unknown()
        if unknown:
            raise ConfigurationError(unknown, hint="docs/settings.md lists the settings")
        try:
            return cls.model_validate({}) if not given else cls(**given)  # pyright: ignore[reportArgumentType]
        except ValidationError as error:
            sentences = "; ".join(_sentence(each) for each in error.errors(include_url=False, include_context=False))
            raise ConfigurationError(sentences, hint="docs/settings.md lists the settings") from None

    def store(self) -> StoreSettings:
        """The part that the graph's store needs."""
        return StoreSettings(
            uri=self.database_uri,
            user=self.database_user,
            password=self.database_password.get_secret_value() if self.database_password else None,
            database=self.database_name,
            data_dir=self.data_dir,
            heap_mb=self.heap_mb,
            page_ram_mb=self.page_ram_mb,
            statement_timeout_s=self.statement_timeout_s,
            pool_size=self.pool_size,
            acquisition_timeout_s=self.acquisition_timeout_s,
            retry_s=self.retry_s,
            liveness_check_s=self.liveness_check_s,
            max_in_flight=self.max_statements_in_flight,
            max_waiting=self.max_statements_waiting,
        )


def variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    return PREFIX + name.upper()


def value_hint(field: FieldInfo) -> str:
    """What a value of `field` must be, in words."""
    for each in field.metadata:
        if isinstance(each, ValueHint):
            return each.text
    types = [each for each in get_args(field.annotation) if each is not NoneType] or [field.annotation]
    kind = types[0]
    if kind is bool:
        return "true or false"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(each.value for each in kind)
    if kind is int or kind is float:
        lowest = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
        highest = next((each.le for each in field.metadata if isinstance(each, Le)), None)
        return f"a {'whole ' if kind is int else ''}number from {lowest} to {highest}"
    if kind is Path:
        return "a path"
    return "a text"


def _sentence(error: ErrorDetails) -> str:
    """What is wrong, in one sentence that names the variable and, unless it is secret, its value."""
    if not error["loc"]:
        return error["msg"].removeprefix("Value error, ")
    name = str(error["loc"][0])
    field = Settings.model_fields[name]
    secret = SecretStr in get_args(field.annotation)
    told = "" if secret else f"is {_shown(error['input'])}, but "
    return f"{variable(name)} {told}must be {value_hint(field)}"


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    text = re.sub(r"//[^/]*@", "//…@", text)  # a password in an address
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


def _unknown() -> str | None:
    """A sentence on variables that look like settings and are none: mostly a slip of the pen, which would go unseen."""
    known = {variable(each) for each in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(_FOREIGN) and name not in known:
            near = get_close_matches(name, known, n=1)
            return f"{name} is not a setting" + (f"; is {near[0]} meant?" if near else "")
    return None
