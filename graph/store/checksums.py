"""Counts and checksums of nodes and relationships, which are stored in the metadata node to detect silent data loss.

Every transaction that changes the graph also updates the stored counts and checksums. When a server starts, it compares
the stored counts with the graph. A load, an export and `graph.store.integrity.check_contents` also compare the
checksums.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, cast

import orjson

from graph.errors import StoreDamaged
from graph.model import LABELS

__all__ = ["Checksums"]

_MODULUS: Final = 1 << 64


class Checksums:
    """Counts and checksums of the nodes of each label and the relationships of each type.

    The checksum of a label or type is the sum, modulo 2**64, of the hashes of all its nodes or relationships. The order
    of the hashes does not matter. A write therefore only adds the hashes of new nodes and relationships, and subtracts
    the hashes of old nodes and relationships.
    """

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts: Counter[str] = Counter(counts or {})
        self._sums: Counter[str] = Counter()

    def add_node(self, label: str, properties: Mapping[str, object], times: int = 1) -> None:
        """Add a node with its stored properties to the counts and checksums. If `times` is -1, subtract the node."""
        self._add(label, (properties,), times)

    def add_relationship(
        self, type_: str, source: object, target: object, properties: Mapping[str, object], times: int = 1
    ) -> None:
        """Add a relationship to the counts and checksums. If `times` is -1, subtract the relationship.

        `source` and `target` are the ids of the nodes that it connects. `properties` are its stored properties.
        """
        self._add(type_, (source, target, properties), times)

    def _add(self, name: str, record: tuple[object, ...], times: int) -> None:
        content = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
        self.counts[name] += times
        self._sums[name] += times * int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())

    def plus(self, other: "Checksums") -> "Checksums":
        """Add the counts and checksums of `other` to those of this object, and return the result.

        If this object describes the graph before some changes, and `other` describes the changes, the result describes
        the changed graph.
        """
        result = Checksums(self.counts)
        result._sums = self._sums.copy()
        result.counts.update(other.counts)
        result._sums.update(other._sums)
        return result

    def totals(self) -> tuple[int, int]:
        """Return the total number of nodes and the total number of relationships."""
        nodes = sum(self.counts[label.name] for label in LABELS)
        return nodes, self.counts.total() - nodes

    def to_json(self) -> str:
        """Return the counts and checksums as JSON text.

        The text is an object with the names of labels and relationship types as keys, and `[count, checksum]` as
        values.
        """
        entries = {name: [count, self._sums[name] % _MODULUS] for name, count in self.counts.items() if count}
        return orjson.dumps(entries, option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, text: str) -> "Checksums":
        entries = cast("dict[str, tuple[int, int]]", orjson.loads(text))
        result = cls({name: count for name, (count, _) in entries.items()})
        result._sums.update({name: checksum for name, (_, checksum) in entries.items()})
        return result

    def check_counts(self, found: Mapping[str, int], names: Iterable[str]) -> None:
        """Raise StoreDamaged if the counts in the database differ from the counts of this object.

        The error lists the differences. `found` contains the counts in the database. `names` contains the labels and
        relationship types to compare.
        """
        _refuse(
            [
                f"{name}: {self.counts[name]} written, {found.get(name, 0)} found"
                for name in names
                if self.counts[name] != found.get(name, 0)
            ]
        )

    def check(self, found: "Checksums") -> None:
        """Raise StoreDamaged if the counts or checksums of `found` differ from those of this object.

        `found` contains the counts and checksums of the graph in the database. The error lists the differences.
        """
        names = sorted({*self.counts, *found.counts})
        self.check_counts(found.counts, names)
        _refuse([f"{name}: the contents differ" for name in names if (self._sums[name] - found._sums[name]) % _MODULUS])


def _refuse(differences: list[str]) -> None:
    if differences:
        raise StoreDamaged(
            f"the graph is not the one that was last written ({'; '.join(differences)})",
            hint="restore the data folder, or load a backup with `citygraph load --replace`; if another program "
            "changed the graph on purpose, run `citygraph check --database --accept`",
        )
