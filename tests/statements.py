"""Observe the statements that a store sends."""

from collections.abc import Iterator
from contextlib import contextmanager

from graph.store import Store


@contextmanager
def observed_statements(store: Store) -> Iterator[list[str]]:
    """Return the names of the statements that are sent in the context.

    A server that shares the store measures its degrees in the background. These statements are left out.
    """
    sent: list[str] = []

    def observe(name: str, _text: str) -> None:
        if not name.startswith("store/"):
            sent.append(name)

    store.observers.append(observe)
    try:
        yield sent
    finally:
        store.observers.remove(observe)
