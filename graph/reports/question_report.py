"""Report of a named query (`graph.questions`): its answer as tables, charts, a network and a calendar."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from operator import attrgetter
from typing import Any, cast

from graph.analysis.two_mode import Graph
from graph.iso_date import partial_date
from graph.pagination import Page, Paged
from graph.questions.ask import ask
from graph.questions.declaration import Amount, Argument, Question, Ranking, RowField, arguments_of, fields_of, ids_in
from graph.questions.report_declaration import QuestionReport, ReportNetwork, ReportTable
from graph.reports.layout import draw
from graph.reports.names import PARTS, load_names, read_consistently
from graph.reports.network_tables import future_limits, future_notes
from graph.reports.report import Provenance, Report, digest_of, versions
from graph.store import Reader, Store
from graph.tables import CalendarEntry, Cell, Column, Kind, Message, NodeNames, Table, message
from graph.vocabulary import Standing, Vocabulary

__all__ = ["question_report", "report_name"]

_ALL = Page(first=1_000_000)
_KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.FLAG,
    date: Kind.DATE,
    Amount: Kind.AMOUNT,
}


def report_name(question: Question[Any, Any]) -> str:
    """Return the name of the report of a named query, such as `renewals-due`."""
    return question.name.replace("_", "-")


async def question_report(
    store: Store,
    question: Question[Any, Any],
    arguments: Any,
    *,
    seed: int = 0,
    networks: bool = True,
    command: str = "",
    answer: Callable[..., Awaitable[object]] | None = None,
) -> Report:
    """Return the report of a named query with all rows of its answer.

    If `networks` is true, the report contains the network and its drawing. `seed` makes the layout of the drawing
    reproducible. `answer` is a function that computes the answer, such as `graph.registry.answer`. If `answer` is None,
    the answer comes only from the Cypher statement of the named query. This is not enough for a named query that also
    needs an analysis. Raises QueryError, StoreError and GraphChanged.
    """
    declared = question.report
    assert declared is not None, f"{question.name} declares no report"
    given = [(argument, getattr(arguments, argument.name)) for argument in arguments_of(question.arguments)]
    given = [(argument, value) for argument, value in given if value is not None and value != argument.default]

    async def read(reader: Reader) -> tuple[Any, NodeNames]:
        found = await _answer(reader, question, arguments, answer)
        ids = {node_id for argument, _ in given for node_id in ids_in(arguments, argument)}
        citations = list[str]()
        for table in declared.tables:
            for row in _rows(table, found):
                ids.update(_part_ids(row))
                for field in _columns(table, question):
                    (citations.extend if _is_citation(field) else ids.update)(_ids(field, row))
        return found, await load_names(reader, ids.union(declared.ids(found) if declared.ids else ()), citations)

    revision, (found, names) = await read_consistently(store, read)
    shown = {argument.public_name: _shown_value(argument, value, arguments, names) for argument, value in given}
    values = {argument.public_name: _text(value) for argument, value in given}
    rows = _answer_rows(found)
    absent: dict[str, object] = {argument.public_name: "" for argument in arguments_of(question.arguments)}
    template = {**absent, **shown, "count": len(rows)}
    parameters = tuple(
        (Message.of(name, name.replace("_", " ")), Message.of(values[name], "{value}", value=shown[name]))
        for name in shown
    )
    on = cast("date", getattr(arguments, "on", date.min))
    tables = tuple(_table(table, question, found, names, on) for table in declared.tables)
    tables += _legend(question, tables)
    asked, drawn_seed = declared.asked.format_map(values), seed if declared.network else None
    report = Report(
        kind=report_name(question),
        title=message(declared.title, **template),
        summary=message(declared.summary, **template)
        if isinstance(declared.summary, str)
        else declared.summary(found, names),
        parameters=parameters,
        tables=tables,
        provenance=Provenance(
            revision,
            digest_of(parameters, tables),
            asked,
            drawn_seed,
            versions(),
            command,
            _standings(arguments),
            choices={name: text for name, text in values.items() if name not in ("on", "standings")},
            limits=future_limits(on),
        ),
        notes=(
            *future_notes([on]),
            *(declared.notes(found) if callable(declared.notes) else declared.notes),
        ),
        plots=tuple(declared.plots(found, names)) if declared.plots else (),
        calendar=_calendar(declared, rows, arguments, names),
        names=names.names,
    )
    return _with_network(report, declared.network, found, names, seed) if declared.network and networks else report


def _standings(arguments: object) -> tuple[str, ...]:
    return tuple(standing.name for standing in cast("Sequence[Standing]", getattr(arguments, "standings", ())))


async def _answer(
    reader: Reader,
    question: Question[Any, Any],
    arguments: object,
    answer: Callable[..., Awaitable[object]] | None,
) -> object:
    if answer is not None:
        return await answer(question, arguments, _ALL, reader=reader)
    if isinstance(question, Ranking):
        return await ask(reader, question, arguments, _ALL)
    return await ask(reader, cast("Any", question), arguments)


def _answer_rows(answer: object) -> Sequence[object]:
    if isinstance(answer, Paged):
        return cast("Paged[Any]", answer).rows
    return cast("Sequence[object]", answer if isinstance(answer, tuple) else (answer,))


def _shown_value(argument: Argument, value: object, arguments: object, names: NodeNames) -> object:
    """Return the value of an argument to show in the report. Each id is replaced by the node's id and name."""
    if not argument.id:
        return value
    nodes = tuple(map(names.named, ids_in(arguments, argument)))
    return nodes if argument.many else nodes[0]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_text, cast("tuple[object, ...]", value)))
    if isinstance(value, Vocabulary):
        return value.name
    return value.isoformat() if isinstance(value, date) else str(value)


