"""Build pandas tables from the results of analyses."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, cast

from graph.analysis.overlap import OverlapRow, neighbour_indices, overlap_names, shared_nodes
from graph.analysis.rank_bounds import degree_rank_bounds
from graph.analysis.robustness import removals
from graph.analysis.significance import SignificanceRow
from graph.analysis.sparse import ints
from graph.analysis.turnover import Turnover
from graph.analysis.two_mode import TwoMode
from graph.errors import AnalysisError
from graph.reports.network_tables import TIE_COLUMNS
from graph.reports.report import Stated
from graph.vocabulary import CollaborationMode, NetworkSide, Standing

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "Shares",
    "date_index",
    "overlaps_table",
    "rank_bounds_table",
    "robustness_table",
    "standing_counts",
    "table_of",
    "text_rows",
    "ties_table",
    "turnover_table",
    "with_attributes",
]

_PAIR: Final = ("first", "first_id", "second", "second_id")
_SHARES: Final = ("shares", "shares_ids")
_P_VALUES: Final = ("p", "p_adjusted", "p_upper_bound", "p_conditional")
_TIE_COLUMNS: Final = (
    *("city", "city_id", "country", "network", "network_id"),
    *(column.key for column in TIE_COLUMNS),
)
_TURNOVER: Final = (
    *("since", "ties_before", "ties", "joined", "first_shown", "left", "lapsed"),
    *("growth", "churn", "lower_bound", "networks_gained", "networks_lost"),
)
_ROBUSTNESS: Final = ("name", "cities", "isolated", "components", "largest", "disconnected", "lower_bound")
_RANK_BOUNDS: Final = ("name", "mode", "ties", "best", "worst")


def pandas() -> Any:
    """Import pandas, and return it. Raises AnalysisError if it is not installed."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise AnalysisError(
            "tables need pandas, which is not installed", hint="pip install 'citygraph[notebook]'"
        ) from None
    return pd


def table_of(
    rows: Sequence[Mapping[str, object]], first: Iterable[str], last: Iterable[str] = (), *, index: str | None = None
) -> "DataFrame":
    """Return the rows as a pandas table. Its first columns are those in `first`, and its last columns those in `last`.

    The table has these columns even if no row has a value in them. `index` is the column that becomes the index.
    """
    names = list(dict.fromkeys([*first, *(name for row in rows for name in row), *last]))
    if index is not None and index not in names:
        names.insert(0, index)
    table = cast("DataFrame", pandas().DataFrame.from_records([dict(row) for row in rows], columns=names))
    return table if index is None else table.set_index(index)


