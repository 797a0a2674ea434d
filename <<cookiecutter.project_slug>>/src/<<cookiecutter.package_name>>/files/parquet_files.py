"""Parquet files: a first look before a run, and their rows as a CSV file would have them.

From there on they go the way of a CSV file's rows: by the types, splits and checks of the schema.
TFX's own Parquet executor takes the types from the file whatever the schema says, 0, False and an
empty text for missing and NaN for a number, stops at dates, times and decimals with an error about
its own code, and splits by content alone.
"""

from __future__ import annotations

import collections
import contextlib
import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
# <% if cookiecutter.tfx_version == "1.15" %>

# Before release 14, pyarrow unpickles what a file tells it to.
import pyarrow_hotfix  # noqa: F401
# <% endif %>

from ..console.errors import BadDataError
from .csv_files import known, require_there
from .readable import require_file

SUFFIX = ".parquet"
# What a file begins and ends with.
MAGIC, ENCRYPTED = b"PAR1", b"PARE"
# So many bytes of cells are read at once, where a cell counts at least as CELL_SIZE.
BATCH_SIZE, CELL_SIZE = 1_048_576, 8
# So many bytes of a column of the file are in memory.
BUFFER_SIZE = 65_536
# Where pandas puts the numbers of rows, which are no column.
INDEX = re.compile(r"__index_level_\d+__")
# Stands between the items of a list.
SEPARATOR = "|"
# What the cells of a column are, in the words of messages.
NUMBERS, BOOLEANS, TEXTS = "numbers", "booleans", "texts"
DATES, TIMES, LISTS = "dates", "times", "lists of texts"
# A column without any value.
NOTHING = "nothing"
MIDNIGHT = r"^(\S+) 00:00:00$"
# Date and time, fraction without the zeros at its end, and zone.
TIMESTAMP = r"^((?:\S+ )?[\d:]+)(?:(\.\d*[1-9])0*|\.0+)?(.*)$"
FIXED_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        name: without spaces around it, as that of a CSV file.
        written: as it stands in the file.
        type: of its cells.
    """

    name: str
    written: str
    type: pa.DataType

    @property
    def kind(self) -> str:
        """What its cells are: one of NUMBERS, …; empty if they can be no features."""
        return _kind(self.type)


def is_parquet(file: Path) -> bool:
    """Whether a file is to be read as Parquet: by its name, or by how it begins and ends.

    Raises:
        UserError: it cannot be read at all.
    """
    require_file(file)
    if file.name.endswith(SUFFIX):
        return True
    marks = _marks(file)
    return marks in ((MAGIC, MAGIC), (ENCRYPTED, ENCRYPTED))


def header(file: Path) -> list[str]:
    """Name the columns of a file.

    Raises:
        UserError: the file cannot be used.
    """
    with _opened(file) as opened:
        return [column.name for column in _columns(file, opened)]


def require_alike(files: Sequence[Path]) -> None:
    """Require that files have cells of the same kind in columns of the same name.

    Whether numbers are whole, and how many bytes they have, may differ: pandas makes floats of
    integers if one is missing.

    Raises:
        UserError: a file cannot be used, or has other cells than one before it, or some that can
            be no features.
    """
    known: dict[str, tuple[Path, Column]] = {}
    for file in files:
        with _opened(file) as opened:
            columns = _columns(file, opened)
        _require_kinds(file, columns)
        for column in columns:
            if column.kind == NOTHING:
                continue
            first, one = known.setdefault(column.name, (file, column))
            if one.kind != column.kind:
                raise BadDataError(
                    f"{file}: column {column.name!r} has {column.kind} ({column.type}), but "
                    f"{one.kind} ({one.type}) in {first}"
                )


def record_batches(
    file: Path, required: Sequence[str] = (), others: bool = True
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a file, about a megabyte at a time; takes and gives what csv_files does.

    Raises:
        UserError: the file cannot be used, lacks a required column, or has cells that can be no
            features in one that is read.
    """
    with _opened(file) as opened:
        columns = _columns(file, opened)
        names = [column.name for column in columns]
        if missing := [name for name in required if name not in names]:
            raise BadDataError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
        if not others:
            columns = [columns[names.index(name)] for name in required]
        _require_kinds(file, columns)
        for texts in _texts_of(file, opened, columns):
            yield pa.RecordBatch.from_arrays(
                [known(cells) for cells in texts], [column.name for column in columns]
            )


