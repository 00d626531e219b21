"""Automatic persisted queries: a client names a document by its SHA-256 and sends its text once.

The protocol is Apollo's, which urql and others speak too: a request whose `extensions.persistedQuery` names a hash that
is not known is answered PersistedQueryNotFound; the client then sends the text with the hash, and the hash alone from
then on. Only documents that proved valid are kept, the last used ones, in this process's memory: a client whose
document was let go is asked for it again.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, cast

from api.graphql.errors import Refused

OVERHEAD: Final = 256
"""What keeping one document takes beside its text, in bytes."""

_VERSION: Final = 1
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class NotKept(Refused):
    """No document of the hash named is kept here: an ordinary step of the protocol, after which clients send it."""


class Documents:
    """The documents last used, by their hashes, of at most `most_bytes` together; none where that is 0."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def document(self, sent: str | None, extensions: Mapping[str, object]) -> tuple[str | None, str | None]:
        """The document of a request, the one sent or else the one kept, and its hash where the request names one.

        Raises Refused where the hash is none, is not that of the document sent, or is not known.
        """
        given = extensions.get("persistedQuery")
        if given is None or (sent is not None and not self._most_bytes):
            return sent, None
        if not self._most_bytes:
            raise NotKept("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        digest = _named(given)
        if sent is None:
            kept = self._kept.get(digest)
            if kept is None:
                raise NotKept("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            self._kept.move_to_end(digest)
            return kept.decode(), digest
        if hashlib.sha256(sent.encode()).hexdigest() != digest:
            told = "the hash in `extensions.persistedQuery` is not that of `query`"
            raise Refused("BAD_REQUEST", told, hint="send the SHA-256 of the document's UTF-8")
        return sent, digest

    def keep(self, digest: str, text: str) -> None:
        """Keeps a valid document, whose hash was compared, in place of those used longest ago."""
        encoded = text.encode()
        if digest in self._kept or len(encoded) + OVERHEAD > self._most_bytes:
            return
        self._kept[digest] = encoded
        self._bytes += len(encoded) + OVERHEAD
        while self._bytes > self._most_bytes:
            _, let_go = self._kept.popitem(last=False)
            self._bytes -= len(let_go) + OVERHEAD


def _named(given: object) -> str:
    parts = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    digest = parts.get("sha256Hash")
    if parts.get("version") != _VERSION or not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise Refused(
            "BAD_REQUEST",
            "`extensions.persistedQuery` names no document",
            hint=f"send version {_VERSION} and sha256Hash, 64 hexadecimal digits in lower case",
        )
    return digest
