"""Which split a row goes into: by a hash of what it is, or of its group; or by its time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from ..console.errors import BadDataError
from . import dates, spelling

NAMES = ("train", "eval")
TRAIN, EVAL = range(2)
# What the setting `split` begins with.
CONTENT = "content"
ROW = "row"
COLUMN = "column"
NEWEST = "newest"
# Of so many rows, or groups of rows, one is in the eval split.
ONE_OF = 3
# So many different times are counted exactly.
MOST_TIMES = 2**20
# Fewer distinct rows are few.
FEW = 100


@dataclass(frozen=True)
class Rule:
    """What decides.

    Attributes:
        kind: CONTENT, ROW, COLUMN or NEWEST.
        column: its name, for the latter two.
    """

    kind: str = CONTENT
    column: str = ""

    @classmethod
    def of(cls, setting: str) -> Rule:
        """Read the setting `split`."""
        kind, _, column = setting.partition(":")
        return cls(kind, column)

    def __str__(self) -> str:
        """Write it as the setting."""
        return f"{self.kind}:{self.column}" if self.column else self.kind


def sides(
    rule: Rule, rows: Sequence[bytes], values: pa.Array | None = None, since: float = 0.0
) -> Sequence[int]:
    """Return where each row goes: TRAIN or EVAL.

    By content it is where TFX itself puts it. What has no value in the column goes to TRAIN.

    Args:
        rule: any but ROW, of which `side_of_copy` knows.
        rows: serialized.
        values: of the rule's column: for COLUMN as they are, for NEWEST as `times` gives them.
        since: for NEWEST, as `newest` gives it.
    """
    if rule.kind == COLUMN:
        return _by_value(values)
    if rule.kind == NEWEST:
        return pc.fill_null(pc.greater_equal(values, since), False).cast(pa.int8()).to_pylist()
    return [_hashed(row) for row in rows]


def side_of_copy(row: bytes, number: int) -> int:
    """Return where a copy of a row goes; the first one, of number 0, is where the content says."""
    return _hashed(b"%s %d" % (row, number) if number else row)


def times(values: pa.Array, feature: schema_pb2.Feature) -> pa.Array:
    """Read the values of a column as what can be newer: float64, null where there is none.

    Args:
        values: as the schema has them: int64, float32 or bytes.
        feature: of the column. Of texts without a tag of a date's form, those are read that can
            be but one date.

    Raises:
        BadDataError: one is neither a number nor a date.
    """
    if feature.type != schema_pb2.BYTES:
        # Beyond 2**53, such as nanoseconds since 1970, the nearest float64 is near enough.
        return values.cast(pa.float64(), safe=False)
    texts = values.cast(pa.string())
    if spelling.key_of(feature.string_domain.value) is spelling.number:
        read, kind = spelling.floats(texts), "a number"
    else:
        form = dates.form_of(feature.annotation.tag) or dates.DATE
        read, kind = dates.seconds(texts, form), "a date that can be read in one way"
    if read.null_count > texts.null_count:
        wrong = texts.filter(pc.and_(texts.is_valid(), read.is_null()))[0].as_py()
        raise BadDataError(
            f"split={Rule(NEWEST, feature.name)}: {wrong!r} is not {kind}; the tag "
            f'"{dates.DAY_FIRST}" or "{dates.MONTH_FIRST}" in schema/schema.pbtxt says what comes '
            "first in dates such as 3/4/2020"
        )
    return read


@dataclass(frozen=True)
class Counts:
    """How often there are which times.

    Attributes:
        times: in ascending order, float64.
        rows: how many have each, int64.
    """

    times: np.ndarray
    rows: np.ndarray


def counted(read: pa.Array) -> Counts:
    """Count the times of some rows."""
    return Counts(*np.unique(read.drop_null().to_numpy(), return_counts=True))


def merged(many: Iterable[Counts]) -> Counts:
    """Add counts up; of too many different times, every second one counts as the next.

    What is told by then is off by a few rows in a million.
    """
    parts = [Counts(np.empty(0), np.empty(0, np.int64)), *many]
    times, places = np.unique(np.concatenate([each.times for each in parts]), return_inverse=True)
    rows = np.zeros(len(times), np.int64)
    np.add.at(rows, places, np.concatenate([each.rows for each in parts]))
    while len(times) > MOST_TIMES:
        ends = np.arange(len(times) - 1, -1, -2)[::-1]
        rows = np.diff(np.cumsum(rows)[ends], prepend=0)
        times = times[ends]
    return Counts(times, rows)


def newest(counts: Counts, column: str) -> float:
    """Return since when rows are in the eval split: of the known times, as near a third as can be.

    Raises:
        BadDataError: less than two times are known.
    """
    if len(counts.times) < 2:
        found = "no row has a value" if not len(counts.times) else "all rows have the same value"
        raise BadDataError(
            f"split={Rule(NEWEST, column)}: {found} in the column, so the eval split would be empty"
        )
    newer = np.cumsum(counts.rows[::-1])[::-1]
    distance = np.abs(newer[1:] / newer[0] - 1 / ONE_OF)
    # Of two that are as near, the one that leaves more to learn from.
    return float(counts.times[1:][::-1][np.argmin(distance[::-1])])


def are_few(distinct: int, rows: int) -> bool:
    """Whether distinct rows are few, and have a copy each on average."""
    return 0 < distinct < FEW and rows >= 2 * distinct


def _by_value(values: pa.Array) -> list[int]:
    encoded = values.dictionary_encode()
    hashed = [_hashed(_written(value)) for value in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(hashed, pa.int8()).take(encoded.indices), TRAIN).to_pylist()


def _hashed(key: bytes) -> int:
    """Do as TFX does with the shares 2 and 1: `_PartitionFn` of its BaseExampleGenExecutor."""
    return int(int.from_bytes(hashlib.sha256(key).digest(), "big") % ONE_OF == ONE_OF - 1)


def _written(value: bytes | float | None) -> bytes:
    """Write equal numbers alike, whatever their type."""
    if isinstance(value, bytes) or value is None:
        return value or b""
    return str(int(value) if value == int(value) else value).encode()
