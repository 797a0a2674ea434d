"""CSV files: a first look before a run, and their rows."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import columns
from .errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa


def check(folder: Path) -> None:
    """Look for what TFX would only fail on in obscure words.

    Raises:
        UserError: there is no CSV file, or one has no rows, or lacks a column.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise UserError(f"no *.csv file in {folder}; put the training data there")
    expected = [feature.name for feature in columns.read_schema().feature]
    for file in files:
        header, *rows = _first_lines(file, 2)
        if not rows:
            raise UserError(f"{file} is empty: expected a header and at least one row")
        missing = [name for name in expected if name not in header]
        if missing:
            label = columns.label_name()
            which = f"the label {label!r}" if label in missing else f"column {missing[0]!r}"
            raise UserError(
                f"{file} lacks {which}, which {columns.SCHEMA_FILE} describes; "
                f"its columns are {', '.join(header)}"
            )


def record_batches(file: Path, required: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Read the rows of a file, about a megabyte at a time.

    Args:
        file: it has a header, and is in UTF-8.
        required: columns that it must have.

    Yields:
        One column of strings for each of the file's; an empty cell is null.

    Raises:
        UserError: the file is missing, empty or not in UTF-8, lacks a required column, or
            has a row of another length than its header.
    """
    # pyarrow takes longer to import than --help to answer.
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if not file.is_file():
        raise UserError(f"{file} does not exist")
    (header,) = _first_lines(file, 1)
    if missing := [name for name in required if name not in header]:
        raise UserError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
    try:
        with arrow_csv.open_csv(
            file,
            # With threads, pyarrow does not know the number of a row that it refuses.
            read_options=arrow_csv.ReadOptions(use_threads=False),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in header},
                null_values=[""],
                strings_can_be_null=True,
            ),
        ) as batches:
            yield from batches
    except pa.ArrowInvalid as error:
        raise UserError(f"{file}: {error}") from error


def _first_lines(file: Path, count: int) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        try:
            return list(itertools.islice(csv.reader(lines), count)) or [[]]
        except UnicodeDecodeError as error:
            raise UserError(f"{file} is not in UTF-8: {error.reason}") from error
