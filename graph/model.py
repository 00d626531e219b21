"""The property graph, declared once: labels, properties, relationship types, paths, units and descriptions.

The following are derived from these declarations: constraints and indexes, the validation of seed files, the compiled
statements, the GraphQL types with their filters and orders, and the documentation.

The database stores values as follows:

- Every node has one label, and a property `id` (such as "City:vantaa") that is unique among the nodes of the label.
- A LOCALISED property `name` has the columns `nameEn`, `nameSv` and `nameFi`.
- A MONEY property `fee` has the columns `fee` (integer minor units) and `feeCurrency` (ISO 4217).
- A PARTIAL_DATE property `founded` has the columns `founded` (date) and `foundedPrecision`.
- A BOUND property `validUntil` has the columns `validUntil`, `validUntilPrecision` and `validUntilBound`.
- Any other property has one column with the name of the property.
- Periods are half-open: `[validFrom, validUntil)`.
- Hidden columns are computed on loading and are not part of the API: see `HIDDEN`.
- The properties in `Label.computed` are computed on loading too. Clients can select them and filter by them.
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
    "CHARGED_COLUMNS",
    "COMPUTED_COLUMNS",
    "DOUBTFUL",
    "FEE_YEAR",
    "GRADE_BASIS",
    "GROUPINGS",
    "HIDDEN",
    "ID",
    "LABELS",
    "LIST_COLUMNS",
    "MAX_INT",
    "OTHER_NAMES",
    "PATHS",
    "PERIOD_COLUMNS",
    "RELATIONSHIPS",
    "SCHEMA_VERSION",
    "SHOWN_FROM",
    "SHOWN_INSTEAD",
    "Association",
    "DatePrecision",
    "Grouping",
    "Kind",
    "Label",
    "Language",
    "Path",
    "Property",
    "Relationship",
    "Standing",
    "association",
    "associations",
    "groupings",
    "label",
    "label_of",
    "paths",
]

SCHEMA_VERSION: Final = 1
"""Version of the database schema. Increment it with every change that requires a database upgrade."""


MAX_INT: Final = 2**31 - 1
"""The largest value of an INT property, because GraphQL's Int has 32 bits. The loader rejects larger values."""


class Kind(Enum):
    """Type of a property's value."""

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
    """A property of a node or a relationship.

    - `many`: whether the property contains a list of values.
    - `target`: for a REF property, the label of the nodes whose ids the property contains.
    - `multiline`: for a text, whether it may have several lines.
    - `indexed`: whether the database has an index on the property. An index is useful if only a few nodes have the same
      value.
    - `sortable`: for a text, whether lists of nodes can be sorted by it. Lists can always be sorted by names, numbers,
      dates and amounts.
    - `is_end`: for a date, whether it ends a period. It is then the first day after the period.
    - `additive`: for a number, whether its sum over several nodes has a meaning. Amounts of money can always be summed.
    - `grouped`: for a text or number, whether lists of nodes can be grouped by it. This makes sense if many nodes share
      a value. Lists can always be grouped by vocabularies, booleans, and the years and months of dates.
    - `largest_known`: the largest amount that is known to be correct, in euros. The reader of seed files warns of
      amounts that are more than ten times larger.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    many: bool = False
    vocabulary: type[Vocabulary] | None = None
    target: str | None = None
    default: str | None = None
    multiline: bool = False
    indexed: bool = False
    sortable: bool = False
    additive: bool = False
    grouped: bool = False
    largest_known: float | None = None
    is_end: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns in which the database stores the property.

        The first column contains the value, or the English text if the property is LOCALISED. Further columns contain
        the currency of an amount, the precision and bound of a date, or the texts in other languages.
        """
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
    """A kind of node, such as City. `plural` is the name of the label in seed files and in the API, such as `cities`.

    - `named_after`: names of associations (relationship types seen from one end). A node without a name gets a default
      name, which joins the names of the nodes that it reaches by these associations. The default name of a membership
      term (a period of a membership) also contains the years of the term. The default name of a working group also
      states that the group is unnamed.
    - `sourced`: whether the nodes cite sources. It is false only for documents, citations and fee years (calendar years
      of memberships).
    - `searched`: whether the named query `search` finds nodes with this label.
    - `status`: for nodes with a status that changes over time, the vocabulary of the status. The loader computes the
      dates on which the status changes.
    - `computed`: the properties that the loader computes from other facts. Seed files do not contain them.
    """

    name: str
    plural: str
    description: str
    properties: tuple[Property, ...] = ()
    named_after: tuple[str, ...] = ()
    sourced: bool = True
    searched: bool = True
    status: type[Vocabulary] | None = None
    computed: tuple[Property, ...] = ()

    @property
    def readable(self) -> tuple[Property, ...]:
        """The properties that clients can select and filter by: those of seed files, then the computed ones."""
        return self.properties + self.computed

    @property
    def has_period(self) -> bool:
        return any(of.name == "validUntil" for of in self.properties)

    @property
    def has_location(self) -> bool:
        """Whether nodes with this label have coordinates."""
        return any(of.name == "latitude" for of in self.properties)

    @property
    def singular(self) -> str:
        return self.name[0].lower() + self.name[1:]

    @property
    def words(self) -> str:
        """The plural of the label in words, such as "working groups" or "EU initiatives"."""
        words = re.sub("([A-Z])", lambda capital: f" {capital[0].lower()}", self.plural)
        return re.sub("^eu ", "EU ", words)

    def property(self, name: str) -> Property:
        """Return the property with this name. Raises KeyError if the label has no such property."""
        for of in self.properties:
            if of.name == name:
                return of
        raise KeyError(f"{self.name}.{name}")


class Many(Enum):
    """Number of related nodes that a node can have by an association: one, a short list, or a long list with pages.

    An association is a relationship type seen from one of its ends.
    """

    ONE = auto()
    LIST = auto()  # short and bounded
    CONNECTION = auto()  # can grow


