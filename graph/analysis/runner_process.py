"""Child process of `AnalysisRunner`: reads tasks from standard input and writes messages to standard output.

A message is a pickle preceded by its length in eight bytes. The process first sends ("ready",). A task is (function,
positional arguments, keyword arguments). The process replies with zero or more ("progress", done, total) messages and
one final message: ("result", value), ("error", class, message, hint), ("memory",) or ("failed", traceback). The process
exits when its standard input is closed, or when a task exceeds its time limit.
"""

import importlib
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from graph.errors import AnalysisError, QueryError

LENGTH: Final = struct.Struct("<Q")
_NICENESS: Final = 5
"""Niceness of the process, which gives it a lower CPU priority than the server."""

Task = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An argument that is pickled only once for several tasks. The called function receives the original value.

    `key` identifies the value, and `data` contains its pickle. `data` is None if the child process still has the value
    from its previous task.
    """

    key: str
    data: bytes | None

    @classmethod
    def of(cls, key: str, value: object) -> "Encoded":
        """Pickle an argument of a task."""
        return cls(key, pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))

    def decode(self, received: dict[str, object]) -> object:
        """Return the original value of the argument.

        If `data` is not None, the value is unpickled from it and stored in `received` under the key of the argument.
        Otherwise, `received` already contains the value.
        """
        if self.data is not None:
            received.clear()
            received[self.key] = pickle.loads(self.data)
        return received[self.key]


def encode_message(message: object) -> bytes:
    """Return the message as a pickle preceded by its length."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def main(memory_mb: int, time_s: float, modules: Sequence[str]) -> None:
    """Import the modules with these names, then execute tasks until standard input is closed.

    `memory_mb` limits the memory of the process, in MiB. `time_s` limits the time of a task, in seconds.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
    os.nice(_NICENESS)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a write ends this process if the parent has exited
    tasks = sys.stdin.buffer
    # Output printed by libraries must not be mixed with the messages.
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for name in modules:
        importlib.import_module(name)
    received: dict[str, object] = {}
    _write(messages, ("ready",))
    while header := tasks.read(LENGTH.size):
        task = cast("Task", pickle.loads(tasks.read(LENGTH.unpack(header)[0])))
        # The alarm kills this process even if the parent has exited.
        signal.setitimer(signal.ITIMER_REAL, time_s)
        message = _execute(task, messages, received)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(messages, message)


def _execute(task: Task, messages: BinaryIO, received: dict[str, object]) -> object:
    function, arguments, keywords = task

    def on_progress(done: int, total: int) -> None:
        _write(messages, ("progress", done, total))

    if "on_progress" in _parameter_names(function):
        keywords = keywords | {"on_progress": on_progress}
    try:
        values = [argument.decode(received) if isinstance(argument, Encoded) else argument for argument in arguments]
        return "result", function(*values, **keywords)
    except (AnalysisError, QueryError) as error:
        return "error", type(error), error.message, error.hint
    except MemoryError:
        return ("memory",)
    except Exception:
        return "failed", traceback.format_exc()


def _parameter_names(function: Callable[..., object]) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _write(messages: BinaryIO, message: object) -> None:
    messages.write(encode_message(message))
    messages.flush()
