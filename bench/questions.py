"""The benchmark questions in the schemas of both servers, and functions that make the answers comparable.

A question is asked about several subjects: cities with about eight memberships, networks with about two dozen members,
and themes for which such a city has about thirty peers. In a larger graph, the subjects have the same degrees as in the
smaller graph, so that the answers have the same size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from bench.generated import COUNTRIES
from graph.pagination import Page
from graph.questions import peer_cities
from graph.questions.ask import ask
from graph.store import Statement, Store

__all__ = ["QUESTIONS", "Degrees", "Question", "Subjects", "difference", "subjects"]

Variables = dict[str, object]
Answer = Any
"""Parsed JSON without further validation."""

SUBJECTS: Final = 16
ON: Final = "2024-06-01"
_TYPICAL_MEMBERSHIPS, _TYPICAL_MEMBERS, _TYPICAL_PEERS = 8, 24, 30
_THEMES_TRIED: Final = 6
DEEP: Final = 0.9
"""Position of the deep pages in the list of all cities, as a fraction of its length."""
PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Degrees:
    """The degrees of the subjects: memberships of the cities, members of the networks, and peers of cities by theme."""

    cities: tuple[int, ...] = (_TYPICAL_MEMBERSHIPS,) * SUBJECTS
    networks: tuple[int, ...] = (_TYPICAL_MEMBERS,) * SUBJECTS
    peers: tuple[int, ...] = (_TYPICAL_PEERS,) * SUBJECTS


@dataclass(frozen=True, slots=True)
class Subjects:
    """The subjects of the questions and their degrees. `deep` contains offsets in the list of cities, with cursors."""

    cities: tuple[str, ...]
    networks: tuple[str, ...]
    themes: tuple[tuple[str, str], ...]
    degrees: Degrees
    deep: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a GraphQL document for each server.

    `variables` returns, for each subject, the variables for our server and for the peer. `plain_ours` and
    `plain_theirs` extract the parts of the data that must be equal.
    """

    name: str
    title: str
    ours: str
    theirs: str
    variables: Callable[[Subjects], list[tuple[Variables, Variables]]]
    plain_ours: Callable[[Answer], Answer]
    plain_theirs: Callable[[Answer], Answer]


# --- Subjects -------------------------------------------------------------------------------------

_CITIES: Final = Statement.of_text(
    "bench/cities", "MATCH (n:City)-[:HOLDS]->(m:Membership) RETURN n.id AS id, count(m) AS degree"
)
_NETWORKS: Final = Statement.of_text(
    "bench/networks", "MATCH (n:Network)<-[:IN]-(m:Membership) RETURN n.id AS id, count(m) AS degree"
)
_THEMES: Final = Statement.of_text(
    "bench/themes",
    "MATCH (c:City {id: $city})-[:HOLDS]->(:Membership)-[:IN]->(:Network)-[:ADDRESSES]->(t:Theme)\n"
    "RETURN t.id AS theme, count(*) AS times ORDER BY times, theme",
)


async def subjects(store: Store, wanted: Degrees | None = None) -> Subjects:
    """Choose subjects whose degrees are nearest to `wanted`, or to typical degrees.

    Raises SystemExit if no network in the graph has members.
    """
    wanted = wanted or Degrees()
    cities = await _nearest(store, _CITIES, wanted.cities)
    networks = await _nearest(store, _NETWORKS, wanted.networks)
    if not cities:
        raise SystemExit("the graph has no city that is a member of a network")
    found = [await _theme(store, city, peers) for (city, _), peers in zip(cities, wanted.peers, strict=False)]
    themes = [(city, *each) for (city, _), each in zip(cities, found, strict=False) if each]
    return Subjects(
        cities=tuple(each for each, _ in cities),
        networks=tuple(each for each, _ in networks),
        themes=tuple((city, theme) for city, theme, _ in themes),
        degrees=Degrees(
            cities=tuple(degree for _, degree in cities),
            networks=tuple(degree for _, degree in networks),
            peers=tuple(peers for _, _, peers in themes),
        ),
    )