def _calendar(
    declared: QuestionReport, rows: Sequence[object], arguments: object, names: NodeNames
) -> tuple[CalendarEntry, ...] | None:
    entry = declared.calendar
    return None if entry is None else tuple(entry(row, arguments, names) for row in rows)


# --- Tables ---------------------------------------------------------------------------------------


def _columns(table: ReportTable, question: Question[Any, Any]) -> list[RowField]:
    """Return the fields of a row that are shown as table columns.

    The fields in `table.columns` come first, followed by all other fields in the order of the row.
    """
    shown = {field.name: field for field in fields_of(table.row or question.row) if field.column}
    return [shown.pop(name) for name in table.columns] + list(shown.values())


def _rows(table: ReportTable, answer: object) -> Iterable[object]:
    return _answer_rows(answer) if table.rows is None else table.rows(answer)


def _table(table: ReportTable, question: Question[Any, Any], answer: object, names: NodeNames, on: date) -> Table:
    fields = _columns(table, question)
    columns: list[Column] = []
    for field in fields:
        assert field.column is not None
        title, note, absent = field.column.title, field.column.note, field.column.absent
        vocabulary = _shown(field).vocabulary
        columns.append(
            Column(
                field.name,
                title,
                _kind(field),
                note,
                absent,
                field.column.bounded,
                field.column.bound_by,
                code_of=field.column.code_of or (vocabulary.__name__ if vocabulary else ""),
                is_technical=field.column.is_technical,
            )
        )
    rows = tuple(tuple(_cell(field, row, names, on) for field in fields) for row in _rows(table, answer))
    return Table(table.key, table.title, tuple(columns), rows, table.identity, table.note)


