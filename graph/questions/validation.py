"""Validate the arguments of questions (named queries).

Check that ids exist and have an allowed label, that country codes are valid, and that exactly one of several
alternative arguments is given.
"""

from collections.abc import Iterable

from graph.errors import BadArgument, unknown_id
from graph.iso_codes import InvalidValue, check_country
from graph.model import label_of
from graph.questions.declaration import Argument

__all__ = ["check_countries", "check_exists", "check_label", "check_one_of"]


def check_label(argument: str, node_id: str, *labels: str) -> None:
    """Raise BadArgument if the label of the id `node_id` is not one of `labels`.

    If the model does not contain the label of `node_id`, raises UnknownId instead.
    """
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
    """Raise UnknownId for the first id that no node has.

    `known` contains pairs of an id and a boolean: whether a node has the id.
    """
    for node_id, is_known in known:
        if not is_known:
            raise unknown_id(node_id)


def check_countries(argument: str, codes: Iterable[str]) -> None:
    """Raise BadArgument for the first code that is not an ISO 3166-1 country code."""
    for code in codes:
        try:
            check_country(code)
        except InvalidValue as error:
            raise BadArgument(f"{argument}: {error.message}", hint=error.hint) from None


def check_one_of(declared: Iterable[Argument], arguments: object) -> None:
    """Raise BadArgument unless exactly one argument of each group of alternatives is given.

    A group consists of the arguments in `declared` that have the same `OneOf` marker.
    """
    groups: dict[str, list[Argument]] = {}
    for argument in declared:
        if argument.one_of is not None:
            groups.setdefault(argument.one_of.name, []).append(argument)
    for group in groups.values():
        names = [f"`{argument.public_name}`" for argument in group]
        given = [argument for argument in group if getattr(arguments, argument.name) is not None]
        if len(given) != 1:
            raise BadArgument(
                f"{len(given)} of {' and '.join(names)} are given", hint=f"give exactly one of {' and '.join(names)}"
            )
