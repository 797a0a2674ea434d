"""Which rows are set aside: as TFX does it by content, and never a part of a group."""

from __future__ import annotations

import collections

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_gen import base_example_gen_executor
from tfx.proto import example_gen_pb2

from << cookiecutter.package_name >>.console.errors import (
    BadDataError,
)
from << cookiecutter.package_name >>.files import dates, splits
from << cookiecutter.package_name >>.files.splits import Counts, Rule

ROWS = [b"row %d" % number for number in range(3000)]


def feature(kind: str, *tags: str, values: tuple[str, ...] = ()) -> schema_pb2.Feature:
    described = schema_pb2.Feature(name="day", type=schema_pb2.FeatureType.Value(kind))
    described.annotation.tag.extend(tags)
    described.string_domain.value.extend(values)
    return described


def counts(**rows: int) -> Counts:
    """Say how many rows have each time, which is that of the argument's name: t1, t2, …."""
    times = [float(name[1:]) for name in rows]
    return Counts(np.array(times), np.array([*rows.values()], np.int64))


@pytest.mark.parametrize("setting", ["content", "row", "column:a:b", "newest:Größe"])
def test_a_rule_is_written_as_it_is_read(setting: str) -> None:
    assert str(Rule.of(setting)) == setting


def test_by_content_each_row_is_where_tfx_puts_it() -> None:
    by_tfx = [
        base_example_gen_executor._PartitionFn(row, 2, [2, 3], example_gen_pb2.SplitConfig())
        for row in ROWS
    ]
    assert splits.sides(Rule(), ROWS) == by_tfx
    assert 0.31 < np.mean(by_tfx) < 0.36


def test_the_first_copy_of_a_row_is_where_the_content_says_and_the_others_anywhere() -> None:
    assert [splits.side_of_copy(row, 0) for row in ROWS] == splits.sides(Rule(), ROWS)
    copies = [splits.side_of_copy(b"row", number) for number in range(3000)]
    assert 0.31 < np.mean(copies) < 0.36


def test_rows_of_one_value_are_on_one_side_and_those_of_none_are_learned_from() -> None:
    people = [number % 300 if number % 7 else None for number in range(3000)]
    found = splits.sides(Rule("column", "person"), ROWS, pa.array(people, pa.int64()))
    by_person = collections.defaultdict(set)
    for person, side in zip(people, found):
        by_person[person].add(side)
    assert by_person.pop(None) == {splits.TRAIN}
    assert {len(each) for each in by_person.values()} == {1}
    assert 0.25 < np.mean([*by_person.values()].count({splits.EVAL}) / len(by_person)) < 0.42


def test_equal_numbers_are_one_value() -> None:
    alike = [
        pa.array([5, 0], pa.int64()),
        pa.array([5.0, -0.0], pa.float32()),
        pa.array([b"5", b"0"], pa.binary()),
    ]
    found = [splits.sides(Rule("column", "x"), ROWS[:2], values) for values in alike]
    assert found[0] == found[1] == found[2]


def test_the_newest_rows_are_set_aside() -> None:
    times = pa.array([3.0, None, 1.0, 2.0], pa.float64())
    assert splits.sides(Rule("newest", "day"), ROWS[:4], times, since=2.0) == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("found", "since"),
    [
        (counts(t1=1, t2=1, t3=1), 3),
        (counts(t1=50, t2=20, t3=30), 3),
        (counts(t1=10, t2=80, t3=10), 3),
        (counts(t1=1, t2=99), 2),
        (counts(t1=99, t2=1), 2),
        # A sixth and a half are as near to a third.
        (counts(t1=3, t2=2, t3=1), 3),
        (counts(**{f"t{number}": 1 for number in range(300)}), 200),
    ],
)
def test_ties_are_on_one_side_and_neither_split_is_empty(found: Counts, since: float) -> None:
    assert splits.newest(found, "day") == since


@pytest.mark.parametrize(("found", "said"), [(counts(), "no row"), (counts(t1=9), "all rows")])
def test_without_two_times_nothing_is_the_newest(found: Counts, said: str) -> None:
    with pytest.raises(BadDataError, match=f"^split=newest:day: {said} .* would be empty"):
        splits.newest(found, "day")


def test_counts_of_parts_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    times = np.random.default_rng(1).normal(size=20_000).round(3)
    parts = [splits.counted(pa.array(part)) for part in np.split(times, 20)]
    exact = splits.merged([splits.merged(parts[:7]), splits.merged(parts[7:])])
    assert np.array_equal(exact.times, np.unique(times))
    assert exact.rows.sum() == len(times)
    assert splits.merged([]).rows.sum() == 0
    # Of too many different times, some stand for others.
    monkeypatch.setattr(splits, "MOST_TIMES", 500)
    rough = splits.merged([splits.merged(parts[:7]), splits.merged(parts[7:])])
    assert len(rough.times) <= 500
    assert rough.rows.sum() == len(times)
    share = np.mean(times >= splits.newest(rough, "day"))
    assert abs(share - 1 / 3) < 0.01


@pytest.mark.parametrize(
    ("cells", "described"),
    [
        (["2024-01-31", "2024-02-01 10:00", None], feature("BYTES")),
        (["Jan 31, 2024", "1 Feb 2024", None], feature("BYTES")),
        (["31/1/2024", "1/2/2024", None], feature("BYTES", dates.DAY_FIRST)),
        (["9", "10", None], feature("BYTES", values=("7", "9", "10"))),
    ],
)
def test_texts_are_dates_or_the_numbers_of_a_category(
    cells: list[str | None], described: schema_pb2.Feature
) -> None:
    first, second, none = splits.times(pa.array(cells).cast(pa.binary()), described).to_pylist()
    assert first < second
    assert none is None


def test_numbers_are_times() -> None:
    read = splits.times(pa.array([1_700_000_000_123, None], pa.int64()), feature("INT"))
    assert read.to_pylist() == [1_700_000_000_123.0, None]
    nanoseconds = [1_700_000_000_000_000_001, 1_700_000_001_000_000_001]
    earlier, later = splits.times(pa.array(nanoseconds, pa.int64()), feature("INT")).to_pylist()
    assert earlier < later


@pytest.mark.parametrize("cell", ["red", "3/4/2020", "2024-02-30"])
def test_what_is_no_time_is_told(cell: str) -> None:
    with pytest.raises(BadDataError, match=rf"^split=newest:day: '{cell}' is not a date that can"):
        splits.times(pa.array([b"2024-01-01", cell.encode()]), feature("BYTES"))
    with pytest.raises(BadDataError, match="'red' is not a number"):
        splits.times(pa.array([b"red"]), feature("BYTES", values=("7", "9")))
