"""Compute whether a membership is doubtful, and the basis of its grade.

The basis of a fact states how the fact is known. It is a member of `graph.vocabulary.Basis`, such as STATED or IMPLIED.
The results are computed from the basis of the membership and the basis of each of its citations.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, cast

from graph.model import DOUBTFUL, GRADE_BASIS
from graph.seeding.records import Columns, Dataset, NodeRecord, RelationshipRecord
from graph.vocabulary import Basis

__all__ = ["membership_basis"]

_BASES: Final = [basis.name for basis in Basis]


def membership_basis(dataset: Dataset) -> Iterator[tuple[str, Columns]]:
    """Yield the id and the hidden columns of each membership.

    The column DOUBTFUL is true if neither the basis of the membership nor the basis of any of its citations is STATED.
    Otherwise this column is missing. The column GRADE_BASIS contains the basis of the membership's grade. It is missing
    if the membership has no grade.
    """
    cites: dict[str, list[RelationshipRecord]] = defaultdict(list)
    for relationship in dataset.relationships.values():
        if relationship.definition.type == "CITES":
            cites[relationship.source].append(relationship)
    for node in dataset.nodes.values():
        if node.label.name == "Membership":
            yield node.id, _columns(node, cites[node.id])


def _columns(membership: NodeRecord, cites: Sequence[RelationshipRecord]) -> Columns:
    columns: Columns = {}
    own = cast("str", membership.columns.get("basis", Basis.STATED.name))
    if Basis.STATED.name not in (own, *map(_basis, cites)):
        columns[DOUBTFUL.name] = True
    if "grade" in membership.columns:
        supporting = [cite for cite in cites if "grade" in _supports(cite)]
        supporting = supporting or [cite for cite in cites if not _supports(cite)]
        columns[GRADE_BASIS.name] = min(map(_basis, supporting), key=_BASES.index, default=own)
    return columns


def _basis(cite: RelationshipRecord) -> str:
    return cast("str", cite.columns.get("basis", Basis.STATED.name))


def _supports(cite: RelationshipRecord) -> Sequence[str]:
    return cast("list[str]", cite.columns.get("supports", []))
