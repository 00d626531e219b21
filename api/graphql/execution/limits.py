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
    "tokens": "Length of the document in tokens, comments counted as one each.",
    "depth": "Levels of fields, fragments resolved; `edges`, `nodes` and `node` are levels too.",
    "aliases": "Fields with an alias, fragments resolved; `__typename` may be aliased freely.",
    "rootFields": "Fields at the root of the operation, fragments resolved.",
    "pageSize": "`first` or `last`.",
    "cost": "The most values that the answer can hold: every field counts one for each time it can stand there, every "
    f"page is taken as full, a list without pages as {SHORT_LIST} items. Types that exclude each other are all "
    "counted. What `@skip` and `@include` leave out is not. The response tells it in `extensions.cost`.",
    "listItems": "Items of one list in an argument, such as `ids`.",
    "conditions": "Objects in all arguments together, fragments resolved; a comparison in `where`, such as "
    '`{name: {eq: "x"}}`, is two. `in` compares with many values at once.',
    "inputDepth": "Levels of lists and objects in one argument.",
    "directives": "Directives, fragments resolved.",
    "comparisons": "Comparing of fields that share a response key, which checking the document takes: some two hundred "
    "fields under one key, or fragments nested in two hundred levels.",
    "introspection": "Introspection, in descriptions of the whole schema such as clients fetch it.",
    "introspectionDepth": "Levels of fields below `__schema` and `__type`.",
}
"""Every limit by the name it has in errors, and what it counts."""

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
