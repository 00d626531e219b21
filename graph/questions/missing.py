"""What an answer could not see: the kinds of unknown facts, and the rows and the report table that name them.

The fragment `missing` finds them among a city's collaborations.
"""

from typing import Annotated, Final, Literal

from graph.questions.declaration import MemberOf, Ref
from graph.questions.report_declaration import ReportColumn, ReportTable
from graph.store import TypedRow
from graph.vocabulary import Vocabulary

__all__ = ["MISSING_TABLE", "DataGapKind", "DataGapName", "MissingData"]


class DataGapKind(Vocabulary):
    """What is unknown."""

    OUTCOME = "Whether the membership applied for was granted."
    BEGINNING = "When it began; a source first shows it after the day."
    END = "When it ends."
    ATTESTATION = "Whether it is in force on the day; no source shows it on it."
    THEMES = "Its themes."
    ROSTER = "Some members on the day."
    FEE = "The fee for the year of the day, or a part of it."
    UNIT = "The city's unit in it."
    TERM = "When the membership is to be renewed or reviewed."
    POPULATION = "The number of inhabitants."


DataGapName = Literal[
    "OUTCOME", "BEGINNING", "END", "ATTESTATION", "THEMES", "ROSTER", "FEE", "UNIT", "TERM", "POPULATION"
]


class MissingData(TypedRow, frozen=True):
    """Something that an answer could not see."""

    node: Annotated[str, Ref("Entity"), ReportColumn("Of"), "The collaboration, initiative or activity."]
    unknown: Annotated[DataGapName, MemberOf(DataGapKind), ReportColumn("Unknown"), "What is unknown about it."]


MISSING_TABLE: Final = ReportTable(
    key="missing",
    title="What could not be seen",
    identity=("node", "unknown"),
    row=MissingData,
    rows=lambda found: found.about.missing,
)
"""The table of the `missing` of a ranking's `about`."""
