"""The form of ids, and what the model declares between two of them."""

import re
from functools import cache
from typing import Final

from graph.model import LABELS, Relationship, associations, label_of
from graph.seeding.records import did_you_mean

__all__ = ["declared", "well_formed"]

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_ID: Final = 200


def well_formed(node_id: str) -> str | None:
    """What is wrong with the form of an id; None where nothing is."""
    prefix, colon, slug = node_id.partition(":")
    if not colon or label_of(node_id) is None:
        known = (each.name for each in LABELS)
        return did_you_mean(prefix, known) if colon else "write label, colon and name, such as `City:vantaa`"
    if _SLUG.fullmatch(slug) is None or len(node_id) > _MAX_ID:
        return "after the colon: small letters a to z, digits and single hyphens, such as `City:vantaa`"
    return None


def declared(type_: str, source: str, target: str) -> Relationship | None:
    """The relationship that the model declares between the labels of two ids; None where it declares none."""
    labels = (source.partition(":")[0], target.partition(":")[0])
    return _declared().get((type_, *labels))


@cache
def _declared() -> dict[tuple[str, str, str], Relationship]:
    return {
        (role.relationship.type, each.name, target): role.relationship
        for each in LABELS
        for role in associations(each.name)
        if role.outgoing
        for target in role.targets
    }
