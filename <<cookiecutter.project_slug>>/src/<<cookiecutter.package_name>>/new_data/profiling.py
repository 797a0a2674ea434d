"""What files hold, column by column, found out in passes that keep little in memory."""

from __future__ import annotations

import collections
import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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

from ..features import precision
from ..files import examples, spelling, tables
from ..files.spelling import DECIMAL_COMMA
from . import date_columns
from .date_columns import DateColumn, in_words
from .list_columns import ListColumn
from .number_columns import Form, NumberColumn

# So much is the beginning of the data.
MOST_ROWS, MOST_CELLS = 100_000, 10_000_000
# How many different texts of a column are counted exactly.
MOST_VALUES = 1000
# TFDV is told of each column once as text, and of numbers once more as such.
TEXT, NUMBER = "text", "number"


@dataclass
class Kind:
    """What the cells of a column have in common, as far as they have been seen.

    Attributes:
        numbers: how they are numbers.
        dates: how they are dates.
        ascending: whether each known cell is a greater integer than the one before.
        lists: how they are lists.
        words: how many spaces there are in all cells.
    """

    numbers: NumberColumn = field(default_factory=NumberColumn)
    dates: DateColumn = field(default_factory=DateColumn)
    lists: ListColumn = field(default_factory=ListColumn)
    ascending: bool = True
    words: int = 0
    last: int | None = None

    def update(self, cells: pa.Array, place: Callable[[int], str]) -> None:
        """Add cells, strings; `place` says in words which row they are of, from 0 on."""
        self.numbers.update(cells, place)
        self.dates.update(cells, place)
        known = cells.drop_null()
        if not len(known):
            return
        self.words += pc.sum(pc.count_substring(known, " ")).as_py()
        if not self.numbers.fitting:
            self.lists.update(known)
        integers = "" in self.numbers.fitting and self.numbers.forms[""].whole
        self.ascending = self.ascending and integers
        if self.ascending:
            numbers = spelling.integers(known).to_numpy(zero_copy_only=False)
            before = numbers[:1] - 1 if self.last is None else np.array([self.last])
            self.ascending = bool(np.all(np.diff(np.concatenate([before, numbers])) > 0))
            self.last = int(numbers[-1])


@dataclass(frozen=True)
class Profile:
    """What is known of a column.

    Attributes:
        type: FLOAT, INT or BYTES.
        form: of numbers, one of spelling.FORMS; of dates, one of dates.FORMS.
        strays: the cells that keep the column from being one of numbers or dates, if they are few.
        strays_of: which of both.
        ambiguous: which numbers or dates a cell can be, if the column does not tell; `form` is then
            empty, or what somebody has said.
        rows: how many there are.
        known: in how many of them the cell is not empty.
        unique: how many different values there are; an estimate, if there are many.
        values: the most frequent ones, at most MOST_VALUES, with their numbers of rows; one that
            is spelled in several ways is as it is spelled most often.
        mean, deviation, least, greatest: of numbers.
        lost: what float32, in which models hold numbers, loses of them.
        ascending: whether each row has a greater integer than the one before.
        date: whether all cells are dates or times.
        cycles: those of hours, weekdays and months that dates are at different places of.
        first, last: of dates, in words.
        separator: what is between the items of lists; empty if cells are none.
        words: the mean number of words of a cell.
        ordinal: whether few integers are better read as numbers than as categories.
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
    lost: str = ""
    ascending: bool = False
    date: bool = False
    cycles: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    separator: str = ""
    words: float = 0.0
    form: str = ""
    strays: str = ""
    strays_of: str = "numbers"
    ambiguous: str = ""
    unclear: tuple[str, ...] = ()
    ordinal: bool = False


def profile(files: Sequence[Path], forms: Mapping[str, str] | None = None) -> list[Profile]:
    """Profile the columns of files that have one header.

    Args:
        files: there is at least one.
        forms: of the numbers or dates in some columns, as somebody has said.

    Raises:
        UserError: a file cannot be used, or has another header than the first.
    """
    header = tables.common_header(files)
    rows = 0
    kinds = {name: Kind() for name in header}
    for file in files:
        rows_before = rows
        for batch in tables.record_batches(file):
            place = functools.partial(_place, file.name, rows - rows_before + 1)
            rows += len(batch)
            for name, cells in zip(header, batch.columns):
                kinds[name].update(cells, place)
    written = (
        any(kind.numbers.fitting == [DECIMAL_COMMA] for kind in kinds.values()),
        tables.has_semicolons(files[0]),
    )
    given = collections.defaultdict(str, forms or {})
    told = {kind.dates.told for kind in kinds.values()}
    date_forms = {name: kind.dates.form(given[name], told) for name, kind in kinds.items()}
    chosen = {
        name: None if date_forms[name] else kind.numbers.form(given[name], *written)
        for name, kind in kinds.items()
    }
    counted = _statistics(
        files, {name: form.tag if form else None for name, form in chosen.items()}
    )
    return [
        replace(
            _profile(name, kind, chosen[name], rows, counted),
            ambiguous=kind.dates.readings or kind.numbers.readings(*written),
            **_of_dates(kind.dates, date_forms[name]),
        )
        for name, kind in kinds.items()
    ]


def beginning(files: Sequence[Path], columns: int) -> pa.Table:
    """Read the first rows of files with one header, strings, into memory."""
    rows = min(MOST_ROWS, MOST_CELLS // columns)
    read: list[pa.RecordBatch] = []
    for file in files:
        for batch in tables.record_batches(file):
            read.append(batch)
            if sum(map(len, read)) >= rows:
                return pa.Table.from_batches(read).slice(0, rows)
    return pa.Table.from_batches(read)


def _of_dates(column: DateColumn, form: date_columns.Form | None) -> dict[str, Any]:
    """Return what a profile has of dates, which are none if there is no form."""
    if form:
        words = {"first": in_words(form.first), "last": in_words(form.last)}
        return {"date": True, "form": form.tag, "cycles": tuple(form.cycles), **words}
    if column.readings:
        return {"unclear": tuple(column.fitting)}
    return {"strays": column.strays, "strays_of": "dates"} if column.strays else {}


def _place(file: str, first_row: int, row: int) -> str:
    return f"{file}, row {first_row + row}"


def _statistics(
    files: Sequence[Path], forms: dict[str, str | None]
) -> dict[tuple[str, str], FeatureNameStatistics]:
    """Let TFDV count texts and measure numbers.

    Args:
        files: with one header.
        forms: of the numbers in each column; None if it holds none.

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
            read = beam.FlatMap(_columns, forms).with_output_types(pa.RecordBatch)
            (
                pipeline
                | beam.Create(list(files))
                | read
                | tfdv.GenerateStatistics(options)
                | tfdv.WriteStatisticsToBinaryFile(written)
            )
        (dataset,) = tfdv.load_stats_binary(written).datasets
    return {tuple(feature.path.step[0].split(" ", 1)): feature for feature in dataset.features}


