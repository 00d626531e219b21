"""The rows of a table of memberships: the ids of their cities and networks, and contradictions between rows.

It is an error if two rows state different facts, such as different populations of one city, because it is unclear which
row is correct. A row that may be a mistake, such as a row that repeats another one, causes only a warning.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from graph.folding import fold

__all__ = ["Finding", "Membership", "city_ids", "find_contradictions", "find_doubts", "network_id"]

_APPLIED: Final = "APPLIED"
_LEAST_LETTERS: Final = 6
"""Names with fewer letters are not compared for spelling mistakes: many short names differ by one letter."""
_NUMBER: Final = re.compile(r"[0-9]+|\b[ivx]+\b")
"""An Arabic or Roman number in a folded name. "URBACT II" and "URBACT III" are different networks."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A row of the table. `until` is the day after the last day of the membership."""

    line: int
    city: str
    network: str
    country: str | None
    latitude: float | None
    longitude: float | None
    population: int | None
    population_year: int | None
    begins: date
    until: date
    status: str | None
    grade: str | None
    founder: bool
    host: bool
    source: str | None

    @property
    def place(self) -> str | None:
        return None if self.latitude is None else f"{self.latitude}, {self.longitude}"

    @property
    def facts(self) -> Mapping[str, object]:
        """What the row states about the membership, by column, except its period and its source."""
        return {"status": self.status, "grade": self.grade, "founder": self.founder, "host": self.host}


class Finding(NamedTuple):
    """A row that contradicts another row: its line, the column concerned, what is wrong, and what to do."""

    line: int
    column: str
    message: str
    hint: str


class _Name(NamedTuple):
    """A name of a city or network: its first line, its letters and digits, the numbers in it, and its countries.

    The letters are in lower case and without accents. The countries of a network are empty, and None is a country that
    is not stated.
    """

    text: str
    line: int
    letters: str
    numbers: tuple[str, ...]
    countries: set[str | None]

    def can_equal(self, other: "_Name") -> bool:
        """Return whether the two names can be names of one city or network: no two different countries are stated."""
        countries = self.countries, other.countries
        return not all(countries) or any(None in stated for stated in countries) or bool(countries[0] & countries[1])


def network_id(name: str) -> str:
    return name if name.startswith("Network:") else f"Network:{name}"


def city_ids(memberships: Sequence[Membership]) -> Mapping[tuple[str, str | None], str]:
    """Return a dict from (name, country) to city id.

    If cities in several countries have the same name, their ids end with the country.
    """
    countries: dict[str, set[str | None]] = defaultdict(set)
    for row in memberships:
        countries[row.city].add(row.country)
    ids: dict[tuple[str, str | None], str] = {}
    for name, of_name in countries.items():
        stem = name if name.startswith("City:") else f"City:{name}"
        several = len(of_name - {None}) > 1
        ids.update({(name, code): f"{stem} ({code})" if several and code else stem for code in of_name})
    return ids


def find_contradictions(memberships: Sequence[Membership]) -> Iterator[Finding]:
    """Yield the contradictions between rows that are errors.

    - Two names differ only by case or spaces. This is no error if they are the names of cities in different countries.
    - The rows with one city id state different countries.
    - A row states no country, although other rows state different countries for the same city name.
    - The rows of one city state different coordinates or populations.
    - Two rows of one city and network have overlapping periods, but different facts, such as different grades.
    """
    yield from _spellings(memberships, "city", lambda row: row.city.removeprefix("City:"))
    yield from _spellings(memberships, "network", lambda row: row.network.removeprefix("Network:"))
    yield from _countries(memberships)
    ids = city_ids(memberships)
    for rows in _grouped(memberships, lambda row: ids[row.city, row.country]).values():
        yield from _different_values(rows, "latitude", lambda row: row.place, "coordinates")
        yield from _different_values(rows, "population", lambda row: row.population, "population")
        yield from _different_values(rows, "population_year", lambda row: row.population_year, "year of the population")
    for first, second in _overlaps(memberships):
        if columns := [name for name, value in second.facts.items() if value != first.facts[name]]:
            yield Finding(
                second.line,
                columns[0],
                f"differs from that of line {first.line}, a row of the same membership that overlaps this one",
                "let one row end where the other begins, state the same in both, or delete one",
            )


