"""The property graph, declared once: labels, properties, relationship types, paths, units and descriptions.

Everything else derives from here: constraints and indexes, the check of files of facts, the compiled statements,
the GraphQL types with their filters and orders, and the documentation.

Shapes in the database:

- Every node has one label and a property `id` ("City:vantaa"), unique for the label.
- LOCALISED `name` is stored as `nameEn`, `nameSv`, `nameFi`; MONEY `fee` as `fee` (integer minor units) and
  `feeCurrency` (ISO 4217); PARTIAL_DATE `founded` as `founded` (date) and `foundedPrecision`; BOUND `validUntil` as
  `validUntil`, `validUntilPrecision` and `validUntilBound`; everything else under its own name.
- Periods are half-open: `[validFrom, validUntil)`.
- `Hidden` columns are computed when facts are loaded and never shown: see `HIDDEN`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Final

from graph import vocabulary as v
from graph.vocabulary import DatePrecision, Language, Standing, Vocabulary

__all__ = [
    "HIDDEN",
    "ID",
    "LABELS",
    "OTHER_NAMES",
    "PATHS",
    "RELATIONSHIPS",
    "SCHEMA_VERSION",
    "Association",
    "DatePrecision",
    "Kind",
    "Label",
    "Language",
    "Path",
    "Property",
    "Relationship",
    "Standing",
    "association",
    "associations",
    "label",
    "label_of",
    "paths",
]

SCHEMA_VERSION: Final = 1
"""Raised by one with every change of the graph's shape that a database must be brought up to."""


class Kind(Enum):
    """The type of a property's value."""

    STRING = auto()
    LOCALISED = auto()
    INT = auto()
    FLOAT = auto()
    DECIMAL = auto()  # exact, stored as text
    BOOLEAN = auto()
    DATE = auto()
    PARTIAL_DATE = auto()
    BOUND = auto()
    MONEY = auto()
    VOCABULARY = auto()
    REF = auto()  # the id of a node
    URL = auto()


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a node or a relationship. `target` is the label that a REF points to.

    `indexed`: nodes are looked up by it, and there are many of them for few to be found.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    many: bool = False
    vocabulary: type[Vocabulary] | None = None
    target: str | None = None
    default: str | None = None
    indexed: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names under which the value is stored, the value itself first."""
        match self.kind:
            case Kind.LOCALISED:
                return tuple(f"{self.name}{language.name.capitalize()}" for language in Language)
            case Kind.MONEY:
                return (self.name, f"{self.name}Currency")
            case Kind.PARTIAL_DATE:
                return (self.name, f"{self.name}Precision")
            case Kind.BOUND:
                return (self.name, f"{self.name}Precision", f"{self.name}Bound")
            case _:
                return (self.name,)


@dataclass(frozen=True, slots=True)
class Label:
    """A kind of node. `plural` is its collection's name in files of facts and in the API.

    `named_after` gives the associations whose names make up the name of a node that has none of its own.
    `sourced` is false for what itself is a source. `searched` says whether `search` looks among these names.
    """

    name: str
    plural: str
    description: str
    properties: tuple[Property, ...] = ()
    named_after: tuple[str, ...] = ()
    name_required: bool = True
    sourced: bool = True
    searched: bool = True

    @property
    def has_period(self) -> bool:
        return any(each.name == "validUntil" for each in self.properties)

    @property
    def singular(self) -> str:
        return self.name[0].lower() + self.name[1:]

    @property
    def words(self) -> str:
        """The plural as a sentence has it: "working groups", "EU initiatives"."""
        words = re.sub("([A-Z])", lambda capital: f" {capital[0].lower()}", self.plural)
        return re.sub("^eu ", "EU ", words)

    def property(self, name: str) -> Property:
        """The property of this name. Raises KeyError."""
        for each in self.properties:
            if each.name == name:
                return each
        raise KeyError(f"{self.name}.{name}")


class Many(Enum):
    """How many nodes can stand at an end of a relationship."""

    ONE = auto()
    LIST = auto()  # short and bounded
    CONNECTION = auto()  # can grow


@dataclass(frozen=True, slots=True)
class End:
    """A relationship as read from one end: the name it has there and how many nodes it leads to."""

    name: str
    many: Many
    description: str
    required: bool = False
    order: str | None = None  # of a LIST: the property of the other node it is ordered by, before the id


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship type between two sets of labels. `out` is read from the source, `into` from the target."""

    type: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    out: End
    into: End
    properties: tuple[Property, ...] = ()
    sourced: bool = True

    @property
    def all_properties(self) -> tuple[Property, ...]:
        """Its own properties and, where it states a fact, how the fact is known."""
        return self.properties + (RELATIONSHIP_FACT if self.sourced else ())


