from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.schema import (
    IGNORED_TAG,
    read_by_the_model,
)
from << cookiecutter.package_name >>.serving import prediction
from << cookiecutter.package_name >>.training import training_record


def test_the_newest_model_is_the_one_with_the_highest_version(tmp_path: Path) -> None:
    for version in ("9", "10", "unfinished"):
        (tmp_path / version).mkdir()
    assert prediction.newest_model(tmp_path) == tmp_path / "10"


def test_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pushed model"):
        prediction.newest_model(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none does not exist"):
        prediction.read_record(tmp_path / "none")


def test_another_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a model that this project has pushed"):
        next(prediction.predict([tmp_path / "rows.csv"], tmp_path, schema_pb2.Schema()))


@pytest.mark.parametrize(
    "lost", ["saved_model.pb", "variables/variables.index", str(training_record.FILE)]
)
def test_half_a_model_is_told(trained: Path, tmp_path: Path, lost: str) -> None:
    half = Path(shutil.copytree(trained / "serving", tmp_path / "half"))
    (half / lost).write_bytes(b"")
    with pytest.raises(UserError, match="half is not whole: "):
        next(prediction.predict([tmp_path / "rows.csv"], half, schema_pb2.Schema()))
    (half / lost).unlink()
    with pytest.raises(UserError, match="half is not "):
        next(prediction.predict([tmp_path / "rows.csv"], half, schema_pb2.Schema()))


def test_files_of_each_kind_are_predicted_in_order(
    trained: Path, serialized: tf.Tensor, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    records, rows = (tmp_path / name for name in ("a.tfrecord.gz", "b.csv"))
    with tf.io.TFRecordWriter(str(records), "GZIP") as writer:
        for record in serialized.numpy():
            writer.write(record)
    names = [feature.name for feature in read_by_the_model(toy_schema)]
    cells = ["1"] + [""] * (len(names) - 1)
    rows.write_text(f"{','.join(names)}\n{','.join(cells)}\n", encoding="utf-8")
    predicted = list(prediction.predict([records, rows], trained / "serving", toy_schema))
    assert len(predicted) == len(serialized) + 1
    for row in predicted:
        assert list(row) == ["kind", *(f"probability_{name}" for name in ("ball", "car", "doll"))]
    assert predicted[0] != predicted[-1]


@pytest.fixture
def csv_file(toy_schema: schema_pb2.Schema, tmp_path: Path) -> Path:
    names = [feature.name for feature in read_by_the_model(toy_schema)]
    file = tmp_path / "rows.csv"
    file.write_text(
        f"{','.join(names)}\n1,2,9,10,9,1,red,acme,7,3{',' * (len(names) - 10)}\n",
        encoding="utf-8",
    )
    return file


def test_what_the_model_does_not_read_may_be_anything(
    trained: Path, toy_schema: schema_pb2.Schema, csv_file: Path
) -> None:
    expected = list(prediction.predict([csv_file], trained / "serving", toy_schema))
    header, row = csv_file.read_text(encoding="utf-8").splitlines()
    csv_file.write_text(f"kind,{header},note,new\n7,{row},1,2\n", encoding="utf-8")
    batches: list[list[bytes]] = []
    predicted = prediction.predict([csv_file], trained / "serving", toy_schema, batches.append)
    assert list(predicted) == expected
    ((example,),) = batches
    names = {feature.name for feature in read_by_the_model(toy_schema)}
    assert tf.train.Example.FromString(example).features.feature.keys() == names


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    names = ["b.csv", "a.tfrecord.gz", "README.md"]
    for name in names:
        (tmp_path / name).touch()
    found = [*prediction.files_of([tmp_path / "b.csv", tmp_path])]
    assert [file.name for file in found] == ["b.csv", "a.tfrecord.gz", "b.csv"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no \*\.csv or \*\.parquet or .*file in .*empty"):
        [*prediction.files_of([tmp_path / "empty"])]
    with pytest.raises(UserError, match=r"rows\.csv does not exist"):
        [*prediction.files_of([tmp_path / "rows.csv"])]
    (tmp_path / "b.parquet").touch()
    with pytest.raises(UserError, match=r"has both \*\.csv and \*\.parquet files"):
        [*prediction.files_of([tmp_path])]


def test_a_folder_that_may_not_be_read_is_no_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden(folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", forbidden)
    told = f"{tmp_path} cannot be read: Permission denied"
    with pytest.raises(UserError, match=told):
        [*prediction.files_of([tmp_path])]
    with pytest.raises(UserError, match=told):
        prediction.newest_model(tmp_path)


def test_columns_are_kept_as_they_stand_in_the_file(
    trained: Path,
    serialized: tf.Tensor,
    toy_schema: schema_pb2.Schema,
    csv_file: Path,
    tmp_path: Path,
) -> None:
    header, row = csv_file.read_text(encoding="utf-8").splitlines()
    csv_file.write_text(f"id,{header},note\n007,{row},NA\n", encoding="utf-8")
    (predicted,) = prediction.predict(
        [csv_file], trained / "serving", toy_schema, keep=["note", "color", "id"]
    )
    assert [*predicted.items()][:3] == [("note", "NA"), ("color", "red"), ("id", "007")]
    assert [*predicted][3] == "kind"
    example = tf.train.Example.FromString(serialized[0].numpy())
    example.features.feature["id"].int64_list.value.append(7)
    records = tmp_path / "a.tfrecord.gz"
    with tf.io.TFRecordWriter(str(records), "GZIP") as writer:
        writer.write(example.SerializeToString())
        writer.write(tf.train.Example().SerializeToString())
    first, second = prediction.predict(
        [records], trained / "serving", toy_schema, keep=["id", "atoms", "color"]
    )
    assert [*first.values()][:3] == ["7", "1e+20", "red"]
    assert [*second.values()][:3] == ["", "", ""]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("kind", "'kind' cannot be kept: the answers have a column of that name"),
        ("probability_car", "cannot be kept"),
        ("id", "lacks the column 'id'; its columns are size, age"),
    ],
)
def test_a_column_that_cannot_be_kept_is_told(
    trained: Path, toy_schema: schema_pb2.Schema, csv_file: Path, column: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        next(prediction.predict([csv_file], trained / "serving", toy_schema, keep=[column]))


def test_numbers_have_all_their_digits() -> None:
    tiny, third = np.float32(1e-9), np.float32(1 / 3)
    assert prediction.in_text(np.array([third, tiny]), ["a", "b"]) == ["a", "0.33333334", "1e-09"]
    assert prediction.in_text(np.array([np.float32(16777215)]), []) == ["16777215.0"]


def test_no_rows_have_no_answers(trained: Path) -> None:
    model = tf.saved_model.load(str(trained / "serving"))
    assert prediction.ask(model, tf.constant([], tf.string), classify=True).shape == (0, 3)


@pytest.fixture
def edited(toy_schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """Ignore a column, give another a type that its cells do not fit, and predict another."""
    schema = schema_pb2.Schema()
    schema.CopyFrom(toy_schema)
    by_name = {each.name: each for each in schema.feature}
    by_name["size"].annotation.tag.append(IGNORED_TAG)
    by_name["distance"].type = schema_pb2.BYTES
    by_name["color"].type = schema_pb2.INT
    by_name["color"].annotation.tag.extend(by_name["kind"].annotation.tag)
    del by_name["kind"].annotation.tag[:]
    return schema


def test_a_model_that_may_not_be_read_is_not_called_incomplete(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(folder: str) -> None:
        raise tf.errors.InternalError(None, None, f"{folder}/variables; Permission denied")

    monkeypatch.setattr(tf.saved_model, "load", forbidden)
    with pytest.raises(UserError, match="cannot be read: Permission denied"):
        next(prediction.predict([], trained / "serving", schema_pb2.Schema()))


def test_files_are_read_by_the_models_own_schema(
    trained: Path, toy_schema: schema_pb2.Schema, edited: schema_pb2.Schema, csv_file: Path
) -> None:
    before = list(prediction.predict([csv_file], trained / "serving", toy_schema))
    assert list(prediction.predict([csv_file], trained / "serving", edited)) == before


def test_what_has_changed_since_is_named(
    trained: Path, toy_schema: schema_pb2.Schema, edited: schema_pb2.Schema
) -> None:
    assert prediction.schema_differences(trained / "serving", toy_schema) == []
    assert prediction.schema_differences(trained / "serving", edited) == [
        "column 'color' is not read any more",
        "column 'distance' was FLOAT and is BYTES",
        "column 'kind' is new",
        "column 'size' is not read any more",
        "the label was 'kind' and is 'color'",
    ]


def test_a_model_without_a_schema_goes_by_that_of_the_project(
    trained: Path,
    toy_schema: schema_pb2.Schema,
    edited: schema_pb2.Schema,
    csv_file: Path,
    tmp_path: Path,
) -> None:
    model = Path(shutil.copytree(trained / "serving", tmp_path / "model"))
    (model / training_record.SCHEMA_FILE).unlink()
    assert len(list(prediction.predict([csv_file], model, toy_schema))) == 1
    assert prediction.schema_differences(model, edited) == []
    with pytest.raises(UserError, match="lacks columns that the model reads: kind"):
        list(prediction.predict([csv_file], model, edited))


def test_records_of_another_type_are_told(
    trained: Path, serialized: tf.Tensor, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    example = tf.train.Example.FromString(serialized[0].numpy())
    example.features.feature["size"].int64_list.value.append(1)
    file = tmp_path / "a.tfrecord.gz"
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        writer.write(example.SerializeToString())
    with pytest.raises(UserError, match=r"a\.tfrecord\.gz is not what .* reads: .*size"):
        list(prediction.predict([file], trained / "serving", toy_schema))


def test_an_answer_is_found_by_the_name_that_the_record_has() -> None:
    answer = tf.function(lambda **texts: {"scores": tf.constant([[0.25]])})
    signature = answer.get_concrete_function(texts=tf.TensorSpec([None], tf.string))
    model = SimpleNamespace(signatures={"serving_default": signature})
    examples = tf.constant([b""])
    assert prediction.ask(model, examples, True, "scores").numpy().tolist() == [[0.75, 0.25]]
    assert prediction.ask(model, examples, False, "scores").numpy().tolist() == [[0.25]]
# <% if cookiecutter.images == "yes" %>


def test_an_image_is_predicted(
    trained: Path, serialized: tf.Tensor, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    picture = tf.train.Example.FromString(serialized[0].numpy()).features.feature["picture"]
    image = tmp_path / "b.png"
    image.write_bytes(picture.bytes_list.value[0])
    (predicted,) = prediction.predict([image], trained / "serving", toy_schema)
    assert predicted["kind"] in ("ball", "car", "doll")


def test_records_of_other_images_are_told(
    trained: Path, serialized: tf.Tensor, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    example = tf.train.Example.FromString(serialized.numpy()[0])
    other = tf.io.encode_png(tf.zeros([5, 4, 1], tf.uint8)).numpy()
    example.features.feature["picture"].bytes_list.value[:] = [other]
    records = tmp_path / "a.tfrecord.gz"
    with tf.io.TFRecordWriter(str(records), "GZIP") as writer:
        writer.write(example.SerializeToString())
    with pytest.raises(UserError, match="'picture' of the first record is an image of 5x4 pixels"):
        next(prediction.predict([records], trained / "serving", toy_schema))
# <% endif %>