@dataclass(frozen=True, slots=True)
class End:
    """One end of a relationship type: its source or its target.

    `name` is the name of the association that leads from this end to the opposite end. For example, a city reaches its
    memberships by `memberships`. `many` states to how many nodes at the opposite end a single node can be related.
    """

    name: str
    many: Many
    description: str
    required: bool = False
    order: str | None = None  # for a LIST: the property by which the nodes are sorted; equal nodes are sorted by id


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship type. It leads from nodes with a label in `source` to nodes with a label in `target`.

    - `out`: the end at the source.
    - `into`: the end at the target.
    - `noun`: the API name of a relationship type with properties. Empty for a type without properties.
    - `collaboration`: whether a relationship represents the participation of a city in a collaboration. If so, clients
      see only the relationships that are treated as in force on the requested date.
    """

    type: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    out: End
    into: End
    properties: tuple[Property, ...] = ()
    sourced: bool = True
    noun: str = ""
    collaboration: bool = False

    @property
    def has_period(self) -> bool:
        return any(of.name == "validUntil" for of in self.properties)

    @property
    def all_properties(self) -> tuple[Property, ...]:
        """All properties of the relationship type.

        If the relationships cite sources, the properties include basis (how the relationship is known), note and
        sources.
        """
        return self.properties + (RELATIONSHIP_FACT if self.sourced else ())


@dataclass(frozen=True, slots=True)
class Association:
    """A relationship type seen from one of its two ends. `owner` is a label of the nodes at this end."""

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
        """The labels of the nodes at the end to which the association leads."""
        return self.relationship.target if self.outgoing else self.relationship.source

    @property
    def properties(self) -> tuple[Property, ...]:
        return self.relationship.all_properties

    @property
    def has_period(self) -> bool:
        """Whether the nodes to which the association leads have a standing on a date.

        The standing of a node states whether sources show the relationship to the node in force on the date. The nodes
        have a standing in three cases:

        - The relationship has a period.
        - The nodes to which the association leads have a period.
        - The association leads from a collaboration to its participants, and the collaboration has a period. For
          example, the partners of a project have the standing of the project.
        """
        return self._has_own_period or (self.relationship.collaboration and label(self.owner).has_period)

    @property
    def periodic(self) -> bool:
        """Whether clients see a node only if the relationship that leads to it is treated as in force on a date.

        Clients can state the date. The default is the current date.
        """
        return self.relationship.collaboration and self._has_own_period

    @property
    def _has_own_period(self) -> bool:
        return self.relationship.has_period or all(label(target).has_period for target in self.targets)


@dataclass(frozen=True, slots=True)
class Path:
    """Two consecutive associations treated as one, such as the members of a network through their memberships.

    If `periodic` is true, the intermediate node has a period. The path then exists only if that node is treated as in
    force on the requested date. If the intermediate node is a membership with the status APPLIED, the path exists only
    if the client asks for applications (`includeApplied`). A path never leads back to the node where it starts.
    """

    owner: str
    name: str
    steps: tuple[str, str]
    description: str
    via: str  # the name of the edge's field that contains the intermediate node
    periodic: bool

    @property
    def first(self) -> Association:
        return association(self.owner, self.steps[0])

    @property
    def second(self) -> Association:
        return association(self.between, self.steps[1])

    @property
    def between(self) -> str:
        """The label of the intermediate node."""
        return self.first.targets[0]

    @property
    def target(self) -> str:
        return self.second.targets[0]

    @property
    def has_status(self) -> bool:
        return self.between == "Membership"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Related nodes by which lists of nodes with the label `owner` can be grouped, such as the themes of networks.

    `steps` are the names of the associations (relationship types seen from one end) that lead from a node to the
    related nodes. For example, `network` and `contacts` lead from a membership to the units that are contacts for its
    network.

    If `closing` is not empty, the associations with these names must lead from the related node back to the node where
    the steps start. For example, with the closing associations `city` and `memberships`, a membership is grouped only
    by those contacts that are units of its own city.
    """

    owner: str
    name: str
    steps: tuple[str, ...]
    closing: tuple[str, ...] = ()

    @property
    def associations(self) -> tuple[Association, ...]:
        """The associations named in `steps`, followed by those named in `closing`.

        An association is a relationship type seen from one of its ends.
        """
        found: list[Association] = []
        for name in (*self.steps, *self.closing):
            found.append(association(found[-1].targets[0] if found else self.owner, name))
        return tuple(found)

    @property
    def targets(self) -> tuple[str, ...]:
        """The labels of the nodes by which entries of a list are grouped. The last of `steps` leads to these nodes."""
        return self.associations[len(self.steps) - 1].targets

    @property
    def overlaps(self) -> bool:
        """Whether a node can have several related nodes, so that it can be in several groups."""
        return any(step.many is not Many.ONE for step in self.associations[: len(self.steps)])


# --- Properties that recur ------------------------------------------------------------------------


def _text(
    name: str,
    description: str,
    *,
    required: bool = False,
    many: bool = False,
    multiline: bool = False,
    grouped: bool = False,
) -> Property:
    return Property(name, Kind.STRING, description, required=required, many=many, multiline=multiline, grouped=grouped)


def _localised(name: str, description: str) -> Property:
    return Property(name, Kind.LOCALISED, description, multiline=True)


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
    "Readable, stable id: type, colon and slug, such as City:vantaa.",
    required=True,
    indexed=True,
)
"""The property `id`, the key of every node. The properties of a label do not include it."""
NAME: Final = Property("name", Kind.LOCALISED, "Name; in English by default.")
BASIS: Final = _of(v.Basis, "basis", "Basis of the fact.", required=True, default="STATED")
NOTE: Final = _text("note", "Editors' doubt or explanation, in English.", multiline=True)
CITATIONS: Final = Property(
    "sources",
    Kind.REF,
    "Citations.",
    required=True,
    many=True,
    target="Citation",
)
NODE_FACT: Final = (BASIS, NOTE)
RELATIONSHIP_FACT: Final = (BASIS, NOTE, CITATIONS)

PERIOD: Final = (
    Property("validFrom", Kind.BOUND, "First day in force."),
    Property(
        "validUntil",
        Kind.BOUND,
        "First day no longer in force.",
        is_end=True,
    ),
    Property(
        "attestedFrom",
        Kind.DATE,
        "First day on which a source shows it in force, if `validFrom` has no date. "
        'Its citations are then in `sources(supporting: "validFrom")`.',
    ),
    Property("attestedOn", Kind.DATE, "Last day on which a source shows it in force."),
)

SHOWN_FROM: Final = Property("shownFrom", Kind.DATE, "First day that a source covers.")
"""The hidden column that is compared if a client sorts a list by the beginning of a period.

The column is equal to `validFrom` or, if `validFrom` is unknown, to `attestedFrom`.
"""

DOUBTFUL: Final = Property("doubtful", Kind.BOOLEAN, "True if sources only take the membership for granted.")
"""The computed property that marks a membership as doubtful, because no source states the membership explicitly.

The basis of a fact states how the fact is known, for example STATED. A membership is doubtful if neither the membership
nor any of its citations has the basis STATED. All other memberships lack the property.
"""

