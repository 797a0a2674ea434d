"""CSV files of any dialect: a first look before a run, and their rows."""

from __future__ import annotations

import codecs
import collections
import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = ",;\t|"
# What stands for a cell that is not known, besides nothing at all.
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None")
SAMPLE_SIZE = 65_536
BLOCK_SIZE = 1_048_576


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        encoding: as Python names it.
        delimiter: what is between two cells.
        header: the names of the columns; one without a name is called column_<its place>.
    """

    encoding: str
    delimiter: str
    header: list[str]

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 can only be a number."""
        return self.delimiter != ","


def files(data: Path) -> list[Path]:
    """List the CSV files of a folder, or give the file itself.

    Raises:
        UserError: there is none.
    """
    found = [data] if data.is_file() else sorted(data.glob("*.csv"))
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
        header = read_dialect(file).header
        if missing := [name for name in columns if name not in header]:
            which = f"the label {label!r}" if label in missing else f"column {missing[0]!r}"
            raise UserError(
                f"{file} lacks {which}, which schema/schema.pbtxt describes; "
                f"its columns are {', '.join(header)}"
            )


def read_dialect(file: Path) -> Dialect:
    """Find out how a file is written: UTF-8, UTF-16 or Latin-1, with one of DELIMITERS.

    Raises:
        UserError: the file is missing, is not CSV, has no rows, or two columns of one name.
    """
    if not file.is_file():
        raise UserError(f"{file} does not exist")
    encoding = _encoding(file)
    with file.open(newline="", encoding=encoding) as text:
        try:
            delimiter = _delimiter(text.read(SAMPLE_SIZE))
            text.seek(0)
            first_rows = list(itertools.islice(csv.reader(text, delimiter=delimiter), 2))
        except csv.Error as error:
            raise UserError(f"{file} is not a CSV file: {error}") from error
    if len(first_rows) < 2:
        raise UserError(f"{file} is empty: expected a header and at least one row")
    names = [name.strip() or f"column_{place}" for place, name in enumerate(first_rows[0], 1)]
    counts = collections.Counter(names)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise UserError(f"{file} has several columns named {', '.join(twice)}; rename them")
    return Dialect(encoding, delimiter, names)


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
    # pyarrow takes longer to import than --help to answer.
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    dialect = read_dialect(file)
    if missing := [name for name in required if name not in dialect.header]:
        raise UserError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
    try:
        with arrow_csv.open_csv(
            file,
            read_options=arrow_csv.ReadOptions(
                column_names=dialect.header,
                skip_rows_after_names=1,
                # pyarrow drops a byte order mark by itself, and decodes UTF-8 fastest.
                encoding=dialect.encoding.replace("-sig", ""),
                # With threads, pyarrow does not know the number of a row that it refuses.
                use_threads=False,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in dialect.header}
            ),
        ) as batches:
            for batch in batches:
                cells = [_clean(column, dialect) for column in batch.columns]
                yield pa.RecordBatch.from_arrays(cells, dialect.header)
    except pa.ArrowInvalid as error:
        raise UserError(f"{file}: {error}") from error


def _clean(cells: pa.Array, dialect: Dialect) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.utf8_trim_whitespace(cells)
    if dialect.decimal_comma:
        cells = pc.replace_substring_regex(cells, r"^([+-]?\d+),(\d+)$", r"\1.\2")
    known = pc.invert(pc.is_in(cells, pa.array(MISSING)))
    return pc.if_else(known, cells, pa.scalar(None, pa.string()))


def _encoding(file: Path) -> str:
    with file.open("rb") as stream:
        if re.match(b"\xff\xfe|\xfe\xff", stream.read(2)):
            return "utf-16"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for chunk in iter(lambda: stream.read(BLOCK_SIZE), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


def _delimiter(sample: str) -> str:
    """Choose what makes most rows as long as the header, and the header longest."""

    def fit(delimiter: str) -> tuple[float, int]:
        lengths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        columns_of_header = lengths[0] if lengths else 0
        if columns_of_header < 2:
            return 0, columns_of_header
        return lengths.count(columns_of_header) / len(lengths), columns_of_header

    return max(DELIMITERS, key=fit)
