"""Write a projection to a file in blocks while it is computed, so that the memory use does not grow with its size."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple, cast

from graph.analysis.projection import SharedPairs, pair_blocks, shared_name
from graph.analysis.sparse import floats, ints
from graph.analysis.two_mode import TwoMode
from graph.draft_file import draft_file
from graph.errors import AnalysisError
from graph.reports.formats import Format
from graph.reports.formats.parquet import expect_pyarrow, parquet_metadata
from graph.reports.report import Provenance, as_stated
from graph.tables import hint_naming
from graph.vocabulary import NetworkSide, ProjectionWeight

__all__ = ["PROJECTION_FORMATS", "unwritable", "write_projection", "write_ties"]

PROJECTION_FORMATS = (Format.CSV, Format.PARQUET)


def write_projection(
    two_mode: TwoMode,
    side: NetworkSide,
    path: Path,
    form: Format,
    provenance: Provenance,
    *,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    least_shared: int = 1,
) -> int:
    """Write a row for each tie of a projection to a file, as `write_ties` does, and return the number of ties.

    An existing file is replaced only when the new file is complete. Raises AnalysisError.
    """
    try:
        with draft_file(path) as draft:
            return write_ties(two_mode, side, draft, path, form, provenance, weight=weight, least_shared=least_shared)
    except OSError as error:
        raise unwritable(path, error) from None


def write_ties(
    two_mode: TwoMode,
    side: NetworkSide,
    path: Path,
    target: Path,
    form: Format,
    provenance: Provenance,
    *,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    least_shared: int = 1,
) -> int:
    """Write a row for each tie of a projection to the file `path`, and return the number of ties.

    The columns are the ids of the two nodes, the number of neighbours that they share, the numbers for each layer (see
    `TwoMode.shared_layers`), and the weight. The provenance (the data needed to reproduce the result) is in the first
    row of a CSV file, and in the metadata of a Parquet file. `target` is the file that `path` will replace. Error
    messages name `target`.

    Raises AnalysisError if the file cannot be written, if the format is not in `PROJECTION_FORMATS`, or if the weight
    is GRADE, which cannot be computed in blocks.
    """
    if weight is ProjectionWeight.GRADE:
        raise AnalysisError(
            "the weight grade cannot be written in parts",
            hint=hint_naming("use another weight, such as {weight}", weight=ProjectionWeight.JACCARD),
        )
    if form not in PROJECTION_FORMATS:
        raise AnalysisError(f"a projection is not written as {form}", hint="use csv or parquet")
    if form is Format.PARQUET:
        expect_pyarrow()
    choices = as_stated(projection=side, weight=weight, least_shared=least_shared)
    provenance = replace(provenance, choices={**provenance.choices, **choices})
    blocks = (
        pairs.select(pairs.count >= least_shared) if least_shared > 1 else pairs
        for pairs in pair_blocks(two_mode, side)
    )
    ids, layers = [node.id for node in two_mode.nodes_of(side)], two_mode.shared_layers(side)
    ties = _Ties(ids, ["shared", *map(shared_name, layers)], blocks, weight, provenance)
    try:
        return (_write_csv if form is Format.CSV else _write_parquet)(path, ties)
    except OSError as error:
        raise unwritable(target, error) from None


def unwritable(path: Path, error: OSError) -> AnalysisError:
    """Return the error for a file that cannot be written."""
    return AnalysisError(
        f"{path} could not be written: {error.strerror}", hint="check the folder, its permissions and the free space"
    )


class _Ties(NamedTuple):
    """The ties to write: the ids of the nodes, the names of the columns of shared nodes, and the ties in blocks."""

    ids: list[str]
    shared: list[str]
    blocks: Iterator[SharedPairs]
    weight: ProjectionWeight
    provenance: Provenance


def _write_csv(path: Path, ties: _Ties) -> int:
    count = 0
    stated = chain([ties.provenance.text()], repeat(""))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["first_id", "second_id", *ties.shared, "weight", "provenance"])
        for pairs in ties.blocks:
            ends = (map(ties.ids.__getitem__, ints(nodes)) for nodes in (pairs.first, pairs.second))
            shared = map(ints, (pairs.count, *pairs.by_layer.values()))
            writer.writerows(zip(*ends, *shared, floats(pairs.weights(ties.weight)), stated, strict=False))
            count += len(pairs.count)
        if not count:
            writer.writerow([*[""] * (3 + len(ties.shared)), ties.provenance.text()])
    return count


def _write_parquet(path: Path, ties: _Ties) -> int:
    pa, pq = cast("tuple[Any, Any]", (import_module("pyarrow"), import_module("pyarrow.parquet")))
    dictionary, id_type = pa.array(ties.ids, type=pa.string()), pa.dictionary(pa.int32(), pa.string())
    shared = ((name, pa.int64()) for name in ties.shared)
    fields = [("first_id", id_type), ("second_id", id_type), *shared, ("weight", pa.float64())]
    schema = pa.schema(fields, metadata=parquet_metadata(ties.provenance))
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for pairs in ties.blocks:
            ends = [
                pa.DictionaryArray.from_arrays(pa.array(nodes.astype("int32")), dictionary)
                for nodes in (pairs.first, pairs.second)
            ]
            columns = pairs.count, *pairs.by_layer.values(), pairs.weights(ties.weight)
            writer.write_table(pa.Table.from_arrays([*ends, *map(pa.array, columns)], schema=schema))
            count += len(pairs.count)
    return count