def _columns(file: Path, forms: dict[str, str | None]) -> Iterator[pa.RecordBatch]:
    for batch in tables.record_batches(file):
        columns = {}
        for name, cells in zip(batch.schema.names, batch.columns):
            form = forms[name]
            texts = spelling.plain(cells, form or "")
            columns[f"{TEXT} {name}"] = examples.lists(texts.cast(pa.binary()))
            if form is not None:
                columns[f"{NUMBER} {name}"] = examples.lists(spelling.floats(texts))
        yield pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _profile(
    name: str,
    kind: Kind,
    form: Form | None,
    rows: int,
    counted: dict[tuple[str, str], FeatureNameStatistics],
) -> Profile:
    known = kind.numbers.known
    if not known:
        return Profile(name, schema_pb2.BYTES, rows, 0)
    text = counted[TEXT, name].string_stats
    numbers = counted[NUMBER, name].num_stats if form else NumericStatistics()
    buckets = [(each.label, int(each.sample_count)) for each in text.rank_histogram.buckets]
    values = _values(buckets, spelling.number if form else spelling.boolean)
    number_type = schema_pb2.INT if form and form.whole else schema_pb2.FLOAT
    return Profile(
        name,
        number_type if form else schema_pb2.BYTES,
        rows,
        known,
        unique=len(values) if len(buckets) == text.unique else text.unique,
        values=values,
        mean=numbers.mean,
        deviation=numbers.std_dev,
        least=numbers.min,
        greatest=numbers.max,
        lost=precision.problem(numbers),
        ascending=kind.ascending,
        separator="" if form else kind.lists.separator(text.unique),
        words=kind.words / known + 1,
        form=form.tag if form else "",
        strays="" if form else kind.numbers.strays,
    )


def _values(counts: Sequence[tuple[str, int]], key: spelling.Key) -> tuple[tuple[str, int], ...]:
    """Count values, not spellings, if a key tells the value of each text.

    Args:
        counts: texts, and how often each is there, the most frequent first.
        key: None for a text that is no such value.
    """
    keys = [key(text) for text, _ in counts]
    if None in keys:
        return tuple(counts)
    spelled: dict[object, str] = {}
    sums: collections.Counter[str] = collections.Counter()
    for value, (text, count) in zip(keys, counts):
        sums[spelled.setdefault(value, text)] += count
    return tuple(sums.most_common())
