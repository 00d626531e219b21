"""Define GraphQL fields of the rows in the result of a question (a named query).

The values of these fields are nodes, or are computed from the other values of the row.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from api.graphql.context import Context
from api.graphql.fields import DerivedField, ResolveInfo
from api.graphql.root_fields import complete_list

__all__ = ["ComputedField", "NodeField", "node_field"]


class NodeField(DerivedField):
    """A GraphQL field that returns one or several nodes for a row in the result of a question (a named query).

    The row contains only the ids of the nodes, in the attribute that `ids` names.
    """

    def __init__(self, annotation: str, *, ids: str, description: str) -> None:
        super().__init__(annotation, description)
        self.ids = ids
        self.init = self.repr = self.compare = False

    def resolve_slot(self, source: object, info: ResolveInfo, **_: object) -> object:
        """Return the node or the list of nodes for the row `source`. `fill_nodes` must have read the nodes before.

        Returns None if the row contains no id for this field.
        """
        path = tuple(key for key in info.path.as_list() if isinstance(key, str))
        found = cast("Context", info.context).fetched_nodes.get(path, {})
        ids = cast("str | Sequence[str] | None", getattr(source, self.ids))
        if ids is None:
            return None
        if isinstance(ids, str):
            return found.get(ids)
        return complete_list([found[node_id] for node_id in ids if node_id in found])


def node_field(annotation: str, *, id_attribute: str, description: str) -> NodeField:
    """Build a GraphQL field that returns one or several nodes for a row in the result of a question (a named query).

    `annotation` is, for example, "City", "City | None" or "list[Entity]". `id_attribute` is the attribute of the row
    that contains the id or the ids of the nodes.
    """
    return NodeField(annotation, ids=id_attribute, description=description)


class ComputedField(DerivedField):
    """A GraphQL field of the rows in the result of a question (a named query).

    The function `read` computes the value of the field from the row.
    """

    def __init__(self, annotation: object, read: Callable[[Any], object], description: str) -> None:
        super().__init__(annotation, description)
        self.read = read
        self.init = self.repr = self.compare = False

    def resolve_part(self, source: object, _info: ResolveInfo, **_: object) -> object:
        """Return the value that the function `read` computes from the row `source`."""
        return self.read(source)
