"""Run the embedded database: ArcadeDB in a Java virtual machine (JVM), which serves Bolt on the loopback interface.

`graph.store.embedded` runs this file as a script in a separate process. The separate process isolates the application
from the JVM's signal handlers, terminal output, memory use and crashes. The script reads one line of JSON
(`LaunchConfig`) from standard input and writes one line of JSON (`LaunchResult`) to standard output. The script runs
until its standard input is closed. If the parent process is killed, the operating system closes the standard input.
"""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

_STOP_LIMIT_S: Final = 20.0
_PORT_ATTEMPTS: Final = 5


class LaunchConfig(TypedDict):
    """Configuration of the embedded database. Memory sizes are in MiB, and the timeout is in milliseconds."""

    data_dir: str
    host: str
    user_password: str
    database: str
    heap_mb: int
    page_ram_mb: int
    statement_timeout_ms: int


class Ports(TypedDict):
    """The TCP ports on which the embedded database listens."""

    bolt: int
    http: int


class LaunchResult(TypedDict):
    """The result of the start: either the ports, or the reason why the embedded database did not start."""

    ports: NotRequired[Ports]
    failure: NotRequired[str]


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)  # other users must not read the files of the engine
    order: LaunchConfig = json.loads(sys.stdin.buffer.readline())
    answers = _redirect_output(Path(order["data_dir"]) / "log")
    try:
        server, ports = _serve(order)
    except Exception as error:
        _reply(answers, {"failure": str(error)})
        os._exit(1)
    try:
        _reply(answers, {"ports": ports})
    except OSError:  # the parent has exited; without this exit, the threads of the JVM would run forever
        os._exit(1)
    sys.stdin.buffer.read()  # until the parent closes it or exits
    threading.Timer(_STOP_LIMIT_S, os._exit, (1,)).start()
    server.stop()
    os._exit(0)  # skip the shutdown of the JVM, which can wait for threads forever


def _redirect_output(log_dir: Path) -> int:
    """Redirect standard output and standard error to a log file.

    Return a file descriptor of the original standard output. The caller writes only one message to the original
    standard output: whether the database has started.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    answers = os.dup(1)
    log = os.open(log_dir / "console.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    return answers


def _reply(answers: int, answer: LaunchResult) -> None:
    os.write(answers, json.dumps(answer).encode() + b"\n")
    os.close(answers)


def _serve(order: LaunchConfig) -> tuple[Any, Ports]:
    _start_java(order, Path(order["data_dir"]) / "log")
    server, ports = _started(order)
    database: Any = server.create_database(order["database"])
    # Make commits durable and limit the time of every statement. The engine stores both settings in the database.
    database.command("sql", "ALTER DATABASE `arcadedb.txWalFlush` 2")
    database.command("sql", f"ALTER DATABASE `arcadedb.command.timeout` {order['statement_timeout_ms']}")
    return server, ports


def _started(order: LaunchConfig) -> tuple[Any, Ports]:
    """Start the server on free ports, and return the server and its ports.

    If another program takes one of the ports before the server starts, try again with new ports.
    """
    from arcadedb_embedded.exceptions import ArcadeDBError  # pyright: ignore[reportMissingTypeStubs]
    from arcadedb_embedded.server import ArcadeDBServer  # pyright: ignore[reportMissingTypeStubs]

    # The engine stores the password of its first start, and accepts a new password if the users file is missing.
    (Path(order["data_dir"]) / "config" / "server-users.jsonl").unlink(missing_ok=True)
    for attempts_left in reversed(range(_PORT_ATTEMPTS)):
        ports = Ports(bolt=_free_port(order["host"]), http=_free_port(order["host"]))
        config = {
            "mode": "production",  # serves no console
            "host": order["host"],
            "http_port": str(ports["http"]),
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_host": order["host"],
            "bolt_port": ports["bolt"],
        }
        server: Any = ArcadeDBServer(order["data_dir"], order["user_password"], config)
        try:
            server.start()
        except ArcadeDBError as error:
            if attempts_left and "Unable to listen" in str(error):
                continue
            raise
        # From now on, report error details to the driver. They are hidden in the mode "production".
        server._java_server.getConfiguration().setValue("arcadedb.server.mode", "development")
        return server, ports
    raise AssertionError("the last attempt returns or raises")


def _start_java(order: LaunchConfig, log_dir: Path) -> None:
    import jpype  # pyright: ignore[reportMissingTypeStubs]
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path, get_jar_path  # pyright: ignore[reportMissingTypeStubs]

    logging_file = log_dir / "logging.properties"
    logging_file.write_text(
        "handlers=java.util.logging.FileHandler\n"
        ".level=WARNING\n"
        f"java.util.logging.FileHandler.pattern={_escape_property(_escape_percent(log_dir))}/engine.%g.log\n"
        "java.util.logging.FileHandler.limit=1000000\n"
        "java.util.logging.FileHandler.count=2\n"
        "java.util.logging.FileHandler.append=true\n"
        "java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter\n"
    )
    jpype.startJVM(  # pyright: ignore[reportUnknownMemberType]
        get_bundled_jre_lib_path(),
        f"-Xmx{order['heap_mb']}m",
        "-Xrs",  # the JVM installs no signal handlers
        f"-XX:ErrorFile={_escape_percent(log_dir)}/hs_err_pid%p.log",
        "-XX:+UseCompactObjectHeaders",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF8",
        f"-Djava.util.logging.config.file={logging_file}",
        f"-Darcadedb.maxPageRAM={order['page_ram_mb']}",
        # Memory that a grouping in a subquery reserves is released only by the next garbage collection. With the
        # default budget, which is half of the heap, the engine would reject statements before the collection.
        f"-Darcadedb.queryMaxHeapRAM={order['heap_mb']}",
        f"-Darcadedb.server.logsDirectory={log_dir}",
        # Statements contain parameters in place of literals. The engine would parse each new statement once more to
        # find literals.
        "-Darcadedb.queryLiteralParameterization=false",
        # The default of 65,536 iterations slows down the guessing of passwords. This password is 256 random bits.
        "-Darcadedb.server.saltIterations=1",
        "-Darcadedb.opencypher.loadCsv.allowFileUrls=false",
        "-Darcadedb.opencypher.loadCsv.allowRemoteUrls=false",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
        "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        classpath=[str(jar) for jar in sorted(Path(get_jar_path()).glob("*.jar"))],
        interrupt=False,
    )


def _escape_percent(path: Path) -> str:
    return str(path).replace("%", "%%")


def _escape_property(text: str) -> str:
    """Escape a text for a Java properties file.

    The result is printable ASCII, with escapes for all other characters.
    """
    units = memoryview(text.encode("utf-16-be", "surrogatepass"))
    codes = [int.from_bytes(units[index : index + 2]) for index in range(0, len(units), 2)]
    return "".join(chr(code) if 0x20 <= code < 0x7F and chr(code) != "\\" else f"\\u{code:04x}" for code in codes)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