@dataclass(frozen=True, slots=True)
class Association:
    """One end of a relationship, as a role that a node of label `owner` has."""

    owner: str
    relationship: Relationship
    outgoing: bool

    @property
    def end(self) -> End:
        return self.relationship.out if self.outgoing else self.relationship.into

    @property
    def name(self) -> str:
        return self.end.name

    @property
    def many(self) -> Many:
        return self.end.many

    @property
    def description(self) -> str:
        return self.end.description

    @property
    def targets(self) -> tuple[str, ...]:
        """The labels that can stand at the other end."""
        return self.relationship.target if self.outgoing else self.relationship.source

    @property
    def properties(self) -> tuple[Property, ...]:
        return self.relationship.all_properties


@dataclass(frozen=True, slots=True)
class Path:
    """Two associations in a row, read as one: a network's members through their memberships.

    With `periodic`, the node between has a period, and only those that stand on a day are followed; where it has a
    status too, those APPLIED are followed on request only. A path never leads back to the node it began at.
    """

    owner: str
    name: str
    steps: tuple[str, str]
    description: str
    via: str  # the name of the node between, on the edge
    periodic: bool

    @property
    def first(self) -> Association:
        return association(self.owner, self.steps[0])

    @property
    def second(self) -> Association:
        return association(self.between, self.steps[1])

    @property
    def between(self) -> str:
        """The label of the node between."""
        return self.first.targets[0]

    @property
    def target(self) -> str:
        return self.second.targets[0]

    @property
    def has_status(self) -> bool:
        return self.between == "Membership"


# --- Properties that recur ------------------------------------------------------------------------


def _text(name: str, description: str, *, required: bool = False, many: bool = False) -> Property:
    return Property(name, Kind.STRING, description, required=required, many=many)


def _localised(name: str, description: str) -> Property:
    return Property(name, Kind.LOCALISED, description)


def _of(
    vocabulary: type[Vocabulary],
    name: str,
    description: str,
    *,
    required: bool = False,
    default: str | None = None,
) -> Property:
    return Property(name, Kind.VOCABULARY, description, required=required, vocabulary=vocabulary, default=default)


ID: Final = Property(
    "id",
    Kind.STRING,
    "The readable id: the label, a colon and a slug, such as City:vantaa.",
    required=True,
    indexed=True,
)
"""The key of every node; not listed among a label's properties."""
NAME: Final = Property("name", Kind.LOCALISED, "The name, as the sources give it.")
BASIS: Final = _of(v.Basis, "basis", "How the fact is known.", required=True, default="STATED")
NOTE: Final = _text("note", "A doubt or an explanation that the editors recorded on this fact; in English.")
CITATIONS: Final = Property(
    "sources",
    Kind.REF,
    "The places in documents where this is said.",
    required=True,
    many=True,
    target="Citation",
)
NODE_FACT: Final = (BASIS, NOTE)
RELATIONSHIP_FACT: Final = (BASIS, NOTE, CITATIONS)

PERIOD: Final = (
    Property("validFrom", Kind.BOUND, "The first day it is in force; null where unknown. Periods are half-open."),
    Property(
        "validUntil",
        Kind.BOUND,
        "The first day it is no longer in force; null where it still runs (OPEN) or no source says (UNKNOWN).",
    ),
    Property("attestedFrom", Kind.DATE, "The first day on which a source shows it in force."),
    Property("attestedOn", Kind.DATE, "The last day on which a source shows it in force."),
)

HIDDEN: Final = {
    "nameSort": "The default name, folded; names are sorted by it.",
    "nameFolded": "All names in all languages, folded, one per line; `search` and name filters read it.",
    "shownFrom": "Start of a period: validFrom, else the first day on which a source shows it in force.",
    "shownUntil": "The day after the last day on which it is certainly in force; null if it still runs.",
    "standsUntil": "The first day on which it has certainly ended; null if no source states an end.",
}
"""Columns computed on loading, on every node (`nameSort`, `nameFolded`) or on those with a period (`shown…`).

Something stands on a day `on` when `shownFrom <= on AND (standsUntil IS NULL OR on < standsUntil)`; it is IN_FORCE
when also `shownUntil IS NULL OR on < shownUntil`, else ATTESTED_EARLIER.
"""


# --- Labels ---------------------------------------------------------------------------------------

_POSITION = Property("position", Kind.INT, "Its place in the order of the source, from 1.")
_DESCRIPTION = _localised("description", "What it is or does, in a sentence or two, after the sources.")
OTHER_NAMES: Final = _text(
    "otherNames",
    "Other names it goes by, in any language: the local one, an abbreviation. `search` finds them too.",
    many=True,
)
_WIKIDATA = _text("wikidata", "Wikidata item, as Q and digits.")