def find_doubts(memberships: Sequence[Membership]) -> Iterator[Finding]:
    """Yield the warnings about rows that may be mistakes.

    - Two rows of one city and network have overlapping periods and the same facts. They are read as one membership.
    - Rows with the same city name state different countries. They are read as rows of different cities.
    - Two names of cities or of networks differ only by accents or punctuation, or by one letter. Two names of cities
      have equal coordinates. They are read as names of different cities or networks. Names of cities are compared only
      if the cities can be in the same country. Each name is compared only with earlier names, and is reported once.
    """
    for first, second in _overlaps(memberships):
        if first.facts == second.facts:
            same = (first.begins, first.until) == (second.begins, second.until)
            yield Finding(
                second.line,
                "city",
                f"{'repeats' if same else 'overlaps'} the membership of line {first.line}; the two rows count as one",
                "delete one of the rows" if same else "write one row with the whole period, if it is one membership",
            )
    for name, rows in _grouped(memberships, lambda row: row.city).items():
        lines = _first_lines(rows, lambda row: row.country)
        if len(lines) > 1:
            yield Finding(
                max(lines.values()),
                "country",
                f"{name} is in {_list(lines)}, which count as {len(lines)} cities",
                "correct the country if they are one city",
            )
    yield from _similar_names(memberships, "city", lambda row: row.city.removeprefix("City:"))
    yield from _similar_names(memberships, "network", lambda row: row.network.removeprefix("Network:"))


def _grouped(memberships: Iterable[Membership], key: Callable[[Membership], str]) -> Mapping[str, Sequence[Membership]]:
    groups: dict[str, list[Membership]] = defaultdict(list)
    for row in memberships:
        groups[key(row)].append(row)
    return groups


def _first_lines(rows: Iterable[Membership], value: Callable[[Membership], str | None]) -> dict[str, int]:
    """Return a dict from each value that a row has to the line of the first such row."""
    lines: dict[str, int] = {}
    for row in rows:
        if (text := value(row)) is not None:
            lines.setdefault(text, row.line)
    return lines


def _list(lines: Mapping[str, int]) -> str:
    return " and ".join(f"{text} (line {line})" for text, line in lines.items())


def _spellings(memberships: Sequence[Membership], column: str, name: Callable[[Membership], str]) -> Iterator[Finding]:
    for rows in _grouped(memberships, lambda row: "".join(name(row).casefold().split())).values():
        lines = _first_lines(rows, name)
        if len(lines) < 2:
            continue
        countries = {text: {row.country for row in rows if name(row) == text} for text in lines}
        first, *others = lines
        for text in others:
            known = countries[first] | countries[text]
            if column == "city" and None not in known and not countries[first] & countries[text]:
                continue
            yield Finding(
                lines[text],
                column,
                f"differs only by case or spaces from {first!r} on line {lines[first]}: {text!r}",
                "write the name in the same way, or in different ways, such as 'Neustadt (Hessen)', if there are two",
            )


def _similar_names(
    memberships: Sequence[Membership], column: str, name: Callable[[Membership], str]
) -> Iterator[Finding]:
    names: dict[str, _Name] = {}
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for row in memberships:
        if (text := name(row)) not in names:
            folded = fold(text)
            letters = "".join(filter(str.isalnum, folded))
            names[text] = _Name(text, row.line, letters, tuple(_NUMBER.findall(folded)), set())
        if column == "city":
            names[text].countries.add(row.country)
            if row.place is not None:
                places[row.place].setdefault(text, row.line)
    hint = f"write the name in the same way if it is one {column}"
    reported: set[frozenset[str]] = set()
    for first, second in (*_same_letters(names.values()), *_one_letter_apart(names.values())):
        difference = "only by accents or punctuation" if first.letters == second.letters else "by one letter"
        reported.add(frozenset((first.text, second.text)))
        yield Finding(
            second.line, column, f"differs {difference} from {first.text!r} on line {first.line}: {second.text!r}", hint
        )
    for lines in places.values():
        first, *others = lines
        for text in others:
            if frozenset((first, text)) not in reported:
                yield Finding(
                    lines[text],
                    "latitude",
                    f"equals that of {first!r} on line {lines[first]}, as does the longitude, but the name is {text!r}",
                    "write one name if they are one city, or correct the coordinates",
                )