def cells(file: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    """Read some cells of each row as text, empty where there is none.

    Args:
        file: as record_batches takes it.
        columns: their names.

    Raises:
        UserError: the file lacks one of the columns, or cannot be used, or a column has cells that
            are no text.
    """
    with _opened(file) as opened:
        found = {column.name: column for column in _columns(file, opened)}
    require_there(file, columns, [*found])
    chosen = [found[name] for name in columns]
    _require_kinds(file, chosen)
    return _rows_of(file, chosen)


def _rows_of(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with _opened(file) as opened:
        for texts in _texts_of(file, opened, columns):
            yield from map(list, zip(*(pc.fill_null(each, "").to_pylist() for each in texts)))


def _marks(file: Path) -> tuple[bytes, bytes]:
    """Read how a file begins and ends."""
    with file.open("rb") as stream:
        beginning = stream.read(len(MAGIC))
        size = stream.seek(0, 2)
        stream.seek(max(size - len(MAGIC), 0))
        return beginning, stream.read()


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[pq.ParquetFile]:
    first, last = _marks(file)
    if not first:
        raise BadDataError(f"{file} is empty")
    if first == ENCRYPTED:
        raise BadDataError(f"{file} is encrypted; write it without")
    if first != MAGIC:
        raise BadDataError(f"{file} is not a Parquet file, though its name says so")
    if last != MAGIC:
        raise BadDataError(f"{file} is not a whole Parquet file: its end is missing")
    with _told(file):
        opened = pq.ParquetFile(file, buffer_size=BUFFER_SIZE, coerce_int96_timestamp_unit="us")
    with opened:
        yield opened


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say in words what pyarrow cannot read."""
    try:
        yield
    except (pa.ArrowException, OSError, RuntimeError) as error:
        reason, *_ = str(error).splitlines() or [type(error).__name__]
        raise BadDataError(f"{file} cannot be read as Parquet: {reason}") from error


def _columns(file: Path, opened: pq.ParquetFile) -> list[Column]:
    with _told(file):
        schema, rows = opened.schema_arrow, opened.metadata.num_rows
    fields = [each for each in schema if not INDEX.fullmatch(each.name)]
    if not fields or not rows:
        what = "rows" if fields else "columns"
        raise BadDataError(f"{file} has no {what}: expected at least one row")
    columns = [
        Column(each.name.strip() or f"column_{place}", each.name, each.type)
        for place, each in enumerate(fields, 1)
    ]
    counts = collections.Counter(column.name for column in columns)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise BadDataError(f"{file} has several columns named {', '.join(twice)}; rename them")
    return columns


def _require_kinds(file: Path, columns: Sequence[Column]) -> None:
    if wrong := [column for column in columns if not column.kind]:
        told = ", ".join(f"{column.name!r} ({column.type})" for column in wrong)
        raise BadDataError(
            f"{file} has columns of types that can be no features: {told}; leave them out, or "
            "write numbers, texts, dates or lists of texts"
        )


def _kind(type_: pa.DataType) -> str:
    types = pa.types
    if types.is_dictionary(type_):
        return _kind(type_.value_type)
    if types.is_null(type_):
        return NOTHING
    if types.is_boolean(type_):
        return BOOLEANS
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return NUMBERS
    if types.is_string(type_) or types.is_large_string(type_):
        return TEXTS
    if types.is_date(type_) or types.is_timestamp(type_):
        return DATES
    if types.is_time(type_):
        return TIMES
    if types.is_list(type_) or types.is_large_list(type_):
        return LISTS if _kind(type_.value_type) == TEXTS else ""
    return ""


def _texts_of(
    file: Path, opened: pq.ParquetFile, columns: Sequence[Column]
) -> Iterator[list[pa.Array]]:
    """Read columns of strings, null where there is no cell, in pieces."""
    rows = 0
    written = [column.written for column in columns]
    with _told(file):
        for batch in opened.iter_batches(_rows_at_once(opened), columns=written, use_threads=False):
            texts = []
            for column in columns:
                cells = batch.column(batch.schema.get_field_index(column.written))
                try:
                    texts.append(_texts(cells))
                except pa.ArrowInvalid as error:
                    raise BadDataError(
                        f"{file}, rows {rows + 1} to {rows + len(batch)}, column {column.name!r}: "
                        f"{error}"
                    ) from error
            yield texts
            rows += len(batch)


def _rows_at_once(opened: pq.ParquetFile) -> int:
    metadata = opened.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups) / metadata.num_rows
    return max(1, int(BATCH_SIZE / max(size, CELL_SIZE * metadata.num_columns)))


def _texts(cells: pa.Array) -> pa.Array:
    """Write cells as a CSV file would have them: strings, null where there is none.

    Raises:
        pa.ArrowInvalid: they cannot be written so.
    """
    types = pa.types
    if types.is_dictionary(cells.type):
        return _texts(cells.dictionary).take(cells.indices)
    if types.is_decimal(cells.type):
        encoded = cells.dictionary_encode()
        numbers = [format(number, "f") for number in encoded.dictionary.to_pylist()]
        return pa.array(numbers, pa.string()).take(encoded.indices)
    if _kind(cells.type) == LISTS:
        return _joined(cells)
    if types.is_timestamp(cells.type):
        return _moments(cells)
    texts = cells.cast(pa.string())
    if types.is_time(cells.type):
        return pc.replace_substring_regex(texts, TIMESTAMP, r"\1\2\3")
    texts.validate(full=True)
    return texts


def _moments(cells: pa.Array) -> pa.Array:
    """Write what a clock at the place shows, and its zone; without one, midnight as a day alone."""
    zone, ahead = cells.type.tz, ""
    if fixed := FIXED_ZONE.fullmatch(zone or ""):
        sign, hours, minutes = fixed.groups()
        offset = int(f"{sign}1") * datetime.timedelta(hours=int(hours), minutes=int(minutes))
        local = cells.cast(pa.timestamp(cells.type.unit))
        cells = pc.add_checked(local, pa.scalar(offset, pa.duration(cells.type.unit)))
        ahead = f"{sign}{hours}:{minutes}"
    try:
        texts = cells.cast(pa.string())
    except pa.ArrowInvalid as error:
        # Debian 13 has zones such as US/Eastern in a package of their own, tzdata-legacy.
        raise pa.ArrowInvalid(f"this computer does not know the zone {zone!r}; use UTC") from error
    texts = pc.replace_substring_regex(texts, TIMESTAMP, rf"\1\2\3{ahead}")
    if not zone:
        return pc.replace_substring_regex(texts, MIDNIGHT, r"\1")
    utc = pc.replace_substring_regex(texts, "Z$", "+00:00")
    return pc.replace_substring_regex(utc, r"([+-]\d\d)(\d\d)$", r"\1:\2")


def _joined(cells: pa.Array) -> pa.Array:
    """Write lists of texts as texts; an empty one, or none, as an empty text."""
    items = pc.fill_null(_texts(cells.flatten()), "")
    if pc.any(pc.match_substring(items, SEPARATOR)).as_py():
        raise pa.ArrowInvalid(f"an item of a list has a {SEPARATOR}, which stands between items")
    lengths = pc.fill_null(pc.list_value_length(cells).cast(pa.int32()), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pc.binary_join(pa.ListArray.from_arrays(offsets, items), SEPARATOR)
