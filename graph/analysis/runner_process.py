"""The process in which analyses run; `Analyst` starts it.

It reads tasks from its standard input and writes to its standard output: pickles, each after its length in eight
bytes. First it says ("ready",). A task is (function, positional arguments, keyword arguments); the answers to it are
any number of ("progress", done, of) and then one of ("result", value), ("error", class, message, hint), ("memory",) and
("failed", traceback). It ends with its input, and when a task takes longer than it may.
"""

import importlib
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO, Final, cast

from graph.errors import AnalysisError, QueryError

LENGTH: Final = struct.Struct("<Q")
_NICENESS: Final = 5
"""The server's event loop comes first where processors are few."""

Task = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


def encode_message(message: object) -> bytes:
    """A message with its length before it."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def main(memory_mb: int, time_s: float) -> None:
    """Do tasks until the input ends."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
    os.nice(_NICENESS)
    tasks = sys.stdin.buffer
    # What libraries print must not stand between the answers.
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for name in ("scipy.sparse.linalg", "scipy.special"):
        importlib.import_module(name)
    _write(messages, ("ready",))
    while header := tasks.read(LENGTH.size):
        task = cast("Task", pickle.loads(tasks.read(LENGTH.unpack(header)[0])))
        # Ends the process even where nobody is left to wait for it.
        signal.setitimer(signal.ITIMER_REAL, time_s)
        message = _execute(task, messages)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(messages, message)


def _execute(task: Task, messages: BinaryIO) -> object:
    function, arguments, keywords = task

    def on_progress(done: int, of: int) -> None:
        _write(messages, ("progress", done, of))

    try:
        return "result", function(
            *arguments,
            **keywords,
            **({"on_progress": on_progress} if "on_progress" in _parameter_names(function) else {}),
        )
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
