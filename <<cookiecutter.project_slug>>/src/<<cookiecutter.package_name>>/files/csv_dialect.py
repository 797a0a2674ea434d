"""How a CSV file is written: its encoding, its delimiter, and where its header is."""

from __future__ import annotations

import codecs
import collections
import contextlib
import csv
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..console.errors import BadDataError
from .readable import require_file

DELIMITERS = ",;\t|"
# Those of 32 bits begin as those of 16 bits do.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BLOCK_SIZE = 1_048_576
# How much is looked at: so many rows, or more until they have so many characters.
SAMPLE_ROWS, SAMPLE_SIZE = 20, 65_536
# Excel's way to say how a file is written, in its first line.
SEPARATOR = re.compile(r"sep=(.)\s*")
NUMBER = re.compile(r"\s*[+-]?(\d[\d.,]*|\.\d+)([eE][+-]?\d+)?\s*")
SHOWN = 60
# What a line may hold that is blank, with the mark that old programs put at the end of a file.
BLANK = " \t\x1a"


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        encoding: as Python names it.
        delimiter: what is between two cells.
        header: the names of the columns; one without a name is called column_<its place>.
        written: the header as it is written.
        start: how many rows there are down to the header, and with it; blank lines are none.
        closed: whether each row ends with a delimiter that the header lacks.
    """

    encoding: str
    delimiter: str
    header: list[str]
    written: list[str]
    start: int
    closed: bool

    def rows(self, file: Path) -> Iterator[list[str]]:
        """Read the rows below the header.

        Raises:
            BadDataError: a row has another number of cells, or its quotes do not fit.
        """
        columns = len(self.header)
        with _reading(file, self.encoding) as lines:
            rows = _rows(file, lines, self.delimiter, strict=True)
            for line, row in _below(rows, self.start, columns):
                if len(row) != columns + self.closed or (self.closed and row[-1]):
                    raise BadDataError(
                        f"{file}, line {line}: {_count(row)} where the header has {columns}: "
                        f"{_shown(row, self.delimiter)}"
                    )
                cells = row[:columns]
                if columns > 1 and self._is_header(cells):
                    raise BadDataError(f"{file}, line {line}: the header once more")
                yield cells

    def _is_header(self, cells: list[str]) -> bool:
        # Most rows differ in the first cell already.
        return _cleaned(cells[:1]) == self.written[:1] and _cleaned(cells) == self.written


def read_dialect(file: Path, expected: Sequence[str] = ()) -> Dialect:
    """Find out how a file is written.

    It is in UTF-8, in UTF-16 or UTF-32 with a byte order mark, or in Windows-1252, of which the
    printable part of Latin-1 is a part. Before the header there may be blank lines, comments that
    begin with #, a title, and `sep=` with the delimiter.

    Args:
        file: a CSV file.
        expected: columns by which the header is known.

    Raises:
        UserError: the file cannot be read.
        BadDataError: it is not CSV, has no header or no rows, or two columns of one name.
    """
    require_file(file)
    encoding = _encoding(file)
    told, delimiter, sample = _sample(file, encoding)
    first = 1 if told else 0
    if len(sample) - first < 2:
        raise BadDataError(f"{file} is empty: expected a header and at least one row")
    first += _rows_before_the_header(file, sample[first:], delimiter)
    header, rows = sample[first], sample[first + 1 :]
    if not rows:
        raise BadDataError(f"{file} is empty: expected a header and at least one row")
    closed = len(rows[0]) == len(header) + 1 and not any(
        row[-1] for row in rows if len(row) == len(rows[0])
    )
    if closed and _counts([row[0] for row in rows]):
        raise BadDataError(
            f"{file}: the first cell of each row has no name in the header, "
            f"{_shown(header, delimiter)}; give it one"
        )
    if len(header) == len(rows[0]) + 1 and not header[-1].strip():
        header = header[:-1]
    header = _cleaned(header)
    known = {*expected} <= {*header} if expected else False
    if not known and _is_a_row(header, [_cleaned(row) for row in rows]):
        raise BadDataError(
            f"{file} has no header: its first line, {_shown(header, delimiter)}, looks like the "
            "others; put a line with the names of the columns before it"
        )
    names = [name or f"column_{place}" for place, name in enumerate(header, 1)]
    counts = collections.Counter(names)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise BadDataError(f"{file} has several columns named {', '.join(twice)}; rename them")
    return Dialect(encoding, delimiter, names, header, first + 1, closed)


def read_as_windows_1252(file: Path) -> str:
    """Return a line that is read so because it is not in UTF-8; empty if there is none."""
    if read_dialect(file).encoding != "cp1252":
        return ""
    with file.open(encoding="cp1252") as lines:
        return _shortened(next(line for line in lines if not line.isascii()).strip())


def _encoding(file: Path) -> str:
    with file.open("rb") as stream:
        beginning = stream.read(BLOCK_SIZE)
        for mark, encoding in BYTE_ORDER_MARKS.items():
            if beginning.startswith(mark):
                return encoding
        if b"\0" in beginning:
            raise BadDataError(
                f"{file} is not a CSV file, or not in UTF-8; save it as CSV in UTF-8"
            )
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for chunk in iter(lambda: stream.read(BLOCK_SIZE), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            _require_windows_1252(file)
            return "cp1252"
    return "utf-8-sig"


def _require_windows_1252(file: Path) -> None:
    """Look whether a file that is not in UTF-8 can be in another encoding as a whole.

    Raises:
        BadDataError: most of it is in UTF-8, or a byte is none of Windows-1252.
    """
    others: list[int] = []
    in_utf_8 = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                in_utf_8 += 1
            except UnicodeDecodeError:
                others.append(number)
            try:
                line.decode("cp1252")
            except UnicodeDecodeError as error:
                if not in_utf_8:
                    raise BadDataError(
                        f"{file}, line {number}: neither UTF-8 nor Windows-1252; save the file in "
                        "UTF-8"
                    ) from error
    if in_utf_8 > len(others):
        raise BadDataError(
            f"{file} is in UTF-8, but for line {others[0]}; save it in UTF-8 as a whole"
        )


@contextlib.contextmanager
def _reading(file: Path, encoding: str) -> Iterator[Iterable[str]]:
    try:
        with file.open(newline="", encoding=encoding) as text:
            yield text
    except UnicodeDecodeError as error:
        raise BadDataError(f"{file} is not in {encoding.upper()} as a whole: {error}") from error


def _rows(
    file: Path, lines: Iterable[str], delimiter: str, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Read rows, each with the number of its last line."""
    # The limit, which holds for the whole process, is far below what a cell can be.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)
    try:
        yield from ((reader.line_num, row) for row in reader)
    except csv.Error as error:
        raise BadDataError(f"{file} is not a CSV file: line {reader.line_num}: {error}") from error


