"""How large an operation may be: the limits, and how a refusal says the limit and what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError, Node

from api.settings import Settings
from graph.errors import BadArgument, LimitExceeded, QueryError

SHORT_LIST: Final = 5
"""How many items a list without pages is taken to hold."""

MAX_FIELD_COMPARISONS: Final = 50_000
"""How much comparing of fields under one response key the check of a document may take."""

COST_CEILING: Final = 10**15
"""Where counting stops: doubled fragments reach numbers of hundreds of digits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may ask. `LIMITS` says what each is."""

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
        """The limits that the settings give; those without a setting are fixed."""
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
    "tokens": "Length of the document in tokens; a comment counts as one.",
    "depth": "Nesting of fields, with fragments expanded; `edges`, `nodes` and `node` count as levels.",
    "aliases": "Fields with an alias, with fragments expanded; aliases of `__typename` do not count.",
    "rootFields": "Root fields of the operation, with fragments expanded.",
    "pageSize": "`first` or `last`.",
    "cost": "The maximum number of values in the response: one for each time a field can occur. Pages count as full; "
    f"a list without pages counts as {SHORT_LIST} items. Mutually exclusive types are all counted. Fields removed by "
    "`@skip` and `@include` are not counted. The response reports the cost in `extensions.cost`.",
    "listItems": "Items of one list in an argument, such as `ids`.",
    "conditions": "Objects in all arguments together, with fragments expanded; a comparison in `where`, such as "
    '`{name: {eq: "x"}}`, counts as two. Use `in` to compare with many values.',
    "inputDepth": "Nesting of lists and objects in one argument.",
    "directives": "Directives, with fragments expanded.",
    "comparisons": "Comparisons of fields that share a response key, during validation. About two hundred fields under "
    "one key, or fragments nested two hundred levels deep, reach the limit.",
    "introspection": "Introspection, measured in full introspection queries.",
    "introspectionDepth": "Nesting of fields below `__schema` and `__type`.",
}
"""What each limit counts, by its name in errors."""

_UNITS: Final = {"tokens": "tokens", "depth": "levels"}


def document_too_large(name: str, limit: int) -> GraphQLError:
    """The refusal of a document that was not read to its end; what it asks for in all is not known."""
    error = LimitExceeded(f"the document is over the limit of {limit} {_UNITS[name]}", hint="ask in several requests")
    return refusal(error, None, {"limit": {"name": name, "limit": limit}})


def validation_too_complex() -> GraphQLError:
    """The refusal of a document whose check was ended."""
    error = LimitExceeded(
        "the document nests fragments too deeply, or repeats fields too often, to be checked",
        hint="write repeated fields once, and nest fragments less",
    )
    return refusal(error, None, {"limit": {"name": "comparisons", "limit": MAX_FIELD_COMPARISONS}})


def limit_exceeded(name: str, told: str, asked: int, limit: int, hint: str, node: Node) -> GraphQLError:
    """The refusal of what is over a limit: `told` is what was asked, in words."""
    error = LimitExceeded(f"{told} is over the limit of {number(limit)}", hint=hint)
    return refusal(error, node, {"limit": {"name": name, "limit": limit, "requested": min(asked, COST_CEILING)}})


def refusal(error: QueryError, node: Node | None, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(error.message, node, original_error=error, extensions=extensions)


def number(value: int) -> str:
    return f"more than {COST_CEILING:,}".replace(",", " ") if value >= COST_CEILING else str(value)


def negative_page_size(name: str, value: int, node: Node) -> GraphQLError:
    """The refusal of a page of less than no items."""
    return refusal(BadArgument(f"{name} is {value}", hint="give 0 or a positive number"), node, {})
