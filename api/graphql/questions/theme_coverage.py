"""Theme coverage: a city's activities on each theme of a scheme or a programme."""

from typing import Annotated

import strawberry

from api.graphql.questions.base import CityId, Info, On, resolve_nodes
from api.graphql.questions.node_fields import ComputedField, computed_field, node_field
from api.graphql.questions.row_types import row_type
from api.graphql.scalars import enum_of
from graph.questions.enums import CoverageKind, ThemeHit
from graph.questions.theme_coverage import CoverageName, theme_coverage
from graph.vocabulary import Standing


@strawberry.type(description="Something of the city's that addresses a theme.")
class CoverageHit:
    kind: str = strawberry.field(graphql_type=enum_of(CoverageKind), description="What kind it is.")
    node = node_field("Entity", id_attribute="id", description="The thing itself.")
    standing: str | None = strawberry.field(
        graphql_type=enum_of(Standing) | None, description="How it stands on the day; null where it has no period."
    )
    themes: list[ThemeHit] = strawberry.field(
        graphql_type=list[row_type(ThemeHit)], description="Those of its themes that answer, and how."
    )


@strawberry.type(description="An EU initiative that addresses the theme, with no follower recorded in the city.")
class UnfollowedInitiative:
    initiative = node_field("EuInitiative", id_attribute="id", description="The initiative.")
    themes: list[ThemeHit] = strawberry.field(
        graphql_type=list[row_type(ThemeHit)], description="Those of its themes that answer, and how."
    )


def _count(kind: CoverageName, description: str) -> ComputedField:
    return computed_field(int, lambda row: len(row.of(kind)), description=description)


@strawberry.type(description="A theme and what the city does about it on the day.")
class ThemeCoverage:
    theme = node_field("Theme", id_attribute="theme", description="The theme.")
    hits: list[CoverageHit] = strawberry.field(description="All that addresses it, by kind and id.")
    networks = _count("NETWORK", "How many networks.")
    working_groups = _count("WORKING_GROUP", "How many working groups.")
    projects = _count("PROJECT", "How many projects.")
    eu_initiatives = _count("EU_INITIATIVE", "How many EU initiatives that a unit of the city follows.")
    activities = _count("ACTIVITY", "How many activities.")
    gap: bool = strawberry.field(description="Whether nothing that the city does about it is recorded.")
    unfollowed: list[UnfollowedInitiative] = strawberry.field(
        description="EU initiatives that address it and that no unit of the city is recorded as following."
    )


async def _theme_coverage(
    info: Info,
    city: CityId,
    scheme: Annotated[
        strawberry.ID | None, strawberry.argument(description="Id of a theme scheme; give this or `programme`.")
    ] = None,
    programme: Annotated[
        strawberry.ID | None, strawberry.argument(description="Id of a programme; give this or `scheme`.")
    ] = None,
    on: On = None,
) -> list[ThemeCoverage]:
    day = on or info.context.today
    rows = await theme_coverage(info.context.reader, city=city, scheme=scheme, programme=programme, on=day)
    return await resolve_nodes(info, list(rows))  # pyright: ignore[reportReturnType]  (its fields read the rows)


FIELD = strawberry.field(
    resolver=_theme_coverage,
    name="themeCoverage",
    description="For each theme of a scheme or a programme: the networks, working groups, projects, EU initiatives and "
    "activities of a city that address it; none is a gap.",
)
