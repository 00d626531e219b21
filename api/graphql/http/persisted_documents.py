"""Find documents that requests identify by hash or id: automatic persisted queries and trusted documents.

Automatic persisted queries are a protocol of Apollo. A client sends only the SHA-256 of a document, in
`extensions.persistedQuery`. If the server does not have the document, it responds with PersistedQueryNotFound, and the
client sends the document with the hash. The parameter `documentId` of GraphQL over HTTP works in the same way, if its
value begins with `sha256:`.

Trusted documents are a list of documents. If the server has such a list, it rejects all other documents. The list is a
JSON object that maps ids to document texts. GraphQL Code Generator (`persisted-documents.json`) and Relay
(`persistConfig`) write such lists.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import orjson
from cachetools import LRUCache

from api.graphql.errors import CODES_BY_NAME, RequestError
from graph.errors import ConfigurationError

__all__ = ["PersistedDocuments", "PersistedQueryNotFound", "TrustedDocuments"]

ENTRY_OVERHEAD_BYTES: Final = 640
"""Memory, in bytes, that a cached document takes in addition to its text.

This is the memory of the hash, and of the entries in three dictionaries.
"""

_PREFIX: Final = "sha256:"
_VERSION: Final = 1
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LIST_HINT: Final = "use a JSON object of ids and documents, such as persisted-documents.json of GraphQL Code Generator"


class PersistedQueryNotFound(RequestError):
    """An error for a request with a well-formed hash or id, for which the server has no document."""


class PersistedDocuments:
    """An LRU cache of valid documents by their SHA-256. Every process has a separate cache.

    If `max_bytes` is 0, the cache is disabled.
    """

    def __init__(self, max_bytes: int) -> None:
        self._documents: LRUCache[str, bytes] = LRUCache(max_bytes, lambda text: len(text) + ENTRY_OVERHEAD_BYTES)

    def resolve(
        self, query: str | None, persisted_query: object, document_id: str | None = None
    ) -> tuple[str, str | None]:
        """Return the document of a request and its hash. If the cache is disabled, the hash is None.

        Raises RequestError if the hash in the request is malformed or is not the hash of `query`. If the request
        contains a hash but no `query`, the document is read from the cache. Raises PersistedQueryNotFound if it is not
        in the cache.
        """
        if not self._documents.maxsize:
            if query is not None:
                return query, None
            raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        if document_id is None:
            sha256 = _persisted_query_hash(persisted_query)
        else:
            sha256 = _document_id_hash(document_id, persisted_query)
        if query is None:
            text = self._documents.get(sha256)
            if text is None:
                raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            return text.decode(), sha256
        if _sha256(query) != sha256:
            source = "extensions.persistedQuery" if document_id is None else "documentId"
            raise RequestError(
                "BAD_REQUEST",
                f"the hash in `{source}` does not match `query`",
                hint="send the SHA-256 of the document in UTF-8",
            )
        return query, sha256

    def put(self, sha256: str, query: str) -> None:
        """Cache a valid document under its hash."""
        if self._documents.get(sha256) is not None:
            return
        text = query.encode()
        if self._documents.getsizeof(text) <= self._documents.maxsize:
            self._documents[sha256] = text


class TrustedDocuments:
    """The trusted documents, that is, the only documents that the server accepts. They are found by id or by hash."""

    def __init__(self, by_id: Mapping[str, str]) -> None:
        self._texts = frozenset(by_id.values())
        self._by_id = {**{_PREFIX + _sha256(text): text for text in self._texts}, **by_id}

    @classmethod
    def load(cls, path: Path, validate: Callable[[str], str | None]) -> "TrustedDocuments":
        """Read the list of trusted documents from a file.

        The function `validate` must return the error message for an invalid document, and None for a valid document.
        Raises ConfigurationError if the file cannot be read or contains an invalid document.
        """
        try:
            content = cast("object", orjson.loads(path.read_bytes()))
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            raise ConfigurationError(f"{path}: {reason}", hint="check CITYGRAPH_TRUSTED_DOCUMENTS") from None
        except orjson.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ConfigurationError(f"{path} is not JSON in UTF-8 at {where}", hint=_LIST_HINT) from None
        if not isinstance(content, dict) or not content:
            raise ConfigurationError(f"{path} contains no documents", hint=_LIST_HINT)
        documents: dict[str, str] = {}
        for document_id, text in cast("dict[str, object]", content).items():
            if not isinstance(text, str):
                raise ConfigurationError(f'{path}: the value of "{document_id}" is not a string', hint=_LIST_HINT)
            reason = validate(text)
            if document_id.startswith(_PREFIX) and document_id != _PREFIX + _sha256(text):
                reason = "its id is not the SHA-256 of its text"
            if reason is not None:
                raise ConfigurationError(
                    f'{path}: the document "{document_id}" is invalid: {reason}',
                    hint="rebuild the list from documents that are valid for schema.graphql",
                )
            documents[document_id] = text
        return cls(documents)

    def resolve(self, query: str | None, persisted_query: object, document_id: str | None) -> str | None:
        """Return the document of a request. If the request contains no document, hash or id, return None.

        Raises PersistedQueryNotFound if the document is not in the list, or if the document, the hash and the id in the
        request do not all identify the same document. Raises RequestError if the hash is malformed.
        """
        ids = [] if document_id is None else [document_id]
        if persisted_query is not None:
            ids.append(_PREFIX + _persisted_query_hash(persisted_query))
        if not ids and query is None:
            return None
        texts = {self._by_id.get(document_id) for document_id in ids}
        if query is not None:
            texts.add(query)
        text = texts.pop() if len(texts) == 1 else None
        if text not in self._texts:
            raise PersistedQueryNotFound("DOCUMENT_NOT_TRUSTED", CODES_BY_NAME["DOCUMENT_NOT_TRUSTED"].meaning)
        return text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _persisted_query_hash(persisted_query: object) -> str:
    content = cast("dict[str, object]", persisted_query) if isinstance(persisted_query, dict) else {}
    sha256 = content.get("sha256Hash")
    if content.get("version") != _VERSION or not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise RequestError(
            "BAD_REQUEST",
            "`extensions.persistedQuery` is invalid",
            hint=f"send version {_VERSION} and sha256Hash, 64 hexadecimal digits in lower case",
        )
    return sha256


def _document_id_hash(document_id: str, persisted_query: object) -> str:
    """Return the hash that a document id such as `sha256:<hash>` contains.

    Raises PersistedQueryNotFound if the id does not begin with `sha256:`. Raises RequestError if the hash is malformed
    or differs from the hash in `persisted_query`.
    """
    sha256 = document_id.removeprefix(_PREFIX)
    if not document_id.startswith(_PREFIX):
        raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    if not _HASH.fullmatch(sha256):
        hint = f"send {_PREFIX} and 64 hexadecimal digits in lower case"
        raise RequestError("BAD_REQUEST", "the hash in `documentId` is invalid", hint=hint)
    if persisted_query is not None and _persisted_query_hash(persisted_query) != sha256:
        message = "`documentId` and `extensions.persistedQuery` identify different documents"
        raise RequestError("BAD_REQUEST", message, hint="send one of the two")
    return sha256
