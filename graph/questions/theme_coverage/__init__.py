"""Theme coverage: what a city does about each theme of a scheme or of a programme, and where nothing is done.

Networks, working groups and projects count as in `graph.questions.peer_cities`. An EU initiative counts where a unit of
the city is recorded as following it; one that addresses the theme and that none follows stands apart and does not fill
a gap. Activities count from their first day on: what was learned then stays.
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
    """Something that addresses the theme: directly (EXACT), through a narrower theme or through a close match."""

    kind: CoverageName
    id: str
    standing: StandingName | None
    themes: tuple[ThemeHit, ...]


class UnfollowedInitiative(TypedRow, frozen=True):
    """An EU initiative that addresses the theme, with no follower recorded in the city."""

    id: str
    themes: tuple[ThemeHit, ...]


class ThemeCoverage(TypedRow, frozen=True):
    """A theme and what the city does about it, by kind and id."""

    theme: str
    hits: tuple[CoverageHit, ...]
    unfollowed: tuple[UnfollowedInitiative, ...]

    @property
    def gap(self) -> bool:
        """Whether the city does nothing about the theme that is recorded."""
        return not self.hits

    def of(self, kind: CoverageName) -> tuple[CoverageHit, ...]:
        """The hits of one kind."""
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
    """The themes of the scheme or of the programme (exactly one is given), in the order of the scheme.

    A programme's themes are those of the schemes that are its own, or, where it has none, those it addresses. Raises
    UnknownId and BadArgument.
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
