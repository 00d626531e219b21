"""Row types and a report table for missing data: unknown facts that may change an answer.

The statement fragment `missing.cypher` finds such facts about a city's collaborations. One row contains all nodes of
one kind that lack the same fact. For example, one row contains all twin towns without themes.
"""

from typing import Annotated, Final, Literal

from graph.questions.declaration import MemberOf, Ref, computed
from graph.questions.report_declaration import ReportColumn, ReportTable
from graph.store import TypedRow
from graph.vocabulary import Vocabulary

__all__ = ["MISSING_TABLE", "DataGapKind", "DataGapName", "MissingData", "MissingKind", "MissingKindName"]


class DataGapKind(Vocabulary):
    """Kind of missing data."""

    MEMBERSHIP = "Whether the city is a member; sources only take it for granted."
    OUTCOME = "Whether the membership applied for was granted."
    BEGINNING = "When it began; a source first shows it after the day."
    END = "When the project ends, or the membership that the city decided to leave."
    ATTESTATION = "Whether the fact is in force on the day; no source shows it on that day."
    THEMES = "Its themes."
    ROSTER = "Some members on the day."
    FEE = "The fee for the year of the day, or a part of it."
    UNIT = "The city's unit in it."
    TERM = "When the membership is to be renewed or reviewed: no term is recorded, or the newest has an UNKNOWN end."
    POPULATION = "The number of inhabitants."
    COUNT = "Which collaborations make up a number that a source states; another number is recorded."


DataGapName = Literal[
    "MEMBERSHIP",
    "OUTCOME",
    "BEGINNING",
    "END",
    "ATTESTATION",
    "THEMES",
    "ROSTER",
    "FEE",
    "UNIT",
    "TERM",
    "POPULATION",
    "COUNT",
]


class MissingKind(Vocabulary):
    """Kind of node that has missing data."""

    NETWORK = "A network."
    WORKING_GROUP = "A working group."
    PROJECT = "A project."
    TWINNING = "Twin towns."
    EU_INITIATIVE = "An EU initiative."
    ACTIVITY = "An activity."
    PROGRAMME = "A programme."
    THEME_SCHEME = "A theme scheme."


MissingKindName = Literal[
    "NETWORK", "WORKING_GROUP", "PROJECT", "TWINNING", "EU_INITIATIVE", "ACTIVITY", "PROGRAMME", "THEME_SCHEME"
]


class MissingData(TypedRow, frozen=True):
    """Nodes of one kind that lack the same fact. If the fact were known, the answer might change.

    The answer may omit a collaboration because it is unknown whether the period of the collaboration includes the date.
    In this case, the collaboration is listed only for this unknown fact, and not for other unknown facts.
    """

    unknown: Annotated[DataGapName, MemberOf(DataGapKind), ReportColumn("Unknown"), "Kind of the unknown fact."]
    kind: Annotated[
        MissingKindName, MemberOf(MissingKind), ReportColumn("Kind"), "Kind of the nodes that lack the fact."
    ]
    nodes: Annotated[tuple[str, ...], Ref("Entity"), ReportColumn("Of"), "The nodes that lack the fact, by id."]

    @computed(ReportColumn("Number"), "Number of nodes.")
    def count(self) -> int:
        return len(self.nodes)


MISSING_TABLE: Final = ReportTable(
    key="missing",
    title="What could not be seen",
    identity=("unknown", "kind"),
    columns=("unknown", "kind", "count", "nodes"),
    row=MissingData,
    rows=lambda found: found.about.missing,
)
"""The table of missing data. A report shows it in addition to the table with the rows of the answer."""
