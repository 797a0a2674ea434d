"""CSV files of any dialect: their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..console.errors import BadDataError, UserError
from .csv_dialect import read_dialect

SUFFIX = ".csv"
# What stands for a cell that is not known, besides nothing at all.
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None")
# So many characters are read at once.
BATCH_SIZE = 1_048_576


def record_batches(
    file: Path, required: Sequence[str] = (), others: bool = True
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a file, about a megabyte at a time.

    Args:
        file: it has a header.
        required: columns that it must have.
        others: whether columns that are not required are read as well.

    Yields:
        One column of strings for each that is read, as `known` gives them.

    Raises:
        UserError: the file is missing or empty, lacks a required column, has two of the same
            name, or a row of another length than its header.
    """
    dialect = read_dialect(file, required)
    if missing := [name for name in required if name not in dialect.header]:
        raise BadDataError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
    places = {name: place for place, name in enumerate(dialect.header)}
    columns = places if others else {name: places[name] for name in required}
    rows: list[list[str]] = []
    size = 0
    for row in dialect.rows(file):
        rows.append(row)
        size += sum(map(len, row))
        if size >= BATCH_SIZE:
            yield _batch(rows, columns)
            rows, size = [], 0
    if rows:
        yield _batch(rows, columns)


def cells(file: Path, columns: Sequence[str], required: Sequence[str] = ()) -> Iterator[list[str]]:
    """Read some cells of each row, as they stand in the file.

    Args:
        file: as record_batches takes it.
        columns: their names.
        required: columns that the file must have besides, as record_batches takes them.

    Raises:
        UserError: the file lacks one of the columns, or cannot be used.
    """
    dialect = read_dialect(file, required)
    require_there(file, columns, dialect.header)
    places = [dialect.header.index(name) for name in columns]
    return ([row[place] for place in places] for row in dialect.rows(file))


def require_there(file: Path, columns: Sequence[str], header: Sequence[str]) -> None:
    """Require that columns that somebody has named are among those of a file.

    Raises:
        UserError: one is not.
    """
    if missing := [name for name in columns if name not in header]:
        raise UserError(
            f"{file} lacks the column {missing[0]!r}; its columns are {', '.join(header)}"
        )


def known(cells: pa.Array) -> pa.Array:
    """Take the spaces around strings away; what is not known (see MISSING) is null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    are_known = pc.invert(pc.is_in(trimmed, pa.array(MISSING)))
    return pc.if_else(are_known, trimmed, pa.scalar(None, pa.string()))


def _batch(rows: Sequence[Sequence[str]], columns: Mapping[str, int]) -> pa.RecordBatch:
    """Make columns of strings, by their names and places in the rows."""
    cells = [*zip(*rows)]
    arrays = [known(pa.array(cells[place], pa.string())) for place in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, [*columns])
