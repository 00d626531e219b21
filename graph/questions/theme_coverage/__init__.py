"""A city's activities on each theme of a scheme or programme, with the themes that have none.

Networks, working groups and projects count as in `graph.questions.peer_cities`. An EU initiative counts if a unit of
the city is recorded as following it. An initiative that addresses the theme but has no follower is listed separately
and does not fill a gap. An activity counts from its first day and remains valid after its end, because the city retains
the experience.
"""

from datetime import date
from typing import Final, Literal

from graph.errors import BadArgument
from graph.questions.enums import StandingName, ThemeHit
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = ["CoverageHit", "ThemeCoverage", "UnfollowedInitiative", "theme_coverage"]

CoverageName = Literal["NETWORK", "WORKING_GROUP", "PROJECT", "EU_INITIATIVE", "ACTIVITY"]


class CoverageHit(TypedRow, frozen=True):
    """An item that addresses the theme directly (EXACT), through a narrower theme or through a close match."""

    kind: CoverageName
    id: str
    standing: StandingName | None
    themes: tuple[ThemeHit, ...]


class UnfollowedInitiative(TypedRow, frozen=True):
    """An EU initiative that addresses the theme and has no recorded follower in the city."""

    id: str
    themes: tuple[ThemeHit, ...]


class ThemeCoverage(TypedRow, frozen=True):
    """A theme and the city's activities on it, sorted by kind and id."""

    theme: str
    hits: tuple[CoverageHit, ...]
    unfollowed: tuple[UnfollowedInitiative, ...]

    @property
    def gap(self) -> bool:
        """Return whether the city has no recorded activity on the theme."""
        return not self.hits

    def of(self, kind: CoverageName) -> tuple[CoverageHit, ...]:
        """Return the hits of one kind."""
        return tuple(each for each in self.hits if each.kind == kind)


class _Answer(TypedRow, frozen=True):
    city_known: bool
    scheme_known: bool
    programme_known: bool
    rows: tuple[ThemeCoverage, ...]


_COVERAGE: Final = Statement.from_file(__file__, _Answer)


async def theme_coverage(
    reading: Reader, *, city: str, on: date, scheme: str | None = None, programme: str | None = None
) -> tuple[ThemeCoverage, ...]:
    """Return the themes of the scheme or programme (pass exactly one), in the order of the scheme.

    The themes of a programme are those of its own schemes. If it has no schemes, they are the themes it addresses.
    Raises UnknownId and BadArgument.
    """
    check_label("city", city, "City")
    asked = [(each, given) for each, given in (("scheme", scheme), ("programme", programme)) if given is not None]
    if len(asked) != 1:
        raise BadArgument("theme coverage is asked of a scheme or of a programme", hint="give exactly one of the two")
    if scheme is not None:
        check_label("scheme", scheme, "ThemeScheme")
    if programme is not None:
        check_label("programme", programme, "Programme")
    parameters = {"city": city, "on": on, "scheme": scheme, "programme": programme}
    (answer,) = await reading.run(_COVERAGE, parameters)
    check_exists((city, answer.city_known), (asked[0][1], answer.scheme_known and answer.programme_known))
    return answer.rows
