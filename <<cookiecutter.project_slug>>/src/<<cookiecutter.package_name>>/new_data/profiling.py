"""What CSV files hold, column by column, found out in passes that keep little in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow_data_validation as tfdv
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import (
    FeatureNameStatistics,
    NumericStatistics,
)

from ..console.errors import UserError
from ..files import csv_files, examples

# How many different texts of a column are counted exactly.
MOST_VALUES = 1000
# TFDV is told of each column once as text, and of numbers once more as such.
TEXT, NUMBER = "text", "number"
# Telephone numbers and postal codes.
NO_NUMBER = r"^[+-]?0[0-9]"
DATE = (
    r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{8}T\d{6})"
    r"([T ,]|$)"
)


@dataclass
class Kind:
    """What the cells of a column have in common, as far as they have been seen.

    Attributes:
        integer, number, date: whether all known cells are.
        ascending: whether each known cell is a greater integer than the one before.
        known: how many cells are not empty.
        words: how many spaces there are in all cells.
    """

    integer: bool = True
    number: bool = True
    date: bool = True
    ascending: bool = True
    known: int = 0
    words: int = 0
    last: int | None = None

    def update(self, cells: pa.Array) -> None:
        """Add cells, strings."""
        known = cells.drop_null()
        if not len(known):
            return
        self.known += len(known)
        self.words += pc.sum(pc.count_substring(known, " ")).as_py()
        self.date = self.date and _all_match(known, DATE)
        if self.number and pc.any(pc.match_substring_regex(known, NO_NUMBER)).as_py():
            self.integer = self.number = False
        self.integer = self.integer and _is(known, pa.int64())
        self.number = self.number and _is(known, pa.float64())
        if self.ascending and self.integer:
            numbers = known.cast(pa.int64()).to_numpy(zero_copy_only=False)
            before = numbers[:1] - 1 if self.last is None else np.array([self.last])
            self.ascending = bool(np.all(np.diff(np.concatenate([before, numbers])) > 0))
            self.last = int(numbers[-1])

    @property
    def type(self) -> schema_pb2.FeatureType:
        """The schema's type for such cells."""
        if self.integer:
            return schema_pb2.INT
        return schema_pb2.FLOAT if self.number else schema_pb2.BYTES


@dataclass(frozen=True)
class Profile:
    """What is known of a column.

    Attributes:
        type: FLOAT, INT or BYTES.
        rows: how many there are.
        known: in how many of them the cell is not empty.
        unique: how many different texts there are; an estimate, if there are many.
        values: the most frequent texts, at most MOST_VALUES, with their numbers of rows.
        mean, deviation, least, greatest: of numbers.
        ascending: whether each row has a greater integer than the one before.
        date: whether all cells look like dates.
        words: the mean number of words of a cell.
    """

    name: str
    type: schema_pb2.FeatureType
    rows: int
    known: int
    unique: int = 0
    values: tuple[tuple[str, int], ...] = ()
    mean: float = 0.0
    deviation: float = 0.0
    least: float = 0.0
    greatest: float = 0.0
    ascending: bool = False
    date: bool = False
    words: float = 0.0


def profile(files: Sequence[Path]) -> list[Profile]:
    """Profile the columns of CSV files that have one header.

    Raises:
        UserError: a file cannot be used, or has another header than the first.
    """
    header = csv_files.read_dialect(files[0]).header
    for file in files[1:]:
        if (other := csv_files.read_dialect(file).header) != header:
            raise UserError(
                f"{file} has other columns than {files[0]}: "
                f"{', '.join(sorted(set(other) ^ set(header))) or 'in another order'}"
            )
    rows = 0
    kinds = {name: Kind() for name in header}
    for batch in _batches(files):
        rows += len(batch)
        for name, cells in zip(header, batch.columns):
            kinds[name].update(cells)
    counted = _statistics(files, {name: kind.number for name, kind in kinds.items()})
    return [_profile(name, kind, rows, counted) for name, kind in kinds.items()]


def _batches(files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for file in files:
        yield from csv_files.record_batches(file)


def _statistics(
    files: Sequence[Path], numbers: dict[str, bool]
) -> dict[tuple[str, str], FeatureNameStatistics]:
    """Let TFDV count texts and measure numbers.

    Args:
        files: with one header.
        numbers: whether a column holds numbers, by its name.

    Returns:
        Statistics by (TEXT or NUMBER, the column's name).
    """
    options = tfdv.StatsOptions(
        num_top_values=MOST_VALUES,
        num_rank_histogram_buckets=MOST_VALUES,
        experimental_use_sketch_based_topk_uniques=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        written = str(Path(folder, "statistics.pb"))
        with beam.Pipeline(FnApiRunner()) as pipeline:
            read = beam.FlatMap(_columns, numbers).with_output_types(pa.RecordBatch)
            (
                pipeline
                | beam.Create(list(files))
                | read
                | tfdv.GenerateStatistics(options)
                | tfdv.WriteStatisticsToBinaryFile(written)
            )
        (dataset,) = tfdv.load_stats_binary(written).datasets
    return {tuple(feature.path.step[0].split(" ", 1)): feature for feature in dataset.features}


def _columns(file: Path, numbers: dict[str, bool]) -> Iterator[pa.RecordBatch]:
    for batch in csv_files.record_batches(file):
        columns = {}
        for name, cells in zip(batch.schema.names, batch.columns):
            columns[f"{TEXT} {name}"] = examples.lists(cells.cast(pa.binary()))
            if numbers[name]:
                columns[f"{NUMBER} {name}"] = examples.lists(cells.cast(pa.float64()))
        yield pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _profile(
    name: str, kind: Kind, rows: int, counted: dict[tuple[str, str], FeatureNameStatistics]
) -> Profile:
    if not kind.known:
        return Profile(name, schema_pb2.BYTES, rows, 0)
    text = counted[TEXT, name].string_stats
    numbers = counted[NUMBER, name].num_stats if kind.number else NumericStatistics()
    return Profile(
        name,
        kind.type,
        rows,
        kind.known,
        unique=text.unique,
        values=tuple(
            (bucket.label, int(bucket.sample_count)) for bucket in text.rank_histogram.buckets
        ),
        mean=numbers.mean,
        deviation=numbers.std_dev,
        least=numbers.min,
        greatest=numbers.max,
        ascending=kind.integer and kind.ascending,
        date=kind.date,
        words=kind.words / kind.known + 1,
    )


def _all_match(cells: pa.Array, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(cells, pattern)).as_py()


def _is(cells: pa.Array, wanted: pa.DataType) -> bool:
    try:
        numbers = cells.cast(wanted)
    except pa.ArrowInvalid:
        return False
    return pa.types.is_integer(wanted) or bool(pc.all(pc.is_finite(numbers)).as_py())