GRADE_BASIS: Final = _of(v.Basis, "gradeBasis", "Basis of the grade.")
"""The computed property that states how the grade of a membership is known. Memberships without a grade lack it.

The value is the strongest basis of the citations that support the grade. If no citation supports the grade in
particular, the citations that support the whole membership are used instead.
"""

SHOWN_INSTEAD: Final = {"validFrom": "attestedFrom"}
"""A dict from a date property to the property whose value is shown instead if the date is unknown."""

HIDDEN: Final = {
    "nameSort": "The default name, folded; names are sorted by it.",
    "nameSortSv": "The Swedish name, or else the default one, folded with å, ä and ö after z; "
    "absent if it equals `nameSort`.",
    "nameSortFi": "The Finnish name, or else the default one, folded with å, ä and ö after z; "
    "absent if it equals `nameSort`.",
    "nameFolded": "All names in all languages, folded, one per line; name filters read it.",
    "possibleFrom": "The first day on which it can be in force: validFrom, or 0001-01-01 if its beginning is unknown.",
    "shownFrom": "The first day that a source covers.",
    "shownUntil": "The day after the last day that a source or a decided term covers.",
    "lapsesOn": "The first day on which it is LONG_UNATTESTED; 9999-12-31 for twin towns.",
    "standsUntil": "The first day on which it has certainly ended; 9999-12-31 if no source states an end.",
    "chargedFrom": "The first calendar year for which a decided membership term states a fee.",
    "chargedUntil": "The last calendar year for which a decided membership term states a fee.",
    "statusChanges": "The days on which its status changes, in order, each with the new status: `2022-10-10 TABLED`. "
    "A day alone if it becomes unknown.",
    "formerNames": "The former names of a network, each with the day on which it was given up, the day on which it was "
    "taken and its language, in order: `2016-01-01 1994-01-01 EN Name`. They are among `nameFolded`.",
}
"""The hidden columns, with their descriptions. They are computed when seed files are loaded.

The columns in `PERIOD_COLUMNS` are set on every node and relationship that has a period and that a source shows in
force on at least one date. A city's relationships to projects and twinnings also have these columns. The period of such
a relationship is that of its project or twinning. The expressions of `graph.standing` compare the columns with a date.
"""

PERIOD_COLUMNS: Final = ("possibleFrom", "shownFrom", "shownUntil", "lapsesOn", "standsUntil")
"""The hidden columns that describe a period. `HIDDEN` explains them. All of them contain dates."""

CHARGED_COLUMNS: Final = ("chargedFrom", "chargedUntil")
"""The hidden columns with the first and last calendar year in which the fee of a membership term is charged.

A membership term is a period of a membership that a decision fixes. Either both columns of a term are set, or neither.
"""

LIST_COLUMNS: Final = ("statusChanges", "formerNames")
"""The hidden columns that contain lists of texts. `HIDDEN` explains them."""


# --- Labels ---------------------------------------------------------------------------------------

_POSITION = Property("position", Kind.INT, "Position in the source, from 1.")
_DESCRIPTION = _localised("description", "Description of one or two sentences, based on the sources.")
OTHER_NAMES: Final = _text(
    "otherNames",
    "Other names in any language, such as abbreviations.",
    many=True,
)
_WIKIDATA = _text("wikidata", "Wikidata item, such as Q1757.")
_ROSTER = (
    Property(
        "rosterComplete",
        Kind.BOOLEAN,
        "True if all members on `rosterAttestedOn` are recorded; false if members are missing; null if unknown. On "
        "other days, members may be missing.",
    ),
    Property("rosterAttestedOn", Kind.DATE, "Date of the list of members."),
)


def _label(
    name: str,
    plural: str,
    description: str,
    *properties: Property,
    named_after: tuple[str, ...] = (),
    sourced: bool = True,
    searched: bool = True,
    status: type[Vocabulary] | None = None,
    computed: tuple[Property, ...] = (),
) -> Label:
    own = (NAME, *properties, *(NODE_FACT if sourced else (NOTE,)))
    return Label(name, plural, description, own, named_after, sourced, searched, status, computed)