def _same_letters(names: Iterable[_Name]) -> Iterator[tuple[_Name, _Name]]:
    """Yield pairs of names with the same letters and digits. In each pair, the second name is the later one."""
    groups: dict[str, list[_Name]] = defaultdict(list)
    for name in names:
        if name.letters:
            earlier = next((other for other in groups[name.letters] if name.can_equal(other)), None)
            groups[name.letters].append(name)
            if earlier is not None:
                yield earlier, name


def _one_letter_apart(names: Iterable[_Name]) -> Iterator[tuple[_Name, _Name]]:
    """Yield pairs of names that become equal if one letter is inserted, deleted or replaced, or if two are exchanged.

    Such names have a text in common that is the name itself or the name without one letter. The names are therefore
    indexed by these texts, so that the time is nearly linear in the number of names.
    """
    by_numbers: dict[tuple[str, ...], dict[str, list[_Name]]] = defaultdict(dict)
    for name in names:
        letters, index = name.letters, by_numbers[name.numbers]
        if len(letters) < _LEAST_LETTERS:
            continue
        matches: list[_Name] = []
        for text in {letters, *(letters[:place] + letters[place + 1 :] for place in range(len(letters)))}:
            if (group := index.get(text)) is None:
                index[text] = [name]
                continue
            matches += islice((other for other in group if _is_one_letter_apart(name, other)), 1)
            group.append(name)
        if matches:
            yield min(matches, key=lambda other: other.line), name


def _is_one_letter_apart(one: _Name, other: _Name) -> bool:
    return one.can_equal(other) and OSA.distance(one.letters, other.letters, score_cutoff=1) == 1


def _countries(memberships: Sequence[Membership]) -> Iterator[Finding]:
    for name, rows in _grouped(memberships, lambda row: row.city).items():
        lines = _first_lines(rows, lambda row: row.country)
        if len(lines) < 2:
            continue
        if name.startswith("City:"):
            yield Finding(
                max(lines.values()), "country", f"differs: {name} is in {_list(lines)}", "write one country for an id"
            )
        for row in rows:
            if row.country is None:
                yield Finding(row.line, "country", f"is empty, and {name} is in {_list(lines)}", "give the country")


def _different_values(
    rows: Sequence[Membership], column: str, value: Callable[[Membership], object], what: str
) -> Iterator[Finding]:
    """Yield the first row whose value differs from that of an earlier row of the same city."""
    stated = [row for row in rows if value(row) is not None]
    different = next((row for row in stated if value(row) != value(stated[0])), None)
    if different is not None:
        yield Finding(
            different.line,
            column,
            f"differs: {what} of {different.city} {value(different)} here, {value(stated[0])} on line {stated[0].line}",
            "write one value for a city; it may be left out in the other rows",
        )


def _overlaps(memberships: Sequence[Membership]) -> Iterator[tuple[Membership, Membership]]:
    """Yield pairs of rows of one city and network whose periods overlap. In each pair, the earlier line comes first.

    A row is compared only with the row that ends last among those that begin before it. An application and a membership
    are never a pair.
    """
    ids = city_ids(memberships)
    for rows in _grouped(
        memberships,
        lambda row: f"{ids[row.city, row.country]} {network_id(row.network)} {row.status == _APPLIED}",
    ).values():
        longest: Membership | None = None
        for row in sorted(rows, key=lambda row: (row.begins, row.line)):
            if longest is not None and row.begins < longest.until:
                first, second = sorted((longest, row), key=lambda row: row.line)
                yield first, second
            if longest is None or row.until > longest.until:
                longest = row