def _below(
    rows: Iterator[tuple[int, list[str]]], start: int, columns: int
) -> Iterator[tuple[int, list[str]]]:
    """Leave out what comes first, and blank lines: in a single column, those at the end."""
    filled = 0
    blank: list[int] = []
    for line, row in rows:
        if filled < start:
            filled += not _is_blank(row)
        elif not row or (columns > 1 and _is_blank(row)):
            blank.append(line)
        else:
            yield from ((each, [""]) for each in blank if columns == 1)
            yield line, row
            blank.clear()


def _is_blank(row: Sequence[str]) -> bool:
    return len(row) < 2 and not "".join(row).strip(BLANK)


def _sample(file: Path, encoding: str) -> tuple[bool, str, list[list[str]]]:
    """Read the first rows with the delimiter that makes most of them equally long.

    Returns:
        Whether the first one says the delimiter, the delimiter, and the rows.
    """
    with _reading(file, encoding) as lines:
        told = SEPARATOR.fullmatch(next((line for line in lines if line.strip()), ""))
    delimiters = told[1] if told else DELIMITERS
    samples = {each: _first_rows(file, encoding, each) for each in delimiters}

    def fit(delimiter: str) -> tuple[float, bool, int]:
        columns, share = _usual(samples[delimiter][bool(told) :])
        # In a header, commas are in names rather than other delimiters.
        return (share if columns > 1 else 0, delimiter != ",", columns)

    delimiter = max(delimiters, key=fit)
    return bool(told), delimiter, samples[delimiter]