LABELS: Final[tuple[Label, ...]] = (
    _label(
        "City",
        "cities",
        "A city, town or municipality.",
        OTHER_NAMES,
        Property(
            "country",
            Kind.STRING,
            "ISO 3166-1 alpha-2 code of the country; XK for Kosovo.",
            required=True,
            indexed=True,
            sortable=True,
            grouped=True,
        ),
        Property("latitude", Kind.FLOAT, "Latitude in degrees, WGS 84."),
        Property("longitude", Kind.FLOAT, "Longitude in degrees, WGS 84."),
        Property("population", Kind.INT, "Inhabitants in the year `populationYear`.", additive=True),
        Property("populationYear", Kind.INT, "Year of `population`."),
        _WIKIDATA,
        _text("geonames", "GeoNames id, such as 632453."),
        _text("lau", "Eurostat LAU code."),
        _text("unlocode", "UN/LOCODE, such as FIVAN."),
    ),
    _label("CityGroup", "cityGroups", "A group of cities, such as the capital region."),
    _label(
        "Network",
        "networks",
        "A network of cities, or a local network of a city's actors.",
        OTHER_NAMES,
        _of(v.NetworkKind, "kind", "Kind.", required=True),
        _DESCRIPTION,
        Property("founded", Kind.PARTIAL_DATE, "Date of foundation."),
        Property("ended", Kind.PARTIAL_DATE, "First day after its end. Its memberships end with it.", is_end=True),
        _text(
            "statedMemberCount",
            "Number of members in the source's words.",
        ),
        Property("memberCount", Kind.INT, "Number of members stated by a source."),
        *_ROSTER,
        Property("nonProfit", Kind.BOOLEAN, "True if a source calls it non-profit."),
        _localised("membershipRule", "Rules of admission."),
        Property("website", Kind.URL, "Web site."),
        _WIKIDATA,
    ),
    _label(
        "NetworkName",
        "networkNames",
        "A former name of a network. Search by it finds the network.",
        *PERIOD,
        searched=False,
    ),
    _label(
        "Membership",
        "memberships",
        "A membership in a network; rejoining begins a new one.",
        _of(v.MembershipStatus, "status", "Last status decided or shown.", required=True),
        _of(v.MembershipGrade, "grade", "Grade."),
        Property("founder", Kind.BOOLEAN, "True if the member is a founder of the network."),
        Property("host", Kind.BOOLEAN, "True if the member hosts the secretariat of the network."),
        *PERIOD,
        Property("votingRight", Kind.BOOLEAN, "True if the member can vote."),
        named_after=("city", "cityGroup", "organisation", "network"),
        searched=False,
        computed=(DOUBTFUL, GRADE_BASIS),
    ),
    _label(
        "MembershipTerm",
        "membershipTerms",
        "A period of a membership with its fee, budget line or grade.",
        *PERIOD,
        Property(
            "annualFee",
            Kind.MONEY,
            "Fee for each calendar year charged, which is not every year: `costPerNetwork` has the fee of a year. "
            "0 if known to be free.",
            largest_known=24_000,
        ),
        Property("totalFee", Kind.MONEY, "Fee for the whole term.", largest_known=20_000),
        Property("firstYearCharged", Kind.INT, "First calendar year charged, if not the year of the first day."),
        Property(
            "lastYearCharged",
            Kind.INT,
            "Last calendar year charged, if not the year of the last day. Without either, a term with an UNKNOWN end "
            "is charged in the years that a source covers; with an OPEN end, also in later years in which the "
            "membership counts by default.",
        ),
        Property(
            "annualFeeEuro",
            Kind.MONEY,
            "Yearly fee in euros, if stated beside another currency.",
            largest_known=24_000,
        ),
        _text("euroRate", "Date of the exchange rate, or 'as stated'."),
        _text("budgetLine", "Line of the city's budget.", grouped=True),
        _of(v.MembershipGrade, "grade", "Grade during the term."),
        Property("reviewFrom", Kind.DATE, "First day of the review period."),
        Property("reviewUntil", Kind.DATE, "First day after the review period.", is_end=True),
        _of(v.SaidIn, "reviewSaidIn", "Part of the decision that asks for the review."),
        named_after=("membership",),
        searched=False,
    ),
    _label(
        "FeeRule",
        "feeRules",
        "A yearly fee by category of member and number of inhabitants.",
        _text("category", "Category of member, in the source's words."),
        Property("populationFrom", Kind.INT, "Minimum number of inhabitants."),
        Property("populationUpTo", Kind.INT, "Maximum number of inhabitants."),
        Property("annualFee", Kind.MONEY, "Yearly fee.", largest_known=24_000),
        Property(
            "perInhabitant", Kind.DECIMAL, "Yearly fee per inhabitant, in `perInhabitantCurrency`.", largest_known=0.05
        ),
        _text("perInhabitantCurrency", "ISO 4217 code of `perInhabitant`."),
        Property("minimumFee", Kind.MONEY, "Minimum yearly fee.", largest_known=24_000),
        Property("maximumFee", Kind.MONEY, "Maximum yearly fee.", largest_known=24_000),
        *PERIOD,
        _text("statedAsOf", "Date or year of the rule, in the source's words."),
        named_after=("network",),
        searched=False,
    ),
    _label(
        "Requirement",
        "requirements",
        "An admission step of a network or an obligation of its members.",
        _of(v.RequirementKind, "kind", "Admission step or obligation.", required=True),
        _POSITION,
        _DESCRIPTION,
        searched=False,
    ),
    _label(
        "WorkingGroup",
        "workingGroups",
        "A working group or forum of a network.",
        _DESCRIPTION,
        *PERIOD,
        *_ROSTER,
        named_after=("network",),
    ),
    _label(
        "Twinning",
        "twinnings",
        "A pair of twin towns.",
        *PERIOD,
        named_after=("cities",),
        searched=False,
    ),
    _label(
        "StatedTotal",
        "statedTotals",
        "A number of a city's memberships or twin towns that a source states, recorded or not.",
        _of(v.StatedTotalKind, "kind", "Kind of the collaborations counted.", required=True),
        Property("count", Kind.INT, "Number of collaborations."),
        Property("annualFee", Kind.MONEY, "Sum of their yearly fees.", largest_known=4_000_000),
        Property("annualFeeApproximate", Kind.BOOLEAN, "True if the source gives the sum as approximate."),
        Property("statedFor", Kind.PARTIAL_DATE, "Date or year that the numbers describe.", required=True),
        _localised("scope", "What the source counts."),
        searched=False,
    ),
    _label(
        "Project",
        "projects",
        "A project with partners.",
        OTHER_NAMES,
        _DESCRIPTION,
        _of(v.ProjectStage, "stage", "Stage."),
        *PERIOD,
        Property("followedUpOn", Kind.DATE, "Date of the last recorded follow-up of its results."),
        Property("partnersComplete", Kind.BOOLEAN, "True if all partner cities are recorded."),
        Property("budget", Kind.MONEY, "Total budget.", largest_known=22_500_000),
        Property("website", Kind.URL, "Web site."),
    ),
    _label(
        "FundingProgramme",
        "fundingProgrammes",
        "A programme that funds projects.",
        _DESCRIPTION,
        *PERIOD,
        Property("budget", Kind.MONEY, "Total budget.", largest_known=95_517_000_000),  # Horizon Europe
    ),
    _label(
        "EuInitiative",
        "euInitiatives",
        "An initiative, proposal or policy of the European Union.",
        _DESCRIPTION,
        *PERIOD,
        _POSITION,
        status=v.EuInitiativeStatus,
    ),
    _label(
        "InitiativeStatus",
        "initiativeStatuses",
        "A status of an EU initiative, until the next one begins.",
        _of(v.EuInitiativeStatus, "status", "Status.", required=True),
        *PERIOD,
        named_after=("initiative",),
        searched=False,
    ),
    _label(
        "ThemeScheme",
        "themeSchemes",
        "A set of themes, such as those of a strategy or a network.",
        _DESCRIPTION,
    ),
    _label("Theme", "themes", "A theme of collaboration in one scheme.", _DESCRIPTION, _POSITION),
    _label(
        "Programme",
        "programmes",
        "A strategy, guideline, action programme or safety plan.",
        OTHER_NAMES,
        _of(v.ProgrammeKind, "kind", "Kind.", required=True),
        _of(v.ProgrammeLevel, "level", "Level."),
        _DESCRIPTION,
        *PERIOD,
        Property("adopted", Kind.PARTIAL_DATE, "Date of adoption."),
        Property("annualBudget", Kind.MONEY, "Budget for each year of its period.", largest_known=2_000_000),
        Property("totalBudget", Kind.MONEY, "Budget for the whole period.", largest_known=6_000_000),
        status=v.ProgrammeStatus,
    ),
    _label(
        "Goal",
        "goals",
        "A goal of a programme.",
        _POSITION,
        _localised("track", "Part of the programme that contains the goal."),
        searched=False,
    ),
    _label(
        "Measure",
        "measures",
        "A measure of a programme.",
        Property("number", Kind.INT, "Number within its goal."),
        _text("reported", "Progress reported, in the source's words.", multiline=True),
        Property("reportedOn", Kind.PARTIAL_DATE, "Date of the report."),
        _of(v.MeasureStatus, "status", "Status according to the editors' reading of `reported`."),
        searched=False,
    ),
    _label(
        "Decision",
        "decisions",
        "A decision of a body.",
        Property("date", Kind.PARTIAL_DATE, "Date of the meeting."),
        Property("published", Kind.DATE, "Date of publication, if the day of the meeting is unknown."),
        _text("section", "Section (§) of the minutes, digits only."),
        _text("caseNumber", "Case number."),
        _text("item", "Number of the agenda item."),
        _of(v.DecisionOutcome, "outcome", "Outcome.", required=True),
        _text(
            "decidedPoints",
            "Points decided, or proposed if TABLED; in English.",
            many=True,
            multiline=True,
        ),
        _text("reasoning", "Reasoning beside the decided points, in English.", many=True, multiline=True),
    ),
    _label(
        "Unit",
        "units",
        "A body or post of a city or an organisation; never a person.",
        _of(v.UnitKind, "kind", "Kind.", required=True),
        _DESCRIPTION,
        Property(
            "reportsSince",
            Kind.INT,
            "Year since which, a source says, it reports on networks: those that it is the contact for, or any if it "
            "is the contact for none.",
        ),
    ),
    _label(
        "Organisation",
        "organisations",
        "An organisation other than a city or a network.",
        OTHER_NAMES,
        _of(v.OrganisationKind, "kind", "Kind.", required=True),
        Property(
            "country",
            Kind.STRING,
            "ISO 3166-1 alpha-2 code of the country; XK for Kosovo.",
            sortable=True,
            grouped=True,
        ),
        _WIKIDATA,
    ),
    _label(
        "Activity",
        "activities",
        "A conference, workshop, trip or other activity.",
        _of(v.ActivityKind, "kind", "Kind.", required=True),
        _DESCRIPTION,
        *PERIOD,
        _text("statedParticipants", "Number of participants in the source's words."),
        Property("participantCount", Kind.INT, "Number of participants; can be approximate.", additive=True),
    ),
    _label(
        "Report",
        "reports",
        "A contact's yearly report on a network.",
        Property("year", Kind.INT, "Year reported on.", required=True, grouped=True),
        Property("reportedOn", Kind.DATE, "Date of the report."),
        named_after=("network",),
        searched=False,
    ),
    _label("District", "districts", "A district or neighbourhood of a city.", _DESCRIPTION),
    _label(
        "Document",
        "documents",
        "A document or web page used as a source.",
        _of(v.DocumentKind, "kind", "Kind.", required=True, default="TEXT"),
        _text("language", "ISO 639-1 code of its language.", grouped=True),
        Property("date", Kind.PARTIAL_DATE, "Date of the document."),
        _text("publisher", "Publisher.", grouped=True),
        Property("url", Kind.URL, "Web address."),
        Property("retrievedOn", Kind.DATE, "Date of retrieval."),
        sourced=False,
    ),
    _label(
        "Citation",
        "citations",
        "A place in a document that supports facts.",
        _text("page", "Page number as in the document."),
        _text("section", "Section, heading or row."),
        _text("quote", "Quote in the document's language, or a summary: see `wording`.", required=True, multiline=True),
        _of(v.QuoteWording, "wording", "Whose words the quote has.", required=True, default="VERBATIM"),
        named_after=("document",),
        sourced=False,
        searched=False,
    ),
)

