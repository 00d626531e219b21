"""Themes of a scheme or programme, with the collaborations, EU initiatives and activities of a city that address them.

The answer lists, for each theme, the following nodes that address it:

- networks, working groups and projects of the city, by the rules of `graph.questions.peer_cities`.
- EU initiatives that, according to the records, a unit of the city follows. Other EU initiatives are listed separately.
- activities of the city that have begun. An activity is also listed after its end, because the city retains the
  experience.

The standing of a collaboration states whether sources show the collaboration in force on the date. A collaboration is
listed only if its standing is in the argument `standings`.

`gap` is false if at least one node is listed for the theme. If no node is listed, there are three cases:

- `gap` is null (unknown) if a collaboration addresses the theme, but is not listed because of its standing.
- `gap` is also null if no themes are recorded for anything that the city does.
- Otherwise, `gap` is true: nothing that is recorded about the city addresses the theme.

`unseen` is the number of nodes that are not listed but may address the theme. Either no themes are recorded for the
node, or the node is a collaboration that is not listed because of its standing. A single node without recorded themes
does not make `gap` null, because then the `gap` of every theme without listed nodes would be null.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from graph.pagination import Paged, SortKey
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    ON,
    STANDINGS,
    Computed,
    Id,
    MemberOf,
    OneOf,
    Ranking,
    Ref,
    Selected,
    computed,
)
from graph.questions.enums import (
    EDITORIAL_NOTE,
    SHOWN_ON_OR_NULL,
    BasisName,
    CoverageKind,
    StandingName,
    ThemeHit,
    ThemeMatch,
    ThemeMatchName,
)
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportNetwork, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Bars, NetworkNode, NetworkTie, NodeNames, message
from graph.vocabulary import Basis, Standing

__all__ = ["QUESTION", "Arguments", "CoverageHit", "ThemeCoverage", "ThemeCoverages", "UnfollowedInitiative"]

CoverageName = Literal["NETWORK", "WORKING_GROUP", "PROJECT", "EU_INITIATIVE", "ACTIVITY"]


_OF: Final = OneOf("of", "The scheme or programme whose themes are asked about.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    scheme: Annotated[str | None, Id("ThemeScheme"), _OF, "Id of a theme scheme."] = None
    programme: Annotated[str | None, Id("Programme"), _OF, "Id of a programme."] = None
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class CoverageHit(TypedRow, frozen=True):
    """A node that addresses a theme: a collaboration or activity of the city, or an EU initiative."""

    kind: Annotated[CoverageName, MemberOf(CoverageKind), "Kind of the node."]
    node: Annotated[str, Ref("Entity"), "The node that addresses the theme."]
    standing: Annotated[StandingName | None, MemberOf(Standing), "Standing on the day; null if the node has no period."]
    shown_on: SHOWN_ON_OR_NULL
    themes: Annotated[tuple[ThemeHit, ...], "Themes of the node that match the theme, and how they match."]

    @computed("Whether every matching theme has the basis EDITORIAL.")
    def editorial_only(self) -> bool:
        return all(hit.basis == "EDITORIAL" for hit in self.themes)


class UnfollowedInitiative(TypedRow, frozen=True):
    """An EU initiative that addresses the theme. According to the records, no unit of the city follows it."""

    initiative: Annotated[str, Ref("EuInitiative"), "The initiative."]
    themes: Annotated[tuple[ThemeHit, ...], "Themes of the initiative that match the theme, and how they match."]


def _count(kind: CoverageName, title: str, description: str) -> Computed[int]:
    """Return a computed field of `ThemeCoverage`. Its value is the number of nodes of a kind that address the theme."""

    def read(row: "ThemeCoverage") -> int:
        return sum(hit.kind == kind for hit in row.hits)

    return computed(ReportColumn(title), description)(read)


class ThemeCoverage(TypedRow, frozen=True):
    """A theme, with the collaborations, EU initiatives and activities of the city that address it."""

    sort_key: SortKey
    theme: Annotated[str, Ref("Theme"), ReportColumn("Theme"), "The theme."]
    hits: Annotated[tuple[CoverageHit, ...], "Everything that addresses the theme, by kind and id."]
    unfollowed: Annotated[
        tuple[UnfollowedInitiative, ...],
        ReportColumn("EU initiatives without a follower recorded"),
        "EU initiatives that address the theme and that no unit of the city is recorded as following.",
    ]
    gap: Annotated[
        bool | None,
        Selected("with_missing"),
        ReportColumn("Gap", "nothing is recorded that addresses it"),
        "True if nothing recorded about the city addresses the theme; null if that is uncertain: a collaboration that "
        "addresses it may be in force, or no themes are recorded for anything that the city does.",
    ]
    unseen: Annotated[
        int,
        Selected("with_missing"),
        ReportColumn("May address it too", "its themes or its standing are unknown"),
        "Number of nodes in `missing` that may address the theme too: without recorded themes, or with an uncertain "
        "standing.",
    ]

    @computed(
        ReportColumn("Editorial only", "editors' links alone relate to it what is counted"),
        "Whether the theme is addressed only by editors' links.",
    )
    def editorial_only(self) -> bool:
        return bool(self.hits) and all(hit.editorial_only for hit in self.hits)

    networks = _count("NETWORK", "Networks", "Number of networks.")
    working_groups = _count("WORKING_GROUP", "Working groups", "Number of working groups.")
    projects = _count("PROJECT", "Projects", "Number of projects.")
    eu_initiatives = _count(
        "EU_INITIATIVE", "EU initiatives", "Number of EU initiatives that a unit of the city follows."
    )
    activities = _count("ACTIVITY", "Activities", "Number of activities.")


class ThemeCoverages(TypedRow, frozen=True):
    """Themes with the nodes that address them, and missing data that may change the answer."""

    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about what the city does. Names the scheme or programme if no themes are recorded for it.",
    ]


# --- Report ---------------------------------------------------------------------------------------


class CoverageRow(TypedRow, frozen=True):
    """A theme of the scheme or programme, and a node that addresses this theme or a matching theme.

    `through` is the theme that is recorded for the node. It is `theme` itself, or a narrower theme, or a close match of
    `theme` or of a narrower theme. If several recorded themes of the node match `theme`, there is a row for each of
    them.
    """

    theme: Annotated[str, Ref("Theme"), ReportColumn("Theme"), "The theme."]
    kind: Annotated[CoverageName, MemberOf(CoverageKind), ReportColumn("Kind"), "Kind of the node."]
    thing: Annotated[str, Ref("Entity"), ReportColumn("What addresses it"), "The node that addresses the theme."]
    standing: Annotated[
        StandingName | None,
        MemberOf(Standing),
        ReportColumn("Standing", "on the day", "–"),
        "Standing on the day.",
    ]
    shown_on: SHOWN_ON_OR_NULL
    through: Annotated[str, Ref("Theme"), ReportColumn("Through", "the theme it bears"), "Theme of the node."]
    match: Annotated[
        ThemeMatchName,
        MemberOf(ThemeMatch),
        ReportColumn("Match", "how that theme matches"),
        "How the theme of the node matches the theme.",
    ]
    basis: Annotated[
        BasisName, MemberOf(Basis), ReportColumn("Basis", "of the links to the theme"), "Weakest basis of the links."
    ]


class UnfollowedRow(TypedRow, frozen=True):
    """A theme, and an EU initiative on it. According to the records, no unit of the city follows the initiative."""

    theme: Annotated[str, Ref("Theme"), ReportColumn("Theme"), "The theme."]
    initiative: Annotated[str, Ref("EuInitiative"), ReportColumn("EU initiative"), "The initiative."]


def _coverage_rows(found: Paged[ThemeCoverage]) -> Iterable[CoverageRow]:
    return (
        CoverageRow(
            row.theme, hit.kind, hit.node, hit.standing, hit.shown_on, through.theme, through.match, through.basis
        )
        for row in found.rows
        for hit in row.hits
        for through in hit.themes
    )


def _unfollowed_rows(found: Paged[ThemeCoverage]) -> Iterable[UnfollowedRow]:
    return (UnfollowedRow(row.theme, missing.initiative) for row in found.rows for missing in row.unfollowed)


def _summary(found: Paged[ThemeCoverage], _names: NodeNames) -> str:
    gaps = [row.gap for row in found.rows]
    return message(
        "Themes: {themes}. Gaps: {gaps}. Unknown whether gaps: {unknown}.",
        themes=found.total,
        gaps=gaps.count(True),
        unknown=gaps.count(None),
    )


_COUNTS: Final = {
    "Networks": "networks",
    "Working groups": "working_groups",
    "Projects": "projects",
    "EU initiatives": "eu_initiatives",
    "Activities": "activities",
}


def _plots(found: Paged[ThemeCoverage], names: NodeNames) -> Sequence[Bars]:
    if not found.rows:
        return ()
    series = tuple(
        (message(title), tuple(float(getattr(row, name)) for row in found.rows)) for title, name in _COUNTS.items()
    )
    labels = tuple(message("{theme}", theme=names.named(row.theme)) for row in found.rows)
    return (
        Bars("What addresses each theme", "things", labels, series, "Nothing is recorded about a theme without a bar."),
    )


def _network(found: Paged[ThemeCoverage]) -> tuple[Sequence[NetworkNode], Sequence[NetworkTie]]:
    groups = {kind.name: group for group, kind in enumerate(CoverageKind, start=2)}
    nodes: list[NetworkNode] = []
    ties: list[NetworkTie] = []
    for row in found.rows:
        nodes.append(NetworkNode(row.theme, 1, {} if row.gap is None else {"gap": row.gap}))
        nodes += (NetworkNode(hit.node, groups[hit.kind]) for hit in row.hits)
        ties += (NetworkTie(row.theme, hit.node, {"match": hit.themes[0].match}) for hit in row.hits)
    return nodes, ties


# --- Question -------------------------------------------------------------------------------------


QUESTION: Final = Ranking(
    module=__name__,
    description="For each theme of a scheme or a programme: the networks, working groups, projects, EU initiatives "
    "and activities of a city that address the theme. A theme that none of them addresses is a gap. "
    "The themes are sorted by position, then by name.",
    leaves_out="Twin towns, measures, and memberships only applied for or held by a body the city is part of.",
    arguments=Arguments,
    row=ThemeCoverage,
    about=ThemeCoverages,
    sort_key=(int, str, str),
    examples=(
        Arguments(city="City:vantaa", scheme="ThemeScheme:vantaa-strategic-themes", on=date(2025, 12, 1)),
        Arguments(city="City:vantaa", scheme="ThemeScheme:eccar-areas", on=date(2025, 12, 1)),
        Arguments(
            city="City:vantaa", programme="Programme:vantaa-international-guidelines-2025-2026", on=date(2025, 12, 1)
        ),
    ),
    report=QuestionReport(
        title="Theme coverage of {city} on {on}: {scheme}{programme}",
        summary=_summary,
        asked="{on}",
        notes=(
            "A gap means that nothing is recorded, not that nothing is done.",
            "It is unknown where something that addresses the theme may be in force, or where no themes are recorded.",
            EDITORIAL_NOTE,
        ),
        tables=(
            ReportTable(
                key="themes",
                title="Themes",
                note="In the order of the scheme.",
                identity=("theme",),
                columns=("theme", "gap", "unseen", "editorial_only", *_COUNTS.values()),
            ),
            ReportTable(
                key="things",
                title="What addresses them",
                note="One row for each theme through which a thing addresses the theme.",
                identity=("theme", "thing", "through"),
                row=CoverageRow,
                rows=_coverage_rows,
            ),
            ReportTable(
                key="unfollowed",
                title="EU initiatives without a follower recorded",
                identity=("theme", "initiative"),
                row=UnfollowedRow,
                rows=_unfollowed_rows,
            ),
            MISSING_TABLE,
        ),
        plots=_plots,
        network=ReportNetwork(title="Themes and what addresses them", build=_network),
    ),
)