def _label(
    name: str,
    plural: str,
    description: str,
    *properties: Property,
    named_after: tuple[str, ...] = (),
    name_required: bool = True,
    sourced: bool = True,
    searched: bool = True,
) -> Label:
    own = (NAME, *properties, *(NODE_FACT if sourced else (NOTE,)))
    return Label(name, plural, description, own, named_after, name_required, sourced, searched)


LABELS: Final[tuple[Label, ...]] = (
    _label(
        "City",
        "cities",
        "A city, town or municipality.",
        OTHER_NAMES,
        Property("country", Kind.STRING, "ISO 3166-1 alpha-2 code of the country.", required=True, indexed=True),
        Property("latitude", Kind.FLOAT, "Latitude in degrees, WGS 84."),
        Property("longitude", Kind.FLOAT, "Longitude in degrees, WGS 84."),
        Property("population", Kind.INT, "Inhabitants, in the year `populationYear`."),
        Property("populationYear", Kind.INT, "The year that `population` counts."),
        _WIKIDATA,
        _text("lau", "Code of the local administrative unit (Eurostat LAU)."),
        _text("unlocode", "UN/LOCODE, such as FIVAN."),
    ),
    _label("CityGroup", "cityGroups", "A group of cities that acts together: the six cities, the capital region."),
    _label(
        "Network",
        "networks",
        "A network of cities, or a city's own network of many actors.",
        OTHER_NAMES,
        _of(v.NetworkKind, "kind", "What kind of network it is.", required=True),
        _DESCRIPTION,
        Property("founded", Kind.PARTIAL_DATE, "When it was founded."),
        _text(
            "statedMemberCount",
            "How many members a source says it has, in the source's words where not a number.",
        ),
        Property("memberCount", Kind.INT, "How many members a source says it has, as a number."),
        Property("rosterComplete", Kind.BOOLEAN, "Whether all its members are recorded, as of `rosterAttestedOn`."),
        Property("rosterAttestedOn", Kind.DATE, "The day on which the list of its members was true."),
        Property("nonProfit", Kind.BOOLEAN, "Whether a source says that it seeks no profit."),
        _localised("membershipRule", "Who can be a member, and how."),
        Property("website", Kind.URL, "Its own web site."),
        _WIKIDATA,
    ),
    _label(
        "Membership",
        "memberships",
        "One life of a city's (or another body's) membership in a network; coming back begins a new one.",
        _of(v.MembershipStatus, "status", "What was last decided or shown.", required=True),
        _of(v.MembershipGrade, "grade", "The grade, where a source gives it."),
        *PERIOD,
        Property("votingRight", Kind.BOOLEAN, "Whether it carries a vote, where a source says so."),
        named_after=("city", "cityGroup", "organisation", "network"),
        searched=False,
    ),
    _label(
        "MembershipTerm",
        "membershipTerms",
        "A period of a membership for which a fee, a budget line or a grade was decided or stated.",
        *PERIOD,
        Property(
            "annualFee",
            Kind.MONEY,
            "The fee for each calendar year touched, as stated; 0 if known to be free.",
        ),
        Property("totalFee", Kind.MONEY, "The fee for the whole term, where a source states it."),
        Property(
            "annualFeeEuro",
            Kind.MONEY,
            "The yearly fee in euro, where a source states it beside another currency.",
        ),
        _text("euroRate", "What the euro value rests on: the rate's date, or 'as stated'."),
        _text("budgetLine", "The line of the city's budget that pays it."),
        _of(v.MembershipGrade, "grade", "The grade during this term, where a source gives it."),
        Property("reviewFrom", Kind.DATE, "The first day of the period in which the membership is to be reviewed."),
        Property("reviewUntil", Kind.DATE, "The first day after the period in which it is to be reviewed."),
        _of(v.SaidIn, "reviewSaidIn", "Where the decision's text asks for the review."),
        named_after=("membership",),
        searched=False,
    ),
    _label(
        "FeeRule",
        "feeRules",
        "A network's rule for its yearly fee, by category and number of inhabitants.",
        _text("category", "The category of members it applies to, in the source's words."),
        Property("populationFrom", Kind.INT, "The smallest number of inhabitants it applies to."),
        Property("populationUpTo", Kind.INT, "The largest number of inhabitants it applies to."),
        Property("annualFee", Kind.MONEY, "The fee for a year."),
        Property("perInhabitant", Kind.DECIMAL, "The fee for a year and inhabitant, in `perInhabitantCurrency`."),
        _text("perInhabitantCurrency", "ISO 4217 code of `perInhabitant`."),
        Property("minimumFee", Kind.MONEY, "The least that is charged for a year."),
        Property("maximumFee", Kind.MONEY, "The most that is charged for a year."),
        *PERIOD,
        _text("statedAsOf", "The time for which the source gives the rule, in its words."),
        named_after=("network",),
        searched=False,
    ),
    _label(
        "Requirement",
        "requirements",
        "A step of admission to a network, or an obligation of its members.",
        _of(v.RequirementKind, "kind", "Whether it comes before membership or with it.", required=True),
        _POSITION,
        _DESCRIPTION,
        searched=False,
    ),
    _label(
        "WorkingGroup",
        "workingGroups",
        "A working group or forum of a network. Its name is null where a source speaks of it without naming it.",
        _DESCRIPTION,
        *PERIOD,
        name_required=False,
    ),
    _label(
        "Twinning",
        "twinnings",
        "Two cities that are twin towns.",
        *PERIOD,
        named_after=("cities",),
        searched=False,
    ),
    _label(
        "Project",
        "projects",
        "A project with partners.",
        _DESCRIPTION,
        _of(v.ProjectStage, "stage", "Its stage, where a source gives it."),
        *PERIOD,
        Property("followedUpOn", Kind.DATE, "The last day on which a follow-up of its results is recorded."),
        Property("budget", Kind.MONEY, "The whole budget."),
        Property("website", Kind.URL, "Its own web site."),
    ),
    _label(
        "FundingProgramme",
        "fundingProgrammes",
        "A programme that gives money to projects.",
        _DESCRIPTION,
        *PERIOD,
        Property("budget", Kind.MONEY, "The whole budget."),
    ),
    _label(
        "EuInitiative",
        "euInitiatives",
        "An initiative, proposal or policy of the European Union that cities follow.",
        _DESCRIPTION,
        _of(v.EuInitiativeStatus, "status", "How far it has come, where a source says it."),
        *PERIOD,
        _POSITION,
    ),
    _label(
        "ThemeScheme",
        "themeSchemes",
        "A set of themes that belong together: a strategy's, a network's.",
        _DESCRIPTION,
    ),
    _label("Theme", "themes", "A theme of collaboration, in one scheme.", _DESCRIPTION, _POSITION),
    _label(
        "Programme",
        "programmes",
        "A strategy, guideline, action programme or safety plan.",
        _of(v.ProgrammeKind, "kind", "What kind of programme it is.", required=True),
        _of(v.ProgrammeLevel, "level", "The level at which it steers."),
        _DESCRIPTION,
        *PERIOD,
        Property("adopted", Kind.PARTIAL_DATE, "When it was adopted."),
        Property("annualBudget", Kind.MONEY, "The budget for each year of its period."),
        Property("totalBudget", Kind.MONEY, "The budget for the whole period."),
    ),
    _label(
        "Goal",
        "goals",
        "A goal of a programme.",
        _POSITION,
        _localised("track", "The part of the programme under which the goal stands."),
        searched=False,
    ),
    _label(
        "Measure",
        "measures",
        "A measure of a programme.",
        Property("number", Kind.INT, "Its number under its goal."),
        _text("reported", "What is reported of it, in the source's own words; null where nothing is."),
        Property("reportedOn", Kind.PARTIAL_DATE, "When that was reported."),
        _of(v.MeasureStatus, "status", "Our reading of `reported`; null where it tells no status."),
        searched=False,
    ),
    _label(
        "Decision",
        "decisions",
        "A decision of a body.",
        Property("date", Kind.PARTIAL_DATE, "The day of the meeting."),
        Property("published", Kind.DATE, "The day the decision became public, where only that is known."),
        _text("section", "The section (§) of the minutes, digits only, where a source gives it."),
        _text("caseNumber", "The register number of the case."),
        _text("item", "The number of the item on the meeting's list."),
        _of(v.DecisionOutcome, "outcome", "What came of the proposal.", required=True),
        _text(
            "decidedPoints",
            "What was decided (or, where tabled, proposed), point by point, in English.",
            many=True,
        ),
        _text("reasoning", "What the reasoning says beside the decided points, in English.", many=True),
    ),
    _label(
        "Unit",
        "units",
        "A board, sector, office, group or post of a city or an organisation. Never a person.",
        _of(v.UnitKind, "kind", "What kind of body it is.", required=True),
        _DESCRIPTION,
    ),
    _label(
        "Organisation",
        "organisations",
        "An organisation that is neither a city nor a network.",
        OTHER_NAMES,
        _of(v.OrganisationKind, "kind", "What kind of organisation it is.", required=True),
        _text("country", "ISO 3166-1 alpha-2 code of the country, where it belongs to one."),
        _WIKIDATA,
    ),
    _label(
        "Activity",
        "activities",
        "A conference, workshop, trip or other activity.",
        _of(v.ActivityKind, "kind", "What kind of activity it is.", required=True),
        _DESCRIPTION,
        *PERIOD,
        _text("statedParticipants", "How many took part, in the source's words."),
        Property("participantCount", Kind.INT, "How many took part, as a number; approximate where the words are."),
    ),
    _label(
        "Report",
        "reports",
        "A contact's yearly report on a network.",
        Property("year", Kind.INT, "The year that it reports on.", required=True),
        Property("reportedOn", Kind.DATE, "The day it was given."),
        named_after=("network",),
        searched=False,
    ),
    _label("District", "districts", "A district or neighbourhood of a city.", _DESCRIPTION),
    _label(
        "Document",
        "documents",
        "A document or web page that facts were taken from.",
        _text("language", "ISO 639-1 code of the language it is written in."),
        Property("date", Kind.PARTIAL_DATE, "The date it bears."),
        _text("publisher", "Who gave it out."),
        Property("url", Kind.URL, "Where it can be read."),
        Property("retrievedOn", Kind.DATE, "The day it was read."),
        sourced=False,
    ),
    _label(
        "Citation",
        "citations",
        "A place in a document that supports facts.",
        _text("page", "The page, as the document numbers it."),
        _text("section", "The section, heading or row."),
        _text("quote", "A short quote in the document's own language.", required=True),
        named_after=("document",),
        sourced=False,
        searched=False,
    ),
)