FEE_YEAR: Final = Label(
    "FeeYear",
    "feeYears",
    "A calendar year in which a membership term is charged, or in which no source states the fee of a membership.",
    (
        Property("year", Kind.INT, "Calendar year.", required=True, grouped=True),
        Property("fee", Kind.MONEY, "Full fee of the year, without proration."),
        _text("budgetLine", "Line of the city's budget.", grouped=True),
        _of(v.MembershipStatus, "status", "Status of the membership.", required=True),
        _of(v.Standing, "standing", "Best standing of the membership on a day of the year.", required=True),
    ),
    sourced=False,
)
"""The label of fee years. A fee year is a calendar year in which the fee of a membership is charged or unknown.

Fee years are not stored as nodes. They are computed from memberships and their terms. Lists of fee years can be grouped
by the related nodes of the membership: see `groupings`.
"""

_LABELS: Final = {label.name: label for label in LABELS}
COMPUTED_COLUMNS: Final = frozenset(HIDDEN) | {of.name for label in LABELS for of in label.computed}
"""All columns that are computed when seed files are loaded: the hidden ones and those in `Label.computed`."""

_SOURCED: Final = tuple(label.name for label in LABELS if label.sourced)


def label(name: str) -> Label:
    """Return the label with this name. Raises KeyError if the model has no such label."""
    return _LABELS[name]


def label_of(node_id: str) -> Label | None:
    """Return the label of a node id such as "City:vantaa", or None if the model has no such label."""
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
    noun: str = "",
    collaboration: bool = False,
) -> Relationship:
    as_tuple = (
        (source,) if isinstance(source, str) else source,
        (target,) if isinstance(target, str) else target,
    )
    return Relationship(type_, *as_tuple, out, into, properties, sourced, noun, collaboration)


