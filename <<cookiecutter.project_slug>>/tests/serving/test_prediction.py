from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.serving import prediction


def test_the_newest_model_is_the_one_with_the_highest_version(tmp_path: Path) -> None:
    for version in ("9", "10", "unfinished"):
        (tmp_path / version).mkdir()
    assert prediction.newest_model(tmp_path) == tmp_path / "10"


def test_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pushed model"):
        prediction.newest_model(tmp_path)


def test_another_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a model that this project has pushed"):
        next(prediction.predict([tmp_path / "rows.csv"], tmp_path, schema_pb2.Schema()))


def test_files_of_each_kind_are_predicted_in_order(
    trained: Path, serialized: tf.Tensor, toy_schema: schema_pb2.Schema, tmp_path: Path
) -> None:
    records, image, rows = (tmp_path / name for name in ("a.tfrecord.gz", "b.png", "c.csv"))
    with tf.io.TFRecordWriter(str(records), "GZIP") as writer:
        for record in serialized.numpy():
            writer.write(record)
    picture = tf.train.Example.FromString(serialized[0].numpy()).features.feature["picture"]
    image.write_bytes(picture.bytes_list.value[0])
    rows.write_text(
        "size,age,distance,price,weight,level,color,maker,code,picture\n1,2,9,10,9,1,red,acme,7,\n",
        encoding="utf-8",
    )
    predicted = list(prediction.predict([records, image, rows], trained / "serving", toy_schema))
    assert len(predicted) == len(serialized) + 1 + 1
    for row in predicted:
        assert list(row) == ["kind", *(f"probability_{name}" for name in ("ball", "car", "doll"))]
    assert predicted[0] != predicted[-2]
