"""Trusted documents: where a list of them is given, nothing else is carried out.

The list is what the tools of clients write when they are built: a JSON object of ids and the documents' texts, as
GraphQL Code Generator's `persisted-documents.json` and Relay's `persistConfig` have it. A document is asked for by its
id, by the SHA-256 of its text (`sha256:…`) or by its exact text.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import orjson

from graph.errors import ConfigurationError

__all__ = ["SHA256", "TrustedDocuments", "sha256"]

SHA256: Final = "sha256:"
"""How the id of a document begins that is named by its hash."""

_HINT: Final = "write a JSON object of ids and documents, as GraphQL Code Generator's persisted-documents.json"


def sha256(text: str) -> str:
    """The SHA-256 of a document's UTF-8, in lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class TrustedDocuments:
    """The documents of a list, by their ids and by their hashes."""

    def __init__(self, by_id: Mapping[str, str]) -> None:
        self._texts = frozenset(by_id.values())
        self._by_id = {**{SHA256 + sha256(text): text for text in self._texts}, **by_id}

    def find(self, sent: str | None, ids: Sequence[str]) -> str | None:
        """The document that bears all of the ids and is the one sent, as far as they are given; None where none is."""
        named = {self._by_id.get(each) for each in ids}
        if sent is not None:
            named.add(sent)
        text = named.pop() if len(named) == 1 else None
        return text if text in self._texts else None

    @classmethod
    def load(cls, path: Path, mistake: Callable[[str], str | None]) -> "TrustedDocuments":
        """The documents of a file. Raises ConfigurationError where it is no list, or `mistake` finds one in a text."""
        try:
            content = cast("object", orjson.loads(path.read_bytes()))
        except OSError as error:
            told = f"{path}: {(error.strerror or 'it cannot be read').lower()}"
            raise ConfigurationError(told, hint="look at CITYGRAPH_TRUSTED_DOCUMENTS") from None
        except orjson.JSONDecodeError as error:
            raise ConfigurationError(f"{path} is not JSON: {error}", hint=_HINT) from None
        if not isinstance(content, dict) or not content:
            raise ConfigurationError(f"{path} lists no documents", hint=_HINT)
        documents: dict[str, str] = {}
        for name, text in cast("dict[str, object]", content).items():
            if not isinstance(text, str):
                raise ConfigurationError(f'{path}: what stands under "{name}" is no text', hint=_HINT)
            wrong = mistake(text)
            if name.startswith(SHA256) and name != SHA256 + sha256(text):
                wrong = "its id is not the SHA-256 of its text"
            if wrong is not None:
                raise ConfigurationError(
                    f'{path}: the document "{name}" cannot be trusted: {wrong}',
                    hint="build the list anew from documents that fit schema.graphql",
                )
            documents[name] = text
        return cls(documents)