def _sentence(label_name: str) -> str:
    """Return the plural of a label in words, with a capital first letter, such as "Working groups" for WorkingGroup."""
    words = _LABELS[label_name].words
    return words[0].upper() + words[1:]


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
    # Identity
    *(
        _rel(
            "DISTINCT_FROM",
            name,
            name,
            End("distinctFrom", _LIST, f"Other {_LABELS[name].words} that share a name or an identifier with it."),
            End("distinguishedBy", _LIST, f"{_sentence(name)} that name it in `distinctFrom`."),
        )
        for name in ("City", "Network", "Organisation")
    ),
    # Sources
    _rel(
        "CITES",
        _SOURCED,
        "Citation",
        End("sources", _LIST, "Citations.", required=True),
        End("supports", _MANY, "Nodes that it supports."),
        _text(
            "supports",
            "Properties of the node that it supports; empty if all of them.",
            many=True,
        ),
        _of(v.Basis, "basis", "Basis of these properties.", required=True, default="STATED"),
        sourced=False,
        noun="Citation",
    ),
    _rel(
        "FROM",
        "Citation",
        "Document",
        End("document", _ONE, "Document.", required=True),
        End("citations", _MANY, "Citations of the document."),
        sourced=False,
    ),
    # Memberships
    *(
        _rel(
            "HOLDS",
            holder,
            "Membership",
            End("memberships", _MANY, "Memberships, past ones included."),
            End(role, _ONE, f"Member, if it is {role_text}."),
        )
        for (holder, role), role_text in zip(_HOLDERS, ("a city", "a group of cities", "an organisation"), strict=True)
    ),
    _rel(
        "IN",
        "Membership",
        "Network",
        End("network", _ONE, "Network.", required=True),
        End("memberships", _MANY, "Memberships: present, past and applied for."),
    ),
    _rel(
        "UNDER",
        "MembershipTerm",
        "Membership",
        End("membership", _ONE, "Membership.", required=True),
        End("terms", _MANY, "Terms."),
    ),
    _rel(
        "DECIDED_BY",
        "MembershipTerm",
        "Decision",
        End("decision", _ONE, "Decision on the term."),
        End("membershipTerms", _LIST, "Membership terms that it decided."),
    ),
    _rel(
        "PART_OF",
        "City",
        ("CityGroup", "Organisation"),
        End("partOf", _MANY, "Groups and organisations that the city belongs to."),
        End("cities", _MANY, "Cities that belong to it."),
        Property("votingRight", Kind.BOOLEAN, "True if the city can vote."),
        noun="Affiliation",
    ),
    # Networks
    _rel(
        "UNDER",
        "Network",
        "Organisation",
        End("parent", _ONE, "Parent organisation."),
        End("networks", _MANY, "Networks of the organisation."),
    ),
    _rel(
        "SEATED_IN",
        "Network",
        "City",
        End("seat", _ONE, "City of the secretariat."),
        End("seatOf", _LIST, "Networks with their secretariat in the city."),
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
                f"{source}s that it funds.",
            ),
            Property("validFrom", Kind.BOUND, "First day of the funding."),
            Property("validUntil", Kind.BOUND, "First day after the funding.", is_end=True),
            Property("amount", Kind.MONEY, "Amount.", largest_known=5_300_000),
            noun="Funding",
        )
        for source in ("Network", "Project")
        for target, out, text in (
            ("Organisation", "funders", "Organisations that fund it."),
            ("FundingProgramme", "fundingProgrammes", "Programmes that fund it."),
        )
    ),
    _rel(
        "CHARGES",
        "Network",
        "FeeRule",
        End("feeRules", _LIST, "Rules for the yearly fee."),
        End("network", _ONE, "Network.", required=True),
    ),
    _rel(
        "REQUIRES",
        "Network",
        "Requirement",
        End(
            "requirements",
            _LIST,
            "Admission steps and members' obligations.",
            order="position",
        ),
        End("network", _ONE, "Network.", required=True),
    ),
    _rel(
        "SERVES",
        "Network",
        "District",
        End("districts", _LIST, "Districts of a local network."),
        End("networks", _MANY, "Local networks in the district."),
    ),
    _rel(
        "OF",
        "Network",
        "City",
        End("city", _ONE, "City of a local network."),
        End("localNetworks", _MANY, "Local networks of the city."),
    ),
    *(
        _rel(
            "TAKES_PART_IN",
            source,
            "Network",
            End("localNetworks", _MANY, "Local networks that it takes part in."),
            End(
                f"participating{source}s",
                _MANY,
                f"{source}s that take part in a local network.",
            ),
            _text("role", "Role, in the source's words."),
            noun="Participation",
            collaboration=True,
        )
        for source in ("Unit", "Organisation")
    ),
    _rel(
        "SUCCEEDS",
        "Network",
        "Network",
        End("predecessors", _LIST, "Networks that it succeeds or merges."),
        End("successors", _LIST, "Networks that succeed it."),
        Property("validFrom", Kind.PARTIAL_DATE, "Date of the succession."),
        noun="Succession",
    ),
    _rel(
        "OF",
        "NetworkName",
        "Network",
        End("network", _ONE, "Network.", required=True),
        End("formerNames", _LIST, "Former names.", order="validUntil"),
    ),
    # Working groups
    _rel(
        "PART_OF",
        "WorkingGroup",
        "Network",
        End("network", _ONE, "Network.", required=True),
        End("workingGroups", _MANY, "Working groups and forums."),
    ),
    _rel(
        "PARTICIPATES_IN",
        "City",
        "WorkingGroup",
        End("workingGroups", _MANY, "Working groups that the city takes part in, on a date."),
        End("participants", _MANY, "Cities that take part on a date."),
        _of(v.GroupRole, "role", "Role of the city."),
        Property(
            "unit",
            Kind.REF,
            "Unit that takes part for the city.",
            target="Unit",
        ),
        Property("since", Kind.PARTIAL_DATE, "Start date."),
        *PERIOD,
        noun="Participation",
        collaboration=True,
    ),
    # Projects
    _rel(
        "PARTNER_IN",
        "City",
        "Project",
        End("projects", _MANY, "Projects with the city as a partner, on a date."),
        End("partners", _MANY, "Partner cities, with the standing of the project."),
        _of(v.PartnerRole, "role", "Role of the city."),
        Property(
            "unit",
            Kind.REF,
            "Unit that takes part for the city.",
            target="Unit",
        ),
        Property("budget", Kind.MONEY, "The city's share of the budget.", largest_known=372_000),
        noun="Partnership",
        collaboration=True,
    ),
    _rel(
        "CONTRIBUTES_TO",
        "Organisation",
        "Project",
        End("projects", _MANY, "Projects with the organisation as a partner."),
        End("partnerOrganisations", _MANY, "Partners that are not cities."),
        _of(v.PartnerRole, "role", "Role of the organisation."),
        noun="Contribution",
    ),
    _rel(
        "RUN_UNDER",
        "Project",
        "Network",
        End("network", _ONE, "Network that runs it."),
        End("projects", _MANY, "Projects that it runs."),
    ),
    _rel(
        "IN",
        "Project",
        "District",
        End("districts", _LIST, "Districts."),
        End("projects", _MANY, "Projects in the district."),
    ),
    # Stated totals
    _rel(
        "COUNTS_OF",
        "StatedTotal",
        "City",
        End("city", _ONE, "City.", required=True),
        End("statedTotals", _LIST, "Totals that sources state of its collaborations.", order="statedFor"),
    ),
    # Twin towns
    _rel(
        "JOINS",
        "Twinning",
        "City",
        End("cities", _LIST, "The two cities.", required=True),
        End("twinnings", _MANY, "Pairs of twin towns with the city."),
    ),
    # Themes
    *(
        _rel(
            "ADDRESSES",
            source,
            "Theme",
            End("themes", _MANY if source == "Network" else _LIST, "Themes.", order=None),
            End(_LABELS[source].plural, _MANY, f"{_sentence(source)} that address the theme."),
        )
        for source in _ADDRESSING
    ),
    _rel(
        "IN_SCHEME",
        "Theme",
        "ThemeScheme",
        End("scheme", _ONE, "Scheme of the theme.", required=True),
        End("themes", _MANY, "Themes."),
    ),
    _rel(
        "BROADER",
        "Theme",
        "Theme",
        End("broader", _ONE, "Broader theme of the same scheme (skos:broader)."),
        End("narrower", _LIST, "Narrower themes (skos:narrower).", order="position"),
    ),
    _rel(
        "CLOSE_MATCH",
        "Theme",
        "Theme",
        End("closeMatches", _LIST, "Similar themes of other schemes (skos:closeMatch)."),
        End("closeMatchOf", _LIST, "Themes of other schemes that name it as a close match."),
    ),
    *(
        _rel(
            "OF",
            "ThemeScheme",
            target,
            End(role, _ONE, f"{target} of the themes."),
            End("themeSchemes", _LIST, "Schemes of its themes."),
        )
        for target, role in (("Programme", "programme"), ("Network", "network"))
    ),
    # The European Union
    *(
        _rel(
            "PART_OF",
            source,
            "EuInitiative",
            End("partOf", _ONE, "Initiative that it is a part of."),
            End(role, _LIST, text, order="position" if source == "EuInitiative" else None),
        )
        for source, role, text in (
            ("EuInitiative", "parts", "Initiatives that are parts of it."),
            ("FundingProgramme", "fundingProgrammes", "Funding programmes that are parts of it."),
        )
    ),
    _rel(
        "OF",
        "InitiativeStatus",
        "EuInitiative",
        End("initiative", _ONE, "Initiative.", required=True),
        End("statuses", _LIST, "All its statuses, past ones included.", order="validFrom"),
    ),
    _rel(
        "FOLLOWS",
        "Unit",
        "EuInitiative",
        End("euInitiatives", _MANY, "EU initiatives that it follows."),
        End("followers", _MANY, "Units recorded as following it."),
    ),
    # Units
    _rel(
        "OF",
        "Unit",
        "City",
        End("city", _ONE, "City of the unit."),
        End("units", _MANY, "Boards, sectors, offices, groups and posts."),
    ),
    _rel(
        "OF",
        "Unit",
        "Organisation",
        End("organisation", _ONE, "Organisation of the unit."),
        End("units", _MANY, "Units."),
    ),
    _rel(
        "PART_OF",
        "Unit",
        "Unit",
        End("partOf", _ONE, "Unit that it is a part of."),
        End("parts", _LIST, "Units that are parts of it."),
    ),
    _rel(
        "CONTACT_FOR",
        "Unit",
        "Network",
        End("contactFor", _MANY, "Networks that it is the contact for."),
        End("contacts", _MANY, "Contact units."),
    ),
    _rel(
        "COORDINATES",
        "Unit",
        "Network",
        End("coordinates", _MANY, "Networks that it coordinates."),
        End("coordinators", _MANY, "Units that coordinate it."),
        _text("role", "Role, in English."),
        noun="Coordination",
    ),
    _rel(
        "RESPONSIBLE_FOR",
        "Unit",
        "Programme",
        End("programmes", _MANY, "Programmes that it is responsible for."),
        End("responsibleUnits", _MANY, "Units responsible for it."),
        _text("role", "Role, in English."),
        Property("followedUpOn", Kind.PARTIAL_DATE, "Date on which the unit followed the programme up."),
        noun="Responsibility",
    ),
    # Decisions
    _rel(
        "BY",
        "Decision",
        ("Unit", "Organisation"),
        End("body", _ONE, "Body that decided.", required=True),
        End("decisions", _MANY, "Decisions."),
    ),
    _rel(
        "ABOUT",
        "Decision",
        tuple(name for name in _SOURCED if name not in ("Decision", "Unit", "Organisation", "City", "CityGroup")),
        End("about", _LIST, "Subjects of the decision."),
        End("decisions", _MANY, "Decisions about it and what belongs to it, such as terms."),
    ),
    _rel(
        "RESTS_ON",
        "Decision",
        ("Programme", "Decision"),
        End("restsOn", _LIST, "Programmes and decisions that it is based on."),
        End("foundationOf", _MANY, "Decisions based on it."),
    ),
    _rel(
        "IMPLEMENTED_BY",
        "Decision",
        "Unit",
        End("implementedBy", _LIST, "Units that implement it."),
        End("implements", _MANY, "Decisions that it implements."),
    ),
    # Programmes
    _rel(
        "OF",
        "Programme",
        "City",
        End("city", _ONE, "City of the programme."),
        End("programmes", _MANY, "Strategies, guidelines, programmes and plans."),
    ),
    _rel(
        "OF",
        "Programme",
        "Organisation",
        End("organisation", _ONE, "Organisation of the programme."),
        End("programmes", _MANY, "Programmes."),
    ),
    _rel(
        "USES",
        "Programme",
        "Network",
        End("networks", _MANY, "Networks that it uses."),
        End("usedBy", _MANY, "Programmes that use it."),
    ),
    _rel(
        "TARGETS",
        "Programme",
        "District",
        End("districts", _MANY, "Target districts."),
        End("targetedBy", _MANY, "Programmes that target the district."),
        _of(v.DistrictChoice, "choice", "Reason for the choice of the district."),
        _text(
            "criteria",
            "Criteria or reasons for the choice, in English.",
            many=True,
            multiline=True,
        ),
        noun="Targeting",
    ),
    _rel(
        "SUCCEEDS",
        "Programme",
        "Programme",
        End("predecessor", _ONE, "Preceding programme."),
        End("successors", _LIST, "Succeeding programmes."),
    ),
    _rel(
        "RESTS_ON",
        "Programme",
        ("Programme", "Decision"),
        End("restsOn", _LIST, "Programmes and decisions that it is based on."),
        End("supportedProgrammes", _MANY, "Programmes based on it."),
    ),
    _rel(
        "IN",
        "Goal",
        "Programme",
        End("programme", _ONE, "Programme.", required=True),
        End("goals", _LIST, "Goals.", order="position"),
    ),
    _rel(
        "IN",
        "Measure",
        "Goal",
        End("goal", _ONE, "Goal.", required=True),
        End("measures", _LIST, "Measures.", order="number"),
    ),
    *(
        _rel(
            "CONCERNS",
            "Measure",
            target,
            End(role, _LIST, f"{_sentence(target)} that it names."),
            End("measures", _MANY, "Measures that name it."),
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
            End("organisedActivities", _MANY, "Activities that it organised."),
            End(role, _LIST, f"{role_text} that organised it."),
        )
        for source, role, role_text in (
            ("City", "organisingCities", "Cities"),
            ("Network", "organisingNetworks", "Networks"),
            ("Unit", "organisingUnits", "Units"),
        )
    ),
    _rel(
        "TOOK_PART_IN",
        "City",
        "Activity",
        End("activities", _MANY, "Activities that the city took part in."),
        End("participatingCities", _MANY, "Cities that took part."),
        Property(
            "unit",
            Kind.REF,
            "Unit that took part for the city.",
            target="Unit",
        ),
        noun="Attendance",
    ),
    _rel(
        "PART_OF",
        "Activity",
        "Network",
        End("network", _ONE, "Network of the activity."),
        End("activities", _MANY, "Activities."),
    ),
    _rel(
        "ON",
        "Report",
        "Network",
        End("network", _ONE, "Network reported on.", required=True),
        End("reports", _MANY, "Yearly reports of its contacts."),
    ),
    _rel(
        "BY",
        "Report",
        "Unit",
        End("unit", _ONE, "Unit that reported.", required=True),
        End("reports", _MANY, "Yearly reports of the unit."),
    ),
    _rel(
        "IN",
        "District",
        "City",
        End("city", _ONE, "City.", required=True),
        End("districts", _MANY, "Districts."),
    ),
)