async def _nearest(
    store: Store, statement: Statement[dict[str, object]], wanted: tuple[int, ...]
) -> list[tuple[str, int]]:
    """Return, for each wanted degree, the unused node with the nearest degree, and that degree."""
    left = [(cast("str", row["id"]), cast("int", row["degree"])) for row in await store.read(statement)]
    found: list[tuple[str, int]] = []
    for degree in wanted[: len(left)]:
        nearest = min(left, key=lambda each: (abs(each[1] - degree), each[0]))
        left.remove(nearest)
        found.append(nearest)
    return found


async def _theme(store: Store, city: str, wanted: int) -> tuple[str, int] | None:
    """Return the theme whose number of peers for the city is nearest to the wanted number, and its number of peers."""
    totals: list[tuple[str, int]] = []
    for row in (await store.read(_THEMES, {"city": city}))[:_THEMES_TRIED]:
        theme = cast("str", row["theme"])
        async with store.reading() as reading:
            arguments = peer_cities.Arguments(city=city, theme=theme, on=date.fromisoformat(ON))
            found = await ask(reading, peer_cities.QUESTION, arguments, Page(first=1))
        totals.append((theme, found.total))
    return min(totals, key=lambda each: (abs(each[1] - wanted), each[0])) if totals else None


# --- Answers --------------------------------------------------------------------------------------


def difference(ours: Answer, theirs: Answer, path: str = "") -> str | None:
    """Describe the first difference between two plain answers, or return None if they are equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        mine, yours = cast("dict[str, Answer]", ours), cast("dict[str, Answer]", theirs)
        if mine.keys() == yours.keys():
            return _first(difference(mine[key], yours[key], f"{path}.{key}") for key in mine)
    elif isinstance(ours, list) and isinstance(theirs, list):
        one, other = cast("list[Answer]", ours), cast("list[Answer]", theirs)
        if len(one) == len(other):
            return _first(difference(one[at], other[at], f"{path}[{at}]") for at in range(len(one)))
    return None if ours == theirs else f"{path or 'the answer'}: ours {ours!r:.300}, the peer's {theirs!r:.300}"


def _first(differences: Iterator[str | None]) -> str | None:
    return next((each for each in differences if each), None)


def _same(answer: Answer) -> Answer:
    return answer


def _unlisted(answer: Answer) -> Answer:
    """Unwrap the one-element list in which the peer returns a single related node."""
    match answer:
        case dict():
            entries = cast("dict[str, Answer]", answer).items()
            return {key: _unlisted(_only(value) if key == "city" else value) for key, value in entries}
        case list():
            return [_unlisted(each) for each in cast("list[Answer]", answer)]
        case _:
            return answer


def _plain_dates(answer: Answer) -> Answer:
    """Return the answer with each partial date reduced to its date, because the peer has only dates."""
    match answer:
        case {"date": date}:
            return cast("Answer", date)
        case dict():
            return {key: _plain_dates(value) for key, value in cast("dict[str, Answer]", answer).items()}
        case list():
            return [_plain_dates(item) for item in cast("list[Answer]", answer)]
        case _:
            return answer


def _only(nodes: list[Answer]) -> Answer:
    return nodes[0] if nodes else None


# --- Questions ------------------------------------------------------------------------------------

_CITY: Final = "id name country population populationYear latitude longitude wikidata"
_THEIR_MEMBERSHIP: Final = "id status grade validFrom validUntil votingRight city { id name country population }"
_MEMBERSHIP: Final = _THEIR_MEMBERSHIP.replace("validFrom validUntil", "validFrom { date } validUntil { date }")
_BY_NAME: Final = "orderBy: [{ field: NAME }]"
_LARGE: Final = (10_000, 20_000, 30_000, 40_000)
_LARGER: Final = tuple(range(10_000, 42_000, 2_000))
"""One number per subject, so that two connections rarely request the same subject concurrently."""


def _both(variables: list[Variables]) -> list[tuple[Variables, Variables]]:
    return [(each, each) for each in variables]


def _years(found: Subjects) -> list[tuple[Variables, Variables]]:
    return _both([{"city": each, "from": 2019, "until": 2024} for each in found.cities])


_PEERS: Final = f"""query ($city: ID!, $theme: ID!) {{
            peerCities(city: $city, theme: $theme, on: "{ON}", first: {PAGE}) {{ totalCount nodes {{
              city {{ id name }} shared rarity lowerBound evidence {{
                collaboration {{ id name }} kind themes {{ theme {{ id name }} match }} members standing peerStanding
              }} }} }} }}"""

_OVERLAPS: Final = f"""query ($city: ID!) {{
            overlappingMemberships(city: $city, on: "{ON}", first: {PAGE}) {{ totalCount nodes {{
              network {{ id name }} other {{ id name }} shared jaccard overlapCoefficient newman members otherMembers
            }} }} }}"""

_COST: Final = """query ($city: ID!, $from: Int!, $until: Int!) {
            costPerNetwork(city: $city, from: $from, until: $until) { networks {
              network { id name } years { year fee { amount currency } budgetLine } peers membersComplete
              perTheme { divisor } perWorkingGroup { divisor }
            } } }"""

_LIST: Final = f"""query ($least: Int!, $countries: [String!]!) {{ cities(first: {PAGE},
            where: {{ population: {{ gte: $least }}, country: {{ in: $countries }} }},
            orderBy: [{{ field: POPULATION, direction: DESC }}])
            {{ nodes {{ id name country population }} }} }}"""

_THEIR_LIST: Final = f"""query ($least: Int!, $countries: [String!]!) {{ cities(limit: {PAGE},
            where: {{ population: {{ gte: $least }}, country: {{ in: $countries }} }},
            sort: [{{ population: DESC }}, {{ id: ASC }}]) {{ id name country population }} }}"""


def _of_country(country: str) -> str:
    """Return the field of the peer's figures of a country. Its own `groupBy` returns the countries, but no figures."""
    where = f'where: {{ population: {{ gte: $least }}, country: {{ eq: "{country}" }} }}'
    figures = "aggregate { count { nodes } node { population { min max average } } }"
    return f"{country}: citiesConnection({where}) {{ {figures} }}"


