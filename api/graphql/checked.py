"""Documents that were parsed and found to fit the schema, kept for when they are sent again."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from graphql import DocumentNode

MOST_CHARACTERS: Final = 131_072
"""How long all documents kept are together; parsed, each character takes 50 to 300 bytes."""

LONGEST: Final = 8_192
"""How long a document that is kept may be."""


class Checked:
    """The documents last used, by their text. A document that is kept is never changed, so threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def get(self, text: str) -> DocumentNode | None:
        """The document of a text, where it is kept."""
        with self._lock:
            document = self._kept.get(text)
            if document is not None:
                self._kept.move_to_end(text)
            return document

    def keep(self, text: str, document: DocumentNode) -> None:
        """Keeps a document in place of those used longest ago."""
        if len(text) > LONGEST:
            return
        with self._lock:
            if text not in self._kept:
                self._characters += len(text)
            self._kept[text] = document
            while self._characters > MOST_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[0])
