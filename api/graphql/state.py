"""What one process shares between its requests."""

from dataclasses import dataclass

from api.settings import Settings
from graph.store import Store


@dataclass(slots=True)
class AppState:
    """`store` is None while the process starts and after it has begun to stop."""

    settings: Settings
    store: Store | None