_LABELS: Final = {each.name: each for each in LABELS}
_SOURCED: Final = tuple(each.name for each in LABELS if each.sourced)


def label(name: str) -> Label:
    """The label of this name. Raises KeyError."""
    return _LABELS[name]


def label_of(node_id: str) -> Label | None:
    """The label that a readable id names before its colon; None where it names none."""
    return _LABELS.get(node_id.partition(":")[0])


# --- Relationships --------------------------------------------------------------------------------

_ONE, _LIST, _MANY = Many.ONE, Many.LIST, Many.CONNECTION


def _rel(
    type_: str,
    source: str | tuple[str, ...],
    target: str | tuple[str, ...],
    out: End,
    into: End,
    *properties: Property,
    sourced: bool = True,
) -> Relationship:
    as_tuple = (
        (source,) if isinstance(source, str) else source,
        (target,) if isinstance(target, str) else target,
    )
    return Relationship(type_, *as_tuple, out, into, properties, sourced)


_HOLDERS = (("City", "city"), ("CityGroup", "cityGroup"), ("Organisation", "organisation"))
_ADDRESSING = (
    "Network",
    "WorkingGroup",
    "Twinning",
    "Project",
    "FundingProgramme",
    "EuInitiative",
    "Programme",
    "Measure",
    "Activity",
)

