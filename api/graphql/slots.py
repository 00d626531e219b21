"""The fields of questions' types that are no plain values: slots, where nodes stand, and parts, worked out of a row."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from api.graphql.context import Context
from api.graphql.fields import DerivedField, ResolveInfo
from api.graphql.roots import all_of

__all__ = ["Part", "Slot", "part", "slot"]


class Slot(DerivedField):
    """A field of a question's type where nodes stand; `ids` names the attribute that holds their id or ids."""

    def __init__(self, annotation: str, *, ids: str, description: str) -> None:
        super().__init__(annotation, description)
        self.ids = ids
        self.init = self.repr = self.compare = False

    def resolve_slot(self, source: object, info: ResolveInfo, **_: object) -> object:
        """The nodes, from what `complete` fetched."""
        path = tuple(key for key in info.path.as_list() if isinstance(key, str))
        found = cast("Context", info.context).fetched.get(path, {})
        ids = cast("str | Sequence[str] | None", getattr(source, self.ids))
        if ids is None:
            return None
        if isinstance(ids, str):
            return found.get(ids)
        return all_of([found[each] for each in ids if each in found])


def slot(annotation: str, *, ids: str, description: str) -> Slot:
    """A field where nodes stand: `annotation` as in "City", "City | None", "list[Entity]"."""
    return Slot(annotation, ids=ids, description=description)


class Part(DerivedField):
    """A field of a question's type that is worked out from the answer's row; `read` says how."""

    def __init__(self, annotation: object, read: Callable[[Any], object], description: str) -> None:
        super().__init__(annotation, description)
        self.read = read
        self.init = self.repr = self.compare = False

    def resolve_part(self, source: object, _info: ResolveInfo, **_: object) -> object:
        """The value."""
        return self.read(source)


def part(annotation: object, read: Callable[[Any], object], *, description: str) -> Part:
    """A plain field worked out from the row; it may not lead to slots."""
    return Part(annotation, read, description)
