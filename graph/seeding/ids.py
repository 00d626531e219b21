"""Check the format of node ids, and find the declaration of the relationship between two nodes by their ids."""

import re
from functools import cache
from typing import Final

from graph.model import LABELS, Relationship, associations, label_of
from graph.seeding.records import did_you_mean

__all__ = ["check_id_format", "find_relationship", "label_name"]

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_ID: Final = 200


def label_name(node_id: str) -> str:
    """Return the name of the label in a node id, such as "City" in `City:vantaa`."""
    return node_id.partition(":")[0]


def check_id_format(node_id: str) -> str | None:
    """Return a text that tells the author of a seed file how to correct an invalid id, or None if the id is valid."""
    prefix, colon, slug = node_id.partition(":")
    if not colon:
        return "write label, colon and name, such as `City:vantaa`"
    if label_of(node_id) is None:
        return did_you_mean(prefix, (label.name for label in LABELS))
    if _SLUG.fullmatch(slug) is None or len(node_id) > _MAX_ID:
        return "after the colon: lower-case letters a to z, digits and single hyphens, such as `City:vantaa`"
    return None


def find_relationship(type_: str, source: str, target: str) -> Relationship | None:
    """Return the model's declaration of a relationship type between the labels of two ids.

    Returns None if the model declares no relationships of the type `type_` from the label of `source` to the label of
    `target`.
    """
    return _relationships_by_ends().get((type_, label_name(source), label_name(target)))


@cache
def _relationships_by_ends() -> dict[tuple[str, str, str], Relationship]:
    return {
        (role.relationship.type, label.name, target): role.relationship
        for label in LABELS
        for role in associations(label.name)
        if role.outgoing
        for target in role.targets
    }
