"""Run a real Neo4j Community on loopback, without Docker: in the foreground, or while a command runs.

    python neo4j-server/run.py                                            # until Ctrl-C; data below data/neo4j/
    python neo4j-server/run.py --temporary -- pytest tests                # tests on a server of their own, then gone
    python neo4j-server/run.py --temporary --servers 2 -- pytest -n auto  # the same, over two processes

The command finds the server in CITYGRAPH_TEST_DATABASE_URI, _USER and _PASSWORD; its exit code is passed on. Of
several servers the addresses all stand there, with blanks between them; user and password are the same. The jars come
from Maven Central and are kept in `target/` beside this file. A password may be given in CITYGRAPH_NEO4J_PASSWORD (8
characters or more); else one is made, and kept in the data folder, readable by its owner. Java: that of NEO4J_JAVA,
else of JAVA_HOME, else the PATH's. Needs the driver (the project's .venv).
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
    """What is missing or went wrong, in a sentence for the terminal."""


def main() -> int:
    options, command = _options()
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _interrupted)
    try:
        with _home(options) as home, _servers(options, home) as surroundings:
            if command:
                return _run(command, surroundings)
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
    """Servers that answer; gives the environment for tests. They are stopped on leaving, whatever happened."""
    java = _java(options.version)
    jars = _jars(options.version)
    password = _password(home)
    homes = [home] if options.servers == 1 else [home / str(each) for each in range(options.servers)]
    ports = [options.port] if options.port else _free_ports(len(homes))
    uris = [f"bolt://{HOST}:{port}" for port in ports]
    with contextlib.ExitStack() as stack:
        for each, port in zip(homes, ports, strict=True):
            _configure(each, port, options.page_cache_mb)
        processes = [stack.enter_context(_process(options, java, jars, each)) for each in homes]
        for process, each, uri in zip(processes, homes, uris, strict=True):
            _wait(process, each, uri, password)
            _say(f"Neo4j {options.version} answers at {uri} as {USER}; password and logs in {home}")
        yield {
            "CITYGRAPH_TEST_DATABASE_URI": " ".join(uris),
            "CITYGRAPH_TEST_DATABASE_USER": USER,
            "CITYGRAPH_TEST_DATABASE_PASSWORD": password,
        }


@contextlib.contextmanager
def _process(options: argparse.Namespace, java: str, jars: Path, home: Path) -> Generator[subprocess.Popen[bytes]]:
    """A server's process, which has just begun to start."""
    with (home / "logs" / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [
                java,
                f"-Xmx{options.heap_mb}m",
                *(_for_a_short_life if options.temporary else _for_a_long_life)(options.heap_mb),
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
            start_new_session=True,  # Ctrl-C is ours to pass on
            preexec_fn=_end_with_parent(),
        )
    try:
        yield process
    finally:
        _stop(process)


def _for_a_long_life(heap_mb: int) -> list[str]:
    return [f"-Xms{min(128, heap_mb)}m", "-XX:+UseG1GC"]


def _for_a_short_life(heap_mb: int) -> list[str]:
    """Leaves the processors to the tests: most of what they ask is asked once, and never worth optimising code for.

    Making plans takes much memory that is soon free again. Without optimising, Java would keep room for a fifth of the
    code only.
    """
    return [
        f"-Xms{heap_mb}m",
        f"-Xmn{heap_mb // 3}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:ReservedCodeCacheSize=240m",
    ]


def _run(command: Sequence[str], surroundings: Mapping[str, str]) -> int:
    """The command's exit code; signals that end us end it first."""
    with subprocess.Popen(command, env={**os.environ, **surroundings}) as process:
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
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', told)
    if not match or int(match[1]) < least:
        raise Failure(f"Neo4j {version} needs Java {least} or newer, and {found} is {told.partition(chr(10))[0]}")
    return found


def _jars(version: str) -> Path:
    """The folder of the jars; brought by Maven the first time."""
    jars = HERE / "target" / version
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if not maven:
        raise Failure("Maven is needed to bring the jars, and no mvn was found (Debian: maven)")
    _say(f"Bringing Neo4j {version} from Maven Central (once, some 120 MB)")
    jars.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as draft:
        goal = ["dependency:copy-dependencies", f"-Dneo4j.version={version}", f"-DoutputDirectory={draft}/jars"]
        done = subprocess.run([maven, "-B", "-q", "-f", HERE / "pom.xml", *goal], stdout=sys.stderr, check=False)
        if done.returncode:
            raise Failure(f"Maven did not bring Neo4j {version}; what it said stands above")
        with contextlib.suppress(OSError):  # another run may have been first
            Path(draft, "jars").rename(jars)
    return jars


def _proven_version() -> str:
    match = re.search(r"<neo4j\.version>(.+)</neo4j\.version>", (HERE / "pom.xml").read_text(encoding="utf-8"))
    assert match
    return match[1]


def _entry_point(jars: Path) -> str:
    """The class that starts the server; calendar versions have named it anew."""
    core = next(jars.glob("neo4j-[0-9]*.jar"))
    with zipfile.ZipFile(core) as archive:
        renamed = "org/neo4j/server/Neo4jCommunity.class" in archive.namelist()
    return "org.neo4j.server.Neo4jCommunity" if renamed else "org.neo4j.server.CommunityEntryPoint"


# --- The data folder ------------------------------------------------------------------------------


def _configure(home: Path, port: int, page_cache_mb: int) -> None:
    for each in ("conf", "data", "logs", "run", "plugins", "import"):
        (home / each).mkdir(parents=True, exist_ok=True)
    (home / "conf" / "neo4j.conf").write_text(
        f"server.default_listen_address={HOST}\n"
        "server.bolt.enabled=true\n"
        f"server.bolt.listen_address={HOST}:{port}\n"
        f"server.bolt.advertised_address={HOST}:{port}\n"
        "server.http.enabled=false\n"
        "server.https.enabled=false\n"
        "dbms.security.auth_enabled=true\n"
        "dbms.usage_report.enabled=false\n"
        f"server.memory.pagecache.size={page_cache_mb}m\n"
        "db.tx_log.rotation.retention_policy=keep_none\n",
        encoding="utf-8",
    )


def _password(home: Path) -> str:
    """The password given, else the folder's own, else a new one."""
    kept = home / "password"
    password = os.environ.get("CITYGRAPH_NEO4J_PASSWORD")
    if password is None and kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    password = password or secrets.token_urlsafe(24)
    if len(password) < 8:
        raise Failure("Neo4j wants a password of 8 characters or more in CITYGRAPH_NEO4J_PASSWORD")
    kept.unlink(missing_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password + "\n")
    return password


def _free_ports(count: int) -> list[int]:
    """Below those that systems give to clients: one of these could be taken before a server is ready to listen."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # somebody listens there
                probe.bind((HOST, 20_000 + secrets.randbelow(12_000)))
                found.append(int(probe.getsockname()[1]))
        return found


# --- The process ----------------------------------------------------------------------------------


def _wait(process: subprocess.Popen[bytes], home: Path, uri: str, password: str) -> None:
    """Wait until the server answers as the user with the password, which is set if the folder is new."""
    port = int(uri.rpartition(":")[2])
    give_up_at = time.monotonic() + START_LIMIT_S
    while True:
        if process.poll() is not None:
            raise Failure(f"Neo4j ended by itself; its last words in {home}/logs:\n{_last_words(home)}")
        if time.monotonic() > give_up_at:
            raise Failure(f"Neo4j gave no answer within {START_LIMIT_S:g} s; see {home}/logs")
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
        raise Failure(f"{home} keeps another password; give that in CITYGRAPH_NEO4J_PASSWORD") from None
    except Neo4jError as error:
        raise Failure(f"Neo4j did not take the password: {error.message}") from None


def _ask(uri: str, password: str, statement: LiteralString, **parameters: str) -> None:
    with GraphDatabase.driver(uri, auth=(USER, password)) as driver, driver.session(database="system") as session:
        session.run(statement, parameters).consume()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server in good order, by force if that takes too long; no second signal hinders it."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux: what has the server ended even where this process is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def _interrupted(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _last_words(home: Path) -> str:
    return "\n".join((home / "logs" / "console.log").read_text(errors="replace").splitlines()[-15:])


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
