"""CSV files of any dialect: a first look before a run, and their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.errors import BadDataError, UserError
from .csv_dialect import Dialect, read_dialect
from .readable import is_folder, listed, require_file

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIX = ".csv"
# What stands for a cell that is not known, besides nothing at all.
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None")
# So many characters are read at once.
BATCH_SIZE = 1_048_576


def files(data: Path) -> list[Path]:
    """List the CSV files of a folder, or give the file itself.

    Raises:
        UserError: there is none, or it may not be looked for.
    """
    if not is_folder(data):
        require_file(data)
        return [data]
    found = listed(data, [SUFFIX])
    if not found:
        raise UserError(f"no *.csv file in {data}; put the training data there")
    return found


def require_columns(data: Path, columns: Sequence[str], label: str) -> None:
    """Look for what TFX would only fail on in obscure words.

    Args:
        data: a CSV file, or a folder of such.
        columns: that each file must have.
        label: which of them is the label, for the message.

    Raises:
        UserError: there is no CSV file, or one has no rows, or lacks a column.
    """
    for file in files(data):
        header = read_dialect(file, columns).header
        if missing := [name for name in columns if name not in header]:
            which = f"the label {label!r}" if label in missing else f"column {missing[0]!r}"
            raise BadDataError(
                f"{file} lacks {which}, which schema/schema.pbtxt describes; "
                f"its columns are {', '.join(header)}"
            )


def common_dialect(files: Sequence[Path]) -> Dialect:
    """Return how the first of some files is written; all have its header.

    Raises:
        UserError: a file cannot be used, or has another header than the first.
    """
    dialect = read_dialect(files[0])
    for file in files[1:]:
        if (other := read_dialect(file).header) != dialect.header:
            raise BadDataError(
                f"{file} has other columns than {files[0]}: "
                f"{', '.join(sorted(set(other) ^ set(dialect.header))) or 'in another order'}"
            )
    return dialect


def record_batches(file: Path, required: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Read the rows of a file, about a megabyte at a time.

    Args:
        file: it has a header.
        required: columns that it must have.

    Yields:
        One column of strings for each of the file's, without spaces around the cells; one that
        is not known (see MISSING) is null.

    Raises:
        UserError: the file is missing or empty, lacks a required column, has two of the same
            name, or a row of another length than its header.
    """
    dialect = read_dialect(file, required)
    if missing := [name for name in required if name not in dialect.header]:
        raise BadDataError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
    rows: list[list[str]] = []
    size = 0
    for row in dialect.rows(file):
        rows.append(row)
        size += sum(map(len, row))
        if size >= BATCH_SIZE:
            yield _batch(rows, dialect.header)
            rows, size = [], 0
    if rows:
        yield _batch(rows, dialect.header)


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
    header = dialect.header
    if missing := [name for name in columns if name not in header]:
        raise UserError(
            f"{file} lacks the column {missing[0]!r}; its columns are {', '.join(header)}"
        )
    places = [header.index(name) for name in columns]
    return ([row[place] for place in places] for row in dialect.rows(file))


def _batch(rows: Sequence[Sequence[str]], header: list[str]) -> pa.RecordBatch:
    # pyarrow takes longer to import than --help to answer.
    import pyarrow as pa
    import pyarrow.compute as pc

    arrays = []
    for column in zip(*rows):
        cells = pc.utf8_trim_whitespace(pa.array(column, pa.string()))
        known = pc.invert(pc.is_in(cells, pa.array(MISSING)))
        arrays.append(pc.if_else(known, cells, pa.scalar(None, pa.string())))
    return pa.RecordBatch.from_arrays(arrays, header)