def _figures(counts: Answer, population: Answer) -> Answer:
    """Return figures with the average rounded, as the databases sum in another order."""
    average = population["average"]
    return {
        "count": counts["count"],
        **population,
        "average": None if average is None else round(average, 6),
    }


def _lists(name: str, title: str, least: tuple[int, ...]) -> Question:
    return Question(
        name=name,
        title=title,
        ours=_LIST,
        theirs=_THEIR_LIST,
        variables=lambda _: _both([{"least": each, "countries": ["DE", "FI", "SE"]} for each in least]),
        plain_ours=lambda data: data["cities"]["nodes"],
        plain_theirs=lambda data: data["cities"],
    )


QUESTIONS: Final = (
    Question(
        name="lookup",
        title="one city by id, 8 values",
        ours=f"query ($id: ID!) {{ city(id: $id) {{ {_CITY} }} }}",
        theirs=f"query ($id: ID!) {{ cities(where: {{ id: {{ eq: $id }} }}) {{ {_CITY} }} }}",
        variables=lambda found: _both([{"id": each} for each in found.cities]),
        plain_ours=lambda data: data["city"],
        plain_theirs=lambda data: _only(data["cities"]),
    ),
    Question(
        name="nested",
        title="a network, 10 of its memberships, their cities: 3 levels, about 100 values",
        ours=f"""query ($id: ID!) {{ network(id: $id) {{ id name kind founded {{ date }} website
            memberships(first: 10) {{ nodes {{ {_MEMBERSHIP} }} }} }} }}""",
        theirs=f"""query ($id: ID!) {{ networks(where: {{ id: {{ eq: $id }} }}) {{ id name kind founded website
            memberships(limit: 10, sort: [{{ id: ASC }}]) {{ {_THEIR_MEMBERSHIP} }} }} }}""",
        variables=lambda found: _both([{"id": each} for each in found.networks]),
        plain_ours=lambda data: _plain_dates(
            {**data["network"], "memberships": data["network"]["memberships"]["nodes"]}
        ),
        plain_theirs=lambda data: _unlisted(_only(data["networks"])),
    ),
    _lists("list", f"cities of some countries with many inhabitants, largest first, {PAGE} of them", _LARGE),
    _lists("lists", f"the same for {len(_LARGER)} numbers of inhabitants", _LARGER),
    Question(
        name="deep",
        title=f"{PAGE} cities by name, after nine tenths of them all",
        ours=f"""query ($after: String!) {{ cities(first: {PAGE}, after: $after, {_BY_NAME})
            {{ nodes {{ id name country population }} }} }}""",
        theirs=f"""query ($offset: Int!) {{ cities(limit: {PAGE}, offset: $offset,
            sort: [{{ nameSort: ASC }}, {{ id: ASC }}]) {{ id name country population }} }}""",
        variables=lambda found: [({"after": cursor}, {"offset": offset}) for offset, cursor in found.deep],
        plain_ours=lambda data: data["cities"]["nodes"],
        plain_theirs=lambda data: data["cities"],
    ),
    Question(
        name="total",
        title=f"cities of a country by name as a connection, {PAGE} of them and how many there are",
        ours=f"""query ($country: String!) {{ cities(first: {PAGE}, where: {{ country: {{ eq: $country }} }},
            {_BY_NAME}) {{ totalCount pageInfo {{ hasNextPage }} edges {{ node {{ id name population }} }} }} }}""",
        theirs=f"""query ($country: String!) {{ citiesConnection(first: {PAGE},
            where: {{ country: {{ eq: $country }} }}, sort: [{{ nameSort: ASC }}, {{ id: ASC }}])
            {{ totalCount pageInfo {{ hasNextPage }} edges {{ node {{ id name population }} }} }} }}""",
        variables=lambda _: _both([{"country": each} for each in ("DE", "FI", "FR", "SE")]),
        plain_ours=lambda data: data["cities"],
        plain_theirs=lambda data: data["citiesConnection"],
    ),
    Question(
        name="aggregate",
        title="cities of some countries with many inhabitants: how many, and their inhabitants",
        ours="""query ($least: Int!, $countries: [String!]!) { cities(
            where: { population: { gte: $least }, country: { in: $countries } })
            { aggregate { count population { min max average } } } }""",
        theirs="""query ($least: Int!, $countries: [String!]!) { citiesConnection(
            where: { population: { gte: $least }, country: { in: $countries } })
            { aggregate { count { nodes } node { population { min max average } } } } }""",
        variables=lambda _: _both([{"least": each, "countries": ["DE", "FI", "SE"]} for each in _LARGE]),
        plain_ours=lambda data: _figures(data["cities"]["aggregate"], data["cities"]["aggregate"]["population"]),
        plain_theirs=lambda data: _figures(
            {"count": data["citiesConnection"]["aggregate"]["count"]["nodes"]},
            data["citiesConnection"]["aggregate"]["node"]["population"],
        ),
    ),
    Question(
        name="groups",
        title="cities with many inhabitants by country: how many, and their inhabitants",
        ours="""query ($least: Int!) { cities(where: { population: { gte: $least } }) {
            groupBy(keys: [COUNTRY], first: 500) { nodes { keys { value }
              aggregate { count population { min max average } } } } } }""",
        theirs=f"""query ($least: Int!) {{ {" ".join(map(_of_country, COUNTRIES))} }}""",
        variables=lambda _: _both([{"least": each} for each in _LARGE]),
        plain_ours=lambda data: {
            group["keys"][0]["value"]: _figures(group["aggregate"], group["aggregate"]["population"])
            for group in data["cities"]["groupBy"]["nodes"]
        },
        plain_theirs=lambda data: {
            country: _figures({"count": found["aggregate"]["count"]["nodes"]}, found["aggregate"]["node"]["population"])
            for country, found in data.items()
            if found["aggregate"]["count"]["nodes"]
        },
    ),
    Question(
        name="peers",
        title=f"peer cities on a theme, {PAGE} of them with the evidence",
        ours=_PEERS,
        theirs=_PEERS,
        variables=lambda found: _both([{"city": city, "theme": theme} for city, theme in found.themes]),
        plain_ours=_same,
        plain_theirs=_same,
    ),
    Question(
        name="overlaps",
        title=f"pairs of a city's networks that share members, {PAGE} of them",
        ours=_OVERLAPS,
        theirs=_OVERLAPS,
        variables=lambda found: _both([{"city": each} for each in found.cities]),
        plain_ours=_same,
        plain_theirs=_same,
    ),
    Question(
        name="cost",
        title="what each network of a city costs in six years",
        ours=_COST,
        theirs=_COST,
        variables=_years,
        plain_ours=_same,
        plain_theirs=_same,
    ),
)
