"""The load generator counts what is answered, and takes a wrong answer and a closed connection for errors."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

from bench.client import Asked, ask, drive, encoded

RIGHT = b'{"data":1}'
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + RIGHT
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n"
    + RIGHT[:4]
    + b"\r\n6\r\n"
    + RIGHT[4:]
    + b"\r\n0\r\n\r\n"
)


@contextmanager
def answering(*answers: bytes) -> Generator[int]:
    """A server that gives these answers in turn, one to a connection's each request; an empty one closes it."""
    left = iter(answers)

    def serve() -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            with taken:
                while taken.recv(1 << 16):
                    answer = next(left, SIZED)
                    if not answer:
                        break
                    taken.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_bodies_are_read_by_their_length_and_in_chunks() -> None:
    request = encoded("{ a }", {})
    with answering(SIZED, CHUNKED) as port:
        assert ask(port, request) == (200, RIGHT)
        assert ask(port, request) == (200, RIGHT)


def test_wrong_answers_and_closed_connections_are_errors() -> None:
    wrong = SIZED.replace(b"1}", b"2}")
    with answering(SIZED, wrong, b"", SIZED) as port:
        found = drive(port, [Asked(encoded("{ a }", {}), RIGHT)], 0.2, connections=1)
    assert found.errors == 2
    assert len(found.latencies) > 4
    assert found.size == 10 * (len(found.latencies) - 1) + len(found.wrong)