RELATIONSHIPS: Final[tuple[Relationship, ...]] = (
    # Sources
    _rel(
        "CITES",
        _SOURCED,
        "Citation",
        End("sources", _LIST, "The places in documents where this is said.", required=True),
        End("supports", _MANY, "The facts this place supports."),
        _text(
            "supports",
            "The properties of the fact that this place supports; empty where it supports the fact as a whole.",
            many=True,
        ),
        _of(v.Basis, "basis", "How this place makes those properties known.", required=True, default="STATED"),
        sourced=False,
    ),
    _rel(
        "FROM",
        "Citation",
        "Document",
        End("document", _ONE, "The document quoted.", required=True),
        End("citations", _MANY, "The places quoted from this document."),
        sourced=False,
    ),
    # Memberships
    *(
        _rel(
            "HOLDS",
            holder,
            "Membership",
            End("memberships", _MANY, "The memberships it holds or held, one for each life."),
            End(role, _ONE, f"The {role_text} that holds the membership, where it is one."),
        )
        for (holder, role), role_text in zip(_HOLDERS, ("city", "group of cities", "organisation"), strict=True)
    ),
    _rel(
        "IN",
        "Membership",
        "Network",
        End("network", _ONE, "The network.", required=True),
        End("memberships", _MANY, "The memberships in the network, present, past and applied for."),
    ),
    _rel(
        "UNDER",
        "MembershipTerm",
        "Membership",
        End("membership", _ONE, "The membership.", required=True),
        End("terms", _MANY, "The terms of the membership."),
    ),
    _rel(
        "DECIDED_BY",
        "MembershipTerm",
        "Decision",
        End("decision", _ONE, "The decision that made the term, where known."),
        End("membershipTerms", _LIST, "The membership terms it decided."),
    ),
    _rel(
        "PART_OF",
        "City",
        ("CityGroup", "Organisation"),
        End("partOf", _MANY, "The groups and organisations through which the city also takes part."),
        End("cities", _MANY, "The cities that belong to it."),
        Property("votingRight", Kind.BOOLEAN, "Whether the city votes there, where a source says so."),
    ),
    # Networks
    _rel(
        "UNDER",
        "Network",
        "Organisation",
        End("parent", _ONE, "The organisation under which the network stands."),
        End("networks", _MANY, "The networks that stand under it."),
    ),
    _rel(
        "SEATED_IN",
        "Network",
        "City",
        End("seat", _ONE, "The city of its secretariat."),
        End("seatOf", _LIST, "The networks whose secretariat is here."),
    ),
    *(
        _rel(
            "FUNDED_BY",
            source,
            target,
            End(out, _MANY, text),
            End(
                "fundedNetworks" if source == "Network" else "fundedProjects",
                _MANY,
                f"The {source.lower()}s it funds.",
            ),
            Property("validFrom", Kind.BOUND, "The first day of the funding."),
            Property("validUntil", Kind.BOUND, "The first day after the funding."),
            Property("amount", Kind.MONEY, "The amount, where a source states it."),
        )
        for source in ("Network", "Project")
        for target, out, text in (
            ("Organisation", "funders", "The organisations that fund or funded it."),
            ("FundingProgramme", "fundingProgrammes", "The funding programmes that pay or paid for it."),
        )
    ),
    _rel(
        "CHARGES",
        "Network",
        "FeeRule",
        End("feeRules", _LIST, "Its rules for the yearly fee."),
        End("network", _ONE, "The network.", required=True),
    ),
    _rel(
        "REQUIRES",
        "Network",
        "Requirement",
        End(
            "requirements",
            _LIST,
            "Its steps of admission and the obligations of its members.",
            order="position",
        ),
        End("network", _ONE, "The network.", required=True),
    ),
    _rel(
        "SERVES",
        "Network",
        "District",
        End("districts", _LIST, "The districts a local network works in."),
        End("networks", _MANY, "The local networks that work here."),
    ),
    _rel(
        "OF",
        "Network",
        "City",
        End("city", _ONE, "Of a local network: the city it belongs to."),
        End("localNetworks", _MANY, "The city's own networks of many actors."),
    ),
    *(
        _rel(
            "TAKES_PART_IN",
            source,
            "Network",
            End("localNetworks", _MANY, "The local networks it takes part in."),
            End(
                f"participating{source}s",
                _MANY,
                f"Of a local network: the {source.lower()}s that take part in it.",
            ),
            _text("role", "Its role there, in the source's words."),
        )
        for source in ("Unit", "Organisation")
    ),
    # Working groups
    _rel(
        "PART_OF",
        "WorkingGroup",
        "Network",
        End("network", _ONE, "The network it belongs to.", required=True),
        End("workingGroups", _MANY, "Its working groups and forums."),
    ),
    _rel(
        "PARTICIPATES_IN",
        "City",
        "WorkingGroup",
        End("workingGroups", _MANY, "The working groups the city takes part in."),
        End("participants", _MANY, "The cities that take part in it."),
        _of(v.GroupRole, "role", "The city's role."),
        Property(
            "unit",
            Kind.REF,
            "The unit that takes part for the city; null where no source says.",
            target="Unit",
        ),
        Property("since", Kind.PARTIAL_DATE, "When it began."),
        *PERIOD,
    ),
    # Projects
    _rel(
        "PARTNER_IN",
        "City",
        "Project",
        End("projects", _MANY, "The projects the city is a partner in."),
        End("partners", _MANY, "The cities that are partners in it."),
        _of(v.PartnerRole, "role", "The city's role."),
        Property(
            "unit",
            Kind.REF,
            "The unit that takes part for the city; null where no source says.",
            target="Unit",
        ),
        Property("budget", Kind.MONEY, "The city's share of the budget."),
    ),
    _rel(
        "RUN_UNDER",
        "Project",
        "Network",
        End("network", _ONE, "The network under which it is run."),
        End("projects", _MANY, "The projects run under it."),
    ),
    _rel(
        "IN",
        "Project",
        "District",
        End("districts", _LIST, "The districts where it works."),
        End("projects", _MANY, "The projects that work here."),
    ),
    # Twin towns
    _rel(
        "JOINS",
        "Twinning",
        "City",
        End("cities", _LIST, "The two cities.", required=True),
        End("twinnings", _MANY, "Its pairs with twin towns."),
    ),
    # Themes
    *(
        _rel(
            "ADDRESSES",
            source,
            "Theme",
            End("themes", _MANY if source == "Network" else _LIST, "The themes it addresses.", order=None),
            End(_LABELS[source].plural, _MANY, f"The {_LABELS[source].words} that address the theme."),
        )
        for source in _ADDRESSING
    ),
    _rel(
        "IN_SCHEME",
        "Theme",
        "ThemeScheme",
        End("scheme", _ONE, "The scheme the theme belongs to.", required=True),
        End("themes", _MANY, "Its themes."),
    ),
    _rel(
        "BROADER",
        "Theme",
        "Theme",
        End("broader", _ONE, "The wider theme in the same scheme (skos:broader)."),
        End("narrower", _LIST, "The narrower themes (skos:narrower).", order="position"),
    ),
    _rel(
        "CLOSE_MATCH",
        "Theme",
        "Theme",
        End("closeMatches", _LIST, "Themes of other schemes that mean nearly the same (skos:closeMatch)."),
        End("closeMatchOf", _LIST, "Themes of other schemes that were matched to this one."),
    ),
    *(
        _rel(
            "OF",
            "ThemeScheme",
            target,
            End(role, _ONE, f"The {role} whose themes these are."),
            End("themeSchemes", _LIST, "Its sets of themes."),
        )
        for target, role in (("Programme", "programme"), ("Network", "network"))
    ),
    # The European Union
    *(
        _rel(
            "PART_OF",
            source,
            "EuInitiative",
            End("partOf", _ONE, "The initiative it is a part of."),
            End(role, _LIST, text, order="position" if source == "EuInitiative" else None),
        )
        for source, role, text in (
            ("EuInitiative", "parts", "The initiatives that are parts of it."),
            ("FundingProgramme", "fundingProgrammes", "The funding programmes that are parts of it."),
        )
    ),
    _rel(
        "FOLLOWS",
        "Unit",
        "EuInitiative",
        End("euInitiatives", _MANY, "The EU initiatives it follows."),
        End("followers", _MANY, "The units recorded as following it."),
    ),
    # Units
    _rel(
        "OF",
        "Unit",
        "City",
        End("city", _ONE, "The city whose unit it is, where it is a city's."),
        End("units", _MANY, "Its boards, sectors, offices, groups and posts."),
    ),
    _rel(
        "OF",
        "Unit",
        "Organisation",
        End("organisation", _ONE, "The organisation whose unit it is, where it is an organisation's."),
        End("units", _MANY, "Its units."),
    ),
    _rel(
        "PART_OF",
        "Unit",
        "Unit",
        End("partOf", _ONE, "The unit it belongs to."),
        End("parts", _LIST, "The units that belong to it."),
    ),
    _rel(
        "CONTACT_FOR",
        "Unit",
        "Network",
        End("contactFor", _MANY, "The networks it is the contact for."),
        End("contacts", _MANY, "The units that are its contacts."),
    ),
    _rel(
        "COORDINATES",
        "Unit",
        "Network",
        End("coordinates", _MANY, "The networks it brings together or coordinates."),
        End("coordinators", _MANY, "The units that bring it together or coordinate it."),
        _text("role", "What it does there, in English after the source."),
    ),
    _rel(
        "RESPONSIBLE_FOR",
        "Unit",
        "Programme",
        End("programmes", _MANY, "The programmes it steers, prepares, carries out or follows up."),
        End("responsibleUnits", _MANY, "The units that steer, prepare, carry out or follow it up."),
        _text("role", "What it does for the programme, in English after the source."),
    ),
    # Decisions
    _rel(
        "BY",
        "Decision",
        ("Unit", "Organisation"),
        End("body", _ONE, "The body that decided.", required=True),
        End("decisions", _MANY, "Its decisions."),
    ),
    _rel(
        "ABOUT",
        "Decision",
        tuple(each for each in _SOURCED if each not in ("Decision", "Unit", "Organisation", "City", "CityGroup")),
        End("about", _LIST, "What it decides on."),
        End("decisions", _MANY, "The decisions about it."),
    ),
    _rel(
        "RESTS_ON",
        "Decision",
        ("Programme", "Decision"),
        End("restsOn", _LIST, "The programmes and decisions it rests on."),
        End("foundationOf", _MANY, "The decisions that rest on it."),
    ),
    _rel(
        "IMPLEMENTED_BY",
        "Decision",
        "Unit",
        End("implementedBy", _LIST, "The units that carry it out."),
        End("implements", _MANY, "The decisions it carries out."),
    ),
    # Programmes
    _rel(
        "OF",
        "Programme",
        "City",
        End("city", _ONE, "The city whose programme it is, where it is a city's."),
        End("programmes", _MANY, "Its strategies, guidelines, programmes and plans."),
    ),
    _rel(
        "OF",
        "Programme",
        "Organisation",
        End("organisation", _ONE, "The organisation whose programme it is, where it is not a city's."),
        End("programmes", _MANY, "Its programmes."),
    ),
    _rel(
        "USES",
        "Programme",
        "Network",
        End("networks", _MANY, "The networks it makes use of."),
        End("usedBy", _MANY, "The programmes that make use of it."),
    ),
    _rel(
        "TARGETS",
        "Programme",
        "District",
        End("districts", _MANY, "The districts it turns to."),
        End("targetedBy", _MANY, "The programmes that turn to the district."),
        _of(v.DistrictChoice, "choice", "Why the district was chosen."),
        _text(
            "criteria",
            "The criteria or reasons by which it was chosen, in English after the source.",
            many=True,
        ),
    ),
    _rel(
        "SUCCEEDS",
        "Programme",
        "Programme",
        End("predecessor", _ONE, "The programme it followed."),
        End("successors", _LIST, "The programmes that followed it."),
    ),
    _rel(
        "RESTS_ON",
        "Programme",
        ("Programme", "Decision"),
        End("restsOn", _LIST, "The programmes and decisions it rests on."),
        End("supportedProgrammes", _MANY, "The programmes that rest on it."),
    ),
    _rel(
        "IN",
        "Goal",
        "Programme",
        End("programme", _ONE, "The programme.", required=True),
        End("goals", _LIST, "Its goals.", order="position"),
    ),
    _rel(
        "IN",
        "Measure",
        "Goal",
        End("goal", _ONE, "The goal it serves.", required=True),
        End("measures", _LIST, "The measures that serve it.", order="number"),
    ),
    *(
        _rel(
            "CONCERNS",
            "Measure",
            target,
            End(role, _LIST, f"The {_LABELS[target].words} it names."),
            End("measures", _MANY, "The measures that name it."),
        )
        for target, role in (
            ("Network", "networks"),
            ("WorkingGroup", "workingGroups"),
            ("EuInitiative", "euInitiatives"),
            ("Organisation", "organisations"),
            ("CityGroup", "cityGroups"),
            ("Unit", "units"),
        )
    ),
    # Activities, reports, districts
    *(
        _rel(
            "ORGANISED",
            source,
            "Activity",
            End("organisedActivities", _MANY, "The activities it organised."),
            End(role, _LIST, f"The {role_text} that organised it."),
        )
        for source, role, role_text in (
            ("City", "organisingCities", "cities"),
            ("Network", "organisingNetworks", "networks"),
            ("Unit", "organisingUnits", "units"),
        )
    ),
    _rel(
        "TOOK_PART_IN",
        "City",
        "Activity",
        End("activities", _MANY, "The activities the city took part in."),
        End("participatingCities", _MANY, "The cities that took part in it."),
        Property(
            "unit",
            Kind.REF,
            "The unit that took part for the city; null where no source says.",
            target="Unit",
        ),
    ),
    _rel(
        "PART_OF",
        "Activity",
        "Network",
        End("network", _ONE, "The network whose activity it is."),
        End("activities", _MANY, "Its activities."),
    ),
    _rel(
        "ON",
        "Report",
        "Network",
        End("network", _ONE, "The network reported on.", required=True),
        End("reports", _MANY, "The contacts' yearly reports on it."),
    ),
    _rel(
        "BY",
        "Report",
        "Unit",
        End("unit", _ONE, "The unit that reported.", required=True),
        End("reports", _MANY, "The yearly reports it gave."),
    ),
    _rel(
        "IN",
        "District",
        "City",
        End("city", _ONE, "The city.", required=True),
        End("districts", _MANY, "Its districts."),
    ),
)