PATHS: Final[tuple[Path, ...]] = (
    Path(
        "Network",
        "members",
        ("memberships", "city"),
        "Member cities on a date.",
        "membership",
        periodic=True,
    ),
    Path(
        "City",
        "networks",
        ("memberships", "network"),
        "Networks that the city is a member of on a date.",
        "membership",
        periodic=True,
    ),
    Path(
        "Network",
        "membershipTerms",
        ("memberships", "terms"),
        "Terms of all its memberships, past ones included.",
        "membership",
        periodic=False,
    ),
    Path("City", "twins", ("twinnings", "cities"), "Twin towns on a date.", "twinning", periodic=True),
    Path(
        "City",
        "membershipTerms",
        ("memberships", "terms"),
        "Terms of all its memberships, past ones included.",
        "membership",
        periodic=False,
    ),
    Path(
        "City",
        "themeSchemes",
        ("programmes", "themeSchemes"),
        "Schemes of the themes of its programmes.",
        "programme",
        periodic=False,
    ),
    Path("City", "decisions", ("units", "decisions"), "Decisions of its bodies.", "body", periodic=False),
    Path(
        "City",
        "euInitiatives",
        ("units", "euInitiatives"),
        "EU initiatives that its units follow, with an edge for each unit.",
        "unit",
        periodic=False,
    ),
    Path(
        "Programme",
        "measures",
        ("goals", "measures"),
        "Measures of its goals.",
        "goal",
        periodic=False,
    ),
)

