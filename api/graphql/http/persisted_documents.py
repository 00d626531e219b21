"""Persisted documents: a client names a document instead of sending its text.

Automatic persisted queries are Apollo's protocol, which urql and others speak too: a request whose
`extensions.persistedQuery` names a hash that is not known is answered PersistedQueryNotFound; the client then sends the
text with the hash, and the hash alone from then on. Only documents that proved valid are kept, the last used ones, in
this process's memory: a client whose document was let go is asked for it again.

`documentId` is GraphQL over HTTP's own way to say the same, `sha256:` before the hash. Ids of other forms are known
where a list of trusted documents gives them; where there is such a list, no other documents are taken.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

from cachetools import LRUCache

from api.graphql.errors import CODES_BY_NAME, RequestError
from api.graphql.http.trusted_documents import SHA256, TrustedDocuments, sha256

OVERHEAD: Final = 256
"""What keeping one document takes beside its text, in bytes."""

_VERSION: Final = 1
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class PersistedQueryNotFound(RequestError):
    """No document of the name given is kept here, which a well-formed request may meet: clients may send its text."""


class PersistedDocuments:
    """The documents last used, by their hashes, of at most `most_bytes` together; none where that is 0.

    Where there are `trusted` ones, only those, and nothing is kept beside them.
    """

    def __init__(self, most_bytes: int, trusted: TrustedDocuments | None = None) -> None:
        self._trusted = trusted
        self._kept: LRUCache[str, bytes] = LRUCache(most_bytes, lambda encoded: len(encoded) + OVERHEAD)

    def resolve(
        self, sent: str | None, extensions: Mapping[str, object], document_id: str | None = None
    ) -> tuple[str | None, str | None]:
        """The document of a request, the one sent or else the one kept, and its hash where the request names one.

        Raises Refused where the hash is none, is not that of the document sent, or is not known, and where the
        document is not trusted.
        """
        given = extensions.get("persistedQuery")
        if self._trusted is not None:
            return _trusted_document(self._trusted, sent, given, document_id), None
        if (given is None and document_id is None) or (sent is not None and not self._kept.maxsize):
            return sent, None
        if not self._kept.maxsize:
            raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        digest = _apq_hash(given) if document_id is None else _document_id_hash(document_id, given)
        if sent is None:
            kept = self._kept.get(digest)
            if kept is None:
                raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            return kept.decode(), digest
        if sha256(sent) != digest:
            where = "`extensions.persistedQuery`" if document_id is None else "`documentId`"
            told = f"the hash in {where} is not that of `query`"
            raise RequestError("BAD_REQUEST", told, hint="send the SHA-256 of the document's UTF-8")
        return sent, digest

    def keep(self, digest: str, text: str) -> None:
        """Keeps a valid document, whose hash was compared, in place of those used longest ago."""
        if self._kept.get(digest) is not None:
            return
        encoded = text.encode()
        if self._kept.getsizeof(encoded) <= self._kept.maxsize:
            self._kept[digest] = encoded


def _apq_hash(given: object) -> str:
    parts = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    digest = parts.get("sha256Hash")
    if parts.get("version") != _VERSION or not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise RequestError(
            "BAD_REQUEST",
            "`extensions.persistedQuery` names no document",
            hint=f"send version {_VERSION} and sha256Hash, 64 hexadecimal digits in lower case",
        )
    return digest


def _document_id_hash(document_id: str, given: object) -> str:
    """The hash in a document's id. Other ids than hashes are known only where they are listed."""
    digest = document_id.removeprefix(SHA256)
    if not document_id.startswith(SHA256):
        raise PersistedQueryNotFound("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    if not _HASH.fullmatch(digest):
        told = "`documentId` names no document"
        raise RequestError("BAD_REQUEST", told, hint=f"send {SHA256} and 64 hexadecimal digits in lower case")
    if given is not None and _apq_hash(given) != digest:
        told = "`documentId` and `extensions.persistedQuery` name different documents"
        raise RequestError("BAD_REQUEST", told, hint="send one of them")
    return digest


def _trusted_document(
    trusted: TrustedDocuments, sent: str | None, given: object, document_id: str | None
) -> str | None:
    """The trusted document of a request; None where it names and sends none."""
    ids = [] if given is None else [SHA256 + _apq_hash(given)]
    if document_id is not None:
        ids.append(document_id)
    if not ids and sent is None:
        return None
    text = trusted.find(sent, ids)
    if text is None:
        raise PersistedQueryNotFound("DOCUMENT_NOT_TRUSTED", CODES_BY_NAME["DOCUMENT_NOT_TRUSTED"].meaning)
    return text
