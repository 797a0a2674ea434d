from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.training import training_record


def test_what_is_written_is_read(tmp_path: Path, columns: Columns) -> None:
    training_record.write(str(tmp_path), columns, tf.distribute.OneDeviceStrategy("/cpu:0"))
    record = training_record.read(tmp_path)
    assert record["label"] == "kind"
    assert record["classes"] == ["ball", "car", "doll"]
    assert record["shapes"]["hour"] == [2]
    assert record["strategy"] == "OneDeviceStrategy"
    assert record["replicas"] == len(record["devices"]) == 1


def test_keras_is_the_one_that_the_readme_names(tmp_path: Path, columns: Columns) -> None:
    training_record.write(str(tmp_path), columns, tf.distribute.OneDeviceStrategy("/cpu:0"))
    assert f"{training_record.read(tmp_path)['keras']}.".startswith("<< cookiecutter._lines[cookiecutter.tfx_version].keras >>.")


def test_another_folder_has_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        training_record.read(tmp_path)


def test_a_record_of_an_older_release_says_shapes_of_images(tmp_path: Path) -> None:
    (tmp_path / training_record.FILE).parent.mkdir()
    (tmp_path / training_record.FILE).write_text('{"images": {"picture": [2, 3, 1]}}')
    assert training_record.read(tmp_path)["shapes"] == {"picture": [2, 3, 1]}
