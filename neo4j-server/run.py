"""Run a real Neo4j Community on loopback, without Docker: in the foreground, or while a command runs.

    python neo4j-server/run.py                                            # until Ctrl-C; data in data/neo4j/
    python neo4j-server/run.py --temporary -- pytest tests                # tests on a temporary server
    python neo4j-server/run.py --temporary --servers 2 -- pytest -n auto  # the same with two servers

The command receives the address in CITYGRAPH_TEST_DATABASE_URI, _USER and _PASSWORD. Its exit code is passed on. The
addresses of several servers are separated by spaces; user and password are the same. The jars come from Maven Central
and are stored in `target/` beside this file. CITYGRAPH_NEO4J_PASSWORD sets a password of at least 8 characters; without
it one is generated and stored in the data folder, readable by its owner. Java is taken from NEO4J_JAVA, else JAVA_HOME,
else PATH. Needs the driver (the project's .venv).
"""

import argparse
import contextlib
import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import LiteralString, NoReturn

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
USER = "neo4j"
FIRST_PASSWORD = "neo4j"
START_LIMIT_S = 120.0
STOP_LIMIT_S = 30.0


class Failure(Exception):
    """An expected error, with a message for the terminal."""


def main() -> int:
    options, command = _options()
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _interrupted)
    try:
        with _home(options) as home, _servers(options, home) as environment:
            if command:
                return _run(command, environment)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 130 if command else 0
    except Failure as failure:
        _say(f"neo4j-server: {failure}")
        return 1


