"""Enumerations for the values of properties and for the arguments of analyses.

The graph stores the name of an enumeration member, such as "IN_FORCE".
"""

import re
from enum import Enum
from typing import ClassVar


class Vocabulary(Enum):
    """The base class of the enumerations. Every member has a description.

    `summary` is the docstring of the enumeration as it is written. `help` also lists the members with their
    descriptions.
    """

    description: str
    summary: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.summary = (cls.__doc__ or "").strip()
        members = "\n".join(f"- {member.word}: {member.description}" for member in cls)
        cls.__doc__ = f"{cls.summary}\n\n{members}"

    def __new__(cls, description: str) -> "Vocabulary":
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.description = description
        return member

    @property
    def word(self) -> str:
        """The name in lower case, such as "in_force", as it is written in Python."""
        return self.name.lower()


def capitals(name: str) -> str:
    """Convert a name from camel case to upper case with underscores.

    For example, `validUntil` becomes `VALID_UNTIL`.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


class Language(Vocabulary):
    """A language of names and texts. The default is EN. Missing texts fall back to EN, then SV, then FI."""

    EN = "English"
    SV = "Swedish"
    FI = "Finnish"


class Basis(Vocabulary):
    """Basis of a fact: how sources support the fact."""

    STATED = "Stated by a source."
    IMPLIED = "Implied by a source."
    DERIVED = "Computed from other facts."
    EDITORIAL = "Added by the editors, such as a translation or a coordinate."


class QuoteWording(Vocabulary):
    """Origin of the words of a quote."""

    VERBATIM = "Word for word from the document."
    SUMMARY = "Words of the editors, in English: only a summary of the document was at hand."


class DocumentKind(Vocabulary):
    """Kind of a document."""

    TEXT = "Text, such as minutes, a plan or a web page."
    DATA_SET = "Data set. Its quotes are rows."


class DatePrecision(Vocabulary):
    """Precision of a date."""

    DAY = "Day."
    MONTH = "Month; the date is its first day."
    YEAR = "Year; the date is its first day."


class DateBound(Vocabulary):
    """State of a date, or of a beginning or end of a period: known, open or unknown."""

    DATE = "Date."
    OPEN = "No end is set."
    UNKNOWN = "Unknown: no source states it."


class Standing(Vocabulary):
    """Standing of a fact on a day: whether sources show the fact in force on that day."""

    IN_FORCE = "A source or a decided term covers the day."
    ATTESTED_EARLIER = "Last shown up to fifteen years before the day; no end is known."
    LONG_UNATTESTED = "Last shown more than fifteen years before the day; no end is known."
    ATTESTED_LATER = "First shown after the day; its beginning is unknown."


class NetworkKind(Vocabulary):
    """Kind of a network."""

    CITY_NETWORK = "Members are cities, regions or their bodies."
    LOCAL = "A city's local network of units and organisations."


class MembershipStatus(Vocabulary):
    """Latest status of a membership according to decisions and other sources."""

    APPLIED = "Applied or decided to apply; not a member yet."
    MEMBER = "Member."
    LEAVING_DECIDED = "Decided to leave; not shown to have left."
    LEFT = "Member until the end of the period."


class MembershipGrade(Vocabulary):
    """Grade of a membership."""

    OBSERVER = "Observer."
    CANDIDATE = "Candidate; not a member yet."
    PARTNER = "Partner."
    ASSOCIATE = "Associate member."
    PARTICIPANT = "Participant with the rights of ordinary member cities."
    FULL = "Full member."
    PRIVILEGED = "Member with more rights than full members."

    @property
    def weight(self) -> int:
        """Return the weight of a membership with this grade.

        The weight is 1 for limited rights, 2 for full rights, and 3 for rights beyond those of a full member. The
        weight of a tie is the weight of its membership, plus 1 if the city is a founder of the network, plus 2 if the
        city hosts the secretariat of the network.
        """
        if self is MembershipGrade.PRIVILEGED:
            return 3
        return 2 if self in (MembershipGrade.PARTICIPANT, MembershipGrade.FULL) else 1


class SaidIn(Vocabulary):
    """Part of the text of a decision."""

    REASONING = "Reasoning; not decided."
    DECIDED_POINTS = "Points decided."


class GroupRole(Vocabulary):
    """Role of a city in a working group."""

    MEMBER = "Member."
    CHAIRING_TEAM = "Member of the chairing team."
    CHAIR = "Chair."


class PartnerRole(Vocabulary):
    """Role of a partner in a project."""

    LEAD_PARTNER = "Lead partner."
    PARTNER = "Partner."


class StatedTotalKind(Vocabulary):
    """Kind of collaborations whose total number a source states."""

    MEMBERSHIPS = "Memberships in networks, organisations and associations."
    TWIN_TOWNS = "Twin towns."


class ProjectStage(Vocabulary):
    """Stage of a project."""

    IDEA = "In preparation."
    IMPLEMENTATION = "Running."
    ENDED = "Ended; follow-up is due for two years."


class EuInitiativeStatus(Vocabulary):
    """Status of an EU initiative."""

    PROPOSED = "Proposed by the Commission."
    ADOPTED = "Adopted."
    IN_FORCE = "In force."


class ProgrammeKind(Vocabulary):
    """Kind of a programme."""

    STRATEGY = "Strategy."
    GUIDELINES = "Guidelines or principles."
    ACTION_PROGRAMME = "Action programme."
    SAFETY_PLAN = "Safety plan or safety strategy of a city or a district."
    NATIONAL_PROGRAMME = "National programme."


class ProgrammeLevel(Vocabulary):
    """Administrative level of a programme."""

    NATIONAL = "State."
    STRATEGIC = "Strategy of the city council."
    CITY = "Whole city, across sectors."
    DISTRICT = "Part of the city."


class ProgrammeStatus(Vocabulary):
    """Status of a programme on a day, derived from its decisions and its period."""

    PROPOSED = "Approved for a period that has not begun."
    TABLED = "Last postponed to a later meeting; not shown in force since."
    IN_FORCE = "Within its period, or, if no end is known, approved or shown up to fifteen years before the day."
    ENDED = "Its period is over, or it was rejected."


class MeasureStatus(Vocabulary):
    """Status of a measure. The editors derive it from the report on the measure."""

    DONE = "Completed."
    ONGOING = "In progress, or repeated."
    PLANNED = "Planned for a stated time."


class DecisionOutcome(Vocabulary):
    """Outcome of a proposal."""

    APPROVED = "Approved."
    TABLED = "Tabled: postponed to a later meeting."
    REJECTED = "Rejected."


class DistrictChoice(Vocabulary):
    """Reason for choosing a target district."""

    CRITERIA = "Meets the programme's criteria."
    ADDED = "Added for other stated reasons."


class UnitKind(Vocabulary):
    """Kind of a unit of a city. A unit is a body or a post."""

    COUNCIL = "Elected council."
    BOARD = "City board."
    SECTION = "Section of the board."
    OFFICE = "Central office or administration."
    SECTOR = "Sector, department or agency."
    STEERING_GROUP = "Steering group."
    EXPERT_GROUP = "Expert group or the city's own working group."
    ROLE = "Post, named by its title only."


class OrganisationKind(Vocabulary):
    """Kind of an organisation."""

    INTERGOVERNMENTAL = "Intergovernmental, such as UNESCO."
    GOVERNMENT = "National government, ministry or authority."
    REGIONAL = "Regional council or joint municipal authority."
    ASSOCIATION = "Association, company or body of cities."
    RESEARCH = "University or research institute."
    BUSINESS = "Company, chamber of commerce or employers' organisation."
    EU_OFFICE = "Office that represents cities or regions to the EU."


class ActivityKind(Vocabulary):
    """Kind of an activity."""

    CONFERENCE = "Conference or other large meeting."
    WORKSHOP = "Workshop or course."
    STUDY_TRIP = "Study trip."
    INCOMING_VISIT = "Visit received."
    JOINT_STUDY = "Joint inquiry or development work."
    DECLARATION = "Signing of a declaration."


class RequirementKind(Vocabulary):
    """Kind of a requirement that a network has for its members."""

    ADMISSION_STEP = "Step before membership."
    OBLIGATION = "Obligation of members."


# --- Analyses ---------------------------------------------------------------------------------------


class CollaborationMode(Vocabulary):
    """Kind of the collaborations in a two-mode network."""

    NETWORK = "Networks that cities are members of."
    WORKING_GROUP = "Working groups that cities take part in."
    PROJECT = "Projects that cities are partners in."
    TWINNING = "Pairs of twin towns. No source states all twin towns of a city, so there may be more."

    @property
    def label(self) -> str:
        return self.name.title().replace("_", "")


class NetworkSide(Vocabulary):
    """One of the two node sets of a two-mode network."""

    CITIES = "The cities."
    COLLABORATIONS = "The collaborations that cities take part in."

    @property
    def word(self) -> str:
        """The name in Python, on the command line and in provenances: cities or networks."""
        return "networks" if self.name == "COLLABORATIONS" else "cities"

    @property
    def other(self) -> "NetworkSide":
        return NetworkSide.COLLABORATIONS if self is NetworkSide.CITIES else NetworkSide.CITIES


class ProjectionWeight(Vocabulary):
    """Weight of a tie in a one-mode projection."""

    COUNT = "Number of shared nodes: |A ∩ B|."
    JACCARD = "Jaccard index: |A ∩ B| / |A ∪ B|."
    OVERLAP = "Overlap coefficient (Szymkiewicz–Simpson): |A ∩ B| / min(|A|, |B|)."
    COSINE = "Cosine similarity (Salton): |A ∩ B| / √(|A| |B|)."
    NEWMAN = "Newman's weight: sum of 1 / (k − 1) over the shared nodes, k being their degree."
    GRADE = (
        "Sum of the lower of the two weights of the membership grades over the shared nodes; also two-mode. Limited "
        "rights weigh 1, full rights 2, more rights 3; a founder 1 more, the host of the secretariat 2 more."
    )


class CentralityMeasure(Vocabulary):
    """Measure of the centrality of a node."""

    DEGREE = "Number of ties of the node."
    STRENGTH = "Sum of the weights of the node's ties."
    BETWEENNESS = "How often the node is on shortest paths between other nodes; in hops, weights ignored."
    CLOSENESS = "Closeness to all other nodes of the largest component, in hops."
    HARMONIC = "Sum of the inverse distances to all other nodes, in hops; also defined for disconnected networks."
    EIGENVECTOR = "Sum of the centralities of the node's neighbours (eigenvector centrality)."
    PAGERANK = "Share of the time that a random walk with restarts spends at the node."
    HITS = "Hub scores of cities and authority scores of collaborations."
    K_CORE = "Largest k such that the node is in a subgraph whose nodes all have at least k ties within it."
    CONSTRAINT = "Burt's constraint: how strongly the node's contacts are tied to each other; low for brokers."
    EFFECTIVE_SIZE = "Burt's effective size: number of contacts minus their redundancy."


class CentralityNormalisation(Vocabulary):
    """Normalisation of a centrality measure."""

    NONE = "Raw values of the formula."
    NETWORKX = "As in NetworkX; for two-mode networks, as in `networkx.bipartite`."
    BORGATTI_EVERETT = "For two-mode networks only: as in Borgatti and Everett 1997 and UCINET."


class CommunityMethod(Vocabulary):
    """Method that finds communities."""

    LOUVAIN = "Highest modularity, by the Louvain method."
    LEIDEN = "Highest modularity, by the Leiden method; needs the extra `leiden`."
    BRIM = "Highest two-mode modularity (Barber), by BRIM from Louvain communities."
    BRIM_LEIDEN = "Highest two-mode modularity (Barber), by BRIM from Leiden communities; needs the extra `leiden`."

    @property
    def is_two_mode(self) -> bool:
        """Return whether the method maximises the two-mode modularity, and therefore needs a two-mode network."""
        return self in (CommunityMethod.BRIM, CommunityMethod.BRIM_LEIDEN)

    @property
    def needs_leiden(self) -> bool:
        """Return whether the method needs an optional package, which `pip install 'citygraph[leiden]'` installs."""
        return self in (CommunityMethod.LEIDEN, CommunityMethod.BRIM_LEIDEN)


class NullModel(Vocabulary):
    """Null model for the significance of an overlap."""

    HYPERGEOMETRIC = "Both nodes keep their degree (fixed row model); exact."
    SDSM = "All nodes keep their degree on average; exact."
    SDSM_APPROXIMATE = "SDSM by the normal approximation of the R package Backbone."
    FDSM = "All nodes keep exactly their degree; sampled, with seed and trials."