GROUPINGS: Final[tuple[Grouping, ...]] = (
    *(Grouping(owner, "theme", ("themes",)) for owner in _ADDRESSING),
    Grouping("Network", "unit", ("contacts",)),
    Grouping("Membership", "theme", ("network", "themes")),
    Grouping("Membership", "unit", ("network", "contacts"), ("city", "memberships")),
    Grouping("MembershipTerm", "city", ("membership", "city")),
    Grouping("MembershipTerm", "network", ("membership", "network")),
    Grouping("MembershipTerm", "theme", ("membership", "network", "themes")),
    Grouping("MembershipTerm", "unit", ("membership", "network", "contacts"), ("city", "memberships")),
    Grouping("Project", "programme", ("fundingProgrammes",)),
    Grouping("EuInitiative", "unit", ("followers",)),
    Grouping("Programme", "unit", ("responsibleUnits",)),
    Grouping("Measure", "programme", ("goal", "programme")),
)
"""The related nodes by which a list of nodes can be grouped. For example, networks can be grouped by theme.

For every label, the function `groupings` adds each association that leads to a single node, such as the city of a
membership.
"""


@cache
def associations(owner: str) -> tuple[Association, ...]:
    """Return the associations of the label `owner`. An association is a relationship type seen from one of its ends.

    The associations along outgoing relationships come first, then those along incoming relationships.
    """
    outgoing = (Association(owner, rel, outgoing=True) for rel in RELATIONSHIPS if owner in rel.source)
    incoming = (Association(owner, rel, outgoing=False) for rel in RELATIONSHIPS if owner in rel.target)
    return (*outgoing, *incoming)


@cache
def association(owner: str, name: str) -> Association:
    """Return the association named `name` of nodes with the label `owner`.

    An association is a relationship type seen from one of its ends. For example, the association `memberships` of a
    city is the relationship type HOLDS, seen from the city. Raises KeyError if the label has no association with this
    name.
    """
    for end in associations(owner):
        if end.name == name:
            return end
    raise KeyError(f"{owner}.{name}")


@cache
def groupings(owner: str) -> tuple[Grouping, ...]:
    """Return the kinds of related nodes by which lists of nodes with the label `owner` can be grouped.

    For example, lists of memberships can be grouped by city. These kinds come from two sources: the associations that
    lead from a node to a single node, and the entries of `GROUPINGS`. Fee years (calendar years of memberships) can be
    grouped by `city`, `network`, `theme` and `unit`, as memberships can.
    """
    if owner == FEE_YEAR.name:
        names = ("city", "network", "theme", "unit")
        return tuple(grouping for grouping in groupings("Membership") if grouping.name in names)
    single = (Grouping(owner, end.name, (end.name,)) for end in associations(owner) if end.many is Many.ONE)
    return (*single, *(grouping for grouping in GROUPINGS if grouping.owner == owner))


def paths(owner: str) -> Iterator[Path]:
    """Return the paths that start at nodes with the label `owner`. A path consists of two associations (see `Path`)."""
    return (path for path in PATHS if path.owner == owner)