def _legend(question: Question[Any, Any], tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return a tuple with one table, which explains the codes in the tables of the report, such as IN_FORCE.

    If the tables of the report contain no codes, the tuple is empty.
    """
    assert question.report is not None
    rows: dict[tuple[str, str], str] = {}
    for declared, table in zip(question.report.tables, tables, strict=True):
        for field, column, place in zip(_columns(declared, question), table.columns, count(), strict=False):
            if (vocabulary := _shown(field).vocabulary) is not None:
                cells = {code for row in table.rows for code in _codes(row[place])}
                for kind in (kind for kind in vocabulary if kind.name in cells):
                    rows.setdefault((column.title, kind.name), kind.description)
    columns = (
        Column("column", "Column", Kind.TEXT, is_technical=True),
        Column("code", "Code", Kind.TEXT, is_technical=True),
        Column("meaning", "Meaning", Kind.TEXT, is_technical=True),
    )
    lines = tuple((title, code, meaning) for (title, code), meaning in rows.items())
    return (Table("legend", "What the codes mean", columns, lines, ("column", "code")),) if lines else ()


def _codes(cell: Cell) -> Sequence[object]:
    return cell if isinstance(cell, tuple) else (cell,)


def _shown(field: RowField) -> RowField:
    """Return the field whose values a table column shows.

    Usually this is `field` itself. If `field` contains nested rows and its `ReportColumn` names a field of these nested
    rows, the result is the named field.
    """
    assert field.column is not None
    if not field.nested or not field.column.of:
        return field
    inner = next(inner for inner in fields_of(field.value_type) if inner.name == field.column.of)
    return replace(inner, many=field.many or inner.many)


def _is_citation(field: RowField) -> bool:
    ref = _shown(field).ref
    return ref is not None and ref.type == "Citation"


def _kind(field: RowField) -> Kind:
    shown = _shown(field)
    if _is_citation(field):
        return Kind.SOURCES
    if shown.ref is not None:
        return Kind.NODES if shown.many else Kind.NODE
    if shown.nested:
        return Kind.INTEGER
    return Kind.TEXTS if shown.many else _KINDS[shown.value_type]


def _values(field: RowField, row: object) -> Any:
    """Return the value that a table column shows for a row of the answer. The column shows the field `field`.

    If the field contains nested rows, the `ReportColumn` of the field can name a field of the nested rows. In this
    case, the result contains the value of the named field in every nested row. If the `ReportColumn` names no field,
    the result is the number of nested rows.
    """
    value = getattr(row, field.name)
    if not field.nested or value is None:
        return value
    assert field.column is not None
    if not field.column.of:
        return len(value)
    inner = attrgetter(field.column.of)
    return tuple(map(inner, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else inner(value)


def _ids(field: RowField, row: object) -> Sequence[str]:
    if _shown(field).ref is None:
        return ()
    value: object = _values(field, row)
    return (value,) if isinstance(value, str) else cast("Sequence[str]", value or ())


def _part_ids(row: object) -> Sequence[str]:
    """Return the ids of the memberships, projects and twinnings of which a row states when sources show them."""
    found: list[str] = []
    for name in ("membership", "memberships", "node", "project", "proofs"):
        value = cast("str | tuple[str, ...] | None", getattr(row, name, None)) or ()
        found += (value,) if isinstance(value, str) else value
    return [node_id for node_id in found if node_id.partition(":")[0] in PARTS]


def _known_day(day: date, row: object, names: NodeNames, on: date) -> date:
    """Return the day on which a source shows something, as a `PartialDate` if only its month or year is known.

    The date `on` of the report is exact. A day later than the last source is the end of a decided term, and exact, too.
    """
    if day == on and getattr(row, "standing", None) == Standing.IN_FORCE.name:
        return day
    latest = max((names.attested[part] for part in _part_ids(row) if part in names.attested), default=None)
    if latest is not None and day >= latest:
        return latest if day == latest else day
    return partial_date(day)


def _cell(field: RowField, row: object, names: NodeNames, on: date) -> Cell:
    value: Any = _values(field, row)
    if field.column and field.column.is_attested and value is not None:
        return _known_day(value, row, names, on)
    if _is_citation(field):
        return names.quoted(_ids(field, row)) or None
    if _shown(field).ref is not None:
        return names.all_named(value) or None if isinstance(value, tuple) else value and names.named(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Amount):
        return value.money
    if isinstance(value, tuple):
        return tuple(map(_value_text, cast("tuple[object, ...]", value))) or None
    return value


def _value_text(value: object) -> str:
    return (
        message("{value}", value=value.money)
        if isinstance(value, Amount)
        else value
        if isinstance(value, str)
        else str(value)
    )


# --- Networks -------------------------------------------------------------------------------------


def _with_network(report: Report, declared: ReportNetwork, answer: object, names: NodeNames, seed: int) -> Report:
    import networkx as nx  # imported here because the import takes half a second

    nodes, ties = declared.build(answer)
    network: Graph = nx.Graph()
    for node in nodes:
        name = names.named(node.id).name
        mode = node.id.partition(":")[0]
        network.add_node(node.id, name=name, label=name, mode=mode, **node.attributes)
    for tie in ties:
        network.add_edge(tie.one, tie.other, **tie.attributes)
    groups = {node.id: node.group for node in nodes if node.group is not None}
    scores = {node.id: float(network.degree[node.id]) for node in nodes}
    drawing = draw(network, declared.title, communities=groups, scores=scores, seed=seed)
    return replace(report, drawing=drawing, network=network)