def text_rows(table: "DataFrame") -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns of a table, and its cells as texts, for example for a CSV file.

    A missing value is an empty text. Index levels that have a name are columns too, unless the index only numbers the
    rows.
    """
    named = [name for name in table.index.names if name is not None]
    if named and len(named) == table.index.nlevels:
        table = table.reset_index()
    rows = cast("Iterable[Sequence[object]]", table.itertuples(index=False, name=None))
    return [str(name) for name in table.columns], [list(map(_cell_text, row)) for row in rows]


def _cell_text(value: object) -> str:
    """Return a cell as text: a date without a time, and a whole number, such as the year 2015.0, without decimals."""
    if value is None or (pandas().api.types.is_scalar(value) and pandas().isna(value)):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, Real) and float(value).is_integer():
        return str(int(float(value)))
    return str(value)


def date_index(days: Iterable[date], name: str = "on") -> Any:
    """Return an index of dates for a pandas table."""
    return pandas().DatetimeIndex([day.isoformat() for day in days], name=name)


def with_attributes(table: "DataFrame", attributes: Mapping[str, Stated]) -> "DataFrame":
    """Add the attributes to `attrs` of the table, and return the table."""
    table.attrs.update(attributes)
    return table


def ties_table(two_mode: TwoMode) -> "DataFrame":
    """Return a table with a row for each tie."""
    attributes = cast("Iterable[tuple[str, str, dict[str, object]]]", two_mode.to_networkx().edges(data=True))
    nodes = {node.id: node for node in two_mode.nodes}
    rows: list[dict[str, object]] = []
    for ends in attributes:
        city, network = sorted((nodes[ends[0]], nodes[ends[1]]), key=lambda node: node.mode != "City")
        names = {"city": city.name, "city_id": city.id, "country": city.country, "network": network.name}
        rows.append({**names, "network_id": network.id, **ends[2]})
    return table_of(rows, _TIE_COLUMNS)


def overlaps_table(
    pairs: Iterable[tuple[OverlapRow, SignificanceRow | None]],
    layers: Iterable[CollaborationMode],
    *,
    is_tested: bool,
    is_conditional: bool,
    shares: "Shares | None" = None,
) -> "DataFrame":
    """Return a table with a row for each pair of nodes. The pairs that share the most nodes come first.

    `layers` is the result of `TwoMode.shared_layers`. If `is_tested` is true, the table contains p values.
    `is_conditional` states whether all p values hold only for the recorded ties. If `shares` is given, the table
    contains the shared nodes of each pair.
    """
    rows: list[dict[str, object]] = []
    for pair, test in sorted(
        pairs, key=lambda one: (-one[0].shared, -one[0].jaccard, one[0].first.id, one[0].second.id)
    ):
        ends = (pair.first.name, pair.first.id, pair.second.name, pair.second.id)
        row: dict[str, object] = dict(zip(_PAIR, ends, strict=True))
        row |= pair.values()
        if test is not None:
            values = (test.p, test.adjusted, test.is_upper_bound, test.conditional or is_conditional)
            row |= dict(zip(_P_VALUES, values, strict=True))
        rows.append({**row, "lower_bound": pair.lower_bound, **(shares.of(pair) if shares else {})})
    columns = *overlap_names(layers), *(_P_VALUES if is_tested else ()), "lower_bound", *(_SHARES if shares else ())
    return table_of(rows, [*_PAIR, *columns])


class Shares:
    """The nodes that the pairs of nodes of one side of a two-mode network share."""

    names: Final = _SHARES

    def __init__(self, two_mode: TwoMode, side: NetworkSide) -> None:
        self._nodes = two_mode.nodes_of(side.other)
        self._neighbours = neighbour_indices(two_mode, side)

    def of(self, pair: OverlapRow) -> dict[str, list[str]]:
        """Return the shared nodes of a pair as columns of a table: their names, and their ids in the same order."""
        nodes = shared_nodes(pair, self._nodes, self._neighbours)
        return dict(zip(self.names, ([node.name for node in nodes], [node.id for node in nodes]), strict=True))


def standing_counts(counts: Mapping[Standing, int]) -> dict[str, int]:
    """Return the numbers of ties by standing as columns of a table, such as `in_force`."""
    return {standing.word: count for standing, count in counts.items()}


def turnover_table(changes: Sequence[Turnover], standings: Iterable[Standing]) -> "DataFrame":
    """Return a table with a row for each change from a date to the next. The collaborations are given by their ids.

    The table has a column for each of the standings.
    """
    names = *_TURNOVER[:3], *(standing.word for standing in Standing if standing in standings), *_TURNOVER[3:]
    rows: list[dict[str, object]] = []
    for change in changes:
        row: dict[str, object] = {name: getattr(change, name) for name in _TURNOVER}
        row["since"] = pandas().Timestamp(change.since)
        row |= standing_counts(change.standings)
        rows.append(row | {name: [node.id for node in getattr(change, name)] for name in _TURNOVER[-2:]})
    return table_of(rows, names).set_index(date_index(change.on for change in changes))


def robustness_table(two_mode: TwoMode) -> "DataFrame":
    """Return a table with a row for each collaboration, and the effect of removing it."""
    rows: list[dict[str, object]] = []
    for removal in removals(two_mode):
        node = removal.collaboration
        effect = {name: getattr(removal, name) for name in _ROBUSTNESS[1:-1]}
        rows.append({"id": node.id, "name": node.name, **effect, "lower_bound": not node.members_complete})
    return table_of(rows, ["id", *_ROBUSTNESS], index="id")


def rank_bounds_table(two_mode: TwoMode) -> "DataFrame":
    """Return a table with a row for each node, and the best and worst rank that it can have."""
    bounds = degree_rank_bounds(two_mode)
    rows: list[dict[str, object]] = [
        {
            "id": node.id,
            "name": node.name,
            "mode": node.mode,
            "ties": ties,
            "best": bounds[node.id].best,
            "worst": bounds[node.id].worst,
        }
        for node, ties in zip(two_mode.nodes, ints(two_mode.adjacency.row_counts), strict=True)
    ]
    return table_of(rows, ["id", *_RANK_BOUNDS], index="id")