PATHS: Final[tuple[Path, ...]] = (
    Path(
        "Network",
        "members",
        ("memberships", "city"),
        "The cities that are members on a day; those APPLIED too on request.",
        "membership",
        periodic=True,
    ),
    Path(
        "City",
        "networks",
        ("memberships", "network"),
        "The networks the city is a member of on a day; those applied to, too, on request.",
        "membership",
        periodic=True,
    ),
    Path(
        "Network",
        "membershipTerms",
        ("memberships", "terms"),
        "The terms of all memberships in it, past ones too.",
        "membership",
        periodic=False,
    ),
    Path("City", "twins", ("twinnings", "cities"), "Its twin towns on a day.", "twinning", periodic=True),
    Path(
        "City",
        "membershipTerms",
        ("memberships", "terms"),
        "The terms of all its memberships, past ones too.",
        "membership",
        periodic=False,
    ),
    Path("City", "decisions", ("units", "decisions"), "The decisions of its bodies.", "body", periodic=False),
    Path(
        "Programme",
        "measures",
        ("goals", "measures"),
        "The measures under its goals.",
        "goal",
        periodic=False,
    ),
)


@cache
def associations(owner: str) -> tuple[Association, ...]:
    """The roles a node of this label has, outgoing ones first."""
    outgoing = (Association(owner, each, outgoing=True) for each in RELATIONSHIPS if owner in each.source)
    incoming = (Association(owner, each, outgoing=False) for each in RELATIONSHIPS if owner in each.target)
    return (*outgoing, *incoming)


@cache
def association(owner: str, name: str) -> Association:
    """The role of this name on a label. Raises KeyError."""
    for each in associations(owner):
        if each.name == name:
            return each
    raise KeyError(f"{owner}.{name}")


def paths(owner: str) -> Iterator[Path]:
    """The paths that begin at a label."""
    return (each for each in PATHS if each.owner == owner)
