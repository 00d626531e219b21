"""Validation of arguments that all questions share."""

from graph.errors import BadArgument
from graph.model import label_of
from graph.questions.nearest_ids import unknown_id

__all__ = ["check_exists", "check_label"]


def check_label(argument: str, node_id: str, *labels: str) -> None:
    """Raise BadArgument if the label of the id is not allowed, or UnknownId if the id has no label of the model."""
    label = label_of(node_id)
    if label is None:
        raise unknown_id(node_id)
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
            raise unknown_id(node_id)