def _options() -> tuple[argparse.Namespace, list[str]]:
    words = sys.argv[1:]
    command: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, command = words[:at], words[at + 1 :]
    parser = argparse.ArgumentParser(
        description="Run Neo4j Community on loopback: in the foreground, or while the command after -- runs."
    )
    parser.add_argument("--version", default=_proven_version(), help="of Neo4j (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="of Bolt (default: a free one)")
    parser.add_argument("--servers", type=int, default=1, help="how many, with --temporary (default: %(default)s)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", type=Path, help="the data folder (default: data/neo4j/ of the project)")
    where.add_argument("--temporary", action="store_true", help="use a new folder and remove it at the end")
    parser.add_argument("--heap-mb", type=int, default=768, help="Java heap in MiB (default: %(default)s)")
    parser.add_argument("--page-cache-mb", type=int, default=128, help="page cache in MiB (default: %(default)s)")
    options = parser.parse_args(words)
    if options.servers < 1 or (options.servers > 1 and (options.port or not options.temporary)):
        parser.error("--servers is 1 or more, and more than 1 only with --temporary and without --port")
    return options, command


@contextlib.contextmanager
def _home(options: argparse.Namespace) -> Generator[Path]:
    if options.temporary:
        with tempfile.TemporaryDirectory(prefix="neo4j-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    else:
        home = (options.data or HERE.parent / "data" / "neo4j").absolute()
        home.mkdir(parents=True, exist_ok=True)
        yield home


@contextlib.contextmanager
def _servers(options: argparse.Namespace, home: Path) -> Generator[dict[str, str]]:
    """Start servers, yield the environment for the tests, and stop the servers."""
    java = _java(options.version)
    jars = _jars(options.version)
    password = _password(home)
    homes = [home] if options.servers == 1 else [home / str(index) for index in range(options.servers)]
    ports = [options.port] if options.port else _free_ports(len(homes))
    uris = [f"bolt://{HOST}:{port}" for port in ports]
    with contextlib.ExitStack() as stack:
        for server_home, port in zip(homes, ports, strict=True):
            _configure(server_home, port, options)
        processes = [stack.enter_context(_process(options, java, jars, server_home)) for server_home in homes]
        for process, server_home, uri in zip(processes, homes, uris, strict=True):
            _wait(process, server_home, uri, password)
            _say(f"Neo4j {options.version} answers at {uri} as {USER}; password and logs in {home}")
        yield {
            "CITYGRAPH_TEST_DATABASE_URI": " ".join(uris),
            "CITYGRAPH_TEST_DATABASE_USER": USER,
            "CITYGRAPH_TEST_DATABASE_PASSWORD": password,
        }


@contextlib.contextmanager
def _process(options: argparse.Namespace, java: str, jars: Path, home: Path) -> Generator[subprocess.Popen[bytes]]:
    """Start a server process; stop it on exit."""
    with (home / "logs" / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [
                java,
                f"-Xmx{options.heap_mb}m",
                *(_temporary_options if options.temporary else _permanent_options)(options.heap_mb),
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Dlog4j2.disable.jmx=true",
                "-Dio.netty.tryReflectionSetAccessible=true",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/java.io=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                f"{jars}/*",
                _entry_point(jars),
                f"--home-dir={home}",
                f"--config-dir={home / 'conf'}",
                "--console-mode",
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # this process handles Ctrl-C and stops the server
            preexec_fn=_end_with_parent(),
        )
    try:
        yield process
    finally:
        _stop(process)


def _permanent_options(heap_mb: int) -> list[str]:
    return [f"-Xms{min(128, heap_mb)}m", "-XX:+UseG1GC"]


def _temporary_options(heap_mb: int) -> list[str]:
    """Return Java options for tests. Planning allocates much short-lived memory, hence the large young generation."""
    return [f"-Xms{heap_mb}m", f"-Xmn{heap_mb // 3}m", "-XX:+UseSerialGC"]


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command and return its exit code. An interrupt stops the command first."""
    with subprocess.Popen(command, env={**os.environ, **environment}) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.send_signal(signal.SIGINT)
                process.wait(STOP_LIMIT_S)
            process.kill()
            raise
    return code if code >= 0 else 128 - code


# --- Java and the jars ----------------------------------------------------------------------------


def _java(version: str) -> str:
    home = os.environ.get("JAVA_HOME")
    java = os.environ.get("NEO4J_JAVA") or (home and f"{home}/bin/java") or "java"
    least = 17 if version.startswith("5.") else 21
    found = shutil.which(java)
    if not found:
        raise Failure(
            f"Java {least} is needed and '{java}' was not found; install it (Debian: openjdk-{least}-jre-headless) "
            "or set NEO4J_JAVA to a java"
        )
    output = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', output)
    if not match or int(match[1]) < least:
        raise Failure(f"Neo4j {version} needs Java {least} or newer, and {found} is {output.partition(chr(10))[0]}")
    return found


def _jars(version: str) -> Path:
    """Return the folder of the jars; Maven downloads them the first time."""
    jars = HERE / "target" / version
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if not maven:
        raise Failure("Maven is needed to download the jars, but mvn was not found (Debian: maven)")
    _say(f"Downloading Neo4j {version} from Maven Central (once, about 120 MB)")
    jars.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as draft:
        goal = ["dependency:copy-dependencies", f"-Dneo4j.version={version}", f"-DoutputDirectory={draft}/jars"]
        done = subprocess.run([maven, "-B", "-q", "-f", HERE / "pom.xml", *goal], stdout=sys.stderr, check=False)
        if done.returncode:
            raise Failure(f"Maven could not download Neo4j {version}; see its output above")
        with contextlib.suppress(OSError):  # another run may have been first
            Path(draft, "jars").rename(jars)
    return jars


def _proven_version() -> str:
    match = re.search(r"<neo4j\.version>(.+)</neo4j\.version>", (HERE / "pom.xml").read_text(encoding="utf-8"))
    assert match
    return match[1]


def _entry_point(jars: Path) -> str:
    """Return the class that starts the server; calendar versions use another name."""
    core = next(jars.glob("neo4j-[0-9]*.jar"))
    with zipfile.ZipFile(core) as archive:
        renamed = "org/neo4j/server/Neo4jCommunity.class" in archive.namelist()
    return "org.neo4j.server.Neo4jCommunity" if renamed else "org.neo4j.server.CommunityEntryPoint"


# --- The data folder ------------------------------------------------------------------------------


def _configure(home: Path, port: int, options: argparse.Namespace) -> None:
    # Tests clear and load graphs all the time; Neo4j would plan a statement again each time that the counts change.
    replanning = "dbms.cypher.min_replan_interval=24h\n" if options.temporary else ""
    for name in ("conf", "data", "logs", "run", "plugins", "import"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "conf" / "neo4j.conf").write_text(
        f"server.default_listen_address={HOST}\n"
        "server.bolt.enabled=true\n"
        f"server.bolt.listen_address={HOST}:{port}\n"
        f"server.bolt.advertised_address={HOST}:{port}\n"
        "server.http.enabled=false\n"
        "server.https.enabled=false\n"
        "dbms.security.auth_enabled=true\n"
        "dbms.usage_report.enabled=false\n"
        f"server.memory.pagecache.size={options.page_cache_mb}m\n"
        "db.tx_log.rotation.retention_policy=keep_none\n"
        f"{replanning}",
        encoding="utf-8",
    )


def _password(home: Path) -> str:
    """Return the given password, else the one stored in the folder, else a new one."""
    stored = home / "password"
    password = os.environ.get("CITYGRAPH_NEO4J_PASSWORD")
    if password is None and stored.exists():
        return stored.read_text(encoding="utf-8").strip()
    password = password or secrets.token_urlsafe(24)
    if len(password) < 8:
        raise Failure("CITYGRAPH_NEO4J_PASSWORD must have at least 8 characters")
    stored.unlink(missing_ok=True)
    with os.fdopen(os.open(stored, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password + "\n")
    return password


def _free_ports(count: int) -> list[int]:
    """Return free ports below the ephemeral range, so that no client takes one before the server listens."""
    with contextlib.ExitStack() as sockets:
        found: list[int] = []
        while len(found) < count:
            probe = sockets.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # the port is in use
                probe.bind((HOST, 20_000 + secrets.randbelow(12_000)))
                found.append(int(probe.getsockname()[1]))
        return found


# --- The process ----------------------------------------------------------------------------------


def _wait(process: subprocess.Popen[bytes], home: Path, uri: str, password: str) -> None:
    """Wait until the server accepts the user and the password; set the password if the folder is new."""
    port = int(uri.rpartition(":")[2])
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        if process.poll() is not None:
            raise Failure(f"Neo4j exited; the end of its log in {home}/logs:\n{_log_tail(home)}")
        if time.monotonic() > deadline:
            raise Failure(f"Neo4j did not answer within {START_LIMIT_S:g} s; see {home}/logs")
        with contextlib.suppress(OSError, DriverError):
            socket.create_connection((HOST, port), timeout=1).close()
            try:
                _ask(uri, password, "SHOW CURRENT USER")
            except AuthError:
                _set_password(home, uri, password)
            return
        time.sleep(0.2)


def _set_password(home: Path, uri: str, password: str) -> None:
    try:
        _ask(uri, FIRST_PASSWORD, f"ALTER CURRENT USER SET PASSWORD FROM '{FIRST_PASSWORD}' TO $to", to=password)
    except AuthError:
        (home / "password").unlink(missing_ok=True)
        raise Failure(f"{home} has another password; set it in CITYGRAPH_NEO4J_PASSWORD") from None
    except Neo4jError as error:
        raise Failure(f"Neo4j refused the password: {error.message}") from None


def _ask(uri: str, password: str, statement: LiteralString, **parameters: str) -> None:
    with GraphDatabase.driver(uri, auth=(USER, password)) as driver, driver.session(database="system") as session:
        session.run(statement, parameters).consume()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server, and kill it after a timeout. Further signals are ignored."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> Callable[[], None] | None:
    """Return a function that makes Linux stop the server when this process is killed; None elsewhere."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def _interrupted(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _log_tail(home: Path) -> str:
    return "\n".join((home / "logs" / "console.log").read_text(errors="replace").splitlines()[-15:])


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