def _usual(rows: Sequence[list[str]]) -> tuple[int, float]:
    """Return how many cells most rows have, comments aside, and which share of the rows has them.

    Only where most rows have a single cell, this is what they have.
    """
    lengths = collections.Counter(len(row) for row in rows if not row[0].startswith("#"))
    lengths = lengths or collections.Counter(map(len, rows))
    count = max(sum(lengths.values()), 1)
    several = collections.Counter({n: rows for n, rows in lengths.items() if n > 1})
    columns, found = next(iter(several.most_common(1)), (1, 0))
    if 2 * sum(several.values()) < count:
        return 1, lengths[1] / count
    return columns, found / count


def _first_rows(file: Path, encoding: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    size = 0
    with _reading(file, encoding) as lines:
        for _, row in _rows(file, lines, delimiter):
            if _is_blank(row):
                continue
            rows.append(row)
            size += sum(map(len, row))
            if len(rows) >= SAMPLE_ROWS and size > SAMPLE_SIZE:
                break
    return rows


def _rows_before_the_header(file: Path, sample: Sequence[list[str]], delimiter: str) -> int:
    """Count the comments and titles at the beginning.

    Raises:
        BadDataError: what stands there is neither, and no header.
    """
    usual, _ = _usual(sample)
    number, row = next(
        (number, row)
        for number, row in enumerate(sample)
        if (len(row) == usual or (len(row) > 1 and not row[0].startswith("#")))
        and any(_cleaned(row))
    )
    if abs(len(row) - usual) > 1:
        raise BadDataError(
            f"{file} has no header: its first line has {_count(row)}, {_shown(row, delimiter)}, "
            f"but most lines have {usual}; put the names of the columns there"
        )
    if len(row) > 2 and row[0].strip() and not any(_cleaned(row[1:])):
        raise BadDataError(
            f"{file} has no header: its first line, {_shown(row, delimiter)}, is a title; let the "
            "names of the columns come first"
        )
    return number


def _is_a_row(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether there are numbers where names should be, in each column of numbers.

    Those in order, such as years, can be names, if there are three, or if a column of texts has
    a name that is none of its cells. Without any numbers, names that are cells of their columns
    are none.
    """
    if header in rows:
        return False
    columns = [[cell for cell in cells if cell] for cells in zip(*rows)]
    are_numbers = [bool(cells) and all(map(NUMBER.fullmatch, cells)) for cells in columns]
    numbers = [*itertools.compress(header, are_numbers)]
    texts = [pair for pair, is_one in zip(zip(header, columns), are_numbers) if not is_one]
    if not numbers:
        return 2 * sum(name in cells for name, cells in texts) > len(header) > 1
    if not all(map(NUMBER.fullmatch, numbers)):
        return False
    values = [float(re.sub("[^0-9.eE+-]", "", name)) for name in numbers]
    steps = [after > before for before, after in zip(values, values[1:])]
    in_order = len({*values}) == len(values) and len({*steps}) < 2
    named = any(name not in cells for name, cells in texts)
    return not (in_order and (len(numbers) >= 3 or named))


def _counts(cells: Sequence[str]) -> bool:
    """Whether cells count the rows."""
    return len(cells) >= 3 and any(
        list(cells) == [str(first + row) for row in range(len(cells))] for first in (0, 1)
    )


def _cleaned(row: Sequence[str]) -> list[str]:
    return [cell.strip("\ufeff \t") for cell in row]


def _count(row: Sequence[str]) -> str:
    return f"{len(row)} cell{'s' if len(row) != 1 else ''}"


def _shown(row: Sequence[str], delimiter: str) -> str:
    return repr(_shortened(delimiter.join(row)))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
