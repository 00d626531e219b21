"""Define the limits on the size of an operation, and the errors for operations that exceed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError, Node

from api.settings import Settings
from graph.errors import BadArgument, LimitExceeded, QueryError

DEFAULT_LIST_ITEMS: Final = 5
"""Number of items that the computation of the cost assumes for a list without pagination."""

MAX_FIELD_COMPARISONS: Final = 50_000
"""Maximum number of comparisons of two fields in the validation rule "overlapping fields can be merged"."""

COST_CEILING: Final = 10**15
"""Highest value of the cost and of all other counts of an operation. A higher count is replaced by this value.

Otherwise nested fragments could produce counts with hundreds of digits.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one operation. The constant LIMITS contains their descriptions."""

    tokens: int = 5_000
    depth: int = 20
    aliases: int = 100
    root_fields: int = 20
    page_size: int = 500
    default_page_size: int = 50
    cost: int = 500_000
    list_items: int = 500
    conditions: int = 200
    input_depth: int = 25
    directives: int = 100
    comparisons: int = MAX_FIELD_COMPARISONS
    introspection: int = 2
    introspection_depth: int = 20

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits that the settings define. For a limit without a setting, use the default value."""
        return cls(
            tokens=settings.max_tokens,
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            page_size=settings.max_page_size,
            default_page_size=settings.default_page_size,
            cost=settings.max_cost,
        )


LIMITS: Final[Mapping[str, str]] = {
    "tokens": "Tokens of the document. A comment is one token.",
    "depth": "Levels of fields with fragments expanded. `edges`, `nodes` and `node` are levels too.",
    "aliases": "Fields with an alias, with fragments expanded. `__typename` is not counted.",
    "rootFields": "Root fields of the operation, with fragments expanded.",
    "pageSize": "`first` or `last`.",
    "cost": "Maximum number of values in the response, plus the estimated number of nodes and relationships that the "
    "database reads for conditions, lists and questions, and the work of analyses. A field counts once for every "
    "object that can contain it. Every page is assumed to be full, and a list without pagination to have "
    f"{DEFAULT_LIST_ITEMS} items. Fragments on different types are all counted. Fields excluded by `@skip` and "
    "`@include` are not counted. The response contains the cost in `extensions.cost`.",
    "listItems": "Items of one list in an argument, such as `ids`.",
    "conditions": "Objects in all arguments, with fragments expanded. A comparison in `where`, such as "
    '`{name: {eq: "x"}}`, is two objects. `in` compares with many values in one condition.',
    "inputDepth": "Levels of lists and objects in one argument.",
    "directives": "Directives, with fragments expanded.",
    "comparisons": "Comparisons of fields with the same response key during validation. About 200 fields with one key, "
    "or fragments nested in 200 levels, reach the limit.",
    "introspection": "Introspection, as a multiple of a full introspection query.",
    "introspectionDepth": "Levels of fields below `__schema` and `__type`.",
}
"""A dict from the name of each limit, as error messages contain it, to the description of the limit."""

_UNITS: Final = {"tokens": "tokens", "depth": "levels"}


def document_too_large(name: str, limit: int) -> GraphQLError:
    """Return the error for a document whose parsing was aborted at a limit. `name` is `tokens` or `depth`."""
    error = LimitExceeded(f"the document is over the limit of {limit} {_UNITS[name]}", hint="send several requests")
    return _graphql_error(error, None, {"limit": {"name": name, "limit": limit}})


def validation_too_complex() -> GraphQLError:
    """Return the error for a document whose validation was aborted because it was too complex."""
    error = LimitExceeded(
        "the document nests fragments too deeply or repeats fields too often to be validated",
        hint="select every field once and nest fragments less deeply",
    )
    return _graphql_error(error, None, {"limit": {"name": "comparisons", "limit": MAX_FIELD_COMPARISONS}})


def limit_exceeded(name: str, subject: str, requested: int, limit: int, hint: str, node: Node) -> GraphQLError:
    """Return the error for a value that exceeds a limit.

    `name` is the name of the limit in LIMITS. `subject` is the beginning of the message, which describes the value,
    such as "depth 25".
    """
    error = LimitExceeded(f"{subject} is over the limit of {format_count(limit)}", hint=hint)
    details = {"name": name, "limit": limit, "requested": min(requested, COST_CEILING)}
    return _graphql_error(error, node, {"limit": details})


def negative_page_size(name: str, value: int, node: Node) -> GraphQLError:
    """Return the error for a negative `first` or `last`."""
    return _graphql_error(BadArgument(f"{name} is {value}", hint="use 0 or a positive number"), node, {})


def format_count(value: int) -> str:
    """Return a count as text.

    If the count is COST_CEILING or more, the text is "more than" followed by COST_CEILING.
    """
    return f"more than {COST_CEILING:,}".replace(",", " ") if value >= COST_CEILING else str(value)


def _graphql_error(error: QueryError, node: Node | None, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(error.message, node, original_error=error, extensions=extensions)
