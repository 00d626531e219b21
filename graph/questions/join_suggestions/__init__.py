"""Networks that a city could join, ranked by what the city would gain and how similar their members are to the city.

The candidates are the networks that have members on the date, and of which the city is not a member. Each candidate is
compared with all collaborations of the city. The question `joinCheck` examines a single candidate in the same way. It
also examines the fee of the candidate, and its overlaps with the networks of the city.

The score of a candidate is the mean of four parts. Each part is a number from 0 to 1: a value of the candidate, divided
by the largest such value of all candidates. The values are:

- themes: the number of themes gained, that is, the network's themes that no collaboration of the city matches
- peers: the number of peers gained, that is, the members with which the city does not yet take part in any
  collaboration
- similarity: the sum of Newman's weights of the members. The weight of a member is the sum of 1 / (k − 1) over the
  networks in which both the member and the city take part, where k is the number of members of such a network (Newman
  2001, doi:10.1103/PhysRevE.64.016132).
- country: the number of members in the city's country

The four parts have equal weights by convention. To evaluate the score, `python -m bench.suggestions` hides known
memberships and measures how often the hidden networks are suggested. `graph.analysis.join_suggestions` computes
similarities from the analysis snapshot, a copy of the graph in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final

from graph.errors import BadArgument
from graph.questions.city_collaborations import Collaboration, MatchingThemes
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, MemberOf, Ref, Selected, Single, computed
from graph.questions.enums import EDITORIAL_NOTE, AddressedTheme, BasisName
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import NodeNames, message
from graph.vocabulary import Basis

__all__ = [
    "QUESTION",
    "Arguments",
    "JoinSuggestion",
    "JoinSuggestions",
    "ScoreParts",
    "SimilarMember",
    "SuggestionColumns",
]

_MAX_LIMIT: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    limit: Annotated[int, "The most suggestions, from 1 to 100."] = 10
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class ScoreParts(TypedRow, frozen=True):
    """The parts of a score. Each part is from 0 to 1: a value divided by the largest such value of all suggestions."""

    themes: Annotated[float, "Part of the number of themes gained; 0 if the themes of the network are unknown."]
    peers: Annotated[float, "Part of the number of peers gained."]
    similarity: Annotated[float, "Part of the similarity of the members."]
    country: Annotated[float, "Part of the number of members in the city's country; 0 if the country is unknown."]


class SimilarMember(TypedRow, frozen=True):
    """A city that is a member of the suggested network and shares other networks with the requested city."""

    city: Annotated[str, Ref("City"), ReportColumn("Member"), "The member."]
    weight: Annotated[
        float,
        ReportColumn("Weight", "Newman's weight of the shared networks"),
        "Newman's weight: the sum over the shared networks of 1 / (members − 1).",
    ]
    shared: Annotated[
        tuple[str, ...], Ref("Network"), ReportColumn("Shared networks"), "The networks that both are members of."
    ]


class JoinSuggestion(TypedRow, frozen=True):
    """A network that the city could join, with the peers and themes that the city would gain."""

    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    score: Annotated[
        float, ReportColumn("Score", "the mean of the four parts"), "The mean of the four parts, from 0 to 1."
    ]
    parts: Annotated[ScoreParts, "The parts of the score."]
    members: Annotated[int, ReportColumn("Members", bounded=True), "How many other cities are recorded in the network."]
    members_complete: Annotated[bool, "Whether a source shows that the recorded members are all members on the day."]
    themes_gained: Annotated[
        tuple[AddressedTheme, ...] | None,
        "Its themes that no collaboration of the city matches; null if its themes are unknown.",
    ]
    peers_gained: Annotated[tuple[str, ...], Ref("City"), "Its cities that the city meets through nothing else."]
    similarity: Annotated[
        float,
        ReportColumn("Similarity", "of its members to the city"),
        "Sum over its members of Newman's weight of the networks shared with the city.",
    ]
    similar: Annotated[
        tuple[SimilarMember, ...], "Its members that are most similar to the city, five at most, the largest first."
    ]
    same_country: Annotated[tuple[str, ...], Ref("City"), "Its members in the city's country."]
    memberships: Annotated[
        tuple[str, ...],
        Ref("Membership"),
        ReportColumn("Own memberships", "applied for, past or unattested", "none"),
        "The city's memberships in it that do not count: applied for, past, or unattested.",
    ]

    @computed(ReportColumn("Peers gained", bounded=True), "Number of `peersGained`.")
    def peers_gained_count(self) -> int:
        return len(self.peers_gained)

    @computed(ReportColumn("Members in the country", bounded=True), "Number of `sameCountry`.")
    def same_country_count(self) -> int:
        return len(self.same_country)

    @computed(ReportColumn("Themes gained", absent="unknown"))
    def themes_gained_count(self) -> int | None:
        return None if self.themes_gained is None else len(self.themes_gained)

    @computed(ReportColumn("Themes part"))
    def themes_part(self) -> float:
        return self.parts.themes

    @computed(ReportColumn("Peers part"))
    def peers_part(self) -> float:
        return self.parts.peers

    @computed(ReportColumn("Similarity part"))
    def similarity_part(self) -> float:
        return self.parts.similarity

    @computed(ReportColumn("Country part"))
    def country_part(self) -> float:
        return self.parts.country

    @computed(
        ReportColumn("Partial roster", "there may be more members than are recorded"),
        "Whether members may be missing, so that the network may add more than is recorded.",
    )
    def lower_bound(self) -> bool:
        return not self.members_complete


class JoinSuggestions(TypedRow, frozen=True):
    """Networks that a city could join."""

    suggestions: Annotated[tuple[JoinSuggestion, ...], "The suggestions, the largest score first, then by id."]
    candidates: Annotated[int, "How many networks were compared."]
    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about the city's collaborations and the suggested networks.",
    ]


# --- Columns of the statement ---------------------------------------------------------------------


class NetworkThemes(TypedRow, frozen=True):
    network: str
    themes: tuple[AddressedTheme, ...]


class OwnMemberships(TypedRow, frozen=True):
    network: str
    memberships: tuple[str, ...]


class SuggestionColumns(TypedRow, frozen=True):
    city_known: bool
    collaborations: tuple[Collaboration, ...]
    own: tuple[OwnMemberships, ...]
    networks: tuple[NetworkThemes, ...]
    missing: tuple[MissingData, ...]
    answers: tuple[MatchingThemes, ...]


def _columns(_arguments: Arguments, columns: SuggestionColumns) -> SuggestionColumns:
    return columns


def _parameters(arguments: Arguments) -> dict[str, object]:
    if not 1 <= arguments.limit <= _MAX_LIMIT:
        raise BadArgument(f"limit: {arguments.limit} is out of range", hint=f"give a number from 1 to {_MAX_LIMIT}")
    return {}


# --- Report ---------------------------------------------------------------------------------------


class _SimilarRow(SimilarMember, frozen=True):
    network: Annotated[str, Ref("Network"), ReportColumn("Network")]


class _ThemeRow(TypedRow, frozen=True):
    network: Annotated[str, Ref("Network"), ReportColumn("Network")]
    theme: Annotated[str, Ref("Theme"), ReportColumn("Theme")]
    basis: Annotated[BasisName, MemberOf(Basis), ReportColumn("Basis", "of the links to the theme")]


def _theme_rows(found: JoinSuggestions) -> Iterator[_ThemeRow]:
    for row in found.suggestions:
        for addressed in row.themes_gained or ():
            yield _ThemeRow(row.network, addressed.theme, addressed.basis)


def _similar_rows(found: JoinSuggestions) -> Iterator[_SimilarRow]:
    for row in found.suggestions:
        for member in row.similar:
            yield _SimilarRow(member.city, member.weight, member.shared, row.network)


def _missing(found: JoinSuggestions) -> tuple[MissingData, ...]:
    return found.missing


def _summary(found: JoinSuggestions, names: NodeNames) -> str:
    if not found.suggestions:
        return message("No network with members on the day is recorded that the city is not a member of.")
    first = found.suggestions[0]
    return message(
        "Networks compared: {candidates}. The largest score is {score:.2f}: {network}.",
        candidates=found.candidates,
        score=first.score,
        network=names.named(first.network),
    )


QUESTION: Final = Single(
    module=__name__,
    description="Networks that a city is not a member of, ranked by the themes and peers they would add and by how "
    "similar their members are to the city; `joinCheck` examines one of them.",
    leaves_out="Networks without a recorded member on the day, predecessors and successors of the city's networks, and "
    "what no source shows in force on any day.",
    arguments=Arguments,
    row=JoinSuggestions,
    examples=(Arguments(city="City:vantaa", on=date(2023, 11, 27)),),
    parameters=_parameters,
    columns=SuggestionColumns,
    compute=_columns,
    report=QuestionReport(
        title="Networks that {city} could join, {on}",
        summary=_summary,
        asked="{on}",
        notes=(
            "Each part of the score is the value divided by the largest value of a candidate. Their weights are equal.",
            "The score describes the record, not the benefit: it finds networks like those of similar cities.",
            "More may be gained than is recorded where a roster is partial or themes are unknown.",
            EDITORIAL_NOTE,
        ),
        tables=(
            ReportTable(
                key="suggestions",
                title="Suggestions",
                identity=("network",),
                columns=("network", "score", "themes_gained_count", "peers_gained_count", "similarity"),
                row=JoinSuggestion,
                rows=lambda found: found.suggestions,
            ),
            ReportTable(
                key="themes",
                title="Themes gained",
                identity=("network", "theme"),
                row=_ThemeRow,
                rows=_theme_rows,
            ),
            ReportTable(
                key="similar",
                title="Similar members",
                note="The members most similar to the city, five at most for each network.",
                identity=("network", "city"),
                columns=("network", "city", "weight", "shared"),
                row=_SimilarRow,
                rows=_similar_rows,
            ),
            replace(MISSING_TABLE, rows=_missing),
        ),
    ),
)
