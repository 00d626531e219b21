"""Validation of arguments that all questions share."""

from graph.errors import BadArgument, UnknownId
from graph.model import label_of

__all__ = ["check_exists", "check_label"]


def check_label(argument: str, node_id: str, *labels: str) -> None:
    """Raise BadArgument if the label of the id is not allowed, or UnknownId if the id has no label of the model."""
    label = label_of(node_id)
    if label is None:
        raise _unknown(node_id)
    if label.name not in labels:
        wanted = " or ".join(labels)
        raise BadArgument(
            f"{argument}: '{node_id}' is an id of type {label.name}, not {wanted}",
            hint=f"give an id that begins with {' or '.join(f'{label}:' for label in labels)}",
        )


def check_exists(*known: tuple[str, bool]) -> None:
    """Raise UnknownId for the first id for which the statement found no node."""
    for node_id, is_known in known:
        if not is_known:
            raise _unknown(node_id)


def _unknown(node_id: str) -> UnknownId:
    return UnknownId(
        f"no node has the id '{node_id}'", hint="ids look like City:vantaa; `search` finds them by any name"
    )
