"""The closed vocabularies of the graph: every property with a fixed set of values takes one of these.

Each member's value is `(stored text, description)`; the stored text is the member's name.
"""

from enum import Enum


class Vocabulary(Enum):
    """A set of capitals stored as text, each with the sentence that says what it means."""

    description: str

    def __new__(cls, description: str) -> "Vocabulary":
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.description = description
        return member


class Language(Vocabulary):
    """A language in which names and texts are kept."""

    EN = "English"
    SV = "Swedish"
    FI = "Finnish"


class Basis(Vocabulary):
    """How a fact is known."""

    STATED = "A source says it."
    IMPLIED = "A source takes it for granted without saying it."
    DERIVED = "Computed from other facts of the graph."
    EDITORIAL = "Added by the editors: a translation, a coordinate, a match between themes."


class DatePrecision(Vocabulary):
    """How exactly a date is known; a less exact one is stored as the first day of its month or year."""

    DAY = "Known to the day."
    MONTH = "Known to the month; stored as its first day."
    YEAR = "Known to the year; stored as its first day."


class DateBound(Vocabulary):
    """What stands at an end of a period."""

    DATE = "A date."
    OPEN = "Nothing: it still runs."
    UNKNOWN = "No source says."


class Standing(Vocabulary):
    """How something with a period stands on a day."""

    IN_FORCE = "A source shows that it is in force on that day."
    ATTESTED_EARLIER = "A source shows it in force on an earlier day, and none says when or whether it ended."


class NetworkKind(Vocabulary):
    """What kind of network it is."""

    CITY_NETWORK = "Its members are cities, regions or their bodies."
    LOCAL = "A city's own network of many actors; its members are units and organisations."


class MembershipStatus(Vocabulary):
    """The last thing that was decided or shown about a membership."""

    APPLIED = "The city has decided to apply or has applied; it is not a member yet."
    MEMBER = "It is a member."
    LEAVING_DECIDED = "It has decided to leave and has not been shown to have left."
    LEFT = "It was a member until the end of the period."


class MembershipGrade(Vocabulary):
    """The grade of a membership, where a source gives it."""

    OBSERVER = "Observer."
    CANDIDATE = "Accepted to prepare, not yet a member."
    PARTNER = "Partner."
    ASSOCIATE = "Associate member."
    PARTICIPANT = "Participant with the rights of the network's ordinary cities."
    FULL = "Full member."
    FOUNDER = "Founding member."


class SaidIn(Vocabulary):
    """Where in a decision's text something is said."""

    REASONING = "In the reasoning; it was not among the points decided."
    DECIDED_POINTS = "Among the points decided."


class GroupRole(Vocabulary):
    """A city's role in a working group."""

    MEMBER = "Takes part."
    CHAIRING_TEAM = "Has a representative in the chairing team."
    CHAIR = "Chairs it."


class PartnerRole(Vocabulary):
    """A city's role in a project."""

    LEAD_PARTNER = "Leads the project."
    PARTNER = "Partner."


class ProjectStage(Vocabulary):
    """The stage of a project."""

    IDEA = "Being prepared."
    IMPLEMENTATION = "Running."
    ENDED = "Ended; followed up for two years."


class EuInitiativeStatus(Vocabulary):
    """How far an EU initiative has come, where a source says it."""

    PROPOSED = "Proposed by the Commission."
    ADOPTED = "Adopted."
    IN_FORCE = "In force."


class ProgrammeKind(Vocabulary):
    """What kind of programme it is."""

    STRATEGY = "A strategy."
    GUIDELINES = "Guidelines or principles."
    ACTION_PROGRAMME = "A programme of actions."
    SAFETY_PLAN = "A safety plan or safety strategy of a city or a district."
    NATIONAL_PROGRAMME = "A programme of the state."


class ProgrammeLevel(Vocabulary):
    """The level at which a programme steers."""

    NATIONAL = "The state."
    STRATEGIC = "The council's strategy."
    CITY = "The whole city, across sectors."
    DISTRICT = "A part of the city."


class MeasureStatus(Vocabulary):
    """Our reading of what is reported of a measure."""

    DONE = "Carried out once and for all."
    ONGOING = "Being carried out, or carried out again and again."
    PLANNED = "To be carried out at a later time that is given."


class DecisionOutcome(Vocabulary):
    """What came of a proposal."""

    APPROVED = "Approved."
    TABLED = "Left on the table for a later meeting."
    REJECTED = "Rejected."


class DistrictChoice(Vocabulary):
    """Why a programme turns to a district."""

    CRITERIA = "It stands out by the programme's criteria."
    ADDED = "Added for other stated reasons."


class UnitKind(Vocabulary):
    """What kind of body of a city or another organisation it is."""

    COUNCIL = "The elected council."
    BOARD = "The city board."
    SECTION = "A section of the board."
    OFFICE = "A central office or administration."
    SECTOR = "A sector, department or agency."
    STEERING_GROUP = "A group that steers."
    EXPERT_GROUP = "A group of experts or a working group of the city's own."
    ROLE = "A post that is named by its title only."


class OrganisationKind(Vocabulary):
    """What kind of organisation it is."""

    INTERGOVERNMENTAL = "States together: the Nordic Council of Ministers, UNESCO."
    GOVERNMENT = "A state's government, ministry or authority."
    REGIONAL = "A region's council or a joint authority of municipalities."
    ASSOCIATION = "An association, a company or a body of cities."
    EU_OFFICE = "An office that represents cities or regions before the European Union."


class ActivityKind(Vocabulary):
    """What kind of activity it is."""

    CONFERENCE = "A conference or another large meeting."
    WORKSHOP = "A workshop or a course."
    STUDY_TRIP = "A trip to learn."
    INCOMING_VISIT = "A visit received."
    JOINT_STUDY = "An inquiry or development work done together."
    DECLARATION = "The signing of a declaration."


class RequirementKind(Vocabulary):
    """What a network asks of cities."""

    ADMISSION_STEP = "A step to take before membership."
    OBLIGATION = "Something a member binds itself to."
