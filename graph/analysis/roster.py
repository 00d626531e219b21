"""Read a table of memberships into a snapshot (a copy of a graph in memory), without a database.

A row of the CSV file is a membership. The columns `city` and `network` are required. `from`, `until`, `country`,
`latitude`, `longitude`, `population`, `population_year`, `status`, `grade`, `founder`, `host` and `source` are
optional. A column with any other name is reported as a problem. If `until` is a calendar day, it is the day after the
last day of the membership. If it is a month or a year, it is the last month or year of the membership. A membership
with the status LEFT needs `until`, because no column states when it was last known to be in force. The table is assumed
to contain all members of its networks. `graph.analysis.roster_rows` finds contradictions between rows.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from graph.analysis.roster_rows import Finding, Membership, city_ids, find_contradictions, find_doubts, network_id
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.errors import SeedError, SeedProblem
from graph.iso_codes import InvalidValue, check_country
from graph.vocabulary import MembershipGrade, MembershipStatus, Vocabulary

__all__ = ["read_roster", "read_roster_rows"]

T = TypeVar("T")

_REQUIRED: Final = ("city", "network")
_OPTIONAL: Final = (
    *(
        "from",
        "until",
        "country",
        "latitude",
        "longitude",
        "population",
        "population_year",
        "status",
        "grade",
        "founder",
        "host",
        "source",
    ),
)
_TRUTHS: Final = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
_DELIMITERS: Final = (",", ";", "\t")
_PANDAS_INDEX: Final = re.compile(r"unnamed: [0-9]+")
"""The name, in lower case, that pandas gives to a column without a name, such as an index, when it reads a file."""
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MAX_PROBLEMS: Final = 100
_MOST_DIGITS: Final = 12
_YEAR_DIGITS: Final = 4
_TOGETHER: Final = (("latitude", "longitude"), ("longitude", "latitude"), ("population_year", "population"))
"""Pairs of columns. A row that has a value in the first column must have one in the second."""
_FIRST_LINE: Final = "the first line names the columns; `city` and `network` are required"


def read_roster(path: Path) -> Snapshot:
    """Read a table of memberships into a snapshot: cities, networks, and the ties of all dates.

    Cities of the same name in different countries are different cities, whose ids end with the country. Raises
    SeedError with the line and column of each invalid cell, and OSError if the file cannot be read.
    """
    roster = _Roster(str(path))
    return _snapshot(roster, roster.read(path.read_bytes()), f"the table {path.name}", "correct the cells named")


def read_roster_rows(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Snapshot:
    """Read the rows of a table of memberships, as `read_roster` does. `name` is the name of the table in errors.

    The line numbers of errors are those of a CSV file of the table: the header is line 1. Raises SeedError.
    """
    roster = _Roster(name)
    memberships = roster.read_rows(header, ((line, row) for line, row in enumerate(rows, start=2)))
    return _snapshot(roster, memberships, name, "correct the cells named; line 2 is the first row")


def _snapshot(roster: "_Roster", memberships: Sequence[Membership], origin: str, hint: str) -> Snapshot:
    if roster.problems:
        raise SeedError(roster.problems, outcome="nothing was analysed", hint=hint)
    names = city_ids(memberships)
    rows: dict[str, list[Membership]] = defaultdict(list)
    for row in memberships:
        rows[names[row.city, row.country]].append(row)
    # If both the name and the id of a network occur, the name replaces the id.
    texts = sorted({row.network for row in memberships}, key=lambda text: (text != network_id(text), text))
    networks = {network_id(text): text for text in texts}
    snapshot = build_snapshot(
        0,
        cities=[_city(city_id, of_city) for city_id, of_city in rows.items()],
        collaborations=[CollaborationRow(network, name) for network, name in networks.items()],
        ties=[
            TieRow(
                names[row.city, row.country],
                network_id(row.network),
                None,
                *(row.begins, row.begins, row.until, row.until, row.until),
                begins_stated=row.begins > date.min,
                ends_stated=row.until < date.max,
                status=row.status,
                grade=row.grade,
                founder=row.founder,
                host=row.host,
                sources=(row.source,) if row.source else (),
            )
            for row in memberships
        ],
    )
    return replace(snapshot, origin=origin, rosters_complete=True, warnings=tuple(roster.warnings))


def _city(city_id: str, rows: Sequence[Membership]) -> CityRow:
    """Build the city to which all these memberships belong. They agree on each property that they state."""
    return CityRow(
        city_id,
        rows[0].city,
        country=_first(row.country for row in rows),
        latitude=_first(row.latitude for row in rows),
        longitude=_first(row.longitude for row in rows),
        population=_first(row.population for row in rows),
        population_year=_first(row.population_year for row in rows),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


@dataclass(slots=True)
class _Roster:
    """A reader of a table of memberships, which collects the problems of all lines, and warnings.

    `line` is the number of the line that is being read.
    """

    file: str
    problems: list[SeedProblem] = field(default_factory=list[SeedProblem])
    warnings: list[SeedProblem] = field(default_factory=list[SeedProblem])
    line: int = 1

    def read(self, content: bytes) -> list[Membership]:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.line = content.count(b"\n", 0, error.start) + 1
            place = error.start - content.rfind(b"\n", 0, error.start)
            self._add(f"byte {place} is not UTF-8", "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
            return []
        first_line = text.partition("\n")[0]
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first_line.count), strict=True
        )

        def lines() -> Iterator[tuple[int, Sequence[str]]]:
            self.line = line = 1
            try:
                for cells in reader:
                    yield line, cells
                    self.line = line = reader.line_num + 1
            except csv.Error as error:
                self._add(f"not CSV: {error}", "look for a quotation mark that is not closed")

        numbered = lines()
        _, header = next(numbered, (1, list[str]()))
        return self.read_rows(header, numbered)

    def read_rows(self, header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> list[Membership]:
        """Return the memberships of the rows, which are pairs of a line number and cells.

        All problems are found at once: those of the header, of cells and of contradictions between rows. If the header
        has problems, contradictions are not looked for, because a column may be missing that resolves them.
        """
        memberships: list[Membership] = []
        columns, named = self._columns(header)
        is_header_valid = not self.problems
        for line, cells in rows:
            self.line = line
            if columns and any(cell.strip() for cell in cells) and len(self.problems) < _MAX_PROBLEMS:
                memberships += self._membership(_Row(self, columns, named, cells))
        if not memberships and not self.problems:
            self._add("the table has no rows", "write a membership on each line")
        if is_header_valid:
            self.problems = [*self.problems, *self._found(find_contradictions(memberships), columns)][:_MAX_PROBLEMS]
        if not self.problems:
            self.warnings = self._found(find_doubts(memberships), columns)
        return memberships

    def _found(self, findings: Iterable[Finding], columns: Mapping[str, int]) -> list[SeedProblem]:
        """Return the findings as problems, sorted by line."""
        return sorted(
            SeedProblem(
                self.file,
                found.line,
                f"column {columns[found.column] + 1}: `{found.column}` {found.message}",
                found.hint,
            )
            for found in findings
        )

    def _columns(self, header: Sequence[str]) -> tuple[Mapping[str, int], frozenset[int]]:
        """Return a dict from column name to column index, and the indices of all columns with a name.

        It is a problem if a name is unknown or repeated, or if a required column is missing. Unknown and repeated
        columns are not in the dict. The dict is empty if it would lack a required column. Columns with an empty name
        are ignored.
        """
        names = [name.strip().lower() for name in header]
        known = [*_REQUIRED, *_OPTIONAL]
        for number, name in enumerate(names, start=1):
            if name in known and names.count(name) > 1:
                self._add(f"column {number}: there are two columns `{name}`", "delete one of them")
            missing = [column for column in known if column not in names]
            if name and name not in known:
                close = get_close_matches(name, missing, n=1)
                other = f", or name it one of {', '.join(missing)}" if missing else ""
                hint = f"did you mean `{close[0]}`?" if close else f"delete it{other}"
                if _PANDAS_INDEX.fullmatch(name):
                    hint = (
                        "delete it; it is the index of a DataFrame, which pandas does not write with `index=False`, "
                        "and reads as the index with `index_col=0`"
                    )
                self._add(f"column {number}: `{name}` is not a known column", hint)
        for name in _REQUIRED:
            if name not in names and not any(f"`{name}`" in problem.hint for problem in self.problems):
                self._add(f"there is no column `{name}`, only {', '.join(names) or 'an empty line'}", _FIRST_LINE)
        for one, other in _TOGETHER:
            if one in names and other not in names:
                self._add(f"there is a column `{one}`, but no column `{other}`", f"add it, or delete `{one}`")
        columns = {name: names.index(name) for name in known if names.count(name) == 1}
        named = frozenset(place for place, name in enumerate(names) if name)
        return columns if all(name in columns for name in _REQUIRED) else {}, named

    def _membership(self, row: "_Row") -> list[Membership]:
        """Return a list that contains the membership of a row, or an empty list if its city or network is unknown.

        If the row has a problem, its membership states only what other rows can contradict in any case: the city, the
        network and the valid properties of the city. Its period is empty, so that it overlaps no other row.
        """
        before = len(self.problems)
        row.check_length()
        begins, until = row.day("from", last=False), row.day("until", last=True)
        if begins and until and begins >= until:
            row.report("until", "is not later than `from`", "exchange the two dates")
        for one, other in _TOGETHER:
            if other in row.columns and row.text(one) and not row.text(other):
                row.report(other, f"is empty, and `{one}` is not", "write both, or neither")
        status = row.word("status", MembershipStatus)
        if status == MembershipStatus.LEFT.name and not row.text("until"):
            row.report("status", "is left, but the row has no `until`", "give `until`, or delete the row")
        identity = row.required("city"), row.required("network"), row.country()
        membership = Membership(
            self.line,
            *identity,
            row.number("latitude", 90),
            row.number("longitude", 180),
            row.whole_number("population", _MOST_DIGITS),
            row.whole_number("population_year", _YEAR_DIGITS),
            begins or date.min,
            until or date.max,
            status,
            row.word("grade", MembershipGrade),
            row.truth("founder"),
            row.truth("host"),
            row.text("source") or None,
        )
        if len(self.problems) == before:
            return [membership]
        if not all(identity[:2]) or (row.text("country") and identity[2] is None):
            return []
        is_placed = None not in (membership.latitude, membership.longitude)
        place = {} if is_placed else {"latitude": None, "longitude": None}
        return [replace(membership, begins=date.max, until=date.max, **place)]

    def _add(self, message: str, hint: str) -> None:
        self.problems.append(SeedProblem(self.file, self.line, message, hint))

    def report(self, column: int, message: str, hint: str) -> None:
        self._add(f"column {column}: {message}", hint)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table: its cells, a dict from column name to the index of the cell, and all columns with a name."""

    roster: _Roster
    columns: Mapping[str, int]
    named: frozenset[int]
    cells: Sequence[str]

    def report(self, name: str, message: str, hint: str) -> None:
        self.roster.report(self.columns[name] + 1, f"`{name}` {message}", hint)

    def check_length(self) -> None:
        """Report the first cell that contains text but is not in a column with a name."""
        for place, cell in enumerate(self.cells):
            if cell.strip() and place not in self.named:
                hint = (
                    "name the column in the first line (in pandas, write the file with `index=False`), "
                    "or quote a cell that contains the delimiter"
                )
                self.roster.report(place + 1, f"{cell.strip()!r} is in no column", hint)
                return

    def text(self, name: str) -> str:
        place = self.columns.get(name)
        if place is None or place >= len(self.cells):
            return ""
        return " ".join(unicodedata.normalize("NFC", self.cells[place]).split())

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self.report(name, "is empty", "give a name, or delete the line")
        return text

    def country(self) -> str | None:
        text = self.text("country")
        try:
            return check_country(text.upper()) if text else None
        except InvalidValue as error:
            self.report("country", f"is not an ISO 3166-1 country code: {text!r}", error.hint)
            return None

    def day(self, name: str, *, last: bool) -> date | None:
        """Return the date in a cell, or None if the cell is empty or invalid. An invalid cell is reported.

        A cell can also contain a year or a month. If `last` is false, the result is then the first day of the year or
        month. If `last` is true, it is the day after the year or month (an exclusive end).
        """
        text = self.text(name)
        if not text:
            return None
        if (found := _DATE.fullmatch(text)) is not None:
            year, month, day = (int(part) if part else None for part in found.groups())
            assert year is not None
            try:
                if month is None:
                    return date(year + last, 1, 1)
                if day is None:
                    return date(year + (month // 12 if last else 0), month % 12 + 1 if last else month, 1)
                return date(year, month, day)
            except ValueError:
                pass
        self.report(name, f"is not a date: {text!r}", "write 2024, 2024-06 or 2024-06-01")
        return None

    def number(self, name: str, limit: float) -> float | None:
        text = self.text(name).replace(",", ".")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = limit + 1
        if not -limit <= number <= limit:
            self.report(name, f"is not a number of degrees: {text!r}", f"write a number from -{limit:g} to {limit:g}")
            return None
        return number

    def whole_number(self, name: str, most: int) -> int | None:
        """Return the positive number in a cell, of at most `most` digits. An invalid cell is reported."""
        text = self.text(name).replace(" ", "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= most):
            self.report(name, f"is not a whole number: {text!r}", f"write up to {most} digits")
            return None
        if text and not int(text):
            self.report(name, "is 0", "leave the cell empty if the number is unknown")
            return None
        return int(text) if text else None

    def truth(self, name: str) -> bool:
        text = self.text(name).lower()
        if text not in _TRUTHS:
            self.report(name, f"is neither yes nor no: {text!r}", "write yes or no; an empty cell is no")
        return _TRUTHS.get(text, False)

    def word(self, name: str, vocabulary: type[Vocabulary]) -> str | None:
        text = self.text(name)
        member = text.upper().replace(" ", "_")
        if member and member not in vocabulary.__members__:
            self.report(name, f"is not known: {text!r}", f"write one of {', '.join(word.word for word in vocabulary)}")
            return None
        return member or None
