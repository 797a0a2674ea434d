from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import (
    examples,
    tables,
    tfrecord_files,
)

COLUMNS = ["kind", "size", "color"]
TABLE = {"kind": ["ball", "car"], "size": ["1.0", "2"], "color": ["red", ""]}


def write(file: Path, columns: dict[str, list[str]]) -> Path:
    module = pyarrow.csv.write_csv if file.suffix == ".csv" else pyarrow.parquet.write_table
    module(pa.table(columns), str(file))
    return file


@pytest.fixture(params=["toys.csv", "toys.parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def test_good_data_pass(file: Path) -> None:
    write(file, TABLE)
    tables.require_columns(file.parent, COLUMNS, label="kind")
    (batch,) = tables.record_batches(file)
    assert batch.to_pydict() == {**TABLE, "color": ["red", None]}
    assert [*tables.cells(file, ["color", "kind"])] == [["red", "ball"], ["", "car"]]


def test_a_file_or_its_folder_may_be_given(file: Path) -> None:
    write(file, TABLE)
    assert tables.files(file) == tables.files(file.parent) == [file]
    assert tables.suffix(file.parent) == file.suffix


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"no \*\.csv or \*\.parquet file in {tmp_path}"):
        tables.require_columns(tmp_path, COLUMNS, label="kind")


@pytest.mark.parametrize("look", [tables.files, tables.suffix])
def test_a_folder_of_both_kinds_is_refused(tmp_path: Path, look: Callable[[Path], object]) -> None:
    for name in ("toys.csv", "toys.parquet"):
        write(tmp_path / name, TABLE)
    with pytest.raises(UserError, match=r"has both \*\.csv and \*\.parquet files; keep those of"):
        look(tmp_path)


def test_tfrecords_are_a_third_kind(file: Path) -> None:
    write(file, TABLE)
    file.with_name("toys.tfrecord.gz").touch()
    with pytest.raises(UserError, match=rf"has both \*\.tfrecord\.gz and \*\{file.suffix} files"):
        tfrecord_files.found(file.parent)


def test_a_missing_file_is_named(file: Path) -> None:
    for read in (tables.files, tables.has_semicolons, tables.record_batches):
        with pytest.raises(UserError, match=f"{file.name} does not exist"):
            read(file)
    with pytest.raises(UserError, match=f"{file.name} does not exist"):
        tables.cells(file, ["size"])


def test_a_file_without_rows_is_named(file: Path) -> None:
    write(file, {name: [] for name in TABLE})
    with pytest.raises(UserError, match=f"{file.name} .*at least one row"):
        tables.require_columns(file.parent, COLUMNS, label="kind")


def test_an_empty_file_is_named(file: Path) -> None:
    file.touch()
    with pytest.raises(UserError, match=f"{file.name} is empty"):
        tables.require_columns(file.parent, COLUMNS, label="kind")


@pytest.mark.parametrize(("name", "told"), [("kind", "label 'kind'"), ("size", "column 'size'")])
def test_a_missing_column_is_named(file: Path, name: str, told: str) -> None:
    write(file, {key: cells for key, cells in TABLE.items() if key != name})
    with pytest.raises(UserError, match=f"{file.name} lacks .*{told}, which .*; its columns are"):
        tables.require_columns(file.parent, COLUMNS, label="kind")
    with pytest.raises(UserError, match=f"lacks columns that the model reads: {name}"):
        next(tables.record_batches(file, [name]))
    with pytest.raises(UserError, match=f"lacks the column '{name}'; its columns are"):
        tables.cells(file, [name])


def test_all_files_of_a_folder_have_one_header(file: Path) -> None:
    other = file.with_name(f"more{file.suffix}")
    write(other, TABLE)
    files = [write(file, TABLE), other]
    assert tables.common_header(files) == COLUMNS
    write(other, {**TABLE, "new": ["", "x"]})
    with pytest.raises(UserError, match=f"{other.name} has other columns than .*: new"):
        tables.common_header(files)
    write(other, dict(reversed(TABLE.items())))
    with pytest.raises(UserError, match="in another order"):
        tables.common_header(files)


def test_a_parquet_file_is_known_by_its_content_too(tmp_path: Path) -> None:
    file = write(tmp_path / "toys.parquet", TABLE)
    shutil.copyfile(file, tmp_path / "toys")
    assert [*tables.record_batches(tmp_path / "toys")] == [*tables.record_batches(file)]
    assert not tables.has_semicolons(tmp_path / "toys")
    assert tables.read_as_windows_1252(tmp_path / "toys") == ""
    # The name of a column, and no mark.
    (tmp_path / "toys.csv").write_text("PAR1;size\n1;2\n", encoding="utf-8")
    assert tables.common_header([tmp_path / "toys.csv"]) == ["PAR1", "size"]
    assert tables.has_semicolons(tmp_path / "toys.csv")


def test_both_kinds_give_the_same_examples(
    toy_file: Path, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    (texts,) = tables.record_batches(toy_file)
    file = tmp_path / "toys.parquet"
    pyarrow.parquet.write_table(pa.Table.from_batches([texts]), file)
    for choice in ({}, {"required": ["age", "kind"], "others": False}):
        first, second = (
            [
                tf.train.Example.FromString(row)
                for batch in examples.from_table(each, toy_schema, **choice)
                for row in batch
            ]
            for each in (toy_file, file)
        )
        assert len(first) == len(texts)
        assert first == second
